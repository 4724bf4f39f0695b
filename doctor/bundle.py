"""The support bundle: a zip for whoever helps, in which no secret, name, chat, id or path stands. Any thread."""

import getpass
import importlib.metadata
import io
import json
import platform
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor.packages import is_frozen
from doctor.redaction import Redaction
from doctor.report import Report, Say
from settings import Settings

FOLDER = "palfriend-support"
NAME = f"{FOLDER}.zip"
STATUS = ("running", "state", "demo", "counters", "latency", "cost", "queue", "floor", "speech", "silenced", "viewers")
"""What of the status is numbers and states."""

UNKNOWN_USER = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is put into the bundle."""

    version: str
    """PalFriend's."""

    report: Report
    settings: Settings | None
    status: Mapping[str, Any] | None = None
    log: Sequence[Mapping[str, Any]] | None = None
    """Lines of the running PalFriend; None: none runs."""

    names: Iterable[str] = ()
    """Of viewers, as far as they are known."""

    clean: Callable[[str], str] = str
    """Hides the known secrets in a text."""


def packed(case: Case, say: Say) -> bytes:
    """The zip."""
    redaction = Redaction([*case.names, *own_names(case.settings)], case.clean, _home())
    log = ["No PalFriend was running."] if case.log is None else redaction.log(case.log)
    checks = [redaction.finding(finding) for finding in case.report.findings]
    report = {"light": case.report.light.value, "seconds": case.report.seconds, "at": case.report.at, "checks": checks}
    contents = {
        "READ-ME.txt": say("doctor.bundle.text"),
        "doctor.json": _json(report),
        "doctor.txt": "\n".join(f"{c['light']:<8} {c['id']:<18} {c['code']} {c['params'] or ''}" for c in checks),
        "versions.json": _json(versions(case.version)),
        "settings.json": _json(redaction.settings(case.settings) if case.settings else "cannot be read"),
        "status.json": _json(_status(case.status)),
        "log.txt": "\n".join(log),
    }
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            archive.writestr(f"{FOLDER}/{name}", text + "\n")
    return zipped.getvalue()


def versions(palfriend: str) -> dict[str, Any]:
    """Of everything that runs here."""
    packages = {d.name: d.version for d in importlib.metadata.distributions() if d.name}
    return {
        "palfriend": palfriend,
        "python": platform.python_version(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "built": is_frozen(),
        "time_zone_hours": -time.timezone / 3600,
        "packages": dict(sorted(packages.items(), key=lambda pair: pair[0].lower())),
        "encoding": sys.getfilesystemencoding(),
    }


def own_names(settings: Settings | None) -> list[str]:
    """The streamer's, the user's and the computer's."""
    names = [platform.node(), _user()]
    if settings is not None:
        names += [settings.tiktok.unique_id, settings.now.streamer]
    return [name for name in names if name]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a service without a user of its own
        return UNKNOWN_USER


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a service without a user of its own
        return None


def _status(status: Mapping[str, Any] | None) -> dict[str, Any]:
    if status is None:
        return {}
    links = {
        name: {"state": link.get("state"), "code": link.get("code")} for name, link in status.get("links", {}).items()
    }
    return {**{name: status[name] for name in STATUS if name in status}, "links": links}


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)
