"""Copies of a memory beside it, `<name>.backup-<time>`: made, listed, brought back, and cleared of who is forgotten.

A copy is one moment of the file, without its index of words, and takes its name only when it could be read to its end.
Each function takes its time: a worker thread, never the loop. They raise OSError and sqlite3.Error.
"""

import contextlib
import json
import logging
import re
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from store import schema
from store.files import DAY, ForeignFile, Forgotten, Rules, fsync, private, replacing, tried, unused

log = logging.getLogger(__name__)

EVERY = DAY
STAMP = re.compile(r"\.backup-(\d{8}-\d{6})(?:-\d+)?$")
LEFTOVER = re.compile(r"\.(?:backup|broken)-\d{8}-\d{6}(?:-\d+)?$")
PATIENCE = 2.0
"""Seconds to wait for a program that has a copy open."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy and when it was made."""

    name: str
    at: float
    bytes: int


def check(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError with the code for damage when not everything can be read."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def listed(path: Path) -> list[Backup]:
    """The copies of this file, newest first."""
    found = []
    for file in path.parent.glob(f"{_escaped(path.name)}.backup-*"):
        stamp = STAMP.search(file.name)
        with contextlib.suppress(OSError, ValueError):
            if stamp and file.name == path.name + stamp[0]:
                at = time.mktime(time.strptime(stamp[1], "%Y%m%d-%H%M%S"))
                found.append(Backup(file.name, at, file.stat().st_size))
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True)


def newest_good(path: Path) -> str:
    """The newest copy that can be opened as a memory; empty when there is none."""
    names = [copy.name for copy in listed(path)]
    return next((name for name in names if not tried(partial(_look_into, path.with_name(name)))), "")


def before_migration(connection: sqlite3.Connection, path: Path) -> str:
    """A copy of a file of an older version, as it is; its name. Empty where nothing will change."""
    if schema.version_of(connection) in {0, schema.SCHEMA}:
        return ""
    target = unused(path, "backup", time.time())
    with _drafted(target) as draft, contextlib.closing(schema.open_file(draft, PATIENCE)) as copy:
        connection.backup(copy)
    return target.name


def make(connection: sqlite3.Connection, path: Path, rules: Rules, now: float) -> str:
    """Today's copy, if there is none yet and somebody is in it; its name or "". The oldest ones go."""
    made = listed(path)
    is_due = rules.backups and not (made and 0 <= now - made[0].at < EVERY)
    if not is_due or not connection.execute("SELECT 1 FROM viewers LIMIT 1").fetchone():
        return ""
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        log.warning("no backup of %s: the disk is nearly full", path.name)
        return ""
    name = copy_to(connection, unused(path, "backup", now))
    thin(path, rules.backups)
    return name


def thin(path: Path, kept: int) -> None:
    """Remove all copies but the newest ones."""
    for old in listed(path)[kept:]:
        path.with_name(old.name).unlink(missing_ok=True)


def copy_to(connection: sqlite3.Connection, target: Path) -> str:
    """One moment of the file as a file of its own; its name."""
    with _drafted(target) as draft:
        with contextlib.closing(schema.open_file(draft, PATIENCE)) as copy:
            schema.lay(copy, 0.0, Rules())
        connection.execute("ATTACH ? AS copy", (str(draft),))
        try:
            connection.execute("PRAGMA copy.synchronous = OFF")  # the whole file is synced at its end
            _pour(connection)
        finally:
            connection.execute("DETACH copy")
    return target.name


def _pour(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN")
        for table in schema.COPIED:
            connection.execute(f"INSERT INTO copy.{table} SELECT * FROM main.{table}")  # noqa: S608 - our own words
        connection.execute("DELETE FROM copy.about")
        connection.execute(
            """INSERT INTO copy.about (id, created, stream_began, stream_last, counting_since)
            SELECT 1, created, stream_began, stream_last, counting_since FROM main.about"""
        )


def bring_back(path: Path, name: str, now: float) -> None:
    """Put a copy in the place of the file, which is in nobody's hands; what is there becomes a copy itself, or is set aside.

    Raises ForeignFile when there is no such copy or it is no memory, sqlite3.DatabaseError when it is damaged.
    """
    if name not in {copy.name for copy in listed(path)}:
        raise ForeignFile("no such backup")
    with replacing(path.with_name(f"{path.name}.restored")) as draft:
        shutil.copyfile(path.with_name(name), draft)
        private(draft)
        _look_into(draft, thoroughly=True)
    _keep(path, now)
    path.with_name(f"{path.name}.restored").replace(path)


def _keep(path: Path, now: float) -> None:
    if not path.exists():
        return
    if path.suffix.lower() != ".json":
        with contextlib.closing(schema.open_file(path, PATIENCE)) as connection:  # what is in its log goes into it
            tried(lambda: connection.execute("PRAGMA journal_mode = DELETE"))
    path.rename(unused(path, "backup" if not tried(lambda: _look_into(path)) else "broken", now))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _look_into(file: Path, *, thoroughly: bool = False) -> None:
    """Raises ValueError or sqlite3.Error when this is no memory."""
    with file.open("rb") as stream:
        is_json = stream.read(1) in {b"{", b"\xef"}
    if is_json:
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
        if not isinstance(found, dict) or not isinstance(found.get("users"), dict):
            raise ForeignFile("not the structure of a memory")
        return
    with contextlib.closing(schema.open_file(file, PATIENCE)) as connection:
        if not schema.version_of(connection):
            raise ForeignFile("an empty file")
        if thoroughly:
            check(connection)


def forget(path: Path, gone: Iterable[Forgotten]) -> list[str]:
    """Take these viewers out of all copies and set-aside files; the names of those files that may still hold them.

    A copy that cannot be changed is removed; a damaged file that was set aside is the streamer's, and stays.
    """
    left = []
    for file in path.parent.glob(f"{_escaped(path.name)}.b*"):
        what = LEFTOVER.search(file.name)
        if not what or file.name != path.name + what[0]:
            continue
        if not tried(partial(_forget_in, file, gone)):
            continue
        if ".backup-" in what[0]:
            if tried(file.unlink):
                left.append(file.name)
        elif _names_any(file, gone):
            left.append(file.name)
    if left:
        log.warning("a forgotten viewer may still be in %s: delete these files yourself", ", ".join(left))
    return left


def _forget_in(file: Path, gone: Iterable[Forgotten]) -> None:
    with file.open("rb") as stream:
        head = stream.read(16)
    if head == b"SQLite format 3\0":
        with contextlib.closing(schema.open_file(file, PATIENCE)) as connection:
            for one in gone:
                schema.remove_forgotten(connection, one)
            connection.execute("PRAGMA journal_mode = DELETE")
        return
    _forget_in_json(file, gone)


def _forget_in_json(file: Path, gone: Iterable[Forgotten]) -> None:
    """Raises ValueError when this is no JSON in our structure."""
    found = json.loads(file.read_bytes().decode("utf-8-sig"))
    users = found["users"] if isinstance(found, dict) else None
    if not isinstance(users, dict):
        raise ForeignFile("not the structure of a memory")
    for one in gone:
        for name in [n for n, record in users.items() if n in one.names or _has_id(record, one.user_id)]:
            del users[name]
    with replacing(file) as draft:
        draft.write_text(json.dumps(found), encoding="utf-8")
        private(draft)


def _has_id(record: object, user_id: str) -> bool:
    return bool(user_id) and isinstance(record, dict) and record.get("user_id") == user_id


def _names_any(file: Path, gone: Iterable[Forgotten]) -> bool:
    """Whether bytes of it read like one of them."""
    wanted = [word.encode() for one in gone for word in (*one.names, one.user_id) if word]
    longest = max(map(len, wanted), default=1)
    with contextlib.suppress(OSError), file.open("rb") as stream:
        before = b""
        while block := stream.read(1 << 20):
            if any(word in before + block for word in wanted):
                return True
            before = block[-longest:]
    return False


@contextlib.contextmanager
def _drafted(target: Path) -> Iterator[Path]:
    """A file under another name until it is whole and on the disk."""
    draft = target.with_name(target.name + ".tmp")
    draft.unlink(missing_ok=True)
    try:
        draft.touch(mode=0o600)
        yield draft
        fsync(draft)
        draft.replace(target)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)
