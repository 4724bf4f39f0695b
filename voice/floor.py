"""Who has the floor: the rule that one speaks at a time, and the streamer before the pal.

On the bot's loop only; no device, no thread. The microphone's edges arrive through `Floor.set_streamer`; whether a
waiting line may be said while the streamer talks is the corridor's question (`corridor/yielding`).
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Literal


class SpeechState(StrEnum):
    """Where the pal is with what it says."""

    IDLE = "idle"
    SPEAKING = "speaking"
    DONE = "done"


Holder = Literal["nobody", "streamer", "pal"]


SOON = 0.001
"""A pause shorter than this is over: clocks are not more exact."""


class Floor:
    """The right to speak. On the loop only.

    `listeners` are told each new holder, `pal_listeners` whether the pal speaks, also where the streamer keeps the floor.
    `resume_gap` gives the seconds that the pal leaves after the streamer's last word.
    """

    def __init__(self, clock: Callable[[], float] = time.time, resume_gap: Callable[[], float] = lambda: 0.0) -> None:
        self._clock, self._resume_gap = clock, resume_gap
        self._quiet_since = -math.inf
        self._streamer = self._pal = False
        self._free = asyncio.Event()
        self._free.set()
        self.holder: Holder = "nobody"
        self.since = clock()
        self.tail = 0.0
        self.speech = SpeechState.IDLE
        self.listeners: list[Callable[[Holder], None]] = []
        self.pal_listeners: list[Callable[[bool], None]] = []

    def set_streamer(self, talking: bool, tail: float = 0.0) -> None:
        """`tail`: seconds of silence by which the end of this talk is known; they are no talk."""
        self._streamer, self.tail = talking, tail
        self._settle()

    def set_pal(self, talking: bool) -> None:
        if talking != self._pal:
            self._pal = talking
            self.speech = SpeechState.SPEAKING if talking else SpeechState.DONE
            for listener in tuple(self.pal_listeners):
                listener(talking)
            self._settle()

    @contextlib.contextmanager
    def pal(self) -> Iterator[None]:
        """The pal speaks while the block runs, however it ends."""
        self.set_pal(True)
        try:
            yield
        finally:
            self.set_pal(False)

    async def free(self) -> None:
        """Return when nobody speaks and the streamer has not just done so.

        Awaited directly, it stays free until the caller awaits something else: the last look is taken after waking,
        with nothing in between, so of several that wait only the first finds it free.
        """
        while self.holder != "nobody" or self.pause():
            await self._free.wait()
            await asyncio.sleep(self.pause())

    def pause(self) -> float:
        """Seconds the pal still leaves after the streamer's last word; a clock that is set back leaves none."""
        quiet = self._clock() - self._quiet_since
        rest = self._resume_gap() - quiet
        return rest if quiet >= 0 and rest > SOON else 0.0

    def _settle(self) -> None:
        holder: Holder = "streamer" if self._streamer else "pal" if self._pal else "nobody"
        if holder == self.holder:
            return
        before, self.holder, self.since = self.holder, holder, self._clock()
        if before == "streamer":
            self._quiet_since = self.since
        if holder == "nobody":
            self._free.set()
        else:
            self._free.clear()
        for listener in tuple(self.listeners):
            listener(holder)
