"""A recording played into the corridor: the seams' other sides, made of what was recorded. No network, no sound.

Lives on a virtual loop (`live/clockwork`) whose clock begins when the recording did. What was recorded comes at its
recorded moment and in its recorded order; what the recording does not know (an answer to a question that was not asked,
a sentence that was not said) is made up by fixed rules, so that the same file always gives the same decisions.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot import Bot
from config.problems import in_place
from config.words import Told
from events import Link, LinkState, LiveEvent, Whom
from live import clockwork
from live.demo import NoEar
from live.notes import event_from
from live.recall import RecalledAvatar, RecalledBrain, RecalledPeople
from live.tape import Entry, Recording, RecordingError
from mind.templates import BLANK, Templates, Wordings, blanks
from settings import Settings, SettingsError, changed
from voice.pace import Pace

log = logging.getLogger(__name__)

INPUTS = ("event", "mic", "link", "order", "settings", "wordings")
"""What came from outside; everything else that is noted was decided."""

ORDERS = ("panic", "mute", "talking", "skip", "clear", "say", "now", "move", "drop", "allow", "block")
INLETS = (
    "event",
    "mic",
    "order",
    "settings",
    "wordings",
    "link tiktok",
    "link animaze",
    "link openai",
    "link microphone",
)


def recorded_settings(recording: Recording) -> Settings:
    """Those of the live. Raises RecordingError."""
    try:
        return Settings.of(recording.header["settings"])
    except SettingsError as error:
        first = in_place(error.problems[0])
        raise RecordingError(Told("problem.recording.settings", problem=first)) from None


class Outside:
    """Everything outside of the bot, as it was. Made inside the loop. Raises RecordingError for broken entries."""

    def __init__(
        self,
        recording: Recording,
        settings: Settings,
        estimate: Callable[[str], float],
        *,
        follow: bool,
        progress: Callable[[float], None],
    ) -> None:
        """`follow`: knobs that were turned during the live are turned in `settings`, too."""
        self.recording, self._progress = recording, progress
        self._settings, self._follow = settings, follow
        self.templates = Templates()
        self._inlets: dict[str, Callable[[Any], None]] = {}
        self._open = asyncio.Event()
        try:
            self._inputs = [known for entry in recording.of(*INPUTS) if (known := _input(entry))]
            self.brain = RecalledBrain(recording, settings.style.language, self.connect)
            self.avatar = RecalledAvatar(recording, estimate, self.connect)
            self.people = RecalledPeople(recording)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise RecordingError(Told("problem.recording.odd", error=error)) from None
        self.source = ReplaySource(self)
        self.ear = ReplayEar(self)

    async def play(self, orders: Mapping[str, Callable[..., Any]]) -> None:
        """Let everything come at its moment, to the end of the recording. Returns then."""
        self.open("order", lambda order: _carry_out(orders, order))
        self.open("settings", self._turn)
        self.open("wordings", lambda own: setattr(self.templates, "own", own))
        await self._open.wait()  # each room opens its inlet as soon as it runs
        length = max(1e-9, self.recording.ends - self.recording.begins)
        for at, inlet, what in self._inputs:
            await self._until(at)
            self._inlets[inlet](what)
            self._progress((at - self.recording.begins) / length)
        await self._until(self.recording.ends)
        self._progress(1.0)

    def connect(self, name: str, report: Callable[[Link], None]) -> None:
        """Report this connection as it was; as working where the recording never says."""
        self.open(f"link {name}", report)
        if not any(inlet == f"link {name}" for _, inlet, _ in self._inputs):
            report(Link(state=LinkState.UP, code="replay"))

    def open(self, inlet: str, take: Callable[[Any], None]) -> None:
        """From now on `take` is called with what comes here."""
        self._inlets[inlet] = take
        if len(self._inlets) == len(INLETS):
            self._open.set()

    async def _until(self, at: float) -> None:
        """Return when the clock shows exactly this: rounding would let what was equal differ."""
        if (pause := at - self.recording.begins - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(pause)

    def _turn(self, knobs: Mapping[str, Any]) -> None:
        if self._follow:
            try:
                changed(self._settings, knobs)
            except SettingsError:
                log.warning(
                    "settings that were changed during the live do not fit this PalFriend and stay as they were"
                )


def _input(entry: Entry) -> tuple[float, str, Any] | None:
    """When, where and what comes in; None for what the replay brings about by itself."""
    at, happening = entry["at"], entry["happening"]
    match happening:
        case "event":
            return at, happening, event_from(entry["event"])
        case "mic":
            return at, happening, bool(entry["talking"])
        case "link":
            params = tuple((str(name), str(value)) for name, value in dict(entry["params"]).items())
            link = Link(state=LinkState(entry["state"]), code=str(entry["code"]), params=params)
            return (at, inlet, link) if (inlet := f"link {entry['name']}") in INLETS else None
        case "order":
            _ = int(entry.get("position", 0)), int(entry.get("nth", 0))  # what is none is told before the show
            return None if entry["by"] or entry["order"] not in ORDERS else (at, happening, entry)
        case "wordings":
            return at, happening, _wordings(entry["own"])
        case _:
            return at, happening, dict(entry["settings"])


def _wordings(own: Mapping[str, Mapping[str, list[str]]]) -> Wordings:
    """The streamer's own lines. Raises ValueError for some that cannot be filled in."""
    for kinds in own.values():
        for kind, lines in kinds.items():
            if unknown := {blank for line in lines for blank in BLANK.findall(line)} - blanks(kind):
                raise ValueError(f"unknown {unknown} in a line")
    return {language: {kind: tuple(lines) for kind, lines in kinds.items()} for language, kinds in own.items()}


def _carry_out(orders: Mapping[str, Callable[..., Any]], order: Entry) -> None:
    """What the streamer ordered; chat's orders come as the comments they were."""
    match order["order"]:
        case "panic" | "mute" | "talking" as switch:
            orders[switch](bool(order.get("on")))
        case "skip" | "clear" as button:
            orders[button]()
        case "say":
            orders["say"](str(order.get("text", "")))
        case "now" | "move" | "drop" as wish:
            waiting = [line["id"] for line in orders["lines"]() if _is_meant(line, order)]
            places = [max(0, int(order.get("position", 0)))] if wish == "move" else []
            if waiting:  # else it was said before, or never came up
                orders[wish](waiting[max(0, min(int(order.get("nth", 0)), len(waiting) - 1))], *places)
        case action:
            orders["taught"](action, str(order.get("word", "")))


def _is_meant(line: Mapping[str, Any], order: Entry) -> bool:
    return (line["kind"], line["text"]) == (order.get("kind"), order.get("text"))


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """The seam `EventSource`: the events as they came, repeats included."""

    outside: Outside

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        self.outside.connect("tiktok", report)
        self.outside.open("event", sink)
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class ReplayEar(NoEar):
    """The seam `Ear`: the streamer talks when they talked; sound is not recorded."""

    outside: Outside

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        self.outside.connect("microphone", report)
        self.outside.open("mic", on_voice)
        await asyncio.Event().wait()


@dataclass(slots=True)
class DecisionLog:
    """The seam `Keeper` of a replay: what was decided, `at` in seconds since the recording began."""

    begins: float
    entries: list[Entry] = field(default_factory=list)

    def note(self, happening: str, at: float, **facts: Any) -> None:
        if happening not in INPUTS or happening == "order":
            if "born" in facts:
                facts["born"] -= self.begins
            self.entries.append(_rounded({"at": at - self.begins, "happening": happening, **facts}))

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:  # noqa: ARG002 - the seam's signature
        """A replay is asked for by name and gone afterwards."""
        done(0)

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.OFF))
        await asyncio.Event().wait()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Captions:
    """The board of a replay: `told` hears each line as it is said, nobody looks at the rest."""

    told: Callable[[Mapping[str, Any]], None]

    def show(self, status: Mapping[str, Any]) -> None:
        """Nobody looks."""

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        if name == "caption":
            self.told(payload)

    def keep(self, audit: tuple[Mapping[str, Any], ...]) -> None:
        """Nobody looks."""

    def file(self, card: Mapping[str, Any]) -> None:
        """Nobody looks."""

    def unfile(self, whom: Whom, at: float) -> int:  # noqa: ARG002 - the seam's signature
        """Nothing is kept."""
        return 0


def perform(
    recording: Recording,
    settings: Settings,
    *,
    follow: bool = True,
    speed: float = 0.0,
    told: Callable[[Mapping[str, Any]], None] = lambda _: None,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Entry]:
    """What is decided when this happens under these settings. Raises RecordingError.

    `progress` hears how much of the recording is over, as a share of the whole.
    `speed`: so many times faster than time; 0: as fast as possible. `follow`: see `Outside`. Not to be called where a
    loop runs.
    """
    decisions, pace = DecisionLog(recording.begins), Pace(settings)

    async def show() -> None:
        outside = Outside(recording, settings, pace.seconds, follow=follow, progress=progress)
        bot = Bot(
            settings=settings,
            source=outside.source,
            avatar=outside.avatar,
            brain=outside.brain,
            people=outside.people,
            templates=outside.templates,
            ear=outside.ear,
            board=Captions(told),
            estimate=pace.seconds,
            journal=decisions,
            clock=clockwork.now,
        )
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as stage:
            stage.create_task(bot.run(stop), name="replay")
            await outside.play(bot.handlers())
            stop.set()

    clockwork.run(show(), recording.begins, speed)
    return decisions.entries
