"""The front door: reads the settings, builds the house, starts it, and ends it so that nothing is left running.

The only room that knows everybody. The main thread waits for the end (a signal, the closed window, the dashboard's
Quit); the bot and the dashboard have threads of their own.
"""

import os
import signal

if __name__ == "__main__":  # loading the rooms takes a second; who has second thoughts meanwhile sees no traceback
    for _early in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_early, lambda *_: os._exit(0))

import argparse
import asyncio
import faulthandler
import functools
import logging
import queue
import secrets
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from app import CannotListenError, Dashboard, House
from bot import Bot
from bridge import Bridge, Orders
from events import Board, Calibrated, NoJournal, People
from gui import ConfigGUI, NoDisplay
from live import rehearsal_command, replay_command, viewers_command
from live.books import Books, NoBooks
from live.demo import DemoCrowd, NoEar
from live.recorder import Recorder
from live.tape import RecordingError
from live.tiktok import TikTokSource
from live.tombs import FILE as TOMBS
from live.tombs import Tombs
from live.viewers import Viewers
from live.why import WhyCards, WithCards
from memory import MemoryKeeper, NoMemory, load_memory, memory_in
from mind.gate import CAPTIONS, SafeMouth
from mind.templates import Templates
from mind.wordings import FILE as WORDINGS
from mind.wordings import WordingFile
from response import ResponseEngine
from settings import Settings, SettingsError, load_settings
from speech import Microphone, calibrate, list_devices
from store.files import Rules
from store.gifts import GiftBooks, GiftFile
from voice.animaze import AnimazeAvatar
from voice.pace import FILE as PACE_FILE
from voice.pace import Pace
from voice.paper import PaperAvatar
from web.guard import is_loopback
from web.logs import LogRing
from web.words import say

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent
STOP_SECONDS = 3.5
"""What the bot gets to stop, so that the whole program ends within five seconds."""

CALIBRATION_SECONDS = 60.0
"""More than two calibrations take, one of which waits for the other."""

GAVE_UP, INTERRUPTED_TWICE = 1, 130


class CannotStartError(Exception):
    """What the streamer must put right first, in one sentence."""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"PalFriend: {message}. --help shows what there is.\n")


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line. Leaves with code 2 when it is wrong, 0 after --help and --version."""
    parser = OneLineParser(prog="palfriend", description="A companion for your TikTok LIVE.", allow_abbrev=False)
    parser.add_argument(
        "--demo", action="store_true", help="try it: simulated viewers, no account, key or avatar needed"
    )
    parser.add_argument("--headless", action="store_true", help="no window, only the dashboard (this is the default)")
    parser.add_argument("--gui", action="store_true", help="open the settings window, too")
    parser.add_argument("--start", action="store_true", help="start the bot at once")
    rehearsal_command.add_options(parser)
    replay_command.add_options(parser)
    viewers_command.add_options(parser)
    parser.add_argument("--settings", type=Path, default=ROOT / "settings.yaml", metavar="FILE", help="settings file")
    parser.add_argument("--host", default="127.0.0.1", help="address of the dashboard (default: this computer only)")
    parser.add_argument("--port", type=_port, default=5000, help="port of the dashboard (default: 5000)")
    parser.add_argument("--log-level", type=str.upper, default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    parser.add_argument("--version", action="version", version=f"PalFriend {version()}")
    chosen = parser.parse_args(arguments)
    if chosen.gui and chosen.headless:
        parser.error("--gui and --headless exclude each other")
    rehearsal_command.check(parser, chosen)
    replay_command.check(parser, chosen)
    viewers_command.check(parser, chosen)
    return chosen


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def version() -> str:
    """As pyproject.toml has it."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def build_bot(
    settings: Settings, board: Board, *, demo: bool = False, panicked: Callable[[bool], None] = lambda _: None
) -> Bot:
    """One stream's bot with everything it touches. A demo is not recorded."""
    pace = Pace(settings, None if demo else settings.beside(PACE_FILE))
    keeper = NoJournal() if demo else Recorder(settings, version())
    journal = WithCards(keeper, WhyCards(board.file))
    templates = Templates()
    return Bot(
        journal=journal,
        settings=settings,
        brain=ResponseEngine(settings, templates=templates, demo=demo),
        templates=templates,
        wordings=WordingFile(settings.beside(WORDINGS), templates, SafeMouth(settings)),
        board=board,
        estimate=pace.seconds,
        explain=lambda link: say(f"reason.{link.code}", **dict(link.params)) if link.code else "",
        panicked=panicked,
        demo=demo,
        **(_demo_parts(settings, pace) if demo else _real_parts(settings, pace, board)),
    )


def _real_parts(settings: Settings, pace: Pace, board: Board) -> dict[str, Any]:
    voiced = settings.safety.mode != CAPTIONS
    return {
        "source": TikTokSource(settings.tiktok),
        "avatar": (
            AnimazeAvatar(settings.animaze, settings.speech, estimate=pace.seconds, pace=pace)
            if voiced
            else PaperAvatar(settings.speech, estimate=pace.seconds)
        ),
        "people": _people(settings),
        "books": _books(settings),
        "buried": Tombs(settings.beside(TOMBS), time.time()).covers,
        "ear": Microphone(settings.microphone, functools.partial(board.tell, "level")),
    }


def _demo_parts(settings: Settings, pace: Pace) -> dict[str, Any]:
    """A simulated crowd, a paper avatar, a memory that is gone afterwards, and no microphone."""
    return {
        "source": DemoCrowd(settings.style.language),
        "avatar": PaperAvatar(settings.speech, estimate=pace.seconds),
        "people": MemoryKeeper(load_memory(":memory:")),
        "ear": NoEar(),
    }


def _people(settings: Settings) -> People:
    rules = settings.memory
    if not rules.enabled:
        return NoMemory()
    file = rules.file if rules.file == ":memory:" else settings.beside(rules.file)
    return MemoryKeeper(memory_in(file, Rules.of(rules)))


def _books(settings: Settings) -> Books:
    """Whoever wants nobody remembered wants no gift remembered either."""
    if not (settings.memory.enabled and settings.gifts.file):
        return NoBooks()
    return GiftBooks(GiftFile(settings.beside(settings.gifts.file), settings.memory.decay_days))


def build_bridge(settings: Settings, *, demo: bool = False) -> Bridge:
    """The bot's thread; every start builds a new bot."""

    orders = Orders()

    async def live(board: Board, stop: asyncio.Event) -> None:
        bot = build_bot(settings, board, demo=demo, panicked=orders.remember)
        with orders.given_to(bot.handlers()):
            await bot.run(stop)

    return Bridge(live, orders)


def build_house(settings: Settings, quit_house: Callable[[], None], logs: LogRing, *, demo: bool = False) -> House:
    """What the dashboard shows and commands."""
    bridge = build_bridge(settings, demo=demo)
    return House(
        settings=settings,
        bridge=bridge,
        logs=logs,
        calibrate=functools.partial(_calibrate, settings, bridge),
        devices=list_devices,
        quit=quit_house,
        archive=Viewers(settings, bridge, demo=demo),
        version=version(),
        demo=demo,
    )


def _calibrate(settings: Settings, bridge: Bridge, kind: str) -> Calibrated:
    """By the bot where one runs, since it has the microphone; else with the microphone alone. Blocks until it is done."""
    answer: queue.Queue[Calibrated] = queue.Queue()
    if bridge.order("calibrate", kind, answer.put):
        try:
            return answer.get(timeout=CALIBRATION_SECONDS)
        except queue.Empty:
            return Calibrated(kind=kind, verdict="stopped")
    if kind == "pal":
        return Calibrated(kind=kind, verdict="not_running")
    return calibrate(settings.microphone, kind)


def default_house() -> House:
    """The house that `from app import app, socketio` serves, with ./settings.yaml; its Quit ends `socketio.run`."""
    logs = LogRing()
    logging.getLogger().addHandler(logs)
    return build_house(load_settings(), lambda: None, logs)


def set_up_logging(level: str, logs: LogRing) -> None:
    """To the console and to the dashboard, both without secrets."""
    console = logging.StreamHandler()
    console.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    console.addFilter(logs.redactor)
    root = logging.getLogger()
    root.handlers[:] = [console, logs]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "openai", "websockets", "werkzeug", "engineio", "socketio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


class Ending:
    """The one event that ends the program, and the signals that set it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    def begin(self) -> None:
        """From any thread; once is enough."""
        self._event.set()
        for listener in self._listeners:
            listener()

    def on_begin(self, listener: Callable[[], None]) -> None:
        """Call it when the end begins, from whichever thread that is; at once when it has begun."""
        self._listeners.append(listener)
        if self._event.is_set():
            listener()

    def wait(self) -> None:
        """Return when it is time to end. In short waits: Windows delivers signals only between them."""
        while not self._event.wait(0.25):
            pass

    def heed_signals(self) -> None:
        """Ctrl-C, SIGTERM, SIGHUP, and on Windows the closed console end the program; a second time at once."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, name, None)  # not every system has each of them
            if number is not None:
                signal.signal(number, self._signalled)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            os._exit(INTERRUPTED_TWICE)
        self.begin()


def read_settings(file: Path) -> Settings:
    """Raises CannotStartError."""
    try:
        return load_settings(file)
    except SettingsError as error:
        raise CannotStartError("; ".join(str(error).splitlines())) from error


def rehearse(chosen: argparse.Namespace) -> int:
    """No house, only the corridor; the exit code. Raises CannotStartError."""
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "WARNING", LogRing())
    return rehearsal_command.perform(read_settings(chosen.settings), chosen)


def replay(chosen: argparse.Namespace) -> int:
    """A recorded live, offline; the exit code. Raises CannotStartError."""
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "WARNING", LogRing())
    try:
        return replay_command.perform(chosen)
    except (RecordingError, SettingsError) as error:
        raise CannotStartError("; ".join(str(error).splitlines())) from error


def tend_viewers(chosen: argparse.Namespace) -> int:
    """Forget or move viewers, without a house; the exit code. Raises CannotStartError."""
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "ERROR", LogRing())
    if not chosen.settings.exists():
        raise CannotStartError(f"there is no settings file {chosen.settings}")
    settings = read_settings(chosen.settings)
    return viewers_command.perform(settings, Viewers(settings, build_bridge(settings)), chosen)


def run(chosen: argparse.Namespace) -> int:
    """Live until the end begins; the exit code. Raises CannotStartError."""
    logs, ending = LogRing(), Ending()
    ending.heed_signals()
    set_up_logging(chosen.log_level, logs)
    settings = read_settings(chosen.settings)
    house = build_house(settings, ending.begin, logs, demo=chosen.demo)
    token = None if is_loopback(chosen.host) else secrets.token_urlsafe(24)
    try:
        hosts = () if token is None else (chosen.host,)
        dashboard = Dashboard(house, chosen.host, chosen.port, hosts=hosts, token=token)
    except CannotListenError as error:
        raise CannotStartError(str(error)) from error
    with ExitStack() as stack:
        stack.enter_context(viewers_command.at_hand(settings, demo=chosen.demo))
        stack.callback(dashboard.stop)
        window = _window(house, dashboard, ending) if chosen.gui else None
        dashboard.start()
        _announce(house, dashboard, token)
        if chosen.start or chosen.demo:
            house.bridge.start()
        if window is None:
            ending.wait()
        else:
            window.run()
        stopped = house.bridge.stop(STOP_SECONDS)
    if not stopped:
        faulthandler.dump_traceback()
        logging.shutdown()
        os._exit(GAVE_UP)  # a thread that does not end would keep the process for ever
    return 0


def _window(house: House, dashboard: Dashboard, ending: Ending) -> ConfigGUI:
    try:
        window = ConfigGUI(
            house.settings,
            house.bridge,
            devices=house.devices,
            open_dashboard=lambda: webbrowser.open(dashboard.url),
            on_quit=ending.begin,
            logs=house.logs.lines,
        )
    except NoDisplay as error:
        raise CannotStartError(str(error).removeprefix("PalFriend: ")) from error
    ending.on_begin(window.request_close)
    return window


def _announce(house: House, dashboard: Dashboard, token: str | None) -> None:
    name = "PalFriend DEMO" if house.demo else "PalFriend"
    key = f"/?token={token}" if token else ""
    print(f"{name} {house.version} is here: {dashboard.url}{key}", flush=True)  # noqa: T201 - the one line for people


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; its exit code."""
    chosen = options(arguments)
    try:
        if viewers_command.wanted(chosen):
            return tend_viewers(chosen)
        if chosen.replay is not None:
            return replay(chosen)
        return run(chosen) if chosen.rehearse is None else rehearse(chosen)
    except CannotStartError as error:
        print(f"PalFriend cannot start: {error}", file=sys.stderr)  # noqa: T201 - there is no log to read yet
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
