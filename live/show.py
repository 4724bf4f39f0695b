"""A recorded live shown again on the console: captions, decisions, and what other settings would have changed.

The main thread; whoever knows how to build a bot hands that in.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from live.replay import Build, perform, recorded_settings
from live.tape import Entry, Recording, RecordingError, load
from live.whatif import Run, comparison, overlay, plain, report, timecode
from settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Show:
    """`estimate` makes, from settings, what gives the seconds a text takes to say."""

    file: Path
    build: Build
    estimate: Callable[[Settings], Callable[[str], float]]
    out: TextIO

    def perform(self, *, speed: float = 0.0, decisions: Path | None = None, what_if: Path | None = None) -> None:
        """Everything the command line can ask for. Raises RecordingError, SettingsError.

        The captions are shown when the show is paced; `decisions` gets those of the run with other settings, if there
        is one.
        """
        recording = load(self.file)
        other = _given(recording, what_if) if what_if else None
        self._announce(recording)
        done = self._run(recording, recorded_settings(recording), speed)
        was = Run(recording, done)
        if other is None or what_if is None:
            self._tell(report(was))
        else:
            done = self._run(recording, other, 0.0, follow=False)
            self._tell(comparison(was, Run(recording, done), what_if.name))
        if decisions:
            _write(decisions, done)

    def _run(self, recording: Recording, settings: Settings, speed: float, *, follow: bool = True) -> list[Entry]:
        def told(caption: Mapping[str, Any]) -> None:
            if speed:
                self._tell(f"{timecode(caption['at'] - recording.begins)}  {caption['kind']}: {plain(caption['text'])}")

        estimate = self.estimate(settings)
        return perform(recording, settings, self.build, estimate, follow=follow, speed=speed, told=told)

    def _announce(self, recording: Recording) -> None:
        length = timecode(recording.ends - recording.begins)
        self._tell(f"Replay of {self.file.name}: {length}, {len(recording.of('event'))} events")
        if recording.damaged:
            self._tell(f"The file is damaged or its end is missing: what comes before {length} is replayed.")
        if lost := sum(entry.get("notes", 0) for entry in recording.of("lost")):
            self._tell(f"{lost} notes could not be recorded: the disk was full or too slow.")

    def _tell(self, text: str) -> None:
        encoding = self.out.encoding or "utf-8"  # a console may not know every letter of a name
        print(text.encode(encoding, "replace").decode(encoding), file=self.out, flush=True)


def _given(recording: Recording, file: Path) -> Settings:
    """The recorded settings with what this file says."""
    if not file.is_file():
        raise RecordingError(f"there is no settings file {file}")  # loading would make one
    return overlay(recorded_settings(recording), load_settings(file))


def _write(file: Path, decisions: list[Entry]) -> None:
    """One line of JSON each; the same run gives the same bytes on every system."""
    try:
        file.write_bytes(b"".join(json.dumps(entry).encode() + b"\n" for entry in decisions))
    except OSError as error:
        raise RecordingError(f"the decisions cannot be written to {file}: {error.strerror or error}") from None
