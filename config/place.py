"""Where the program lies, where a user's data lie, and how the program is started once more. Standard library; any thread.

Run from a folder of sources both are that folder. The built program (PyInstaller) carries its files inside; data lie
beside its executable, where that can be written, else in the user's own folder for programs' data.
"""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent
"""The folder of what is shipped: locales, personas, the dashboard, word lists."""

NAME = "PalFriend"
CONSOLE = "palfriend-console"
"""The built program has two executables: one that opens the window and shows no console, and one for consoles."""


def is_built() -> bool:
    """Whether this is the built program."""
    return bool(getattr(sys, "frozen", False))


def data_folder() -> Path:
    """Where settings, memory and all other data lie unless somebody says otherwise."""
    if not is_built():
        return PROGRAM
    beside = Path(sys.executable).resolve().parent
    if _is_writable(beside):
        return beside
    folder = users_folder(sys.platform, os.environ, Path.home())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_own(folder: Path) -> bool:
    """Whether this folder is one where data lie unless somebody says otherwise."""
    own = {PROGRAM}
    if is_built():
        own = {Path(sys.executable).resolve().parent, users_folder(sys.platform, os.environ, Path.home()).resolve()}
    return folder.resolve() in own


def users_folder(system: str, environment: Mapping[str, str], home: Path) -> Path:
    """The folder for this program's data in the user's own place."""
    if system == "win32":  # not tested: run on Windows
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if system == "darwin":  # not tested: run on macOS
        return home / "Library" / "Application Support" / NAME
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / NAME.lower()


def _is_writable(folder: Path) -> bool:
    trial = folder / f".palfriend-{secrets.token_hex(4)}.tmp"
    try:
        trial.touch()
        trial.unlink()
    except OSError:
        return False
    return True


def command() -> list[str]:
    """What starts this program once more, with a console's input and output."""
    if not is_built():
        return [sys.executable, str(PROGRAM / "main.py")]
    own = Path(sys.executable)
    console = own.with_name(CONSOLE + own.suffix)
    return [str(console if console.exists() else own)]


def arguments(given: Sequence[str] | None) -> Sequence[str] | None:
    """Those of the command line; a double click on the built program, which gives none, opens the window."""
    if given is not None or not is_built() or len(sys.argv) > 1:
        return given
    return ["--gui"] if Path(sys.executable).stem == NAME else None
