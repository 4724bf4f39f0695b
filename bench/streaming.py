"""From a question to its first sentence on the avatar's socket: streamed, beside waiting for the whole answer.

`python bench/streaming.py [rounds]`. The whole corridor with real sockets: a model server that writes 60 tokens a second
in three sentences, and a fake Animaze that notes when a sentence arrives. Both ways take turns in one run; the one that
waits differs in nothing but that its model's text is held back until it is all there.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot import Bot  # noqa: E402 - the project is found beside this file
from events import Link, LinkState  # noqa: E402
from mind.providers import ChatModel  # noqa: E402
from response import ResponseEngine  # noqa: E402
from settings import Settings  # noqa: E402
from tests.fake_animaze import FakeAnimaze  # noqa: E402
from tests.fake_openai import FakeOpenAI  # noqa: E402
from tests.fakes import Notebook, ScriptedEar, Wall, comment  # noqa: E402
from voice.animaze import AnimazeAvatar  # noqa: E402

TOKENS_PER_SECOND = 60
ANSWER = (
    "Deep sea fish glow because their own light helps them to find food in the dark water. "
    "Some of them carry tiny bacteria that shine, and others mix two substances in their skin. "
    "You would see little sparks all around you if you could dive down there for a night."
)
ROUNDS = 5
REST = 3.0
"""Seconds between two questions, so that all three sentences have been said."""


class Waiting(ChatModel):
    """Gives nothing away before the answer is complete."""

    async def stream(self, *question: Any, **limits: Any) -> AsyncGenerator[str, None]:
        model = super().stream
        yield "".join([piece async for piece in model(*question, **limits)])


class Asker:
    """A live in which one viewer asks when told to."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()

    async def run(self, sink: Any, report: Any) -> None:
        self.sink = sink
        report(Link(state=LinkState.UP))
        self.connected.set()
        await asyncio.Event().wait()


async def seconds(rounds: int, *, wait: bool) -> list[float]:
    """From the comment to the first frame with a sentence of its answer, for each question."""
    heard = asyncio.Event()
    async with (
        FakeOpenAI(answer=lambda _: ANSWER, token_seconds=1 / TOKENS_PER_SECOND) as model,
        FakeAnimaze(show=lambda _: heard.set()) as animaze,
    ):
        settings = Settings.of(
            {
                "openai": {"base_url": model.base_url, "model": "fake", "cache_size": 0, "request_timeout": 30},
                "animaze": {"port": animaze.port},
                "comment": {"per_user_cooldown": 0},
            }
        )
        brain, asker, stop, taken = ResponseEngine(settings), Asker(), asyncio.Event(), []
        if wait:
            brain._chain._places[0].model = Waiting(settings.openai)  # the one difference
        avatar = AnimazeAvatar(settings.animaze, settings.speech, estimate=lambda _: 0.2)
        bot = Bot(
            settings=settings, source=asker, avatar=avatar, brain=brain, people=Notebook(), ear=ScriptedEar(), board=Wall(),
            estimate=lambda _: 0.2,
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            house = group.create_task(bot.run(stop))
            await asker.connected.wait()
            await avatar.ready()
            for number in range(rounds + 1):
                heard.clear()
                begin = time.perf_counter()
                question = comment(f"why do deep sea fish glow, number {number}?", f"viewer{number}")
                object.__setattr__(question, "at", time.time())
                asker.sink(question)
                await heard.wait()
                taken.append(time.perf_counter() - begin)
                await asyncio.sleep(REST)
            stop.set()
            await house
        return taken[1:]  # the first one also pays for connecting


async def main(rounds: int) -> None:
    streamed, waited = [], []
    for _ in range(rounds):
        streamed += await seconds(1, wait=False)
        waited += await seconds(1, wait=True)
    ratio = median(waited) / median(streamed)
    print(f"{len(ANSWER.split())} tokens at {TOKENS_PER_SECOND}/s, 3 sentences, {rounds} questions each way")
    for name, times in (("streamed", streamed), ("waited", waited)):
        print(
            f"{name:9} question -> first sentence: median {median(times):.3f} s, {min(times):.3f} to {max(times):.3f}"
        )
    print(f"streaming is {ratio:.2f} times as fast")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
