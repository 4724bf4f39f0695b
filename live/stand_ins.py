"""Who stands in at a rehearsal: for TikTok, for the streamer's voice, for the model. Each keeps its seam's promise.

Bot's loop; all times are the clock's they are given, so the jumping one will do.
"""

import asyncio
import contextlib
import random
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from events import EMPTY_SCENE, Brain, Calibrated, Journal, Link, LinkState, LiveEvent, NoJournal, Scene
from live import clockwork
from live.characters import SCRIPTS
from live.crowd import Evening, Turns
from mind.sentences import SentenceSplitter
from mind.spending import Usage, tokens
from response import ResponseEngine
from settings import Microphone, Settings

MESSAGE_TOKENS = 4
"""What a message costs beside its text."""

FIRST_TOKEN_SECONDS, TOKENS_A_SECOND = 0.6, 60.0
"""A small hosted model on a usual evening: median until the first token, and its pace from then on."""

OPINION_SECONDS = 0.3


@dataclass(slots=True)
class ScriptedCrowd:
    """An `EventSource` that delivers an evening at its own times by this clock."""

    evening: Evening
    clock: Callable[[], float] = clockwork.now

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        """All of it, then quiet until cancelled."""
        report(Link(state=LinkState.UP, code="demo"))
        begin = self.clock()
        for after, event in self.evening.events:
            await asyncio.sleep(max(0.0, begin + after - self.clock()))
            sink(replace(event, at=self.clock()))
        await asyncio.Event().wait()


@dataclass(slots=True)
class ScriptedVoice:
    """An `Ear` that hears the streamer from when to when these turns say."""

    turns: Turns
    _talking: bool = False

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        loop = asyncio.get_running_loop()
        for edge in (edge for begin, end in self.turns for edge in ((begin, True), (end, False))):
            await asyncio.sleep(edge[0] - loop.time())
            self._talking = edge[1]
            on_voice(edge[1])
        await asyncio.Event().wait()

    def level(self) -> float:
        return float(self._talking)

    def status(self) -> Mapping[str, Any]:
        """As loud as a voice can be, or silent."""
        loud = 0.0 if self._talking else -120.0
        return {"engine": "", "rms_dbfs": loud, "peak_dbfs": loud, "talking": self._talking, "bar_dbfs": None}

    def pal_speaks(self, on: bool) -> None:
        """The pal is not heard in here."""

    async def calibrate(self, kind: str) -> Calibrated:
        """Nothing can be measured."""
        return Calibrated(kind=kind, verdict="mic_off")


def hears(microphone: Microphone) -> bool:
    """Whether it listens by itself."""
    return microphone.enabled and microphone.mode == "listen"


def heard(voice: Turns, microphone: Microphone) -> Turns:
    """What a microphone makes of this voice: each turn later by the attack, longer by the release, joined by it. Pure."""
    if not hears(microphone):
        return ()
    attack, release = microphone.attack_ms / 1000, microphone.release_ms / 1000
    turns: list[tuple[float, float]] = []
    for begin, end in voice:
        if turns and begin <= turns[-1][1]:
            turns[-1] = turns[-1][0], end + release
        elif end - begin > attack:
            turns.append((begin + attack, end + release))
    return tuple(turns)


class Understudy:
    """A `Brain` that answers at a model's pace and falls for every attack. Counts what a model would be paid for."""

    def __init__(self, settings: Settings, evening: Evening) -> None:
        self.journal: Journal = NoJournal()
        self.usage = Usage()
        self.attacked = 0
        """Attacks it was asked to answer."""

        self._settings, self._replies = settings, SCRIPTS[evening.language].replies
        self._prompts = ResponseEngine(settings)
        self._attacks = {attack.lure: attack.answer for attack in evening.truth.attacks}
        self._chance = random.Random(f"model {evening.seed}")  # noqa: S311 - no secret

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        await asyncio.Event().wait()

    async def answer(
        self,
        event: LiveEvent,
        background: str,
        scene: Scene = EMPTY_SCENE,  # noqa: ARG002 - the seam's signature
    ) -> AsyncGenerator[str, None]:
        """The same answer to the same comment, whenever it comes."""
        prompt = self._prompts.build_context(event.text, event.nickname, background)
        self.attacked += event.text in self._attacks
        asked = sum(MESSAGE_TOKENS + tokens(len(part["content"])) for part in prompt)
        self.usage.add(Usage(requests=1, input_tokens=asked, estimated=True))
        await asyncio.sleep(FIRST_TOKEN_SECONDS * self._chance.lognormvariate(0, 0.4))
        splitter = SentenceSplitter(self._settings.style.max_line_length)
        for word in self._reply(event.text).split():
            count = tokens(len(word) + 1)
            self.usage.output_tokens += count
            await asyncio.sleep(count / TOKENS_A_SECOND)
            for sentence in splitter.feed(f"{word} "):
                yield sentence
        for sentence in splitter.flush():
            yield sentence

    def aside(self, journal: Journal) -> contextlib.AbstractAsyncContextManager[Brain]:  # noqa: ARG002 - the seam's signature
        """Nobody tries a question here."""
        return contextlib.nullcontext(self)

    async def objects(self, text: str) -> bool:  # noqa: ARG002 - the seam's signature
        """A moderation that lets everything through, so that the gate has to stand alone."""
        await asyncio.sleep(OPINION_SECONDS)
        return False

    def forget(self, *names: str) -> None:
        """Nothing is kept."""

    def cost(self) -> Mapping[str, Any]:
        """Nothing was paid."""
        return {}

    def _reply(self, comment: str) -> str:
        number = zlib.crc32(comment.encode("utf-8", "replace"))
        return self._attacks.get(comment) or self._replies[number % len(self._replies)]
