"""Rehearsals and replays as jobs, and the recordings there are. Any thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live.crowd import INTENSITIES, per_minute
from live.forgetting import recordings
from live.rehearsal import LONGEST, SHORTEST
from live.replay_command import FASTEST, SLOWEST
from live.tape import DamagedError, entry_of, lines_in
from settings import Settings
from trying.elsewhere import Elsewhere, ElsewhereError
from web.jobs import Job, JobFailedError
from web.trying import MissingError
from web.words import Told, told_by

Work = Callable[[Job], Any]
MOST_SEED = 10**18
MOST_EVENTS = 100_000
"""Of one rehearsal that a page may ask for: the crowd is made before it begins, and takes a kilobyte each."""


_EVENT = b'{"happening":"event",'
"""How a line of an event begins in what `live/tape` writes."""


class WishError(ValueError):
    """What was wished for cannot be; `fields` say why, by name."""

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


@dataclass(slots=True)
class Shows:
    """What can be performed, and the performing."""

    settings: Settings
    elsewhere: Elsewhere
    _counted: dict[tuple[Path, int, int], dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rehearsal(self, seconds: float, intensity: str, seed: int) -> Work:
        """A rehearsal whose result is its card as JSON. Raises WishError."""
        wrong: dict[str, str] = {}
        rate = 0.0
        try:
            rate = per_minute(intensity)
        except ValueError:
            wrong["intensity"] = Told("problem.field.intensity", names=", ".join(INTENSITIES))
        if not SHORTEST <= seconds <= LONGEST:
            wrong["seconds"] = Told("problem.field.length", low=f"{SHORTEST:g}", high=f"{LONGEST:g}")
        elif rate * seconds / 60 > MOST_EVENTS:
            wrong["seconds"] = Told("problem.field.length_lively", most=f"{MOST_EVENTS * 60 / rate:.0f}")
        if not 0 <= seed < MOST_SEED:
            wrong["seed"] = Told("problem.field.seed")
        if wrong:
            raise WishError(**wrong)
        return self._work(["--rehearse", f"{seconds:.3f}", "--intensity", intensity, "--seed", str(seed)])

    def replay(self, name: str, speed: float) -> Work:
        """A replay of this recording; `speed` 0: as fast as the computer. Raises WishError."""
        file = next((file for file in self._files() if file.name == name), None)
        if file is None:
            raise MissingError("file")
        if speed and not SLOWEST <= speed <= FASTEST:
            raise WishError(speed=Told("problem.field.speed", low=f"{SLOWEST:g}", high=f"{FASTEST:g}"))
        paced = ["--speed", f"{speed:g}"] if speed else []
        return self._work(["--replay", str(file), *paced])

    def _work(self, options: Sequence[str]) -> Work:
        command = ["--settings", str(self.settings.file), *options, "--json", "--progress"]

        def work(job: Job) -> Any:
            try:
                return self.elsewhere.perform(command, job.tell)
            except ElsewhereError as error:
                raise JobFailedError(_why(told_by(error))) from None

        return work

    def recordings(self) -> list[dict[str, Any]]:
        """Newest first: `{name, at, seconds, events, bytes, damaged}`; `at` is when it begins, null when unreadable."""
        with self._lock:
            known = self._counted
            self._counted = {}
            for file in self._files():
                about = file.stat()
                key = file, about.st_mtime_ns, about.st_size
                self._counted[key] = known.get(key) or _counted(file, about.st_size)
            return list(self._counted.values())[::-1]

    def _files(self) -> list[Path]:
        return recordings(self.settings.beside(self.settings.recording.folder))


def _why(said: str) -> Told:
    """What the child only said is for whoever reads the command line, so in English."""
    return Told("refusal.child", said=said) if said else Told("refusal.no_result")


def _counted(file: Path, size: int) -> dict[str, Any]:
    """Read once from end to end, as far as it can be read."""
    begins = ends = None
    events, damaged, last = 0, False, b""
    try:
        for line in lines_in(file):
            if begins is None:
                begins = ends = float(entry_of(line)["at"])
            events += line.startswith(_EVENT)
            last = line
        ends = float(entry_of(last)["at"]) if last else None
    except DamagedError:
        damaged = True
        ends = _at(last) or begins
    except OSError:
        damaged = True
    seconds = 0.0 if begins is None or ends is None else max(0.0, round(ends - begins, 3))
    return {"name": file.name, "at": begins, "seconds": seconds, "events": events, "bytes": size, "damaged": damaged}


def _at(line: bytes) -> float | None:
    try:
        return float(entry_of(line)["at"])
    except DamagedError:
        return None
