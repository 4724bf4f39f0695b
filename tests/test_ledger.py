"""Gifts are the streamer's income: each is booked once, with the right total, whatever frames arrive."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import LiveEvent
from live import ledger as room
from live import loose
from live.books import NOBODY
from live.ledger import IDLE, TOO_DEAR, TOO_MANY, WORTH, Finished, GiftLedger
from tests.fakes import gift, streak
from tests.virtual import EPOCH

Frames = Iterable[tuple[float, LiveEvent]]


def at(seconds: float, frame: LiveEvent) -> tuple[float, LiveEvent]:
    object.__setattr__(frame, "at", EPOCH + seconds)
    return EPOCH + seconds, frame


def booked(frames: Frames, until: float = 1000.0) -> tuple[list[Finished], list[str]]:
    """Feed the frames at their times with a look at the clock in between; what was finished, and why frames were not."""
    reasons: list[str] = []
    ledger = GiftLedger(lambda _, reason: reasons.append(reason))
    out: list[Finished] = []
    for seconds, frame in frames:
        now, _ = at(seconds, frame)
        out += ledger.due(now)
        if done := ledger.add(frame, now):
            out.append(done)
    out += ledger.due(EPOCH + until)
    return out, reasons


def counts(frames: Frames) -> list[tuple[str, int]]:
    return [(done.name, done.count) for done in booked(frames)[0]]


def spaced(frames: Iterable[LiveEvent], start: float = 0.0) -> list[tuple[float, LiveEvent]]:
    return [(start + i, frame) for i, frame in enumerate(frames)]


def test_a_streak_is_booked_at_its_end_frame():
    done, reasons = booked(spaced(streak("Rose", 5)))

    assert [(one.name, one.count, one.thanks, one.again) for one in done] == [("Rose", 5, 5, False)]
    assert reasons == ["streak_step"] * 5


def test_a_gift_that_cannot_streak_is_booked_at_once():
    ledger = GiftLedger(lambda *_: None)

    assert [done.count for _ in range(2) if (done := ledger.add(gift("Galaxy"), 0.0))] == [1, 1]


LOOSE = {"group": ""}


@pytest.mark.parametrize("times", [1, 3])
def test_a_streak_whose_frames_name_no_group_is_one_gift(times: int):
    """TikTok leaves the group out at times; each frame has a message id of its own, and none may count as a gift."""
    frames = spaced([frame for _ in range(times) for frame in streak("Rose", 4, **LOOSE)])

    assert counts(frames) == [("Rose", 4)] * times


def test_of_streaks_without_a_group_each_viewer_and_gift_has_its_own():
    woven = [
        frame
        for frames in zip(
            streak("Rose", 3, "ann", **LOOSE),
            streak("Lily", 3, "ann", **LOOSE),
            streak("Rose", 3, "ben", **LOOSE),
            strict=True,
        )
        for frame in frames
    ]

    assert counts(spaced(woven)) == [("Rose", 3), ("Lily", 3), ("Rose", 3)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0, 1), (1, 2), (11, -2)], [2]),  # the end comes when the streak counts as over
        ([(0, 1), (1, 2), (20, 5), (21, -5)], [2, 3]),  # it goes on after a lost connection
        ([(0, 1), (1, 2), (20, 1), (21, -1)], [2, 1]),  # the end was lost, and another one begins
        ([(0, 1), (1, 2), (90, 3), (91, -3)], [2, 3]),  # far too late to be the same
        ([(0, 1), (1, 3), (2, 2), (3, -3)], [3]),  # out of order
        ([(0, -1), (1, -1)], [1, 1]),  # nothing tells that they are a streak
    ],
)
def test_which_frames_without_a_group_belong_together(steps: list[tuple[int, int]], expected: list[int]):
    """A negative count is the end frame's."""
    frames = [(float(when), gift("Rose", count=abs(n), streaking=n > 0)) for when, n in steps]

    done, _ = booked(frames)
    assert [one.count for one in done] == expected


def test_a_streak_without_a_group_that_its_viewer_had_forgotten_stays_nobodys():
    ledger = GiftLedger(lambda *_: None)
    frames = streak("Rose", 3, "ann", **LOOSE)
    ledger.add(frames[0], EPOCH)
    ledger.forget("id-ann", EPOCH)
    for frame in frames[1:]:
        ledger.add(frame, EPOCH + 1)

    (only,) = ledger.totals()["today"]["viewers"]
    assert (only["user_id"], only["pieces"]) == (NOBODY, 3)


def test_streaks_without_a_group_do_not_pile_up():
    ledger = GiftLedger(lambda *_: None)
    for i in range(3 * loose.MANY):
        ledger.add(streak("Rose", 1, f"u{i}", **LOOSE)[0], EPOCH + i)

    assert len(ledger._loose._running) <= loose.MANY


def test_counts_that_skip_are_no_loss():
    frames = [gift("Rose", count=n, group="g", streaking=True) for n in (1, 3, 7, 10)]

    assert counts(spaced([*frames, gift("Rose", count=10, group="g")])) == [("Rose", 10)]


def test_a_lost_end_frame_costs_time_not_roses():
    assert counts(spaced(streak("Rose", 4)[:-1])) == [("Rose", 4)]


def test_a_late_end_frame_says_nothing_new():
    frames = streak("Rose", 4)
    done, reasons = booked([*spaced(frames[:-1]), (3 + IDLE + 5, frames[-1])])

    assert [(one.name, one.count) for one in done] == [("Rose", 4)]
    assert reasons == ["streak_step"] * 4


def test_a_step_that_comes_after_the_end_opens_nothing():
    frames = streak("Rose", 4)

    assert counts([*spaced(frames), (9.0, frames[1]), (20.0, frames[2])]) == [("Rose", 4)]


def test_a_streak_that_went_on_is_booked_for_what_came_since():
    frames = streak("Rose", 10)

    assert counts([*spaced(frames[:4]), *spaced(frames[4:], 60.0)]) == [("Rose", 4), ("Rose", 6)]


def test_a_streak_that_went_on_before_its_thanks_were_said_is_thanked_for_as_a_whole():
    """One thank-you per finished streak, with the true total."""
    frames = streak("Rose", 10)
    done, reasons = booked([*spaced(frames[:4]), *spaced(frames[4:], 60.0)])

    assert [one.thanks for one in done] == [4, 10]
    assert reasons.count("streak_went_on") == 1


def test_what_was_thanked_is_not_thanked_again_when_the_streak_goes_on():
    ledger, frames = GiftLedger(lambda *_: None), streak("Rose", 10)
    for now, frame in spaced(frames[:4]):
        ledger.add(frame, now)
    first = ledger.due(20.0)
    ledger.settle([first[0].event])
    for now, frame in spaced(frames[4:], 60.0):
        second = ledger.add(frame, now)

    assert second is not None
    assert (second.count, second.thanks, second.again) == (6, 6, True)


def test_the_same_gift_twice_in_ten_minutes_is_two_gifts():
    """An honest second rose counts, with a streak of its own or without any."""
    streaks = [*spaced(streak("Rose", 1, group="g1")), *spaced(streak("Rose", 1, group="g2"), 300.0)]
    singles = [(0.0, gift("Galaxy")), (300.0, gift("Galaxy"))]

    assert counts(streaks) == [("Rose", 1)] * 2
    assert counts(singles) == [("Galaxy", 1)] * 2


def test_a_gift_that_comes_again_with_its_message_id_is_no_second_one():
    galaxy = gift("Galaxy")
    done, reasons = booked([(0.0, galaxy), (2000.0, galaxy)])

    assert [one.count for one in done] == [1]
    assert reasons == ["booked_before"]


def test_gifts_without_any_id_are_all_counted():
    assert counts([(0.0, gift("Galaxy", key="")), (0.0, gift("Galaxy", key=""))]) == [("Galaxy", 1)] * 2


def test_streaks_side_by_side_are_kept_apart_by_viewer_gift_and_group():
    runs = [
        streak("Rose", 3, "ann", "g"),
        streak("Rose", 5, "bob", "g"),
        streak("Lily", 7, "ann", "g"),
        streak("Rose", 9, "ann", "h"),
    ]
    frames = [frame for step in range(10) for run in runs for frame in run[step : step + 1]]

    assert Counter(counts([(i / 10, frame) for i, frame in enumerate(frames)])) == Counter(
        [("Rose", 3), ("Rose", 5), ("Lily", 7), ("Rose", 9)]
    )


def test_what_an_end_frame_does_not_say_an_earlier_step_said():
    """The name and the price stand in the gift's description, which a frame can lack."""
    steps = streak("Rose", 2, diamonds=5)[:-1]
    end = gift("Rose", count=2, group="g1", diamonds=0)
    object.__setattr__(end, "text", "")
    done, _ = booked(spaced([*steps, end]))

    assert [(one.name, one.diamonds, one.count) for one in done] == [("Rose", 5, 2)]


@pytest.mark.parametrize(("count", "diamonds"), [(0, 1), (-5, 1), (2**62, 1), (1, 2**62), (1, -7)])
def test_numbers_that_no_gift_has_break_no_sum(count: int, diamonds: int):
    ledger = GiftLedger(lambda *_: None)
    ledger.add(gift("Broken", count=count, diamonds=diamonds), EPOCH)
    ledger.add(gift("Rose"), EPOCH)

    assert 0 <= ledger.totals()["today"]["pieces"] <= TOO_MANY + 1
    assert 1 <= ledger.totals()["stream"]["diamonds"] <= TOO_MANY * TOO_DEAR


def test_totals_are_known_by_viewer_for_the_stream_and_for_today():
    ledger = GiftLedger(lambda *_: None)
    for who, name, diamonds in [("ann", "Rose", 1), ("bob", "Galaxy", 1000), ("ann", "Rose", 1)]:
        ledger.add(gift(name, who, diamonds=diamonds), EPOCH)
    total = ledger.totals()

    assert total["stream"] == total["today"]
    assert {k: total["today"][k] for k in ("gifts", "pieces", "diamonds")} == {
        "gifts": 3,
        "pieces": 3,
        "diamonds": 1002,
    }
    assert [(one["username"], one["gifts"], one["diamonds"]) for one in total["today"]["viewers"]] == [
        ("bob", 1, 1000),
        ("ann", 2, 2),
    ]


def test_another_day_begins_at_nothing():
    ledger = GiftLedger(lambda *_: None)
    ledger.add(gift("Rose"), EPOCH)
    ledger.add(gift("Rose"), EPOCH + 86_400.0)

    assert ledger.totals()["today"]["pieces"] == 1


def test_whoever_is_forgotten_leaves_a_number_and_no_name():
    ledger, reasons = GiftLedger(lambda *_: None), []
    ledger.superseded = lambda _, reason: reasons.append(reason)
    ledger.add(gift("Galaxy", "ann", diamonds=1000), EPOCH)
    open_streak = streak("Rose", 4, "ann")
    for frame in open_streak[:3]:
        ledger.add(frame, EPOCH)
    ended = ledger.forget("id-ann", EPOCH)
    late = ledger.add(open_streak[-2], EPOCH + 1)

    assert [(one.count, one.thanks) for one in ended] == [(3, 0)]
    assert late is None
    ledger.add(open_streak[-1], EPOCH + 2)
    (only,) = ledger.totals()["today"]["viewers"]
    assert (only["user_id"], only["nickname"], only["pieces"], only["diamonds"]) == (NOBODY, "", 5, 1004)


def test_a_relic_of_long_ago_is_counted_and_not_thanked():
    ledger = GiftLedger(lambda *_: None)
    ledger.add(streak("Rose", 3)[1], EPOCH)

    (done,) = ledger.due(EPOCH + WORTH + 1)
    assert (done.count, done.thanks) == (2, 0)


def test_only_so_many_finished_gifts_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "REMEMBERED", 100)  # the real bound would only make the test slow
    ledger = GiftLedger(lambda *_: None)
    for i in range(1000):
        if done := ledger.add(gift("Rose", f"u{i}"), EPOCH + i):
            ledger.settle([done.event])

    assert len(ledger._runs) <= 101
    assert len(ledger._owing) <= 101
    assert ledger.totals()["stream"]["pieces"] == 1000


@st.composite
def evenings(draw: st.DrawFn) -> list[LiveEvent]:
    """Frames of streaks and single gifts of few viewers: shuffled among each other, doubled, lost, out of order."""
    frames: list[LiveEvent] = []
    for number in range(draw(st.integers(1, 5))):
        who, name = f"u{draw(st.integers(0, 2))}", draw(st.sampled_from(["Rose", "Lily"]))
        if draw(st.booleans()):
            frames += streak(name, draw(st.integers(1, 9)), who, f"g{draw(st.integers(0, number))}", diamonds=3)
        else:
            frames.append(gift(name, who, diamonds=7))
    arriving = draw(st.lists(st.sampled_from(frames), max_size=60))
    return draw(st.permutations([*frames, *arriving]))[: draw(st.integers(0, 80))]


def truth(frames: Iterable[LiveEvent]) -> dict[tuple[str, ...], int]:
    """The oracle, which knows no order: of each streak the largest count that came, each message of a single gift once."""
    found: dict[tuple[str, ...], int] = {}
    for frame in frames:
        one = (
            (frame.user_id, frame.gift_id, frame.group)
            if frame.group
            else (frame.user_id, frame.gift_id, "", frame.key)
        )
        found[one] = max(found.get(one, 0), frame.count)
    return found


@given(evenings(), st.data())
def test_whatever_is_lost_late_double_or_disordered_no_gift_is_booked_twice_and_none_that_arrived_is_lost(
    frames: list[LiveEvent], data: st.DataObject
):
    """Booked and thanked are each the truth; every frame is either a step or the one that is thanked for."""
    pauses = data.draw(st.lists(st.sampled_from([0.2, 1.0, 3.3, 20.0]), min_size=len(frames), max_size=len(frames)))
    reasons: list[str] = []
    ledger = GiftLedger(lambda _, reason: reasons.append(reason))
    now, booked_pieces, thanked = EPOCH, 0, 0

    def heard(gifts: list[Finished]) -> None:
        """Some are thanked for at once, some wait while more comes."""
        nonlocal booked_pieces, thanked
        for one in gifts:
            booked_pieces += one.count
            if data.draw(st.booleans()):
                ledger.settle([one.event])
                thanked += one.thanks

    for pause, frame in zip(pauses, frames, strict=True):
        now += pause
        heard(ledger.due(now))
        if done := ledger.add(frame, now):
            heard([done])
    heard(ledger.due(now + IDLE))
    waiting = sum(run.booked - run.settled for run in ledger._owing.values())

    assert booked_pieces == thanked + waiting == sum(truth(frames).values()) == ledger.totals()["stream"]["pieces"]
    assert ledger.totals()["stream"]["gifts"] == len(truth(frames))
    assert set(reasons) <= {"streak_step", "streak_went_on", "booked_before"}
