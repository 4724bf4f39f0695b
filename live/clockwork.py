"""A loop whose clock jumps to the next timer instead of waiting, or runs faster than time: hours of chat in seconds.

For rooms that live in memory only. A peer in another thread or process answers in real time, which this clock does not
grant: timeouts fire first.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

EPOCH = 1_700_000_000.0
T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    elapsed = 0.0

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed
        self._began = time.monotonic()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else self._pause(timeout))
        if not ready and timeout is not None:
            self.elapsed += timeout
        return ready

    def _pause(self, timeout: float) -> float:
        """What is left of the wait by now: what was done meanwhile took real time, too."""
        if not self._speed:
            return 0.0
        return max(0.0, self._began + (self.elapsed + timeout) / self._speed - time.monotonic())


class VirtualLoop(asyncio.SelectorEventLoop):
    """`epoch` is the Unix time at which its clock begins; `speed` how many times faster than time it runs, 0: it jumps."""

    def __init__(self, epoch: float = EPOCH, speed: float = 0.0) -> None:
        self.epoch = epoch
        self.jumping = _Jumping(speed)
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.elapsed


def run(scenario: Coroutine[Any, Any, T], epoch: float = EPOCH, speed: float = 0.0) -> T:
    """Run it on a loop of its own, without ever waiting, or so many times faster than time."""
    results: list[T] = []

    async def play() -> None:
        results.append(await scenario)  # not the task's result: the runner has it written out at the end, all of it

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(epoch, speed)) as runner:
        runner.run(play())
    return results[0]


def now() -> float:
    """Unix seconds on the virtual clock, `EPOCH` while no such loop runs; hand it to whatever wants a clock."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return EPOCH
    return (loop.epoch if isinstance(loop, VirtualLoop) else EPOCH) + loop.time()
