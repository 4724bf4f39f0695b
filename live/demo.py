"""A small simulated crowd for the demo: the corridor's way is real, the viewers are not, and everything says DEMO.

Implements the seam `EventSource`. The same seed gives the same evening.
"""

import asyncio
import itertools
import random
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from events import Calibrated, EventKind, Link, LinkState, LiveEvent

NAMES = ("Anna", "Ben", "Carla", "Deniz", "Emil", "Fatima", "Gino", "Hanna")
COMMENTS = {
    "en": (
        "Hello everyone!",
        "What game is this?",
        "How long have you been streaming today?",
        "nice",
        "Where do you live in the game?",
        "Thanks for the stream!",
        "Why is the sky in this level green?",
        "!points",
        "first time here and I like it a lot",
        "Who made your avatar?",
    ),
    "de": (
        "Hallo zusammen!",
        "Was für ein Spiel ist das?",
        "Wie lange streamst du heute schon?",
        "nice",
        "Wo wohnst du im Spiel?",
        "Danke für den Stream!",
        "Warum ist der Himmel in diesem Level grün?",
        "!punkte",
        "bin zum ersten Mal hier und finde es super",
        "Wer hat deinen Avatar gemacht?",
    ),
}
GIFTS = (("Rose", 1, True), ("Finger Heart", 5, True), ("Doughnut", 30, True), ("Galaxy", 1000, False))
STEP_SECONDS = 0.6
END_SECONDS = 2.0


@dataclass(slots=True)
class DemoCrowd:
    """About one event in two seconds: comments, joins, likes, follows, and gift streaks as TikTok sends them."""

    language: str = "en"
    seed: int = 7
    pace: float = 2.2
    """Mean seconds between two things that happen."""

    clock: Callable[[], float] = time.time
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        """Deliver events until cancelled."""
        report(Link(state=LinkState.UP, code="demo"))
        chance = random.Random(self.seed)  # noqa: S311 - a crowd, not a secret
        comments = itertools.cycle(COMMENTS[self.language])
        for name in itertools.islice(itertools.cycle(NAMES), 3):
            sink(self._event(EventKind.JOIN, name))
        while True:
            name = chance.choice(NAMES)
            match chance.choices(("comment", "gift", "like", "join", "follow", "share"), (55, 12, 15, 10, 5, 3))[0]:
                case "comment":
                    sink(self._event(EventKind.COMMENT, name, text=next(comments)))
                case "gift":
                    await self._gift(sink, name, chance)
                case "like":
                    sink(self._event(EventKind.LIKE, name, count=15))
                case kind:
                    sink(self._event(EventKind(kind), name))
            await asyncio.sleep(chance.expovariate(1 / self.pace))

    async def _gift(self, sink: Callable[[LiveEvent], None], name: str, chance: random.Random) -> None:
        gift, diamonds, streaks = chance.choice(GIFTS)
        if not streaks:
            sink(self._event(EventKind.GIFT, name, text=gift, gift_id=gift, diamonds=diamonds))
            return
        group, length = f"demo-{next(self._numbers)}", chance.randint(1, 6)
        streak = {"text": gift, "gift_id": gift, "diamonds": diamonds, "group": group}
        for count in range(1, length + 1):
            sink(self._event(EventKind.GIFT, name, **streak, count=count, streaking=True))
            await asyncio.sleep(STEP_SECONDS if count < length else END_SECONDS)
        sink(self._event(EventKind.GIFT, name, **streak, count=length))

    def _event(self, kind: EventKind, name: str, **details: Any) -> LiveEvent:
        who = name.casefold()
        key = f"demo:{next(self._numbers)}"
        return LiveEvent(
            kind=kind, user_id=f"demo-{who}", username=f"demo_{who}", nickname=name, at=self.clock(), key=key, **details
        )


class MadeUp:
    """Where a demo remembers its viewers: in none of the streamer's files, and gone with this, at the latest with the program."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="palfriend-demo-"))
        self.memory = folder / "memory.db"
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


class NoEar:
    """The seam `Ear` of a demo: the microphone is left alone."""

    async def run(self, _on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        """Say so and hear nothing until cancelled."""
        report(Link(code="mic_demo"))
        await asyncio.Event().wait()

    def level(self) -> float:
        """Nothing."""
        return 0.0

    def status(self) -> Mapping[str, Any]:
        """Silence."""
        return {"engine": "", "rms_dbfs": -120.0, "peak_dbfs": -120.0, "talking": False, "bar_dbfs": None}

    def pal_speaks(self, _on: bool) -> None:
        """There is nothing here that could hear it."""

    async def calibrate(self, kind: str) -> Calibrated:
        """Nothing can be measured."""
        return Calibrated(kind=kind, verdict="mic_off")
