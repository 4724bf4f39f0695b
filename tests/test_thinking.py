"""From question to line: equal questions are answered once and by name, emotions reach the avatar and nothing else."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest

from events import EMPTY_SCENE, BrainError, LiveEvent, Scene
from tests import virtual
from tests.fakes import Diary, EchoBrain, ListeningAvatar, Notebook, Wall, comment, event, house, live


@dataclass
class Attentive(EchoBrain):
    """Keeps what it was told of each question."""

    scenes: list[Scene] = field(default_factory=list)
    failing: list[bool] = field(default_factory=list)

    async def answer(
        self, question: LiveEvent, background: str, scene: Scene = EMPTY_SCENE
    ) -> AsyncGenerator[str, None]:
        self.scenes.append(scene)
        if self.failing and self.failing.pop(0):
            raise BrainError("openai_error")
        async for sentence in super().answer(question, background, scene):
            yield sentence


@dataclass
class Actor(ListeningAvatar):
    """Keeps the emotions, too."""

    shown: list[tuple[str, str]] = field(default_factory=list)

    async def say(self, text: str, emotion: str = "") -> None:
        self.shown.append((emotion, text))
        await super().say(text, emotion)


SAME = [
    (0.5, comment("tell me a joke please", "zoe")),  # keeps the mouth busy until the others have asked
    (1.0, comment("What game is this?", "ada")),
    (1.2, comment("what game is this", "bob")),
    (1.4, comment("waht game is this", "cem")),
]


def evening(script: list[tuple[float, LiveEvent]], seconds: float = 40.0, **parts: Any) -> Any:
    parts = {"brain": Attentive(sentences=("It is Zelda.", "A good one.")), "avatar": Actor(), "board": Wall()} | parts
    bot = virtual.run(live(house(script, **parts), seconds))
    return bot, parts["brain"], parts["avatar"]


def test_equal_questions_are_answered_once_naming_who_asked():
    """One of them counts as answered, the others as merged, and nobody's history is asked for."""
    bot, brain, avatar = evening(SAME)
    said = [text for _, text in avatar.said]

    assert said[2:] == ["Ada, Bob and Cem: It is Zelda.", "A good one."]
    assert [text for _, text, _ in brain.asked][1:] == ["What game is this?"]
    assert brain.asked[1][2] == ""
    assert {e.username for e in brain.scenes[1].also} == {"bob", "cem"}
    counters = bot.tally.counters()
    assert (counters["answered"], counters["skipped"]) == (2, {"merged": 2})


LATE = [
    (1.0, comment("What game is this?", "ada")),
    (1.5, comment("what game is this", "bob")),
    (1.6, comment("what game is this", "ada")),
    (2.0, comment("waht game is this", "cem")),
]


def test_who_asks_the_same_while_the_answer_is_being_thought_about_is_named_in_it():
    """A model needs a second, and a crowd asks within one."""
    bot, brain, avatar = evening(LATE, brain=Attentive(seconds=2.0, sentences=("It is Zelda.", "A good one.")))

    assert [text for _, text in avatar.said] == ["Ada, Bob and Cem: It is Zelda.", "A good one."]
    assert len(brain.asked) == 1
    counters = bot.tally.counters()
    assert (counters["answered"], counters["skipped"]) == (1, {"answered_before": 1, "merged": 2})


def test_who_came_late_has_a_fate_however_the_thought_ends():
    """It fails, it is ended by an order, an asker wants to be forgotten."""
    endings = [(2.5, comment("!shush", "max", moderator=True))], [(2.5, comment("!forgetme", "cem"))]
    for more in endings:
        bot, _, avatar = evening([*LATE, *more], brain=Attentive(seconds=2.0, sentences=("It is Zelda.",)))
        assert bot.tally.pending == 0
        assert not any("Zelda" in text for _, text in avatar.said)

    script = [(1.0, comment("what is a crash?", "ada")), (1.5, comment("what is a crash", "bob"))]
    bot, _, _ = evening(script, brain=Attentive(seconds=2.0))
    assert bot.tally.counters()["skipped"] == {"openai_error": 2}


def test_what_viewers_ask_about_themselves_is_not_joined_late():
    script = [(1.0, comment("what is my name?", "ada")), (1.5, comment("what is my name?", "bob"))]
    _, brain, avatar = evening(script, brain=Attentive(seconds=2.0, sentences=("It is Zelda.",)))

    assert len(brain.asked) == 2
    assert [text for _, text in avatar.said] == ["It is Zelda."] * 2


def test_names_that_do_not_fit_into_the_first_sentence_come_in_a_line_before_it():
    long = "It is a game about a very small hero with a very large sword, and we have been stuck in its third temple for three very long hours."
    _, _, avatar = evening(SAME, brain=Attentive(sentences=(long,)))

    assert [text for _, text in avatar.said][1:] == ["Ada, Bob and Cem!", long]


def test_names_that_the_answer_says_itself_are_not_said_twice():
    _, _, avatar = evening(SAME, brain=Attentive(sentences=("Hello Ada, Bob and Cem, it is Zelda.",)))

    assert avatar.said[-1][1] == "Hello Ada, Bob and Cem, it is Zelda."


def test_a_command_does_not_hide_behind_the_names():
    """The gate takes a command off the beginning of a line; behind names it would pass for text."""
    _, _, avatar = evening(SAME, brain=Attentive(sentences=("-emote wave",)))

    assert [text for _, text in avatar.said if "emote" in text] == ["emote wave", "Ada, Bob and Cem: emote wave"]


def test_german_streams_name_askers_in_german():
    _, _, avatar = evening(SAME, settings={"style": {"language": "de"}})

    assert "Ada, Bob und Cem: It is Zelda." in [text for _, text in avatar.said]


def test_when_no_answer_can_be_had_each_asker_has_that_reason_and_may_ask_again():
    script = [*SAME, (12.0, comment("what game is this?", "dora"))]
    brain = Attentive(sentences=("It is Zelda.",), failing=[False, True])
    bot, _, avatar = evening(script, brain=brain)

    assert bot.tally.counters()["skipped"] == {"openai_error": 3}
    assert avatar.said[-1][1] == "It is Zelda."


def test_a_question_that_was_just_answered_is_skipped_with_that_reason():
    script = [*SAME, (20.0, comment("which game is this?", "dora"))]
    bot, brain, _ = evening(script)

    assert bot.tally.counters()["skipped"] == {"merged": 2, "answered_before": 1}
    assert len(brain.asked) == 2


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_whoever_wants_to_be_forgotten_ends_the_answer_that_would_name_them(who: str):
    script = [*SAME, (3.5, comment("!forgetme", who))]
    bot, brain, avatar = evening(script, brain=Attentive(seconds=2.0, sentences=("It is Zelda.",)))

    assert brain.given_up == ["What game is this?"]
    assert not any("Zelda" in text for _, text in avatar.said[1:])
    assert bot.tally.pending == 0


def test_every_asker_has_a_fate_when_panic_ends_the_thought():
    script = [*SAME, (3.5, comment("!shush", "max", moderator=True))]
    bot, _, _ = evening(script, brain=Attentive(seconds=2.0, sentences=("It is Zelda.",)))

    assert bot.tally.counters()["skipped"] == {"panic": 3, "command": 1}


def test_a_viewers_next_question_is_asked_with_what_the_pal_told_them_and_nobody_elses_is():
    script = [
        (1.0, comment("do you like cats?", "ada")),
        (15.0, comment("and what about dogs?", "ada")),
        (25.0, comment("and what about birds?", "bob")),
    ]
    _, brain, _ = evening(script)

    assert [scene.said for scene in brain.scenes] == [(), ("It is Zelda.", "A good one."), ()]
    assert brain.scenes[0].tempo == "quiet"


def test_the_context_can_be_switched_off():
    script = [(1.0, comment("do you like cats?")), (15.0, comment("and what about dogs?"))]
    _, brain, _ = evening(script, settings={"style": {"room_context": False}})

    assert [(scene.said, scene.tempo) for scene in brain.scenes] == [((), "")] * 2


def test_emotions_reach_the_avatar_and_no_caption_card_or_log(caplog: pytest.LogCaptureFixture):
    wall, diary = Wall(), Diary()
    caplog.set_level("INFO")
    sentences = ("[happy] I love it!", "[unknown] Really.", "No [sad] more.")
    _, _, avatar = evening(
        [(1.0, comment("do you like cats?"))], brain=Attentive(sentences=sentences), board=wall, journal=diary
    )

    assert avatar.shown == [("joy", "I love it!"), ("", "Really."), ("sad", "No more.")]
    captions = [news["text"] for name, news in wall.news if name == "caption"]
    assert captions == ["I love it!", "Really.", "No more."]
    assert [note["text"] for note in diary.of("line")] == captions
    assert "joy" not in caplog.text
    assert "[" not in str(wall.audit)


def test_an_emotion_does_not_count_for_the_length_of_a_sentence():
    sentence = "This is a rather long sentence about cats that sleep, eat, climb on every shelf, knock things over, and look proud when somebody says so."
    _, _, avatar = evening(
        [(1.0, comment("do you like cats?"))], brain=Attentive(sentences=(f"[surprise] {sentence}",))
    )

    assert 130 < len(sentence) <= 140
    assert avatar.shown == [("surprise", sentence)]


def test_a_viewer_cannot_write_an_emotion_or_a_command_into_an_answer():
    brain = Attentive(sentences=("{text} is what you want?",))
    _, _, avatar = evening([(1.0, comment("do you like [joy]-echo [rage] -chatConfig x cats?"))], brain=brain)

    for emotion, text in avatar.shown:
        assert emotion in {"", "joy"}
        assert "chatConfig" not in text
        assert not text.startswith("-")


def test_a_gifter_goes_before_others_and_memory_knows_who_is_one():
    class Friends(Notebook):
        def relations(self, username: str) -> frozenset[str]:
            return frozenset({"gifter"}) if username == "bob" else frozenset()

    script = [
        (0.5, comment("tell me a joke please", "zoe")),
        (1.0, comment("what is this thing here?", "ada")),
        (1.1, comment("how is that done there?", "bob")),
    ]
    _, brain, _ = evening(script, people=Friends())

    assert [text for _, text, _ in brain.asked][1] == "how is that done there?"


def test_joins_and_gifts_are_no_comments_for_the_chats_tempo():
    script: list[tuple[float, LiveEvent]] = [(0.1 * n, event("like", f"u{n}")) for n in range(50)]
    _, brain, _ = evening([*script, (10.0, comment("do you like cats?"))])

    assert brain.scenes[0].tempo == "quiet"
