"""From a driver's blocks to "the streamer talks": channel, rate, frames, detector, level gate, voice gate, meter.

Pure but for the detector's own state: no clock, no device, no thread. Time is counted in samples, so what a wav gives
here is what a microphone gives. Nothing of the sound is kept beyond one frame. To score the whole of it on labelled
mixtures from outside, load `voice.hearing:whole_gate`: an object with `frame` samples of 16 kHz for each `step(sound)`,
which returns whether somebody talks (`is_gate`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from events import Link, LinkState
from voice.engines import Engine, open_engine
from voice.sound import FULL_SCALE, RATE, Centred, Channel, Frames, Resampler, Sound, dbfs, peak, rms
from voice.vad import NEVER, PAL_ATTACK_MS, LevelGate, Sensitivity, VoiceGate

PAL_ECHO_SECONDS = 0.6
"""How long after the pal's end its voice may still arrive: the avatar's player and the room are behind our clock."""

SMOOTHING_SECONDS, PEAK_SECONDS = 0.1, 1.5
METER_SECONDS = 0.09
"""Meters are told at most this often: window and page look ten times a second."""

DEAD_SECONDS = 10.0
"""Microphones have a noise of their own; nothing but zeros for this long comes from a mute switch or a refusal."""


class Heard(NamedTuple):
    """One frame."""

    size: int
    """Samples of 16 kHz."""

    score: float
    """How sure the detector is that this is speech, 0..1."""

    loudness: float
    """RMS, 0..1."""

    peak: float
    """The largest sample, 0..1."""

    pal: bool
    """The pal was speaking."""

    edge: bool | None
    """Somebody talks from here on, or nobody; None where that does not change."""


class Hearing:
    """Hears one stream of interleaved int16 blocks. `sensitivity` and `pal_speaks` may change at any time."""

    def __init__(self, engine: Engine, rate: int = RATE, channels: int = 1) -> None:
        self.sensitivity = Sensitivity()
        self.pal_speaks = False
        self._engine = engine
        self._channel, self._resampler, self._frames = Channel(channels, rate), Resampler(rate), Frames(engine.frame)
        self._centred = Centred()
        self._level, self._gate = LevelGate(), VoiceGate.of(1, 1, 0, 0)
        self._echo = 0
        self._tuned: tuple[Sensitivity, bool] | None = None
        self._bar = NEVER
        engine.reset()

    @property
    def talking(self) -> bool:
        return self._gate.talking

    @property
    def can_wait(self) -> int:
        """How many more frames may come before the next is heard: it alone cannot begin a turn, or one goes on."""
        return 2 if self._gate.talking else int(self._gate.fresh(self._engine.frame))

    def feed(self, block: bytes) -> list[Heard]:
        """The frames that are whole with this block, oldest first."""
        sound = self._resampler.feed(self._channel.pick(block))
        return [self._judge(frame) for frame in self._frames.feed(sound)]

    def _judge(self, frame: Sound) -> Heard:
        highest, pal = peak(frame), self._pal_is_heard(len(frame))
        if self._tuned is None or self._tuned[0] is not self.sensitivity or self._tuned[1] is not pal:
            self._tune(pal)
        frame = self._centred.feed(frame)
        score, loudness = self._engine.score(frame), rms(frame)
        counts = self._level.feed(dbfs(loudness)) >= self._bar
        edge = self._gate.feed(score if counts else 0.0, len(frame))
        return Heard(len(frame), score, loudness, highest, pal, edge)

    def _pal_is_heard(self, count: int) -> bool:
        self._echo = round(PAL_ECHO_SECONDS * RATE) if self.pal_speaks else max(0, self._echo - count)
        return self._echo > 0

    def _tune(self, pal: bool) -> None:
        """Only at a change: this runs beside a game."""
        self._tuned, wanted, gate = (self.sensitivity, pal), self.sensitivity, self._gate
        self._bar = wanted.bar(pal=pal)
        attack = max(wanted.attack_ms, self._engine.least_attack_ms, PAL_ATTACK_MS if pal else 0.0)
        tuned = VoiceGate.of(wanted.on, wanted.off, attack, wanted.release_ms)
        gate.on, gate.off, gate.attack, gate.release = tuned.on, tuned.off, tuned.attack, tuned.release
        self._engine.noise_dbfs = wanted.noise_dbfs


@dataclass(slots=True)
class MicState:
    """What the microphone hears. Written by its thread, each field whole, read from any."""

    voice_detected: bool = False
    audio_level: float = 0.0
    """Smoothed loudness (RMS), 0..1."""

    peak: float = 0.0
    """The largest sample of late, 0..1."""

    engine: str = ""
    """The detector that listens; empty before the first start."""

    link: Link = field(default_factory=Link)

    @property
    def state(self) -> LinkState:
        return self.link.state

    @property
    def problem(self) -> str:
        """Code of what is wrong; empty when nothing is."""
        return self.link.code

    def measure(self, heard: Heard) -> None:
        """Let the meters follow."""
        seconds = heard.size / RATE
        self.audio_level += (heard.loudness - self.audio_level) * (1 - math.exp(-seconds / SMOOTHING_SECONDS))
        self.peak = max(heard.peak, self.peak * math.exp(-seconds / PEAK_SECONDS))

    def meters(self) -> dict[str, float | bool]:
        """For a display: rms_dbfs, peak_dbfs, talking."""
        levels = {"rms_dbfs": round(dbfs(self.audio_level), 1), "peak_dbfs": round(dbfs(self.peak), 1)}
        return {**levels, "talking": self.voice_detected}


@dataclass(slots=True)
class Pace:
    """When meters are worth telling: they changed, and the last time was a while ago."""

    _told: Mapping[str, object] = field(default_factory=dict)
    _at: float = -METER_SECONDS

    def due(self, state: MicState, heard: float) -> Mapping[str, object] | None:
        """The meters if they are to be told, after `heard` seconds of sound."""
        if heard - self._at < METER_SECONDS or (meters := state.meters()) == self._told:
            return None
        self._told, self._at = meters, heard
        return meters


@dataclass(slots=True)
class Deadness:
    """Notices a microphone that delivers, but only zeros."""

    _zeros: int = 0

    @property
    def now(self) -> bool:
        """It has been dead for `DEAD_SECONDS`."""
        return self._zeros >= DEAD_SECONDS * RATE

    def feed(self, heard: Heard) -> None:
        """Take in a frame."""
        self._zeros = self._zeros + heard.size if heard.peak == 0 else 0


class _WholeGate:
    """All of it behind the interface of a scorer."""

    frame, is_gate = 512, True

    def __init__(self) -> None:
        self._hearing = Hearing(open_engine().engine)

    def step(self, sound: Sound) -> bool:
        """Take in `frame` samples of 16 kHz, -1..1; whether somebody talks."""
        block = np.clip(np.round(sound * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
        self._hearing.feed(block.astype("<i2").tobytes())
        return self._hearing.talking


whole_gate = _WholeGate
"""What `--plugin voice.hearing:whole_gate` loads."""
