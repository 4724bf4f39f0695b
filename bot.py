"""The corridor: listen, think, speak. An event's whole way through the house is readable from here.

Lives on the bot's loop and knows seams, never an adapter. Pure rooms are made here, whatever touches the world is given;
each step of the way has its room in `corridor/`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from corridor.desk import Desk
from corridor.intake import Intake
from corridor.speaking import Speaking
from corridor.steering import Steering
from corridor.streamer import Streamer
from corridor.thinking import Thinking
from corridor.trials import Trials
from corridor.waiting import Waiting
from corridor.yielding import Yielding
from events import (
    Avatar,
    Board,
    Brain,
    Ear,
    EventSource,
    Keeper,
    Link,
    LiveEvent,
    NoJournal,
    People,
    SourceError,
    Wordings,
    identity,
)
from live.books import Books, NoBooks, shown
from live.links import Links
from live.notes import Record, facts_of, recorder
from live.scenes import Scenes
from live.tally import Tally
from mind.courtesy import Courtesy
from mind.emotion import Emotions
from mind.gate import SafeMouth
from mind.judging import Judge
from mind.persona import Personas
from mind.templates import Templates
from settings import Settings
from speech import Floor

log = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two looks at what only time brings: overdue streaks, greetings, a fresh status."""


@dataclass(slots=True, kw_only=True)
class Bot:
    """One stream's bot. `run` once; a new stream gets a new bot."""

    settings: Settings
    source: EventSource
    avatar: Avatar
    brain: Brain
    people: People
    ear: Ear
    board: Board
    estimate: Callable[[str], float]
    """Seconds a text takes to say, for captions."""

    explain: Callable[[Link], str] = lambda link: link.code
    panicked: Callable[[bool], None] = lambda _: None
    """Told when panic begins or ends, so that it outlives this stream."""

    books: Books = field(default_factory=NoBooks)
    """Who keeps the gift ledger longer than this bot."""

    buried: Callable[[LiveEvent], bool] = lambda _: False
    """Whether this happened before who did it was forgotten, in an earlier stream."""

    demo: bool = False
    templates: Templates = field(default_factory=Templates)
    wordings: Wordings | None = None
    """Where the streamer's own lines among the templates come from."""

    journal: Keeper = field(default_factory=NoJournal)
    """Who keeps what happens and what is decided."""

    clock: Callable[[], float] = time.time
    floor: Floor = field(init=False)
    tally: Tally = field(default_factory=Tally)
    steering: Steering = field(init=False)
    _shown: tuple[int, ...] = ()
    """The lines that were shown as waiting, in order."""

    _inbox: "asyncio.Queue[LiveEvent]" = field(default_factory=asyncio.Queue)
    _record: Record = field(init=False)
    _links: Links = field(init=False)
    _waits: Waiting = field(init=False)
    _personas: Personas = field(init=False)
    _scenes: Scenes = field(default_factory=Scenes)
    _yielding: Yielding = field(init=False)
    _intake: Intake = field(init=False)
    _thinking: Thinking = field(init=False)
    _streamer: Streamer = field(init=False)
    _trials: Trials = field(init=False)
    _speaking: Speaking = field(init=False)

    def __post_init__(self) -> None:
        settings, mouth = self.settings, SafeMouth(self.settings, self.templates)
        courtesy = Courtesy(settings, mouth, self.templates, self.people.spoken_name)
        self.brain.journal = self.journal
        self._record = recorder(self.journal, self.clock)
        self.tally.settled = self._settled
        self.floor = Floor(self.clock, lambda: settings.speech.resume_gap_ms / 1000)
        self._links = Links(self._changed, self._record, self.clock)
        self._personas = Personas(settings)
        self._waits = Waiting(settings, self.tally, self.clock, courtesy.together)
        self.steering = self._make_steering(courtesy)
        self._yielding = Yielding(
            settings=settings,
            avatar=self.avatar,
            floor=self.floor,
            waits=self._waits,
            steering=self.steering,
            clock=self.clock,
        )
        self._intake = self._make_intake(courtesy)
        self._speaking = self._make_speaking(mouth)
        self._thinking = self._make_thinking()
        self._trials = self._make_trials(mouth)
        self._streamer = Streamer(
            settings=settings,
            ear=self.ear,
            floor=self.floor,
            steering=self.steering,
            courtesy=courtesy,
            clock=self.clock,
            record=self._record,
        )

    def _make_steering(self, courtesy: Courtesy) -> Steering:
        return Steering(
            settings=self.settings,
            avatar=self.avatar,
            brain=self.brain,
            people=self.people,
            journal=self.journal,
            record=self._record,
            board=self.board,
            tally=self.tally,
            waits=self._waits,
            courtesy=courtesy,
            clock=self.clock,
            panicked=self.panicked,
            changed=self._changed,
            emotions=Emotions(self.settings),
            scenes=self._scenes,
            buried=self.buried,
        )

    def _make_intake(self, courtesy: Courtesy) -> Intake:
        return Intake(
            settings=self.settings,
            people=self.people,
            board=self.board,
            tally=self.tally,
            waits=self._waits,
            courtesy=courtesy,
            steering=self.steering,
            judge=Judge(self.settings, self._personas.names),
            scenes=self._scenes,
            stir=self._stir,
            record=self._record,
        )

    def _make_speaking(self, mouth: SafeMouth) -> Speaking:
        return Speaking(
            settings=self.settings,
            avatar=self.avatar,
            brain=self.brain,
            board=self.board,
            floor=self.floor,
            links=self._links,
            tally=self.tally,
            waits=self._waits,
            steering=self.steering,
            yielding=self._yielding,
            scenes=self._scenes,
            mouth=mouth,
            estimate=self.estimate,
            clock=self.clock,
            record=self._record,
            demo=self.demo,
        )

    def _make_thinking(self) -> Thinking:
        return Thinking(
            settings=self.settings,
            brain=self.brain,
            people=self.people,
            links=self._links,
            tally=self.tally,
            waits=self._waits,
            steering=self.steering,
            speaking=self._speaking,
            scenes=self._scenes,
            clock=self.clock,
            record=self._record,
        )

    def _make_trials(self, mouth: SafeMouth) -> Trials:
        return Trials(
            settings=self.settings,
            brain=self.brain,
            people=self.people,
            mouth=mouth,
            emotions=self.steering.emotions,
            judge=Judge(self.settings, self._personas.names),
            scene=self._thinking.scene_of,
            clock=self.clock,
        )

    def handlers(self) -> dict[str, Callable[..., object]]:
        """What other threads may order, by name, see `bridge.Orders`; called on the loop."""
        steering, streamer = self.steering, self._streamer
        desk = Desk(waits=self._waits, steering=steering, speaking=self._speaking, clock=self.clock)
        return {
            "panic": steering.panic,
            "mute": steering.mute,
            "skip": steering.skip,
            "taught": steering.taught,
            "forget": steering.forget,
            "here": self.here,
            "gifts": self.gifts,
            "talking": streamer.talk,
            "calibrate": streamer.calibrate,
            "try": self._trials.wish,
            "edit_viewer": self.people.edit,
            "forget_viewer": self._forget_viewer,
            "unname_viewer": self.people.unname,
            **desk.handlers(),
        }

    def _forget_viewer(self, username: str) -> bool:
        self.people.forget(username)
        return True

    def _stir(self) -> None:
        self._thinking.stir()

    def _changed(self) -> None:
        self._stir()
        self.board.show(self.status())

    async def run(self, stop: asyncio.Event) -> None:
        """Live until `stop`; then every room is cancelled and awaited, memory last. Raises what no room could heal."""
        report = self._links.reporter
        rooms: dict[str, Coroutine[Any, Any, None]] = {
            "source": self._follow(report("tiktok")),
            "avatar": self.avatar.run(report("animaze")),
            "brain": self.brain.run(report("openai")),
            "ear": self._streamer.run(report("microphone")),
            "measure": self._streamer.measure(),
            "listen": self._listen(),
            "think": self._think(),
            "speak": self._speak(),
            "tend": self._tend(),
            "try": self._trials.run(),
        }
        if self.wordings:
            rooms["wordings"] = self.wordings.run(report("templates"))
        async with asyncio.TaskGroup() as cellar:
            memory = cellar.create_task(self.people.run(report("memory")), name="memory")
            journal = cellar.create_task(self.journal.run(report("recording")), name="journal")
            await self.books.open(self._waits.gifts)  # before the first gift: it may be known already
            self.people.agree(self._waits.gifts.booked())
            books = cellar.create_task(self.books.run(self._waits.gifts, report("gifts")), name="books")
            try:
                async with asyncio.TaskGroup() as house:
                    tasks = [house.create_task(room, name=name) for name, room in rooms.items()]
                    await stop.wait()
                    for task in tasks:
                        task.cancel()
            finally:
                self._close()
                memory.cancel()
                journal.cancel()
                books.cancel()

    async def _follow(self, report: Callable[[Link], None]) -> None:
        try:
            await self.source.run(self._came, report)
        except SourceError as error:
            log.error("the live cannot be followed: %s", error)
            report(error.link)  # the streamer is told; the rest of the house goes on

    def _came(self, event: LiveEvent) -> None:
        if self.steering.forgetting.is_late(event):
            return  # whoever asked to be forgotten does not come back with what they did before
        self._record("event", event=facts_of(event))
        self._inbox.put_nowait(event)

    def _settled(self, event: LiveEvent, fate: str, reason: str) -> None:
        self._record("fate", key=identity(event), kind=event.kind.value, fate=fate, reason=reason)

    async def _listen(self) -> None:
        """What came, and what it means."""
        while True:
            self._intake.take(await self._inbox.get())

    async def _think(self) -> None:
        """The best question, one at a time."""
        while True:
            question = await self._thinking.next_question()
            async with asyncio.TaskGroup() as head:  # a task of its own: orders can end it
                self.steering.now.question, self.steering.now.also = question.event, question.also
                self.steering.now.thought = head.create_task(self._thinking.think_about(question), name="thought")

    async def _speak(self) -> None:
        """One mouth, one sentence at a time."""
        while True:
            await self._waits.outbox.arrived()
            await self.steering.silence.over()
            await self._yielding.turn()
            if not self.steering.silence.name and (line := self._waits.outbox.take(self._yielding.may)):
                self._stir()
                await self._speaking.say(line)

    async def _tend(self) -> None:
        """What only the passing of time brings."""
        own = self.templates.own
        while True:
            now = self.clock()
            if self.templates.own is not own:
                own = self.templates.own
                self._record("wordings", own={language: dict(kinds) for language, kinds in own.items()})
            self._intake.tend(now, self._speaking.silent_for(now))
            self._yielding.tend(now)
            self._show()
            await asyncio.sleep(TICK)

    def _close(self) -> None:
        """Book what is still open and give everything that waits its fate."""
        while not self._inbox.empty():
            self._intake.take(self._inbox.get_nowait())
        self._intake.close(self.clock())
        self._streamer.close()
        self._trials.close()
        self.tally.close("stopped")
        self._record("end")
        self._show()

    def _show(self) -> None:
        """The status, and what waits to be said when that is something else than before."""
        self.board.show(self.status())
        waiting = tuple(line.id for line in self._waits.outbox.queue()) if self._waits.outbox.size() else ()
        if waiting != self._shown:
            self._shown = waiting
            self.board.tell("outbox", {"lines": self._waits.outbox.lines(), "at": self.clock()})

    def here(self) -> list[dict[str, Any]]:
        """Who is in the live now; see `Presence.here`."""
        return self._waits.joins.here(self.clock())

    def gifts(self, limit: int) -> dict[str, Any]:
        """The newest gifts and the day's sums: `GET /api/gifts`."""
        today = self.totals()["today"]
        sums = {"streaks": today["gifts"], "pieces": today["pieces"], "diamonds": today["diamonds"]}
        return {"gifts": [shown(entry) for entry in self._waits.gifts.newest(limit)], "today": sums}

    def totals(self) -> dict[str, Any]:
        """Gifts of this stream and of today, also from before a restart, with their givers; see `GiftLedger.totals`."""
        return self._waits.gifts.totals()

    def status(self) -> dict[str, Any]:
        """`GET /api/status`."""
        return {
            "running": True,
            "demo": self.demo,
            **self._links.status(self.explain, demo=self.demo),
            "counters": self.tally.counters(),
            "latency": self.tally.latency(),
            "cost": dict(self.brain.cost()),
            "likes": self._waits.stream.likes,
            "viewers": self._intake.viewers,
            "queue": len(self._waits),
            "floor": self.floor.holder,
            "floor_since": self.floor.since,
            "speech": self.floor.speech.value,
            "speaking": self._speaking.text,
            "silenced": self.steering.silence.name,
            **self._streamer.status(),
        }
