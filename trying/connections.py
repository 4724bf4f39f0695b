"""One line to Animaze, one question to the model, some seconds of microphone: does it work, and what to do if not.

A running bot's own connections are used: no second mouth talks over the first. Without one they are opened for this only.
Flask's threads; each function blocks for seconds.
"""

import asyncio
import contextlib
import queue
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridge import Bridge
from events import AvatarError, Link, LinkState
from mind.chain import Chain
from mind.gate import SafeMouth
from mind.spending import Usage
from mind.wire import ModelError
from response import ResponseEngine
from settings import Settings
from speech import Microphone
from trying.words import told
from voice.animaze import AnimazeAvatar
from voice.pace import FILE as PACE_FILE
from voice.pace import Pace
from web.words import rule_named

CONNECT_SECONDS = 8.0
"""How long Animaze may take to be found."""

SPEAK_SECONDS = 30.0
"""How long a line may take to be said, with a turn to be waited for."""

COUNTED_SECONDS = 2.0
"""How soon after its end a line is counted as said."""

LONGEST_ANSWER = 500
QUESTION = "Say hello in one short sentence, so that I know you are there."

Result = dict[str, Any]


def animaze(settings: Settings, bridge: Bridge, text: str) -> Result:
    """Let the avatar say it: `{ok, code, params, text, seconds}`. The gate judges it as everything."""
    began = time.monotonic()
    if bridge.status()["silenced"] == "panic":
        found = _no("say_panic")
    elif _speaks(bridge.status()):
        found = _by_bot(bridge, text)
    else:
        verdict = SafeMouth(settings).check(text, kind="say")
        found = (
            asyncio.run(_alone(settings, verdict.text))
            if verdict.text
            else _no("say_refused", rule=rule_named(verdict.rule))
        )
    return {**found, "seconds": round(time.monotonic() - began, 2)}


def _no(code: str, **params: object) -> Result:
    return {"ok": False, **told(code, params)}


def _yes(code: str, **params: object) -> Result:
    return {"ok": True, **told(code, params)}


def _speaks(status: Mapping[str, Any]) -> bool:
    """Whether a bot runs that holds, or tries to hold, a connection to Animaze."""
    return bool(status["running"]) and status["links"].get("animaze", {}).get("code") != "paper" and not status["demo"]


def _by_bot(bridge: Bridge, text: str) -> Result:
    link = bridge.status()["links"].get("animaze", {})
    if link.get("state") != LinkState.UP.value:
        return _no(link.get("code") or "animaze_connecting", **dict(link.get("params", ())))
    reader = bridge.board.subscribe()
    try:
        match bridge.ask("say", text):
            case {"id": int()}:
                return _heard(bridge, reader)
            case {"refused": str(code)}:
                return _no("say_panic" if code == "panic" else "say_refused", rule=rule_named(code))
        return _no("try_stopped")
    finally:
        bridge.board.unsubscribe(reader)


def _heard(bridge: Bridge, reader: "queue.Queue[Any]") -> Result:
    """What became of the typed line: its caption begins and ends, and then it is counted."""
    deadline, before = time.monotonic() + SPEAK_SECONDS, None
    while (left := deadline - time.monotonic()) > 0:
        try:
            news = reader.get(timeout=left)
        except queue.Empty:
            break
        if news.name == "caption" and news.payload["kind"] == "say":
            before = bridge.status()["counters"]["spoken"]
        elif news.name == "caption_end" and before is not None:
            return _counted(bridge, before)
    return _no("animaze_waits" if before is None else "animaze_unheard")


def _counted(bridge: Bridge, before: int) -> Result:
    deadline = time.monotonic() + COUNTED_SECONDS
    while time.monotonic() < deadline:
        if bridge.status()["counters"]["spoken"] > before:
            return _yes("animaze_said")
        time.sleep(0.05)
    return _no("animaze_unheard")


async def _alone(settings: Settings, text: str) -> Result:
    pace = Pace(settings, settings.beside(PACE_FILE))
    avatar = AnimazeAvatar(settings.animaze, settings.speech, estimate=pace.seconds)
    async with _running(avatar.run) as first:
        link = await first(lambda link: link.state is not LinkState.CONNECTING, CONNECT_SECONDS)
        if link.state is not LinkState.UP:
            return _no(link.code or "animaze_unreachable", **dict(link.params))
        try:
            async with asyncio.timeout(SPEAK_SECONDS):
                await avatar.say(text)
        except AvatarError as error:
            return _no(f"animaze_{error}")
        except TimeoutError:
            return _no("animaze_unheard")
        # it was found elsewhere: it speaks, and the settings should be put right all the same
        return {"ok": True, **(told(link.code, dict(link.params)) if link.code else told("animaze_said"))}


@contextlib.asynccontextmanager
async def _running(run: Callable[[Callable[[Link], None]], Any]) -> Any:
    """While it runs: a function that waits for a link of which something holds, or gives the last one there was."""
    links: asyncio.Queue[Link] = asyncio.Queue()

    async def first(fits: Callable[[Link], bool], seconds: float) -> Link:
        link = Link(state=LinkState.CONNECTING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not fits(link := await links.get()):
                    pass
        return link

    async with asyncio.TaskGroup() as group:
        task = group.create_task(run(links.put_nowait), name="trying")
        try:
            yield first
        finally:
            task.cancel()


def model(settings: Settings, *, demo: bool) -> Result:
    """One question with the pal's own prompt: `{ok, code, params, text, answer, first_token_seconds}`."""
    if demo:
        return {**_no("openai_demo"), "answer": "", "first_token_seconds": None}
    return asyncio.run(_answered(settings))


async def _answered(settings: Settings) -> Result:
    chain, loop = Chain(settings), asyncio.get_running_loop()
    engine = ResponseEngine(settings)
    pieces: list[str] = []
    first: float | None = None
    try:
        places = chain.places()
        if not places:
            return {**_no("openai_no_key"), "answer": "", "first_token_seconds": None}
        place, began = places[0], loop.time()
        async with contextlib.aclosing(
            place.model.stream(engine.build_context(QUESTION, settings.tiktok.unique_id), Usage())
        ) as stream:
            async for piece in stream:
                first = loop.time() - began if first is None else first
                pieces.append(piece)
        found = {"ok": True, **told("openai_answers", dict(place.params))}
    except ModelError as error:
        found = _no(error.code)
    finally:
        await chain.close()
        await engine.close()
    answer = " ".join("".join(pieces).split())[:LONGEST_ANSWER]
    return {**found, "answer": answer, "first_token_seconds": None if first is None else round(first, 3)}


def microphone(settings: Settings, bridge: Bridge, seconds: float) -> Result:
    """Listen for so long: `{ok, code, params, text, heard, rms_dbfs, peak_dbfs}`, the loudest of it."""
    link = bridge.status()["links"].get("microphone", {})
    if bridge.status()["running"] and link.get("code") != "mic_demo":
        if link.get("state") != LinkState.UP.value:
            return _sound([], link.get("code") or "mic_lost", dict(link.get("params", ())))
        return _sound(_overheard(bridge, seconds))
    return asyncio.run(_listened(settings, seconds))


def _overheard(bridge: Bridge, seconds: float) -> list[Mapping[str, Any]]:
    reader, deadline = bridge.board.subscribe(), time.monotonic() + seconds
    levels: list[Mapping[str, Any]] = []
    try:
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                news = reader.get(timeout=left)
                if news.name == "level":
                    levels.append(news.payload)
    finally:
        bridge.board.unsubscribe(reader)
    return levels


async def _listened(settings: Settings, seconds: float) -> Result:
    levels: list[Mapping[str, Any]] = []
    voices: list[bool] = []
    ear = Microphone(settings.microphone, levels.append)

    async def run(report: Callable[[Link], None]) -> None:
        await ear.run(voices.append, report)

    async with _running(run) as first:
        link = await first(lambda link: link.state is not LinkState.CONNECTING, CONNECT_SECONDS)
        if link.state is not LinkState.UP:
            return _sound([], link.code or "mic_silent", dict(link.params))
        levels.clear()
        await asyncio.sleep(seconds)
        return _sound(levels)


def _sound(levels: list[Mapping[str, Any]], code: str = "", params: Mapping[str, object] | None = None) -> Result:
    heard = any(level["talking"] for level in levels)
    rms = max((float(level["rms_dbfs"]) for level in levels), default=-120.0)
    peak = max((float(level["peak_dbfs"]) for level in levels), default=-120.0)
    if not code:
        code = "mic_heard" if heard else "mic_no_voice" if levels else "mic_silent"
    return {
        "ok": code == "mic_heard",
        **told(code, params),
        "heard": heard,
        "rms_dbfs": round(rms, 1),
        "peak_dbfs": round(peak, 1),
    }
