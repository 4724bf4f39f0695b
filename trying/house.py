"""All that can be tried out, as the dashboard's routes want it. Any thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge import Bridge
from mind.persona import DEFAULT, offered
from settings import Settings
from trying import connections
from trying.questions import ask, question
from trying.shows import Shows, WishError, Work
from trying.words import told
from web.trying import BusyError, WrongError

__all__ = ["Tryout"]


@dataclass(slots=True, kw_only=True)
class Tryout:
    """Satisfies `web.trying.Tryout`. One question, one test line, one measurement at a time."""

    settings: Settings
    bridge: Bridge
    shows: Shows
    demo: bool
    _busy: dict[str, threading.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._busy = {name: threading.Lock() for name in ("ask", "animaze", "model", "microphone")}

    def ask(self, text: str, username: str, nickname: str) -> dict[str, Any]:
        """What would be said to this comment: `{answer, model, provider, seconds, code, params, text, card}`."""
        with self._alone("ask"):
            outcome = ask(self.settings, self.bridge, question(text, username, nickname), demo=self.demo)
        if outcome.code == "try_busy":
            raise BusyError
        return {**outcome.facts(), **told(outcome.code)}

    def personas(self) -> dict[str, Any]:
        """`{current, personas}`."""
        return {"current": self.settings.style.persona or DEFAULT, "personas": offered(self.settings)}

    def recordings(self) -> list[dict[str, Any]]:
        """See `Shows.recordings`."""
        return self.shows.recordings()

    def rehearsal(self, seconds: float, intensity: str, seed: int) -> Work:
        """Raises WrongError."""
        return _wished(lambda: self.shows.rehearsal(seconds, intensity, seed))

    def replay(self, name: str, speed: float) -> Work:
        """Raises WrongError."""
        return _wished(lambda: self.shows.replay(name, speed))

    def animaze(self, text: str) -> dict[str, Any]:
        """See `connections.animaze`."""
        with self._alone("animaze"):
            return connections.animaze(self.settings, self.bridge, text)

    def model(self) -> dict[str, Any]:
        """See `connections.model`."""
        with self._alone("model"):
            return connections.model(self.settings, demo=self.demo)

    def microphone(self, seconds: float) -> dict[str, Any]:
        """See `connections.microphone`."""
        with self._alone("microphone"):
            return connections.microphone(self.settings, self.bridge, seconds)

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        if not self._busy[what].acquire(blocking=False):
            raise BusyError
        try:
            yield
        finally:
            self._busy[what].release()


def _wished(make: Callable[[], Work]) -> Work:
    try:
        return make()
    except WishError as error:
        raise WrongError(error.fields) from None
