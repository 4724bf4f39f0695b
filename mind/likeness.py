"""Whether two sentences say the same: equal words, or so nearly that a listener hears a repetition. Pure, any thread."""

import re

SHORTEST = 5
"""Words that a sentence needs to be nearly another: in a short one each word counts."""

ALIKE = 0.85
"""Share of common words from which two sentences say the same."""

_TAG = re.compile(r"\[[\w-]{1,32}\]")
_WORD = re.compile(r"\w+")


def says_the_same(one: str, other: str) -> bool:
    """Whether hearing both would be hearing one twice.

    A name or a number that only one of them has makes them different; so does any word of a short sentence.
    """
    first, second = _words(one), _words(other)
    if [word.casefold() for word in first] == [word.casefold() for word in second]:
        return bool(first)
    if min(len(first), len(second)) < SHORTEST:
        return False
    left, right = {word.casefold(): word for word in first}, {word.casefold(): word for word in second}
    apart = left.keys() ^ right.keys()
    if any(_counts((left | right)[word]) for word in apart):
        return False
    return 1 - len(apart) / len(left.keys() | right.keys()) >= ALIKE


def _words(text: str) -> list[str]:
    """The words as written, but for the first: a capital there says nothing."""
    found = _WORD.findall(_TAG.sub(" ", text))
    return [found[0].casefold(), *found[1:]] if found else []


def _counts(word: str) -> bool:
    """A name or number: with another one the sentence says something else."""
    return any(c.isupper() or c.isdigit() for c in word)
