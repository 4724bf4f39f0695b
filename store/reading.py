"""Looking into a memory from any thread, while the bot uses it or not: one short connection, always the tables of today.

A file of an older version, or a JSON one, is read through a copy in RAM. Nothing is changed, and no file is made. Raises
OSError and sqlite3.Error.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from store import schema
from store.database import SqliteFile
from store.files import ForeignFile, Rules, Store, Text, moment, name_of
from store.json_file import JsonFile
from store.record import Record, complete, fade, row_of, unpack

PATIENCE = 2.0
PAGE = 500


def store_of(file: str | Path, now: float, rules: Rules) -> Store:
    """Where the rows of this file lie: JSON for `.json`, RAM for ":memory:", else SQLite. Nothing is opened yet."""
    if str(file) == ":memory:":
        return JsonFile(None, now, rules)
    path = Path(file)
    return JsonFile(path, now, rules) if is_json(path) else SqliteFile(path, now, rules)


def is_json(path: Path) -> bool:
    """Whether the name says so."""
    return path.suffix.lower() == ".json"


@contextlib.contextmanager
def reading(path: Path, now: float) -> Iterator[sqlite3.Connection]:
    """A connection to what is in the file now; to an empty memory where there is no file."""
    with contextlib.closing(_connected(path, now)) as connection:
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.execute("PRAGMA query_only = ON")
        yield connection


def _connected(path: Path, now: float) -> sqlite3.Connection:
    if not path.is_file():
        return _laid(sqlite3.connect(":memory:", isolation_level=None), now)
    if is_json(path) or _reads_like_json(path):
        return _from_json(path, now)
    connection = schema.open_file(path, PATIENCE)
    try:
        version = schema.version_of(connection)
        if version == schema.SCHEMA:
            return connection
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return _laid(copy, now)


def _reads_like_json(path: Path) -> bool:
    """A backup's name does not tell."""
    with path.open("rb") as file:
        return file.read(1) == b"{"


def _laid(connection: sqlite3.Connection, now: float) -> sqlite3.Connection:
    schema.lay(connection, now, Rules())
    return connection


def _from_json(path: Path, now: float) -> sqlite3.Connection:
    """Raises ForeignFile when it is not in the structure of a memory."""
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
        users = found.get("users", {})
        records = {
            name_of(name): record for name, record in users.items() if isinstance(record, dict) and name_of(name)
        }
    except (ValueError, RecursionError, AttributeError) as error:
        raise ForeignFile("not the structure of a memory") from error
    connection = _laid(sqlite3.connect(":memory:", isolation_level=None), moment(found.get("created"), now))
    with connection:
        connection.execute("BEGIN")
        for name, record in records.items():
            row = row_of(name, complete(record, now), now, Rules(), inline=False)
            schema.write_row(connection, name, row)
    return connection


def record_in(connection: sqlite3.Connection, username: str, now: float, rules: Rules) -> Record | None:
    """The viewer's complete record, without what is too old to be kept; None for a stranger."""
    query = "SELECT record, last_seen FROM viewers WHERE username = ? AND last_seen >= ?"
    row = connection.execute(query, (username, rules.oldest(now))).fetchone()
    if row is None:
        return None
    query = "SELECT kind, at, text, source FROM texts WHERE username = ? ORDER BY id"
    record = complete(
        unpack(row[0], [Text(*text) for text in connection.execute(query, (username,))]), moment(row[1], now)
    )
    fade(record, rules.oldest_comment(now))
    return record


def records_in(connection: sqlite3.Connection, now: float, rules: Rules) -> Iterator[tuple[str, Record]]:
    """All viewers by name, a page at a time."""
    last: str | None = ""
    while last is not None:
        query = "SELECT username FROM viewers WHERE username > ? ORDER BY username LIMIT ?"
        names = [str(name) for (name,) in connection.execute(query, (last, PAGE)).fetchall()]
        for name in names:
            if (record := record_in(connection, name, now, rules)) is not None:
                yield name, record
        last = names[-1] if names else None


def plain(record: Record) -> dict[str, Any]:
    """The record as JSON knows it."""
    return {name: list(value) if isinstance(value, tuple | set) or name in {"comments", "comment_times"} else value
            for name, value in record.items()}  # fmt: skip
