"""How the dashboard begins and ends, and the interface that the design shows: `app`, `socketio`, `python app.py`."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from web_house import PATIENCE, SAYING_SO, Page, ask, deaf_page, eventually, post, web_threads

from app import Dashboard, House, PortInUse, create_app
from bridge import STOPPED

ROOT = Path(__file__).parent.parent


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


def test_flasks_test_client_goes_through_the_guard(house: House):
    """`app.test_client()` must not see another app than a browser does."""
    flask_app, _feed = create_app(house)
    client = flask_app.test_client()
    file = house.watch.report(running=False)
    assert client.get("/api/status").json == {**STOPPED, "demo": True, "notices": [], "settings": file}
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
from web_house import Bot, Bridge, build_house
main = types.ModuleType("main")
main.default_house = lambda: build_house(Path({folder!r}), bridge=Bridge(Bot(last_words="bot ended")))
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
        assert post(number, "/api/start").status == 200
        page.next("status", lambda status: status["state"] == "live")
        if ending == "quit":
            assert post(number, "/api/quit").status == 200
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        page.close()
    assert (process.returncode, out, err) == (0, "bot ended\nended\n", "")


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
