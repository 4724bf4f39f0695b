"""Whole memories moved so that nothing gets lost: out to a file that was not there, in after a copy was made.

Any thread, and what changes the memory not while a bot runs on it. See `store/transfer` for the moving itself.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from store import backups, transfer
from store.archive import ArchiveError
from store.files import ForeignFile, Rules, private, reason, replacing, tried, unused
from store.lock import Lock
from store.reading import is_json, plain, reading, records_in
from store.record import DERIVED
from store.transfer import Progress


def copy_out(memory: Path, target: Path, progress: Progress) -> int:
    """Write this memory to a file that is not there yet, JSON or SQLite by its name; how many viewers are in it."""
    if not memory.is_file():
        raise ArchiveError("memory_no_such_file", file=memory.name)
    with translated(target.name):
        if target.exists():
            raise FileExistsError(target.name)
        return transfer.export_memory(memory, target, progress)


def take_in(memory: Path, source: Path, rules: Rules, progress: Progress) -> tuple[int, str]:
    """Take over all viewers of another memory; how many, and the name of the copy made before ("": there was nobody)."""
    with translated(source.name):
        _look_at(source)
        lock = Lock(memory)
        lock.take()
        try:
            copy = _copied(memory, rules)
        finally:
            lock.release()
    with translated(memory.name, theirs=False):
        return transfer.import_memory(source, memory, progress), copy


def as_json(memory: Path, now: float, rules: Rules) -> Iterator[str]:
    """This memory in pieces of a JSON text of the design's structure, without ever having all of it at hand."""
    with translated(memory.name, theirs=False), reading(memory, now) as connection:
        (created,) = connection.execute("SELECT created FROM about").fetchone()
        yield f'{{"created": {json.dumps(created)}, "users": {{'
        for number, (name, record) in enumerate(records_in(connection, now, rules)):
            told = {key: value for key, value in plain(record).items() if key not in DERIVED}
            yield f"{',' if number else ''}\n{json.dumps(name)}: {json.dumps(told)}"
        yield "\n}}\n"


@contextlib.contextmanager
def translated(file: str, *, theirs: bool = True) -> Iterator[None]:
    """What goes wrong with this file as an ArchiveError. `theirs`: it is no memory of ours, so nothing was set aside."""
    try:
        yield
    except FileNotFoundError as error:
        raise ArchiveError("memory_no_such_file", file=file) from error
    except FileExistsError as error:
        raise ArchiveError("memory_file_exists", file=file) from error
    except (OSError, sqlite3.Error, ValueError) as error:
        code = reason(error)
        foreign = theirs and (code == "memory_corrupt" or isinstance(error, ValueError))
        pid = str(getattr(error, "pid", "?"))
        raise ArchiveError("memory_foreign" if foreign else code, file=file, aside="", pid=pid) from error


def _look_at(source: Path) -> None:
    """Raises FileNotFoundError, ForeignFile, sqlite3.Error: before anything is touched for what cannot be read."""
    with source.open("rb") as stream:
        looks_like_json = stream.read(3).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b""}
    if looks_like_json is not is_json(source):
        raise ForeignFile("its name does not say what is in it")
    with reading(source, time.time()) as connection:
        connection.execute("SELECT COUNT(*) FROM viewers, about").fetchone()


def _copied(memory: Path, rules: Rules) -> str:
    """A copy of the memory as it is; its name, "" when nobody is in it."""
    with reading(memory, time.time()) as connection:
        if not memory.is_file() or not connection.execute("SELECT 1 FROM viewers LIMIT 1").fetchone():
            return ""
        target = unused(memory, "backup", time.time())
        if is_json(memory):
            with replacing(target) as draft:
                draft.write_bytes(memory.read_bytes())
                private(draft)
        else:
            connection.execute("PRAGMA query_only = OFF")
            backups.copy_to(connection, target)
    tried(lambda: backups.thin(memory, max(rules.backups, 1)))
    return target.name
