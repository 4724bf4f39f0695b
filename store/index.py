"""All texts of memory.db by their words: SQLite's FTS5, made a little at a time, in the same file. Any thread, one at a time.

The index holds no text, only which words stand in which. Without FTS5 in this Python's SQLite every text is looked
through instead, and `exists` says so.
"""

import sqlite3

from store.passages import WORD, spaced
from store.schema import WORDS

STEP = 500
"""Texts that are indexed in one transaction: some milliseconds."""

PAGES = 64
"""Pages that one step of tidying the index up may write."""

READABLE = 4
"""The form of an index that every FTS5 knows."""

LONGEST_QUERY = 24
NEWEST = 20_000
"""Without the index only so many of the newest texts are looked through."""


def prepare(connection: sqlite3.Connection) -> bool:
    """Have an index to write to; False where this SQLite has none. Where a newer one left what this cannot read: a new one."""
    try:
        connection.execute(WORDS)
        connection.execute("SELECT rowid FROM words LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        if "no such module" in str(error):
            return False
        reset(connection)
    except sqlite3.DatabaseError:
        reset(connection)
    try:  # since SQLite 3.42: what is removed is gone at once; before, the index has to be tidied up
        connection.execute("INSERT INTO words(words, rank) VALUES ('secure-delete', 1)")
    except sqlite3.OperationalError:
        return True
    return True


def reset(connection: sqlite3.Connection) -> None:
    """Begin the index anew."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "UPDATE words_config SET v = ? WHERE k = 'version'", (READABLE,)
        )  # else it cannot be dropped
        connection.execute("DROP TABLE IF EXISTS words")
        connection.execute(WORDS)
        connection.execute("UPDATE about SET indexed = 0, shreds = 0")


def exists(connection: sqlite3.Connection) -> bool:
    """Whether the file has an index that this SQLite can read."""
    try:
        connection.execute("SELECT rowid FROM words LIMIT 1").fetchone()
    except sqlite3.DatabaseError:
        return False
    return True


def drop(connection: sqlite3.Connection, removed: list[tuple[int, str]], *, shred: bool) -> None:
    """Within a transaction: these texts (id, text) are found no more. `shred`: and no word of them may be left behind."""
    (indexed,) = connection.execute("SELECT indexed FROM about").fetchone()
    gone = [(number, spaced(text)) for number, text in removed if number <= indexed]
    connection.executemany("INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)", gone)
    if shred:
        connection.execute("UPDATE about SET shreds = 1")


def add(connection: sqlite3.Connection) -> bool:
    """Within a transaction: index a few of the texts that are new; False when there are no more."""
    rows = connection.execute(
        "SELECT id, text FROM texts WHERE id > (SELECT indexed FROM about) ORDER BY id LIMIT ?", (STEP,)
    ).fetchall()
    if rows:
        words = [(number, spaced(text)) for number, text in rows]
        connection.executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", words)
        connection.execute("UPDATE about SET indexed = ?", (rows[-1][0],))
    return len(rows) == STEP


def step(connection: sqlite3.Connection) -> bool:
    """`add` in a transaction of its own."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        return add(connection)


def shred(connection: sqlite3.Connection) -> bool:
    """Take a little of what was removed out of the index; False when nothing is left of it."""
    if not connection.execute("SELECT shreds FROM about").fetchone()[0]:
        return False
    before = connection.total_changes
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO words(words, rank) VALUES ('merge', ?)", (-PAGES,))
        if connection.total_changes - before >= 2:  # SQLite: fewer, when there was nothing to be merged
            return True
        connection.execute("UPDATE about SET shreds = 0")
    return False


def query_of(text: str) -> str:
    """What FTS5 is asked: all of these words, the last one also as the beginning of one. Empty when there is no word.

    No sign of its query language gets in: words are taken out of the text, and each is put into quotation marks.
    """
    words = WORD.findall(spaced(text))[:LONGEST_QUERY]
    return " ".join(f'"{word}"' for word in words) + "*" if words else ""


def find(connection: sqlite3.Connection, text: str, limit: int) -> list[tuple[str, str, float, str]]:
    """(username, kind, at, text) in which all these words are, newest first."""
    query = query_of(text)
    if not query:
        return []
    if not exists(connection):
        return _look_through(connection, text, limit)
    return connection.execute(
        """SELECT username, kind, at, texts.text FROM words JOIN texts ON texts.id = words.rowid
        WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?""",
        (query, limit),
    ).fetchall()


def _look_through(connection: sqlite3.Connection, text: str, limit: int) -> list[tuple[str, str, float, str]]:
    wanted = WORD.findall(spaced(text))
    newest = connection.execute(
        "SELECT username, kind, at, text FROM texts ORDER BY at DESC, id DESC LIMIT ?", (NEWEST,)
    )
    found = []
    for row in newest:
        if all(word in spaced(row[3]) for word in wanted):
            found.append(row)
            if len(found) == limit:
                break
    return found
