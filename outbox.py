"""What waits to be said: priority first, like things merged, equal things once, stale things never.

Lives on the bot's loop. `OutboxBatcher.add/flush/size` is the design's own interface for plain texts; `take` is the
same queue for the corridor, one sentence at a time.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corridor.ordering import in_order, moved, shown, urgent
from events import LiveEvent, Thanks, Utterance
from mind.likeness import says_the_same
from settings import Outbox as OutboxSettings

log = logging.getLogger(__name__)

BATCH_SIZE = 10
HIGH, NORMAL = 3, 1
CAPACITY = 1000
"""Lines that can wait. Far more than a mouth can say in any line's time to live."""


def _forget(line: Utterance, reason: str) -> None:
    log.debug("not said kind=%s reason=%s", line.kind, reason)


def render(line: Utterance, separator: str = ", ") -> str:
    """The text with its names in place."""
    return line.text.replace("{names}", separator.join(line.names)) if line.names else line.text


def merge(
    lines: Iterable[Utterance], settings: OutboxSettings, longest: int = 2000
) -> tuple[Utterance, list[Utterance]]:
    """One line naming as many people of these like lines as fit, and the lines that did not fit. Pure.

    The first line gives the wording; the whole has the highest priority and is as old as the oldest.
    """
    first, *rest = lines
    left: list[Utterance] = []
    longest = min(longest, settings.max_chars)
    for line in rest:
        names = first.names + tuple(n for n in line.names if n not in first.names)
        bigger = replace(
            first,
            names=names,
            events=first.events + line.events,
            priority=max(first.priority, line.priority),
            born=min(first.born, line.born),
        )
        if len(names) > settings.max_items or len(render(bigger, settings.separator)) > longest:
            left.append(line)
        else:
            first = bigger
    return first, left


@dataclass(slots=True)
class OutboxBatcher:
    """A waiting room with one exit.

    `batch_window` is how long, in seconds, a line that can be merged gives way while other lines wait; alone it
    never waits. `dropped` is told each line that will not be said and why: stale, duplicate or outbox_full.
    """

    batch_window: float = 25.0
    settings: OutboxSettings = field(default_factory=OutboxSettings)
    clock: Callable[[], float] = time.time
    dropped: Callable[[Utterance, str], None] = field(default=_forget)
    longest: int = 2000
    """Characters a merged line may have in any case."""

    together: Callable[[Sequence[Thanks], int], str] | None = None
    """The words for several thanks at once, of at most so many characters; without it each is said alone."""

    _waiting: list[Utterance] = field(default_factory=list, repr=False)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def add(self, message: str | Utterance, priority: bool = False) -> bool:
        """Queue a text (or a ready line); False when it was empty or says the same as one that waits already.

        Two equal lines about two gifts are two gifts: only lines that speak of nothing counted can be equal. Plain
        texts and lines with names are the same only when they are equal.
        """
        line = message
        if isinstance(line, str):
            line = Utterance(text=line.strip(), priority=HIGH if priority else NORMAL, born=self.clock())
        if not line.text.strip():
            return False
        if line.kind != "gift" and (twin := next((w for w in self._waiting if _same(line, w)), None)):
            self._urge(twin, line.priority)
            if not line.events or not set(line.events) <= set(twin.events):  # no sentence said twice in one answer
                self.dropped(line, "duplicate")
            return False
        line = replace(line, id=next(self._ids))
        self._waiting.append(line)
        self._arrived.set()
        if len(self._waiting) > CAPACITY:
            worst = min(self._waiting, key=lambda w: (w.priority, w.born))
            self._drop(worst, "outbox_full")
            return worst is not line
        return True

    def put_back(self, line: Utterance) -> None:
        """A line that was taken and not sent: it stands where it stood, before all of its priority."""
        self._waiting.insert(0, line if line.id else replace(line, id=next(self._ids)))
        self._arrived.set()

    def flush(self) -> list[str]:
        """The next texts, at most ten: priority first, then in order of arrival. The rest stays."""
        batch = self.queue()[:BATCH_SIZE]
        self._forget_lines(batch)
        return [render(line, self.settings.separator) for line in batch]

    def size(self) -> int:
        """How many lines wait."""
        return len(self._waiting)

    def waiting(self, kind: str) -> int:
        """How many lines of this kind wait."""
        return sum(line.kind == kind for line in self._waiting)

    def queue(self) -> list[Utterance]:
        """All that waits, what is said first in front."""
        return in_order(self._waiting)

    def lines(self) -> list[dict[str, Any]]:
        """All that waits as a page shows it, what is said first in front: id, kind, text, priority, age, ttl."""
        now = self.clock()
        return [shown(line, render(line, self.settings.separator), now) for line in self.queue()]

    def urge(self, line_id: int) -> bool:
        """Say this line next; False when it does not wait any more."""
        return self._reorder(line_id, urgent)

    def move(self, line_id: int, position: int) -> bool:
        """Say this line as the `position`th from now (0 is next); False when it does not wait any more."""
        return self._reorder(line_id, lambda lines, line: moved(lines, line, position))

    def take(self, may: Callable[[Utterance], bool] = lambda _: True) -> Utterance | None:
        """The line to say now, merged with its like, its names in place; None when nothing that may is worth saying."""
        self.expire()
        candidates = [w for w in self._waiting if may(w)]
        if not candidates:
            return None
        now = self.clock()
        ripe = [w for w in candidates if w.priority >= HIGH or not w.names or now - w.born >= self.batch_window]
        return self._take(min(ripe or candidates, key=lambda w: -w.priority))

    def expire(self) -> None:
        """Drop what is no longer worth saying."""
        now = self.clock()
        for line in [w for w in self._waiting if now - w.born > w.ttl]:
            self._drop(line, "stale")

    def withdraw(self, events: tuple[LiveEvent, ...], reason: str) -> None:
        """Drop what waits to be said about these."""
        for line in [w for w in self._waiting if w.events and set(w.events) <= set(events)]:
            self._drop(line, reason)

    def clear(self, reason: str) -> int:
        """Drop everything; returns how many lines that were."""
        return self.drop(lambda _: True, reason)

    def drop(self, unwanted: Callable[[Utterance], bool], reason: str) -> int:
        """Drop the lines that are; returns how many that were."""
        found = [line for line in self._waiting if unwanted(line)]
        for line in found:
            self._drop(line, reason)
        return len(found)

    async def arrived(self) -> None:
        """Return as soon as something waits."""
        while not self._waiting:
            await self.news()

    async def news(self) -> None:
        """Return at the next arrival, or when somebody stirs."""
        self._arrived.clear()
        await self._arrived.wait()

    def stir(self) -> None:
        """Whoever waits for news looks again."""
        self._arrived.set()

    def _take(self, first: Utterance) -> Utterance:
        if not first.names:
            self._forget_lines([first])
            return first
        alike = [w for w in self._waiting if w is not first and _can_be_merged(w, first)]
        if first.thanks:
            return self._thank(first, alike)
        line, left = merge([first, *alike], self.settings, self.longest)
        kept = {id(w) for w in left}
        self._forget_lines([first, *(w for w in alike if id(w) not in kept)])
        return replace(line, text=render(line, self.settings.separator), names=())

    def _reorder(self, line_id: int, order: Callable[[list[Utterance], Utterance], list[Utterance]]) -> bool:
        """A line that was moved by hand is said as it stands: it is not merged and waits for no company."""
        line = next((w for w in self._waiting if w.id == line_id), None)
        if line is None:
            return False
        self._waiting = order(
            self._waiting, replace(line, text=render(line, self.settings.separator), names=(), thanks=())
        )
        self._arrived.set()
        return True

    def _thank(self, first: Utterance, alike: list[Utterance]) -> Utterance:
        """All small thanks that wait in one sentence, in which everything is counted."""
        if self.together is None or not alike:
            self._forget_lines([first])
            return replace(first, names=(), thanks=())
        lines = [first, *alike]
        self._forget_lines(lines)
        text = self.together([one for line in lines for one in line.thanks], min(self.longest, self.settings.max_chars))
        return replace(
            first,
            text=text,
            names=(),
            thanks=(),
            events=tuple(event for line in lines for event in line.events),
            priority=max(line.priority for line in lines),
            born=(born := min(line.born for line in lines)),
            ttl=max(line.born + line.ttl for line in lines) - born,
        )

    def _urge(self, line: Utterance, priority: int) -> None:
        """What is asked for again and more urgently becomes urgent."""
        if priority > line.priority:
            self._waiting[self._waiting.index(line)] = replace(line, priority=priority)

    def _drop(self, line: Utterance, reason: str) -> None:
        self._forget_lines([line])
        self.dropped(line, reason)

    def _forget_lines(self, lines: list[Utterance]) -> None:
        gone = {id(line) for line in lines}
        self._waiting = [w for w in self._waiting if id(w) not in gone]


def _can_be_merged(line: Utterance, other: Utterance) -> bool:
    return bool(line.names) and line.kind == other.kind and line.alike == other.alike


def _same(line: Utterance, other: Utterance) -> bool:
    if line.kind != other.kind:
        return False
    one, two = render(line), render(other)
    return one == two or (line.kind != "say" and not line.names and not other.names and says_the_same(one, two))
