"""Reading and replacing small files so that a crash, a full disk or a virus scanner leaves the old one whole. Any thread."""

import errno
import os
import secrets
import stat
import time
from pathlib import Path

from config.problems import SettingsError, refusal
from config.words import Told, why

LARGEST = 1_000_000
ATTEMPTS = 6


def read_text(file: Path) -> str | None:
    """The text, None when there is no such file. Raises SettingsError for anything that is no readable UTF-8 text."""
    try:
        about = file.stat()
        if stat.S_ISDIR(about.st_mode):
            raise refusal(file, Told("problem.file.folder"))
        if not stat.S_ISREG(about.st_mode):
            raise refusal(file, Told("problem.file.special"))  # reading a pipe would wait for ever
        if about.st_size > LARGEST:
            raise refusal(file, Told("problem.file.large"))
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        raise refusal(file, Told("problem.file.read", reason=why(error))) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refusal(file, Told("problem.file.utf8"), line) from None


def write_text(file: Path, text: str, mode: int = 0o666) -> None:
    """Put `text` in the place of the file, behind a link if it is one, whole or not at all.

    `mode` counts for a new file, less the umask; an old one keeps its own unless `mode` is stricter. On Windows it
    means nothing: there a file is as private as its folder. Raises SettingsError.
    """
    data = text.encode("utf-8")
    if len(data) > LARGEST:
        raise refusal(file, Told("problem.file.grown"))
    try:
        target = file.resolve()
        temporary = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}.tmp")
        old = target.stat().st_mode if target.exists() else None
        if old is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "read-only")
        try:
            _fill(temporary, data, mode)
            if old is not None:
                temporary.chmod(stat.S_IMODE(old) & mode)
            _replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise refusal(file, Told("problem.file.save", reason=why(error))) from None


def remove(file: Path) -> None:
    """Delete the file, or what it links to. Raises SettingsError."""
    try:
        file.resolve().unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        raise refusal(file, Told("problem.file.delete", reason=why(error))) from None


def _fill(file: Path, data: bytes, mode: int) -> None:
    # the mode is there from the first moment: a chmod afterwards would leave a gap in which others can read
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def _replace(temporary: Path, target: Path) -> None:
    for attempt in range(ATTEMPTS):
        try:
            temporary.replace(target)
            return
        except PermissionError:  # on Windows a virus scanner or an editor may hold the file for a moment
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.02 * 2**attempt)
