"""Texts cut into passages and searched by their words: SQLite's FTS5, in RAM only. Any thread, one at a time.

A question becomes a search for any of its words, the rarest counting most (bm25). No sign of FTS5's query language
gets into it: words are taken out of the question, and each is put into quotation marks.
"""

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

LONGEST_PASSAGE = 400
MOST_PASSAGES = 20_000
MOST_WORDS = 24
WORD = re.compile(r"\w+")
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*\s*")
PREFIX_FROM = 4
"""Letters from which a word also finds longer ones that begin with it: Spiel finds Spiele."""

UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Scripts without spaces are indexed sign by sign: FTS5 would take a whole sentence for one word."""

CREATE = "CREATE VIRTUAL TABLE passages USING fts5(words, title, source UNINDEXED, text UNINDEXED, tokenize='unicode61 remove_diacritics 2')"
SEARCH = "SELECT source, text FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 1.0, 2.0), rowid LIMIT ?"


class NoSearchError(Exception):
    """This Python's SQLite has no FTS5."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text and where it stands."""

    source: str
    """File and heading, such as `rules.md › Bans`."""

    text: str


def cut(name: str, text: str) -> list[Passage]:
    """The paragraphs of a Markdown text, each one line of at most 400 characters, under the heading above it."""
    passages: list[Passage] = []
    source, lines = name, []
    for line in [*text.splitlines(), ""]:
        heading = HEADING.fullmatch(line.strip())
        if line.strip() and not heading:
            lines.append(line)
            continue
        passages += [Passage(source, piece) for piece in _pieces(" ".join(" ".join(lines).split()))]
        lines = []
        if heading:
            source = f"{name} › {heading[1]}" if heading[1] else name
    return passages


def _pieces(paragraph: str) -> list[str]:
    pieces = []
    while len(paragraph) > LONGEST_PASSAGE:
        window = paragraph[:LONGEST_PASSAGE]
        end = max(window.rfind(". ") + 1, window.rfind("! ") + 1, window.rfind("? ") + 1)
        end = end if end > LONGEST_PASSAGE // 3 else window.rfind(" ")
        end = end if end > 0 else LONGEST_PASSAGE
        pieces.append(paragraph[:end].strip())
        paragraph = paragraph[end:].strip()
    return [*pieces, paragraph] if paragraph else pieces


class Passages:
    """An index that is filled once and then searched. `close` it when done. Raises NoSearchError where it cannot be."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._base.execute(CREATE)
        except sqlite3.OperationalError as error:
            self._base.close()
            raise NoSearchError(str(error)) from error
        rows = (
            (spaced(p.text), spaced(p.source), p.source, p.text)
            for p, _ in zip(passages, range(MOST_PASSAGES), strict=False)
        )
        with self._base:
            self._base.executemany("INSERT INTO passages (words, title, source, text) VALUES (?, ?, ?, ?)", rows)

    def search(self, question: str, most: int, ignored: Collection[str] = ()) -> list[Passage]:
        """The passages that fit best, at most `most`. Words in `ignored` (small letters) are not looked for."""
        wanted = [w for w in WORD.findall(spaced(question)) if w not in ignored]
        terms = " OR ".join(map(_term, dict.fromkeys(wanted[:MOST_WORDS])))
        if not terms:
            return []
        with self._lock:
            return [Passage(*row) for row in self._base.execute(SEARCH, (terms, most))]

    def close(self) -> None:
        with self._lock:
            self._base.close()


def words_of(text: str) -> list[str]:
    """Its words as they are searched, in small letters."""
    return WORD.findall(spaced(text))


def spaced(text: str) -> str:
    """The text as it is indexed: folded, and signs of scripts without spaces apart."""
    whole = unicodedata.normalize("NFKC", text).casefold().encode("utf-8", "replace").decode("utf-8")
    return UNSPACED.sub(r" \1 ", whole).replace("\0", " ")


def _term(word: str) -> str:
    return f'"{word}"*' if len(word) >= PREFIX_FROM else f'"{word}"'
