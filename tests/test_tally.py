"""Every event has exactly one fate, so the counters always add up."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from events import LiveEvent, Utterance
from live.tally import Tally, percentiles
from tests.fakes import comment, event, gift
from tests.virtual import EPOCH


def line(kind: str, *events: LiveEvent) -> Utterance:
    return Utterance(text="x", kind=kind, events=events)


def test_an_answer_of_two_sentences_is_one_answer():
    tally, question = Tally(), comment("why?")
    tally.came(question)
    for now in (1.5, 3.0):
        tally.begins(line("answer", question), EPOCH + now)
        tally.said(line("answer", question))

    assert (tally.answered, tally.spoken) == (1, 2)
    assert tally.latency()["question_to_speech"] == {"p50": 1.5, "p95": 1.5}


def test_a_second_sentence_that_is_dropped_does_not_undo_the_answer():
    tally, question = Tally(), comment("why?")
    tally.came(question)
    tally.said(line("answer", question))
    tally.dropped(line("answer", question), "stale")

    assert (tally.answered, dict(tally.skipped)) == (1, {})


def test_the_thanks_for_a_gift_is_measured_from_its_last_frame():
    tally, rose = Tally(), gift("Rose", at=2.0)
    tally.came(rose)
    tally.begins(line("gift", rose), EPOCH + 2.5)

    assert tally.latency()["gift_to_speech"]["p50"] == 0.5


@given(st.lists(st.sampled_from(["skip", "said", "dropped", "merged", "none"]), max_size=60))
def test_the_counters_always_add_up(fates: list[str]):
    tally = Tally()
    for fate in fates:
        one, two = event("follow"), event("follow")
        tally.came(one)
        tally.came(two)
        {
            "skip": lambda e: [tally.skip(x, "why") for x in e],
            "said": lambda e: [tally.said(line("follow", x)) for x in e],
            "dropped": lambda e: tally.dropped(line("follow", *e), "stale"),
            "merged": lambda e: tally.said(line("follow", *e)),
            "none": lambda _: None,
        }[fate]((one, two))
        tally.skip(one, "late") if fate == "said" else None
    tally.close("stopped")

    assert tally.pending == 0
    assert sum(tally.events.values()) == 2 * len(fates) == tally.thanked + tally.answered + sum(tally.skipped.values())


def test_a_streak_that_grew_again_is_still_one_streak():
    tally = Tally()
    tally.finished(4, 5)
    tally.finished(6, 5, again=True)

    assert tally.counters()["gifts"] == {"streaks": 1, "diamonds": 50}


def test_percentiles_of_nothing_and_of_something():
    assert percentiles(deque()) == {"p50": None, "p95": None}
    assert percentiles(deque([1.0])) == {"p50": 1.0, "p95": 1.0}
    assert percentiles(deque(float(i) for i in range(1, 101))) == {"p50": 50.5, "p95": 95.05}
