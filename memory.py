"""Who the viewers are: what they did is noted in RAM and written behind, twice a second in one transaction.

One thread uses a memory, the bot's loop. It reads the row of a viewer it meets for the first time (a connection of its
own: in WAL mode no writer holds it up); rows to write are packed here and written on a worker. Where the disk cannot be
used the bot goes on in RAM, `Memory.problem` says why, and writing is tried again at every turn. docs/memory.md tells
what lies where.
"""

import asyncio
import logging
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from events import EventKind, Link, LinkState, LiveEvent, Whom
from store import streaks
from store.files import HISTORY, Batch, Row, Rules, Store, moment, name_of, tried
from store.naming import take_out
from store.portrait import Portraits
from store.reading import store_of
from store.record import NOTES_LIMIT, clip, row_of, take_back
from store.remembering import (
    AnyMemory,
    get_background_info,
    get_user,
    records,
    relations_of,
    remember_event,
)
from store.transfer import export_memory, import_memory
from store.users import Users

__all__ = [
    "AnyMemory",
    "Memory",
    "MemoryKeeper",
    "NoMemory",
    "export_memory",
    "get_background_info",
    "get_user",
    "import_memory",
    "load_memory",
    "memory_in",
    "relations_of",
    "remember_event",
    "save_memory",
]

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.5
"""With the time a write takes, what is at risk stays under a second."""

CARE_SECONDS = 10.0
"""How often it is asked whether the file is to be looked through or copied; first when the start is over."""


class Memory(dict[str, Any]):
    """The design's dict: `memory["users"]`, `memory["created"]`.

    A record got through `["users"][name]` or `get_user` may be changed: the next write finds what changed, as long as
    no more than 256 others were handed out after it.
    """

    def __init__(self, store: Store, rules: Rules, now: float) -> None:
        self.store = store
        self.users = Users(store, rules, now)
        self._trouble = ""
        super().__init__(users=self.users)
        weakref.finalize(self, store.close)
        if store.big:
            self._trouble = "memory_upgrading"  # whoever runs it opens it off the loop
        else:
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
        """Why nothing is written now; else that a damaged file was set aside, or that nothing can be searched; else ""."""
        if self._trouble or not self.store.aside:
            return self._trouble or ("" if self.store.searchable else "memory_no_search")
        return "memory_restorable" if self.store.restorable else "memory_corrupt"

    @property
    def link(self) -> Link:
        """How the disk does. ERROR: nothing is written now. UP with a code: a damaged file was set aside."""
        if not (code := self.problem):
            return Link(state=LinkState.UP)
        name = self.store.path.name if self.store.path else ""
        params = [("file", name), ("aside", self.store.aside)]
        if code == "memory_restorable":
            params.append(("backup", self.store.restorable))
        elif code == "memory_taken":
            params.append(("pid", str(self.store.taken_by or "?")))
        return Link(state=LinkState.ERROR if self._trouble else LinkState.UP, code=code, params=tuple(params))

    def forget(self, username: str) -> None:
        """Remove this viewer's record, on disk and in its copies with the next write; unknown ones may be named, too."""
        self.users.forget(username)

    def flush(self) -> bool:
        """Write all that is new in one transaction, on this thread. False: it could not be, and `problem` says why."""
        if self.must_open() and not self.settle(tried(self.store.open)):
            return False
        batch = self.users.batch()
        return not self.has_work(batch) or self.settle(tried(partial(self.act, batch)), batch)

    def has_work(self, batch: Batch) -> bool:
        return bool(batch.rows) or self.users.has_news() or not self.store.tidy

    def act(self, batch: Batch) -> None:
        """Write, or where nothing is new tidy up a little. Any thread."""
        if batch.rows or batch.booked or batch.stream or batch.forgotten or batch.shred:
            self.store.write(batch)
        else:
            self.store.tend()

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
    file: str | Path,
    decay_days: float = 90,
    *,
    per_user_history: int = HISTORY,
    comment_days: float = 0,
    facts: bool = False,
    half_life_days: float = 30,
    backups: int = 3,
    now: float | None = None,
) -> Memory:
    """The memory in this file: JSON for `.json`, nothing on disk for ":memory:", else SQLite.

    Viewers not seen for `decay_days` are forgotten, on disk too, and the words of comments after `comment_days`; 0:
    never. A damaged file is set aside as `<name>.broken-<time>`; an unusable one leaves the memory in RAM (`problem`).
    `facts`: what viewers say of themselves is noted. After `half_life_days` half of a bond is gone. Raises ValueError
    for negative numbers.
    """
    if not all(number >= 0 for number in (decay_days, per_user_history, comment_days, half_life_days, backups)):
        raise ValueError("decay_days, per_user_history and the like must not be negative")
    return memory_in(file, Rules(per_user_history, decay_days, comment_days, facts, half_life_days, backups), now)


def memory_in(file: str | Path, rules: Rules, now: float | None = None) -> Memory:
    """`load_memory` by rules that were checked."""
    moment_now = time.time() if now is None else now
    return Memory(store_of(file, moment_now, rules), rules, moment_now)


def save_memory(memory: AnyMemory, file: str | Path | None = None) -> bool:
    """Write to the memory's own file, or make this file an equal one. False when it failed; the log says why.

    Raises ValueError for a plain dict without a file.
    """
    if isinstance(memory, Memory) and (file is None or Path(file) == memory.store.path):
        return memory.flush()
    if file is None:
        raise ValueError("a plain dict has no file of its own: name one")
    now, rules = time.time(), Rules(decay_days=0)
    store = store_of(file, now, rules)
    rows = {name: row_of(name, record, now, rules, inline=store.inline) for name, record in records(memory, now)}
    code = tried(partial(_export, store, rows, moment(memory.get("created"), now)))
    if code:
        log.warning("memory: %s, could not be saved to %s", code, file)
    return not code


def _export(store: Store, rows: dict[str, Row], created: float) -> None:
    try:
        store.open()
        store.created = created
        store.write(Batch(1, {**dict.fromkeys(store.names()), **rows}))
    finally:
        store.close()


class MemoryKeeper:
    """The seam `People` over a memory; whoever runs it closes it by cancelling."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._portraits = Portraits()

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
            user_id=event.user_id,
            roles=event.roles,
            language=event.language,
            team_level=event.team_level,
        )

    def gave(self, event: LiveEvent, mark: str, pieces: int) -> None:
        streaks.gave(self.memory.users, event, mark, pieces, self.remember)

    def agree(self, gifts: Iterable[tuple[LiveEvent, str, int]]) -> None:
        if self.memory.store.ready:  # else it is done at the next start
            streaks.agree(self.memory.users, gifts, self.memory.store.counting_since, self.remember)

    def background(self, username: str, question: str = "") -> str:
        """What is known beyond a first comment: that is the one being answered, and tells nothing of who wrote it."""
        return self._portraits.of(self.memory, username, question)

    def last_seen(self, username: str) -> float | None:
        record = self.memory.users.peek(username)
        return None if record is None else float(record["last_seen"])

    def relations(self, username: str) -> frozenset[str]:
        return relations_of(self.memory, username)

    def spoken_name(self, username: str) -> str:
        record = self.memory.users.peek(username)
        return "" if record is None else str(record["spoken_name"])

    def edit(self, username: str, changes: Mapping[str, str]) -> bool:
        record = self.memory.users.peek(username)
        if record is None:
            return False
        record = self.memory.users.note(username, record["last_seen"])
        for name, limit in (("notes", NOTES_LIMIT), ("spoken_name", 80)):
            if name in changes:
                record[name] = clip(changes[name], limit).strip()
        self.memory.users.unsaid()  # of what stood there before
        self.memory.users.wrote(name_of(username))
        return True

    def forget(self, username: str) -> None:
        self.memory.forget(username)

    def unsay(self, username: str, text: str) -> None:
        record = self.memory.users.peek(name_of(username))
        if record is not None and clip(text) in record["comments"]:
            record = self.memory.users.note(username, record["last_seen"])
            take_back(record, text)
            self.memory.users.wrote(name_of(username))
            self.memory.users.unsaid()

    def unname(self, username: str, whom: Whom) -> bool:
        record = self.memory.users.peek(name_of(username))
        if record is None:
            return False
        if take_out(self.memory.users.note(username, record["last_seen"]), whom):
            self.memory.users.wrote(name_of(username))
            self.memory.users.unsaid()
        return True

    async def run(self, report: Callable[[Link], None]) -> None:
        """Write twice a second what is new; when cancelled once more, and close. `report` hears of each change."""
        told: Link | None = None
        async with asyncio.TaskGroup() as group:
            if self.memory.store.path is not None:
                group.create_task(self._care(), name="care")
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
                    await self._away(self.memory.store.close)  # emptying the log may take seconds

    async def _care(self) -> None:
        """Have the file looked through and copied once a day, beside everything else."""
        memory = self.memory
        while True:
            await asyncio.sleep(CARE_SECONDS)
            if memory.store.ready:
                code = await self._away(partial(memory.store.care, time.time()))
                if code == "memory_corrupt":
                    memory.settle(code)

    async def _write(self) -> None:
        memory = self.memory
        if memory.must_open() and not memory.settle(await self._away(memory.store.open)):
            return
        batch = memory.users.batch()
        if memory.has_work(batch):
            memory.settle(await self._away(partial(memory.act, batch)), batch)

    async def _away(self, action: Callable[[], object]) -> str:
        """Off the loop, unless no disk is involved: virtual time knows no threads."""
        return tried(action) if self.memory.store.path is None else await asyncio.to_thread(tried, action)


class NoMemory:
    """The seam `People` for a streamer who wants nobody remembered."""

    def remember(self, event: LiveEvent) -> None:
        """Forget it."""

    def gave(self, event: LiveEvent, mark: str, pieces: int) -> None:
        """Forget it."""

    def agree(self, gifts: Iterable[tuple[LiveEvent, str, int]]) -> None:
        """Nothing is counted."""

    def background(self, username: str, question: str = "") -> str:  # noqa: ARG002 - the seam's signature
        return ""

    def last_seen(self, username: str) -> float | None:  # noqa: ARG002 - the seam's signature
        return None

    def relations(self, username: str) -> frozenset[str]:  # noqa: ARG002 - the seam's signature
        return frozenset()

    def spoken_name(self, username: str) -> str:  # noqa: ARG002 - the seam's signature
        return ""

    def edit(self, username: str, changes: Mapping[str, str]) -> bool:  # noqa: ARG002 - the seam's signature
        return False

    def forget(self, username: str) -> None:
        """Nothing is known."""

    def unsay(self, username: str, text: str) -> None:
        """Nothing is known."""

    def unname(self, username: str, whom: Whom) -> bool:  # noqa: ARG002 - the seam's signature
        return False

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()
