"""A stand-in of TikTok in a process of its own, that sends the realistic mix of `bench/traffic.py` at a steady rate.

`python tests/load_crowd.py --rate 400 --seconds 120`. Prints JSON lines: its address; after a line on its standard input
each probe (a question among comments that ask nothing) the moment it is sent; at the end what was sent.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.traffic import mix
from tests.fake_tiktok import FakeTikTok

STEP_SECONDS = 0.01
CHATTER = ("nice", "lol", "gg", "so cool", "haha yes")


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def harmless(event: dict[str, Any], number: int) -> dict[str, Any]:
    """A comment that asks nothing, so that only probes wait for an answer."""
    return {**event, "text": CHATTER[number % len(CHATTER)]} if event["type"] == "comment" else event


async def send(server: FakeTikTok, rate: float, seconds: float, probe_every: float) -> None:
    """Whatever was late is made up for at once: the number is exact."""
    events, sent, probes, late = mix(), Counter[str](), 0, 0.0
    begin, total = time.monotonic(), 0
    while total < rate * seconds:
        passed = time.monotonic() - begin
        while total < min(rate * passed, rate * seconds):
            event = harmless(next(events), total)
            if total >= probes * probe_every * rate:
                user = {"unique_id": f"asker_{probes}", "nickname": f"Asker {probes}"}
                event = {"type": "comment", "user": user, "text": f"what is number {probes}?"}
                say(probe=probes, at=time.time())
                probes += 1
            await server.push(event)
            sent[event["type"]] += 1
            total += 1
        late = max(late, time.monotonic() - begin - total / rate)
        await asyncio.sleep(STEP_SECONDS)
    say(sent=dict(sent), total=total, probes=probes, late=late, seconds=time.monotonic() - begin)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=400.0)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--probe-every", type=float, default=0.6)
    parser.add_argument("--batch", type=int, default=1)
    given = parser.parse_args()
    async with FakeTikTok(batch=given.batch) as server:
        say(base_url=server.base_url)
        await asyncio.to_thread(sys.stdin.readline)
        await send(server, given.rate, given.seconds, given.probe_every)
        await asyncio.to_thread(sys.stdin.readline)
        say(cpu=time.process_time())


if __name__ == "__main__":
    asyncio.run(main())
