"""The emotions a model may write, as tags of the avatar: `[joy] Hi!` is said as `Hi!` with the avatar's joy. Pure.

Nothing in square brackets is ever spoken. A tag of the streamer's table becomes the avatar's tag of it, all others are
left out; what reaches the avatar is a word of that table and never text that a viewer or a model wrote.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import replace

from events import Utterance
from settings import Settings

log = logging.getLogger(__name__)

WORDS = r"[^\W_]+(?:[ _-][^\W_]+)*"
ENTRY = re.compile(rf"\s*({WORDS})\s*=\s*({WORDS})\s*")
"""`happy=joy`: what the model writes, the tag that the avatar knows. No sign that could begin a command of its own."""

LONGEST = 32
BRACKETS = re.compile(r"[\[［【]([^\[\]［］【】]{0,200})[\]］】]")
HALF = re.compile(r"[\[［]\s*([^\W_][\w-]{0,31})\b:?(?![^\[\]［］]*[\]］])")
"""A tag that was never closed, or that the end of a line cut off."""


class Emotions:
    """Reads emotions by the settings as they are at that moment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: tuple[tuple[str, ...], dict[str, str]] = ((), {})

    @property
    def known(self) -> dict[str, str]:
        """Word of the model -> tag of the avatar; nothing when emotions are off."""
        return self._table() if self._settings.style.emotions else {}

    def read(self, line: Utterance) -> Utterance:
        """The line without tags, and with the first emotion among them that the avatar has; one it had before stays."""
        if not any(bracket in line.text for bracket in "[［【"):
            return line
        words = [found.strip().casefold() for found in (*BRACKETS.findall(line.text), *HALF.findall(line.text))]
        emotion = next((self.known[word] for word in words if word in self.known), "")
        return replace(line, text=self.without(line.text), emotion=line.emotion or emotion)

    def without(self, text: str) -> str:
        """The text without tags, whole or half."""
        named = self._table()
        bare = HALF.sub(lambda found: " " if found[1].casefold() in named else found[0], without_tags(text))
        return " ".join(bare.split())

    def _table(self) -> dict[str, str]:
        entries = tuple(self._settings.animaze.emotions)
        if self._read[0] != entries:
            self._read = entries, _table(entries)
        return self._read[1]


def without_tags(text: str) -> str:
    """The text without what stands in square brackets; blanks in their place, so that nothing grows together."""
    before = None
    while text != before:
        before, text = text, BRACKETS.sub(" ", text)
    return " ".join(text.split())


def _table(entries: Iterable[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for entry in entries:
        found = ENTRY.fullmatch(entry)
        if found and len(found[1]) <= LONGEST and len(found[2]) <= LONGEST:
            table[found[1].casefold()] = found[2]
        else:
            log.warning("an entry of animaze.emotions is no `word=tag` and is left out")
    return table
