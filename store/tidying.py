"""What time takes out of memory.db, a little at a time. Each returns whether there may be more. Any thread, one at a time."""

import sqlite3

from store import index, schema

VIEWERS, TEXTS = 200, 500
"""How many go in one transaction: some milliseconds."""


def forget_old(connection: sqlite3.Connection, oldest: float, *, searchable: bool) -> bool:
    """Viewers who were seen last before that."""
    old = [
        name
        for (name,) in connection.execute(
            "SELECT username FROM viewers WHERE last_seen < ? LIMIT ?", (oldest, VIEWERS)
        ).fetchall()
    ]
    if old:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            removed = [text for name in old for text in schema.remove(connection, name)]
            if searchable:
                index.drop(connection, removed, shred=True)
    return len(old) == VIEWERS


def fade_old(connection: sqlite3.Connection, oldest: float, *, searchable: bool) -> bool:
    """The words of comments from before that, also where a fact was learnt from them."""
    old = connection.execute(
        "SELECT id, text FROM texts WHERE kind = 'comment' AND at < ? LIMIT ?", (oldest, TEXTS)
    ).fetchall()
    facts = connection.execute(
        "SELECT id FROM texts WHERE kind = 'fact' AND at < ? AND source <> '' LIMIT ?", (oldest, TEXTS)
    ).fetchall()
    if old or facts:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if searchable:
                index.drop(connection, old, shred=True)
            connection.executemany("DELETE FROM texts WHERE id = ?", [(number,) for number, _ in old])
            connection.executemany("UPDATE texts SET source = '' WHERE id = ?", facts)
    return TEXTS in (len(old), len(facts))
