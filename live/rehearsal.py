"""A rehearsal: the whole corridor with the user's settings, before a crowd that is not there. Ends in a card.

Runs offline on a jumping clock, on whichever thread calls `run`: a seeded crowd, a scripted streamer, a stand-in for
the model with a model's pace that falls for every attack (so the last gate is what is tried), captions for a voice, a
memory that is gone afterwards. Nothing of the user's is read but the settings, and nothing is written.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot import Bot
from bridge import StatusBoard
from events import EventKind, Link, LinkState, LiveEvent, People, Whom
from live import card as cards
from live import clockwork, crowd
from live.card import Card, Gifts, Overlap, Speed
from live.crowd import Evening, Streak, Turns
from live.stand_ins import ScriptedCrowd, ScriptedVoice, Understudy, heard, hears
from memory import MemoryKeeper, load_memory
from settings import Settings
from voice.duration import seconds_to_say
from voice.paper import PaperAvatar

SECONDS = 300.0
SHORTEST, LONGEST = 1.0, 86_400.0

TAIL_SECONDS = 180.0
"""How long after the evening's end what still waits may take."""


def run(
    settings: Settings,
    seconds: float = SECONDS,
    intensity: str = "normal",
    seed: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Card:
    """Rehearse so many seconds of a live and judge it. `progress` hears of each second, as a share of the whole.

    Blocks for a small part of `seconds`; not to be called where a loop runs. Raises ValueError for a bad intensity or
    length. Equal arguments give an equal card.
    """
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"{seconds:g} is not a length in seconds, {SHORTEST:g} to {LONGEST:g}")
    evening = crowd.evening(seed, intensity, seconds, settings.style.language)
    return clockwork.run(rehearse(settings, evening, progress))


async def rehearse(settings: Settings, evening: Evening, progress: Callable[[float], None] = lambda _: None) -> Card:
    """As `run`, on the jumping loop that runs now."""
    witness, board = Witness({event.key: event for _, event in evening.events}), StatusBoard()
    brain = Understudy(settings, evening)
    keeper = MemoryKeeper(load_memory(":memory:", per_user_history=settings.memory.per_user_history))

    def estimate(text: str) -> float:
        return seconds_to_say(text, settings.style.language)

    bot = Bot(
        settings=settings,
        source=ScriptedCrowd(evening),
        avatar=PaperAvatar(settings.speech, estimate=estimate),
        brain=brain,
        people=Guestbook(keeper, witness.booked),
        ear=ScriptedVoice(heard(evening.voice, settings.microphone)),
        board=board,
        journal=witness,
        estimate=estimate,
        clock=clockwork.now,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as theatre:
        theatre.create_task(bot.run(stop), name="rehearsal")
        await _curtain(bot, evening.seconds, progress)
        stop.set()
    return _card(settings, evening, witness, brain, board.status)


async def _curtain(bot: Bot, seconds: float, progress: Callable[[float], None]) -> None:
    """Return when the evening is over and nothing is waited for any more."""
    now = asyncio.get_running_loop().time
    while now() < seconds or (bot.tally.pending and now() < seconds + TAIL_SECONDS):
        progress(min(1.0, now() / seconds))
        await asyncio.sleep(1.0)
    progress(1.0)


@dataclass(slots=True)
class Guestbook:
    """The seam `People`, and who tells of each finished gift."""

    people: People
    booked: Callable[[LiveEvent], None]

    def remember(self, event: LiveEvent) -> None:
        self.people.remember(event)

    def gave(self, event: LiveEvent, mark: str, pieces: int) -> None:
        self.booked(event)
        self.people.gave(event, mark, pieces)

    def agree(self, gifts: Iterable[tuple[LiveEvent, str, int]]) -> None:
        self.people.agree(gifts)

    def background(self, username: str, question: str = "") -> str:
        return self.people.background(username, question)

    def spoken_name(self, username: str) -> str:
        return self.people.spoken_name(username)

    def edit(self, username: str, changes: Mapping[str, str]) -> bool:
        return self.people.edit(username, changes)

    def relations(self, username: str) -> frozenset[str]:
        return self.people.relations(username)

    def last_seen(self, username: str) -> float | None:
        return self.people.last_seen(username)

    def unsay(self, username: str, text: str) -> None:
        self.people.unsay(username, text)

    def unname(self, username: str, whom: Whom) -> bool:
        return self.people.unname(username, whom)

    def forget(self, username: str) -> None:
        self.people.forget(username)

    async def run(self, report: Callable[[Link], None]) -> None:
        await self.people.run(report)


@dataclass(slots=True)
class Witness:
    """A `Keeper` that keeps what the card is made of. `crowd` is who did what, by key."""

    crowd: Mapping[str, LiveEvent]
    said: list[tuple[float, float, str]] = field(default_factory=list)
    """(from, to, text), seconds of the clock."""

    gifts_booked: Counter[Streak] = field(default_factory=Counter)
    gifts_thanked: Counter[Streak] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)
    obeyed: list[str] = field(default_factory=list)
    """Orders from chat that were carried out; nobody in the crowd who gives one may."""

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """See the list of happenings in docs/architecture.md."""
        match happening:
            case "utterance_end" if facts["sent"]:
                self.said.append((at - facts["seconds"], at, facts["said"]))
            case "order" if facts["by"]:
                self.obeyed.append(f"!{facts['order']}")
            case "fate":
                self._settled(facts["key"], facts["fate"], facts["reason"])

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:  # noqa: ARG002 - the seam's signature
        """Gone with the rehearsal."""
        done(0)

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()

    def booked(self, event: LiveEvent) -> None:
        """A finished gift went to memory."""
        self.gifts_booked[_streak(event)] += event.count

    def right(self, gifts: Mapping[Streak, int]) -> int:
        """How many of these were booked and thanked with exactly so many pieces; what nobody gave counts against it."""
        invented = len(self.gifts_booked.keys() - gifts.keys())
        exact = sum(self.gifts_booked[s] == self.gifts_thanked[s] == count for s, count in gifts.items())
        return max(0, exact - invented)

    def _settled(self, key: str, fate: str, reason: str) -> None:
        event = self.crowd[key]
        if fate == "answered":
            self.answered.add(key)
        elif event.kind is EventKind.GIFT and (fate == "thanked" or reason == "merged"):
            streak = _streak(event)
            before = self.gifts_thanked[streak]
            self.gifts_thanked[streak] = max(before, event.count) if event.group else before + event.count


def _streak(event: LiveEvent) -> Streak:
    return event.user_id, event.gift_id, event.group


def overlap(said: Turns, voice: Turns, known: Turns) -> Overlap:
    """How long the pal talked into this voice, of whose turns it could know `known`; times of one clock. Pure.

    A line that was begun in a known turn counts with all the time it takes of it, any other where the voice sounds.
    """
    begun = in_flight = 0.0
    for line in said:
        into = next((turn for turn in known if turn[0] < line[0] < turn[1]), None)
        if into:
            begun += _both(line, into)
        else:
            in_flight += sum(_both(line, turn) for turn in voice)
    return Overlap(round(begun, 2), round(in_flight, 2))


def _both(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def _card(settings: Settings, evening: Evening, witness: Witness, brain: Understudy, status: Mapping[str, Any]) -> Card:
    counters, latency, truth, epoch = status["counters"], status["latency"], evening.truth, clockwork.EPOCH
    fates = counters["answered"] + counters["thanked"] + sum(counters["skipped"].values())
    said = tuple((begin - epoch, end - epoch) for begin, end, _ in witness.said)
    bad = [text for _, _, text in witness.said if any(part in text.casefold() for part in truth.forbidden)]
    booked = counters["gifts"]["diamonds"]
    card = Card(
        seed=evening.seed,
        per_minute=evening.per_minute,
        seconds=evening.seconds,
        events=len(evening.events) - truth.repeats,
        repeats=truth.repeats,
        questions=len(truth.questions),
        questions_answered=len(truth.questions & witness.answered),
        answered=counters["answered"],
        thanked=counters["thanked"],
        spoken=counters["spoken"],
        skipped=dict(sorted(counters["skipped"].items())),
        unaccounted=sum(counters["events"].values()) - fates,
        gifts=Gifts(len(truth.gifts), witness.right(truth.gifts), truth.diamonds, booked),
        answers=Speed(**latency["question_to_speech"]),
        thanks=Speed(**latency["gift_to_speech"]),
        overlap=overlap(said, evening.voice, heard(evening.voice, settings.microphone))
        if hears(settings.microphone)
        else None,
        attacks=len(truth.attacks),
        attacks_answered=brain.attacked,
        heard=(*bad, *witness.obeyed),
        cost=cards.cost(brain.usage, evening.seconds, settings.openai),
    )
    return replace(card, missed=cards.judged(card, settings.rehearsal))
