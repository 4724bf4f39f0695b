"""What was changed last, so that it can be taken back. The caller sees to it that one change runs at a time."""

import time
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

MOST = 50
"""Changes that can be taken back."""

Path = tuple[str, ...]


class Nested(Protocol):
    """Values in values: a dict, or settings."""

    def __getitem__(self, name: str, /) -> Any: ...


def at(values: Nested, path: Path) -> Any:
    """What stands there. Raises KeyError where nothing does."""
    found: Any = values
    for name in path:
        found = found[name]
    return found


class History:
    """The newest changes, each as the values from before it by path. Of secrets, too: it never leaves the process."""

    def __init__(self) -> None:
        self._changes: deque[dict[Path, Any]] = deque(maxlen=MOST)
        self.changed_at: float | None = None
        """When the last change was noted, in Unix seconds."""

    def note(self, before: Nested, after: Nested, fields: Iterable[Path]) -> None:
        """One change; nothing when the values are equal."""
        change = {path: at(before, path) for path in fields if at(before, path) != at(after, path)}
        if change:
            self._changes.append(change)
            self.changed_at = time.time()

    def back(self) -> dict[Path, Any]:
        """The values from before the last change, which is forgotten with this. Raises LookupError when there is none."""
        return self._changes.pop()

    def drop(self) -> None:
        """Forget the last change."""
        self._changes.pop()

    def __len__(self) -> int:
        return len(self._changes)

    def __repr__(self) -> str:
        return f"<{len(self)} changes>"  # their values may be secrets
