"""The words the whole house speaks: what a viewer did, what is to be said, and the seams between rooms.

Pure data, Protocols and small pure rules; standard library only, any thread. Times are Unix seconds (float)
unless a name says otherwise. No type of TikTok, Animaze or OpenAI gets in here.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class EventKind(StrEnum):
    """What can happen in a live."""

    COMMENT = "comment"
    GIFT = "gift"
    LIKE = "like"
    JOIN = "join"
    FOLLOW = "follow"
    SHARE = "share"
    SUBSCRIBE = "subscribe"
    QUESTION = "question"
    EMOTE = "emote"
    VIEWERS = "viewers"
    POLL = "poll"
    TREASURE = "treasure"
    BATTLE = "battle"
    DELETE = "delete"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """One thing that happened in the live: what a viewer did, or the room itself (then `user_id` is empty)."""

    kind: EventKind
    user_id: str
    """TikTok's stable number of the viewer, as text; never shown."""

    username: str
    """The @handle without @: the name under which memory knows the viewer."""

    nickname: str
    """The display name: what is shown and spoken."""

    at: float
    """When it reached us."""

    key: str = ""
    """TikTok's message id: equal keys are the same happening. Empty: the content signature decides."""

    text: str = ""
    """The comment as typed; the name of a gift."""

    count: int = 1
    """Gifts: how many in this streak so far. Likes: how many in this burst."""

    gift_id: str = ""
    group: str = ""
    """Gifts: which streak of this viewer and gift it belongs to; empty for a gift that cannot streak."""

    diamonds: int = 0
    """Gifts: price of one piece."""

    streaking: bool = False
    """Gifts: more of the same streak may follow."""

    moderator: bool = False
    """Comments: the viewer may give orders, as a moderator of this live or the streamer."""

    language: str = ""
    """Comments: the viewer's language as TikTok names it ("de", "en-US"), empty when unknown."""

    roles: frozenset[str] = frozenset()
    """Who the viewer is to this live, as far as the message says: streamer, moderator, subscriber, follower, friend
    (follows and is followed), gifter, top_gifter."""

    team_level: int = 0
    """The viewer's level in the streamer's team; 0: none, or not said."""

    total: int = 0
    """Likes: of the whole room so far. Viewers: how many are here now. 0: not said."""

    created: float = 0.0
    """When it happened by TikTok's clock; 0: not said."""

    mentions: tuple[str, ...] = ()
    """Comments: usernames that are mentioned with @."""

    emotes: tuple[str, ...] = ()
    """Comments and emotes: the ids of the stickers in it."""

    targets: frozenset[str] = frozenset()
    """Moderation delete: TikTok's message numbers and user ids whose messages are withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One sentence that waits to be said."""

    text: str
    """One line. `{names}` in a line that has `names` stands for those names."""

    kind: str = "say"
    """answer, greeting, gift, follow, ... : what it is, for merging, captions and counting."""

    priority: int = 1
    """Higher speaks first."""

    born: float = 0.0
    """When what it speaks of happened."""

    ttl: float = 60.0
    """Seconds after `born` at which it is no longer worth saying."""

    names: tuple[str, ...] = ()
    """Whom it names; lines of one kind that name people can be merged into one."""

    events: tuple[LiveEvent, ...] = ()
    """What it speaks of, so that every event's fate is known."""

    id: int = 0
    """Its number while it waits, by which it can be moved or dropped; 0 until the outbox has given one."""

    emotion: str = ""
    """The avatar's own tag for the face it makes; never spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds a question, as far as its answer may know: nothing that other viewers told."""

    also: tuple[LiveEvent, ...] = ()
    """Others who asked the same and get the same answer."""

    said: tuple[str, ...] = ()
    """What the pal said to this viewer before in this stream, oldest first."""

    tempo: str = ""
    """How busy the chat is: quiet, lively, busy; empty when that is not to be told."""


EMPTY_SCENE = Scene()


class LinkState(StrEnum):
    """How a connection to something outside is doing."""

    OFF = "off"
    CONNECTING = "connecting"
    WAITING = "waiting"
    UP = "up"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The state of one connection, with the reason in a form that can be translated."""

    state: LinkState = LinkState.OFF
    code: str = ""
    """Key of the reason in locales/*.json (`reason.<code>`); empty when nothing needs saying."""

    params: tuple[tuple[str, str], ...] = ()
    """What the sentence of that reason needs, such as ("name", "anna"); never a secret."""


class SourceError(Exception):
    """The live cannot be followed and retrying will not help; `link` says why."""

    def __init__(self, link: Link) -> None:
        super().__init__(link.code)
        self.link = link


class AvatarError(Exception):
    """The avatar did not say this text; `sent` tells whether it may have begun to."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class BrainError(Exception):
    """No answer could be had; the text is a reason code that is counted."""


class EventSource(Protocol):
    """Where live events come from."""

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        """Connect, reconnect and deliver until cancelled. Raises SourceError when that is hopeless."""


class Avatar(Protocol):
    """What speaks."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Hold the connection until cancelled, reconnecting for ever."""

    async def ready(self) -> None:
        """Return as soon as something could be said."""

    async def say(self, text: str, emotion: str = "") -> None:
        """Say one line and return when it has been heard to its end. Raises AvatarError when it was not.

        `emotion` is the avatar's own tag for the face it makes meanwhile.
        """

    def withdraw(self) -> None:
        """A line that was given to `say` but not sent yet is not sent any more: its `say` raises AvatarError."""


class Brain(Protocol):
    """What thinks."""

    journal: "Journal"
    """Who is told of each `request` and `answer`; the bot sets it."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Find out whether a model can be had, keep saying so until cancelled."""

    def answer(self, event: LiveEvent, background: str, scene: Scene = EMPTY_SCENE) -> AsyncGenerator[str, None]:
        """The answer's sentences, each as soon as it is whole. Raises BrainError when there is none."""

    async def objects(self, text: str) -> bool:
        """A second opinion: whether this must not be said. Raises BrainError when none can be had in time."""

    def forget(self, username: str) -> None:
        """Keep nothing that was thought for this viewer."""

    def cost(self) -> Mapping[str, Any]:
        """What thinking has cost so far: `cost` of `GET /api/status`."""


class Ear(Protocol):
    """What hears the streamer."""

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        """Report each edge between silence and speech until cancelled; never fails the bot."""

    def level(self) -> float:
        """The loudness right now, 0..1."""


class People(Protocol):
    """Who the viewers are."""

    def remember(self, event: LiveEvent) -> None:
        """Note what happened. Cheap: nothing is written here."""

    def background(self, username: str) -> str:
        """What is known about this viewer, in one line; empty for a stranger."""

    def relations(self, username: str) -> frozenset[str]:
        """What the viewer is by what is known: new (never wrote before), regular, gifter, subscriber."""

    def forget(self, username: str) -> None:
        """Know nothing about this viewer any more; on disk from the next write on."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Write what is new at most once a second until cancelled, and once more then."""


class Board(Protocol):
    """Where windows and pages look. Called on the bot's loop, never blocks it."""

    def show(self, status: Mapping[str, Any]) -> None:
        """The state of everything, in the shape of `GET /api/status`; replaces the one before."""

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        """One thing that happened, such as an `event`, a `caption`; a reader that lags loses it."""

    def keep(self, audit: tuple[Mapping[str, Any], ...]) -> None:
        """The whole audit of this stream, oldest first; replaces the one before."""

    def file(self, card: Mapping[str, Any]) -> None:
        """Why a line was said or refused, or a comment left; replaces the card of the same `id`."""

    def unfile(self, username: str) -> None:
        """Drop every card that tells of this viewer."""


class Journal(Protocol):
    """Who keeps what happened and what was decided, and why. Called on the bot's loop, never blocks it."""

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """One entry of JSON-ready facts. `happening` is a word of the list in docs/architecture.md."""


class Keeper(Journal, Protocol):
    """A journal that outlives the stream."""

    def forget(self, username: str, user_id: str) -> None:
        """Keep nothing that tells of this viewer, also of streams before; off the loop, soon."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Keep what is noted until cancelled, and say how that goes; never fails the bot."""


class NoJournal:
    """Keeps nothing."""

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """Nothing."""

    def forget(self, username: str, user_id: str) -> None:
        """Nothing is known."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Say that nothing is kept."""
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()


def make_signature(event_type: str, user: str, content: object) -> str:
    """`type:user:hash`, the content signature of an event that carries no id.

    Unambiguous whatever the parts contain: separators inside type and user are escaped, and the hash covers all
    three parts with their lengths. SHA-1 names things here, it protects nothing.
    """
    parts = [str(event_type), str(user), str(content)]
    framed = b"".join(b"%d:%s" % (len(raw), raw) for raw in (p.encode("utf-8", "surrogatepass") for p in parts))
    digest = hashlib.sha1(framed, usedforsecurity=False).hexdigest()
    return f"{_escape(parts[0])}:{_escape(parts[1])}:{digest}"


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace(":", "%3A")


def identity(event: LiveEvent) -> str:
    """What makes two events the same happening: TikTok's message id; the content only where there is none.

    Without an id a comment is its words, so a replayed one is recognised; anything else is its moment too, since
    two equal roses are two roses.
    """
    if event.key:
        return event.key
    moment = None if event.kind is EventKind.COMMENT else event.at
    return make_signature(event.kind, event.user_id, (event.text, event.count, event.group, event.streaking, moment))


@dataclass(slots=True)
class EventDeduper:
    """Tells the first sight of a signature from its repeats within `ttl_seconds`.

    At most `capacity` signatures are kept; the oldest go first.
    """

    ttl_seconds: float = 600.0
    capacity: int = 20_000
    clock: Callable[[], float] = time.time
    _seen: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def add(self, signature: str, now: float | None = None) -> bool:
        """True when it is new. `now` defaults to the clock. A repeat does not prolong the memory of the first sight."""
        moment = self.clock() if now is None else now
        while self._seen and moment - next(iter(self._seen.values())) >= self.ttl_seconds:
            self._seen.popitem(last=False)
        if signature in self._seen:
            return False
        self._seen[signature] = moment
        if len(self._seen) > self.capacity:
            self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._seen)


Viewers = MutableMapping[str, dict[str, float]]
"""username -> first_seen, last_seen and, once a greeting was scheduled, greeting_at."""


def touch_viewer(viewers: Viewers, username: str, now: float) -> dict[str, float]:
    """Note that this viewer is here; return their record."""
    record = viewers.setdefault(username, {"first_seen": now, "last_seen": now})
    record["last_seen"] = max(now, record["last_seen"])
    return record


def schedule_greeting(viewers: Viewers, username: str, now: float, cooldown: float) -> bool:
    """True when this viewer may be greeted (again), which is noted; False within `cooldown` seconds of the last time."""
    record = touch_viewer(viewers, username, now)
    last = record.get("greeting_at")
    if last is not None and now - last < cooldown:
        return False
    record["greeting_at"] = now
    return True
