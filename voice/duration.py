"""How long a line takes to say: an estimate for an avatar that does not tell when it is done.

Pure, any thread. Fitted to the pace of ordinary text-to-speech voices (about 15 letters a second); an avatar that
reports its speech is believed over this.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SECONDS_PER_CHARACTER = {"en": 0.065, "de": 0.068}
BASE_SECONDS = 0.35
"""Until the first sound."""

DIGIT, SYMBOL, IDEOGRAPH = 4.5, 5.0, 3.0
"""How many letters of sound one digit ("seven"), one symbol ("percent") and one ideograph or kana are."""

PAUSES = {**dict.fromkeys(".!?…。！？", 0.3), **dict.fromkeys(",;:–—，、；：", 0.15)}
"""Seconds of silence; only the first mark of a run is one."""

LONGEST_WORD = 24
"""Characters; what is longer is no word, and can be cut."""

_TAG = re.compile(r"\[[\w-]{1,32}\]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line and when it is heard, in seconds after the line was sent."""

    word: str
    start: float
    end: float


def seconds_to_say(text: str, language: str = "en", per_character: float = 0.0) -> float:
    """Seconds from sending this line to its last sound; 0 when nothing in it can be spoken.

    Tags such as [joy] and emoji are silent. `language` is the voice's ("en", "de-AT"); an unknown one counts as
    English. `per_character`: seconds one letter takes, where that is known. More words never take less time.
    """
    letters, pauses = sound_of(text)
    return BASE_SECONDS + letters * (per_character or usual_pace(language)) + pauses if letters else 0.0


def usual_pace(language: str) -> float:
    """Seconds that one letter takes an ordinary voice of this language."""
    return SECONDS_PER_CHARACTER.get(language.lower().partition("-")[0], SECONDS_PER_CHARACTER["en"])


def sound_of(text: str) -> tuple[float, float]:
    """How many letters of sound a line is, and how many seconds of silence stand between them."""
    sounds = list(_sounds(text))
    return sum(letters for _, letters, _ in sounds), sum(pause for *_, pause in sounds)


def word_times(text: str, language: str = "en", per_character: float = 0.0) -> list[Word]:
    """When each spoken word of a line is heard, in order and without overlap; as estimated as `seconds_to_say`."""
    pace, at = per_character or usual_pace(language), BASE_SECONDS
    words: list[Word] = []
    word, start, end = "", at, at
    for character, letters, pause in [*_sounds(text), (" ", 0.0, 0.0)]:
        if character == " ":
            if end > start:
                words.append(Word(word, start, end))
            word, start, end = "", at + letters * pace, at + letters * pace
        word += character.strip()
        at += letters * pace
        end = at if letters and character != " " else end
        at += pause
    return words


def pieces(text: str, longest: float, seconds: Callable[[str], float]) -> tuple[str, str]:
    """The line's beginning that takes at most `longest` seconds, and the rest; cut between words, best after a mark.

    A single word is cut only when it is longer than any word is.
    """
    if seconds(text) <= longest:
        return text, ""
    words = [part[i : i + LONGEST_WORD] for part in text.split() for i in range(0, len(part), LONGEST_WORD)]
    count = max(1, next((n for n in range(1, len(words)) if seconds(" ".join(words[: n + 1])) > longest), len(words)))
    marked = [n for n in range(count, count // 2, -1) if words[n - 1][-1] in PAUSES]
    cut = marked[0] if marked and count < len(words) else count
    return " ".join(words[:cut]), " ".join(words[cut:])


def _sounds(text: str) -> Iterator[tuple[str, float, float]]:
    """Each character without tags and needless spaces: itself, its letters of sound, the seconds of silence after it."""
    before = ""
    for character in _SPACES.sub(" ", _TAG.sub("", text).strip()):
        yield character, _letters(character), 0.0 if before in PAUSES else PAUSES.get(character, 0.0)
        before = character


def _letters(character: str) -> float:
    """How many letters of sound one character is."""
    category = unicodedata.category(character)
    if category == "Nd":
        return DIGIT
    if category in {"Sc", "Sm"} or character in "%&@#":
        return SYMBOL
    if category == "Lo" and unicodedata.east_asian_width(character) == "W":
        return IDEOGRAPH
    return 1.0 if category[0] in "LN" or character == " " else 0.0
