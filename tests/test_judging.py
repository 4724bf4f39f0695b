"""What a comment is worth: what it asks, whom it speaks to, and who wrote it."""

from typing import Any

import pytest

from events import LiveEvent
from mind.judging import Judge, Judgement
from settings import Settings
from tests.fakes import comment


def judged(text: str, known: tuple[str, ...] = (), names: tuple[str, ...] = ("Pal",), **details: Any) -> Judgement:
    settings = Settings.of({"tiktok": {"unique_id": "@streamer"}})
    return Judge(settings, lambda: names).judge(comment(text, **details), known)


def test_the_score_is_the_sum_of_named_parts():
    """So that a card can tell why."""
    found = judged("Pal, how does this work?", ("gifter",))

    assert dict(found.parts) == {"relevance": 1.0, "addressed": 0.3, "relation": 0.2}
    assert found.score == 1.5
    assert (found.relation, found.refusal) == ("gifter", "")


@pytest.mark.parametrize(
    ("text", "details", "addressed"),
    [
        ("pal what game is this", {}, 0.3),
        ("what game is this @PAL", {}, 0.3),
        ("what game is this", {"mentions": ("pal",)}, 0.3),
        ("palace games are what", {}, 0.0),
        ("do you like cats?", {}, 0.15),
        ("magst du Katzen?", {}, 0.15),
        ("i like you", {}, 0.0),
        ("what about this?", {"mentions": ("streamer",)}, 0.0),
        ("@bob what do you say?", {"mentions": ("bob",)}, 0.0),
        ("@streamer what do you say?", {"mentions": ("streamer",)}, 0.15),
        ("pal, is this for me?", {"mentions": ("bob", "pal")}, 0.3),
    ],
)
def test_whom_it_speaks_to(text: str, details: dict[str, Any], addressed: float):
    assert dict(judged(text, **details).parts)["addressed"] == addressed


def test_a_short_order_to_the_pal_is_answered_and_the_same_to_nobody_is_not():
    assert judged("Pal sing something").refusal == ""
    assert judged("sing something").refusal == "not_relevant"


def test_talk_among_viewers_is_left_alone_and_the_reason_says_so():
    assert judged("@bob how are you?", mentions=("bob",)).refusal == "to_somebody_else"
    assert judged("what do you think of @bob?", mentions=("bob",)).refusal == ""
    assert judged("@bob nice", mentions=("bob",)).refusal == "not_relevant"


@pytest.mark.parametrize(
    ("known", "details", "relation", "part"),
    [
        ((), {}, "", 0.0),
        (("new",), {}, "new", 0.12),
        (("regular", "subscriber"), {}, "subscriber", 0.16),
        ((), {"roles": frozenset({"top_gifter", "follower"})}, "top_gifter", 0.2),
        ((), {"moderator": True}, "moderator", 0.12),
        (("regular",), {"roles": frozenset({"friend"})}, "regular", 0.1),
    ],
)
def test_who_wrote_it(known: tuple[str, ...], details: dict[str, Any], relation: str, part: float):
    found = judged("why is that so?", known, **details)

    assert (found.relation, dict(found.parts)["relation"]) == (relation, part)


def test_a_supporter_does_not_become_worth_answering_by_the_gifts_alone():
    """The bonus decides who goes first, or every "lol" of a gifter would be answered."""
    assert judged("lol so close", ("gifter",)).refusal == "not_relevant"


def test_a_greeting_to_the_pal_is_a_mere_greeting_still():
    assert judged("hi pal").greeting
    assert judged("thanks pal").thanks
    assert not judged("hi pal, what game is this?").greeting


@pytest.mark.parametrize(
    "text",
    [
        "how do I subscribe?",
        "did you check out the new boss?",
        "when is the next event for a subscriber?",
        "I will subscribe when you check out my favourite game, what do you think?",
        "Soll ich abonnieren oder erst den Stream anschauen?",
    ],
)
def test_ordinary_sentences_with_the_words_of_spammers_are_no_spam(text: str):
    assert judged(text).refusal == ""


@pytest.mark.parametrize(
    "text",
    [
        "你最喜欢的颜色是什么",
        "何が好きですか",
        "какой твой любимый цвет?",
        "ما هو لونك المفضل؟",
        "ποιο είναι το χρώμα σου;",
        "뭐 해요?",
        "คุณชื่ออะไร",
    ],
)
def test_questions_in_other_scripts_are_answered(text: str):
    assert judged(text).refusal == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [("???", "too_short"), ("🔥🔥🔥🔥", "too_short"), ("a; b", "not_relevant"), ("加油", "not_relevant")],
)
def test_what_asks_nothing_is_not(text: str, reason: str):
    """Also where it is made of question marks, and where a semicolon is no Greek question mark."""
    assert judged(text).refusal == reason


def test_names_of_the_pal_are_looked_up_at_each_comment():
    """A persona can be switched while live."""
    names = ["Pal"]
    judge = Judge(Settings(), lambda: tuple(names))
    event: LiveEvent = comment("juno sing")
    before = judge.judge(event).score
    names[0] = "Juno"

    assert judge.judge(event).score == pytest.approx(before + 0.3)


def test_a_name_is_text_and_no_pattern():
    assert judged("what is a+b", names=("(a+",)).refusal == ""
