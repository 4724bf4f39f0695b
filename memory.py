"""Who the viewers are: what they did is noted in RAM and written behind, at most one transaction a second.

One thread uses a memory, the bot's loop. It reads the row of a viewer it meets for the first time (a connection of its
own: in WAL mode no writer holds it up); rows to write are packed here and written on a worker. Where the disk cannot be
used the bot goes on in RAM, `Memory.problem` says why, and writing is tried again every second.
"""

import asyncio
import logging
import re
import time
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

from events import EventKind, Link, LinkState, LiveEvent
from store.files import NAME_LIMIT, Batch, JsonFile, SqliteFile, Store, moment, name_of, tried
from store.users import COUNTERS, HISTORY, Record, Users, add, clip, complete, pack, take_back, valid_name

log = logging.getLogger(__name__)

AnyMemory = MutableMapping[str, Any]
"""A `Memory`, or a plain dict of the same structure: {"users": {username: record}, "created": seconds}, even {}."""

KINDS = tuple(kind.value for kind in EventKind)
WRITE_SECONDS = 1.0
DAY = 86_400.0
REGULAR_COMMENTS, REGULAR_DAYS = 10, 1.0
"""A regular wrote at least so often, and came back at least so long after they were first seen."""

LABELS = ("comments", "gifts", "follows", "likes", "shares", "subscriptions")
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Memory(dict[str, Any]):
    """The design's dict: `memory["users"]`, `memory["created"]`.

    A record got through `["users"][name]` or `get_user` may be changed: the next write finds what changed, as long as
    no more than 256 others were handed out after it.
    """

    def __init__(self, store: Store, history: int, now: float) -> None:
        self.store = store
        self.users = Users(store, history, now)
        self._trouble = ""
        super().__init__(users=self.users)
        weakref.finalize(self, store.close)
        self.flush()
        super().__setitem__("created", store.created)

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "users" and value is not self.users:
            records = dict(value)
            self.users.clear()
            self.users.update(records)
        elif name != "users":
            super().__setitem__(name, value)

    @property
    def problem(self) -> str:
        """Why nothing is written now; else "memory_corrupt" when a damaged file was set aside; else ""."""
        return self._trouble or ("memory_corrupt" if self.store.aside else "")

    @property
    def link(self) -> Link:
        """How the disk does. ERROR: nothing is written now. UP with a code: a damaged file was set aside."""
        name = self.store.path.name if self.store.path else ""
        params = (("file", name), ("aside", self.store.aside)) if self.problem else ()
        return Link(state=LinkState.ERROR if self._trouble else LinkState.UP, code=self.problem, params=params)

    def forget(self, username: str) -> None:
        """Remove this viewer's record, on disk with the next write; unknown ones may be named, too."""
        self.users.forget(username)

    def flush(self) -> bool:
        """Write all that is new in one transaction, on this thread. False: it could not be, and `problem` says why."""
        if self.must_open() and not self.settle(tried(self.store.open)):
            return False
        batch = self.users.batch()
        return not self.has_work(batch) or self.settle(tried(partial(self.store.write, batch)), batch)

    def has_work(self, batch: Batch) -> bool:
        return bool(batch.rows) or not self.store.tidy

    def settle(self, code: str, batch: Batch | None = None) -> bool:
        """Take in how opening, or writing this batch, went; True when it went well."""
        if code == "memory_corrupt" and not self.store.aside and not tried(self.store.discard):
            self.users.soil()
        if not code and batch is not None:
            self.users.written(batch)
        if code and code != self._trouble:
            log.warning("memory: %s, going on without the disk (%s)", code, self.store.path)
        elif self._trouble and not code:
            log.info("memory: the disk can be used again")
        self._trouble = code
        return not code

    def close(self) -> None:
        """Write what is new and let go of the file."""
        self.flush()
        self.store.close()

    def must_open(self) -> bool:
        """Take in how reading went; True when the file has to be opened (again)."""
        if self.users.failure:
            self.settle(self.users.failure)
            self.users.failure = ""
        return not self.store.ready


def load_memory(
    file: str | Path, decay_days: float = 90, *, per_user_history: int = HISTORY, now: float | None = None
) -> Memory:
    """The memory in this file: JSON for `.json`, nothing on disk for ":memory:", else SQLite.

    Viewers not seen for `decay_days` are forgotten, on disk too; 0: never. A damaged file is set aside as
    `<name>.broken-<time>`; an unusable one leaves the memory in RAM (`problem`). Raises ValueError for negative numbers.
    """
    if not (decay_days >= 0 and per_user_history >= 0):
        raise ValueError("decay_days and per_user_history must not be negative")
    moment_now = time.time() if now is None else now
    oldest = moment_now - decay_days * DAY if decay_days else float("-inf")
    return Memory(_store(file, moment_now, oldest), per_user_history, moment_now)


def _store(file: str | Path, created: float, oldest: float) -> Store:
    if str(file) == ":memory:":
        return JsonFile(None, created, oldest)
    path = Path(file)
    if path.suffix.lower() == ".json":
        return JsonFile(path, created, oldest)
    return SqliteFile(path, created, oldest)


def save_memory(memory: AnyMemory, file: str | Path | None = None) -> bool:
    """Write to the memory's own file, or make this file an equal one. False when it failed; the log says why.

    Raises ValueError for a plain dict without a file.
    """
    if isinstance(memory, Memory) and (file is None or Path(file) == memory.store.path):
        return memory.flush()
    if file is None:
        raise ValueError("a plain dict has no file of its own: name one")
    now = time.time()
    rows = {name: (record["last_seen"], pack(record)) for name, record in _records(memory, now)}
    store = _store(file, now, float("-inf"))
    code = tried(partial(_export, store, rows, moment(memory.get("created"), now)))
    if code:
        log.warning("memory: %s, could not be saved to %s", code, file)
    return not code


def _export(store: Store, rows: dict[str, tuple[float, str]], created: float) -> None:
    try:
        store.open()
        store.created = created
        store.write(Batch(1, {**dict.fromkeys(store.names()), **rows}))
    finally:
        store.close()


def _records(memory: AnyMemory, now: float) -> Iterator[tuple[str, Record]]:
    users = memory.get("users") or {}
    for username in users:
        name = name_of(username)
        record = users.peek(name) if isinstance(users, Users) else users[username]
        if name and isinstance(record, dict):
            yield name, complete(dict(record), now)


def _users(memory: AnyMemory) -> MutableMapping[str, Any]:
    """Those it has; never asked for their number, which only the whole file knows."""
    users: MutableMapping[str, Any] | None = memory.get("users")
    return {} if users is None else users


def _note(memory: AnyMemory, username: object, now: float) -> Record:
    """The record to be changed, begun if there is none."""
    users = memory.setdefault("users", {})
    if isinstance(users, Users):
        return users.note(username, now)
    memory.setdefault("created", now)
    name = valid_name(username)
    record = users[name] = users.get(name) if isinstance(users.get(name), dict) else {}
    return complete(record, now)


def remember_event(
    memory: AnyMemory,
    username: str,
    kind: str,
    value: object = "",
    *,
    count: int = 1,
    at: float | None = None,
    nickname: str = "",
    diamonds: int = 0,
) -> None:
    """Note what a viewer did. RAM only; never fails because of the disk.

    `kind` is one of events.EventKind. A gift is one finished streak: `value` its name, `count` its pieces, `diamonds`
    the price of one. For follow, like, share and subscribe `count` is added. Texts are cut at 500 characters, names at
    200. Raises ValueError for an unknown kind and an empty name.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event {kind!r}; known are {', '.join(EventKind)}")
    when = moment(at, time.time())
    valid_name(username)
    record = _note(memory, username, when)
    record["last_seen"] = max(record["last_seen"], when)
    record["nickname"] = clip(nickname, NAME_LIMIT) or record["nickname"]
    add(record, EventKind(kind), value, count, diamonds)


def get_user(memory: AnyMemory, username: str) -> Record:
    """This viewer's record, to read or change; begun if there is none. Raises ValueError for an empty name."""
    valid_name(username)
    record = _note(memory, username, time.time())
    users = memory["users"]
    return users[username] if isinstance(users, Users) else record


def get_background_info(memory: AnyMemory, username: str) -> str:
    """One line for a prompt, such as "john_doe: 2 comments, 1 gifts"; "" for a stranger, who stays one."""
    users, name = _users(memory), name_of(username)
    record = users.peek(name) if isinstance(users, Users) else users.get(name)
    if not name or not isinstance(record, dict):
        return ""
    record = complete(dict(record), 0.0)
    known = [f"{record[key]} {label}" for label, key in zip(LABELS, COUNTERS.values(), strict=True) if record[key]]
    return f"{BREAKS.sub(' ', name)}: {', '.join(known)}" if known else ""


def relations_of(memory: AnyMemory, username: str) -> frozenset[str]:
    """What this viewer is by what is remembered: new (never wrote before), regular, gifter, subscriber."""
    users, name = _users(memory), name_of(username)
    record = users.peek(name) if isinstance(users, Users) else users.get(name)
    if not name or not isinstance(record, dict):
        return frozenset({"new"}) if name else frozenset()
    record = complete(dict(record), 0.0)
    came_back = record["last_seen"] - record["first_seen"] >= REGULAR_DAYS * DAY
    what = {
        "new": not record["comment_total"],
        "regular": came_back and record["comment_total"] >= REGULAR_COMMENTS,
        "gifter": record["gift_total"] > 0,
        "subscriber": record["subscriptions"] > 0,
    }
    return frozenset(relation for relation, holds in what.items() if holds)


class MemoryKeeper:
    """The seam `People` over a memory; whoever runs it closes it by cancelling."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def remember(self, event: LiveEvent) -> None:
        """Note it. Of a streak that goes on only the viewer is noted: the end brings the true count."""
        if not name_of(event.username):
            log.debug("memory: an event without a username")
            return
        kind = EventKind.JOIN if event.streaking else event.kind
        remember_event(
            self.memory,
            event.username,
            kind,
            event.text,
            count=event.count,
            at=event.at,
            nickname=event.nickname,
            diamonds=event.diamonds,
        )

    def background(self, username: str) -> str:
        """What is known beyond a first comment: that is the one being answered, and tells nothing of who wrote it."""
        known = get_background_info(self.memory, username)
        return "" if known.endswith(": 1 comments") else known

    def last_seen(self, username: str) -> float | None:
        record = self.memory.users.peek(username)
        return None if record is None else float(record["last_seen"])

    def relations(self, username: str) -> frozenset[str]:
        return relations_of(self.memory, username)

    def forget(self, username: str) -> None:
        self.memory.forget(username)

    def unsay(self, username: str, text: str) -> None:
        record = self.memory.users.peek(name_of(username))
        if record is not None and clip(text) in record["comments"]:
            record = self.memory.users.note(username, record["last_seen"])
            take_back(record, text)

    async def run(self, report: Callable[[Link], None]) -> None:
        """Write every second what is new; when cancelled once more, and close. `report` hears of each change."""
        told: Link | None = None
        try:
            while True:
                await self._write()
                if self.memory.link != told:
                    told = self.memory.link
                    report(told)
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            try:
                await self._write()
            finally:
                self.memory.store.close()

    async def _write(self) -> None:
        memory = self.memory
        if memory.must_open() and not memory.settle(await self._away(memory.store.open)):
            return
        batch = memory.users.batch()
        if memory.has_work(batch):
            memory.settle(await self._away(partial(memory.store.write, batch)), batch)

    async def _away(self, action: Callable[[], object]) -> str:
        """Off the loop, unless no disk is involved: virtual time knows no threads."""
        return tried(action) if self.memory.store.path is None else await asyncio.to_thread(tried, action)


class NoMemory:
    """The seam `People` for a streamer who wants nobody remembered."""

    def remember(self, event: LiveEvent) -> None:
        """Forget it."""

    def background(self, username: str) -> str:  # noqa: ARG002 - the seam's signature
        return ""

    def last_seen(self, username: str) -> float | None:  # noqa: ARG002 - the seam's signature
        return None

    def relations(self, username: str) -> frozenset[str]:  # noqa: ARG002 - the seam's signature
        return frozenset()

    def forget(self, username: str) -> None:
        """Nothing is known."""

    def unsay(self, username: str, text: str) -> None:
        """Nothing is known."""

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()
