"""Panic, mute, skip and the audit over real HTTP, with real settings on disk and, where it matters, a real bot."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_house import PATIENCE, ask, build_house, eventually, post

from app import House
from bot import Bot
from bridge import Bridge, Orders
from events import Board
from settings import load_settings
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, ScriptedEar, ScriptedSource, comment

EMPTY = {"allow": [], "block": []}


class Crowd(ScriptedSource):
    """Says its lines at once, on the real clock."""

    async def run(self, sink: Any, report: Any) -> None:
        for _, what in self.script:
            object.__setattr__(what, "at", time.time())
            sink(what)
        await asyncio.Event().wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = load_settings(tmp_path / "settings.yaml")
    orders = Orders()

    async def live(board: Board, stop: asyncio.Event) -> None:
        script = [(0.0, comment(f"i want to die <b>{n}</b> ☠", user=f"u{n}")) for n in range(3)]
        bot = Bot(
            settings=settings, source=Crowd(script), avatar=ListeningAvatar(seconds=0.01), brain=EchoBrain(),
            people=Notebook(), ear=ScriptedEar(), board=board, estimate=lambda _: 0.01, panicked=orders.remember,
        )  # fmt: skip
        with orders.given_to(bot.handlers()):
            await bot.run(stop)

    house = build_house(tmp_path, settings=settings, bridge=Bridge(live, orders))
    yield house
    assert house.bridge.stop(PATIENCE)


def running(house: House) -> None:
    """Started, and the three red flags are in the audit."""
    house.bridge.start()
    eventually(lambda: sum(entry["action"] == "red_flag" for entry in house.bridge.board.audit) == 3)


def test_panic_and_mute_answer_with_the_status_they_made(port: int, house: House):
    running(house)
    steps = [("panic", True, "panic"), ("mute", True, "panic"), ("panic", False, "mute"), ("mute", False, None)]
    for name, on, silenced in steps:
        reply = post(port, f"/api/{name}", {"on": on})
        assert (reply.status, reply.json["silenced"], reply.json["running"]) == (200, silenced, True)
    assert post(port, "/api/skip").json["running"] is True


def test_the_streamer_takes_the_floor_and_gives_it_back(port: int, house: House):
    running(house)
    for on, floor in ((True, "streamer"), (False, "nobody")):
        reply = post(port, "/api/talking", {"on": on})
        assert (reply.status, reply.json["talking"]) == (200, on)
        eventually(lambda floor=floor: ask(port, "/api/status").json["floor"] in {floor, "pal"})


def test_without_a_bot_nobody_can_talk_over_it(port: int, house: House):
    assert post(port, "/api/talking", {"on": True}).json["talking"] is False
    assert ask(port, "/api/status").json["microphone"]["engine"] == ""


@pytest.mark.parametrize("kind", ["speak", "quiet"])
def test_what_was_measured_is_answered_and_saved(port: int, house: House, kind: str):
    reply = post(port, "/api/microphone/calibrate", {"kind": kind})
    assert reply.status == 200
    assert reply.json == {"kind": kind, "verdict": "ok", "level_dbfs": -21.5, "text": "Measured. All is well."}
    name = {"speak": "voice_level_dbfs", "quiet": "noise_floor_dbfs"}[kind]
    assert load_settings(house.settings.file).microphone[name] == -21.5
    assert house.settings.microphone[name] == -21.5


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"kind": 1}', b'{"kind": "loud"}', b'{"kind": ["speak"]}', b'{"kind": null}']
)
def test_what_cannot_be_measured_is_refused(port: int, house: House, body: bytes):
    reply = ask(
        port, "/api/microphone/calibrate", "POST", body, Content_Type="application/json", **{"X_PalFriend": "1"}
    )
    assert reply.status == 400
    assert house.settings.microphone.voice_level_dbfs == 0


def test_without_a_bot_panic_is_remembered_and_the_rest_does_no_harm(port: int, house: House):
    assert ask(port, "/api/status").json["silenced"] is None
    assert post(port, "/api/mute", {"on": True}).json["silenced"] is None
    assert post(port, "/api/skip").json["silenced"] is None
    assert post(port, "/api/panic", {"on": True}).json["silenced"] == "panic"
    running(house)
    assert ask(port, "/api/status").json["silenced"] == "panic"
    assert post(port, "/api/panic", {"on": False}).json["silenced"] is None


@pytest.mark.parametrize("path", ["/api/panic", "/api/mute", "/api/talking"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"on": 1}', b'{"on": "true"}', b'{"on": null}', b'{"on": [true]}']
)
def test_what_is_neither_on_nor_off_is_refused(port: int, house: House, path: str, body: bytes):
    reply = ask(port, path, "POST", body, Content_Type="application/json", **{"X_PalFriend": "1"})
    assert reply.status == 400
    assert reply.json["error"]
    assert house.bridge.status()["silenced"] is None


@pytest.mark.parametrize(
    "path", ["panic", "mute", "skip", "talking", "microphone/calibrate", "audit/allow", "audit/block"]
)
def test_a_page_of_somebody_else_orders_nothing(port: int, house: House, path: str):
    """A form on any website can post to this computer."""
    body = b'{"on": true, "word": "x"}'
    for headers in ({}, {"Origin": "https://evil.example", "X_PalFriend": "1"}):
        assert ask(port, f"/api/{path}", "POST", body, Content_Type="application/json", **headers).status in {400, 403}
    assert house.bridge.status()["silenced"] is None
    assert house.settings.safety.allow == []


def test_the_audit_comes_newest_first_and_as_many_as_asked_for(port: int, house: House):
    assert ask(port, "/api/audit").json == {"entries": []}
    running(house)
    entries = ask(port, "/api/audit").json["entries"]
    assert [entry["id"] for entry in entries] == [3, 2, 1]
    assert set(entries[0]) == {"id", "at", "action", "rule", "reason", "text", "said", "kind", "username"}
    assert entries[0]["text"] == "i want to die <b>2</b> ☠"
    assert [e["id"] for e in ask(port, "/api/audit?limit=2").json["entries"]] == [3, 2]
    assert ask(port, "/api/audit?limit=0").json["entries"] == []


@pytest.mark.parametrize("limit", ["x", "-1", "1.5", "", "%D9%A3", "9" * 5000])
def test_a_wrong_limit_is_refused(port: int, limit: str):
    assert ask(port, f"/api/audit?limit={limit}").status == 400


def test_the_audit_can_be_taken_home(port: int, house: House):
    assert ask(port, "/api/audit/export").body == b""
    running(house)
    reply = ask(port, "/api/audit/export")
    assert reply.headers["content-disposition"] == 'attachment; filename="palfriend-audit.jsonl"'
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in reply.body.decode("utf-8").splitlines()]
    assert lines == ask(port, "/api/audit").json["entries"][::-1]


def cases(folder: Path) -> list[tuple[str, str]]:
    file = folder / "safety_cases.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    assert all(set(line) == {"word", "expect", "at"} for line in lines)
    return [(line["word"], line["expect"]) for line in lines]


def test_a_word_is_allowed_or_blocked_saved_and_becomes_a_case(port: int, house: House, tmp_path: Path):
    running(house)
    assert post(port, "/api/audit/allow", {"word": "  Gürke "}).json == {"allow": ["Gürke"], "block": []}
    assert post(port, "/api/audit/block", {"word": "du Wurst"}).json == {"allow": ["Gürke"], "block": ["du Wurst"]}
    assert post(port, "/api/audit/block", {"word": "gürke"}).json == {"allow": [], "block": ["du Wurst", "gürke"]}
    assert load_settings(tmp_path / "settings.yaml").safety.block == ["du Wurst", "gürke"]
    assert house.settings.safety.block == ["du Wurst", "gürke"]
    assert cases(tmp_path) == [("Gürke", "allowed"), ("du Wurst", "blocked"), ("gürke", "blocked")]
    newest = ask(port, "/api/audit").json["entries"][:3]
    assert [(e["action"], e["text"]) for e in newest] == [("block", "gürke"), ("block", "du Wurst"), ("allow", "Gürke")]


@pytest.mark.parametrize(
    "word", ["", "   ", "!!!", "a\nb", "a\u2028b", "a\x00b", "x" * 101, 5, None, True, ["a"], {"a": 1}], ids=repr
)
def test_what_is_no_word_is_refused(port: int, house: House, tmp_path: Path, word: object):
    before = (tmp_path / "settings.yaml").read_bytes()
    for lesson in ("allow", "block"):
        reply = post(port, f"/api/audit/{lesson}", {"word": word})
        assert (reply.status, bool(reply.json["error"])) == (400, True)
    assert (tmp_path / "settings.yaml").read_bytes() == before
    assert cases(tmp_path) == []
    assert post(port, "/api/audit/allow", {}).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "other", 404), ("GET", "allow", 405), ("POST", "export", 405)]
)
def test_there_are_no_other_lessons(port: int, method: str, path: str, status: int):
    reply = ask(port, f"/api/audit/{path}", method, b"{}", Content_Type="application/json", **{"X_PalFriend": "1"})
    assert reply.status == status


def test_many_clicks_at_once_lose_no_word_and_no_line(port: int, house: House, tmp_path: Path):
    words = [f"word{n}" for n in range(12)]
    clicks = [threading.Thread(target=post, args=(port, "/api/audit/block", {"word": word})) for word in words]
    [click.start() for click in clicks]
    [click.join() for click in clicks]
    assert sorted(house.settings.safety.block) == sorted(words)
    assert sorted(word for word, _ in cases(tmp_path)) == sorted(words)


def test_half_a_line_of_a_crash_does_not_spoil_the_next(port: int, tmp_path: Path):
    file = tmp_path / "safety_cases.jsonl"
    file.write_text('{"word": "a"', encoding="utf-8")
    post(port, "/api/audit/block", {"word": "b"})
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"word": "a"'
    assert json.loads(lines[1])["word"] == "b"


def test_a_word_that_cannot_be_saved_changes_nothing(port: int, house: House, tmp_path: Path):
    (tmp_path / "settings.yaml").unlink()
    (tmp_path / "settings.yaml").mkdir()
    assert post(port, "/api/audit/block", {"word": "b"}).status == 507
    assert house.settings.safety.block == []
    assert cases(tmp_path) == []


def test_a_case_that_cannot_be_written_is_told(port: int, house: House, tmp_path: Path):
    (tmp_path / "safety_cases.jsonl").mkdir()
    reply = post(port, "/api/audit/block", {"word": "b"})
    assert reply.status == 507
    assert "safety_cases.jsonl" in reply.json["error"]
    assert house.settings.safety.block == ["b"]
