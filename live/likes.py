"""Likes: of the whole room for milestones, and of each viewer; and which live they belong to. Pure; time is handed in.

Wire facts (measured): a like message has the viewer's burst (at most 15, and TikTok leaves many out) and the room's
total. Only the total can be trusted. After a reconnect older messages may come again, with smaller totals.
"""

from dataclasses import dataclass, field

from events import EventKind, LiveEvent

REST = 1800.0
"""Seconds without any sign of life after which the next one belongs to another live."""

ANOTHER_ROOM = 120.0
"""Seconds for which all totals must be below the known one to be those of another live: repeats never last so long."""


TOO_MANY = 10**11
"""Far above what any live has had; a total beyond is none, and no file could hold any number."""


@dataclass(slots=True)
class Stream:
    """One live as far as it outlives the bot's restart. No message names the room, so time tells lives apart."""

    began: float = 0.0
    """0: nothing was seen yet."""

    last: float = 0.0
    """The last sign of life."""

    likes: int = 0
    """Of the whole room."""

    told: int = 0
    """The last milestone of likes that is behind us."""

    counted: bool = False
    """A like has been seen, so that `told` means something."""

    def seen(self, event: LiveEvent) -> None:
        """A sign of life; after a rest, or the end of a live, the first one of another."""
        if not self.began or event.at - self.last > REST:
            self.anew(event.at)
        self.last = event.at - 2 * REST if event.kind is EventKind.END else max(self.last, event.at)

    def anew(self, at: float) -> None:
        """Another live has begun."""
        self.began, self.last, self.likes, self.told, self.counted = at, at, 0, 0, False


def milestone(likes: int, first: int, every: int) -> int:
    """The last one reached: `first`, then each multiple of `every` beyond it; 0: none. Either can be 0, for none."""
    if likes < first:
        return 0
    return max(first, likes // every * every if every else 0)


@dataclass(slots=True)
class Likes:
    """The likes of one stream."""

    stream: Stream
    _below_since: float | None = None
    _viewers: dict[str, int] = field(default_factory=dict)
    _thanked_at: float = float("-inf")

    def add(self, event: LiveEvent, first: int, every: int) -> int:
        """The milestone that the room has reached with this burst, each once in a stream; 0: none. What the room had
        before the first burst that reached us is behind it already."""
        stream, told = self.stream, event.total if event.total <= TOO_MANY else 0
        if self._is_another_room(told, event.at):
            stream.anew(event.at)
        total = max(stream.likes, told) if told else min(stream.likes + event.count, TOO_MANY)
        if not stream.counted:
            stream.counted, stream.told = True, milestone(max(0, total - event.count), first, every)
        stream.likes = total
        reached = milestone(total, first, every)
        if reached <= stream.told:
            return 0
        stream.told = reached
        return reached

    def is_worth_thanks(self, event: LiveEvent, threshold: int, window: float) -> bool:
        """Whether this viewer has given that many since they were last thanked; at most one viewer in `window` seconds.
        A threshold of 0: never."""
        if not threshold:
            return False
        total = self._viewers.get(event.user_id, 0) + event.count
        self._viewers[event.user_id] = total
        if total < threshold or event.at - self._thanked_at < window:
            return False
        self._thanked_at = event.at
        self._viewers[event.user_id] = 0
        return True

    def forget(self, user_id: str) -> None:
        """This viewer's likes count from nothing again."""
        self._viewers.pop(user_id, None)

    def _is_another_room(self, total: int, at: float) -> bool:
        if not total or total >= self.stream.likes:
            self._below_since = None
            return False
        if self._below_since is None:
            self._below_since = at
        return at - self._below_since > ANOTHER_ROOM
