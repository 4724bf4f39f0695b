"""The rule that one speaks at a time."""

import asyncio
import contextlib

import pytest
import virtual

import speech
from voice.floor import Floor, SpeechState


def test_the_design_finds_the_floor_in_speech():
    assert (speech.Floor, speech.SpeechState) == (Floor, SpeechState)


def test_the_streamer_goes_before_the_pal():
    times = iter([1.0, 2.0, 3.0, 4.0])
    floor = Floor(clock=lambda: next(times))
    seen = [(floor.holder, floor.since)]
    for act in (
        lambda: floor.set_pal(True),
        lambda: floor.set_streamer(True),
        lambda: floor.set_pal(False),
        lambda: floor.set_streamer(False),
    ):
        act()
        seen.append((floor.holder, floor.since))
    assert seen == [("nobody", 1.0), ("pal", 2.0), ("streamer", 3.0), ("streamer", 3.0), ("nobody", 4.0)]


def test_the_pals_floor_is_given_back_however_the_line_ends():
    floor, heard = Floor(), []
    floor.listeners.append(heard.append)
    assert floor.speech is SpeechState.IDLE
    with contextlib.suppress(ValueError), floor.pal():
        assert floor.speech is SpeechState.SPEAKING
        raise ValueError
    assert floor.speech is SpeechState.DONE
    assert heard == ["pal", "nobody"]


def test_free_waits_for_both():
    async def scenario() -> float:
        floor, loop = Floor(), asyncio.get_running_loop()
        floor.set_streamer(True)
        floor.set_pal(True)
        loop.call_later(1, floor.set_pal, False)
        loop.call_later(5, floor.set_streamer, False)
        await floor.free()
        return loop.time()

    assert virtual.run(scenario()) == pytest.approx(5)


def test_a_floor_taken_again_before_the_waiter_wakes_is_not_free():
    """The streamer draws breath and goes on in the same turn of the loop."""

    async def scenario() -> float:
        floor, loop = Floor(), asyncio.get_running_loop()
        floor.set_streamer(True)

        def breath() -> None:
            floor.set_streamer(False)
            floor.set_streamer(True)

        loop.call_later(1, breath)
        loop.call_later(9, floor.set_streamer, False)
        await floor.free()
        return loop.time()

    assert virtual.run(scenario()) == pytest.approx(9)


def test_of_many_that_wait_one_at_a_time_gets_the_floor():
    """Whoever wakes first takes it before the next one looks."""

    async def scenario() -> int:
        floor, together, most = Floor(), 0, 0

        async def speak() -> None:
            nonlocal together, most
            await floor.free()
            with floor.pal():
                together += 1
                most = max(most, together)
                await asyncio.sleep(1)
                together -= 1

        floor.set_streamer(True)
        async with asyncio.TaskGroup() as house:
            for _ in range(5):
                house.create_task(speak())
            asyncio.get_running_loop().call_later(1, floor.set_streamer, False)
        return most

    assert virtual.run(scenario()) == 1
