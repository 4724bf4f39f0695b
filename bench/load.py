"""The whole house under load on real wires: `python bench/load.py [--rate 400] [--seconds 120] [--batch 1]`.

The realistic mix through the stand-in of TikTok and the real library into our own process; questions that must reach
the model, and pings of Animaze's that must be answered meanwhile. Seconds in which the house could have run but other
programs had the processors say something of the computer, not of us. Leaves with 1 when an event was lost, or a
question's p99 in the calm seconds is above the promise.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from tests.load_stage import Load, load  # noqa: E402 - the project is found beside this file

PROMISED_P99 = 0.1
CALM = 0.15
"""Seconds that the threads of the house may wait for a processor in a calm second, all together."""

ANIMAZE_GIVES_UP = 20.0
"""Seconds after which a usual server of its kind takes an unanswered ping for a lost connection."""


def points(seconds: list[float]) -> tuple[float, float, float]:
    """p50, p99 and the largest, in milliseconds."""
    spread = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [float("nan")] * 99
    return spread[49] * 1000, spread[98] * 1000, max(seconds, default=float("nan")) * 1000


def show(result: Load) -> None:
    sent, counted = sum(result.sent.values()), sum(result.counted.values())
    print(f"sent {sent} events in {result.seconds:.1f} s (at most {result.late:.2f} s late), counted {counted}")
    print(f"lost {result.lost}, repeats {result.repeats}, connections to Animaze {result.connections}")
    calm = result.calm(CALM)
    for name, probes in (("all", [took for _, took in result.asked]), ("in calm seconds", calm)):
        p50, p99, most = points(probes)
        print(f"question to model request, {name}: {len(probes)} of {result.probes}, ", end="")
        print(f"p50 {p50:.1f}  p99 {p99:.1f}  max {most:.1f} ms")
    waited = points([by for _, by in result.queued])
    print(f"the house waited for a processor p50 {waited[0]:.0f}  p99 {waited[1]:.0f}  max {waited[2]:.0f} ms a second")
    pings = points(result.pings)
    print(
        f"Animaze's ping to our pong: {len(result.pings)}, p50 {pings[0]:.1f}  p99 {pings[1]:.1f}  max {pings[2]:.1f} ms"
    )
    busy = result.cpu / max(result.seconds, 1e-9)
    print(f"the house used {result.cpu:.1f} s CPU, {busy:.0%} of one core; load average {os.getloadavg()[0]:.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=400.0)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--batch", type=int, default=1, help="most messages in a frame")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(load(Path(folder), given.rate, given.seconds, batch=given.batch))
    show(result)
    kept = points(result.calm(CALM))[1] <= PROMISED_P99 * 1000 and max(result.pings, default=0.0) < ANIMAZE_GIVES_UP
    return 0 if kept and not result.lost and len(result.asked) == result.probes else 1


if __name__ == "__main__":
    sys.exit(main())
