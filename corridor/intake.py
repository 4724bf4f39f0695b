"""Listening: what came from the live, and what it means for memory, ledger and waiting rooms. Bot's loop."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Board, EventDeduper, EventKind, LiveEvent, People, identity
from live.ledger import Finished
from live.notes import Record
from live.scenes import Scenes
from live.tally import Tally
from mind.courtesy import Courtesy
from mind.judging import Judge
from settings import Settings

THANKED_AGAIN_AFTER = 3600.0
"""Seconds before the same viewer is thanked for the same kind of thing (follow, share, subscribe) again."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """Takes in each event once. `stir` is called when there may be something to think about."""

    settings: Settings
    people: People
    board: Board
    tally: Tally
    waits: Waiting
    courtesy: Courtesy
    steering: Steering
    judge: Judge
    scenes: Scenes
    stir: Callable[[], None]
    record: Record
    _seen: EventDeduper = field(init=False)
    _thanked: EventDeduper = field(default_factory=lambda: EventDeduper(THANKED_AGAIN_AFTER))

    def __post_init__(self) -> None:
        self._seen = EventDeduper(self.settings.dedupe_ttl)

    def take(self, event: LiveEvent) -> None:
        """Note what happened and let what is worth it wait for thought or mouth; a repeat changes nothing."""
        if not self._seen.add(identity(event), event.at):
            self.tally.duplicates += 1
            self.record("repeat", key=identity(event), kind=event.kind.value)
            return
        self.tally.came(event)
        self._tell(event)
        if event.kind is EventKind.COMMENT and self.steering.heed(event):
            return
        match event.kind:
            case EventKind.GIFT:
                if gift := self.waits.gifts.add(event, event.at):
                    self._thank_for(gift)
                return
            case EventKind.JOIN if self.steering.silence.panic:
                self.tally.skip(event, "panic")
            case EventKind.JOIN:
                self.waits.joins.joined(event, self.settings.comment.greeting_cooldown)
            case EventKind.COMMENT:
                self._comment(event)
            case EventKind.LIKE:
                worth = self.waits.likes.add(event, event.at, self.settings.like_threshold, self.settings.batch_window)
                self._thank(event, "" if worth else "likes_collected")
            case EventKind.FOLLOW | EventKind.SHARE | EventKind.SUBSCRIBE:
                first = self._thanked.add(f"{event.kind}:{event.user_id}", event.at)
                self._thank(event, "" if first else "thanked_before")
            case _:
                self.tally.skip(event, "noted")
                return
        self.people.remember(event)
        self.waits.joins.seen(event)

    def tend(self, now: float, silent: float) -> None:
        """What only time brings: streaks without an end, questions too old, viewers to greet. `silent`: for so long."""
        for gift in self.waits.gifts.due(now):
            self._thank_for(gift)
        self.waits.questions.expire(now)
        self.waits.outbox.expire()
        for event in self.waits.joins.greet(now, silent, self.settings.outbox.max_items):
            self.steering.put(self.courtesy.for_event(event))

    def close(self) -> None:
        """The stream is over: book the streaks that are still open."""
        for gift in self.waits.gifts.close():
            self._book(gift)

    def _comment(self, event: LiveEvent) -> None:
        self.scenes.commented(event.at)
        judged = self.judge.judge(event, self.people.relations(event.username))
        reason = "streamer" if self.steering.is_streamer(event) else judged.refusal
        reason = reason or ("panic" if self.steering.silence.panic else "")
        facts = {"score": judged.score, "parts": dict(judged.parts), "relation": judged.relation}
        greeting = judged.greeting and not reason
        self.record("judged", key=identity(event), refusal=reason, greeting=greeting, **facts)
        if reason == "not_relevant" and self.waits.questions.join(event, judged):
            return
        if reason:
            self.tally.skip(event, reason)
            return
        self.waits.questions.offer(event, judged, event.at)
        self.stir()

    def _thank(self, event: LiveEvent, refusal: str) -> None:
        if refusal:
            self.tally.skip(event, refusal)
        else:
            self.steering.put(self.courtesy.for_event(event))

    def _thank_for(self, gift: Finished) -> None:
        self._book(gift)
        self.steering.put(self.courtesy.for_gift(gift.event, gift.count))

    def _book(self, gift: Finished) -> None:
        self.people.remember(replace(gift.event, count=gift.count, streaking=False))
        self.tally.finished(gift.count, gift.event.diamonds, again=gift.again)

    def _tell(self, event: LiveEvent) -> None:
        shown = ("nickname", "username", "text", "count", "diamonds", "at")
        self.board.tell("event", {"kind": event.kind.value} | {name: getattr(event, name) for name in shown})
