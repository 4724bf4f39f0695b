"""Which PalFriends run with the settings of a folder: each holds a small locked file there. Standard library; any thread.

The operating system frees such a lock when its holder dies, so nothing of a killed one has to be recognised.
"""

import contextlib
import errno
import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATTERN = ".palfriend-*.running"
BEHIND = 1 << 20
"""Where the lock lies: behind the end, so that others may read what stands before it, also on Windows."""

LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Running:
    """One that runs."""

    pid: int
    url: str
    """Of its dashboard."""


@contextlib.contextmanager
def mark(folder: Path, url: str) -> Iterator[None]:
    """While inside, `running` names this one. A folder that cannot be written knows of none."""
    file = folder / f".palfriend-{secrets.token_hex(4)}.running"
    with contextlib.ExitStack() as stack:
        try:
            handle = stack.enter_context(file.open("w", encoding="utf-8"))
            stack.callback(_remove, file)
            handle.write(json.dumps({"pid": os.getpid(), "url": url}))
            handle.flush()
            _lock(handle.fileno())
        except OSError:
            stack.close()
        yield


def running(folder: Path) -> list[Running]:
    """Those that run now, this process included; what others left behind is removed."""
    found = []
    for file in sorted(folder.glob(PATTERN)):
        try:
            with file.open("r+", encoding="utf-8") as handle:
                told = None if _lock(handle.fileno()) else json.loads(handle.read(LARGEST))
        except (OSError, ValueError):
            continue
        match told:
            case None:
                _remove(file)
            case {"pid": int(pid), "url": str(url)}:
                found.append(Running(pid, url))
    return found


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):  # on Windows the holder's file goes when it is closed
        file.unlink(missing_ok=True)


def _lock(descriptor: int) -> bool:
    """Whether nobody held it; then we do, until it is closed."""
    try:
        if sys.platform == "win32":  # not tested
            import msvcrt

            os.lseek(descriptor, BEHIND, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if sys.platform == "win32":
            os.lseek(descriptor, 0, os.SEEK_SET)
        return error.errno not in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
    return True


def ask(url: str, path: str, seconds: float) -> Any:
    """What the PalFriend at this address of this computer answers; None when there is none, or it does not tell."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this computer
    try:
        with opener.open(url + path, timeout=seconds) as answer:
            return json.loads(answer.read(LARGEST))
    except (OSError, ValueError):
        return None
