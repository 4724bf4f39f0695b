"""The models in the order in which they are asked: who answers a question, and when the next one is tried instead.

Lives on the bot's loop. Until a model's first sentence is whole, the next one may take over; all of them share the time
that one answer may take. Who keeps failing is left alone for a while (`mind/breaker`).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from events import Link, LinkState
from mind.breaker import Breaker
from mind.providers import ChatModel
from mind.sentences import SentenceSplitter, paced
from mind.spending import Spending, Usage
from mind.wire import Messages, ModelError
from settings import Fallback, OpenAI, Settings

PLACES = ("openai", "fallback", "fallback2")
"""Sections of the settings, in the order in which their models are asked."""

PAUSE_SECONDS = 0.08
"""A model that writes nothing for this long behind a full stop has ended its sentence."""

MORE_LINES = 2
"""So many lines may an answer have beyond one for each sentence: what has no end is cut off all the same."""

SHORTEST_TRY = 0.05
"""Seconds without which no further model is asked."""


@dataclass(slots=True)
class Place:
    """One model in the chain, and how it is doing."""

    name: str
    """Its section in the settings."""

    rules: OpenAI | Fallback
    model: ChatModel
    breaker: Breaker = field(default_factory=Breaker)
    failure: str = ""
    """Why it did not answer the last time."""

    _known_as: tuple[object, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether it is wanted and there is anything to ask."""
        return self.rules.get("enabled", True) and self.model.configured

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it another one when the settings change."""
        return self.configured, self.rules.api_key, self.rules.base_url, self.rules.model

    def refresh(self, settings: Settings) -> None:
        """Go by the settings as they are now. A new key, address or model has not failed yet."""
        self.rules = settings[self.name]
        self.model.go_by(settings.openai, self.rules)
        if self._known_as != self.identity:
            self._known_as, self.breaker, self.failure = self.identity, Breaker(), ""

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """For the streamer: never more of the address than the computer's name."""
        return ("model", self.rules.model), ("server", _host(self.rules.base_url))


@dataclass(slots=True)
class _Length:
    """How much of an answer was given. A long sentence is several lines, and is heard to its end."""

    most: int
    """Sentences."""

    sentences: int = 0
    lines: int = 0

    def reached(self, ends: bool) -> bool:
        """Whether a line was the last one; `ends`: a sentence is over with it."""
        self.lines, self.sentences = self.lines + 1, self.sentences + ends
        return self.sentences >= self.most or self.lines >= self.most + MORE_LINES


@dataclass(slots=True)
class Attempt:
    """One model asked one question."""

    place: Place
    usage: Usage = field(default_factory=Usage)
    said: int = 0


class Chain:
    """`close()` when done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = tuple(Place(name, settings[name], ChatModel(settings.openai, settings[name])) for name in PLACES)
        self.spending = Spending(Usage())

    @property
    def first(self) -> ChatModel:
        """The model of the section `openai`, which is also asked for its moderation."""
        return self._refreshed()[0].model

    def places(self) -> list[Place]:
        """Those that can be asked, by the settings as they are now."""
        return [place for place in self._refreshed() if place.configured]

    def identity(self) -> tuple[object, ...]:
        """Changes whenever the settings name other models."""
        return tuple(place.identity for place in self._refreshed())

    def _refreshed(self) -> tuple[Place, ...]:
        for place in self._places:
            place.refresh(self._settings)
        return self._places

    async def answer(self, messages: Messages, asked: Callable[[Attempt], None]) -> AsyncGenerator[str, None]:
        """The sentences of the first model that has some; `asked` is told of each one that is tried.

        Raises ModelError: before the first sentence when no model answers (then it is the first model's failure), and
        in the middle when the one that had begun broke off.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._settings.openai.request_timeout
        waiting, problem = self.places(), ModelError("no_model")
        codes: list[str] = []
        while waiting:
            place = waiting.pop(0)
            left = deadline - clock()
            if left < SHORTEST_TRY:
                codes.append("openai_timeout")
                break
            if not place.breaker.attempt(clock()):
                codes.append(place.failure)
                continue
            others = sum(not other.breaker.is_open(clock()) for other in waiting)
            attempt = Attempt(place)
            asked(attempt)
            try:
                async with contextlib.aclosing(
                    self._attempt(attempt, messages, left, left / (1 + others))
                ) as sentences:
                    async for sentence in sentences:
                        yield sentence
                return
            except ModelError as error:
                if attempt.said or error.code == "openai_refused":
                    raise
                codes.append(error.code)
        raise ModelError(codes[0]) if codes else problem

    async def _attempt(
        self, attempt: Attempt, messages: Messages, left: float, share: float
    ) -> AsyncGenerator[str, None]:
        """One model's sentences, the first of them within `share` seconds, all within `left`."""
        place, clock = attempt.place, asyncio.get_running_loop().time
        first_within = min(self._settings.openai.first_token_timeout, share)
        pieces = place.model.stream(messages, attempt.usage, within=left, first_within=first_within)
        try:
            async with contextlib.aclosing(self._sentences(pieces, attempt.usage)) as sentences:
                sentence: str | None = await _first(share, sentences)
                while sentence is not None:
                    place.breaker.worked()
                    attempt.said += 1
                    yield sentence
                    sentence = await anext(sentences, None)
        except ModelError as error:
            self._note(place, error, clock())
            raise
        finally:
            place.breaker.abandoned()
            self.spending.add(attempt.usage, place.rules)

    async def _sentences(self, pieces: AsyncGenerator[str, None], usage: Usage) -> AsyncGenerator[str, None]:
        """At most `style.max_sentences`; what the model writes beyond is not read, nor a last one cut off by the limit."""
        style = self._settings.style
        splitter, length = SentenceSplitter(style.max_line_length), _Length(style.max_sentences)
        async with contextlib.aclosing(paced(pieces, PAUSE_SECONDS)) as steps:
            async for piece in steps:
                lines = splitter.pause() if piece is None else splitter.feed(piece)
                for line, ends in zip(lines, splitter.ends, strict=True):
                    yield line
                    if length.reached(ends):
                        return
        rest = splitter.flush()
        if usage.cut and length.lines + len(rest) > 1:
            rest = rest[:-1]
        for line, ends in zip(rest, splitter.ends, strict=False):
            yield line
            if length.reached(ends):
                return

    @staticmethod
    def _note(place: Place, error: ModelError, now: float) -> None:
        if error.code == "openai_refused":
            place.breaker.worked()  # it works, and does not want to
            return
        place.failure = error.code
        place.breaker.failed(now, lasting=error.lasting, retry_after=error.retry_after)

    async def look(self) -> Link:
        """Which model would be asked, found out without a question; why none would when all fail."""
        clock = asyncio.get_running_loop().time
        places = self.places()
        if not places:
            return Link(code="openai_no_key")
        for place in places:
            if place.breaker.is_open(clock()):
                continue
            try:
                await place.model.check()
            except ModelError as error:
                self._note(place, error, clock())
            else:
                return self.link_of(place)
        return Link(state=LinkState.ERROR, code=places[0].failure)

    def link_of(self, place: Place) -> Link:
        """How it is shown that this one answers."""
        code = "openai_answers" if place is self._places[0] else "openai_fallback"
        return Link(state=LinkState.UP, code=code, params=place.params)

    def facts(self) -> dict[str, Any]:
        """`cost` of `GET /api/status`."""
        return self.spending.facts(self._settings.openai)

    async def close(self) -> None:
        """Give the connections back."""
        for place in self._places:
            await place.model.close()


async def _first(within: float, sentences: AsyncGenerator[str, None]) -> str:
    """The first sentence. Raises ModelError when it takes longer, or when there is none: mere signs, say."""
    try:
        async with asyncio.timeout(within):
            return await anext(sentences)
    except TimeoutError:
        raise ModelError("openai_timeout") from None
    except StopAsyncIteration:
        raise ModelError("openai_empty") from None


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") + (f":{parts.port}" if parts.port else "") if address else "OpenAI"
    except ValueError:  # no address at all; asking it says so
        return ""
