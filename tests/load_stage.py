"""The whole house under load on real wires: TikTok, house and the rest each in a process of their own."""

import asyncio
import contextlib
import json
import os
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from tests.test_house import URL

ROOT = Path(__file__).parent.parent
PATIENCE = 90.0
PING_SECONDS = 0.5
KINDS = ("join", "like", "comment", "viewers", "follow", "share", "gift")


@dataclass
class Load:
    """What came of it. Times are seconds."""

    sent: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    asked: list[tuple[float, float]] = field(default_factory=list)
    """(when a probe was sent, seconds to the model's request)"""

    queued: list[tuple[float, float]] = field(default_factory=list)
    """(begin of a second, how long the house could have run in it but others had the processors); Linux tells."""

    probes: int = 0
    pings: list[float] = field(default_factory=list)
    """How long the house took to answer Animaze's pings."""

    connections: int = 0
    """Of the house to Animaze; one is right."""

    late: float = 0.0
    """By how much the sender fell behind at most."""

    seconds: float = 0.0
    cpu: float = 0.0
    """What the house used meanwhile."""

    @property
    def lost(self) -> int:
        return sum(self.sent.values()) - sum(self.counted.get(kind, 0) for kind in KINDS)

    def calm(self, most: float) -> list[float]:
        """What those probes took in whose second, the one before and the one after the house waited at most so long."""
        busy = [begin for begin, waited in self.queued if waited > most]
        return [took for at, took in self.asked if not any(-1 < at - begin < 2 for begin in busy)]


class _Crowd:
    """`load_crowd.py` as a child; its lines are read as they come."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.probes: dict[int, float] = {}

    async def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        raw = await self.process.stdout.readline()
        assert raw, "the crowd ended"
        facts: dict[str, Any] = json.loads(raw)
        return facts

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def until_sent(self) -> dict[str, Any]:
        while "sent" not in (facts := await self.line()):
            self.probes[facts["probe"]] = facts["at"]
        return facts


async def load(folder: Path, rate: float, seconds: float, *, batch: int = 1) -> Load:
    """So many events a second for so long; ends when all of it has been counted, or nothing moves any more."""
    asked: dict[str, float] = {}

    def answer(message: str) -> str:
        asked.setdefault(message, time.time())
        return "Yes."

    avatar = FakeAnimaze(events=True, seconds=lambda _: 0.01)
    async with FakeOpenAI(answer=answer) as model, avatar:
        options = ("--rate", str(rate), "--seconds", str(seconds), "--batch", str(batch))
        async with _child("tests/load_crowd.py", *options, stdin=asyncio.subprocess.PIPE) as process:
            crowd = _Crowd(process)
            address = (await crowd.line())["base_url"]
            settings = _settings(folder, address, model, avatar)
            arguments = ("--start", "--port", "0", "--log-level", "WARNING", "--settings", str(settings))
            async with _child("main.py", *arguments) as house:
                return await _under_load(crowd, house, avatar, asked)


async def _under_load(
    crowd: _Crowd, house: asyncio.subprocess.Process, avatar: FakeAnimaze, asked: dict[str, float]
) -> Load:
    url, result = await _address(house), Load()
    await _until_live(url)
    before = _cpu(house.pid)
    async with asyncio.TaskGroup() as group:
        pinging = group.create_task(_ping(avatar, result.pings))
        watching = group.create_task(_watch(house.pid, result.queued))
        crowd.go()
        sent = await crowd.until_sent()
        counters = await _settled(url, sent["total"])
        pinging.cancel()
        watching.cancel()
    result.cpu = _cpu(house.pid) - before
    result.sent, result.probes = sent["sent"], sent["probes"]
    result.late, result.seconds = sent["late"], sent["seconds"]
    result.counted, result.repeats = counters["events"], counters["duplicates"]
    result.connections = avatar.attempts
    for number, at in crowd.probes.items():
        result.asked += [
            (at, moment - at) for message, moment in asked.items() if f"what is number {number}?" in message
        ]
    return result


@contextlib.asynccontextmanager
async def _child(script: str, *arguments: str, stdin: int | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / script), *arguments, stdin=stdin, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(20):
            await process.wait()


def _settings(folder: Path, address: str, model: FakeOpenAI, avatar: FakeAnimaze) -> Path:
    """Answers go first and are quick, so that what is measured is the way and not the mouth."""
    values = {
        "tiktok": {
            "unique_id": "streamer",
            "app_url": address,
            "webcast_url": f"{address}/webcast",
            "sign_url": address,
        },
        "animaze": {"host": "127.0.0.1", "port": avatar.port},
        "openai": {"base_url": model.base_url, "model": "fake", "cache_size": 0},
        "microphone": {"enabled": 0},
        "speech": {"post_gap_ms": 0, "wait_start_timeout_ms": 0},
        "comment": {"per_user_cooldown": 0, "max_replies_per_min": 120},
        "event_priority": dict.fromkeys(("gift", "follow", "subscribe", "share", "like", "join"), 1),
    }
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return file


async def _address(house: asyncio.subprocess.Process) -> str:
    assert house.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while not (found := URL.search((await house.stdout.readline()).decode())):
            assert house.returncode is None, "the house ended"
    return found.group()


async def _status(url: str) -> dict[str, Any]:
    def get() -> dict[str, Any]:
        with urllib.request.urlopen(f"{url}/api/status", timeout=30) as answer:  # noqa: S310 - our own
            status: dict[str, Any] = json.load(answer)
        return status

    return await asyncio.to_thread(get)


async def _until_live(url: str) -> None:
    async with asyncio.timeout(PATIENCE):
        connected: dict[str, bool] = {}
        while not all(connected.get(name) for name in ("tiktok", "animaze", "openai")):
            await asyncio.sleep(0.2)
            connected = (await _status(url))["connected"]
    await asyncio.sleep(1.0)  # the last of the start-up


async def _settled(url: str, total: int) -> dict[str, Any]:
    """The counters once all has been counted; sooner when for five seconds nothing more was."""
    before, since = -1, time.monotonic()
    while True:
        counters: dict[str, Any] = (await _status(url))["counters"]
        count = sum(counters["events"].values())
        if count != before:
            before, since = count, time.monotonic()
        if count >= total or time.monotonic() - since > 5:
            return counters
        await asyncio.sleep(0.2)


async def _ping(avatar: FakeAnimaze, took: list[float]) -> None:
    """As Animaze does, only more often."""
    while True:
        for connection in list(avatar.connections):
            begin = time.monotonic()
            pong = await connection.ping()
            await pong
            took.append(time.monotonic() - begin)
        await asyncio.sleep(PING_SECONDS)


async def _watch(pid: int, queued: list[tuple[float, float]]) -> None:
    """Note each second how long the house waited for a processor."""
    before = _waited(pid)
    while True:
        begin = time.time()
        await asyncio.sleep(1.0)
        now = _waited(pid)
        queued.append((begin, now - before))
        before = now


def _waited(pid: int) -> float:
    """Seconds that its threads were ready to run and did not, where the system tells (Linux); else 0."""
    total = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # the thread has just ended
            total += int(stat.read_text(encoding="ascii").split()[1])
    return total / 1e9


def _cpu(pid: int) -> float:
    """CPU seconds of a running process, where the system tells (Linux); else 0."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
