"""Who may talk to the dashboard: the attacks of a web page on this computer, and other computers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_house import PATIENCE, Reply, ask, build_house, knock

from app import Dashboard, House, create_app
from web.guard import COOKIE, Guard, is_loopback
from web.server import ARRIVED_AT, WebServer

EVIL = "http://evil.example"
TOKEN = "correct-horse-battery-staple"  # noqa: S105 - opens nothing


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def port(house: House) -> Iterator[int]:
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    yield dashboard.port
    dashboard.stop()
    assert not house.bridge.running


HONEST = [
    {},
    {"Host": "localhost:{port}"},
    {"Host": "LOCALHOST:{port}", "Origin": "http://localhost:{port}"},
    {"Host": "localhost"},
    {"Host": "[::1]:{port}"},
    {"Host": "127.8.9.10:80"},
    {"Origin": "http://127.0.0.1:{port}"},
    {"Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate"},
]
HOSTILE = [
    ({"Host": "evil.example"}, 421),
    ({"Host": "evil.example:{port}", "Origin": "http://evil.example:{port}"}, 421),
    ({"Host": "localhost.evil.example"}, 421),
    ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
    ({"Host": "localhost."}, 421),
    ({"Host": "0.0.0.0:{port}"}, 421),
    ({"Host": "2130706433"}, 421),
    ({"Host": "0x7f.1"}, 421),
    ({"Host": "192.168.0.7:{port}"}, 421),
    ({"Host": ""}, 400),
    ({"Host": "[::1"}, 400),
    ({"Host": "::1"}, 400),
    ({"Host": "localhost:abc"}, 400),
    ({"Host": "localhost:99999"}, 400),
    ({"Host": "localhost:"}, 400),
    ({"Host": "localhost:٣"}, 400),
    ({"Host": "localhost@evil.example"}, 400),
    ({"Host": "evil.example@localhost"}, 400),
    ({"Host": "localhost, evil.example"}, 400),
    ({"Host": "localhost/x"}, 400),
    ({"Host": "localhost evil"}, 400),
    ({"Host": "lo\tcalhost"}, 400),
    ({"Host": "löcalhost"}, 400),
    ({"Host": "a" * 5000}, 421),
    ({"Origin": EVIL}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Origin": "http://localhost:{port}"}, 403),
    ({"Origin": "https://127.0.0.1:{port}"}, 403),
    ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
    ({"Origin": "http://127.0.0.1:{port}, http://evil.example"}, 403),
    ({"Origin": EVIL, "X_Forwarded_Host": "evil.example"}, 403),
    ({"Origin": EVIL, "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}, 403),
    ({"Host": "evil.example", "X_Forwarded_Host": "localhost"}, 421),
    ({"Host": "evil.example", "Forwarded": "host=localhost"}, 421),
    ({"Sec_Fetch_Site": "cross-site"}, 403),
    ({"Sec_Fetch_Site": "same-site"}, 403),
    ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 403),
    ({"Sec_Fetch_Site": "whatever"}, 403),
]


def at(port: int, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("{port}", str(port)) for name, value in headers.items()}


def assert_refused(reply: Reply, status: int) -> None:
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["error"].endswith(".")
    assert "evil" not in str(reply.headers) + reply.body.decode()


@pytest.mark.parametrize("headers", HONEST, ids=str)
@pytest.mark.parametrize("path", ["/api/status", "/api/settings", "/socket.io/?EIO=4&transport=polling"])
def test_an_honest_request_is_answered(port: int, headers: dict[str, str], path: str):
    """The streamer's own browser, whatever name of this computer it was given."""
    assert ask(port, path, **at(port, headers)).status == 200


@pytest.mark.parametrize(("headers", "status"), HOSTILE, ids=str)
@pytest.mark.parametrize("path", ["/api/settings", "/socket.io/?EIO=4&transport=polling"])
def test_a_hostile_request_is_refused(port: int, headers: dict[str, str], status: int, path: str):
    """What pages elsewhere can make a browser send: foreign origins, rebound names, tricks with both."""
    assert_refused(ask(port, path, **at(port, headers)), status)


@pytest.mark.parametrize(("headers", "status"), HOSTILE, ids=str)
def test_a_hostile_websocket_is_refused(port: int, headers: dict[str, str], status: int):
    """Browsers open websockets to anywhere: only the server can refuse. Engine.IO alone lets a rebound name in."""
    answered, connection = knock(port, **at(port, headers))
    connection.close()
    assert answered == status


@pytest.mark.parametrize("headers", HONEST, ids=str)
def test_an_honest_websocket_is_opened(port: int, headers: dict[str, str]):
    """The dashboard's own."""
    answered, connection = knock(port, **at(port, headers))
    connection.close()
    assert answered == 101


@pytest.mark.parametrize("path", ["start", "stop", "settings", "quit"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_PalFriend": "0"},
        {"X_PalFriend": ""},
        {"Origin": "http://127.0.0.1:{port}"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
def test_a_form_cannot_command_anything(port: int, path: str, headers: dict[str, str]):
    """A form on any page can post to this computer, but not with a header of ours."""
    assert_refused(ask(port, f"/api/{path}", "POST", b"a=b", **at(port, headers)), 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
def test_every_method_that_may_change_something_needs_the_header(port: int, method: str):
    """Whatever routes come later."""
    assert_refused(ask(port, "/api/status", method), 403)
    assert ask(port, "/api/status", method, X_PalFriend="1").status == 405


def test_a_foreign_preflight_is_refused(port: int):
    """The browser asks first whether a page may send our header; the answer is no."""
    reply = ask(
        port, "/api/stop", "OPTIONS", Origin=EVIL, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="x-palfriend",
    )  # fmt: skip
    assert_refused(reply, 403)
    assert not any(name.startswith("access-control") for name in reply.headers)


def test_a_link_elsewhere_may_open_the_page_but_nothing_else(port: int):
    """Clicking on a link in a chat is no attack; framing the page or asking the API by a link is."""
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(port, "/", **link).status in {200, 404}
    assert ask(port, "/", **link | {"Sec_Fetch_Dest": "iframe"}).status == 403
    assert ask(port, "/api/status", **link).status == 403


def test_every_answer_carries_the_security_headers(port: int):
    """No foreign script, frame or connection, and no guessing of types."""
    headers = ask(port, "/api/status").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert f"connect-src 'self' ws://127.0.0.1:{port};" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_an_absolute_address_counts_as_the_host(port: int):
    """`GET http://evil/ HTTP/1.1` overrides the Host header by the rules of HTTP."""
    assert_refused(ask(port, "http://evil.example/api/status", Host="localhost"), 421)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.255.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False), ("10.0.0.1", False), ("", False), ("::", False), ("fe80::1", False),
    ],
)  # fmt: skip
def test_loopback_is_what_cannot_be_elsewhere(name: str, expected: bool):
    """Dual-stack sockets report this computer as ::ffff:127.0.0.1."""
    assert is_loopback(name) is expected


class Lan:
    """A dashboard whose visitors all come from another computer, as far as it can see."""

    def __init__(self, folder: Path, token: str | None) -> None:
        app, self.feed = create_app(build_house(folder), token=token, hosts=["stream-pc.local"])
        self.server = WebServer(lambda environ, start: app(self._elsewhere(environ), start), port=0)
        self.server.start()
        self.port = self.server.server_port

    @staticmethod
    def _elsewhere(environ):
        return {**environ, "REMOTE_ADDR": "192.168.0.66", ARRIVED_AT: "192.168.0.7"}

    def ask(self, path: str = "/api/status", method: str = "GET", **headers: str) -> Reply:
        return ask(self.port, path, method, **{"Host": "192.168.0.7:5000", **headers})

    def knock(self, query: str = "", **headers: str) -> int:
        path = f"/socket.io/?EIO=4&transport=websocket{query}"
        status, connection = knock(self.port, path, **{"Host": "192.168.0.7:5000", **headers})
        connection.close()
        return status


@pytest.fixture(params=[TOKEN])
def lan(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lan]:
    house = Lan(tmp_path, request.param)
    yield house
    house.feed.close(house.server, PATIENCE)


@pytest.mark.parametrize("lan", [None, ""], indirect=True)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Cookie": f"{COOKIE}="}], ids=str)
def test_without_a_token_other_computers_get_nothing(lan: Lan, headers: dict[str, str]):
    """`socketio.run(app, host="0.0.0.0")` opens the port, not the house."""
    assert_refused(lan.ask(**headers), 403)
    assert_refused(lan.ask("/?token="), 403)
    assert lan.knock(**headers) == 403


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("?token=wrong", {}),
        ("?token=", {}),
        ("?token=%00%ff%0d%0aSet-Cookie:%20evil=1", {}),
        ("?token=wrong&token=" + TOKEN, {}),
        ("", {"Authorization": "Bearer wrong"}),
        ("", {"Authorization": f"Basic {TOKEN}"}),
        ("", {"Authorization": TOKEN}),
        ("", {"Authorization": "Bearer correct-hörse"}),
        ("", {"Cookie": f"{COOKIE}=wrong"}),
        ("", {"Cookie": f'{COOKIE}="; path=/; =;;,; expires'}),
        ("", {"Cookie": f"other={TOKEN}"}),
        ("", {"Host": "localhost", "X_Forwarded_For": "127.0.0.1"}),
    ],
    ids=str,
)
def test_a_wrong_token_opens_nothing(lan: Lan, query: str, headers: dict[str, str]):
    """Guessing, smuggling and claiming to be here."""
    reply = lan.ask(f"/api/status{query}", **headers)
    assert_refused(reply, 401)
    assert "set-cookie" not in reply.headers
    assert lan.knock(query.replace("?", "&"), **headers) == 401


def test_the_token_opens_once_by_address_then_by_cookie(lan: Lan):
    """The printed address is opened once; afterwards the browser carries a cookie that no script can read."""
    reply = lan.ask(f"/api/status?token={TOKEN}")
    assert reply.status == 200
    assert reply.headers["set-cookie"] == f"{COOKIE}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    cookie = {"Cookie": f"a=b; {COOKIE}={TOKEN}"}
    assert lan.ask(**cookie).status == 200
    assert "set-cookie" not in lan.ask(**cookie).headers
    assert lan.knock(**cookie) == 101
    assert lan.ask(Authorization=f"bearer {TOKEN}").status == 200
    assert lan.ask(Host="stream-pc.local:5000", **cookie).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "192.168.0.8"}, 421),
        ({"Origin": EVIL}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
    ],
    ids=str,
)
def test_the_token_does_not_replace_the_other_checks(lan: Lan, headers: dict[str, str], status: int):
    """A foreign page makes the browser send the cookie's owner's requests too."""
    assert_refused(lan.ask(Authorization=f"Bearer {TOKEN}", **headers), status)


def test_no_layer_below_sees_a_proxy_header():
    """Engine.IO would believe them, and nobody stands before us."""
    seen = {}
    environ = {
        "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http",
        "HTTP_X_FORWARDED_HOST": "evil", "HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_FORWARDED": "for=x", "HTTP_X_REAL_IP": "x",
    }  # fmt: skip
    Guard(lambda inner, _start: seen.update(inner) or [])(environ, lambda *_: None)
    assert seen["HTTP_HOST"] == "localhost"
    assert not [name for name in seen if "FORWARDED" in name or "REAL_IP" in name]


def test_what_an_application_fails_over_stays_inside(caplog: pytest.LogCaptureFixture):
    """Engine.IO raises what it stumbles over; a visitor learns that something went wrong, no more."""

    def broken(environ, start_response):
        raise ZeroDivisionError("secret")

    started = []
    environ = {"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}
    body = b"".join(Guard(broken)(environ, lambda *answer: started.append(answer)))
    assert started[0][0] == "500 Internal Server Error"
    assert b"secret" not in body
    assert "ZeroDivisionError" in caplog.text
