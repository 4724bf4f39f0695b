"""All that waits for its moment: questions, streaks, likes, joins, and the lines to say. Lives on the bot's loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from events import LiveEvent, Thanks, Utterance, Whom
from live.ledger import Finished, GiftLedger
from live.likes import Likes, Stream
from live.presence import Presence
from live.tally import Tally
from mind.choosing import WaitingRoom
from outbox import OutboxBatcher
from settings import Settings


@dataclass(slots=True)
class Waiting:
    """One stream's waiting rooms; whoever leaves one unheard has their fate in `tally`."""

    settings: Settings
    tally: Tally
    clock: Callable[[], float]
    together: Callable[[Sequence[Thanks], int], str]
    stream: Stream = field(default_factory=Stream)
    likes: Likes = field(init=False)
    questions: WaitingRoom = field(init=False)
    gifts: GiftLedger = field(init=False)
    joins: Presence = field(init=False)
    outbox: OutboxBatcher = field(init=False)

    def __post_init__(self) -> None:
        settings, skip = self.settings, self.tally.skip
        self.questions = WaitingRoom(settings.comment, skip)
        self.likes = Likes(self.stream)
        self.gifts = GiftLedger(self._superseded, self.stream)
        self.tally.let_go = self.gifts.settle
        self.joins = Presence(settings.join_rules, skip)
        self.outbox = OutboxBatcher(
            settings=settings.outbox,
            clock=self.clock,
            dropped=self.tally.dropped,
            together=self.together,
        )
        self.tune()

    def __len__(self) -> int:
        """Questions and lines."""
        return self.outbox.size() + len(self.questions)

    def tune(self) -> None:
        """Go by the settings as they are now, where a room has a copy of what they say."""
        outbox = self.settings.outbox
        self.gifts.worth = outbox.gift_ttl_seconds
        self.outbox.batch_window, self.outbox.longest = outbox.window_seconds, self.settings.style.max_line_length

    def clear(self, reason: str) -> None:
        """Nothing that waits is said any more. Streaks go on: they are counted, whoever may hear of them."""
        self.outbox.clear(reason)
        self.questions.clear(reason)
        self.joins.clear(reason)

    def _superseded(self, event: LiveEvent, reason: str) -> None:
        """Other thanks come in the place of those for this frame, which may wait already."""
        if reason == "streak_went_on":
            self.outbox.withdraw((event,), reason)
        self.tally.skip(event, reason)

    def forget(self, whom: Whom, reason: str) -> list[Finished]:
        """This viewer waits nowhere and is named by nothing that waits; their open streaks as they stand, to be counted."""
        self.outbox.drop(lambda line: _tells_of(line, whom), reason)
        for user_id in whom.ids:
            self.questions.forget(user_id, reason)
            self.joins.forget(user_id, reason)
            self.likes.forget(user_id)
        return [gift for user_id in whom.ids for gift in self.gifts.forget(user_id, self.clock())]

    def met(self, whom: Whom) -> Whom:
        """With the names under which they are known here."""
        return whom.met(lambda who: [*self.joins.named(who), *self.gifts.named(who)])


def _tells_of(line: Utterance, whom: Whom) -> bool:
    """Whether it is about them or, as far as an unmistakable name tells, of them."""
    handles = Whom(usernames=whom.usernames)
    theirs = any(whom.is_(event.username, event.user_id) for event in line.events)
    return theirs or bool(whom.nicknames & set(line.names) or handles.is_in(line.text))
