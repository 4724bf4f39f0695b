"""Gifts, counted so that each is booked and thanked once and in full. Pure; time is handed in.

Wire facts (measured, TikTok LIVE 2026): a streak comes as steps whose count grows and may skip, then an end frame with
the last count again 1 to 4 s later; the end frame can be lost. A gift that cannot streak comes once, without a group.
Every frame may come again, with the same message id or another one.

A streak is known by (viewer, gift, group), a gift without group by TikTok's message id (`live/loose`: or its streak), and
all that counts is the largest count seen: so repeats, losses, disorder and a restart cannot make it more than it was.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from events import EventKind, LiveEvent, Whom
from live.books import NOBODY, Entry, Page, Past, Sum, Sums, day_of
from live.likes import REST, Stream
from live.loose import Loose, digest

IDLE = 8.0
"""Seconds without a step after which a streak without end frame is over."""

CONNECTING = 60.0
"""Seconds after a restart for which an open streak waits for the live to be heard again: until then no frame can come."""

REMEMBERED = 50_000
"""Finished gifts that are recognised when a late frame comes."""

WORTH = 600.0
"""Seconds for which thanks that were owed at the end are still said after a restart."""

TOO_MANY, TOO_DEAR = 10**7, 10**6
"""Far above any gift there is; what is larger is a broken message and must not break the sums."""

STREAM_NEWS = 30.0
"""Seconds by which the last sign of life may be older in the file."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A gift to book, to thank for, or both."""

    event: LiveEvent
    """Its last frame, which may lack what an earlier one said."""

    name: str
    diamonds: int
    """Price of one piece."""

    count: int
    """Pieces to book; of a streak that went on after it was booked, only what has come since."""

    again: bool = False
    """More of a streak that was booked before."""

    thanks: int = 0
    """Pieces to thank for; 0: nothing is owed."""

    mark: str = ""
    """Which streak it is, and how many of its pieces are booked by now."""
    booked: int = 0


@dataclass(slots=True)
class _Run:
    """One streak or gift. `event` is the frame whose fate is open until thanks are said."""

    mark: str
    event: LiveEvent
    user_id: str
    touched: float
    count: int = 0
    name: str = ""
    diamonds: int = 0
    booked: int = 0
    settled: int = 0
    before: int = 0
    """What was settled when it was last finished."""

    day: str = ""
    stream: float = 0.0
    over: bool = False

    def take(self, event: LiveEvent, now: float) -> None:
        """This frame is the last one now. What it does not say, or says smaller, an earlier one said."""
        self.event, self.touched = event, now
        self.count = max(self.count, min(event.count, TOO_MANY))
        self.name = event.text or self.name
        self.diamonds = max(self.diamonds, min(event.diamonds, TOO_DEAR))


@dataclass(slots=True)
class GiftLedger:
    """Feed gift frames, get each streak once when it is over. `superseded` is told each frame that needs no thanks of
    its own, and why: `streak_step`, `streak_went_on` when its thanks wait to be said and are too small now, or
    `booked_before` for a gift that is known already."""

    superseded: Callable[[LiveEvent, str], None]
    stream: Stream = field(default_factory=Stream)
    idle: float = IDLE
    worth: float = WORTH
    _runs: "OrderedDict[str, _Run]" = field(default_factory=OrderedDict)
    _open: dict[str, _Run] = field(default_factory=dict)
    _owing: dict[int, _Run] = field(default_factory=dict)
    _carried: list[_Run] = field(default_factory=list)
    _resumed: list[_Run] = field(default_factory=list)
    _today: Sums = field(default_factory=Sums)
    _live: Sums = field(default_factory=Sums)
    _dirty: set[str] | None = None
    _forgotten: list[str] = field(default_factory=list)
    _flying: Page | None = None
    _kept_stream: Stream = field(default_factory=Stream)
    _pages: int = 0
    _nameless: int = 0
    _loose: Loose = field(default_factory=Loose)

    def add(self, event: LiveEvent, now: float) -> Finished | None:
        """The finished gift, or None while its streak goes on or when nothing new came with this frame."""
        mark = self._mark(event)
        if not event.group:
            mark = self._loose.mark(event, mark, now, self.idle)
        run = self._runs.get(mark)
        if run is None:
            run = self._begin(_Run(mark, event, event.user_id, now))
        elif run.over and min(event.count, TOO_MANY) <= run.count:
            self.superseded(event, "streak_step" if event.group else "booked_before")
            return None
        else:
            self._go_on(run)
        run.take(event, now)
        self._note(run)
        return None if event.streaking else self._finish(run, now)

    def heard(self, now: float) -> None:
        """The live is heard again: a streak that was open before a restart goes on from now on, or is over."""
        for run in self._resumed:
            run.touched = min(run.touched, now)
        self._resumed.clear()

    def due(self, now: float) -> list[Finished]:
        """The streaks whose end frame did not come in time, and what was owed from before a restart."""
        carried, self._carried = self._carried, []
        owed = [_finished(run, 0, again=True) for run in carried if run.over and run.settled < run.booked]
        late = [run for run in self._open.values() if now - run.touched >= self.idle]
        return owed + [gift for run in late if (gift := self._finish(run, now))]

    def close(self, now: float) -> list[Finished]:
        """Every open streak, booked as it stands: it is the end of the bot, not of the streak, and thanks stay owed."""
        return [gift for run in self._open.values() if (gift := self._book(run, now))]

    def forget(self, user_id: str, now: float) -> list[Finished]:
        """This viewer's open streaks, to be booked and not thanked; what they gave counts as nobody's from now on."""
        theirs = [run for run in self._open.values() if run.user_id == user_id]
        ended = [gift for run in theirs if (gift := self._book(run, now))]
        for run in [run for run in self._runs.values() if run.user_id == user_id]:
            self._open.pop(run.mark, None)
            run.user_id, run.over, run.settled = NOBODY, True, run.count
            self._note(run)
        self._today.forget(user_id)
        self._live.forget(user_id)
        if self._dirty is not None and user_id not in self._forgotten:
            self._forgotten.append(user_id)
        return ended

    def newest(self, limit: int) -> list[Entry]:
        """The gifts that began last, the newest first."""
        return [self._entry(run) for run in islice(reversed(self._runs.values()), limit)]

    def named(self, whom: Whom) -> Iterator[tuple[str, str, str]]:
        """(user_id, username, nickname) of those who gave, with their number, or where none is known, their name."""
        for sums in (self._today.viewers, self._live.viewers):
            for one in [sums[user_id] for user_id in whom.ids & sums.keys()]:
                yield one.user_id, one.username, one.nickname
        runs = () if whom.ids else self._runs.values()  # all of them: only where it must be
        for run in runs:
            if run.user_id != NOBODY and run.event.username in whom.usernames:
                yield run.user_id, run.event.username, run.event.nickname

    def settle(self, events: Iterable[LiveEvent]) -> None:
        """The thanks for these finished gifts are being said, or will never be."""
        self._set_settled(events, lambda run: run.booked)

    def owe(self, events: Iterable[LiveEvent]) -> None:
        """They were not said after all, and will be tried again."""
        self._set_settled(events, lambda run: run.before)

    def booked(self) -> list[tuple[LiveEvent, str, int]]:
        """Each gift of somebody that is known singly, its mark, and its pieces that are booked."""
        runs = [run for run in self._runs.values() if run.booked and run.user_id != NOBODY]
        return [(replace(run.event, text=run.name, diamonds=run.diamonds), run.mark, run.booked) for run in runs]

    def totals(self) -> dict[str, Any]:
        """Gifts, pieces and diamonds of `stream` and `today`, booked ones only, each with its `viewers`."""
        return {"stream": self._live.total(), "today": self._today.total()}

    def keep(self) -> None:
        if self._dirty is None:
            self._dirty = set(self._runs)

    def take_over(self, past: Past, now: float) -> None:
        self._take_stream(past.stream, now)
        today, began = day_of(now), self.stream.began
        self._today = Sums(today, {one.user_id: replace(one) for one in past.today})
        same = past.stream is not None and past.stream.began == began
        self._live = Sums(began, {one.user_id: replace(one) for one in past.live} if same else {})
        before = {entry.mark: entry.booked for entry in past.entries}
        for run in self._runs.values():  # what has come while the file could not be read
            known = before.get(run.mark, 0)
            for sums, period in ((self._today, run.day), (self._live, run.stream)):
                if run.booked > known and period == sums.period:
                    sums.add(period, _share(run, run.booked - known, first=known == 0))
        for entry in past.entries:
            self._take_entry(entry, now)
        for user_id in self._forgotten:  # while the file could not be read
            self.forget(user_id, now)

    def page(self) -> Page | None:
        if self._flying is None and self._has_news():
            self._pages += 1
            entries = tuple(self._entry(self._runs[mark]) for mark in sorted(self._dirty or ()))
            self._flying = Page(self._pages, entries, tuple(self._forgotten), replace(self.stream))
            self._kept_stream = replace(self.stream)
            self._dirty, self._forgotten = set(), []
        return self._flying

    def written(self, page: Page) -> None:
        if self._flying is page:
            self._flying = None

    def soil(self) -> None:
        self._flying = None
        self._kept_stream = Stream()
        if self._dirty is not None:
            self._dirty = set(self._runs)

    def _mark(self, event: LiveEvent) -> str:
        """Two gifts that carry neither group nor message id are two, however alike."""
        which = ("streak", event.gift_id, event.group) if event.group else ("gift", event.key, "")
        if not event.group and not event.key:
            self._nameless += 1
            which = ("nameless", repr(event.at), str(self._nameless))
        return digest(event.user_id, *which)

    def _begin(self, run: _Run) -> _Run:
        self._runs[run.mark] = self._open[run.mark] = run
        if len(self._runs) > REMEMBERED:
            self._let_go()
        return run

    def _go_on(self, run: _Run) -> None:
        """More of it comes, also if it was booked and its thanks still wait: then they would be too small."""
        self._owing.pop(id(run.event), None)
        self._open[run.mark] = run
        was_over, run.over = run.over, False
        if not was_over:
            self.superseded(run.event, "streak_step")
        elif run.settled < run.booked:
            self.superseded(run.event, "streak_went_on")

    def _finish(self, run: _Run, now: float) -> Finished | None:
        """Book what is new; thanks are owed unless it is a relic of long ago."""
        booked = self._book(run, now)
        del self._open[run.mark]
        run.over, run.before = True, run.settled
        if now - run.event.at > self.worth:
            run.settled = run.count
        self._note(run)
        if run.settled == run.count:
            self.superseded(run.event, "streak_step")
            return booked
        self._owing[id(run.event)] = run
        return _finished(run, booked.count if booked else 0, again=booked is None or booked.again)

    def _book(self, run: _Run, now: float) -> Finished | None:
        """What is new of it, without thanks."""
        more, again = run.count - run.booked, run.booked > 0
        if not more:
            return None
        run.booked, run.day, run.stream = run.count, day_of(now), self.stream.began
        self._today.add(run.day, _share(run, more, first=not again))
        self._live.add(run.stream, _share(run, more, first=not again))
        self._note(run)
        return replace(_finished(run, more, again=again), thanks=0)

    def _set_settled(self, events: Iterable[LiveEvent], pieces: Callable[[_Run], int]) -> None:
        for event in events:
            if (run := self._owing.get(id(event))) and run.settled != pieces(run):
                run.settled = pieces(run)
                self._note(run)

    def _note(self, run: _Run) -> None:
        if self._dirty is not None:
            self._dirty.add(run.mark)

    def _let_go(self) -> None:
        """Forget the oldest gift about which nothing is open any more."""
        for run in self._runs.values():
            if run.over and run.settled >= run.booked and run.mark not in (self._dirty or ()):
                del self._runs[run.mark]
                self._owing.pop(id(run.event), None)
                return

    def _take_entry(self, entry: Entry, now: float) -> None:
        run = self._runs.get(entry.mark)
        if run is None:
            run = self._runs[entry.mark] = _restored(entry, now)
            if not run.over:
                self._open[run.mark] = run
                run.touched = now + CONNECTING - self.idle
                self._loose.resume(run.user_id, entry.gift_id, run.mark, run.count, run.touched)
                self._resumed.append(run)
            elif run.settled < run.booked and now - entry.at <= self.worth:
                self._owing[id(run.event)] = run
                self._carried.append(run)
            return
        run.count = max(run.count, entry.count)
        run.booked = max(run.booked, entry.booked)
        run.settled = max(run.settled, entry.settled)
        self._note(run)

    def _take_stream(self, past: Stream | None, now: float) -> None:
        """Memory of the same live; whether it still is the same, time tells."""
        mine = self.stream
        if past is None or (mine.began and mine.began - past.last > REST) or now - past.last > REST:
            return
        mine.began = past.began
        mine.last = max(mine.last, past.last)
        mine.likes, mine.told = max(mine.likes, past.likes), max(mine.told, past.told)
        mine.counted = mine.counted or past.counted
        self._kept_stream = replace(mine)

    def _has_news(self) -> bool:
        if self._dirty is None:
            return False
        old, new = self._kept_stream, self.stream
        same = replace(old, last=0.0) == replace(new, last=0.0) and new.last - old.last < STREAM_NEWS
        return bool(self._dirty or self._forgotten or not same)

    def _entry(self, run: _Run) -> Entry:
        event, named = run.event, run.user_id != NOBODY
        return Entry(
            mark=run.mark,
            user_id=run.user_id,
            username=event.username if named else "",
            nickname=event.nickname if named else "",
            gift_id=event.gift_id,
            name=run.name,
            diamonds=run.diamonds,
            count=run.count,
            booked=run.booked,
            settled=run.settled,
            at=event.at,
            day=run.day,
            stream=run.stream,
            over=run.over,
        )


def _share(run: _Run, pieces: int, *, first: bool) -> Sum:
    names = (run.event.username, run.event.nickname) if run.user_id else ("", "")
    return Sum(run.user_id, *names, int(first), pieces, pieces * run.diamonds)


def _finished(run: _Run, pieces: int, *, again: bool) -> Finished:
    owed = run.count - run.settled
    return Finished(run.event, run.name, run.diamonds, pieces, again, owed, run.mark, run.booked)


def _restored(entry: Entry, now: float) -> _Run:
    """As it was, with time for frames that are still to come."""
    event = LiveEvent(
        kind=EventKind.GIFT,
        user_id=entry.user_id,
        username=entry.username,
        nickname=entry.nickname,
        at=entry.at,
        text=entry.name,
        count=entry.count,
        gift_id=entry.gift_id,
        diamonds=entry.diamonds,
    )
    run = _Run(entry.mark, event, entry.user_id, now, entry.count, entry.name, entry.diamonds)
    run.booked, run.settled, run.before = entry.booked, entry.settled, entry.settled
    run.day, run.stream, run.over = entry.day, entry.stream, entry.over
    return run
