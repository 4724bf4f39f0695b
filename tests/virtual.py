"""The clock that jumps, as the tests know it."""

from live.clockwork import EPOCH, VirtualLoop, now, run

__all__ = ["EPOCH", "VirtualLoop", "now", "run"]
