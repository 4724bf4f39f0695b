"""Whole memories moved: out to a JSON file in the structure of the design, and in from one or from another memory.

Any thread, not while a bot runs on the memory that is changed. Before anything in it is changed a copy is made, which is
named in what comes back; whoever is known on both sides is made one, and doing it again changes nothing. Raises OSError,
sqlite3.Error and ValueError: see `translated`.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from store import backups
from store.archive import ArchiveError
from store.files import ForeignFile, Rules, Store, private, reason, replacing, unused
from store.joining import unite
from store.reading import is_json, plain, reading, records_in, store_of
from store.record import Record, complete
from store.users import Users

CHUNK = 1000
"""Viewers that are written in one transaction."""

TIDYING_SECONDS = 600.0

Progress = Callable[[int, int], None]
"""So many of so many viewers are done."""


def copy_out(memory: Path, target: Path, now: float, rules: Rules, progress: Progress) -> int:
    """Write this memory to a file that is not there yet, JSON for `.json`, else SQLite; how many viewers are in it.

    Raises FileExistsError.
    """
    if target.exists():
        raise FileExistsError(target.name)
    if not is_json(target):
        return _copy_out(memory, target, now)
    count = 0

    def tell(done: int, total: int) -> None:
        nonlocal count
        count = done
        progress(done, total)

    with replacing(target) as draft, draft.open("w", encoding="utf-8") as file:
        private(draft)
        file.writelines(as_json(memory, now, rules, tell))
    return count


def as_json(memory: Path, now: float, rules: Rules, progress: Progress) -> Iterator[str]:
    """This memory in pieces of a JSON text, without ever having all of it at hand."""
    with reading(memory, now) as connection:
        (total,) = connection.execute("SELECT COUNT(*) FROM viewers").fetchone()
        (created,) = connection.execute("SELECT created FROM about").fetchone()
        yield f'{{"created": {json.dumps(created)}, "users": {{'
        for number, (name, record) in enumerate(records_in(connection, now, rules)):
            yield f"{',' if number else ''}\n{json.dumps(name)}: {json.dumps(plain(record))}"
            progress(number + 1, total)
        yield "\n}}\n"


def _copy_out(memory: Path, target: Path, now: float) -> int:
    with reading(memory, now) as connection:
        connection.execute("PRAGMA query_only = OFF")
        backups.copy_to(connection, target)
        return int(connection.execute("SELECT COUNT(*) FROM viewers").fetchone()[0])


def take_in(memory: Path, source: Path, now: float, rules: Rules, progress: Progress) -> tuple[int, str]:
    """Take over all viewers of another memory; how many, and the name of the copy made before ("": there was nothing)."""
    with _everybody(source, now) as (everybody, total):
        store = store_of(memory, now, rules)
        try:
            store.open()
            copy = _copied(memory, now, rules)
            count = _pour(store, everybody, total, now, rules, progress)
        finally:
            store.close()
    return count, copy


@contextlib.contextmanager
def _everybody(source: Path, now: float) -> Iterator[tuple[Iterator[tuple[str, Record]], int]]:
    """All viewers in the file, and how many they are. Raises FileNotFoundError, ForeignFile."""
    with source.open("rb") as stream:
        looks_like_json = stream.read(3).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b""}
    if looks_like_json is not is_json(source):
        raise ForeignFile("its name does not say what is in it")
    with reading(source, now) as connection:
        (total,) = connection.execute("SELECT COUNT(*) FROM viewers").fetchone()
        yield records_in(connection, now, Rules(decay_days=0)), total


def _copied(memory: Path, now: float, rules: Rules) -> str:
    """A copy of the memory as it is; its name, "" when nobody is in it."""
    with reading(memory, now) as connection:
        if not memory.is_file() or not connection.execute("SELECT 1 FROM viewers LIMIT 1").fetchone():
            return ""
        target = unused(memory, "backup", now)
        if is_json(memory):
            with replacing(target) as draft:
                draft.write_bytes(memory.read_bytes())
                private(draft)
        else:
            connection.execute("PRAGMA query_only = OFF")
            backups.copy_to(connection, target)
    backups.thin(memory, max(rules.backups, 1))
    return target.name


def _pour(
    store: Store, everybody: Iterator[tuple[str, Record]], total: int, now: float, rules: Rules, progress: Progress
) -> int:
    users, count = Users(store, rules, now), 0
    while chunk := list(islice(everybody, total if store.inline else CHUNK)):
        for name, record in chunk:
            known = users.peek(name)
            if known is not None:
                unite(whole := complete(dict(known), now, rules.history), complete(record, now, rules.history))
                record = whole  # noqa: PLW2901 - the two are one now
            users[name] = record
        batch = users.batch()
        store.write(batch)
        users.written(batch)
        count += len(chunk)
        progress(count, total)
    until = time.monotonic() + TIDYING_SECONDS
    while not store.tidy and time.monotonic() < until:
        store.tend()
    return count


@contextlib.contextmanager
def translated(file: str) -> Iterator[None]:
    """What goes wrong with this file as a ArchiveError."""
    try:
        yield
    except FileNotFoundError as error:
        raise ArchiveError("memory_no_such_file", file=file) from error
    except FileExistsError as error:
        raise ArchiveError("memory_file_exists", file=file) from error
    except (OSError, sqlite3.Error, ValueError) as error:
        code = reason(error)
        raise ArchiveError("memory_foreign" if code == "memory_corrupt" else code, file=file, aside="") from error
