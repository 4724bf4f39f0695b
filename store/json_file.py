"""Memory in the JSON structure of the design: written whole, so for hundreds of viewers, not for many thousands."""

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from store import backups
from store.files import (
    KEPT_MARKS,
    Batch,
    Booked,
    Forgotten,
    Rules,
    Stream,
    Text,
    moment,
    name_of,
    private,
    replacing,
    set_aside,
    unused,
)
from store.lock import Lock
from store.record import Record, complete, fade, pack

OURS = {"users", "created", "stream", "booked", "counting_since"}


class JsonFile:
    """Path None: RAM only."""

    inline, searchable, big = True, True, False

    def __init__(self, path: Path | None, now: float, rules: Rules) -> None:
        self.path, self.created, self.ready, self.tidy, self.aside = path, now, False, True, ""
        self.stream: Stream = (0.0, 0.0)
        self.counting_since, self.taken_by, self.restorable = now, 0, ""
        self._rules, self._now, self._number = rules, now, 0
        self._rows: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._booked: dict[str, Booked] = {}
        self._more: dict[str, Any] = {}
        self._unpurged: frozenset[Forgotten] = frozenset()
        self._lock = threading.Lock()
        self._lock_file = Lock(path) if path else None

    def open(self) -> None:
        self._take_lock()
        raw = b"{}"
        if self.path is not None:
            with contextlib.suppress(FileNotFoundError):
                raw = self.path.read_bytes()
        try:
            self._take(json.loads(raw.decode("utf-8-sig")))
        except (ValueError, RecursionError):
            self.discard()
        self.ready = True

    def _take_lock(self) -> None:
        if self._lock_file is None or self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock_file.take()
        except OSError as error:
            self.taken_by = getattr(error, "pid", 0)
            raise
        self.taken_by = 0

    def _take(self, found: object) -> None:
        users = found.get("users", {}) if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(users, dict):
            raise ValueError("not the structure of a memory")  # noqa: TRY004 - the file is wrong, not a type
        self.created = moment(found.get("created"), self._now)
        self.stream = _stream(found.get("stream"))
        self.counting_since = moment(found.get("counting_since"), self._now)
        marks = _booked(found.get("booked"))
        self._booked = {mark: streak for mark, streak in marks.items() if streak.at >= self._now - KEPT_MARKS}
        self._more = {name: value for name, value in found.items() if name not in OURS}
        known = {name_of(name): record for name, record in users.items() if isinstance(record, dict) and name_of(name)}
        oldest = self._rules.oldest(self._now)
        fresh = {n: r for n, r in known.items() if moment(r.get("last_seen"), self._now) >= oldest}
        faded = self._faded(fresh)
        self._rows = {name: json.dumps(record) for name, record in fresh.items()} | faded
        self._ids = {str(record["user_id"]): name for name, record in fresh.items() if record.get("user_id")}
        self.tidy = len(self._rows) == len(known) and not faded

    def _faded(self, records: Mapping[str, Record]) -> dict[str, str]:
        """The rows of those who wrote comments that are too old to be kept."""
        oldest, changed = self._rules.oldest_comment(self._now), {}
        if not self._rules.comment_days:
            return {}
        for name, record in records.items():
            whole = complete(dict(record), self._now)
            if fade(whole, oldest):
                changed[name] = pack(whole)
        return changed

    def get(self, name: str) -> tuple[str, Sequence[Text]] | None:
        row = self._rows.get(name)
        return None if row is None else (row, ())

    def by_id(self, user_id: str) -> str | None:
        name = self._ids.get(user_id)
        return name if name in self._rows else None

    def names(self) -> Iterator[str]:
        yield from list(self._rows)

    def booked(self, mark: str) -> Booked | None:
        return self._booked.get(mark)

    def booked_since(self, at: float) -> Mapping[str, Booked]:
        return {mark: streak for mark, streak in list(self._booked.items()) if streak.at >= at}

    def write(self, batch: Batch) -> None:
        with self._lock:
            if batch.number < self._number:
                return
            self._number = batch.number
            for name, row in batch.rows.items():
                if row is None:
                    self._rows.pop(name, None)
                else:
                    self._rows[name] = row.record
                    if row.user_id:
                        self._ids[row.user_id] = name
            for mark, streak in batch.booked.items():
                if streak is None:
                    self._booked.pop(mark, None)
                else:
                    self._booked[mark] = streak
            self.stream = batch.stream or self.stream
            self._unpurged |= batch.forgotten
            self._save()

    def tend(self) -> None:
        with self._lock:
            self._save()

    def _save(self) -> None:
        if self.path is not None:
            if self._unpurged:
                backups.forget(self.path, self._unpurged)
                self._unpurged = frozenset()
            ours = {
                "created": self.created,
                "stream": self.stream,
                "booked": self._booked,
                "counting_since": self.counting_since,
            }
            head = json.dumps({**self._more, **{name: value for name, value in ours.items() if value}}, skipkeys=True)
            users = ",\n".join(f"{json.dumps(name)}: {row}" for name, row in self._rows.items())
            with replacing(self.path) as draft, draft.open("w", encoding="utf-8") as file:
                file.write(f'{head[:-1]}, "users": {{\n{users}\n}}}}\n')
            private(self.path)
        self.tidy = True

    def care(self, now: float) -> None:
        if self.path is None or not self._rules.backups or not self._rows:
            return
        made = backups.listed(self.path)
        if self.path.exists() and not (made and 0 <= now - made[0].at < backups.EVERY):
            with replacing(unused(self.path, "backup", now)) as draft:
                shutil.copyfile(self.path, draft)
                private(draft)
            backups.thin(self.path, self._rules.backups)

    def close(self) -> None:
        self.ready = self.path is None
        if self._lock_file is not None:
            self._lock_file.release()

    def discard(self) -> None:
        with self._lock:
            self.ready = self.path is None
            self._rows, self._ids, self._booked = {}, {}, {}
            if self.path is not None:
                self.aside = set_aside(self.path)
                self.restorable = backups.newest_good(self.path)


def _stream(found: object) -> Stream:
    known = [moment(at, 0.0) for at in found] if isinstance(found, list) else []
    return (known[0], known[1]) if len(known) == 2 else (0.0, 0.0)


def _booked(found: object) -> dict[str, Booked]:
    """What can be used of it."""
    rows = found.items() if isinstance(found, dict) else ()
    shaped = {str(mark): row for mark, row in rows if isinstance(row, list) and len(row) == len(Booked._fields)}
    numbers = {m: r for m, r in shaped.items() if all(isinstance(n, int | float) for n in r[1:])}
    return {mark: Booked(str(row[0]), *row[1:]) for mark, row in numbers.items()}
