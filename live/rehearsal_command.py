"""The rehearsal on the command line: its options, its progress, its card. Main thread."""

import argparse
import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable

from live import card as cards
from live import crowd, rehearsal, telling
from settings import Settings
from web.words import say

PROGRESS_SECONDS = 2.0
LIMIT_MISSED, INTERRUPTED = 3, 130
"""Exit codes: the card is not what the settings ask for; Ctrl-C."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """`rehearse` is None without it, else the length in seconds."""
    parser.add_argument(
        "--rehearse",
        nargs="?",
        const=rehearsal.SECONDS,
        type=_length,
        metavar="SECONDS",
        help=f"try your settings on a simulated crowd, offline, in no time (default: {rehearsal.SECONDS:g}); "
        f"ends in a card, with exit code {LIMIT_MISSED} when a limit in the settings is missed",
    )
    levels = ", ".join(crowd.INTENSITIES)
    parser.add_argument("--intensity", type=_intensity, help=f"of that crowd: {levels} or events a minute")
    parser.add_argument("--seed", type=_seed, metavar="NUMBER", help="which crowd it is (default: 1)")
    parser.add_argument(
        "--json", action="store_true", help="print the card, the doctor's report, or what a replay decided, as JSON"
    )
    parser.add_argument(
        "--progress", action="store_true", help=argparse.SUPPRESS
    )  # for the dashboard, see live/telling


def check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """Leaves with one line when options do not go together."""
    if chosen.rehearse is None and (chosen.intensity or chosen.seed is not None):
        parser.error("--intensity and --seed belong to --rehearse")
    shows = chosen.rehearse is not None or chosen.replay is not None
    if (chosen.json and not (shows or chosen.doctor)) or (chosen.progress and not shows):
        parser.error("--json belongs to --rehearse, --replay and --doctor")
    if chosen.rehearse is not None and (chosen.gui or chosen.demo or chosen.start):
        parser.error("--rehearse excludes --gui, --demo and --start")


def perform(settings: Settings, chosen: argparse.Namespace) -> int:
    """Rehearse and print the card; the exit code."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # nothing of it is to be kept
    seed = 1 if chosen.seed is None else chosen.seed
    progress = telling.progress() if chosen.progress else _progress()
    card = rehearsal.run(settings, chosen.rehearse, chosen.intensity or "normal", seed, progress)
    speak = functools.partial(say, language=settings.style.language)
    _show(json.dumps(card.as_json(), indent=2) if chosen.json else "\n".join(cards.lines(card, speak)))
    return 0 if card.passed else LIMIT_MISSED


def _show(text: str) -> None:
    """A console that lacks a letter shows a question mark instead."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)  # noqa: T201 - what was asked for


def _progress() -> Callable[[float], None]:
    """Tells of a long rehearsal every few seconds, beside its card."""
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            print(f"PalFriend rehearses: {share:.0%}", file=sys.stderr, flush=True)  # noqa: T201 - for who waits

    return tell


def _length(text: str) -> float:
    seconds = float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else 0.0
    if not rehearsal.SHORTEST <= seconds <= rehearsal.LONGEST:
        allowed = f"{rehearsal.SHORTEST:g} to {rehearsal.LONGEST:g}"
        raise argparse.ArgumentTypeError(f"{text!r} is not a length in seconds ({allowed})")
    return seconds


def _intensity(text: str) -> str:
    try:
        crowd.per_minute(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed (a whole number from 0)")
    return int(text)
