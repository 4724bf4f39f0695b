"""The words between memory and the files it lies in: rows, batches, the seam `Store`, and why a file cannot be used.

A store knows a viewer's record as one line of JSON and what is searched beside it, and nothing of what is in a record.
What files and SQLite raise becomes a code of `reason.<code>` in locales/*.json through `tried`. Any thread.
"""

import contextlib
import errno
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

log = logging.getLogger(__name__)

DAY = 86_400.0
NAME_LIMIT = 200
HISTORY = 100
LOCK_SECONDS = 1.0
KEPT_MARKS = 2 * DAY
"""Longer than the gift book knows single streaks."""

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
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if hasattr(errno, "EDQUOT") else (errno.ENOSPC, errno.EFBIG)
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)


class ForeignFile(sqlite3.DatabaseError):
    """A healthy database of something else."""


class NewerFile(sqlite3.DatabaseError):
    """A memory that a later version wrote."""


class TakenFile(OSError):  # noqa: N818 - named like its siblings
    """Another PalFriend uses the file; `pid` as far as it said."""

    def __init__(self, pid: int = 0) -> None:
        super().__init__(f"in use by process {pid or 'unknown'}")
        self.pid = pid


LENIENT = partial(str, encoding="utf-8", errors="replace")
"""A connection's `text_factory`: one damaged text is no reason to read none."""

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: the second where damage stands in the words of SQLite's own complaint."""

OWN_REASONS = {ForeignFile: "memory_corrupt", NewerFile: "memory_newer", TakenFile: "memory_taken"}


def reason(error: Exception) -> str:
    """The reason code of what a file system or SQLite raised; "memory_failed" where nothing better is known."""
    if code := OWN_REASONS.get(type(error)):
        return code
    if isinstance(error, UnicodeDecodeError):
        return "memory_corrupt"
    if isinstance(error, sqlite3.Error):
        number: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)  # absent when Python itself complains
        return SQLITE_REASONS.get(number & 0xFF, "memory_failed")
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
class Rules:
    """How long what is kept. Days; 0: for ever."""

    history: int = HISTORY
    """Comments of each viewer."""

    decay_days: float = 90.0
    comment_days: float = 0.0
    facts: bool = False
    """What viewers say of themselves is noted."""

    half_life_days: float = 30.0
    """After which half of a bond is gone."""

    backups: int = 3

    @classmethod
    def of(cls, section: Any) -> "Rules":
        """As the section `memory` of the settings has them."""
        return cls(
            history=section.per_user_history,
            decay_days=section.decay_days,
            comment_days=section.comment_days,
            facts=section.facts,
            half_life_days=section.bond_half_life_days,
            backups=section.backups,
        )

    def oldest(self, now: float) -> float:
        """Viewers who were seen last before that are forgotten."""
        return now - self.decay_days * DAY if self.decay_days else float("-inf")

    def oldest_comment(self, now: float) -> float:
        return now - self.comment_days * DAY if self.comment_days else float("-inf")


class Text(NamedTuple):
    """Something that was written, and can be searched."""

    kind: str
    """comment, fact (what the viewer said of themselves), note (the streamer's about the viewer)."""

    at: float
    text: str
    source: str = ""
    """Facts: the comment it was taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One viewer as they lie in a file."""

    last_seen: float
    record: str
    """One line of JSON; a store that is not `inline` keeps the texts beside it."""

    texts: tuple[tuple[str, float, str, str], ...] | None = ()
    """Each a `Text`; None: none has changed."""

    names: tuple[str, ...] = ()
    """Every name they can be found under, in small letters."""

    user_id: str = ""
    nickname: str = ""
    comments: int = 0
    diamonds: int = 0
    bond: float = 0.0
    """See `bond.rank`."""


class Booked(NamedTuple):
    """A streak as far as it has been counted for a viewer."""

    who: str
    """Their number, or @ and their name."""

    gifts: int
    """Whether it was counted as a gift: 0 or 1."""

    pieces: int
    diamonds: int
    """Of one piece."""

    at: float


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Under which names and number a viewer may be found who is to be found no more."""

    names: frozenset[str]
    user_id: str = ""


Stream = tuple[float, float]
"""When the stream began, and the last that was noted in it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written in one transaction: username -> row, None for a viewer to forget; mark -> streak, None as well."""

    number: int
    """A store never writes a batch after a younger one, whatever the order of the workers."""

    rows: Mapping[str, Row | None]
    forgotten: "frozenset[Forgotten]" = frozenset()
    """Who asked to be: nothing of them may be left anywhere, in backups neither."""

    shred: bool = False
    """A text was taken back: no word of it may be left."""

    booked: Mapping[str, Booked | None] = field(default_factory=dict)
    stream: Stream | None = None


class Store(Protocol):
    """Where rows lie. Raises OSError and sqlite3.Error. `open`, `write`, `tend`, `close` on any thread, the rest on the loop."""

    created: float
    stream: Stream
    counting_since: float
    """From when on it is noted how far a streak of gifts has been counted."""
    ready: bool
    """Rows can be read."""
    tidy: bool
    """Whom decay forgets is gone from the disk too, and all texts can be searched."""
    aside: str
    """The name under which a damaged file was set aside."""
    searchable: bool
    """There is an index of words, or none is needed."""
    restorable: str
    """The newest good backup, where a damaged file was set aside and there is one."""
    inline: bool
    """Texts are in the record, not beside it."""
    taken_by: int
    """The process that has the file, where another PalFriend does."""

    @property
    def path(self) -> Path | None: ...
    @property
    def big(self) -> bool:
        """Opening it would take long: not to be waited for."""

    def open(self) -> None: ...
    def get(self, name: str) -> tuple[str, Sequence[Text]] | None: ...
    def by_id(self, user_id: str) -> str | None:
        """The name of the viewer with this number."""

    def names(self) -> Iterator[str]: ...
    def booked(self, mark: str) -> Booked | None: ...
    def booked_since(self, at: float) -> Mapping[str, Booked]: ...
    def write(self, batch: Batch) -> None: ...
    def tend(self) -> None:
        """A little of what is still to be tidied up; much of it never takes long."""

    def close(self) -> None: ...
    def discard(self) -> None:
        """Close, and set the file aside."""

    def care(self, now: float) -> None:
        """What takes its time and disturbs nobody: look through a file that was not closed, make the day's backup."""


def set_aside(path: Path) -> str:
    """Rename a damaged file (with SQLite's companions) to `<name>.broken-<time>`; return that. Nothing is overwritten."""
    target = unused(path, "broken", time.time())
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    log.warning("%s cannot be read; it was kept as %s and a new one begins", path.name, target.name)
    return target.name


def unused(path: Path, what: str, at: float) -> Path:
    """`<name>.<what>-<time>` beside it, with a number where that exists already."""
    stem = f"{path.name}.{what}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(at))}"
    names = (f"{stem}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Inside, write this draft; then it takes the place of the file, so that a crash leaves the old or the new one, whole."""
    draft = path.with_name(path.name + ".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
        fsync(draft)
    except BaseException:
        draft.unlink(missing_ok=True)  # a full disk needs the room
        raise
    for wait in (0.02, 0.05, 0.1, 0.2):  # Windows: a virus scanner or a backup holds the old file for a moment
        with contextlib.suppress(PermissionError):
            draft.replace(path)
            return
        time.sleep(wait)
    draft.replace(path)


def fsync(path: Path) -> None:
    """Have it on the disk, whatever happens to the power."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def private(path: Path) -> None:
    """Only this user may read it. Windows: the folder decides. Best effort: some drives know no owners."""
    with contextlib.suppress(OSError):
        path.chmod(0o600)
