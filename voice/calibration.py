"""Calibration: how loud the streamer, the room and the pal's own voice arrive, and what to do about it. Pure.

Only levels are looked at, and forgotten with the result. Levels are dBFS.
"""

from dataclasses import dataclass, field

import numpy as np

from events import Calibrated
from voice.hearing import Heard
from voice.sound import RATE, dbfs
from voice.vad import LevelGate, Sensitivity

SECONDS = {"speak": 5.0, "quiet": 4.0, "pal": 20.0}
"""How long to listen, by kind; the pal's line ends it earlier."""

SURE, PERHAPS = 0.8, 0.5
LEAST_SPEECH_SECONDS, LEAST_ECHO_SECONDS = 0.5, 0.3
STRAY_SPEECH = 0.15
"""A room is not quiet when more than this share of it is speech."""

CLIPPED_PEAK, CLIPPED_SHARE = 0.99, 0.02
TOO_QUIET_DBFS, NOISY_DBFS, LOUD_PAL_DBFS, DEAD_DBFS = -45.0, -40.0, -45.0, -100.0
LEAST_DISTANCE_DB = 12.0
"""Voice above noise, and voice above the pal's: closer than this they cannot be told apart by level."""

LOUD_SHARE, QUIET_SHARE = 95, 90
"""Percentiles: how loud it gets, without the one bang in between."""

LOUDEST_DBFS = -0.1
"""0 in the settings means: not calibrated."""


@dataclass(slots=True)
class Calibration:
    """Listens for `seconds`. `known` are the levels of earlier calibrations."""

    kind: str
    seconds: float
    known: Sensitivity = field(default_factory=Sensitivity)
    _heard: int = 0
    _frames: list[tuple[Heard, float]] = field(default_factory=list)
    """With the level each frame counts with."""

    _level: LevelGate = field(default_factory=LevelGate)

    def take(self, heard: Heard) -> Calibrated | None:
        """Take in a frame; the result once there is one."""
        self._heard += heard.size
        level = self._level.feed(dbfs(heard.loudness))
        begun = bool(self._frames)
        if self.kind != "pal" or heard.pal:
            self._frames.append((heard, level))
        over = self._heard >= self.seconds * RATE or (self.kind == "pal" and begun and not heard.pal)
        return self.result() if over else None

    def result(self) -> Calibrated:
        """From what was heard so far."""
        if self.kind == "pal" and not self._frames:
            return Calibrated(kind=self.kind, verdict="not_spoken")
        if all(dbfs(heard.loudness) < DEAD_DBFS for heard, _ in self._frames):
            return Calibrated(kind=self.kind, verdict="no_sound")
        measure = {"speak": self._voice, "quiet": self._noise, "pal": self._echo}[self.kind]
        verdict, level = measure()
        known = None if level is None else round(min(level, LOUDEST_DBFS), 1)
        return Calibrated(kind=self.kind, verdict=verdict, level_dbfs=known)

    def _voice(self) -> tuple[str, float | None]:
        spoken = [heard for heard, _ in self._frames if heard.score >= SURE]
        if sum(heard.size for heard in spoken) < LEAST_SPEECH_SECONDS * RATE:
            return "no_voice", None
        level = dbfs(float(np.sqrt(np.mean([heard.loudness**2 for heard in spoken]))))
        if sum(heard.peak >= CLIPPED_PEAK for heard in spoken) > CLIPPED_SHARE * len(spoken):
            return "too_loud", level
        if level < TOO_QUIET_DBFS:
            return "too_quiet", level
        return self._against_noise(level, self.known.noise_dbfs), level

    def _noise(self) -> tuple[str, float | None]:
        if sum(heard.score >= PERHAPS for heard, _ in self._frames) > STRAY_SPEECH * len(self._frames):
            return "heard_voice", None
        level = float(np.percentile([dbfs(heard.loudness) for heard, _ in self._frames], QUIET_SHARE))
        if level > NOISY_DBFS:
            return "noisy", level
        return self._against_noise(self.known.voice_dbfs, level), level

    def _echo(self) -> tuple[str, float | None]:
        voiced = [level for heard, level in self._frames if heard.score >= PERHAPS]
        seconds = sum(heard.size for heard, _ in self._frames if heard.score >= PERHAPS) / RATE
        if seconds < LEAST_ECHO_SECONDS:
            return "unheard", float(np.percentile([level for _, level in self._frames], QUIET_SHARE))
        level, voice = float(np.percentile(voiced, LOUD_SHARE)), self.known.voice_dbfs
        loudest = LOUD_PAL_DBFS if voice is None else voice - LEAST_DISTANCE_DB
        return "headphones" if level > loudest else "pal_ok", level

    @staticmethod
    def _against_noise(voice: float | None, noise: float | None) -> str:
        close = voice is not None and noise is not None and voice - noise < LEAST_DISTANCE_DB
        return "noisy" if close else "ok"
