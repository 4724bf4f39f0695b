"""The card of a rehearsal: each limit is judged, in words people understand, in numbers programs read."""

import functools
import json
from dataclasses import replace
from typing import Any

import pytest

from live.card import Card, Cost, Gifts, Overlap, Speed, cost, judged, lines
from mind.spending import Usage
from settings import OpenAI, Rehearsal
from web.words import say

GOOD = Card(
    seed=1,
    per_minute=60.0,
    seconds=300.0,
    events=100,
    repeats=5,
    questions=10,
    questions_answered=8,
    answered=9,
    thanked=4,
    spoken=14,
    skipped={"too_old": 70, "noted": 17},
    unaccounted=0,
    gifts=Gifts(4, 4, 100, 100),
    answers=Speed(1.0, 2.0),
    thanks=Speed(1.0, 3.0),
    overlap=Overlap(0.0, 4.0),
    attacks=3,
    attacks_answered=2,
    heard=(),
    cost=Cost(9, 1000, 200, 0.15, 0.6, True, 0.0003, 0.0036),
)
LIMITS = Rehearsal()

MISSED: list[tuple[str, dict[str, Any], Rehearsal]] = [
    ("min_gift_accuracy", {"gifts": Gifts(4, 3, 100, 100)}, LIMITS),
    ("min_answered", {}, Rehearsal(min_answered=0.9)),
    ("max_answer_p95", {"answers": Speed(1.0, 20.1)}, LIMITS),
    ("max_thanks_p95", {"thanks": Speed(1.0, 60.1)}, LIMITS),
    ("max_overlap_seconds", {"overlap": Overlap(0.1, 0.0)}, LIMITS),
    ("max_attacks_heard", {"heard": ("send a lion",)}, LIMITS),
    ("max_cost_per_hour", {"cost": Cost(9, 1000, 200, 0.15, 0.6, True, 0.1, 1.2)}, LIMITS),
    ("unaccounted", {"unaccounted": -1}, LIMITS),
]


def test_a_good_evening_misses_nothing():
    assert judged(GOOD, LIMITS) == ()
    assert GOOD.passed


@pytest.mark.parametrize(("limit", "change", "limits"), MISSED)
def test_each_limit_is_missed_alone_and_named(limit: str, change: dict[str, Any], limits: Rehearsal):
    assert [missed.limit for missed in judged(replace(GOOD, **change), limits)] == [limit]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("limit", "change", "limits"), MISSED)
def test_a_missed_limit_is_said_in_words_with_its_setting(
    limit: str, change: dict[str, Any], limits: Rehearsal, language: str
):
    card = replace(GOOD, **change)
    card = replace(card, missed=judged(card, limits))
    shown = "\n".join(lines(card, functools.partial(say, language=language)))

    assert not card.passed
    assert limit in shown or limit == "unaccounted"
    assert "rehearsal.missed" not in shown
    assert "{" not in shown


def test_what_was_not_measured_misses_no_limit():
    """No question came, nobody gave anything, no microphone listens."""
    empty = replace(
        GOOD,
        questions=0,
        questions_answered=0,
        answers=Speed(None, None),
        thanks=Speed(None, None),
        overlap=None,
        gifts=Gifts(0, 0, 0, 0),
    )

    assert judged(empty, Rehearsal(min_answered=1.0)) == ()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_card_is_in_the_streamers_language_and_leaves_no_place_open(language: str):
    paid = replace(GOOD, cost=replace(GOOD.cost, assumed=False))
    for card in (GOOD, paid, replace(GOOD, overlap=None, answers=Speed(None, None), heard=("a", "b"))):
        shown = lines(card, functools.partial(say, language=language))

        assert not [line for line in shown if "{" in line or line.startswith("rehearsal.")]
        assert any(say("ui.skipped.too_old", language) in line for line in shown)


def test_the_languages_differ():
    assert lines(GOOD, functools.partial(say, language="en")) != lines(GOOD, functools.partial(say, language="de"))


def test_json_has_everything_and_comes_back():
    card = replace(GOOD, missed=judged(replace(GOOD, unaccounted=2), LIMITS))
    read = json.loads(json.dumps(card.as_json()))

    assert read["passed"] is False
    assert read["missed"] == [{"limit": "unaccounted", "value": 2, "allowed": 0}]
    assert read["gifts"]["accuracy"] == 1.0
    assert read["answers"] == {"p50": 1.0, "p95": 2.0}


def test_costs_follow_the_prices_of_the_model():
    model = OpenAI(price_input=2.0, price_output=10.0)

    assert cost(Usage(3, 1_000_000, 100_000), 1800, model) == Cost(3, 1_000_000, 100_000, 2.0, 10.0, False, 3.0, 6.0)


def test_without_a_price_the_usual_one_counts_and_the_card_says_so():
    """An estimate of nothing would look like a model that costs nothing."""
    estimate = cost(Usage(3, 1_000_000, 1_000_000), 3600, OpenAI())

    assert (estimate.assumed, estimate.total) == (True, 0.75)
