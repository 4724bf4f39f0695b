"""A recording as a file: one JSON object a line, in gzip members that follow each other; and reading it, also when torn.

Any thread. Each member is whole in itself, so what a killed process leaves is readable up to its last flush, and the
ordinary tools (`zcat`) read it too. The first line is the header; every other line is one note of the journal:
`{"happening", "at", ...facts}`. The format is described for people in docs/recordings.md.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.words import Told, why

FORMAT = 1
SUFFIX = ".palrec.gz"
LONGEST_LINE = 256_000
"""Bytes; no honest note comes near it."""

MEMBER = 512_000
"""Bytes of text that go into one member at most."""

LARGEST = 512_000_000
"""Bytes of text in a file that are read."""

LONGEST_LIVE = 7 * 86_400.0
"""Seconds from the header on; what claims to be later is damaged."""

LATEST = 1e11
"""Unix seconds."""

CHUNK = 64 * 1024
Entry = dict[str, Any]


class RecordingError(Exception):
    """It cannot be read as a recording; what is told says why, in one sentence."""


class DamagedError(RecordingError):
    """From here on it cannot be read."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What is in a file. `at` never goes back from one entry to the next."""

    header: Entry
    entries: list[Entry]
    damaged: bool = False
    """It ends in the middle: a crash, or a broken disk."""

    @property
    def begins(self) -> float:
        return float(self.header["at"])

    @property
    def ends(self) -> float:
        return float(self.entries[-1]["at"]) if self.entries else self.begins

    def of(self, *happenings: str) -> list[Entry]:
        """The entries of these kinds, in order."""
        return [entry for entry in self.entries if entry["happening"] in happenings]


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str)
"""Made once: `json.dumps` makes one for each line, which costs as much as the line."""


def line_of(happening: str, at: float, facts: Mapping[str, Any]) -> bytes:
    """One line of ASCII, so that no text a viewer types can fail to be stored."""
    return _ENCODER.encode({"happening": happening, "at": at, **facts}).encode() + b"\n"


def members(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, compressed, as few whole members."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        if waiting and size + len(line) > MEMBER:
            yield gzip.compress(b"".join(waiting), 6, mtime=0)
            waiting, size = [], 0
        waiting.append(line)
        size += len(line)
    if waiting:
        yield gzip.compress(b"".join(waiting), 6, mtime=0)


def lines_in(file: Path) -> Iterator[bytes]:
    """The whole lines in the file, without their ends. Raises DamagedError where it cannot be read on, OSError."""
    rest, size = b"", 0
    with file.open("rb") as stream:
        for text in _inflated(iter(lambda: stream.read(CHUNK), b"")):
            size += len(text)
            *whole, rest = (rest + text).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE or size > LARGEST:
                raise DamagedError(Told("problem.recording.large", file=file.name))
    if rest:
        raise DamagedError(Told("problem.recording.torn", file=file.name))


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text in these members, in pieces of bounded size."""
    inflate, begun = zlib.decompressobj(31), False
    for chunk in chunks:
        data = chunk
        while data:
            begun = True
            try:
                yield inflate.decompress(data, 16 * CHUNK)
            except zlib.error:
                raise DamagedError(Told("problem.recording.damaged")) from None
            data = inflate.unconsumed_tail
            if inflate.eof:
                data, inflate, begun = inflate.unused_data, zlib.decompressobj(31), False
    if begun:
        yield inflate.flush()
        raise DamagedError(Told("problem.recording.no_end"))


def entry_of(line: bytes) -> Entry:
    """One entry. Raises DamagedError for what is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict) or not isinstance(entry.get("happening"), str):
        raise DamagedError(Told("problem.recording.stranger"))
    at = entry.get("at")
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) < LATEST:
        raise DamagedError(Told("problem.recording.no_time"))
    return entry


def load(file: Path) -> Recording:
    """Everything up to where the file can be read. Raises RecordingError when that is not even its header."""
    entries: list[Entry] = []
    header: Entry | None = None
    damaged = False
    try:
        for line in lines_in(file):
            entry = entry_of(line)
            if header is None:
                header = _header(entry, file)
                continue
            entries.append(_after(entry, entries[-1] if entries else header, header))
    except DamagedError:
        damaged = True
    except OSError as error:
        raise RecordingError(Told("problem.recording.unread", file=file, reason=why(error))) from None
    if header is None:
        raise RecordingError(Told("problem.recording.empty", file=file))
    return Recording(header, entries, damaged)


def _after(entry: Entry, before: Entry, header: Entry) -> Entry:
    entry["at"] = max(float(entry["at"]), before["at"])  # a clock that is set right may go back
    if entry["at"] - header["at"] > LONGEST_LIVE:
        raise DamagedError(Told("problem.recording.late"))
    return entry


def _header(entry: Entry, file: Path) -> Entry:
    if entry["happening"] != "recording" or type(entry.get("format")) is not int:
        raise RecordingError(Told("problem.recording.none", file=file))
    if entry["format"] > FORMAT:
        newer = str(entry.get("version", ""))[:20]
        raise RecordingError(Told("problem.recording.newer", file=file, version=newer))
    if not isinstance(entry.get("settings"), dict) or entry["at"] < 0:
        raise RecordingError(Told("problem.recording.none", file=file))
    return entry
