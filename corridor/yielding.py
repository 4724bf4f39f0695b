"""Yielding: when the pal may speak, and what of an utterance is left when the streamer has talked into it. Bot's loop.

`speech.yield` says how much: `sentence` ends with the sentence in flight, `utterance` with the answer that has begun,
`never` talks on. What was sent cannot be called back, so the last look at the floor stands right before the send, and
whoever waits inside the avatar is withdrawn.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Avatar, LiveEvent, Utterance
from settings import Settings
from speech import Floor
from voice.floor import Holder
from voice.manners import Rest, rest_of


@dataclass(slots=True, kw_only=True)
class Yielding:
    """Gives the pal its turns."""

    settings: Settings
    avatar: Avatar
    floor: Floor
    waits: Waiting
    steering: Steering
    clock: Callable[[], float]
    _answer: LiveEvent | None = None
    """Whose answer has begun to be heard."""

    _said: int = 0
    """How many of its sentences have been heard."""

    _interrupted: float | None = None
    """When the streamer began to talk, while they do."""

    def __post_init__(self) -> None:
        self.floor.listeners.append(self._passed)

    @property
    def mode(self) -> str:
        """`speech.yield`."""
        return str(self.settings.speech["yield"])

    async def turn(self, line: Utterance | None = None) -> None:
        """Return when this line may be said, or any that waits, or when none waits any more.

        Awaited directly, that stays so until the caller awaits something else.
        """
        while True:
            await self.avatar.ready()
            lines = [line] if line else self.waits.outbox.queue()
            if not lines or any(map(self.may, lines)):
                return
            if self.mode == "sentence":
                await self.floor.free()
            else:
                await self._news()

    def may(self, line: Utterance) -> bool:
        """Whether this line could be sent at this moment."""
        if self.floor.holder == "pal":
            return False
        if self.floor.holder == "nobody" and not self.floor.pause():
            return True
        return self.mode == "never" or (self.mode == "utterance" and self._goes_on(line))

    def heard(self, line: Utterance) -> None:
        """This line has been said to its end."""
        if line.kind == "answer" and line.events:
            self._said = self._said + 1 if self._goes_on(line) else 1
            self._answer = line.events[0]

    def tend(self, now: float) -> None:
        """The streamer may be talking for so long by now that what was begun is not worth its end."""
        if self._interrupted is not None:
            self._settle(now - self._interrupted)

    def _goes_on(self, line: Utterance) -> bool:
        """Whether it belongs to the answer that has begun."""
        return line.kind == "answer" and bool(line.events) and line.events[0] is self._answer

    def _passed(self, holder: Holder) -> None:
        """The floor has a new holder."""
        self.waits.outbox.stir()
        if holder == "streamer":
            self._interrupted = self.floor.since
            line = self.steering.now.line
            if line is None or not self.may(line):
                self.avatar.withdraw()
        elif self._interrupted is not None:
            self._settle(self.floor.since - self._interrupted)
            self._interrupted = None

    def _settle(self, lasted: float) -> None:
        """Judge the rest of the answer that has begun; only where the pal yields at each sentence is there one."""
        if self._answer is None or self.mode != "sentence":
            return
        self.waits.outbox.expire()
        rest = [line for line in self.waits.outbox.queue() if self._goes_on(line)]
        talked = max(0.0, lasted - self.floor.tail)
        age, ttl = (self.clock() - rest[0].born, rest[0].ttl) if rest else (0.0, 0.0)
        rules = self.settings.speech
        fate = rest_of("answer", age=age, ttl=ttl, said=self._said, interruption=talked, rules=rules)
        if fate is Rest.DROP:
            self._cut(self._answer, rest, "interrupted")
        elif fate is Rest.SHORTEN and rest:  # a next sentence that is still thought is waited for
            self._cut(self._answer, rest[1:], "shortened")

    def _cut(self, answer: LiveEvent, rest: list[Utterance], reason: str) -> None:
        """These are not said, and nothing more of this answer is thought."""
        self.steering.break_off(answer, reason)
        gone = {line.id for line in rest}
        self.waits.outbox.drop(lambda line: line.id in gone, reason)

    async def _news(self) -> None:
        """Wait until floor or outbox are not what they were, or the pause after the streamer's last word is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.floor.pause() or None):
                await self.waits.outbox.news()
