"""A viewer forgotten in every place there is: the running bot, memory, gift book, recordings, cards, audit, news, logs.

Any thread but the bot's loop; takes as long as the largest recordings take to be rewritten. Works with and without a bot:
what a running bot holds it forgets itself, by an order, and everything else is done here.
"""

import logging
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge import Bridge
from events import Whom
from live.forgetting import forget_in, recordings, sweep
from memory import load_memory
from settings import Settings
from store import gift_records
from store.files import name_of

log = logging.getLogger(__name__)

BOT_SECONDS, FILES_SECONDS = 5.0, 120.0
"""How long the bot is waited for, and its recordings."""

OWN_FILES = ("*.yaml", "*.yaml.bak", "*.jsonl", "*.txt", "*.md", "personas/*", "knowledge/*")
"""What the streamer wrote, beside the settings: nothing in it is changed, only named."""

LARGEST_OWN = 1_000_000


@dataclass(slots=True)
class Forgot:
    """What became of it."""

    whom: Whom
    found: dict[str, int] = field(default_factory=dict)
    """By place, how much told of them: viewers, gifts, recordings (files), cards, audit, waiting, ..."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason code): what could not be cleaned, and still tells of them."""

    mentioned: list[str] = field(default_factory=list)
    """Files of the streamer's own in which the name stands."""

    @property
    def complete(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """As the API and the command line tell it."""
        problems = [{"place": place, "code": code} for place, code in self.problems]
        return {"forgotten": self.complete, "from": self.found, "problems": problems, "mentioned": self.mentioned}


@dataclass(slots=True, kw_only=True)
class Everywhere:
    """One house's places."""

    settings: Settings
    bridge: Bridge
    demo: bool = False
    clock: Callable[[], float] = time.time

    def forget(self, username: str) -> Forgot:
        """Nothing tells of this viewer any more; a stranger's name is none less. Raises nothing: see `problems`."""
        forgot = Forgot(Whom(frozenset({username, name_of(username)})))
        self._try("gifts", forgot, self._meet)
        in_bot = self._in_bot(forgot)
        if not in_bot:
            forgot.found |= self.bridge.forget(forgot.whom, self.clock())
        self._try("memory", forgot, self._memory)
        self._try("gifts", forgot, self._gifts)
        if not in_bot or self.demo:
            self._try("recordings", forgot, self._recordings)
        self._try("own", forgot, self._mentions)
        log.info("a viewer was forgotten: %s", forgot.found)
        return forgot

    def gifts(self, limit: int) -> dict[str, Any]:
        """`GET /api/gifts`: from the bot that runs, else from the book."""
        told: Any = self.bridge.ask("gifts", limit)
        if told is not None:
            return dict(told)
        if self._gift_file is None or self.demo:
            return {"gifts": [], "today": {"streaks": 0, "pieces": 0, "diamonds": 0}}
        return {
            "gifts": gift_records.newest(self._gift_file, limit),
            "today": gift_records.today(self._gift_file, self.clock()),
        }

    def _try(self, place: str, forgot: Forgot, action: Callable[[Forgot], None]) -> None:
        try:
            action(forgot)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            log.warning("a viewer could not be forgotten in %s: %s", place, type(error).__name__)
            forgot.problems.append((place, f"forget_{place}"))

    def _meet(self, forgot: Forgot) -> None:
        forgot.whom = gift_records.met(self._gift_file, forgot.whom) if self._gift_file else forgot.whom

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
            forgot.problems.append(("bot", "forget_busy"))
        return True

    def _memory(self, forgot: Forgot) -> None:
        rules = self.settings.memory
        file = self.settings.beside(rules.file)
        forgot.found["memory"] = 0
        if rules.file == ":memory:" or not file.exists():
            return
        memory = load_memory(file, rules.decay_days, per_user_history=rules.per_user_history)
        try:
            for username in forgot.whom.usernames:
                forgot.found["memory"] += username in memory.users
                memory.forget(username)
            if not memory.flush():
                raise OSError(memory.problem)
        finally:
            memory.close()

    def _gifts(self, forgot: Forgot) -> None:
        if self._gift_file:
            forgot.found["gifts"] = gift_records.forget(self._gift_file, forgot.whom)

    def _recordings(self, forgot: Forgot) -> None:
        folder = self.settings.beside(self.settings.recording.folder)
        sweep(folder)
        told = [forget_in(file, forgot.whom) for file in recordings(folder)]
        forgot.found["recordings"] = forgot.found.get("recordings", 0) + sum(person is not None for person in told)

    def _mentions(self, forgot: Forgot) -> None:
        words = Whom(usernames=forgot.whom.usernames).words
        folder = self.settings.file.parent
        for file in _own_files(folder):
            if file.stat().st_size <= LARGEST_OWN and words.search(file.read_bytes().decode("utf-8", "replace")):
                forgot.mentioned.append(file.relative_to(folder).as_posix())

    @property
    def _gift_file(self) -> Path | None:
        name = self.settings.gifts.file
        return self.settings.beside(name) if name else None


def _own_files(folder: Path) -> Iterator[Path]:
    found = {file for pattern in OWN_FILES for file in folder.glob(pattern) if file.is_file()}
    yield from sorted(found)
