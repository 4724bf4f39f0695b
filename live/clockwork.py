"""A loop whose clock jumps to the next timer instead of waiting: hours of chat in seconds.

For rooms that live in memory only. A peer in another thread or process answers in real time, which this clock does not
grant: timeouts fire first.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

EPOCH = 1_700_000_000.0
T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.elapsed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`epoch` is the Unix time at which its clock begins."""

    def __init__(self, epoch: float = EPOCH) -> None:
        self.epoch = epoch
        self.jumping = _Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.elapsed


def run(scenario: Coroutine[Any, Any, T], epoch: float = EPOCH) -> T:
    """Run it on a loop of its own, without ever waiting."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(epoch)) as runner:
        return runner.run(scenario)


def now() -> float:
    """Unix seconds on the virtual clock, `EPOCH` while no such loop runs; hand it to whatever wants a clock."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return EPOCH
    return (loop.epoch if isinstance(loop, VirtualLoop) else EPOCH) + loop.time()
