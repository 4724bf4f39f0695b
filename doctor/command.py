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

from doctor import bundle, instance, rounds
from doctor.finding import Light
from doctor.papers import look_at_settings
from doctor.report import CODES, Report
from web.logs import Redactor
from web.words import say

INTERRUPTED = 130
LOG_LINES, SECONDS = 2000, 2.0
"""Of the running PalFriend, and how long it may take to give them."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """`doctor` is False without it."""
    codes = ", ".join(f"{code}: {light.value}" for light, code in CODES.items())
    parser.add_argument(
        "--doctor",
        action="store_true",
        help=f"look at everything that a stream needs and say what is wrong; exit code by the worst light ({codes})",
    )
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="with --doctor: also write a zip for whoever helps you, without names",
    )


def check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """Leaves with one line when options do not go together."""
    others = chosen.gui or chosen.demo or chosen.start or chosen.rehearse is not None or chosen.replay is not None
    if chosen.doctor and others:
        parser.error("--doctor excludes --gui, --demo, --start, --rehearse and --replay")
    if chosen.bundle and not chosen.doctor:
        parser.error("--bundle belongs to --doctor")


def line(language: str) -> str:
    """What the avatar says when it is tried."""
    return say("doctor.line", language)


def perform(chosen: argparse.Namespace, root: Path, version: str) -> NoReturn:
    """Examine, print the report and leave with its exit code; a look that hangs is not waited for."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    logging.basicConfig(level="DEBUG" if chosen.log_level == "DEBUG" else "CRITICAL")
    patient = rounds.Patient(file=chosen.settings, root=root, line=line, host=chosen.host, port=chosen.port)
    report = rounds.examine(patient, _progress())
    show(report, as_json=chosen.json)
    if chosen.bundle and not _packed(chosen, report, version):
        os._exit(CODES[Light.RED])
    os._exit(report.exit_code)


def _packed(chosen: argparse.Namespace, report: Report, version: str) -> bool:
    """The support bundle, with the log of the PalFriend that runs with these settings. False: it cannot be written."""
    file: Path = chosen.bundle
    running = instance.running(chosen.settings.absolute().parent)
    url = running[0].url if running else ""
    log = instance.ask(url, f"/api/logs?level=INFO&limit={LOG_LINES}", SECONDS) if url else None
    status = instance.ask(url, "/api/status", SECONDS) if url else None
    case = bundle.Case(
        version=version,
        report=report,
        settings=look_at_settings(chosen.settings)[1],
        status=status if isinstance(status, dict) else None,
        log=log if isinstance(log, list) else None,
        clean=Redactor().clean,
    )
    try:
        file.write_bytes(bundle.packed(case, functools.partial(say, language=report.language)))
    except OSError as error:
        print(f"PalFriend: {file.name} cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201 - as below
        return False
    print(say("doctor.bundle.written", report.language, file=file.name), file=sys.stderr)  # noqa: T201 - beside the report
    return True


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
