"""What the last gate and the orders did in this stream, for whoever wants to look it up. Pure; the newest 2000."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

KEPT = 2000

Action = Literal["refuse", "rewrite", "red_flag", "panic", "mute", "command", "allow", "block"]


Entry = Mapping[str, Any]
"""{id, at, action, rule, reason, text (as it was), said (instead), kind (of line or event), username}; see `Audit.note`."""


@dataclass(slots=True)
class Audit:
    """The entries, oldest first; an entry is never changed, only replaced."""

    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    _count: int = 0

    def note(
        self,
        at: float,
        action: Action,
        *,
        rule: str,
        reason: str = "",
        text: str = "",
        said: str = "",
        kind: str = "",
        username: str = "",
    ) -> None:
        """Keep it. `rule` names what decided (a key for people's words), `reason` says it in detail."""
        self._count += 1
        entry = {"id": self._count, "at": at, "action": action, "rule": rule, "reason": reason}
        self._entries.append({**entry, "text": text, "said": said, "kind": kind, "username": username})

    def forget(self, username: str) -> None:
        """What this viewer wrote, and that it was they, is gone; that something happened stays."""
        blank = {"reason": "", "text": "", "said": "", "username": ""}
        self._entries = deque(({**e, **blank} if e["username"] == username else e for e in self._entries), maxlen=KEPT)

    def entries(self) -> tuple[Entry, ...]:
        """All of them now."""
        return tuple(self._entries)
