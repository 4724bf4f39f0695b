"""A memory moved from one file to another, JSON or SQLite by their names, also while the bot uses the one that is read.

`progress` is told (done, all) now and then. Any thread but the bot's loop. Both raise OSError and sqlite3.Error; store.files
has the reason codes.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from store.files import Batch, ForeignFile, Rules, private, replacing
from store.joining import unite
from store.lock import Lock
from store.reading import is_json, plain, reading, records_in, store_of
from store.record import DERIVED, complete, row_of
from store.users import Users

Progress = Callable[[int, int], None]

CHUNK = 1000
"""Viewers in one transaction."""

FOR_EVER = Rules(history=10_000, decay_days=0.0)


def export_memory(file: str | Path, target: str | Path, progress: Progress = lambda *_: None) -> int:
    """Make `target` an equal memory, in the place of what is there; how many viewers. JSON has the design's structure."""
    source, goal, now = Path(file), Path(target), time.time()
    if not source.is_file():
        raise FileNotFoundError(2, "no such memory", str(source))
    with _ours(goal), replacing(goal) as draft:
        if is_json(goal):
            count = _to_json(source, draft, now, progress)
        else:
            whole = draft.with_name(draft.name + ".db")
            whole.unlink(missing_ok=True)
            count = _into(source, whole, now, progress, equal=True)
            whole.replace(draft)
        private(draft)
    return count


def import_memory(source: str | Path, file: str | Path, progress: Progress = lambda *_: None) -> int:
    """Take the viewers of a memory into this one, which no bot may be using; how many.

    Who is known in both is united: what both have counts once, so that the same import again changes nothing. Raises
    TakenFile while a bot has the file, ForeignFile when the source is no memory.
    """
    if not Path(source).is_file():
        raise ForeignFile("there is no such file")
    return _into(Path(source), Path(file), time.time(), progress)


@contextlib.contextmanager
def _ours(goal: Path) -> Iterator[None]:
    """Inside no bot can have it; what an older database of this name had in its log is gone."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    lock = Lock(goal)
    lock.take()
    try:
        for suffix in ("-wal", "-shm"):
            goal.with_name(goal.name + suffix).unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def _to_json(source: Path, draft: Path, now: float, progress: Progress) -> int:
    count = 0
    with reading(source, now) as connection, draft.open("w", encoding="utf-8") as out:
        total = connection.execute("SELECT COUNT(*) FROM viewers").fetchone()[0]
        (created,) = connection.execute("SELECT created FROM about").fetchone()
        out.write(f'{{"created": {created!r}, "users": {{')
        for name, record in records_in(connection, now, FOR_EVER):
            told = {key: value for key, value in plain(record).items() if key not in DERIVED}
            out.write(f"{',' if count else ''}\n{json.dumps(name)}: {json.dumps(told)}")
            count += 1
            if not count % CHUNK:
                progress(count, total)
        out.write("\n}}\n")
    progress(count, count)
    return count


def _into(source: Path, goal: Path, now: float, progress: Progress, *, equal: bool = False) -> int:
    count, batch = 0, 0
    store = store_of(goal, now, FOR_EVER)
    try:
        store.open()
        users = Users(store, FOR_EVER, now)
        with reading(source, now) as connection:
            total = connection.execute("SELECT COUNT(*) FROM viewers").fetchone()[0]
            if equal:
                (store.created,) = connection.execute("SELECT created FROM about").fetchone()
            rows = {}
            for name, record in records_in(connection, now, FOR_EVER):
                known = users.whole(name)
                if known is not None:
                    unite(known, complete(record, now, FOR_EVER.history))
                rows[name] = row_of(name, known or record, now, FOR_EVER, inline=store.inline)
                count += 1
                if len(rows) == CHUNK and not store.inline:  # a JSON file is written whole each time
                    batch += 1
                    store.write(Batch(batch, rows))
                    rows = {}
                    progress(count, total)
        store.write(Batch(batch + 1, rows))
        while not store.tidy:
            store.tend()
    finally:
        store.close()
    progress(count, count)
    return count
