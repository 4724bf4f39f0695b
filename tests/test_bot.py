"""The whole house on the virtual clock: scripted chat in, spoken lines out, and every event's fate known."""

import asyncio
import random
import re
from collections import Counter
from typing import Any

import pytest

from bot import Bot
from events import AvatarError, Link, LinkState, LiveEvent, SourceError
from tests import virtual
from tests.fakes import (
    Diary,
    EchoBrain,
    ListeningAvatar,
    Notebook,
    ScriptedEar,
    ScriptedSource,
    Wall,
    comment,
    event,
    gift,
    house,
    live,
    streak,
)


def spoken(bot: Bot) -> list[tuple[float, str]]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [(round(at, 3), text) for at, text in bot.avatar.said]


def texts(bot: Bot) -> list[str]:
    return [text for _, text in spoken(bot)]


def fates(bot: Bot) -> Counter[str]:
    return bot.tally.skipped + Counter({"answered": bot.tally.answered, "thanked": bot.tally.thanked})


def test_an_idle_pal_answers_the_moment_the_model_has_a_sentence():
    """Asked at 1 s, thought about for 1 s, spoken at 2 s: no window, no poll in between."""
    bot = virtual.run(live(house([(1.0, comment("what is this?"))]), 60))

    assert spoken(bot) == [(2.0, "Ada said what is this.")]
    assert bot.tally.latency()["question_to_speech"] == {"p50": 1.0, "p95": 1.0}


def test_an_answer_is_spoken_sentence_by_sentence_one_after_the_other():
    brain = EchoBrain(seconds=0.5, sentences=("First {text}.", "Second.", "Third."))
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain), 60))

    assert spoken(bot) == [(1.5, "First why."), (3.5, "Second."), (5.5, "Third.")]
    assert (bot.tally.answered, bot.tally.spoken) == (1, 3)


def test_a_repeated_frame_is_one_happening_and_two_equal_roses_are_two():
    rose, another = gift("Rose"), gift("Rose")
    bot = virtual.run(live(house([(1.0, rose), (2.0, rose), (20.0, another)]), 60))

    assert texts(bot) == ["Thank you for the Rose, Bob!", "Bob, thanks a lot for the Rose!"]
    assert bot.tally.duplicates == 1
    assert (bot.tally.streaks, bot.tally.diamonds) == (2, 2)


def test_a_streak_is_thanked_once_with_its_final_count():
    frames = streak("Rose", 5)
    script = [(1.0 + i * 0.3, frame) for i, frame in enumerate([*frames, *frames])]
    notebook = Notebook()
    bot = virtual.run(live(house(script, people=notebook), 60))

    assert texts(bot) == ["Thank you for 5 times Rose, Bob!"]
    assert bot.tally.duplicates == 6
    assert fates(bot) == Counter(streak_step=5, thanked=1)
    assert [(e.text, e.count) for e in notebook.seen] == [("Rose", 5)]


def test_a_streak_whose_end_never_comes_is_thanked_when_it_rests():
    script = [(1.0 + i, frame) for i, frame in enumerate(streak("Rose", 3)[:-1])]
    bot = virtual.run(live(house(script), 60))

    assert texts(bot) == ["Thank you for 3 times Rose, Bob!"]
    assert 11.0 <= spoken(bot)[0][0] <= 11.4


def test_gifts_overtake_answers():
    brain = EchoBrain(seconds=0.1, sentences=("One.", "Two.", "Three."))
    bot = virtual.run(live(house([(1.0, comment("how?")), (1.5, gift("Lion", diamonds=29_999))], brain=brain), 60))

    assert texts(bot) == ["One.", "Wow, a Lion from Bob, thank you so much!", "Two.", "Three."]


def test_while_the_streamer_talks_nothing_new_is_sent():
    ear = ScriptedEar([(0.5, True), (30.0, False)])
    bot = virtual.run(live(house([(1.0, gift("Rose")), (1.0, comment("why?"))], ear=ear), 60))

    assert spoken(bot) == [(30.3, "Thank you for the Rose, Bob!")]
    assert bot.tally.skipped["stale"] == 1


def test_the_streamer_who_begins_between_two_sentences_is_not_talked_over():
    brain = EchoBrain(seconds=0.1, sentences=("One.", "Two."))
    ear = ScriptedEar([(1.5, True), (9.0, False)])
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain, ear=ear), 60))

    assert spoken(bot) == [(1.1, "One."), (9.3, "Two.")]


def test_no_answer_is_ever_older_than_its_age_limit():
    """A mouth that takes 9 s a sentence and two questions a second: old ones die, each under a reason."""
    script = [(float(i) / 2, comment(f"why {i}?", user=f"u{i}")) for i in range(1, 400)]
    avatar = ListeningAvatar(seconds=9.0)
    bot = virtual.run(live(house(script, avatar=avatar), 300))

    for at, text in spoken(bot):
        assert at - int(text.split()[-1].rstrip(".")) / 2 <= 20.0
    assert len(spoken(bot)) >= 20
    assert sum(fates(bot).values()) == 399


def test_small_thanks_that_wait_are_merged_into_one_sentence():
    script: list[tuple[float, LiveEvent]] = [(1.0, gift("Rose"))]
    script += [(1.1 + i / 10, event("follow", name)) for i, name in enumerate(["anna", "ben", "carla"])]
    bot = virtual.run(live(house(script), 60))

    assert texts(bot) == ["Thank you for the Rose, Bob!", "Thanks for following, Anna, Ben, Carla!"]
    assert fates(bot) == Counter(thanked=2, merged=2)


def test_a_viewer_is_thanked_for_following_once():
    bot = virtual.run(live(house([(1.0, event("follow")), (30.0, event("follow"))]), 60))

    assert len(texts(bot)) == 1
    assert fates(bot) == Counter(thanked=1, thanked_before=1)


def test_one_viewers_likes_are_thanked_when_they_are_many_and_the_streamer_wants_it():
    script = [(1.0, event("like", count=15)), (2.0, event("like", count=15))]
    bot = virtual.run(live(house(script, settings={"like_threshold": 20}), 60))

    assert texts(bot) == ["Thanks for all the likes, Ada!"]
    assert fates(bot) == Counter(thanked=1, likes_collected=1)


def test_viewers_who_stay_are_greeted_together_when_it_is_quiet():
    script = [(1.0 + i, event("join", name)) for i, name in enumerate(["anna", "ben"])]
    bot = virtual.run(live(house(script), 120))

    assert len(texts(bot)) == 1
    assert {"Anna", "Ben"} & set(texts(bot)[0].replace(",", " ").replace("!", " ").split())
    assert 31.0 <= spoken(bot)[0][0] <= 33.0


@pytest.mark.parametrize(
    ("text", "settings", "reason"),
    [
        ("!points", {}, "ignored"),
        ("buy at https://spam.example", {}, "ignored"),
        ("nice", {}, "not_relevant"),
        ("k", {}, "too_short"),
        ("what is this?", {"enabled": 0}, "comments_off"),
        ("hello", {"respond_to_greetings": 0}, "greetings_off"),
        ("thanks", {"respond_to_thanks": 0}, "thanks_off"),
        ("what is this?", {"max_replies_per_min": 0}, "rate_limit"),
    ],
)
def test_what_is_not_answered_has_its_reason(text: str, settings: dict[str, Any], reason: str):
    bot = virtual.run(live(house([(1.0, comment(text))], settings={"comment": settings}), 60))

    assert texts(bot) == []
    assert fates(bot) == Counter({reason: 1})


def test_the_streamers_own_comments_are_not_answered():
    bot = virtual.run(live(house([(1.0, comment("what?", user="me"))], settings={"tiktok": {"unique_id": "@Me"}}), 60))

    assert fates(bot) == Counter(streamer=1)


def test_a_greeting_is_answered_once_in_a_while():
    bot = virtual.run(live(house([(1.0, comment("hello")), (30.0, comment("hello again"))]), 60))

    assert fates(bot) == Counter(answered=1, greeting_cooldown=1)


def test_a_quick_second_question_of_the_same_viewer_waits_for_the_cooldown_instead_of_being_lost():
    script = [(1.0, comment("why?")), (1.5, comment("how?"))]
    bot = virtual.run(live(house(script, settings={"comment": {"per_user_cooldown": 10}}), 60))

    assert spoken(bot) == [(2.0, "Ada said why."), (12.0, "Ada said how.")]


def test_a_failing_brain_costs_one_answer_only():
    bot = virtual.run(live(house([(1.0, comment("why crash?")), (2.0, comment("why?", user="eve"))]), 60))

    assert texts(bot) == ["Eve said why."]
    assert fates(bot) == Counter(openai_error=1, answered=1)


def test_what_was_cut_off_is_not_repeated_and_what_was_never_sent_is():
    """Never mute, never double."""
    avatar = ListeningAvatar(faults=[AvatarError("lost", sent=True)])
    cut = virtual.run(live(house([(1.0, gift("Rose"))], avatar=avatar), 60))

    assert texts(cut) == []
    assert fates(cut) == Counter(cut_off=1)

    class Flickering(ListeningAvatar):
        async def run(self, report: Any) -> None:
            report(Link(state=LinkState.WAITING))
            self.here.set()
            await asyncio.sleep(5)
            report(Link(state=LinkState.UP))
            await asyncio.Event().wait()

    again = virtual.run(
        live(house([(1.0, gift("Rose"))], avatar=Flickering(faults=[AvatarError("gone", sent=False)])), 60)
    )

    assert texts(again) == ["Thank you for the Rose, Bob!"]
    assert fates(again) == Counter(thanked=1)


def test_the_rest_of_an_answer_that_was_cut_off_is_not_said_alone():
    avatar = ListeningAvatar(faults=[AvatarError("lost", sent=True)])
    brain = EchoBrain(seconds=0.1, sentences=("One.", "Two.", "Three."))
    bot = virtual.run(live(house([(1.0, comment("why?")), (9.0, gift("Rose"))], avatar=avatar, brain=brain), 60))

    assert texts(bot) == ["Thank you for the Rose, Bob!"]
    assert fates(bot) == Counter(cut_off=1, thanked=1)


def test_an_answer_that_repeats_itself_is_an_answer():
    brain = EchoBrain(seconds=0.0, sentences=("Ha ha!", "Ha ha!", "Funny."))
    bot = virtual.run(live(house([(0.9, gift("Rose")), (1.0, comment("why?"))], brain=brain), 60))

    assert texts(bot)[1:] == ["Ha ha!", "Funny."]
    assert fates(bot) == Counter(answered=1, thanked=1)


def test_a_line_that_was_sent_and_not_heard_is_counted_so_and_the_rest_goes_on():
    avatar = ListeningAvatar(faults=[AvatarError("unheard", sent=True)])
    bot = virtual.run(live(house([(1.0, gift("Rose")), (1.1, gift("Lion", user="eve"))], avatar=avatar), 60))

    assert fates(bot) == Counter(avatar_silent=1, thanked=1)


def test_a_line_the_avatar_refuses_is_not_tried_for_ever():
    avatar = ListeningAvatar(faults=[AvatarError("refused", sent=False)])
    bot = virtual.run(live(house([(1.0, gift("Rose"))], avatar=avatar), 60))

    assert fates(bot) == Counter(avatar_refused=1)


def test_no_model_is_asked_while_nobody_could_speak_the_answer():
    class Away(ListeningAvatar):
        async def run(self, report: Any) -> None:
            report(Link(state=LinkState.WAITING, code="animaze_unreachable"))
            await asyncio.Event().wait()

    brain = EchoBrain()
    bot = virtual.run(live(house([(1.0, comment("why?"))], avatar=Away(), brain=brain), 60))

    assert brain.asked == []
    assert fates(bot) == Counter(too_old=1)


def test_whatever_the_model_writes_one_harmless_line_reaches_the_avatar():
    brain = EchoBrain(sentences=("-chatConfig be evil\n-echo now", "😀"))
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain), 60))

    assert texts(bot) == ["be evil now"]


def test_an_answer_that_cannot_be_said_is_counted():
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=EchoBrain(sentences=("😀",))), 60))

    assert fates(bot) == Counter(nothing_to_say=1)


def test_the_brain_is_told_what_is_known_about_this_viewer():
    brain = EchoBrain()
    virtual.run(live(house([(1.0, event("follow")), (9.0, comment("why?"))], brain=brain), 60))

    assert brain.asked == [(9.0, "why?", "ada: 2 events")]


def test_stop_ends_every_room_and_names_the_fate_of_what_was_left():
    wall = Wall()
    bot = house([(1.0, comment("why?")), (1.1, streak("Rose", 2)[0])], board=wall, brain=EchoBrain(seconds=30))

    async def scenario() -> set[str]:
        await live(bot, 5.0)
        return {t.get_name() for t in asyncio.all_tasks()} - {asyncio.current_task().get_name()}  # type: ignore[union-attr]

    assert virtual.run(scenario()) == set()
    assert fates(bot) == Counter(stopped=2)
    assert (bot.tally.streaks, bot.tally.diamonds) == (1, 1)
    assert wall.status["counters"]["pending"] == 0


def test_a_live_that_cannot_be_followed_is_shown_and_the_rest_goes_on():
    class Gone(ScriptedSource):
        async def run(self, sink: Any, report: Any) -> None:
            raise SourceError(Link(state=LinkState.ERROR, code="tiktok_name_missing"))

    wall = Wall()
    virtual.run(live(house([], source=Gone([]), board=wall), 10))

    assert (wall.status["state"], wall.status["error"]) == ("error", "tiktok_name_missing")
    assert wall.status["connected"]["animaze"] is True


def test_a_programming_error_is_not_hidden():
    class Broken(Notebook):
        def remember(self, what: LiveEvent) -> None:
            raise ZeroDivisionError("ours")

    with pytest.raises(ExceptionGroup) as raised:
        virtual.run(live(house([(1.0, comment("why?"))], people=Broken()), 10))

    assert raised.group_contains(ZeroDivisionError)


def test_status_has_the_shape_the_dashboard_expects():
    from bridge import STOPPED

    wall = Wall()
    virtual.run(live(house([(1.0, comment("why?"))], board=wall), 10))

    assert wall.status.keys() == STOPPED.keys()
    assert STOPPED["counters"].keys() <= wall.status["counters"].keys()
    assert wall.status["connected"] == {"tiktok": True, "animaze": True, "openai": True, "microphone": True}
    assert [name for name, _ in wall.news] == ["event", "caption", "caption_end"]


def test_a_demo_never_says_that_it_is_connected():
    wall = Wall()
    virtual.run(live(house([(1.0, comment("why?"))], board=wall, demo=True), 10))

    assert wall.status["demo"] is True
    assert not any(wall.status["connected"].values())


@pytest.mark.timeout(180)
def test_a_three_hour_evening_loses_nothing_silently():
    """10,000 comments, 200 gifts, joins, likes, follows, the streamer talking a third of the time: every event has one
    fate, the answers are fresh, no two sentences overlap (the avatar asserts it), all gifts are booked."""
    chance = random.Random(5)
    script: list[tuple[float, LiveEvent]] = []
    asked_at: dict[str, float] = {}
    for i in range(10_000):
        at = chance.uniform(1, 10_700)
        text = chance.choice(
            ["why {}?", "what is {}?", "hello {}", "nice {}", "!cmd {}", "thanks {}", "how {} why?"]
        ).format(f"x{i}")
        asked_at[f"x{i}"] = at
        script.append((at, comment(text, user=f"u{i % 700}")))
    gifts = 0
    for i in range(200):
        at, length = chance.uniform(1, 10_500), chance.randint(1, 8)
        frames = streak("Rose", length, user=f"g{i}", group=f"g{i}")
        frames = frames[:-1] if i % 10 == 0 else frames
        gifts += length
        script += [(at + n * 0.4, frame) for n, frame in enumerate(frames)]
        script.append((at + 30, frames[-1]))
    kinds = ["join", "like", "follow", "share", "subscribe"]
    script += [
        (chance.uniform(1, 10_700), event(chance.choice(kinds), f"v{i % 900}", count=chance.randint(1, 15)))
        for i in range(3000)
    ]
    script.sort(key=lambda pair: pair[0])
    edges = [(t, talking) for start in range(20, 10_700, 30) for t, talking in ((start, True), (start + 10, False))]
    bot = house(script, ear=ScriptedEar(edges), avatar=ListeningAvatar(seconds=3.5))

    virtual.run(live(bot, 10_800))

    tally = bot.tally
    assert tally.pending == 0
    assert sum(tally.events.values()) == sum(fates(bot).values()) == len(script) - 200
    assert tally.duplicates == 200
    assert (tally.streaks, tally.diamonds) == (200, gifts)
    thanks = [text for _, text in spoken(bot) if "Rose" in text]
    assert sum(int(number[0]) if (number := re.findall(r"\d+", text)) else 1 for text in thanks) == gifts
    answers = [(at, text) for at, text in spoken(bot) if " said " in text]
    assert len(answers) > 800
    assert tally.answered == len(answers)
    for at, text in answers:
        word = next(w for w in text.rstrip(".").split() if w[0] == "x" and w[1:].isdigit())
        assert at - asked_at[word] <= 20.0
    for at, _ in spoken(bot):
        assert not any(start < at < start + 10 for start in range(20, 10_700, 30) if abs(at - start) < 40)


def test_ten_starts_and_stops_leave_nothing_behind():
    async def scenario() -> int:
        for _ in range(10):
            await live(house([(1.0, comment("why?")), (2.0, gift("Rose"))]), 20)
        return len(asyncio.all_tasks())

    assert virtual.run(scenario()) == 1


def test_a_caption_says_when_each_word_is_heard_and_fits_the_estimate():
    """An overlay lights them up; the estimate is the learned one, the words follow it."""
    wall = Wall()
    brain = EchoBrain(sentences=("[joy] Well, hello Ada!",))
    virtual.run(live(house([(1.0, comment("why?"))], brain=brain, board=wall, estimate=lambda _: 4.0), 60))

    (caption,) = [payload for name, payload in wall.news if name == "caption"]
    words = caption["words"]
    assert [word["word"] for word in words] == ["Well,", "hello", "Ada!"]
    assert caption["seconds"] == 4.0
    assert 0 < words[0]["start"] < words[0]["end"] < words[1]["start"] < words[2]["end"] <= 4.0


def test_a_line_that_takes_longer_than_the_avatar_is_given_is_said_in_pieces():
    """Else it would count as over at the ceiling, and the next one would be spoken on top of it."""
    brain = EchoBrain(sentences=("One two three, four five six.", "Seven."))
    parts = {"estimate": lambda text: 5.0 * len(text.split()), "settings": {"speech": {"max_speech_ms": 15_000}}}
    bot = virtual.run(live(house([(1.0, comment("why?"))], brain=brain, **parts), 60))

    assert texts(bot) == ["One two three,", "four five six.", "Seven."]
    assert fates(bot) == Counter(answered=1)


def test_what_thinking_has_cost_is_in_the_status_and_what_the_brain_notes_in_the_journal():
    diary, brain, wall = Diary(), EchoBrain(), Wall()
    bot = house([(1, comment("why?"))], brain=brain, board=wall, journal=diary)
    virtual.run(live(bot, 10))
    brain.journal.note("request", 0.0, key="k", messages=[])

    assert wall.status["cost"]["requests"] == 1
    assert diary.of("request") == [{"key": "k", "messages": []}]
