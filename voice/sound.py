"""Sound as numbers: blocks of a driver as arrays, loudness, one channel of several, 16 kHz out of any rate, even frames.

Pure: no clock, no device. Time is counted in samples, so the same sound gives the same result live and in a test.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Samples of -1..1."""

RATE = 16_000
"""Samples a second that the detectors of speech understand."""

FULL_SCALE = 32768.0
SCALE = np.float32(1 / FULL_SCALE)
SILENCE_DBFS = -120.0

MOST_PHASES = 1024
"""Places between two samples for which a filter is kept; rates that need more are rounded to the nearest."""

HALF_WIDTH = 16
"""Samples of the slower rate on each side of a filter: 1 ms, flat to 7 kHz, aliases more than 60 dB down."""

KAISER_BETA = 6.0
LOUDER = 4.0
"""How many times the power another channel needs to be listened to instead: no hopping between equal ones."""

MEMORY_SECONDS = 0.5
OFFSET_SECONDS = 2.0
"""How long a constant part is watched before it is believed: no tone of a voice lasts so long on one side of zero."""


def samples(block: bytes) -> Sound:
    """Little-endian int16 sound as -1..1; an odd byte at the end is left out."""
    # one call for cast and scale: beside a game the caches are cold, and each call of numpy costs as much as the work
    scaled: Sound = np.multiply(np.frombuffer(block, "<i2", len(block) // 2), SCALE, dtype=np.float32)
    return scaled


def rms(sound: Sound) -> float:
    """The loudness, 0..1; 0 for an empty block or one that is not a number."""
    if not len(sound):
        return 0.0
    power = float(np.dot(sound, sound)) / len(sound)
    return min(math.sqrt(power), 1.0) if math.isfinite(power) else 0.0


def peak(sound: Sound) -> float:
    """The largest distance from zero; 0 for an empty block."""
    return max(sound.item(sound.argmax()), -sound.item(sound.argmin())) if len(sound) else 0.0


def dbfs(level: float) -> float:
    """A loudness of 0..1 in decibels below full scale: 1 is 0 dB, silence is -120."""
    return max(20 * math.log10(level), SILENCE_DBFS) if level > 0 else SILENCE_DBFS


class Centred:
    """A stream, of one channel or several, without its constant part: it cannot be heard, and is no loudness.

    Some sound cards add one.
    """

    def __init__(self, rate: int = RATE) -> None:
        self._enough, self._seen = round(OFFSET_SECONDS * rate), 0
        self._offset = self._sum = np.zeros(1, np.float32)

    def feed(self, sound: Sound) -> Sound:
        """The next samples, around zero."""
        self._sum, self._seen = self._sum + sound.sum(axis=0), self._seen + len(sound)
        if self._seen >= self._enough:
            self._offset, self._sum, self._seen = self._sum / np.float32(self._seen), np.zeros(1, np.float32), 0
        return sound - self._offset


class Channel:
    """Picks the channel that carries the voice: many microphones fill one side of a stereo stream only.

    The mean of all would halve that one, and two in opposite phase would cancel out.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._power, self._centred = np.zeros(channels), Centred(rate)
        self._channels, self._rate = channels, rate
        self._chosen = 0

    def pick(self, block: bytes) -> Sound:
        """One channel of interleaved int16 sound; a torn tail is left out."""
        if self._channels == 1:
            return samples(block)
        columns = samples(block[: len(block) - len(block) % (2 * self._channels)]).reshape(-1, self._channels)
        if not len(columns):
            return columns[:, 0]
        keep = math.exp(-len(columns) / self._rate / MEMORY_SECONDS)
        powers = np.square(self._centred.feed(columns), dtype=np.float64).mean(axis=0)
        self._power = keep * self._power + (1 - keep) * powers
        loudest = int(self._power.argmax())
        if self._power[loudest] > LOUDER * self._power[self._chosen]:
            self._chosen = loudest
        return columns[:, self._chosen]


class Resampler:
    """A stream of any rate as one of 16 kHz: a windowed sinc for each place an output sample can have between inputs."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        phases = min(RATE // math.gcd(rate, RATE), MOST_PHASES)
        slower = min(rate, RATE)
        self._half = math.ceil(HALF_WIDTH * rate / slower)
        self._filters = _filters(phases, self._half, slower / rate)
        self._waiting: Sound = np.zeros(self._half - 1, np.float32)
        self._due = 0
        """The next output sample's place, in 1/16000 of an input sample after the first that waits."""

    def feed(self, sound: Sound) -> Sound:
        """What these samples, after all before, give; half a filter's width is still to come."""
        if self._rate == RATE:
            return sound
        waiting = np.concatenate([self._waiting, sound])
        last = len(waiting) - 2 * self._half
        count = max(0, (last * RATE + RATE - 1 - self._due) // self._rate + 1) if last >= 0 else 0
        places = self._due + self._rate * np.arange(count, dtype=np.int64)
        begins, phases = places // RATE, places % RATE * len(self._filters) // RATE
        windows = self._windows(waiting, begins) if count else None
        self._due += self._rate * count
        done = min(self._due // RATE, len(waiting))
        self._waiting, self._due = waiting[done:], self._due - done * RATE
        if windows is None:
            return np.zeros(0, np.float32)
        weights = self._filters[phases] if len(self._filters) > 1 else self._filters
        resampled: Sound = np.einsum("ij,ij->i", windows, weights, dtype=np.float32)
        return resampled

    def _windows(self, waiting: Sound, begins: NDArray[np.int64]) -> Sound:
        """The inputs around each output; those of a multiple of 16 kHz stand evenly, and need no copy."""
        windows = np.lib.stride_tricks.sliding_window_view(waiting, 2 * self._half)
        if len(self._filters) > 1:
            return windows[begins]
        return windows[begins[0] : begins[-1] + 1 : self._rate // RATE]


def _filters(phases: int, half: int, cutoff: float) -> Sound:
    """For each phase the weights of the `2 * half` inputs around an output; `cutoff` as a share of the input's band."""
    distances = np.arange(1 - half, half + 1)[None, :] - np.arange(phases)[:, None] / phases
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (distances / half) ** 2, 0, 1)))
    weights = np.sinc(cutoff * distances) * window
    filters: Sound = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return filters


class Frames:
    """Cuts a stream into frames of one size, whatever the size of what comes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest: Sound = np.zeros(0, np.float32)

    def feed(self, sound: Sound) -> Iterator[Sound]:
        """Each frame that is whole now."""
        if not len(self._rest) and len(sound) == self._size:
            yield sound
            return
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) - len(sound) % self._size
        self._rest = sound[whole:].copy()
        for begin in range(0, whole, self._size):
            yield sound[begin : begin + self._size]
