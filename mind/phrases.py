"""Parts of sentences in the pal's languages: numbers, lists that end in "and two more", presents, lengths of time. Pure."""

from collections.abc import Sequence
from types import MappingProxyType

WORDS = MappingProxyType(
    {
        "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        "de": ("", "eine", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    }
)
AND = MappingProxyType({"en": "and", "de": "und"})
MORE = MappingProxyType({"en": "more", "de": "weitere"})
PRESENTS = MappingProxyType({"en": "gifts", "de": "Geschenke"})
ROSES = MappingProxyType({"Rose": "Rosen", "Rosa": "Rosen"})
"""German plurals follow no rule that a gift's name tells; where none is known, "times" does."""

SPANS = MappingProxyType(
    {
        "en": (("a day", "days"), ("a week", "weeks"), ("a month", "months"), ("a year", "years")),
        "de": (("ein Tag", "Tage"), ("eine Woche", "Wochen"), ("ein Monat", "Monate"), ("ein Jahr", "Jahre")),
    }
)
DAY = 86_400.0
DAYS = (1, 7, 30, 365)
FROM = (0, 14, 60, 365)
"""Days from which days, weeks, months, years are counted."""


def number(count: int, language: str) -> str:
    """In words up to twelve; large ones with the language's separator."""
    if 0 < count < len(WORDS[language]):
        return WORDS[language][count]
    return f"{count:,}".replace(",", "." if language == "de" else ",")


def people(names: Sequence[str], everybody: int, separator: str, language: str) -> str:
    """These names, and how many more there are of `everybody`."""
    rest = everybody - len(names)
    if rest > 0:
        return f"{separator.join(names)} {AND[language]} {number(rest, language)} {MORE[language]}"
    *firsts, last = names
    return f"{separator.join(firsts)} {AND[language]} {last}" if firsts else last


def presents(gifts: Sequence[str], count: int, language: str) -> str:
    """`count` (two or more) pieces of these gifts, which are named when they are of one sort."""
    if len(set(gifts)) > 1:
        return f"{count} {PRESENTS[language]}"
    gift = gifts[0]
    if language == "de":
        return f"{count} {ROSES[gift]}" if gift in ROSES else f"{count} mal {gift}"
    return f"{count} {_plural(gift)}"


def span(seconds: float, language: str) -> str:
    """A length of time of a day or more, coarsely: "two weeks"."""
    days = max(1, int(seconds / DAY))
    unit = max(i for i, least in enumerate(FROM) if days >= least)
    count = days // DAYS[unit]
    one, many = SPANS[language][unit]
    return one if count == 1 else f"{number(count, language)} {many}"


def _plural(gift: str) -> str:
    """Of an English noun."""
    last = gift[-1:].lower()
    if not last.isascii() or not last.isalpha():
        return f"times {gift}"
    if last == "y" and gift[-2:-1].lower() not in set("aeiou"):
        return f"{gift[:-1]}ies"
    return f"{gift}es" if gift.lower().endswith(("s", "x", "z", "ch", "sh")) else f"{gift}s"
