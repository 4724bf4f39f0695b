"""Forgetting one viewer in all rooms of a running bot, and for good: what comes late does not bring them back.

Bot's loop. What lies in files is forgotten by those rooms' own writers, soon.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from corridor.waiting import Waiting
from events import Board, Brain, EventDeduper, Keeper, LiveEvent, People, Utterance, Whom, identity
from live.audit import Audit
from live.deleted import Deleted
from live.scenes import Scenes
from live.tally import Tally

KEPT = 1000
"""Viewers whose late messages are recognised."""

KEYS = 20_000
"""Messages that are recognised when they come once more."""


@dataclass(slots=True, kw_only=True)
class Forgetting:
    """All rooms are the bot's own."""

    people: People
    brain: Brain
    journal: Keeper
    board: Board
    tally: Tally
    waits: Waiting
    scenes: Scenes
    deleted: Deleted
    audit: Audit
    buried: Callable[[LiveEvent], bool] = lambda _: False
    """Whether this happened before who did it was forgotten, in an earlier stream."""

    _gone: "deque[tuple[Whom, float, float]]" = field(default_factory=lambda: deque(maxlen=KEPT))
    """Who, until when by our clock, and until when by TikTok's."""

    _came: EventDeduper = field(default_factory=lambda: EventDeduper(float("inf"), KEYS))

    def is_late(self, event: LiveEvent) -> bool:
        """Whether it tells what somebody who is forgotten did before: it happened then, or came then already.

        Ask once for each event that comes.
        """
        repeated = not self._came.add(identity(event), event.at)
        return self.buried(event) or any(
            whom.is_(event.username, event.user_id) and (repeated or 0 < event.created <= created)
            for whom, _, created in self._gone
        )

    def has_forgotten(self, line: Utterance) -> bool:
        """Whether it speaks of what somebody did before they were forgotten."""
        return any(
            event.at <= at and whom.is_(event.username, event.user_id)
            for whom, at, _ in self._gone
            for event in line.events
        )

    def forget(self, whom: Whom, at: float, created: float, done: Callable[[int], None]) -> dict[str, int]:
        """This viewer is unknown from now on, to the disk from the next write on; what was found, by place.

        `created`: this moment by TikTok's clock; 0: not said. `done` hears in how many recordings they were.
        """
        self._gone.append((whom, at, created or at))
        known = 0
        for username in whom.usernames:
            known += self.people.last_seen(username) is not None
            self.people.forget(username)
        self.brain.forget(*whom.usernames, *whom.nicknames)
        waited = len(self.waits)
        for gift in self.waits.forget(whom, "forgotten"):
            self.tally.finished(gift.count, gift.diamonds, again=gift.again)
            self.tally.skip(gift.event, "forgotten")
        self.deleted.forget(whom)
        said, audit = self.scenes.forget(whom), self.audit.forget(whom)
        self.journal.forget(whom, done)
        cards = self.board.unfile(whom, at)
        found = {"waiting": waited - len(self.waits), "said": said, "audit": audit, "cards": cards}
        return {"memory": known, **found}
