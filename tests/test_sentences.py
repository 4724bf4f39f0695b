"""A sentence must reach the mouth the moment it is whole - and never in two halves."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.sentences import SentenceSplitter, fit, paced
from tests import virtual


def split(text: str, size: int = 1, limit: int = 140) -> list[str]:
    splitter = SentenceSplitter(limit)
    out = []
    for i in range(0, len(text), size):
        out += splitter.feed(text[i : i + size])
    return out + splitter.flush()


SPLIT = [
    ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
    ("It costs 3.50 euros. Cheap!", ["It costs 3.50 euros.", "Cheap!"]),
    ("Pi is 3.14. Nice.", ["Pi is 3.14.", "Nice."]),
    ("Das sind 1.000 Leute. Wow!", ["Das sind 1.000 Leute.", "Wow!"]),
    ("Wir sehen uns am 3. Mai. Bis dann!", ["Wir sehen uns am 3. Mai.", "Bis dann!"]),
    ("Ab 3. Mai geht es los. Ja.", ["Ab 3. Mai geht es los.", "Ja."]),
    ("Er wurde der 2. Sieger. Stark!", ["Er wurde der 2. Sieger.", "Stark!"]),
    ("I have 3. You have 5. Maybe more.", ["I have 3.", "You have 5.", "Maybe more."]),
    ("It was 2024. Then it got better.", ["It was 2024.", "Then it got better."]),
    ("1. First this. 2. Then that.", ["1. First this.", "2. Then that."]),
    ("Das ist z.B. ein Test. Gut.", ["Das ist z.B. ein Test.", "Gut."]),
    ("Das ist z. B. ein Test. Gut.", ["Das ist z. B. ein Test.", "Gut."]),
    ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
    (
        "Cats, dogs, etc. are fine. Cats, dogs, etc. Then birds.",
        ["Cats, dogs, etc. are fine.", "Cats, dogs, etc.", "Then birds."],
    ),
    ("At 5 p.m. it starts. See you at 6 p.m. Bye!", ["At 5 p.m. it starts.", "See you at 6 p.m.", "Bye!"]),
    ("Wait... what?! No way.", ["Wait... what?!", "No way."]),
    ("Wait… What? no.", ["Wait…", "What?", "no."]),
    ('She said "go." Then left.', ['She said "go."', "Then left."]),
    ('"Really?" she asked. "Yes!"', ['"Really?" she asked.', '"Yes!"']),
    ("„Geh!“, sagte er. „Nein.“ Dann ging er.", ["„Geh!“, sagte er.", "„Nein.“", "Dann ging er."]),
    ("你好。你叫什么名字？很好！", ["你好。", "你叫什么名字？", "很好！"]),
    ("真的吗?是的!好", ["真的吗?", "是的!", "好"]),
    ("「行くよ。」と言った。「はい。」次。", ["「行くよ。」と言った。", "「はい。」", "次。"]),
    ("هل أنت بخير؟ نعم.", ["هل أنت بخير؟", "نعم."]),
    ("क्या हाल है। ठीक।", ["क्या हाल है।", "ठीक।"]),
    ("See example.com/a?b=1. Or not.", ["See example.com/a?b=1.", "Or not."]),
    ("Version 2.0.1 is out! Try node.js.", ["Version 2.0.1 is out!", "Try node.js."]),
    ("One line\nand another", ["One line", "and another"]),
    ("No end", ["No end"]),
    ("Nice! 😀 Indeed.", ["Nice!", "😀 Indeed."]),
    ("Nice!😀 Indeed.", ["Nice!😀", "Indeed."]),
    ("Nice!👍🏽Indeed.", ["Nice!👍🏽", "Indeed."]),
    ("J. K. Rowling wrote it. Yes.", ["J. K. Rowling wrote it.", "Yes."]),
    ("By J. Cole. So do I. Really.", ["By J. Cole.", "So do I.", "Really."]),
    ("", []),
    ("...", []),
    ("😀😀", []),
]


@pytest.mark.parametrize(("text", "sentences"), SPLIT)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_sentence_ends_where_people_end_it(text: str, sentences: list[str], size: int):
    assert split(text, size) == sentences


FRAGMENTS = [
    *"abZ 3.,!?…\"'“”„«»。！？」』とa é😀\n", " ", " ", ". ", "... ", "Dr. ", "z. B. ", "etc. ", "am 3. Mai ", "3.14", "der 2. ",
    "1.000 ", "I. ", "p.m. ", "https://x.y/a?b ", "👍🏽", "❤️", "你好", "Word ", "a long word, and more; ",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join), st.data(), st.sampled_from([20, 33, 140]))
def test_however_the_stream_is_cut_the_same_sentences_come(text: str, data: st.DataObject, limit: int):
    """Tokens end anywhere: what viewers hear must not depend on it."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    splitter, lines = SentenceSplitter(limit), []
    for begin, end in itertools.pairwise([0, *cuts, len(text)]):
        lines += splitter.feed(text[begin:end])

    assert lines + splitter.flush() == split(text, 1000, limit) == split(text, 1, limit)


@given(st.text(max_size=300), st.integers(1, 9), st.integers(20, 200))
def test_any_text_gives_the_same_sentences_in_any_pieces(text: str, size: int, limit: int):
    assert split(text, size, limit) == split(text, 1000, limit)


WORDS = ["One", "two", "drei", "Dr.", "3.14", "am 3. Mai", "J.", "z.B.", "etc.", "你好", "über,", '"quoted"', "x.com"]


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), st.sampled_from(".!?")), max_size=8)
)
def test_the_sentences_joined_are_the_text(parts: list[tuple[list[str], str]]):
    text = " ".join(" ".join(words) + mark for words, mark in parts)

    assert " ".join(split(text, 4, 10_000)) == text


@pytest.mark.parametrize("sentence", ["Hello there.", "Really?", "Great!", "Well...", 'He said "go."'])
def test_a_sentence_is_given_away_with_the_very_next_character(sentence: str):
    """Waiting for more would cost the time the model takes to think of it."""
    splitter = SentenceSplitter()

    assert splitter.feed(f"{sentence} Next") == [sentence]
    assert splitter.feed("。") == []


def test_wide_sentences_need_no_blank_between_them():
    assert SentenceSplitter().feed("好的。好") == ["好的。"]


@pytest.mark.parametrize(
    "open_end", ["It costs 3.", "Ask Dr.", "Das ist z.B.", "Hello ther", "Hello.", "See you am 3. M"]
)
def test_a_stop_that_may_not_be_one_waits(open_end: str):
    assert SentenceSplitter().feed(open_end) == []


@given(st.text(max_size=400), st.integers(1, 50), st.integers(20, 200))
def test_no_letter_is_lost_and_no_line_is_too_long(text: str, size: int, limit: int):
    lines = split(text, size, limit)
    letters = [c for c in text if c.isalnum()]

    assert [c for line in lines for c in line if c.isalnum()] == letters
    assert all(0 < len(line) <= limit for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_sentence_without_end_is_given_away_line_by_line():
    """A model that writes on and on without a stop must neither be waited for nor fill the memory."""
    splitter, lines = SentenceSplitter(20), []
    for _ in range(100):
        lines += splitter.feed("word ")

    assert lines[0] == "word word word word"
    assert len(lines) == 24
    assert len(splitter._rest) < 50


def test_a_long_sentence_breaks_at_a_clause_then_at_a_word():
    assert fit("one two three four, five six seven eight", 24) == ["one two three four,", "five six seven eight"]
    assert fit("aaaa bbbb cccc dddd eeee ffff", 20) == ["aaaa bbbb cccc dddd", "eeee ffff"]
    assert fit("x" * 50, 20) == ["x" * 20, "x" * 20, "x" * 10]


@pytest.mark.parametrize("text", ["Hello there.", "Oh no.", "Really?!", '"Go!"', "好。", "Well..."])
def test_a_pause_of_the_model_ends_a_sentence(text: str):
    """The viewer does not wait for a token that is long in coming."""
    splitter = SentenceSplitter()

    assert splitter.feed(text) + splitter.pause() == [text]
    assert splitter.pause() == []


@pytest.mark.parametrize("text", ["That is number 5.", "Ask Dr.", "See you am 3.", "It costs", "J."])
def test_a_pause_of_a_slow_model_tears_no_number_or_name_apart(text: str):
    """A model of ten tokens a second pauses behind each of them."""
    splitter = SentenceSplitter()

    assert splitter.feed(text) + splitter.pause() == []
    assert splitter.flush() == [text]


def test_a_pause_in_the_middle_of_a_sentence_ends_nothing():
    splitter = SentenceSplitter()

    assert splitter.feed("It costs") + splitter.pause() + splitter.feed(" 3.50. Yes.") == ["It costs 3.50."]


def test_pauses_are_told_and_leaving_ends_the_stream():
    closed = False

    async def slow() -> AsyncGenerator[str, None]:
        nonlocal closed
        try:
            yield "a"
            await asyncio.sleep(0.1)
            yield "b"
            await asyncio.sleep(3600)
        finally:
            closed = True

    async def scenario() -> list[str | None]:
        seen = []
        pieces = paced(slow(), 0.08)
        async for piece in pieces:
            seen.append(piece)
            if len(seen) == 4:
                break
        await pieces.aclose()
        return seen

    assert virtual.run(scenario()) == ["a", None, "b", None]
    assert closed
