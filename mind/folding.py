"""How a text reads to the eye and the ear: look-alike letters, leetspeak, accents and case folded away. Pure."""

import re
import unicodedata
from dataclasses import dataclass

LOOKALIKES = {
    "a": "аαɑɐᴀ∂ᗩꭺ𐊠",
    "b": "вьƅʙβᏼᗷв",
    "c": "сϲᴄɔςⅽᏟ¢©",
    "d": "ԁɗᴅđꓒᗪðд",
    "e": "еεєҽɘǝᴇ℮ҿɛεэ",
    "f": "ғƒꞙϝɟꜰф",
    "g": "ɡցɢǥԍᏀ",
    "h": "һнʜɥհħዘ",
    "i": "іιıɪɩɨӏꙇї",
    "j": "јϳɉᴊʝ",
    "k": "кκᴋƙʞқҝ",
    "l": "ⅼʟłւɭ∣ǀл",
    "m": "мᴍɱμʍ",
    "n": "пηɴոռи",
    "o": "оοօσøᴏσө੦๐ⲟ०〇",
    "p": "рρᴘþҏ",
    "q": "ԛզϙ",
    "r": "гʀɹᴦя",
    "s": "ѕꜱʂշƽ§",
    "t": "тτᴛʇŧƭ",
    "u": "υսᴜʋ∪ц",
    "v": "ѵνᴠⅴʌ∨",
    "w": "ԝωѡᴡшɯщ",
    "x": "хχ×ҳ",
    "y": "уүγʏʎўұ",
    "z": "ᴢʐƶ",
    "ss": "ßẞ",
    "ae": "æÆ",
    "oe": "œŒ",
}
"""Latin letter -> what can stand for it: Cyrillic, Greek, Armenian, small capitals, turned letters. What Unicode itself
calls a form of a letter (full width, mathematics, circles, accents) is folded before and does not stand here."""

CAPITALS: dict[str, str] = {
    c.upper(): latin.upper() for latin, chars in LOOKALIKES.items() for c in chars if len(c.upper()) == 1
}
UPPER = dict(zip("ВНРСХУΒΗΡΧΥΝ", "BHPCXYBHPXYN", strict=True))
"""Capitals that look like other letters than their small ones do."""
TABLE: dict[int, str] = {
    **{ord(c): latin for c, latin in CAPITALS.items()},
    **{ord(c): latin for latin, chars in LOOKALIKES.items() for c in chars},
    **{ord(c): latin for c, latin in UPPER.items()},
}

LEET_I = str.maketrans("013456789@$!|€+", "oieasgtbgasiiet")
LEET_L: dict[int, int | str] = {**LEET_I, ord("1"): "l", ord("!"): "l", ord("|"): "l"}
WORD = re.compile(r"[@$€]*[A-Za-z0-9]+(?:[@$!|*€+]+[A-Za-z0-9]+)*[@$]*|(?<=\w[ .])[@$!|€](?=[ .]\w)")
REPEAT = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text as the lists know words."""

    forms: tuple[str, ...]
    """How it can be read: small Latin letters and digits, one reading or two (1 as i or as l)."""

    capital: bool
    """It is written like a name or a German noun."""

    odd: bool
    """Digits or signs stand for letters in it: nobody writes an innocent word so."""


def fold(text: str) -> str:
    """The text in plain Latin letters as far as they look like those; case is kept, accents and the unheard go."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text).translate(TABLE)
    return "".join(c for c in decomposed if c < "\x80" or unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cc"})


def words(text: str) -> list[Word]:
    """The words of a folded text, in order."""
    return [_word(found) for found in WORD.findall(text)]


def squeezed(form: str) -> str:
    """Each letter once in a row."""
    return REPEAT.sub(r"\1", form)


def key(text: str) -> str:
    """How an entry of a list is looked up: its words in small letters, one space between."""
    return " ".join(word.forms[0] for word in words(fold(text)))


def _word(found: str) -> Word:
    low = found.lower()
    capital = found[0].isupper() and not (len(found) > 1 and found.isupper())
    if low.isalpha() or low.isdigit():
        return Word((low,), capital, odd=False)
    if len(low) > 1 and not any(c.isalpha() for c in low):
        return Word((re.sub(r"\D", "", low),), capital, odd=False)
    one, other = low.translate(LEET_I), low.translate(LEET_L)
    return Word((one,) if one == other else (one, other), capital, odd=True)
