"""Emotions go to the avatar as its own tags; nothing in brackets is spoken, and nobody smuggles a command in one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Utterance
from mind.emotion import Emotions, without_tags
from mind.gate import SafeMouth
from mind.sentences import SentenceSplitter
from settings import Settings


def read(text: str, **settings: Any) -> tuple[str, str]:
    line = Emotions(Settings.of(settings)).read(Utterance(text=text))
    return line.emotion, line.text


@pytest.mark.parametrize(
    ("text", "emotion", "said"),
    [
        ("[joy] Hi!", "joy", "Hi!"),
        ("[HAPPY] Hi!", "joy", "Hi!"),
        ("[ Sad ] Oh.", "sad", "Oh."),
        ("Hi [joy] there!", "joy", "Hi there!"),
        ("Hi! [surprise]", "surprise", "Hi!"),
        ("[waves] [joy] [sad] Hi!", "joy", "Hi!"),
        ("[dances on the table] Hi!", "", "Hi!"),
        ("【joy】Hi!", "joy", "Hi!"),
        ("[joy Hi!", "joy", "Hi!"),
        ("Well then [fear", "fear", "Well then"),
        ("[[joy]] Hi!", "joy", "Hi!"),
        ("I like arrays[0] and lists", "", "I like arrays and lists"),
        ("no tag at all", "", "no tag at all"),
        ("[joy]", "joy", ""),
    ],
)
def test_tags_become_the_avatars_and_are_not_said(text: str, emotion: str, said: str):
    assert read(text) == (emotion, said)


def test_the_table_is_the_streamers_and_counts_at_once():
    settings = Settings.of({"animaze": {"emotions": ["grin=Big Smile", "joy=joy"]}})
    emotions = Emotions(settings)
    assert emotions.read(Utterance(text="[grin] Hi")).emotion == "Big Smile"
    settings["animaze"]["emotions"] = []

    assert emotions.read(Utterance(text="[joy] Hi")) == Utterance(text="Hi")


@pytest.mark.parametrize(
    "entry",
    [
        "joy",
        "=joy",
        "joy=",
        "joy=-echo",
        "joy=a] -chatConfig x",
        "joy=a -chatConfig",
        "joy=a\nb",
        "joy=[x]",
        "joy=" + "x" * 40,
        "joy=–echo",
    ],
)
def test_an_entry_that_is_none_or_could_be_a_command_is_left_out_and_told(entry: str, caplog: pytest.LogCaptureFixture):
    assert read("[joy] Hi", animaze={"emotions": [entry]}) == ("", "Hi")
    assert "left out" in caplog.text
    assert "chatConfig" not in caplog.text


def test_switched_off_no_emotion_is_shown_and_still_none_is_spoken():
    assert read("[joy] Hi!", style={"emotions": False}) == ("", "Hi!")


def test_a_line_keeps_the_emotion_it_had():
    line = Utterance(text="[sad] Hi", emotion="joy")

    assert Emotions(Settings()).read(line) == Utterance(text="Hi", emotion="joy")


@pytest.mark.parametrize(
    "text",
    ["-[joy]chatConfig evil", "[joy]-echo evil", "[-chatConfig] evil", "-[x]echo evil", "[joy] -chatConfig evil"],
)
def test_no_tag_carries_a_command_past_the_gate(text: str):
    """What grows together when the tag is gone is judged after that."""
    settings = Settings()
    line = Emotions(settings).read(Utterance(text=text))
    said = SafeMouth(settings).check(line.text).text

    assert not said.startswith("-")
    assert "chatConfig" not in said.replace(" ", "")
    assert line.emotion in {"", "joy"}


@given(st.text(alphabet="[]joyx -【】［］", max_size=60))
def test_no_bracketed_text_is_left_of_anything(text: str):
    emotion, said = read(text)

    assert emotion in {"", "joy"}
    assert without_tags(said) == " ".join(said.split())


def test_a_tag_does_not_count_for_the_longest_sentence():
    """A sentence of exactly the limit stays one line with a tag before it, however its stream is cut."""
    sentence = "[surprise] " + "word " * 5 + "ends."
    limit = len(sentence) - len("[surprise] ")
    for size in (1, 3, 100):
        splitter = SentenceSplitter(limit)
        pieces = [sentence[i : i + size] for i in range(0, len(sentence), size)]
        lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.flush()
        assert lines == [sentence]
