"""The whole corridor behind the real TikTokLive, while everything in front of it fails: back by itself, nothing twice, no lie.

Waits are scaled down: a second stands for the minute of silence, tenths of a second for the waits between tries.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fake_tiktok import FakeTikTok

from bot import Bot
from live import diagnosis
from live.tiktok import TikTokSource
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, Wall, house
from tests.test_tiktok import at

LONG = 20.0
SILENCE = 1.0
SLACK = 0.75
"""What a busy machine may be late."""

QUICK: dict[str, Any] = {
    "poll_seconds": 0.1,
    "backoff_first": 0.05,
    "backoff_slow": 0.05,
    "backoff_most": 0.5,
    "silence_seconds": SILENCE,
    "start_seconds": 2.0,
}


@dataclass
class Diligent(Wall):
    """A board that keeps each state of the live, and each reason, as they were shown."""

    states: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def show(self, status: Mapping[str, Any]) -> None:
        super().show(status)
        for kept, name in ((self.states, "state"), (self.codes, "code")):
            if kept[-1:] != [status["live"][name]]:
                kept.append(status["live"][name])

    @property
    def state(self) -> str:
        return self.states[-1] if self.states else ""


@dataclass
class Evening:
    """A running house, a chat that never stops, and a witness who looks at the status all the time."""

    tt: FakeTikTok
    bot: Bot
    people: Notebook = field(default_factory=Notebook)
    wall: Diligent = field(default_factory=Diligent)
    said: int = 0
    lies: list[str] = field(default_factory=list)

    @property
    def heard(self) -> list[str]:
        return [what.text for what in self.people.seen if what.kind.value == "comment"]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LONG):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.01)

    async def chat_goes_on(self) -> None:
        """It is heard again: something said after this moment arrives."""
        before = self.said
        await self.until(lambda: any(int(text.split()[1]) > before for text in self.heard))
        await self.until(lambda: self.wall.state == "live")

    async def chat(self) -> None:
        while True:
            self.said += 1
            await self.tt.push({"type": "comment", "user": f"viewer{self.said}", "text": f"number {self.said}"})
            await asyncio.sleep(0.05)

    async def witness(self) -> None:
        heard, since = 0, time.monotonic()
        while True:
            if len(self.people.seen) != heard or self.wall.state != "live":
                heard, since = len(self.people.seen), time.monotonic()
            if (deaf := time.monotonic() - since) > SILENCE + SLACK:
                self.lies.append(f"live, but deaf for {deaf:.2f} s")
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def evening(tt: FakeTikTok, *, chatty: bool = True, **options: Any) -> AsyncIterator[Evening]:
    people, wall = Notebook(), Diligent()
    source = TikTokSource(at(tt), **{**QUICK, **options})
    settings = {"tiktok": {"unique_id": "streamer"}}
    parts = {"avatar": ListeningAvatar(0.01), "brain": EchoBrain(0.0), "clock": time.time, "settings": settings}
    bot = house([], source=source, people=people, board=wall, **parts)
    it, stop = Evening(tt, bot, people, wall), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bot.run(stop))
        others = [tasks.create_task(it.chat()), tasks.create_task(it.witness())] if chatty else []
        try:
            yield it
        finally:
            for other in others:
                other.cancel()
            stop.set()
            await asyncio.wait({running})
    assert it.lies == []
    assert set(Counter(it.heard).values()) <= {1}
    assert bot.tally.pending == 0


async def hears_again_after(it: Evening, fault: Callable[[], Awaitable[object]], sign: str) -> None:
    await it.chat_goes_on()
    shown = len(it.wall.states)
    await fault()
    await it.until(lambda: sign in it.wall.states[shown:])
    await it.chat_goes_on()


def through(scenario: Callable[[FakeTikTok], Awaitable[None]], **options: Any) -> None:
    async def play() -> None:
        async with FakeTikTok(**options) as tt:
            await scenario(tt)

    asyncio.run(play())


FAULTS: dict[str, dict[str, Any]] = {
    "the connection breaks": {"type": "drop"},
    "it is closed in the middle": {"type": "drop", "mode": "close:1011"},
    "a bad gzip": {"type": "garbage", "kind": "gzip"},
    "a corrupt list of messages": {"type": "garbage", "kind": "payload"},
    "silence without an end": {"type": "stall", "for": 2.5},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_chat_is_heard_again_without_help(fault: str) -> None:
    """And until then nobody is told that it was."""

    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await hears_again_after(it, lambda: tt.push(FAULTS[fault]), "connecting")
            assert it.wall.states.count("live") >= 2

    through(scenario)


@pytest.mark.parametrize("kind", ["unknown", "broken"])
def test_what_cannot_be_understood_costs_not_even_a_moment(kind: str) -> None:
    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.chat_goes_on()
            for _ in range(20):
                await tt.push({"type": kind})
            await it.chat_goes_on()
            assert it.wall.states.count("live") == 1
            assert tt.counts["ws_handshakes"] == 1

    through(scenario)


def test_doubled_frames_and_replays_under_new_ids_are_heard_once() -> None:
    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.chat_goes_on()
            old = {"type": "comment", "user": "anna", "text": "number 0", "create_time": 1_700_000_000_000}
            for _ in range(3):
                await tt.push({**old, "dup": 1})
            await it.until(lambda: it.bot.tally.duplicates >= 5)
            assert it.heard.count("number 0") == 1

    through(scenario, faults={"dup_every": 3})


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"sign": ["429"], "ratelimit_remaining": 1}, "tiktok_rate_limited"),
        ({"sign": ["429nohdr"]}, "tiktok_rate_limited"),
        ({"sign": ["hang"], "hang_s": LONG}, "tiktok_sign_down"),
        ({"sign": ["500", "503"]}, "tiktok_sign_down"),
        ({"handshake": ["200:DEVICE_BLOCKED"]}, "tiktok_blocked"),
    ],
)
def test_a_door_that_stays_closed_for_a_while_is_told_and_passed(
    faults: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("SHORTEST_LIMIT", "UNTOLD_LIMIT"):
        monkeypatch.setattr(diagnosis, limit, 1.0)  # a minute and five in earnest

    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.until(lambda: code in it.wall.codes)
            await it.chat_goes_on()
            assert set(it.wall.states) == {"connecting", "live"}

    through(scenario, faults=faults)


def test_offline_then_live_then_paused_then_over_and_the_next_live() -> None:
    """A whole day, each state shown in its turn, and nobody presses anything."""

    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.until(lambda: it.wall.state == "offline")
            tt.live = True
            await it.chat_goes_on()
            await tt.push({"type": "pause"})
            await it.until(lambda: it.wall.state == "paused")
            before = len(it.heard)
            await it.until(lambda: len(it.heard) > before)  # the pal still listens
            await tt.push({"type": "unpause"})
            await it.until(lambda: it.wall.state == "live")
            await tt.push({"type": "live_end"})
            await it.until(lambda: it.wall.state == "ended")
            await it.until(lambda: it.wall.state == "offline")
            tt.room_id = tt.ctx.room_id = tt.room_id + 1
            tt.live = True
            await it.chat_goes_on()
            shown = [state for state in it.wall.states if state != "connecting"]
            assert shown == ["offline", "live", "paused", "live", "ended", "offline", "live"]

    through(scenario, live=False)


def test_a_dead_room_is_not_signed_for_again_and_again() -> None:
    """TikTok's pages have said of every room that it was alive, for days."""

    async def scenario(tt: FakeTikTok) -> None:
        tt.faults.update({"html": ["nosigi"] * 500, "alive": ["lie"] * 500, "api": ["500", "ok"] * 500})
        async with evening(tt, chatty=False, poll_seconds=0.01, silence_seconds=0.2, backoff_most=60.0) as it:
            await it.until(lambda: "tiktok_dead_room" in it.wall.codes)
            await asyncio.sleep(1.0)  # many polls
            assert tt.counts["sign_ok"] == 3
            assert it.wall.state == "offline"

    through(scenario, live=False)


def test_a_line_that_breaks_off_all_the_time_does_not_spend_the_sign_server() -> None:
    """Thirty questions in an hour, here in six seconds."""

    async def scenario(tt: FakeTikTok) -> None:
        tt.faults.update({"drop_after": 1, "drop_times": 10_000})
        async with evening(tt, backoff_first=0.001, backoff_most=10.0, settled_seconds=0.0) as it:
            await it.until(lambda: "tiktok_unsteady" in it.wall.codes)
            await asyncio.sleep(0.5)
            assert tt.counts["sign_ok"] == 30
            assert it.wall.status["live"]["until"]

    through(scenario)


def test_what_moderation_deletes_on_the_wire_is_not_answered() -> None:
    """The number in the deletion is the number in the comment."""

    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.chat_goes_on()
            brain = it.bot.brain
            assert isinstance(brain, EchoBrain)
            brain.seconds = 3.0
            number = await tt.push({"type": "comment", "user": "bad", "text": "number 0 is it why how when where?"})
            await it.until(lambda: any(text.startswith("number 0") for _, text, _ in brain.asked))
            await tt.push({"type": "im_delete", "msg_ids": [number]})
            await it.until(lambda: it.bot.tally.skipped["deleted"])
            assert not any(text.startswith("number 0") for text in it.heard)
            assert any(text.startswith("number 0") for text in brain.given_up)

    through(scenario)


def test_an_age_restricted_live_is_called_that_and_never_live_while_nothing_comes():
    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt, chatty=False) as it:
            await it.until(lambda: "tiktok_age_restricted" in it.wall.codes)
            assert "live" not in it.wall.states

    through(scenario, faults={"info": ["age"] * 99})


def test_a_live_that_tiktok_hides_but_that_is_heard_is_live():
    """TikTok answers the same for an address it does not like; where viewers are heard, all is well."""

    async def scenario(tt: FakeTikTok) -> None:
        async with evening(tt) as it:
            await it.chat_goes_on()
            assert it.wall.state == "live"

    through(scenario, faults={"info": ["age"] * 99})
