"""Bond, records and their laws (store/bond, record, joining): pure."""

import copy
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import EventKind
from memory import load_memory, remember_event
from store import bond
from store.bond import grown, left, level, rank, share_of
from store.facts import facts_in
from store.joining import join, unite
from store.record import COUNTERS, Record, begun, complete, fade, pack, take_back, unpack
from store.remembering import bond_of

NOW = 1_800_000_000.0
DAY = 86_400.0
KINDS = [EventKind.COMMENT, EventKind.GIFT, EventKind.LIKE, EventKind.FOLLOW, EventKind.SHARE, EventKind.SUBSCRIBE]
SHARES = st.floats(0, 1)
MOMENTS = st.floats(0, 2e9)

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(["hello there friend", "why?", "Rose", "i live in Rome"]),
        st.integers(1, 5),
        st.integers(0, 500),
        st.floats(NOW, NOW + 100 * DAY),
    ),
    max_size=12,
)


def lived(events: list[tuple[EventKind, str, int, int, float]], name: str = "anna") -> Record:
    """The record of somebody who did this."""
    memory = load_memory(":memory:", facts=True)
    remember_event(memory, name, "join", at=NOW, user_id="7")
    for kind, text, count, diamonds, at in sorted(events, key=lambda one: one[-1]):
        remember_event(memory, name, kind, text, count=count, diamonds=diamonds, at=at, nickname="Anna", user_id="7")
    return complete(copy.deepcopy(dict(memory.users.peek(name) or {})), NOW)


# The bond


@given(SHARES, MOMENTS, MOMENTS, st.floats(0, 100))
def test_a_bond_only_fades_and_stays_between_nothing_and_all(tie: float, at: float, now: float, half_life: float):
    rest = left(tie, at, now, half_life)
    assert 0 <= rest <= tie <= 1


def test_after_a_half_life_half_is_left_and_with_none_it_stays():
    assert left(0.8, NOW, NOW + 30 * DAY, 30) == pytest.approx(0.4)
    assert left(0.8, NOW, NOW + 60 * DAY, 30) == pytest.approx(0.2)
    assert left(0.8, NOW, NOW + 9e8, 0) == 0.8


@given(SHARES, SHARES)
def test_each_growth_brings_less_than_the_one_before(tie: float, share: float):
    once = grown(tie, share)
    twice = grown(once, share)
    assert tie <= once <= twice <= 1
    assert twice - once <= once - tie + 1e-12


@given(st.lists(st.tuples(SHARES, MOMENTS), min_size=2, max_size=8), st.floats(1, 100))
def test_viewers_are_sorted_by_what_is_left_without_being_looked_at(ties: list[tuple[float, float]], half_life: float):
    """The order at any moment is the order of the ranks that were stored, as far as floats can tell them apart."""
    now = max(at for _, at in ties)
    pairs = [(rank(tie, at, half_life), left(tie, at, now, half_life)) for tie, at in ties]
    for one, other in itertools.pairwise(pairs):
        if abs(one[0] - other[0]) > 1e-6 and max(one[1], other[1]) > 1e-9:
            assert (one[0] < other[0]) == (one[1] < other[1]) or one[1] == other[1]


@pytest.mark.parametrize(
    ("tie", "name"),
    [
        (0, "stranger"),
        (0.09, "stranger"),
        (0.1, "regular"),
        (0.35, "friend"),
        (0.69, "friend"),
        (0.7, "bestie"),
        (1, "bestie"),
    ],
)
def test_levels_have_their_thresholds(tie: float, name: str):
    assert level(tie) == name


def test_who_writes_much_at_once_gains_as_from_a_few():
    """Else a spammer were everybody's best friend within a minute."""
    spammer, talker = load_memory(":memory:"), load_memory(":memory:")
    for number in range(500):
        remember_event(spammer, "a", "comment", "hi", at=NOW + number * 0.1)
    for number in range(25):
        remember_event(talker, "a", "comment", "hi", at=NOW + number * 60)
    assert bond_of(spammer, "a", NOW + 50) < 0.07
    assert bond_of(talker, "a", NOW + 1500) > 0.25


def test_the_road_from_stranger_to_bestie_takes_streams_and_care():
    memory = load_memory(":memory:")
    seen = []
    for stream in range(12):
        for minute in range(8):
            remember_event(memory, "a", "comment", "hi", at=NOW + stream * DAY + minute * 120)
        if stream in {2, 5, 8}:
            remember_event(memory, "a", "gift", "Lion", diamonds=5000, at=NOW + stream * DAY + 1000)
        seen.append(level(bond_of(memory, "a", NOW + stream * DAY + 1000)))
    assert list(dict.fromkeys(seen)) == ["regular", "friend", "bestie"]
    assert level(bond_of(memory, "a", NOW + 200 * DAY)) == "stranger"


def test_a_dear_gift_brings_more_and_nothing_brings_too_much():
    shares = [share_of(EventKind.GIFT, worth, 0) for worth in (0, 1, 100, 10_000, 10**9)]
    assert shares == sorted(shares)
    assert shares[-1] <= bond.MOST


# Records


@settings(max_examples=25)
@given(EVENTS)
def test_packing_loses_nothing(events):
    record = lived(events)
    assert complete(unpack(pack(record)), NOW, 100) == record


@settings(max_examples=25)
@given(EVENTS, EVENTS)
def test_joined_counts_add_up_and_nothing_said_is_lost(before, after):
    """Two parts of one past: under an earlier name, or on a disk that could not be read."""
    old, new = lived(before), lived(after)
    whole = copy.deepcopy(new)
    join(whole, old)
    for name in (*COUNTERS.values(), "diamonds"):
        assert whole[name] == old[name] + new[name]
    assert list(whole["comments"]) == [*old["comments"], *new["comments"]]
    assert len(whole["comment_times"]) == len(whole["comments"])
    assert whole["bond"] >= max(old["bond"], new["bond"]) - 1e-12


@settings(max_examples=25)
@given(EVENTS, EVENTS)
def test_uniting_twice_is_uniting_once(one, other):
    """An import that is done again changes nothing, and with itself nothing either."""
    mine, theirs = lived(one), lived(other)
    once = copy.deepcopy(mine)
    unite(once, copy.deepcopy(theirs))
    again = copy.deepcopy(once)
    unite(again, copy.deepcopy(theirs))
    same = copy.deepcopy(mine)
    unite(same, copy.deepcopy(mine))
    assert again == once
    assert same == mine


@settings(max_examples=25)
@given(EVENTS, EVENTS)
def test_it_does_not_matter_which_is_united_with_which(one, other):
    mine, theirs = lived(one), lived(other)
    there, back = copy.deepcopy(mine), copy.deepcopy(theirs)
    unite(there, theirs)
    unite(back, mine)
    for name in (*COUNTERS.values(), "diamonds", "bond", "first_seen", "last_seen"):
        assert there[name] == back[name]
    assert sorted(zip(there["comment_times"], there["comments"], strict=True)) == sorted(
        zip(back["comment_times"], back["comments"], strict=True)
    )


@settings(max_examples=25)
@given(EVENTS, st.floats(NOW, NOW + 100 * DAY))
def test_fading_takes_the_old_words_and_no_count(events, oldest: float):
    record = lived(events)
    faded = copy.deepcopy(record)
    fade(faded, oldest)
    assert all(at >= oldest for at in faded["comment_times"])
    assert [text for text, at in zip(record["comments"], record["comment_times"], strict=True) if at >= oldest] == list(
        faded["comments"]
    )
    assert all(faded[name] == record[name] for name in (*COUNTERS.values(), "bond", "streams"))


def test_what_was_learnt_from_a_comment_that_is_taken_back_is_unlearnt():
    record = lived([(EventKind.COMMENT, "i live in Rome", 1, 0, NOW + 1)])
    assert [fact["text"] for fact in record["facts"]] == ["lives in Rome"]
    take_back(record, "i live in Rome")
    assert (record["facts"], list(record["comments"]), record["last_topic"]) == ([], [], "")


@pytest.mark.parametrize("junk", [None, 5, "x", [], [1], {"a": 1}, [["a"]], float("nan"), float("inf"), -1])
def test_whatever_stands_in_a_field_the_record_is_whole_afterwards(junk):
    """Files are edited by hand, and written by other programs."""
    for field in begun(NOW):
        record = complete({field: copy.deepcopy(junk)}, NOW, 100)
        assert record.keys() >= begun(NOW).keys()
        assert complete(unpack(pack(record)), NOW, 100).keys() >= begun(NOW).keys()
        assert len(record["comments"]) == len(record["comment_times"])
        assert 0 <= record["bond"] <= 1


# Facts


@pytest.mark.parametrize(
    ("comment", "facts"),
    [
        ("hi, i live in Berlin and I love cats!", ["lives in Berlin", "loves cats"]),
        ("Ich wohne in München. Ich mag Katzen", ["wohnt in München", "mag Katzen"]),
        ("I'm 23 years old", ["is 23 years old"]),
        ("Ich bin eine Lehrerin und ich habe zwei Hunde", ["ist eine Lehrerin", "hat zwei Hunde"]),
        ("my favorite game is Minecraft", ["favorite game: Minecraft"]),
        ("meine Katze heißt Mimi", ["Katze: Mimi"]),
        ("I love you", []),
        ("i love this stream so much", []),
        ("do you think i live in Rome?", []),
        ("he said i am a cat", []),
        ("my sister lives in Rome", []),
        ('"i live in Rome" she said', []),
        ("!say i live in Rome", []),
        ("", []),
    ],
)
def test_only_what_the_writer_says_of_themselves_is_a_fact(comment: str, facts: list[str]):
    assert facts_in(comment) == facts


@given(st.text(max_size=400))
def test_no_text_breaks_the_patterns(text: str):
    assert all(len(fact) < 200 for fact in facts_in(text))


def test_nothing_is_noted_without_the_switch():
    memory = load_memory(":memory:")
    remember_event(memory, "anna", "comment", "i live in Rome")
    assert memory["users"]["anna"]["facts"] == []
