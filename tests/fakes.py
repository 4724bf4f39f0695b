"""Small honest stand-ins for the seams, for the whole house in virtual time. They keep the Protocols' promises."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

from bot import Bot
from bridge import STOPPED
from events import (
    EMPTY_SCENE,
    AvatarError,
    BrainError,
    Calibrated,
    EventKind,
    Journal,
    Link,
    LinkState,
    LiveEvent,
    NoJournal,
    Scene,
    Whom,
)
from settings import Settings
from tests import virtual

NUMBERS = itertools.count(1)


def event(kind: str, user: str = "ada", *, at: float = 0.0, key: str | None = None, **details: Any) -> LiveEvent:
    """`at` is seconds after the start of the virtual clock; without a key each event is one of its own."""
    return LiveEvent(
        kind=EventKind(kind),
        user_id=f"id-{user}",
        username=user,
        nickname=user.title(),
        at=virtual.EPOCH + at,
        key=f"msg:{next(NUMBERS)}" if key is None else key,
        **details,
    )


def comment(text: str, user: str = "ada", **details: Any) -> LiveEvent:
    return event("comment", user, text=text, **details)


def gift(name: str, user: str = "bob", *, count: int = 1, diamonds: int = 1, **details: Any) -> LiveEvent:
    return event("gift", user, text=name, gift_id=name, count=count, diamonds=diamonds, **details)


def streak(name: str, length: int, user: str = "bob", group: str = "g1", *, diamonds: int = 1) -> list[LiveEvent]:
    """The frames of a streak as TikTok sends them: growing steps, then the end with the last count again."""
    steps = [gift(name, user, count=n, group=group, streaking=True, diamonds=diamonds) for n in range(1, length + 1)]
    return [*steps, gift(name, user, count=length, group=group, diamonds=diamonds)]


def somebody(username: str, user_id: str = "", nickname: str = "") -> Whom:
    """Who is to be forgotten."""
    return Whom(frozenset({username}), frozenset({user_id}), frozenset({nickname}))


@dataclass
class ScriptedSource:
    """Deliver (seconds, event) pairs on the loop's clock with `at` set to that moment, then stay quiet."""

    script: Iterable[tuple[float, LiveEvent]]

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for after, what in self.script:
            await asyncio.sleep(max(0.0, after - asyncio.get_running_loop().time()))
            object.__setattr__(what, "at", virtual.now())
            sink(what)
        await asyncio.Event().wait()


@dataclass
class ListeningAvatar:
    """Speak for `seconds` and keep (when, text) of everything said; fail as `faults` say, in order."""

    seconds: float = 2.0
    faults: list[AvatarError | None] = field(default_factory=list)
    said: list[tuple[float, str]] = field(default_factory=list)
    talking: bool = False
    here: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, report: Callable[[Link], None]) -> None:
        self.here.set()
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()

    async def ready(self) -> None:
        await self.here.wait()

    async def say(self, text: str, emotion: str = "") -> None:
        assert not self.talking, "two sentences at once"
        if fault := self.faults.pop(0) if self.faults else None:
            raise fault
        self.said.append((asyncio.get_running_loop().time(), text))
        self.talking = True
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.talking = False

    def withdraw(self) -> None:
        """What is given to `say` is sent at once, so there is nothing to withdraw."""


@dataclass
class EchoBrain:
    """Answer in `sentences` after `seconds` each; fail on the word 'crash'."""

    seconds: float = 1.0
    sentences: Sequence[str] = ("{name} said {text}.",)
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    objections: list[bool | BrainError] = field(default_factory=list)
    """Second opinions in order, then no more objections."""

    opinion_seconds: float = 0.5
    given_up: list[str] = field(default_factory=list)
    """Questions whose answer nobody wanted to the end."""

    forgotten: list[str] = field(default_factory=list)
    journal: Journal = field(default_factory=NoJournal)

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()

    async def answer(
        self, question: LiveEvent, background: str, scene: Scene = EMPTY_SCENE
    ) -> AsyncGenerator[str, None]:
        self.asked.append((asyncio.get_running_loop().time(), question.text, background))
        try:
            for sentence in self.sentences:
                await asyncio.sleep(self.seconds)
                if "crash" in question.text:
                    raise BrainError("openai_error")
                yield sentence.format(name=question.nickname, text=question.text.rstrip("?"))
        except (asyncio.CancelledError, GeneratorExit):
            self.given_up.append(question.text)
            raise

    def aside(self, journal: Journal) -> contextlib.AbstractAsyncContextManager["EchoBrain"]:
        return contextlib.nullcontext(self)

    async def objects(self, text: str) -> bool:
        await asyncio.sleep(self.opinion_seconds)
        verdict = self.objections.pop(0) if self.objections else False
        if isinstance(verdict, BrainError):
            raise verdict
        return verdict

    def forget(self, *names: str) -> None:
        self.forgotten += names

    def cost(self) -> Mapping[str, Any]:
        return {**STOPPED["cost"], "requests": len(self.asked)}


@dataclass
class Notebook:
    before: InitVar[Sequence[LiveEvent]] = ()
    """What is remembered from earlier streams."""

    known: dict[str, list[LiveEvent]] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)

    def __post_init__(self, before: Sequence[LiveEvent]) -> None:
        for event in before:
            self.remember(event)

    @property
    def seen(self) -> list[LiveEvent]:
        """All that is remembered, viewer by viewer."""
        return [event for events in self.known.values() for event in events]

    def remember(self, what: LiveEvent) -> None:
        self.known.setdefault(what.username, []).append(what)

    def gave(self, what: LiveEvent, mark: str, pieces: int) -> None:
        self.remember(what)

    def agree(self, gifts: Iterable[tuple[LiveEvent, str, int]]) -> None:
        """Nothing is known of before."""

    def spoken_name(self, username: str) -> str:
        return self.spoken.get(username, "")

    def edit(self, username: str, changes: Mapping[str, str]) -> bool:
        self.spoken |= {username: changes["spoken_name"]} if "spoken_name" in changes else {}
        return True

    def background(self, username: str, question: str = "") -> str:
        return f"{username}: {len(self.known.get(username, ()))} events"

    def last_seen(self, username: str) -> float | None:
        return max((e.at for e in self.known.get(username, ())), default=None)

    def relations(self, username: str) -> frozenset[str]:
        return frozenset()

    def forget(self, username: str) -> None:
        self.known.pop(username, None)

    def unname(self, username: str, whom: Whom) -> bool:
        return True

    def unsay(self, username: str, text: str) -> None:
        self.known[username] = [e for e in self.known.get(username, ()) if e.text != text]

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()


@dataclass
class ScriptedEar:
    """(seconds, talking) edges on the loop's clock."""

    edges: Sequence[tuple[float, bool]] = ()
    pal: list[bool] = field(default_factory=list)
    """Each change of what it was told about the pal's speaking."""

    measuring: float = 5.0

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for after, talking in self.edges:
            await asyncio.sleep(after - asyncio.get_running_loop().time())
            on_voice(talking)
        await asyncio.Event().wait()

    def level(self) -> float:
        return 0.0

    def status(self) -> Mapping[str, Any]:
        return {"engine": "script", "rms_dbfs": -120.0, "peak_dbfs": -120.0, "talking": False, "bar_dbfs": None}

    def pal_speaks(self, on: bool) -> None:
        if not self.pal or self.pal[-1] is not on:
            self.pal.append(on)

    async def calibrate(self, kind: str) -> Calibrated:
        await asyncio.sleep(self.measuring)
        return Calibrated(kind=kind, verdict="ok", level_dbfs=-20.0)


@dataclass
class Diary:
    """A journal that keeps (happening, at, facts) in memory."""

    notes: list[tuple[str, float, Mapping[str, Any]]] = field(default_factory=list)
    forgotten: list[Whom] = field(default_factory=list)

    def note(self, happening: str, at: float, **facts: Any) -> None:
        self.notes.append((happening, at, facts))

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:
        self.forgotten.append(whom)
        done(0)

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()

    def of(self, happening: str) -> list[Mapping[str, Any]]:
        return [facts for name, _, facts in self.notes if name == happening]


@dataclass
class Wall:
    """A board that keeps the last status and every piece of news."""

    status: Mapping[str, Any] = field(default_factory=dict)
    news: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    audit: tuple[Mapping[str, Any], ...] = ()
    cards: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def show(self, status: Mapping[str, Any]) -> None:
        self.status = status

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        self.news.append((name, payload))

    def keep(self, audit: tuple[Mapping[str, Any], ...]) -> None:
        self.audit = audit

    def file(self, card: Mapping[str, Any]) -> None:
        self.cards[card["id"]] = card

    def unfile(self, whom: Whom, at: float) -> int:
        people = {number: {event["username"] for event in card["events"]} for number, card in self.cards.items()}
        kept = {number: card for number, card in self.cards.items() if not whom.usernames & people[number]}
        gone, self.cards = len(self.cards) - len(kept), kept
        return gone


def house(script: Iterable[tuple[float, LiveEvent]], **parts: Any) -> Bot:
    """A bot made of fakes; name a part to replace it. `settings` may be a dict."""
    settings = Settings.of(parts.pop("settings", {}))
    defaults: dict[str, Any] = {
        "source": ScriptedSource(script),
        "avatar": ListeningAvatar(),
        "brain": EchoBrain(),
        "people": Notebook(),
        "ear": ScriptedEar(),
        "board": Wall(),
        "estimate": lambda _: 2.0,
        "clock": virtual.now,
    }
    return Bot(settings=settings, **(defaults | parts))


async def live(bot: Bot, seconds: float) -> Bot:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    await bot.run(stop)
    return bot
