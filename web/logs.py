"""The last log lines for the dashboard, and the filter that keeps secrets out of every log. Any thread."""

import json
import logging
import re
import threading
from collections import deque
from typing import Any
from urllib.parse import quote

from events import Whom
from live.whom import SOMEBODY

HIDDEN = "***"
SHORTEST_SECRET = 4
"""Characters: hiding anything shorter would blacken ordinary words."""

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
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None

    def hide(self, value: str) -> None:
        """From now on this value is a secret, also as it looks inside a URL, JSON or a repr."""
        value = value.strip()
        if len(value) < SHORTEST_SECRET:
            return
        forms = {value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1], repr(value)[1:-1]}
        with self._lock:
            self._secrets |= forms
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def clean(self, text: str) -> str:
        known = self._known
        if known is not None:
            text = known.sub(HIDDEN, text)
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


def _nameless(line: dict[str, Any], forgotten: tuple[tuple[Whom, float], ...]) -> dict[str, Any]:
    """The line; of one that names somebody who is forgotten only that it was there: it may say what they wrote."""
    named = any(line["at"] <= at and whom.is_in(line["text"]) for whom, at in forgotten)
    return {**line, "text": SOMEBODY} if named else line
