"""Who was forgotten lately, without a name: what comes late is recognised by a digest, also after a restart.

TikTok brings the last comments of a live once more at each connection. The file holds a random salt and for each viewer who
was forgotten on the last day digests of number and name; it is of no use but to recognise who comes with them. Any thread.
"""

import hashlib
import json
import logging
import secrets
import threading
from pathlib import Path
from typing import Any

from config.files import read_text, write_text
from config.problems import SettingsError
from events import LiveEvent, Whom

log = logging.getLogger(__name__)

FILE = "forgotten.json"
DAY = 86_400.0
MOST = 10_000

_writing = threading.Lock()


class Tombs:
    """Those in this file, as it was when this was made."""

    def __init__(self, file: Path, now: float) -> None:
        self._file = file
        self._salt, self._until = _loaded(file, now)

    def covers(self, event: LiveEvent) -> bool:
        """Whether this happened, by TikTok's clock, before who did it was forgotten."""
        if not self._until or not event.created:
            return False
        marks = _marks(self._salt, event.username, event.user_id)
        return any(event.created <= self._until.get(mark, 0.0) for mark in marks)


def bury(file: Path, whom: Whom, now: float) -> None:
    """From the next start on, what this viewer did until now is recognised. Raises OSError."""
    with _writing:
        salt, until = _loaded(file, now)
        for name in whom.usernames | whom.ids:
            username, user_id = (name, "") if name in whom.usernames else ("", name)
            until |= dict.fromkeys(_marks(salt, username, user_id), now)
        newest = sorted(until.items(), key=lambda one: -one[1])[:MOST]
        try:
            write_text(file, json.dumps({"salt": salt, "until": dict(newest)}), 0o600)
        except SettingsError as error:
            raise OSError(str(error)) from error


def _loaded(file: Path, now: float) -> tuple[str, dict[str, float]]:
    """The salt and those of the last day; a file that cannot be understood begins anew."""
    try:
        found = json.loads(read_text(file) or "{}")
        salt = found.get("salt") if isinstance(found, dict) else None
        if isinstance(salt, str) and salt:
            return salt, _fresh(found.get("until"), now)
    except (SettingsError, ValueError, RecursionError):
        log.warning("%s cannot be read and begins anew", file.name)
    return secrets.token_hex(16), {}


def _fresh(found: Any, now: float) -> dict[str, float]:
    marks = found.items() if isinstance(found, dict) else ()
    return {mark: float(at) for mark, at in marks if isinstance(at, int | float) and now - DAY <= at <= now + DAY}


def _marks(salt: str, username: str, user_id: str) -> list[str]:
    parts = [f"@{username}" if username else "", user_id]
    texts = [f"{salt}:{part}".encode("utf-8", "surrogatepass") for part in parts if part]
    return [hashlib.sha256(text).hexdigest()[:32] for text in texts]
