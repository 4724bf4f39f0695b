"""A sentence must reach the mouth the moment it is whole - and never in two halves."""

import asyncio
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


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
        ("It costs 3.50 euros. Cheap!", ["It costs 3.50 euros.", "Cheap!"]),
        ("Das ist z.B. ein Test. Gut.", ["Das ist z.B. ein Test.", "Gut."]),
        ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
        ("Wait... what?! No way.", ["Wait...", "what?!", "No way."]),
        ('She said "go." Then left.', ['She said "go."', "Then left."]),
        ("你好。你叫什么名字？很好！", ["你好。", "你叫什么名字？", "很好！"]),
        ("One line\nand another", ["One line", "and another"]),
        ("No end", ["No end"]),
        ("Nice! 😀 Indeed.", ["Nice!", "😀 Indeed."]),
        ("J. K. Rowling wrote it. Yes.", ["J. K. Rowling wrote it.", "Yes."]),
        ("", []),
        ("...", []),
        ("😀😀", []),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_are_the_same_however_the_stream_is_cut(text: str, sentences: list[str], size: int):
    """Only how many stops and quotes end a sentence may differ: the first one gives it away, the rest say nothing."""
    assert [s.rstrip('.!?…"') for s in split(text, size)] == [s.rstrip('.!?…"') for s in sentences]


@pytest.mark.parametrize("sentence", ["Hello there.", "Really?", "Great!", "好的。"])
def test_a_whole_sentence_is_given_away_without_waiting_for_the_next_piece(sentence: str):
    """Waiting for one more token would cost the time the model takes to think of it."""
    assert SentenceSplitter().feed(sentence) == [sentence]


@pytest.mark.parametrize("open_end", ["It costs 3.", "Ask Dr.", "Das ist z.B.", "Hello ther"])
def test_a_stop_that_may_not_be_one_waits(open_end: str):
    assert SentenceSplitter().feed(open_end) == []


@given(st.text(max_size=400), st.integers(1, 50), st.integers(20, 200))
def test_no_letter_is_lost_and_no_line_is_too_long(text: str, size: int, limit: int):
    lines = split(text, size, limit)
    letters = [c for c in text if c.isalnum()]

    assert [c for line in lines for c in line if c.isalnum()] == letters
    assert all(0 < len(line) <= limit for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_long_sentence_breaks_at_a_clause_then_at_a_word():
    assert fit("one two three four, five six seven eight", 24) == ["one two three four,", "five six seven eight"]
    assert fit("aaaa bbbb cccc dddd eeee ffff", 20) == ["aaaa bbbb cccc dddd", "eeee ffff"]
    assert fit("x" * 50, 20) == ["x" * 20, "x" * 20, "x" * 10]


@pytest.mark.parametrize("text", ["That is number 5.", "Ask Dr.", "Oh no."])
def test_a_pause_of_the_model_ends_a_doubtful_sentence(text: str):
    """A model that writes on would have written on; the viewer does not wait for a token that never comes."""
    splitter = SentenceSplitter()

    assert splitter.feed(text) + splitter.pause() == [text]
    assert splitter.pause() == []


def test_a_pause_in_the_middle_of_a_sentence_ends_nothing():
    splitter = SentenceSplitter()

    assert splitter.feed("It costs") + splitter.pause() + splitter.feed(" 3.50. Yes.") == ["It costs 3.50.", "Yes."]


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
