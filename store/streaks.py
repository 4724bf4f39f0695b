"""Memory's totals and the gift book, held together: each streak is counted once and as far as the book has it.

The two lie in two files, written at two moments; a kill in between leaves one ahead. So memory notes beside its totals how
far it has counted which streak (`Booked`, by the ledger's mark), and at each start counts what it lacks and takes back
what the book never got. Bot's loop.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from events import LiveEvent
from store.files import Booked, name_of
from store.record import Record, number
from store.users import Users

log = logging.getLogger(__name__)

TAIL = 5.0
"""Seconds before the last gift in the book within which memory may have been written and the book not yet."""

Remember = Callable[[LiveEvent], None]


def gave(users: Users, event: LiveEvent, mark: str, pieces: int, remember: Remember) -> None:
    """Count what is new of this streak; `remember` notes a gift of a viewer."""
    known = users.marked(mark) if mark else None
    before = known.pieces if known else 0
    name = name_of(event.username)
    if pieces <= before and mark:
        return
    remember(replace(event, count=pieces - before if mark else event.count, streaking=False))
    if not mark or not name:
        return
    record = users.note(name, event.at, event.user_id)
    if known:
        _merge(record)
    users.book(mark, Booked(event.user_id or f"@{name}", 1, pieces, event.diamonds, event.at))


def agree(users: Users, book: Iterable[tuple[LiveEvent, str, int]], since: float, remember: Remember) -> None:
    """Take over what the book has; it is right. Gifts from before `since` were counted without marks, or forgotten."""
    booked = {mark: (event, pieces) for event, mark, pieces in book}
    last = max((event.at for event, _ in booked.values()), default=float("inf"))
    more = less = 0
    for mark, (event, pieces) in booked.items():
        known = users.marked(mark)
        if event.at >= since and (known is None or known.pieces < pieces):
            gave(users, event, mark, pieces, remember)
            more += 1
    for mark, streak in users.marked_since(last - TAIL).items():
        pieces = booked[mark][1] if mark in booked else 0
        if streak.pieces > pieces:
            _uncount(users, mark, streak, pieces)
            less += 1
    if more or less:
        log.info("memory: the gift book knew %d gifts more and %d less after the last end", more, less)


def _merge(record: Record) -> None:
    """The gift noted last is more of one noted before: one gift."""
    record["gift_total"] = max(1, record["gift_total"] - 1)
    if len(record["gifts"]) > 1:
        record["gifts"].pop()
    newest = record["gift_log"].pop()
    for gift in reversed(record["gift_log"]):
        if (gift["name"], gift["diamonds"]) == (newest["name"], newest["diamonds"]):
            gift["count"], gift["at"] = number(gift["count"] + newest["count"]), newest["at"]
            return
    record["gift_log"].append(newest)


def _uncount(users: Users, mark: str, streak: Booked, pieces: int) -> None:
    """The book has only so many pieces of it."""
    name = streak.who[1:] if streak.who.startswith("@") else users.named(streak.who)
    record = users.peek(name) if name else None
    if name and record is not None:
        record = users.note(name, record["last_seen"])
        record["diamonds"] = number(record["diamonds"] - (streak.pieces - pieces) * streak.diamonds)
        for gift in [gift for gift in record["gift_log"] if gift["at"] == streak.at][:1]:
            gift["count"] = pieces
            if not pieces:
                record["gift_log"].remove(gift)
                if gift["name"] in record["gifts"]:
                    record["gifts"].remove(gift["name"])
        if not pieces:
            record["gift_total"] = max(len(record["gifts"]), record["gift_total"] - 1)
    users.book(mark, streak._replace(pieces=pieces) if pieces else None)
