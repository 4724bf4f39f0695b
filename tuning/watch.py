"""The settings file while the program runs: what somebody changes in it by hand counts within a second.

A thread named "settings" looks at the file, also where no system would tell of changes, and without a clock that
somebody can set. It waits until the file stays as it is, so that half of it is never taken for all of it: editors
write in parts, put another file in its place, or delete it for a moment. What cannot be understood changes nothing.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from config import files
from config.history import at
from config.problems import Problem, SettingsError
from settings import Settings, alone, changes_noted, reload_settings, schema

log = logging.getLogger(__name__)

EVERY = 0.2
"""Seconds between two looks."""

SETTLED, DOUBTFUL, CUT = 0.15, 0.5, 3.0
"""Seconds the file must stay the same before it counts: usually; when it is broken, gone or lacks its end; when it
breaks off in the middle of a line, too."""

THOROUGH = 3
"""Every so many looks the content counts, not only the file's dates: some disks know them to two seconds only."""

STOP_SECONDS = 2.0
_NAME = re.compile(r"^([A-Za-z_]\w*)\s*:", re.MULTILINE)

Sight = str | SettingsError | None
"""What the file holds; why it cannot be read; None when it is gone."""


class Watch:
    """Watches the file of these settings while it is entered. `changed(paths)` is called on its thread."""

    def __init__(
        self, settings: Settings, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.settings = settings
        self.changed: Callable[[list[str]], object] = lambda _: None
        self._every, self._clock = every, clock
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._problems: tuple[Problem, ...] = ()
        self._started: Mapping[str, Any] = {}
        self._judged: Sight = settings.text
        self._seen: Sight = settings.text
        self._since = clock()
        self._mark: tuple[int, ...] = ()
        self._looks = 0

    def __enter__(self) -> "Watch":
        self._ended.clear()
        self._thread = threading.Thread(target=self._work, name="settings", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def started(self) -> None:
        """A bot begins with the settings as they are now."""
        self._started = self._fixed()

    def report(self, *, running: bool) -> dict[str, Any]:
        """`{"problems": [{"path", "line", "message"}], "restart": [path], "changed_at": Unix seconds or None, "undo": bool}`.

        `restart`: what was changed since the running bot started and counts at the next Start only. `undo`: whether
        there is a change to be taken back. Any thread.
        """
        now = self._fixed() if running else {}
        return {
            "problems": [{"path": p.path, "line": p.line, "message": p.message} for p in self._problems],
            "restart": [path for path, value in now.items() if value != self._started.get(path, value)],
            "changed_at": self.settings.changed_at,
            "undo": changes_noted(self.settings) > 0,
        }

    def look(self) -> None:
        """One look at the file; what it says counts once it has stayed the same for long enough."""
        sight, now = self._sight(), self._clock()
        if not _same(sight, self._seen):
            self._seen, self._since = sight, now
        elif not _same(sight, self._judged) and now - self._since >= self._patience(sight):
            self._judge(sight)

    def _work(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self.look()
            except Exception:  # border: the top of the thread; the next look may go better
                log.exception("the settings file could not be looked at")

    def _sight(self) -> Sight:
        """What the file holds; as last seen when its dates say that it is the same."""
        self._looks += 1
        mark = _mark(self.settings.file)
        if mark and mark == self._mark and self._looks % THOROUGH:
            return self._seen
        self._mark = mark
        return self._read()

    def _read(self) -> Sight:
        try:
            return files.read_text(self.settings.file)
        except SettingsError as error:
            return error

    def _patience(self, sight: Sight) -> float:
        if not isinstance(sight, str):
            return DOUBTFUL
        names = _NAME.findall(self.settings.text or "")
        if sight.strip() and (not names or names[-1] in _NAME.findall(sight)):
            return SETTLED
        return DOUBTFUL if sight.endswith("\n") else CUT

    def _judge(self, sight: Sight) -> None:
        try:
            with alone():
                if not _same(self._read(), sight):
                    return  # somebody saved meanwhile: to go by what was before would take that back
                paths = self._take_over(sight)
        except SettingsError as error:
            if self._clock() - self._since < DOUBTFUL:
                return  # it may be whole in a moment
            log.warning("what was changed in the settings file does not count: %s", "; ".join(str(error).splitlines()))
            self._judged, self._problems = sight, tuple(error.problems)
            return
        self._judged, self._problems = sight, ()
        if paths:
            log.info("changed in the settings file: %s", ", ".join(paths))
            self.changed(paths)

    def _take_over(self, sight: Sight) -> list[str]:
        if isinstance(sight, SettingsError):
            raise sight
        return [] if sight is not None and sight == self.settings.text else reload_settings(self.settings, sight)

    def _fixed(self) -> dict[str, Any]:
        """The values that count at the next Start only."""
        return {path: at(self.settings, tuple(path.split("."))) for path in FIXED}


FIXED = [field["path"] for section in schema() for field in section["fields"] if field["restart"]]


def _mark(file: Path) -> tuple[int, ...]:
    try:
        about = file.stat()
    except (OSError, ValueError):
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino, about.st_dev


def _same(one: Sight, other: Sight) -> bool:
    """Two errors are the same when they say the same."""
    if isinstance(one, SettingsError) and isinstance(other, SettingsError):
        return str(one) == str(other)
    return one is other or (isinstance(one, str) and one == other)
