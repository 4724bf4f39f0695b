"""How long a line takes to say."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voice.duration import LONGEST_WORD, pieces, seconds_to_say, word_times

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


@given(TEXT)
@example("[joy] Hi \U0001f389 there!?! 12%")
def test_the_words_of_a_line_follow_each_other_within_its_time(text: str):
    """An overlay lights them up one after the other."""
    words, at = word_times(text), 0.0
    for word in words:
        assert word.word.strip() == word.word != ""
        assert at <= word.start < word.end
        at = word.end
    assert at <= seconds_to_say(text) + 1e-6
    assert bool(words) == (seconds_to_say(text.replace(" ", "")) > 0)


def test_each_spoken_word_has_its_moment_and_pauses_lie_between():
    words = word_times("[joy] Well, hello \U0001f389 Anna!")
    assert [word.word for word in words] == ["Well,", "hello", "Anna!"]
    assert words[1].start - words[0].end > words[2].start - words[1].end
    assert words[-1].end == pytest.approx(seconds_to_say("[joy] Well, hello \U0001f389 Anna!") - 0.3)


def test_a_known_pace_counts_more_than_the_languages():
    assert seconds_to_say("hello there", "de", 0.13) > 1.5 * seconds_to_say("hello there", "de")
    assert word_times("hello", per_character=0.2)[0].end == pytest.approx(seconds_to_say("hello", per_character=0.2))


@given(st.text(st.sampled_from("aB1 ,.\U0001f389[]\u4f60"), max_size=300), st.floats(0.5, 20))
@example("1" * 140, 15.0)
def test_a_line_cut_into_pieces_loses_nothing_and_each_fits(text: str, longest: float):
    """What takes longer than the avatar is given time for would be spoken over."""
    rest, heard = text, ""
    for _ in range(len(text) + 1):
        piece, rest = pieces(rest, longest, seconds_to_say)
        assert seconds_to_say(piece) <= longest or len(piece) <= LONGEST_WORD
        heard += piece
        if not rest:
            break
        assert piece
    assert "".join(heard.split()) == "".join(text.split())


def test_a_long_line_is_cut_after_a_mark_where_there_is_one():
    line = "Well, first of all I have to say this, and then we can go on with all the rest of it"
    assert pieces(line, 4.0, seconds_to_say) == (
        "Well, first of all I have to say this,",
        "and then we can go on with all the rest of it",
    )
