"""The house as `main` builds it, in a folder of its own, with a tap in the place of TikTok; and a look at all it keeps."""

import asyncio
import gzip
import json
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import main
from app import Dashboard, House
from events import Link, LinkState, LiveEvent
from tests.web_house import ask, eventually, post
from web.logs import LogRing

PAGES = (
    *("/api/status", "/api/audit", "/api/audit/export", "/api/utterances", "/api/logs", "/api/outbox", "/api/here"),
    *("/api/gifts", "/api/settings", "/api/version"),
)


class Tap:
    """A source that delivers what a test pushes, from any thread."""

    def __init__(self) -> None:
        self._pushed: queue.SimpleQueue[LiveEvent] = queue.SimpleQueue()

    def push(self, *happened: LiveEvent) -> None:
        for event in happened:
            object.__setattr__(event, "at", time.time())
            self._pushed.put(event)

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        while True:
            while not self._pushed.empty():
                sink(self._pushed.get())
            await asyncio.sleep(0.01)


@dataclass
class Stage:
    """A house with its page, and what anybody can find out from both."""

    house: House
    tap: Tap
    folder: Path
    port: int

    def traces(self, *words: str) -> list[str]:
        """Where one of these words stands, whatever its case: files (also packed ones) and answers."""
        return [*in_files(self.folder, *words), *self.in_answers(*words)]

    def in_answers(self, *words: str) -> list[str]:
        found = {path: ask(self.port, path).body for path in PAGES}
        cards = json.loads(found["/api/utterances"])["entries"]
        found |= {f"card {card['id']}": ask(self.port, f"/api/utterances/{card['id']}").body for card in cards}
        return [place for place, body in found.items() if _holds(json.dumps(_loaded(body), ensure_ascii=False), words)]

    def forget(self, username: str) -> Any:
        return post(self.port, f"/api/viewers/{username}/forget", {}).json


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return [json.loads(line) for line in body.splitlines()]


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return any(word.casefold() in text.casefold() for word in words)


def in_files(folder: Path, *words: str) -> list[str]:
    """The files, by name, in whose bytes one of the words stands, as UTF-8 or in JSON's way."""
    found = []
    for file in sorted(folder.rglob("*")):
        data = file.read_bytes() if file.is_file() else b""
        if file.suffix == ".gz":
            data = gzip.decompress(data)
        lines = data.decode("utf-8", "replace")
        escaped = tuple(json.dumps(word)[1:-1] for word in words)
        if _holds(lines, words) or _holds(lines, escaped) or _holds(file.name, words):
            found.append(file.relative_to(folder).as_posix())
    return found


def write_settings(folder: Path, **sections: Any) -> Path:
    quiet = {
        "microphone": {"enabled": 0},
        "safety": {"mode": "captions"},
        "comment": {"per_user_cooldown": 0, "max_replies_per_min": 120},
    }
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(quiet | sections), encoding="utf-8")
    return file


@contextmanager
def staged(folder: Path, patch: pytest.MonkeyPatch, *, start: bool = True, **sections: Any) -> Iterator[Stage]:
    """A house that runs; at the end it stops."""
    tap, logs = Tap(), LogRing()
    patch.setattr(main, "TikTokSource", lambda _: tap)  # the real one is tried against a TikTok of its own elsewhere
    house = main.build_house(main.load_settings(write_settings(folder, **sections)), lambda: None, logs)
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    try:
        if start:
            house.bridge.start()
            eventually(lambda: house.bridge.status()["connected"]["tiktok"])
        yield Stage(house, tap, folder, dashboard.port)
    finally:
        house.bridge.stop()
        dashboard.stop()
