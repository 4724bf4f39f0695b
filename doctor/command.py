"""The doctor on the command line: its options, its progress, its report. Main thread."""

import argparse
import functools
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from doctor import rounds
from doctor.report import CODES, Report
from web.words import say

INTERRUPTED = 130


def add_options(parser: argparse.ArgumentParser) -> None:
    """`doctor` is False without it."""
    codes = ", ".join(f"{code}: {light.value}" for light, code in CODES.items())
    parser.add_argument(
        "--doctor",
        action="store_true",
        help=f"look at everything that a stream needs and say what is wrong; exit code by the worst light ({codes})",
    )


def check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """Leaves with one line when options do not go together."""
    others = chosen.gui or chosen.demo or chosen.start or chosen.rehearse is not None or chosen.replay is not None
    if chosen.doctor and others:
        parser.error("--doctor excludes --gui, --demo, --start, --rehearse and --replay")


def line(language: str) -> str:
    """What the avatar says when it is tried."""
    return say("doctor.line", language)


def perform(chosen: argparse.Namespace, root: Path) -> NoReturn:
    """Examine, print the report and leave with its exit code; a look that hangs is not waited for."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    logging.basicConfig(level="DEBUG" if chosen.log_level == "DEBUG" else "CRITICAL")
    patient = rounds.Patient(file=chosen.settings, root=root, line=line, host=chosen.host, port=chosen.port)
    report = rounds.examine(patient, _progress())
    show(report, as_json=chosen.json)
    os._exit(report.exit_code)


def show(report: Report, *, as_json: bool) -> None:
    """On the console; one that lacks a letter shows a question mark instead."""
    speak = functools.partial(say, language=report.language)
    text = json.dumps(report.as_json(speak), indent=2) if as_json else "\n".join(report.lines(speak))
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)  # noqa: T201 - what was asked for


def _progress() -> Callable[[float], None]:
    """Says once that it takes a while, beside the report."""
    told: list[float] = []

    def tell(share: float) -> None:
        if not told:
            told.append(share)
            print(say("doctor.wait"), file=sys.stderr, flush=True)  # noqa: T201 - for who waits

    return tell
