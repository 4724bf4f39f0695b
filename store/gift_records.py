"""The gift book looked into from outside: what was given, by whom, and a viewer taken out of it.

Any thread, also while a bot writes the file: each call has a connection of its own. Raises OSError, whatever is wrong.
"""

import contextlib
import glob
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from events import Whom
from live.books import Entry, day_of, shown
from store.files import LENIENT, LOCK_SECONDS, UNREADABLE, name_of
from store.gifts import APPLICATION, FORGET, SCHEMA, ForeignFile, entry_of, is_whole

CLEAN_SECONDS = 5.0
"""How long the log's end is waited for: as long as somebody reads, it still holds what was removed."""

NEWEST = "SELECT * FROM entries ORDER BY at DESC LIMIT ?"
TODAY = "SELECT COALESCE(SUM(gifts), 0), COALESCE(SUM(pieces), 0), COALESCE(SUM(diamonds), 0) FROM given WHERE day = ?"
PEOPLE = """SELECT user_id, username, nickname FROM entries WHERE user_id <> '' AND {0}
    UNION SELECT user_id, username, nickname FROM sums WHERE user_id <> '' AND {0}"""
GIVEN = """SELECT at, name, count, diamonds, day FROM entries WHERE user_id = ?
    UNION ALL SELECT NULL, '', pieces, diamonds, day FROM sums WHERE user_id = ? ORDER BY day"""

SETTLE = """UPDATE entries SET booked = count, settled = count, over = 1,
    day = CASE WHEN day = '' THEN date(at, 'unixepoch', 'localtime') ELSE day END WHERE user_id = :who"""
"""Nobody will be thanked: what was open is booked as it stands."""


def newest(file: Path, limit: int) -> list[dict[str, Any]]:
    """The last gifts, the newest first, see `shown`."""
    with _opened(file) as connection:
        rows = [] if connection is None else connection.execute(NEWEST, (limit,)).fetchall()
    return [shown(entry_of(row)) for row in rows if is_whole(row, Entry)]


def today(file: Path, now: float) -> dict[str, int]:
    """Streaks, pieces and diamonds of this day."""
    with _opened(file) as connection:
        row = (0, 0, 0) if connection is None else connection.execute(TODAY, (day_of(now),)).fetchone()
    return dict(zip(("streaks", "pieces", "diamonds"), map(int, row), strict=True))


def met(file: Path, whom: Whom) -> Whom:
    """With the names under which the book knows them."""
    with _opened(file) as connection:
        if connection is None:
            return whom

        def among(who: Whom) -> list[tuple[str, str, str]]:
            where, names = _where(who)
            return connection.execute(PEOPLE.format(where), [*names, *names]).fetchall()

        return whom.met(among)


def given(file: Path, whom: Whom) -> list[dict[str, Any]]:
    """What this viewer gave: at (None: only the day is known), gift, count, diamonds, day; the oldest first."""
    with _opened(file) as connection:
        rows = (
            [] if connection is None else [r for one in sorted(whom.ids) for r in connection.execute(GIVEN, (one, one))]
        )
    return [dict(zip(("at", "gift", "count", "diamonds", "day"), row, strict=True)) for row in rows]


def forget(file: Path, whom: Whom) -> int:
    """What this viewer gave counts as nobody's; how many entries and sums told of them. Their names leave the file."""
    with _opened(file) as connection:
        if connection is None:
            return 0
        where, names = _where(whom)
        count = f"SELECT (SELECT COUNT(*) FROM entries WHERE {where}) + (SELECT COUNT(*) FROM sums WHERE {where})"  # noqa: S608 - only marks
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            told = int(connection.execute(count, [*names, *names]).fetchone()[0])
            ids = [row[0] for row in connection.execute(PEOPLE.format(where), [*names, *names])] if told else []
            for user_id in {*ids, *whom.ids}:
                for statement in (SETTLE, *FORGET):
                    connection.execute(statement, {"who": user_id})
        _truncate(connection)
    return told


def forget_in_copies(file: Path, whom: Whom) -> list[str]:
    """The same in damaged books that were set aside; the names of those that may still tell of them."""
    left = []
    for copy in sorted(file.parent.glob(f"{glob.escape(file.name)}.broken-*")):
        with contextlib.suppress(OSError):
            if not copy.name.endswith(("-wal", "-shm")):
                forget(copy, whom)
        names = [name.encode("utf-8", "replace") for name in whom.usernames | whom.ids]
        if copy.is_file() and any(name in copy.read_bytes() for name in names):
            left.append(copy.name)
    return left


def _where(whom: Whom) -> tuple[str, list[str]]:
    """A condition and its values."""
    ids, usernames = sorted(whom.ids), sorted({*whom.usernames, *map(name_of, whom.usernames)})
    marks = [", ".join("?" * len(names)) for names in (ids, usernames)]
    return f"(user_id IN ({marks[0]}) OR username IN ({marks[1]}))", [*ids, *usernames]


def _truncate(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + CLEAN_SECONDS
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("somebody reads the file without end")
        time.sleep(0.05)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection | None]:
    """The book; None when there is none yet."""
    if not file.is_file():
        yield None
        return
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
            connection.text_factory = LENIENT
            connection.execute("PRAGMA secure_delete = ON")
            yield connection if _is_book(connection) else None
    except UNREADABLE as error:
        raise OSError(f"{file.name}: {error}") from error


def _is_book(connection: sqlite3.Connection) -> bool:
    """False for a file without anything in it. Raises ForeignFile."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION and version == SCHEMA:
        return True
    if version or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise ForeignFile("not a gift book of this version")
    return False
