"""Panic against a real Animaze socket, a real bridge and the real clock: after it no frame, and nothing of before."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from web_house import eventually

from bot import Bot
from bridge import Bridge, Orders
from events import AvatarError, Board, Link, LinkState, LiveEvent
from memory import MemoryKeeper, load_memory, remember_event
from settings import Animaze, Settings, Speech
from tests.fake_animaze import FakeAnimaze, running
from tests.fakes import EchoBrain, Notebook, ScriptedEar, Wall, comment, gift
from voice.animaze import AnimazeAvatar

PATIENCE = 30.0
WHILE = 1.0
"""Seconds in which several more sentences would be sent if anything could still be sent."""


def avatar_for(animaze: FakeAnimaze, seconds: float = 0.05) -> AnimazeAvatar:
    speech = Speech(post_gap_ms=0, max_speech_ms=60_000, wait_start_timeout_ms=0)
    where = Animaze(host="127.0.0.1", port=animaze.port)
    return AnimazeAvatar(where, speech, estimate=lambda _: seconds, other_ports=())


class Tap:
    """A source that delivers what a test hands in on the loop."""

    def __init__(self) -> None:
        self.sink: Callable[[LiveEvent], None] = lambda _: None

    def push(self, happened: LiveEvent) -> None:
        object.__setattr__(happened, "at", time.time())
        self.sink(happened)

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        self.sink = sink
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()


def build(avatar: AnimazeAvatar, tap: Tap, board: Any, **parts: Any) -> Bot:
    people = {"people": Notebook(), "ear": ScriptedEar(), "estimate": lambda _: 0.05}
    brain = EchoBrain(seconds=0.02, sentences=("One {text}.", "Two.", "Three."))
    return Bot(
        **{"settings": Settings(), "source": tap, "avatar": avatar, "brain": brain, "board": board, **people, **parts}
    )


@contextlib.asynccontextmanager
async def living(animaze: FakeAnimaze, **parts: Any) -> AsyncIterator[tuple[Bot, Tap]]:
    tap, stop = Tap(), asyncio.Event()
    bot = build(avatar_for(animaze), tap, Wall(), **parts)
    async with asyncio.TaskGroup() as group:
        group.create_task(bot.run(stop))
        try:
            async with asyncio.timeout(PATIENCE):
                await bot.avatar.ready()
            yield bot, tap
        finally:
            stop.set()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what the stand-in notes has no event to wait for
            await asyncio.sleep(0.002)


def crowd(tap: Tap) -> None:
    for number in range(20):
        tap.push(gift(f"Rose {number}", user=f"g{number}"))
        tap.push(comment(f"why {number}?", user=f"c{number}"))


@pytest.mark.parametrize("way", ["order", "shush"])
@pytest.mark.parametrize("after", [0.0, 0.013, 0.05, 0.11])
def test_after_panic_no_frame_is_sent_and_after_its_end_nothing_of_before(way: str, after: float):
    """Twenty thanks wait while the mouth goes on; whatever moment it hits, the last frame is older than 100 ms later."""

    async def scenario() -> None:
        async with FakeAnimaze(seconds=lambda _: 0.05) as animaze, living(animaze) as (bot, tap):
            crowd(tap)
            await until(lambda: len(animaze.messages) >= 2)
            await asyncio.sleep(after)
            called = time.monotonic()
            if way == "order":
                bot.steering.panic(True)
            else:
                tap.push(comment("!shush", user="mo", moderator=True))
            await asyncio.sleep(WHILE)
            assert all(at <= called + 0.1 for at, _ in animaze.frames), [at - called for at, _ in animaze.frames]
            said = len(animaze.messages)
            assert said < 20
            bot.steering.panic(False)
            await asyncio.sleep(WHILE / 2)
            assert len(animaze.messages) == said
            tap.push(gift("Lion", user="late"))
            await until(lambda: len(animaze.messages) > said)
            assert (
                animaze.messages[said:] == ["-echo Thank you for the Lion, Late!"] or "Lion" in animaze.messages[said]
            )
        assert bot.tally.pending == 0

    asyncio.run(scenario())


def test_a_line_that_waits_for_another_clients_speech_is_not_sent_after_panic():
    """The mouth has taken it, the wait stands before the send: released before the wait ends, it is still not sent."""

    async def scenario() -> None:
        async with FakeAnimaze(events=True) as animaze:
            avatar = avatar_for(animaze)
            async with asyncio.TaskGroup() as group:
                task = group.create_task(avatar.run(lambda _: None))
                async with asyncio.timeout(PATIENCE):
                    await avatar.ready()
                animaze.tell("ChatbotSpeechStarted")
                await until(lambda: avatar._mouth.busy)
                saying = asyncio.ensure_future(avatar.say("hello"))
                await asyncio.sleep(0.05)
                avatar.withdraw()
                with pytest.raises(AvatarError) as raised:
                    await asyncio.wait_for(saying, PATIENCE)
                assert (str(raised.value), raised.value.sent) == ("withdrawn", False)
                animaze.tell("ChatbotSpeechEnded")
                async with asyncio.timeout(PATIENCE):
                    await avatar.say("later")
                assert animaze.messages == ["-echo later"]
                task.cancel()

    asyncio.run(scenario())


def test_withdrawing_does_not_cut_what_was_sent():
    """Its end would be lost, and the next sentence would come on top of it."""

    async def scenario() -> None:
        async with FakeAnimaze(seconds=lambda _: 0.3) as animaze:
            avatar = avatar_for(animaze, seconds=0.3)
            async with asyncio.TaskGroup() as group:
                task = group.create_task(avatar.run(lambda _: None))
                async with asyncio.timeout(PATIENCE):
                    await avatar.ready()
                saying = asyncio.ensure_future(avatar.say("one"))
                await until(lambda: animaze.messages)
                avatar.withdraw()
                await asyncio.wait_for(saying, PATIENCE)
                await avatar.say("two")
                task.cancel()
            assert animaze.messages == ["-echo one", "-echo two"]
            assert animaze.overlaps() == []

    asyncio.run(scenario())


class Show:
    """A bridge whose bots speak to this Animaze; each Start has a bot of its own."""

    def __init__(self, animaze: FakeAnimaze) -> None:
        self.taps: list[Tap] = []
        self.loops: list[asyncio.AbstractEventLoop] = []
        orders = Orders()

        async def live(board: Board, stop: asyncio.Event) -> None:
            tap = Tap()
            bot = build(avatar_for(animaze), tap, board, panicked=orders.remember)
            with orders.given_to(bot.handlers()):
                self.loops.append(asyncio.get_running_loop())
                self.taps.append(tap)
                await bot.run(stop)

        self.bridge = Bridge(live, orders)

    def start(self) -> None:
        count = len(self.taps)
        assert self.bridge.start()
        eventually(lambda: len(self.taps) > count and self.bridge.status()["connected"]["animaze"])

    def push(self, *happened: LiveEvent) -> None:
        for what in happened:
            self.loops[-1].call_soon_threadsafe(self.taps[-1].push, what)


@pytest.fixture
def animaze():
    with running(FakeAnimaze(seconds=lambda _: 0.05)) as animaze:
        yield animaze


@pytest.fixture
def show(animaze: FakeAnimaze):
    show = Show(animaze)
    yield show
    assert show.bridge.stop(PATIENCE)


def test_an_order_of_another_thread_is_done_when_it_returns(show: Show, animaze: FakeAnimaze):
    show.start()
    show.push(*(gift(f"Rose {n}", diamonds=500) for n in range(20)))
    eventually(lambda: len(animaze.messages) >= 2)

    assert show.bridge.order("panic", True)
    called = time.monotonic()
    assert show.bridge.status()["silenced"] == "panic"
    assert show.bridge.status()["queue"] == 0
    time.sleep(WHILE / 2)
    assert all(at <= called + 0.1 for at, _ in animaze.frames)
    assert show.bridge.order("panic", False)
    assert show.bridge.status()["silenced"] is None
    assert [entry["action"] for entry in show.bridge.board.audit] == ["panic", "panic"]


@pytest.mark.parametrize("way", ["order", "chat", "stopped"])
def test_panic_outlives_stop_and_start_until_it_is_released(show: Show, animaze: FakeAnimaze, way: str):
    """Whoever panicked and starts anew must not be surprised by a voice."""
    if way == "stopped":
        assert not show.bridge.order("panic", True)
        assert show.bridge.status()["silenced"] == "panic"
        show.start()
    else:
        show.start()
        if way == "order":
            show.bridge.order("panic", True)
        else:
            show.push(comment("!shush", user="mo", moderator=True))
        eventually(lambda: show.bridge.status()["silenced"] == "panic")
    assert show.bridge.stop(PATIENCE)
    assert show.bridge.status()["silenced"] == "panic"
    show.start()
    assert show.bridge.status()["silenced"] == "panic"
    show.push(gift("Rose"))
    time.sleep(WHILE / 2)
    assert animaze.messages == []
    show.bridge.order("panic", False)
    show.push(gift("Lion"))
    eventually(lambda: animaze.messages)
    assert len(animaze.messages) == 1
    assert "Lion" in animaze.messages[0]
    assert show.bridge.stop(PATIENCE)
    assert show.bridge.status()["silenced"] is None


def test_mute_and_audit_begin_anew_with_each_start(show: Show):
    show.start()
    assert show.bridge.order("mute", True)
    assert show.bridge.status()["silenced"] == "mute"
    assert show.bridge.stop(PATIENCE)
    assert show.bridge.status()["silenced"] is None
    assert len(show.bridge.board.audit) == 1
    show.start()
    assert show.bridge.status()["silenced"] is None
    assert show.bridge.board.audit == ()


def test_without_a_bot_only_panic_can_be_ordered():
    bridge = Bridge(lambda _board, _stop: asyncio.sleep(0))

    assert [bridge.order("mute", True), bridge.order("skip"), bridge.order("panic", True)] == [False, False, False]
    assert bridge.status()["silenced"] == "panic"
    bridge.order("panic", False)
    assert bridge.status()["silenced"] is None


def test_a_bot_that_is_busy_does_not_hold_up_whoever_orders():
    """The window's thread gives orders, too."""
    orders, told, go = Orders(), threading.Event(), threading.Event()

    async def busy(_board: Board, stop: asyncio.Event) -> None:
        with orders.given_to({"skip": lambda: None}):
            told.set()
            go.wait(PATIENCE)  # blocks the loop
            await stop.wait()

    bridge = Bridge(busy, orders)
    bridge.start()
    assert told.wait(PATIENCE)
    assert bridge.order("skip")
    assert not go.is_set()
    go.set()
    assert bridge.stop(PATIENCE)


def test_whoever_wants_to_be_forgotten_is_in_no_file_any_more(tmp_path: Path):
    """While the bot goes on: the record of an earlier stream, this stream's, and the very order."""

    async def scenario() -> None:
        file = tmp_path / "memory.db"
        before = load_memory(file)
        remember_event(before, "secretname", "comment", "an old one", nickname="Secretname")
        before.close()

        def in_files() -> bool:
            return any(b"ecretname" in path.read_bytes() for path in tmp_path.iterdir())

        async with FakeAnimaze() as animaze, living(animaze, people=MemoryKeeper(load_memory(file))) as (_, tap):
            tap.push(comment("why is it?", user="secretname"))
            tap.push(comment("how?", user="bob"))
            await until(lambda: any(b"bob" in path.read_bytes() for path in tmp_path.iterdir()))
            assert in_files()
            tap.push(comment("!forgetme", user="secretname"))
            await until(lambda: not in_files())
            await until(lambda: "-echo Done, I have forgotten you." in animaze.messages)
            tap.push(comment("what?", user="carla"))
            await until(lambda: any(b"carla" in path.read_bytes() for path in tmp_path.iterdir()))
            assert not in_files()
        assert not in_files()
        again = load_memory(file)
        assert sorted(again["users"]) == ["bob", "carla"]
        again.close()

    asyncio.run(scenario())
