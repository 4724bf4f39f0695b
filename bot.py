"""The corridor: listen, think, speak. An event's whole way through the house is readable here.

Lives on the bot's loop and knows seams, never an adapter. Pure rooms are made here, whatever touches the world is given.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import (
    Avatar,
    AvatarError,
    Board,
    Brain,
    BrainError,
    Ear,
    EventDeduper,
    EventKind,
    EventSource,
    Link,
    LiveEvent,
    People,
    SourceError,
    Utterance,
    identity,
)
from live.ledger import Finished
from live.links import Links
from live.tally import Tally
from mind.courtesy import Courtesy
from mind.gate import SafeMouth, Verdict
from response import Relevance
from settings import Settings
from speech import Floor

log = logging.getLogger(__name__)

ANSWER_PRIORITY = 2
TICK = 0.2
"""Seconds between two looks at what only time brings: overdue streaks, greetings, a fresh status."""

THANKED_AGAIN_AFTER = 3600.0
"""Seconds before the same viewer is thanked for the same kind of thing (follow, share, subscribe) again."""


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

    demo: bool = False
    clock: Callable[[], float] = time.time
    floor: Floor = field(init=False)
    tally: Tally = field(default_factory=Tally)
    _inbox: "asyncio.Queue[LiveEvent]" = field(default_factory=asyncio.Queue)
    _stir: asyncio.Event = field(default_factory=asyncio.Event)
    _speaking: str | None = None
    _broken_off: LiveEvent | None = None
    """Whose answer was cut off: its rest makes no sense."""

    _silent_since: float = 0.0
    _links: Links = field(init=False)
    _seen: EventDeduper = field(init=False)
    _thanked: EventDeduper = field(init=False)
    _relevance: Relevance = field(init=False)
    _mouth: SafeMouth = field(init=False)
    _courtesy: Courtesy = field(init=False)
    _waits: Waiting = field(init=False)
    steering: Steering = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.floor = Floor(self.clock)
        self._links = Links(self._stir.set)
        self._seen = EventDeduper(settings.dedupe_ttl)
        self._thanked = EventDeduper(THANKED_AGAIN_AFTER)
        self._relevance = Relevance(settings.comment)
        self._mouth = SafeMouth(settings)
        self._courtesy = Courtesy(settings, self._mouth)
        self._waits = Waiting(settings, self.tally, self.clock)
        self._silent_since = self.clock()
        self.steering = Steering(
            settings=self.settings,
            avatar=self.avatar,
            brain=self.brain,
            people=self.people,
            board=self.board,
            tally=self.tally,
            waits=self._waits,
            courtesy=self._courtesy,
            clock=self.clock,
            panicked=self.panicked,
            changed=self._changed,
        )

    def handlers(self) -> dict[str, Callable[..., object]]:
        """What other threads may order, by name, see `bridge.Orders`; called on the loop."""
        steering = self.steering
        return {"panic": steering.panic, "mute": steering.mute, "skip": steering.skip, "taught": steering.taught}

    def _changed(self) -> None:
        self._stir.set()
        self.board.show(self.status())

    async def run(self, stop: asyncio.Event) -> None:
        """Live until `stop`; then every room is cancelled and awaited, memory last. Raises what no room could heal."""
        report = self._links.reporter
        rooms: dict[str, Coroutine[Any, Any, None]] = {
            "source": self._follow(report("tiktok")),
            "avatar": self.avatar.run(report("animaze")),
            "brain": self.brain.run(report("openai")),
            "ear": self.ear.run(self.floor.set_streamer, report("microphone")),
            "listen": self._listen(),
            "think": self._think(),
            "speak": self._speak(),
            "tend": self._tend(),
        }
        async with asyncio.TaskGroup() as cellar:
            memory = cellar.create_task(self.people.run(report("memory")), name="memory")
            try:
                async with asyncio.TaskGroup() as house:
                    tasks = [house.create_task(room, name=name) for name, room in rooms.items()]
                    await stop.wait()
                    for task in tasks:
                        task.cancel()
            finally:
                self._close()
                memory.cancel()

    async def _follow(self, report: Callable[[Link], None]) -> None:
        try:
            await self.source.run(self._inbox.put_nowait, report)
        except SourceError as error:
            log.error("the live cannot be followed: %s", error)
            report(error.link)  # the streamer is told; the rest of the house goes on

    # listen: what came, and what it means

    async def _listen(self) -> None:
        while True:
            self._take_in(await self._inbox.get())

    def _take_in(self, event: LiveEvent) -> None:
        if not self._seen.add(identity(event), event.at):
            self.tally.duplicates += 1
            return
        self.tally.came(event)
        self._tell(event)
        if event.kind is EventKind.COMMENT and self.steering.heed(event):
            return
        match event.kind:
            case EventKind.GIFT:
                if gift := self._waits.gifts.add(event, event.at):
                    self._book(gift)
                    self.steering.put(self._courtesy.for_gift(gift.event, gift.count))
                return
            case EventKind.JOIN if self.steering.silence.panic:
                self.tally.skip(event, "panic")
            case EventKind.JOIN:
                self._waits.joins.joined(event, self.settings.comment.greeting_cooldown)
            case EventKind.COMMENT:
                self._comment(event)
            case EventKind.LIKE:
                worth = self._waits.likes.add(event, event.at, self.settings.like_threshold, self.settings.batch_window)
                self._thank(event, "" if worth else "likes_collected")
            case EventKind.FOLLOW | EventKind.SHARE | EventKind.SUBSCRIBE:
                first = self._thanked.add(f"{event.kind}:{event.user_id}", event.at)
                self._thank(event, "" if first else "thanked_before")
        self.people.remember(event)
        self._waits.joins.seen(event)

    def _comment(self, event: LiveEvent) -> None:
        score = self._relevance.score(event.text)
        reason = "streamer" if self.steering.is_streamer(event) else self._relevance.refusal(event.text, score)
        if reason := reason or ("panic" if self.steering.silence.panic else ""):
            self.tally.skip(event, reason)
            return
        greeting = self._relevance.is_mere_greeting(event.text, score)
        self._waits.questions.offer(event, score, event.at, greeting=greeting)
        self._stir.set()

    def _thank(self, event: LiveEvent, refusal: str) -> None:
        if refusal:
            self.tally.skip(event, refusal)
        else:
            self.steering.put(self._courtesy.for_event(event))

    def _book(self, gift: Finished) -> None:
        self.people.remember(replace(gift.event, count=gift.count, streaking=False))
        self.tally.finished(gift.count, gift.event.diamonds, again=gift.again)

    # think: the best question, one at a time

    async def _think(self) -> None:
        while True:
            event = await self._next_question()
            async with asyncio.TaskGroup() as head:  # a task of its own: orders can end it
                self.steering.now.question = event
                self.steering.now.thought = head.create_task(self._think_about(event), name="thought")

    async def _think_about(self, event: LiveEvent) -> None:
        """One answer, or the reason why there is none. Whoever cancels it settles the event."""
        try:
            said = await self._answer(event)
        except BrainError as error:
            log.info("no answer: %s", error)
            self.tally.skip(event, str(error))
        else:
            if not said:
                self.tally.skip(event, "nothing_to_say")

    async def _next_question(self) -> LiveEvent:
        """The best comment, as soon as the mouth could use an answer: thinking ahead would only make answers old."""
        while True:
            self._stir.clear()
            pause = None
            may_speak = self._links.up("animaze") and not self.steering.silence.name
            if may_speak and not self._waits.outbox.waiting("answer"):
                if event := self._waits.questions.take(self.clock()):
                    return event
                pause = self._waits.questions.pause(self.clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stir.wait()

    async def _answer(self, event: LiveEvent) -> int:
        """Put the answer's sentences into the outbox as they come; how many of them can be said."""
        said, rules = 0, self.settings.comment
        async with contextlib.aclosing(self.brain.answer(event, self.people.background(event.username))) as sentences:
            async for sentence in sentences:
                line = Utterance(text=sentence, kind="answer", priority=ANSWER_PRIORITY, events=(event,))
                if event is self._broken_off:
                    break
                verdict = self._judge(line)
                if verdict.text:
                    said += self.steering.put(replace(line, born=event.at, ttl=rules.max_age_seconds))
                    continue
                self.steering.judged(line, verdict)
                if verdict.rule != "empty":  # what follows belongs to what must not be said
                    if not said:
                        self.tally.skip(event, "unsafe")
                    break
        return said

    # speak: one mouth, one sentence at a time

    async def _speak(self) -> None:
        while True:
            await self._waits.outbox.arrived()
            await self.steering.silence.over()
            await self.avatar.ready()
            await self.floor.free()
            if not self.steering.silence.name and (line := self._waits.outbox.take()):
                self._stir.set()
                await self._say(line)

    async def _say(self, line: Utterance) -> None:
        """One sentence through the last gate to the avatar, to its end."""
        verdict, panics = self._judge(line), self.steering.silence.panics
        self.steering.judged(line, verdict)
        text = verdict.text or self._mouth.fallback(line.kind)
        if not text:
            self.tally.dropped(line, "unspeakable" if verdict.rule == "empty" else "unsafe")
            return
        if line.kind == "answer" and self.settings.safety.moderation and not await self._second_opinion(line, text):
            return
        if self.steering.silence.name or panics != self.steering.silence.panics:  # while the second opinion came
            self.steering.hold(line, panics)
        else:
            await self._voice(line, text, panics)

    async def _voice(self, line: Utterance, text: str, panics: int) -> None:
        self.steering.now.line = line
        self._caption(line, text)
        try:
            with self.floor.pal():
                self.tally.begins(line, self.clock())
                await self.avatar.say(text)
        except AvatarError as error:
            self._not_said(line, error, panics)
        else:
            self.tally.said(line)
            for event in line.events:
                self._waits.joins.met(event.user_id)
            log.info("said kind=%s chars=%d", line.kind, len(text))
        finally:
            self.steering.now.line = self._speaking = None
            self._silent_since = self.clock()
            self.board.tell("caption_end", {"at": self._silent_since})

    async def _second_opinion(self, line: Utterance, text: str) -> bool:
        """Whether the moderation lets it through, now that it may be too late or the streamer may talk; no word is a no."""
        try:
            refusal = "flagged" if await self.brain.objects(text) else ""
        except BrainError as error:
            refusal = str(error)
        if refusal:
            self.steering.judged(line, Verdict("", "refuse", "moderation", refusal))
            self.tally.dropped(line, "moderation")
            return False
        await self.floor.free()
        if self.clock() - line.born > line.ttl:
            self.tally.dropped(line, "stale")
            return False
        return True

    def _not_said(self, line: Utterance, error: AvatarError, panics: int) -> None:
        """Never twice: only what was not sent, because the connection went, waits for it to come back."""
        log.warning("not said kind=%s sent=%s: %s", line.kind, error.sent, error)
        if error.sent:
            self.tally.dropped(line, "cut_off")
            self._waits.outbox.withdraw(line.events, "cut_off")
            self._broken_off = line.events[0] if line.events else None
        elif self._links.up("animaze") and str(error) != "withdrawn":
            self.tally.dropped(line, "avatar_refused")
        else:
            self.steering.hold(line, panics)

    def _judge(self, line: Utterance) -> Verdict:
        """What the last gate says to this line."""
        comment = line.events[0].text if line.kind == "answer" and line.events else ""
        return self._mouth.check(line.text, kind=line.kind, dictated_by=comment)

    # tend: what only the passing of time brings

    async def _tend(self) -> None:
        while True:
            now = self.clock()
            for gift in self._waits.gifts.due(now):
                self._book(gift)
                self.steering.put(self._courtesy.for_gift(gift.event, gift.count))
            self._waits.questions.expire(now)
            self._waits.outbox.expire()
            busy = self._speaking or self._waits.outbox.size() or self.steering.silence.name
            silent = 0.0 if busy else now - self._silent_since
            for event in self._waits.joins.greet(now, silent, self.settings.outbox.max_items):
                self.steering.put(self._courtesy.for_event(event))
            self.board.show(self.status())
            await asyncio.sleep(TICK)

    def _close(self) -> None:
        """Book what is still open and give everything that waits its fate."""
        while not self._inbox.empty():
            self._take_in(self._inbox.get_nowait())
        for gift in self._waits.gifts.close():
            self._book(gift)
        self.tally.close("stopped")
        self.board.show(self.status())

    def _tell(self, event: LiveEvent) -> None:
        shown = ("nickname", "username", "text", "count", "diamonds", "at")
        self.board.tell("event", {"kind": event.kind.value} | {name: getattr(event, name) for name in shown})

    def _caption(self, line: Utterance, text: str) -> None:
        self._speaking = text
        caption = {"text": text, "kind": line.kind, "seconds": round(self.estimate(text), 2)}
        self.board.tell("caption", {**caption, "at": self.clock(), "demo": self.demo})

    def status(self) -> dict[str, Any]:
        """`GET /api/status`."""
        return {
            "running": True,
            "demo": self.demo,
            **self._links.status(self.explain, demo=self.demo),
            "counters": self.tally.counters(),
            "latency": self.tally.latency(),
            "queue": len(self._waits),
            "floor": self.floor.holder,
            "speaking": self._speaking,
            "silenced": self.steering.silence.name,
            "mic_level": round(self.ear.level(), 3),
        }
