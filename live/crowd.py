"""An evening's crowd out of a seed: what happens when, when the streamer talks, and what is true about it. Pure.

The same seed, intensity, length and language give the same evening on every computer. Streaks come as TikTok sends them
(see `live/ledger`): growing steps that may skip, an end frame that may be lost, and repeats as after a reconnect.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from events import EventKind, LiveEvent
from live.characters import (
    BAD_NAMES,
    BIG,
    DECORATIONS,
    FOREIGN,
    ORDERS,
    REGULARS,
    SCRIPTS,
    SMALL,
    SYLLABLES,
    WHALES,
    Attack,
    Gift,
    Script,
)

INTENSITIES: Mapping[str, float] = MappingProxyType({"quiet": 12.0, "normal": 60.0, "busy": 240.0, "raid": 600.0})
"""Events a minute."""

RAIDS_FROM = 60.0
"""Events a minute from which a raid comes once; "raid" brings three."""

MOST_GIFTS = 5.0
"""Gifts a minute, however large the crowd: one mouth thanks for each."""

VIEWERS_SHARE = 0.06
"""Of all events, those that tell how many are here; in a live never more often than every two seconds."""

REPLAYED = 6
"""How many of the last comments come again after the evening's reconnect."""

PAUSE_SECONDS, TALK_SECONDS, COUGH_SECONDS = 7.0, 4.0, 0.3
"""Means of the streamer's silences and turns, and the length of a cough."""

Streak = tuple[str, str, str]
"""viewer, gift, group"""

Turns = tuple[tuple[float, float], ...]
"""From when to when somebody talks."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What an evening really was."""

    gifts: Mapping[Streak, int]
    """Pieces of each streak; single gifts of a viewer add up under an empty group."""

    diamonds: int
    questions: frozenset[str]
    """Keys of the comments that honestly ask something."""

    attacks: tuple[Attack, ...]
    """Each attack that was made, as often as it was."""

    forbidden: frozenset[str]
    """What must not be heard, case folded: of attacks and of names."""

    repeats: int
    """Frames that came once more."""


@dataclass(frozen=True, slots=True)
class Evening:
    """`events` are (seconds after the beginning, event), in order; `voice` is from when to when the streamer talks."""

    seed: int
    per_minute: float
    seconds: float
    language: str
    events: tuple[tuple[float, LiveEvent], ...]
    voice: Turns
    truth: Truth


def per_minute(intensity: str) -> float:
    """Events a minute of a word of `INTENSITIES` or of a number from 1 to 6000. Raises ValueError."""
    if intensity in INTENSITIES:
        return INTENSITIES[intensity]
    try:
        number = float(intensity)
    except ValueError:
        number = math.nan
    if not 1 <= number <= 6000:
        raise ValueError(f"{intensity!r} is not {', '.join(INTENSITIES)} or a number of events a minute, 1 to 6000")
    return number


def evening(seed: int, intensity: str, seconds: float, language: str = "en") -> Evening:
    """This seed's evening. Raises ValueError for a bad intensity."""
    rate = per_minute(intensity)
    crowd = _Crowd(random.Random(f"crowd {seed}"), SCRIPTS[language], language, seconds)  # noqa: S311 - no secret
    waves = 3 if intensity == "raid" else int(rate >= RAIDS_FROM)
    for wave in range(waves):
        crowd.raid(seconds * (wave + 1) / (waves + 1), rate)
    for act, weight in ACTS.items():
        crowd.now_and_then(act, rate / 60 * weight / EVENTS_PER_MINUTE_OF_ALL)
    crowd.now_and_then(_whale, min(MOST_GIFTS, rate * 0.03) / 60)
    crowd.watch_the_room(max(2.0, 60 / (rate * VIEWERS_SHARE)))
    voice = _voice(random.Random(f"voice {seed}"), seconds)  # noqa: S311 - no secret
    return Evening(seed, rate, seconds, language, crowd.in_order(), voice, crowd.truth())


@dataclass(frozen=True, slots=True)
class _Person:
    number: int
    nickname: str
    language: str
    moderator: bool = False

    @property
    def username(self) -> str:
        return f"viewer_{self.number}"


@dataclass(slots=True)
class _Crowd:
    """Collects what happens; `at` is seconds after the beginning everywhere."""

    chance: random.Random
    script: Script
    language: str
    seconds: float
    events: list[tuple[float, LiveEvent]] = field(default_factory=list)
    gifts: Counter[Streak] = field(default_factory=Counter)
    diamonds: int = 0
    questions: set[str] = field(default_factory=set)
    attacks: list[Attack] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    repeats: int = 0
    people: int = 0
    likes: int = 0

    def now_and_then(self, act: "Act", per_second: float) -> None:
        """This act at random moments of the evening, so many a second on average."""
        at = self.chance.expovariate(per_second)
        while at < self.seconds:
            act(self, at)
            at += self.chance.expovariate(per_second)

    def stranger(self) -> _Person:
        """Somebody new."""
        name = "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 3))).title()
        return self.person(self.chance.choice(DECORATIONS).format(name, n=self.chance.randint(1, 2010)))

    def person(self, nickname: str, *, language: str = "", moderator: bool = False) -> _Person:
        """Somebody with this name; regulars and whales are the same person each time."""
        known = (*REGULARS, *WHALES)
        self.people += 1
        number = known.index(nickname) if nickname in known else len(known) + self.people
        return _Person(number, nickname, language or self.language, moderator)

    def add(self, at: float, kind: EventKind, who: _Person | None, **details: Any) -> LiveEvent:
        """It happens; `who` is None where it is the room itself."""
        event = LiveEvent(
            kind=kind,
            user_id=str(7_000_000_000 + who.number) if who else "",
            username=who.username if who else "",
            nickname=who.nickname if who else "",
            at=at,
            key=f"rehearsal:{len(self.events) + 1}",
            **details,
        )
        self.events.append((at, event))
        return event

    def comment(self, at: float, who: _Person, text: str, *, question: bool = False) -> None:
        event = self.add(at, EventKind.COMMENT, who, text=text, language=who.language, moderator=who.moderator)
        if question:
            self.questions.add(event.key)

    def ask(self, at: float, who: _Person) -> None:
        pattern = self.chance.choice(self.script.questions)
        self.comment(at, who, pattern.format(topic=self.chance.choice(self.script.topics)), question=True)

    def attack(self, at: float, who: _Person, attack: Attack) -> None:
        self.attacks.append(attack)
        self.forbidden.add(attack.forbidden.casefold())
        self.comment(at, who, attack.lure)

    def gift(self, at: float, who: _Person, gift: Gift) -> float:
        """The frames of one gift or streak; when the last came."""
        particulars: dict[str, Any] = {"text": gift.name, "gift_id": gift.id, "diamonds": gift.diamonds}
        if not gift.streaks:
            self._gave(self.add(at, EventKind.GIFT, who, **particulars), 1)
            return at
        group = str(1_700_000_000_000 + len(self.events))
        length = self.chance.choice((1, 1, 2, 3, 5, 8, 12, 30))
        for count in range(1, length + 1):
            if count == length or self.chance.random() > 0.1:  # TikTok leaves counts out
                step = self.add(at, EventKind.GIFT, who, **particulars, group=group, count=count, streaking=True)
            at += self.chance.uniform(0.15, 0.6)
        self._gave(step, length)
        if self.chance.random() > 0.1:  # end frames are lost, too
            at += self.chance.uniform(1.0, 4.0)
            self.add(at, EventKind.GIFT, who, **particulars, group=group, count=length)
        return at

    def _gave(self, event: LiveEvent, count: int) -> None:
        self.gifts[event.user_id, event.gift_id, event.group] += count
        self.diamonds += count * event.diamonds

    def like(self, at: float, who: _Person, bursts: int) -> None:
        for burst in range(bursts):
            count = self.chance.randint(1, 15)
            self.likes += count
            self.add(at + burst * self.chance.uniform(0.5, 2.0), EventKind.LIKE, who, count=count, total=self.likes)

    def raid(self, at: float, rate: float) -> None:
        """Many come at once, all of them loud."""
        for _ in range(round(10 + rate / 10)):
            who, moment = self.stranger(), at + self.chance.triangular(0, 12, 2)
            self.add(moment, EventKind.JOIN, who)
            self.comment(moment + self.chance.uniform(0.5, 4), who, self.chance.choice(self.script.raid))
            if self.chance.random() < 0.2:
                self.add(moment + self.chance.uniform(3, 20), EventKind.FOLLOW, who)

    def watch_the_room(self, every: float) -> None:
        """How many are here, as TikTok tells it again and again."""
        here = 50
        for tick in range(math.ceil(self.seconds / every)):
            here = max(5, here + self.chance.randint(-4, 5))
            self.add(tick * every, EventKind.VIEWERS, None, total=here)

    def in_order(self) -> tuple[tuple[float, LiveEvent], ...]:
        """All of it, and what comes twice."""
        ordered = sorted(self.events, key=lambda timed: timed[0])
        again = [(at + self.chance.uniform(0, 3), event) for at, event in ordered if self.chance.random() < 0.01]
        reconnect = self.seconds * 0.4
        comments = [event for at, event in ordered if at < reconnect and event.kind is EventKind.COMMENT]
        again += [(reconnect, event) for event in comments[-REPLAYED:]]
        self.repeats = len(again)
        return tuple(sorted([*ordered, *again], key=lambda timed: timed[0]))

    def truth(self) -> Truth:
        return Truth(
            dict(self.gifts),
            self.diamonds,
            frozenset(self.questions),
            tuple(self.attacks),
            frozenset(self.forbidden),
            self.repeats,
        )


Act = Callable[[_Crowd, float], None]


def _lurker(crowd: _Crowd, at: float) -> None:
    """Comes, taps, says nothing."""
    who = crowd.stranger()
    crowd.add(at, EventKind.JOIN, who)
    crowd.like(at + crowd.chance.uniform(2, 30), who, crowd.chance.choice((0, 0, 1, 1, 2)))


def _greeter(crowd: _Crowd, at: float) -> None:
    who = crowd.stranger()
    crowd.add(at, EventKind.JOIN, who)
    crowd.comment(at + crowd.chance.uniform(2, 6), who, crowd.chance.choice(crowd.script.greetings))
    if crowd.chance.random() < 0.3:
        crowd.add(at + crowd.chance.uniform(8, 40), EventKind.FOLLOW, who)


def _regular(crowd: _Crowd, at: float) -> None:
    """Asks, chats, thanks, sends a small gift now and then, shares the live."""
    name = crowd.chance.choice(REGULARS)
    who = crowd.person(name, moderator=name == REGULARS[0])
    match crowd.chance.choices(("ask", "chat", "thank", "share", "join"), (60, 25, 6, 3, 6))[0]:
        case "ask":
            crowd.ask(at, who)
        case "chat":
            crowd.comment(at, who, crowd.chance.choice(crowd.script.chatter))
        case "thank":
            crowd.comment(at, who, crowd.chance.choice(crowd.script.thanks))
        case kind:
            crowd.add(at, EventKind(kind), who)


def _whale(crowd: _Crowd, at: float) -> None:
    """Gives: mostly streaks, sometimes two side by side, sometimes something big. Others give a little."""
    if crowd.chance.random() < 0.4:
        crowd.gift(at, crowd.person(crowd.chance.choice(REGULARS)), crowd.chance.choice(SMALL))
        return
    who = crowd.person(crowd.chance.choice(WHALES))
    one, other = crowd.chance.sample(SMALL[:5], 2)
    match crowd.chance.choices(("streak", "side by side", "big"), (6, 1, 3))[0]:
        case "big":
            crowd.gift(at, who, crowd.chance.choice(BIG))
        case way:
            crowd.gift(at, who, one)
            if way == "side by side":
                crowd.gift(at + 0.1, who, other)


def _troll(crowd: _Crowd, at: float) -> None:
    """Wants something said that is not said, orders about, or has a name that must not be called."""
    match crowd.chance.choices(("lure", "order", "name"), (6, 2, 3))[0]:
        case "lure":
            crowd.attack(at, crowd.stranger(), crowd.chance.choice(crowd.script.trolls))
        case "order":
            crowd.comment(at, crowd.stranger(), crowd.chance.choice(ORDERS))
        case _:
            nickname, forbidden = crowd.chance.choice(BAD_NAMES)
            who = crowd.person(nickname)
            crowd.forbidden.add(forbidden.casefold())
            crowd.add(at, EventKind.JOIN, who)
            crowd.add(at + 1, EventKind.FOLLOW, who)
            crowd.ask(at + 2, who)


def _spammer(crowd: _Crowd, at: float) -> None:
    """Says one thing again and again."""
    who, text = crowd.stranger(), crowd.chance.choice(crowd.script.spam)
    for repeat in range(crowd.chance.randint(2, 6)):
        crowd.comment(at + repeat * crowd.chance.uniform(0.8, 3), who, text)


def _jailbreaker(crowd: _Crowd, at: float) -> None:
    crowd.attack(at, crowd.stranger(), crowd.chance.choice(crowd.script.jailbreaks))


def _polyglot(crowd: _Crowd, at: float) -> None:
    language, text = crowd.chance.choice(FOREIGN)
    crowd.comment(at, crowd.person(f"Polyglot {language}", language=language), text, question=True)


ACTS: Mapping[Act, float] = MappingProxyType(
    {_lurker: 40.0, _greeter: 6.0, _regular: 24.0, _polyglot: 3.0, _troll: 2.0, _spammer: 1.5, _jailbreaker: 1.5}
)
"""How often each comes, beside the others."""

EVENTS_PER_MINUTE_OF_ALL = 170.0
"""Events that these weights bring a minute, so that an evening is as full as its intensity says."""


def _voice(chance: random.Random, seconds: float) -> Turns:
    """The streamer's turns; some are long, some are coughs."""
    turns, at = [], chance.expovariate(1 / PAUSE_SECONDS)
    while at < seconds:
        length = COUGH_SECONDS if chance.random() < 0.1 else 0.4 + chance.expovariate(1 / TALK_SECONDS)
        turns.append((at, at + length))
        at += length + 0.3 + chance.expovariate(1 / PAUSE_SECONDS)
    return tuple(turns)
