"""The dashboard for a phone in the same network: a second listener that comes and goes, its token and its QR code.

A thread named "web-lan" keeps the listener to what the settings say, whoever changes them and whenever the computer's
address changes. The first listener stays on this computer's own address.
"""

import contextlib
import io
import ipaddress
import logging
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from settings import Settings, public
from web.answers import ApiError, json_object
from web.changes import ON_OR_OFF
from web.describe import OBJECT, TEXT, YES_NO, describe, optional, record
from web.guard import is_loopback
from web.server import CannotListenError, PortInUse, WebServer
from web.words import Told, told_by

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
RETRY_SECONDS = 5.0
STOP_SECONDS = 1.0
TOKEN = re.compile(r"[\w-]{16,200}", re.ASCII)
"""What goes through addresses and cookies unchanged, and is too long to be guessed."""


PROBLEM = record({"code": TEXT, "params": OBJECT, "text": TEXT})
STATE = record({"on": YES_NO, "url": TEXT, "qr": TEXT, "problem": optional(PROBLEM)})


@dataclass(frozen=True, slots=True)
class Door:
    """Where other devices come in, and with what."""

    address: str
    token: str


class Problem(Exception):  # noqa: N818 - it is shown, not raised to anybody else
    """Why other devices cannot come in; `code` of `lan.` in the locale files."""

    def __init__(self, code: str, **params: str) -> None:
        self.code, self.params = code, params
        super().__init__(Told(f"lan.{code}", **params))


class Lan:
    """Any thread. `save` takes changes of the settings as a page sends them, and raises ApiError."""

    def __init__(self, settings: Settings, save: Callable[[Mapping[str, Any]], None], app: "WSGIApplication") -> None:
        self._settings, self._save, self._app = settings, save, app
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._main: WebServer | None = None
        self._server: WebServer | None = None
        self._door: Door | None = None
        self._problem: Problem | None = None
        self._tried: tuple[object, float] = (None, 0.0)

    def token(self) -> str | None:
        """What a device must show now; None while none may come in."""
        return self._door.token if self._door else None

    @contextlib.contextmanager
    def beside(self, main: WebServer) -> Iterator[None]:
        """While pages are served by `main`, serve other devices too when the settings say so."""
        self._main = main
        self._closing.clear()
        thread = threading.Thread(target=self._run, name="web-lan", daemon=True)
        self._follow()
        thread.start()
        try:
            yield
        finally:
            self._closing.set()
            thread.join(STOP_SECONDS)
            with self._lock:
                self._shut()
                self._main = None

    def state(self, *, with_token: bool) -> dict[str, Any]:
        """`{"on", "url", "qr", "problem"}`: the QR code as SVG; a problem as `{"code", "params", "text"}` or None."""
        with self._lock:
            door, problem = self._door, self._problem
            url = f"http://{_in_url(door.address)}:{self._port()}/" if door else ""
        found = {"code": problem.code, "params": problem.params, "text": told_by(problem)} if problem else None
        link = f"{url}?token={door.token}" if door and with_token else url
        return {"on": door is not None, "url": link, "qr": _qr(link) if door and with_token else "", "problem": found}

    def switch(self, on: bool, *, renew: bool = False) -> None:
        """On or off, at once and for the next start; `renew`: with a new token. Raises ApiError; all is as before then."""
        with self._lock:
            if self._main is None or self._is_wide():
                raise ApiError(409, Told("lan.by_command_line"))
            before = {"enabled": self._settings.lan.enabled}
            wanted: dict[str, Any] = {"enabled": on}
            if renew or (on and not TOKEN.fullmatch(self._settings.lan.token)):
                wanted["token"] = self._fresh_token()
            self._save({"lan": wanted})
            self._tried = (None, 0.0)
            self._follow()
            if on and self._problem:
                problem = self._problem
                if before["enabled"] is not True:
                    self._save({"lan": before})
                    self._follow()
                raise ApiError(503, told_by(problem), Told("lan.hint"))

    def _fresh_token(self) -> str:
        if public(self._settings)["lan"]["token"]["source"] == "environment":
            raise ApiError(409, Told("lan.token_environment"))
        return secrets.token_urlsafe(24)

    def _run(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            try:
                self._follow()
            except Exception:  # border: whatever the settings hold by then, the next look may fare better
                log.exception("the dashboard for other devices could not be looked after")

    def _follow(self) -> None:
        """Bring the listener to what the settings say."""
        with self._lock:
            rules, now = self._settings.lan.model_dump(), time.monotonic()
            if self._problem and self._tried[0] == rules and now - self._tried[1] < RETRY_SECONDS:
                return
            self._tried = (rules, now)
            try:
                wanted = self._wanted()
                if wanted != self._door:
                    self._shut()
                    if wanted:
                        self._open(wanted)
                self._show(None)
            except Problem as problem:
                self._shut()
                self._show(problem)

    def _wanted(self) -> Door | None:
        """Raises Problem."""
        rules = self._settings.lan
        if not (rules.enabled or self._is_wide()):
            return None
        if not TOKEN.fullmatch(rules.token):
            try:
                self._save({"lan": {"token": self._fresh_token()}})
            except ApiError as error:
                raise Problem("no_token", reason=told_by(error)) from error
        if self._is_wide():
            return Door(self._wide_address(), rules.token)
        return Door(_checked(rules.address) if rules.address else own_address(), rules.token)

    def _is_wide(self) -> bool:
        """Whether the first listener itself can be reached from outside, as --host wishes; no second one is needed."""
        return self._main is not None and not is_loopback(str(self._main.server_address[0]))

    def _wide_address(self) -> str:
        host = str(self._main.server_address[0]) if self._main else ""
        try:
            return own_address() if _is_any(host) else host
        except Problem:
            return host

    def _open(self, door: Door) -> None:
        """Raises Problem."""
        if not self._is_wide():
            try:
                self._server = WebServer(self._app, door.address, self._port())
            except PortInUse as error:
                raise Problem("busy", address=door.address, port=str(self._port())) from error
            except CannotListenError as error:
                raise Problem("address", address=door.address) from error
            self._server.start()
        self._door = door
        log.info("other devices can open the dashboard at %s", door.address)

    def _shut(self) -> None:
        """Whoever came in this way is cut."""
        door, server = self._door, self._server
        self._door = self._server = None
        if server is not None:
            server.stop(STOP_SECONDS)
        elif door is not None and self._main is not None:
            self._main.cut(lambda visitor: not is_loopback(visitor))

    def _show(self, problem: Problem | None) -> None:
        if problem and str(problem) != str(self._problem):
            log.warning("%s", problem)
        self._problem = problem

    def _port(self) -> int:
        return self._main.server_port if self._main else 0


def add_lan_routes(app: Flask, lan: Lan) -> None:
    """Whether other devices may come in. What opens the door is shown on this computer only."""

    @app.get("/api/lan")
    @describe("Whether other devices may come in, and the code for it.", answer=STATE)
    def look() -> ResponseReturnValue:
        return jsonify(lan.state(with_token=is_loopback(request.remote_addr or "")))

    @app.post("/api/lan")
    @describe(
        "Let other devices in, or keep them out.",
        body=record({"on": YES_NO}, {"renew": YES_NO}),
        answer=STATE,
        errors=(409, 503, 507),
    )
    def turn() -> ResponseReturnValue:
        """`on`: true or false; `renew`: true makes a new token, so that all devices must scan the code anew."""
        only_from_here()
        content = json_object()
        on, renew = content.get("on"), content.get("renew", False)
        if not isinstance(on, bool) or not isinstance(renew, bool):
            raise ApiError(400, Told("refusal.no_switch"), ON_OR_OFF)
        lan.switch(on, renew=renew)
        return jsonify(lan.state(with_token=True))


def only_from_here() -> None:
    """Raises ApiError unless this request comes from this computer."""
    if not is_loopback(request.remote_addr or ""):
        raise ApiError(403, Told("lan.only_from_here"))


def own_address() -> str:
    """The IPv4 address under which this computer is known in its network; asking for a route sends nothing.

    Raises Problem without one.
    """
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))  # an address for examples, RFC 5737: the way to anywhere
        found.append(str(probe.getsockname()[0]))
    if not found:
        with contextlib.suppress(OSError):  # a network without a way out of it
            found += [str(at[0]) for *_, at in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for address in found:
        if not (is_loopback(address) or _is_any(address)):
            return address
    raise Problem("no_network")


def _checked(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise Problem("address", address=address) from None
    if found.is_unspecified or found.is_loopback or found.is_multicast:
        raise Problem("address", address=address)
    return str(found)


def _is_any(address: str) -> bool:
    return address in {"0.0.0.0", "::"}  # noqa: S104 - only compared


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _qr(link: str) -> str:
    """As a picture that scales, dark on white also on a dark page."""
    import segno  # 30 ms that only those pay who look at it

    picture = io.BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(picture, kind="svg", xmldecl=False, nl=False, border=4, dark="#000", light="#fff", omitsize=True)
    return picture.getvalue().decode("utf-8")
