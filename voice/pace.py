"""How quick this avatar's voice is: learned from what Animaze tells, kept beside the settings. Bot's loop.

What is learned is the seconds one letter takes, for each avatar and language: the median of the last lines, within what
a voice can be. The file is small and only saves a new stream its first sentences: a damaged one is set aside unread.
"""

import json
import logging
from collections import deque
from pathlib import Path
from statistics import median
from typing import Any

from config.files import read_text, write_text
from config.problems import SettingsError
from settings import Settings
from voice.duration import BASE_SECONDS, seconds_to_say, sound_of

log = logging.getLogger(__name__)

FILE = "voice_pace.json"
QUICKEST, SLOWEST = 0.025, 0.2
"""Seconds a letter: outside of this no voice can be followed, so it was no speech that was measured."""

TELLING = 40
"""Letters from which a line is worth learning from: the end is told up to a second late."""

SAMPLES, ENOUGH, VOICES = 15, 3, 50


class Pace:
    """Estimates how long lines take, the better the more it has heard. `file` None: nothing is kept."""

    def __init__(self, settings: Settings, file: Path | None = None) -> None:
        self._settings, self._file = settings, file
        self._avatar = ""
        self._voices: dict[str, deque[float]] = _loaded(file) if file else {}
        self._news = False

    def seconds(self, text: str) -> float:
        """Seconds from sending this line to its last sound."""
        return seconds_to_say(text, self._settings.style.language, self.per_character())

    def per_character(self) -> float:
        """Seconds one letter takes this voice: as set, else as learned, else 0 for not known."""
        samples = self._voices.get(self._voice, ())
        return self._settings.speech.seconds_per_character or (median(samples) if len(samples) >= ENOUGH else 0.0)

    def learn(self, text: str, seconds: float) -> None:
        """This line took so long, from its message to its last sound."""
        letters, pauses = sound_of(text)
        if letters < TELLING:
            return
        sample = (seconds - BASE_SECONDS - pauses) / letters
        if QUICKEST <= sample <= SLOWEST:
            self._voices.setdefault(self._voice, deque(maxlen=SAMPLES)).append(round(sample, 4))
            self._news = True

    def meet(self, avatar: str) -> None:
        """Another avatar speaks from here on."""
        self._avatar = avatar[:64]

    def save(self) -> None:
        """Write what is new. A file that cannot be written costs only what was learned."""
        if self._file is None or not self._news:
            return
        newest = dict(list(self._voices.items())[-VOICES:])
        content = {"seconds_per_character": {voice: list(samples) for voice, samples in newest.items()}}
        try:
            write_text(self._file, json.dumps(content, indent=1))
        except SettingsError as error:
            log.warning("the pace of the voice is not kept: %s", error)
        self._news = False

    @property
    def _voice(self) -> str:
        return f"{self._settings.style.language}/{self._avatar}"


def _loaded(file: Path) -> dict[str, deque[float]]:
    try:
        text = read_text(file)
        return _voices(json.loads(text)) if text else {}
    except (SettingsError, ValueError, RecursionError):
        log.warning("%s cannot be read; the pace of the voice is learned anew", file.name)
        return {}


def _voices(content: Any) -> dict[str, deque[float]]:
    """What of the file's content can be believed. Raises ValueError when it is something else."""
    match content:
        case {"seconds_per_character": dict(voices)}:
            lists = {voice: samples for voice, samples in voices.items() if isinstance(samples, list)}
            return {voice: deque(filter(_possible, samples), SAMPLES) for voice, samples in lists.items()}
    raise ValueError("no paces")


def _possible(sample: object) -> bool:
    return isinstance(sample, float) and QUICKEST <= sample <= SLOWEST
