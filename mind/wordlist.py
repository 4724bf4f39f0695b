"""Bad words in a text: whole words with their endings, parts of words, phrases; also spelled out, split, repeated.

Pure once loaded; the lists lie in `mind/words/` and are read once. What may be said and what not is decided there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from mind.folding import Word, fold, key, squeezed, words
from mind.tongue import KNOWN, languages

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "de", "es", "fr")
GUESTS = ("es", "fr")
"""Languages whose public lists hold too many everyday words of other languages: they count at home only."""

ENDINGS = {
    "en": ("s", "ing"),
    "de": ("e", "en", "n", "s", "es", "er", "ern", "t"),
    "es": ("s", "es"),
    "fr": ("s", "e", "es", "x"),
}
HISSING = ("s", "x", "z", "ch", "sh")
MET = 10_000
APART = 8
"""Pieces that one word may be split into."""

INNER_MARKS = re.compile(r"(?<=[^\W\d_])[-._·•~^,:;/|]+(?=[^\W\d_])")
WILD = re.compile(r"[*+]+")


@dataclass(frozen=True, slots=True)
class Home:
    """Where a word bites."""

    languages: frozenset[str]
    unless_capital: bool = False


@dataclass(slots=True)
class WordList:
    """The lists of one mode, ready to be searched. A word maps to the entry it comes from."""

    whole: dict[str, str] = field(default_factory=dict)
    exact: dict[str, str] = field(default_factory=dict)
    starts: dict[int, dict[str, str]] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    home: dict[str, Home] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    allowed_phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    squeezed: dict[str, str] = field(default_factory=dict)
    _met: dict[str, str] = field(default_factory=dict, repr=False)
    """What was found about words already seen: people use the same ones all evening."""

    def add(self, entry: str, endings: Iterable[str] = (), home: Home | None = None) -> None:
        """Take in one entry as the lists write it."""
        if entry.startswith("="):
            self.exact[entry[1:].casefold()] = entry
            return
        name = key(entry.strip("*"))
        if " " in name:
            self._add_phrase(name, entry)
        elif entry.endswith("*") and entry.startswith("*"):
            self.inside[name] = entry
        elif entry.endswith("*"):
            self.starts.setdefault(len(name), {})[name] = entry
        elif entry.startswith("*"):
            self.ends[name] = entry
        for form in _inflected(name, endings) if " " not in name else ():
            if home and not self._begins_or_holds(form):
                self.home.setdefault(form, home)
            self.whole.setdefault(form, entry)

    def allow(self, entry: str) -> None:
        """Never find this word or phrase."""
        name = key(entry)
        first, *rest = name.split() or [""]
        if rest:
            self.allowed_phrases.setdefault(first, []).append((first, *rest))
        else:
            self.allowed.add(name)

    def seal(self) -> None:
        """Prepare what depends on the whole: repeats within longer words."""
        for form, entry in self.whole.items():
            if len(form) >= 4 and form not in self.home:
                self.squeezed.setdefault(squeezed(form), entry)

    def find(self, text: str, language: str) -> str:
        """The first entry that bites in this text, or "". `language` counts where the text does not tell its own."""
        found = self._unmasked(words(fold(text)))
        if not found:
            return ""
        here: frozenset[str] | None = None
        for entry, form, word in self._suspects(found):
            home = self.home.get(form) if not word.odd else None
            if home is None:
                return entry
            here = here or languages((f for w in found for f in w.forms), language)
            if home.languages & here and not (home.unless_capital and word.capital):
                return entry
        return self._exact(text) or self._phrase(found) or self._apart(found) or self._hyphened(text)

    def _suspects(self, found: list[Word]) -> Iterator[tuple[str, str, Word]]:
        for word in found:
            for form in word.forms:
                if form not in self.allowed and (entry := self._one(form)):
                    yield entry, form, word

    def _one(self, form: str) -> str:
        """The entry this single word is, holds, or hides behind repeated letters."""
        if form not in self._met:
            if len(self._met) >= MET:
                self._met.clear()
            self._met[form] = self._judged(form)
        return self._met[form]

    def _judged(self, form: str) -> str:
        if entry := self.whole.get(form):
            return entry
        for length, starts in self.starts.items():
            if entry := starts.get(form[:length]):
                return entry
        for part, entry in self.inside.items():
            if part in form:
                return entry
        if len(form) > 4:
            for part, entry in self.ends.items():
                if form.endswith(part):
                    return entry
        return self._wild(form) if "*" in form or "+" in form else self._repeated(form)

    def _begins_or_holds(self, form: str) -> bool:
        """Whether another entry, one that bites everywhere, has this word already."""
        started = any(form[:length] in starts for length, starts in self.starts.items())
        return form in self.whole or started or any(part in form for part in self.inside)

    def _repeated(self, form: str) -> str:
        once = squeezed(form)
        if once == form:
            return ""
        stretched = any(c * 3 in form for c in set(form))
        if stretched and (entry := self.squeezed.get(once)):
            return entry
        if once in self.allowed:
            return ""
        plain = self._one(once) if len(once) >= 4 and once not in self.home else ""
        return plain if stretched or once in self.whole else ""

    def _wild(self, form: str) -> str:
        """A word with its middle starred out."""
        pattern = re.compile(WILD.sub(lambda stars: "." * len(stars[0]), form))
        return next(
            (self.whole[w] for w in self.whole if w not in self.home and len(w) > 2 and pattern.fullmatch(w)), ""
        )

    def _exact(self, text: str) -> str:
        plain = re.findall(r"\w+", text.casefold()) if self.exact and not text.isascii() else []
        return next((self.exact[w] for w in plain if w in self.exact), "")

    def _phrase(self, found: list[Word]) -> str:
        forms = [word.forms[0] for word in found]
        for i, form in enumerate(forms):
            for phrase in self.phrases.get(form, ()):
                if tuple(forms[i : i + len(phrase)]) == phrase:
                    return " ".join(phrase)
        return ""

    def _hyphened(self, text: str) -> str:
        """A word with marks in its middle; what is really two words makes no new one but by a whole word."""
        if not INNER_MARKS.search(text):
            return ""
        for word in words(INNER_MARKS.sub("", fold(text))):
            form = word.forms[0]
            if form not in self.allowed and form not in self.home and (entry := self.whole.get(form)):
                return entry
        return ""

    def _apart(self, found: list[Word]) -> str:
        """A word written in pieces: letter by letter, or broken in two or three."""
        forms = [word.forms[0] for word in found]
        for i in range(len(forms)):
            joined = forms[i]
            for j in range(i + 1, min(i + APART + 6, len(forms))):
                joined += forms[j]
                if len(joined) > 16:
                    break
                pieces = forms[i : j + 1]
                if entry := self._joined(joined, pieces):
                    return entry
        return ""

    def _joined(self, joined: str, pieces: list[str]) -> str:
        if len(joined) == len(pieces):  # spelled out
            harmless = joined in self.allowed or joined.isdigit() or len(joined) < 3
            return "" if harmless else self._one(joined)
        entry = self.whole.get(joined, "")
        if not entry or joined in self.allowed or joined in self.home or len(joined) < 4 or len(pieces) > 4:
            return ""
        meant = all(piece in KNOWN or piece in read("ordinary.txt") for piece in pieces)
        return "" if meant or joined.isdigit() else entry

    def _unmasked(self, found: list[Word]) -> list[Word]:
        """Without the phrases that are always harmless; something stands in their place, so nothing closes up."""
        if not any(word.forms[0] in self.allowed_phrases for word in found):
            return found
        kept, i = [], 0
        while i < len(found):
            length = self._allowed_at(found, i)
            kept.append(NOTHING if length else found[i])
            i += length or 1
        return kept

    def _allowed_at(self, found: list[Word], i: int) -> int:
        forms = tuple(word.forms[0] for word in found[i : i + 6])
        fitting = [p for p in self.allowed_phrases.get(forms[0], ()) if forms[: len(p)] == p]
        return max(map(len, fitting), default=0)

    def _add_phrase(self, name: str, entry: str) -> None:
        first, *rest = name.split()
        self.phrases.setdefault(first, []).append((first, *rest))
        if len(name) > 9:
            self.whole.setdefault(name.replace(" ", ""), entry)  # as in a hashtag


NOTHING = Word(("~",), capital=False, odd=False)


@cache
def read(name: str) -> tuple[str, ...]:
    """The entries of one list in order. Raises OSError when it is not there."""
    lines = (line.strip() for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=4)
def load(family: bool, allow: tuple[str, ...] = (), block: tuple[str, ...] = ()) -> WordList:
    """The lists for a mode, with what the streamer allows and blocks beyond them; the streamer's word wins."""
    made = WordList()
    for line in read("home.txt"):
        language, word, *name = line.split()
        old = made.home.get(key(word), Home(frozenset()))
        made.home[key(word)] = Home(old.languages | {language}, bool(name) or old.unless_capital)
    mild = {key(entry) for lang in LANGUAGES for entry in read(f"mild/{lang}.txt")}
    blocked = {key(entry.strip("*=")) for entry in block}
    allowed = [entry for entry in (*read("allow.txt"), *allow) if key(entry) not in blocked]
    skipped = {key(entry) for entry in allowed} | mild
    for entry in block:
        made.home.pop(key(entry), None)
        made.add(entry)
    for lang in LANGUAGES:
        for entry in (e for e in read(f"own/{lang}.txt") if e.startswith("=") or key(e.strip("*")) not in skipped):
            made.add(entry, ENDINGS[lang] if "*" not in entry else ())
    for lang in LANGUAGES:
        for entry in (e for e in read(f"ldnoobw/{lang}.txt") if key(e) and key(e) not in skipped):
            made.add(entry, ENDINGS[lang], Home(frozenset({lang})) if lang in GUESTS else None)
        for entry in read(f"mild/{lang}.txt") if family else ():
            made.add(entry, ENDINGS[lang], Home(frozenset({lang})))
    for entry in allowed:
        made.allow(entry)
    made.seal()
    return made


def _inflected(name: str, endings: Iterable[str]) -> Iterator[str]:
    yield name
    for ending in endings if len(name) > 2 else ():
        if ending == "es" and not name.endswith(HISSING) and len(name) < 5:
            continue
        yield name + ending
