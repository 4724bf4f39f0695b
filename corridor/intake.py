"""Listening: what came from the live, and what it means for memory, ledger and waiting rooms. Bot's loop."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Board, EventDeduper, EventKind, LiveEvent, People, identity, make_signature
from live.deleted import WRITTEN
from live.ledger import Finished
from live.notes import Record
from live.scenes import Scenes
from live.tally import Tally
from mind.courtesy import Courtesy
from mind.judging import Judge
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
    judge: Judge
    scenes: Scenes
    stir: Callable[[], None]
    record: Record
    viewers: int | None = None
    """How many watch, as far as TikTok said; None before it does and after the end."""

    _seen: EventDeduper = field(default_factory=EventDeduper)
    _echoes: EventDeduper = field(default_factory=EventDeduper)
    _thanked: EventDeduper = field(default_factory=EventDeduper)

    def take(self, event: LiveEvent) -> None:
        """Note what happened and let what is worth it wait for thought or mouth; a repeat changes nothing."""
        if self._is_repeat(event):
            self.tally.duplicates += 1
            self.record("repeat", key=identity(event), kind=event.kind.value)
            return
        self.tally.came(event)
        self.waits.stream.seen(event)
        self.waits.gifts.heard(event.at)
        if self._is_heard(event) and self._find_its_way(event):
            self.people.remember(replace(event, kind=EventKind.COMMENT) if event.kind in WRITTEN else event)
            self.waits.joins.seen(event)

    def _find_its_way(self, event: LiveEvent) -> bool:
        """To where it waits for thought or mouth. Whether it is a sign of life, to be noted of its viewer now."""
        match event.kind:
            case EventKind.GIFT:
                if gift := self.waits.gifts.add(event, event.at):
                    self._thank_for(gift)
                return False
            case EventKind.JOIN if self.steering.silence.panic:
                self.tally.skip(event, "panic")
            case EventKind.JOIN:
                last_seen = self.people.last_seen(event.username)  # before this join is noted
                self.record("known", key=identity(event), last_seen=last_seen)
                self.waits.joins.joined(event, self.settings.comment.greeting_cooldown, last_seen)
            case EventKind.COMMENT | EventKind.QUESTION:
                self._comment(event)
            case EventKind.EMOTE:
                self.tally.skip(event, "noted")
            case EventKind.LIKE:
                self._likes(event)
            case EventKind.FOLLOW | EventKind.SHARE | EventKind.SUBSCRIBE:
                self._thanked.ttl_seconds = self.settings.thanks.again_after_seconds
                first = self._thanked.add(f"{event.kind}:{event.user_id}", event.at)
                self._thank(event, "" if first else "thanked_before")
            case _:
                self._room(event)
                return False
        return True

    def tend(self, now: float, silent: float) -> None:
        """What only time brings: streaks without an end, questions too old, viewers to greet. `silent`: for so long."""
        self.waits.tune()
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

    def _is_repeat(self, event: LiveEvent) -> bool:
        """Known by its id; or a comment that TikTok brings once more under another one."""
        self._seen.ttl_seconds = self._echoes.ttl_seconds = self.settings.dedupe_ttl
        mark = _echo(event)
        return not self._seen.add(identity(event), event.at) or bool(mark and not self._echoes.add(mark, event.at))

    def _is_heard(self, event: LiveEvent) -> bool:
        """Show it and go on with it, unless moderation has withdrawn it already, or it was an order or a red flag."""
        if self.steering.deleted.covers(event):
            self.tally.skip(event, "deleted")
            return False
        self.steering.deleted.came(event)
        self._tell(event)
        return event.kind not in WRITTEN or not self.steering.heed(event)

    def _room(self, event: LiveEvent) -> None:
        """What no viewer did, or nobody who can be known: shown, and in no person's memory."""
        if event.kind is EventKind.DELETE:
            self.steering.retract(event)
        elif event.kind in {EventKind.VIEWERS, EventKind.END}:
            self.viewers = event.total if event.kind is EventKind.VIEWERS else None
        self.tally.skip(event, "noted")

    def _comment(self, event: LiveEvent) -> None:
        self.scenes.commented(event.at)
        relations = self.people.relations(event.username)
        judged = self.judge.judge(event, relations)
        reason = "streamer" if self.steering.is_streamer(event) else judged.refusal
        if event.emotes and not any(map(str.isalnum, event.text)):
            reason = "emotes_only"
        reason = reason or ("panic" if self.steering.silence.panic else "")
        facts = {"score": judged.score, "parts": dict(judged.parts), "relation": judged.relation}
        greeting = judged.greeting and not reason
        self.record("judged", key=identity(event), refusal=reason, greeting=greeting, known=sorted(relations), **facts)
        if reason == "not_relevant" and self.waits.questions.join(event, judged):
            return
        if reason:
            self.tally.skip(event, reason)
            return
        self.waits.questions.offer(event, judged, event.at)
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
        self.people.gave(whole, gift.mark, gift.booked)
        self.tally.finished(gift.count, gift.diamonds, again=gift.again)

    def _tell(self, event: LiveEvent) -> None:
        shown = ("nickname", "username", "text", "count", "diamonds", "total", "at")
        told = {"kind": event.kind.value, "key": identity(event)} | {name: getattr(event, name) for name in shown}
        self.board.tell("event", told)


def _echo(event: LiveEvent) -> str:
    """What a comment keeps when it is brought once more under another id: writer, words and moment. Empty: has no such mark."""
    if event.kind is not EventKind.COMMENT or not event.created:
        return ""
    return make_signature("echo", event.user_id, (event.text, event.created))
