"""Which sentences a listener hears as one said twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.likeness import says_the_same

TEXT = st.text(max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes.", "yes!"),
        ("[joy] That is great!", "That is great."),
        ("I am a small bear who lives in this stream.", "I am... a small bear, who lives in this stream!"),
        ("i really like this game a lot you know", "you know i really like this game a lot"),
        ("the next stream is always on the weekend here", "the next stream is always on the weekend"),
    ],
)
def test_these_are_one_said_twice(one: str, other: str):
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thank you for the rose, Anna!", "Thank you for the rose, Ben!"),
        ("Welcome to this little stream here, my dear Anna", "Welcome to this little stream here, my dear Ben"),
        ("you are number 3 on the long list of today", "you are number 4 on the long list of today"),
        ("Yes, I do.", "No, I do."),
        ("", ""),
        ("!!!", "???"),
        ("i like cats and dogs more than anything else", "my favourite food is pizza with a lot of cheese"),
    ],
)
def test_these_are_two(one: str, other: str):
    """A viewer who is left out because somebody else was answered is worse than a repetition."""
    assert not says_the_same(one, other)


@given(TEXT, TEXT)
def test_the_order_does_not_matter(one: str, other: str):
    assert says_the_same(one, other) == says_the_same(other, one)
