"""Thinking: the best question, one at a time, and its answer sentence by sentence. Bot's loop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.speaking import Speaking
from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Brain, BrainError, LiveEvent, People, Utterance, identity
from live.links import Links
from live.notes import Record
from live.tally import Tally
from settings import Settings

log = logging.getLogger(__name__)

ANSWER_PRIORITY = 2


@dataclass(slots=True, kw_only=True)
class Thinking:
    """One head: chooses a question when the mouth could use an answer, and thinks about it."""

    settings: Settings
    brain: Brain
    people: People
    links: Links
    tally: Tally
    waits: Waiting
    steering: Steering
    speaking: Speaking
    clock: Callable[[], float]
    record: Record
    _stir: asyncio.Event = field(default_factory=asyncio.Event)

    def stir(self) -> None:
        """Something changed that may let a question be answered now."""
        self._stir.set()

    async def next_question(self) -> LiveEvent:
        """The best comment, as soon as the mouth could use an answer: thinking ahead would only make answers old."""
        while True:
            self._stir.clear()
            pause = None
            may_speak = self.links.up("animaze") and not self.steering.silence.name
            if may_speak and not self.waits.outbox.waiting("answer"):
                if event := self.waits.questions.take(self.clock()):
                    return event
                pause = self.waits.questions.pause(self.clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stir.wait()

    async def think_about(self, event: LiveEvent) -> None:
        """One answer, or the reason why there is none. Whoever cancels it settles the event."""
        began, ended = self.clock(), "abandoned"
        try:
            said = await self._answer(event, began)
            ended = "" if said else "nothing_to_say"
        except BrainError as error:
            log.info("no answer: %s", error)
            ended = str(error)
        finally:
            self.record("thought", key=identity(event), seconds=self.clock() - began, ended=ended)
        if ended:
            self.tally.skip(event, ended)

    async def _answer(self, event: LiveEvent, began: float) -> int:
        """Put the answer's sentences into the outbox as they come; how many of them can be said."""
        said, rules, background = 0, self.settings.comment, self.people.background(event.username)
        self.record("chosen", key=identity(event), waited=began - event.at, background=background)
        async with contextlib.aclosing(self.brain.answer(event, background)) as sentences:
            async for sentence in sentences:
                self.record("sentence", key=identity(event), text=sentence, offset=self.clock() - began)
                line = Utterance(text=sentence, kind="answer", priority=ANSWER_PRIORITY, events=(event,))
                if event is self.steering.now.broken_off:
                    break
                verdict = self.speaking.judge(line)
                if verdict.text:
                    said += self.steering.put(replace(line, born=event.at, ttl=rules.max_age_seconds))
                    continue
                self.steering.judged(line, verdict)
                if verdict.rule != "empty":  # what follows belongs to what must not be said
                    if not said:
                        self.tally.skip(event, "unsafe")
                    break
        return said
