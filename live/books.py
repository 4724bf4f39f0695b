"""The words between the gift ledger and whatever keeps it longer than the bot lives: entries, sums, pages, the seam.

Pure data, any thread. Entries are absolute, so writing one twice changes nothing; a day's sums are the sums of its entries.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from events import Link, LinkState
from live.likes import Stream

NOBODY = ""
"""The user id under which the gifts of the forgotten are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One streak, or one gift that cannot streak, as it stands."""

    mark: str
    """Which one it is: a digest of viewer, gift and group, or of viewer and TikTok's message id."""

    user_id: str
    username: str
    nickname: str
    gift_id: str
    name: str
    diamonds: int
    """Price of one piece."""

    count: int
    """Pieces that have arrived."""

    booked: int
    """Pieces that are in the totals."""

    settled: int
    """Pieces for which thanks are no longer owed: said, or dropped for a reason."""

    at: float
    """Its last frame."""

    day: str
    """The local day of its last booking, "2026-03-01"; empty before."""

    stream: float
    """When the stream of that booking began."""

    over: bool
    """Its streak has ended."""


@dataclass(slots=True)
class Sum:
    """What one viewer gave."""

    user_id: str
    username: str = ""
    nickname: str = ""
    gifts: int = 0
    """Streaks, and gifts that cannot streak."""

    pieces: int = 0
    diamonds: int = 0


@dataclass(slots=True)
class Sums:
    """Sums by viewer for a day or a stream; another period begins at nothing."""

    period: object = None
    viewers: dict[str, Sum] = field(default_factory=dict)

    def add(self, period: object, more: Sum) -> None:
        """To what this viewer gave in that period."""
        if period != self.period:
            self.period, self.viewers = period, {}
        who = self.viewers.setdefault(more.user_id, Sum(more.user_id))
        who.username, who.nickname = more.username, more.nickname
        who.gifts += more.gifts
        who.pieces += more.pieces
        who.diamonds += more.diamonds

    def forget(self, user_id: str) -> None:
        """Their gifts count as nobody's."""
        if gone := self.viewers.pop(user_id, None):
            self.add(self.period, replace(gone, user_id=NOBODY, username="", nickname=""))

    def total(self) -> dict[str, Any]:
        """JSON-ready; viewers by what they gave, most first."""
        ranked = sorted(self.viewers.values(), key=lambda one: (-one.diamonds, one.user_id))
        names = ("gifts", "pieces", "diamonds")
        return {n: sum(getattr(one, n) for one in ranked) for n in names} | {"viewers": [asdict(one) for one in ranked]}


@dataclass(frozen=True, slots=True)
class Page:
    """What is new since the page before; to be written as one."""

    number: int
    """A page that was written is not written again, whoever asks."""

    entries: tuple[Entry, ...]
    forgotten: tuple[str, ...]
    """User ids that must not be found any more, in no entry and no sum."""

    stream: Stream


@dataclass(frozen=True, slots=True)
class Past:
    """What is known from before: the newest entries and all that are not finished, the last stream, its and today's sums."""

    entries: tuple[Entry, ...] = ()
    stream: Stream | None = None
    today: tuple[Sum, ...] = ()
    live: tuple[Sum, ...] = ()


class Ledger(Protocol):
    """What is kept."""

    def keep(self) -> None:
        """From now on collect what is new for pages."""

    def take_over(self, past: Past, now: float) -> None:
        """Go on from there. What has come meanwhile is neither lost nor counted twice."""

    def page(self) -> Page | None:
        """What is to be written, the same again until it is `written`; None when there is nothing."""

    def written(self, page: Page) -> None:
        """It is safe."""

    def soil(self) -> None:
        """All that was written is lost: write anew what is still known."""


class Books(Protocol):
    """Who keeps a ledger."""

    async def open(self, ledger: Ledger) -> None:
        """Hand over what is known, if it can be had within a moment. Raises nothing: without a disk life goes on in RAM."""

    async def run(self, ledger: Ledger, report: Callable[[Link], None]) -> None:
        """Write what is new, at most a second behind, until cancelled, and once more then."""


class NoBooks:
    """The seam `Books` where nothing is kept."""

    async def open(self, ledger: Ledger) -> None:
        """Nothing is known."""

    async def run(self, ledger: Ledger, report: Callable[[Link], None]) -> None:  # noqa: ARG002 - the seam's signature
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()


def shown(entry: Entry) -> dict[str, Any]:
    """As pages show it; `diamonds` of all its pieces, `thanked`: nothing is owed (said, or dropped for a reason)."""
    return {
        "at": entry.at,
        "username": entry.username,
        "nickname": entry.nickname,
        "gift": entry.name,
        "count": entry.count,
        "diamonds": entry.count * entry.diamonds,
        "thanked": entry.over and entry.settled >= entry.count,
    }


def day_of(at: float) -> str:
    """The local day."""
    return time.strftime("%Y-%m-%d", time.localtime(at))
