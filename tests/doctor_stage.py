"""Everything outside that a stream needs, as stand-ins on one loop of their own: for tests that block."""

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from doctor.rounds import Patient, examine
from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from tests.fake_tiktok import FakeTikTok

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds for an examination here: a loaded machine loads the libraries slowly, and that is not what is tested."""

LINE = "Hello, this is your pal. I only wanted to know whether you can hear me."


def quick_animaze(**parts: Any) -> FakeAnimaze:
    """Tells when it speaks, and is soon done."""
    return FakeAnimaze(events=True, seconds=lambda _: 0.4, **parts)


@dataclass
class Outside:
    """The stand-ins and how to examine what is connected to them."""

    folder: Path
    tiktok: FakeTikTok
    model: FakeOpenAI
    animaze: FakeAnimaze
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of the settings, by section."""

    @property
    def file(self) -> Path:
        return self.folder / "settings.yaml"

    def write_settings(self) -> Path:
        """With no microphone: this computer may have none."""
        base = self.tiktok.base_url
        values: dict[str, dict[str, Any]] = {
            "tiktok": {"unique_id": "streamer", "app_url": base, "webcast_url": base, "sign_url": base},
            "animaze": {"host": "127.0.0.1", "port": self.animaze.port},
            "openai": {"api_key": "sk-canary-0123456789", "base_url": self.model.base_url, "model": "fake"},
            "microphone": {"enabled": False},
        }
        for section, changes in self.changes.items():
            values.setdefault(section, {}).update(changes)
        self.file.write_text(yaml.safe_dump(values), encoding="utf-8")
        return self.file

    def patient(self, **changes: Any) -> Patient:
        parts = {
            "root": ROOT,
            "port": 0,
            "other_ports": (),
            "local_ports": {"ollama": 9, "lm_studio": 9},
            "limit": PATIENCE,
        } | changes
        return Patient(file=self.file, line=lambda _: LINE, **parts)

    def examine(self, **changes: Any) -> dict[str, dict[str, Any]]:
        """Writes the settings and has everything looked at; each check by its id."""
        if not self.file.exists():
            self.write_settings()
        report = examine(self.patient(**changes))
        return {check["id"]: check for check in report.as_json(lambda code, **_: code)["checks"]}


@contextlib.contextmanager
def outside(
    folder: Path, *, animaze: FakeAnimaze | None = None, tiktok: dict[str, Any] | None = None, **model: Any
) -> Iterator[Outside]:
    """All of it up. `tiktok`: faults of TikTok; `model`: parts of the model's server, which tells the right time."""
    ready, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    parts: list[Any] = []

    async def live() -> None:
        async with (
            FakeTikTok(unique_id="streamer", live=True, faults=tiktok or {}) as source,
            FakeOpenAI(**{"ahead": 0.0, **model}) as server,
            animaze or quick_animaze() as avatar,
        ):
            parts.extend([source, server, avatar])
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.Runner(loop_factory=lambda: loop).run(live()), name="outside")
    thread.start()
    try:
        assert ready.wait(30), "the stand-ins did not come up"
        yield Outside(folder, *parts)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)
        loop.close()


def main() -> None:
    """In a process of its own: `doctor_stage.py FILE` examines with these settings and prints the report."""
    patient = Patient(file=Path(sys.argv[1]), root=ROOT, line=lambda _: LINE, port=0, other_ports=(), limit=PATIENCE)
    print(json.dumps(examine(patient).as_json(lambda code, **_: code)), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
