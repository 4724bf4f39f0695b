"""Thinking: the best question, one at a time, and its answer sentence by sentence. Bot's loop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.speaking import Speaking
from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Brain, BrainError, LiveEvent, People, Utterance
from live.links import Links
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
        try:
            said = await self._answer(event)
        except BrainError as error:
            log.info("no answer: %s", error)
            self.tally.skip(event, str(error))
        else:
            if not said:
                self.tally.skip(event, "nothing_to_say")

    async def _answer(self, event: LiveEvent) -> int:
        """Put the answer's sentences into the outbox as they come; how many of them can be said."""
        said, rules = 0, self.settings.comment
        async with contextlib.aclosing(self.brain.answer(event, self.people.background(event.username))) as sentences:
            async for sentence in sentences:
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
