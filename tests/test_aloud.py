"""What a reasoning model thinks before it answers is never said, however its stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.aloud import Aloud


def said(text: str, cuts: list[int]) -> str:
    aloud, out, begin = Aloud(), "", 0
    for end in [*sorted(cuts), len(text)]:
        out += aloud.feed(text[begin:end])
        begin = end
    return out + aloud.flush()


CASES = [
    ("Hello there.", "Hello there."),
    ("<think>Hm, who is this?</think>Hello.", "Hello."),
    ("\n <think>\nHm.\n</think>\n\nHello. <b>", "Hello. <b>"),
    ("<think></think>Hello.", "Hello."),
    ("<think>never to an end", ""),
    ("<thi", "<thi"),
    ("  ", "  "),
    ("", ""),
    ("Sure. <think>Hm.</think>Hello. <THINKING>So.</THINKING> Bye.", "Sure.  Hello.   Bye."),
    ("<think>One.</think><think>Two.</think>Hello.", "Hello."),
    ("Hm.</think>Hello.", "Hm. Hello."),
    ("I <think> so.", "I"),
    ("3 < 5 <think", "3 < 5 <think"),
    ("<thinker> is a name.", "<thinker> is a name."),
]


@pytest.mark.parametrize(("text", "aloud"), CASES)
@given(data=st.data())
def test_only_the_answer_is_said(text: str, aloud: str, data: st.DataObject):
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6))

    assert said(text, cuts).strip() == aloud.strip()


def test_while_it_thinks_nothing_comes():
    aloud = Aloud()

    assert [aloud.feed(piece) for piece in ("<th", "ink>", "a", "b</thi", "nk>", "Hi", ".")] == [
        "",
        "",
        "",
        "",
        " ",
        "Hi",
        ".",
    ]
