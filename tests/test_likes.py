"""Likes are thanked at milestones of the whole room: a burst is nothing to talk about, TikTok leaves half of them out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import EventKind
from live.likes import ANOTHER_ROOM, REST, TOO_MANY, Likes, Stream, milestone
from tests.fakes import event


def likes() -> Likes:
    return Likes(Stream())


def fed(room: Likes, *totals: int, start: float = 0.0, pace: float = 1.0) -> list[int]:
    """The milestones that these totals reach."""
    found = []
    for i, total in enumerate(totals):
        burst = event("like", count=15, total=total, at=start + i * pace)
        room.stream.seen(burst)
        found.append(room.add(burst, 1000, 5000))
    return [one for one in found if one]


@pytest.mark.parametrize(
    ("count", "reached"),
    [(0, 0), (999, 0), (1000, 1000), (4999, 1000), (5000, 5000), (9999, 5000), (10_000, 10_000), (123_456, 120_000)],
)
def test_the_first_thousand_and_then_each_five_thousand(count: int, reached: int):
    assert milestone(count, 1000, 5000) == reached


def test_either_kind_of_milestone_can_be_switched_off():
    assert [milestone(n, 0, 500) for n in (499, 500, 1400)] == [0, 500, 1000]
    assert [milestone(n, 1000, 0) for n in (999, 1000, 99_999)] == [0, 1000, 1000]
    assert milestone(99_999, 0, 0) == 0


def test_each_milestone_is_reached_once():
    assert fed(likes(), 15, 990, 1005, 1020, 4990, 5010, 5011) == [1000, 5000]


def test_a_leap_over_several_is_one():
    assert fed(likes(), 15, 26_000) == [25_000]


def test_what_the_room_had_before_the_pal_came_is_no_news():
    assert fed(likes(), 12_345, 12_360, 15_001) == [15_000]


def test_old_messages_that_come_again_turn_nothing_back():
    room = likes()
    assert fed(room, 15, 1005, 900, 1005, 990, 1020) == [1000]
    assert room.stream.likes == 1020


@pytest.mark.parametrize("broken", [TOO_MANY + 1, 2**63 - 1])
def test_a_total_that_cannot_be_true_is_none(broken: int):
    """Else it would be cheered, all milestones after it be lost, and the gift book's file not hold it."""
    room = likes()

    assert fed(room, 15, broken, 1005, 5010) == [1000, 5000]
    assert room.stream.likes == 5010


def test_sums_of_bursts_end_at_what_a_file_can_hold():
    room = likes()
    for _ in range(3):
        room.add(event("like", count=TOO_MANY, total=0), 0, 0)

    assert room.stream.likes == TOO_MANY


def test_without_totals_the_bursts_are_summed():
    room = likes()

    assert fed(room, *[0] * 100) == [1000]
    assert room.stream.likes == 1500


def test_after_the_end_of_a_live_or_a_long_rest_likes_begin_anew():
    ended, rested = likes(), likes()
    for room in (ended, rested):
        assert fed(room, 15, 1005) == [1000]
    ended.stream.seen(event(EventKind.END, at=10.0))

    assert fed(ended, 15, 1005, start=20.0) == [1000]
    assert fed(rested, 15, 1005, start=REST + 2.0) == [1000]


def test_totals_that_stay_small_belong_to_another_live():
    """Even if nobody said that the one before has ended."""
    room = likes()
    assert fed(room, 15, 6000) == [5000]

    assert fed(room, *range(15, 200), start=10.0) == []
    assert room.stream.likes < 6000
    assert fed(room, 1001, start=10.0 + 2 * ANOTHER_ROOM) == [1000]


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=40))
def test_whatever_order_totals_come_in_each_milestone_is_reached_once_and_upwards(totals: list[int]):
    room = likes()
    reached = fed(room, *totals, pace=0.1)

    assert reached == sorted(set(reached))
    assert room.stream.likes == max(totals)
    assert not reached or reached[-1] == milestone(max(totals), 1000, 5000)


def test_one_viewers_likes_are_worth_thanks_when_they_are_many_and_not_too_often():
    room = likes()
    feed = [(0, "ada", 15), (1, "ada", 15), (2, "bob", 15), (3, "bob", 15), (40, "bob", 1)]

    worth = [room.is_worth_thanks(event("like", who, count=n, at=at), 20, 25) for at, who, n in feed]
    assert worth == [False, True, False, False, True]


def test_a_threshold_of_zero_means_never():
    assert not likes().is_worth_thanks(event("like", count=15), 0, 0.0)
