"""A whole evening that the corridor itself records in virtual time: a seeded crowd, a talking streamer, some faults."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import Bot
from events import AvatarError, LiveEvent
from live.recorder import Recorder
from settings import Settings
from tests import virtual
from tests.fakes import EchoBrain, ListeningAvatar, ScriptedEar, comment, event, gift, house, live, streak

TEXTS = (
    "what game is this?",
    "nice",
    "hello everyone",
    "why do you play this map?",
    "how long have you been streaming today?",
    "thanks for the stream",
    "lol",
    "where can I find this level?",
    "will this crash?",
    "call me at 0170 1234567",
    "say my name is a long story and I will tell it now?",
)


def crowd(seed: int, minutes: float, a_minute: float) -> list[tuple[float, LiveEvent]]:
    """(seconds, event): about so many a minute, two thirds of them comments; some come twice."""
    chance, script, moment = random.Random(seed), [], 0.5
    while moment < minutes * 60:
        who = f"viewer{chance.randrange(200)}"
        kind = chance.choices(
            ("comment", "gift", "streak", "like", "join", "follow", "share", "again"), (66, 5, 3, 10, 8, 3, 3, 2)
        )[0]
        match kind:
            case "comment":
                script.append((moment, comment(chance.choice(TEXTS), who, key=f"{seed}:{len(script)}")))
            case "gift":
                script.append(
                    (moment, gift("Rose", who, key=f"{seed}:{len(script)}", diamonds=chance.choice((1, 5, 100))))
                )
            case "streak":
                for frame in streak("Heart", chance.randint(2, 5), who, f"g{len(script)}"):
                    object.__setattr__(frame, "key", f"{seed}:{len(script)}")
                    script.append((moment, frame))
                    moment += chance.random()
            case "again" if script:
                script.append((moment, replace(chance.choice(script[-20:])[1])))
            case _:
                kind = "like" if kind == "again" else kind
                script.append(
                    (moment, event(kind, who, key=f"{seed}:{len(script)}", count=15 if kind == "like" else 1))
                )
        moment += chance.expovariate(a_minute / 60)
    return script


def talking(seed: int, minutes: float) -> list[tuple[float, bool]]:
    """The streamer talks now and then."""
    chance, edges, moment = random.Random(seed), [], 10.0
    while moment < minutes * 60:
        edges += [(moment, True), (moment + chance.uniform(1, 12), False)]
        moment = edges[-1][0] + chance.expovariate(1 / 30)
    return edges


def settings_in(folder: Path, values: dict[str, Any]) -> Settings:
    settings = Settings.of(values)
    settings._origin.file = folder / "settings.yaml"
    return settings


def recorded(
    folder: Path, seed: int = 1, minutes: float = 5.0, a_minute: float = 60.0, **values: Any
) -> tuple[Path, Bot]:
    """The file, and the bot that lived through it."""
    settings = settings_in(folder, values)
    chance = random.Random(seed)
    faults = [AvatarError("gone", sent=chance.random() < 0.5) if chance.random() < 0.05 else None for _ in range(200)]
    bot = house(
        crowd(seed, minutes, a_minute),
        settings=settings,
        journal=Recorder(settings, "1.2.3", clock=virtual.now),
        brain=EchoBrain(seconds=0.7, sentences=("{name} said {text}.", "That is what {name} said.")),
        avatar=ListeningAvatar(seconds=2.3, faults=faults),
        ear=ScriptedEar(talking(seed, minutes)),
    )
    virtual.run(live(bot, minutes * 60 + 15))
    (file,) = (folder / settings.recording.folder).glob("*")
    return file, bot
