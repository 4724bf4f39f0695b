"""What events are believed: beside the steps in test_animaze.py, what a voice has shown before."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.mouth import Line, Mouth


def mouth() -> Mouth:
    return Mouth(start_timeout=1.2, ceiling=15.0)


def speak(it: Mouth, at: float, took: float, estimate: float = 4.0) -> Line:
    """A line that is told from its start to its end."""
    line = Line(id="1", sent_at=at, estimate=estimate)
    it.begin(line)
    it.started(at + 0.1)
    it.ended(at + took)
    return line


def test_the_end_of_the_line_before_told_twice_does_not_end_this_one():
    """The repetition comes after this line's start was told, so only its haste gives it away."""
    it = mouth()
    speak(it, 100.0, 4.0)
    second = Line(id="2", sent_at=104.2, estimate=4.0)
    it.begin(second)
    it.started(104.3)
    it.ended(104.6)
    assert it.busy
    it.ended(108.0)
    assert (second.fate, second.took) == ("ended", pytest.approx(3.8))


def test_were_it_the_end_after_all_the_pal_is_not_mute_for_the_ceiling():
    it = mouth()
    speak(it, 100.0, 4.0)
    it.begin(Line(id="2", sent_at=104.0, estimate=4.0))
    it.started(104.1)
    it.ended(104.5)
    assert it.free_at() == pytest.approx(109.0)


def test_a_voice_that_has_become_quicker_is_believed_from_the_third_line_on():
    it = mouth()
    speak(it, 100.0, 4.0)
    for at in (110.0, 120.0):
        quick = speak(it, at, 0.8)
        assert it.busy
        it.expire()
        assert quick.fate == "expired"
    assert it.sends_events
    assert speak(it, 130.0, 0.8).fate == "ended"


def test_one_end_told_twice_before_one_that_was_lost_makes_no_quick_voice():
    it = mouth()
    speak(it, 100.0, 4.0)
    speak(it, 104.0, 0.5)
    it.expire()
    speak(it, 120.0, 4.0)
    assert speak(it, 124.0, 0.5).fate == ""


def test_a_line_after_a_lost_end_shows_the_pace_as_well():
    it = mouth()
    it.begin(Line(id="1", sent_at=100.0, estimate=4.0))
    it.started(100.1)
    it.expire()
    assert speak(it, 116.0, 4.0).took is None
    assert speak(it, 120.0, 0.5).fate == ""


def test_short_lines_teach_nothing_about_the_pace():
    """Their ends are told a second late: by them a voice seems slow, and the end of a long line would come too early."""
    it = mouth()
    speak(it, 100.0, 1.6, estimate=0.6)
    assert speak(it, 110.0, 6.0, estimate=6.0).fate == "ended"


def test_an_animaze_that_tells_nothing_any_more_is_not_waited_for():
    it = mouth()
    speak(it, 100.0, 4.0)
    for n in range(3):
        assert it.sends_events
        it.begin(Line(id="1", sent_at=110.0 + 10 * n, estimate=0.5))
        it.expire()
    assert not it.sends_events


def test_another_animaze_begins_unknown():
    it = mouth()
    speak(it, 100.0, 4.0)
    it.forget()
    assert not it.sends_events
    assert speak(it, 110.0, 0.3).fate == "ended"


STEPS = st.lists(st.tuples(st.sampled_from(["begin", "started", "ended", "wait"]), st.floats(0, 20)), max_size=60)


@given(STEPS, st.floats(0.1, 40))
def test_with_any_history_silence_is_due_within_the_ceiling(steps: list[tuple[str, float]], estimate: float):
    it, now = mouth(), 100.0
    for name, pause in steps:
        now += pause
        while it.busy and it.free_at() <= now:
            it.expire()
        if name == "begin" and not it.busy:
            it.begin(Line(id="1", sent_at=now, estimate=estimate))
        elif name in {"started", "ended"}:
            getattr(it, name)(now)
        assert not it.busy or it.free_at() <= now + 15.0


def answered(it: Mouth, at: float) -> Line:
    """A line that is answered, and told from its start to its end."""
    line = Line(id=str(at), sent_at=at, estimate=4.0)
    it.begin(line)
    it.answered(line.id)
    it.started(at + 0.1)
    it.ended(at + 4.0)
    return line


def silent(it: Mouth, at: float) -> Line:
    """A line of which nothing is heard."""
    line = Line(id=str(at), sent_at=at, estimate=4.0)
    it.begin(line)
    it.expire()
    return line


@pytest.mark.parametrize("tells", [True, False], ids=["with events", "without"])
def test_what_is_neither_answered_nor_told_by_one_that_answers_was_not_heard(tells: bool):
    it = mouth()
    if tells:
        answered(it, 100.0)
    else:
        it.begin(Line(id="1", sent_at=100.0, estimate=4.0))
        it.answered("1")
        it.expire()
    assert silent(it, 105.0).fate == "unheard"


@pytest.mark.parametrize("speech", [speak, silent])
def test_of_one_that_does_not_answer_silence_proves_nothing(speech: Callable[..., Line]):
    it = mouth()
    if speech is speak:
        speak(it, 100.0, 4.0)
    assert silent(it, 105.0).fate == "expired"


def test_of_one_that_answers_when_it_likes_silence_proves_nothing():
    it = mouth()
    answered(it, 100.0)
    late = silent(it, 105.0)
    it.answered(late.id)
    answered(it, 110.0)
    assert silent(it, 115.0).fate == "expired"


def test_an_answer_or_an_event_is_enough():
    it = mouth()
    answered(it, 100.0)
    for at, tell in ((105.0, lambda: it.answered("2")), (110.0, lambda: it.started(110.1))):
        it.begin(line := Line(id="2", sent_at=at, estimate=4.0))
        tell()
        it.expire()
        assert line.fate == "expired"


def test_one_that_has_stopped_to_answer_is_not_taken_for_deaf_for_ever():
    """Another version may have come up behind the same port."""
    it = mouth()
    answered(it, 100.0)
    assert [silent(it, 105.0 + 5 * n).fate for n in range(4)] == ["unheard"] * 3 + ["expired"]


def test_what_was_accepted_is_not_refused_any_more():
    """It is spoken by then, and the next line would be spoken on top of it."""
    it = mouth()
    it.begin(line := Line(id="1", sent_at=100.0, estimate=4.0))
    it.answered("1")
    it.refused("1")
    assert (line.fate, it.busy) == ("", True)


@pytest.mark.parametrize(("told", "quiet_at"), [(False, 104.0), (True, 105.0)])
def test_a_voice_may_go_on_when_only_the_connection_is_gone(told: bool, quiet_at: float):
    """The next line would be spoken on top of it. Where ends are told, they are told late."""
    it = mouth()
    it.begin(line := Line(id="1", sent_at=100.0, estimate=4.0))
    if told:
        it.started(100.1)
    it.lost()
    it.lost()
    assert (line.fate, it.busy, it.free_at()) == ("lost", True, pytest.approx(quiet_at))
    it.expire()
    assert not it.busy


def test_an_end_that_is_told_after_the_connection_came_back_ends_it():
    it = mouth()
    it.begin(Line(id="1", sent_at=100.0, estimate=4.0))
    it.lost()
    it.ended(102.0)
    assert not it.busy


def test_what_was_never_sent_is_not_waited_for():
    it = mouth()
    it.begin(Line(id="1", sent_at=100.0, estimate=4.0))
    it.unsent()
    it.lost()
    assert not it.busy
