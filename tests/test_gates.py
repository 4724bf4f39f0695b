"""The test machinery itself: a green run must mean that everything ran."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import gates
import needs
import pytest

ROOT = Path(gates.__file__).parent.parent
NOTHING = "nothing/on/this/path"

USES_A_COMPONENT = """
import needs, pytest
@needs.component("xvfb")
def test_marked(): pass
@pytest.fixture
def screen(): needs.require("openbox")
def test_required(screen): pass
"""


def run_house(folder: Path, test: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs `test` under copies of our conftest and needs, in a process that finds no component."""
    for name in ("start.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "tests").mkdir()
    for name in ("conftest.py", "needs.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    (folder / "tests" / "test_it.py").write_text(test, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name not in {"CI", "DISPLAY", "PYTEST_ADDOPTS"}}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        command, cwd=folder, env={**clean, **env}, capture_output=True, text=True, check=False, timeout=50
    )


def test_a_missing_component_skips_with_the_package_that_brings_it(tmp_path: Path) -> None:
    """On a user's machine the rest of the tests is still worth running."""
    run = run_house(tmp_path, USES_A_COMPONENT, PATH=NOTHING)
    assert run.returncode == 0
    assert "2 skipped" in run.stdout
    assert "xvfb is missing: apt install xvfb" in run.stdout
    assert "openbox is missing: apt install openbox" in run.stdout


def test_in_ci_a_missing_component_fails(tmp_path: Path) -> None:
    """A pipeline whose image lost Xvfb would otherwise turn green by testing less."""
    run = run_house(tmp_path, USES_A_COMPONENT, PATH=NOTHING, CI="true")
    assert run.returncode == 1
    assert "skipped" not in run.stdout
    assert "xvfb is missing: apt install xvfb" in run.stdout
    assert "openbox is missing: apt install openbox" in run.stdout


LEAKS = {
    "thread": "import threading, time\ndef test_it(): threading.Thread(target=time.sleep, args=(9,), name='stray').start()",
    "web": "import threading, time\n"
    "def test_it(): threading.Thread(target=time.sleep, args=(9,), name='web-stray', daemon=True).start()",
    "task": "import asyncio\nasync def stray(): await asyncio.sleep(9)\n"
    "def test_it():\n    loop = asyncio.new_event_loop()\n    test_it.kept = loop.create_task(stray())\n"
    "    loop.run_until_complete(asyncio.sleep(0))\n    loop.close()",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_a_test_leaves_running_fails_it_by_name(tmp_path: Path, leak: str) -> None:
    """A leaked thread or task disturbs another test, where nobody looks for it."""
    run = run_house(tmp_path, LEAKS[leak])
    assert run.returncode == 1
    assert "left running" in run.stdout
    assert "stray" in run.stdout


def test_what_ends_by_itself_soon_is_no_leak(tmp_path: Path) -> None:
    """Threads may need a moment after the last line of a test."""
    test = "import threading, time\ndef test_it(): threading.Thread(target=time.sleep, args=(0.3,)).start()"
    assert run_house(tmp_path, test).returncode == 0


def test_tests_do_not_see_a_persons_keys(tmp_path: Path) -> None:
    """Neither under the gates nor when pytest is called by hand."""
    test = (
        "import os\ndef test_it(): assert not {'OPENAI_API_KEY', 'TIKTOK_SESSION_ID', 'SIGN_API_KEY'} & set(os.environ)"
    )
    run = run_house(tmp_path, test, OPENAI_API_KEY="a", TIKTOK_SESSION_ID="b", SIGN_API_KEY="c")
    assert run.returncode == 0, run.stdout


@needs.component("xvfb")
@needs.component("tk")
def test_a_screen_is_made_where_there_is_none_and_taken_away_at_the_end(tmp_path: Path) -> None:
    """Window tests must run on a server, on a display nobody else uses."""
    test = (
        "import os, pathlib\n"
        "def test_it(root, display):\n"
        "    assert root.winfo_screenwidth() > 0\n"
        "    pathlib.Path('screen').write_text(display)\n"
    )
    run = run_house(tmp_path, test)
    assert run.returncode == 0, run.stdout
    number = (tmp_path / "screen").read_text(encoding="utf-8").removeprefix(":")
    assert not Path(f"/tmp/.X11-unix/X{number}").exists()  # noqa: S108  # where X servers put their sockets


def test_gates_give_children_neither_keys_nor_servers_nor_proxies_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a developer has set must not decide a test."""
    for name in ("OPENAI_BASE_URL", "PULSE_SERVER", "PYTEST_ADDOPTS", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("NO_PROXY", "example.org")
    clean = gates.environment()
    assert not {"OPENAI_BASE_URL", "PULSE_SERVER", "PYTEST_ADDOPTS", "PYTHONPATH"} & set(clean)
    assert clean["NO_PROXY"] == "example.org,localhost,127.0.0.1"
    assert clean["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("report", "code", "expected"),
    [
        (
            '<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/></testsuites>',
            1,
            "5 passed, 2 failed, 2 skipped",
        ),
        (
            '<testsuites><testsuite tests="3"/><testsuite tests="4" failures="1"/></testsuites>',
            1,
            "6 passed, 1 failed, 0 skipped",
        ),
        ('<testsuites><testsuite tests="3"/></testsuites>', 3, "3 passed, 1 failed, 0 skipped"),
        (None, 1, "0 passed, 1 failed, 0 skipped"),
        (None, -11, "0 passed, 1 failed, 0 skipped"),
        ("<testsuites><testsu", 1, "0 passed, 1 failed, 0 skipped"),
        (None, 0, "0 passed, 1 failed, 0 skipped"),
    ],
)
def test_a_run_that_broke_off_is_never_counted_as_passed(
    tmp_path: Path, report: str | None, code: int, expected: str
) -> None:
    """A crash leaves no report, half a one, or one without a failure."""
    path = tmp_path / "report.xml"
    if report is not None:
        path.write_text(report, encoding="utf-8")
    assert str(gates.counted(path, code)) == expected


def small_project(folder: Path) -> None:
    """Badly formatted and badly typed, with one passing, one failing and one skipped test, without a front-end."""
    for name in ("start.py", "tests/gates.py", "tests/needs.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text('[tool.mypy]\nfiles = ["main.py"]\nstrict = true\n', encoding="utf-8")
    (folder / "main.py").write_text("import os\ndef f( ): return 1\n", encoding="utf-8")
    test = "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.skip\ndef test_c(): pass\n"
    (folder / "tests" / "test_it.py").write_text(test, encoding="utf-8")
    (folder / "frontend").mkdir()
    (folder / "frontend" / "package-lock.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("ci", "last"), [("", "1 passed, 4 failed, 4 skipped"), ("true", "1 passed, 7 failed, 1 skipped")]
)
def test_all_gates_run_although_the_first_fails_and_the_last_line_sums_up(tmp_path: Path, ci: str, last: str) -> None:
    """Someone repairing a branch wants all the news at once; a pipeline reads one line. Node is missing here."""
    small_project(tmp_path)
    command = [sys.executable, str(tmp_path / "tests" / "gates.py"), "-p", "no:cacheprovider"]
    env = {**os.environ, "PATH": NOTHING, "CI": ci}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=55)
    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == last, run.stdout + run.stderr
    for gate in ("ruff check", "ruff format", "mypy", "pytest"):
        assert f"FAILED {gate} (" in run.stdout
    assert "node is missing: Node.js" in run.stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root installs packages")
def test_root_on_debian_gets_what_is_missing_by_one_update_and_one_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An apt-get that notes its calls stands in: a test must not change the machine."""
    apt, calls = tmp_path / "apt-get", tmp_path / "calls"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n', encoding="utf-8")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    gates.fetch_components()
    monkeypatch.undo()
    needs.missing.cache_clear()
    update, install = calls.read_text(encoding="utf-8").splitlines()
    assert update == "-q update"
    assert install.startswith("-q install -y --no-install-recommends ")
    assert {"xvfb", "pulseaudio", "chromium", "fonts-dejavu-core", "openbox", "xdotool"} <= set(install.split())
