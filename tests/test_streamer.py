"""When the streamer has the floor: by voice, by the switch, by mode; and calibration as the bot carries it out."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import virtual
from fakes import ListeningAvatar, ScriptedEar, Wall, comment, house, live

from bot import Bot
from events import Calibrated


def orders(bot: Bot, *at: tuple[float, str, tuple[Any, ...]]) -> Bot:
    """Gives each order at its second."""
    for second, name, details in at:
        asyncio.get_running_loop().call_later(second, lambda name=name, details=details: bot.handlers()[name](*details))
    return bot


def said(bot: Bot) -> list[float]:
    assert isinstance(bot.avatar, ListeningAvatar)
    return [at for at, _ in bot.avatar.said]


QUESTION = [(2.0, comment("Which game is this?"))]


def when_answered(mode: str, edges: list[tuple[float, bool]], *at: tuple[float, str, tuple[Any, ...]]) -> list[float]:
    async def scenario() -> list[float]:
        bot = house(QUESTION, ear=ScriptedEar(edges), settings={"microphone": {"mode": mode}})
        return said(await live(orders(bot, *at), 30))

    return virtual.run(scenario())


VOICE = [(1.0, True), (10.0, False)]
SWITCH = ((1.0, "talking", (True,)), (12.0, "talking", (False,)))


@pytest.mark.parametrize(
    ("mode", "edges", "switch", "answered"),
    [
        ("listen", VOICE, (), 10),
        ("listen", [], SWITCH, 12),
        ("listen", VOICE, SWITCH, 12),
        ("push_to_talk", VOICE, (), 3),
        ("push_to_talk", VOICE, SWITCH, 12),
        ("off", VOICE, (), 3),
        ("off", [], SWITCH, 12),
    ],
)
def test_the_pal_waits_for_the_voice_where_it_listens_and_for_the_switch_in_every_mode(
    mode: str, edges: list[tuple[float, bool]], switch: tuple[Any, ...], answered: float
):
    assert when_answered(mode, edges, *switch) == [pytest.approx(answered, abs=1.5)]


def test_the_status_shows_the_switch_the_mode_and_what_the_microphone_hears():
    async def scenario() -> Any:
        bot = orders(house([]), (1.0, "talking", (True,)))
        asyncio.get_running_loop().call_later(2.0, lambda: seen.append(bot.status()))
        await live(bot, 3)

    seen: list[Any] = []
    virtual.run(scenario())
    assert (seen[0]["talking"], seen[0]["floor"]) == (True, "streamer")
    assert seen[0]["microphone"] == {
        "mode": "listen", "engine": "script", "rms_dbfs": -120.0, "peak_dbfs": -120.0, "talking": False, "bar_dbfs": None,
    }  # fmt: skip


def test_the_switch_is_shown_at_once():
    """A page shows what its press made."""
    bot = house([])

    async def scenario() -> bool:
        await live(orders(bot, (1.01, "talking", (True,))), 1.02)
        assert isinstance(bot.board, Wall)
        return bool(bot.board.status["talking"])

    assert virtual.run(scenario())


def test_the_ear_knows_when_the_pal_speaks():
    """Its own voice may come back from the loudspeakers."""
    ear = ScriptedEar()
    virtual.run(live(house(QUESTION, ear=ear), 30))
    assert ear.pal == [True, False]


def measured(*at: tuple[float, str], bot: Bot | None = None, seconds: float = 40) -> list[Calibrated]:
    found: list[Calibrated] = []

    async def scenario() -> None:
        wishes = [(second, "calibrate", (kind, found.append)) for second, kind in at]
        await live(orders(bot or house([]), *wishes), seconds)

    virtual.run(scenario())
    return found


def test_wishes_are_measured_one_after_the_other_and_not_hoarded():
    found = measured((1.0, "speak"), (1.1, "quiet"), (1.2, "quiet"))
    assert [(one.kind, one.verdict) for one in found] == [("quiet", "busy"), ("speak", "ok"), ("quiet", "ok")]


def test_whoever_waits_for_a_measurement_is_told_when_the_bot_stops():
    """A request of the dashboard must not hang."""
    found = measured((1.0, "speak"), (1.1, "quiet"), seconds=2)
    assert [(one.kind, one.verdict) for one in found] == [("speak", "stopped"), ("quiet", "stopped")]


def test_for_its_own_voice_the_pal_says_a_line():
    bot = house([])
    assert [one.verdict for one in measured((1.0, "pal"), bot=bot)] == ["ok"]
    assert isinstance(bot.avatar, ListeningAvatar)
    assert [text for _, text in bot.avatar.said] == [
        "Just a moment, I only want to know how loud I arrive at your microphone."
    ]


def test_a_silenced_pal_is_not_measured():
    bot = house([])

    async def scenario() -> list[Calibrated]:
        found: list[Calibrated] = []
        await live(orders(bot, (1.0, "panic", (True,)), (2.0, "calibrate", ("pal", found.append))), 10)
        return found

    assert [one.verdict for one in virtual.run(scenario())] == ["not_spoken"]


class Stutterer(ScriptedEar):
    async def run(self, on_voice: Callable[[bool], None], report: Any) -> None:
        on_voice(True)
        on_voice(True)
        on_voice(False)
        await super().run(on_voice, report)


def test_an_edge_that_comes_twice_does_no_harm():
    virtual.run(live(house(QUESTION, ear=Stutterer()), 30))


class DatedEar(ScriptedEar):
    """Notes when it is told what."""

    def pal_speaks(self, on: bool) -> None:
        self.told = [*vars(self).get("told", []), (round(asyncio.get_running_loop().time(), 2), on)]


@pytest.mark.parametrize(("mode", "talks"), [("never", 1.0), ("sentence", 3.5)])
def test_the_ear_is_told_at_once_when_the_pal_begins_and_ends_while_the_streamer_talks_too(mode: str, talks: float):
    """With the bar against the pal's voice the streamer's would end early, without it the pal's would count as theirs."""

    async def scenario() -> None:
        ear = DatedEar([(talks, True)])
        bot = house(QUESTION, ear=ear, settings={"speech": {"yield": mode}})
        await live(bot, 30)
        assert bot.floor.holder == "streamer"
        (began,) = said(bot)
        assert isinstance(bot.avatar, ListeningAvatar)
        assert ear.told == [(round(began, 2), True), (round(began + bot.avatar.seconds, 2), False)]

    virtual.run(scenario())
