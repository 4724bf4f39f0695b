"""Streaks whose frames name no group: viewer, gift, count and time tell which frames belong together. Pure; time is handed in.

TikTok names the group of a streak as a rule. Where it does not, each frame would be a gift of its own, and a streak of
four would be booked as 1 + 2 + 3 + 4 and 4 more for its end.
"""

import hashlib
from dataclasses import dataclass, field

from events import LiveEvent

GAP = 60.0
"""Seconds without a frame after which what comes is another streak: a lost connection is back sooner."""

MANY = 1000
"""Streaks from which on those of long ago are forgotten."""

LOOSE = "~"
"""At the end of a mark: of a streak that names no group."""


def digest(*parts: str) -> str:
    """A name for these parts, in this order, that tells nothing about them."""
    framed = b"".join(b"%d:%s" % (len(raw), raw) for raw in (p.encode("utf-8", "surrogatepass") for p in parts))
    return hashlib.sha256(framed).hexdigest()[:32]


@dataclass(slots=True)
class _Streak:
    mark: str
    count: int
    touched: float
    ended: bool = False

    def goes_on_with(self, event: LiveEvent, now: float, idle: float) -> bool:
        """Whether this frame is one more of it. After a pause, as of a lost connection, only what it can have become."""
        if self.ended or now - self.touched >= GAP:
            return False
        return now - self.touched < idle or event.count >= self.count + event.streaking


@dataclass(slots=True)
class Loose:
    """The streaks without a group that run, or ran lately, by the digest of viewer and gift: it outlives `!forgetme`, so
    that what comes late of them finds its streak."""

    _running: dict[str, _Streak] = field(default_factory=dict)

    def mark(self, event: LiveEvent, own: str, now: float, idle: float) -> str:
        """The mark of the streak to which this frame without a group belongs; `own` for one that can be none."""
        which = digest(event.user_id, event.gift_id)
        streak = self._running.get(which)
        if streak is None or not streak.goes_on_with(event, now, idle):
            if not event.streaking:
                return own
            self._let_go(now)
            streak = self._running[which] = _Streak(own + LOOSE, 0, now)
        streak.count, streak.touched = max(streak.count, event.count), now
        streak.ended = not event.streaking
        return streak.mark

    def resume(self, user_id: str, gift_id: str, mark: str, count: int, now: float) -> None:
        """This one ran when the bot ended; marks of other gifts say nothing here."""
        if mark.endswith(LOOSE):
            self._running[digest(user_id, gift_id)] = _Streak(mark, count, now)

    def _let_go(self, now: float) -> None:
        if len(self._running) >= MANY:
            self._running = {which: one for which, one in self._running.items() if now - one.touched < GAP}
