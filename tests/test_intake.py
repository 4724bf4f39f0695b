"""The whole house on the virtual clock: what gifts, likes and joins come to, also over a restart."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import Bot
from events import AvatarError, Link, LinkState, LiveEvent
from live.clockwork import EPOCH, VirtualLoop
from store.gifts import GiftBooks, GiftFile
from tests import virtual
from tests.fakes import ListeningAvatar, Notebook, ScriptedEar, Wall, comment, event, gift, house, live, streak

DAY = 86_400.0


def texts(bot: Bot) -> list[str]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [text for _, text in bot.avatar.said]


def fates(bot: Bot) -> Counter[str]:
    assert bot.tally.pending == 0
    found = bot.tally.skipped + Counter({"answered": bot.tally.answered, "thanked": bot.tally.thanked})
    assert sum(found.values()) == sum(bot.tally.events.values())
    return found


async def inline(action: Callable[[], str]) -> str:
    """Virtual time knows no threads."""
    return action()


def booked(file: Path, script: list[tuple[float, LiveEvent]], seconds: float, at: float = 0.0, **parts: Any) -> Bot:
    """A bot with a gift book, started `at` seconds after the others."""
    books = GiftBooks(GiftFile(file), clock=virtual.now, worker=inline)
    loop = VirtualLoop(EPOCH + at)
    try:
        return loop.run_until_complete(live(house(script, books=books, **parts), seconds))
    finally:
        loop.close()


def test_small_gifts_that_wait_are_one_sentence_and_each_has_its_fate():
    script = [(1.0, gift("Galaxy", "rich", diamonds=500))]
    script += [(1.1 + i / 10, gift("Rose", who)) for i, who in enumerate(["max", "anna", "tom", "eve"])]
    bot = virtual.run(live(house(script), 60))

    assert texts(bot) == ["Thank you for the Galaxy, Rich!", "Max, Anna and two more sent 4 Roses, thank you!"]
    assert fates(bot) == Counter(thanked=2, merged=3)
    assert (bot.tally.streaks, bot.tally.diamonds) == (5, 504)


def test_a_big_gift_is_thanked_before_everything_that_waits():
    script: list[tuple[float, LiveEvent]] = [(1.0, gift("Rose")), (1.1, event("subscribe", "sue"))]
    script += [(1.2, gift("Perfume", "pia", diamonds=500)), (1.3, gift("Lion", "leo", diamonds=29_999))]
    bot = virtual.run(live(house(script, settings={"event_priority": {"subscribe": 9}}), 60))

    assert [text.rstrip("!").split()[0] for text in texts(bot)] == ["Thank", "Wow,", "Thank", "Pia,"]


def test_a_streak_that_goes_on_while_its_thanks_wait_is_thanked_once_as_a_whole():
    """The streamer talks; what waits must not be wrong by the time it is said."""
    frames = streak("Rose", 9)
    script = [(1.0 + i / 10, frame) for i, frame in enumerate(frames[:4])]
    script += [(20.0 + i / 10, frame) for i, frame in enumerate(frames[4:])]
    bot = virtual.run(live(house(script, ear=ScriptedEar([(0.5, True), (40.0, False)])), 60))

    assert texts(bot) == ["Bob, thanks a lot for 9 times Rose!"]
    assert fates(bot) == Counter(streak_step=8, streak_went_on=1, thanked=1)
    assert (bot.tally.streaks, bot.tally.diamonds) == (1, 9)


def test_a_gift_that_comes_again_after_the_repeats_are_forgotten_is_still_known():
    galaxy = gift("Galaxy", diamonds=500)
    bot = virtual.run(live(house([(1.0, galaxy), (900.0, galaxy)]), 1000))

    assert len(texts(bot)) == 1
    assert fates(bot) == Counter(thanked=1, booked_before=1)
    assert bot.totals()["stream"]["diamonds"] == 500


def test_the_rooms_likes_are_thanked_at_milestones_and_bursts_are_not():
    script = [(1.0 + i / 10, event("like", f"u{i % 50}", count=15, total=15 * i)) for i in range(1, 700)]
    bot = virtual.run(live(house(script), 120))

    assert texts(bot) == [
        "1,000 likes, thank you all!",
        "That makes 5,000 likes, thank you, everybody!",
        "10,000 likes, thank you all!",
    ]
    assert fates(bot) == Counter(thanked=3, likes_collected=696)
    assert bot.status()["likes"] == 15 * 699


def test_follows_are_merged_and_not_thanked_again_too_soon():
    script: list[tuple[float, LiveEvent]] = [(1.0, gift("Galaxy", diamonds=500))]
    script += [(1.1 + i / 10, event("follow", name)) for i, name in enumerate(["anna", "ben", "anna"])]
    bot = virtual.run(live(house([*script, (300.0, event("follow", "ben"))]), 400))
    short = virtual.run(
        live(house([*script, (300.0, event("follow", "ben"))], settings={"thanks": {"again_after_seconds": 60}}), 400)
    )

    assert texts(bot)[1:] == ["Thanks for following, Anna, Ben!"]
    assert fates(bot) == Counter(thanked=2, merged=1, thanked_before=2)
    assert texts(short)[2:] == ["Thanks for following, Ben!"]


def test_returning_and_long_missed_viewers_are_greeted_as_such():
    """Asked before the join itself is noted, or everybody would have been seen a moment ago."""
    notebook = Notebook([event("comment", "rita", at=-DAY), event("gift", "mona", at=-15 * DAY)])
    script = [(1.0 + i, event("join", name)) for i, name in enumerate(["stan", "rita", "mona"])]
    bot = virtual.run(live(house(script, people=notebook), 120))

    assert sorted(texts(bot)) == [
        "Mona, we have not seen you for two weeks, welcome back!",
        "Welcome back, Rita!",
        "Welcome, Stan!",
    ]
    assert fates(bot) == Counter(thanked=3)


def test_viewers_who_were_away_for_different_times_are_not_told_the_same():
    notebook = Notebook([event("like", "mona", at=-15 * DAY), event("like", "max", at=-70 * DAY)])
    bot = virtual.run(live(house([(1.0, event("join", "mona")), (2.0, event("join", "max"))], people=notebook), 120))

    assert ["two weeks" in text for text in texts(bot) if "Mona" in text] == [True]
    assert ["two months" in text for text in texts(bot) if "Max" in text] == [True]


def test_a_greeting_is_as_old_as_the_moment_for_it_not_as_the_join():
    """Whoever greets after two minutes must not find every greeting too old."""
    rules = {"greet_after_seconds": 120, "active_ttl_seconds": 300}
    bot = virtual.run(live(house([(1.0, event("join"))], settings={"join_rules": rules}), 200))

    assert texts(bot) == ["Welcome, Ada!"]


def test_a_viewer_who_has_gone_is_not_greeted():
    script = [(1.0, event("join", "gone")), (30.0, event("join", "here")), (40.0, event("like", "here"))]
    bot = house(script, settings={"join_rules": {"min_idle_since_last_output_sec": 60}})
    virtual.run(live(bot, 100))

    assert texts(bot) == ["Welcome, Here!"]
    assert bot.tally.skipped["gone_before_greeting"] == 1


def test_who_is_here_since_when_can_be_asked():
    bot = house([(1.0, event("join", "ann")), (30.0, comment("nice", "ann")), (60.0, event("like", "bob"))])
    found: list[dict[str, Any]] = []

    class Looking(Wall):
        def show(self, status: Any) -> None:
            found[:] = bot.here()

    bot.board = bot.steering.board = Looking()
    virtual.run(live(bot, 65))

    assert [(v["username"], v["since"] - EPOCH, v["last_seen"] - EPOCH) for v in found] == [
        ("bob", 60, 60),
        ("ann", 1, 30),
    ]


def test_after_a_restart_what_was_thanked_is_not_and_what_was_owed_is(tmp_path: Path):
    """Stopped while the streamer talks: one gift was thanked for, one waits, one streak is open and goes on."""
    file, frames, galaxy = tmp_path / "gifts.db", streak("Rose", 8), gift("Galaxy", "gus", diamonds=500)
    script = [(1.0, galaxy), (10.0, gift("Perfume", "pia", diamonds=500))]
    script += [(12.0 + i / 10, frame) for i, frame in enumerate(frames[:3])]
    first = booked(file, script, 13, ear=ScriptedEar([(9.0, True)]))
    again = booked(file, [(0.5, galaxy), *((1.0 + i / 10, f) for i, f in enumerate(frames[2:]))], 60, at=20.0)

    assert texts(first) == ["Thank you for the Galaxy, Gus!"]
    assert sorted(texts(again)) == ["Thank you for 8 times Rose, Bob!", "Thank you for the Perfume, Pia!"] or sorted(
        texts(again)
    ) == ["Bob, thanks a lot for 8 times Rose!", "Thank you for the Perfume, Pia!"]
    assert (first.tally.streaks, again.tally.streaks) == (3, 0)
    assert first.tally.diamonds + again.tally.diamonds == 1000 + 8
    assert again.totals()["stream"]["diamonds"] == 1008


def test_a_milestone_is_not_thanked_again_after_a_restart(tmp_path: Path):
    file = tmp_path / "gifts.db"
    first = booked(file, [(1.0, event("like", total=15)), (2.0, event("like", total=1005))], 10)
    again = booked(file, [(1.0, event("like", total=1005)), (2.0, event("like", total=1020))], 10, at=60.0)

    assert (texts(first), texts(again)) == (["1,000 likes, thank you all!"], [])


def test_what_panic_dropped_stays_dropped(tmp_path: Path):
    """It was decided that it is not said, so it is not owed either."""
    file, ear = tmp_path / "gifts.db", ScriptedEar([(0.5, True)])
    bot = house([(1.0, gift("Galaxy", diamonds=500))], ear=ear)
    bot.books = GiftBooks(GiftFile(file), clock=virtual.now, worker=inline)

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(3.0, lambda: bot.steering.panic(True))
        await live(bot, 5.0)

    virtual.run(scenario())

    assert fates(bot) == Counter(panic=1)
    assert texts(booked(file, [], 30, at=10.0)) == []


def test_thanks_the_avatar_could_not_begin_are_still_owed(tmp_path: Path):
    class Away(ListeningAvatar):
        async def run(self, report: Any) -> None:
            report(Link(state=LinkState.WAITING))
            self.here.set()
            await super().run(lambda _: None)

        async def say(self, text: str, emotion: str = "") -> None:
            self.here.clear()
            raise AvatarError("gone", sent=False)

    file = tmp_path / "gifts.db"
    booked(file, [(1.0, gift("Galaxy", diamonds=500))], 5, avatar=Away())

    assert texts(booked(file, [], 30, at=10.0)) == ["Thank you for the Galaxy, Bob!"]


def test_forgetme_empties_the_gift_book_of_this_viewer(tmp_path: Path):
    file = tmp_path / "gifts.db"
    script = [(1.0, gift("Galaxy", "zoe", diamonds=500)), (5.0, comment("!forgetme", "zoe"))]
    bot = booked(file, script, 20)

    assert b"zoe" not in b"".join(part.read_bytes().lower() for part in tmp_path.iterdir())
    assert bot.totals()["today"]["diamonds"] == 500


def test_a_gift_book_that_cannot_be_used_is_told_and_gifts_are_thanked_all_the_same(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    wall = Wall()
    bot = booked(tmp_path / "file" / "gifts.db", [(1.0, gift("Galaxy", diamonds=500))], 20, board=wall)

    assert texts(bot) == ["Thank you for the Galaxy, Bob!"]
    assert (wall.status["links"]["gifts"]["state"], wall.status["error"]) == ("error", "gifts_readonly")
