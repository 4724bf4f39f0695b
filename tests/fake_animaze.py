"""A stand-in for Animaze Desktop: a real WebSocket server that speaks its protocol and notes what it was told.

Tests hold one with `async with FakeAnimaze(...)`, or `with running(FakeAnimaze(...))` when nobody has a loop at hand;
`python tests/fake_animaze.py --port 9000` prints what the pal says, for whoever has no Animaze.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

GARBAGE = (
    "",
    "no json",
    "[1, 2, 3]",
    "null",
    '{"event": 7}',
    '{"event": "SomethingNew", "id": []}',
    '{"event": "AvatarChanged", "new_avatar": "Bear"}',
    '{"id": "somebody-else", "action": "GetPoses", "error": "no"}',
    "[" * 100_000,
    "9" * 10_000,
    b"\xff\xfe\x00 bytes",
)
"""Frames that no client can understand, and some that are none of ours."""


FAULTS = ("", "error", "mute", "drop", "drop_late", "no_start", "no_end", "end_twice", "stray_start", "stray_end")
"""An error answer; nothing at all; the connection torn before or in the middle of the speech; an event lost, repeated a
little later, or told without a message."""

AGAIN = 0.03
"""Seconds after which an end is told once more, which is in the middle of the next line."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing the avatar said, with the moments (monotonic seconds) of its sound."""

    text: str
    begin: float
    end: float


@dataclass
class FakeAnimaze:
    """Speaks at once whatever it is sent, so lines that were sent too early overlap and `overlaps()` shows them."""

    events: bool = False
    """Tell when speech starts and ends."""

    loses_ends: bool = False
    """With events: never tell the end."""

    seconds: Callable[[str], float] = lambda _: 0.2
    """How long this avatar takes to say a text."""

    start_delay: float = 0.0
    """Seconds between a message and its first sound."""

    event_lag: float = 0.0
    """Seconds by which the end of speech is told late."""

    handshake_delay: float = 0.0
    refuse: int = 0
    """So many handshakes are answered with 503 first."""

    error: str = ""
    """Answer messages with this error and say nothing."""

    answers: bool = True
    garbage: bool = False
    """Send frames that cannot be understood before and after everything."""

    drop_after: float | None = None
    """Tear the connection so many seconds after the next message, once."""

    knows_actions: bool = True
    """Answer what is not about speech, too, as Animaze does."""

    faults: list[str] = field(default_factory=list)
    """What goes wrong with the next messages, in order, then nothing; see `FAULTS`."""

    show: Callable[[str], None] = lambda _: None

    frames: list[tuple[float, Any]] = field(default_factory=list)
    """(monotonic seconds, message) of everything received."""

    said: list[Spoken] = field(default_factory=list)
    attempts: int = 0
    connections: set[ServerConnection] = field(default_factory=set)
    port: int = 0
    _server: Server | None = None

    @property
    def messages(self) -> list[str]:
        """The texts of all ChatbotSendMessage, with their prefix."""
        return [f["message"] for _, f in self.frames if isinstance(f, dict) and f.get("action") == "ChatbotSendMessage"]

    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of texts that were spoken at the same time."""
        lines = sorted(self.said, key=lambda line: line.begin)
        return [(a.text, b.text) for i, a in enumerate(lines) for b in lines[i + 1 :] if b.begin < a.end]

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 means a free one, or the one it had before."""
        self._server = await serve(
            self._talk, "127.0.0.1", port or self.port, process_request=self._greet, close_timeout=0.5
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> "FakeAnimaze":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def drop(self) -> None:
        """Tear every connection without a goodbye."""
        for connection in self.connections:
            connection.transport.abort()

    def tell(self, event: str, **details: Any) -> None:
        """Push an event to everybody."""
        self.push(json.dumps({"event": event, **details}))

    def push(self, frame: str | bytes) -> None:
        broadcast(self.connections, frame)

    async def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts += 1
        await asyncio.sleep(self.handshake_delay)
        if self.attempts <= self.refuse:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not yet")
        return None

    async def _talk(self, connection: ServerConnection) -> None:
        self.connections.add(connection)
        self._litter()
        try:
            async with asyncio.TaskGroup() as speeches:
                async for raw in connection:
                    self._take(connection, raw, speeches)
        except* ConnectionClosed:
            self.show("connection lost")
        finally:
            self.connections.discard(connection)

    def _take(self, connection: ServerConnection, raw: str | bytes, speeches: asyncio.TaskGroup) -> None:
        try:
            request = json.loads(raw)
        except ValueError:
            request = raw
        self.frames.append((time.monotonic(), request))
        if not isinstance(request, dict) or "action" not in request:
            return
        if request["action"] != "ChatbotSendMessage":
            if self.knows_actions:
                answer = {key: request[key] for key in ("action", "id") if key in request}
                broadcast([connection], json.dumps({**answer, "avatars": ["Bear"]}))
            return
        if self.drop_after is not None:
            asyncio.get_running_loop().call_later(self.drop_after, connection.transport.abort)
            self.drop_after = None
        speeches.create_task(self._answer(connection, request))

    async def _answer(self, connection: ServerConnection, request: dict[str, Any]) -> None:
        self._litter()
        fault = self.faults.pop(0) if self.faults else ""
        answer = {key: request[key] for key in ("action", "id") if key in request}
        if self.error or fault == "error":
            await connection.send(json.dumps({**answer, "error": self.error or "cannot"}))
            return
        if fault == "drop":
            connection.transport.abort()
        if fault in {"mute", "drop"}:
            return
        if self.answers:
            await connection.send(json.dumps({**answer, "response": "ok"}))
        await self.speak(request["message"].removeprefix("-echo "), fault)

    async def speak(self, text: str, fault: str = "") -> None:
        """Make the avatar say something, as a message or another client would."""
        await asyncio.sleep(self.start_delay)
        begin, seconds = time.monotonic(), self.seconds(text)
        self.said.append(Spoken(text, begin, begin + seconds))
        self.show(text)
        if self.events and fault != "no_start":
            self.tell("ChatbotSpeechStarted")
        if fault == "drop_late":
            asyncio.get_running_loop().call_later(seconds / 2, self.drop)
        await asyncio.sleep(seconds + self.event_lag)
        if self.events and not self.loses_ends and fault != "no_end":
            self.tell("ChatbotSpeechEnded")
        self._afterwards(fault)
        self._litter()

    def _afterwards(self, fault: str) -> None:
        loop = asyncio.get_running_loop()
        if not self.events:
            return
        if fault == "end_twice":
            loop.call_later(AGAIN, self.tell, "ChatbotSpeechEnded")
        elif fault in {"stray_start", "stray_end"}:
            loop.call_later(AGAIN, self.tell, "ChatbotSpeechStarted" if "start" in fault else "ChatbotSpeechEnded")

    def _litter(self) -> None:
        for frame in GARBAGE if self.garbage else ():
            self.push(frame)


@contextlib.contextmanager
def running(animaze: FakeAnimaze, port: int = 0) -> Iterator[FakeAnimaze]:
    """Runs it on a loop and thread of its own; read its notes from anywhere, touch nothing else."""
    ready, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        await animaze.start(port)
        ready.set()
        await done.wait()
        await animaze.stop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(live())

    thread = threading.Thread(target=run, name="fake-animaze")
    thread.start()
    try:
        assert ready.wait(30), "the stand-in did not come up"
        yield animaze
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)


def main() -> None:
    parser = argparse.ArgumentParser(description="Listen like Animaze and print what the pal says.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--events", action="store_true", help="tell when speech starts and ends")
    parser.add_argument("--pace", type=float, default=0.065, help="seconds for each character")
    options = parser.parse_args()
    animaze = FakeAnimaze(events=options.events, seconds=lambda text: 0.3 + len(text) * options.pace)
    animaze.show = lambda line: print(f"{time.strftime('%X')}  {line}", flush=True)

    async def live() -> None:
        await animaze.start(options.port)
        print(f"listening on ws://127.0.0.1:{animaze.port}", flush=True)
        await asyncio.Event().wait()

    try:
        asyncio.run(live())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
