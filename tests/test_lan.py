"""The dashboard on a phone: off unless switched on, with a token, and gone at once when switched off.

Visitors of these tests come to this computer's own outer address, so the house sees them as another computer's.
"""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
import web_house
from web_house import PATIENCE, Page, Reply, eventually, post

from app import Dashboard, House
from settings import load_settings
from web.guard import COOKIE
from web.lan import Problem, own_address

ROOT = Path(__file__).parent.parent
URL = re.compile(r"http://127\.0\.0\.1:(\d+)")


def outer() -> str:
    try:
        return own_address()
    except Problem:
        return ""


OUTER = outer()
pytestmark = pytest.mark.skipif(not OUTER, reason="this computer is in no network")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return web_house.build_house(tmp_path)


@contextlib.contextmanager
def serving(house: House) -> Iterator[Dashboard]:
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    try:
        yield dashboard
    finally:
        dashboard.stop()


@pytest.fixture
def dashboard(house: House) -> Iterator[Dashboard]:
    with serving(house) as dashboard:
        yield dashboard


def ask(port: int, path: str, method: str = "GET", content: Any = None, **headers: str) -> Reply:
    """From another device, so to speak."""
    connection = http.client.HTTPConnection(OUTER, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        body = None if content is None else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            named |= {"Content-Type": "application/json", "X-PalFriend": "1"}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def knock(port: int, **headers: str) -> tuple[int, socket.socket]:
    named = {"Host": f"{OUTER}:{port}"} | web_house.HANDSHAKE | headers
    lines = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", *(f"{n}: {v}" for n, v in named.items()), "", ""]
    connection = socket.create_connection((OUTER, port), timeout=PATIENCE)
    connection.sendall("\r\n".join(lines).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and (part := connection.recv(1)):
        head += part
    return int(head.split()[1]), connection


def answered(port: int, **headers: str) -> int:
    """The status of the answer to a websocket's handshake."""
    status, connection = knock(port, **headers)
    connection.close()
    return status


def hangs_up(connection: socket.socket) -> bool:
    """Reads to the end of it."""
    with contextlib.suppress(ConnectionError), connection:
        while connection.recv(65_536):
            pass
    return True


def is_open(port: int) -> bool:
    try:
        socket.create_connection((OUTER, port), timeout=PATIENCE).close()
    except ConnectionError:  # refused; or taken in the moment in which it was closed
        return False
    return True


def switched(port: int, on: bool, **more: bool) -> dict[str, Any]:
    reply = post(port, "/api/lan", {"on": on, **more})
    assert reply.status == 200, reply.body
    state: dict[str, Any] = reply.json
    return state


def token_in(state: dict[str, Any]) -> str:
    return str(state["url"]).partition("?token=")[2]


def test_unless_switched_on_nobody_else_reaches_the_dashboard(dashboard: Dashboard):
    """Not even to be refused."""
    assert not is_open(dashboard.port)
    assert web_house.ask(dashboard.port, "/api/lan").json == {"on": False, "url": "", "qr": "", "problem": None}


def test_switched_on_a_device_comes_in_with_the_code_and_else_not(dashboard: Dashboard, house: House):
    """The address opened once leaves a cookie that no script can read, and nothing in the history."""
    port, state = dashboard.port, switched(dashboard.port, on=True)
    token = token_in(state)
    assert state["on"] is True
    assert state["url"] == f"http://{OUTER}:{port}/?token={token}"
    assert len(token) >= 32

    assert ask(port, "/api/status").status == 401
    assert answered(port) == 401
    page = ask(port, f"/?token={token}&x=a%26b", Accept="text/html,*/*")
    assert (page.status, page.headers["location"]) == (303, "/?x=a%26b")
    assert page.headers["set-cookie"] == f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    cookie = {"Cookie": f"{COOKIE}={token}"}
    assert ask(port, "/api/status", **cookie).status == 200
    assert ask(port, "/", Accept="text/html", **cookie).status == 200
    assert answered(port, **cookie) == 101
    assert house.settings.lan.enabled is True
    assert token not in house.settings.file.read_text("utf-8")
    assert token not in web_house.ask(port, "/api/settings").body.decode()


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2F%2Fevil.example", "/\\evil.example", "/%5Cevil.example"])
def test_the_way_without_the_token_leads_to_no_other_computer(dashboard: Dashboard, path: str):
    """`Location: //evil` would be one."""
    token = token_in(switched(dashboard.port, on=True))
    place = ask(dashboard.port, f"{path}?token={token}", Accept="text/html").headers["location"]
    assert re.match(r"/(?![/\\])", place)


def test_the_code_shows_the_address_with_its_token(dashboard: Dashboard):
    """Dark modules in an SVG that any size suits; compared with the code of the same text, module by module."""
    state = switched(dashboard.port, on=True)
    assert 'xmlns="http://www.w3.org/2000/svg"' in state["qr"]  # or no browser shows it as an image
    assert re.match(r"<svg [^>]*viewBox", state["qr"])
    wanted = segno.make(state["url"], error="m", micro=False)
    other = segno.make(state["url"] + "x", error="m", micro=False)
    drawn = re.findall(r'<path [^>]*d="([^"]+)"', state["qr"])[-1]
    assert drawn in wanted.svg_inline(border=4, omitsize=True)
    assert drawn not in other.svg_inline(border=4, omitsize=True)


def test_switched_off_all_devices_are_cut_and_pages_here_stay(dashboard: Dashboard):
    """At once: who has left the room with a phone must not go on reading the chat."""
    port = dashboard.port
    token = token_in(switched(port, on=True))
    here = Page(port)
    status, there = knock(port, Cookie=f"{COOKIE}={token}")
    assert status == 101
    assert switched(port, on=False)["on"] is False
    assert hangs_up(there)
    assert not is_open(port)
    assert here.client.connected
    here.close()


def test_a_new_token_shuts_out_whoever_had_the_old_one(dashboard: Dashboard, house: House):
    """The code was on the stream for a moment."""
    port = dashboard.port
    old = token_in(switched(port, on=True))
    _, there = knock(port, Cookie=f"{COOKIE}={old}")
    new = token_in(switched(port, on=True, renew=True))
    assert hangs_up(there)
    assert new != old
    assert ask(port, "/api/status", Cookie=f"{COOKIE}={old}").status == 401
    assert ask(port, "/api/status", Cookie=f"{COOKIE}={new}").status == 200
    house.logs.redactor.filter  # noqa: B018 - the tokens are hidden in logs, see the next line
    assert house.logs.redactor.clean(f"{old} {new}") == "*** ***"


def test_a_device_does_not_decide_who_comes_in_and_never_sees_the_token(dashboard: Dashboard, house: House):
    """Not by its own route nor by the settings, though it may change others of them."""
    port = dashboard.port
    token = token_in(switched(port, on=True))
    cookie = {"Cookie": f"{COOKIE}={token}"}
    assert ask(port, "/api/lan", **cookie).json == {
        "on": True,
        "url": f"http://{OUTER}:{port}/",
        "qr": "",
        "problem": None,
    }
    for path, content in [
        ("/api/lan", {"on": False}),
        ("/api/lan", {"on": True, "renew": True}),
        ("/api/settings", {"lan": {"enabled": False}}),
        ("/api/settings", {"lan": {"token": "chosen-by-a-device"}, "openai": {"model": "m"}}),
    ]:
        reply = ask(port, path, "POST", content, **cookie)
        assert reply.status == 403
        assert "decided on the computer" in reply.json["error"]
    assert house.settings.lan.token == token
    assert ask(port, "/api/settings", "POST", {"openai": {"model": "m"}}, **cookie).status == 200


def test_a_restart_finds_devices_let_in_as_before(tmp_path: Path):
    """The phone on the shelf needs no new code; the token is kept as keys are."""
    with serving(web_house.build_house(tmp_path)) as first:
        token = token_in(switched(first.port, on=True))
    assert json.loads((tmp_path / "secrets.json").read_text())["lan"] == {"token": token}
    with serving(web_house.build_house(tmp_path)) as second:
        assert ask(second.port, "/api/status", Cookie=f"{COOKIE}={token}").status == 200


@pytest.mark.parametrize("written", ["lan: {enabled: 1}\n", "lan: {enabled: 1, token: short}\n"])
def test_switched_on_in_the_file_a_token_is_made(tmp_path: Path, written: str):
    """Nobody comes in with an empty one or one that can be guessed."""
    (tmp_path / "settings.yaml").write_text(written)
    with serving(web_house.build_house(tmp_path)) as dashboard:
        state = web_house.ask(dashboard.port, "/api/lan").json
        assert len(token_in(state)) >= 32
        assert ask(dashboard.port, "/api/status?token=short").status == 401


def test_a_change_of_the_settings_from_elsewhere_is_followed(dashboard: Dashboard):
    """From the settings page, the window, or the file."""
    assert post(dashboard.port, "/api/settings", {"lan": {"enabled": True}}).status == 200
    eventually(lambda: is_open(dashboard.port))
    assert post(dashboard.port, "/api/settings", {"lan": {"enabled": False}}).status == 200
    eventually(lambda: not is_open(dashboard.port))


def test_a_port_that_is_taken_is_told_and_nothing_is_changed(dashboard: Dashboard, house: House):
    """Another program listens at the outer address only."""
    with socket.socket() as other:
        other.bind((OUTER, dashboard.port))
        other.listen()
        reply = post(dashboard.port, "/api/lan", {"on": True})
        assert reply.status == 503
        assert reply.json["error"] == (
            f"Port {dashboard.port} at {OUTER} is used by another program. Close that program, or start PalFriend with "
            "another port, such as --port 5001."
        )
        assert reply.json["hint"]
        assert house.settings.lan.enabled is False
        assert web_house.ask(dashboard.port, "/api/lan").json["on"] is False
    assert switched(dashboard.port, on=True)["on"] is True


@pytest.mark.parametrize("address", ["203.0.113.7", "127.0.0.1", "0.0.0.0", "no address", "224.0.0.1"])  # noqa: S104
def test_an_address_that_is_not_ours_is_told(dashboard: Dashboard, address: str):
    """And never one that would open more than was asked for."""
    assert post(dashboard.port, "/api/settings", {"lan": {"address": address}}).status == 200
    reply = post(dashboard.port, "/api/lan", {"on": True})
    assert reply.status == 503
    assert reply.json["error"].startswith(f"{address} is not an address of this computer")
    assert not is_open(dashboard.port)


def test_a_token_of_the_environment_is_not_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It would be the old one again after the next start."""
    monkeypatch.setenv("PALFRIEND_LAN_TOKEN", "sixteen-letters-or-more")
    with serving(web_house.build_house(tmp_path)) as dashboard:
        assert token_in(switched(dashboard.port, on=True)) == "sixteen-letters-or-more"
        reply = post(dashboard.port, "/api/lan", {"on": True, "renew": True})
        assert reply.status == 409
        assert "PALFRIEND_LAN_TOKEN" in reply.json["error"]


@pytest.mark.parametrize("content", [{}, {"on": 1}, {"on": "true"}, {"on": True, "renew": 1}, {"on": None}])
def test_what_is_no_switch_is_refused(dashboard: Dashboard, content: dict[str, Any]):
    """Nothing opens by accident."""
    assert post(dashboard.port, "/api/lan", content).status == 400
    assert not is_open(dashboard.port)


def test_on_and_off_many_times_leaves_nothing_behind(dashboard: Dashboard):
    """Threads are counted by the house rules, too."""
    before = sorted(web_house.web_threads())
    for _ in range(5):
        switched(dashboard.port, on=True)
        assert answered(dashboard.port) == 401
        switched(dashboard.port, on=False)
    eventually(lambda: sorted(web_house.web_threads()) == before)


# the whole process


class Program:
    """Our program as a child, served on a free port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        file = folder / "settings.yaml"
        if not file.exists():
            file.write_text(
                "microphone: {enabled: 0}\nanimaze: {port: 9}\ntiktok: {unique_id: nobody, app_url: 'http://127.0.0.1:9', webcast_url: 'http://127.0.0.1:9', sign_url: 'http://127.0.0.1:9'}\n"
            )
        self.log = folder / "output.txt"
        command = [sys.executable, str(ROOT / "main.py"), "--port", "0", "--settings", str(file), *arguments]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)

    @property
    def port(self) -> int:
        return int(eventually(lambda: URL.search(self.log.read_text("utf-8")))[1])

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(PATIENCE) == 0
        finally:
            self.process.kill()
            self.process.wait()


linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the sockets in /proc")


def sockets(pid: int) -> set[tuple[str, str, int]]:
    """(protocol, address, port) of everything on which this process can be reached."""
    own = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            own.add(str(handle.readlink()))
    found = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        table = Path(f"/proc/{pid}/net/{protocol}")
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            local, _, state, inode = (line.split()[i] for i in (1, 2, 3, 9))
            if f"socket:[{inode}]" in own and (state == "0A" or protocol.startswith("udp")):
                raw, port = local.split(":")
                words = [bytes.fromhex(raw[i : i + 8])[::-1] for i in range(0, len(raw), 8)]
                family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
                found.add((protocol, socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


def settled(status: dict[str, Any]) -> bool:
    """All that opens sockets has tried to: the bot has asked for TikTok and Animaze."""
    return all(
        status["links"].get(name, {}).get("state") in {"waiting", "up", "error"} for name in ("tiktok", "animaze")
    )


@linux
@pytest.mark.timeout(180)
@pytest.mark.parametrize("arguments", [["--start"], ["--demo"], ["--start", "--dev"]])
def test_a_port_scan_finds_the_dashboard_on_this_computer_only(tmp_path: Path, arguments: list[str]):
    """Every socket of the running process; then with other devices let in; then again without."""
    with Program(tmp_path, *arguments) as program:
        port = program.port
        for _ in range(900):
            if settled(web_house.ask(port, "/api/status").json):
                break
            time.sleep(0.1)
        else:
            pytest.fail("the bot has not tried to reach TikTok")
        here = {("tcp", "127.0.0.1", port)}
        assert sockets(program.process.pid) == here
        assert not is_open(port)
        switched(port, on=True)
        assert sockets(program.process.pid) == here | {("tcp", OUTER, port)}
        switched(port, on=False)
        assert sockets(program.process.pid) == here


FOREIGN = {"Origin": "http://evil.example"}
REBOUND = {"Host": "evil.example:{port}", "Origin": "http://evil.example:{port}"}
FORWARDED = {**FOREIGN, "X-Forwarded-Host": "evil.example"}
FORM = {"Origin": "http://evil.example", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.timeout(180)
def test_every_attack_of_the_table_gets_its_answer_from_the_running_program(tmp_path: Path):
    """The last column of the table by which this server was chosen."""
    with Program(tmp_path) as program:
        port = program.port

        def here(method: str, path: str, headers: dict[str, str]) -> int:
            named = {n.replace("-", "_"): v.replace("{port}", str(port)) for n, v in headers.items()}
            return web_house.ask(port, path, method, b"" if method == "POST" else None, **named).status

        def opened(headers: dict[str, str]) -> int:
            status, connection = web_house.knock(
                port, **{n: v.replace("{port}", str(port)) for n, v in headers.items()}
            )
            connection.close()
            return status

        assert opened({}) == 101
        assert opened(FOREIGN) == 403
        assert opened(REBOUND) == 421
        assert opened(FORWARDED) == 403
        assert here("GET", "/api/settings", FOREIGN) == 403
        assert here("GET", "/api/settings", REBOUND) == 421
        assert here("POST", "/api/stop", FORM) == 403
        assert here("POST", "/api/stop", {"Content-Type": "application/x-www-form-urlencoded"}) == 403

        token = token_in(switched(port, on=True))
        assert ask(port, "/api/settings").status == 401
        assert ask(port, f"/api/settings?token={token}").status == 200
        assert ask(port, "/api/settings", Cookie=f"{COOKIE}={token}").status == 200
        assert answered(port) == 401
        assert answered(port, Cookie=f"{COOKIE}={token}") == 101
        assert ask(port, "/api/settings", Cookie=f"{COOKIE}={token}", **FOREIGN).status == 403
        assert answered(port, Cookie=f"{COOKIE}={token}", Origin="http://evil.example") == 403
    assert token not in program.log.read_text("utf-8")
    assert load_settings(tmp_path / "settings.yaml").lan.token == token


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("arguments", "status"), [([], 403), (["--dev"], 200)])
def test_the_page_of_the_development_server_is_let_in_with_dev_only(tmp_path: Path, arguments: list[str], status: int):
    """Vite shows the page at an origin of its own."""
    with Program(tmp_path, *arguments) as program:
        reply = web_house.ask(program.port, "/api/status", Origin="http://localhost:5173")
        assert reply.status == status
        allowed = reply.headers.get("access-control-allow-origin")
        assert allowed == ("http://localhost:5173" if arguments else None)
        assert web_house.ask(program.port, "/api/status", Origin="http://localhost:5174").status == 403
