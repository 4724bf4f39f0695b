"""The tables of memory.db, which version they are, and how an older file becomes a newer one.

Version 1: `viewers (username, last_seen, record)` with everything in the record, `about (id, created)`.
Version 2: what is listed or searched has columns and tables of its own; the words of all texts stand in an index (`words`,
FTS5) up to the text `about.indexed`, made a little at a time and never backed up. Any thread, one at a time.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from store.files import LENIENT, ForeignFile, Forgotten, NewerFile, Row, Rules, Text
from store.record import complete, row_of, unpack

SCHEMA = 2
MANY = 1000
"""Rows that are converted at a time."""

VERSION_1 = (
    "CREATE TABLE viewers (username TEXT PRIMARY KEY, last_seen REAL NOT NULL, record TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX viewers_last_seen ON viewers (last_seen)",
    "CREATE TABLE about (id INTEGER PRIMARY KEY CHECK (id = 1), created REAL NOT NULL)",
)
VERSION_2 = (
    "ALTER TABLE viewers ADD COLUMN user_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE viewers ADD COLUMN nickname TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE viewers ADD COLUMN comments INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE viewers ADD COLUMN diamonds INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE viewers ADD COLUMN bond REAL NOT NULL DEFAULT 0",
    "CREATE INDEX viewers_user_id ON viewers (user_id) WHERE user_id <> ''",
    "CREATE INDEX viewers_nickname ON viewers (nickname COLLATE NOCASE)",
    "CREATE INDEX viewers_comments ON viewers (comments) WHERE comments >= 20",  # of all it would cost each comment dear
    "CREATE INDEX viewers_diamonds ON viewers (diamonds) WHERE diamonds > 0",
    "CREATE INDEX viewers_bond ON viewers (bond)",
    "CREATE TABLE names (name TEXT NOT NULL, username TEXT NOT NULL, PRIMARY KEY (name, username)) WITHOUT ROWID",
    "CREATE INDEX names_of ON names (username)",
    """CREATE TABLE texts (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, kind TEXT NOT NULL,
        at REAL NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL)""",
    "CREATE INDEX texts_of ON texts (username)",
    "CREATE INDEX texts_at ON texts (kind, at)",
    """CREATE TABLE booked (mark TEXT PRIMARY KEY, who TEXT NOT NULL, gifts INTEGER NOT NULL, pieces INTEGER NOT NULL,
        diamonds INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX booked_who ON booked (who)",
    "CREATE INDEX booked_at ON booked (at)",
    "ALTER TABLE about ADD COLUMN stream_began REAL NOT NULL DEFAULT 0",
    "ALTER TABLE about ADD COLUMN stream_last REAL NOT NULL DEFAULT 0",
    "ALTER TABLE about ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE about ADD COLUMN shreds INTEGER NOT NULL DEFAULT 0",  # the index still holds words that were removed
    "ALTER TABLE about ADD COLUMN clean INTEGER NOT NULL DEFAULT 1",  # it was closed, not killed
    "ALTER TABLE about ADD COLUMN counting_since REAL NOT NULL DEFAULT 0",
    "ALTER TABLE about ADD COLUMN checked REAL NOT NULL DEFAULT 0",
)
COLUMNS = (
    "username, last_seen, record, user_id, nickname, comments, diamonds, bond FROM viewers",
    "name, username FROM names",
    "id, username, kind, at, text, source FROM texts",
    "mark, who, gifts, pieces, diamonds, at FROM booked",
    "created, stream_began, stream_last, counting_since, indexed, shreds, clean, checked FROM about",
)
"""What a file of this version can be asked."""

WORDS = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')"
)
COPIED = ("viewers", "names", "texts", "booked")
"""What a backup has; the index of words is made anew from it."""

WRITE_VIEWER = """INSERT INTO viewers
    (username, last_seen, record, user_id, nickname, comments, diamonds, bond) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (username) DO UPDATE SET last_seen = excluded.last_seen, record = excluded.record,
    user_id = excluded.user_id, nickname = excluded.nickname, comments = excluded.comments,
    diamonds = excluded.diamonds, bond = excluded.bond"""


def open_file(path: Path, timeout: float) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time; each statement is a transaction of its own unless one is begun."""
    connection = sqlite3.connect(path, timeout=timeout, check_same_thread=False, isolation_level=None)
    connection.text_factory = LENIENT
    connection.execute("PRAGMA secure_delete = ON")  # who is forgotten leaves no text behind in free pages
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """0: an empty file. Raises NewerFile, ForeignFile, and sqlite3.Error when it is no memory at all."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA:
        raise NewerFile(f"version {version}")
    if not version and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise ForeignFile("its tables are not a memory's")
    if version == 1:
        connection.execute("SELECT username, last_seen, record, created FROM viewers, about LIMIT 0").fetchone()
    elif version:
        for columns in COLUMNS:
            connection.execute(f"SELECT {columns} LIMIT 0").fetchone()
    return version


def lay(connection: sqlite3.Connection, now: float, rules: Rules) -> None:
    """Give an empty or older file the tables of today, all at once or not at all."""
    version = version_of(connection)
    if version == SCHEMA:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in (*(VERSION_1 if version < 1 else ()), *VERSION_2):
            connection.execute(statement)
        connection.execute("INSERT OR IGNORE INTO about (id, created) VALUES (1, ?)", (now,))
        connection.execute("UPDATE about SET counting_since = ?", (now,))
        _convert(connection, rules)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _convert(connection: sqlite3.Connection, rules: Rules) -> None:
    """The records of version 1 as rows of version 2; one that cannot be read stays as it is."""
    last: str | None = ""
    while last is not None:
        page = connection.execute(
            "SELECT username, last_seen, CAST(record AS BLOB) FROM viewers WHERE username > ? ORDER BY username LIMIT ?",
            (last, MANY),
        ).fetchall()
        last = page[-1][0] if page else None
        for name, last_seen, raw in page:
            record = unpack(raw.decode("utf-8", "replace"))
            if record:
                row = row_of(name, complete(record, last_seen), last_seen, rules, inline=False)
                write_row(connection, name, row)


def write_row(connection: sqlite3.Connection, name: str, row: Row) -> list[tuple[int, str]]:
    """The viewer as they are now; the texts (id, text) that were removed."""
    listed = (row.user_id, row.nickname, _coarse(row.comments), row.diamonds, round(row.bond * 8) / 8)
    found = connection.execute(
        "SELECT user_id, nickname, comments, diamonds, bond FROM viewers WHERE username = ?", (name,)
    ).fetchone()
    if found == listed:  # no index but that of the last sign of life has to be touched
        query = "UPDATE viewers SET last_seen = ?, record = ? WHERE username = ?"
        connection.execute(query, (row.last_seen, row.record, name))
    else:
        connection.execute(WRITE_VIEWER, (name, row.last_seen, row.record, *listed))
    known = {one for (one,) in connection.execute("SELECT name FROM names WHERE username = ?", (name,))}
    if known != set(row.names):
        connection.execute("DELETE FROM names WHERE username = ?", (name,))
        connection.executemany("INSERT INTO names VALUES (?, ?)", [(one, name) for one in row.names])
    return [] if row.texts is None else _write_texts(connection, name, row.texts)


def _coarse(count: int) -> int:
    """By which a viewer is sorted: to five binary digits, so that not each comment moves them within a large index."""
    shift = max(0, count.bit_length() - 5)
    return count >> shift << shift


def _write_texts(
    connection: sqlite3.Connection, name: str, texts: tuple[Text | tuple[str, float, str, str], ...]
) -> list[tuple[int, str]]:
    rows = connection.execute("SELECT id, kind, at, text, source FROM texts WHERE username = ? ORDER BY id", (name,))
    found = rows.fetchall()
    removed: list[tuple[int, str]] = []
    for kind in {row[1] for row in found} | {text[0] for text in texts}:
        old = [row for row in found if row[1] == kind]
        new = [text for text in texts if text[0] == kind]
        start = _shift([row[1:] for row in old], new)
        removed += [(row[0], row[3]) for row in old[:start]]
        more = [(name, *text) for text in new[len(old) - start :]]
        connection.executemany("INSERT INTO texts (username, kind, at, text, source) VALUES (?, ?, ?, ?, ?)", more)
    connection.executemany("DELETE FROM texts WHERE id = ?", [(number,) for number, _ in removed])
    return removed


def _shift(old: Sequence[object], new: Sequence[object]) -> int:
    """How many of the old have to go at the beginning, so that the rest is how the new ones begin."""
    start = 0
    while start < len(old) and (old[start] != new[0] if new else True):
        start += 1
    while start < len(old) and old[start:] != new[: len(old) - start]:
        start += 1
    return start


def remove(connection: sqlite3.Connection, name: str) -> list[tuple[int, str]]:
    """The viewer with all that is theirs; the texts (id, text) that were removed."""
    texts = connection.execute("SELECT id, text FROM texts WHERE username = ?", (name,)).fetchall()
    whose = connection.execute("SELECT user_id FROM viewers WHERE username = ?", (name,)).fetchone()
    for who in (f"@{name}", *(whose or ())):
        connection.execute("DELETE FROM booked WHERE who = ?", (who,))
    for table in ("texts", "names", "viewers"):
        connection.execute(f"DELETE FROM {table} WHERE username = ?", (name,))  # noqa: S608 - our own words
    return texts


def remove_forgotten(connection: sqlite3.Connection, gone: Forgotten) -> None:
    """From a copy, whatever its version: this viewer under any name of theirs, and nobody who has one of these names now."""
    newer = version_of(connection) > 1
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for name in gone.names:
            if not newer:
                connection.execute("DELETE FROM viewers WHERE username = ?", (name,))
            elif _is_whose(connection, name) in {"", gone.user_id}:
                remove(connection, name)
        if newer and gone.user_id:
            theirs = connection.execute("SELECT username FROM viewers WHERE user_id = ?", (gone.user_id,)).fetchall()
            for (name,) in theirs:
                remove(connection, name)


def _is_whose(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute("SELECT user_id FROM viewers WHERE username = ?", (name,)).fetchone()
    return str(row[0]) if row else ""
