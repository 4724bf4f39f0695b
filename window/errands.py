"""Work that the window has done elsewhere and goes on with here: Tk waits for nobody, and nobody else touches Tk."""

import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any

from window.parts import waiting


class Errands:
    """Belongs to the main thread; `look` there now and then."""

    def __init__(self) -> None:
        self.awaited: dict[int, Callable[[Any], object]] = {}
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._numbers = itertools.count()

    def run(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Work on a thread, then go on here with the result, which is an exception when it failed."""
        number = next(self._numbers)
        self.awaited[number] = then
        threading.Thread(target=_work, args=(work, number, self._done), name="window", daemon=True).start()

    def look(self) -> None:
        """Go on with what is done."""
        for number, outcome in waiting(self._done):
            if then := self.awaited.pop(number, None):
                then(outcome)

    def forget(self) -> None:
        """Nothing is gone on with any more."""
        self.awaited.clear()


def _work(work: Callable[[], Any], number: int, done: queue.SimpleQueue[tuple[int, Any]]) -> None:
    """Knows nothing of the window: the last reference to Tk must not end on this thread."""
    try:
        outcome = work()
    except Exception as error:  # border: sound libraries raise anything, nobody is above this thread  # noqa: BLE001
        outcome = error
    done.put((number, outcome))
