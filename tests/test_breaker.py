"""A server that fails is left alone, tried again with one question, and trusted again when that works."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.breaker import FIRST_REST, LASTING_REST, LONGEST_REST, LONGEST_WISH, Breaker


def broken(now: float = 0.0, **how: float) -> Breaker:
    breaker = Breaker()
    for _ in range(3):
        assert breaker.attempt(now)
        breaker.failed(now, **how)  # type: ignore[arg-type]
    return breaker


def test_a_failure_now_and_then_is_forgiven():
    breaker = Breaker()
    for _ in range(10):
        for _ in range(2):
            assert breaker.attempt(0.0)
            breaker.failed(0.0)
        assert breaker.attempt(0.0)
        breaker.worked()


def test_three_failures_in_a_row_open_it_for_a_while():
    breaker = broken()

    assert not breaker.attempt(FIRST_REST - 0.1)
    assert breaker.attempt(FIRST_REST)


def test_a_failure_that_will_last_opens_it_alone():
    breaker = Breaker()
    breaker.failed(0.0, lasting=True)

    assert breaker.is_open(LASTING_REST - 0.1)
    assert not breaker.is_open(LASTING_REST)


def test_one_question_decides_whether_it_closes():
    breaker = broken()
    assert breaker.attempt(FIRST_REST)
    assert not breaker.attempt(FIRST_REST), "a second question at the same time"
    breaker.worked()

    assert breaker.attempt(FIRST_REST)
    assert breaker.attempt(FIRST_REST)


def test_a_question_that_nobody_waited_for_decides_nothing():
    breaker = broken()
    assert breaker.attempt(FIRST_REST)
    breaker.abandoned()

    assert breaker.attempt(FIRST_REST)


def test_each_vain_probe_makes_the_rest_longer_up_to_a_limit():
    breaker, now, rests = broken(), FIRST_REST, []
    for _ in range(8):
        assert breaker.attempt(now)
        breaker.failed(now)
        rests.append(breaker.rests_until - now)
        now = breaker.rests_until

    assert rests[:3] == [2 * FIRST_REST, 4 * FIRST_REST, 8 * FIRST_REST]
    assert rests[-1] == LONGEST_REST


@pytest.mark.parametrize(("wish", "rest"), [(7.0, 7.0), (-5.0, 0.0), (1e9, LONGEST_WISH)])
def test_a_server_is_left_alone_for_as_long_as_it_asks(wish: float, rest: float):
    """Also after its first failure; nobody is left alone for days."""
    breaker = Breaker()
    breaker.failed(100.0, retry_after=wish)

    assert not breaker.attempt(100.0 + rest - 0.1)
    assert breaker.attempt(100.0 + rest)


@given(st.lists(st.tuples(st.sampled_from(["worked", "failed", "lasting", "wish", "abandoned"]), st.floats(0, 1000))))
def test_however_it_goes_it_is_asked_again_some_time(steps: list[tuple[str, float]]):
    breaker, now = Breaker(), 0.0
    for outcome, seconds in steps:
        now += seconds
        if not breaker.attempt(now):
            continue
        if outcome == "worked":
            breaker.worked()
        elif outcome == "abandoned":
            breaker.abandoned()
        else:
            breaker.failed(now, lasting=outcome == "lasting", retry_after=2000.0 if outcome == "wish" else 0.0)

    assert breaker.attempt(now + LONGEST_WISH)
