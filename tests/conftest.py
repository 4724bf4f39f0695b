"""House rules for every test: no secrets from outside, nothing left running, one screen, one Tk."""

import asyncio
import gc
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import needs
import pytest

if TYPE_CHECKING:
    import tkinter

    from web_house import Calls

    from app import House
    from gui import ConfigGUI

SECRETS = ("OPENAI_API_KEY", "FALLBACK_API_KEY", "FALLBACK2_API_KEY", "TIKTOK_SESSION_ID", "SIGN_API_KEY")
OUR_THREADS = ("bot", "web", "settings")
GRACE_SECONDS = 5.0

for _name in SECRETS:
    os.environ.pop(_name, None)
os.environ["PALFRIEND_NO_KEYCHAIN"] = "1"  # the keychain of whoever runs the tests is none of their business

hypothesis.settings.register_profile("house", deadline=None, derandomize=needs.in_ci(), database=None)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "missing(reason): in CI the test needs a part this machine lacks, so it fails")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if lack := item.get_closest_marker("missing"):
        pytest.fail(lack.args[0], pytrace=False)


def _threads() -> set[threading.Thread]:
    """Threads that must not outlive a test: what would keep the process alive, and the bot's and the web's own."""
    return {
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and (not thread.daemon or thread.name.startswith(OUR_THREADS))
    }


def _orphans() -> set[asyncio.Task[object]]:
    """Unfinished tasks whose loop no longer runs; those of a running loop are their thread's affair."""
    inside = vars(asyncio.tasks)  # Python 3.12 renamed it; 3.14 keeps most tasks where nobody can list them
    registry = inside.get("_scheduled_tasks", inside.get("_all_tasks", ()))
    while True:
        try:
            tasks = list(registry)
            break
        except RuntimeError:  # another thread made a task while the set was copied
            continue
    return {task for task in tasks if not task.done() and not task.get_loop().is_running()}


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fails the test that leaves a thread or an unfinished task, naming it."""
    threads, tasks = _threads(), _orphans()
    yield
    deadline = time.monotonic() + GRACE_SECONDS
    while leaked := [*(_threads() - threads), *(_orphans() - tasks)]:
        if time.monotonic() > deadline:
            pytest.fail(f"left running: {', '.join(map(repr, leaked))}", pytrace=False)
        gc.collect()
        time.sleep(0.02)


def _display_number(server: subprocess.Popen[bytes], pipe: int) -> str:
    """Waits until Xvfb answers and has written its display, digits and newline apart: without a reader it would die."""
    written = b""
    while not written.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], 30)
        news = os.read(pipe, 16) if ready else b""
        if not news:
            server.kill()
            pytest.fail("Xvfb did not come up within 30 s", pytrace=False)
        written += news
    return written.decode().strip()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The X display (":1") that windows open on, an Xvfb of our own where there is none; "" on Windows and macOS."""
    if sys.platform in {"win32", "darwin"} or os.environ.get("DISPLAY"):
        yield os.environ.get("DISPLAY", "")
        return
    needs.require("xvfb")
    pipe, child_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(child_end), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[child_end], stderr=subprocess.DEVNULL) as server:
        os.close(child_end)
        os.environ["DISPLAY"] = f":{_display_number(server, pipe)}"
        os.close(pipe)
        try:
            yield os.environ["DISPLAY"]
        finally:
            del os.environ["DISPLAY"]
            server.terminate()


@pytest.fixture(scope="session")
def root(display: str) -> "Iterator[tkinter.Tk]":
    """The one Tk of this process, hidden, alive until the end: a second one would be a second interpreter."""
    needs.require("tk")
    import tkinter

    window = tkinter.Tk()
    window.withdraw()
    yield window
    window.destroy()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's source in another folder, ready to build and to be visited."""
    from visits import set_up_workshop

    needs.require("node")
    return set_up_workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def manager(display: str) -> Iterator[None]:
    """A window manager: without one nobody gives the keyboard to a window."""
    needs.require("openbox")
    with subprocess.Popen(["openbox"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield
        process.terminate()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where settings lie that nobody says more of."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "settings.yaml"


@pytest.fixture
def opened(root: "tkinter.Tk", file: Path) -> Iterator[Callable[..., "ConfigGUI"]]:
    """Opens windows on the one Tk; checks that each is gone afterwards."""
    import settings as knobs
    from gui import ConfigGUI

    def open_window(settings: object = None, bridge: object = None, **how: object) -> ConfigGUI:
        settings = knobs.load_settings() if settings is None else settings
        return ConfigGUI(settings, bridge, root=root, **{"language": "en", "theme": "light", **how})

    yield open_window
    left = root.winfo_children()
    for child in left:
        child.destroy()
    assert not left


@pytest.fixture(autouse=True)
def _logging_stays_as_it_was():
    """The program sets the whole process's logging up; the tests after it have handlers of their own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def calls() -> "Calls":
    """What a page has asked the process for."""
    from web_house import Calls

    return Calls()


@pytest.fixture
def house(tmp_path: Path, calls: "Calls") -> "Iterator[House]":
    """A house around a bot that only waits, whose log is shown; test files with another bot have a `house` of their own."""
    from web_house import PATIENCE, build_house

    house = build_house(tmp_path, calls)
    logging.getLogger().addHandler(house.logs)
    yield house
    logging.getLogger().removeHandler(house.logs)
    assert house.bridge.stop(PATIENCE)


@pytest.fixture
def port(house: "House") -> Iterator[int]:
    """Where that house's dashboard listens."""
    from app import Dashboard

    dashboard = Dashboard(house, port=0)
    dashboard.start()
    yield dashboard.port
    dashboard.stop()
