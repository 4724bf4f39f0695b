"""A loop whose clock jumps to the next timer instead of waiting: hours of chat in milliseconds.

For in-memory fakes only. A peer in another thread or process answers in real time, which
this clock does not grant: timeouts fire first.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

EPOCH = 1_700_000_000.0
T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.elapsed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = _Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.elapsed


def run(scenario: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)


def now() -> float:
    """Unix seconds on the virtual clock, its start while no loop runs; hand it to whatever wants `now`."""
    try:
        return EPOCH + asyncio.get_running_loop().time()
    except RuntimeError:
        return EPOCH
