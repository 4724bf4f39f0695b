"""The flight recorder: everything the corridor notes, in one compressed file for each live, beside the settings.

The seam `Keeper`. The bot's loop only appends to a bounded queue; a thread named "recorder" writes, rotates and rewrites
files. A disk that is full or read-only costs notes, never the live. No secret gets in, and none of the addresses that
may hold one.
"""

import asyncio
import errno
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from events import Link, LinkState, Whom
from live.forgetting import Person, forget_in, recordings, sweep
from live.tape import FORMAT, LONGEST_LINE, SUFFIX, Entry, line_of, members
from live.whom import cleaned
from settings import Settings, schema

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
"""What a killed process loses at most, and about as much again for the writing."""

STOP_SECONDS = 2.0
QUEUED = 20_000
"""Notes that can wait for the thread: several seconds of the wildest live."""

DAY = 86_400.0
SHORTEST_SECRET = 8
"""Characters: taking anything shorter out would blacken ordinary words."""

FORGET = "forget"
FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
_KNOBS = [(section["name"], knob) for section in schema() for knob in section["fields"]]
_KEPT = [
    (name, k["name"]) for name, k in _KNOBS if not k["secret"] and not k["name"].endswith("_url") and name != "lan"
]
_SECRET = [(name, knob["name"]) for name, knob in _KNOBS if knob["secret"]]

Note = tuple[str, float, Mapping[str, Any]]


def kept_settings(settings: Settings) -> Entry:
    """The settings as a recording has them: without secrets, addresses and whatever else stands in the file."""
    kept: Entry = {}
    for section, name in _KEPT:
        if section:
            kept.setdefault(section, {})[name] = settings[section][name]
        else:
            kept[name] = settings[name]
    return kept


def reason(error: OSError) -> str:
    """The reason code of what a file system raised."""
    if error.errno in FULL:
        return "recording_disk_full"
    return "recording_readonly" if error.errno in UNWRITABLE else "recording_failed"


def kept_days(settings: Settings) -> float:
    """Days after which memory would know less than a recording does: of viewers, or of their words. 0: never."""
    return min(filter(None, (settings.memory.decay_days, settings.memory.comment_days)), default=0.0)


def tidy(folder: Path, keep: int, days: float, now: float) -> None:
    """Delete what is older than so many days (0: never) and the oldest beyond `keep`. Raises OSError."""
    found = recordings(folder)
    oldest = now - days * DAY if days else float("-inf")
    for file in [f for f in found if f.stat().st_mtime < oldest or f in found[: max(0, len(found) - keep)]]:
        log.info("an old recording is deleted: %s", file.name)
        file.unlink()


@dataclass(slots=True)
class RecordingFile:
    """One file that grows. What a write that failed left behind is overwritten by the next one."""

    file: Path
    events: int = 0
    size: int = 0

    def append(self, member: bytes) -> None:
        """Raises OSError; FileNotFoundError when somebody took the file away."""
        with self.file.open("r+b") as stream:
            stream.truncate(self.size)
            stream.seek(self.size)
            stream.write(member)
        self.size += len(member)


@dataclass(slots=True)
class Recorder:
    """Records one live of the bot. Without `recording.enabled` or `memory.enabled` it only forgets and tidies up."""

    settings: Settings
    version: str
    clock: Callable[[], float] = time.time
    link: Link = field(default_factory=Link)
    """How the writing goes; replaced whole by the thread."""

    _queue: deque[Note] = field(default_factory=deque)
    _ended: threading.Event = field(default_factory=threading.Event)
    _lost: int = 0
    _file: RecordingFile | None = None
    _state: dict[tuple[str, object], Note] = field(default_factory=dict)
    _owed: "deque[tuple[Whom, Callable[[int], None]]]" = field(default_factory=deque)
    """Who is still to be taken out of the files, and who is told in how many they were."""

    _gone: Person = field(default_factory=lambda: Person(set(), set()))
    _secrets: set[str] = field(default_factory=set)
    _last_settings: Entry = field(default_factory=dict)
    _written_settings: Entry = field(default_factory=dict)
    """Those of the moment up to which is written."""

    _on: bool = field(init=False)
    _folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self._on = self.settings.recording.enabled and self.settings.memory.enabled
        self._folder = self.settings.beside(self.settings.recording.folder)
        self._last_settings = self._written_settings = kept_settings(self.settings)

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """Let it be written soon; when too much waits already it is lost, and counted."""
        if not self._on:
            return
        if len(self._queue) < QUEUED:
            self._queue.append((happening, at, facts))
        else:
            self._lost += 1

    def forget(self, whom: Whom, done: Callable[[int], None] = lambda _: None) -> None:
        """Take this viewer out of all recordings, of what is noted by now too; never lost. `done` on the thread."""
        self._queue.append((FORGET, self.clock(), {"whom": whom, "done": done}))

    async def run(self, report: Callable[[Link], None]) -> None:
        """Record until cancelled, write the last, and say at each change how it goes."""
        thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        thread.start()
        told: Link | None = None
        try:
            while True:
                if self.link != told:
                    told = self.link
                    report(told)
                self._note_settings()
                await asyncio.sleep(FLUSH_SECONDS)
        finally:
            self._ended.set()
            await asyncio.to_thread(thread.join, STOP_SECONDS)
            if thread.is_alive():
                log.warning("the recording could not be ended in time: the disk does not answer")

    def _note_settings(self) -> None:
        now = kept_settings(self.settings)
        if now != self._last_settings:
            self._last_settings = now
            self.note("settings", self.clock(), settings=now)

    def _work(self) -> None:
        try:
            self._look(self._tidy)
            while not self._ended.wait(FLUSH_SECONDS):
                self._flush()
            self._flush(self._close)
        except Exception:  # border: the top of the thread, nothing above could see it
            log.exception("the recording ended because of an error")
            self._show("recording_failed")

    def _flush(self, *last: Callable[[], None]) -> None:
        """Write what waits, then take out of it and of all before who is to be forgotten; what fails comes again."""
        waiting = [self._queue.popleft() for _ in range(len(self._queue))]
        self._owed += [(order["whom"], order["done"]) for name, _, order in waiting if name == FORGET]
        notes = [note for note in waiting if note[0] != FORGET]
        self._look(lambda: self._write(notes), *[self._forget_next] * len(self._owed), *last)

    def _look(self, *actions: Callable[[], None]) -> None:
        """Do all of it, and show what failed."""
        self._show(next(filter(None, [_tried(action) for action in actions]), ""))

    def _write(self, notes: list[Note]) -> None:
        lost, self._lost = self._lost, 0
        if lost:
            notes = [*notes, ("lost", notes[-1][1] if notes else self.clock(), {"notes": lost})]
        try:
            if notes:
                self._append(notes)
        except OSError:
            self._lost += len(notes) - bool(lost) + lost
            raise

    def _append(self, notes: list[Note]) -> None:
        limit = self.settings.recording.max_mb * 1_000_000
        for member in members(self._lines(notes)):
            if self._file is None or self._file.size + len(member) > limit:
                self._file = self._begin(notes[0][1])
            try:
                self._file.append(member)
            except FileNotFoundError:
                self._file = self._begin(notes[0][1])
                self._file.append(member)
        if self._file:
            self._file.events += sum(happening == "event" for happening, _, _ in notes)
        for note in notes:
            self._remember(note)

    def _lines(self, notes: list[Note]) -> Iterator[bytes]:
        for section, name in _SECRET:
            value = str(self.settings[section][name])
            if len(value) >= SHORTEST_SECRET:
                self._secrets.add(value)
        hidden = sorted(self._secrets, key=len, reverse=True)
        for happening, at, facts in notes:
            entry = self._gone.bare({"happening": happening, **facts})
            line = line_of(happening, at, entry)
            if any(json.dumps(secret)[1:-1].encode() in line for secret in hidden):
                line = line_of(happening, at, _scrubbed(entry, hidden))
            if len(line) <= LONGEST_LINE:
                yield line
            else:
                self._lost += 1

    def _begin(self, at: float) -> RecordingFile:
        """A new file with its header and what was the case when it began; the oldest make room for it."""
        rules = self.settings.recording
        self._folder.mkdir(parents=True, exist_ok=True)
        tidy(self._folder, rules.keep - 1, kept_days(self.settings), self.clock())
        begun = RecordingFile(_new_file(self._folder, self.clock()))
        settings = _scrubbed(self._written_settings, sorted(self._secrets))
        about = {"format": FORMAT, "version": self.version, "settings": settings}
        known = [line_of(happening, at, facts) for happening, _, facts in self._state.values()]
        try:
            for member in members([line_of("recording", at, about), *known]):
                begun.append(member)
        except OSError:
            begun.file.unlink(missing_ok=True)  # each second would leave another one behind
            raise
        return begun

    def _remember(self, note: Note) -> None:
        """The next file begins with what is still the case."""
        happening, _, facts = note
        if happening == "settings":
            self._written_settings = facts["settings"]
        if happening in {"link", "mic", "wordings"} or (happening == "order" and "on" in facts):
            self._state[happening, facts.get("name", facts.get("order"))] = note

    def _forget_next(self) -> None:
        """Who asked first; what fails comes last the next time, so that it holds up nobody."""
        whom, done = self._owed[0]
        self._owed.rotate(-1)
        told = 0
        sweep(self._folder)
        for file in recordings(self._folder):
            person = forget_in(file, whom)
            told += person is not None
            if person and self._file and file == self._file.file:
                self._file.size = file.stat().st_size
                self._gone.keys |= person.keys  # what is thought and said of them right now is noted later
        for known, (happening, at, facts) in self._state.items():
            self._state[known] = (happening, at, {name: cleaned(fact, whom) for name, fact in facts.items()})
        self._owed.pop()
        done(told)

    def _tidy(self) -> None:
        tidy(self._folder, self.settings.recording.keep, kept_days(self.settings), self.clock())

    def _close(self) -> None:
        """A live in which nothing happened leaves no file."""
        if self._file and not self._file.events:
            self._file.file.unlink(missing_ok=True)

    def _show(self, problem: str) -> None:
        link = Link(state=LinkState.UP if self._on else LinkState.OFF)
        if problem:
            link = Link(state=LinkState.ERROR, code=problem, params=(("folder", self._folder.name),))
        if problem and link != self.link:
            log.warning("recording: %s, the live goes on without (%s)", problem, self._folder)
        self.link = link


def _tried(action: Callable[[], None]) -> str:
    """The reason code with which it failed, or ""."""
    try:
        action()
    except OSError as error:
        log.debug("recording: %s", error)
        return reason(error)
    return ""


def _scrubbed(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, list | tuple):
        return [_scrubbed(item, hidden) for item in value]
    return {name: _scrubbed(part, hidden) for name, part in value.items()} if isinstance(value, Mapping) else value


def _new_file(folder: Path, now: float) -> Path:
    """An empty file of a new name, for its owner only."""
    name, number = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(now)), 1
    while True:
        file = folder / f"{name}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            number += 1
        else:
            return file
