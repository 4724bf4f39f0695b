"""The words the whole house speaks: what a viewer did, what is to be said, and the seams between rooms.

Pure data, Protocols and small pure rules; any thread. Times are Unix seconds. No type of TikTok, Animaze or OpenAI gets in.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from live.health import AvatarError as AvatarError
from live.health import BrainError as BrainError
from live.health import Link as Link
from live.health import LinkState as LinkState
from live.health import SourceError as SourceError
from live.repeats import EventDeduper as EventDeduper
from live.repeats import Viewers as Viewers
from live.repeats import identity as identity
from live.repeats import make_signature as make_signature
from live.repeats import schedule_greeting as schedule_greeting
from live.repeats import touch_viewer as touch_viewer
from live.whom import Whom as Whom


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
    """The comment or question as typed; the name of a gift; what a poll asks and how it stands; who is in a battle."""

    count: int = 1
    """Gifts: how many in this streak so far. Likes: how many in this burst. Treasures: how many may share it."""

    gift_id: str = ""
    group: str = ""
    """Gifts: which streak of this viewer and gift it belongs to; empty for a gift that cannot streak. Polls, battles and
    treasures: which one it is."""

    diamonds: int = 0
    """Gifts: price of one piece. Treasures: what is in the box."""

    streaking: bool = False
    """Gifts: more of the same streak may follow. Polls and battles: it goes on."""

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
    """Likes: of the whole room so far. Viewers and joins: how many are here now. Subscriptions: for how many months.
    Polls: all votes. 0: not said."""

    created: float = 0.0
    """When it happened by TikTok's clock; 0: not said."""

    mentions: tuple[str, ...] = ()
    """Comments: usernames that are mentioned with @. Battles: the streamers in it."""

    emotes: tuple[str, ...] = ()
    """Comments and emotes: the ids of the stickers in it."""

    targets: frozenset[str] = frozenset()
    """Moderation delete: TikTok's message numbers and user ids whose messages are withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """One viewer's finished gift, as it is spoken of."""

    user_id: str
    name: str
    gift: str
    count: int


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

    alike: str = ""
    """Lines of one kind are merged only where this is equal."""

    thanks: tuple["Thanks", ...] = ()
    """For which gifts it thanks, when it may be merged with others of its sort into new words."""

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

    def aside(self, journal: "Journal") -> AbstractAsyncContextManager["Brain"]:
        """One that answers alike for the same money, of which only this journal hears and nothing is kept."""

    async def objects(self, text: str) -> bool:
        """A second opinion: whether this must not be said. Raises BrainError when none can be had in time."""

    def forget(self, *names: str) -> None:
        """Keep nothing that was thought for who has these names, or that names them."""

    def cost(self) -> Mapping[str, Any]:
        """What thinking has cost so far: `cost` of `GET /api/status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of measuring how loud something arrives at the microphone."""

    kind: str
    """speak: the streamer's voice; quiet: the room; pal: the pal's own voice."""

    verdict: str
    """The end of a key of locales/*.json, `calibration.<verdict>`: what to do now."""

    level_dbfs: float | None = None
    """None when nothing could be measured."""


class Ear(Protocol):
    """What hears the streamer."""

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        """Report each edge between silence and speech until cancelled; never fails the bot."""

    def level(self) -> float:
        """The loudness right now, 0..1."""

    def status(self) -> Mapping[str, Any]:
        """engine, rms_dbfs, peak_dbfs, talking, bar_dbfs (what a voice must reach to count; None without a bar)."""

    def pal_speaks(self, on: bool) -> None:
        """The pal begins or ends to speak: its voice may arrive here and must not be taken for the streamer's."""

    async def calibrate(self, kind: str) -> Calibrated:
        """Measure; for `pal` the pal is about to speak. Never fails, takes at most half a minute."""


class People(Protocol):
    """Who the viewers are."""

    def remember(self, event: LiveEvent) -> None:
        """Note what happened. Cheap: nothing is written here."""

    def gave(self, event: LiveEvent, mark: str, pieces: int) -> None:
        """Note a gift of whose streak so many pieces are booked by now; what was noted of this mark counts once."""

    def agree(self, gifts: Iterable[tuple[LiveEvent, str, int]]) -> None:
        """At the start: what the gift book has, each as it is `gave`n. Count what is missing, and what is too much not."""

    def background(self, username: str, question: str = "") -> str:
        """What is known about this viewer, and what of it fits the question; empty for a stranger."""

    def spoken_name(self, username: str) -> str:
        """How the streamer wants this viewer to be called; empty: as they call themselves."""

    def edit(self, username: str, changes: Mapping[str, str]) -> bool:
        """The streamer's `notes`, `spoken_name` of a viewer; False for a stranger."""

    def last_seen(self, username: str) -> float | None:
        """When this viewer was last noted, in this live or before; None for a stranger."""

    def relations(self, username: str) -> frozenset[str]:
        """What the viewer is by what is known: new (never wrote before), regular, gifter, subscriber."""

    def forget(self, username: str) -> None:
        """Know nothing about this viewer any more; on disk from the next write on."""

    def unsay(self, username: str, text: str) -> None:
        """This comment of the viewer's was deleted: do not know it any more."""

    def unname(self, username: str, whom: Whom) -> bool:
        """Take who is to be forgotten out of what this viewer wrote; False for a stranger."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Write what is new at most once a second until cancelled, and once more then."""


class Wordings(Protocol):
    """Where lines come from that the streamer wrote."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Take over what changes in them until cancelled, and say what is wrong with them; never fails the bot."""


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

    def unfile(self, whom: Whom, at: float) -> int:
        """Drop what tells of what this viewer did until `at`; how many cards. Others keep theirs, without the name."""


class Journal(Protocol):
    """Who keeps what happened and what was decided, and why. Called on the bot's loop, never blocks it."""

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """One entry of JSON-ready facts. `happening` is a word of the list in docs/architecture.md."""


class Keeper(Journal, Protocol):
    """A journal that outlives the stream."""

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:
        """Keep nothing that tells of this viewer, also of streams before; `done` hears soon, on any thread, in how many files."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Keep what is noted until cancelled, and say how that goes; never fails the bot."""


class NoJournal:
    """Keeps nothing."""

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """Nothing."""

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:  # noqa: ARG002 - the seam's signature
        done(0)

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()
