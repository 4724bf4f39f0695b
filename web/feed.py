"""Socket.IO on our own server: connections that end when they should.

Threads: one per connection (the server's), two more for each websocket (Socket.IO's). Nobody here waits
for a page: each has a queue, and a page whose queue grows is disconnected. Flask-SocketIO's threading mode leaves
its threads asleep for up to 45 s after the end and its websockets without limits; `_driver` is where that is mended.
"""

import contextlib
import logging
import socket
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import simple_websocket
from engineio.exceptions import EngineIOError  # type: ignore[import-untyped]
from engineio.packet import Packet  # type: ignore[import-untyped]
from flask import Flask
from flask_socketio import SocketIO
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from web.server import STOP_SECONDS, TAKE_OVER, WebServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 100_000
"""Bytes of one message from a page; the dashboard's own are below 1000."""

HELLO_SECONDS = 15.0
"""A page says something right after its handshake; who does not is none, and is cut off."""

GOODBYE_SECONDS = 5.0
"""After our own goodbye a page has this long to take it before it is cut off."""

SEND_SECONDS = 10
"""A page that takes nothing for this long is disconnected."""

MOST_WAITING = 1000
"""Messages that may wait for one page before it is disconnected."""

_LIBRARY_LOG = logging.getLogger("palfriend.socketio")
_LIBRARY_LOG.setLevel(logging.CRITICAL)  # the libraries log every malformed message of a visitor with a traceback


class Feed(SocketIO):  # type: ignore[misc]  # the library has no types
    """Flask-SocketIO whose `run` serves through our server, and that can be closed without leaving a thread."""

    def __init__(self, app: Flask, *, cross_origin: bool = False) -> None:
        super().__init__(
            app,
            async_mode="threading",
            # [] switches Engine.IO's own, weaker origin check and its CORS headers off: the guard has decided already
            cors_allowed_origins=(lambda _origin: True) if cross_origin else [],
            async_handlers=False,  # True would start a thread for each message of a page
            always_connect=True,  # what the connect handler sends must not overtake the acknowledgement
            manage_session=False,
            monitor_clients=False,  # `tidy` does that
            max_http_buffer_size=LONGEST_MESSAGE,
            logger=_LIBRARY_LOG,
            engineio_logger=_LIBRARY_LOG,
        )
        self.ended = threading.Event()
        """Set when whoever `run`s this should return."""

        self.served: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext
        """What must be going on while pages are served."""

        self.beside: Callable[[WebServer], contextlib.AbstractContextManager[object]] = contextlib.nullcontext
        """What must be going on while this server serves them."""

        self.afterwards: Callable[[], object] = lambda: None
        """What `run` does before it returns."""

        self._closing = threading.Event()
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        engine = self.server.eio
        engine._async = {**engine._async, **self._driver()}  # the library has no public way in; test_app notices
        engine.disconnect = self._disconnect  # its own waits until the page has fetched everything, so for ever

    def run(self, app: Flask, host: str | None = None, port: int | None = None, **_options: object) -> None:
        """Serve until Ctrl-C or the dashboard's Quit. Raises PortInUse. Options of other servers are not needed."""
        server = WebServer(app, host or "127.0.0.1", 5000 if port is None else port)
        self.ended.clear()
        self._closing.clear()
        try:
            with self.served(), self.beside(server):
                server.start()
                while not self.ended.wait(0.25):  # a wait without end would keep Ctrl-C from Windows' main thread
                    pass
        except KeyboardInterrupt:
            log.info("interrupted")
        finally:
            self.close(server)
            self.afterwards()

    def close(self, server: WebServer, seconds: float = STOP_SECONDS) -> None:
        """Say goodbye to all pages, stop the server, wait for every thread; at most about `seconds`."""
        deadline = time.monotonic() + seconds
        self._closing.set()
        server.refuse()  # or somebody could begin to poll after the goodbye
        for page in self.server.eio.sockets.copy().values():
            _dismiss(page)
        server.stop(seconds)
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def tidy(self) -> None:
        """Forget pages that are gone; disconnect those that went silent or take nothing."""
        engine = self.server.eio
        for sid, page in engine.sockets.copy().items():
            if page.closed:
                engine.sockets.pop(sid, None)
            elif page.queue.qsize() > MOST_WAITING:
                log.warning("a page takes nothing and is disconnected")
                _dismiss(page)
            elif not page.closing:
                with contextlib.suppress(EngineIOError):  # it closed in this moment
                    page.check_ping_timeout()

    def _disconnect(self, sid: str) -> None:
        page = self.server.eio.sockets.pop(sid, None)
        if page is not None:
            _dismiss(page)

    def _driver(self) -> dict[str, Any]:
        return {
            "thread": self._thread,
            "sleep": self._closing.wait,
            "websocket": lambda handler, _engine: _WebSocket(handler, self._thread),
        }

    def _thread(
        self, target: Callable[..., object], args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> threading.Thread:
        thread = threading.Thread(target=target, args=tuple(args), kwargs=kwargs, name="web-feed", daemon=True)
        self._threads.add(thread)
        return thread


def _dismiss(page: Any) -> None:
    """Ends one Engine.IO connection without waiting for it."""
    with contextlib.suppress(EngineIOError):  # it closed in this moment
        page.close(wait=False)


class _Line(simple_websocket.Server):  # type: ignore[misc]  # the library has no types
    def _thread(self) -> None:
        """Reads. The base forgets to wake the waiting side when it ends over a message that is too long."""
        try:
            super()._thread()
        finally:
            self.connected = False
            self.event.set()


class _WebSocket:
    """One websocket in the form that Engine.IO's drivers have."""

    def __init__(self, handler: Callable[["_WebSocket"], object], thread: Callable[..., threading.Thread]) -> None:
        self._handler = handler
        self._thread = thread
        self._known = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        connection: socket.socket | None = environ.get("werkzeug.socket")
        if connection is None:
            return _refuse(start_response)
        connection.settimeout(None)  # pings supervise it from here on
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _send_timeout())
        try:
            self._line = _Line(environ, max_message_size=LONGEST_MESSAGE, thread_class=self._thread)
        except (RemoteProtocolError, simple_websocket.ConnectionError):
            return _refuse(start_response)
        self._keep = environ[TAKE_OVER]
        self._keep(HELLO_SECONDS)
        self._handler(self)
        raise ConnectionAbortedError  # tells the server that nothing is left to be answered

    def send(self, message: str | bytes) -> None:
        """Raises OSError when it cannot be sent; the connection is cut then."""
        try:
            self._line.send(message)
        except (simple_websocket.ConnectionClosed, LocalProtocolError) as error:
            raise ConnectionAbortedError from error
        except OSError:
            self._cut()
            raise

    def wait(self) -> str | bytes | None:
        """The next message; None when the page is gone or sent something that is none."""
        try:
            message: str | bytes = self._line.receive()
            Packet(encoded_packet=message)
        except (simple_websocket.ConnectionClosed, ValueError, RecursionError):
            return None
        if not self._known:
            self._known = True
            self._keep()
        return message

    def close(self) -> None:
        """Say goodbye. Who does not answer that, since it has long been gone without one, is cut off a little later."""
        self._keep(GOODBYE_SECONDS)
        # Gone already; or the line's reader has just said goodbye by itself, to a message that is too long.
        with contextlib.suppress(simple_websocket.ConnectionClosed, LocalProtocolError, OSError):
            self._line.close()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):  # gone already
            self._line.sock.shutdown(socket.SHUT_RDWR)


def _send_timeout() -> int | bytes:
    if sys.platform == "win32":  # not tested: milliseconds there
        return SEND_SECONDS * 1000
    return struct.pack("ll", SEND_SECONDS, 0)


def _refuse(start_response: "StartResponse") -> Iterable[bytes]:
    body = b'{"error": "This is not a websocket handshake."}'
    start_response("400 Bad Request", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
