"""start.py on copies of itself: real environments, real installers, one tiny package from a local folder, no network."""

import ast
import base64
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import start

ROOT = Path(start.__file__).parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and links")
INSTALLERS = [pytest.param("uv", marks=pytest.mark.skipif(not shutil.which("uv"), reason="uv is missing")), "pip"]
QUICKEST = "uv" if shutil.which("uv") else "pip"
BASE_PYTHON = str(Path(getattr(sys, "_base_executable", sys.executable)))
MAIN = "import os, sys, tinypal\nprint(sys.argv[1:], os.getcwd(), sys.prefix)\nsys.exit(tinypal.CODE)\n"


def build_wheel(folder: Path, code: int) -> str:
    """Writes tinypal-<code>.0, whose CODE is `code`, as a wheel; returns the line that pins it."""
    info = f"tinypal-{code}.0.dist-info"
    files = {
        "tinypal.py": f"CODE = {code}  {'#' * code}\n",  # sizes differ, as Python's caches of source tell files apart
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tinypal\nVersion: {code}.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in files.items()}
    record = [f"{name},sha256={digests[name].rstrip(b'=').decode()},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    wheel = folder / f"tinypal-{code}.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"tinypal=={code}.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Place:
    """A folder like a fresh clone: start.py, a lock that pins tinypal 7.0, a main.py that ends with its CODE."""

    def __init__(self, folder: Path, installer: str = QUICKEST) -> None:
        self.folder = folder / "with space"
        self.wheels = folder / "wheels"
        self.folder.mkdir()
        self.wheels.mkdir()
        shutil.copy(ROOT / "start.py", self.folder)
        (self.folder / "main.py").write_text(MAIN, encoding="utf-8")
        self.lock = self.folder / "requirements.lock"
        self.lock.write_text(build_wheel(self.wheels, 7), encoding="utf-8")
        self.stamp = self.folder / ".venv" / "palfriend.json"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "PYTHON"))}
        self.env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri()}
        self.env |= {"UV_NO_CONFIG": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.wheels), "UV_OFFLINE": "1"}
        self.env["UV_CACHE_DIR"] = str(folder / "cache")
        if installer == "pip":
            self.env["PATH"] = str(folder / "nothing")

    def start(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.popen(arguments, env, lambda process: process.communicate(timeout=50))

    def popen(self, arguments, env, use: Callable[..., tuple[str, str]]) -> subprocess.CompletedProcess[str]:
        command = [BASE_PYTHON, str(self.folder / "start.py"), *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(
            command, env={**self.env, **env}, cwd=self.wheels, encoding="utf-8", start_new_session=True, **pipes
        ) as process:
            try:
                out, err = use(process)
            finally:
                process.kill()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def assert_one_line(run: subprocess.CompletedProcess[str], *words: str) -> None:
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode != 0
    assert "Traceback" not in run.stderr
    assert last.startswith("PalFriend: ")
    assert all(word in last for word in words), last


@pytest.mark.parametrize("installer", INSTALLERS)
def test_a_fresh_folder_becomes_a_running_palfriend_with_either_installer(tmp_path: Path, installer: str) -> None:
    """Arguments, current folder and exit code belong to main.py; only .venv beside start.py is made."""
    place = Place(tmp_path, installer)
    run = place.start("--demo", "two words", "--", "")
    assert run.stdout.splitlines() == [f"{['--demo', 'two words', '--', '']} {place.wheels} {place.folder / '.venv'}"]
    assert run.returncode == 7, run.stderr
    assert "making .venv" in run.stderr
    assert f"1 packages with {installer}" in run.stderr
    assert {entry.name for entry in place.folder.iterdir()} == {".venv", "main.py", "requirements.lock", "start.py"}


def test_the_second_start_installs_nothing_and_says_nothing(place: Place) -> None:
    """A streamer starts every evening; the stamp makes that instant. Without an installer only the stamp can do it."""
    place.start()
    stamped = place.stamp.stat().st_mtime_ns
    shutil.rmtree(place.wheels)
    place.wheels.mkdir()
    run = place.start()
    assert (run.returncode, run.stderr.replace(portaudio_line(), "")) == (7, "")
    assert place.stamp.stat().st_mtime_ns == stamped


def portaudio_line() -> str:
    if start.has_portaudio():
        return ""
    return "PalFriend: PortAudio is missing, so the microphone stays off. Install it: sudo apt install libportaudio2\n"


def test_a_changed_lock_is_installed_into_the_same_environment(place: Place) -> None:
    """An update must not keep yesterday's packages."""
    place.start()
    place.lock.write_text(build_wheel(place.wheels, 9), encoding="utf-8")
    run = place.start()
    assert run.returncode == 9
    assert "making .venv" not in run.stderr


def damage_python(venv: Path) -> None:
    start_of = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    start_of.unlink()


def damage_packages(venv: Path) -> None:
    shutil.rmtree(next(venv.glob("[lL]ib/**/tinypal-7.0.dist-info")))


def leave_half_made(venv: Path) -> None:
    shutil.rmtree(venv)
    venv.mkdir()


def interrupt_installation(venv: Path) -> None:
    (venv / "palfriend.unfinished").touch()


def replace_by_broken_link(venv: Path) -> None:
    shutil.rmtree(venv)
    venv.symlink_to(venv.parent / "nowhere")


DAMAGES = [damage_python, damage_packages, leave_half_made, interrupt_installation]


@pytest.mark.parametrize("damage", [*DAMAGES, pytest.param(replace_by_broken_link, marks=POSIX)])
def test_a_damaged_environment_is_rebuilt_and_that_is_said(place: Place, damage: Callable[[Path], None]) -> None:
    """Nobody should have to know what a virtual environment is in order to heal one."""
    place.start()
    damage(place.folder / ".venv")
    run = place.start()
    assert run.returncode == 7, run.stderr
    assert "rebuilding .venv: " in run.stderr
    assert list(place.folder.glob(".venv*")) == [place.folder / ".venv"]


def test_a_moved_folder_is_rebuilt(place: Place) -> None:
    """Scripts in an environment hold its old path."""
    place.start()
    place.folder = place.folder.rename(place.folder.with_name("elsewhere"))
    run = place.start()
    assert run.returncode == 7
    assert "the folder was moved" in run.stderr


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", '{"locks": 3, "packages": 3}', '{"locks": {}, "packages": [[]]}', "\0"]
)
def test_a_stamp_nobody_can_read_leads_to_a_new_installation(place: Place, content: str) -> None:
    """A power cut leaves such files."""
    place.start()
    place.stamp.write_text(content, encoding="utf-8")
    assert place.start().returncode == 7


def test_an_environment_made_by_hand_is_used(place: Place) -> None:
    """A developer's own .venv keeps what else is in it."""
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", place.folder / ".venv"], check=True, timeout=50)
    (place.folder / ".venv" / "mine").touch()
    assert place.start().returncode == 7
    assert (place.folder / ".venv" / "mine").exists()


@pytest.mark.parametrize("installer", INSTALLERS)
def test_an_active_environment_stays_as_it_is(tmp_path: Path, installer: str) -> None:
    """Packages go into .venv only, whatever the shell or the installers' settings point to."""
    place = Place(tmp_path, installer)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    astray = {"PIP_TARGET": str(foreign), "PIP_USER": "1", "UV_SYSTEM_PYTHON": "1"}
    run = place.start(VIRTUAL_ENV=str(foreign), PYTHONPATH=str(foreign), **astray)
    assert run.returncode == 7, run.stderr
    assert list(foreign.iterdir()) == []


@pytest.mark.parametrize("pinned", [f"--hash=sha256:{'0' * 64}", ""])
def test_a_package_that_is_not_the_pinned_one_is_refused(place: Place, pinned: str) -> None:
    """The hashes are the defence against a swapped package; main.py must not run with it, nor with one that has none."""
    place.lock.write_text(re.sub("--hash=.*", pinned, place.lock.read_text(encoding="utf-8")), encoding="utf-8")
    run = place.start()
    assert_one_line(run, "not the pinned one")
    assert run.stdout == ""


@pytest.mark.parametrize("installer", INSTALLERS)
def test_without_network_one_line_says_so_and_the_next_start_heals(tmp_path: Path, installer: str) -> None:
    """The commonest failure of a first start. Port 9 of this machine stands for a network that is gone."""
    place = Place(tmp_path, installer)
    gone = "http://127.0.0.1:9/simple"
    online = {"UV_NO_INDEX": "0", "UV_OFFLINE": "0", "UV_FIND_LINKS": str(tmp_path), "UV_DEFAULT_INDEX": gone}
    run = place.start(PIP_NO_INDEX="0", PIP_INDEX_URL=gone, PIP_FIND_LINKS="", UV_HTTP_RETRIES="0", **online)
    assert_one_line(run, "internet cannot be reached")
    assert ("trying pip" in run.stderr) == (installer == "uv")
    assert place.start().returncode == 7


@POSIX
def test_a_failing_uv_is_replaced_by_pip(place: Place, tmp_path: Path) -> None:
    """A uv that is too old or broken must not be the end."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text("#!/bin/sh\necho broken uv >&2\nexit 3\n", encoding="utf-8")
    (tools / "uv").chmod(0o755)
    run = place.start(PATH=f"{tools}:/bin:/usr/bin")
    assert run.returncode == 7, run.stderr
    assert "broken uv); trying pip" in run.stderr


def hanging_uv(folder: Path) -> Path:
    """A uv that writes `begun` and then works for ever."""
    folder.mkdir()
    uv = folder / "uv"
    uv.write_text(f"#!/bin/sh\necho Resolved it\ntouch '{folder}/begun'\nexec sleep 50\n", encoding="utf-8")
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    return folder / "begun"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@POSIX
def test_ctrl_c_while_installing_ends_with_one_line_and_the_next_start_heals(place: Place, tmp_path: Path) -> None:
    """An impatient person presses Ctrl-C during the first half minute."""
    begun = hanging_uv(tmp_path / "tools")

    def press(process: subprocess.Popen[str]) -> tuple[str, str]:
        wait_for(begun.exists)
        os.killpg(process.pid, signal.SIGINT)
        return process.communicate(timeout=40)

    run = place.popen([], {"PATH": f"{begun.parent}:/bin:/usr/bin"}, press)
    assert_one_line(run, "start again")
    assert run.returncode == 130
    healed = place.start()
    assert healed.returncode == 7
    assert "interrupted" in healed.stderr


@POSIX
def test_a_second_start_waits_for_the_first_and_a_killed_one_leaves_no_lock(place: Place, tmp_path: Path) -> None:
    """Two windows opened by an eager double click; then the first is killed the hard way, with its installer."""
    begun = hanging_uv(tmp_path / "tools")

    def overtake(first: subprocess.Popen[str]) -> tuple[str, str]:
        wait_for(begun.exists)
        news = []

        def follow(second: subprocess.Popen[str]) -> tuple[str, str]:
            assert second.stderr is not None
            news.append(second.stderr.readline())
            os.killpg(first.pid, signal.SIGKILL)
            return second.communicate(timeout=50)

        second = place.popen([], {}, follow)
        assert "another start" in news[0]
        assert second.returncode == 7, second.stderr
        return first.communicate(timeout=40)

    assert place.popen([], {"PATH": f"{begun.parent}:/bin:/usr/bin"}, overtake).returncode == -signal.SIGKILL


def test_a_missing_lock_file_is_named(place: Place) -> None:
    """A half-unpacked download."""
    place.lock.unlink()
    assert_one_line(place.start(), "requirements.lock", "Download PalFriend again")


def test_a_file_in_the_place_of_the_environment_is_left_alone(place: Place) -> None:
    """Some tools keep a name in a file called .venv; it is not ours to delete."""
    (place.folder / ".venv").write_text("palfriend", encoding="utf-8")
    assert_one_line(place.start(), ".venv is a file")
    assert (place.folder / ".venv").read_text(encoding="utf-8") == "palfriend"


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_debian_without_venv_is_told_the_package(place: Place, tmp_path: Path, lacking: str) -> None:
    """Debian splits both out of Python; `apt-get` on the path is what tells it apart."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text("", encoding="utf-8")
    (tools / "apt-get").chmod(0o755)
    source = (place.folder / "start.py").read_text(encoding="utf-8")
    # The real module cannot be taken from this Python, so the copy asks for one that does not exist.
    gone = ("import venv", "import venv_gone as venv") if lacking == "venv" else ('"ensurepip"]', '"pip_gone"]')
    assert gone[0] in source
    source = source.replace(*gone)
    (place.folder / "start.py").write_text(source, encoding="utf-8")
    assert_one_line(place.start(PATH=str(tools)), "sudo apt install python3-venv")


@pytest.mark.parametrize(
    ("version", "fits"), [((2, 7), False), ((3, 10), False), ((3, 11), True), ((3, 14), True), ((4, 0), True)]
)
def test_an_old_python_is_told_what_to_install(version: tuple[int, int], fits: bool) -> None:
    """The line names what it needs and what it found."""
    line = start.too_old(*version)
    assert fits == (line == "")
    assert fits or ("3.11" in line and f"{version[0]}.{version[1]}" in line and "\n" not in line)


def test_start_py_keeps_to_the_grammar_of_python_3_6() -> None:
    """An old Python reads the whole file before it can print that line."""
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_help_names_every_command_and_makes_nothing(place: Place) -> None:
    """It must answer at once, before anything is installed."""
    run = place.start("--help")
    assert run.returncode == 0
    assert all(word in run.stdout for word in ("--demo", "-- --help", "test", "lock"))
    assert not (place.folder / ".venv").exists()


def test_two_dashes_hand_everything_to_main(place: Place) -> None:
    """`start.py -- --help` is how to reach main.py's own help."""
    assert place.start("--", "--help").stdout.startswith("['--help']")


@POSIX
def test_signals_reach_main_itself(place: Place) -> None:
    """Stopping cleanly is main.py's affair; start.py must not stand in between."""
    (place.folder / "main.py").write_text(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(42))\nprint('up', flush=True)\nsignal.pause()\n",
        encoding="utf-8",
    )

    def terminate(process: subprocess.Popen[str]) -> tuple[str, str]:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        return process.communicate(timeout=40)

    assert place.popen([], {}, terminate).returncode == 42


@POSIX
def test_ctrl_c_leaves_the_exit_code_to_the_child_where_processes_cannot_be_replaced(tmp_path: Path) -> None:
    """The way of Windows, run here: the whole group hears Ctrl-C, main.py decides, start.py waits for it."""
    child = "import signal, sys; signal.signal(2, lambda *_: sys.exit(5)); print('up', flush=True); signal.pause()"
    parent = f"import sys, start; sys.exit(start.run_child([sys.executable, '-c', {child!r}]))"
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=40)
    assert (process.returncode, out, err) == (5, b"", b"")


@pytest.mark.parametrize("words", [("test", "--weird"), ("test", "tests/test_x.py")])
def test_an_unknown_option_of_test_is_refused_before_anything_is_installed(
    place: Place, words: tuple[str, ...]
) -> None:
    """What is meant for pytest stands behind two dashes."""
    assert_one_line(place.start(*words), words[1], "--")
    assert not (place.folder / ".venv").exists()


def test_test_installs_all_locks_and_hands_options_to_the_gates(place: Place) -> None:
    """And the start that follows finds everything installed."""
    for folder in ("tests", "release"):
        (place.folder / folder).mkdir()
        (place.folder / folder / "requirements.lock").write_text("", encoding="utf-8")
    (place.folder / "tests" / "gates.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(3)\n", encoding="utf-8")
    run = place.start("test", "--", "-k", "one")
    assert (run.returncode, run.stdout) == (3, "['-k', 'one']\n"), run.stderr
    assert "installing" not in place.start().stderr


def test_build_installs_what_it_needs_and_hands_its_options_on(place: Place) -> None:
    (place.folder / "release").mkdir()
    (place.folder / "release" / "requirements.lock").write_text("", encoding="utf-8")
    (place.folder / "release" / "build.py").write_text(
        "import sys\nprint(sys.argv[1:])\nsys.exit(4)\n", encoding="utf-8"
    )
    run = place.start("build", "--zip")
    assert (run.returncode, run.stdout) == (4, "['--zip']\n"), run.stderr


@pytest.mark.parametrize("lock", ["requirements.lock", "tests/requirements.lock", "release/requirements.lock"])
def test_the_locks_pin_everything_with_hashes_and_name_no_host(lock: str) -> None:
    """They are public and used with whatever index a person has."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line[:1].isalnum()]
    assert pins
    assert all(re.match(r"[\w.-]+==\S+ (; .+ )?\\$", pin) for pin in pins)
    assert text.count("==") >= len(pins) <= text.count("--hash=sha256:")
    assert "://" not in text


@pytest.mark.parametrize(
    "others", [(start.RUNTIME, start.TESTS), (start.RUNTIME, start.RELEASE), (start.TESTS, start.RELEASE)]
)
def test_locks_agree_where_they_overlap(others: tuple[str, str]) -> None:
    """They go into one environment; two versions of a package cannot."""
    pins = [set(start.PIN.findall((ROOT / lock).read_text(encoding="utf-8"))) for lock in others]
    names = [{pin.partition("==")[0] for pin in lock} for lock in pins]
    shared = names[0] & names[1]
    assert {pin for pin in pins[0] if pin.partition("==")[0] in shared} == {
        pin for pin in pins[1] if pin.partition("==")[0] in shared
    }


def test_the_wrappers_and_ci_call_start_py() -> None:
    """`.ci/run` must be the developer's own check; the batch file must keep a double-clicked window open."""
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ci.startswith("#!/usr/bin/env bash\n")
    assert ci.splitlines()[-1] == "exec python3 start.py test"
    batch = (ROOT / "start_web.bat").read_text(encoding="utf-8")
    assert '"%~dp0start.py" %*' in batch
    assert all(word in batch for word in ("py -3", "winget install --id Python.Python", "pause", "exit /b %CODE%"))


def test_missing_system_libraries_cost_one_line_each_and_the_rest_runs(place: Place) -> None:
    """Tk is named only when a window is asked for. The copy looks for libraries no machine has."""
    script = place.folder / "start.py"
    source = script.read_text(encoding="utf-8").replace('sys.platform != "linux"', "False")
    source = source.replace("libportaudio.so.2", "libgone.so.2").replace(
        'find_library("portaudio")', 'find_library("gone")'
    )
    script.write_text(source.replace("import tkinter", "import tkinter_gone"), encoding="utf-8")
    place.start()
    headless, window = place.start(), place.start("--gui")
    assert (headless.returncode, window.returncode) == (7, 7)
    assert [line.split(" is missing")[0] for line in headless.stderr.splitlines()] == ["PalFriend: PortAudio"]
    assert [line.split(" is missing")[0] for line in window.stderr.splitlines()] == [
        "PalFriend: PortAudio",
        "PalFriend: Tk",
    ]
    assert all("Install it: " in line for line in window.stderr.splitlines())


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write to file `x`: No space left on device (os error 28)", "disk is full"),
        ("WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError(...)'", "internet"),
        ("error: Request failed after 3 retries\n  Caused by: error sending request for url (x)", "internet"),
        ("OSError: [WinError 5] Access is denied: 'python.exe'", "cannot be written"),
        ("ERROR: something nobody has seen", "otherwise"),
    ],
)
def test_an_installers_words_become_one_line_with_what_to_do(output: str, meaning: str) -> None:
    """What the installers printed in such cases; neither a full disk nor Windows can be had here."""
    assert meaning in start.cause(output, "otherwise")


@POSIX
def test_start_web_sh_passes_arguments_and_exit_code_from_any_folder(place: Place) -> None:
    """Double-clicked or called through a path with a space in it."""
    script = shutil.copy(ROOT / "start_web.sh", place.folder)
    env = {**place.env, "PATH": f"{Path(BASE_PYTHON).parent}:/usr/bin:/bin"}
    run = subprocess.run(
        [script, "--port", "5 5"], env=env, cwd=place.wheels, capture_output=True, text=True, check=False, timeout=50
    )
    assert run.returncode == 7, run.stderr
    assert run.stdout.startswith("['--port', '5 5']")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@POSIX
def test_start_web_sh_without_a_python_says_what_to_install(place: Place, tmp_path: Path) -> None:
    """Only the tools of a bare system are on the path."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dirname").symlink_to(shutil.which("dirname") or "")
    run = subprocess.run(
        ["/bin/sh", ROOT / "start_web.sh"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert run.returncode == 1
    assert "Python 3.11" in run.stderr
