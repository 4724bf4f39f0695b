"""The pal yields: the whole house in virtual time with a streamer who talks into it, and the wait inside the avatar."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import Bot
from events import AvatarError, Link, LinkState, LiveEvent
from settings import Animaze, Settings, Speech
from tests import virtual
from tests.fake_animaze import FakeAnimaze
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, ScriptedEar, Wall, comment, event, gift, house, live
from voice.animaze import AnimazeAvatar

FOUR = ("One.", "Two.", "Three.", "Four.")


def talk(*edges: tuple[float, bool], **parts: Any) -> Bot:
    """An answer of four sentences of two seconds each, the first at 1.1 s, with a streamer who talks as told."""
    brain = EchoBrain(seconds=0.1, sentences=FOUR)
    script = parts.pop("script", [(1.0, comment("why?"))])
    return virtual.run(live(house(script, brain=brain, ear=ScriptedEar(edges), **parts), 90))


def spoken(bot: Bot) -> list[tuple[float, str]]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [(round(at, 2), text) for at, text in bot.avatar.said]


def words(bot: Bot) -> list[str]:
    return [text for _, text in spoken(bot)]


def test_after_a_cough_the_whole_answer_goes_on():
    """0.25 s of sound are 1.45 s for the microphone, which waits for 1.2 s of silence."""
    bot = talk((2.0, True), (3.45, False))

    assert spoken(bot) == [(1.1, "One."), (3.75, "Two."), (5.75, "Three."), (7.75, "Four.")]
    assert bot.tally.unsaid == {}


def test_after_a_short_word_of_the_streamer_the_answer_goes_on():
    assert words(talk((2.0, True), (5.0, False))) == list(FOUR)


def test_after_a_longer_one_only_the_next_sentence_is_said():
    bot = talk((2.0, True), (7.0, False))

    assert spoken(bot) == [(1.1, "One."), (7.3, "Two.")]
    assert bot.tally.unsaid == {"shortened": 2}
    assert bot.tally.answered == 1


def test_after_a_monologue_nothing_of_it_is_said_and_the_pal_is_free_for_the_next_question_meanwhile():
    bot = talk((2.0, True), (14.0, False), script=[(1.0, comment("why?")), (13.0, comment("how?", user="eve"))])

    assert spoken(bot)[:3] == [(1.1, "One."), (14.3, "One."), (16.3, "Two.")]
    assert bot.tally.unsaid == {"shortened": 2, "interrupted": 1}
    assert bot.tally.answered == 2


def test_an_answer_that_has_not_begun_waits_and_dies_of_age():
    bot = talk((0.5, True), (13.0, False))
    assert words(bot) == list(FOUR)

    bot = talk((0.5, True), (22.0, False))
    assert words(bot) == []
    assert bot.tally.skipped == {"stale": 1}
    assert bot.tally.unsaid == {"stale": 4}


def test_a_thank_you_waits_through_any_monologue_of_ordinary_length():
    bot = talk((0.5, True), (85.0, False), script=[(1.0, gift("Rose"))])

    assert spoken(bot) == [(85.3, "Thank you for the Rose, Bob!")]


def test_a_thought_that_is_still_thought_ends_with_its_answer():
    """Nobody will hear it, so nobody pays for it."""
    brain = EchoBrain(seconds=6.0, sentences=FOUR)
    ear = ScriptedEar([(8.0, True), (25.0, False)])
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain, ear=ear), 60))

    assert words(bot) == ["One."]
    assert brain.given_up == ["why?"]


def test_utterance_finishes_the_answer_that_has_begun_and_then_yields():
    script = [(1.0, comment("why?")), (1.2, gift("Rose")), (6.0, comment("how?", user="eve"))]
    bot = talk((2.0, True), (20.0, False), script=script, settings={"speech": {"yield": "utterance"}})

    assert words(bot)[:5] == [*FOUR, "Thank you for the Rose, Bob!"]
    assert [at for at, _ in spoken(bot)][:5] == [1.1, 3.1, 5.1, 7.1, 20.3]


def test_utterance_says_a_sentence_that_is_thought_of_only_while_the_streamer_talks():
    brain = EchoBrain(seconds=4.0, sentences=("One.", "Two."))
    ear = ScriptedEar([(5.5, True), (30.0, False)])
    settings = {"speech": {"yield": "utterance"}}
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain, ear=ear, settings=settings), 60))

    assert spoken(bot) == [(5.0, "One."), (9.0, "Two.")]


def test_never_ignores_the_streamer():
    bot = talk((0.5, True), (60.0, False), settings={"speech": {"yield": "never"}})

    assert [at for at, _ in spoken(bot)] == [1.1, 3.1, 5.1, 7.1]


def test_the_pause_after_the_streamers_last_word_is_a_knob():
    bot = talk((0.5, True), (5.0, False), settings={"speech": {"resume_gap_ms": 2000}})

    assert spoken(bot)[0] == (7.0, "One.")


def test_who_draws_breath_keeps_the_floor():
    """The pause begins anew with each last word."""
    bot = talk((0.5, True), (5.0, False), (5.2, True), (6.0, False))

    assert spoken(bot)[0] == (6.3, "One.")


@pytest.mark.parametrize("mode", ["push_to_talk", "listen"])
def test_the_switch_has_no_silence_to_wait_for_so_all_of_it_counts_as_talk(mode: str):
    """The microphone's pause is not part of what was said; a switch has none, beside a microphone as without."""

    async def scenario() -> Bot:
        brain = EchoBrain(seconds=0.1, sentences=FOUR)
        settings = {"microphone": {"mode": mode}}
        bot = house([(1.0, comment("why?"))], brain=brain, settings=settings)
        loop = asyncio.get_running_loop()
        loop.call_later(2.0, bot._streamer.talk, True)
        loop.call_later(5.5, bot._streamer.talk, False)
        return await live(bot, 60)

    assert words(virtual.run(scenario())) == ["One.", "Two."]


@pytest.mark.parametrize(
    ("switch", "left"),
    [((2.0, 2.5), list(FOUR)), ((2.0, 5.5), ["One.", "Two."]), ((5.0, 5.2), list(FOUR))],
    ids=["voice ends last", "switch ends last", "switch inside"],
)
def test_with_voice_and_switch_the_one_that_ends_last_says_whether_a_pause_was_waited_for(
    switch: tuple[float, float], left: list[str]
):
    """The voice holds the floor from 2.1 to 5.4 s, of which 1.2 s were silence."""

    async def scenario() -> Bot:
        brain = EchoBrain(seconds=0.1, sentences=FOUR)
        bot = house([(1.0, comment("why?"))], brain=brain, ear=ScriptedEar([(2.1, True), (5.4, False)]))
        for at, on in zip(switch, (True, False), strict=True):
            asyncio.get_running_loop().call_later(at, bot._streamer.talk, on)
        return await live(bot, 60)

    assert words(virtual.run(scenario())) == left


def test_the_status_says_who_has_the_floor_since_when():
    wall = Wall()
    bot = house([], ear=ScriptedEar([(3.0, True)]), board=wall)

    virtual.run(live(bot, 10))

    assert (wall.status["floor"], wall.status["floor_since"]) == ("streamer", virtual.EPOCH + 3.0)
    assert wall.status["speech"] == "idle"


@dataclass
class HesitantAvatar(ListeningAvatar):
    """Waits before it sends, as one does while another client makes Animaze speak; counts what was taken back."""

    hesitates: float = 3.0
    withdrawn: int = 0
    _given_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str, emotion: str = "") -> None:
        self._given_up.clear()
        try:
            async with asyncio.timeout(self.hesitates):
                await self._given_up.wait()
        except TimeoutError:
            await super().say(text)
        else:
            self.withdrawn += 1
            raise AvatarError("withdrawn", sent=False)

    def withdraw(self) -> None:
        self._given_up.set()


def test_a_sentence_that_waits_inside_the_avatar_comes_back_and_is_said_once_in_its_place():
    """Behind the others it would turn the answer around; forgotten or said twice it would be worse."""
    avatar = HesitantAvatar()
    bot = talk((2.0, True), (4.0, False), avatar=avatar)

    assert words(bot) == list(FOUR)
    assert avatar.withdrawn == 1
    assert spoken(bot)[0] == (7.3, "One.")
    assert (bot.tally.answered, bot.tally.spoken, bot.tally.unsaid) == (1, 4, {})
    assert len(bot.tally._question) == 1


def test_with_never_nothing_is_taken_back():
    avatar = HesitantAvatar()
    talk((2.0, True), (4.0, False), avatar=avatar, settings={"speech": {"yield": "never"}})

    assert avatar.withdrawn == 0


def test_the_last_look_comes_after_the_avatar_is_ready():
    """Animaze appears while the streamer talks; readiness seen earlier says nothing about the floor now."""

    async def scenario() -> Bot:
        bot = house([(1.0, gift("Rose"))], ear=ScriptedEar([(2.0, True), (9.0, False)]))
        assert isinstance(bot.avatar, ListeningAvatar)
        here = bot.avatar.here
        ready = bot.avatar.ready

        async def late() -> None:
            await asyncio.sleep(max(0.0, 3.0 - asyncio.get_running_loop().time()))
            await ready()

        bot.avatar.ready = late  # type: ignore[method-assign] # the fake's own promise, only later
        await live(bot, 30)
        assert here.is_set()
        return bot

    assert spoken(virtual.run(scenario())) == [(9.3, "Thank you for the Rose, Bob!")]


@pytest.mark.parametrize("seed", range(3))
def test_over_half_an_hour_the_pal_says_nothing_into_the_streamers_talk_but_the_end_of_its_sentence(seed: int):
    """No sentence begins while the streamer talks or in the pause after it, and every event has its fate."""
    chance = random.Random(seed)
    script: list[tuple[float, LiveEvent]] = [
        (chance.uniform(1, 1790), comment(f"why {n}?", user=f"u{n % 90}")) for n in range(600)
    ]
    script += [(chance.uniform(1, 1790), gift("Rose", user=f"g{n}")) for n in range(60)]
    script += [(chance.uniform(1, 1790), event("follow", f"f{n}")) for n in range(60)]
    script.sort(key=lambda pair: pair[0])
    edges, at = [], 5.0
    while at < 1780:
        length = chance.choice([1.3, 1.4, 3.0, 6.0, 12.0, 40.0])
        edges += [(at, True), (at + length, False)]
        at += length + chance.choice([0.1, 0.4, 2.0, 8.0, 20.0])
    brain = EchoBrain(seconds=0.3, sentences=("First about {text}.", "Second.", "Third."))
    bot = house(script, brain=brain, ear=ScriptedEar(edges), avatar=ListeningAvatar(seconds=2.5))

    virtual.run(live(bot, 1800))

    turns = list(zip(edges[::2], edges[1::2], strict=True))
    begun = [at for at, _ in spoken(bot)]
    beyond = sum(start <= at < end + 0.29 for at in begun for (start, _), (end, _) in turns)
    assert beyond == 0
    assert len(begun) > 100
    assert bot.tally.unsaid["interrupted"] > 0
    assert bot.tally.unsaid["shortened"] > 0
    assert bot.tally.pending == 0


class Rain:
    """Forty great gifts at once, each thanked for by itself: there is always something to say."""

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for number in range(40):
            rose = gift(f"Rose {number}", user=f"g{number}", diamonds=29_999)
            object.__setattr__(rose, "at", time.time())
            sink(rose)
        await asyncio.Event().wait()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what the stand-in notes has no event to wait for
            await asyncio.sleep(0.002)


def test_on_the_wire_nothing_is_sent_from_the_streamers_first_word_until_after_the_last():
    """At any phase of a sentence, also while one waits inside the avatar for another client's speech; none is lost."""

    async def scenario() -> None:
        async with FakeAnimaze(seconds=lambda _: 0.02, events=True) as animaze:
            where, speech = Animaze(host="127.0.0.1", port=animaze.port), Speech(post_gap_ms=0, max_speech_ms=2000)
            avatar = AnimazeAvatar(where, speech, estimate=lambda _: 0.02, other_ports=())
            bot = Bot(
                settings=Settings(), source=Rain(), avatar=avatar, brain=EchoBrain(), people=Notebook(),
                ear=ScriptedEar(), board=Wall(), estimate=lambda _: 0.02,
            )  # fmt: skip
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(bot.run(stop))
                for phase in (0.0, 0.007, 0.013, 0.019, 0.028):
                    before = len(animaze.messages)
                    await until(lambda sent=before: len(animaze.messages) > sent + 1)
                    await asyncio.sleep(phase)
                    if phase > 0.02:
                        animaze.tell("ChatbotSpeechStarted")
                        await asyncio.sleep(0.01)
                    bot.floor.set_streamer(True)
                    await asyncio.sleep(0.2)  # what was on its way has arrived
                    sent = len(animaze.messages)
                    animaze.tell("ChatbotSpeechEnded")
                    await asyncio.sleep(0.3)
                    assert len(animaze.messages) == sent
                    bot.floor.set_streamer(False)
                await until(lambda: bot.tally.events and not bot.tally.pending)
                stop.set()
            assert set(Counter(animaze.messages).values()) == {1}
            assert len(animaze.messages) == bot.tally.thanked

    asyncio.run(scenario())
