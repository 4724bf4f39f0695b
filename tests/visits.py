"""Visits to the dashboard with a real browser: the page's source ready to run, a server to visit, and the visitor."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import needs

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "frontend"
PICTURES = ROOT / "artefacts"

Order = Callable[[Any], Any]
"""What a visitor may ask for: what it hands over -> what it gets, both JSON."""


def npm(*words: str, cwd: Path) -> None:
    """Runs npm, whose Windows form is a batch file; fails with what it said."""
    command = shutil.which("npm")
    assert command is not None
    environment = {name: value for name, value in os.environ.items() if name != "NODE_ENV"}
    done = subprocess.run(
        [command, *words], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def set_up_workshop(place: Path) -> Path:
    """The page's source in this folder, ready to build and with what a visit needs."""
    frontend = place / "frontend"
    shutil.copytree(FRONTEND, frontend, ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copytree(ROOT / "locales", place / "locales")
    installed = FRONTEND / "node_modules"
    if installed.is_dir() and sys.platform != "win32":  # a link needs rights there that users do not have
        (frontend / "node_modules").symlink_to(installed)
    else:
        npm("ci", "--no-audit", "--no-fund", cwd=frontend)
    return frontend


class Server:
    """A program that prints its address; can be killed and started again on the same port."""

    def __init__(self, command: Sequence[str | Path], folder: Path = ROOT) -> None:
        self._command = [str(word) for word in command]
        self._folder = folder
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        command = [word.replace("PORT", self._port) for word in self._command]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=self._folder)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self._port = found[1]
                return found[0]
        raise AssertionError(f"{command} ended without printing its address")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def palfriend(settings: Path, *more: str) -> list[str | Path]:
    """The command of the program itself, without a window, for `Server`."""
    return [sys.executable, ROOT / "main.py", "--headless", "--port", "PORT", "--settings", settings, *more]


def visit(
    workshop: Path, server: Server, steps: Sequence[str], pictures: Path, orders: Mapping[str, Order] | None = None
) -> dict[str, str]:
    """What went wrong at each step, empty where nothing did."""
    browser = needs.chromium()
    assert browser is not None
    pictures.mkdir(parents=True, exist_ok=True)
    known: dict[str, Order] = {"kill": lambda _: server.kill(), "start": lambda _: server.start(), **(orders or {})}
    results = dict.fromkeys(steps, "the visit ended before this step")
    script = workshop / "tests-browser" / "journey.mjs"
    try:
        command = ["node", str(script), server.start(), browser, str(pictures), *steps]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as visitor:
            assert visitor.stdin is not None
            assert visitor.stdout is not None
            try:
                for line in visitor.stdout:
                    news = json.loads(line)
                    if wish := news.get("ask"):
                        answer = known[wish](news.get("what"))
                        print(json.dumps(answer), file=visitor.stdin, flush=True)
                    else:
                        results[news["step"]] = news["problem"]
            finally:
                visitor.terminate()
    finally:
        server.kill()
    return results
