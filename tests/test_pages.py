"""The dashboard's files: types, caching, compression, and nothing from outside their folder."""

import gzip
import subprocess
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_house import ask, eventually

from web.answers import answer_errors
from web.feed import Feed
from web.guard import Guard
from web.logs import Redactor
from web.pages import serve_pages
from web.server import WebServer

SCRIPT = b"console.log('palfriend')\n" * 100


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "frontend" / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>PalFriend</title>", encoding="utf-8")
    (folder / "overlay.html").write_text("<!doctype html><title>captions</title>", encoding="utf-8")
    (folder / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (folder / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "settings.yaml").write_text("secret", encoding="utf-8")
    (tmp_path / "frontend" / "secret.js").write_text("secret", encoding="utf-8")
    return folder


def build(dist: Path) -> Flask:
    app = Flask(__name__, static_folder=None)
    answer_errors(app, Redactor())
    serve_pages(app, dist)
    return app


@pytest.fixture
def client(dist: Path) -> FlaskClient:
    return build(dist).test_client()


@pytest.fixture
def port(dist: Path) -> Iterator[int]:
    server = WebServer(build(dist), port=0)
    server.start()
    yield server.server_port
    server.stop()


def test_the_page_is_asked_for_again_each_time(client: FlaskClient):
    """A new release must not meet an old page."""
    for address in ("/", "/index.html"):
        reply = client.get(address)
        assert reply.mimetype == "text/html"
        assert reply.headers["Cache-Control"] == "no-cache"
        assert b"PalFriend" in reply.data
        assert client.get(address, headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304


def test_the_overlay_has_an_address_of_its_own(client: FlaskClient):
    """Streamers type it into OBS, with their wishes behind it."""
    reply = client.get("/overlay?size=64&colour=ffdd00")
    assert reply.mimetype == "text/html"
    assert b"captions" in reply.data
    assert client.post("/overlay").status_code == 405


def test_hashed_files_are_kept_for_ever(client: FlaskClient):
    """Their name changes with their content."""
    reply = client.get("/assets/index-1a2b.js")
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.mimetype == "text/javascript"
    assert reply.data == SCRIPT
    assert client.get("/favicon.svg").mimetype == "image/svg+xml"


@pytest.mark.parametrize(
    ("accepted", "packed"), [("gzip, deflate, br", True), ("gzip;q=0", False), ("br", False), ("*", True), ("", False)]
)
def test_the_packed_file_is_sent_to_whom_can_read_it(client: FlaskClient, accepted: str, packed: bool):
    """Over a phone's network it is a third as long."""
    reply = client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": accepted})
    assert reply.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert reply.mimetype == "text/javascript"
    assert (gzip.decompress(reply.data) if packed else reply.data) == SCRIPT


def test_a_rebuilt_file_is_packed_anew(client: FlaskClient, dist: Path):
    """The page of before would not fit the files of now."""
    accepting = {"Accept-Encoding": "gzip"}
    before = client.get("/assets/index-1a2b.js", headers=accepting)
    (dist / "assets" / "index-1a2b.js").write_bytes(SCRIPT + b"// changed")
    after = client.get("/assets/index-1a2b.js", headers=accepting)
    assert gzip.decompress(after.data) == SCRIPT + b"// changed"
    assert after.headers["ETag"] != before.headers["ETag"]


def test_what_packing_would_not_shorten_is_sent_as_it_is(client: FlaskClient):
    """A few bytes become more."""
    reply = client.get("/favicon.svg", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers
    assert reply.data == b"<svg/>"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.js", "/../../settings.yaml", "/%2e%2e/secret.js", "/..%2fsecret.js", "/assets/../../secret.js",
        "/..%5csecret.js", "/assets/..%5c..%5csecret.js", "//etc/passwd", "/%2fetc/passwd", "/C:/Windows/win.ini",
        "/index.html%00", "/index.html::$DATA", "/index.html.", "/INDEX.HTML", "/assets", "/assets/", "/.",
        "/CON", "/" + "a" * 5000, "/%ff%fe", "/assets//index-1a2b.js", "/....//secret.js",
    ],
)  # fmt: skip
def test_nothing_else_can_be_read(port: int, path: str):
    """Over a raw connection: clients would tidy the path up."""
    reply = ask(port, path)
    assert reply.status in {404, 308}
    assert b"secret" not in reply.body


def test_a_missing_build_is_told_to_the_streamer(tmp_path: Path):
    """A developer's checkout; a release has it."""
    client = build(tmp_path / "nowhere").test_client()
    for address in ("/", "/overlay"):
        reply = client.get(address)
        assert reply.status_code == 404
        assert b"npm run build" in reply.data


@needs.component("chromium")
def test_the_policy_lets_a_browser_open_its_own_websocket(dist: Path):
    """And run its own script, but no inline one: what the security headers say, said by a real browser."""
    (dist / "index.html").write_text(
        "<!doctype html><script>fetch('/seen/inline')</script><script src='/assets/try.js'></script>", encoding="utf-8"
    )
    (dist / "assets" / "try.js").write_text(
        "const line = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);"
        "line.onopen = () => fetch('/seen/opened');"
        "document.addEventListener('securitypolicyviolation', (e) => { if (e.blockedURI.includes('evil')) fetch('/seen/blocked') });"
        "try { new WebSocket('ws://evil.invalid/') } catch { /* the event tells */ }",
        encoding="utf-8",
    )
    app, seen = build(dist), set()
    app.add_url_rule("/seen/<what>", view_func=lambda what: seen.add(what) or "noted")
    feed = Feed(app)
    app.wsgi_app = Guard(app.wsgi_app)
    server = WebServer(app, port=0)
    server.start()
    command = [
        needs.chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--remote-debugging-port=0", f"--user-data-dir={dist.parent / 'profile'}", f"http://127.0.0.1:{server.server_port}/",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            eventually(lambda: {"opened", "blocked"} <= seen)
        finally:
            browser.terminate()
            feed.close(server)
    assert seen == {"opened", "blocked"}
