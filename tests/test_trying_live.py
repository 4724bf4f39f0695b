"""Trying things out while the pal is live: the whole program on real wires, with one mouth and nothing counted twice."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fake_animaze import FakeAnimaze
from tests.test_house import Stage, stage


async def settled(house: Stage) -> dict[str, Any]:
    await asyncio.sleep(0.6)  # three statuses
    return await house.status()


@pytest.mark.timeout(240)
def test_a_tried_question_shows_what_is_then_said_and_counts_only_what_it_costs(tmp_path: Path):
    async def scenario() -> None:
        async with stage(tmp_path) as house:
            before = await house.status()
            tried = await house.post(
                "/api/ask", {"text": "where is number one?", "username": "anna", "nickname": "anna"}
            )
            after = await settled(house)
            assert (tried["code"], tried["provider"]) == ("", "openai")
            assert after["counters"] == before["counters"]
            assert after["cost"]["requests"] == before["cost"]["requests"] + 1
            assert (await asyncio.to_thread(house._get, "/api/utterances"))["entries"] == []
            assert (await asyncio.to_thread(house._get, "/api/outbox"))["lines"] == []
            assert (await asyncio.to_thread(house._get, "/api/audit"))["entries"] == []
            assert house.animaze.messages == []
            await house.tiktok.push({"type": "comment", "user": "anna", "text": "where is number one?"})
            await house.until(lambda: house.animaze.messages, "the answer")
            assert [m.removeprefix("-echo ") for m in house.animaze.messages] == tried["answer"]

    asyncio.run(scenario())


@pytest.mark.timeout(240)
def test_the_test_line_goes_through_the_one_mouth_there_is(tmp_path: Path):
    """It waits for its turn; no second connection is opened, nothing is spoken over."""

    async def scenario() -> None:
        animaze = FakeAnimaze(events=True, seconds=lambda _: 1.0)
        async with stage(tmp_path, animaze) as house:
            attempts = animaze.attempts
            await house.tiktok.push({"type": "comment", "user": "anna", "text": "what is number one?"})
            await house.until(lambda: animaze.messages, "the answer")
            result = await house.post("/api/test/animaze", {"text": "This is a test."})
            assert (result["ok"], result["code"]) == (True, "animaze_said")
            assert animaze.messages[-1] == "-echo This is a test."
            assert animaze.overlaps() == []
            assert (animaze.attempts, len(animaze.connections)) == (attempts, 1)
            refused = await house.post("/api/test/animaze", {"text": "fuck you"})
            assert (refused["ok"], refused["code"]) == (False, "say_refused")
            animaze.faults.append("error")
            assert (await house.post("/api/test/animaze", {"text": "Another one."}))["ok"] is False
            await house.post("/api/panic", {"on": True})
            assert (await house.post("/api/test/animaze", {}))["code"] == "say_panic"
            mic = await house.post("/api/test/microphone", {"seconds": 0.5})
            assert (mic["ok"], mic["code"]) == (False, "mic_off")
            history = await asyncio.to_thread(house._get, "/api/history")
            assert sum(minute["comments"] for minute in history["minutes"]) == 1

    asyncio.run(scenario())
