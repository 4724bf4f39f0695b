"""The HTTP server of the dashboard: werkzeug's threaded server with what it lacks for being left alone.

The port is bound in the caller's thread; then one thread accepts and each connection has its own. A connection that
does not say what it wants is cut, their number has a limit, and stop means stopped. Knows nothing of the dashboard.
"""

import contextlib
import errno
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from web.logs import nameless

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

ARRIVED_AT = "palfriend.arrived_at"
"""WSGI environment: our own address that this connection came to."""

TAKE_OVER = "palfriend.take_over"
"""WSGI environment: a callable for a handler that keeps the connection as a websocket, with the seconds until it is cut;
without any no deadline applies."""

STOP_SECONDS = 3.0

_BUSY = {
    **dict.fromkeys((errno.EADDRINUSE, 10_048), "is used by another program"),
    **dict.fromkeys((errno.EACCES, 10_013), "may not be used by this program"),
}
"""Why a port cannot be had, by error number; 10048 and 10013 are Windows'."""


class CannotListenError(RuntimeError):
    """The dashboard cannot be served at this address; the text is one sentence for people."""


class PortInUse(CannotListenError):  # noqa: N818 - the name by which main and its users know it
    """Another program has the port, or the system keeps it for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What visitors may take of us."""

    connections: int = 128
    header_seconds: float = 15.0
    """Until the request must have been said, and the longest silence within its body."""

    request_seconds: float = 60.0
    """From then to the end of the answer. A long poll takes up to 45."""


@dataclass(slots=True)
class _Visitor:
    """One open connection."""

    thread: threading.Thread
    due: float
    """Monotonic time at which it is cut."""

    silent: bool = True
    """Its request has not been read yet."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "WebServer"

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.limits.header_seconds)

    def run_wsgi(self) -> None:
        try:
            urlsplit(self.path)
        except ValueError:  # such as "http://[": werkzeug would end with a traceback
            self.send_error(HTTPStatus.BAD_REQUEST)
        else:
            super().run_wsgi()

    def make_environ(self) -> "WSGIEnvironment":
        self.server.heard(self.connection)
        self.close_connection = True  # one request each; and what a websocket leaves behind is never read as HTTP
        environ = super().make_environ()
        environ[ARRIVED_AT] = self.connection.getsockname()[0]
        environ[TAKE_OVER] = lambda seconds=float("inf"): self.server.heard(self.connection, seconds)
        return environ

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What cannot be read as HTTP is answered in JSON, without repeating any of it."""
        log.debug("%s: %s %s %s", self.client_address[0], code, message, explain)
        body = json.dumps({"error": f"{HTTPStatus(code).phrase}."}).encode()
        self.request_version = self.protocol_version  # what cannot be read counts as HTTP/0.9, which has no headers
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "PalFriend"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - the base's signature
        log.debug("%s %s", code, nameless(self.requestline.partition("?")[0]))

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the base's signature
        log.debug("%s: %s", type, message % args if args else message)


class WebServer(ThreadedWSGIServer):
    """Serves one WSGI application. Bound when built, answering from `start` to `stop`.

    Raises PortInUse or CannotListenError. Port 0 takes a free one, see `port`.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, app: "WSGIApplication", host: str = "127.0.0.1", port: int = 5000, *, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._visitors: dict[socket.socket, _Visitor] = {}
        self._visitors_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        if not 0 <= port <= 65_535:
            raise CannotListenError(f"{port} is not a port: it must be between 0 and 65535.")
        if host.startswith("unix:"):  # werkzeug would make a file of that name
            raise CannotListenError(f"{host} is not an address that a browser can open.")
        super().__init__(host.removeprefix("[").removesuffix("]"), port, app, _Handler)

    def server_bind(self) -> None:
        if sys.platform == "win32":  # not tested: with SO_REUSEADDR two programs could share the port there
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._or_say_why(lambda: self.socket.bind(self.server_address))
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.host, self.server_address[1]

    def server_activate(self) -> None:
        self._or_say_why(super().server_activate)

    def _or_say_why(self, act: Callable[[], object]) -> None:
        host, port = self.host, self.port
        try:
            act()
        except OSError as error:
            busy = _BUSY.get(error.errno or 0)
            if busy is None:
                raise CannotListenError(f"The dashboard cannot listen on {host}: {error.strerror or error}.") from error
            raise PortInUse(f"Port {port} on {host} {busy}; try another one: --port {port % 65_535 + 1}") from error

    def start(self) -> None:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="web", daemon=True)
        self._thread.start()

    def refuse(self) -> None:
        """Accept nobody any more; who is there stays."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join(STOP_SECONDS)
            self._thread = None
        self.server_close()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Refuse, cut who is there, wait for all threads; at most about `seconds`. May be repeated."""
        deadline = time.monotonic() + seconds
        self.refuse()
        with self._visitors_lock:
            visitors = dict(self._visitors)
        for connection in visitors:
            _cut(connection)
        for visitor in visitors.values():
            if visitor.thread is not threading.current_thread():
                visitor.thread.join(max(0.0, deadline - time.monotonic()))
        if left := sum(visitor.thread.is_alive() for visitor in visitors.values()):
            log.debug("%d requests are still being worked on", left)

    def cut(self, visitors: Callable[[str], bool]) -> None:
        """End the connections of those whose address this says."""
        with self._visitors_lock:
            connections = list(self._visitors)
        for connection in connections:
            with contextlib.suppress(OSError):  # it has ended already
                if visitors(str(connection.getpeername()[0])):
                    _cut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the connection a thread. With no room left whoever has kept silent longest must go."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="web-request", daemon=True
        )
        with self._visitors_lock:
            if len(self._visitors) >= self.limits.connections and not self._evict():
                log.warning("more than %d connections to the dashboard, one refused", self.limits.connections)
                self.shutdown_request(request)
                return
            self._visitors[request] = _Visitor(thread, time.monotonic() + self.limits.header_seconds)
        try:
            thread.start()
        except RuntimeError:  # no more threads to be had
            self._forget(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._forget(request)

    def heard(self, connection: socket.socket, seconds: float | None = None) -> None:
        """It has said what it wants and gets time for the answer."""
        with self._visitors_lock:
            if visitor := self._visitors.get(connection):
                visitor.silent = False
                visitor.due = time.monotonic() + (self.limits.request_seconds if seconds is None else seconds)

    def service_actions(self) -> None:
        """Called several times a second: cuts those whose time is over, however slowly they drip."""
        now = time.monotonic()
        with self._visitors_lock:
            overdue = [connection for connection, visitor in self._visitors.items() if visitor.due <= now]
        for connection in overdue:
            _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's signature
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            log.debug("a connection ended early: %s", error)
        else:
            log.error("a request failed", exc_info=error)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the base's signature
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)

    def _evict(self) -> bool:
        for connection, visitor in self._visitors.items():  # in order of arrival
            if visitor.silent:
                _cut(connection)
                del self._visitors[connection]
                return True
        return False

    def _forget(self, connection: socket.socket) -> None:
        with self._visitors_lock:
            self._visitors.pop(connection, None)


def _cut(connection: socket.socket) -> None:
    """Ends both directions at once, so that whoever waits on it wakes up."""
    with contextlib.suppress(OSError):  # it has ended already
        connection.shutdown(socket.SHUT_RDWR)
