"""Looks at the microphone: found and allowed, alive, how loud room and voice are. Blocks while it listens; any thread.

Only levels are looked at; no sound is kept.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doctor.finding import Finding, Light
from events import Link, LinkState
from settings import Microphone
from speech import FIRST_BLOCK_SECONDS, monitor_of
from voice.calibration import DEAD_DBFS, NOISY_DBFS, TOO_QUIET_DBFS

Meters = Mapping[str, Any]

LISTEN_SECONDS = 3.0
CLIPPED_DBFS = -0.1
FLOOR_SHARE = 0.2
"""The room is as loud as this share of its moments is at most."""

SETTLING_SECONDS = 0.3
"""Of sound at the beginning that the smoothed meters need to reach what they measure."""


@dataclass(slots=True)
class Levels:
    """What the meters showed, in dBFS."""

    room: list[float] = field(default_factory=list)
    """Loudness while nobody talked."""

    voice: list[float] = field(default_factory=list)
    peak: float = -120.0

    def take(self, meters: Meters) -> None:
        """One look at the meters."""
        (self.voice if meters["talking"] else self.room).append(float(meters["rms_dbfs"]))
        self.peak = max(self.peak, float(meters["peak_dbfs"]))

    @property
    def floor(self) -> float | None:
        """How loud the quiet room is; None when somebody talked all the time."""
        quiet = sorted(self.room)
        return quiet[int(FLOOR_SHARE * len(quiet))] if quiet else None


def listen_to_microphone(
    knobs: Microphone,
    *,
    seconds: float = LISTEN_SECONDS,
    on_level: Callable[[Meters], None] | None = None,
    stopped: threading.Event | None = None,
) -> tuple[Finding, ...]:
    """Findings `microphone`, `microphone_level` and `microphone_voice` after so many seconds of sound.

    Details: engine, noise_floor_dbfs, voice_dbfs, peak_dbfs, heard (somebody spoke). `on_level` gets `rms_dbfs,
    peak_dbfs, talking` about ten times a second, on the microphone's thread. `stopped` ends it early.
    """
    if not knobs.enabled or knobs.mode == "off":
        return (Finding(id="microphone", light=Light.SKIPPED, code="mic_off"),)
    meters: queue.SimpleQueue[Meters] = queue.SimpleQueue()
    monitor = monitor_of(knobs)

    def measured(now: Meters) -> None:
        meters.put(now)
        if on_level:
            on_level(now)

    monitor.on_meter = measured
    monitor.start()
    try:
        levels = _listen(lambda: monitor.mic_state.link, meters, seconds, stopped or threading.Event())
    finally:
        link, engine = monitor.mic_state.link, monitor.mic_state.engine
        monitor.stop()
    if levels is None:
        return (fault_of(link),)
    return heard_levels(link, levels, engine)


def _listen(
    link: Callable[[], Link], meters: "queue.SimpleQueue[Meters]", seconds: float, stopped: threading.Event
) -> Levels | None:
    """None when there is nothing to hear."""
    levels, begun = Levels(), 0.0
    deadline = time.monotonic() + FIRST_BLOCK_SECONDS + seconds
    while not stopped.is_set() and time.monotonic() < deadline:
        if link().state is LinkState.ERROR:
            return None
        try:
            now = meters.get(timeout=0.1)
        except queue.Empty:
            if begun and time.monotonic() - begun >= seconds:
                break
            continue
        begun = begun or time.monotonic()
        if time.monotonic() - begun >= seconds:
            break
        if time.monotonic() - begun >= SETTLING_SECONDS:
            levels.take(now)
    return levels if begun or link().state is LinkState.UP else None


def fault_of(link: Link) -> Finding:
    """The microphone that cannot be heard."""
    code = link.code or "mic_refused"
    return Finding(id="microphone", light=Light.RED, code=code, params=dict(link.params))


def heard_levels(link: Link, levels: Levels, engine: str) -> tuple[Finding, ...]:
    """What these levels mean."""
    floor, voice = levels.floor, max(levels.voice, default=None)
    details = {"engine": engine, "noise_floor_dbfs": floor, "voice_dbfs": voice, "peak_dbfs": levels.peak}
    params = {"floor": _shown(floor), "peak": _shown(levels.peak), **dict(link.params)}
    opened = Finding(id="microphone", light=Light.GREEN, code="mic_open")
    if link.code == "mic_engine":
        opened = Finding(id="microphone", light=Light.YELLOW, code="mic_engine", params=params)
    if levels.peak < DEAD_DBFS:
        return (
            opened,
            Finding(id="microphone_level", light=Light.RED, code="mic_silent", params=params, details=details),
        )
    code = "mic_room"
    if floor is not None and floor > NOISY_DBFS:
        code = "mic_noisy"
    elif levels.peak >= CLIPPED_DBFS:
        code = "mic_too_loud"
    elif voice is not None and voice < TOO_QUIET_DBFS:
        code = "mic_too_quiet"
    light = Light.GREEN if code == "mic_room" else Light.YELLOW
    level = Finding(id="microphone_level", light=light, code=code, params=params, details=details)
    heard = "mic_voice_heard" if levels.voice else "mic_voice_unheard"
    spoken = Finding(id="microphone_voice", light=Light.GREEN, code=heard, details={"heard": bool(levels.voice)})
    return opened, level, spoken


def _shown(level: float | None) -> str:
    return "?" if level is None else f"{level:.0f}"


def levels_of(looks: Sequence[Meters]) -> Levels:
    """The same from looks at somebody else's meters."""
    levels = Levels()
    for look in looks:
        levels.take(look)
    return levels
