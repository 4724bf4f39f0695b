"""How the program ends: one event that everybody may set, and the signals that do. Any thread; waited for in the main one."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

INTERRUPTED_TWICE = 130
"""The exit code when somebody will not wait."""


class Ending:
    """The one event that ends the program, and the signals that set it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    def begin(self) -> None:
        """From any thread; once is enough."""
        self._event.set()
        for listener in self._listeners:
            listener()

    def on_begin(self, listener: Callable[[], None]) -> None:
        """Call it when the end begins, from whichever thread that is; at once when it has begun."""
        self._listeners.append(listener)
        if self._event.is_set():
            listener()

    def wait(self) -> None:
        """Return when it is time to end. In short waits: Windows delivers signals only between them."""
        while not self._event.wait(0.25):
            pass

    def heed_signals(self) -> None:
        """Ctrl-C, SIGTERM, SIGHUP, and on Windows the closed console end the program; a second time at once."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, name, None)  # not every system has each of them
            if number is not None:
                signal.signal(number, self._signalled)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            os._exit(INTERRUPTED_TWICE)
        self.begin()
