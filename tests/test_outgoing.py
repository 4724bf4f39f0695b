"""News are folded while they wait: how many messages go out is a matter of turns, never of what happens."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from web.outgoing import IN_A_ROW, MOST_EVENTS, MOST_FEW, NEWEST, ONE_BY_ONE, Outgoing

NAMES = sorted({"event", *NEWEST, *ONE_BY_ONE})


def told(outgoing: Outgoing) -> list[tuple[str, Any]]:
    messages = []
    while message := outgoing.next():
        messages.append(message)
        assert len(messages) < 10_000
    return messages


def test_a_burst_of_events_is_one_message_in_order():
    outgoing = Outgoing()
    for number in range(500):
        outgoing.put("event", {"number": number})
    assert told(outgoing) == [("events", [{"number": number} for number in range(500)])]


def test_of_what_is_only_the_newest_is_told():
    outgoing = Outgoing()
    for number in range(100):
        for name in ("status", "outbox", "caption"):
            outgoing.put(name, number)
    assert sorted(told(outgoing)) == [("caption", 99), ("outbox", 99), ("status", 99)]


def test_a_caption_is_told_before_its_end_and_an_end_only_to_the_caption_that_was_told():
    outgoing = Outgoing()
    for name, payload in [("caption", 1), ("caption_end", 1), ("caption", 2), ("caption_end", 2)]:
        outgoing.put(name, payload)
    assert told(outgoing) == [("caption", 2), ("caption_end", 2)]
    outgoing.put("caption_end", 3)
    outgoing.put("caption", 4)
    assert told(outgoing) == [("caption", 4)]


def test_what_happened_is_told_one_by_one_and_a_card_that_grew_once():
    outgoing = Outgoing()
    for number in range(3):
        outgoing.put("alert", number)
        outgoing.put("card", {"id": 7, "version": number}, 7)
    assert told(outgoing) == [("alert", 0), ("alert", 1), ("alert", 2), ("card", {"id": 7, "version": 2})]


def test_a_flood_of_alerts_leaves_turns_for_the_rest_and_does_not_pile_up():
    outgoing = Outgoing()
    names: Counter[str] = Counter()
    for turn in range(100):
        for number in range(50):
            outgoing.put("alert", (turn, number))
            outgoing.put("event", {})
        outgoing.put("status", turn)
        message = outgoing.next()
        assert message is not None
        names[message[0]] += 1
    assert names["events"] >= 100 / (IN_A_ROW + 1) / 2 - 1
    assert names["status"] >= 100 / (IN_A_ROW + 1) / 2 - 1
    assert sum(name == "alert" for name, _ in told(outgoing)) == MOST_FEW


def test_everybody_has_a_turn():
    outgoing = Outgoing()
    names = []
    for turn in range(12):
        for name in ("event", "status", "outbox", "card", "audit", "job"):
            outgoing.put(name, turn)
        names.append(outgoing.next()[0])  # type: ignore[index] # there is something
    assert Counter(names) == dict.fromkeys(("events", "status", "outbox", "card", "audit", "job"), 2)


@given(st.lists(st.sampled_from([*NAMES, "unheard of"]), max_size=300))
def test_nothing_is_told_twice_and_everything_is_told_in_the_end(names: list[str]):
    outgoing = Outgoing()
    for number, name in enumerate(names):
        outgoing.put(name, number)
    messages = told(outgoing)
    counts = Counter(name for name, _ in messages)
    assert all(counts[name] <= 1 for name in ("events", *NEWEST))
    assert all(counts[name] == min(MOST_FEW, names.count(name)) for name in ONE_BY_ONE)
    events = [number for name, payload in messages if name == "events" for number in payload]
    assert events == [number for number, name in enumerate(names) if name == "event"][-MOST_EVENTS:]
    assert "unheard of" not in counts
    for name in ("status", "outbox"):
        assert [p for n, p in messages if n == name] == [number for number, n in enumerate(names) if n == name][-1:]
