"""The whole house under 400 events a second on real wires: nothing is lost, and questions still get through.

How fast is no matter of a test: `bench/load.py` measures that, for two minutes, beside a program that does nothing.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from load_stage import KINDS, ROOT, load


@pytest.mark.timeout(240)
def test_at_400_events_a_second_none_is_lost_and_every_question_reaches_the_model(tmp_path: Path):
    result = asyncio.run(load(tmp_path, 400, 10))

    assert sum(result.sent.values()) == 4000
    assert {kind: result.counted.get(kind, 0) for kind in KINDS} == {kind: result.sent[kind] for kind in KINDS}
    assert result.repeats == 0
    assert len(result.asked) == result.probes >= 15
    assert len(result.pings) >= 5
    assert result.connections == 1


def test_what_the_library_brought_is_left_alone_by_the_collector_and_set_aside_once():
    """Looking through its schemas would stop everything for half a second again and again; a second Start must not set
    aside what the first one left behind."""
    code = (
        "import gc, threading; from live import library\n"
        "for _ in range(2): library.load(threading.Event()); print(gc.get_freeze_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = map(int, done.stdout.split())

    assert first > 100_000
    assert second <= first
