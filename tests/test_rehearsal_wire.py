"""The crowd's two forms: as our events, and as protobuf through the real library. Both end in the same card."""

import asyncio
from dataclasses import replace

import pytest
from crowd_wire import push_form
from fake_tiktok import FakeTikTok
from test_tiktok import following

from events import EventKind, LiveEvent
from live import clockwork, crowd, rehearsal
from live.crowd import Evening
from settings import Settings

WORDS = ("kind", "user_id", "username", "nickname", "text", "count", "gift_id", "group", "diamonds", "streaking")
WORDS += ("moderator", "language")


async def over_the_wire(evening: Evening) -> list[LiveEvent]:
    async with FakeTikTok(batch=20) as tiktok, following(tiktok) as follower:
        await follower.up()
        for number, (_, event) in enumerate(evening.events, 1):
            await tiktok.push(push_form(event))
            if number % 50 == 0:
                await asyncio.sleep(0.05)
        await follower.until(lambda: len(follower.events) >= len(evening.events), "all of it")
        return follower.events


def with_what_is_followed(evening: Evening) -> Evening:
    """Without how many are watching: that says nothing about anybody."""
    return replace(evening, events=tuple(timed for timed in evening.events if timed[1].kind is not EventKind.VIEWERS))


@pytest.mark.timeout(180)
def test_the_crowd_on_the_wire_is_the_crowd_and_ends_in_the_same_card():
    evening = with_what_is_followed(crowd.evening(6, "busy", 90))
    arrived = [event for event in asyncio.run(over_the_wire(evening)) if event.kind is not EventKind.VIEWERS]

    sent = [event for _, event in evening.events]
    assert [[getattr(event, word) for word in WORDS] for event in arrived] == [
        [getattr(event, word) for word in WORDS] for event in sent
    ]

    keys = {event.key: there.key for event, there in zip(sent, arrived, strict=True)}
    # pushed at once, a minute's comments have one moment: equal ones of one viewer would count as replayed
    retimed = [replace(event, created=0.0) for event in arrived]
    other = replace(
        evening,
        events=tuple((at, event) for (at, _), event in zip(evening.events, retimed, strict=True)),
        truth=replace(evening.truth, questions=frozenset(keys[key] for key in evening.truth.questions)),
    )
    ours, theirs = (clockwork.run(rehearsal.rehearse(Settings(), form)) for form in (evening, other))

    assert ours.gifts.streaks > 5
    assert ours.answered > 5
    assert theirs == ours
