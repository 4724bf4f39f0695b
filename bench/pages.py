"""What pages cost the bot: the lag of its loop at 500 events a second, beside an idle loop and beside nobody looking.

    python bench/pages.py [--seconds 10] [--rate 500] [--pages 5]

The whole corridor runs in its thread (a demo's brain and captions, memory in RAM), fed with a seeded flood; the pages are
Socket.IO clients in a process of their own, and one more that never reads. Lag is how much later than asked a sleep of
5 ms ends. Compare the rows of one run with each other: a busy machine makes them all slower.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from web_house import Page, build_house, deaf_page  # noqa: E402 - the project is found beside this file

from app import Dashboard  # noqa: E402
from bot import Bot  # noqa: E402
from bridge import Bridge  # noqa: E402
from events import Board, EventKind, Link, LinkState, LiveEvent  # noqa: E402
from live.demo import NoEar  # noqa: E402
from memory import MemoryKeeper, load_memory  # noqa: E402
from response import ResponseEngine  # noqa: E402
from settings import load_settings  # noqa: E402
from voice.paper import PaperAvatar  # noqa: E402

KINDS = random.Random(1).choices(
    [EventKind.COMMENT, EventKind.LIKE, EventKind.JOIN, EventKind.GIFT, EventKind.FOLLOW], (50, 25, 15, 8, 2), k=997
)
LOOK_SECONDS = 0.005
LEVELS_A_SECOND = 20


@dataclass
class Flood:
    """An `EventSource`: so many events a second, evenly."""

    rate: float

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        loop, sent = asyncio.get_running_loop(), 0
        began = loop.time()
        while True:
            while sent < (loop.time() - began) * self.rate:
                sink(event(sent))
                sent += 1
            await asyncio.sleep(0.01)


def event(number: int) -> LiveEvent:
    kind, who = KINDS[number % len(KINDS)], f"viewer{number % 2000}"
    return LiveEvent(
        kind=kind,
        user_id=f"id-{who}",
        username=who,
        nickname=f"Änna {who} 🎉",
        at=time.time(),
        key=f"msg:{number}",
        text=f"what do you think of number {number}, and why?" if kind is EventKind.COMMENT else "Rose",
        gift_id="1" if kind is EventKind.GIFT else "",
        diamonds=1,
    )


class Ear(NoEar):
    """Tells levels as a microphone does."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def run(self, _on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        while True:
            self._board.tell("level", {"rms_dbfs": -30.0, "peak_dbfs": -20.0, "talking": False})
            await asyncio.sleep(1 / LEVELS_A_SECOND)


@dataclass
class Stage:
    """The bot's loop and how late it is, in milliseconds."""

    rate: float
    lags: list[float] = field(default_factory=list)

    async def __call__(self, board: Board, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch())
            await (self._bot(board).run(stop) if self.rate else stop.wait())
            watch.cancel()

    def _bot(self, board: Board) -> Bot:
        settings = load_settings(Path(tempfile.mkdtemp()) / "settings.yaml")
        return Bot(
            settings=settings,
            source=Flood(self.rate),
            avatar=PaperAvatar(settings.speech),
            brain=ResponseEngine(settings, demo=True),
            people=MemoryKeeper(load_memory(":memory:")),
            ear=Ear(board),
            board=board,
            estimate=lambda _: 1.0,
            demo=True,
        )

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asked = loop.time()
            await asyncio.sleep(LOOK_SECONDS)
            self.lags.append((loop.time() - asked - LOOK_SECONDS) * 1000)


def measure(seconds: float, rate: float, pages: int, deaf: int) -> dict[str, Any]:
    """Lags in milliseconds, and what each page got each second."""
    stage = Stage(rate)
    bridge = Bridge(stage)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        dashboard = Dashboard(build_house(Path(folder), bridge=bridge), port=0)
        dashboard.start()
        stack.callback(dashboard.stop)
        bridge.start()
        stack.callback(bridge.stop)
        for _ in range(deaf):
            stack.callback(deaf_page(dashboard.port).close)
        with readers(dashboard.port, pages, seconds) as result:
            stage.lags.clear()
            time.sleep(seconds)
            lags, heard = sorted(stage.lags), result()
        points = quantiles(lags, n=100, method="inclusive")
        return {"p50": points[49], "p99": points[98], "max": lags[-1], "heard": heard}


@contextmanager
def readers(port: int, pages: int, seconds: float) -> Iterator[Callable[[], list[dict[str, float]]]]:
    """So many pages in a process of their own, which are connected inside."""
    if not pages:
        yield list
        return
    command = [sys.executable, __file__, "--read", str(port), "--pages", str(pages), "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        out = iter(child.stdout or ())
        next(out)
        yield lambda: json.loads(next(out))


def read(port: int, pages: int, seconds: float) -> None:
    """Be those pages: messages a second by name, for each."""
    clients = [Page(port) for _ in range(pages)]
    for client in clients:
        client.next("outbox")
    print("connected", flush=True)
    time.sleep(seconds)
    heard = []
    for client in clients:
        names: Counter[str] = Counter()
        while not client.heard.empty():
            names[client.heard.get()[0]] += 1
        heard.append({name: round(count / seconds, 2) for name, count in names.items()})
    print(json.dumps(heard), flush=True)
    for client in clients:
        client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--read", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read:
        read(chosen.read, chosen.pages, chosen.seconds)
        return
    rows = {
        "idle loop": measure(chosen.seconds, 0, 0, 0),
        f"{chosen.rate:g} events/s, no page": measure(chosen.seconds, chosen.rate, 0, 0),
        f"{chosen.rate:g} events/s, {chosen.pages} pages": measure(chosen.seconds, chosen.rate, chosen.pages, 0),
        f"{chosen.rate:g} events/s, {chosen.pages} pages, 1 deaf": measure(
            chosen.seconds, chosen.rate, chosen.pages, 1
        ),
    }
    idle = rows["idle loop"]["p99"]
    print(f"{'loop lag, ms':40} {'p50':>7} {'p99':>7} {'max':>7}  p99/idle")
    for name, row in rows.items():
        print(f"{name:40} {row['p50']:7.2f} {row['p99']:7.2f} {row['max']:7.2f} {row['p99'] / idle:9.1f}")
    for name, row in rows.items():
        for page in row["heard"]:
            others = sum(count for kind, count in page.items() if kind != "level")
            print(f"{name}: {others:.1f} messages/s and {page.get('level', 0):.1f} levels/s to one page: {page}")


if __name__ == "__main__":
    main()
