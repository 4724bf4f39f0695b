"""memory.db as the first version of PalFriend wrote it, made by its own statements."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLES = (
    "CREATE TABLE viewers (username TEXT PRIMARY KEY, last_seen REAL NOT NULL, record TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX viewers_last_seen ON viewers (last_seen)",
    "CREATE TABLE about (id INTEGER PRIMARY KEY CHECK (id = 1), created REAL NOT NULL)",
    "PRAGMA user_version = 1",
)


def record(**changes: Any) -> dict[str, Any]:
    """A viewer as it was noted then."""
    nothing = {"comment_total": 0, "gift_total": 0, "follows": 0, "likes": 0, "shares": 0, "subscriptions": 0}
    empty = {"first_seen": 1.0, "last_seen": 1.0, "comments": [], "gifts": [], "diamonds": 0, "nickname": ""}
    return {**empty, **nothing, **changes}


def write(file: Path, viewers: Mapping[str, Mapping[str, Any]], created: float) -> None:
    """The file with these viewers, closed as that version closed it."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES (1, ?)", (created,))
    rows = [(name, one["last_seen"], json.dumps(one)) for name, one in viewers.items()]
    connection.executemany("INSERT INTO viewers VALUES (?, ?, ?)", rows)
    connection.close()
