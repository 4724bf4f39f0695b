"""Speaking: one sentence through the last gate to the avatar, to its end. Bot's loop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.steering import Steering
from corridor.waiting import Waiting
from corridor.yielding import Yielding
from events import Avatar, AvatarError, Board, Brain, BrainError, Utterance
from live.links import Links
from live.notes import Record, facts_of_line
from live.scenes import Scenes
from live.tally import Tally
from mind.gate import SafeMouth, Verdict
from settings import Settings
from speech import Floor
from voice.duration import pieces, seconds_to_say, word_times

log = logging.getLogger(__name__)

SHORTEST_CEILING = 8.0
"""Seconds: nothing shorter than this is cut into pieces, however short a time the settings give one sentence."""


@dataclass(slots=True, kw_only=True)
class Speaking:
    """The pal's mouth. `estimate` gives the seconds a text takes to say."""

    settings: Settings
    avatar: Avatar
    brain: Brain
    board: Board
    floor: Floor
    links: Links
    tally: Tally
    waits: Waiting
    steering: Steering
    yielding: Yielding
    scenes: Scenes
    mouth: SafeMouth
    estimate: Callable[[str], float]
    clock: Callable[[], float]
    record: Record
    demo: bool = False
    text: str | None = None
    """What is being said."""

    silent_since: float = field(init=False)

    def __post_init__(self) -> None:
        self.silent_since = self.clock()

    async def say(self, line: Utterance) -> None:
        """Say it, or give it the fate of what is not said."""
        verdict, panics = self.judge(line), self.steering.silence.panics
        self.steering.judged(line, verdict)
        text = verdict.text or self.mouth.fallback(line.kind)
        if not text:
            self.tally.dropped(line, "unspeakable" if verdict.rule == "empty" else "unsafe")
            return
        if line.kind == "answer" and self.settings.safety.moderation and not await self._second_opinion(line, text):
            return
        if gone := self.steering.withdrawn(line):
            self.tally.dropped(line, gone)
        elif self.steering.silence.name or panics != self.steering.silence.panics:  # while the second opinion came
            self.steering.hold(line, panics)
        else:
            piece = self._piece(line, text)
            await self._voice(line if piece == text else replace(line, text=piece, names=()), piece, panics)

    def judge(self, line: Utterance) -> Verdict:
        """What the last gate says to this line."""
        comment = line.events[0].text if line.kind == "answer" and line.events else ""
        return self.mouth.check(line.text, kind=line.kind, dictated_by=comment)

    def silent_for(self, now: float) -> float:
        """Seconds since the pal last spoke; none while it speaks, has something to say, or is silenced."""
        busy = self.text or self.waits.outbox.size() or self.steering.silence.name
        return 0.0 if busy else now - self.silent_since

    def _piece(self, line: Utterance, text: str) -> str:
        """As much of the text as the avatar is given time for; the rest comes next, as a line of its own.

        Without it a long line would count as over at the ceiling, and the next one would be spoken on top of it.
        """
        longest = max(self.settings.speech.max_speech_ms / 1000, SHORTEST_CEILING)
        piece, rest = pieces(text, longest, self.estimate)
        if rest:
            self.waits.outbox.put_back(replace(line, text=rest, names=(), id=0))
        return piece

    async def _voice(self, line: Utterance, text: str, panics: int) -> None:
        self.steering.now.line = line
        self._caption(line, text)
        began, ended = self.clock(), {"error": "abandoned", "sent": True}
        self.record("utterance", **facts_of_line(line), said=text, waited=began - line.born)
        try:
            with self.floor.pal():
                self.tally.begins(line, began)
                self.waits.gifts.settle(line.events)
                await self.avatar.say(text, line.emotion)
        except AvatarError as error:
            ended = {"error": str(error), "sent": error.sent}
            self._not_said(line, error, panics)
        else:
            ended = {"error": "", "sent": True}
            self.tally.said(line)
            self.yielding.heard(line)
            self.scenes.spoke(line, text)
            for event in line.events:
                self.waits.joins.met(event.user_id)
            log.info("said kind=%s chars=%d", line.kind, len(text))
        finally:
            self.steering.now.line = self.text = None
            self.silent_since = self.clock()
            self.record("utterance_end", **facts_of_line(line), said=text, seconds=self.silent_since - began, **ended)
            self.board.tell("caption_end", {"at": self.silent_since})

    async def _second_opinion(self, line: Utterance, text: str) -> bool:
        """Whether the moderation lets it through, now that it may be too late or the streamer may talk; no word is a no."""
        began = self.clock()
        try:
            refusal = "flagged" if await self.brain.objects(text) else ""
        except BrainError as error:
            refusal = str(error)
        self.record("opinion", **facts_of_line(line), said=text, refusal=refusal, seconds=self.clock() - began)
        if refusal:
            self.steering.judged(line, Verdict("", "refuse", "moderation", refusal))
            self.tally.dropped(line, "moderation")
            return False
        await self.yielding.turn(line)
        stale = self.clock() - line.born > line.ttl
        if stale or (line.events and line.events[0] is self.steering.now.broken_off):
            self.tally.dropped(line, "stale" if stale else "interrupted")
            return False
        return True

    def _not_said(self, line: Utterance, error: AvatarError, panics: int) -> None:
        """Never twice: only what was not sent, because the connection went, waits for it to come back."""
        log.warning("not said kind=%s sent=%s: %s", line.kind, error.sent, error)
        if str(error) == "unheard":
            self.tally.dropped(line, "avatar_silent")
        elif error.sent:
            self.tally.dropped(line, "cut_off")
            self.waits.outbox.withdraw(line.events, "cut_off")
            if line.events:
                self.steering.break_off(line.events[0], "cut_off")
        elif self.links.up("animaze") and str(error) != "withdrawn":
            self.tally.dropped(line, "avatar_refused")
        else:
            self.waits.gifts.owe(line.events)
            self.steering.hold(line, panics)

    def _caption(self, line: Utterance, text: str) -> None:
        """What is said, and when each word of it: seconds after the caption's own moment."""
        self.text, language, seconds = text, self.settings.style.language, self.estimate(text)
        usual = seconds_to_say(text, language)
        stretch = seconds / usual if usual else 0.0
        words = [
            {"word": w.word, "start": round(w.start * stretch, 3), "end": round(w.end * stretch, 3)}
            for w in word_times(text, language)
        ]
        caption = {"text": text, "kind": line.kind, "seconds": round(seconds, 2), "words": words}
        self.board.tell("caption", {**caption, "at": self.clock(), "demo": self.demo})
