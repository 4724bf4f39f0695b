"""Starts PalFriend on a machine that has only Python: makes .venv, installs what requirements.lock pins, runs main.py.

Standard library only. The file must parse on Python 3.6, so that an old Python gets an answer and not a traceback.
"""

import contextlib
import ctypes
import ctypes.util
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / "palfriend.json"
UNFINISHED = VENV / "palfriend.unfinished"  # lies there while packages are written, so a torn installation is seen
RUNTIME, TESTS, RELEASE = "requirements.lock", "tests/requirements.lock", "release/requirements.lock"
WINDOWS = os.name == "nt"

HELP = """\
python3 start.py [options of main.py]   prepare what is needed (first time about half a minute), then run PalFriend
python3 start.py --demo                 try it: no account, no key, no Animaze
python3 start.py -- --help              all options of main.py
python3 start.py test [-- options]      lint, types and all tests; the options go to pytest
python3 start.py build [--zip]          build PalFriend for people without Python, into the folder dist
python3 start.py lock [names]           renew the lock files (developers, needs uv)

Packages go into .venv beside this file and nowhere else; deleting that folder is always safe."""

PYTHON_SOURCE = {"win32": "winget install --id Python.Python.3.12", "darwin": "brew install python@3.12"}
# Command that tells the system apart -> how it installs, what it calls PortAudio and Tk.
PACKAGES = {
    "apt-get": ("sudo apt install", "libportaudio2", "python3-tk"),
    "dnf": ("sudo dnf install", "portaudio", "python3-tkinter"),
    "pacman": ("sudo pacman -S", "portaudio", "tk"),
    "zypper": ("sudo zypper install", "libportaudio2", "python3-tk"),
}
OFFLINE = r"NewConnection|[Tt]imed? ?out|name resolution|connection broken|sending request|client error|Failed to fetch"
# What uv and pip print, in either's words, and what it means to the person in front of it.
CAUSES = (
    (r"No space left|Errno 28|os error 28|not enough space|os error 112", "the disk is full. Free some space"),
    (r"DO NOT MATCH THE HASHES|[Hh]ash mismatch|Hashes are required", "a package is not the pinned one. Try later"),
    (r"Permission denied|Access is denied|os error 5\b", "the folder cannot be written. Close other PalFriend windows"),
    (OFFLINE, "the internet cannot be reached, and the packages come from there once. Check the connection"),
)
PIN = re.compile(r"^[A-Za-z0-9][\w.-]*==\S+", re.MULTILINE)
STEP = re.compile(
    r"(?:Collecting|Requirement already satisfied:|Ignoring) (?P<package>[\w.-]+)"
    r"|(?P<stage>(?:Downloading|Resolved|Prepared|Installed) .*|Installing collected packages)"
)


def too_old(major: int, minor: int) -> str:
    """What to install instead of a Python too old for PalFriend; empty for one that will do."""
    if (major, minor) >= (3, 11):
        return ""
    source = PYTHON_SOURCE.get(sys.platform, "your system's python3.11 package or newer, or python.org")
    return "PalFriend needs Python 3.11 or newer, this is {}.{}. Install: {}".format(major, minor, source)  # noqa: UP032


# Before any definition below is evaluated: their annotations mean nothing to an old Python.
if too_old(*sys.version_info[:2]):
    sys.exit(too_old(*sys.version_info[:2]))


class Trouble(Exception):  # noqa: N818  # it is what the person is told, not a fault of the program
    """The start cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """One line to the person, on stderr: what main.py prints stays clean."""
    print(f"PalFriend: {text}", file=sys.stderr, flush=True)


def venv_python() -> Path:
    """Where the environment's Python is, or would be."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def probe() -> str:
    """The environment's Python version ("3.11"), empty when it does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([venv_python(), "-I", "-S", "-c", code], capture_output=True, check=False)
    except OSError:
        return ""
    return answer.stdout.decode("ascii", "replace").strip() if answer.returncode == 0 else ""


def installed(version: str) -> set[str]:
    """Distributions that the environment's Python of that version sees: after an upgrade it looks elsewhere."""
    place = VENV / ("Lib" if WINDOWS else f"lib/python{version}") / "site-packages"
    return {entry.name for entry in place.glob("*.dist-info")}


def stamped() -> dict[str, object]:
    """What the last complete installation noted; empty without one."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def fingerprints(locks: list[str]) -> dict[str, str]:
    """SHA-256 of each lock file by name. Raises Trouble when one cannot be read."""
    try:
        return {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in locks}
    except OSError as error:
        raise Trouble(f"{error.filename} cannot be read ({error.strerror}). Download PalFriend again.") from error


def ailment() -> str:
    """Why the environment lying there cannot be used; empty when it can."""
    if UNFINISHED.exists():
        return "its installation was interrupted"
    stamp, version = stamped(), probe()
    if not version:
        return "its Python does not run"
    if too_old(*map(int, version.split("."))):
        return f"its Python {version} is too old"
    if stamp.get("where", str(VENV)) != str(VENV):
        return "the folder was moved"
    noted = stamp.get("packages", [])
    if not isinstance(noted, list) or not installed(version).issuperset(map(str, noted)):
        return "packages are missing in it"
    return ""


def ready(locks: list[str]) -> bool:
    """Whether the environment holds exactly what `locks` pin, so that nothing is to be done."""
    noted = stamped().get("locks")
    return isinstance(noted, dict) and fingerprints(locks).items() <= noted.items() and not ailment()


def clear_away() -> None:
    """Moves the environment aside, then deletes it: a rename fails as a whole where another PalFriend still uses it."""
    aside = HERE / f".venv.old-{os.getpid()}"
    try:
        VENV.rename(aside)
    except OSError as error:
        raise Trouble(f"{VENV} cannot be renewed ({error.strerror}). Close other PalFriend windows.") from error
    if aside.is_symlink():
        aside.unlink()
    for remains in HERE.glob(".venv.old-*"):
        shutil.rmtree(remains, ignore_errors=True)  # what Windows still holds open goes with the next renewal


def make_venv() -> None:
    """Leaves a working environment without our packages, reusing the one lying there if it is sound."""
    if VENV.is_symlink() or VENV.exists():
        if not VENV.is_dir() and not VENV.is_symlink():
            raise Trouble(f"{VENV} is a file and stands where a folder must be. Move it away.")
        reason = ailment()
        if not reason:
            return
        say(f"rebuilding .venv: {reason}")
        clear_away()
    say(f"making .venv for Python {sys.version_info[0]}.{sys.version_info[1]}")
    try:
        import venv
    except ImportError as error:
        raise Trouble(without_venv()) from error
    VENV.mkdir()
    UNFINISHED.touch()
    # pip comes later and only if needed: uv does without, and Debian's bare Python cannot provide it.
    venv.EnvBuilder(symlinks=not WINDOWS, with_pip=False).create(VENV)


def without_venv() -> str:
    """What to say when this Python cannot make an environment that has pip."""
    if shutil.which("apt-get"):
        own = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        return f"this Python lacks venv. Install it: sudo apt install python3-venv (or {own}), then start again."
    return "this Python lacks venv or ensurepip. Install Python from python.org, then start again."


@contextlib.contextmanager
def alone() -> Iterator[int]:
    """Holds this file locked, so that two starts do not install at once; yields the descriptor."""
    with Path(__file__).open("rb") as handle:
        # The operating system frees such a lock when its holder dies: no stale one is ever to be detected.
        news = ["another start is preparing .venv, waiting for it"]
        while not _locked(handle.fileno()):
            while news:
                say(news.pop())
            time.sleep(0.2)
        yield handle.fileno()


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # far behind the end: others may go on reading the file
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
            return False
        say("this folder's disk knows no locks: do not start PalFriend twice while it installs")
    return True


def prepared(locks: list[str]) -> Path:
    """The Python of an environment in which `locks` are installed. Raises Trouble."""
    if ready(locks):
        return venv_python()
    try:
        with alone() as lock:
            if not ready(locks):
                make_venv()
                install(locks, lock)
    except OSError as error:
        raise Trouble(f"{error.filename or VENV} cannot be used: {error.strerror or error}.") from error
    return venv_python()


def install(locks: list[str], lock: int) -> None:
    """Installs and stamps; what interrupts it leaves the mark from which the next start heals."""
    UNFINISHED.touch()
    noted = fingerprints(locks)
    files = [argument for name in locks for argument in ("-r", str(HERE / name))]
    total = len({pin for name in locks for pin in PIN.findall((HERE / name).read_text(encoding="utf-8"))})
    problem = with_uv(files, total, lock) and with_pip(files, total, lock)
    if problem:
        raise Trouble(problem)
    stamp = {"where": str(VENV), "locks": noted, "packages": sorted(installed(probe()))}
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    UNFINISHED.unlink()


def with_uv(files: list[str], total: int, lock: int) -> str:
    """Installs with uv; says why it could not, empty on success."""
    uv = shutil.which("uv")
    if not uv:
        return "uv is not installed"
    say(f"installing {total} packages with uv (a few seconds; the first time about half a minute)")
    command = [uv, "pip", "install", "--color=never", "--require-hashes", "--python", str(venv_python()), *files]
    problem = watched(command, total, lock)
    if problem:
        say(f"uv did not manage it ({problem.rstrip('.')}); trying pip")
    return problem


def with_pip(files: list[str], total: int, lock: int) -> str:
    """Installs with pip; says why it could not, empty on success. Raises Trouble when there is no pip to be had."""
    python = str(venv_python())
    if subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        made = subprocess.run([python, "-I", "-m", "ensurepip"], capture_output=True, check=False)
        if made.returncode:
            raise Trouble(cause((made.stdout + made.stderr).decode("utf-8", "replace"), without_venv()))
    say(f"installing {total} packages with pip (the first time about half a minute)")
    quiet = ["--no-input", "--no-color", "--disable-pip-version-check", "--progress-bar=off", "--no-user"]
    limits = ["--retries=2", "--timeout=20"]
    return watched([python, "-m", "pip", "install", *quiet, *limits, "--require-hashes", *files], total, lock)


def installer_environment() -> dict[str, str]:
    """Ours without what would lead an installer past .venv; indexes, proxies and certificates stay."""
    astray = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_SYSTEM_PYTHON", "UV_PYTHON"}
    astray |= {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_NO_DEPS", "PIP_DRY_RUN"}
    return {name: value for name, value in os.environ.items() if name not in astray}


def watched(command: list[str], total: int, lock: int) -> str:
    """Runs an installer and shows how far it is; says what went wrong, empty on success."""
    child = subprocess.Popen(
        command,
        env=installer_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if WINDOWS else (lock,),  # were this process killed, the next start waits for what is still written
    )
    try:
        output = show_progress(child, total)
        code = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    last_line = (output.strip().splitlines() or [f"exit code {code}"])[-1]
    return cause(output, f"the installation failed: {last_line}") if code else ""


def show_progress(child: "subprocess.Popen[str]", total: int) -> str:
    """Follows an installer's output to its end and returns it: one moving line on a terminal, every tenth step in a file."""
    terminal = bool(sys.stderr and sys.stderr.isatty())
    lines, done = [], 0
    for line in child.stdout or ():
        lines.append(line)
        step = STEP.match(line)
        if not step:
            continue
        done += bool(step["package"])
        text = step["stage"] or f"{min(done, total)}/{total} {step['package']}"
        if terminal:
            print(f"\r  {text[:70]:<70}", end="", file=sys.stderr, flush=True)
        elif step["stage"] or done % 10 == 0:
            print(f"  {text[:70]}", file=sys.stderr, flush=True)
    if terminal:
        print(file=sys.stderr)
    return "".join(lines)


def cause(output: str, otherwise: str) -> str:
    """The one line that explains an installer's output."""
    for pattern, meaning in CAUSES:
        if re.search(pattern, output):
            return f"{meaning}, then start again."
    return otherwise


def has_portaudio() -> bool:
    """Whether sounddevice will find its library; its wheels for Windows and macOS carry one."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libportaudio.so.2")
    except OSError:
        return ctypes.util.find_library("portaudio") is not None
    return True


def name_missing_libraries(options: list[str]) -> None:
    """One line for each system library that this run wants and does not find; the rest of PalFriend works without."""
    install_command, portaudio, tk = PACKAGES[next(filter(shutil.which, PACKAGES), "apt-get")]
    if not has_portaudio():
        say(f"PortAudio is missing, so the microphone stays off. Install it: {install_command} {portaudio}")
    trial = [str(venv_python()), "-I", "-c", "import tkinter"]
    if "--gui" in options and subprocess.run(trial, capture_output=True, check=False).returncode:
        linux = f"{install_command} {tk}"
        other = {"win32": "Python's installer, Modify, tick tcl/tk", "darwin": f"brew install python-tk@{probe()}"}
        say(f"Tk is missing, so the settings window cannot open. Install it: {other.get(sys.platform, linux)}")


def hand_over(command: list[str]) -> int:
    """Becomes `command`, or where the system cannot do that runs it; returns its exit code."""
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606  # signals and the exit code are then main.py's own
    return run_child(command)


def run_child(command: list[str]) -> int:
    """Runs `command` and waits for it however often Ctrl-C is pressed: the console sends that to the child as well."""
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, lambda *_: None)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def run(arguments: list[str]) -> int:
    """Does what `arguments` ask for and returns the exit code. Raises Trouble."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(HELP)
        return 0
    if arguments[:1] == ["lock"]:
        return hand_over([sys.executable, str(HERE / "tests" / "locks.py"), *arguments[1:]])
    if arguments[:1] == ["build"]:
        return hand_over([str(prepared([RUNTIME, RELEASE])), str(HERE / "release" / "build.py"), *arguments[1:]])
    if arguments[:1] == ["test"]:
        if arguments[1:] and arguments[1] != "--":
            raise Trouble(f"unknown option {arguments[1]}. Options for pytest stand behind --: start.py test -- -x")
        return hand_over([str(prepared([RUNTIME, TESTS, RELEASE])), str(HERE / "tests" / "gates.py"), *arguments[2:]])
    options = arguments[1:] if arguments[:1] == ["--"] else arguments
    python = prepared([RUNTIME])
    name_missing_libraries(options)
    return hand_over([str(python), str(HERE / "main.py"), *options])


def main() -> int:
    """The command line: every failure is one line and an exit code that is not 0."""
    try:
        return run(sys.argv[1:])
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("stopped before it was ready; start again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(main())
