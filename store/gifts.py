"""The gift book: one SQLite file in which the gift ledger outlives crash and restart.

`GiftFile` is used by one thread at a time; `GiftBooks` is the seam `Books` over it, on the bot's loop, and does the
file's work on a worker thread. Each batch is one transaction, in WAL mode with `synchronous = FULL`: what was written
survives the process being killed and the power going; what is lost is at most the last tenth of a second. One PalFriend
at a time: a second one counts in RAM and says so.
"""

import asyncio
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from events import Link, LinkState
from live.books import Entry, Ledger, Page, Past, Sum, day_of
from live.likes import Stream
from store.backups import check
from store.files import LENIENT, LOCK_SECONDS, NAME_LIMIT, UNREADABLE, NewerFile, reason, set_aside
from store.lock import Lock

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
"""What a killed process loses at most, with the time of one write: TikTok sends a gift that cannot streak only once."""

CHECKED_AT_ONCE = 8_000_000
"""A book of fewer bytes is looked through when it is read: some hundredths of a second."""

DAY = 86_400.0
FOLDED_AFTER = DAY
"""Seconds after which finished entries become sums: far longer than TikTok repeats anything. Younger ones are read back,
so a streak of the same mark is either known or another one."""

SCHEMA = 1
APPLICATION = 0x50616C47
"""`PalG`: in the file's head, so that no other database is taken for ours."""

SET_UP = (
    """CREATE TABLE entries (
        mark TEXT PRIMARY KEY, user_id, username, nickname, gift_id, name, diamonds, count, booked, settled,
        at, day, stream, over) WITHOUT ROWID""",
    "CREATE INDEX entries_at ON entries (at)",
    """CREATE TABLE sums (
        day, user_id, username, nickname, gifts, pieces, diamonds, PRIMARY KEY (day, user_id)) WITHOUT ROWID""",
    """CREATE VIEW given AS
        SELECT day, stream, user_id, username, nickname, 1 AS gifts, booked AS pieces, booked * diamonds AS diamonds
            FROM entries WHERE booked > 0
        UNION ALL SELECT day, NULL, user_id, username, nickname, gifts, pieces, diamonds FROM sums""",
    "CREATE TABLE stream (id INTEGER PRIMARY KEY CHECK (id = 1), began, last, likes, told, counted)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
ENTRY = tuple(field.name for field in fields(Entry))
"""In the order of the table's columns."""

WRITE_ENTRY = "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
READ_ENTRIES = "SELECT * FROM entries WHERE at >= ? OR booked < count OR over = 0 ORDER BY at"
TODAY = """SELECT user_id, max(username), max(nickname), SUM(gifts), SUM(pieces), SUM(diamonds)
    FROM given WHERE day = ? GROUP BY user_id"""
LIVE = """SELECT user_id, max(username), max(nickname), SUM(gifts), SUM(pieces), SUM(diamonds)
    FROM given WHERE stream = ? GROUP BY user_id"""
FOLD = (
    """INSERT INTO sums SELECT day, user_id, max(username), max(nickname), COUNT(*), SUM(booked), SUM(booked * diamonds)
        FROM entries WHERE at < :before AND booked > 0 AND booked = count AND over GROUP BY day, user_id
        ON CONFLICT (day, user_id) DO UPDATE SET gifts = gifts + excluded.gifts,
        pieces = pieces + excluded.pieces, diamonds = diamonds + excluded.diamonds""",
    "DELETE FROM entries WHERE at < :before AND booked = count AND over",
)
FORGET = (
    "UPDATE entries SET user_id = '', username = '', nickname = '' WHERE user_id = :who",
    """INSERT INTO sums SELECT day, '', '', '', SUM(gifts), SUM(pieces), SUM(diamonds)
        FROM sums WHERE user_id = :who AND user_id <> '' GROUP BY day
        ON CONFLICT (day, user_id) DO UPDATE SET gifts = gifts + excluded.gifts,
        pieces = pieces + excluded.pieces, diamonds = diamonds + excluded.diamonds""",
    "DELETE FROM sums WHERE user_id = :who AND user_id <> ''",
)
DECAY = (
    """INSERT INTO sums SELECT day, '', '', '', SUM(gifts), SUM(pieces), SUM(diamonds)
        FROM sums WHERE day < :day AND user_id <> '' GROUP BY day
        ON CONFLICT (day, user_id) DO UPDATE SET gifts = gifts + excluded.gifts,
        pieces = pieces + excluded.pieces, diamonds = diamonds + excluded.diamonds""",
    "DELETE FROM sums WHERE day < :day AND user_id <> ''",
)


class ForeignFile(sqlite3.DatabaseError):
    """A database of something else; it is left alone."""


class GiftFile:
    """`read` before `write`. Raises OSError and sqlite3.Error. `decay_days`: older gifts are nobody's; 0: never."""

    def __init__(self, path: Path, decay_days: float = 0.0) -> None:
        self.path, self.aside = path, ""
        self._decay = decay_days * DAY
        self._tidy, self._number, self._read_from = False, 0, 0.0
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._lock_file = Lock(path)
        weakref.finalize(self, self._lock_file.release)

    def read(self, now: float) -> Past:
        """What is known from before `now`. A damaged file is set aside once, and an empty one begun."""
        with self._lock:
            try:
                return self._read(now)
            except (OSError, *UNREADABLE) as error:
                self._close()
                if not _is_damage(error) or self.aside:
                    raise
                self._discard()
                return self._read(now)

    def write(self, page: Page, now: float) -> None:
        """All of it or nothing; a page that was written before is not written again."""
        with self._lock:
            if page.number <= self._number:
                return
            try:
                self._write(self._connected(), page, now)
            except (OSError, *UNREADABLE) as error:
                if reason(error) != "memory_disk_full":  # a full disk has no room to open the file anew either
                    self._close()
                raise
            self._number = page.number

    def discard(self) -> None:
        """Set a damaged file aside; the next `read` begins an empty one."""
        with self._lock:
            self._discard()

    def close(self) -> None:
        with self._lock:
            self._close()
            self._lock_file.release()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file.take()
            self._connection = sqlite3.connect(
                self.path, timeout=LOCK_SECONDS, check_same_thread=False, isolation_level=None
            )
            self._connection.text_factory = LENIENT
            self._lay(self._connection)
        return self._connection

    def _lay(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION
        if not ours and (version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
            raise ForeignFile("not a gift book")
        if version > SCHEMA:
            raise NewerFile(f"version {version}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # who is forgotten leaves no text behind in free pages
        if not version:
            with connection:
                for statement in ("BEGIN IMMEDIATE", *SET_UP):
                    connection.execute(statement)

    def _read(self, now: float) -> Past:
        connection = self._connected()
        if self.path.stat().st_size <= CHECKED_AT_ONCE:
            check(connection)
        self._read_from = now - FOLDED_AFTER
        rows = connection.execute(READ_ENTRIES, (self._read_from,))
        entries = tuple(entry_of(row) for row in rows if is_whole(row, Entry))
        found = connection.execute("SELECT began, last, likes, told, counted FROM stream").fetchone()
        stream = _stream(found) if found and is_whole(found, Stream) else None
        live = _sums(connection, LIVE, stream.began) if stream else ()
        return Past(entries, stream, _sums(connection, TODAY, day_of(now)), live)

    def _write(self, connection: sqlite3.Connection, page: Page, now: float) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if not self._tidy:
                self._tidy_up(connection, now)
            connection.executemany(WRITE_ENTRY, [_storable(entry) for entry in page.entries])
            connection.execute("INSERT OR REPLACE INTO stream VALUES (1, ?, ?, ?, ?, ?)", astuple(page.stream))
            for user_id in page.forgotten:
                for statement in FORGET:
                    connection.execute(statement, {"who": _text(user_id)})
        if page.forgotten or not self._tidy:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still holds what was removed
        self._tidy = True

    def _tidy_up(self, connection: sqlite3.Connection, now: float) -> None:
        """What is old becomes sums, and what is older nobody's. Once: what was read may be written again later."""
        for statement in FOLD:
            connection.execute(statement, {"before": self._read_from})
        if self._decay:
            for statement in DECAY:
                connection.execute(statement, {"day": day_of(max(0.0, now - self._decay))})

    def _discard(self) -> None:
        self._close()
        self._tidy = False
        self.aside = set_aside(self.path)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass(slots=True)
class GiftBooks:
    """The seam `Books` over a file. `worker` carries out the file's work away from the loop."""

    file: GiftFile
    clock: Callable[[], float] = time.time
    worker: Callable[[Callable[[], str]], Awaitable[str]] = asyncio.to_thread
    _trouble: str = ""
    _past: Past | None = None
    _taken_over: bool = False

    async def open(self, ledger: Ledger) -> None:
        ledger.keep()
        await self._read(ledger)

    async def run(self, ledger: Ledger, report: Callable[[Link], None]) -> None:
        told: Link | None = None
        try:
            while True:
                await self._keep_up(ledger)
                if self.link != told:
                    told = self.link
                    report(told)
                await asyncio.sleep(FLUSH_SECONDS)
        finally:
            try:
                await self._keep_up(ledger)
            finally:
                self.file.close()

    @property
    def link(self) -> Link:
        """How the file does. ERROR: nothing is written now. UP with a code: a damaged file was set aside."""
        code = self._trouble or ("gifts_corrupt" if self.file.aside else "")
        params = (("file", self.file.path.name), ("aside", self.file.aside)) if code else ()
        return Link(state=LinkState.ERROR if self._trouble else LinkState.UP, code=code, params=params)

    async def _keep_up(self, ledger: Ledger) -> None:
        """Write all that is new: what is under way first, then what has come since."""
        if not self._taken_over and not await self._read(ledger):
            return
        while page := ledger.page():
            if not await self._write(ledger, page):
                return
            ledger.written(page)

    async def _read(self, ledger: Ledger) -> bool:
        if not self._settled(await self.worker(lambda: _tried(self._fetch))) or self._past is None:
            return False
        ledger.take_over(self._past, self.clock())
        self._past, self._taken_over = None, True
        return True

    def _fetch(self) -> None:
        self._past = self.file.read(self.clock())

    async def _write(self, ledger: Ledger, page: Page) -> bool:
        code = await self.worker(lambda: _tried(lambda: self.file.write(page, self.clock())))
        if code == "gifts_corrupt" and not self.file.aside and not await self.worker(lambda: _tried(self.file.discard)):
            ledger.soil()
        return self._settled(code)

    def _settled(self, code: str) -> bool:
        """Take in how it went; True when it went well."""
        if code and code != self._trouble:
            log.warning("gifts: %s, going on without the disk (%s)", code, self.file.path)
        elif self._trouble and not code:
            log.info("gifts: the disk can be used again")
        self._trouble = code
        return not code


def _tried(action: Callable[[], None]) -> str:
    """The reason code with which it failed, or "". Any thread."""
    try:
        action()
    except (OSError, sqlite3.Error, ValueError) as error:  # ValueError: a name that no file can have
        log.debug("gifts: %s", error)
        return "gifts_foreign" if isinstance(error, ForeignFile) else reason(error).replace("memory_", "gifts_")
    return ""


def _is_damage(error: Exception) -> bool:
    return not isinstance(error, ForeignFile) and reason(error) == "memory_corrupt"


def _text(value: str, limit: int = NAME_LIMIT) -> str:
    """Valid Unicode of bounded length."""
    return value[:limit].encode("utf-8", "replace").decode("utf-8")


def _storable(entry: Entry) -> tuple[object, ...]:
    return tuple(_text(value) if isinstance(value, str) else value for value in astuple(entry))


def is_whole(row: tuple[Any, ...], kind: type) -> bool:
    """False for one that a damaged disk has made something else of; it is left out."""
    pairs = zip(row, fields(kind), strict=True)
    return all(isinstance(value, str if field.type is str else int | float) for value, field in pairs)


def entry_of(row: tuple[Any, ...]) -> Entry:
    """A row of `entries`."""
    values = dict(zip(ENTRY, row, strict=True))
    return Entry(**values | {"over": bool(values["over"])})


def _stream(row: tuple[Any, ...]) -> Stream:
    began, last, likes, told, counted = row
    return Stream(began, last, likes, told, bool(counted))


def _sums(connection: sqlite3.Connection, query: str, of: object) -> tuple[Sum, ...]:
    return tuple(Sum(*row) for row in connection.execute(query, (of,)) if is_whole(row, Sum))
