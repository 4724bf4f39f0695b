"""Memory as one SQLite file, for one PalFriend at a time: the loop reads through one connection, whoever writes through
the other. WAL mode with `synchronous = FULL`: a transaction that is over survives a kill and the power going.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from store import backups, index, schema, tidying
from store.files import (
    DAY,
    KEPT_MARKS,
    LOCK_SECONDS,
    UNREADABLE,
    Batch,
    Booked,
    Forgotten,
    Rules,
    Stream,
    Text,
    moment,
    private,
    reason,
    set_aside,
)
from store.lock import Lock

log = logging.getLogger(__name__)

CHECKED_AT_ONCE = 8_000_000
"""A file of fewer bytes is looked through whenever it is opened; a larger one, after a kill, while it is in use."""

BIG = 20_000_000
"""An older file of more bytes is brought up to date while the bot already runs."""

TENDING_SECONDS = 0.1
"""How long one round of tidying up may take."""

LOG_PAGES, CACHE_KB = 4000, 8000
"""Up to 16 MB of the log before its pages go into the file, so that a page that changes twice a second goes there seldom;
and what one transaction of a busy stream touches."""

STEPS_BETWEEN_LOOKS = 20_000
"""Of SQLite's machine, between two looks whether the file is to be closed: some milliseconds."""


class SqliteFile:
    """One row for each viewer, and their texts beside."""

    inline = False

    def __init__(self, path: Path, now: float, rules: Rules) -> None:
        self.path, self.created, self.ready, self.tidy, self.aside = path, now, False, False, ""
        self.stream: Stream = (0.0, 0.0)
        self.counting_since, self.restorable = now, ""
        self.searchable, self.taken_by = True, 0
        self._now, self._rules, self._number = now, rules, 0
        self._lock_file, self._held = Lock(path), False
        self._unclean, self._checked = False, 0.0
        self._log_holds, self._unpurged = False, frozenset[Forgotten]()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @property
    def big(self) -> bool:
        """An older file whose conversion is not to be waited for."""
        return _size(self.path) > BIG and _old(self.path)

    def open(self) -> None:
        try:
            self._connect()
        except (OSError, *UNREADABLE) as error:
            self.close()
            if reason(error) != "memory_corrupt" or self.aside:
                raise
            self.discard()
            self._connect()

    def _connect(self) -> None:
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._take()
            self._writer = schema.open_file(self.path, LOCK_SECONDS)
            private(self.path)
            self._lay(self._writer)
            self._reader = schema.open_file(self.path, 0.05)
            self.ready = True

    def _take(self) -> None:
        try:
            self._lock_file.take()
        except OSError as error:
            self.taken_by = getattr(error, "pid", 0)
            raise
        self.taken_by = 0

    def _lay(self, writer: sqlite3.Connection) -> None:
        backups.before_migration(writer, self.path)
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        writer.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        schema.lay(writer, self.created, self._rules)
        writer.execute("INSERT OR IGNORE INTO about (id, created) VALUES (1, ?)", (self.created,))
        row = writer.execute("SELECT created, stream_began, stream_last, counting_since, clean, checked FROM about")
        created, began, last, self.counting_since, clean, self._checked = row.fetchone()
        self.created, self.stream = moment(created, self.created), (began, last)
        self._unclean = not clean
        if _size(self.path) <= CHECKED_AT_ONCE:
            backups.check(writer)
            self._unclean = False
        writer.execute("UPDATE about SET clean = 0")
        writer.execute("DELETE FROM booked WHERE at < ?", (self._now - KEPT_MARKS,))
        self.searchable = index.prepare(writer)

    def get(self, name: str) -> tuple[str, Sequence[Text]] | None:
        reader = self._reading()
        oldest = self._rules.oldest(self._now)
        # the time is compared over there: of a damaged row it may be anything
        query = "SELECT record FROM viewers WHERE username = ? AND last_seen >= ?"
        row = reader.execute(query, (name, oldest)).fetchone()
        if row is None:
            return None
        texts = reader.execute("SELECT kind, at, text, source FROM texts WHERE username = ? ORDER BY id", (name,))
        return str(row[0]), [Text(*text) for text in texts]

    def by_id(self, user_id: str) -> str | None:
        query = "SELECT username FROM viewers WHERE user_id = ? AND user_id <> '' AND last_seen >= ?"
        row = self._reading().execute(query, (user_id, self._rules.oldest(self._now))).fetchone()
        return row and str(row[0])

    def names(self) -> Iterator[str]:
        last: bytes | None = b""
        oldest = self._rules.oldest(self._now)
        query = """SELECT username, CAST(username AS BLOB) FROM viewers
            WHERE username > CAST(? AS TEXT) AND last_seen >= ? ORDER BY username LIMIT 1000"""
        while last is not None and self._reader is not None:
            page = self._reader.execute(query, (last, oldest)).fetchall()
            yield from (name for name, _ in page)
            last = page[-1][1] if page else None  # its bytes: a damaged name reads as another one

    def booked(self, mark: str) -> Booked | None:
        query = "SELECT who, gifts, pieces, diamonds, at FROM booked WHERE mark = ?"
        row = self._reading().execute(query, (mark,)).fetchone()
        return row and Booked(*row)

    def booked_since(self, at: float) -> Mapping[str, Booked]:
        query = "SELECT mark, who, gifts, pieces, diamonds, at FROM booked WHERE at >= ?"
        return {mark: Booked(*row) for mark, *row in self._reading().execute(query, (at,)).fetchall()}

    def write(self, batch: Batch) -> None:
        with self._lock:
            if batch.number < self._number:
                return
            writer = self._writing()
            self._number = batch.number
            with writer:
                writer.execute("BEGIN IMMEDIATE")
                more = self._write(writer, batch)
            self._unpurged |= batch.forgotten
            removed = batch.shred or any(row is None for row in batch.rows.values())
            self._log_holds |= removed
            self.tidy = self.tidy and not more and not removed and not self._unpurged
            self._tend(writer)

    def _write(self, writer: sqlite3.Connection, batch: Batch) -> bool:
        """Whether there is more to be indexed."""
        gone: list[tuple[int, str]] = []
        replaced: list[tuple[int, str]] = []
        for name, row in batch.rows.items():
            if row is None:
                gone += schema.remove(writer, name)
            else:
                replaced += schema.write_row(writer, name, row)
        marks = [(mark,) for mark, streak in batch.booked.items() if streak is None]
        writer.executemany("DELETE FROM booked WHERE mark = ?", marks)
        streaks = [(mark, *streak) for mark, streak in batch.booked.items() if streak is not None]
        writer.executemany("INSERT OR REPLACE INTO booked VALUES (?, ?, ?, ?, ?, ?)", streaks)
        values = (self.created, *(batch.stream or self.stream))
        writer.execute("UPDATE about SET created = ?, stream_began = ?, stream_last = ?", values)
        if not self.searchable:
            return False
        if gone or replaced:
            index.drop(writer, gone + replaced, shred=bool(gone) or batch.shred)
        return index.add(writer)

    def tend(self) -> None:
        with self._lock:
            self._tend(self._writing())

    def _tend(self, writer: sqlite3.Connection) -> None:
        """Forget whom and what decay forgets, index what is new, and let no copy, index or log keep what was removed."""
        if self.tidy:
            return
        if self._unpurged:
            backups.forget(self.path, self._unpurged)
            self._unpurged = frozenset()
        until = time.monotonic() + TENDING_SECONDS
        oldest, oldest_comment = self._rules.oldest(self._now), self._rules.oldest_comment(self._now)
        steps = [
            partial(tidying.forget_old, writer, oldest, searchable=self.searchable),
            partial(tidying.fade_old, writer, oldest_comment, searchable=self.searchable),
        ]
        if self.searchable:
            steps += [partial(index.step, writer), partial(index.shred, writer)]
        for step in steps:
            before = writer.total_changes
            while step():
                if time.monotonic() > until:
                    return
            self._log_holds |= writer.total_changes > before
        if self._log_holds:  # the log still has what was deleted
            busy = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._log_holds = bool(busy)
        self.tidy = not self._log_holds

    def care(self, now: float) -> None:
        with contextlib.closing(schema.open_file(self.path, LOCK_SECONDS)) as carer:
            carer.set_progress_handler(lambda: not self.ready, STEPS_BETWEEN_LOOKS)  # whoever closes does not wait
            if self._unclean or now - self._checked > DAY:
                backups.check(carer)
                carer.execute("UPDATE about SET checked = ?", (now,))
                self._unclean, self._checked = False, now
            self._back_up(carer, now)

    def _back_up(self, carer: sqlite3.Connection, now: float) -> None:
        """That it fails says nothing of the file itself, unless that is damaged."""
        try:
            backups.make(carer, self.path, self._rules, now)
        except (OSError, *UNREADABLE) as error:
            if reason(error) == "memory_corrupt":
                raise
            log.warning("no backup of %s could be made: %s", self.path.name, reason(error))

    def close(self) -> None:
        clean, self.ready = self.ready and not self._unclean, False
        with self._lock:
            for connection in (self._reader, self._writer):
                if connection is not None:
                    _say_goodbye(connection, clean=clean and connection is self._writer)
                    connection.close()
            self._reader = self._writer = None
            self._lock_file.release()

    def discard(self) -> None:
        self._unclean = True  # nothing is written to it any more
        self.close()
        self._lock_file.take()  # nobody else is to move the same file
        self.aside = set_aside(self.path)
        self.restorable = backups.newest_good(self.path)
        self.tidy = self._unclean = False

    def _reading(self) -> sqlite3.Connection:
        if self._reader is None:
            raise sqlite3.ProgrammingError("closed")
        return self._reader

    def _writing(self) -> sqlite3.Connection:
        if self._writer is None:
            raise sqlite3.ProgrammingError("closed")
        return self._writer


def _say_goodbye(connection: sqlite3.Connection, *, clean: bool) -> None:
    """Note that it was closed, where that can be noted: the next start then need not look through the file."""
    if clean:
        try:
            connection.execute("UPDATE about SET clean = 1")
        except UNREADABLE as error:
            log.debug("memory: %s", error)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _old(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=0.05)
        try:
            return schema.version_of(connection) not in {0, schema.SCHEMA}
        finally:
            connection.close()
    except (OSError, *UNREADABLE):
        return False
