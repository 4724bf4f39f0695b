"""The sign server is asked a limited number of times, whatever happens on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.budget import Budget
from live.diagnosis import DEAD_ROOM, HeldBackError

ROOM, NEXT = 7, 8


def hour() -> Budget:
    return Budget(30, 3600.0, 300.0)


def refusal(budget: Budget, room: int, now: float) -> str:
    try:
        budget.ask(room, now)
    except HeldBackError as held:
        return held.diagnosis.code
    return ""


def test_an_hour_has_room_for_thirty_questions_and_says_when_there_is_more():
    """A line that breaks off every ten seconds would ask 360 times."""
    budget = hour()
    assert [refusal(budget, ROOM, 10.0 * n) for n in range(30)] == [""] * 30
    with pytest.raises(HeldBackError) as held:
        budget.ask(ROOM, 600.0)
    assert (held.value.diagnosis.code, held.value.diagnosis.wait) == ("tiktok_unsteady", 3000.0)
    assert refusal(budget, ROOM, 3599.9) == "tiktok_unsteady"
    assert refusal(budget, ROOM, 3600.0) == ""
    assert refusal(budget, ROOM, 3600.1) == "tiktok_unsteady"


@given(st.lists(st.tuples(st.sampled_from([ROOM, NEXT]), st.floats(0, 300), st.booleans()), max_size=200))
def test_no_hour_ever_sees_more(story: list[tuple[int, float, bool]]):
    budget, now, asked = hour(), 0.0, []
    for room, pause, silent in story:
        now += pause
        if not refusal(budget, room, now):
            asked.append(now)
            if silent:
                budget.silent(room, now)
            else:
                budget.spoke()
    assert all(sum(begin <= at < begin + 3600.0 for at in asked) <= 30 for begin in asked)


def test_a_dead_room_gets_ever_longer_rests():
    """TikTok has said of every room that it was alive, for days."""
    budget, now, asked = hour(), 0.0, 0
    while now < 24 * 3600.0:
        if not refusal(budget, ROOM, now):
            asked += 1
            budget.silent(ROOM, now + 60.0)
        now += 60.0
    assert asked <= 30


def test_two_tries_are_free_and_another_room_is_never_held_back():
    """A quiet beginning is no dead room, and the next live has a number of its own."""
    budget = hour()
    for now in (0.0, 60.0):
        assert refusal(budget, ROOM, now) == ""
        budget.silent(ROOM, now + 59.0)
    assert refusal(budget, ROOM, 120.0) == ""
    budget.silent(ROOM, 180.0)
    assert refusal(budget, ROOM, 479.9) == DEAD_ROOM.code
    assert refusal(budget, NEXT, 479.9) == ""
    assert refusal(budget, ROOM, 480.0) == ""


def test_a_room_that_speaks_again_is_trusted_again():
    budget = hour()
    for now in (0.0, 60.0, 120.0):
        budget.silent(ROOM, now)
    assert refusal(budget, ROOM, 130.0) == DEAD_ROOM.code
    budget.spoke()
    assert refusal(budget, ROOM, 130.0) == ""
