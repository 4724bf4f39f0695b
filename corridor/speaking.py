"""Speaking: one sentence through the last gate to the avatar, to its end. Bot's loop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Avatar, AvatarError, Board, Brain, BrainError, LiveEvent, Utterance
from live.links import Links
from live.tally import Tally
from mind.gate import SafeMouth, Verdict
from settings import Settings
from speech import Floor

log = logging.getLogger(__name__)


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
    mouth: SafeMouth
    estimate: Callable[[str], float]
    clock: Callable[[], float]
    demo: bool = False
    text: str | None = None
    """What is being said."""

    broken_off: LiveEvent | None = None
    """Whose answer was cut off: its rest makes no sense."""

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
        if self.steering.silence.name or panics != self.steering.silence.panics:  # while the second opinion came
            self.steering.hold(line, panics)
        else:
            await self._voice(line, text, panics)

    def judge(self, line: Utterance) -> Verdict:
        """What the last gate says to this line."""
        comment = line.events[0].text if line.kind == "answer" and line.events else ""
        return self.mouth.check(line.text, kind=line.kind, dictated_by=comment)

    def silent_for(self, now: float) -> float:
        """Seconds since the pal last spoke; none while it speaks, has something to say, or is silenced."""
        busy = self.text or self.waits.outbox.size() or self.steering.silence.name
        return 0.0 if busy else now - self.silent_since

    async def _voice(self, line: Utterance, text: str, panics: int) -> None:
        self.steering.now.line = line
        self._caption(line, text)
        try:
            with self.floor.pal():
                self.tally.begins(line, self.clock())
                self.waits.gifts.settle(line.events)
                await self.avatar.say(text)
        except AvatarError as error:
            self._not_said(line, error, panics)
        else:
            self.tally.said(line)
            for event in line.events:
                self.waits.joins.met(event.user_id)
            log.info("said kind=%s chars=%d", line.kind, len(text))
        finally:
            self.steering.now.line = self.text = None
            self.silent_since = self.clock()
            self.board.tell("caption_end", {"at": self.silent_since})

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
            self.waits.outbox.withdraw(line.events, "cut_off")
            self.broken_off = line.events[0] if line.events else None
        elif self.links.up("animaze") and str(error) != "withdrawn":
            self.tally.dropped(line, "avatar_refused")
        else:
            self.waits.gifts.owe(line.events)
            self.steering.hold(line, panics)

    def _caption(self, line: Utterance, text: str) -> None:
        self.text = text
        caption = {"text": text, "kind": line.kind, "seconds": round(self.estimate(text), 2)}
        self.board.tell("caption", {**caption, "at": self.clock(), "demo": self.demo})
