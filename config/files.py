"""Reading and replacing small files so that a crash, a full disk or a virus scanner leaves the old one whole. Any thread."""

import errno
import os
import secrets
import stat
import time
from pathlib import Path

from config.problems import SettingsError, refusal

LARGEST = 1_000_000
ATTEMPTS = 6
REASONS = {
    errno.EACCES: "access is denied: look at the rights of the file and its folder",
    errno.EPERM: "access is denied: look at the rights of the file and its folder",
    errno.EROFS: "its disk is write-protected",
    errno.ENOSPC: "the disk is full",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder is not a folder",
    errno.ELOOP: "it is a link that leads nowhere",
    errno.ENAMETOOLONG: "its name is too long",
}


def read_text(file: Path) -> str | None:
    """The text, None when there is no such file. Raises SettingsError for anything that is no readable UTF-8 text."""
    try:
        about = file.stat()
        if stat.S_ISDIR(about.st_mode):
            raise refusal(file, "is a folder, not a file")
        if not stat.S_ISREG(about.st_mode):
            raise refusal(file, "is not an ordinary file")  # reading a pipe would wait for ever
        if about.st_size > LARGEST:
            raise refusal(file, "is larger than 1 MB, so it is no settings file")
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        raise refusal(file, f"cannot be read: {_reason(error)}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refusal(file, "is not UTF-8 text: save it as UTF-8 in your editor", line) from None


def write_text(file: Path, text: str, mode: int = 0o666) -> None:
    """Put `text` in the place of the file, behind a link if it is one, whole or not at all.

    `mode` counts for a new file, less the umask; an old one keeps its own unless `mode` is stricter. On Windows it
    means nothing: there a file is as private as its folder. Raises SettingsError.
    """
    data = text.encode("utf-8")
    if len(data) > LARGEST:
        raise refusal(file, "would be larger than 1 MB: shorten the texts")
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
        raise refusal(file, f"cannot be saved: {_reason(error)}") from None


def remove(file: Path) -> None:
    """Delete the file, or what it links to. Raises SettingsError."""
    try:
        file.resolve().unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        raise refusal(file, f"cannot be deleted: {_reason(error)}") from None


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


def _reason(error: Exception) -> str:
    known = REASONS.get(error.errno or 0) if isinstance(error, OSError) else None
    return known or (error.strerror if isinstance(error, OSError) else None) or "its name is not allowed"
