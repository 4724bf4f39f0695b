"""Against an Animaze that fails in any way and order, over a real socket: each sentence once, or dropped with a reason."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from bot import Bot
from events import Link, LinkState, LiveEvent
from settings import Settings
from tests.fake_animaze import FAULTS, FakeAnimaze
from tests.fakes import EchoBrain, Notebook, ScriptedEar, Wall, gift
from voice import mouth
from voice.animaze import AnimazeAvatar

SPEECH, ESTIMATE = 0.1, 0.3
"""Seconds a line really takes, and what is thought: so far apart that a busy machine makes no overlap of them."""

PATIENCE = 30.0
WAIT = 0.002

NAMES = ("Ada", "Bea", "Cleo", "Dora", "Emma", "Frida", "Greta", "Hanna", "Ida", "Jana")


class Once:
    """A live in which so many viewers each send a gift at once, each too great to be thanked for in company."""

    def __init__(self, count: int) -> None:
        self.count = count

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for name in NAMES[: self.count]:
            sink(gift("Lion", user=name.lower(), diamonds=29_999))
        await asyncio.Event().wait()


def settings_for(animaze: FakeAnimaze) -> Settings:
    return Settings.of(
        {
            "animaze": {"host": "127.0.0.1", "port": animaze.port},
            "speech": {"post_gap_ms": 0, "max_speech_ms": 700, "wait_start_timeout_ms": 200},
        }
    )


async def lived(animaze: FakeAnimaze, count: int) -> Bot:
    settings = settings_for(animaze)
    avatar = AnimazeAvatar(
        settings.animaze, settings.speech, estimate=lambda _: ESTIMATE, other_ports=(), delays=lambda: iter([0.01] * 99)
    )
    now = asyncio.get_running_loop().time
    bot = Bot(
        settings=settings, source=Once(count), avatar=avatar, people=Notebook(), ear=ScriptedEar(), board=Wall(),
        brain=EchoBrain(), estimate=lambda _: ESTIMATE, clock=now,
    )  # fmt: skip
    stop = asyncio.Event()

    async def end() -> None:
        async with asyncio.timeout(PATIENCE):
            while bot.tally.pending or not bot.tally.events:  # noqa: ASYNC110 - counters have no event to wait for
                await asyncio.sleep(WAIT)
        stop.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(bot.run(stop))
        group.create_task(end())
    return bot


def through(faults: list[str], **kind: bool) -> tuple[FakeAnimaze, Bot]:
    async def scenario() -> tuple[FakeAnimaze, Bot]:
        async with FakeAnimaze(seconds=lambda _: SPEECH, faults=[*faults], **kind) as animaze:
            bot = await lived(animaze, len(faults))
            await asyncio.sleep(SPEECH)
            return animaze, bot

    return asyncio.run(scenario())


@pytest.fixture(autouse=True, scope="module")
def small():
    """Lines of a tenth of a second tell as much here as those of seconds do on a stream."""
    before = mouth.TELLING, mouth.LATE
    mouth.TELLING, mouth.LATE = 0.0, 0.1
    yield
    mouth.TELLING, mouth.LATE = before


@pytest.mark.timeout(300)
@rules(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@example(faults=["", "end_twice", "", "end_twice", ""], events=True, garbage=False, answers=True)
@example(faults=["no_end", "stray_end", "", ""], events=True, garbage=False, answers=True)
@example(faults=["end_twice", "no_end", "end_twice", ""], events=True, garbage=False, answers=True)
@example(faults=["no_end", "no_end", "no_end", ""], events=True, garbage=False, answers=False)
@example(faults=["stray_start", "stray_start", "stray_start", ""], events=True, garbage=True, answers=True)
@example(faults=["drop", "drop_late", "error", "mute", ""], events=False, garbage=True, answers=False)
@given(
    faults=st.lists(st.sampled_from(FAULTS), min_size=3, max_size=8),
    events=st.booleans(),
    garbage=st.booleans(),
    answers=st.booleans(),
)
def test_every_sentence_is_spoken_once_or_dropped_with_a_reason(
    faults: list[str], events: bool, garbage: bool, answers: bool
):
    """And none on top of another, and none is waited for without end: the whole house finds its way through."""
    animaze, bot = through(faults, events=events, garbage=garbage, answers=answers)

    sent = Counter(animaze.messages)
    assert set(sent.values()) == {1}, "a sentence was sent twice"
    assert len(sent) == len(faults)
    assert bot.tally.spoken + bot.tally.unsaid.total() == len(faults)
    assert set(bot.tally.unsaid) <= {"cut_off", "avatar_refused", "avatar_silent"}
    assert bot.tally.unsaid["avatar_silent"] <= faults.count("mute") * answers
    assert bot.tally.unsaid["avatar_refused"] == faults.count("error")
    assert bot.tally.unsaid["cut_off"] == faults.count("drop") + faults.count("drop_late")
    assert animaze.overlaps() == []  # the stand-in goes on speaking when only its connection is torn
