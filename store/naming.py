"""Who is forgotten, taken out of what others wrote: in a record, and in the copies of a memory. Any thread."""

import contextlib
import json
import sqlite3
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from events import Whom
from live.whom import SHORTEST_NAME, cleaned
from store import schema
from store.files import private, replacing
from store.record import Record, complete, topic

PATIENCE = 2.0
ENTRIES = ("comments", "facts")


def take_out(record: Record, whom: Whom) -> bool:
    """These names are no longer in this viewer's comments and facts; whether they were. The streamer's notes stay."""
    complete(record, record["last_seen"])
    comments = [cleaned(text, whom) for text in record["comments"]]
    facts = [{**fact, **{n: cleaned(fact[n], whom) for n in ("text", "source")}} for fact in record["facts"]]
    if comments == [*record["comments"]] and facts == record["facts"]:
        return False
    record["comments"] = deque(comments, record["comments"].maxlen)
    record["facts"], record["last_topic"] = facts, topic(comments)
    return True


def quoting(connection: sqlite3.Connection, whom: Whom) -> list[str]:
    """The viewers who wrote these names. Raises sqlite3.Error."""
    return sorted({str(row[1]) for row in _texts(connection, whom)})


def take_out_of_copy(file: Path, whom: Whom) -> bool:
    """The same in a whole file that nobody uses; whether they were in it. Raises OSError, sqlite3.Error, ValueError."""
    with file.open("rb") as stream:
        is_sqlite = stream.read(16) == b"SQLite format 3\0"
    return _take_out_of_sqlite(file, whom) if is_sqlite else _take_out_of_json(file, whom)


def _take_out_of_sqlite(file: Path, whom: Whom) -> bool:
    with contextlib.closing(schema.open_file(file, PATIENCE)) as connection:
        if schema.version_of(connection) != schema.SCHEMA:
            return _take_out_of_rows(connection, whom)
        found = [(cleaned(text, whom), cleaned(source, whom), key) for key, _, text, source in _texts(connection, whom)]
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("UPDATE texts SET text = ?, source = ? WHERE id = ?", found)
        connection.execute("PRAGMA journal_mode = DELETE")
        return bool(found)


def _take_out_of_rows(connection: sqlite3.Connection, whom: Whom) -> bool:
    """In an older file everything is in the records."""
    rows = connection.execute("SELECT username, record FROM viewers").fetchall()
    changed = [(json.dumps(new), name) for name, text in rows if (new := _without(json.loads(text), whom)) is not None]
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("UPDATE viewers SET record = ? WHERE username = ?", changed)
    connection.execute("PRAGMA journal_mode = DELETE")
    return bool(changed)


def _take_out_of_json(file: Path, whom: Whom) -> bool:
    found = json.loads(file.read_bytes().decode("utf-8-sig"))
    changed = {name: new for name, record in found["users"].items() if (new := _without(record, whom)) is not None}
    if changed:
        found["users"] |= changed
        with replacing(file) as draft:
            draft.write_text(json.dumps(found), encoding="utf-8")
            private(draft)
    return bool(changed)


def _without(record: Any, whom: Whom) -> Any:
    """The record without these names; None when they are not in it."""
    if not isinstance(record, dict):
        return None
    new = {**record, **{name: cleaned(record[name], whom) for name in ENTRIES if name in record}}
    return new if new != record else None


def _texts(connection: sqlite3.Connection, whom: Whom) -> list[tuple[int, str, str, str]]:
    """(id, username, text, source) of what viewers wrote with these names in it: every text is looked through."""
    marks = [f"%{_escaped(spelling)}%" for name in _names(whom) for spelling in {name, name.lower(), name.upper()}]
    found: dict[int, tuple[int, str, str, str]] = {}
    for mark in marks:
        query = """SELECT id, username, text, source FROM texts WHERE kind <> 'note'
            AND (text LIKE ?1 ESCAPE '\\' OR source LIKE ?1 ESCAPE '\\')"""
        for row in connection.execute(query, (mark,)):
            if whom.is_in(row[2]) or whom.is_in(row[3]):
                found[row[0]] = row
    return list(found.values())


def _names(whom: Whom) -> Iterable[str]:
    return (name for name in whom.usernames | whom.ids | whom.nicknames if len(name) >= SHORTEST_NAME)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
