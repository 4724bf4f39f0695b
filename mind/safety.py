"""What can be spoken at all: one clean line. Pure; what may be spoken is the affair of `mind/gate.py`.

Animaze reads a message that begins with `-` as a command (`-chatConfig` rewires its chat model), and speaks what is
left of it; so no line of ours may begin with one, contain one, or span two lines. Wire fact: vendor's ChatPal manual.
"""

import re
import unicodedata
from functools import lru_cache

LINK = re.compile(
    r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|gg|tv|me|ly|de|at|ch|uk|eu|info|xyz|app|dev|shop|link|live|ru|to|cc|co|be)\b(?:/\S*)?"
)
COMMAND = re.compile(r"(?i)[-‐‑‒–—―−﹣－]+\s*(?:echo|chat\s*config)")
TAG = re.compile(r"\[[^\[\]]{0,40}\]")
MARKUP = str.maketrans("", "", "*`~<>|\\{}[]")
HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,9} ?/?>")
LOOSE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])|#(?!\d)")
"""Underscores that frame words and signs before headings; `user_7` and `#3` are meant as they stand."""
DASHES = "-‐‑‒–—―−﹣－"
SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Zl", "Zp"})
"""Categories that say nothing: control, format (bidi), surrogates, private, unassigned, emoji, modifiers."""
PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - {"^", "`"}
"""What stays as it is; nearly every sentence is made of nothing else."""

WIDE_MARKS = "，！？：；（）"
"""Chinese and Japanese marks that a voice needs for its pauses."""

NAME_LENGTH = 24
DELIMITERS = str.maketrans("<＜﹤>＞﹥", "‹‹‹›››")
"""What would end or begin viewer data in a prompt, also in forms that are read as it; and what stands for it."""


def has_link(text: str) -> bool:
    """Whether the text holds an address, with or without its http."""
    return LINK.search(unicodedata.normalize("NFKC", text)) is not None


def speakable(text: str, limit: int) -> str:
    """The text as one safe line of at most `limit` characters that ends at a word, or "" when nothing is left to say."""
    line, before = plain(text), None
    while line != before:  # what is taken out or cut off may bring together what must not be said
        before = line
        line = COMMAND.sub(" ", TAG.sub(" ", LINK.sub(" ", HTML.sub("", line))))
        line = " ".join(plain(LOOSE.sub(" ", line.translate(MARKUP))).split()).lstrip(DASHES + " ")
        line = line if len(line) <= limit else line[: limit + 1].rsplit(" ", 1)[0][:limit].rstrip()
    return line if any(c.isalnum() for c in line) else ""


def spoken_name(nickname: str, fallback: str) -> str:
    """A display name that can be said: letters and digits, short; `fallback` when nothing of it can be said."""
    bare = COMMAND.sub(" ", LINK.sub(" ", plain(nickname)))
    words = " ".join(re.sub(r"[^\w' -]|_", " ", bare).split()).strip("' -")
    short = words if len(words) <= NAME_LENGTH else words[: NAME_LENGTH + 1].rsplit(" ", 1)[0][:NAME_LENGTH].rstrip()
    return short if any(c.isalpha() for c in short) else fallback


def as_data(text: str, limit: int) -> str:
    """Viewer text for a prompt: one line, no control or bidi characters, at most `limit` characters, no delimiters."""
    kept = text if text.isascii() and text.isprintable() else "".join(map(_kept, text))
    return " ".join(kept.translate(DELIMITERS).split())[:limit]


@lru_cache(maxsize=4096)
def _kept(character: str) -> str:
    """What of one character a prompt may hold; emoji tell something there."""
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in SILENT - {"So", "Sk"} else character


def plain(text: str) -> str:
    """Compatibility forms folded (full-width commands and fancy letters become plain ones), nothing inaudible left."""
    if PLAIN.issuperset(text):
        return text
    return unicodedata.normalize("NFC", "".join(map(_heard, text)))


@lru_cache(maxsize=4096)
def _heard(character: str) -> str:
    """What of one character can be heard: itself, its plain form, a blank, or nothing."""
    folded = character if character in WIDE_MARKS else unicodedata.normalize("NFKC", character)
    spaced = (" " if c.isspace() or unicodedata.category(c) in {"Zl", "Zp", "Cc"} else c for c in folded)
    return "".join(c for c in spaced if c == " " or unicodedata.category(c) not in SILENT)
