"""Who may talk to the dashboard. Outermost WSGI layer: sees every request, also those of Socket.IO. Any thread.

A web page that the streamer visits can send requests to this computer too. It can neither choose their Host (unless
its own name was rebound to 127.0.0.1), nor their Origin or Sec-Fetch-Site, nor add a header of its own without being
asked for its Origin first. Those four are checked here; other computers need a token besides.
"""

import hmac
import ipaddress
import json
import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from werkzeug.http import parse_cookie

from web.language import asked_in
from web.logs import nameless
from web.server import ARRIVED_AT
from web.words import Told, in_language

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

COOKIE = "palfriend_token"
READING = ("GET", "HEAD", "OPTIONS")

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_PROXY_HEADERS = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """This request gets no answer but this one; what is told in it is said in the language of whoever asked."""

    def __init__(self, status: HTTPStatus, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.hint = status, error, hint


class Guard:
    """WSGI middleware. `hosts` are further names under which the dashboard may be opened, `origins` further pages
    that may call it (a development server), `token` what other computers must show, or a callable that knows it at
    the moment; without one they are refused.
    """

    def __init__(
        self,
        wsgi: "WSGIApplication",
        *,
        hosts: Iterable[str] = (),
        origins: Iterable[str] = (),
        token: str | Callable[[], str | None] | None = None,
    ) -> None:
        self._wsgi = wsgi
        self._hosts = {host.lower() for host in hosts}
        self._origins = frozenset(origins)
        self._token: Callable[[], str | None] = token if callable(token) else lambda: token

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        for header in [name for name in environ if name.startswith(_PROXY_HEADERS)]:
            del environ[header]  # nobody stands before us, and Engine.IO would believe them
        if "upgrade" not in environ.get("HTTP_CONNECTION", "").lower():
            environ.pop("HTTP_UPGRADE", None)  # not meant for us by HTTP's rules; Engine.IO stumbles over it
        answer = _Answer(start_response, asked_in(environ), silent=environ["REQUEST_METHOD"] == "HEAD")
        try:
            host = self._check_host(environ)
            self._check_origin(environ, host)
            shown = self._check_token(environ)
            answer.headers += _security_headers(host)
            if shown:
                answer.headers.append(("Set-Cookie", f"{COOKIE}={shown}; HttpOnly; SameSite=Strict; Path=/"))
                if _is_page(environ):
                    return answer.send_to(_without_token(environ))
            return self._wsgi(environ, answer)
        except Refusal as refusal:
            log.debug("refused %s: %s", environ.get("REMOTE_ADDR"), refusal)
            return answer.refuse(refusal)
        except (ConnectionError, TimeoutError):
            raise  # the visitor is gone, the server knows what to do
        except Exception as error:  # border: Engine.IO lets some malformed requests raise whatever they cause
            log.exception("a request to %s failed", nameless(str(environ.get("PATH_INFO"))))
            if answer.started:
                raise ConnectionAbortedError from error
            return answer.refuse(
                Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, Told("refusal.inside"), Told("refusal.log_says"))
            )

    def _check_host(self, environ: "WSGIEnvironment") -> str:
        host = environ.get("HTTP_HOST", "")
        match = _HOST.fullmatch(host)
        if match is None or int(match["port"] or 0) > 65_535:
            raise Refusal(HTTPStatus.BAD_REQUEST, Told("refusal.host"))
        name = match["name"].strip("[]").lower()
        known = is_loopback(name) or name in self._hosts or (_is_address(name) and name == environ.get(ARRIVED_AT))
        if not known:
            raise Refusal(
                HTTPStatus.MISDIRECTED_REQUEST,
                Told("refusal.other_name"),
                Told("refusal.own_name"),
            )
        return str(host)

    def _check_origin(self, environ: "WSGIEnvironment", host: str) -> None:
        origin = environ.get("HTTP_ORIGIN")
        befriended = origin in self._origins
        if origin is not None and not befriended and origin.lower() != f"{environ['wsgi.url_scheme']}://{host.lower()}":
            raise Refusal(HTTPStatus.FORBIDDEN, Told("refusal.other_pages"))
        foreign = environ.get("HTTP_SEC_FETCH_SITE", "none") not in {"same-origin", "none"}
        if foreign and not befriended and not _is_followed_link(environ):
            raise Refusal(HTTPStatus.FORBIDDEN, Told("refusal.other_pages"))
        writing = environ["REQUEST_METHOD"] not in READING
        if writing and not _is_feed(environ) and environ.get("HTTP_X_PALFRIEND") != "1":
            raise Refusal(
                HTTPStatus.FORBIDDEN, Told("refusal.not_meant"),
                Told("refusal.meant_header"),
            )  # fmt: skip

    def _check_token(self, environ: "WSGIEnvironment") -> str:
        """The token, if the visitor just showed it in the address and should get it as a cookie; else ""."""
        if is_loopback(environ.get("REMOTE_ADDR", "")):
            return ""
        token = self._token()
        if not token:
            raise Refusal(HTTPStatus.FORBIDDEN, Told("refusal.only_here"))
        if _is(parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0], token):
            return token
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        cookie = parse_cookie(environ.get("HTTP_COOKIE")).get(COOKIE, "")
        if _is(cookie, token) or (scheme.lower() == "bearer" and _is(given.strip(), token)):
            return ""
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            Told("refusal.needs_token"),
            Told("refusal.scan"),
        )


def _is(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode("utf-8"))


class _Answer:
    """`start_response` that adds our headers and knows whether it was called."""

    def __init__(self, start_response: "StartResponse", language: str, *, silent: bool) -> None:
        self._start_response, self._language = start_response, language
        self._silent = silent
        self.headers: list[tuple[str, str]] = []
        self.started = False

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        self.started = True
        return self._start_response(status, [*headers, *self.headers], exc_info)

    def send_to(self, place: str) -> list[bytes]:
        """To another address of ours: the one that was opened must not stay in the browser's history."""
        self.headers.append(("Cache-Control", "no-store"))
        self("303 See Other", [("Location", place), ("Content-Length", "0")])
        return []

    def refuse(self, refusal: Refusal) -> list[bytes]:
        content = {"error": refusal.error} | ({"hint": refusal.hint} if refusal.hint else {})
        body = json.dumps(in_language(content, self._language)).encode()
        self.headers = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
        self(
            f"{refusal.status.value} {refusal.status.phrase}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [] if self._silent else [body]


def is_loopback(name: str) -> bool:
    """Whether this host name or address can only mean this computer."""
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_feed(environ: "WSGIEnvironment") -> bool:
    """Socket.IO's own posts carry no header of ours; without the session id from an answer they do nothing."""
    return str(environ.get("PATH_INFO", "")).startswith("/socket.io/")


def _is_followed_link(environ: "WSGIEnvironment") -> bool:
    """Somebody clicked on a link to the dashboard elsewhere: that shows the page and does nothing else."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST", "document") == "document"
        and not _is_feed(environ)
        and not str(environ.get("PATH_INFO", "")).startswith("/api/")
    )


def _is_page(environ: "WSGIEnvironment") -> bool:
    """A browser opens a page; whoever asks the API reads the answer itself."""
    wants_page = environ["REQUEST_METHOD"] == "GET" and "text/html" in environ.get("HTTP_ACCEPT", "")
    return wants_page and not _is_feed(environ) and not str(environ.get("PATH_INFO", "")).startswith("/api/")


def _without_token(environ: "WSGIEnvironment") -> str:
    """The same address without its token; one slash in front, since two would name another computer."""
    path = "/" + quote(str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").lstrip(b"/"), safe="/")
    rest = [(n, v) for n, v in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True) if n != "token"]
    return f"{path}?{urlencode(rest)}" if rest else path


def _security_headers(host: str) -> list[tuple[str, str]]:
    """`host` is a checked Host header: not every browser counts a websocket to it as 'self'."""
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
