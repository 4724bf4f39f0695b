"""What is said when a package is missing, so that nothing else of PalFriend can be loaded. Standard library only.

Stands before every other import of `main`: an error that names no package of others goes its usual way.
"""

import json
import sys
import time
from pathlib import Path
from types import TracebackType

from doctor.finding import Finding, Light
from doctor.packages import is_frozen, look_at_packages, look_at_python
from doctor.report import PARTS, Report
from web.words import say

ROOT = Path(__file__).parent.parent


def stand_by() -> None:
    """From now on a missing package is one clear line, or with `--doctor` the doctor's report, instead of a traceback."""
    if not is_frozen():  # the built program has all of them inside
        sys.excepthook = _instead_of_a_traceback


def _instead_of_a_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not isinstance(error, ImportError) or (error.name or "").partition(".")[0] in _ours():
        sys.__excepthook__(kind, error, trace)
        return
    name = error.name or str(error)
    if "--doctor" in sys.argv:
        report = without(name)
        lines = report.lines(say)
        text = json.dumps(report.as_json(say), indent=2) if "--json" in sys.argv else "\n".join(lines)
        print(text, flush=True)  # noqa: T201 - what was asked for
        raise SystemExit(report.exit_code)
    sentence = say("doctor.packages_missing.cause", names=name), say("doctor.packages_missing.remedy")
    print("PalFriend cannot start:", *sentence, file=sys.stderr)  # noqa: T201 - there is no log yet


def without(package: str) -> Report:
    """What can be said without this package; the rest waits for it."""
    began = time.monotonic()
    packages = look_at_packages(ROOT)
    if packages.light is not Light.RED:
        packages = Finding(id="packages", light=Light.RED, code="packages_missing", params={"names": package})
    known = {"python": look_at_python(), "packages": packages}
    waits = {"because": "packages"}
    findings = tuple(
        known.get(part) or Finding(id=part, light=Light.SKIPPED, code="skipped", params=waits) for part in PARTS
    )
    return Report(findings=findings, seconds=round(time.monotonic() - began, 2), at=time.time())


def _ours() -> set[str]:
    return {file.stem for file in ROOT.glob("*.py")} | {file.parent.name for file in ROOT.glob("*/__init__.py")}
