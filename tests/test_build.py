"""The program for people without Python: built once, started, driven over HTTP, moved elsewhere, stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import needs
import pytest

from config import place

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
BUILD_SECONDS = 1200
SUFFIX = ".exe" if sys.platform == "win32" else ""

pytestmark = [needs.component("pyinstaller"), pytest.mark.timeout(BUILD_SECONDS)]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, moved away from where it was built, so that no path of that place can be in use."""
    out = tmp_path_factory.mktemp("built")
    command = [sys.executable, str(ROOT / "release" / "build.py"), "--out", str(out), "--zip"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    elsewhere = out / "somewhere else, ünd möved"
    (out / "PalFriend").rename(elsewhere)
    return elsewhere


@dataclass
class Running:
    process: "subprocess.Popen[str]"
    url: str

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:  # noqa: S310 - our own
            body = answer.read()
            return json.loads(body) if answer.headers["Content-Type"].startswith("application/json") else body

    def post(self, path: str, **values: Any) -> Any:
        headers = {"X-PalFriend": "1", "Content-Type": "application/json"}
        body = json.dumps(values).encode()
        request = urllib.request.Request(self.url + path, data=body, headers=headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            return json.load(answer)


def clean_environment(**more: str) -> dict[str, str]:
    """Without anything that could lead the program to this Python or this folder."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))} | more


def start(program: Path, *options: str, **environment: str) -> Running:
    process = subprocess.Popen(
        [str(program), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=program.parent.parent,
        env=clean_environment(**environment),
    )
    assert process.stdout
    line = process.stdout.readline()
    if " is here: " not in line:
        process.kill()
        pytest.fail(f"{line}{process.communicate()[1][-3000:]}")
    return Running(process, line.split(" is here: ")[1].strip())


@pytest.fixture
def demo(built: Path) -> Iterator[Running]:
    running = start(built / f"palfriend-console{SUFFIX}", "--demo", "--port", "0")
    yield running
    running.process.kill()
    running.process.communicate()


def test_the_demo_runs_is_driven_over_http_and_ends_cleanly(demo: Running):
    """The page, the locales, the schema and the word lists are inside; the crowd talks; SIGTERM ends it with 0."""
    assert b"<div id=" in demo.get("/")
    deadline = time.monotonic() + PATIENCE
    while not (status := demo.get("/api/status"))["counters"]["spoken"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
    assert demo.get("/api/version")["version"]
    assert {"chill"} <= {preset["name"] for preset in demo.get("/api/settings/presets")["presets"]}
    assert {"pal"} <= {persona["name"] for persona in demo.get("/api/persona")["personas"]}
    assert demo.post("/api/mute", on=True)["silenced"] == "mute"
    assert demo.post("/api/settings", comment={"min_length": 5})["comment"]["min_length"] == 5
    began = time.monotonic()
    demo.process.send_signal(signal.SIGTERM)
    out, err = demo.process.communicate(timeout=30)
    assert demo.process.returncode == 0, err[-2000:]
    assert time.monotonic() - began < 5
    assert "Traceback" not in out + err


def test_data_lie_beside_the_program_and_begin_as_shipped(built: Path, demo: Running):
    assert demo.get("/api/status")["demo"] is True
    settings = (built / "settings.yaml").read_text(encoding="utf-8")
    shipped = (ROOT / "settings.yaml").read_text(encoding="utf-8")
    assert settings.splitlines()[0] == shipped.splitlines()[0]
    assert len(settings.splitlines()) == len(shipped.splitlines())


def test_quit_over_http_ends_it(demo: Running):
    assert demo.post("/api/quit") == {"quitting": True}
    assert demo.process.wait(15) == 0


def test_a_rehearsal_begun_from_the_dashboard_runs_the_program_once_more(demo: Running):
    """Nobody has Python there: the built program is its own interpreter."""
    job = demo.post("/api/rehearsal", seconds=60, intensity="quiet", seed=3)["job"]
    deadline = time.monotonic() + 2 * PATIENCE
    while (found := demo.get(f"/api/jobs/{job}"))["state"] == "running":
        assert time.monotonic() < deadline, found
        time.sleep(0.3)

    assert found["state"] == "done", found


def test_the_doctor_of_the_built_program_has_its_packages_inside(built: Path, tmp_path: Path):
    """TikTok's library, the model's and the microphone's are all there: each look gets as far as the world outside."""
    file = tmp_path / "settings.yaml"
    nowhere = "http://127.0.0.1:9"
    file.write_text(
        f"tiktok: {{unique_id: anna, app_url: '{nowhere}', webcast_url: '{nowhere}', sign_url: '{nowhere}'}}\n"
        f"openai: {{api_key: k, base_url: '{nowhere}/v1'}}\nmicrophone: {{device: no such thing}}\n",
        encoding="utf-8",
    )
    program = str(built / f"palfriend-console{SUFFIX}")
    command = [program, "--doctor", "--json", "--settings", str(file), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=clean_environment(), check=False)
    checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}

    assert done.returncode == 2
    assert checks["packages"]["code"] == "packages_bundled"
    assert checks["python"]["details"]["frozen"] is True
    assert checks["tiktok"]["code"] in {"tiktok_network", "not_finished"}
    assert checks["model"]["code"] == "openai_unreachable"
    assert checks["microphone"]["code"] in {"mic_not_found", "mic_no_device", "mic_no_library"}
    assert checks["animaze"]["code"] in {"animaze_unreachable", "animaze_found", "animaze_other_port"}


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs a folder that even its owner cannot write"
)
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no namespaces here")
def test_where_its_folder_cannot_be_written_the_data_lie_in_the_users_own(built: Path, tmp_path: Path):
    """As in C:\\Program Files: a read-only mount."""
    script = f'mount --bind "{built}" "{built}" && mount -o remount,ro,bind "{built}" && exec "$@"'
    program = str(built / "palfriend-console")
    command = ["unshare", "-m", "sh", "-c", script, "sh", program, "--rehearse", "10", "--json"]
    if subprocess.run([*command[:5], "sh", "true"], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    environment = clean_environment(XDG_DATA_HOME=str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)

    assert done.returncode in {0, 3}, done.stderr
    assert json.loads(done.stdout)
    assert [entry.name for entry in (tmp_path / "palfriend").iterdir()] == ["settings.yaml"]


@needs.component("xvfb")
@needs.component("tk")
def test_a_double_click_opens_the_window(built: Path, display: str, tmp_path: Path):
    """Without arguments the windowed program opens window and dashboard in one; ended over HTTP."""
    running = start(built / f"PalFriend{SUFFIX}", "--gui", "--port", "0", DISPLAY=display)
    try:
        assert running.get("/api/status")["running"] is False
        running.post("/api/quit")
        assert running.process.wait(15) == 0
    finally:
        running.process.kill()
        running.process.communicate()


def test_the_zip_holds_the_program_and_nobodys_data(built: Path):
    archives = list(built.parent.glob("PalFriend-*.zip"))
    assert len(archives) == 1
    with zipfile.ZipFile(archives[0]) as archive:
        top = {name.split("/")[1] for name in archive.namelist() if name.count("/") and name.split("/")[1]}
    assert top == {"_internal", f"PalFriend{SUFFIX}", f"palfriend-console{SUFFIX}"}


def test_no_test_tool_is_inside(built: Path):
    inside = {entry.name.lower() for entry in (built / "_internal").iterdir()}
    assert inside.isdisjoint({"pytest", "hypothesis", "mypy", "schemathesis", "requests", "pyinstaller"})
    assert {"locales", "personas", "presets", "frontend", "mind", "pyproject.toml", "license"} <= inside


# -- where things lie, without building anything -------------------------------------------------------------------


def test_the_users_own_folder_is_that_of_each_system(tmp_path: Path):
    home = tmp_path / "home"
    assert place.users_folder("linux", {}, home) == home / ".local" / "share" / "palfriend"
    assert place.users_folder("linux", {"XDG_DATA_HOME": str(tmp_path / "x")}, home) == tmp_path / "x" / "palfriend"
    assert place.users_folder("darwin", {}, home) == home / "Library" / "Application Support" / "PalFriend"
    assert place.users_folder("win32", {"LOCALAPPDATA": str(tmp_path / "l")}, home) == tmp_path / "l" / "PalFriend"
    assert not home.exists()


def test_run_from_sources_nothing_is_elsewhere():
    assert place.data_folder() == place.PROGRAM == ROOT
    assert place.is_own(ROOT / "docs" / "..")
    assert not place.is_own(ROOT / "docs")
    assert place.command() == [sys.executable, str(ROOT / "main.py")]
    assert place.arguments(None) is None
    assert place.arguments(["--demo"]) == ["--demo"]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [("PalFriend", [], ["--gui"]), ("PalFriend", ["--demo"], None), ("palfriend-console", [], None)],
)
def test_only_the_double_clicked_program_opens_the_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, given: list[str], expected: list[str] | None
):
    """Set as PyInstaller sets it: there is no other way to be double-clicked here."""
    (tmp_path / f"palfriend-console{SUFFIX}").touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / f"{name}{SUFFIX}"))
    monkeypatch.setattr(sys, "argv", [name, *given])

    assert place.arguments(None) == expected
    assert place.command() == [str(tmp_path / f"palfriend-console{SUFFIX}")]
    assert place.data_folder() == tmp_path.resolve()
    assert place.is_own(tmp_path)
    assert not place.is_own(ROOT)


def test_a_new_build_takes_the_place_of_the_old_one_and_keeps_what_is_not_its_own(tmp_path: Path):
    sys.path.insert(0, str(ROOT / "release"))
    try:
        from build import put
    finally:
        sys.path.remove(str(ROOT / "release"))
    fresh, old = tmp_path / "fresh", tmp_path / "PalFriend"
    (fresh / "_internal").mkdir(parents=True)
    (fresh / "_internal" / "new").touch()
    (fresh / "PalFriend").touch()
    (old / "_internal").mkdir(parents=True)
    (old / "_internal" / "stale").touch()
    (old / "settings.yaml").write_text("mine", encoding="utf-8")

    put(fresh, old)

    assert sorted(p.name for p in old.rglob("*")) == ["PalFriend", "_internal", "new", "settings.yaml"]
    assert (old / "settings.yaml").read_text(encoding="utf-8") == "mine"
