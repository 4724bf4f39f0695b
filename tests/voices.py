"""Sound for tests, made when they run: a voice that detectors of speech take for one, and what must not pass for it.

The voice is a sum of harmonics under moving formants with hissing consonants between: the same seed gives the same words.
"""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Sound = NDArray[np.float64]

VOWELS = {  # formants in Hz, after the averages that Peterson and Barney measured for men
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
WIDTHS = (80.0, 100.0, 140.0)


def talk(seconds: float, seed: int = 0, pitch: float = 120.0) -> Sound:
    """About so many seconds of babble without a pause, peak 1."""
    random = np.random.default_rng(seed)
    parts = [np.zeros(0)]
    while sum(map(len, parts)) < seconds * RATE:
        if random.random() < 0.4:
            parts.append(_hiss(random, random.uniform(0.05, 0.09)))
        parts.append(_vowels(random, pitch, random.uniform(0.16, 0.34)))
    sound = np.concatenate(parts)[: round(seconds * RATE)]
    sound[-400:] *= np.linspace(1, 0, 400)
    return sound / np.abs(sound).max()


def _vowels(random: np.random.Generator, pitch: float, seconds: float) -> Sound:
    """From one vowel to another under a falling melody."""
    count = round(seconds * RATE)
    one, other = random.choice(list(VOWELS), 2)
    way = np.linspace(0, 1, count)
    formants = [a + (b - a) * way for a, b in zip(VOWELS[one], VOWELS[other], strict=True)]
    tone = pitch * random.uniform(0.85, 1.2) * (1.08 - 0.16 * way) * (1 + 0.01 * np.sin(2 * np.pi * 5 * way * seconds))
    phase = 2 * np.pi * np.cumsum(tone) / RATE + 0.02 * np.cumsum(random.standard_normal(count)) / 10
    sound = np.zeros(count)
    for number in range(1, int(3800 / pitch)):
        height = number * tone
        gain = sum(g / (1 + ((height - f) / w) ** 2) for f, w, g in zip(formants, WIDTHS, (1, 0.6, 0.25), strict=True))
        sound += (gain + 0.02) / number**0.5 * np.sin(number * phase)
    sound += 0.01 * random.standard_normal(count)
    return sound * np.minimum(1, np.minimum(way, 1 - way) * seconds / 0.03)


def _hiss(random: np.random.Generator, seconds: float) -> Sound:
    noise = np.diff(random.standard_normal(round(seconds * RATE) + 1))
    return 0.15 * noise * np.hanning(len(noise))


def typing(seconds: float, seed: int = 0) -> Sound:
    """Keys: clicks of a few milliseconds with the thump of the desk under them, peak 1."""
    random, sound = np.random.default_rng(seed), np.zeros(round(seconds * RATE))
    at = 0.2
    while at < seconds - 0.2:
        for gain, shift in ((1.0, 0.0), (0.5, random.uniform(0.05, 0.09))):
            count = round(random.uniform(0.006, 0.03) * RATE)
            fade = np.exp(-np.arange(count) / (count / 5))
            click = np.diff(random.standard_normal(count + 1)) * fade
            thump = 0.3 * np.sin(2 * np.pi * random.uniform(120, 260) * np.arange(count) / RATE) * fade
            begin = round((at + shift) * RATE)
            sound[begin : begin + count] += gain * (click + thump)
        at += random.exponential(0.15) + 0.05
    return sound / np.abs(sound).max()


def mouse(seconds: float, seed: int = 0) -> Sound:
    """Double clicks and thumps against the desk, peak 1."""
    random, sound = np.random.default_rng(seed), np.zeros(round(seconds * RATE))
    at = 0.3
    while at < seconds - 0.4:
        thump = random.random() < 0.3
        count = round((random.uniform(0.08, 0.25) if thump else 0.008) * RATE)
        fade = np.exp(-np.arange(count) / (count / 5))
        tone = np.sin(2 * np.pi * random.uniform(45, 110) * np.arange(count) / RATE)
        sound[round(at * RATE) :][:count] += (tone if thump else random.standard_normal(count) / 3) * fade
        at += random.exponential(0.5) + 0.08
    return sound / np.abs(sound).max()


def music(seconds: float, seed: int = 0) -> Sound:
    """Plucked chords over a bass with a high hat, peak 1."""
    random, sound = np.random.default_rng(seed), np.zeros(round(seconds * RATE))
    beat = 60 / random.uniform(90, 150)
    for step in range(int(seconds / beat) - 1):
        root = 110 * 2 ** (random.choice([0, 3, 5, 7]) / 12)
        time = np.arange(round(beat * RATE)) / RATE
        for factor in (1, 2, 2 ** (16 / 12), 2 ** (19 / 12)):
            note = sum(np.sin(2 * np.pi * root * factor * n * time) / n for n in range(1, 6))
            sound[round(step * beat * RATE) :][: len(time)] += note * np.exp(-time * 4)
        hat = random.standard_normal(400) * np.exp(-np.arange(400) / 60)
        sound[round((step + 0.5) * beat * RATE) :][:400] += hat
    return sound / np.abs(sound).max()


def breath(seconds: float, seed: int = 0) -> Sound:
    """In and out, close to the microphone, peak 1."""
    random, sound = np.random.default_rng(seed), np.zeros(round(seconds * RATE))
    at = 0.3
    while at < seconds - 2.2:
        count = round(random.uniform(0.6, 1.8) * RATE)
        rush = np.convolve(random.standard_normal(count), np.ones(4) / 4, "same")
        sound[round(at * RATE) :][:count] += rush * np.hanning(count) * random.uniform(0.5, 1)
        at += count / RATE + random.uniform(0.2, 0.8)
    return sound / np.abs(sound).max()


def fan(seconds: float, seed: int = 0) -> Sound:
    """Brown noise with a hum, peak 1."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    heights = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    sound = np.fft.irfft(spectrum / heights**0.8, count)
    hum = np.sin(2 * np.pi * 100 * np.arange(count) / RATE)
    sound = sound / sound.std() + hum
    return sound / np.abs(sound).max()


NOISES = {"typing": typing, "mouse": mouse, "music": music, "breath": breath, "fan": fan}


def hush(count: int, seed: int = 0, dbfs: float = -70.0) -> Sound:
    """The microphone's own noise."""
    return np.random.default_rng(seed).standard_normal(count) * 10 ** (dbfs / 20)


def blocks(sound: Sound) -> bytes:
    """As a driver delivers it: int16, one channel."""
    return (np.clip(sound, -1, 1) * 32767).round().astype("<i2").tobytes()


def write(path: Path, sound: Sound, rate: int = RATE) -> Path:
    """A wav of it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(blocks(sound))
    return path
