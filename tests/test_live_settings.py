"""Whether a setting counts at once is no matter of faith: the whole bot, on real wires, is watched reading its settings.

The law: what is not marked with `restart` is read again while the bot runs, and whoever reads it while the bot is
built reads it again later. A value that were kept from the beginning would break it.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import main
from bot import Bot
from bridge import StatusBoard
from config.section import Section
from events import EventKind, LiveEvent
from live import rehearsal
from live.recorder import Recorder
from live.tape import SUFFIX
from settings import Settings, load_settings, schema
from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from tests.fake_tiktok import FakeTikTok

FIELDS = {field["path"]: field for section in schema() for field in section["fields"]}
LIVE = {path for path, field in FIELDS.items() if not field["restart"]}
REHEARSED = {path for path in LIVE if path.startswith("rehearsal.")}
ON_SCREEN = {path for path in LIVE if path.startswith(("window.", "lan."))}
"""Of the settings window and of the dashboard for other devices, which look at them all the time; no bot reads them."""

AT_EACH_FILE = {"recording.keep"}
"""Read when a recording goes on in a new file; see the last test."""

LONGEST_AGO = 20 * 86_400.0
PATIENCE = 60.0

Reads = Counter[tuple[str, str]]
"""(path of the setting, the function that read it) -> how often."""


class Spy:
    """Notes who reads which setting."""

    def __init__(self) -> None:
        self.reads: Reads = Counter()

    def note(self, section: Section, name: str) -> None:
        frame = sys._getframe(2)
        while frame.f_back and Path(frame.f_code.co_filename).name in {"section.py", "history.py", "exchange.py"}:
            frame = frame.f_back
        who = f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"
        if who != "recorder.kept_settings":  # it keeps a copy of everything, for whoever replays the live
            self.reads[f"{section.at}.{name}" if section.at else name, who] += 1

    def taken(self) -> Reads:
        """What was read since the last time."""
        reads, self.reads = self.reads, Counter()
        return reads


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    spy, original = Spy(), Section.__getattribute__

    def noting(section: Section, name: str) -> Any:
        if name in type(section).__dict__.get("__pydantic_fields__", {}):
            spy.note(section, name)
        return original(section, name)

    monkeypatch.setattr(Section, "__getattribute__", noting)  # a watcher, not a stand-in: everything is read as ever
    return spy


def with_everything_on(folder: Path, tiktok: FakeTikTok, model: FakeOpenAI, animaze: FakeAnimaze) -> Settings:
    settings = load_settings(folder / "settings.yaml")
    settings.tiktok.unique_id, settings.tiktok.webcast_url = "streamer", tiktok.base_url + "/webcast"
    settings.tiktok.app_url = settings.tiktok.sign_url = tiktok.base_url
    settings.animaze.host, settings.animaze.port = "127.0.0.1", animaze.port
    for place in (settings.openai, settings.fallback, settings.fallback2):
        place.base_url, place.api_key = model.base_url, "sk-1234567890"
    settings.fallback.enabled = settings.fallback2.enabled = True
    settings.safety.moderation = settings.safety.red_flag_speak = True
    settings.join_rules.greet_after_seconds = settings.join_rules.min_idle_since_last_output_sec = 0
    settings.join_rules.greet_global_cooldown_sec = 0
    settings.like_threshold = 1
    return settings


async def whole_chat(tiktok: FakeTikTok, number: int) -> None:
    for text, user in [
        ("why is {} odd?", "anna"),
        ("hello", "carla"),
        ("thanks", "dora"),
        ("i will kill myself", "eve"),
    ]:
        await tiktok.push({"type": "comment", "user": f"{user}{number}", "text": text.format(number)})
    for gift, user in [("Galaxy", "rich"), ("Rose", "poor"), ("Rose", "thrifty")]:
        await tiktok.push({"type": "gift", "user": f"{user}{number}", "gift": gift})
    await tiktok.push({"type": "like", "user": "liker", "count": 20, "total": 5000 * (number + 1)})
    for kind in ("follow", "share", "subscribe", "join"):
        await tiktok.push({"type": kind, "user": f"{kind}{number}"})
    await tiktok.push({"type": "join", "user": f"old{number}"})


def known_for_long(bot: Bot, username: str) -> None:
    long_ago = time.time() - LONGEST_AGO
    bot.people.remember(
        LiveEvent(
            kind=EventKind.COMMENT, user_id=username, username=username, nickname=username, at=long_ago, text="hi"
        )
    )


async def evening(folder: Path, spy: Spy) -> tuple[Reads, Reads]:
    """What is read while the bot is built and connects, and what after that, until everything has been or time is up."""
    running: Reads = Counter()
    async with FakeTikTok(unique_id="streamer") as tiktok, FakeOpenAI() as model, FakeAnimaze(events=True) as animaze:
        settings = with_everything_on(folder, tiktok, model, animaze)
        spy.taken()
        bot, stop = main.build_bot(settings, StatusBoard()), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            while not tiktok.viewers or not animaze.connections:  # noqa: ASYNC110 - the stand-ins have no event for it
                await asyncio.sleep(0.05)
            built = spy.taken()
            deadline = time.monotonic() + PATIENCE
            for number in range(100):
                model.faults.extend([["500"], [], ["500", "500"]][number % 3])  # the further models have their turn
                known_for_long(bot, f"old{number}")
                await whole_chat(tiktok, number)
                await asyncio.sleep(4)
                bot.handlers()["talking"](True)  # into what is said
                await asyncio.sleep(1)
                bot.handlers()["talking"](False)
                running += spy.taken()
                if not missing(built, running) or time.monotonic() > deadline:
                    break
            stop.set()
    return built, running


def missing(built: Reads, running: Reads) -> set[str]:
    """What would not notice a change: settings nobody reads, and readers who read once."""
    read = {path for path, _ in running}
    once = {f"{path} by {who}" for path, who in built if path in LIVE - AT_EACH_FILE and (path, who) not in running}
    return (LIVE - REHEARSED - ON_SCREEN - AT_EACH_FILE - read) | once


@pytest.mark.timeout(300)
def test_every_setting_without_the_mark_is_read_where_it_is_used(tmp_path: Path, spy: Spy):
    built, running = asyncio.run(evening(tmp_path, spy))

    assert missing(built, running) == set()


def test_the_limits_of_the_rehearsal_are_read_at_each_rehearsal(spy: Spy):
    settings = Settings()
    assert rehearsal.run(settings, 30, "normal", 3).passed
    assert {path for path, _ in spy.taken()} >= REHEARSED
    settings.rehearsal.max_answer_p95 = 0
    assert not rehearsal.run(settings, 30, "normal", 3).passed


def test_how_many_recordings_are_kept_counts_at_the_next_file(tmp_path: Path):
    async def scenario() -> list[str]:
        settings = load_settings(tmp_path / "settings.yaml")
        folder = tmp_path / settings.recording.folder
        folder.mkdir()
        for number in range(6):
            (folder / f"2020-01-0{number + 1}_12-00-00{SUFFIX}").write_bytes(b"")
        recorder = Recorder(settings, "1")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(recorder.run(lambda _: None))
            await asyncio.sleep(0.2)
            settings.recording.keep = 3
            recorder.note("event", time.time(), event={"kind": "comment", "text": "hi"})
            while len(names := sorted(f.name for f in folder.iterdir())) > 3:  # noqa: ASYNC110 - nor has a folder
                await asyncio.sleep(0.05)
            task.cancel()
        return names

    assert len(asyncio.run(asyncio.wait_for(scenario(), 30))) == 3
