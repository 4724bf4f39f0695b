"""Thinking: the best question, one at a time, and its answer sentence by sentence. Bot's loop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.speaking import Speaking
from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Brain, BrainError, LiveEvent, People, Scene, Utterance, identity
from live.links import Links
from live.notes import Record
from live.scenes import Scenes
from live.tally import Tally
from mind.choosing import MOST_ASKERS, Question
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
    scenes: Scenes
    clock: Callable[[], float]
    record: Record
    _stir: asyncio.Event = field(default_factory=asyncio.Event)
    _silent: bool = False
    """The answer that is being thought has no sentence yet."""

    def __post_init__(self) -> None:
        self.waits.questions.late = self._joins

    def stir(self) -> None:
        """Something changed that may let a question be answered now."""
        self._stir.set()

    async def next_question(self) -> Question:
        """The best comment, as soon as the mouth could use an answer: thinking ahead would only make answers old."""
        while True:
            self._stir.clear()
            pause = None
            may_speak = self.links.up("animaze") and not self.steering.silence.name
            if may_speak and not self.waits.outbox.waiting("answer"):
                if question := self.waits.questions.take(self.clock()):
                    return question
                pause = self.waits.questions.pause(self.clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stir.wait()

    async def think_about(self, question: Question) -> None:
        """One answer, or the reason why there is none. Whoever cancels it settles the events."""
        began, ended, event = self.clock(), "abandoned", question.event
        self._silent = True
        try:
            said = await self._answer(question, began)
            ended = "" if said else "nothing_to_say"
        except BrainError as error:
            log.info("no answer: %s", error)
            ended = str(error)
        finally:
            self._silent = False
            self.record("thought", key=identity(event), seconds=self.clock() - began, ended=ended)
        if ended:
            self.waits.questions.failed(event)
            self._skip(self._with_late(question), ended)

    async def _answer(self, question: Question, began: float) -> int:
        """Put the answer's sentences into the outbox as they come; how many of them can be said."""
        said, event, rules = 0, question.event, self.settings.comment
        background = "" if question.also else self.people.background(event.username, event.text)
        self._note(question, began, background)
        scene, called = self._scene(question, began), self.steering.courtesy.called
        scene = replace(scene, also=tuple(map(called, scene.also)))
        answer = self.brain.answer(called(event), background, scene)
        async with contextlib.aclosing(answer) as sentences:
            async for sentence in sentences:
                self.record("sentence", key=identity(event), text=sentence, offset=self.clock() - began)
                self._silent, question = False, self._with_late(question)
                if event is self.steering.now.broken_off:
                    break
                line = Utterance(text=sentence, kind="answer", priority=ANSWER_PRIORITY, events=question.events)
                line = replace(self.steering.emotions.read(line), born=event.at, ttl=rules.max_age_seconds)
                verdict = self.speaking.judge(line)
                if verdict.text:
                    said += self._put(line, question, verdict.text, first=not said)
                    continue
                self.steering.judged(line, verdict)
                if verdict.rule != "empty":  # what follows belongs to what must not be said
                    if not said:
                        self._skip(question, "unsafe")
                    break
        return said

    def _put(self, line: Utterance, question: Question, clean: str, *, first: bool) -> int:
        """Let it wait to be said; the first sentence of an answer to several viewers names them.

        Before names stands the sentence as the gate has cleaned it: what it takes out of the beginning of a line, such
        as a command to the avatar, it would not find behind them.
        """
        names = self.steering.courtesy.askers(question.events) if first and question.also else ""
        if names and names not in line.text:
            whole = f"{names}: {clean}"
            if len(whole) <= self.settings.style.max_line_length:
                line = replace(line, text=whole)
            else:
                self.steering.put(replace(line, text=f"{names}!"))
        return self.steering.put(line)

    def _joins(self, event: LiveEvent) -> bool:
        """Whether the answer that is being thought can be this asker's, too: it will name them."""
        now = self.steering.now
        askers = [asker.user_id for asker in (now.question, *now.also) if asker]
        if not (self._silent and now.thinks) or event.user_id in askers or len(askers) >= MOST_ASKERS:
            return False
        now.also = (*now.also, event)
        return True

    def _with_late(self, question: Question) -> Question:
        """With all who came to ask it while it was thought about."""
        now = self.steering.now
        return replace(question, also=now.also) if now.question is question.event else question

    def scene_of(self, event: LiveEvent) -> Scene:
        """What is around this comment now, when it is nobody else's question."""
        return self.scenes.around((event,), self.clock()) if self.settings.style.room_context else Scene()

    def _scene(self, question: Question, now: float) -> Scene:
        if not self.settings.style.room_context:
            return Scene(also=question.also)
        return self.scenes.around(question.events, now)

    def _skip(self, question: Question, reason: str) -> None:
        for event in question.events:
            self.tally.skip(event, reason)

    def _note(self, question: Question, now: float, background: str) -> None:
        facts = {"value": question.value, "also": [identity(event) for event in question.also]}
        waited = now - question.event.at
        self.record("chosen", key=identity(question.event), waited=waited, background=background, **facts)
