"""The mapping of all viewers: records are read from a store when they are asked for, and given to it when they changed.

The bot's loop only. A viewer is who TikTok's number says: a new @name is a new name of the same viewer, and a name that
somebody else has now is not them.
"""

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TypeVar

from store.files import UNREADABLE, Batch, Booked, Forgotten, Row, Rules, Store, Stream, moment, name_of, reason
from store.joining import join
from store.record import Record, begun, clip, complete, fade, pack, row_of, unpack, valid_name

log = logging.getLogger(__name__)

T = TypeVar("T")
CLEAN_KEPT = 10_000
LENT_KEPT = 256
IDS_KEPT = 50_000
MARKS_KEPT = 5000


class Users(MutableMapping[str, Record]):
    """username -> record, read from the store when first asked for.

    A record in RAM is one of: to be written (dirty, or flying until its write is known to have worked), lent to a
    caller who may change it (compared at each batch; the newest 256), or clean (the 10,000 used last). `failure` is
    the reason code of a read that failed.
    """

    def __init__(self, store: Store, rules: Rules, now: float) -> None:
        self._store, self.rules, self._now = store, rules, now
        self.failure = ""
        self.marks: OrderedDict[str, Booked] = OrderedDict()
        """Streaks as far as they have been counted, the newest."""

        self._kept: dict[str, Record] = {}
        self._clean: OrderedDict[str, Record] = OrderedDict()
        self._lent: OrderedDict[str, str] = OrderedDict()
        self._wrote: set[str] = set()
        """Whose texts have changed since they were written."""

        self._shown: set[str] = set()
        """Handed out at some time: whoever still holds such a record may have changed its shape."""

        self._dirty: set[str] = set()
        self._flying: set[str] = set()
        self._gone: set[str] = set()
        self._blind: set[str] = set()
        self._ids: dict[str, str] = {}
        """Number -> name of those who are in RAM."""

        self._forgotten: set[Forgotten] = set()
        self._streaks: dict[str, Booked | None] = {}
        self._stream: Stream | None = None
        self._shred = False
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

    def note(self, username: object, now: float, user_id: str = "") -> Record:
        """The record to be changed now, begun if there is none. Raises ValueError when this is no name."""
        name = valid_name(username)
        record = self.peek(name)
        if user_id and (record is None or record["user_id"] != user_id):
            record = self._identified(name, record, user_id)
        if record is None:
            record = begun(now, self.rules.history)
            self._wrote.add(name)
            if not self._store.ready:
                self._blind.add(name)
        elif name in self._shown:
            complete(record, now, self.rules.history)
        self._keep(name, record)
        if user_id:
            self._ids[user_id] = name
            if len(self._ids) > IDS_KEPT:
                self._ids = {known["user_id"]: one for one, known in self._kept.items() if known["user_id"]}
        self._dirty.add(name)
        return record

    def _identified(self, name: str, record: Record | None, user_id: str) -> Record | None:
        """The record of the viewer with this number, under this name from now on."""
        if record is not None and record["user_id"]:  # this name was somebody else's
            self._move(name, f"{name}~{record['user_id']}"[:200], record)
            record = None
        before = self.named(user_id)
        if before in {None, name}:
            return record
        known = self.peek(before)
        if known is None:
            return record
        if record is not None:
            join(known, record)
        self._move(str(before), name, known)
        return known

    def named(self, user_id: str) -> str | None:
        """Under which name the viewer of this number is known."""
        known = self._ids.get(user_id)
        return known if known is not None else self._from_store(lambda: self._store.by_id(user_id))

    def _move(self, name: str, other: str, record: Record) -> None:
        """The record lies under another name."""
        if name in self._blind:
            self._blind.add(other)
        self._drop(name)
        self._keep(other, record)
        self._wrote.add(other)
        self._dirty.add(other)
        if record["user_id"]:
            self._ids[record["user_id"]] = other

    def batch(self) -> Batch:
        """What is to be written; until `written` is told it worked, it comes again with the next batch."""
        for name, text in self._lent.items():
            if pack(self._kept[name]) != text:
                self._dirty.add(name)
                self._lent[name] = pack(self._kept[name])
        for name in sorted(self._blind & self._kept.keys()):
            self._join_with_disk(name)
            if not self._store.ready:
                break
        self._flying |= self._dirty - self._blind
        self._dirty &= self._blind
        self._batches += 1
        rows = {name: self._row(name, self._kept[name]) for name in self._flying}
        return Batch(
            number=self._batches,
            rows={**dict.fromkeys(self._gone), **rows},
            forgotten=frozenset(self._forgotten),
            shred=self._shred,
            booked=dict(self._streaks),
            stream=self._stream,
        )

    def _row(self, name: str, record: Record) -> Row:
        if name in self._shown:  # somebody may have bent it
            record = complete(dict(record), moment(record.get("last_seen"), self._now), self.rules.history)
            record["comments"] = deque(map(clip, record["comments"]), record["comments"].maxlen)
        wrote = name in self._wrote or name in self._shown
        return row_of(name, record, self._now, self.rules, inline=self._store.inline, wrote=wrote)

    def wrote(self, name: str) -> None:
        """A text of this record has changed."""
        self._wrote.add(name)

    def _join_with_disk(self, name: str) -> None:
        """What the disk knows of a viewer who was met while it could not be read, also under an earlier name."""
        record = self._kept[name]
        before = self._from_store(lambda: self._store.by_id(record["user_id"])) if record["user_id"] else None
        found = [(one, self.whole(one)) for one in dict.fromkeys((name, before)) if one]
        if not self._store.ready:
            return
        self._blind.discard(name)
        for one, old in found:
            if old is None:
                continue
            if one == name and old["user_id"] and record["user_id"] not in {"", old["user_id"]}:
                self._move_aside(name, old)
                continue
            join(record, old)
            self._wrote.add(name)
            if one != name:
                self._drop(one)

    def _move_aside(self, name: str, old: Record) -> None:
        other = f"{name}~{old['user_id']}"[:200]
        self._keep(other, old)
        self._wrote.add(other)
        self._dirty.add(other)

    def written(self, batch: Batch) -> None:
        """This batch is on disk."""
        self._flying -= batch.rows.keys()
        self._forgotten -= batch.forgotten
        self._shred = self._shred and not batch.shred
        for mark, streak in batch.booked.items():
            if mark in self._streaks and self._streaks[mark] is streak:
                del self._streaks[mark]
        if batch.stream:
            self._store.stream = batch.stream
            self._stream = None if self._stream == batch.stream else self._stream
        for name, row in batch.rows.items():
            if row is None:
                self._gone.discard(name)
            else:
                if name not in self._dirty:
                    self._wrote.discard(name)
                self._release(name)

    def soil(self) -> None:
        """The file is lost: everything known has to be written again."""
        self._kept.update(self._clean)
        self._clean.clear()
        self._dirty |= self._kept.keys()
        self._wrote |= self._kept.keys()
        self._streaks.update(self.marks)
        self._blind.clear()

    def has_news(self) -> bool:
        """Whether there is anything beside records to be written."""
        return bool(self._streaks or self._stream or self._shred or self._forgotten)

    def unsaid(self) -> None:
        """A comment was taken back: no word of it is to be left."""
        self._shred = True

    def marked(self, mark: str) -> Booked | None:
        """How far this streak has been counted."""
        return self.marks.get(mark) or self._from_store(lambda: self._store.booked(mark))

    def marked_since(self, at: float) -> Mapping[str, Booked]:
        """All streaks that were counted since then."""
        in_file: Mapping[str, Booked] = self._from_store(lambda: self._store.booked_since(at)) or {}
        return {**in_file, **{mark: streak for mark, streak in self.marks.items() if streak.at >= at}}

    def book(self, mark: str, streak: Booked | None) -> None:
        """Note how far this streak has been counted."""
        self._streaks[mark] = streak
        if streak is None:
            self.marks.pop(mark, None)
            return
        self.marks[mark] = streak
        self.marks.move_to_end(mark)
        if len(self.marks) > MARKS_KEPT:
            self.marks.popitem(last=False)

    @property
    def stream(self) -> Stream:
        """When the stream began and what was noted last in it."""
        return self._stream or self._store.stream

    @stream.setter
    def stream(self, stream: Stream) -> None:
        self._stream = stream

    def _from_store(self, ask: Callable[[], T | None]) -> T | None:
        if not self._store.ready:
            return None
        try:
            return ask()
        except UNREADABLE as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        """Whoever writes next opens the file anew; who comes until then is joined with their row afterwards."""
        self.failure = reason(error)
        self._store.close()

    def _read(self, name: str) -> Record | None:
        return None if not name or name in self._gone else self.whole(name)

    def whole(self, name: str) -> Record | None:
        """The record as the store has it; nothing of it is kept in RAM."""
        found = self._from_store(lambda: self._store.get(name))
        if found is None:
            return None
        record = complete(unpack(*found), self._now, self.rules.history)
        fade(record, self.rules.oldest_comment(self._now))
        return record

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
        self._lend(name, complete(record, time.time(), self.rules.history))

    def __delitem__(self, username: str) -> None:
        name = name_of(username)
        if self.peek(name) is None:
            raise KeyError(username)
        self._drop(name)

    def forget(self, username: object) -> None:
        """Know nothing of this viewer, and let the next batch remove what the disk may know; a stranger is none less."""
        name = name_of(username)
        if not name:
            return
        record = self.peek(name) or {}
        user_id = str(record.get("user_id", ""))
        self._forgotten.add(Forgotten(frozenset({name, *record.get("usernames", ())}), user_id))
        for mark in [mark for mark, streak in self.marks.items() if streak.who in {f"@{name}", user_id or "@"}]:
            self.book(mark, None)
        self._ids.pop(user_id, None)
        self._drop(name)

    def _drop(self, name: str) -> None:
        """Nothing lies under this name any more."""
        for held in (self._kept, self._clean, self._lent):
            held.pop(name, None)
        for names in (self._dirty, self._flying, self._blind, self._wrote):
            names.discard(name)
        self._gone.add(name)

    def clear(self) -> None:
        for name in list(self):
            self._drop(name)

    def __contains__(self, username: object) -> bool:
        return self.peek(username) is not None

    def __iter__(self) -> Iterator[str]:
        first = set(self._kept)
        yield from list(self._kept)
        if self._store.ready:
            try:
                yield from (name for name in self._store.names() if name not in first and name not in self._gone)
            except UNREADABLE as error:
                self._failed(error)

    def __len__(self) -> int:
        return sum(1 for _ in self)
