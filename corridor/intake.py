"""Listening: what came from the live, and what it means for memory, ledger and waiting rooms. Bot's loop."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Board, EventDeduper, EventKind, LiveEvent, People, identity
from live.ledger import Finished
from live.notes import Record
from live.tally import Tally
from mind.courtesy import Courtesy
from response import Relevance
from settings import Settings


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
    relevance: Relevance
    stir: Callable[[], None]
    record: Record
    _seen: EventDeduper = field(init=False)
    _thanked: EventDeduper = field(init=False)

    def __post_init__(self) -> None:
        self._seen = EventDeduper(self.settings.dedupe_ttl)
        self._thanked = EventDeduper(self.settings.thanks.again_after_seconds)

    def take(self, event: LiveEvent) -> None:
        """Note what happened and let what is worth it wait for thought or mouth; a repeat changes nothing."""
        if not self._seen.add(identity(event), event.at):
            self.tally.duplicates += 1
            self.record("repeat", key=identity(event), kind=event.kind.value)
            return
        self.tally.came(event)
        self.waits.stream.seen(event)
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
                last_seen = self.people.last_seen(event.username)  # before this join is noted
                self.record("known", key=identity(event), last_seen=last_seen)
                self.waits.joins.joined(event, self.settings.comment.greeting_cooldown, last_seen)
            case EventKind.COMMENT:
                self._comment(event)
            case EventKind.LIKE:
                self._likes(event)
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
        for arrival in self.waits.joins.greet(now, silent, self.settings.outbox.max_items):
            self.steering.put(self.courtesy.for_arrival(arrival.event, arrival.away, now))

    def close(self, now: float) -> None:
        """The bot ends: book the streaks that are still open."""
        for gift in self.waits.gifts.close(now):
            self._book(gift)

    def _comment(self, event: LiveEvent) -> None:
        score = self.relevance.score(event.text)
        reason = "streamer" if self.steering.is_streamer(event) else self.relevance.refusal(event.text, score)
        reason = reason or ("panic" if self.steering.silence.panic else "")
        greeting = not reason and self.relevance.is_mere_greeting(event.text, score)
        self.record("judged", key=identity(event), score=score, refusal=reason, greeting=greeting)
        if reason:
            self.tally.skip(event, reason)
            return
        self.waits.questions.offer(event, score, event.at, greeting=greeting)
        self.stir()

    def _likes(self, event: LiveEvent) -> None:
        """The room's milestone goes before the thanks for one viewer's."""
        rules, likes = self.settings.likes, self.waits.likes
        worth = likes.is_worth_thanks(event, self.settings.like_threshold, self.settings.batch_window)
        if reached := likes.add(event, rules.first_milestone, rules.milestone_every):
            self.steering.put(self.courtesy.for_likes(event, reached))
        else:
            self._thank(event, "" if worth else "likes_collected")

    def _thank(self, event: LiveEvent, refusal: str) -> None:
        if refusal:
            self.tally.skip(event, refusal)
        else:
            self.steering.put(self.courtesy.for_event(event))

    def _thank_for(self, gift: Finished) -> None:
        if gift.count:
            self._book(gift)
        if gift.thanks:
            self.steering.put(self.courtesy.for_gift(gift.event, gift.name, gift.thanks, gift.diamonds))

    def _book(self, gift: Finished) -> None:
        whole = replace(gift.event, text=gift.name, diamonds=gift.diamonds, count=gift.count, streaking=False)
        self.people.remember(whole)
        self.tally.finished(gift.count, gift.diamonds, again=gift.again)

    def _tell(self, event: LiveEvent) -> None:
        shown = ("nickname", "username", "text", "count", "diamonds", "at")
        self.board.tell("event", {"kind": event.kind.value} | {name: getattr(event, name) for name in shown})
