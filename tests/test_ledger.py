"""Gifts are the streamer's income: each is booked once, with the right total, whatever frames arrive."""

import random

from hypothesis import given
from hypothesis import strategies as st

from events import LiveEvent
from live.ledger import IDLE, GiftLedger, LikeCounter
from tests.fakes import event, gift, streak


def booked(
    frames: list[tuple[float, LiveEvent]], until: float = 1000.0
) -> tuple[list[tuple[str, int]], list[LiveEvent]]:
    """Feed the frames at their times with a look at the clock in between; what was booked, what was only a step."""
    steps: list[LiveEvent] = []
    ledger = GiftLedger(steps.append)
    out: list[tuple[str, int]] = []
    for at, frame in frames:
        out += [(g.event.text, g.count) for g in ledger.due(at)]
        if done := ledger.add(frame, at):
            out.append((done.event.text, done.count))
    out += [(g.event.text, g.count) for g in ledger.due(until)]
    return out, steps


def test_a_streak_is_booked_at_its_end_frame():
    frames = [(float(i), f) for i, f in enumerate(streak("Rose", 5))]

    assert booked(frames) == ([("Rose", 5)], [f for _, f in frames[:-1]])


def test_a_gift_that_cannot_streak_is_booked_at_once():
    ledger = GiftLedger(lambda _: None)

    assert [done.count for _ in range(2) if (done := ledger.add(gift("Galaxy"), 0.0))] == [1, 1]


def test_a_lost_end_frame_costs_time_not_roses():
    frames = [(float(i), f) for i, f in enumerate(streak("Rose", 4)[:-1])]

    assert booked(frames)[0] == [("Rose", 4)]


def test_a_late_end_frame_says_nothing_new():
    frames = streak("Rose", 4)
    late = [(float(i), f) for i, f in enumerate(frames[:-1])] + [(3 + IDLE + 5, frames[-1])]

    assert booked(late)[0] == [("Rose", 4)]


def test_a_streak_that_went_on_is_booked_for_what_came_since():
    frames = streak("Rose", 10)
    script = [(float(i), f) for i, f in enumerate(frames[:4])] + [(60.0 + i, f) for i, f in enumerate(frames[4:])]

    assert booked(script)[0] == [("Rose", 4), ("Rose", 6)]


@given(st.data())
def test_whatever_is_lost_or_late_no_gift_is_booked_twice_and_none_that_arrived_is_lost(data: st.DataObject):
    """Streaks side by side, counts that skip, lost frames and end frames, long gaps: totals are exact."""
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    truth: dict[str, int] = {}
    script: list[tuple[float, LiveEvent]] = []
    for number in range(chance.randint(1, 6)):
        name, length, at = f"Gift{number}", chance.randint(1, 30), chance.uniform(0, 60)
        frames = streak(name, length, user=f"u{number % 2}", group=f"g{number}")
        arrived = [f for f in frames if chance.random() < 0.6]
        for frame in arrived:
            at += chance.choice([0.2, 1.0, 3.3, 20.0])
            script.append((at, frame))
        if arrived:
            truth[name] = max(f.count for f in arrived)
    out, steps = booked(sorted(script, key=lambda pair: pair[0]))

    totals: dict[str, int] = {}
    for name, count in out:
        totals[name] = totals.get(name, 0) + count
    assert totals == truth
    assert len(out) + len(steps) == len(script)


def test_likes_are_worth_a_thank_you_when_they_are_many_and_not_too_often():
    likes = LikeCounter()
    feed = [(0, "ada", 15), (1, "ada", 15), (2, "bob", 15), (3, "bob", 15), (40, "bob", 1)]

    assert [likes.add(event("like", who, count=n), at, 20, 25) for at, who, n in feed] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_a_threshold_of_zero_means_never():
    assert not LikeCounter().add(event("like", count=15), 0.0, 0, 0.0)
