"""One PalFriend for one file: a lock of the operating system on `<file>.lock`, gone with the process however it ends.

SQLite alone would let two write by turns, each over what the other wrote. Any thread.
"""

import contextlib
import logging
import os
import sys
import time
from pathlib import Path

from store.files import TakenFile

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

log = logging.getLogger(__name__)

FAR = 1 << 20
"""Windows locks bytes, and nobody else can read those: the one that is locked lies behind the process number."""

TRIES = 5


class Lock:
    """`take` raises TakenFile when another process has it, OSError when the folder cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._handle: int | None = None

    def take(self) -> None:
        """Have it from now on; a second time changes nothing."""
        if self._handle is not None:
            return
        for _ in range(TRIES):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                _lock(handle)
                if self._is_still_there(handle):
                    os.ftruncate(handle, 0)
                    os.write(handle, str(os.getpid()).encode())
                    self._handle = handle
                    return
            except BlockingIOError:
                raise TakenFile(_pid(self._path)) from None
            finally:
                if self._handle is None:
                    os.close(handle)
        raise TakenFile

    def release(self) -> None:
        """Give it back, and leave no file."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if sys.platform == "win32":  # not tested: an open file cannot be removed there
            os.close(handle)
            with contextlib.suppress(OSError):
                self._path.unlink()
        else:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(handle)

    def _is_still_there(self, handle: int) -> bool:
        """Not the file that its last owner has just removed: a third one would make and lock another."""
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except FileNotFoundError:
            return False


def _lock(handle: int) -> None:
    """Raises BlockingIOError when another process has it. Drives that know no locks are trusted."""
    if sys.platform == "win32":  # not tested
        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        log.warning("this drive knows no locks, a second PalFriend would not be noticed: %s", error.strerror)


def _pid(path: Path) -> int:
    """Who has it, as far as it can be read; it is written right after it was taken."""
    for _ in range(3):
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_bytes()[:20])
        time.sleep(0.01)
    return 0
