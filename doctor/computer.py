"""Looks at the computer: room on the disk, rights of the folders, the dashboard's port, the clock. Blocks; any thread."""

import contextlib
import errno
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from doctor.finding import Finding, Light

MEGABYTE = 1_000_000
FULL_MB, LOW_MB = 20, 500
TRIAL = b"palfriend" * 8192
"""What is written to see whether writing works: more than a file system keeps in the folder itself."""

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
LATE_SECONDS, WRONG_SECONDS = 60, 300
NO_FOLDER, NO_SPACE, NO_RIGHTS = "folder_missing", "disk_full", "folder_readonly"


def look_at_disk(folders: Iterable[Path]) -> tuple[Finding, ...]:
    """Findings `disk` and `folder`: whether there is room, and whether these folders can be written. Leaves nothing."""
    places = list(dict.fromkeys(_existing(folder) for folder in folders))
    troubles = {place: _trouble(place) for place in places}
    usages = [shutil.disk_usage(place) for place, code in troubles.items() if code in {"", NO_SPACE}]
    free = min((usage.free // MEGABYTE for usage in usages if usage.total), default=None)
    details = {"free_mb": free}
    full = next((place for place, code in troubles.items() if code == NO_SPACE), None)
    if full is not None or (free is not None and free < FULL_MB):
        params = {"free": str(free), "folder": str(full or places[0])}
        return (Finding(id="disk", light=Light.RED, code=NO_SPACE, params=params, details=details),)
    low = free is not None and free < LOW_MB
    disk = Finding(
        id="disk",
        light=Light.YELLOW if low else Light.GREEN,
        code="disk_low" if low else "disk_fits",
        params={"free": "?" if free is None else str(free)},
        details=details,
    )
    refused = next((place for place, code in troubles.items() if code), None)
    if refused is not None:
        params = {"folder": str(refused)}
        return disk, Finding(id="folder", light=Light.RED, code=troubles[refused], params=params)
    return disk, Finding(id="folder", light=Light.GREEN, code="folder_fits", params={"folder": str(places[0])})


def _existing(folder: Path) -> Path:
    """This folder, or the one above it in which it would be made."""
    folder = folder.absolute()
    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    return folder


def _trouble(folder: Path) -> str:
    """Why nothing can be written there; empty when it can."""
    if not folder.is_dir():
        return NO_FOLDER
    trial = folder / f".palfriend-{secrets.token_hex(4)}.tmp"
    try:
        try:
            with trial.open("xb") as file:
                file.write(TRIAL)
                file.flush()
                os.fsync(file.fileno())
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        return NO_SPACE if error.errno in FULL else NO_RIGHTS
    return ""


def port_is_free(host: str, port: int) -> bool:
    """Whether a dashboard could be served there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
        if sys.platform == "win32":  # not tested: with SO_REUSEADDR two programs could share the port there
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True


def look_at_clock(told: Sequence[tuple[str, float]]) -> Finding:
    """Finding `clock`, from dates as servers tell them (HTTP), each with our own time (Unix seconds) at that moment.

    The date that differs least counts: a page that was kept somewhere on the way has an old one.
    """
    offsets = [(when - now) for text, now in told if (when := _moment(text)) is not None]
    if not offsets:
        return Finding(id="clock", light=Light.SKIPPED, code="clock_untold")
    offset = min(offsets, key=abs)
    wrong = abs(offset) >= LATE_SECONDS
    light = Light.RED if abs(offset) >= WRONG_SECONDS else Light.YELLOW if wrong else Light.GREEN
    code = ("clock_behind" if offset > 0 else "clock_ahead") if wrong else "clock_fits"
    params = {"minutes": f"{abs(offset) / 60:.0f}"}
    return Finding(id="clock", light=light, code=code, params=params, details={"offset_seconds": round(offset)})


def _moment(text: str) -> float | None:
    try:
        date: datetime = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
