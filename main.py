"""The front door: reads the settings, builds the house, starts it, and ends it so that nothing is left running.

The only room that knows everybody. The main thread waits for the end (a signal, the closed window, the dashboard's
Quit); the bot and the dashboard have threads of their own.
"""

import os
import signal

if __name__ == "__main__":  # loading the rooms takes a second; who has second thoughts meanwhile sees no traceback
    for _early in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_early, lambda *_: os._exit(0))
    from doctor import first_aid

    first_aid.stand_by()

import argparse
import asyncio
import faulthandler
import functools
import logging
import queue
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app import CannotListenError, Dashboard, House
from bot import Bot
from bridge import Bridge, Orders
from config import place
from config.words import told_by
from doctor import command as doctor_command
from doctor import instance
from doctor.practice import Practice
from events import Board, Calibrated, NoJournal, People
from gui import ConfigGUI, NoDisplay
from live import rehearsal_command, replay_command, telling, viewers_command
from live.books import Books, NoBooks
from live.demo import DemoCrowd, MadeUp, NoEar
from live.discreet import Discreet
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
from settings import Settings, SettingsError, load_settings, secrets_of
from setup.leading import lead
from speech import Microphone, calibrate, list_devices
from starting.ending import Ending
from starting.options import options
from store.files import Rules
from store.gifts import GiftBooks, GiftFile
from trying.elsewhere import Elsewhere
from trying.house import Tryout
from trying.shows import Shows
from tuning.watch import Watch
from voice.animaze import AnimazeAvatar
from voice.pace import FILE as PACE_FILE
from voice.pace import Pace
from voice.paper import PaperAvatar
from web.changes import hide_secrets
from web.guard import is_loopback
from web.logs import LogRing, last_words, set_up_logging
from web.words import say
from window.house import open_window
from window.notice import tell

log = logging.getLogger(__name__)

ROOT = place.PROGRAM
STOP_SECONDS = 3.5
"""What the bot gets to stop, so that the whole program ends within five seconds."""

CALIBRATION_SECONDS = 60.0
"""More than two calibrations take, one of which waits for the other."""

GAVE_UP = 1


class CannotStartError(Exception):
    """What the streamer must put right first, in one sentence."""


def version() -> str:
    """As pyproject.toml has it."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def build_bot(
    settings: Settings,
    board: Board,
    *,
    made_up: MadeUp | None = None,
    panicked: Callable[[bool], None] = lambda _: None,
) -> Bot:
    """One stream's bot with everything it touches. `made_up`: of a demo, which is not recorded."""
    demo = made_up is not None
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
        **(_demo_parts(settings, pace, made_up) if made_up else _real_parts(settings, pace, board)),
    )


def _real_parts(settings: Settings, pace: Pace, board: Board) -> dict[str, Any]:
    voiced = settings.safety.mode != CAPTIONS
    return {
        "source": Discreet(TikTokSource(settings.tiktok), functools.partial(secrets_of, settings)),
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


def _demo_parts(settings: Settings, pace: Pace, made_up: MadeUp) -> dict[str, Any]:
    """A simulated crowd, a paper avatar, a memory that is gone afterwards, and no microphone."""
    return {
        "source": DemoCrowd(settings.style.language),
        "avatar": PaperAvatar(settings.speech, estimate=pace.seconds),
        "people": MemoryKeeper(load_memory(made_up.memory)),
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


def build_bridge(
    settings: Settings, *, made_up: MadeUp | None = None, started: Callable[[], object] = lambda: None
) -> Bridge:
    """The bot's thread; every start calls `started` and builds a new bot."""

    orders = Orders()

    async def live(board: Board, stop: asyncio.Event) -> None:
        started()
        bot = build_bot(settings, board, made_up=made_up, panicked=orders.remember)
        with orders.given_to(bot.handlers()):
            await bot.run(stop)

    return Bridge(live, orders)


def build_house(settings: Settings, quit_house: Callable[[], None], logs: LogRing, *, demo: bool = False) -> House:
    """What the dashboard shows and commands."""
    watch, made_up = Watch(settings), MadeUp() if demo else None
    bridge = build_bridge(settings, made_up=made_up, started=watch.started)
    return House(
        settings=settings,
        watch=watch,
        bridge=bridge,
        logs=logs,
        calibrate=functools.partial(_calibrate, settings, bridge),
        devices=list_devices,
        quit=quit_house,
        archive=Viewers(settings, bridge, made_up=made_up),
        version=version(),
        demo=demo,
        guide=lead(settings, bridge, functools.partial(hide_secrets, settings, logs.redactor)),
        tryout=Tryout(settings=settings, bridge=bridge, demo=demo, shows=Shows(settings, Elsewhere(place.command()))),
        doctor=Practice(settings=settings, bridge=bridge, logs=logs, version=version(), root=ROOT),
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


def read_settings(file: Path, logs: LogRing) -> Settings:
    """From now on no log shows their secrets. Raises CannotStartError."""
    try:
        settings = load_settings(file)
    except SettingsError as error:
        raise CannotStartError("; ".join(str(error).splitlines())) from error
    logs.redactor.heed(functools.partial(secrets_of, settings))
    return settings


def rehearse(chosen: argparse.Namespace) -> int:
    """No house, only the corridor; the exit code. Raises CannotStartError."""
    logs = LogRing()
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "WARNING", logs)
    return rehearsal_command.perform(read_settings(chosen.settings, logs), chosen)


def replay(chosen: argparse.Namespace) -> int:
    """A recorded live, offline; the exit code. Raises CannotStartError."""
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "WARNING", LogRing())
    try:
        return replay_command.perform(chosen)
    except (RecordingError, SettingsError) as error:
        raise CannotStartError("; ".join(str(error).splitlines())) from error


def tend_viewers(chosen: argparse.Namespace) -> int:
    """Forget or move viewers, without a house; the exit code. Raises CannotStartError."""
    logs = LogRing()
    set_up_logging("DEBUG" if chosen.log_level == "DEBUG" else "ERROR", logs)
    if not chosen.settings.exists():
        raise CannotStartError(f"there is no settings file {chosen.settings}")
    settings = read_settings(chosen.settings, logs)
    return viewers_command.perform(settings, Viewers(settings, build_bridge(settings)), chosen)


def run(chosen: argparse.Namespace) -> int:
    """Live until the end begins; the exit code. Raises CannotStartError."""
    logs, ending = LogRing(), Ending()
    ending.heed_signals()
    set_up_logging(chosen.log_level, logs)
    settings = read_settings(chosen.settings, logs)
    house = build_house(settings, ending.begin, logs, demo=chosen.demo)
    try:
        hosts = () if is_loopback(chosen.host) else (chosen.host,)
        dashboard = Dashboard(house, chosen.host, chosen.port, hosts=hosts, dev=chosen.dev)
    except CannotListenError as error:
        raise CannotStartError(str(error)) from error
    with ExitStack() as stack:
        stack.enter_context(viewers_command.at_hand(settings, demo=chosen.demo))
        stack.callback(dashboard.stop)
        if not chosen.demo:
            stack.enter_context(instance.mark(settings.file.parent, dashboard.url))
        window = _window(house, dashboard, ending) if chosen.gui else None
        dashboard.start()
        _announce(house, dashboard, wide=bool(hosts))
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
        window = open_window(house, dashboard.url, ending.begin)
    except NoDisplay as error:
        raise CannotStartError(str(error).removeprefix("PalFriend: ")) from error
    ending.on_begin(window.request_close)
    return window


def _announce(house: House, dashboard: Dashboard, *, wide: bool) -> None:
    """With the token only where the command line opens the dashboard to others: there may be no screen for a QR code."""
    token = dashboard.lan.token() if wide else None
    name = "PalFriend DEMO" if house.demo else "PalFriend"
    key = f"/?token={token}" if token else ""
    print(f"{name} {house.version} is here: {dashboard.url}{key}", flush=True)  # noqa: T201 - the one line for people


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; its exit code."""
    chosen = options(place.arguments(arguments), folder=place.data_folder(), version=version())
    with last_words():
        try:
            if chosen.doctor:
                doctor_command.perform(chosen, ROOT, version())
            if viewers_command.wanted(chosen):
                return tend_viewers(chosen)
            if chosen.replay is not None:
                return replay(chosen)
            return run(chosen) if chosen.rehearse is None else rehearse(chosen)
        except CannotStartError as error:
            if chosen.progress:
                telling.failed(told_by(error.__cause__ or error))
            tell(f"PalFriend cannot start: {error}")
        except BrokenPipeError:
            telling.nobody_reads()
        except Exception:  # border: the top of the process; the log hides secrets, a traceback on the console does not
            log.critical("PalFriend ends: nobody expected this", exc_info=True)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
