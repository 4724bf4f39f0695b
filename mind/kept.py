"""Answers that may be given again: to whom, for how long, and when they must not. Pure.

An answer is kept only when no data of a viewer went into it or came out of it: nothing was known about who asked, and
no part of their name is in the answer. Its key is the whole prompt as a nameless stranger would have caused it - the
normalised question, persona, whatever stood around it - with model and server, so that any change asks anew.
"""

import hashlib
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

PARTS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class _Answer:
    sentences: tuple[str, ...]
    asker: str
    born: float


@dataclass(slots=True)
class KeptAnswers:
    """The least recently used goes first."""

    _answers: OrderedDict[str, _Answer] = field(default_factory=OrderedDict)

    def find(self, key: str, now: float, ttl: float) -> tuple[str, ...]:
        """The sentences that were kept under this key at most `ttl` seconds ago; none when there are none."""
        answer = self._answers.get(key)
        if answer is None:
            return ()
        if now - answer.born >= ttl:
            del self._answers[key]
            return ()
        self._answers.move_to_end(key)
        return answer.sentences

    def keep(self, key: str, sentences: tuple[str, ...], *, asker: str, now: float, size: int) -> None:
        """From now on; of all only the last `size` are kept."""
        self._answers[key] = _Answer(sentences, asker, now)
        self._answers.move_to_end(key)
        while len(self._answers) > size:
            self._answers.popitem(last=False)

    def forget(self, *people: str) -> None:
        """Drop what who has one of these names asked for, and what names them."""
        for key, answer in list(self._answers.items()):
            if answer.asker in people or names(" ".join(answer.sentences), people):
                del self._answers[key]


def key_of(*parts: str) -> str:
    """One name for all of them."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def normalised(question: str) -> str:
    """The question without what makes no other one of it: case, width, blanks, signs at its ends."""
    folded = " ".join(unicodedata.normalize("NFKC", question).casefold().split())
    ends = [i for i, c in enumerate(folded) if c.isalnum()]
    return folded[ends[0] : ends[-1] + 1] if ends else folded


def names(answer: str, people: Iterable[str]) -> bool:
    """Whether something of these names is in the answer, also spelled out or as part of another word."""
    letters = "".join(PARTS.findall(_folded(answer)))
    words = set(PARTS.findall(_folded(answer)))
    for person in people:
        for part in PARTS.findall(_folded(person)):
            # a single letter of an alphabet is in every answer; a single sign of another script may be a name
            if part in words or ((len(part) > 1 or not part.isascii()) and part in letters):
                return True
    return False


def _folded(text: str) -> str:
    """Letters without accents, small."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c))
