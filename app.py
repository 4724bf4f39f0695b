"""The dashboard: Flask answers requests, Socket.IO sends news. Knows the bot only through the bridge.

Requests run in threads of the server (`web/server.py`), each behind the guard (`web/guard.py`). Answers are JSON;
what went wrong is `{error, hint?, fields?}` in words for the streamer. Secrets are never in an answer.
"""

import functools
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_cors import CORS

from bridge import STOP_SECONDS, Bridge
from events import Calibrated
from settings import Settings, public, schema
from web.answers import LARGEST_BODY, ApiError, answer_errors, json_object, limit_of
from web.cards import add_card_routes
from web.changes import LEVEL_OF, Changes, Lesson, calibration_of, switch_of, word_of
from web.feed import Feed, Pump
from web.guard import Guard
from web.logs import LogRing
from web.memory import add_memory_routes
from web.outbox import add_outbox_routes
from web.pages import serve_pages
from web.server import CannotListenError, PortInUse, WebServer
from web.viewers import Archive, add_room_routes, add_viewer_routes, answer_archive_errors
from web.words import sentence

__all__ = ["CannotListenError", "Dashboard", "House", "PortInUse", "create_app"]

log = logging.getLogger(__name__)

VITE_ORIGINS = ("http://localhost:5173", "http://127.0.0.1:5173")
"""Where the front end's development server shows the page."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the dashboard shows and commands."""

    settings: Settings
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


def create_app(
    house: House, *, hosts: Iterable[str] = (), token: str | None = None, dev: bool = False
) -> tuple[Flask, Feed]:
    """The WSGI application, guarded, and its Socket.IO. `hosts`, `token`: see Guard. `dev` lets Vite's page call it."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it: a form keeps its order
    answer_errors(app)
    answer_archive_errors(app)
    changes = Changes(house.settings, house.logs.redactor)
    feed = Feed(app, cross_origin=dev)
    house.bridge.board.on_unfile(house.logs.forget)
    pump = Pump(feed, house.bridge.board, lambda: status_of(house))
    feed.served = lambda: pump
    feed.afterwards = house.bridge.stop

    _add_bot_routes(app, house, feed)
    _add_order_routes(app, house)
    add_outbox_routes(app, house.bridge)
    _add_audit_routes(app, house, changes)
    add_card_routes(app, house.bridge.board.shelf)
    add_viewer_routes(app, house.archive)
    add_room_routes(app, house.archive)
    add_memory_routes(app, house.archive)
    _add_settings_routes(app, house, changes)
    _add_microphone_routes(app, house, changes)
    _add_house_routes(app, house)
    serve_pages(app)
    _add_feed(feed, pump)
    if dev:
        CORS(app, origins=list(VITE_ORIGINS))

    @app.after_request
    def never_keep_answers(response: Any) -> Any:
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.wsgi_app = Guard(  # type: ignore[method-assign]  # after Feed, so that it also stands before Socket.IO
        app.wsgi_app, hosts=hosts, origins=VITE_ORIGINS if dev else (), token=token
    )
    return app, feed


def status_of(house: House) -> dict[str, Any]:
    """The bridge's status with an English `text` for each link that has a reason."""
    status = {**house.bridge.status(), "demo": house.demo}
    status["live"] = _in_words(status["live"])
    status["links"] = {name: _with_text(link) for name, link in status["links"].items()}
    if status["error"]:
        status["error"] = house.logs.redactor.clean(status["error"])
    return status


def _in_words(live: Mapping[str, Any]) -> dict[str, Any]:
    """Why the live is as it is, and what the streamer can do, in English; other languages have the code."""
    code, params = live["code"], live["params"]
    words = {part: sentence(f"{part}.{code}", params) if code else "" for part in ("reason", "remedy")}
    return {**live, **words}


def _with_text(link: Mapping[str, Any]) -> dict[str, Any]:
    code, params = link.get("code", ""), dict(link.get("params", ()))
    return {**link, "params": params, "text": sentence(f"reason.{code}", params) if code else ""}


def _add_bot_routes(app: Flask, house: House, feed: Feed) -> None:
    @app.get("/api/status")
    def status() -> ResponseReturnValue:
        return jsonify(status_of(house))

    @app.post("/api/start")
    def start() -> ResponseReturnValue:
        """A second start changes nothing."""
        house.bridge.start()
        return jsonify(status_of(house))

    @app.post("/api/stop")
    def stop() -> ResponseReturnValue:
        if not house.bridge.stop(STOP_SECONDS):
            raise ApiError(504, "The bot does not stop.", "Quit PalFriend and start it again; the log says more.")
        return jsonify(status_of(house))

    @app.post("/api/quit")
    def leave() -> ResponseReturnValue:
        response = jsonify({"quitting": True})

        @response.call_on_close  # the answer has been sent by then
        def go() -> None:
            house.quit()
            feed.ended.set()

        return response


def _add_settings_routes(app: Flask, house: House, changes: Changes) -> None:
    @app.get("/api/settings")
    def settings() -> ResponseReturnValue:
        return jsonify(public(house.settings))

    @app.get("/api/schema")
    def settings_schema() -> ResponseReturnValue:
        return jsonify(schema())

    @app.post("/api/settings")
    def change_settings() -> ResponseReturnValue:
        """All of the changes or none."""
        changes.make(json_object())
        return jsonify(public(house.settings))


def _add_order_routes(app: Flask, house: House) -> None:
    @app.post("/api/panic")
    def panic() -> ResponseReturnValue:
        """Silences everything at once until it is released; without a bot it is remembered for the next Start."""
        house.bridge.order("panic", switch_of(json_object()))
        return jsonify(status_of(house))

    @app.post("/api/mute")
    def mute() -> ResponseReturnValue:
        """Says nothing new until unmuted; ends with Stop."""
        house.bridge.order("mute", switch_of(json_object()))
        return jsonify(status_of(house))

    @app.post("/api/skip")
    def skip() -> ResponseReturnValue:
        """Drops the rest of the answer that is being said, or what would be said next."""
        house.bridge.order("skip")
        return jsonify(status_of(house))

    @app.post("/api/talking")
    def talking() -> ResponseReturnValue:
        """While on, the streamer has the floor, whatever the microphone hears; ends with Stop."""
        house.bridge.order("talking", switch_of(json_object()))
        return jsonify(status_of(house))


def _add_audit_routes(app: Flask, house: House, changes: Changes) -> None:
    @app.get("/api/audit")
    def audit() -> ResponseReturnValue:
        """The newest `limit` entries, newest first."""
        return jsonify({"entries": house.bridge.board.audit[::-1][: limit_of("200")]})

    @app.get("/api/audit/export")
    def export() -> ResponseReturnValue:
        """All of it as JSON Lines, oldest first."""
        lines = "".join(f"{json.dumps(entry)}\n" for entry in house.bridge.board.audit)
        as_file = {"Content-Disposition": 'attachment; filename="palfriend-audit.jsonl"'}
        return Response(lines, mimetype="application/x-ndjson", headers=as_file)

    @app.post("/api/audit/<any(allow, block):lesson>")
    def teach(lesson: Lesson) -> ResponseReturnValue:
        """The word may be said from now on, or never."""
        word = word_of(json_object())
        changes.teach(lesson, word, time.time())
        house.bridge.order("taught", lesson, word)
        return jsonify(changes.lists())


def _add_microphone_routes(app: Flask, house: House, changes: Changes) -> None:
    @app.get("/api/devices")
    def devices() -> ResponseReturnValue:
        try:
            return jsonify(house.devices())
        except Exception as error:  # border: the audio library raises whatever the system's sound makes it
            log.exception("the microphones could not be listed")
            raise ApiError(503, "The microphones cannot be listed.", "The log says why.") from error

    @app.post("/api/microphone/calibrate")
    def calibrate() -> ResponseReturnValue:
        """Measures for some seconds, saves the level, and answers with what to do."""
        kind = calibration_of(json_object())
        found = house.calibrate(kind)
        if found.verdict in {"busy", "not_running"}:
            raise ApiError(409, sentence(f"calibration.{found.verdict}", {}))
        if found.level_dbfs is not None:
            changes.make({"microphone": {LEVEL_OF[kind]: found.level_dbfs}})
        return jsonify({**asdict(found), "text": sentence(f"calibration.{found.verdict}", {})})


def _add_house_routes(app: Flask, house: House) -> None:
    @app.get("/api/logs")
    def logs() -> ResponseReturnValue:
        """`level` and above, the newest `limit` lines."""
        level = request.args.get("level", "DEBUG").upper()
        if level not in LEVELS:
            raise ApiError(400, "There is no such level.", f"One of {', '.join(LEVELS)}.")
        return jsonify(house.logs.lines(logging.getLevelName(level), limit_of("500")))

    @app.get("/api/version")
    def version() -> ResponseReturnValue:
        return jsonify({"version": house.version, "demo": house.demo})


def _add_feed(feed: Feed, pump: Pump) -> None:
    def connected(*_: object) -> None:
        # A visitor can also send an event of this name; greeting it twice does no harm.
        pump.greet(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO puts it there

    def disconnected(*_: object) -> None:
        log.debug("a page left")

    def failed(error: Exception) -> None:
        log.error("a message of the dashboard failed", exc_info=error)

    feed.on_event("connect", connected)
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
        self._news = self._feed.served()

    def start(self) -> None:
        """Once."""
        self._news.__enter__()
        self._server.start()

    def stop(self) -> None:
        """Within 3 s no thread, socket or connected page is left. May be repeated."""
        self._news.__exit__(None, None, None)
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
