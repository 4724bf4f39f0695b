"""Thanks and greetings: each tier of gift and each kind of arrival has words of its own, and the gate lets them pass."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import EventKind, Thanks
from mind.courtesy import BIG_GIFT_PRIORITY, NOTICE_PRIORITY, Courtesy
from mind.gate import SafeMouth
from mind.phrases import DAY
from mind.templates import LINES
from settings import Settings
from tests.fakes import event, gift
from tests.virtual import EPOCH

HOUR = 3600.0


def courtesy(**settings: Any) -> Courtesy:
    known = Settings.of(settings)
    return Courtesy(known, SafeMouth(known))


def thanks(name: str, gift_name: str = "Rose", count: int = 1, user_id: str = "") -> Thanks:
    return Thanks(user_id=user_id or name, name=name, gift=gift_name, count=count)


@pytest.mark.parametrize(
    ("count", "diamonds", "words", "priority", "merged"),
    [
        (1, 1, "Thank you for the Rose, Bob!", 3, True),
        (99, 1, "Thank you for 99 times Rose, Bob!", 3, True),
        (100, 1, "Thank you for 100 times Rose, Bob!", 3, False),
        (1, 999, "Thank you for the Rose, Bob!", 3, False),
        (1, 1000, "Wow, a Rose from Bob, thank you so much!", BIG_GIFT_PRIORITY, False),
        (5, 200, "Wow, 5 times Rose from Bob, thank you so much!", BIG_GIFT_PRIORITY, False),
    ],
)
def test_the_tier_goes_by_what_the_whole_streak_is_worth(
    count: int, diamonds: int, words: str, priority: int, merged: bool
):
    line = courtesy().for_gift(gift("Rose"), "Rose", count, diamonds)

    assert (line.text, line.priority, bool(line.thanks)) == (words, priority, merged)


def test_big_gifts_go_before_everything_but_notices():
    highest = Settings.of(
        {"event_priority": dict.fromkeys(["gift", "follow", "subscribe", "share", "like", "join"], 9)}
    )

    assert max(highest.event_priority[name] for name in highest.event_priority) < BIG_GIFT_PRIORITY < NOTICE_PRIORITY


def test_the_tiers_are_settings():
    line = courtesy(thanks={"small_below": 0, "big_from": 5}).for_gift(gift("Rose"), "Rose", 4, 1)
    big = courtesy(thanks={"small_below": 0, "big_from": 5}).for_gift(gift("Rose"), "Rose", 5, 1)

    assert (bool(line.thanks), line.priority, big.priority) == (False, 3, BIG_GIFT_PRIORITY)


def test_small_gifts_of_several_viewers_are_one_sentence_that_counts_everything():
    """The issue's own example."""
    four = [thanks("Max", count=3), thanks("Anna"), thanks("Tom"), thanks("Eve", count=2)]

    assert courtesy().together(four, 140) == "Max, Anna and two more sent 7 Roses, thank you!"
    assert courtesy(style={"language": "de"}).together(four, 140) == (
        "Max, Anna und zwei weitere haben 7 Rosen geschickt, danke euch!"
    )


def test_gifts_of_different_sorts_are_called_gifts():
    assert (
        courtesy().together([thanks("Max"), thanks("Anna", "Lily", 2)], 140) == "Max and Anna sent 3 gifts, thank you!"
    )


def test_one_viewers_small_gifts_are_thanked_for_together():
    both = [thanks("Max"), thanks("Max", "Lily", 2)]

    assert courtesy().together(both, 140) == "Thank you for 3 gifts, Max!"


def test_two_viewers_who_cannot_be_named_are_two():
    friends = [thanks("my friend", user_id="1"), thanks("my friend", user_id="2")]

    assert courtesy().together(friends, 140) == "my friend and one more sent 2 Roses, thank you!"


@given(
    st.lists(st.tuples(st.text("abcdefghij", min_size=1, max_size=20), st.integers(1, 9)), min_size=2, max_size=50),
    st.sampled_from(["en", "de"]),
    st.integers(1, 8),
)
def test_merged_thanks_count_all_and_keep_to_their_length(given_: list[tuple[str, int]], language: str, most: int):
    every = [thanks(name, count=count, user_id=str(i)) for i, (name, count) in enumerate(given_)]
    text = courtesy(style={"language": language}, outbox={"max_items": most}).together(every, 100)

    assert str(sum(count for _, count in given_)) in text
    assert len(text) <= 100
    assert sum(name in text.split() for name in {name for name, _ in given_}) <= most


@pytest.mark.parametrize(
    ("away", "kind", "words"),
    [
        (None, "join", "Welcome, Ada!"),
        (60.0, "join", "Welcome, Ada!"),
        (HOUR, "back", "Welcome back, Ada!"),
        (13 * DAY, "back", "Welcome back, Ada!"),
        (14 * DAY, "missed", "Ada, we have not seen you for two weeks, welcome back!"),
        (70 * DAY, "missed", "Ada, we have not seen you for two months, welcome back!"),
    ],
)
def test_strangers_returning_and_long_missed_viewers_are_greeted_differently(away: float | None, kind: str, words: str):
    line = courtesy().for_arrival(event("join"), away, EPOCH)

    assert (line.kind, line.text.replace("{names}", "Ada")) == (kind, words)


def test_only_equal_absences_are_merged():
    one, other = (courtesy().for_arrival(event("join"), days * DAY, EPOCH) for days in (14, 70))

    assert one.alike != other.alike


def test_nobody_is_told_how_long_they_were_away_unless_the_streamer_wants_it():
    assert courtesy(join_rules={"missed_after_days": 0}).for_arrival(event("join"), 70 * DAY, EPOCH).kind == "back"


@pytest.mark.parametrize("kind", ["gift", "follow", "subscribe", "share", "like", "join"])
def test_every_priority_among_the_settings_is_used(kind: str):
    polite = courtesy(event_priority={kind: 7})
    line = {
        "gift": lambda e: polite.for_gift(e, "Rose", 1, 500),
        "like": lambda e: polite.for_likes(e, 1000),
        "join": lambda e: polite.for_arrival(e, 20 * DAY, EPOCH),
    }.get(kind, polite.for_event)(event(kind))

    assert line.priority == 7


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_gate_passes_every_wording_as_it_is(language: str):
    """Thanks for gifts and likes must not sound like begging, nor a big number like a telephone's."""
    known = Settings.of({"style": {"language": language}})
    polite, mouth = Courtesy(known, SafeMouth(known)), SafeMouth(known)
    lines = []
    for _ in range(max(len(wordings) for wordings in LINES[language].values())):
        lines += [
            polite.for_gift(gift("Galaxy"), "Galaxy", n, price) for n, price in itertools.product((1, 25), (1, 2000))
        ]
        lines += [polite.for_likes(event("like"), count) for count in (1000, 25_000, 1_234_000)]
        lines += [polite.for_arrival(event("join"), away, EPOCH) for away in (None, DAY, 14 * DAY, 400 * DAY)]
        lines += [polite.for_event(event(kind)) for kind in (EventKind.FOLLOW, EventKind.SHARE, EventKind.SUBSCRIBE)]
    texts = [line.text.replace("{names}", "Anna, Ben") for line in lines]
    texts += [
        polite.together([thanks("Max", g, 3), thanks(n, "Rose")], 140) for g in ("Rose", "Lily") for n in ("Max", "Eve")
    ] * 2

    for text in texts:
        assert (mouth.check(text).action, text) == ("pass", text)


@pytest.mark.parametrize("kind", ["gift", "like", "back", "missed", "join"])
def test_whatever_the_gate_refuses_there_are_harmless_words_instead(kind: str):
    for language in ("en", "de"):
        known = Settings.of({"style": {"language": language}})
        line = SafeMouth(known).fallback(kind)
        assert line
        assert "{" not in line
