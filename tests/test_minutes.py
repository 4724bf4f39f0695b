"""The chart's minutes: counted once, over several streams, for an hour and no longer."""

import threading
from typing import Any

from bridge import STOPPED, StatusBoard
from live.minutes import KEPT, Minutes


class Clock:
    now = 6000.0

    def __call__(self) -> float:
        return self.now


def status(comments: int = 0, gifts: int = 0, viewers: int | None = None, **events: int) -> dict[str, Any]:
    counters = {**STOPPED["counters"], "events": {"comment": comments, **events}}
    return {**STOPPED, "counters": {**counters, "gifts": {"streaks": gifts, "diamonds": 0}}, "viewers": viewers}


def test_each_minute_has_what_came_in_it():
    clock = Clock()
    minutes = Minutes(clock)
    minutes.show(status(3, 1, viewers=10))
    minutes.show(status(5, 1, viewers=7, question=2, like=9))
    clock.now += 125
    minutes.show(status(6, 4, question=2, like=11))
    facts = minutes.facts()

    assert len(facts) == KEPT
    assert [minute["at"] for minute in facts] == [6120.0 - 60 * n for n in range(KEPT - 1, -1, -1)]
    assert facts[-3:] == [
        {"at": 6000.0, "comments": 7, "gifts": 1, "viewers": 10},
        {"at": 6060.0, "comments": 0, "gifts": 0, "viewers": None},
        {"at": 6120.0, "comments": 1, "gifts": 3, "viewers": None},
    ]


def test_a_new_stream_counts_on():
    """Its counters begin at nothing; the chart does not."""
    minutes = Minutes(Clock())
    for shown in (status(5, 2), STOPPED, status(1, 0), status(4, 3)):
        minutes.show(shown)

    assert minutes.facts()[-1] == {"at": 6000.0, "comments": 9, "gifts": 5, "viewers": None}


def test_what_is_older_than_an_hour_is_gone_and_nothing_piles_up():
    clock, minutes = Clock(), Minutes(Clock())
    minutes = Minutes(clock)
    for number in range(1, 500):
        clock.now += 60
        minutes.show(status(number))

    assert [minute["comments"] for minute in minutes.facts()] == [1] * KEPT
    assert len(minutes._minutes) == KEPT
    clock.now += KEPT * 60
    assert {minute["comments"] for minute in minutes.facts()} == {0}


def test_the_clock_may_be_set_back():
    """As a computer does that has just come to know the time."""
    clock = Clock()
    minutes = Minutes(clock)
    minutes.show(status(1))
    clock.now -= 3600
    minutes.show(status(2))

    assert len(minutes.facts()) == KEPT


def test_it_is_read_while_it_is_written():
    board, stop = StatusBoard(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            board.minutes.facts()

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(3000):
        board.show(status(number))
    stop.set()
    reader.join(30)
    assert sum(minute["comments"] for minute in board.minutes.facts()) == 2999
