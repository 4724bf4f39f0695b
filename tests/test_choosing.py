"""Which comment is answered next: the best and the newest, within the limits, and nobody leaves without a reason."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events import LiveEvent
from mind.asking import gist
from mind.choosing import CAPACITY, WaitingRoom
from mind.judging import Judgement
from settings import Comment
from tests.fakes import comment
from tests.virtual import EPOCH


def room(**rules: Any) -> tuple[WaitingRoom, list[tuple[str, str]]]:
    left: list[tuple[str, str]] = []
    settings = Comment.model_validate({"per_user_cooldown": 0, "max_replies_per_min": 120} | rules)
    return WaitingRoom(settings, lambda event, reason: left.append((event.text, reason))), left


def worth(text: str, score: float, **details: Any) -> Judgement:
    return Judgement(score=score, gist=gist(text), **details)


def taken(waiting: WaitingRoom, at: float) -> str | None:
    question = waiting.take(EPOCH + at)
    return question.event.text if question else None


def test_the_more_relevant_goes_first_and_of_equals_the_newer():
    waiting, _ = room()
    for at, text, score in [(0, "old", 0.7), (1, "new", 0.7), (0, "best", 0.9)]:
        waiting.offer(comment(text, user=text, at=at), worth(text, score), EPOCH + at)

    assert [taken(waiting, 2) for _ in range(4)] == ["best", "new", "old", None]


def test_what_is_about_to_be_too_old_is_not_begun():
    waiting, left = room(max_age_seconds=20)
    waiting.offer(comment("late", at=0), worth("late", 0.9), EPOCH)

    assert taken(waiting, 18.5) is None
    assert left == [("late", "too_old")]


def test_whoever_was_just_answered_waits_and_then_gets_an_answer():
    waiting, left = room(per_user_cooldown=5)
    waiting.offer(comment("one"), worth("one", 0.9), EPOCH)
    waiting.offer(comment("two"), worth("two", 0.9), EPOCH)

    assert taken(waiting, 0) is not None
    assert taken(waiting, 4.9) is None
    pause = waiting.pause(EPOCH + 4.9)
    assert pause is not None
    assert 0.05 <= pause <= 0.11
    assert taken(waiting, 5.0) is not None
    assert left == []


def test_the_reason_is_what_kept_it_from_being_answered():
    waiting, left = room(per_user_cooldown=60, max_age_seconds=10)
    waiting.offer(comment("one"), worth("one", 0.9), EPOCH)
    assert taken(waiting, 0) == "one"
    waiting.offer(comment("two", at=1), worth("two", 0.9), EPOCH + 1)

    assert taken(waiting, 30) is None
    assert left == [("two", "user_cooldown")]


def test_no_more_answers_in_a_minute_than_set():
    waiting, _ = room(max_replies_per_min=3, max_age_seconds=300)
    for i in range(9):
        waiting.offer(comment(str(i), user=str(i), at=0), worth(str(i), 0.9), EPOCH)

    assert sum(taken(waiting, t) is not None for t in range(59)) == 3
    assert taken(waiting, 60.1) is not None


def test_a_full_room_keeps_the_best():
    waiting, left = room()
    for i in range(CAPACITY + 5):
        waiting.offer(comment(str(i), user=str(i)), worth(str(i), 0.6 + i / 1000), EPOCH)

    assert len(waiting) == CAPACITY
    assert left == [(str(i), "better_ones_waiting") for i in range(5)]


def test_a_mere_greeting_is_answered_once_in_its_cooldown():
    waiting, left = room(greeting_cooldown=360)
    waiting.offer(comment("hi"), worth("hi", 0.5, greeting=True), EPOCH)
    waiting.offer(comment("hey"), worth("hey", 0.5, greeting=True), EPOCH + 1)

    assert left == [("hey", "greeting_cooldown")]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 4), st.floats(0.5, 1)), max_size=80),
    st.floats(0, 30),
    st.integers(0, 20),
)
def test_everyone_is_answered_or_leaves_with_a_reason(
    script: list[tuple[float, int, float]], cooldown: float, most: int
):
    """For any crowd and any limits: nobody vanishes, nobody is answered twice or too late."""
    waiting, left = room(per_user_cooldown=cooldown, max_replies_per_min=most)
    answered: list[LiveEvent] = []
    for n, (at, user, score) in enumerate(sorted(script)):
        waiting.offer(comment(str(n), user=str(user), at=at), worth(str(n), score), EPOCH + at)
        if question := waiting.take(EPOCH + at):
            assert EPOCH + at - question.event.at <= waiting.settings.max_age_seconds
            answered += question.events
    waiting.clear("stopped")

    names = [event.text for event in answered] + [text for text, _ in left]
    assert sorted(names) == sorted(str(n) for n in range(len(script)))
