"""The energy gate: tells from the loudness of sound blocks whether somebody speaks.

Pure: no clock, no device. Time is counted in samples, so the same sound gives the same edges live and in a test.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32768.0
SILENCE_DBFS = -120.0


def samples(block: bytes, channels: int = 1) -> NDArray[np.float32]:
    """Interleaved little-endian int16 sound as an array of -1..1, one column per channel; a torn tail is left out."""
    whole = len(block) - len(block) % (2 * channels)
    sound = np.frombuffer(block[:whole], dtype="<i2").astype(np.float32) / FULL_SCALE
    return sound.reshape(-1, channels)


def rms(block: NDArray[np.float32]) -> float:
    """The loudness, 0..1, of the loudest channel; 0 for an empty block or one that is not a number."""
    if not block.size:
        return 0.0
    sound = block.reshape(len(block), -1).astype(np.float64)
    loudest = float(np.sqrt(np.mean(np.square(sound), axis=0)).max())
    return min(loudest, 1.0) if math.isfinite(loudest) else 0.0


def dbfs(level: float) -> float:
    """A loudness of 0..1 in decibels below full scale: 1 is 0 dB, silence is -120."""
    return max(20 * math.log10(level), SILENCE_DBFS) if level > 0 else SILENCE_DBFS


@dataclass(slots=True)
class VoiceGate:
    """Turns block loudness into edges between silence and speech."""

    threshold: float
    """RMS, 0..1, from which a block is loud."""

    attack: int
    """Samples of loud blocks, none of them quiet, after which somebody speaks."""

    release: int
    """Samples of quiet blocks, none of them loud, after which nobody speaks."""

    talking: bool = False
    _run: int = 0

    @classmethod
    def of(cls, threshold: float, attack_ms: float, release_ms: float, rate: int) -> "VoiceGate":
        """A gate for sound of `rate` samples a second."""
        return cls(threshold, round(attack_ms * rate / 1000), round(release_ms * rate / 1000))

    def feed(self, loudness: float, count: int) -> bool | None:
        """Take in a block of `count` samples; the new state on an edge, else None."""
        if (loudness >= self.threshold) == self.talking:
            self._run = 0
            return None
        self._run += count
        if self._run < (self.release if self.talking else self.attack):
            return None
        self.talking, self._run = not self.talking, 0
        return self.talking
