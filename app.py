"""The dashboard: Flask answers requests, Socket.IO sends news. Knows the bot only through the bridge.

Requests run in threads of the server (`web/server.py`), each behind the guard (`web/guard.py`). Answers are JSON;
what went wrong is `{error, hint?, fields?}` in words for the streamer. Secrets are never in an answer.
"""

import contextlib
import functools
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_cors import CORS

from bridge import STOP_SECONDS, Bridge
from events import Calibrated
from settings import Settings
from setup.guide import Guide
from tuning.watch import Watch
from web.answers import LARGEST_BODY, ApiError, answer_errors, limit_of
from web.audit import add_audit_routes
from web.cards import add_card_routes
from web.changes import Changes, hide_secrets
from web.describe import (
    LIMIT,
    NUMBER,
    TEXT,
    WHOLE,
    YES_NO,
    add_description_route,
    describe,
    listing,
    one_of,
    optional,
    record,
)
from web.doctor import Doctor, add_doctor_routes
from web.feed import Feed
from web.guard import Guard
from web.jobs import Jobs, add_job_routes
from web.lan import Lan, add_lan_routes
from web.language import named
from web.logs import LogRing
from web.memory import add_memory_routes
from web.microphone import add_microphone_routes
from web.notices import add_notice_routes, notices
from web.orders import add_order_routes
from web.outbox import add_outbox_routes, add_say_route
from web.pages import serve_pages
from web.pump import Pump
from web.server import CannotListenError, PortInUse, WebServer
from web.settings import add_settings_routes
from web.setup import add_setup_routes
from web.status import STATUS, in_words
from web.trying import Tryout, add_trying_routes
from web.viewers import Archive, add_room_routes, add_viewer_routes, answer_archive_errors
from web.words import Told

__all__ = ["CannotListenError", "Dashboard", "House", "PortInUse", "create_app"]

log = logging.getLogger(__name__)

VITE_ORIGINS = ("http://localhost:5173", "http://127.0.0.1:5173")
"""Where the front end's development server shows the page."""

LAN = "palfriend.lan"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MINUTE = record({"at": NUMBER, "comments": WHOLE, "gifts": WHOLE, "viewers": optional(WHOLE)})
LINE = record({"at": NUMBER, "level": TEXT, "name": TEXT, "text": TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the dashboard shows and commands."""

    settings: Settings
    watch: Watch
    """Of these settings' file, while the dashboard is served."""

    bridge: Bridge
    logs: LogRing
    devices: Callable[[], list[dict[str, Any]]]
    """The microphones."""

    calibrate: Callable[[str], Calibrated]
    """Measure the streamer's voice, the quiet room or the pal's voice; blocks for seconds."""

    quit: Callable[[], None]
    """End the program; must return at once."""

    archive: Archive
    """The viewers and what they gave."""

    version: str
    demo: bool
    guide: Guide | None = None
    """Leads through the set-up."""
    tryout: Tryout
    """What can be tried out without going live."""

    doctor: Doctor
    """Says what is wrong with anything that a stream needs."""


def create_app(
    house: House, *, hosts: Iterable[str] = (), token: str | None = None, dev: bool = False
) -> tuple[Flask, Feed]:
    """The WSGI application, guarded, and its Socket.IO. `hosts`, `token`: see Guard. `dev` lets Vite's page call it."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    answer_errors(app, house.logs.redactor)
    answer_archive_errors(app)
    changes = Changes(house.settings, house.logs.redactor)
    house.watch.changed = lambda _: hide_secrets(house.settings, house.logs.redactor)
    feed = Feed(app, cross_origin=dev)
    house.bridge.board.on_unfile(house.logs.forget)
    jobs = Jobs()
    pump = Pump(feed, house.bridge.board, functools.partial(status_of, house), jobs)
    feed.served = functools.partial(_served, house.watch, pump)
    feed.afterwards = house.bridge.stop

    lan = app.extensions[LAN] = Lan(house.settings, changes.make, app)
    add_lan_routes(app, lan)
    _add_routes(app, house, feed, changes, jobs)
    feed.beside = lan.beside
    serve_pages(app)
    _add_feed(feed, pump)
    if dev:
        CORS(app, origins=list(VITE_ORIGINS))

    @app.after_request
    def never_keep_answers(response: Any) -> Any:
        response.headers.setdefault("Cache-Control", "no-store")
        if response.is_json:
            response.vary.add("Accept-Language")
        return response

    app.wsgi_app = Guard(  # type: ignore[method-assign]  # after Feed, so that it also stands before Socket.IO
        app.wsgi_app, hosts=hosts, origins=VITE_ORIGINS if dev else (), token=token or lan.token
    )
    return app, feed


def _add_routes(app: Flask, house: House, feed: Feed, changes: Changes, jobs: Jobs) -> None:
    _add_bot_routes(app, house, feed)
    add_order_routes(app, house.bridge, functools.partial(status_of, house))
    add_outbox_routes(app, house.bridge)
    add_say_route(app, house.bridge)
    add_audit_routes(app, house.bridge, changes)
    add_card_routes(app, house.bridge.board.shelf)
    add_viewer_routes(app, house.archive)
    add_room_routes(app, house.archive)
    add_memory_routes(app, house.archive)
    add_settings_routes(app, house.settings, changes)
    add_notice_routes(app, house.settings)
    add_microphone_routes(app, house.devices, house.calibrate, changes)
    _add_house_routes(app, house)
    add_job_routes(app, jobs)
    add_trying_routes(app, house.tryout, changes, jobs)
    add_doctor_routes(app, house.doctor, jobs)
    if house.guide:
        add_setup_routes(app, house.guide)
    add_description_route(app, house.version)


@contextlib.contextmanager
def _served(watch: Watch, pump: Pump) -> Iterator[None]:
    """What goes on while pages are served."""
    with watch, pump:
        yield


def status_of(house: House) -> dict[str, Any]:
    """What `GET /api/status` answers."""
    status = house.bridge.status()
    told = {**status, "settings": house.watch.report(running=status["running"]), "notices": notices(house.settings)}
    return in_words(told, demo=house.demo, redactor=house.logs.redactor)


def _add_bot_routes(app: Flask, house: House, feed: Feed) -> None:
    @app.get("/api/status")
    @describe("How everything is doing.", answer=STATUS)
    def status() -> ResponseReturnValue:
        return jsonify(status_of(house))

    @app.post("/api/start")
    @describe("Let the pal go live.", answer=STATUS)
    def start() -> ResponseReturnValue:
        """A second start changes nothing."""
        house.bridge.start()
        return jsonify(status_of(house))

    @app.post("/api/stop")
    @describe("End the pal's live.", answer=STATUS, errors=(504,))
    def stop() -> ResponseReturnValue:
        if not house.bridge.stop(STOP_SECONDS):
            raise ApiError(504, Told("refusal.no_stop"), Told("refusal.quit_instead"))
        return jsonify(status_of(house))

    @app.post("/api/quit")
    @describe("End PalFriend.", answer=record({"quitting": YES_NO}))
    def leave() -> ResponseReturnValue:
        response = jsonify({"quitting": True})

        @response.call_on_close  # the answer has been sent by then
        def go() -> None:
            house.quit()
            feed.ended.set()

        return response


def _add_house_routes(app: Flask, house: House) -> None:
    @app.get("/api/logs")
    @describe("The newest log lines.", query={"level": one_of(*LEVELS), "limit": LIMIT}, answer=listing(LINE))
    def logs() -> ResponseReturnValue:
        """`level` and above, the newest `limit` lines."""
        level = request.args.get("level", "DEBUG").upper()
        if level not in LEVELS:
            raise ApiError(400, Told("refusal.no_level"), Told("refusal.one_of", names=", ".join(LEVELS)))
        return jsonify(house.logs.lines(logging.getLevelName(level), limit_of("500")))

    @app.get("/api/history")
    @describe("How busy the last 60 minutes were.", answer=record({"minutes": listing(MINUTE)}))
    def history() -> ResponseReturnValue:
        """Oldest first; `gifts` are streaks, `viewers` the most of that minute, null when unknown."""
        return jsonify({"minutes": house.bridge.board.minutes.facts()})

    @app.get("/api/version")
    @describe("Which PalFriend this is.", answer=record({"version": TEXT, "demo": YES_NO}))
    def version() -> ResponseReturnValue:
        return jsonify({"version": house.version, "demo": house.demo})


def _add_feed(feed: Feed, pump: Pump) -> None:
    def connected(said: object = None, *_: object) -> None:
        # A visitor can also send an event of this name; greeting it twice does no harm.
        language = said.get("language") if isinstance(said, dict) else None
        pump.greet(request.sid, named(language))  # type: ignore[attr-defined]  # Flask-SocketIO puts it there

    def spoken(language: object = None, *_: object) -> None:
        pump.speak(request.sid, named(language))  # type: ignore[attr-defined]  # as above

    def disconnected(*_: object) -> None:
        log.debug("a page left")

    def failed(error: Exception) -> None:
        log.error("a message of the dashboard failed", exc_info=error)

    feed.on_event("connect", connected)
    feed.on_event("language", spoken)
    feed.on_event("disconnect", disconnected)
    feed.on_error_default(failed)


class Dashboard:
    """The served app. Bound to its address when built (raises PortInUse, CannotListenError); port 0 takes a free one.

    For a host that other computers can reach give a `token`, or they are refused.
    """

    def __init__(
        self,
        house: House,
        host: str = "127.0.0.1",
        port: int = 5000,
        *,
        hosts: Iterable[str] = (),
        token: str | None = None,
        dev: bool = False,
    ) -> None:
        app, self._feed = create_app(house, hosts=hosts, token=token, dev=dev)
        self._server = WebServer(app, host, port)
        self.port: int = self._server.server_port
        self.url = f"http://{_reachable(self._server.server_address[0])}:{self.port}"
        house.doctor.served_at(self.url)
        self._news = contextlib.ExitStack()
        self.lan: Lan = app.extensions[LAN]

    def start(self) -> None:
        """Once."""
        self._news.enter_context(self._feed.served())
        self._news.enter_context(self._feed.beside(self._server))
        self._server.start()

    def stop(self) -> None:
        """Within 3 s no thread, socket or connected page is left. May be repeated."""
        self._news.close()
        self._feed.close(self._server)


def _reachable(address: Any) -> str:
    """The address under which this computer reaches a server that listens on `address`."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(address), str(address))  # noqa: S104 - only compared
    return f"[{own}]" if ":" in own else own


@functools.cache
def _built_by_default() -> dict[str, object]:
    # The one import upwards: the design promises `from app import app, socketio` without any building, and only
    # main knows the whole house. At the top it would be a circle.
    from main import default_house

    app, feed = create_app(default_house())
    return {"app": app, "socketio": feed}


def __getattr__(name: str) -> Any:
    if name in {"app", "socketio"}:
        return _built_by_default()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    from main import main

    raise SystemExit(main())
