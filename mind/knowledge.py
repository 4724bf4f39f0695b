"""What the streamer wrote down for the pal: `knowledge/*.md` beside the settings, the best passages for a question.

Reads files, so it is called off the loop; any thread. Files are looked at again when a question comes and the
last look is two seconds old; a changed folder is read anew.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mind.asking import FILLERS
from settings import Settings
from store.passages import NoSearchError, Passage, Passages, cut

log = logging.getLogger(__name__)

FOLDER = "knowledge"
MOST_FILES = 200
LARGEST = 1_000_000
LARGEST_FOLDER = 5_000_000
LOOK_SECONDS = 2.0
BEST = 3

ASKING = frozenset(
    """what which who whom whose when where why how was wer wen wem wann wo warum wieso weshalb wie welche welcher welches
    you your we our they i me my can could will would should of to in on at for from with about do did has have had
    not no yes or if as than then there here du dein dir dich wir uns ihr sie er ich mir mich mein kann konnen will
    von zu zum zur im in an auf fur mit uber aus bei nach nicht kein keine oder wenn als dann da hier hat habe war""".split()  # noqa: SIM905
)
"""Words that are in every question and tell nothing about which passage answers it."""

State = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Knowledge:
    """The notes that lie beside these settings."""

    settings: Settings
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _state: State | None = None
    _looked_at: float = float("-inf")
    _index: Passages | None = None
    _ignored: frozenset[str] = field(default=FILLERS | ASKING)

    def search(self, question: str, most: int = BEST) -> list[Passage]:
        """The passages that fit best, the best first; none when there are no notes, or nothing fits."""
        with self._lock:  # nobody closes what another one searches
            self._look()
            return self._index.search(question, most, self._ignored) if self._index else []

    def close(self) -> None:
        """Give the memory back."""
        with self._lock:
            if self._index:
                self._index.close()
            self._index = self._state = None
            self._looked_at = float("-inf")

    def _look(self) -> None:
        now = self.clock()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        files = _files(self.settings.beside(FOLDER))
        state = tuple((file.name, *_about(file)) for file in files)
        if state == self._state:
            return
        if self._index:
            self._index.close()
        self._state, self._index = state, _index(files)


def _files(folder: Path) -> list[Path]:
    """In the order of their names; what is too much is left out and told when it is read."""
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".md" and file.is_file())[:MOST_FILES]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        log.warning("knowledge: the folder cannot be read: %s", error.strerror)
        return []


def _about(file: Path) -> tuple[int, int]:
    try:
        about = file.stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


def _index(files: list[Path]) -> Passages | None:
    passages: list[Passage] = []
    room = LARGEST_FOLDER
    for file in files:
        text = _text(file, min(LARGEST, room))
        room -= len(text)
        passages += cut(file.name, text)
    if not passages:
        return None
    try:
        index = Passages(passages)
    except NoSearchError:
        log.warning("knowledge: this Python's SQLite cannot search texts (it has no FTS5), so the notes are not used")
        return None
    log.info("knowledge: files=%d passages=%d", len(files), len(passages))
    return index


def _text(file: Path, largest: int) -> str:
    """Empty, and told, when it cannot be used."""
    try:
        with file.open("rb") as stream:
            data = stream.read(largest + 1)
        if len(data) > largest:
            log.warning("knowledge: %s is too large and is left out", file.name)
            return ""
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.warning("knowledge: %s is not UTF-8 text and is left out", file.name)
    except OSError as error:
        log.warning("knowledge: %s cannot be read and is left out: %s", file.name, error.strerror)
    return ""
