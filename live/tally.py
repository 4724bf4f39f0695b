"""What became of every event: nothing is lost without a reason. Pure; lives on the bot's loop.

Each event that is no repeat gets exactly one fate: answered, thanked, or skipped under a reason. Until then it is
pending. `spoken` counts sentences, so one answer of two sentences is answered 1, spoken 2.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from events import EventKind, LiveEvent, Utterance

SAMPLES = 500


@dataclass(slots=True)
class Tally:
    """The counters of one stream. `settled` is told each event's fate (answered, thanked, skipped) and the reason, `let_go` the
    events of each line that will not be said."""

    settled: Callable[[LiveEvent, str, str], None] = lambda *_: None
    events: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    unsaid: Counter[str] = field(default_factory=Counter)
    """Sentences that were ready and were not said, by reason."""

    duplicates: int = 0
    answered: int = 0
    thanked: int = 0
    spoken: int = 0
    streaks: int = 0
    diamonds: int = 0
    let_go: Callable[[tuple[LiveEvent, ...]], None] = lambda _: None
    _pending: dict[int, LiveEvent] = field(default_factory=dict)
    _begun: set[int] = field(default_factory=set)
    """Pending events whose line was on its way at least once: one that was withdrawn begins twice."""

    _question: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    _gift: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def came(self, event: LiveEvent) -> None:
        """A new event, its fate still open."""
        self.events[event.kind.value] += 1
        self._pending[id(event)] = event

    def skip(self, event: LiveEvent, reason: str) -> None:
        """It will not be answered, because."""
        if self._settle(event, "skipped", reason):
            self.skipped[reason] += 1

    def dropped(self, line: Utterance, reason: str) -> None:
        """This line will not be said; what it spoke of is skipped, unless something else was said of it before."""
        self.unsaid[reason] += 1
        for event in line.events:
            self.skip(event, reason)
        self.let_go(line.events)

    def begins(self, line: Utterance, now: float) -> None:
        """The line is on its way to the avatar."""
        fresh = [event for event in line.events if id(event) in self._pending and id(event) not in self._begun]
        self._begun.update(map(id, fresh))
        if fresh and line.kind == "answer":
            self._question.append(now - fresh[0].at)
        elif fresh and line.kind == EventKind.GIFT:
            self._gift.append(now - fresh[-1].at)

    def said(self, line: Utterance) -> None:
        """The line has been heard."""
        self.spoken += 1
        first, *merged = line.events or (None,)
        fate = "answered" if line.kind == "answer" else "thanked"
        if first is not None and self._settle(first, fate):
            self.answered += fate == "answered"
            self.thanked += fate == "thanked"
        for event in merged:
            if event is not None:
                self.skip(event, "merged")

    def finished(self, count: int, diamonds: int, *, again: bool = False) -> None:
        """A gift streak (or a single gift) is complete, or has grown `again`; `diamonds` is the price of one piece."""
        self.streaks += not again
        self.diamonds += count * diamonds

    def close(self, reason: str) -> None:
        """The stream is over: what is still pending has this fate."""
        for event in list(self._pending.values()):
            self.skip(event, reason)

    @property
    def pending(self) -> int:
        """Events whose fate is open."""
        return len(self._pending)

    def counters(self) -> dict[str, Any]:
        """`counters` of `GET /api/status`."""
        return {
            "events": dict(self.events),
            "duplicates": self.duplicates,
            "answered": self.answered,
            "thanked": self.thanked,
            "spoken": self.spoken,
            "skipped": dict(self.skipped),
            "unsaid": dict(self.unsaid),
            "pending": self.pending,
            "gifts": {"streaks": self.streaks, "diamonds": self.diamonds},
        }

    def latency(self) -> dict[str, Any]:
        """`latency` of `GET /api/status`, seconds."""
        return {"question_to_speech": percentiles(self._question), "gift_to_speech": percentiles(self._gift)}

    def _settle(self, event: LiveEvent, fate: str, reason: str = "") -> bool:
        self._begun.discard(id(event))
        if self._pending.pop(id(event), None) is None:
            return False
        self.settled(event, fate, reason)
        return True


def percentiles(samples: deque[float]) -> dict[str, float | None]:
    """p50 and p95 of the samples, rounded to milliseconds; None without any."""
    if not samples:
        return {"p50": None, "p95": None}
    points = quantiles(samples, n=20, method="inclusive") if len(samples) > 1 else [samples[0]] * 19
    return {"p50": round(points[9], 3), "p95": round(points[18], 3)}
