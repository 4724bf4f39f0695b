"""What else happens in a live: each in its place, none in a person's memory where it is nobody's. Virtual time."""

from collections import Counter
from typing import Any

import pytest

from bot import Bot
from events import Link, LinkState, LiveEvent
from live.links import Links
from tests import virtual
from tests.fakes import ListeningAvatar, Notebook, Wall, comment, event, house, live

ROOM = ("viewers", "poll", "battle", "pause", "resume", "end", "treasure")


def lived(script: list[tuple[float, LiveEvent]], seconds: float = 60, **parts: Any) -> Bot:
    bot = virtual.run(live(house(script, **parts), seconds))
    assert bot.tally.pending == 0
    return bot


def texts(bot: Bot) -> list[str]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [text for _, text in bot.avatar.said]


@pytest.mark.parametrize("kind", ROOM)
def test_what_the_room_does_is_shown_and_is_in_nobodys_memory(kind: str):
    people, wall = Notebook(), Wall()
    bot = lived([(1.0, event(kind, total=12))], people=people, board=wall)

    assert people.seen == []
    assert bot.tally.skipped == Counter(noted=1)
    assert [(payload["kind"], payload["total"]) for name, payload in wall.news if name == "event"] == [(kind, 12)]


def test_status_has_the_latest_number_of_viewers_until_the_end():
    wall = Wall()
    lived([(1.0, event("viewers", total=12)), (2.0, event("viewers", total=15))], board=wall)
    assert wall.status["viewers"] == 15
    lived([(1.0, event("viewers", total=12)), (2.0, event("end"))], board=wall)
    assert wall.status["viewers"] is None


def test_a_question_is_answered_like_a_comment_and_remembered_as_one():
    people = Notebook()
    bot = lived([(1.0, event("question", text="favourite food?"))], people=people)

    assert texts(bot) == ["Ada said favourite food."]
    assert bot.tally.answered == 1
    assert [(what.kind.value, what.text) for what in people.seen] == [("comment", "favourite food?")]


def test_a_question_is_judged_by_relevance_and_red_flags_too():
    bot = lived([(1.0, event("question", text="https://example.com")), (2.0, event("question", text="!shush"))])
    assert bot.tally.skipped == Counter(ignored=2)


def test_stickers_are_a_sign_of_life_and_not_read_out():
    people = Notebook()
    script = [
        (1.0, event("emote", emotes=("7",))),
        (2.0, comment("🥰🥰🥰?", emotes=("7", "8"))),
        (3.0, comment("why? 🥰", user="bob", emotes=("7",))),
    ]
    bot = lived(script, people=people)

    assert [what.kind.value for what in people.seen] == ["emote", "comment", "comment"]
    assert bot.tally.skipped == Counter(noted=1, emotes_only=1)
    assert bot.tally.answered == 1


def test_a_comment_that_is_brought_again_under_another_id_is_the_same():
    """What a new connection brings of old comments is not known to keep its ids."""
    script = [(at, comment("why?", key=key, created=5.0)) for at, key in ((1.0, "a:1"), (2.0, "a:2"), (3.0, "a:1"))]
    bot = lived(script)

    assert bot.tally.duplicates == 2
    assert bot.tally.events == Counter(comment=1)


def test_an_honest_second_hi_counts():
    script = [
        (1.0, comment("hi", created=5.0)),
        (2.0, comment("hi", created=6.0)),
        (2.0, comment("hi", user="bob", created=5.0)),
        (3.0, comment("hi")),
    ]
    assert lived(script).tally.events == Counter(comment=4)


@pytest.mark.parametrize(
    ("link", "state"),
    [
        (Link(), "stopped"),
        (Link(state=LinkState.CONNECTING, code="tiktok_connecting"), "connecting"),
        (Link(state=LinkState.UP), "live"),
        (Link(state=LinkState.UP, code="tiktok_events_lost"), "live"),
        (Link(state=LinkState.UP, code="tiktok_paused"), "paused"),
        (Link(state=LinkState.WAITING, code="tiktok_ended"), "ended"),
        (Link(state=LinkState.WAITING, code="tiktok_offline"), "offline"),
        (Link(state=LinkState.WAITING, code="tiktok_unknown_name"), "offline"),
        (Link(state=LinkState.WAITING, code="tiktok_lost"), "connecting"),
        (Link(state=LinkState.WAITING, code="tiktok_rate_limited", params=(("until", "20:15"),)), "connecting"),
        (Link(state=LinkState.ERROR, code="tiktok_key_refused"), "error"),
    ],
)
def test_the_lives_state_is_told_with_its_reason_and_since_when(link: Link, state: str):
    now = [100.0]
    links = Links(lambda: None, clock=lambda: now[0])
    links.reporter("tiktok")(Link(state=LinkState.CONNECTING))
    now[0] = 200.0
    links.reporter("tiktok")(link)
    links.reporter("openai")(Link(state=LinkState.UP))
    told = links.status(lambda _: "", demo=False)["live"]

    assert (told["state"], told["code"], told["since"]) == (state, link.code, 200.0)
    assert told["until"] == dict(link.params).get("until")
