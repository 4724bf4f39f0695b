"""The dashboard's API over real HTTP on loopback, with real settings on disk and a real bridge."""

import logging
import socket
import threading
from pathlib import Path

import pytest
from web_house import PATIENCE, Bot, Calls, ask, build_house, eventually, post

import app
from app import Dashboard, House
from bridge import STOPPED, Bridge
from settings import load_settings


def test_before_the_first_start_the_status_has_its_whole_shape(port: int):
    """The page is written against this shape."""
    reply = ask(port, "/api/status")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    file = {"problems": [], "restart": [], "changed_at": None, "undo": False}
    assert reply.json == {**STOPPED, "demo": True, "settings": file, "notices": []}


def test_the_status_says_how_the_live_is_doing_why_and_what_to_do(port: int, house: House):
    """In English words; the page translates by the code."""
    live = {"state": "connecting", "since": 5.0, "code": "tiktok_rate_limited", "until": "20:15"}
    house.bridge.board.show({"running": True, "live": {**STOPPED["live"], **live, "params": {"until": "20:15"}}})
    told = ask(port, "/api/status").json["live"]
    assert told["state"] == "connecting"
    assert "20:15" in told["reason"]
    assert told["remedy"].startswith("Wait until 20:15.")


def test_start_and_stop_may_be_said_twice(port: int, house: House):
    """Two open pages, or an impatient finger."""
    for _ in range(2):
        reply = post(port, "/api/start")
        assert (reply.status, reply.json["running"]) == (200, True)
    eventually(lambda: ask(port, "/api/status").json["state"] == "live")
    for _ in range(2):
        reply = post(port, "/api/stop")
        assert (reply.status, reply.json["running"], reply.json["state"]) == (200, False, "stopped")
    assert not house.bridge.running


def test_a_bot_that_does_not_stop_is_told_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The page must not wait for ever, and the streamer must know what to do."""
    go = threading.Event()

    async def stubborn(board, stop):
        go.wait(PATIENCE)  # blocks the loop

    monkeypatch.setattr(app, "STOP_SECONDS", 0.1)  # five seconds would only make the test slow
    house = build_house(tmp_path, bridge=Bridge(stubborn))
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    assert post(dashboard.port, "/api/start").status == 200
    reply = post(dashboard.port, "/api/stop")
    assert reply.status == 504
    assert set(reply.json) == {"error", "hint"}
    go.set()
    assert house.bridge.stop(PATIENCE)
    dashboard.stop()


def test_a_failed_bot_leaves_its_reason_without_secrets(tmp_path: Path):
    """A library puts the key into its message."""
    house = build_house(tmp_path, bridge=Bridge(Bot(fails=True)))
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    post(dashboard.port, "/api/start")
    eventually(lambda: ask(dashboard.port, "/api/status").json["state"] == "error")
    assert "(ValueError: the key *** is wrong)" in ask(dashboard.port, "/api/status").json["error"]
    dashboard.stop()


def test_links_say_their_reason_in_english_too(port: int, house: House):
    """Whoever reads the API without our page; a parameter may be called anything."""
    params = {"name": "{code}", "code": "503", "language": "xx"}
    house.bridge.board.show({"links": {"tiktok": {"state": "error", "code": "no_such_reason", "params": params}}})
    assert ask(port, "/api/status").json["links"] == {
        "tiktok": {"state": "error", "code": "no_such_reason", "params": params, "text": "reason.no_such_reason"}
    }


def test_quit_answers_first_and_then_ends_the_program(port: int, calls: Calls):
    """The page wants to say goodbye."""
    assert post(port, "/api/quit").json == {"quitting": True}
    assert calls.quit.wait(PATIENCE)


def test_no_answer_ever_contains_a_secret(port: int, house: House, tmp_path: Path):
    """Not the settings, not the schema, not the answer to their change, not the log."""
    reply = post(
        port, "/api/settings", {"openai": {"api_key": "sk-very-secret"}, "tiktok": {"session_id": "s3ss10n-id"}}
    )
    assert reply.status == 200
    assert reply.json["openai"]["api_key"]["set"] is True
    logging.getLogger("somebody").warning("using sk-very-secret and s3ss10n-id")
    bodies = [reply.body, *(ask(port, f"/api/{name}").body for name in ("settings", "schema", "logs", "status"))]
    assert not any(b"very-secret" in body or b"s3ss10n-id" in body for body in bodies)
    assert house.settings.openai.api_key == "sk-very-secret"
    assert "very-secret" not in (tmp_path / "settings.yaml").read_text(encoding="utf-8")
    assert load_settings(tmp_path / "settings.yaml").openai.api_key == "sk-very-secret"


def test_a_secret_that_is_sent_back_as_it_was_shown_stays(port: int, house: House):
    """A page may post the whole form."""
    post(port, "/api/settings", {"openai": {"api_key": "sk-very-secret"}})
    reply = post(port, "/api/settings", ask(port, "/api/settings").json)
    assert reply.status == 200
    assert house.settings.openai.api_key == "sk-very-secret"


def test_a_change_is_validated_taken_over_and_saved(port: int, house: House, tmp_path: Path):
    """The bot holds the same object and sees the change at once."""
    comment = house.settings.comment
    reply = post(port, "/api/settings", {"comment": {"reply_threshold": 0.25, "enabled": 0}, "batch_window": 3})
    assert reply.json["comment"]["reply_threshold"] == 0.25
    assert comment is house.settings.comment
    assert (comment.reply_threshold, comment.enabled, house.settings.batch_window) == (0.25, False, 3.0)
    assert load_settings(tmp_path / "settings.yaml") == house.settings
    assert ask(port, "/api/settings").json["comment"]["reply_threshold"] == 0.25


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"comment": {"reply_threshold": 7}}, "comment.reply_threshold"),
        ({"comment": {"reply_threshold": "high"}}, "comment.reply_threshold"),
        ({"comment": {"reply_threshold": None}}, "comment.reply_threshold"),
        ({"comment": {"reply_threshold": 10**400}}, "comment.reply_threshold"),
        ({"comment": {"nonsense": 1}}, "comment.nonsense"),
        ({"comment": [1]}, "comment"),
        ({"batch_window": {}}, "batch_window"),
        ({"animaze": {"port": 70_000}}, "animaze.port"),
        ({"__class__": {"__dict__": 1}}, "__class__"),
    ],
    ids=str,
)
def test_a_wrong_value_is_named_and_nothing_is_taken_over(port: int, house: House, tmp_path: Path, changes, field):
    """Half a form saved would be worse than none."""
    file = tmp_path / "settings.yaml"
    before, saved = house.settings.model_dump(), file.read_bytes()
    reply = post(port, "/api/settings", {"style": {"language": "de"}, **changes})
    assert reply.status == 400
    assert reply.json["fields"][field]
    assert reply.json["error"]
    assert house.settings.model_dump() == before
    assert file.read_bytes() == saved


def test_what_cannot_be_saved_is_not_taken_over(port: int, house: House, tmp_path: Path):
    """Otherwise the dashboard shows what is gone after a restart."""
    file = tmp_path / "settings.yaml"
    file.unlink()
    file.mkdir()
    before = house.settings.model_dump()
    reply = post(port, "/api/settings", {"batch_window": 3})
    assert reply.status == 507
    assert "could not be saved" in reply.json["error"]
    assert "Traceback" not in reply.json["error"]
    assert house.settings.model_dump() == before
    file.rmdir()
    assert post(port, "/api/settings", {"batch_window": 3}).status == 200


def test_many_pages_may_save_at_once(port: int, house: House, tmp_path: Path):
    """No change of one may undo that of another."""
    numbers = range(1, 9)
    names = ["gift", "follow", "subscribe", "share", "like", "join"]
    threads = [
        threading.Thread(target=post, args=(port, "/api/settings", {"event_priority": {name: number}}))
        for number, name in zip(numbers, names, strict=False)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    expected = dict(zip(names, numbers, strict=False))
    assert house.settings.event_priority.model_dump() == expected
    assert load_settings(tmp_path / "settings.yaml").event_priority.model_dump() == expected


BAD_BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'"text"', 400),
    (b'{"batch_window": NaN}', 400),
    (b'{"batch_window": Infinity}', 400),
    (b'{"batch_window": 1e999}', 400),
    (b'{"batch_window": ' + b"9" * 10_000 + b"}", 400),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400),
    (b'{"system_prompt": "\xff\xfe"}', 400),
    (b'{"system_prompt": "\\ud800"}', 400),
    (b'\xef\xbb\xbf{"batch_window": 3}', 400),
    (b'{"system_prompt": "' + b"x" * 1_000_000 + b'"}', 413),
]


@pytest.mark.parametrize(("body", "status"), BAD_BODIES, ids=lambda value: repr(value)[:30])
def test_a_body_that_is_no_json_object_is_refused(port: int, house: House, body: bytes, status: int):
    """Never a 500, never a traceback, never a change."""
    before = house.settings.model_dump()
    reply = ask(port, "/api/settings", "POST", body, Content_Type="application/json", **{"X_PalFriend": "1"})
    assert reply.status == status
    assert reply.json["error"].endswith(".")
    assert b"Traceback" not in reply.body
    assert house.settings.model_dump() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_a_body_of_another_type_is_refused(port: int, kind: str):
    """A form can send these without asking first."""
    reply = ask(port, "/api/settings", "POST", b"{}", Content_Type=kind, **{"X_PalFriend": "1"})
    assert reply.status == 415
    assert reply.json["hint"]


@pytest.mark.parametrize(
    "head",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: abc\r\n\r\n{}",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
    ],
    ids=str,
)
def test_a_body_of_a_wrong_length_is_refused(port: int, head: bytes):
    """Raw, as no library would send it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(
            b"POST /api/settings HTTP/1.1\r\nHost: localhost\r\nX-PalFriend: 1\r\n"
            b"Content-Type: application/json\r\n" + head
        )
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.split()[1] in {b"400", b"413"}
    assert b'{"error"' in answer.replace(b'{\n  "error"', b'{"error"')
    assert b"Traceback" not in answer


def test_the_schema_comes_in_the_order_of_the_form(port: int):
    """Sorted by name the form would be alphabetical."""
    names = [section["name"] for section in ask(port, "/api/schema").json]
    for listed in (names, list(ask(port, "/api/settings").json)):
        assert listed.index("tiktok") < listed.index("animaze") < listed.index("openai")


def test_the_microphones_are_listed(port: int):
    """For the drop-down."""
    assert ask(port, "/api/devices").json == [{"name": "Mikrofon (ä)", "default": True}]


def test_a_broken_sound_system_is_told_in_plain_words(tmp_path: Path):
    """PortAudio may be missing, or raise what it likes."""

    def devices():
        raise OSError("PortAudio library not found")

    dashboard = Dashboard(build_house(tmp_path, devices=devices), port=0)
    dashboard.start()
    reply = ask(dashboard.port, "/api/devices")
    assert (reply.status, reply.json["error"]) == (503, "The microphones cannot be listed.")
    dashboard.stop()


def test_the_log_can_be_read_by_level_and_number(port: int):
    """What the page offers."""
    for level in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger("test.app"), level)("a %s line", level)
    lines = ask(port, "/api/logs?level=warning&limit=2").json
    assert [line["text"] for line in lines] == ["a warning line", "a error line"]
    assert set(lines[0]) == {"at", "level", "name", "text"}
    assert ask(port, "/api/logs?limit=1").json == lines[1:]


@pytest.mark.parametrize("query", ["level=loud", "limit=x", "limit=-1", "limit=1.5", "limit=٣", "limit=" + "9" * 5000])
def test_a_wrong_question_to_the_log_is_refused(port: int, query: str):
    """Never a 500."""
    reply = ask(
        port, f"/api/logs?{query.encode('utf-8').decode('latin-1')}" if query.isascii() else "/api/logs?limit=%D9%A3"
    )
    assert reply.status == 400
    assert reply.json["error"]


def test_the_version_is_told(port: int):
    """With whether this is a demo, so that the page can say so."""
    assert ask(port, "/api/version").json == {"version": "1.2.3", "demo": True}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404), ("GET", "/api", 404), ("GET", "/api/", 404), ("GET", "/api/status/", 404),
        ("GET", "/api/start", 405), ("POST", "/api/status", 405), ("DELETE", "/api/settings", 405),
        ("GET", "/nothing.js", 404), ("POST", "/", 405), ("GET", "/api/locales/..%2f..%2fsettings", 404),
    ],
)  # fmt: skip
def test_an_unknown_address_or_method_is_told_in_json(port: int, method: str, path: str, status: int):
    """A page that parses every answer never stumbles."""
    reply = ask(port, path, method, **{"X_PalFriend": "1"})
    assert reply.status == status
    assert set(reply.json) <= {"error", "hint"}
    assert ("allow" in reply.headers) == (status == 405)


def test_a_mistake_of_ours_tells_nothing_of_its_inside(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    """The traceback belongs into the log."""

    def fail() -> bool:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(house.bridge, "start", fail)  # no real failure can be had for the asking
    reply = post(port, "/api/start")
    assert reply.status == 500
    assert reply.json == {"error": "Something went wrong inside PalFriend.", "hint": "The log says what."}
    assert "ZeroDivisionError" in ask(port, "/api/logs?level=error").json[-1]["text"]
