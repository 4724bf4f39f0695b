"""What a viewer's record is, and the mapping of all viewers that reads records from a store when they are asked for.

The bot's loop only. Records are plain dicts; the functions above `Users` are pure.
"""

import json
import logging
import sqlite3
import time
from collections import OrderedDict, deque
from collections.abc import Iterator, MutableMapping
from typing import Any

from events import EventKind
from store.files import NAME_LIMIT, Batch, Store, moment, name_of, reason

log = logging.getLogger(__name__)

Record = dict[str, Any]
"""A viewer: first_seen, last_seen, comments (deque), gifts (list), follows, likes, shares, subscriptions, nickname,
diamonds; and comment_total, gift_total, since the two histories keep the newest only."""

COUNTERS = {
    EventKind.COMMENT: "comment_total",
    EventKind.GIFT: "gift_total",
    EventKind.FOLLOW: "follows",
    EventKind.LIKE: "likes",
    EventKind.SHARE: "shares",
    EventKind.SUBSCRIBE: "subscriptions",
}
HISTORY = 100
TEXT_LIMIT = 500
CLEAN_KEPT = 10_000
LENT_KEPT = 256


def clip(value: object, limit: int = TEXT_LIMIT) -> str:
    """Valid Unicode of bounded length from anything."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def _number(value: object) -> int:
    """A count from anything: whole, not negative, exact in every JSON reader."""
    return int(min(value, 2**53)) if isinstance(value, int | float) and value >= 0 else 0


def complete(record: Record, now: float, history: int | None = None) -> Record:
    """Give the record every field in its shape, in place; what else it carries stays. `history` None: as it has it."""
    for name in ("first_seen", "last_seen"):
        record[name] = moment(record.get(name), now)
    comments = _listed(record, "comments", "comment_total")
    limit = comments.maxlen if history is None and isinstance(comments, deque) else history
    limit = HISTORY if limit is None else limit
    if not isinstance(comments, deque) or comments.maxlen != limit:
        record["comments"] = deque(comments, limit)
    gifts = _listed(record, "gifts", "gift_total")
    record["gifts"] = gifts if isinstance(gifts, list) else list(gifts)
    del record["gifts"][:-HISTORY]
    for name in (*COUNTERS.values(), "diamonds"):
        record[name] = _number(record.get(name))
    record["nickname"] = clip(record.get("nickname"), NAME_LIMIT)
    return record


def _listed(record: Record, name: str, total: str) -> list[Any] | deque[Any]:
    """A history as found; its total counts at least what is in it."""
    found = record.get(name)
    found = found if isinstance(found, list | deque) else []
    record[total] = max(_number(record.get(total)), len(found))
    return found


def valid_name(username: object) -> str:
    """The name as it is stored. Raises ValueError for what cannot be one."""
    name = name_of(username)
    if not name:
        raise ValueError("a viewer's name must be a text that is not empty")
    return name


def add(record: Record, kind: EventKind, value: object, count: int, diamonds: int) -> None:
    """Count one event; a comment and a finished streak of gifts are one each, of the others there are `count`."""
    if kind is EventKind.COMMENT:
        record["comments"].append(clip(value))
    elif kind is EventKind.GIFT:
        record["gifts"].append(clip(value))
        del record["gifts"][:-HISTORY]
        record["diamonds"] = _number(record["diamonds"] + _number(diamonds) * _number(count))
    counter = COUNTERS.get(kind)
    if counter is not None:
        amount = 1 if kind in {EventKind.COMMENT, EventKind.GIFT} else _number(count)
        record[counter] = _number(record[counter] + amount)


def take_back(record: Record, comment: object) -> None:
    """Uncount the newest comment of these words; it must be there."""
    newest_first = [*reversed(record["comments"])]
    newest_first.remove(clip(comment))
    record["comments"] = deque(reversed(newest_first), record["comments"].maxlen)
    record["comment_total"] = max(0, record["comment_total"] - 1)


def join(record: Record, old: Record) -> None:
    """Put what the disk knows beneath a record that began while it could not be read."""
    for name in (*COUNTERS.values(), "diamonds"):
        record[name] = _number(record[name] + old[name])
    record["first_seen"] = min(record["first_seen"], old["first_seen"])
    record["last_seen"] = max(record["last_seen"], old["last_seen"])
    record["comments"] = deque([*old["comments"], *record["comments"]], record["comments"].maxlen)
    record["gifts"] = [*old["gifts"], *record["gifts"]][-HISTORY:]
    record["nickname"] = record["nickname"] or old["nickname"]
    record.update({name: value for name, value in old.items() if name not in record})


def pack(record: Record) -> str:
    """One line of ASCII, so that no text a viewer types can fail to be stored."""
    return _ENCODER.encode(record)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, deque | set | frozenset) else str(value)


_ENCODER = json.JSONEncoder(default=_plain, skipkeys=True)


def unpack(text: str) -> Record:
    """The record in this line; an empty one when the line is damaged."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        return record
    log.warning("memory: a viewer's record is unreadable and begins anew")
    return {}


class Users(MutableMapping[str, Record]):
    """username -> record, read from the store when first asked for.

    A record in RAM is one of: to be written (dirty, or flying until its write is known to have worked), lent to a
    caller who may change it (compared at each batch; the newest 256), or clean (the 10,000 used last). `failure` is
    the reason code of a read that failed.
    """

    def __init__(self, store: Store, history: int, now: float) -> None:
        self._store, self._history, self._now = store, history, now
        self.failure = ""
        self._kept: dict[str, Record] = {}
        self._clean: OrderedDict[str, Record] = OrderedDict()
        self._lent: OrderedDict[str, str] = OrderedDict()
        self._shown: set[str] = set()
        """Handed out at some time: whoever still holds such a record may have changed its shape."""

        self._dirty: set[str] = set()
        self._flying: set[str] = set()
        self._gone: set[str] = set()
        self._blind: set[str] = set()
        self._batches = 0

    def peek(self, username: object) -> Record | None:
        """The record to look at, not to change; None for a stranger."""
        name = name_of(username)
        if name in self._kept:
            return self._kept[name]
        record = self._clean.pop(name, None) or self._read(name)
        if record is not None:
            self._clean[name] = record
            if len(self._clean) > CLEAN_KEPT:
                self._clean.popitem(last=False)
        return record

    def note(self, username: object, now: float) -> Record:
        """The record to be changed now, begun if there is none. Raises ValueError when this is no name."""
        name = valid_name(username)
        record = self.peek(name)
        if record is None:
            record = complete({"first_seen": now, "last_seen": now}, now, self._history)
            if not self._store.ready:
                self._blind.add(name)
        elif name in self._shown:
            complete(record, now, self._history)
        self._keep(name, record)
        self._dirty.add(name)
        return record

    def batch(self) -> Batch:
        """What is to be written; until `written` is told it worked, it comes again with the next batch."""
        for name, text in self._lent.items():
            if pack(self._kept[name]) != text:
                self._dirty.add(name)
                self._lent[name] = pack(self._kept[name])
        for name in self._blind & self._kept.keys():
            text_on_disk = self._text_of(name)
            if not self._store.ready:
                break
            self._blind.discard(name)
            if text_on_disk is not None:
                join(self._kept[name], complete(unpack(text_on_disk), self._now, self._history))
        self._flying |= self._dirty - self._blind
        self._dirty &= self._blind
        self._batches += 1
        records = {name: self._kept[name] for name in self._flying}
        rows = {name: (moment(record.get("last_seen"), self._now), pack(record)) for name, record in records.items()}
        return Batch(self._batches, {**dict.fromkeys(self._gone), **rows})

    def written(self, batch: Batch) -> None:
        """This batch is on disk."""
        self._flying -= batch.rows.keys()
        for name, row in batch.rows.items():
            if row is None:
                self._gone.discard(name)
            else:
                self._release(name)

    def soil(self) -> None:
        """The file is lost: everything known has to be written again."""
        self._kept.update(self._clean)
        self._clean.clear()
        self._dirty |= self._kept.keys()
        self._blind.clear()

    def _text_of(self, name: str) -> str | None:
        if not self._store.ready:
            return None
        try:
            return self._store.get(name)
        except sqlite3.Error as error:
            self._failed(error)
            return None

    def _failed(self, error: sqlite3.Error) -> None:
        """Whoever writes next opens the file anew; who comes until then is joined with their row afterwards."""
        self.failure = reason(error)
        self._store.close()

    def _read(self, name: str) -> Record | None:
        text = None if not name or name in self._gone else self._text_of(name)
        return None if text is None else complete(unpack(text), self._now, self._history)

    def _keep(self, name: str, record: Record) -> None:
        self._clean.pop(name, None)
        self._gone.discard(name)
        self._kept[name] = record

    def _release(self, name: str) -> None:
        if name in self._kept and not any(name in s for s in (self._dirty, self._flying, self._lent, self._blind)):
            self._clean[name] = self._kept.pop(name)
            if len(self._clean) > CLEAN_KEPT:
                self._clean.popitem(last=False)

    def _lend(self, name: str, record: Record) -> Record:
        self._keep(name, record)
        self._shown.add(name)
        if name not in self._lent:
            self._lent[name] = pack(record)
        self._lent.move_to_end(name)
        if len(self._lent) > LENT_KEPT:
            oldest, text = self._lent.popitem(last=False)
            if pack(self._kept[oldest]) != text:
                self._dirty.add(oldest)
            self._release(oldest)
        return record

    def __getitem__(self, username: str) -> Record:
        record = self.peek(username)
        if record is None:
            raise KeyError(username)
        return self._lend(name_of(username), record)

    def __setitem__(self, username: str, record: Record) -> None:
        name = valid_name(username)
        self._blind.discard(name)
        self._dirty.add(name)
        self._lent.pop(name, None)
        self._lend(name, complete(record, time.time(), self._history))

    def __delitem__(self, username: str) -> None:
        name = name_of(username)
        if self.peek(name) is None:
            raise KeyError(username)
        self._forget(name)

    def forget(self, username: object) -> None:
        """Know nothing of this viewer, and let the next batch remove what the disk may know; a stranger is none less."""
        if name := name_of(username):
            self._forget(name)

    def _forget(self, name: str) -> None:
        for held in (self._kept, self._clean, self._lent):
            held.pop(name, None)
        for names in (self._dirty, self._flying, self._blind):
            names.discard(name)
        self._gone.add(name)

    def clear(self) -> None:
        for name in list(self):
            self._forget(name)

    def __contains__(self, username: object) -> bool:
        return self.peek(username) is not None

    def __iter__(self) -> Iterator[str]:
        first = set(self._kept)
        yield from list(self._kept)
        if self._store.ready:
            try:
                yield from (name for name in self._store.names() if name not in first and name not in self._gone)
            except sqlite3.Error as error:
                self._failed(error)

    def __len__(self) -> int:
        return sum(1 for _ in self)
