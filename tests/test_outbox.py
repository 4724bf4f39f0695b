"""What is said first, what is merged, what is dropped - and that nothing is dropped without a word."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Utterance
from outbox import BATCH_SIZE, CAPACITY, OutboxBatcher, merge, render
from settings import Outbox as OutboxSettings
from tests.fakes import comment


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def box(
    clock: Clock | None = None, window: float = 8.0, **settings: object
) -> tuple[OutboxBatcher, list[tuple[str, str]]]:
    dropped: list[tuple[str, str]] = []
    batcher = OutboxBatcher(
        batch_window=window,
        settings=OutboxSettings.model_validate(settings),
        clock=clock or Clock(),
        dropped=lambda line, reason: dropped.append((render(line), reason)),
    )
    return batcher, dropped


def follow(name: str, born: float = 1000.0) -> Utterance:
    return Utterance(text="Thanks for following, {names}!", kind="follow", names=(name,), born=born, priority=2)


def test_the_designs_first_example():
    batcher = OutboxBatcher(batch_window=25)
    batcher.add("Hello John!", priority=True)
    batcher.add("Thanks for the comment!", priority=False)

    assert batcher.size() == 2
    assert batcher.flush() == ["Hello John!", "Thanks for the comment!"]
    assert batcher.flush() == []


def test_the_designs_second_example():
    batcher = OutboxBatcher(batch_window=25)
    batcher.add("Welcome new viewer!", priority=True)
    batcher.add("Thanks for the gift!", priority=False)
    batcher.add("Here's the answer...", priority=False)

    assert " ".join(batcher.flush()) == "Welcome new viewer! Thanks for the gift! Here's the answer..."


@given(st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.booleans()), max_size=40))
def test_flush_gives_ten_at_a_time_priority_first_in_order_of_arrival(messages: list[tuple[str, bool]]):
    """Also the law that nothing is lost or said twice: all flushes together are the distinct messages.

    What is asked for again and more urgently becomes urgent in its place.
    """
    batcher = OutboxBatcher()
    urgency: dict[str, bool] = {}
    for text, urgent in messages:
        assert batcher.add(text, priority=urgent) == (text.strip() not in urgency)
        urgency[text.strip()] = urgent or urgency.get(text.strip(), False)
    kept = list(urgency.items())

    batches = []
    while batch := batcher.flush():
        batches.append(batch)

    ordered = [t for t, urgent in kept if urgent] + [t for t, urgent in kept if not urgent]
    assert all(len(batch) <= BATCH_SIZE for batch in batches)
    assert [text for batch in batches for text in batch] == ordered
    assert len(set(ordered)) == len(ordered)
    assert {t.strip() for t, _ in messages} == set(ordered)


@pytest.mark.parametrize("nothing", ["", "   ", "\n\t"])
def test_nothing_is_not_a_message(nothing: str):
    assert not OutboxBatcher().add(nothing)


def test_a_line_that_is_no_longer_worth_saying_is_dropped_with_a_reason():
    clock = Clock()
    batcher, dropped = box(clock)
    batcher.add(Utterance(text="old", born=1000.0, ttl=20.0))
    clock.now += 20.1

    assert batcher.take() is None
    assert dropped == [("old", "stale")]


def test_an_idle_pal_thanks_at_once():
    """The window is for company: a line that waits alone never waits for it."""
    batcher, _ = box(window=8.0)
    batcher.add(follow("Anna"))

    line = batcher.take()

    assert line is not None
    assert line.text == "Thanks for following, Anna!"


def test_while_other_lines_wait_small_thanks_collect_and_are_said_in_one_breath():
    clock = Clock()
    batcher, _ = box(clock, window=8.0)
    batcher.add(follow("Anna"))
    batcher.add(Utterance(text="The answer.", kind="answer", priority=2, born=1001.0))
    batcher.add(follow("Bob", born=1002.0))

    said = [line.text for _ in range(2) if (line := batcher.take())]

    assert said == ["The answer.", "Thanks for following, Anna, Bob!"]


def test_after_its_window_a_small_line_takes_its_turn():
    clock = Clock()
    batcher, _ = box(clock, window=8.0)
    batcher.add(follow("Anna"))
    batcher.add(Utterance(text="The answer.", kind="answer", priority=2, born=1001.0))
    clock.now += 8.0

    line = batcher.take()

    assert line is not None
    assert line.text == "Thanks for following, Anna!"


def test_priority_overtakes_everything():
    batcher, _ = box()
    batcher.add(Utterance(text="The answer.", kind="answer", priority=2, born=1000.0))
    batcher.add(Utterance(text="Thanks for the Lion!", kind="gift", priority=3, born=1000.0))

    line = batcher.take()

    assert line is not None
    assert line.text == "Thanks for the Lion!"


def test_two_equal_gift_lines_are_two_gifts_but_an_equal_answer_is_said_once():
    batcher, dropped = box()
    rose = Utterance(text="Thanks for the Rose, Anna!", kind="gift", priority=3, born=1000.0)
    answer = Utterance(text="Yes.", kind="answer", priority=2, born=1000.0)

    assert [batcher.add(line) for line in (rose, rose, answer, answer)] == [True, True, True, False]
    assert dropped == [("Yes.", "duplicate")]
    assert batcher.size() == 3


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=60, unique=True))
def test_merging_names_everyone_once_and_keeps_the_limits(names: list[str]):
    settings = OutboxSettings(max_items=4, max_chars=80)
    lines = [follow(name) for name in names]
    named: list[str] = []
    while lines:
        line, lines = merge(lines, settings)
        assert len(line.names) <= 4
        assert len(line.names) == 1 or len(render(line, settings.separator)) <= 80
        named += line.names

    assert sorted(named) == sorted(names)


def test_a_sentence_that_an_answer_repeats_is_said_once_and_undoes_nothing():
    """A model that writes "Ha ha! Ha ha!" has answered all the same."""
    batcher, dropped = box()
    question = comment("why?")
    line = Utterance(text="Ha ha!", kind="answer", priority=2, born=1000.0, events=(question,))

    assert [batcher.add(line), batcher.add(line)] == [True, False]
    assert dropped == []


def test_what_is_withdrawn_is_all_that_was_to_be_said_about_it():
    batcher, dropped = box()
    one, two = comment("one"), comment("two")
    for text, about in [("a", one), ("b", two), ("c", one)]:
        batcher.add(Utterance(text=text, kind="answer", events=(about,), born=1000.0))
    batcher.withdraw((one,), "cut_off")

    assert dropped == [("a", "cut_off"), ("c", "cut_off")]
    assert batcher.flush() == ["b"]


def test_a_full_box_gives_up_its_least_important_oldest_line():
    batcher, dropped = box()
    for i in range(CAPACITY):
        batcher.add(Utterance(text=f"line {i}", priority=2, born=1000.0 + i))
    batcher.add(Utterance(text="urgent", priority=3, born=2000.0))

    assert batcher.size() == CAPACITY
    assert dropped == [("line 0", "outbox_full")]


def test_clear_names_its_reason_for_every_line():
    batcher, dropped = box()
    batcher.add("a")
    batcher.add("b")

    assert batcher.clear("panic") == 2
    assert dropped == [("a", "panic"), ("b", "panic")]


def test_waiting_for_a_line_ends_when_one_arrives():
    async def scenario() -> int:
        batcher, _ = box()
        waiter = asyncio.create_task(batcher.arrived())
        await asyncio.sleep(0)
        assert not waiter.done()
        batcher.add("here")
        await waiter
        return batcher.size()

    assert asyncio.run(scenario()) == 1


def answer(text: str, **details: object) -> Utterance:
    return replace(Utterance(text=text, kind="answer", priority=2, born=1000.0), **details)


def test_nearly_the_same_answer_is_said_once_but_never_two_gifts_or_plain_texts():
    batcher, dropped = box()
    for line in (answer("i live here in this little stream."), answer("I live here, in this little stream!")):
        batcher.add(line)
    assert dropped == [("I live here, in this little stream!", "duplicate")]
    for text in ("Ha ha!", "ha ha"):
        batcher.add(replace(Utterance(text=text, kind="gift"), born=1000.0))
        batcher.add(text)
    assert batcher.size() == 5


def test_each_waiting_line_has_a_number_of_its_own_that_stays():
    clock = Clock()
    batcher, _ = box(clock)
    batcher.add(answer("One."))
    batcher.add(Utterance(text="Thanks!", kind="gift", priority=3, born=990.0, ttl=600.0))
    clock.now += 1.0
    assert batcher.lines() == [
        {"id": 2, "kind": "gift", "text": "Thanks!", "priority": 3, "age": 11.0, "ttl": 600.0},
        {"id": 1, "kind": "answer", "text": "One.", "priority": 2, "age": 1.0, "ttl": 60.0},
    ]


def test_a_line_that_was_not_sent_comes_back_to_its_place():
    batcher, _ = box()
    for text in ("One.", "Two."):
        batcher.add(answer(text))
    taken = batcher.take()
    assert taken is not None
    batcher.put_back(taken)
    assert [line["text"] for line in batcher.lines()] == ["One.", "Two."]
    assert [line["id"] for line in batcher.lines()] == [1, 2]


def test_say_now_goes_before_everything_and_what_is_moved_by_hand_waits_for_no_company():
    batcher, _ = box(window=8.0)
    batcher.add(Utterance(text="Thanks!", kind="gift", priority=3, born=1000.0))
    batcher.add(answer("The answer."))
    batcher.add(follow("Anna"))
    batcher.add(follow("Bob"))
    assert batcher.urge(4)
    assert batcher.move(3, 1)
    assert not batcher.urge(99)
    assert not batcher.move(99, 0)
    said = [line.text for _ in range(4) if (line := batcher.take())]
    assert said == ["Thanks for following, Bob!", "Thanks for following, Anna!", "Thanks!", "The answer."]


def test_only_what_may_be_said_is_taken():
    batcher, _ = box()
    batcher.add(answer("One."))
    assert batcher.take(lambda _: False) is None
    assert batcher.size() == 1
