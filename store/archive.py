"""Memory for whoever looks at it from outside, from any thread, while the bot runs or not: dashboard, window, command line.

Reading sees what is in the file, half a second behind the bot. Changing goes through the running bot (`order`), so that
neither overwrites the other; without one the file is opened, changed and closed. Everything may take a moment: never call
it on the bot's loop.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from events import Whom
from store import backups, bond, index, naming
from store.files import Forgotten, Rules, TakenFile, moment, name_of, reason
from store.lock import Lock
from store.passages import words_of
from store.portrait import best
from store.reading import reading, record_in, records_in, store_of
from store.record import NOTES_LIMIT, Record, clip
from store.users import Users

Order = Callable[..., object]
"""`Bridge.ask`: what the bot answers to this order, None without a bot. Asked are edit_viewer (username, changes) and
forget_viewer (username); both answer whether it is done."""

SORTS = {
    "last_seen": ("last_seen DESC", ""),
    "bond": ("bond DESC", ""),
    "diamonds": ("diamonds DESC", " AND diamonds > 0"),
    "comments": ("comments DESC", " AND comments >= 20"),
    "nickname": ("nickname COLLATE NOCASE", " AND nickname > ''"),
}
"""How it is sorted, and who comes first, as far as there is an index of them. Bond and comments are indexed coarsely."""

EXACT = ("bond", "comments")

MOST = 1000
"""Viewers, or texts, that one question can get."""

SPOKEN_LIMIT = 80
FORGETTING_SECONDS = 5.0
TIDYING_SECONDS = 60.0


class ArchiveError(Exception):
    """It cannot be done now; `code` and `params` make a sentence of `reason.<code>` in locales/*.json."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class UnknownViewer(ArchiveError):  # noqa: N818 - what it is, not that it is an error
    """Nobody of this name is known."""

    def __init__(self) -> None:
        super().__init__("memory_unknown_viewer")


class Archive:
    """One memory. `file` as in the settings, beside them; ":memory:" is empty. Methods raise ArchiveError."""

    def __init__(
        self,
        file: str | Path,
        rules: Rules = Rules(),  # noqa: B008 - frozen
        order: Order = lambda *_: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = Path(file)
        self._rules, self._order, self._clock = rules, order, clock

    def viewers(self, query: str = "", sort: str = "last_seen", limit: int = 50, offset: int = 0) -> dict[str, Any]:
        """{"viewers": [brief], "total"}: whose names, also earlier ones, have this in them. `sort`: a key of SORTS."""
        now, (order, first) = self._clock(), SORTS.get(sort, SORTS["last_seen"])
        where = "last_seen >= ?"
        wanted: list[Any] = [self._rules.oldest(now)]
        if folded := clip(query.strip(), 200).casefold().lstrip("@"):
            where += " AND username IN (SELECT username FROM names WHERE instr(name, ?) > 0)"
            wanted.append(folded)
        limit, offset = max(0, min(limit, MOST)), max(0, offset)
        with self._reading() as connection:
            count = f"SELECT COUNT(*) FROM viewers WHERE {where}"  # noqa: S608 - our own words
            (total,) = connection.execute(count, wanted).fetchone()
            for which in dict.fromkeys(
                (where + first, where)
            ):  # the second reads everybody, where not enough come first
                page = f"SELECT username FROM viewers WHERE {which} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
                rows = connection.execute(page, [*wanted, limit, offset]).fetchall()
                if len(rows) == min(limit, max(0, total - offset)):
                    break
            found = [(str(name), record_in(connection, name, now, self._rules)) for (name,) in rows]
        shown = [self.brief(name, record, now) for name, record in found if record]
        if sort in EXACT:
            shown.sort(key=lambda one: -one[sort])
        return {"viewers": shown, "total": total}

    def viewer(self, username: str) -> dict[str, Any] | None:
        """Everything shown of this viewer, who may be named by an earlier @name; None for a stranger."""
        found = self._found(username)
        return None if found is None else self.whole(*found)

    def record(self, username: str) -> tuple[str, Record] | None:
        """The name and whole record of this viewer, for an export; None for a stranger."""
        return self._found(username)

    def edit(self, username: str, *, notes: str | None = None, spoken_name: str | None = None) -> dict[str, Any]:
        """Change what is given; the viewer afterwards. Raises UnknownViewer, ArchiveError."""
        found = self._found(username)
        if found is None:
            raise UnknownViewer
        name, record = found
        given = {"notes": (notes, NOTES_LIMIT), "spoken_name": (spoken_name, SPOKEN_LIMIT)}
        changes = {key: clip(text, most).strip() for key, (text, most) in given.items() if text is not None}
        if changes and not self._order("edit_viewer", name, changes):
            with self._changing() as users:
                if name not in users:
                    raise UnknownViewer
                users.note(name, record["last_seen"]).update(changes)
                users.wrote(name)
                users.unsaid()
        return self.whole(name, record | changes)

    def forget(self, username: str) -> dict[str, Any]:
        """Leave nothing of this viewer in the file and its copies; a stranger may be named, too.

        {"memory": whether anything was known, "backups": copies that were looked through, "left": names of damaged
        files that were set aside, cannot be changed, and may still hold something}.
        """
        found = self._found(username)
        name, record = found or (name_of(username), {})
        gone = Forgotten(frozenset({name, *record.get("usernames", ())} - {""}), str(record.get("user_id", "")))
        if name and not self._order("forget_viewer", name):
            if self.path.exists():
                with self._changing() as users:
                    users.forget(name)
        elif name:
            self._wait_until_gone(name)
        left = self._guarded(lambda: backups.forget(self.path, [gone])) if gone.names else []
        return {"memory": found is not None, "backups": len(self.backups()), "left": left}

    def unname(self, whom: Whom) -> int:
        """Take who is forgotten out of what others wrote, in the copies too; how many others that were."""
        with self._reading() as connection:
            quoting = naming.quoting(connection, whom)
        left = [name for name in quoting if not self._order("unname_viewer", name, whom)]
        if left and self.path.exists():
            with self._changing() as users:
                for name in left:
                    if name in users and naming.take_out(users.note(name, users[name]["last_seen"]), whom):
                        users.wrote(name)
                        users.unsaid()
        for copy in self.backups():
            self._guarded(partial(naming.take_out_of_copy, self.path.with_name(copy["name"]), whom))
        return len(quoting)

    def search(self, query: str, viewer: str = "", limit: int = 50) -> list[dict[str, Any]]:
        """[{username, nickname, kind, text, at}] newest first: what was written, noted or learnt with all these words.

        With `viewer` of this one only, and what fits best first. `kind`: comment, fact, note.
        """
        limit, now = max(0, min(limit, MOST)), self._clock()
        if viewer:
            return self._search_viewer(query, viewer, limit)
        oldest = self._rules.oldest_comment(now)
        with self._reading() as connection:
            rows = [
                row for row in index.find(connection, clip(query), limit) if row[1] != "comment" or row[2] >= oldest
            ]
            query = "SELECT nickname FROM viewers WHERE username = ?"
            names = {name: connection.execute(query, (name,)).fetchone() for name in {row[0] for row in rows}}
        rows.sort(key=lambda row: -row[2])
        return [
            {"username": name, "nickname": names[name][0], "kind": kind, "text": text, "at": at}
            for name, kind, at, text in rows
            if names[name]
        ]

    def _search_viewer(self, query: str, viewer: str, limit: int) -> list[dict[str, Any]]:
        found = self._found(viewer)
        if found is None:
            return []
        name, record = found
        said = [("comment", t, at) for t, at in zip(record["comments"], record["comment_times"], strict=True)]
        said += [("fact", fact["text"], fact["at"]) for fact in record["facts"]]
        said += [("note", record["notes"], 0.0)] if record["notes"] else []
        order = best([text for _, text, _ in reversed(said)], query, limit) if words_of(query) else []
        places = {text: place for place, text in reversed([*enumerate(order)])}
        hits = sorted((one for one in said if one[1] in places), key=lambda one: (places[one[1]], -one[2]))
        who = {"username": name, "nickname": record["nickname"]}
        return [{**who, "kind": kind, "text": text, "at": at} for kind, text, at in hits[:limit]]

    def statistics(self) -> dict[str, Any]:
        """{file, bytes, viewers, comments, schema, created, searchable, indexed: share of the texts that can be found}."""
        with self._reading() as connection:
            numbers = {
                "viewers": "SELECT COUNT(*) FROM viewers",
                "comments": "SELECT COUNT(*) FROM texts WHERE kind = 'comment'",
                "schema": "PRAGMA user_version",
                "created": "SELECT created FROM about",
            }
            found = {name: connection.execute(query).fetchone()[0] for name, query in numbers.items()}
            searchable = index.exists(connection)
            done, last = connection.execute("SELECT indexed, (SELECT MAX(id) FROM texts) FROM about").fetchone()
        size = self.path.stat().st_size if self.path.is_file() else 0
        share = min(1.0, done / last) if last and searchable else 1.0
        return {"file": self.path.name, "bytes": size, **found, "searchable": searchable, "indexed": share}

    def backups(self) -> list[dict[str, Any]]:
        """[{name, at, bytes}], newest first."""
        made = self._guarded(lambda: backups.listed(self.path))
        return [{"name": one.name, "at": one.at, "bytes": one.bytes} for one in made]

    def restore(self, name: str) -> None:
        """Bring a backup back; what is in its place becomes one itself. The bot has to be stopped. Raises ArchiveError."""

        def bring() -> None:
            lock = Lock(self.path)
            lock.take()
            try:
                backups.bring_back(self.path, name, self._clock())
            finally:
                lock.release()

        if name not in {one["name"] for one in self.backups()}:
            raise ArchiveError("memory_no_such_backup", backup=clip(name, 100))
        self._guarded(bring)

    def everybody(self) -> Iterator[tuple[str, Record]]:
        """Each viewer's name and whole record."""
        with self._reading() as connection:
            yield from records_in(connection, self._clock(), self._rules)

    def brief(self, name: str, record: Record, now: float) -> dict[str, Any]:
        """What a list shows."""
        same = ("nickname", "spoken_name", "user_id", "first_seen", "last_seen", "streams", "diamonds", "follows")
        more = ("likes", "shares", "subscriptions", "roles", "language", "team_level")
        tie = bond.left(record["bond"], record["bond_at"], now, self._rules.half_life_days)
        return {
            "username": name,
            **{key: record[key] for key in (*same, *more)},
            "comments": record["comment_total"],
            "gifts": record["gift_total"],
            "bond": round(tie, 4),
            "bond_level": bond.level(tie),
        }

    def whole(self, name: str, record: Record) -> dict[str, Any]:
        """What the page of one viewer shows; `history` newest first."""
        said = zip(record["comments"], record["comment_times"], strict=True)
        history = [{"kind": "comment", "text": text, "count": 1, "diamonds": 0, "at": at} for text, at in said]
        for gift in record["gift_log"]:
            worth = gift["count"] * gift["diamonds"]
            one = {"kind": "gift", "text": gift["name"], "count": gift["count"], "diamonds": worth, "at": gift["at"]}
            history.append(one)
        same = ("usernames", "nicknames", "notes", "last_topic", "facts")
        newest_first = sorted(history, key=lambda one: -moment(one["at"], 0.0))
        return {
            **self.brief(name, record, self._clock()),
            **{key: record[key] for key in same},
            "history": newest_first,
        }

    def _found(self, username: str) -> tuple[str, Record] | None:
        """By the @name of now, else by an earlier one."""
        name, now = name_of(username).removeprefix("@"), self._clock()
        with self._reading() as connection:
            if record := record_in(connection, name, now, self._rules):
                return name, record
            query = "SELECT username FROM names WHERE name = ?"
            for (other,) in connection.execute(query, (name.casefold(),)).fetchall():
                record = record_in(connection, other, now, self._rules)
                if record and name in record["usernames"]:
                    return other, record
        return None

    def _wait_until_gone(self, name: str) -> None:
        """The bot has forgotten; its file follows."""
        until = time.monotonic() + FORGETTING_SECONDS
        while time.monotonic() < until:
            with self._reading() as connection:
                if not connection.execute("SELECT 1 FROM viewers WHERE username = ?", (name,)).fetchone():
                    return
            time.sleep(0.05)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with reading(self.path, self._clock()) as connection:
                yield connection
        except (OSError, sqlite3.Error, ValueError) as error:
            raise self._error(error) from error

    @contextmanager
    def _changing(self) -> Iterator[Users]:
        """The viewers, to be changed while no bot has the file; written at the end."""
        store = store_of(self.path, self._clock(), self._rules)
        try:
            store.open()
            users = Users(store, self._rules, self._clock())
            yield users
            store.write(users.batch())
            until = time.monotonic() + TIDYING_SECONDS
            while not store.tidy and time.monotonic() < until:
                store.tend()
        except (OSError, sqlite3.Error, ValueError) as error:
            raise self._error(error) from error
        finally:
            store.close()

    def _guarded(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (OSError, sqlite3.Error, ValueError) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> ArchiveError:
        if isinstance(error, TakenFile):
            return ArchiveError("memory_taken", file=self.path.name, pid=str(error.pid or "?"))
        return ArchiveError(reason(error), file=self.path.name, aside="")
