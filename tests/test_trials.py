"""A question tried on the side shows what would be said, and leaves no trace in the live."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import openai  # noqa: F401 - loading it takes a second, which is no question's affair
import pytest

from bot import Bot
from corridor.trials import LONGEST_SECONDS, Outcome
from events import BrainError, Journal, LiveEvent
from response import ResponseEngine
from settings import Settings
from tests import virtual
from tests.fake_openai import FakeOpenAI
from tests.fakes import Diary, EchoBrain, ListeningAvatar, Notebook, Wall, comment, house


def tried(
    bot: Bot, *questions: LiveEvent, seconds: float = 60.0, meanwhile: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """What comes of these, wished for at once; the bot lives for so long."""
    outcomes: list[Outcome] = []

    async def scene() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            await asyncio.sleep(1.0)
            for question in questions:
                bot.handlers()["try"](question, outcomes.append)
            meanwhile()
            await asyncio.sleep(seconds)
            stop.set()

    virtual.run(scene())
    return outcomes


def test_the_outcome_is_what_the_pal_would_say_and_why():
    brain = EchoBrain(sentences=("One {text}.", "Two."))
    (outcome,) = tried(house([], brain=brain), comment("how does this work?"))

    assert outcome.answer == ["One how does this work.", "Two."]
    assert (outcome.code, outcome.seconds) == ("", 2.0)
    assert outcome.card is not None
    assert [line["said"] for line in outcome.card["lines"]] == outcome.answer
    assert (outcome.card["score"], outcome.card["fate"], outcome.card["background"]) == (
        0.9,
        "answered",
        "ada: 0 events",
    )


def test_nobody_hears_remembers_or_counts_it():
    """Neither avatar, captions, memory, counters, outbox, why-cards, audit nor recording."""
    diary, wall, notebook, avatar = Diary(), Wall(), Notebook(), ListeningAvatar()
    bot = house([], journal=diary, board=wall, people=notebook, avatar=avatar)
    noted: list[int] = []
    shown: list[Any] = []

    def meanwhile() -> None:
        noted.append(len(diary.notes))
        shown.append(wall.status["counters"])

    (outcome, bad) = [
        *tried(bot, comment("what is your favourite colour?"), meanwhile=meanwhile),
        *tried(
            house(
                [], journal=diary, board=wall, people=notebook, avatar=avatar, brain=EchoBrain(sentences=("fuck you",))
            ),
            comment("why?"),
        ),
    ]
    assert outcome.answer
    assert bad.code == "unsafe"
    assert (avatar.said, wall.news, wall.cards, wall.audit, notebook.seen) == ([], [], {}, (), [])
    assert {name for name, *_ in diary.notes} <= {"link", "end"}
    assert bot.tally.counters() == shown[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [("!shush", "command"), ("i want to kill myself", "red_flag"), ("crash please, why?", "openai_error")],
)
def test_why_nothing_would_be_said(text: str, code: str):
    (outcome,) = tried(house([]), comment(text))

    assert (outcome.answer, outcome.code) == ([], code)
    assert outcome.card is not None
    assert outcome.card["reason"] == code


def test_what_the_gate_refuses_ends_the_answer_as_it_does_live():
    """What was said before stays; what follows belongs to what must not be said."""
    brain = EchoBrain(sentences=("Fine.", "you are a fucking idiot", "Never heard."))
    bot = house([(1.0, comment("why is that?"))], brain=brain)
    (outcome,) = tried(bot, comment("why is that?", "eve"))

    assert isinstance(bot.avatar, ListeningAvatar)
    assert outcome.answer == ["Fine."] == [text for _, text in bot.avatar.said]
    assert outcome.card is not None
    assert [line["action"] for line in outcome.card["lines"]] == ["pass", "refuse"]


def test_the_moderation_has_its_word_too():
    brain = EchoBrain(sentences=("One.", "Two.", "Three."), objections=[False, True, BrainError("openai_timeout")])
    (outcome,) = tried(house([], brain=brain, settings={"safety": {"moderation": True}}), comment("why is that?"))
    assert outcome.answer == ["One."]

    brain = EchoBrain(sentences=("One.",), objections=[True])
    (outcome,) = tried(house([], brain=brain, settings={"safety": {"moderation": True}}), comment("why is that?"))
    assert (outcome.answer, outcome.code) == ([], "moderation")


def test_one_at_a_time_one_may_wait_and_the_others_are_told():
    outcomes = tried(house([]), *(comment(f"why {n}?") for n in range(4)))

    assert sorted(outcome.code for outcome in outcomes) == ["", "try_busy", "try_busy", "try_busy"]


def test_stop_ends_it_and_whoever_asked_hears_of_it():
    outcomes = tried(house([], brain=EchoBrain(seconds=30.0)), comment("why?"), seconds=5.0)

    assert [outcome.code for outcome in outcomes] == ["try_stopped"]


def test_it_ends_at_some_point_whatever_the_model_does():
    (outcome,) = tried(house([], brain=EchoBrain(seconds=1000.0)), comment("why?"))

    assert (outcome.code, outcome.seconds) == ("try_timeout", LONGEST_SECONDS)


def test_the_live_goes_on_meanwhile():
    bot = house([(1.5, comment("what is this?"))], brain=EchoBrain(seconds=2.0))
    (outcome,) = tried(bot, comment("and what is that?", "eve"))

    assert isinstance(bot.avatar, ListeningAvatar)
    assert [text for _, text in bot.avatar.said] == ["Ada said what is this."]
    assert outcome.answer == ["Eve said and what is that."]


class Twofold(EchoBrain):
    """Whoever asks it aside asks its twin."""

    twin = EchoBrain(sentences=("Aside.",))

    def aside(self, journal: Journal) -> contextlib.AbstractAsyncContextManager[EchoBrain]:
        return contextlib.nullcontext(self.twin)


def test_the_brain_is_asked_aside():
    """The journal of the brain itself is the stream's."""
    brain = Twofold(sentences=("Aloud.",))
    (outcome,) = tried(house([], brain=brain), comment("why is that?"))

    assert outcome.answer == ["Aside."]
    assert brain.asked == []


async def _with_a_model(act: Callable[[FakeOpenAI, ResponseEngine], Awaitable[None]]) -> None:
    async with FakeOpenAI() as server:
        engine = ResponseEngine(
            Settings.of({"openai": {"base_url": server.base_url, "api_key": "sk-x", "price_input": 5.0}})
        )
        try:
            await act(server, engine)
        finally:
            await engine.close()


def test_the_engine_aside_asks_the_same_model_for_the_same_money_and_tells_only_its_own_journal():
    """Real HTTP: cost so far is the stream's, the journal is not."""
    loud, quiet = Diary(), Diary()

    async def act(server: FakeOpenAI, engine: ResponseEngine) -> None:
        engine.journal = loud
        question = comment("How are you?")
        async with engine.aside(quiet) as other:
            aside = [sentence async for sentence in other.answer(question, "ada: 3 comments")]
        assert engine.cost()["requests"] == 1
        assert engine.cost()["money"] > 0
        assert loud.notes == []
        assert [name for name, *_ in quiet.notes] == ["request", "answer"]
        again = [sentence async for sentence in engine.answer(question, "ada: 3 comments")]
        assert aside == again
        assert server.requests[0]["messages"] == server.requests[1]["messages"]

    asyncio.run(_with_a_model(act))


def test_nothing_is_kept_for_others_of_what_was_tried():
    """A kept answer would be said to viewers without the model being asked."""

    async def act(server: FakeOpenAI, engine: ResponseEngine) -> None:
        async with engine.aside(Diary()) as other:
            _ = [sentence async for sentence in other.answer(comment("Which song?"), "")]
        _ = [sentence async for sentence in engine.answer(comment("Which song?"), "")]
        assert len(server.requests) == 2

    asyncio.run(_with_a_model(act))
