"""A house with a dashboard for tests: real settings in a folder, a real bridge around a bot that only waits."""

import asyncio
import contextlib
import http.client
import json
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import socketio as client_library

from app import House
from bridge import Bridge
from events import Board, Calibrated
from live.viewers import Viewers
from settings import load_settings
from setup.guide import Found, Guide
from setup.probes import RealProbes
from trying.elsewhere import Elsewhere
from trying.house import Tryout
from trying.shows import Shows
from trying.words import told
from tuning.watch import Watch
from web.logs import LogRing

ROOT = Path(__file__).parent.parent
PATIENCE = 30.0
"""Seconds a slow machine may take for what is instant elsewhere."""

SAYING_SO = {"X-PalFriend": "1"}


@dataclass
class Bot:
    """Stands in for the corridor: shows that it runs, then waits for the end."""

    fails: bool = False
    last_words: str = ""

    async def __call__(self, board: Board, stop: asyncio.Event) -> None:
        if self.fails:
            raise ValueError("the key sk-abcdef123456 is wrong")
        board.show({"running": True, "state": "live"})
        await stop.wait()
        if self.last_words:
            print(self.last_words, flush=True)


@dataclass
class Calls:
    quit: threading.Event = field(default_factory=threading.Event)


class QuietTryout(Tryout):
    """The real one, but for what would touch this computer's microphone and whatever listens on Animaze's ports."""

    def animaze(self, text: str) -> dict[str, Any]:
        return {"ok": True, **told("animaze_said"), "seconds": 1.5}

    def microphone(self, seconds: float) -> dict[str, Any]:
        return {"ok": True, **told("mic_heard"), "heard": True, "rms_dbfs": -20.5, "peak_dbfs": -10.0}


class QuietDoctor:
    """Finds nothing at once: a real examination takes seconds and asks the world (`tests/test_doctor_web.py` has one)."""

    def served_at(self, url: str) -> None:
        self.url = url

    def examine(self, tell: Callable[[float], None]) -> dict[str, Any]:
        tell(1.0)
        return {"light": "green", "seconds": 0.0, "at": 0.0, "checks": []}

    def bundle(self) -> tuple[str, bytes]:
        return "palfriend-support.zip", b"PK"


class QuietProbes(RealProbes):
    """Asks nobody outside; what the wires bring is test_setup.py's affair."""

    def tiktok(self, name: str) -> Found:
        return Found(True, "tiktok_offline", {"name": name}, {"name": name, "live": False, "picture": "data:,"})

    def animaze(self, host: str, port: int) -> Found:
        return Found(True, "animaze_found", {"host": host, "port": port}, {"host": host, "port": port})

    def greet(self, text: str) -> Found:
        return Found(True, "animaze_spoke")

    def local_models(self) -> list[dict[str, Any]]:
        return [{"name": "Ollama", "base_url": "http://127.0.0.1:11434/v1", "models": ["small"]}]

    def model(self, base_url: str, key: str, model: str) -> Found:
        return Found(
            True, "model_ok", {"model": model, "seconds": "0.5"}, {"answer": "Hello!", "first_token_seconds": 0.5}
        )

    def hear(self, device: str, phase: str, tell: Any, stop: threading.Event) -> Found:
        return Found(True, "microphone_heard" if phase == "speak" else "microphone_quiet")

    def rehearse(self) -> Found:
        return Found(True, "rehearsal_passed", {}, {"card": {}, "lines": ["All went well."]})


def build_house(folder: Path, calls: Calls | None = None, **changes: Any) -> House:
    settings = changes.pop("settings", None) or load_settings(folder / "settings.yaml")
    bridge, demo = changes.pop("bridge", None) or Bridge(Bot()), changes.pop("demo", True)
    shows = Shows(settings, Elsewhere([sys.executable, str(ROOT / "main.py")]))
    parts: dict[str, Any] = {
        "settings": settings,
        "watch": Watch(settings),
        "bridge": bridge,
        "doctor": QuietDoctor(),
        "guide": Guide(settings, QuietProbes(settings)),
        "tryout": QuietTryout(settings=settings, bridge=bridge, shows=shows, demo=demo),
        "archive": Viewers(settings, bridge),
        "logs": LogRing(),
        "calibrate": lambda kind: Calibrated(kind=kind, verdict="ok", level_dbfs=-21.5),
        "devices": lambda: [{"name": "Mikrofon (ä)", "default": True}],
        "quit": (calls or Calls()).quit.set,
        "version": "1.2.3",
        "demo": demo,
    }
    return House(**{**parts, **changes})


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
    """One request; `headers` with _ for -, a Host among them replaces the usual one."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host="Host" in named, skip_accept_encoding=True)
        for name, value in named.items():
            connection.putheader(name, value.encode("utf-8"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def post(port: int, path: str, content: object = None, **headers: str) -> Reply:
    body = b"" if content is None else json.dumps(content).encode()
    return ask(port, path, "POST", body, **{"X_PalFriend": "1", "Content_Type": "application/json", **headers})


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def knock(port: int, path: str = "/socket.io/?EIO=4&transport=websocket", **headers: str) -> tuple[int, socket.socket]:
    """Ask for a websocket; the status of the answer and the connection, which the caller closes."""
    named = {"Host": f"127.0.0.1:{port}"} | HANDSHAKE | {n.replace("_", "-"): value for n, value in headers.items()}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall("\r\n".join(lines).encode())
    head = b""
    while b"\r\n" not in head:
        part = connection.recv(1)
        if not part:
            break
        head += part
    return int(head.split()[1] if head else 0), connection


def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives as soon as that is something."""
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return result


def web_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("web")]


class Page:
    """A Socket.IO client that keeps what it hears."""

    def __init__(self, port: int, transport: str = "websocket", language: str = "") -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = client_library.Client(reconnection=False)
        self.client.on("*", lambda name, *data: self.heard.put((name, *data)))
        auth = {"language": language} if language else None
        self.client.connect(f"http://127.0.0.1:{port}", auth=auth, transports=[transport], wait_timeout=PATIENCE)

    def next(self, name: str, fits: Callable[[Any], object] = lambda _: True) -> Any:
        """The next news of this name that fits."""
        deadline = time.monotonic() + PATIENCE
        while True:
            heard = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            if heard[0] == name and fits(heard[1]):
                return heard[1]

    def close(self) -> None:
        with contextlib.suppress(client_library.exceptions.SocketIOError):
            self.client.disconnect()
        self.client.eio.queue.put(None)  # or its writer sleeps for half a minute when the server was first
        self.client.wait()


def deaf_page(port: int) -> socket.socket:
    """A websocket that is connected, takes part, and never reads again."""
    status, connection = knock(port)
    assert status == 101
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.sendall(b"\x81\x82\x00\x00\x00\x0040")  # masked with zeros: "40"
    return connection
