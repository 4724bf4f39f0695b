"""All checks in one run: lint, types, Python and front-end tests; `python3 start.py test` runs it with .venv's Python.

Every gate runs even after one has failed. The last line sums up: what pytest and vitest counted, and one failure for
each other gate that did not pass.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
sys.path.insert(0, str(ROOT))

import needs  # noqa: E402  # it needs the root on the path, as pytest puts it there

# A developer's accounts, servers and habits: tests that see them would speak to the world or differ from CI.
PERSONAL = (
    "OPENAI_",
    "TIKTOK_",
    "SIGN_API_",
    "PALFRIEND_",
    "PULSE_",
    "PYTEST_",
    "PYTHONPATH",
    "PYTHONWARNINGS",
    "VIRTUAL_ENV",
)


@dataclass(frozen=True, slots=True)
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def environment() -> dict[str, str]:
    """What the checks see: no personal variables, no proxy for this machine, and our own screen where Xvfb is there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
    clean["NO_PROXY"] = clean["no_proxy"] = ",".join(filter(None, [clean.get("NO_PROXY"), "localhost,127.0.0.1"]))
    if shutil.which("Xvfb"):
        clean.pop("DISPLAY", None)
        clean.pop("WAYLAND_DISPLAY", None)
    return clean


def execute(command: list[str], folder: Path = ROOT) -> int:
    return subprocess.run(command, cwd=folder, env=environment(), check=False).returncode


def counted(report: Path, code: int) -> Tally:
    """What a JUnit file says; a run that left none, or failed without a failure in it, counts as one failure."""
    try:
        suites = list(ElementTree.parse(report).iter("testsuite"))  # noqa: S314  # our own file
    except (OSError, ElementTree.ParseError):
        return Tally(failed=1)
    tally = Tally()
    for suite in suites:
        tests, failures, errors, skipped = (
            int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
        )
        failed = failures + errors
        tally += Tally(max(0, tests - failed - skipped), failed, skipped)
    return tally + Tally(failed=1) if code and not tally.failed else tally


def tool(*command: str) -> Tally:
    return Tally(failed=1) if execute([sys.executable, "-m", *command]) else Tally()


def pytest_gate(options: list[str]) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "pytest.xml"
        return counted(
            report, execute([sys.executable, "-m", "pytest", "-q", "-ra", f"--junit-xml={report}", *options])
        )


def npm(*arguments: str) -> int | None:
    """npm's exit code in frontend/; None where Node is missing."""
    path = shutil.which("npm")
    return execute([path, *arguments], FRONTEND) if path and not needs.missing("node") else None


def without_node() -> Tally:
    """Outside CI the front-end may be left unchecked, visibly."""
    print(needs.missing("node"))
    return Tally(failed=1) if needs.in_ci() else Tally(skipped=1)


def npm_gate(*arguments: str) -> Tally:
    code = npm(*arguments)
    return without_node() if code is None else Tally(failed=int(code != 0))


def npm_packages() -> Tally:
    """`npm ci` when the lock is newer than what it installed last time."""
    installed, lock = FRONTEND / "node_modules" / ".package-lock.json", FRONTEND / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        print("up to date")
        return Tally()
    return npm_gate("ci", "--no-audit", "--no-fund")


def vitest() -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "vitest.xml"
        code = npm("run", "test", "--", "--reporter=default", "--reporter=junit", f"--outputFile.junit={report}")
        return without_node() if code is None else counted(report, code)


def gates(options: list[str]) -> Iterator[tuple[str, Callable[[], Tally]]]:
    """Headline and check, in order; npm's packages come before pytest, whose tests build the dashboard."""
    yield "ruff check", partial(tool, "ruff", "check", ".")
    yield "ruff format", partial(tool, "ruff", "format", "--check", ".")
    yield "mypy", partial(tool, "mypy")
    yield "front-end packages", npm_packages
    yield "pytest", partial(pytest_gate, options)
    yield "front-end lint", partial(npm_gate, "run", "lint")
    yield "front-end tests", vitest


def lacking() -> dict[str, str]:
    needs.missing.cache_clear()
    return {name: reason for name in needs.COMPONENTS if (reason := needs.missing(name))}


def fetch_components() -> None:
    """Installs what is missing where apt and root are there; elsewhere, and for what apt lacks, says what to install."""
    packages = [package for name in lacking() for package in needs.COMPONENTS[name].packages]
    apt = shutil.which("apt-get")
    if packages and apt and sys.platform == "linux" and os.geteuid() == 0:
        print(f"== installing {' '.join(packages)}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["-q", "update"], ["-q", "install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([apt, *command], env=quiet, check=False)
    consequence = "the tests that need it fail" if needs.in_ci() else "the tests that need it are skipped"
    for reason in lacking().values():
        print(f"{reason} ({consequence})", flush=True)


def main(options: list[str]) -> int:
    """Runs everything; `options` go to pytest. Returns 0 when nothing failed."""
    fetch_components()
    total, verdicts = Tally(), []
    for title, gate in gates(options):
        print(f"\n== {title}", flush=True)
        begun = time.monotonic()
        tally = gate()
        total += tally
        verdicts.append(f"{'FAILED' if tally.failed else 'ok':6} {title} ({time.monotonic() - begun:.1f} s)")
        print(f"== {verdicts[-1]}", flush=True)
    print("", *verdicts, total, sep="\n", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
