"""How long a line takes to say: an estimate for an avatar that does not tell when it is done.

Pure, any thread. Fitted to the pace of ordinary text-to-speech voices (about 15 letters a second); an avatar that
reports its speech is believed over this.
"""

import re
import unicodedata

SECONDS_PER_CHARACTER = {"en": 0.065, "de": 0.068}
BASE_SECONDS = 0.35
"""Until the first sound."""

DIGIT, SYMBOL, IDEOGRAPH = 4.5, 5.0, 3.0
"""How many letters of sound one digit ("seven"), one symbol ("percent") and one ideograph or kana are."""

PAUSES = {**dict.fromkeys(".!?…。！？", 0.3), **dict.fromkeys(",;:–—，、；：", 0.15)}
"""Seconds of silence; only the first mark of a run is one."""

_TAG = re.compile(r"\[[\w-]{1,32}\]")
_SPACES = re.compile(r"\s+")


def seconds_to_say(text: str, language: str = "en") -> float:
    """Seconds from sending this line to its last sound; 0 when nothing in it can be spoken.

    Tags such as [joy] and emoji are silent. `language` is the voice's ("en", "de-AT"); an unknown one counts as
    English. More words never take less time.
    """
    letters, pauses, before = 0.0, 0.0, ""
    for character in _SPACES.sub(" ", _TAG.sub("", text).strip()):
        letters += _letters(character)
        if before not in PAUSES:
            pauses += PAUSES.get(character, 0.0)
        before = character
    if not letters:
        return 0.0
    pace = SECONDS_PER_CHARACTER.get(language.lower().partition("-")[0], SECONDS_PER_CHARACTER["en"])
    return BASE_SECONDS + letters * pace + pauses


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
