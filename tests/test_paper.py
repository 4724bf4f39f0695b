"""Captions instead of an avatar, in virtual time."""

import asyncio

import pytest
import virtual

from events import AvatarError, Link, LinkState
from settings import Speech
from voice.paper import PaperAvatar


def paper() -> PaperAvatar:
    return PaperAvatar(Speech(post_gap_ms=500, max_speech_ms=10_000), estimate=len)


def test_a_line_takes_its_estimate_and_the_pause():
    """The demo walks at the pace of a real stream."""

    async def scenario() -> float:
        avatar = paper()
        await avatar.ready()
        await avatar.say("four")
        return asyncio.get_running_loop().time()

    assert virtual.run(scenario()) == pytest.approx(4.5)


def test_no_line_takes_longer_than_the_longest_allowed():
    async def scenario() -> float:
        await paper().say("x" * 1000)
        return asyncio.get_running_loop().time()

    assert virtual.run(scenario()) == pytest.approx(10.5)


def test_lines_said_at_once_are_taken_one_after_the_other():
    async def scenario() -> float:
        avatar = paper()
        await asyncio.gather(avatar.say("one"), avatar.say("two"))
        return asyncio.get_running_loop().time()

    assert virtual.run(scenario()) == pytest.approx(7)


def test_nothing_to_say_is_an_error_that_was_not_sent():
    async def scenario() -> None:
        with pytest.raises(AvatarError) as caught:
            await paper().say(" \n")
        assert not caught.value.sent

    virtual.run(scenario())


def test_it_is_up_at_once_and_lives_until_cancelled():
    async def scenario() -> list[Link]:
        links: list[Link] = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await paper().run(links.append)
        return links

    assert virtual.run(scenario()) == [Link(state=LinkState.UP, code="paper")]


def test_a_caption_that_waits_for_the_one_before_is_withdrawn_on_demand():
    """Panic in the demo is panic, too."""

    async def scenario() -> None:
        avatar = PaperAvatar(Speech(), estimate=lambda _: 1.0)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(avatar.say("one"))
            second = asyncio.ensure_future(avatar.say("two"))
            await asyncio.sleep(0.5)
            avatar.withdraw()
            with pytest.raises(AvatarError, match="withdrawn"):
                await second
            assert first.done()

    virtual.run(scenario())
