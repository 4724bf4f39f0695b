"""What pages cost the bot: the lag of its loop at 500 events a second, beside an idle loop and beside nobody looking.

    python bench/pages.py [--seconds 10] [--rate 500] [--pages 5]

The whole corridor runs in its thread (a demo's brain and captions, memory in a file), fed with a seeded flood; the pages are
Socket.IO clients in a process of their own, and one more that never reads. Lag is how much later than asked a sleep of
5 ms ends. Beside each row stands that of an idle loop in another process at the same time: a busy machine makes both
late, and only what is between them is ours. `cpu` is the time of the bot's thread and of all others, each second.
"""

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
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


async def watch(lags: list[float]) -> None:
    """Note how late this loop is, in milliseconds, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(LOOK_SECONDS)
        lags.append((loop.time() - asked - LOOK_SECONDS) * 1000)


@dataclass
class Stage:
    """The bot's loop and how late it is, in milliseconds."""

    rate: float
    folder: Path
    lags: list[float] = field(default_factory=list)

    async def __call__(self, board: Board, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(self.lags))
            await (self._bot(board).run(stop) if self.rate else stop.wait())
            watching.cancel()

    def _bot(self, board: Board) -> Bot:
        settings = load_settings(self.folder / "settings.yaml")
        return Bot(
            settings=settings,
            source=Flood(self.rate),
            avatar=PaperAvatar(settings.speech),
            brain=ResponseEngine(settings, demo=True),
            people=MemoryKeeper(load_memory(self.folder / "memory.db")),
            ear=Ear(board),
            board=board,
            estimate=lambda _: 1.0,
            demo=True,
        )


def measure(seconds: float, rate: float, pages: int, deaf: int) -> dict[str, Any]:
    """Lags of the bot's loop and of an idle one in milliseconds, CPU each second, and what each page got."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stage = Stage(rate, Path(folder))
        bridge = Bridge(stage)
        dashboard = Dashboard(build_house(Path(folder), bridge=bridge), port=0)
        dashboard.start()
        stack.callback(dashboard.stop)
        bridge.start()
        stack.callback(bridge.stop)
        for _ in range(deaf):
            stack.callback(deaf_page(dashboard.port).close)
        with child("--idle", "1", seconds=seconds) as idle, readers(dashboard.port, pages, seconds) as heard:
            stage.lags.clear()
            cpu, bots = time.process_time(), _cpu_of("bot")
            time.sleep(seconds)
            cpu, bots = (time.process_time() - cpu) / seconds, (_cpu_of("bot") - bots) / seconds
            return {"ours": points(stage.lags), "idle": idle(), "heard": heard(), "cpu": (bots, cpu - bots)}


def points(lags: list[float]) -> tuple[float, float, float]:
    """p50, p99, most."""
    cut = quantiles(lags, n=100, method="inclusive")
    return cut[49], cut[98], max(lags)


def _cpu_of(name: str) -> float:
    """Seconds that the thread of this name has worked; not on Windows."""
    thread = next(thread for thread in threading.enumerate() if thread.name == name)
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


@contextmanager
def child(*options: str, seconds: float) -> Iterator[Callable[[], Any]]:
    """This program in a process of its own, ready inside; what it prints at its end."""
    command = [sys.executable, __file__, *options, "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        out = iter(process.stdout or ())
        next(out)
        yield lambda: json.loads(next(out))


def readers(port: int, pages: int, seconds: float) -> AbstractContextManager[Callable[[], Any]]:
    """So many pages, which are connected inside; what each was told a second, by name."""
    return child("--read", str(port), "--pages", str(pages), seconds=seconds) if pages else nullcontext(list)


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


def idle(seconds: float) -> None:
    """Be a loop that does nothing else."""
    lags: list[float] = []

    async def live() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await watch(lags)

    print("ready", flush=True)
    asyncio.run(live())
    print(json.dumps(points(lags)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--read", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--idle", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read:
        read(chosen.read, chosen.pages, chosen.seconds)
        return
    if chosen.idle:
        idle(chosen.seconds)
        return
    print(f"{'loop lag in ms: ours (idle beside it)':42} {'p50':>14} {'p99':>16} {'most':>18}   cpu: bot, others")
    for pages, deaf in ((0, 0), (chosen.pages, 0), (chosen.pages, 1)):
        row = measure(chosen.seconds, chosen.rate, pages, deaf)
        lags = " ".join(f"{a:8.2f} ({b:6.2f})" for a, b in zip(row["ours"], row["idle"], strict=True))
        name = f"{chosen.rate:g} events/s, {pages} pages, {deaf} that never read"
        print(f"{name:42} {lags}   {row['cpu'][0]:.1%}, {row['cpu'][1]:.1%}")
        for page in row["heard"]:
            others = sum(count for kind, count in page.items() if kind != "level")
            print(f"    to one page: {others:.1f} messages/s and {page.get('level', 0):.1f} levels/s: {page}")


if __name__ == "__main__":
    main()
