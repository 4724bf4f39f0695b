"""TikTok, a model's server and Animaze beside the test, on a loop and thread of their own: for whoever has a window to run."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from tests.fake_tiktok import FakeTikTok

WAIT = 30.0

EAGER: dict[str, Any] = {
    "microphone": {"enabled": 0},
    "comment": {"per_user_cooldown": 0, "max_replies_per_min": 120},
}
"""Settings of a pal that nobody interrupts and that answers whatever is asked."""


def tiktok_places(tiktok: FakeTikTok) -> dict[str, str]:
    """The settings that lead to this TikTok."""
    base = tiktok.base_url
    return {"app_url": base, "webcast_url": f"{base}/webcast", "sign_url": base}


def outside_places(model: FakeOpenAI, animaze: FakeAnimaze) -> dict[str, Any]:
    """The settings that lead to this model's server and this Animaze."""
    return {
        "animaze": {"host": "127.0.0.1", "port": animaze.port},
        "openai": {"api_key": "sk-canary-0123456789", "base_url": model.base_url, "model": "fake"},
    }


@dataclass
class StandIns:
    """All three, and what reaches them from another thread."""

    loop: asyncio.AbstractEventLoop
    tiktok: FakeTikTok
    model: FakeOpenAI
    animaze: FakeAnimaze
    extra: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What this comes to, done beside them."""
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(WAIT)

    def settings(self, file: Path, **more: Any) -> Path:
        """A settings file in which only TikTok's addresses are those of the stand-ins."""
        file.write_text(yaml.safe_dump({"tiktok": tiktok_places(self.tiktok), **more}), encoding="utf-8")
        return file

    def whole_settings(self, file: Path) -> Path:
        """A settings file that leads to all three of them, without the streamer's name."""
        return self.settings(file, **outside_places(self.model, self.animaze), **EAGER)


@contextlib.contextmanager
def stand_ins(
    tiktok: FakeTikTok | None = None, model: FakeOpenAI | None = None, animaze: FakeAnimaze | None = None
) -> Iterator[StandIns]:
    """They run until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stand-ins")
    thread.start()
    house = StandIns(loop, tiktok or FakeTikTok(), model or FakeOpenAI(), animaze or FakeAnimaze())

    async def enter() -> None:
        for one in (house.tiktok, house.model, house.animaze):
            await house.extra.enter_async_context(one)

    async def leave() -> None:
        await house.extra.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        house.do(enter())
        yield house
    finally:
        house.do(leave())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT)
        loop.close()
