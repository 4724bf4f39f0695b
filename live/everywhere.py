"""A viewer forgotten in every place there is: the running bot, memory, gift book, recordings, cards, audit, news, logs.

Any thread but the bot's loop; takes as long as the largest recordings take to be rewritten. Works with and without a bot:
what a running bot holds it forgets itself, by an order, and everything else is done here.
"""

import functools
import glob
import logging
import operator
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge import Bridge
from events import Whom
from live.forgetting import forget_in, recordings, sweep
from live.tombs import FILE as TOMBS
from live.tombs import bury
from settings import Settings
from store import gift_records
from store.archive import Archive, ArchiveError
from store.files import name_of
from store.lock import Lock

log = logging.getLogger(__name__)

BOT_SECONDS, FILES_SECONDS = 5.0, 120.0
"""How long the bot is waited for, and its recordings."""

TRIES, AGAIN_SECONDS = 5, 3.0
"""How often a file that cannot be changed is tried for somebody who asked in chat, and after how long."""

OWN_FILES = ("*.yaml", "*.yaml.bak", "*.jsonl", "*.txt", "*.md", "personas/*", "knowledge/*")
"""What the streamer wrote, beside the settings: nothing in it is changed, only named."""

DRAFT_SECONDS = 60.0
LARGEST_OWN = 1_000_000


@dataclass(slots=True)
class Forgot:
    """What became of it."""

    whom: Whom
    found: dict[str, int] = field(default_factory=dict)
    """By place, how much told of them: memory (viewers), gifts, recordings (files), cards, audit, waiting, said (to
    others), others (viewers who wrote the name)."""

    problems: list[dict[str, str]] = field(default_factory=list)
    """What could not be cleaned, and may still tell of them: `place`, `code` (`forgetting.problem.<code>`), params."""

    mentioned: list[str] = field(default_factory=list)
    """Files of the streamer's own in which the name stands."""

    @property
    def complete(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """As the API and the command line tell it."""
        return {
            "forgotten": self.complete,
            "from": self.found,
            "problems": self.problems,
            "mentioned": self.mentioned,
        }


@dataclass(slots=True, kw_only=True)
class Everywhere:
    """One house's places."""

    settings: Settings
    bridge: Bridge
    archive: Callable[[], Archive]
    """The memory that the settings name now."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: list[str] = field(default_factory=list)
    """Who is being forgotten by `forget`."""

    _pending: list[Whom] = field(default_factory=list)
    _thread: threading.Thread | None = None
    demo: bool = False
    """Its viewers are made up: only its own memory tells of them, and their names may be those of real ones."""

    clock: Callable[[], float] = time.time

    def met(self, username: str) -> Whom:
        """By every name and number under which memory and gift book know this viewer."""
        return self._meet(username).whom

    def forget(self, username: str) -> Forgot:
        """Nothing tells of this viewer any more; a stranger's name is none less. Raises nothing: see `problems`."""
        self._asked.append(username)
        try:
            return self._forget(self._meet(username))
        finally:
            self._asked.remove(username)

    def follow(self, whom: Whom, _at: float) -> None:
        """The bot has forgotten somebody who asked for it in chat: see to the files, soon, in a thread. Returns at once."""
        if self.demo or whom.usernames & {*self._asked}:
            return
        with self._lock:
            self._pending.append(whom)
            if self._thread is None:
                self._thread = threading.Thread(target=self._catch_up, name="forgetting", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        """All who left together, in one go."""
        tries = 0
        while True:
            with self._lock:
                leaving, self._pending = self._pending, []
                if not leaving:
                    self._thread = None
                    return
            forgot = Forgot(functools.reduce(operator.or_, leaving))
            self._in_files(forgot, in_bot=True)
            if not forgot.complete and (tries := tries + 1) < TRIES:
                time.sleep(AGAIN_SECONDS)
                with self._lock:
                    self._pending += leaving

    def _forget(self, forgot: Forgot) -> Forgot:
        in_bot = self._in_bot(forgot)
        if not in_bot:
            forgot.found |= self.bridge.forget(forgot.whom, self.clock())
        self._in_files(forgot, in_bot=in_bot)
        log.info("a viewer was forgotten: %s", forgot.found)
        return forgot

    def _in_files(self, forgot: Forgot, *, in_bot: bool) -> None:
        self._try("memory", forgot, self._memory)
        if self.demo:
            return
        self._try("gifts", forgot, self._gifts if in_bot else self._gifts_alone)
        if not in_bot:
            self._try("recordings", forgot, self._recordings)
        self._try("own", forgot, self._mentions)
        if self.settings.memory.enabled:
            self._try("tombs", forgot, lambda one: bury(self.settings.beside(TOMBS), one.whom, self.clock()))

    def _try(self, place: str, forgot: Forgot, action: Callable[[Forgot], None]) -> None:
        try:
            action(forgot)
        except (OSError, ValueError, ArchiveError) as error:  # ValueError: a name that no file can have
            log.warning("a viewer could not be forgotten in %s: %s", place, type(error).__name__)
            if not any(problem["place"] == place for problem in forgot.problems):
                forgot.problems.append({"place": place, "code": place})

    def _meet(self, username: str) -> Forgot:
        forgot = Forgot(Whom(frozenset({username, name_of(username)})))
        self._try("memory", forgot, self._meet_memory)
        if not self.demo:
            self._try("gifts", forgot, self._meet_gifts)
        return forgot

    def _meet_memory(self, forgot: Forgot) -> None:
        for username in forgot.whom.usernames:
            if found := self.archive().record(username):
                name, record = found
                nicknames = frozenset({*record["nicknames"], record["nickname"]})
                usernames = frozenset({name, *record["usernames"]})
                forgot.whom |= Whom(usernames, frozenset({record["user_id"]}), nicknames)

    def _meet_gifts(self, forgot: Forgot) -> None:
        if self.gift_file:
            forgot.whom = gift_records.met(self.gift_file, forgot.whom)
            forgot.found["gifts"] = len(gift_records.given(self.gift_file, forgot.whom))

    def _in_bot(self, forgot: Forgot) -> bool:
        """Whether a bot has done it."""
        found: queue.Queue[tuple[Whom, dict[str, int]]] = queue.Queue()
        files: queue.Queue[int] = queue.Queue()
        if not self.bridge.order("forget", forgot.whom, lambda *what: found.put(what), files.put):
            return False
        try:
            forgot.whom, counts = found.get(timeout=BOT_SECONDS)
            forgot.found |= counts
            forgot.found["recordings"] = files.get(timeout=FILES_SECONDS)
        except queue.Empty:
            if not self.bridge.running:  # it was stopped in this moment
                return False
            forgot.problems.append({"place": "bot", "code": "busy"})
        return True

    def _memory(self, forgot: Forgot) -> None:
        archive = self.archive()
        _sweep(archive.path)
        told = [archive.forget(username) for username in sorted(forgot.whom.usernames)]
        in_file = sum(one["memory"] for one in told)
        forgot.found["memory"] = max(in_file, forgot.found.get("memory", 0))  # the bot's own may be gone from it by now
        left = {file for one in told for file in one["left"]}
        if any(archive.record(username) for username in forgot.whom.usernames):
            raise OSError("the bot has not written it yet")
        forgot.found["others"] = archive.unname(forgot.whom)
        if left:
            forgot.problems.append({"place": "memory", "code": "left", "file": ", ".join(sorted(left))})

    def _gifts(self, forgot: Forgot) -> None:
        if self.gift_file:
            forgot.found["gifts"] = max(forgot.found.get("gifts", 0), gift_records.forget(self.gift_file, forgot.whom))
            if left := gift_records.forget_in_copies(self.gift_file, forgot.whom):
                forgot.problems.append({"place": "gifts", "code": "left", "file": ", ".join(left)})

    def _gifts_alone(self, forgot: Forgot) -> None:
        """Another PalFriend would write back what it has in hand. Raises TakenFile."""
        if self.gift_file:
            lock = Lock(self.gift_file)
            lock.take()
            try:
                self._gifts(forgot)
            finally:
                lock.release()

    def _recordings(self, forgot: Forgot) -> None:
        folder = self.settings.beside(self.settings.recording.folder)
        sweep(folder)
        told = [forget_in(file, forgot.whom) for file in recordings(folder)]
        forgot.found["recordings"] = forgot.found.get("recordings", 0) + sum(person is not None for person in told)

    def _mentions(self, forgot: Forgot) -> None:
        handles = Whom(usernames=forgot.whom.usernames)
        folder = self.settings.file.parent
        for file in _own_files(folder):
            if file.stat().st_size <= LARGEST_OWN and handles.is_in(file.read_bytes().decode("utf-8", "replace")):
                forgot.mentioned.append(file.relative_to(folder).as_posix())

    @property
    def gift_file(self) -> Path | None:
        """The book; None where none is kept."""
        name = self.settings.gifts.file
        return self.settings.beside(name) if name else None


def _sweep(memory: Path) -> None:
    """Remove the drafts that a killed process left behind; who writes one now has touched it lately."""
    for draft in memory.parent.glob(f"{glob.escape(memory.name)}*.tmp"):
        if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
            draft.unlink(missing_ok=True)


def _own_files(folder: Path) -> Iterator[Path]:
    found = {file for pattern in OWN_FILES for file in folder.glob(pattern) if file.is_file()}
    yield from sorted(found)
