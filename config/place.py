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
    return beside if _is_writable(beside) else users_folder(sys.platform, os.environ, Path.home())


def users_folder(system: str, environment: Mapping[str, str], home: Path) -> Path:
    """The folder for this program's data in the user's own place; made when it is not there."""
    if system == "win32":  # not tested: run on Windows
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
        folder = base / NAME
    elif system == "darwin":  # not tested: run on macOS
        folder = home / "Library" / "Application Support" / NAME
    else:
        base = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
        folder = base / NAME.lower()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
