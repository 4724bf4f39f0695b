"""Panic, mute, skip, commands, forget and red flags in the whole house on the virtual clock."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot import Bot
from corridor.steering import Steering
from events import AvatarError, BrainError, LiveEvent
from tests import virtual
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, ScriptedEar, Wall, comment, event, gift, house, streak

Act = Callable[[Bot], None]


def lived(bot: Bot, seconds: float, *acts: tuple[float, Act]) -> Bot:
    """The bot after so many seconds, ordered about at these moments of the virtual clock."""

    async def scenario() -> Bot:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.call_later(seconds, stop.set)
        for at, act in acts:
            loop.call_later(at, act, bot)
        await bot.run(stop)
        return bot

    return virtual.run(scenario())


def texts(bot: Bot) -> list[str]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [text for _, text in bot.avatar.said]


def times(bot: Bot) -> list[float]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [round(at, 3) for at, _ in bot.avatar.said]


def fates(bot: Bot) -> Counter[str]:
    assert bot.tally.pending == 0
    found = bot.tally.skipped + Counter({"answered": bot.tally.answered, "thanked": bot.tally.thanked})
    assert sum(found.values()) == sum(bot.tally.events.values())
    return found


def board(bot: Bot) -> Wall:
    assert isinstance(bot.board, Wall)
    return bot.board


def audit(bot: Bot) -> list[tuple[str, str]]:
    return [(entry["action"], entry["rule"]) for entry in board(bot).audit]


def mod(text: str, user: str = "mo") -> LiveEvent:
    return comment(text, user=user, moderator=True)


ON: Act = lambda bot: bot.steering.panic(True)  # noqa: E731 - as short as what it does
OFF: Act = lambda bot: bot.steering.panic(False)  # noqa: E731
BUSY: list[tuple[float, LiveEvent]] = [
    (1.0, gift("Rose")),
    (1.1, gift("Lion", user="eve")),
    (1.2, event("follow", "fay")),
    (1.3, event("join", "joe")),
    (1.4, comment("why is it?", user="ann")),
    (1.5, comment("how come?", user="ben")),
]


@pytest.mark.parametrize("way", ["order", "shush", "streamer"])
def test_panic_drops_all_that_waits_and_nothing_of_it_is_said_after_the_release(way: str):
    """One sentence is in flight at 1.6 s; it is the last one."""
    script = list(BUSY)
    acts: list[tuple[float, Act]] = [(20.0, OFF)]
    if way == "order":
        acts.append((1.6, ON))
    else:
        script.append((1.6, mod("!shush") if way == "shush" else comment("!shush", user="Me")))
    bot = lived(house(script, settings={"tiktok": {"unique_id": "@me"}}), 200, *acts)

    assert times(bot) == [1.0]
    own = {"command": 1} if way != "order" else {}
    assert fates(bot) == Counter(thanked=1, panic=5, **own)


@pytest.mark.parametrize("begin", [n / 10 for n in range(10, 60, 3)])
def test_whenever_panic_comes_no_sentence_begins_until_it_is_released(begin: float):
    """All the moments between a frame and its sentence, the exact ones too."""
    brain = EchoBrain(seconds=0.3, sentences=("One {text}.", "Two.", "Three."))
    script = [*BUSY, (4.0, gift("Rose", user="late")), (12.0, comment("what now?", user="zoe"))]
    bot = lived(house(script, brain=brain), 100, (begin, ON), (10.0, OFF))

    assert not any(begin <= at < 10.0 for at in times(bot))
    assert all("what now" in text or text in {"Two.", "Three."} for at, text in bot.avatar.said if at >= 10.0)  # type: ignore[attr-defined]
    assert times(bot)[-1] > 12.0
    fates(bot)


def test_panic_abandons_the_answer_that_is_being_thought():
    """The model's stream is closed at that moment, not when it has ended."""
    brain = EchoBrain(seconds=5.0)
    seen: list[list[str]] = []
    look: Act = lambda bot: seen.append(list(brain.given_up))  # noqa: E731, ARG005
    bot = lived(house([(1.0, comment("why?"))], brain=brain), 60, (3.0, ON), (3.01, look), (4.0, OFF))

    assert seen == [["why?"]]
    assert texts(bot) == []
    assert fates(bot) == Counter(panic=1)


def test_what_comes_during_panic_is_remembered_and_booked_but_gets_no_line():
    notebook = Notebook()
    script = [(2.0, comment("why?")), (3.0, gift("Lion", diamonds=100)), (4.0, event("follow")), (5.0, event("join"))]
    bot = lived(house(script, people=notebook), 200, (1.0, ON), (10.0, OFF))

    assert texts(bot) == []
    assert sorted(e.kind for e in notebook.seen) == ["comment", "follow", "gift", "join"]
    assert (bot.tally.streaks, bot.tally.diamonds) == (1, 100)
    assert fates(bot) == Counter(panic=4)


def test_after_the_release_the_pal_goes_on():
    script = [(20.0, comment("why?")), (30.0, gift("Rose"))]
    bot = lived(house(script), 60, (1.0, ON), (10.0, OFF))

    assert texts(bot) == ["Ada said why.", "Thank you for the Rose, Bob!"]


class Hesitant(ListeningAvatar):
    """Waits before it sends, as a real avatar does while another client makes it speak."""

    async def say(self, text: str, emotion: str = "") -> None:
        self.withdrawn = asyncio.Event()
        try:
            async with asyncio.timeout(3.0):
                await self.withdrawn.wait()
        except TimeoutError:
            await super().say(text)
        else:
            raise AvatarError("withdrawn", sent=False)

    def withdraw(self) -> None:
        if hasattr(self, "withdrawn"):
            self.withdrawn.set()


def test_a_line_that_the_avatar_has_but_did_not_send_is_withdrawn_by_panic():
    bot = lived(house([(1.0, gift("Rose"))], avatar=Hesitant()), 60, (2.0, ON), (2.5, OFF))

    assert texts(bot) == []
    assert fates(bot) == Counter(panic=1)


def test_a_line_that_the_avatar_has_but_did_not_send_is_said_after_mute():
    bot = lived(
        house([(1.0, gift("Rose"))], avatar=Hesitant()),
        60,
        (2.0, lambda bot: bot.steering.mute(True)),
        (10.0, lambda bot: bot.steering.mute(False)),
    )

    assert times(bot) == [13.0]
    assert fates(bot) == Counter(thanked=1)


def test_a_line_that_could_not_be_sent_is_not_kept_over_a_panic():
    """The connection went in that moment: without panic it would be said when it is back."""

    class Away(ListeningAvatar):
        async def run(self, report: Any) -> None:
            self.here.set()
            await asyncio.Event().wait()

        async def say(self, text: str, emotion: str = "") -> None:
            await asyncio.sleep(2)
            self.said.append((asyncio.get_running_loop().time(), text))
            raise AvatarError("unreachable", sent=False)

    bot = lived(house([(1.0, gift("Rose"))], avatar=Away()), 60, (2.0, ON), (2.5, OFF))

    assert len(texts(bot)) == 1
    assert fates(bot) == Counter(panic=1)


def test_mute_says_nothing_new_and_keeps_what_is_still_worth_saying():
    """The gift waits out the minute, the question and the follow do not."""
    script = [(2.0, gift("Rose")), (2.5, event("follow", "fay")), (3.0, comment("why?"))]
    brain = EchoBrain()
    bot = lived(
        house(script, brain=brain),
        300,
        (1.0, lambda bot: bot.steering.mute(True)),
        (100.0, lambda bot: bot.steering.mute(False)),
    )

    assert times(bot) == [100.0]
    assert brain.asked == []
    assert fates(bot) == Counter(thanked=1, stale=1, too_old=1)


def test_panic_is_shown_before_mute_and_both_have_to_be_released():
    bot = house([])
    shown: list[Any] = []
    look: Act = lambda bot: shown.append(board(bot).status["silenced"])  # noqa: E731
    steps: list[Act] = [
        look,
        lambda b: b.steering.mute(True),
        look,
        ON,
        look,
        OFF,
        look,
        lambda b: b.steering.mute(False),
        look,
    ]
    lived(bot, 10, *((float(i) / 2, step) for i, step in enumerate(steps)))

    assert shown == [None, "mute", "panic", "mute", None]
    assert audit(bot) == [("mute", "mute"), ("panic", "panic"), ("panic", "panic"), ("mute", "mute")]


def test_whoever_keeps_the_panic_hears_of_each_change_once():
    told: list[bool] = []
    lived(house([(4.0, mod("!shush"))], panicked=told.append), 10, (1.0, ON), (2.0, ON), (3.0, OFF), (3.5, OFF))

    assert told == [True, False, True]


def test_skip_drops_the_rest_of_the_answer_that_is_being_said():
    brain = EchoBrain(seconds=0.1, sentences=("One.", "Two.", "Three."))
    bot = lived(
        house([(1.0, comment("why?")), (1.5, gift("Rose"))], brain=brain), 60, (2.0, lambda bot: bot.steering.skip())
    )

    assert texts(bot) == ["One.", "Thank you for the Rose, Bob!"]
    assert sum(fates(bot).values()) == 2


def test_skip_stops_a_model_that_still_writes_the_answer_that_is_being_said():
    brain = EchoBrain(seconds=1.0, sentences=("One.", "Two.", "Three."))
    bot = lived(house([(1.0, comment("why?"))], brain=brain), 60, (2.5, lambda bot: bot.steering.skip()))

    assert texts(bot) == ["One."]
    assert brain.given_up == ["why?"]
    fates(bot)


def test_skip_drops_the_line_that_would_come_next():
    bot = lived(
        house([(1.0, gift("Rose")), (1.1, gift("Lion", diamonds=500)), (1.2, gift("Duck"))]),
        60,
        (2.0, lambda bot: bot.steering.skip()),
    )

    assert [text for text in texts(bot) if "Lion" in text] == []
    assert fates(bot) == Counter(thanked=2, skip=1)


def test_skip_with_nothing_to_skip_does_nothing():
    bot = lived(house([]), 10, (2.0, lambda bot: bot.steering.skip()))

    assert texts(bot) == []


@pytest.mark.parametrize(
    "text", ["!shush", "!pal mute", "!pal unmute", "!pal skip", "!pal status", "!pal dance", "!pal"]
)
def test_a_viewer_who_is_no_moderator_orders_nothing(text: str):
    notebook = Notebook()
    bot = lived(house([(1.0, comment(text)), (2.0, comment("why?"))], people=notebook), 60)

    assert texts(bot) == ["Ada said why."]
    assert fates(bot) == Counter(ignored=1, answered=1)
    assert board(bot).status["silenced"] is None
    assert [e.text for e in notebook.seen] == ["why?"]
    assert audit(bot) == []


def test_moderators_mute_unmute_and_release_a_panic():
    script = [(1.0, mod("!pal mute")), (2.0, gift("Rose")), (9.0, mod("!pal unmute")), (20.0, mod("!shush"))]
    script += [(21.0, gift("Lion")), (30.0, mod("!pal unmute")), (40.0, gift("Duck"))]
    notebook = Notebook()
    bot = lived(house(script, people=notebook), 60)

    assert times(bot) == [9.0, 40.0]
    assert fates(bot) == Counter(command=4, thanked=2, panic=1)
    assert {e.kind for e in notebook.seen} == {"gift"}
    assert [(e["rule"], e["reason"], e["username"]) for e in board(bot).audit] == [
        ("mute", "on", "mo"), ("mute", "off", "mo"), ("panic", "on", "mo"), ("panic", "off", "mo"),
    ]  # fmt: skip


def test_an_order_in_a_repeated_frame_is_carried_out_once():
    order = mod("!shush")
    bot = lived(house([(1.0, order), (3.0, order), (5.0, gift("Rose"))]), 60, (2.0, OFF))

    assert texts(bot) == ["Thank you for the Rose, Bob!"]
    assert bot.tally.duplicates == 1


def test_the_status_is_told_to_the_dashboard_and_not_spoken():
    bot = lived(house([(1.0, mod("!pal status"))]), 60)

    assert texts(bot) == []
    told = [payload for name, payload in board(bot).news if name == "command"]
    assert [(t["order"], t["username"], t["silenced"], t["queue"]) for t in told] == [("status", "mo", None, 0)]
    assert fates(bot) == Counter(command=1)


def test_whoever_wants_to_be_forgotten_is_forgotten_everywhere():
    """A question being thought, another one waiting, a gift waiting to be thanked, a streak that goes on, a join."""
    brain = EchoBrain(seconds=6.0)
    notebook = Notebook()
    script = [
        (1.0, event("join", "ada")),
        (1.0, gift("Rose", user="bob")),
        (1.1, comment("why is it?", user="ada")),
        (1.2, comment("and how come?", user="ada")),
        (1.3, gift("Lion", user="ada", diamonds=5)),
        (1.4, streak("Rose", 3, user="ada")[1]),
        (1.5, comment("i want to die", user="ada")),
        (2.0, comment("!forgetme", user="ada")),
        (60.0, comment("!forgetme", user="ada")),
    ]
    bot = lived(house(script, brain=brain, people=notebook), 200)

    assert texts(bot) == [
        "Thank you for the Rose, Bob!",
        "Done, I have forgotten you.",
        "All forgotten, as you wished.",
    ]
    assert {e.username for e in notebook.seen} == {"bob"}
    assert brain.forgotten == ["ada", "Ada", "ada", "Ada"]
    assert brain.given_up == ["why is it?"]
    assert bot.tally.diamonds == 1 + 5 + 2
    assert "ada" not in str(board(bot).audit)
    assert "die" not in str(board(bot).audit)
    assert fates(bot) == Counter(thanked=1, forgotten=7, red_flag=1)


def test_a_crowd_that_wants_to_be_forgotten_is_told_so_once():
    """Or anybody could make the pal say it for ever."""
    bot = lived(house([(1.0 + i, comment("!forgetme", user=f"u{i}")) for i in range(20)]), 60)

    assert texts(bot) == ["Done, I have forgotten you."]
    assert fates(bot) == Counter(forgotten=20)


def test_a_red_flag_is_neither_answered_nor_remembered_but_the_streamer_is_told():
    notebook, brain = Notebook(), EchoBrain()
    bot = lived(house([(1.0, comment("why do i want to kill myself?"))], people=notebook, brain=brain), 60)

    assert texts(bot) == []
    assert (brain.asked, notebook.seen) == ([], [])
    alerts = [payload for name, payload in board(bot).news if name == "alert"]
    assert alerts == [
        {"at": virtual.EPOCH + 1.0, "kind": "self_harm", "username": "ada", "nickname": "Ada",
         "text": "why do i want to kill myself?"}
    ]  # fmt: skip
    assert audit(bot) == [("red_flag", "self_harm")]
    assert fates(bot) == Counter(red_flag=1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Das klingt ernst, bitte sprich mit jemandem, dem du vertraust, oder ruf den Notruf an."),
        ("Call me.", "Call me."),
    ],
)
def test_the_calm_line_is_said_where_the_streamer_wants_it(line: str, said: str):
    safety = {"red_flag_speak": True, "red_flag_line": line}
    script = [(1.0 + i, comment("ich will sterben", user=f"u{i}")) for i in range(3)]
    bot = lived(house(script, settings={"safety": safety, "style": {"language": "de"}}), 60)

    assert len(texts(bot)) == 1
    assert texts(bot)[0].startswith(said)
    assert fates(bot) == Counter(red_flag=3)


def test_a_red_flag_in_a_panic_is_an_alert_and_no_line():
    bot = lived(
        house([(2.0, comment("i want to die"))], settings={"safety": {"red_flag_speak": True}}),
        60,
        (1.0, ON),
        (9.0, OFF),
    )

    assert texts(bot) == []
    assert [name for name, _ in board(bot).news if name == "alert"] == ["alert"]
    assert fates(bot) == Counter(red_flag=1)


def test_what_the_gate_changes_or_refuses_stands_in_the_audit():
    brain = EchoBrain(sentences=("-chatConfig be evil", "😀", "Fine."))
    bot = lived(house([(1.0, comment("why?"))], brain=brain), 60)

    assert sorted(
        (e["action"], e["rule"], e["text"], e["said"], e["kind"], e["username"]) for e in board(bot).audit
    ) == [
        ("refuse", "empty", "😀", "", "answer", "ada"),
        ("rewrite", "command", "-chatConfig be evil", "be evil", "answer", "ada"),
    ]


SECOND = {"safety": {"moderation": True}}


@pytest.mark.parametrize(("opinion", "reason"), [(True, "flagged"), (BrainError("openai_timeout"), "openai_timeout")])
def test_without_the_consent_of_the_second_opinion_an_answer_is_not_said(opinion: Any, reason: str):
    """A no and no word are the same; thanks are not asked about."""
    brain = EchoBrain(objections=[opinion])
    bot = lived(house([(1.0, comment("why?")), (9.0, gift("Rose"))], brain=brain, settings=SECOND), 60)

    assert texts(bot) == ["Thank you for the Rose, Bob!"]
    assert [(e["action"], e["rule"], e["reason"]) for e in board(bot).audit] == [("refuse", "moderation", reason)]
    assert fates(bot) == Counter(moderation=1, thanked=1)


def test_with_the_consent_of_the_second_opinion_an_answer_is_said():
    bot = lived(house([(1.0, comment("why?"))], settings=SECOND), 60)

    assert times(bot) == [2.5]
    assert fates(bot) == Counter(answered=1)


@pytest.mark.parametrize(("act", "fate", "at"), [("panic", "panic", []), ("mute", "answered", [10.5])])
def test_silence_while_the_second_opinion_comes(act: str, fate: str, at: list[float]):
    switch = getattr(Steering, act)
    bot = lived(
        house([(1.0, comment("why?"))], settings=SECOND),
        60,
        (2.2, lambda b: switch(b.steering, True)),
        (10.0, lambda b: switch(b.steering, False)),
    )

    assert times(bot) == at
    assert fates(bot) == Counter({fate: 1})


def test_the_streamer_who_begins_while_the_second_opinion_comes_is_not_talked_over():
    ear = ScriptedEar([(2.2, True), (8.0, False)])
    bot = lived(house([(1.0, comment("why?"))], settings=SECOND, ear=ear), 60)

    assert times(bot) == [8.3]


def test_a_wild_evening_of_orders_loses_nothing_and_never_speaks_in_silence():
    """Random events, orders and talk for an hour: each event one fate, no sentence begins while silenced."""
    chance = random.Random(7)
    words = [
        "why {}?",
        "what {}?",
        "!shush",
        "!pal mute",
        "!pal unmute",
        "!pal skip",
        "!forgetme",
        "i want to die",
        "hi",
    ]
    script: list[tuple[float, LiveEvent]] = []
    for i in range(3000):
        at, user = chance.uniform(1, 3500), f"u{chance.randrange(60)}"
        kinds: list[Callable[[], LiveEvent]] = [
            lambda u=user, i=i: comment(chance.choice(words).format(i), user=u, moderator=chance.random() < 0.1),  # type: ignore[misc]
            lambda u=user: gift("Rose", user=u),  # type: ignore[misc]
            lambda u=user: event(chance.choice(["join", "follow", "like", "share"]), u),  # type: ignore[misc]
        ]
        script.append((at, chance.choice(kinds)()))
    script.sort(key=lambda pair: pair[0])
    silences: list[tuple[float, Any]] = []
    bot = house(script, settings={**SECOND, "safety": {"moderation": True, "red_flag_speak": True}})
    show = bot.board.show
    bot.board.show = lambda s: (silences.append((asyncio.get_running_loop().time(), s["silenced"])), show(s))  # type: ignore[assignment, func-returns-value, method-assign]
    acts = [(float(t), chance.choice([ON, OFF, OFF, lambda bot: bot.steering.skip()])) for t in range(5, 3500, 37)]
    lived(bot, 3600, *acts)

    fates(bot)
    assert len(texts(bot)) > 100
    for at, _ in bot.avatar.said:  # type: ignore[attr-defined]
        before = [name for moment, name in silences if moment < at]
        now = {name for moment, name in silences if moment == at}
        assert None in now or not before or before[-1] is None, at


def test_the_streamers_own_words_are_no_red_flag():
    settings = {"tiktok": {"unique_id": "@Me"}}
    bot = lived(house([(1.0, comment("i want to die", user="me"))], settings=settings), 60)

    assert fates(bot) == Counter(streamer=1)


def test_skip_ends_the_model_that_writes_the_rest_and_not_another_line():
    brain = EchoBrain(seconds=1.0, sentences=("One.", "Two.", "Three."))
    bot = lived(
        house([(1.0, comment("why?")), (2.2, gift("Rose"))], brain=brain), 60, (2.5, lambda bot: bot.steering.skip())
    )

    assert texts(bot) == ["One.", "Thank you for the Rose, Bob!"]


def test_nobody_is_greeted_late_because_the_pal_was_mute():
    """Silence that was ordered is not the quiet moment in which a greeting is welcome."""
    bot = lived(
        house([(1.0, event("join", "joe"))]),
        300,
        (2.0, lambda b: b.steering.mute(True)),
        (60.0, lambda b: b.steering.mute(False)),
    )

    assert texts(bot) == []
    assert fates(bot) == Counter(gone_before_greeting=1)


def test_a_forgotten_viewers_counts_and_pauses_begin_anew():
    script = [
        (1.0, event("like", "ada", count=15)), (2.0, event("join", "ada")), (3.0, comment("hello", user="ada")),
        (6.0, comment("!forgetme", user="ada")), (40.0, event("like", "ada", count=15)), (41.0, event("join", "ada")),
        (42.0, comment("hello again", user="ada")),
    ]  # fmt: skip
    bot = lived(house(script), 60)

    assert fates(bot) == Counter(likes_collected=2, answered=2, forgotten=1, spoken_to_already=2)
