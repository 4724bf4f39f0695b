"""The replay on the command line: its options, captions, decisions, and what other settings would have changed. Main thread."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from config.words import Told, why
from live import replay, telling
from live.tape import Entry, Recording, RecordingError, load
from live.whatif import Run, comparison, overlay, plain, report, timecode
from settings import Settings, load_settings

SLOWEST, FASTEST = 0.01, 1000.0
INTERRUPTED = 130
"""Exit code of Ctrl-C."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """`replay` is None without it."""
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run a recorded live again, offline, in no time")
    parser.add_argument("--speed", type=_speed, metavar="N", help="with its captions, N times as fast as it was")
    parser.add_argument("--decisions", type=Path, metavar="FILE", help="write each of its decisions as a line of JSON")
    parser.add_argument(
        "--what-if", type=Path, metavar="FILE", help="tell what these settings would have changed in it"
    )


def check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """Leaves with one line when options do not go together."""
    if chosen.replay is None and (chosen.speed or chosen.decisions or chosen.what_if):
        parser.error("--speed, --decisions and --what-if belong to --replay")
    if chosen.json and (chosen.decisions or chosen.what_if):
        parser.error("--json goes without --decisions and --what-if")
    if chosen.replay is not None and (chosen.gui or chosen.demo or chosen.start or chosen.rehearse is not None):
        parser.error("--replay excludes --gui, --demo, --start and --rehearse")


def perform(chosen: argparse.Namespace) -> int:
    """Replay and tell; the exit code. Raises RecordingError, SettingsError."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # nothing of it is to be kept
    if chosen.json:
        print(json.dumps(_as_json(chosen.replay, chosen.speed or 0.0, told=chosen.progress)), flush=True)  # noqa: T201
    else:
        Show(chosen.replay, sys.stdout).perform(chosen.speed or 0.0, chosen.decisions, chosen.what_if)
    return 0


def _as_json(file: Path, speed: float, *, told: bool) -> dict[str, Any]:
    """What was decided and measured; `told`: its progress, and its captions when it is paced, on the standard error."""
    recording = load(file)
    tell = telling.progress() if told else lambda _: None

    def caption(said: Mapping[str, Any]) -> None:
        if told and speed:
            telling.line(0.0, plain(said["text"]))

    settings = replay.recorded_settings(recording)
    done = Run(recording, replay.perform(recording, settings, speed=speed, told=caption, progress=tell))
    return {
        "recording": file.name,
        "seconds": round(recording.ends - recording.begins, 3),
        "events": len(recording.of("event")),
        "damaged": recording.damaged,
        "lost": _lost(recording),
        "rows": [{"label": label, "value": value, "unit": unit} for label, value, unit in done.rows()],
        "skipped": dict(sorted(done.reasons().items())),
    }


def _lost(recording: Recording) -> int:
    """How many notes could not be recorded."""
    return sum(int(entry.get("notes", 0)) for entry in recording.of("lost"))


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not SLOWEST <= speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed ({SLOWEST:g} to {FASTEST:g})")
    return speed


@dataclass(frozen=True, slots=True)
class Show:
    """One recording, shown on `out`."""

    file: Path
    out: TextIO

    def perform(self, speed: float = 0.0, decisions: Path | None = None, what_if: Path | None = None) -> None:
        """Everything the command line can ask for. Raises RecordingError, SettingsError.

        The captions are shown when the show is paced; `decisions` gets those of the run with other settings, if there
        is one.
        """
        recording = load(self.file)
        other = _given(recording, what_if) if what_if else None
        self._announce(recording)
        done = self._run(recording, replay.recorded_settings(recording), speed)
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

        return replay.perform(recording, settings, follow=follow, speed=speed, told=told)

    def _announce(self, recording: Recording) -> None:
        length = timecode(recording.ends - recording.begins)
        self._tell(f"Replay of {self.file.name}: {length}, {len(recording.of('event'))} events")
        if recording.damaged:
            self._tell(f"The file is damaged or its end is missing: what comes before {length} is replayed.")
        if lost := _lost(recording):
            self._tell(f"{lost} notes could not be recorded: the disk was full or too slow.")

    def _tell(self, text: str) -> None:
        encoding = self.out.encoding or "utf-8"  # a console may not know every letter of a name
        try:
            print(text.encode(encoding, "replace").decode(encoding), file=self.out, flush=True)
        except BrokenPipeError:
            telling.nobody_reads()


def _given(recording: Recording, file: Path) -> Settings:
    """The recorded settings with what this file says."""
    if not file.is_file():
        raise RecordingError(Told("problem.recording.no_settings", file=file))  # loading would make one
    return overlay(replay.recorded_settings(recording), load_settings(file))


def _write(file: Path, decisions: list[Entry]) -> None:
    """One line of JSON each; the same run gives the same bytes on every system."""
    try:
        file.write_bytes(b"".join(json.dumps(entry).encode() + b"\n" for entry in decisions))
    except OSError as error:
        raise RecordingError(Told("problem.recording.unwritten", file=file, reason=why(error))) from None
