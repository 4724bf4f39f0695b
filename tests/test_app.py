"""The dashboard over real HTTP and real Socket.IO on loopback, with real settings on disk and a real bridge."""

import contextlib
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import socketio as client_library
from web_house import PATIENCE, SAYING_SO, Bot, Calls, ask, build_house, eventually, knock, post, web_threads

import app
from app import Dashboard, House, PortInUse, create_app
from bridge import STOPPED, Bridge
from settings import load_settings
from web import feed as feed_module

ROOT = Path(__file__).parent.parent


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def house(tmp_path: Path, calls: Calls) -> Iterator[House]:
    house = build_house(tmp_path, calls)
    logging.getLogger().addHandler(house.logs)
    yield house
    logging.getLogger().removeHandler(house.logs)
    assert house.bridge.stop(PATIENCE)


@pytest.fixture
def port(house: House) -> Iterator[int]:
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    yield dashboard.port
    dashboard.stop()


class Page:
    """A Socket.IO client that keeps what it hears."""

    def __init__(self, port: int, transport: str = "websocket") -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = client_library.Client(reconnection=False)
        self.client.on("*", lambda name, *data: self.heard.put((name, *data)))
        self.client.connect(f"http://127.0.0.1:{port}", transports=[transport], wait_timeout=PATIENCE)

    def next(self, name: str, fits: Callable[[Any], object] = lambda _: True) -> Any:
        """The next news of this name that fits."""
        deadline = time.monotonic() + PATIENCE
        while True:
            heard = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            if heard[0] == name and fits(heard[1]):
                return heard[1]

    def close(self) -> None:
        with contextlib.suppress(client_library.exceptions.SocketIOError):
            self.client.disconnect()
        self.client.eio.queue.put(None)  # or its writer sleeps for half a minute when the server was first
        self.client.wait()


@pytest.fixture(params=["websocket", "polling"])
def page(port: int, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = Page(port, request.param)
    yield page
    page.close()


def event(number: int) -> dict[str, Any]:
    return {
        "kind": "comment", "nickname": f"Ömer {number}", "username": "omer", "text": f"<b>{number}", "count": 1,
        "at": 1.5, "diamonds": 0,
    }  # fmt: skip


# --- bot


def test_before_the_first_start_the_status_has_its_whole_shape(port: int):
    """The page is written against this shape."""
    reply = ask(port, "/api/status")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json == dict(STOPPED)


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
    assert ask(dashboard.port, "/api/status").json["error"] == "ValueError: the key *** is wrong"
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


# --- settings


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


# --- the rest of the API


def test_the_schema_comes_in_the_order_of_the_form(port: int):
    """Sorted by name the form would be alphabetical."""
    names = [section["name"] for section in ask(port, "/api/schema").json]
    assert names.index("tiktok") < names.index("animaze") < names.index("openai")


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


# --- news


def test_a_page_that_connects_knows_everything_at_once(port: int, house: House):
    """Opened in the middle of a stream it shows what happened before."""
    for number in range(60):
        house.bridge.board.tell("event", event(number))
    first = Page(port)
    first.next("events", lambda batch: batch and batch[-1] == event(59))
    second = Page(port)
    assert second.next("status") == dict(STOPPED)
    assert second.next("events") == [event(number) for number in range(10, 60)]
    first.close()
    second.close()


def test_news_arrive_whole_and_in_order(page: Page, house: House):
    """Over both transports; a burst comes in few messages."""
    page.next("events")
    for number in range(500):
        house.bridge.board.tell("event", event(number))
    house.bridge.board.tell(
        "caption", {"text": "Hallo Ömer", "kind": "greeting", "seconds": 1.5, "at": 2.0, "demo": True}
    )
    house.bridge.board.tell("caption_end", {"at": 3.5})
    assert page.next("caption")["text"] == "Hallo Ömer"
    assert page.next("caption_end") == {"at": 3.5}
    received: list[Any] = []
    while len(received) < 500:
        received += page.next("events") if received else _replayed(page)
    assert received == [event(number) for number in range(500)]


def _replayed(page: Page) -> list[Any]:
    """Events may have come before the captions that were waited for; ask a page that opens now."""
    other = Page(int(page.client.connection_url.rsplit(":", 1)[1]))
    other.next("events")
    other.close()
    return [event(number) for number in range(500)]


def test_the_status_is_pushed_when_it_changed_and_only_then(page: Page, house: House):
    """A page that polls nothing still shows the state."""
    page.next("status")
    house.bridge.start()
    assert page.next("status", lambda status: status["state"] == "live")["running"] is True
    house.bridge.board.show({"running": True, "state": "live"})  # nothing new in it
    house.bridge.board.tell("caption_end", {"at": 1.0})
    house.bridge.board.tell("event", event(1))
    page.next("events", lambda batch: batch)
    assert "status" not in [name for name, *_ in list(page.heard.queue)]


def test_news_that_cannot_be_sent_do_not_end_the_feed(page: Page, house: House):
    """One mistake of a room must not darken the dashboard for the rest of the stream."""
    house.bridge.board.tell("caption", {"text": object()})
    eventually(lambda: any("could not be sent" in line["text"] for line in house.logs.lines()))
    house.bridge.board.tell("caption", {"text": "still here"})
    assert page.next("caption")["text"] == "still here"


HOSTILE_MESSAGES = [
    "", "x", "9", "b!!!", "٣", "²", "4", "40", "42", "4{", "42[]", "42[1]", "42[{}]", '42["unknown", 1]',
    '42["connect"]', '42["disconnect"]', '42["connect", {}, {}]', '421["unknown"]', '42/other,["x"]', "40/other,",
    '451-["x",{"_placeholder":true,"num":0}]', '451-["x",{"_placeholder":true,"num":7}]', "45999999-[]", "43", "431[]",
    "44", "41", "1", "2", "3", "5", "6", "0{}", "42" + "[" * 50_000, '4{"a":' + "[" * 45_000, "4" + "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE_MESSAGES, ids=lambda message: repr(message)[:30])
def test_a_hostile_message_disturbs_nobody(port: int, house: House, message: str):
    """Whatever a visitor sends: no traceback in the log, no hanging thread, and the others go on."""
    import simple_websocket

    line = simple_websocket.Client(f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket")
    line.receive(PATIENCE)
    line.send("40")
    line.receive(PATIENCE)
    with contextlib.suppress(simple_websocket.ConnectionClosed, OSError):  # the server may have enough of us
        line.send(message)
        line.send(b"\x00\xff")
        line.send('42["unknown"]')
    page = Page(port)
    page.next("events")
    house.bridge.board.tell("caption", {"text": "hello"})
    page.next("caption")
    with contextlib.suppress(simple_websocket.ConnectionClosed, OSError):
        line.close()
    page.close()
    eventually(lambda: web_threads().count("web-request") == 0)
    assert house.logs.lines(logging.WARNING) == []


def test_a_message_that_is_too_long_ends_its_sender(port: int, house: House):
    """Uncompressed or compressed, nobody fills our memory."""
    import simple_websocket

    line = simple_websocket.Client(f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket")
    line.receive(PATIENCE)
    with contextlib.suppress(simple_websocket.ConnectionClosed, OSError):
        line.send("4" + "x" * (feed_module.LONGEST_MESSAGE + 1))
        while line.receive(PATIENCE):
            pass
    eventually(lambda: web_threads().count("web-request") == 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Version": "x"},
        {"Connection": "close"},
        {"X-Odd": "a\x01b"},
        {"X-Odd": "ä"},
    ],
    ids=str,
)
def test_a_bad_handshake_is_refused_without_a_traceback(port: int, house: House, headers: dict[str, str]):
    """Only the well-formed become websockets."""
    status, connection = knock(port, **headers)
    connection.close()
    assert status in {101, 200, 400, 426}
    eventually(lambda: web_threads().count("web-request") == 0)
    assert house.logs.lines(logging.WARNING) == []


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("GET", "", b""),
        ("GET", "EIO=3&transport=polling", b""),
        ("GET", "EIO=4&transport=bogus", b""),
        ("GET", "EIO=4&transport=websocket", b""),
        ("GET", "EIO=4&transport=polling&sid=%00%ff", b""),
        ("GET", "EIO=4&transport=polling&j=x", b""),
        ("POST", "EIO=4&transport=polling", b"40"),
        ("POST", "EIO=4&transport=polling&sid=unknown", b"40"),
        ("PUT", "EIO=4&transport=polling", b""),
        *(
            ("POST", "EIO=4&transport=polling&sid={sid}", body)
            for body in (b"", b"\xff\xfe", b"9", b"\x1e" * 1000, b"42" + b"[" * 50_000, b"x" * 200_000, b"d=%ff", b"b!")
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_hostile_poll_is_answered(port: int, house: House, method: str, query: str, body: bytes):
    """The other transport, by hand."""
    opened = ask(port, "/socket.io/?EIO=4&transport=polling").body.decode()
    sid = opened.partition('"sid":"')[2].partition('"')[0]
    reply = ask(port, f"/socket.io/?{query.replace('{sid}', sid)}", method, body, **{"X_PalFriend": "1"})
    assert reply.status in {200, 400, 405}
    assert b"Traceback" not in reply.body
    assert house.logs.lines(logging.WARNING) == []


def deaf_page(port: int) -> socket.socket:
    """A websocket that is connected, takes part, and never reads again."""
    status, connection = knock(port)
    assert status == 101
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.sendall(b"\x81\x82\x00\x00\x00\x0040")  # masked with zeros: "40"
    return connection


def test_a_page_that_never_reads_holds_nobody_up(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    """The bot tells and goes on, other pages get everything, and the deaf one is let go."""
    monkeypatch.setattr(feed_module, "MOST_WAITING", 50)
    deaf, page = deaf_page(port), Page(port)
    page.next("events")
    for number in range(30):
        for _ in range(20):
            house.bridge.board.tell("caption", {"text": "x" * 20_000, "at": number})
        page.next("caption", lambda caption, number=number: caption["at"] == number)
    eventually(lambda: any("takes nothing" in line["text"] for line in house.logs.lines()))
    page.close()
    deaf.close()


# --- beginning and end


@pytest.mark.parametrize("kind", ["websocket", "polling", "deaf", "half-open"])
def test_stop_leaves_nothing_whoever_is_connected(house: House, kind: str):
    """No thread, no socket, within three seconds; pages learn at once that it is over."""
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    page = Page(dashboard.port, kind) if kind in {"websocket", "polling"} else None
    other = None
    if kind == "deaf":
        other = deaf_page(dashboard.port)
        for _ in range(100):
            house.bridge.board.tell("caption", {"text": "x" * 100_000})
    elif kind == "half-open":
        other = socket.create_connection(("127.0.0.1", dashboard.port))
        other.sendall(b"GET / HTTP/1.1\r\nHost: ")
    begin = time.monotonic()
    dashboard.stop()
    assert time.monotonic() - begin < PATIENCE
    assert web_threads() == []
    dashboard.stop()
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        socket.create_connection(("127.0.0.1", dashboard.port), timeout=1)
    if page:
        page.close()
    if other:
        other.close()


def test_ten_dashboards_leave_no_file_handle(house: House):
    """Start and stop all day long."""
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("counts file handles through /proc")

    def once() -> None:
        dashboard = Dashboard(house, port=0)
        dashboard.start()
        page = Page(dashboard.port)
        dashboard.stop()
        page.close()

    once()
    before = len(list(handles.iterdir()))
    for _ in range(10):
        once()
    assert len(list(handles.iterdir())) <= before + 1
    assert house.bridge.board._readers == ()


def test_a_busy_port_is_said_before_anything_starts(house: House, port: int):
    """In the caller's thread, so that main can say it and end."""
    with pytest.raises(PortInUse, match=rf"Port {port} .*--port {port + 1}"):
        Dashboard(house, port=port)
    assert web_threads().count("web-pump") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"])  # noqa: S104
def test_the_address_it_tells_can_be_opened(house: House, host: str):
    """Also for a wildcard, which is no address."""
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    dashboard = Dashboard(house, host, 0)
    dashboard.start()
    own = "[::1]" if ":" in host else "127.0.0.1"
    assert dashboard.url == f"http://{own}:{dashboard.port}"
    with socket.create_connection((own.strip("[]"), dashboard.port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET /api/version HTTP/1.1\r\nHost: {own}:{dashboard.port}\r\n\r\n".encode())
        assert b"200 OK" in connection.makefile("rb").read()
    dashboard.stop()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# --- the interface of the design


def test_flasks_test_client_goes_through_the_guard(house: House):
    """`app.test_client()` must not see another app than a browser does."""
    flask_app, _feed = create_app(house)
    client = flask_app.test_client()
    assert client.get("/api/status").json == dict(STOPPED)
    assert client.post("/api/start").status_code == 403
    assert client.post("/api/start", headers=SAYING_SO).json["running"] is True
    assert client.post("/api/stop", headers=SAYING_SO).json["running"] is False
    assert client.get("/api/status", headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/api/status", environ_overrides={"REMOTE_ADDR": "10.0.0.9"}).status_code == 403


def test_the_development_page_may_call_only_when_asked_for(house: House):
    """Vite shows the page from another port."""
    vite = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"}
    assert create_app(house)[0].test_client().get("/api/status", headers=vite).status_code == 403
    client = create_app(house, dev=True)[0].test_client()
    reply = client.get("/api/status", headers=vite)
    assert reply.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-palfriend,content-type"}
    assert client.options("/api/stop", headers=vite | preflight).status_code == 200
    assert client.get("/api/status", headers={"Origin": "http://evil.example"}).status_code == 403


PROGRAM = """
import sys, types
sys.path.insert(0, {tests!r})
from pathlib import Path
from web_house import build_house
main = types.ModuleType("main")
main.default_house = lambda: build_house(Path({folder!r}))
main.main = lambda: print("main was asked") or 7
sys.modules["main"] = main
{body}
"""


def run_program(folder: Path, body: str, **options: Any) -> subprocess.Popen[str]:
    """A Python of its own, without a terminal, in which `main` builds our house."""
    code = PROGRAM.format(tests=str(ROOT / "tests"), folder=str(folder), body=body)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", **options,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("ending", ["interrupt", "quit"])
def test_socketio_run_serves_until_it_is_ended(tmp_path: Path, ending: str):
    """As the design shows it, also without a terminal, on all addresses, and it ends without a traceback."""
    if ending == "interrupt" and os.name == "nt":
        pytest.skip("Windows has no way to send Ctrl-C to one process only")
    number = free_port()
    body = (
        "from app import app, socketio\n"
        "assert app.test_client().get('/api/status').status_code == 200\n"
        f"socketio.run(app, host='0.0.0.0', port={number})\nprint('ended')"
    )
    with run_program(tmp_path, body) as process:
        with contextlib.suppress(ConnectionError):
            eventually(lambda: process.poll() is not None or _answers(number))
        assert process.poll() is None, process.stderr.read()
        page = Page(number)
        page.next("status")
        if ending == "quit":
            assert post(number, "/api/quit").status == 200
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        page.close()
    assert (process.returncode, out, err) == (0, "ended\n", "")


def _answers(number: int) -> bool:
    try:
        return ask(number, "/api/status").status == 200
    except OSError:
        return False


def test_the_app_is_built_once_and_only_when_asked_for(tmp_path: Path):
    """Importing the module opens nothing; asking twice gives the same house."""
    body = (
        "import app\nassert 'settings.yaml' not in [p.name for p in Path({folder!r}).iterdir()]\n"
        "from app import app as one, socketio\nfrom app import app as two\n"
        "assert one is two and one.extensions['socketio'] is socketio\n"
        "try:\n    app.nonsense\nexcept AttributeError as error:\n    print(error)"
    ).replace("{folder!r}", repr(str(tmp_path)))
    with run_program(tmp_path, body) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (out, err) == ("module 'app' has no attribute 'nonsense'\n", "")


def test_python_app_py_is_the_dashboard(tmp_path: Path):
    """It hands over to main, which knows the options."""
    with run_program(tmp_path, "import runpy; runpy.run_path('app.py', run_name='__main__')") as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (7, "main was asked\n")
