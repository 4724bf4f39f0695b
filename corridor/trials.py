"""A question tried on the side: what would be said to it, while nobody hears, remembers or counts it. Bot's loop.

The way is that of a real comment: orders and red flags, its worth, the brain with its prompt, the emotions, the last gate,
the moderation. It ends before the outbox. Only what the model costs is real, and counts.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from events import Brain, BrainError, LiveEvent, People, Scene, Utterance, identity
from live.notes import Record, facts_of, facts_of_line, recorder
from live.shelf import Card
from live.why import WhyCards
from mind.commands import order_in
from mind.emotion import Emotions
from mind.gate import SafeMouth
from mind.judging import Judge
from mind.redflags import red_flag
from settings import Settings

LONGEST_SECONDS = 40.0
"""Whoever asked waits for it, so it ends at some point, whatever the settings allow a model."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What would be said, whose words it is, and how long it took in seconds."""

    answer: list[str] = field(default_factory=list)
    model: str = ""
    provider: str = ""
    seconds: float = 0.0
    code: str = ""
    """Why nothing would be said: command, red_flag, unsafe, moderation, nothing_to_say, try_timeout, try_stopped, or why
    the brain failed; empty when something would."""

    card: Card | None = None
    """Its why-card."""

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


Reply = Callable[[Outcome], None]


@dataclass(slots=True, kw_only=True)
class Trials:
    """Tries one question at a time. `scene`: what is around a comment now."""

    settings: Settings
    brain: Brain
    people: People
    mouth: SafeMouth
    emotions: Emotions
    judge: Judge
    clock: Callable[[], float]
    scene: Callable[[LiveEvent], Scene] = lambda _: Scene()
    _wishes: "asyncio.Queue[tuple[LiveEvent, Reply]]" = field(default_factory=lambda: asyncio.Queue(1))

    def wish(self, question: LiveEvent, reply: Reply) -> None:
        """Try this one as soon as may be; `reply` is called with what came of it, and must not block."""
        try:
            self._wishes.put_nowait((question, reply))
        except asyncio.QueueFull:
            reply(Outcome(code="try_busy"))

    async def run(self) -> None:
        """Carry out the wishes, one after the other, until cancelled."""
        while True:
            question, reply = await self._wishes.get()
            outcome = Outcome(code="try_stopped")
            try:
                outcome = await self.outcome(question)
            finally:
                reply(outcome)

    def close(self) -> None:
        """Nobody tries any more."""
        while not self._wishes.empty():
            self._wishes.get_nowait()[1](Outcome(code="try_stopped"))

    async def outcome(self, question: LiveEvent) -> Outcome:
        """What would be said to it. Never raises for a failing model."""
        attempt = _Attempt(self, question)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await attempt.outcome()
        except TimeoutError:
            return attempt.ended("try_timeout")


class _Attempt:
    """One question on its way."""

    def __init__(self, trials: Trials, question: LiveEvent) -> None:
        self._trials, self._question, self._key = trials, question, identity(question)
        self._cards: list[Card] = []
        self._journal = WhyCards(self._cards.append)
        self._record: Record = recorder(self._journal, trials.clock)
        self._began = asyncio.get_running_loop().time()
        self._said: list[str] = []

    async def outcome(self) -> Outcome:
        self._record("event", event=facts_of(self._question))
        self._record("judged", **self._worth())
        if order_in(self._question.text):
            return self.ended("command")
        if red_flag(self._question.text):
            return self.ended("red_flag")
        try:
            refused = await self._think()
        except BrainError as error:
            return self.ended(str(error))
        if self._said and self._trials.settings.safety.moderation:
            refused = await self._second_opinions() or refused
        return self.ended("" if self._said else refused or "nothing_to_say")

    async def _think(self) -> str:
        """Take in what the gate lets through; why the rest is not said. Raises BrainError."""
        question = self._question
        background = self._trials.people.background(question.username) if question.username else ""
        self._record("chosen", key=self._key, waited=0.0, background=background, value=0.0, also=[])
        async with self._trials.brain.aside(self._journal) as brain:
            answer = brain.answer(question, background, self._trials.scene(question))
            async with contextlib.aclosing(answer) as sentences:
                async for sentence in sentences:
                    if (rule := self._judge(sentence)) and rule != "empty":
                        return "unsafe"  # what follows belongs to what must not be said
        return ""

    def _judge(self, sentence: str) -> str:
        """Keep it when the gate lets it through; else by which rule it does not."""
        self._record("sentence", key=self._key, text=sentence, offset=self._seconds())
        line = Utterance(text=sentence, kind="answer", priority=0, events=(self._question,))
        line = replace(self._trials.emotions.read(line), born=self._question.at)
        verdict = self._trials.mouth.check(line.text, kind="answer", dictated_by=self._question.text)
        decided = {"action": verdict.action, "rule": verdict.rule, "reason": verdict.reason, "said": verdict.text}
        self._record("verdict", **facts_of_line(line), **decided)
        if not verdict.text:
            return verdict.rule
        self._said.append(verdict.text)
        return ""

    async def _second_opinions(self) -> str:
        """Drop what the moderation does not let through; why."""
        refused = ""
        for text in self._said.copy():
            try:
                refusal = "flagged" if await self._trials.brain.objects(text) else ""
            except BrainError as error:
                refusal = str(error)
            if refusal:
                self._said.remove(text)
                refused = "moderation"
        return refused

    def _worth(self) -> dict[str, Any]:
        known = self._trials.people.relations(self._question.username) if self._question.username else frozenset()
        judged = self._trials.judge.judge(self._question, known)
        return {
            "key": self._key,
            "score": judged.score,
            "parts": dict(judged.parts),
            "known": sorted(known),
            "relation": judged.relation,
            "refusal": judged.refusal,
            "greeting": judged.greeting,
        }

    def ended(self, code: str) -> Outcome:
        """What is known by now."""
        said = [] if code else self._said
        fate = {"fate": "skipped" if code else "answered", "reason": code}
        self._record("fate", key=self._key, kind=self._question.kind.value, **fate)
        card = self._cards[-1] if self._cards else None
        words = {"model": card["model"], "provider": card["provider"]} if card else {}
        return Outcome(answer=said, code=code, seconds=round(self._seconds(), 3), card=card, **words)

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._began
