"""A comment that moderation deletes is neither answered nor repeated, whenever the deletion comes. Virtual time."""

from collections.abc import Callable
from typing import Any

import pytest

from bot import Bot
from events import AvatarError, LiveEvent
from live.deleted import KEPT, Deleted
from tests import virtual
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, Wall, comment, event, house, live

ANSWER = ("First.", "Second.", "Third.")


def deletion(*targets: str, **details: Any) -> LiveEvent:
    what = event("delete", "", **details)
    object.__setattr__(what, "targets", frozenset(targets))
    return what


def number(what: LiveEvent) -> str:
    return what.key.rpartition(":")[2]


BY: dict[str, Callable[[LiveEvent], str]] = {"message": number, "viewer": lambda what: what.user_id}


def lived(script: list[tuple[float, LiveEvent]], seconds: float = 60, **parts: Any) -> Bot:
    bot = virtual.run(live(house(script, **parts), seconds))
    assert bot.tally.pending == 0
    return bot


def texts(bot: Bot) -> list[str]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [text for _, text in bot.avatar.said]


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0.0, []),  # before anything was thought
        (0.5, []),  # while it is thought about
        (1.5, ["First."]),  # the first sentence is in flight, the next one is thought
        (2.5, ["First."]),  # the second one waits in the outbox
        (3.5, ["First.", "Second."]),
        (7.5, ["First.", "Second.", "Third."]),
    ],
)
def test_whenever_the_deletion_comes_only_the_sentence_in_flight_ends(by: str, after: float, said: list[str]):
    bad = comment("why?")
    brain = EchoBrain(seconds=1.0, sentences=ANSWER)
    bot = lived([(1.0, bad), (1.0 + after, deletion(BY[by](bad)))], brain=brain)

    assert texts(bot) == said
    assert bot.tally.skipped["noted"] == 1
    assert bot.tally.answered + bot.tally.skipped["deleted"] == 1
    assert (bot.tally.skipped["deleted"] == 1) is (after < 3.0)


@pytest.mark.parametrize("by", BY)
def test_a_question_that_waits_is_withdrawn_and_the_next_one_is_answered(by: str):
    bad = comment("what about this?", user="bad")
    script = [(1.0, comment("why?", user="one")), (1.1, bad), (1.2, comment("how come?", user="two"))]
    bot = lived([*script, (1.5, deletion(BY[by](bad)))])

    assert not any("this" in text for text in texts(bot))
    assert isinstance(bot.brain, EchoBrain)
    assert not any("this" in text for _, text, _ in bot.brain.asked)
    assert any("how come" in text for text in texts(bot))
    assert bot.tally.skipped["deleted"] == 1


def test_the_model_is_not_listened_to_any_more():
    bad, brain = comment("why?"), EchoBrain(seconds=5.0)
    lived([(1.0, bad), (2.0, deletion(number(bad)))], brain=brain)

    assert brain.given_up == ["why?"]


def test_what_waits_to_be_said_goes_at_once():
    """Shown any longer, the dashboard would repeat it."""
    bad, wall = comment("why?"), Wall()
    script = [(1.0, bad), (3.5, deletion(number(bad))), (3.8, event("follow", "fay"))]
    seen: list[int] = []

    class Watching(Notebook):
        def remember(self, what: LiveEvent) -> None:
            if what.kind.value == "follow":
                seen.append(bot._waits.outbox.waiting("answer"))

    bot = house(script, brain=EchoBrain(sentences=ANSWER), people=Watching(), board=wall)
    virtual.run(live(bot, 30))
    assert seen == [0]


def test_a_sentence_that_was_taken_but_not_sent_is_withdrawn():
    """It would come back into the outbox like one that a lost connection held up."""

    class Hesitant(ListeningAvatar):
        def withdraw(self) -> None:
            self.withdrawn = True

        async def say(self, text: str, emotion: str = "") -> None:
            import asyncio

            for _ in range(30):
                await asyncio.sleep(0.1)
                if getattr(self, "withdrawn", False):
                    self.withdrawn = False
                    raise AvatarError("withdrawn", sent=False)
            await super().say(text, emotion)

    bad = comment("why?")
    bot = lived([(1.0, bad), (3.0, deletion(number(bad)))], avatar=Hesitant(), brain=EchoBrain(sentences=("No.",)))
    assert texts(bot) == []
    assert bot.tally.skipped["deleted"] == 1


def test_a_sentence_under_second_opinion_is_not_said():
    bad = comment("why?")
    brain = EchoBrain(seconds=1.0, sentences=("No.",), opinion_seconds=3.0)
    bot = lived([(1.0, bad), (3.0, deletion(number(bad)))], brain=brain, settings={"safety": {"moderation": True}})

    assert texts(bot) == []
    assert bot.tally.skipped["deleted"] == 1


def test_a_deleted_comment_that_comes_once_more_is_not_even_shown():
    """A new connection brings old comments, and the deletion may overtake."""
    bad = comment("why?", key="WebcastChatMessage:77", created=5.0)
    wall = Wall()
    bot = lived([(1.0, deletion("77")), (2.0, bad)], board=wall)

    assert texts(bot) == []
    assert [payload["text"] for name, payload in wall.news if name == "event"] == [""]
    assert bot.tally.skipped["deleted"] == 1


def test_what_a_viewer_writes_after_their_messages_were_deleted_counts_again():
    bad = comment("why?", user="bad", created=5.0)
    later = comment("how come?", user="bad", created=30.0)
    script = [(1.0, bad), (1.1, deletion("id-bad", created=6.0)), (20.0, later)]
    bot = lived(script, settings={"comment": {"per_user_cooldown": 0}})

    assert texts(bot) == ["Bad said how come."]


def test_a_comment_that_claims_to_be_from_the_future_is_deleted_with_its_viewers_others():
    bad = comment("why?", user="bad", created=5.0e9)

    assert texts(lived([(1.0, bad), (1.1, deletion("id-bad", created=6.0))])) == []


def test_memory_and_kept_answers_know_nothing_of_it():
    people, brain = Notebook(), EchoBrain()
    bad, good = comment("bad words?", user="bad"), comment("good words?", user="bad")
    lived([(1.0, bad), (1.1, good), (30.0, deletion(number(bad)))], people=people, brain=brain)

    assert [what.text for what in people.seen] == ["good words?"]
    assert brain.forgotten == ["bad"]


def test_gifts_and_follows_of_a_viewer_whose_messages_go_are_thanked_all_the_same():
    script = [(1.0, event("follow", "bad")), (1.1, deletion("id-bad"))]
    assert lived(script).tally.thanked == 1


def test_an_empty_deletion_deletes_nothing():
    bot = lived([(1.0, comment("why?")), (1.0, deletion())])
    assert bot.tally.answered == 1


def test_it_does_not_grow_for_ever():
    known = Deleted()
    for n in range(KEPT + 50):
        known.came(comment("x", key=f"m:{n}"))
    assert known.add(deletion("10")) == []
    assert [what.key for what in known.add(deletion(str(KEPT)))] == [f"m:{KEPT}"]
    known.add(deletion(*(f"u{n}" for n in range(KEPT + 50))))
    assert len(known._targets) == KEPT
