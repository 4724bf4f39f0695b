"""The voice gate: tells from how sure a detector is, frame by frame, when somebody begins and ends to speak.

Pure: no clock, no device, no detector. Time is counted in samples. The timing is measured: notes stand with the knobs.
"""

from collections import deque
from dataclasses import dataclass, field

import settings
from voice.sound import RATE, SILENCE_DBFS

PAL_ATTACK_MS = 96.0
"""While the pal speaks, its own voice may come back from the loudspeakers: speech must last longer to count.

One frame more than usual; with two the pal would send sentences for longer than 120 ms into the streamer's talk
(`bench/yielding.py`).
"""

PAL_MARGIN_DB = 9.0
"""Instead of the usual margin below the streamer's voice, while the pal speaks."""

ABOVE_PAL_DB = 4.0
"""What is louder than the pal's own voice arrives by this much is somebody else."""

PEAK_FRAMES = 3
"""A frame counts as loud as the loudest of this many: consonants are quiet, and belong to the voice."""

NEVER = -1000.0
"""A bar under which nothing lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What counts as the streamer's voice. The levels come from calibration; None as long as it was not done."""

    on: float = 0.5
    """A frame speaks from here on, 0..1."""

    off: float = 0.25
    """Below here a frame is silent."""

    attack_ms: float = 64.0
    release_ms: float = 1200.0
    margin_db: float = 15.0
    """Frames this much quieter than the streamer's voice do not count."""

    voice_dbfs: float | None = None
    noise_dbfs: float | None = None
    pal_dbfs: float | None = None
    """How loud the pal's own voice arrives at the microphone."""

    def bar(self, *, pal: bool = False) -> float:
        """The level in dBFS that a voice must have; `pal`: while the pal speaks."""
        bars = [NEVER]
        if self.voice_dbfs is not None:
            bars.append(self.voice_dbfs - (min(PAL_MARGIN_DB, self.margin_db) if pal else self.margin_db))
        if pal and self.pal_dbfs is not None:
            bars.append(self.pal_dbfs + ABOVE_PAL_DB)
        return max(bars)


def sensitivity_of(knobs: settings.Microphone) -> Sensitivity:
    """What the settings say; a level of 0 is none."""
    return Sensitivity(
        on=knobs.on_threshold,
        off=knobs.off_threshold,
        attack_ms=knobs.attack_ms,
        release_ms=knobs.release_ms,
        margin_db=knobs.level_margin_db,
        voice_dbfs=knobs.voice_level_dbfs or None,
        noise_dbfs=knobs.noise_floor_dbfs or None,
        pal_dbfs=knobs.pal_level_dbfs or None,
    )


@dataclass(slots=True)
class VoiceGate:
    """Turns scores into edges between silence and speech."""

    on: float
    """The score from which a frame speaks."""

    off: float
    """The score below which a frame is silent. Between both it neither begins nor ends anything."""

    attack: int
    """Samples of speaking frames, no silent one among them, after which somebody speaks."""

    release: int
    """Samples of silent frames, none else among them, after which nobody speaks."""

    talking: bool = False
    _run: int = 0

    @classmethod
    def of(cls, on: float, off: float, attack_ms: float, release_ms: float, rate: int = RATE) -> "VoiceGate":
        """A gate for sound of `rate` samples a second."""
        return cls(on, min(on, off), round(attack_ms * rate / 1000), round(release_ms * rate / 1000))

    def fresh(self, count: int) -> bool:
        """Nobody talks, and a frame of `count` samples would not change that."""
        return not self.talking and self._run + count < self.attack

    def feed(self, score: float, count: int) -> bool | None:
        """Take in a frame of `count` samples; the new state on an edge, else None. NaN is silence."""
        speaking, silent = score >= self.on, not score >= self.off
        if self.talking:
            self._run = self._run + count if silent else 0
            turns = silent and self._run >= self.release
        else:
            self._run = self._run + count if speaking else 0 if silent else self._run
            turns = speaking and self._run >= self.attack
        if not turns:
            return None
        self.talking, self._run = not self.talking, 0
        return self.talking


@dataclass(slots=True)
class LevelGate:
    """Remembers how loud the last frames were."""

    _recent: deque[float] = field(default_factory=lambda: deque([SILENCE_DBFS], maxlen=PEAK_FRAMES))

    def feed(self, level_dbfs: float) -> float:
        """Take in a frame's level; the level it counts with."""
        self._recent.append(level_dbfs)
        return max(self._recent)
