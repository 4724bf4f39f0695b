"""How busy each of the last 60 minutes was: comments, gifts, viewers, read off the status as it is shown.

Any thread. A status costs the same whatever happened in it; events cost nothing. It outlives Stop and Start, since the
chart on the page does not begin anew with a stream.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 60
WRITTEN = ("comment", "question")


@dataclass(slots=True)
class Minute:
    """`gifts` are streaks; `viewers` is the most there were, None when nobody said."""

    comments: int = 0
    gifts: int = 0
    viewers: int | None = None


@dataclass(slots=True)
class Minutes:
    """`clock` gives Unix seconds."""

    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _minutes: "OrderedDict[int, Minute]" = field(default_factory=OrderedDict)
    _before: tuple[int, int] = (0, 0)

    def show(self, status: Mapping[str, Any]) -> None:
        """What the counters of the status have grown by happened now; counters that fell belong to a new stream."""
        counters, viewers = status["counters"], status["viewers"]
        counted = sum(counters["events"].get(kind, 0) for kind in WRITTEN), counters["gifts"]["streaks"]
        with self._lock:
            comments, gifts = (
                now - before if now >= before else now for now, before in zip(counted, self._before, strict=True)
            )
            self._before = counted
            if comments or gifts or viewers is not None:
                minute = self._minute()
                minute.comments += comments
                minute.gifts += gifts
                if viewers is not None:
                    minute.viewers = max(viewers, minute.viewers or 0)

    def _minute(self) -> Minute:
        number = int(self.clock() // 60)
        minute = self._minutes.get(number)
        if minute is None:
            minute = self._minutes[number] = Minute()
            if len(self._minutes) > KEPT:
                self._minutes.popitem(last=False)
        return minute

    def facts(self) -> list[dict[str, Any]]:
        """The last 60 minutes, oldest first, each with `at`, when it began; quiet ones too."""
        last, quiet = int(self.clock() // 60), Minute()
        with self._lock:
            minutes = [(number, self._minutes.get(number, quiet)) for number in range(last - KEPT + 1, last + 1)]
            return [
                {"at": number * 60.0, "comments": m.comments, "gifts": m.gifts, "viewers": m.viewers}
                for number, m in minutes
            ]
