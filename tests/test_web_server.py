"""The HTTP server over real sockets: busy ports, visitors who keep silent or drip, the limit, and the end."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from web.server import ARRIVED_AT, CannotListenError, Limits, PortInUse, WebServer

PATIENCE = 20.0
"""Seconds a slow machine may take for what is instant elsewhere."""


def hello(environ, start_response):
    """Answers with what it was asked, after reading the body."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ[ARRIVED_AT]} ".encode() + body]


Serve = Callable[..., WebServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def build(app=hello, **limits) -> WebServer:
        server = WebServer(app, port=0, limits=Limits(**limits))
        servers.append(server)
        server.start()
        return server

    yield build
    for server in servers:
        server.stop()


def get(server: WebServer, path: str = "/", **options) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
    try:
        connection.request(options.pop("method", "GET"), path, **options)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def talk(server: WebServer, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE)
    connection.sendall(said)
    return connection


def heard(connection: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def request_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("web")]


def test_requests_are_answered(serve: Serve):
    """The plain case, with a body."""
    server = serve()
    assert get(server, "/a%20b?c=d") == (200, b"GET /a b 127.0.0.1 ")
    assert get(server, "/", method="POST", body=b"x" * 100_000) == (200, b"POST / 127.0.0.1 " + b"x" * 100_000)


def test_a_busy_port_is_said_in_one_sentence(serve: Serve):
    """The base class ends the whole process here, inside a thread even silently."""
    port = serve().server_port
    with pytest.raises(PortInUse) as refusal:
        WebServer(hello, port=port)
    assert str(refusal.value) == (
        f"Port {port} on 127.0.0.1 is used by another program; try another one: --port {port + 1}"
    )


def test_a_port_that_is_bound_but_not_listened_on_is_busy_too():
    """Linux notices this case only when we begin to listen, or never: either way no traceback."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(PortInUse):
            WebServer(hello, port=other.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("203.0.113.7", 0),
        ("no.such.host.invalid", 0),
        ("127.0.0.1", 70_000),
        ("127.0.0.1", -1),
        ("unix:///x", 0),
    ],
)
def test_an_impossible_address_is_said_in_one_sentence(host: str, port: int):
    """What a typing mistake behind --host or --port gives."""
    with pytest.raises(CannotListenError) as refusal:
        WebServer(hello, host, port)
    assert not isinstance(refusal.value, PortInUse)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_a_port_is_free_again_at_once(serve: Serve):
    """Restarting right after a quit must not meet its own shadow."""
    first = serve()
    get(first)
    first.stop()
    second = WebServer(hello, port=first.server_port)
    second.start()
    assert get(second)[0] == 200
    second.stop()


def test_a_server_that_never_started_can_be_stopped_twice():
    """When something else fails between building and starting."""
    server = WebServer(hello, port=0)
    server.stop()
    server.stop()


def test_silent_visitors_keep_nobody_waiting(serve: Serve):
    """More half-open connections than there is room for: whoever speaks is served, the silent ones have to go."""
    server = serve(connections=20)
    silent = [talk(server, b"GET / HT") for _ in range(50)]
    for _ in range(5):
        assert get(server)[0] == 200
    eventually(lambda: len(request_threads()) <= 22)
    for connection in silent:
        connection.close()


def test_a_visitor_who_says_nothing_is_cut(serve: Serve):
    """Werkzeug waits for ever."""
    server = serve(header_seconds=0.3)
    with talk(server, b"GET / HTTP/1.1\r\nHost: x\r\n") as connection:
        assert b"200" not in heard(connection)
    eventually(lambda: len(request_threads()) == 1)


def test_a_visitor_who_drips_is_cut(serve: Serve):
    """One byte at a time never meets a timeout of silence; the whole request has one."""
    server = serve(header_seconds=1.0)
    over = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            while not over.wait(0.05):
                connection.sendall(b"a")

    with talk(server) as connection:
        dripping = threading.Thread(target=drip)
        dripping.start()
        heard(connection)
        over.set()
        dripping.join()
    eventually(lambda: len(request_threads()) == 1)


def test_an_unfinished_body_is_cut(serve: Serve):
    """The headers came, the promised body does not."""
    server = serve(request_seconds=0.3)
    with talk(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc") as connection:
        heard(connection)
    eventually(lambda: len(request_threads()) == 1)


def test_with_no_room_left_a_newcomer_is_refused_and_a_later_one_served(serve: Serve):
    """All places are taken by visitors that are being answered."""
    go, started = threading.Event(), threading.Semaphore(0)

    def slow(environ, start_response):
        started.release()
        go.wait(PATIENCE)
        return hello(environ, start_response)

    server = serve(slow, connections=3)
    busy = [talk(server, b"GET / HTTP/1.0\r\n\r\n") for _ in range(3)]
    for _ in busy:
        assert started.acquire(timeout=PATIENCE)
    with talk(server) as refused:
        assert heard(refused) == b""
    go.set()
    assert all(b"200 OK" in heard(connection) for connection in busy)
    [connection.close() for connection in busy]
    eventually(lambda: len(request_threads()) == 1)
    assert get(server)[0] == 200


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET a://[ HTTP/1.1", b"400"),
        (b"GET http://[::1 HTTP/1.1", b"400"),
        (b"\x00\xff\xfe garbage", b"400"),
        (b"GET / HTTP/9.9<script>", b"400"),
        (b"GET /<script> HTTP/3.0", b"505"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", b"414"),
        (b"GET / HTTP/1.1\r\n" + b"\r\n".join(b"X-%d: y" % n for n in range(150)), b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000, b"431"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if len(value) > 3 else value.decode(),
)
def test_what_is_not_http_is_refused_in_json(serve: Serve, request_line: bytes, status: bytes):
    """The base class answers HTML that repeats the request, or a traceback in the log and nothing at all."""
    with talk(serve(), request_line + b"\r\n\r\n") as connection:
        head, _, body = heard(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"Content-Type: application/json" in head
    assert body.startswith(b'{"error": ')
    assert b"script" not in head + body
    assert b"Python" not in head


def test_stop_ends_requests_that_wait(serve: Serve):
    """A visitor in the middle of a body or before its first word does not hold the end up."""
    server = serve(header_seconds=3 * PATIENCE)
    visitors = [talk(server), talk(server, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"), talk(server, b"G")]
    eventually(lambda: len(request_threads()) == 4)
    begin = time.monotonic()
    server.stop(seconds=PATIENCE)
    assert time.monotonic() - begin < PATIENCE
    assert not request_threads()
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        talk(server)
    [visitor.close() for visitor in visitors]


def test_stop_does_not_wait_for_an_answer_that_takes_too_long(serve: Serve):
    """A request that hangs inside the bot must not keep the program from ending."""
    go, started = threading.Event(), threading.Event()

    def hanging(environ, start_response):
        started.set()
        go.wait(PATIENCE)
        return hello(environ, start_response)

    server = serve(hanging)
    with talk(server, b"GET / HTTP/1.0\r\n\r\n"):
        assert started.wait(PATIENCE)
        server.stop(seconds=0.2)
        assert any(thread.name == "web-request" for thread in threading.enumerate())
        go.set()


def test_stop_may_be_called_from_a_request(serve: Serve):
    """Quit comes from the dashboard itself."""
    stopped = threading.Event()

    def quitting(environ, start_response):
        servers[0].stop()
        stopped.set()
        return hello(environ, start_response)

    servers = [serve(quitting)]
    with talk(servers[0], b"GET / HTTP/1.0\r\n\r\n") as connection:
        heard(connection)
    assert stopped.wait(PATIENCE)


def test_an_application_that_fails_tells_nothing_of_its_inside(serve: Serve, caplog: pytest.LogCaptureFixture):
    """The traceback belongs into the log, not to the visitor."""

    def broken(environ, start_response):
        raise ZeroDivisionError("secret")

    status, body = get(serve(broken))
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body
    eventually(lambda: "ZeroDivisionError" in caplog.text)
