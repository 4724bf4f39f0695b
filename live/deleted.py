"""What TikTok's moderation has withdrawn. Pure; lives on the bot's loop.

A deletion names messages by TikTok's number, or viewers, all of whose messages until then it means: those that have come,
whatever time they claim to be from. Numbers come before or after the message itself: a connection that is opened anew
may bring old comments once more.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from events import EventKind, LiveEvent, Whom

WRITTEN = frozenset({EventKind.COMMENT, EventKind.QUESTION})
KEPT = 5000
"""Comments that can still be told from a number, and deletions that are remembered."""


@dataclass(slots=True)
class Deleted:
    """Feed it what viewers write and what is deleted."""

    _written: OrderedDict[int, LiveEvent] = field(default_factory=OrderedDict)
    _gone: OrderedDict[int, LiveEvent] = field(default_factory=OrderedDict)
    _targets: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def came(self, event: LiveEvent) -> None:
        """Remember what was written, for the deletion that may follow."""
        if event.kind in WRITTEN:
            self._written[id(event)] = event
            if len(self._written) > KEPT:
                self._written.popitem(last=False)

    def add(self, deletion: LiveEvent) -> list[LiveEvent]:
        """What was written and is withdrawn by this."""
        for target in deletion.targets:
            self._targets[target] = _moment(deletion)
            self._targets.move_to_end(target)
        while len(self._targets) > KEPT:
            self._targets.popitem(last=False)
        gone = [e for e in self._written.values() if e.user_id in deletion.targets or self.covers(e)]
        for event in gone:
            self._gone[id(event)] = self._written.pop(id(event))
        while len(self._gone) > KEPT:
            self._gone.popitem(last=False)
        return gone

    def forget(self, whom: Whom) -> None:
        """Do not know what this viewer wrote."""
        for known in (self._written, self._gone):
            for event in [event for event in known.values() if whom.is_(event.username, event.user_id)]:
                del known[id(event)]

    def covers(self, event: LiveEvent) -> bool:
        """Whether this was written and is withdrawn."""
        if event.kind not in WRITTEN or not self._targets:
            return False
        if id(event) in self._gone or event.key.rpartition(":")[2] in self._targets:
            return True
        until = self._targets.get(event.user_id)
        return until is not None and _moment(event) <= until


def _moment(event: LiveEvent) -> float:
    return event.created or event.at
