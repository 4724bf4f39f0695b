"""Walls of letters, words, capitals and marks, brought back to how people talk. Pure."""

import re
import unicodedata

LETTERS = re.compile(r"([^\W\d_])\1{3,}", re.I)
SYLLABLES = re.compile(r"(\w{2,4}?)\1{4,}", re.I)
MARKS = re.compile(r"([^\w\s])\1{3,}")
SHOUTS = re.compile(r"[!?¡¿]{4,}")
SAME_WORDS = re.compile(r"\b([\w'’]+)(?:[\s,.!?]+\1\b){3,}", re.I)
SAME_PHRASE = re.compile(r"\b([\w'’]+(?:[\s,.!?]+[\w'’]+){1,4})(?:[\s,.!?]+\1\b){2,}", re.I)
PILED_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f])[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
LONGEST_WORD = 40
LONGEST_NUMBER = 15
SHOUTED = 0.7
"""Share of capitals from which a sentence is shouted."""


def is_wall(text: str) -> bool:
    """Whether nothing but repetition is left in it: one letter, or few words many times."""
    plain = [word.casefold() for word in re.findall(r"\w+", text)]
    letters = [c for c in text.casefold() if c.isalnum()]
    one_letter = len(letters) >= 6 and len(set(letters)) == 1
    few_words = len(plain) >= 8 and len(set(plain)) <= max(2, len(plain) // 5)
    return one_letter or few_words or any(len(word) > LONGEST_NUMBER and word.isdigit() for word in plain)


def calmed(text: str) -> str:
    """The text without walls: letters and marks at most doubled, words at most twice, no shouting."""
    text = PILED_MARKS.sub(r"\1", text)
    text = SYLLABLES.sub(r"\1\1", LETTERS.sub(r"\1\1", text))
    text = SHOUTS.sub("!", MARKS.sub(r"\1\1\1", text))
    text = SAME_PHRASE.sub(r"\1", SAME_WORDS.sub(r"\1 \1", text))
    kept = [word for word in text.split(" ") if len(word) <= LONGEST_WORD or not _latin(word)]
    return unicodedata.normalize("NFC", _quiet(" ".join(kept)))


def _latin(word: str) -> bool:
    """Words of scripts without spaces are long by nature."""
    return all(ord(c) < 0x250 for c in word)


def _quiet(text: str) -> str:
    letters = [c for c in text if c.isalpha()]
    shouted = sum(c.isupper() for c in letters) > SHOUTED * len(letters)
    if len(letters) < 12 or not shouted or len(text.split()) < 2:
        return text
    low = text.lower()
    return re.sub(r"(^\W*|[.!?]\s+)(\w)", lambda found: found[1] + found[2].upper(), low)
