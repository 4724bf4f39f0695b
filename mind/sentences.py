"""Where a sentence ends, decided while the text still streams in. Pure but for `paced`.

A sentence is given away the moment its end is certain; a full stop that may belong to a number, an initial or an
abbreviation waits for what follows it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

WIDE_STOPS = "。！？"
CLOSERS = "\"'”’»)]}*_"
ABBREVIATIONS = frozenset(
    [
        "z.b",
        "d.h",
        "u.a",
        "bzw",
        "ca",
        "etc",
        "evtl",
        "ggf",
        "inkl",
        "nr",
        "usw",
        "vgl",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "sr",
        "jr",
        "vs",
        "e.g",
        "i.e",
        "approx",
    ]
)
END = re.compile(rf"(?:[.!?…]+[{re.escape(CLOSERS)}]*(?=\s|$)|[{WIDE_STOPS}]+[{re.escape(CLOSERS)}」』]*|\n+)")
LAST_WORD = re.compile(r"([^\s]+)$")


@dataclass(slots=True)
class SentenceSplitter:
    """Feed pieces of text, get whole sentences, each at most `limit` characters."""

    limit: int = 140
    _rest: str = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences this piece has completed."""
        self._rest += piece
        whole: list[str] = []
        start = 0
        for end in END.finditer(self._rest):
            at_edge = end.end() == len(self._rest)
            if _is_stop(self._rest[start : end.start()], end.group(), at_edge=at_edge):
                whole += fit(self._rest[start : end.end()], self.limit)
                start = end.end()
        self._rest = self._rest[start:]
        return whole

    def pause(self) -> list[str]:
        """The sentence whose end was doubtful, once the stream has paused: a number or name would have gone on."""
        ended = END.search(self._rest, max(0, len(self._rest.rstrip()) - 3))
        return self.flush() if ended and ended.end() == len(self._rest) else []

    def flush(self) -> list[str]:
        """What is left when nothing more comes."""
        rest, self._rest = self._rest, ""
        return fit(rest, self.limit)


def _is_stop(before: str, mark: str, *, at_edge: bool) -> bool:
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    match = LAST_WORD.search(before)
    word = match[1].lstrip("([\"'").casefold() if match else ""
    if not word:
        return False
    if word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    return not (word[-1].isdigit() and at_edge)


def fit(sentence: str, limit: int) -> list[str]:
    """The sentence in lines of at most `limit` characters, broken at a clause or a word; nothing for mere signs."""
    text = " ".join(sentence.split()).lstrip(CLOSERS + WIDE_STOPS + ".!?… ")
    lines: list[str] = []
    while len(text) > limit:
        cut = _break(text, limit)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    lines.append(text)
    return [line for line in lines if any(c.isalnum() for c in line)]


def _break(text: str, limit: int) -> int:
    """Where to break: after the last clause in the second half, else before the last word, else anywhere."""
    window = text[: limit + 1]
    clause = max(window.rfind(mark) for mark in (", ", "; ", ": ", " – ", " - ", "，", "、"))
    if clause >= limit // 2:
        return clause + 1
    space = window.rfind(" ")
    return space if space > 0 else limit


async def paced(pieces: AsyncGenerator[str, None], seconds: float) -> AsyncGenerator[str | None, None]:
    """The pieces as they come, and None whenever none came for `seconds` since the one before."""
    waiting: asyncio.Future[str | None] | None = None
    try:
        while True:
            # a future of its own: a timeout around the read itself would end the stream
            waiting = waiting or asyncio.ensure_future(anext(pieces, None))
            await asyncio.wait({waiting}, timeout=seconds)
            if not waiting.done():
                yield None
                await asyncio.wait({waiting})
            piece, waiting = waiting.result(), None
            if piece is None:
                return
            yield piece
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait({waiting})
        await pieces.aclose()
