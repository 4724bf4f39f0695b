"""The streamer orders by hand what waits."""

from hypothesis import given
from hypothesis import strategies as st

from corridor.ordering import in_order, moved, urgent
from events import Utterance


def lines(priorities: list[int]) -> list[Utterance]:
    return [Utterance(text=f"line {n}", priority=p, id=n + 1) for n, p in enumerate(priorities)]


PRIORITIES = st.lists(st.integers(0, 9), min_size=1, max_size=12)


@given(PRIORITIES, st.data())
def test_a_moved_line_stands_where_it_was_put_and_the_others_keep_their_order(
    priorities: list[int], data: st.DataObject
):
    """Also after sorting anew, which is what speaking does."""
    waiting = lines(priorities)
    line = data.draw(st.sampled_from(waiting))
    position = data.draw(st.integers(0, len(waiting) - 1))
    after = in_order(moved(waiting, line, position))
    assert after[position].id == line.id
    others = [other.id for other in in_order(waiting) if other.id != line.id]
    assert [other.id for other in after if other.id != line.id] == others


@given(PRIORITIES, st.data())
def test_an_urgent_line_stands_before_all(priorities: list[int], data: st.DataObject):
    waiting = lines(priorities)
    line = data.draw(st.sampled_from(waiting))
    after = in_order(urgent(waiting, line))
    assert after[0].id == line.id
    assert {other.id for other in after} == {other.id for other in waiting}


def test_too_far_is_last():
    assert [line.id for line in moved(lines([1, 1, 1]), lines([1])[0], 99)] == [2, 3, 1]
