"""Whether a data file can be used, found out without changing it. Any thread; may take as long as the file is large."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from store import gifts, schema
from store.files import ForeignFile, NewerFile, tried

LOCK_SECONDS = 0.8
STEPS = 10_000
"""Of SQLite's machine between two looks at the clock."""


def trouble_with_memory(path: Path, seconds: float) -> str:
    """Why viewers could not be remembered in this file, as `memory_...` code; "" when they can, or it does not exist."""
    if path.suffix.lower() == ".json":
        return tried(lambda: _look_at_json(path))
    return tried(lambda: _look(path, seconds, _is_memory))


def trouble_with_gifts(path: Path, seconds: float) -> str:
    """The same for the gift book, as `gifts_...` code."""
    try:
        code = tried(lambda: _look(path, seconds, _is_gift_book))
    except _OtherFileError:
        return "gifts_foreign"
    return code.replace("memory_", "gifts_")


class _OtherFileError(Exception):
    """A healthy database that is no gift book."""


def _is_memory(connection: sqlite3.Connection) -> None:
    """Raises when it is none, or a newer one."""
    if connection.execute("PRAGMA application_id").fetchone()[0]:
        raise ForeignFile("not a memory")
    schema.version_of(connection)


def _is_gift_book(connection: sqlite3.Connection) -> None:
    """Raises when it is none, or a newer one."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    begun = version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if begun and connection.execute("PRAGMA application_id").fetchone()[0] != gifts.APPLICATION:
        raise _OtherFileError
    if version > gifts.SCHEMA:
        raise NewerFile(f"version {version}")


def _look(path: Path, seconds: float, is_ours: Callable[[sqlite3.Connection], None]) -> None:
    """Raises OSError or sqlite3.Error. A file too large to be read in `seconds` is only read in part."""
    if not path.exists() or not path.stat().st_size:
        return
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=LOCK_SECONDS, isolation_level=None
    )
    try:
        is_ours(connection)
        _read_all(connection, seconds)
        connection.execute("BEGIN IMMEDIATE")  # whether it could be written
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _read_all(connection: sqlite3.Connection, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        verdict = "ok"
    finally:
        connection.set_progress_handler(None, 0)
    if verdict != "ok":
        damaged = sqlite3.DatabaseError(verdict)
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged


def _look_at_json(path: Path) -> None:
    if not path.exists():
        return
    try:
        whole = isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise ForeignFile("no memory")
    with path.open("r+b"):  # whether it could be written
        pass
