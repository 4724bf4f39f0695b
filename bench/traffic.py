"""The realistic mix of a busy live, for the benches: as `FakeTikTok.push` wants it, seeded.

45 % joins, 30 % likes, 15 % comments, 6 % viewer counts, 2 % follows and shares, 2 % gifts: the shares that were
counted in recorded lives.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from live.characters import SCRIPTS  # noqa: E402 - the project is found beside this file

MIX = {"join": 45, "like": 30, "comment": 15, "viewers": 6, "follow": 1, "share": 1, "gift": 2}
VIEWERS = 3000
SHOWN_TO = 0.2
"""Share of the viewers with badges, as level and team badges are common."""


def mix(seed: int = 1) -> Iterator[dict[str, Any]]:
    """Events without end."""
    chance = random.Random(seed)
    script = SCRIPTS["en"]
    while True:
        kind = chance.choices(list(MIX), list(MIX.values()))[0]
        event: dict[str, Any] = {"type": kind}
        if kind != "viewers":
            event["user"] = _viewer(chance)
        match kind:
            case "comment":
                pattern = chance.choice((*script.questions, *script.chatter, *script.chatter, *script.greetings))
                event["text"] = pattern.format(topic=chance.choice(script.topics))
            case "like":
                event["count"] = chance.randint(1, 15)
            case "gift":
                event |= {"gift": chance.choice(("Rose", "TikTok", "Finger Heart")), "group_id": chance.getrandbits(40)}
                event |= {"count": chance.randint(1, 9), "end": chance.random() < 0.5}
            case "viewers":
                event["total"] = chance.randint(50, 5000)
        yield event


def _viewer(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(VIEWERS)
    badges = {"level": 10 + number % 30, "fans": number % 20} if number < VIEWERS * SHOWN_TO else {}
    return {"unique_id": f"viewer_{number}", "nickname": f"Viewer {number}", **badges}
