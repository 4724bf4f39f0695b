"""The doctor of the running program: examines what runs here, and packs the support bundle. Any thread."""

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridge import Bridge
from doctor import bundle, rounds
from doctor.command import line
from doctor.report import Report
from settings import Settings
from web.logs import LogRing
from web.words import Told, say

FRESH_SECONDS = 600.0
"""A report as old as this is not packed any more."""

LOG_LINES = 2000


@dataclass(slots=True, kw_only=True)
class Practice:
    """Satisfies `web.doctor.Doctor`. One examination at a time: a second one waits for the first."""

    settings: Settings
    bridge: Bridge
    logs: LogRing
    version: str
    root: Path
    """Where the program lies."""

    change: Callable[[rounds.Patient], rounds.Patient] = field(default=lambda patient: patient)
    """For whoever knows better about ports and limits."""

    _url: str = ""
    _report: Report | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def served_at(self, url: str) -> None:
        self._url = url

    def examine(self, tell: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
        """The report as JSON, its sentences told (`config/words`); `tell` hears how much is done and may raise to end it."""
        with self._lock:
            patient = rounds.Patient(
                file=self.settings.file,
                root=self.root,
                line=line,
                settings=self.settings,
                status=self.bridge.status,
                url=self._url,
            )
            self._report = rounds.examine(self.change(patient), tell)
            return self._report.as_json(Told)

    def bundle(self) -> tuple[str, bytes]:
        """Name and content of the zip. Examines first where the last report is old."""
        if self._report is None or time.time() - self._report.at > FRESH_SECONDS:
            self.examine()
        report = self._report
        assert report is not None  # noqa: S101 - it was just made
        cards = self.bridge.board.shelf.cards()
        names = {name for card in cards for event in card["events"] for name in (event["username"], event["nickname"])}
        case = bundle.Case(
            version=self.version,
            report=replace(report),
            settings=self.settings,
            status=self.bridge.status(),
            log=self.logs.lines(limit=LOG_LINES),
            names=names,
            clean=self.logs.redactor.clean,
        )
        return bundle.NAME, bundle.packed(case, self._say())

    def _say(self) -> Callable[..., str]:
        return functools.partial(say, language=self.settings.style.language)
