"""The answer to a comment (`ResponseEngine`, on the bot's loop); what is worth one is judged by `mind/relevance`.

The models of `mind/chain` answer sentence by sentence; where there is none, all fail, or the stream has cost enough, the
templates greet and thank. An answer that holds nothing of a viewer is kept for a while (`mind/kept`).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

from events import EMPTY_SCENE, BrainError, EventKind, Journal, Link, LinkState, LiveEvent, NoJournal, Scene, identity
from memory import get_background_info
from mind.chain import Attempt, Chain
from mind.courtesy import Courtesy
from mind.emotion import Emotions
from mind.gate import SafeMouth
from mind.kept import KeptAnswers, key_of, names, normalised
from mind.prompt import Messages, Prompt, Prompter, language_code
from mind.providers import ModelError
from mind.relevance import Relevance
from mind.templates import LINES, Templates
from mind.thought import Thought
from settings import Settings

__all__ = ["Relevance", "ResponseEngine"]
"""`Relevance` is at home in `mind/relevance`; the design imports both names from here."""

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 60.0
"""How often a server that is in trouble is looked at."""

WATCH_SECONDS = 1.0
"""How soon a change of the settings shows."""


class ResponseEngine:
    """Answers one comment at a time. Settings may be a plain dict; a change of them counts from the next question on.

    `close()` when it is used without `run`.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | Settings,
        memory: Any = None,
        *,
        templates: Templates | None = None,
        journal: Journal = NoJournal(),  # noqa: B008 - it keeps nothing, so there is nothing to share
        clock: Callable[[], float] = time.time,
        demo: bool = False,
    ) -> None:
        self.settings = Settings.of(settings)
        self._memory = memory
        self._chain = Chain(self.settings)
        self._templates = templates or Templates()
        self.journal = journal
        self._clock = clock
        self._relevance = Relevance(self.settings.comment)
        mouth = SafeMouth(self.settings, self._templates)
        self._courtesy = Courtesy(self.settings, mouth, self._templates)
        self._prompter = Prompter(self.settings, mouth.name)
        self._emotions = Emotions(self.settings)
        self._demo = demo
        self._kept = KeptAnswers()
        self._link = Link()
        self._changed = asyncio.Event()

    async def run(self, report: Callable[[Link], None]) -> None:
        """Find out which model can be had, say so at each change, give the connections back at the end."""
        clock = asyncio.get_running_loop().time
        told: Link | None = None
        try:
            while True:
                seen, looked = self._state(), clock()
                await self._look()
                while seen == self._state() and not self._is_due(clock() - looked):
                    if told != self._link:
                        told = self._link
                        report(told)
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(WATCH_SECONDS):
                            await self._changed.wait()
        finally:
            await self.close()

    def _state(self) -> tuple[object, ...]:
        """What makes another look worth while when it changes."""
        self._prompter.personas.current()
        return self._chain.identity(), self._is_enough(), self._prompter.personas.problem

    def _is_due(self, seconds: float) -> bool:
        return self._link.state is LinkState.ERROR and seconds >= LOOK_AGAIN_SECONDS

    async def answer(self, event: LiveEvent, background: str, scene: Scene = EMPTY_SCENE) -> AsyncGenerator[str, None]:
        """The answer's sentences, each as soon as it is whole. Raises BrainError with the reason when there is none."""
        thought = Thought(identity(event), asyncio.get_running_loop().time)
        try:
            async with contextlib.aclosing(self._think(event, background, scene, thought)) as sentences:
                async for sentence in sentences:
                    thought.say(sentence)
                    yield sentence
            thought.end()
        except ModelError as error:
            thought.end(error.code)
            if thought.sentences:
                return  # half an answer was heard: whole sentences, and better than starting over
            if not (line := self._template(event, scene)):
                raise BrainError(error.code) from error
            thought.provider = "templates"
            thought.say(line)
            yield line
        finally:
            self.journal.note("answer", self._clock(), **thought.facts())

    @contextlib.asynccontextmanager
    async def aside(self, journal: Journal) -> AsyncIterator["ResponseEngine"]:
        """Another one over the same models and the same money: only this journal hears of it, nothing is kept."""
        other = ResponseEngine(
            self.settings, self._memory, templates=self._templates, journal=journal, clock=self._clock, demo=self._demo
        )
        own, other._chain = other._chain, self._chain
        try:
            yield other
        finally:
            other._chain = own
            await other.close()

    def cost(self) -> dict[str, Any]:
        """What this stream's answers have cost so far: `cost` of `GET /api/status`."""
        return self._chain.facts()

    async def objects(self, text: str) -> bool:
        """Whether the moderation flags this. Raises BrainError when it cannot be asked; a demo asks nobody."""
        if self._demo:
            return False
        if not self._chain.first.configured:
            raise BrainError("no_model")
        try:
            return await self._chain.first.moderate(text, self.settings.safety.moderation_timeout)
        except ModelError as error:
            raise BrainError(error.code) from error

    def forget(self, *names: str) -> None:
        """Drop the answers that were kept from this viewer's questions, and those that name them."""
        self._kept.forget(*names)

    async def generate_response(self, comment_text: str, username: str, background_info: str = "") -> str | None:
        """The whole answer as one text; None when there is nothing to say. Never raises for a failing model."""
        event = LiveEvent(
            kind=EventKind.COMMENT, user_id=username, username=username, nickname=username, at=0.0, text=comment_text
        )
        known = background_info or (get_background_info(self._memory, username) if self._memory is not None else "")
        try:
            return self._emotions.without(" ".join([sentence async for sentence in self.answer(event, known)])) or None
        except BrainError as error:
            log.info("no answer: %s", error)
            return None

    def build_context(self, comment_text: str, username: str, background_info: str = "") -> Messages:
        """The chat messages for the model. Whatever viewers wrote is marked as data, capped and on one line."""
        event = LiveEvent(kind=EventKind.COMMENT, user_id="", username="", nickname=username, at=0.0, text=comment_text)
        return self._prompter.prompt(event, background_info).messages

    async def close(self) -> None:
        """Give the connections back."""
        await self._chain.close()
        self._prompter.knowledge.close()

    async def _look(self) -> None:
        """Ask the servers whether they are there."""
        if self._demo:
            self._show(Link(code="openai_demo"))
        elif self._is_enough():
            self._show(self._enough())
        else:
            self._show(await self._chain.look())

    async def _think(
        self, event: LiveEvent, background: str, scene: Scene, thought: Thought
    ) -> AsyncGenerator[str, None]:
        """The sentences of a kept answer, else of a model. Raises ModelError."""
        if self._demo or not self._chain.places():
            raise ModelError("no_model")
        prompt, key = await asyncio.to_thread(self._prepared, event, background, scene)  # it reads files
        if key and (known := self._kept.find(key, self._clock(), self.settings.openai.cache_ttl)):
            thought.provider = "cache"
            self._note_request(thought, prompt, model="", cached=True)
            for sentence in known:
                yield sentence
            return
        async with contextlib.aclosing(self._ask(prompt, thought)) as sentences:
            async for sentence in sentences:
                yield sentence
        if key and not names(" ".join(thought.sentences), (event.nickname, event.username)):
            self._keep(key, event.username, tuple(thought.sentences))

    def _prepared(self, event: LiveEvent, background: str, scene: Scene) -> tuple[Prompt, str]:
        """The prompt, and under which key its answer may be kept; empty when it may not."""
        prompt = self._prompter.prompt(event, background, scene)
        return prompt, "" if prompt.personal else self._key(event, scene)

    async def _ask(self, prompt: Prompt, thought: Thought) -> AsyncGenerator[str, None]:
        """A model's sentences, and word of how the models are doing."""
        if self._is_enough():
            self._show(self._enough())
            raise ModelError("openai_cap")

        def asked(attempt: Attempt) -> None:
            thought.ask(attempt)
            self._note_request(thought, prompt, model=attempt.place.rules.model, cached=False)

        try:
            async with contextlib.aclosing(self._chain.answer(prompt.messages, asked)) as sentences:
                async for sentence in sentences:
                    self._show(self._chain.link_of(thought.place))
                    yield sentence
        except ModelError as error:
            if error.code != "openai_refused":
                self._show(Link(state=LinkState.ERROR, code=error.code))
            raise
        finally:
            if self._is_enough():
                self._show(self._enough())

    def _key(self, question: LiveEvent, scene: Scene) -> str:
        """The prompt of this question as a nameless stranger would have caused it, for this model."""
        rules = self.settings.openai
        if not (rules.cache_size and rules.cache_ttl):
            return ""
        stranger = replace(question, nickname="", text=normalised(question.text))
        return key_of(str(self._chain.identity()), str(self._prompter.prompt(stranger, "", scene).messages))

    def _keep(self, key: str, asker: str, sentences: tuple[str, ...]) -> None:
        self._kept.keep(key, sentences, asker=asker, now=self._clock(), size=self.settings.openai.cache_size)

    def _template(self, event: LiveEvent, scene: Scene) -> str:
        """What can be said to this comment without a model; empty when nothing."""
        language = self._lines_language(event)
        name = self._courtesy.askers((event, *scene.also), language)
        if self._relevance.is_thanks(event.text):
            return self._templates.line("thanks", language, name=name)
        if self._relevance.is_greeting(event.text):
            return self._templates.line("greeting", language, name=name)
        return self._templates.line("demo", language, name=name) if self._demo else ""

    def _lines_language(self, event: LiveEvent) -> str:
        """The viewer's where they are to be answered in it and there are lines in it; else the pal's."""
        style, theirs = self.settings.style, language_code(event.language)
        return theirs if style.reply_language == "viewer" and theirs in LINES else style.language

    def _is_enough(self) -> bool:
        return self._chain.spending.is_enough(self.settings.openai)

    def _enough(self) -> Link:
        cost = self.cost()
        spent = str(cost["input_tokens"] + cost["output_tokens"])
        return Link(code="openai_cap", params=(("tokens", spent), ("money", f"{cost['money']:.2f}")))

    def _note_request(self, thought: Thought, prompt: Prompt, *, model: str, cached: bool) -> None:
        facts = {
            "key": thought.key,
            "messages": prompt.messages,
            "passages": [{"source": p.source, "text": p.text} for p in prompt.passages],
            "persona": prompt.persona,
            "model": model,
            "provider": thought.provider,
            "cached": cached,
        }
        self.journal.note("request", self._clock(), **facts)

    def _show(self, link: Link) -> None:
        if link.state is LinkState.UP and (problem := self._prompter.personas.problem):
            link = Link(state=link.state, code="persona_unusable", params=(("problem", problem),))
        if link != self._link:
            self._link = link
            self._changed.set()
