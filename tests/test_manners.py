"""What is left of an utterance when the streamer has talked into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Speech
from voice.manners import Rest, rest_of

RULES = Speech(cough_ms=300, shorten_after_seconds=3.0, drop_after_seconds=8.0)


@pytest.mark.parametrize(
    ("kind", "age", "said", "interruption", "fate"),
    [
        ("answer", 1.0, 1, 0.0, Rest.KEEP),
        ("answer", 1.0, 1, 0.29, Rest.KEEP),
        ("answer", 1.0, 1, 2.9, Rest.KEEP),
        ("answer", 1.0, 1, 3.1, Rest.SHORTEN),
        ("answer", 1.0, 3, 7.9, Rest.SHORTEN),
        ("answer", 1.0, 1, 8.1, Rest.DROP),
        ("answer", 1.0, 0, 8.1, Rest.KEEP),
        ("answer", 20.1, 0, 0.1, Rest.DROP),
        ("answer", 20.1, 1, 0.1, Rest.DROP),
        ("gift", 1.0, 0, 600.0, Rest.KEEP),
        ("gift", 20.1, 0, 0.0, Rest.DROP),
        ("follow", 1.0, 2, 60.0, Rest.KEEP),
        ("say", 1.0, 1, 60.0, Rest.KEEP),
    ],
)
def test_kind_age_and_length_decide(kind: str, age: float, said: int, interruption: float, fate: Rest):
    assert rest_of(kind, age=age, ttl=20.0, said=said, interruption=interruption, rules=RULES) is fate


@given(st.integers(0, 5), st.floats(0, 0.29), st.floats(0, 20), st.floats(0, 10), st.floats(0, 10))
def test_a_cough_costs_nothing_whatever_the_knobs_say(said: int, cough: float, age: float, shorten: float, drop: float):
    rules = Speech(cough_ms=300, shorten_after_seconds=shorten, drop_after_seconds=drop)
    assert rest_of("answer", age=age, ttl=20.0, said=said, interruption=cough, rules=rules) is Rest.KEEP


@given(st.floats(0, 60), st.floats(0, 60))
def test_a_longer_interruption_never_leaves_more(one: float, other: float):
    order = [Rest.KEEP, Rest.SHORTEN, Rest.DROP]
    fates = [
        order.index(rest_of("answer", age=1.0, ttl=20.0, said=1, interruption=length, rules=RULES))
        for length in sorted([one, other])
    ]
    assert fates == sorted(fates)
