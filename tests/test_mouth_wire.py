"""The safe mouth on the wire: any text at all, through the whole corridor, as Animaze's socket gets it."""

import asyncio
import unicodedata
from collections.abc import Callable

from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from bot import Bot
from events import Link, LinkState, LiveEvent
from mind.safety import LINK
from settings import Settings
from tests import virtual
from tests.fake_animaze import FakeAnimaze
from tests.fakes import EchoBrain, Notebook, ScriptedEar, Wall, comment, gift
from voice.animaze import AnimazeAvatar

SPICE = st.sampled_from(
    [
        "-echo ",
        "-chatConfig ",
        "\n",
        "\u202e",
        "\u200b",
        "-",
        " http://evil.com ",
        "[joy]",
        "word ",
        "ＥＣＨＯ",
        "－",
        "😀",
        "\ud800",
    ]
)
TEXT = st.lists(st.one_of(st.text(max_size=30), SPICE), max_size=12).map("".join)


class Once:
    """A live in which these things happen at once."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for number, text in enumerate(self.texts):
            nickname_and_gift = gift(text, f"u{number}")
            object.__setattr__(nickname_and_gift, "nickname", text)
            sink(nickname_and_gift)
        sink(comment("what is this?", "ada"))
        await asyncio.Event().wait()


def frames(texts: list[str]) -> list[str]:
    """What reaches the socket when a model answers, and viewers and gifts are called, like these."""

    async def scenario() -> list[str]:
        async with FakeAnimaze(seconds=lambda _: 0.0) as animaze:
            settings = Settings.of(
                {
                    "animaze": {"host": "127.0.0.1", "port": animaze.port},
                    "speech": {"post_gap_ms": 0},
                    "outbox": {"window_seconds": 0},
                }
            )
            avatar = AnimazeAvatar(settings.animaze, settings.speech, estimate=lambda _: 0.0, other_ports=())
            bot = Bot(
                settings=settings, source=Once(texts), avatar=avatar, people=Notebook(), ear=ScriptedEar(), board=Wall(),
                brain=EchoBrain(seconds=0.0, sentences=[t.replace("{", "").replace("}", "") for t in texts]),
                estimate=lambda _: 0.0, clock=lambda: virtual.EPOCH,
            )  # fmt: skip
            stop = asyncio.Event()

            async def end() -> None:
                for _ in range(200):
                    await asyncio.sleep(0.01)
                    if bot.tally.events and not bot.tally.pending:
                        break
                stop.set()

            async with asyncio.TaskGroup() as group:
                group.create_task(bot.run(stop))
                group.create_task(end())
            return animaze.messages

    return asyncio.run(scenario())


@rules(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(TEXT, min_size=3, max_size=8))
def test_whatever_a_model_or_a_viewer_writes_one_harmless_line_reaches_the_avatar(texts: list[str]):
    for message in frames(texts):
        line = message.removeprefix("-echo ")
        assert message.startswith("-echo ")
        assert line.strip()
        assert not line.lstrip().startswith("-")
        assert "-echo" not in line.lower()
        assert "-chatconfig" not in line.lower()
        assert len(line) <= Settings().style.max_line_length
        assert not LINK.search(line)
        assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line)


def test_the_stand_in_hears_at_all():
    """Or the law above would hold for silence."""
    assert len(frames(["A fine answer.", "Anna"])) >= 3
