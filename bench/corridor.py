"""What the corridor adds to an event, beside what the library's decoding of it costs: `python bench/corridor.py`.

Both in one run, in CPU time, taking turns, of the same realistic mix (`bench/traffic.py`, protobuf by the stand-in of
TikTok, gzip, one message a frame). The library: frame to event object to an empty handler. Ours: event object to
`LiveEvent`, and then the whole corridor on the jumping clock at 400 events a second, with memory on the disk, why-cards, a
dashboard that reads, and all that thinking and speaking brings along. Prints medians; leaves with 1 above the limit. What
a recording adds is told apart.
`--profile` shows where our part goes instead.
"""

import argparse
import asyncio
import cProfile
import gc
import itertools
import pstats
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import traffic
from fake_tiktok import FakeTikTok

from bot import Bot
from bridge import StatusBoard
from events import EventKind, Link, LinkState, LiveEvent, NoJournal
from live import clockwork, tiktok
from live.crowd import evening
from live.decode import decode, social_kind
from live.recorder import Recorder
from live.stand_ins import ScriptedVoice, Understudy
from live.why import WhyCards, WithCards
from memory import MemoryKeeper, load_memory
from settings import Settings
from voice.paper import PaperAvatar

LIMIT = 0.10
PER_SECOND = 400
EVENTS = 1200
"""Frames that the library decodes in a round; the corridor gets the same events again and again."""

SECONDS = 30
ROUNDS = 5
KINDS: dict[str, EventKind | None] = {
    "CommentEvent": EventKind.COMMENT,
    "GiftEvent": EventKind.GIFT,
    "LikeEvent": EventKind.LIKE,
    "JoinEvent": EventKind.JOIN,
    "RoomUserSeqEvent": EventKind.VIEWERS,
    "SocialEvent": None,
}


class _Library:
    """The library without its socket, decoding what it decodes out of the box."""

    def __init__(self) -> None:
        from TikTokLive import TikTokLiveClient, events
        from TikTokLive.client.ws import ws_utils

        self._frame, self._response = ws_utils.extract_webcast_push_frame, ws_utils.extract_webcast_response_message
        self._client = TikTokLiveClient("@streamer")
        self.kept: list[tuple[EventKind, Any]] = []
        self.keeping = False
        for name, kind in KINDS.items():
            self._client.add_listener(getattr(events, name), lambda event, kind=kind: self._heard(kind, event))

    def decode(self, frames: list[bytes]) -> None:
        asyncio.run(self._decode(frames))

    async def _decode(self, frames: list[bytes]) -> None:
        for raw in frames:
            async for event in self._client._parse_webcast_response(self._response(self._frame(raw))):
                self._client.emit(event.get_type(), event)

    def _heard(self, kind: EventKind | None, event: Any) -> None:
        if self.keeping:
            self.kept.append((kind or social_kind(event) or EventKind.SHARE, event))


@dataclass
class _Source:
    """Delivers each at its time."""

    events: list[LiveEvent]

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for number, event in enumerate(self.events, 1):
            sink(event)
            if number % 20 == 0:
                await asyncio.sleep(20 / PER_SECOND)
        await asyncio.Event().wait()


def _spread(events: list[LiveEvent]) -> list[LiveEvent]:
    """The same happenings over and over, each a new one, `PER_SECOND` of them each second."""
    spread = []
    for number, event in enumerate(itertools.islice(itertools.cycle(events), PER_SECOND * SECONDS)):
        at = clockwork.EPOCH + number // 20 * 20 / PER_SECOND
        spread.append(replace(event, key=f"bench:{number}", at=at, created=at))
    return spread


class _Keeper(MemoryKeeper):
    """Writes every second on this thread: the jumping clock would not wait for another."""

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        try:
            while True:
                self.memory.flush()
                await asyncio.sleep(1.0)
        finally:
            self.memory.close()


class _Tape(Recorder):
    """Compresses and writes every second on this thread."""

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        try:
            while True:
                self._flush()
                await asyncio.sleep(1.0)
        finally:
            self._flush()


async def _corridor(events: list[LiveEvent], folder: Path, recorded: bool = False) -> int:
    """The bot for `SECONDS`, with why-cards and recorded if wanted; how many events it took."""
    settings, board = Settings(), StatusBoard()
    settings._origin.file = folder / "settings.yaml"  # recordings lie beside it
    tape = _Tape(settings, "bench", clockwork.now) if recorded else NoJournal()
    reader = board.subscribe()
    keeper = _Keeper(load_memory(folder / "memory.db"))
    bot = Bot(
        settings=settings,
        source=_Source(events),
        avatar=PaperAvatar(settings.speech),
        brain=Understudy(settings, evening(1, "quiet", 1)),
        people=keeper,
        ear=ScriptedVoice(()),
        board=board,
        journal=WithCards(tape, WhyCards(board.file)),
        estimate=lambda text: len(text) / 15,
        clock=clockwork.now,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(bot.run(stop))
        for _ in range(SECONDS * 10):
            await asyncio.sleep(0.1)
            while not reader.empty():
                reader.get_nowait()
        stop.set()
    return sum(bot.tally.events.values())


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def _frames() -> list[bytes]:
    server = FakeTikTok()
    built = (server.build(event) for event in itertools.islice(traffic.mix(), EVENTS))
    return [server.msg_frame([server.base_message(*message)], "gzip")[0] for message in built]


def measure(folder: Path) -> tuple[list[float], ...]:
    """CPU microseconds an event, round by round: the library, our decoding, the corridor, the recorded corridor."""
    library, frames = _Library(), _frames()
    library.keeping = True
    library.decode(frames)
    library.keeping = False
    theirs, ours, bare, recorded = [], [], [], []
    for number in range(ROUNDS):
        theirs.append(_cpu(lambda: library.decode(frames))[0] / EVENTS * 1e6)
        spent, happened = _cpu(lambda: [decode(kind, event, 0.0) for kind, event in library.kept])
        ours.append(spent / len(happened) * 1e6)
        events = _spread([event for event in happened if event])
        for on, figures in ((False, bare), (True, recorded)):
            place = folder / f"{number}{on}"
            place.mkdir()
            spent, count = _cpu(lambda: clockwork.run(_corridor(events, place, on)))  # noqa: B023 - called at once
            figures.append(spent / count * 1e6)
    return theirs, ours, bare, recorded


def profile(folder: Path) -> None:
    """Where the corridor's part goes."""
    library, frames = _Library(), _frames()
    library.keeping = True
    library.decode(frames)
    events = _spread([event for found in library.kept if (event := decode(*found, 0.0))])
    with cProfile.Profile() as watched:
        clockwork.run(_corridor(events, folder, recorded=True))
    pstats.Stats(watched).sort_stats("tottime").print_stats(40)


def warm_up() -> None:
    """The library as it comes, with every schema built: what we replace or leave out in it is no cost of its own."""
    with warnings.catch_warnings():  # it imports websockets.legacy
        warnings.simplefilter("ignore", DeprecationWarning)
        from TikTokLive.events.proto_events import EVENT_MAPPINGS

    own = dict(EVENT_MAPPINGS)
    tiktok.load(threading.Event())
    EVENT_MAPPINGS.update(own)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    wanted = parser.parse_args()
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        if wanted.profile:
            profile(Path(folder))
            return 0
        rounds = measure(Path(folder))
    theirs, ours, bare, recorded = map(median, rounds)
    names = ("library decodes", "we decode", "corridor", "and recorded")
    for name, figures in zip(names, rounds, strict=True):
        print(f"{name:16} {median(figures):8.1f} us an event   rounds: {', '.join(f'{f:.0f}' for f in figures)}")
    share = (ours + bare) / theirs
    print(f"to the library's cost the corridor adds {bare / theirs:.1%}, with our decoding {share:.1%};", end=" ")
    print(f"the limit is {LIMIT:.0%}; a recording adds {(recorded - bare) / theirs:.1%} more")
    return 0 if share <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
