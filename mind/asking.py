"""When two comments ask the same: case, signs, filler words, usual spellings and small typos aside. Pure, any thread.

A comment becomes its gist, a short tuple of words in their order. English and German words are known; other scripts
are compared by their letters alone. What a viewer asks about themselves ("my cat") is nobody else's question.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise, zip_longest

WORD = re.compile(r"\w+")
APOSTROPHE = re.compile(r"(?<=\w)['’`´](?=\w)")
TWICE = re.compile(r"([^\W\d_])\1+")
LONGEST = 60
"""Words of a comment that count; TikTok's comments are shorter."""

FILLERS = frozenset(
    """a an the this that these those is are am be being been it its do does please pls plz hey hi hello yo bro dude man
    guys chat everyone um uh er hm hmm well so just really actually right now lol ok okay and like also btw
    der das den dem des ein eine einen einem einer eines ist sind bist es bitte mal denn eigentlich doch ja halt eben
    jetzt gerade schon also und na ne hallo leute digga alter bruder dieses diese dieser diesen diesem""".split()  # noqa: SIM905 - so that it can be read
)
"""Words that change nothing about what is asked."""

SPELLINGS = {
    "whats": "what", "wats": "what", "wat": "what", "wut": "what", "waht": "what", "which": "what", "wich": "what",
    "whos": "who", "hows": "how", "hwo": "how", "wheres": "where", "whens": "when", "whys": "why", "y": "why",
    "u": "you", "ya": "you", "yu": "you", "yuo": "you", "youre": "you", "ur": "your", "r": "are", "pic": "picture",
    "tho": "though", "cuz": "because", "favorite": "favourite", "fav": "favourite", "color": "colour", "gonna": "going",
    "welche": "welch", "welcher": "welch", "welches": "welch", "welchen": "welch", "welchem": "welch",
    "wasn": "was", "nen": "ein", "ne": "ein", "nem": "ein", "aufm": "auf", "fuer": "fur", "gehts": "geht",
}  # fmt: skip
"""How chat writes words, and how they are compared; "which" and "what" ask the same."""

OPENERS = tuple(
    tuple(line.split())
    for line in (
        "can you tell me", "could you tell me", "do you know", "tell me", "i want to know", "i wanna know", "quick question",
        "kannst du mir sagen", "kannst du sagen", "sag mir", "sag mal", "sagt mal", "weisst du", "ich will wissen",
        "kurze frage", "frage",
    )
)  # fmt: skip
"""Words before a question that are not part of it."""

OWN = frozenset("my mine me myself mein meine meinem meinen meiner meines meins mir mich".split())  # noqa: SIM905
SPEAKERS = frozenset("i im ive id ill ich we were wir".split())  # noqa: SIM905
OWN_PAIRS = frozenset({("am", "i"), ("bin", "ich"), ("heisse", "ich")})


def _once(word: str) -> str:
    """Each letter once in a row: chat writes sooo, and leaves out the second of two."""
    return TWICE.sub(r"\1", word)


_FILLERS = frozenset(map(_once, FILLERS))
_SPELLINGS = {_once(written): _once(meant) for written, meant in SPELLINGS.items()}
_OPENERS = tuple(tuple(map(_once, opener)) for opener in OPENERS)


@dataclass(frozen=True, slots=True)
class Gist:
    """What a comment asks."""

    words: tuple[str, ...] = ()
    """Empty when it holds no word: then it is like no other."""

    own: bool = False
    """It is about who asks."""

    exact: bool = False
    """Somebody speaks of themselves in it: a letter more or less may be another name, and no typo."""


def gist(text: str, names: Collection[str] = ()) -> Gist:
    """What is asked. `names`: words by which the pal is called, which are fillers too."""
    spoken = _words(text)
    asked = _without_opener(spoken)
    own = not OWN.isdisjoint(asked) or any(pair in OWN_PAIRS for pair in pairwise(asked))
    skipped = _FILLERS | {word for name in names for word in _words(name)}
    meant = [_SPELLINGS.get(word, word) for word in asked]
    kept = [word for word in meant if word not in skipped] or meant
    exact = own or not SPEAKERS.isdisjoint(asked)
    return Gist(tuple(kept), own, exact)


def alike(one: Gist, other: Gist) -> bool:
    """Whether one answer answers both. Numbers must be the same, and typos must be small and few."""
    if not one.words or one.own != other.own or len(one.words) != len(other.words):
        return False
    if one.exact or other.exact:
        return one.words == other.words
    different = [(a, b) for a, b in zip(one.words, other.words, strict=True) if a != b]
    return len(different) <= -(-len(one.words) // 3) and all(_typo(a, b) for a, b in different)


def _words(text: str) -> list[str]:
    """Small letters without accents, each once in a row, so that "für" and "fur", "Größe" and "grosse" are one each."""
    folded = unicodedata.normalize("NFKD", APOSTROPHE.sub("", unicodedata.normalize("NFKC", text))).casefold()
    plain = "".join(c for c in folded if not "\u0300" <= c <= "\u036f")
    return [_once(word) for word in WORD.findall(unicodedata.normalize("NFC", plain))[:LONGEST]]


def _without_opener(words: list[str]) -> list[str]:
    rest = words
    while rest and rest[0] in _FILLERS:
        rest = rest[1:]
    for opener in _OPENERS:
        if tuple(rest[: len(opener)]) == opener and len(rest) > len(opener):
            return rest[len(opener) :]
    return words


def _typo(one: str, other: str) -> bool:
    """Two letters swapped, one left out, or one of a long word mistyped; never in a number, never the first letter."""
    if not (one.isalpha() and other.isalpha()):
        return False
    short, long = sorted((one, other), key=len)
    start = next(i for i, (a, b) in enumerate(zip_longest(short, long)) if a != b)
    if len(short) == len(long):
        if short[start + 2 :] == long[start + 2 :] and short[start : start + 2] == long[start : start + 2][::-1]:
            return len(short) > 2
        return len(short) > 6 and start > 0 and short[start + 1 :] == long[start + 1 :]
    return len(long) > 5 and start > 0 and short[start:] == long[start + 1 :]
