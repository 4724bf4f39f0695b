"""A bot's memory and gift book under 300 events a second, to be killed: prints when it had taken in how many events.

`python kills.py FOLDER FIRST`: the events are numbered from FIRST on, so that each is another one. Each second event
is a frame of a gift's streak, the others are comments and likes of fifty viewers.
"""

import asyncio
import sys
import time
from pathlib import Path

from events import EventKind, LiveEvent
from live.ledger import GiftLedger
from memory import MemoryKeeper, load_memory
from store.gifts import GiftBooks, GiftFile

RATE = 300
VIEWERS = 50


def event(number: int) -> LiveEvent:
    """The `number`th: of each twelve six are frames of two streaks, three comments and three likes."""
    place, group = number % 12, number // 12
    who = group % VIEWERS
    person = {"user_id": str(1000 + who), "username": f"viewer{who}", "nickname": f"V {who}", "at": time.time()}
    if place < 6:
        count = place % 3 + 1
        streak = f"{group}-{place // 3}"
        return LiveEvent(
            kind=EventKind.GIFT,
            text="Rose",
            gift_id="1",
            group=streak,
            key=f"{streak}-{count}",
            count=count,
            diamonds=1 + who % 7,
            streaking=count < 3,
            **person,
        )
    if place < 9:
        return LiveEvent(kind=EventKind.COMMENT, text=f"words number {number}", key=f"c{number}", **person)
    return LiveEvent(kind=EventKind.LIKE, key=f"l{number}", **person)


class Corridor:
    """What the bot does with an event, as far as it is kept."""

    def __init__(self, folder: Path) -> None:
        self.ledger = GiftLedger(lambda *_: None)
        self.books = GiftBooks(GiftFile(folder / "gifts.db"))
        self.keeper = MemoryKeeper(load_memory(folder / "memory.db"))

    async def open(self) -> None:
        await self.books.open(self.ledger)
        self.ledger.heard(time.time())
        self.keeper.agree(self.ledger.booked())

    def take(self, what: LiveEvent) -> None:
        if what.kind is not EventKind.GIFT:
            self.keeper.remember(what)
        elif gift := self.ledger.add(what, what.at):
            self.book(gift)
        for gift in self.ledger.due(what.at):
            self.book(gift)

    def book(self, gift) -> None:
        whole = LiveEvent(
            kind=EventKind.GIFT,
            text=gift.name,
            diamonds=gift.diamonds,
            count=gift.count,
            user_id=gift.event.user_id,
            username=gift.event.username,
            nickname=gift.event.nickname,
            at=gift.event.at,
        )
        if gift.count:
            self.keeper.gave(whole, gift.mark, gift.booked)
        self.ledger.settle([gift.event])


async def stream(folder: Path, first: int) -> None:
    """For ever."""
    corridor = Corridor(folder)
    await corridor.open()
    async with asyncio.TaskGroup() as group:
        group.create_task(corridor.keeper.run(lambda link: print(link, file=sys.stderr)))
        group.create_task(corridor.books.run(corridor.ledger, lambda _: None))
        start, sent = time.monotonic(), 0
        while True:
            while sent < (time.monotonic() - start) * RATE:
                corridor.take(event(first + sent))
                sent += 1
            print(f"{time.monotonic():.4f} {sent}", flush=True)
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(stream(Path(sys.argv[1]), int(sys.argv[2])))
