"""The whole house under 400 events a second on real wires: nothing is lost, and questions still get through.

How fast is no matter of a test: `bench/load.py` measures that, for two minutes, beside a program that does nothing.
"""

import asyncio
from pathlib import Path

import pytest
from load_stage import KINDS, load


@pytest.mark.timeout(240)
def test_at_400_events_a_second_none_is_lost_and_every_question_reaches_the_model(tmp_path: Path):
    result = asyncio.run(load(tmp_path, 400, 10))

    assert sum(result.sent.values()) == 4000
    assert {kind: result.counted.get(kind, 0) for kind in KINDS} == {kind: result.sent[kind] for kind in KINDS}
    assert result.repeats == 0
    assert len(result.asked) == result.probes >= 15
    assert len(result.pings) >= 5
    assert result.connections == 1
