"""The last log lines for the dashboard, and the filter that keeps secrets out of every log. Any thread."""

import json
import logging
import re
import sys
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

from events import Whom
from live.whom import SOMEBODY

log = logging.getLogger(__name__)

HIDDEN = "***"
SHORTEST_SECRET = 4
"""Characters: hiding anything shorter would blacken ordinary words."""

SHORTEST_MIDDLE = 10
SHORTEST_FOUND = 16
LONGEST_TEXT = 8000
"""Characters of one entry that are kept."""

_NAMED = re.compile(
    r"""(?ix) ( ["']? \b (?: session_?id (?:_ss)? | sid_tt | (?:sign_)? api_?-?key | x-api-key | (?:palfriend_)? token ) \b ["']?
              \s* [=:] \s* ["']? )  (?! \*\*\* ) [^\s"'&;,)}\]]+"""
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)(?!\*\*\*)[^\s\"',;]{6,}")
_VIEWER = re.compile(r"(?s)(/api/viewers/).+")
_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{6,}")


def nameless(path: str) -> str:
    """A request's path, or its first line, as it may be logged: without the viewer it is about."""
    return _VIEWER.sub(r"\g<1>*", path)


class Redactor(logging.Filter):
    """Replaces secrets by `***` in all that a record can print: message, arguments, exception and stack.

    Attach one to each handler. It rewrites the record, so a handler further on cannot print what this one hid.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._forms: tuple[str, ...] = ()
        """How secrets look, the longest first."""

        self._heeded: list[Callable[[], Iterable[str]]] = []
        self._seen: frozenset[str] = frozenset()
        self._hidden: set[str] = set()

    def heed(self, secrets: Callable[[], Iterable[str]]) -> None:
        """From now on all that this gives is a secret, also what it will give later: asked before each record."""
        self._heeded.append(secrets)

    def hide(self, value: str) -> None:
        """From now on this value is a secret, also as it looks inside a URL, JSON, a repr or base64."""
        value = value.strip()
        if len(value) < SHORTEST_SECRET:
            return
        forms = {
            value,
            quote(value, safe=""),
            quote(value),
            quote_plus(value),
            json.dumps(value)[1:-1],
            repr(value)[1:-1],
        }
        forms |= _encoded(value)
        with self._lock:
            if value not in self._hidden:
                self._hidden.add(value)
                self._forms = tuple(sorted({*self._forms, *forms}, key=len, reverse=True))

    def holds(self, text: str) -> bool:
        """Whether one of the streamer's secrets stands in this text; short ones do not count, they may be words."""
        self._look()
        found = {value for value in self._seen if len(value) >= SHORTEST_FOUND}
        return any(form in text for value in found for form in (value, json.dumps(value)[1:-1]))

    def _look(self) -> None:
        for secrets in self._heeded:
            for value in {*secrets()} - self._seen:
                self.hide(value)
                self._seen |= {value}

    def clean(self, text: str) -> str:
        """This text without any secret."""
        self._look()
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        text = _NAMED.sub(rf"\g<1>{HIDDEN}", text)
        text = _BEARER.sub(rf"\g<1>{HIDDEN}", text)
        return _KEY.sub(HIDDEN, text)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(_message(record)), None
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None  # a formatter would print it anew, from the exception that still holds the secret
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True


def _encoded(value: str) -> set[str]:
    """How it looks in base64, wherever in what was encoded it began; too short a middle could be part of any word."""
    raw = value.encode("utf-8", "surrogatepass")
    found = set()
    for before in range(3):
        middle = b64encode(b"x" * before + raw).decode()[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(middle) >= SHORTEST_MIDDLE:
            found |= {middle, middle.translate(str.maketrans("+/", "-_"))}
    return found


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # border: arguments that do not fit or cannot be printed must not stop whoever logs  # noqa: BLE001
        return f"{record.msg!s} (its arguments could not be printed)"


class LogRing(logging.Handler):
    """Keeps the newest `capacity` lines, redacted, as `{at, level, name, text}`; `at` in Unix seconds."""

    def __init__(self, capacity: int = 2000, redactor: Redactor | None = None) -> None:
        super().__init__()
        self.redactor = redactor or Redactor()
        self.addFilter(self.redactor)
        self._lines: deque[tuple[int, dict[str, Any]]] = deque(maxlen=capacity)
        self._lines_lock = threading.Lock()
        self._forgotten: tuple[tuple[Whom, float], ...] = ()

    def emit(self, record: logging.LogRecord) -> None:
        parts = [record.getMessage(), record.exc_text or "", record.stack_info or ""]
        line = {
            "at": record.created,
            "level": record.levelname,
            "name": record.name,
            "text": "\n".join(filter(None, parts))[:LONGEST_TEXT],
        }
        with self._lines_lock:
            self._lines.append((record.levelno, line))

    def forget(self, whom: Whom, at: float) -> None:
        """From now on nobody reads what was logged until `at` and names this viewer."""
        self._forgotten = (*self._forgotten, (whom, at))

    def lines(self, level: int = logging.NOTSET, limit: int | None = None) -> list[dict[str, Any]]:
        """The newest `limit` lines of at least this level, oldest first."""
        with self._lines_lock:
            kept, forgotten = list(self._lines), self._forgotten
        if forgotten:  # not under the lock: whoever logs something would wait
            kept = [(number, _nameless(line, forgotten)) for number, line in kept]
        wanted = [dict(line) for number, line in kept if number >= level]
        return wanted if limit is None else wanted[max(0, len(wanted) - limit) :]


@contextmanager
def last_words() -> Iterator[None]:
    """What nobody catches, and what libraries warn of, goes to the log, where secrets are hidden, not to the console."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    def uncaught(kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("PalFriend ends: nobody expected this", exc_info=error)

    sys.excepthook = uncaught
    threading.excepthook = lambda args: log.critical("a thread ends: nobody expected this", exc_info=args.exc_value)
    sys.unraisablehook = lambda args: log.error("%s", args.err_msg or "ignored", exc_info=args.exc_value)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
        logging.captureWarnings(capture=False)


def set_up_logging(level: str, logs: LogRing) -> None:
    """To the console and to the dashboard, both without secrets."""
    console = logging.StreamHandler()
    console.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    console.addFilter(logs.redactor)
    root = logging.getLogger()
    root.handlers[:] = [console, logs]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "openai",
        "websockets",
        "werkzeug",
        "engineio",
        "socketio",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _nameless(line: dict[str, Any], forgotten: tuple[tuple[Whom, float], ...]) -> dict[str, Any]:
    """The line; of one that names somebody who is forgotten only that it was there: it may say what they wrote."""
    named = any(line["at"] <= at and whom.is_in(line["text"]) for whom, at in forgotten)
    return {**line, "text": SOMEBODY} if named else line
