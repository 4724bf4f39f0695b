"""The streamer's own snapshots of the settings, `profiles/<name>.yaml` beside them, and the shipped presets. Any thread.

A profile holds every setting but the secrets. Its name may be any short line: what a file's name may not hold on some
system is written as %XX, and names that differ in capitals only are one.
"""

import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from config import document, files
from config.problems import Problem, SettingsError, refusal
from config.words import Told, why
from settings import Settings
from tuning.export import exported
from tuning.proposal import FIELDS, Proposal, from_text, propose

FOLDER = "profiles"
SUFFIX = ".yaml"
PRESETS = Path(__file__).parent.parent / "presets"
LONGEST_NAME = 40
LONGEST_FILE = 200
"""Bytes of a file's name without its ending."""

MOST = 100
RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789")}
"""What Windows takes for a device, whatever follows the first dot."""


class NoSuchProfileError(LookupError):
    """There is none of this name."""


def listed(settings: Settings) -> list[dict[str, Any]]:
    """`{"name", "at"}` of each, the newest first; `at` is when it was saved, in Unix seconds."""
    found = [{"name": name, "at": at} for name, file in _found(settings) if (at := _saved_at(file)) is not None]
    return sorted(found, key=lambda profile: (-profile["at"], profile["name"]))


def save(settings: Settings, name: str) -> None:
    """Keep the settings as they are now, in the place of a profile of this name. Raises SettingsError."""
    name = _clean(name)
    same = {known.casefold(): file for known, file in _found(settings)}
    if name.casefold() not in same and len(same) >= MOST:
        raise SettingsError([Problem("save", None, Told("problem.profiles_full", most=MOST))])
    folder = settings.beside(FOLDER)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise refusal(folder, Told("problem.file.make", reason=why(error))) from None
    files.write_text(same.get(name.casefold(), folder / _file_name(name)), exported(settings, "yaml"))


def load(settings: Settings, name: str) -> Proposal:
    """What going back to it would change. Raises NoSuchProfileError, SettingsError when it cannot be read."""
    return from_text(settings, files.read_text(_file(settings, name)) or "")


def delete(settings: Settings, name: str) -> None:
    """Raises NoSuchProfileError, SettingsError when it cannot be deleted."""
    file = _file(settings, name)
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise refusal(file, Told("problem.file.delete", reason=why(error))) from None


def presets() -> dict[str, dict[str, Any]]:
    """The shipped ones by name, as nested values. Each sets the same settings, so that one follows cleanly on another."""
    return {file.stem: _preset(file) for file in sorted(PRESETS.glob(f"*{SUFFIX}"))}


def preset(settings: Settings, name: str) -> Proposal:
    """What it would change. Raises NoSuchProfileError."""
    known = presets()
    if name not in known:
        raise NoSuchProfileError(name)
    return propose(settings, known[name])


def _preset(file: Path) -> dict[str, Any]:
    return document.parse_yaml(file, file.read_text(encoding="utf-8"), FIELDS).values


def _found(settings: Settings) -> list[tuple[str, Path]]:
    """Name and file of each; what else lies in the folder is none."""
    folder = settings.beside(FOLDER)
    try:
        here = [file for file in folder.iterdir() if file.suffix == SUFFIX and file.is_file()]
    except OSError:
        return []
    named = [(unquote(file.stem), file) for file in here]
    return [(name, file) for name, file in named if _file_name(name) == file.name]


def _saved_at(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:  # deleted in this moment
        return None


def _file(settings: Settings, name: str) -> Path:
    wanted = unicodedata.normalize("NFC", name.strip()).casefold()
    for known, file in _found(settings):
        if known.casefold() == wanted:
            return file
    raise NoSuchProfileError(name)


def _clean(name: str) -> str:
    """Raises SettingsError unless it is one short line with something to see in it."""
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or len(_file_name(name).encode()) > LONGEST_FILE:
        raise SettingsError([Problem("save", None, Told("problem.profile_name", longest=LONGEST_NAME))])
    return name


def _file_name(name: str) -> str:
    quoted = quote(name, safe=" ").replace(".", "%2E").replace("~", "%7E")
    if quoted.casefold() in RESERVED:
        quoted = f"%{ord(quoted[0]):02X}{quoted[1:]}"
    return quoted + SUFFIX
