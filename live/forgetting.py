"""Taking a viewer out of recordings: their names, words and numbers go, that something happened stays.

Any thread but the bot's loop; a file is replaced whole or not at all. Whoever asks to be forgotten is found by username
and by TikTok's number, also under names they had before.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from events import Whom
from live.notes import key_of
from live.tape import SUFFIX, DamagedError, Entry, entry_of, line_of, lines_in, members
from live.whom import SOMEBODY, cleaned

FREE = ("text", "said", "names", "background", "messages", "pieces", "word", "by", "mentions")
"""The facts in which somebody may be named."""

BARE = {
    *("happening", "at", "key", "keys", "kind", "score", "refusal", "greeting", "waited", "seconds", "offset"),
    *("priority", "born", "fate", "waits", "action", "rule", "error", "sent", "ended", "model", "provider", "cached"),
    *("usage", "first", "order", "on", "position", "nth", "value", "also"),
}
"""The facts that stay of what was thought and said about somebody who is forgotten."""

BARE_EVENT = ("kind", "at", "count", "gift_id", "group", "diamonds", "streaking", "total", "created")


@dataclass(slots=True)
class Person:
    """Who is to be forgotten, as far as a file knows them."""

    usernames: set[str]
    ids: set[str]
    nicknames: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    """The keys of their events, and what stands there instead."""

    def is_of(self, event: object) -> TypeGuard[Entry]:
        """Whether this is an event of theirs, as a recording has it."""
        return isinstance(event, dict) and (event.get("username") in self.usernames or event.get("user_id") in self.ids)

    def meet(self, event: Entry, key: str, number: int) -> None:
        """Learn from an event of theirs, the `number`th line of its file."""
        self.keys.setdefault(key, f"{SOMEBODY}:{number}")
        for known, name in ((self.usernames, "username"), (self.ids, "user_id"), (self.nicknames, "nickname")):
            if value := event.get(name):
                known.add(str(value))

    def needles(self) -> list[bytes]:
        """What a line of the file has in it when it may be about them."""
        return [json.dumps(name)[1:-1].encode() for name in sorted(self.usernames | self.ids)]

    def whom(self) -> Whom:
        """By all names that were found."""
        return Whom(frozenset(self.usernames), frozenset(self.ids), frozenset(self.nicknames))

    def without_them(self, entry: Entry, whom: Whom) -> Entry:
        """The entry as it may stay; `whom` is taken out of what others wrote and of what was said to others."""
        event = entry.get("event")
        if self.is_of(event):
            return {**entry, "event": self._nobody(event)}
        return _without(self.bare(entry), whom)

    def bare(self, entry: Entry) -> Entry:
        """A decision about one of their known events without what they wrote and what was said to them."""
        if not self.keys:
            return entry
        if "also" in entry:
            entry = {**entry, "also": self._renamed(entry["also"])}
        if not any(key in self.keys for key in (entry.get("key"), *entry.get("keys", ()))):
            return entry
        kept = BARE | {"reason"} if entry["happening"] == "fate" else BARE  # elsewhere it may quote them
        return {name: self._renamed(value) for name, value in entry.items() if name in kept}

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._renamed(item) for item in value]
        return self.keys.get(value, value) if isinstance(value, str) else value

    def _nobody(self, event: Entry) -> Entry:
        key = self.keys[key_of(event)]
        kept = {name: event[name] for name in BARE_EVENT if name in event}
        gift = {"text": event["text"]} if event.get("kind") == "gift" and "text" in event else {}
        return {**kept, **gift, "user_id": SOMEBODY, "username": SOMEBODY, "nickname": "", "key": key}


def _without(entry: Entry, whom: Whom) -> Entry:
    free = {*FREE, "reason"} if entry.get("happening") == "verdict" else FREE
    kept = {name: cleaned(value, whom) if name in free else value for name, value in entry.items()}
    if isinstance(event := entry.get("event"), dict):
        kept["event"] = _without(event, whom)
    return kept


def find(file: Path, whom: Whom) -> tuple[Person, bool]:
    """Who this is in the file, and whether the file tells of them at all. Raises OSError."""
    person, told = Person(set(whom.usernames), set(whom.ids), set(whom.nicknames)), False
    while True:
        known, needles = len(person.usernames | person.ids), person.needles()
        with contextlib.suppress(DamagedError):
            for number, line in enumerate(lines_in(file)):
                if any(needle in line for needle in needles):
                    told = True
                    event = entry_of(line).get("event")
                    if person.is_of(event):
                        person.meet(event, key_of(event), number)
        if known == len(person.usernames | person.ids):
            return person, told


def told_of(file: Path, whom: Whom) -> list[Entry]:
    """What the file tells of them: what they did, and what was decided about it. Raises OSError."""
    person, told = find(file, whom)
    if not told:
        return []
    keys = person.keys.keys()
    about = (
        entry
        for entry in _entries(file)
        if keys & {entry.get("key"), *entry.get("keys", ()), *entry.get("also", ())} or person.is_of(entry.get("event"))
    )
    return list(about)


def forget_in(file: Path, whom: Whom) -> Person | None:
    """Rewrite the file without them, with the time it was last written; None when it never told of them.

    What could not be read of a damaged file is gone afterwards. Raises OSError.
    """
    person, told = find(file, whom)
    if not told:
        return None
    whom, about = person.whom(), file.stat()
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            kept = (person.without_them(entry, whom) for entry in _entries(file))
            for member in members(line_of(e.pop("happening"), e.pop("at"), e) for e in kept):
                stream.write(member)
        os.utime(temporary, (about.st_atime, about.st_mtime))
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return person


def sweep(folder: Path) -> None:
    """Remove the drafts that a killed process left behind; they name people, too. Raises OSError."""
    for draft in folder.glob(f".*{SUFFIX}.*.tmp"):
        draft.unlink(missing_ok=True)


def recordings(folder: Path) -> list[Path]:
    """The recordings in this folder, the one written last at the end."""
    found = [(file.stat().st_mtime, file) for file in folder.glob(f"*{SUFFIX}") if file.is_file()]
    return [file for _, file in sorted(found)]


def _entries(file: Path) -> Iterator[Entry]:
    with contextlib.suppress(DamagedError):
        yield from map(entry_of, lines_in(file))
