"""What somebody types into a text setting: what is meant, and what cannot stand there. Pure, any thread.

Only what is changed is held to this. What a file has from elsewhere is loaded, told of (`notice.odd_*`), and stays until
it is changed: a name that was typed wrong once must not keep the dashboard shut in which it could be put right.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from config.words import Told

LONGEST, LONGEST_SECRET, LONGEST_LINES, LONGEST_ENTRY, MOST_ENTRIES = 500, 4000, 20_000, 200, 1000
"""Characters of a text, of a key, of a text that may have several lines, of one entry of a list; and entries."""

TIKTOK_NAME = re.compile(r"(?=\.*\w)[A-Za-z0-9_.]{2,24}")
"""As TikTok gives them, see its help on "Change your username"."""

INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of letters, and separators of lines and paragraphs. Joiners, as in emoji, are none."""


def flaw(described: Mapping[str, Any], value: object) -> Told | None:
    """What cannot stand in this setting (as `describe.shape` has it); None for what is no text, and where all is well."""
    if isinstance(value, str):
        lines = bool(described["multiline"])
        longest = LONGEST_LINES if lines else LONGEST_SECRET if described["secret"] else LONGEST
        return _of_name(value) if described["tiktok_name"] and value else _of_text(value, longest, lines=lines)
    if isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            return Told("typed.many", longest=MOST_ENTRIES, length=len(value))
        found = (_of_text(entry, LONGEST_ENTRY, lines=False) for entry in value if isinstance(entry, str))
        return next(filter(None, found), None)
    return None


def tiktok_name(typed: str) -> str:
    """The bare name in "@name", " name ", "https://www.tiktok.com/@name/live?x=1"; empty where no name is in it."""
    bare = typed.strip()
    if "/@" in bare or "://" in bare:
        bare = bare.partition("/@")[2]
    return re.split(r"[/?#]", bare.lstrip("@").strip(), maxsplit=1)[0]


def _of_text(text: str, longest: int, *, lines: bool) -> Told | None:
    if len(text) > longest:
        return Told("typed.long", longest=longest, length=len(text))
    strange = {letter for letter in text if unicodedata.category(letter) in INVISIBLE}
    if not lines and strange & {*"\r\n"}:
        return Told("typed.lines")
    return Told("typed.control") if strange - ({*"\r\n\t"} if lines else set()) else None


def _of_name(text: str) -> Told | None:
    return None if TIKTOK_NAME.fullmatch(text) else Told("typed.tiktok_name")
