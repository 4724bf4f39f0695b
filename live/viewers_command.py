"""Viewers on the command line: forget one, export one, and the memory exported, imported, brought back. Main thread.

What changes a file is refused while another PalFriend is open with the same settings: that one has it in hand.
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from live.viewers import Viewers, ViewersError
from settings import Settings
from store.files import TakenFile
from store.lock import Lock
from web.words import in_words, say

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0
FAILED, INCOMPLETE = 1, 3
"""Exit codes: nothing was done; a viewer is not forgotten everywhere yet."""

ORDERS = ("forget", "export_viewer", "memory_export", "memory_import", "memory_restore")
NEWEST = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Each of `ORDERS` is None without its option."""
    parser.add_argument("--forget", metavar="NAME", help="forget this viewer in every file; not while PalFriend runs")
    parser.add_argument("--export-viewer", metavar="NAME", help="print all that is kept of this viewer, as JSON")
    parser.add_argument("--memory-export", type=Path, metavar="FILE", help="copy the memory of viewers to a JSON file")
    parser.add_argument(
        "--memory-import", type=Path, metavar="FILE", help="take viewers over from a JSON file or another memory"
    )
    parser.add_argument(
        "--memory-restore",
        nargs="?",
        const=NEWEST,
        metavar="BACKUP",
        help="bring back a backup of the memory, by default the newest good one",
    )


def wanted(chosen: argparse.Namespace) -> str:
    """Which of them was chosen; empty for none."""
    return next((order for order in ORDERS if getattr(chosen, order) is not None), "")


def check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """Leaves with one line when options do not go together."""
    given = [f"--{order.replace('_', '-')}" for order in ORDERS if getattr(chosen, order) is not None]
    others = [name for name in ("demo", "gui", "start", "headless") if getattr(chosen, name)]
    if chosen.rehearse is not None or chosen.replay is not None:
        others.append("rehearse or replay")
    if len(given) > 1 or (given and others):
        parser.error(f"{given[0]} goes alone")
    for order in ("forget", "export_viewer"):
        if (name := getattr(chosen, order)) is not None and not name.strip().removeprefix("@"):
            parser.error(f"--{order.replace('_', '-')} needs a viewer's name")


def perform(settings: Settings, viewers: Viewers, chosen: argparse.Namespace) -> int:
    """Do what was chosen; the exit code."""
    language = settings.style.language
    try:
        match wanted(chosen):
            case "export_viewer":
                return _export_viewer(viewers, chosen.export_viewer, language)
            case "memory_export":
                count = viewers.export_all(chosen.memory_export, _progress(language))
                _tell(say("viewers.exported", language, count=count, file=chosen.memory_export))
                return 0
        with alone(settings):
            return _change(viewers, chosen, language)
    except TakenFile as error:
        _complain(say("viewers.open_elsewhere", language, pid=error.pid or "?"))
    except ViewersError as error:
        _complain(in_words(error).in_language(language))
    return FAILED


def _change(viewers: Viewers, chosen: argparse.Namespace, language: str) -> int:
    match wanted(chosen):
        case "forget":
            return _forget(viewers, chosen.forget, language)
        case "memory_import":
            count, copy = viewers.import_all(chosen.memory_import, _progress(language))
            _tell(say("viewers.imported", language, count=count, file=chosen.memory_import))
            if copy:
                _tell(say("viewers.undo", language, backup=copy))
        case "memory_restore":
            _tell(say("viewers.restored", language, backup=viewers.restore(chosen.memory_restore)))
    return 0


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """No other PalFriend has these settings meanwhile. Raises TakenFile; a folder that cannot be written is no reason."""
    lock = Lock(settings.file)
    try:
        lock.take()
    except TakenFile:
        raise
    except OSError as error:
        log.debug("no lock can be had: %s", error)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def at_hand(settings: Settings, *, demo: bool) -> Iterator[None]:
    """These settings are in use, as long as it lasts; a second PalFriend may use them all the same. A demo uses no file."""
    if demo:
        yield
        return
    lock = Lock(settings.file)
    try:
        lock.take()
    except OSError as error:
        log.warning("another PalFriend may be open with these settings: %s", error)
    try:
        yield
    finally:
        lock.release()


def _forget(viewers: Viewers, name: str, language: str) -> int:
    forgot = viewers.forget(name.strip().removeprefix("@"))
    found = {place: count for place, count in forgot.found.items() if count}
    for place, count in found.items():
        _tell(say(f"forgetting.place.{place}", language, count=count))
    for file in forgot.mentioned:
        _tell(say("forgetting.mentioned", language, file=file))
    for problem in forgot.problems:
        _complain(say(f"forgetting.problem.{problem['code']}", language, **problem))
    if not forgot.complete:
        return INCOMPLETE
    _tell(say("forgetting.done" if found else "forgetting.stranger", language))
    return 0


def _export_viewer(viewers: Viewers, name: str, language: str) -> int:
    found = viewers.export(name.strip().removeprefix("@"))
    if found is None:
        _complain(say("viewers.problem.memory_unknown_viewer", language))
        return FAILED
    _tell(json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def _progress(language: str) -> Callable[[int, int], None]:
    """Tells of a long one every second: so many of so many viewers."""
    told = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            _complain(say("viewers.progress", language, done=done, of=of))

    return tell


def _tell(text: str) -> None:
    """A console that lacks a letter shows a question mark instead."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)  # noqa: T201 - what was asked for


def _complain(text: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)  # noqa: T201 - for who waits
