"""Gifts and likes, counted so that each is thanked once and in full. Pure; time is handed in.

Wire facts (measured, TikTok LIVE 2026): a streak comes as steps whose count grows and may skip, then an end frame with
the last count again 1 to 4 s later; the end frame can be lost. A gift that cannot streak comes once, without a group.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from events import LiveEvent

IDLE = 8.0
"""Seconds without a step after which a streak without end frame is over."""

REMEMBERED = 2000
"""Finished streaks that are recognised when a late frame comes."""

Streak = tuple[str, str, str]
"""viewer, gift, group"""


@dataclass(frozen=True, slots=True)
class Finished:
    """A gift to book and to thank for."""

    event: LiveEvent
    """Its last frame."""

    count: int
    """How many pieces; of a streak that went on after it was booked, only what has come since."""

    again: bool = False
    """More of a streak that was booked before."""


@dataclass(slots=True)
class _Run:
    event: LiveEvent
    count: int
    at: float


@dataclass(slots=True)
class GiftLedger:
    """Feed gift frames, get each streak once when it is over. `superseded` is told each frame that is only a step."""

    superseded: Callable[[LiveEvent], None]
    idle: float = IDLE
    _open: dict[Streak, _Run] = field(default_factory=dict)
    _booked: "OrderedDict[Streak, int]" = field(default_factory=OrderedDict)

    def add(self, event: LiveEvent, now: float) -> Finished | None:
        """The finished gift, or None while its streak goes on or when nothing new came with this frame."""
        if not event.group:
            return Finished(event, event.count)
        streak = (event.user_id, event.gift_id, event.group)
        run = self._open.get(streak)
        if run is None:
            self._open[streak] = _Run(event, event.count, now)
        else:
            self.superseded(run.event)
            run.event, run.count, run.at = event, max(run.count, event.count), now
        return None if event.streaking else self._finish(streak)

    def due(self, now: float) -> list[Finished]:
        """The streaks whose end frame did not come in time."""
        late = [streak for streak, run in self._open.items() if now - run.at >= self.idle]
        return [gift for streak in late if (gift := self._finish(streak))]

    def close(self, user_id: str | None = None) -> list[Finished]:
        """Every streak that is still open, or this viewer's, as it stands."""
        ended = [streak for streak in self._open if user_id in {None, streak[0]}]
        return [gift for streak in ended if (gift := self._finish(streak))]

    def _finish(self, streak: Streak) -> Finished | None:
        run = self._open.pop(streak)
        booked = self._booked.pop(streak, 0)
        self._booked[streak] = max(run.count, booked)
        if len(self._booked) > REMEMBERED:
            self._booked.popitem(last=False)
        if run.count <= booked:
            self.superseded(run.event)
            return None
        return Finished(run.event, run.count - booked, again=booked > 0)


@dataclass(slots=True)
class LikeCounter:
    """Collects likes of each viewer until they are worth a thank-you."""

    _likes: dict[str, int] = field(default_factory=dict)
    _thanked_at: float = float("-inf")

    def add(self, event: LiveEvent, now: float, threshold: int, window: float) -> bool:
        """True when this viewer is to be thanked now; at most one viewer in `window` seconds. A threshold of 0: never."""
        total = self._likes.get(event.user_id, 0) + event.count
        self._likes[event.user_id] = total
        if not threshold or total < threshold or now - self._thanked_at < window:
            return False
        self._thanked_at = now
        self._likes[event.user_id] = 0
        return True

    def forget(self, user_id: str) -> None:
        """This viewer's likes count from nothing again."""
        self._likes.pop(user_id, None)
