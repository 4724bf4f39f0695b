"""News over real Socket.IO: whole, in order, to everybody, whatever one page sends or does not read."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import simple_websocket
from web_house import HANDSHAKE, PATIENCE, Page, ask, deaf_page, eventually, knock, web_threads
from wsproto.events import CloseConnection

from app import Dashboard, House
from bridge import STOPPED
from web import feed as feed_module
from web.server import TAKE_OVER


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


def test_a_page_that_connects_knows_everything_at_once(port: int, house: House):
    """Opened in the middle of a stream it shows what happened before."""
    for number in range(60):
        house.bridge.board.tell("event", event(number))
    first = Page(port)
    first.next("events", lambda batch: batch and batch[-1] == event(59))
    second = Page(port)
    file = {"problems": [], "restart": [], "changed_at": None, "undo": False}
    assert second.next("status") == {**STOPPED, "demo": True, "notices": [], "settings": file}
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
    received: list[Any] = []
    captions: list[Any] = []
    while len(received) < 500 or len(captions) < 2:
        name, news = page.heard.get(timeout=PATIENCE)
        if name == "events":
            received += news
        elif name.startswith("caption"):
            captions.append(news)
    assert received == [event(number) for number in range(500)]
    assert [captions[0]["text"], captions[1]["at"]] == ["Hallo Ömer", 3.5]


def test_of_a_burst_of_levels_only_the_newest_reaches_the_page(page: Page, house: House):
    """A meter needs what is, not what was; a microphone tells 20 of them a second."""
    page.next("events")
    for number in range(500):
        house.bridge.board.tell("level", {"rms_dbfs": -float(number), "peak_dbfs": 0.0, "talking": False})
    house.bridge.board.tell("caption_end", {"at": 1.0})
    seen = 0
    while True:
        name, news = page.heard.get(timeout=PATIENCE)
        seen += name == "level"
        if name == "level" and news["rms_dbfs"] == -499:
            break
    assert seen <= 3


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


def test_a_message_that_never_ends_is_cut_off(port: int):
    """Each fragment is small enough; together they are not, and the last one never comes."""
    status, connection = knock(port)
    assert status == 101
    length = 60_000
    with contextlib.suppress(OSError):
        for opcode in (1, 0, 0):  # text, continued, continued; never final, masked with zeros
            connection.sendall(bytes([opcode, 0xFE]) + length.to_bytes(2, "big") + b"\0\0\0\0" + b"4" * length)
    eventually(lambda: web_threads().count("web-request") == 0)
    connection.close()


def test_a_line_that_says_goodbye_by_itself_may_be_closed_and_written_to():
    """The reader closes over a message that is too long, in the moment in which another thread ends the page."""
    ours, theirs = socket.socketpair()
    environ = {"werkzeug.socket": ours, "REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HANDSHAKE.items()}
    environ |= {"HTTP_HOST": "127.0.0.1", TAKE_OVER: lambda *_: None}

    def page(websocket: Any) -> None:
        websocket._line.ws.send(CloseConnection(1009))
        with pytest.raises(ConnectionAbortedError):
            websocket.send("too late")
        websocket.close()
        ours.shutdown(socket.SHUT_RDWR)

    threads: list[threading.Thread] = []

    def thread(target: Any, args: Any = (), kwargs: Any = None) -> threading.Thread:
        threads.append(threading.Thread(target=target, args=args, kwargs=kwargs, daemon=True))
        return threads[-1]

    with pytest.raises(ConnectionAbortedError):  # so the server knows that nothing is left to be answered
        feed_module._WebSocket(page, thread)(environ, lambda *_: None)
    threads[0].join(PATIENCE)
    theirs.close()


def test_a_message_that_is_too_long_ends_its_sender(port: int, house: House):
    """Uncompressed or compressed, nobody fills our memory."""
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


def test_a_page_that_never_reads_holds_nobody_up(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    """The bot tells and goes on, other pages get everything, and the deaf one is let go."""
    monkeypatch.setattr(feed_module, "MOST_WAITING", 10)
    deaf, page = deaf_page(port), Page(port)
    page.next("events")
    for number in range(30):
        for _ in range(20):
            house.bridge.board.tell("caption", {"text": "x" * 400_000, "at": number})
        page.next("caption", lambda caption, number=number: caption["at"] == number)
    eventually(lambda: any("takes nothing" in line["text"] for line in house.logs.lines()))
    page.close()
    deaf.close()


@contextlib.contextmanager
def dashboard_that_pings(house: House, seconds: float) -> Iterator[int]:
    """Where a dashboard listens that pings its pages so often, and waits as long for the answer."""
    dashboard = Dashboard(house, port=0)
    engine = dashboard._feed.server.eio
    engine.ping_interval = engine.ping_timeout = seconds
    dashboard.start()
    try:
        yield dashboard.port
    finally:
        dashboard.stop()


def is_cut_off(connection: socket.socket) -> bool:
    connection.settimeout(PATIENCE)
    with connection, contextlib.suppress(ConnectionError):
        while connection.recv(4096):
            pass
    return True


def test_a_page_that_fell_silent_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch):
    """A phone that left the house says no goodbye: enough of those would take every connection there is."""
    monkeypatch.setattr(feed_module, "GOODBYE_SECONDS", 0.5)
    with dashboard_that_pings(house, 0.3) as port:
        before = web_threads()
        assert is_cut_off(deaf_page(port))
        eventually(lambda: web_threads() == before)


def test_a_websocket_that_says_nothing_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch):
    """Long before it is found out by a ping."""
    monkeypatch.setattr(feed_module, "HELLO_SECONDS", 0.5)
    with dashboard_that_pings(house, 1000) as port:
        status, connection = knock(port)
        assert status == 101
        assert is_cut_off(connection)


def test_a_page_that_has_said_something_is_kept(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    """However long it says nothing more."""
    monkeypatch.setattr(feed_module, "HELLO_SECONDS", 0.5)
    late = Page(port)
    late.next("events")
    time.sleep(2)
    house.bridge.board.tell("event", event(1))
    late.next("events", lambda batch: batch == [event(1)])
    late.close()
