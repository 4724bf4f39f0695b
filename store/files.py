"""Where memory's rows lie: one SQLite file, or JSON in the structure of the design.

A store maps a username to (last_seen, record as one line of JSON text) and knows nothing of what is in a record.
`open`, `write`, `close` and `discard` run on any thread, everything else on the loop's; they raise OSError and
sqlite3.Error, and `tried` turns these into the codes of `reason.<code>` in locales/*.json.
"""

import contextlib
import errno
import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)

NAME_LIMIT = 200
LOCK_SECONDS = 1.0
SCHEMA = 1
TABLES = (
    "CREATE TABLE viewers (username TEXT PRIMARY KEY, last_seen REAL NOT NULL, record TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX viewers_last_seen ON viewers (last_seen)",
    "CREATE TABLE about (id INTEGER PRIMARY KEY CHECK (id = 1), created REAL NOT NULL)",
    f"PRAGMA user_version = {SCHEMA}",
)
SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "memory_locked",
    sqlite3.SQLITE_LOCKED: "memory_locked",
    sqlite3.SQLITE_READONLY: "memory_readonly",
    sqlite3.SQLITE_CANTOPEN: "memory_readonly",
    sqlite3.SQLITE_PERM: "memory_readonly",
    sqlite3.SQLITE_FULL: "memory_disk_full",
    sqlite3.SQLITE_CORRUPT: "memory_corrupt",
    sqlite3.SQLITE_NOTADB: "memory_corrupt",
    sqlite3.SQLITE_ERROR: "memory_corrupt",
}
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)


class ForeignFile(sqlite3.DatabaseError):
    """A healthy database of something else."""


class NewerFile(sqlite3.DatabaseError):
    """A memory that a later version wrote."""


def reason(error: Exception) -> str:
    """The reason code of what a file system or SQLite raised; "memory_failed" where nothing better is known."""
    if isinstance(error, ForeignFile | NewerFile):
        return "memory_corrupt" if isinstance(error, ForeignFile) else "memory_newer"
    if isinstance(error, sqlite3.Error):
        code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)  # absent when Python itself complains
        return SQLITE_REASONS.get(code & 0xFF, "memory_failed")
    if isinstance(error, OSError) and error.errno in FULL:
        return "memory_disk_full"
    return "memory_readonly" if isinstance(error, OSError) and error.errno in UNWRITABLE else "memory_failed"


def tried(action: Callable[[], object]) -> str:
    """The reason code with which it failed, or "". Any thread."""
    try:
        action()
    except (OSError, sqlite3.Error, ValueError) as error:  # ValueError: a name that no file can have
        log.debug("memory: %s", error)
        return reason(error)
    return ""


def name_of(username: object) -> str:
    """The name as it is stored: valid Unicode, at most 200 characters. Empty for what cannot be a name."""
    usable = username[:NAME_LIMIT] if isinstance(username, str) else ""
    return usable.encode("utf-8", "replace").decode("utf-8") if usable.strip() else ""


def moment(value: object, default: float) -> float:
    """A time from anything; the default for what is none (year 9999 is the end of time)."""
    return float(value) if isinstance(value, int | float) and 0 <= value < 253_402_300_800 else default


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one transaction: username -> (last_seen, packed record), None for a viewer to forget."""

    number: int
    """A store never writes a batch after a younger one, whatever the order of the workers."""

    rows: dict[str, tuple[float, str] | None]


class Store(Protocol):
    """Where rows lie. Raises OSError and sqlite3.Error. `open`, `write` and `close` on any thread, the rest on the loop."""

    created: float
    ready: bool
    """Rows can be read."""
    tidy: bool
    """Whom decay forgets is gone from the disk too."""
    aside: str
    """The name under which a damaged file was set aside."""

    @property
    def path(self) -> Path | None: ...
    def open(self) -> None: ...
    def get(self, name: str) -> str | None: ...
    def names(self) -> Iterator[str]: ...
    def write(self, batch: Batch) -> None: ...
    def close(self) -> None: ...
    def discard(self) -> None:
        """Close, and set the file aside."""


def set_aside(path: Path) -> str:
    """Rename a damaged file (with SQLite's companions) to `<name>.broken-<time>`; return that. Nothing is overwritten."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{path.name}.broken-{stamp}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    target = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    log.warning("%s cannot be read; it was kept as %s and a new one begins", path.name, target.name)
    return target.name


def _replace(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old or the new one, whole."""
    draft = path.with_name(path.name + ".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)  # a full disk needs the room
        raise
    for wait in (0.02, 0.05, 0.1, 0.2):  # Windows: a virus scanner or a backup holds the old file for a moment
        with contextlib.suppress(PermissionError):
            draft.replace(path)
            return
        time.sleep(wait)
    draft.replace(path)


class JsonFile:
    """The design's JSON structure, written whole. Path None: RAM only."""

    def __init__(self, path: Path | None, created: float, oldest: float) -> None:
        self.path, self.created, self.ready, self.tidy, self.aside = path, created, False, True, ""
        self._oldest, self._now, self._number = oldest, created, 0
        self._rows: dict[str, str] = {}
        self._more: dict[str, Any] = {}
        self._lock = threading.Lock()

    def open(self) -> None:
        raw = b"{}"
        if self.path is not None:
            with contextlib.suppress(FileNotFoundError):
                raw = self.path.read_bytes()
        try:
            self._take(json.loads(raw.decode("utf-8-sig")))
        except (ValueError, RecursionError):
            self.discard()
        self.ready = True

    def _take(self, found: object) -> None:
        users = found.get("users", {}) if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(users, dict):
            raise ValueError("not the structure of a memory")  # noqa: TRY004 - the file is wrong, not a type
        self.created = moment(found.get("created"), self._now)
        self._more = {name: value for name, value in found.items() if name not in {"users", "created"}}
        known = {name_of(name): record for name, record in users.items() if isinstance(record, dict) and name_of(name)}
        self._rows = {name: json.dumps(record) for name, record in known.items() if self._is_fresh(record)}
        self.tidy = len(self._rows) == len(known)

    def _is_fresh(self, record: dict[str, Any]) -> bool:
        return moment(record.get("last_seen"), self._now) >= self._oldest

    def get(self, name: str) -> str | None:
        return self._rows.get(name)

    def names(self) -> Iterator[str]:
        yield from list(self._rows)

    def write(self, batch: Batch) -> None:
        with self._lock:
            if batch.number < self._number:
                return
            self._number = batch.number
            for name, row in batch.rows.items():
                if row is not None:
                    self._rows[name] = row[1]
                else:
                    self._rows.pop(name, None)
            if self.path is not None:
                users = ",\n".join(f"{json.dumps(name)}: {row}" for name, row in self._rows.items())
                head = json.dumps({**self._more, "created": self.created}, skipkeys=True)[:-1]
                _replace(self.path, f'{head}, "users": {{\n{users}\n}}}}\n')
            self.tidy = True

    def close(self) -> None:
        self.ready = self.path is None

    def discard(self) -> None:
        with self._lock:
            self.close()
            self._rows = {}
            if self.path is not None:
                self.aside = set_aside(self.path)


class SqliteFile:
    """One row for each viewer. The loop reads through one connection, whoever writes through the other."""

    def __init__(self, path: Path, created: float, oldest: float) -> None:
        self.path, self.created, self.ready, self.tidy, self.aside = path, created, False, False, ""
        self._oldest, self._number = oldest, 0
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except (OSError, sqlite3.Error) as error:
            self.close()
            if reason(error) != "memory_corrupt" or self.aside:
                raise
            self.discard()
            self._connect()

    def _connect(self) -> None:
        with self._lock:
            connect = partial(sqlite3.connect, self.path, check_same_thread=False, isolation_level=None)
            self._writer = connect(timeout=LOCK_SECONDS)
            self._lay(self._writer)
            self._reader = connect(timeout=0.05)
            self._reader.text_factory = partial(str, encoding="utf-8", errors="replace")
            found = self._reader.execute("SELECT created FROM about").fetchone()
            self.created = moment(found and found[0], self.created)
            self.ready = True

    def _lay(self, writer: sqlite3.Connection) -> None:
        version = writer.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise NewerFile(f"version {version}")
        if version < SCHEMA and writer.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise ForeignFile("its tables are not a memory's")
        if version == SCHEMA:
            writer.execute("SELECT username, last_seen, record, created FROM viewers, about LIMIT 1").fetchone()
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA secure_delete = ON")  # who is forgotten leaves no text behind in free pages
        if version < SCHEMA:
            with writer:
                for statement in ("BEGIN IMMEDIATE", *TABLES):
                    writer.execute(statement)

    def get(self, name: str) -> str | None:
        assert self._reader is not None  # noqa: S101 - `ready`
        row = self._reader.execute("SELECT record FROM viewers WHERE username = ?", (name,)).fetchone()
        return row and str(row[0])

    def names(self) -> Iterator[str]:
        last: str | None = ""
        while last is not None and self._reader is not None:
            page = self._reader.execute(
                "SELECT username FROM viewers WHERE username > ? ORDER BY username LIMIT 1000", (last,)
            ).fetchall()
            yield from (name for (name,) in page)
            last = page[-1][0] if page else None

    def write(self, batch: Batch) -> None:
        with self._lock:
            if batch.number < self._number:
                return
            if self._writer is None:
                raise sqlite3.ProgrammingError("closed")
            self._number = batch.number
            kept = [(name, *row) for name, row in batch.rows.items() if row is not None]
            gone = [(name,) for name, row in batch.rows.items() if row is None]
            with self._writer as writer:
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("INSERT OR REPLACE INTO about VALUES (1, ?)", (self.created,))
                writer.executemany("DELETE FROM viewers WHERE username = ?", gone)
                writer.executemany("INSERT OR REPLACE INTO viewers VALUES (?, ?, ?)", kept)
                if not self.tidy:
                    writer.execute("DELETE FROM viewers WHERE last_seen < ?", (self._oldest,))
            if gone or not self.tidy:
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still holds what was deleted
            self.tidy = True

    def close(self) -> None:
        with self._lock:
            self.ready = False
            for connection in (self._reader, self._writer):
                if connection is not None:
                    connection.close()
            self._reader = self._writer = None

    def discard(self) -> None:
        self.close()
        self.aside = set_aside(self.path)
