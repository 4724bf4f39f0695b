"""How long a line takes to say."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voice.duration import seconds_to_say

TEXT = st.text(max_size=200)
WORD = st.text(alphabet=st.characters(exclude_categories=("Z", "Cc")), min_size=1, max_size=12)


@given(TEXT)
def test_any_text_takes_a_finite_time_that_is_never_negative(text: str):
    """Viewers type anything; the corridor sleeps for the result."""
    assert math.isfinite(seconds_to_say(text))
    assert seconds_to_say(text) >= 0


@given(TEXT, WORD)
@example("so [many long words here", "indeed]")
def test_more_words_never_take_less_time(text: str, word: str):
    """Otherwise a longer line could be cut off by the next one."""
    assert seconds_to_say(f"{text} {word}") >= seconds_to_say(text)


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("Hi!", 0.3, 1.2),
        ("Thank you so much for the five roses, Anna!", 2.2, 4.0),
        ("The quick brown fox jumps over the lazy dog. " * 3, 7.0, 11.0),
        ("ありがとうございます", 1.2, 3.0),
    ],
    ids=["a word", "a sentence", "three sentences", "Japanese"],
)
def test_ordinary_lines_take_what_a_voice_takes(text: str, shortest: float, longest: float):
    """Bounds are speech at ten to twenty letters a second."""
    assert shortest < seconds_to_say(text) < longest


@pytest.mark.parametrize("text", ["", "   ", "[joy]", "🎉🎉", "[joy] 👍🏽 [fear]", "\n", "!!!"])
def test_what_cannot_be_spoken_takes_no_time(text: str):
    """Tags are gestures and emoji are skipped by the voice."""
    assert seconds_to_say(text) == 0


def test_tags_and_emoji_add_nothing_to_words():
    assert seconds_to_say("[joy]hello 🎉") == pytest.approx(seconds_to_say("hello"), abs=0.1)


@pytest.mark.parametrize(("longer", "shorter"), [("77777", "aaaaa"), ("你好你好", "abab"), ("a, b. c", "a b c")])
def test_digits_ideographs_and_pauses_take_longer_than_letters(longer: str, shorter: str):
    """They are read out as words, or are silence that is waited for."""
    assert seconds_to_say(longer) > 1.2 * seconds_to_say(shorter)


def test_a_row_of_marks_is_one_pause():
    """Chat writes "what?!!!!!!"; a voice does not."""
    assert seconds_to_say("what" + "!" * 50) == seconds_to_say("what!")


def test_the_language_sets_the_pace_and_an_unknown_one_counts_as_english():
    assert seconds_to_say("guten Abend", "de-AT") > seconds_to_say("guten Abend", "en")
    assert seconds_to_say("guten Abend", "xx") == seconds_to_say("guten Abend")
