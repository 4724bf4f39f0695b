"""The border post: the only room that knows both the bot's event loop and other threads.

Loop to threads: a status that is replaced whole (read any time) and bounded queues, one for each reader.
Threads to loop: `call_soon_threadsafe` only; nobody touches an object of the other side directly.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from events import Board, Whom
from live.audit import without
from live.minutes import Minutes
from live.shelf import Card, Shelf

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
ORDER_SECONDS = 0.5
"""How long whoever gives an order waits for it to be carried out, so that the status they read next is the new one."""

STOPPED: Mapping[str, Any] = {
    "running": False,
    "state": "stopped",
    "error": None,
    "demo": False,
    "connected": {"tiktok": False, "animaze": False, "openai": False, "microphone": False},
    "live": {
        "state": "stopped",
        "since": None,
        "code": "",
        "params": {},
        "reason": "",
        "remedy": "",
        "until": None,
    },
    "viewers": None,
    "links": {},
    "counters": {
        "events": {},
        "duplicates": 0,
        "answered": 0,
        "spoken": 0,
        "skipped": {},
        "unsaid": {},
        "gifts": {"streaks": 0, "diamonds": 0},
    },
    "latency": {
        "question_to_speech": {"p50": None, "p95": None},
        "gift_to_speech": {"p50": None, "p95": None},
    },
    "cost": {
        "requests": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "estimated": False,
        "money": 0.0,
        "cap_reached": False,
    },
    "likes": 0,
    "queue": 0,
    "floor": "nobody",
    "floor_since": None,
    "speech": "idle",
    "speaking": None,
    "mic_level": 0.0,
    "microphone": {
        "mode": "listen",
        "engine": "",
        "rms_dbfs": -120.0,
        "peak_dbfs": -120.0,
        "talking": False,
        "bar_dbfs": None,
    },
    "talking": False,
    "silenced": None,
}
"""The answer of `GET /api/status` before the first Start, and the shape of every one after it."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened, on its way to a window or page."""

    name: str
    payload: Mapping[str, Any]


class StatusBoard:
    """Written on the bot's loop, read from any thread."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.minutes = Minutes()
        self.status: Mapping[str, Any] = STOPPED
        self.audit: tuple[Mapping[str, Any], ...] = ()
        self._readers: tuple[queue.Queue[News], ...] = ()
        self._forgetful: tuple[Callable[[Whom, float], None], ...] = ()

    def show(self, status: Mapping[str, Any]) -> None:
        self.status = {**STOPPED, **status}
        self.minutes.show(self.status)

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        for reader in self._readers:
            with contextlib.suppress(queue.Full):  # a reader that lags loses news, the bot never waits
                reader.put_nowait(News(name, payload))

    def keep(self, audit: tuple[Mapping[str, Any], ...]) -> None:
        self.audit = audit

    def file(self, card: Card) -> None:
        self.shelf.file(card)

    def unfile(self, whom: Whom, at: float) -> int:
        """Also from another thread while no bot runs. What only quotes them is cleaned by whoever reads it next."""
        for forget in self._forgetful:
            forget(whom, at)
        return self.shelf.unfile(whom, at)

    def on_unfile(self, forget: Callable[[Whom, float], None]) -> None:
        """Call this when somebody is to be forgotten, with what they did until then; it must return at once."""
        self._forgetful = (*self._forgetful, forget)

    def subscribe(self, size: int = 1024) -> "queue.Queue[News]":
        """A queue of what happens from now on; give it back with `unsubscribe`."""
        reader: queue.Queue[News] = queue.Queue(size)
        self._readers = (*self._readers, reader)
        return reader

    def unsubscribe(self, reader: "queue.Queue[News]") -> None:
        self._readers = tuple(r for r in self._readers if r is not reader)


class Orders:
    """What other threads order of the bot, and the panic that outlives a stream.

    Panic stays until it is released, also over Stop and Start: whoever silenced the pal and starts it anew must not be
    surprised by its voice. Everything else begins anew with each Start.
    """

    def __init__(self) -> None:
        self.panic = False
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handlers: Mapping[str, Callable[..., object]] = {}

    @contextlib.contextmanager
    def given_to(self, handlers: Mapping[str, Callable[..., object]]) -> Iterator[None]:
        """Inside, orders are carried out by these, on the loop that runs now. A remembered panic comes first."""
        with self._lock:
            self._loop, self._handlers = asyncio.get_running_loop(), handlers
            if self.panic:
                handlers["panic"](True)
        try:
            yield
        finally:
            with self._lock:
                self._loop, self._handlers = None, {}

    def remember(self, panic: bool) -> None:
        """Panic began or ended."""
        self.panic = panic

    def give(self, name: str, *details: object) -> bool:
        """Let the bot do it and wait (`ORDER_SECONDS` at most) until it has; False when there is no bot to order."""
        return self._carry(name, details)[0]

    def ask(self, name: str, *details: object) -> object:
        """What the bot answers to it; None when there is no bot, or it does not answer in time."""
        return self._carry(name, details)[1]

    def _carry(self, name: str, details: tuple[object, ...]) -> tuple[bool, object]:
        done = threading.Event()
        answer: list[object] = [None]
        with self._lock:
            if name == "panic":
                self.panic = bool(details[0])
            if self._loop is None:
                return False, None
            handler = self._handlers[name]

            def carry_out() -> None:
                answer[0] = handler(*details)
                done.set()

            try:
                self._loop.call_soon_threadsafe(carry_out)
            except RuntimeError:  # the loop closed by itself
                return False, None
        if not done.wait(ORDER_SECONDS):
            log.warning("the bot is slow to %s", name)
        return True, answer[0]


Main = Callable[[Board, asyncio.Event], Awaitable[None]]
"""Build a bot that reports to the board and let it live until the event is set. Built anew at every start."""


class Bridge:
    """The bot's thread: start, stop, status. Safe to call from any thread; each start has a thread and a loop of its own."""

    def __init__(self, main: Main, orders: Orders | None = None) -> None:
        self.board = StatusBoard()
        self.orders = orders or Orders()
        self._main = main
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def status(self) -> Mapping[str, Any]:
        """What `GET /api/status` answers."""
        return self.board.status

    def order(self, name: str, *details: object) -> bool:
        """Have the bot do this (panic on, mute on, skip, talking on, taught action word, calibrate kind reply) and return when it is done.

        False when there is no bot to order; a panic is then remembered for the next one.
        """
        given = self.orders.give(name, *details)
        if not given:
            with self._lock:
                self.board.show({**self.board.status, "silenced": self._silenced()})
        return given

    def ask(self, name: str, *details: object) -> object:
        """What the bot answers to this order (lines; now, drop id; move id position; clear; say text); None without one."""
        return self.orders.ask(name, *details)

    def forget(self, whom: Whom, at: float) -> dict[str, int]:
        """What is kept of this viewer while no bot runs: how many cards and entries of the audit that were."""
        with self._lock:
            audit = tuple(without(entry, whom) for entry in self.board.audit)
            changed = sum(new is not old for new, old in zip(audit, self.board.audit, strict=True))
            self.board.keep(audit)
            return {"cards": self.board.unfile(whom, at), "audit": changed}

    def _silenced(self) -> str | None:
        return "panic" if self.orders.panic else None

    @property
    def running(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self) -> bool:
        """Begin, without waiting for anything. False when it is running already."""
        with self._lock:
            if self.running:
                return False
            self.board.show({"running": True, "state": "starting", "silenced": self._silenced()})
            self.board.keep(())
            self.board.shelf.clear()
            self._loop, self._stop = asyncio.new_event_loop(), asyncio.Event()
            self._thread = threading.Thread(target=self._run, args=(self._loop, self._stop), name="bot", daemon=True)
            self._thread.start()
            return True

    def stop(self, timeout: float = STOP_SECONDS) -> bool:
        """Ask, then wait at most `timeout` seconds. False means that something would not end."""
        with self._lock:
            thread, loop, stop = self._thread, self._loop, self._stop
            if thread is None or loop is None or stop is None:
                return True
            with contextlib.suppress(RuntimeError):  # the loop closed by itself
                loop.call_soon_threadsafe(stop.set)
            thread.join(timeout)
            if thread.is_alive():
                log.error("the bot did not stop within %.0f s", timeout)
                return False
            self._thread = self._loop = self._stop = None
            return True

    def _run(self, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
        problem: str | None = None
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(self._supervise(stop))
        except Exception as error:  # border: the top of the thread, nothing above could see it
            log.exception("the bot ended because of an error")
            problem = "; ".join(_leaves(error))
        last = self.board.status
        self.board.show(
            {
                **last,
                "running": False,
                "state": "error" if problem else "stopped",
                "error": problem,
                "connected": STOPPED["connected"],
                "live": STOPPED["live"],
                "viewers": None,
                "links": {},
                "floor": "nobody",
                "floor_since": None,
                "speech": "idle",
                "speaking": None,
                "queue": 0,
                "mic_level": 0.0,
                "microphone": STOPPED["microphone"],
                "talking": False,
                "silenced": self._silenced(),
            }
        )

    async def _supervise(self, stop: asyncio.Event) -> None:
        await self._main(self.board, stop)


def _leaves(error: BaseException) -> list[str]:
    """The causes inside nested exception groups, one sentence each."""
    if isinstance(error, BaseExceptionGroup):
        return [text for inner in error.exceptions for text in _leaves(inner)]
    return [f"{type(error).__name__}: {error}"]
