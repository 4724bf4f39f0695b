"""What chat, streamer and dashboard order: panic, mute, skip, forget; and red flags, which nobody answers.

Lives on the bot's loop, between listening and all that waits.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from corridor.forgetting import Forgetting
from corridor.waiting import Waiting
from events import Avatar, Board, Brain, EventDeduper, Keeper, LiveEvent, People, Utterance, Whom
from live.audit import Action, Audit
from live.deleted import Deleted
from live.notes import Record, facts_of_line
from live.scenes import Scenes
from live.silence import Silence
from live.tally import Tally
from mind.commands import ANYBODYS, Order, order_in
from mind.courtesy import Courtesy
from mind.emotion import Emotions
from mind.gate import Verdict
from mind.redflags import Flag, red_flag
from settings import Settings

log = logging.getLogger(__name__)

NOTICE_AGAIN_AFTER = 30.0
"""Seconds before the same notice (you are forgotten, that sounds serious) is said again, whoever brings it about."""


@dataclass(slots=True)
class Now:
    """What the pal is at this moment."""

    question: LiveEvent | None = None
    also: tuple[LiveEvent, ...] = ()
    """Who else asked it."""

    thought: "asyncio.Task[None] | None" = None
    line: Utterance | None = None
    """On its way to the avatar, or being said."""

    broken_off: LiveEvent | None = None
    """Whose answer was cut off: its rest makes no sense."""

    @property
    def thinks(self) -> bool:
        """Whether an answer is on its way that nobody has ended."""
        return self.thought is not None and not self.thought.done() and not self.thought.cancelling()

    def abandon(self) -> LiveEvent | None:
        """Stop thinking, the model is not listened to any more; the question that has no answer now."""
        if self.thought is None or self.thought.done():
            return None
        self.thought.cancel()
        return self.question


@dataclass(slots=True, kw_only=True)
class Steering:
    """Carries out orders. All rooms are the bot's own; `changed` is called when status or waiting room may differ."""

    settings: Settings
    avatar: Avatar
    brain: Brain
    people: People
    journal: Keeper
    record: Record
    board: Board
    tally: Tally
    waits: Waiting
    courtesy: Courtesy
    clock: Callable[[], float]
    panicked: Callable[[bool], None]
    changed: Callable[[], None]
    emotions: Emotions
    scenes: Scenes
    buried: Callable[[LiveEvent], bool] = lambda _: False
    """Whether this happened before who did it was forgotten, in an earlier stream."""

    silence: Silence = field(default_factory=Silence)
    now: Now = field(default_factory=Now)
    deleted: Deleted = field(default_factory=Deleted)
    _audit: Audit = field(default_factory=Audit)
    _noticed: EventDeduper = field(default_factory=lambda: EventDeduper(NOTICE_AGAIN_AFTER))
    forgetting: Forgetting = field(init=False)

    def __post_init__(self) -> None:
        self.forgetting = Forgetting(
            people=self.people,
            brain=self.brain,
            journal=self.journal,
            board=self.board,
            tally=self.tally,
            waits=self.waits,
            scenes=self.scenes,
            deleted=self.deleted,
            audit=self._audit,
            buried=self.buried,
        )

    def put(self, line: Utterance) -> bool:
        """Let it wait to be said; False when it does not, as nothing does in panic."""
        if self.silence.panic:
            self.tally.dropped(line, "panic")
            return False
        if gone := self.withdrawn(line):
            self.tally.dropped(line, gone)
            return False
        line = self.emotions.read(line)
        waits = self.waits.outbox.add(line)
        self.record("line", **facts_of_line(line), waits=waits)
        return waits

    def hold(self, line: Utterance, panics: int) -> None:
        """A line taken after `panics` of them was not sent: a panic since then ends it, after mute it can be said."""
        if panics != self.silence.panics:
            self.tally.dropped(line, "panic")
        elif gone := self.withdrawn(line):
            self.tally.dropped(line, gone)
        else:
            self.waits.outbox.put_back(line)

    def withdrawn(self, line: Utterance) -> str:
        """Why it is not to be said after all: moderation deleted what it speaks of, or whoever did it is forgotten."""
        if self._is_deleted(line):
            return "deleted"
        return "forgotten" if self.forgetting.has_forgotten(line) else ""

    def retract(self, deletion: LiveEvent) -> None:
        """What it names is neither answered nor repeated nor remembered; only the sentence in flight ends."""
        gone = self.deleted.add(deletion)
        self.waits.questions.withdraw(self.deleted.covers, "deleted")
        self.waits.outbox.drop(self._is_deleted, "deleted")
        if any(self.deleted.covers(asker) for asker in (self.now.question, *self.now.also) if asker):
            self._abandon("deleted")
        if self.now.line and self._is_deleted(self.now.line):
            self.avatar.withdraw()
        for comment in gone:
            self.people.unsay(comment.username, comment.text)
            self.brain.forget(comment.username)
        self.changed()

    def break_off(self, question: LiveEvent, reason: str) -> None:
        """Nothing more of this answer is thought or put into the outbox."""
        self.now.broken_off = question
        if self.now.question is question:
            self._abandon(reason)

    def panic(self, on: bool, by: str = "") -> None:
        """Silence at once until it is off again. Nothing that waited is said afterwards; the sentence in flight ends."""
        if not self.silence.set_panic(on):
            return
        self.record("order", order="panic", on=on, by=by)
        if on:
            self.avatar.withdraw()
            self._abandon("panic")
            self.waits.clear("panic")
        self.panicked(on)
        self._switched("panic", on, by)

    def mute(self, on: bool, by: str = "") -> None:
        """Say and think nothing new until it is off again. What waits is kept as long as it is worth saying."""
        if self.silence.set_mute(on):
            self.record("order", order="mute", on=on, by=by)
            if on:
                self.avatar.withdraw()
            self._switched("mute", on, by)

    def skip(self, by: str = "") -> None:
        """Drop the rest of the answer that is being said; else what would be said next; else the one being thought."""
        self.record("order", order="skip", by=by)
        line = self.now.line
        if line is None or not self._drop_rest(line):
            if line := self.waits.outbox.take():
                self.tally.dropped(line, "skip")
                self._drop_rest(line)
            else:
                self._abandon("skip")
        self.note("command", rule="skip", username=by)
        self.changed()

    def heed(self, comment: LiveEvent) -> bool:
        """Whether it was an order or a red flag, which ends its way: it is neither answered nor remembered."""
        if order := order_in(comment.text):
            self._obey(order, comment)
        elif not self.is_streamer(comment) and (flag := red_flag(comment.text)):
            self._alarm(flag, comment)
        else:
            return False
        return True

    def is_streamer(self, event: LiveEvent) -> bool:
        """By name."""
        return event.username.casefold() == self.settings.tiktok.unique_id.lstrip("@").casefold()

    def note(self, action: Action, *, rule: str, **details: str) -> None:
        """Into the audit; see `Audit.note`."""
        self._audit.note(self.clock(), action, rule=rule, **details)
        self.board.keep(self._audit.entries())

    def judged(self, line: Utterance, verdict: Verdict) -> None:
        """Keep what the gate made of it: in the audit what it refused or changed."""
        facts = {"action": verdict.action, "rule": verdict.rule, "reason": verdict.reason, "said": verdict.text}
        self.record("verdict", **facts_of_line(line), **facts)
        if verdict.action != "pass":
            username = line.events[0].username if line.events else ""
            what = {"text": line.text, "said": verdict.text, "kind": line.kind, "username": username}
            self.note(verdict.action, rule=verdict.rule, reason=verdict.reason, **what)

    def taught(self, action: Action, word: str) -> None:
        """The streamer allowed or blocked this word."""
        self.record("order", order=action, word=word, by="")
        self.note(action, rule=action, text=word)

    def _obey(self, order: Order, comment: LiveEvent) -> None:
        may = order in ANYBODYS or comment.moderator or self.is_streamer(comment)
        if order is Order.UNKNOWN or not may:
            self.tally.skip(comment, "ignored")
            return
        by = comment.username
        match order:
            case Order.SHUSH:
                self.panic(True, by)
            case Order.MUTE:
                self.mute(True, by)
            case Order.UNMUTE:
                self.panic(False, by)
                self.mute(False, by)
            case Order.SKIP:
                self.skip(by)
            case Order.FORGET:
                self._forget(comment)
                return
        self.tally.skip(comment, "command")
        self._answer_order(order, comment)

    def _answer_order(self, order: Order, comment: LiveEvent) -> None:
        """Not spoken: chat would hear it from the pal, and those who order look at the dashboard or the log."""
        waiting = len(self.waits)
        log.info("order from chat: %s; silenced: %s, waiting: %d", order, self.silence.name, waiting)
        who = {"username": comment.username, "nickname": comment.nickname}
        state = {"silenced": self.silence.name, "queue": waiting, "at": self.clock()}
        self.board.tell("command", {"order": order.value, **who, **state})

    def forget(self, whom: Whom, found: Callable[[Whom, dict[str, int]], None], done: Callable[[int], None]) -> None:
        """Know nothing of this viewer, see `Forgetting.forget`; `found` is told by which names, and what there was."""
        whom = self.waits.met(whom)
        counts = self._unknow(whom, 0.0, done)
        self.note("command", rule=Order.FORGET.value)
        self.changed()
        found(whom, counts)

    def _unknow(self, whom: Whom, created: float, done: Callable[[int], None]) -> dict[str, int]:
        if any(whom.is_(asker.username, asker.user_id) for asker in (self.now.question, *self.now.also) if asker):
            self._abandon("forgotten")
        counts = self.forgetting.forget(whom, self.clock(), created, done)
        if self.now.line and self.forgetting.has_forgotten(self.now.line):
            self.avatar.withdraw()
        return counts

    def _forget(self, comment: LiveEvent) -> None:
        names = (comment.username, comment.user_id, comment.nickname)
        self._unknow(self.waits.met(Whom(*(frozenset({name}) for name in names))), comment.created, lambda _: None)
        self.note("command", rule=Order.FORGET.value)
        self.tally.skip(comment, "forgotten")
        self._notice("forgotten")
        self.changed()

    def _is_deleted(self, line: Utterance) -> bool:
        return any(self.deleted.covers(event) for event in line.events[:1])

    def _alarm(self, flag: Flag, comment: LiveEvent) -> None:
        """The streamer is told; the pal says at most its calm line."""
        who = {"username": comment.username, "nickname": comment.nickname}
        self.board.tell("alert", {"at": comment.at, "kind": flag, **who, "text": comment.text})
        self.note("red_flag", rule=flag, text=comment.text, kind=comment.kind.value, username=comment.username)
        self.tally.skip(comment, "red_flag")
        if self.settings.safety.red_flag_speak:
            self._notice("red_flag", self.settings.safety.red_flag_line)

    def _notice(self, wording: str, text: str = "") -> None:
        now = self.clock()
        if self._noticed.add(wording, now):
            self.put(self.courtesy.notice(wording, now, text))

    def _switched(self, action: Action, on: bool, by: str) -> None:
        self.note(action, rule=action, reason="on" if on else "off", username=by)
        log.info("%s is %s", action, "on" if on else "off")
        self.changed()

    def _abandon(self, reason: str) -> bool:
        if question := self.now.abandon():
            for event in (question, *self.now.also):
                self.tally.skip(event, reason)
        return question is not None

    def _drop_rest(self, line: Utterance) -> bool:
        """What else was to be said in this answer, and whether there was anything."""
        if line.kind != "answer":
            return False
        dropped = self.waits.outbox.drop(lambda other: other.kind == "answer" and other.events == line.events, "skip")
        thinking = self.now.question in line.events and self._abandon("skip")
        return bool(dropped) or thinking
