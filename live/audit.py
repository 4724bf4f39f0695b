"""What the last gate and the orders did in this stream, for whoever wants to look it up. Pure; the newest 2000."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from live.whom import Whom, cleaned

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

    def forget(self, whom: Whom) -> int:
        """See `without`; how many entries told of this viewer."""
        kept = [without(entry, whom) for entry in self._entries]
        told = sum(new is not old for new, old in zip(kept, self._entries, strict=True))
        self._entries = deque(kept, maxlen=KEPT)
        return told

    def entries(self) -> tuple[Entry, ...]:
        """All of them now."""
        return tuple(self._entries)


def without(entry: Entry, whom: Whom) -> Entry:
    """What this viewer wrote, and that it was they, is gone; that something happened stays. Itself if it tells nothing."""
    if whom.is_(entry["username"], ""):
        return {**entry, "reason": "", "text": "", "said": "", "username": ""}
    named = {name: entry[name] for name in ("reason", "text", "said") if whom.is_in(entry[name])}
    return {**entry, **cleaned(named, whom)} if named else entry
