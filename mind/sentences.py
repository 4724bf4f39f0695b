"""Where a sentence ends, decided while the text still streams in. Pure but for `paced`.

Nothing is decided at the edge of what has come: a stop may turn out to be a dot in an address, the first of three, or
to have a quotation mark behind it. So however the stream is cut, the same sentences come out. One rule knows the time:
when the stream pauses behind a stop that nothing makes doubtful, the sentence is given away.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

NEVER_LAST = frozenset(
    """z.b d.h u.a o.ä s.o s.u i.d.r z.t bzw ca evtl ggf inkl exkl nr vgl bspw sog max min hr fr
    dr mr mrs ms mx prof dipl ing st vs e.g i.e approx fig gen lt col sgt capt rev hon ft mt""".split()  # noqa: SIM905 - so that it can be read
)
"""Abbreviations that something always follows."""

MAYBE_LAST = frozenset("etc usw usf jr sr inc ltd co corp a.m p.m u.s u.s.a u.k e.v tel str".split())  # noqa: SIM905
"""Abbreviations that may end a sentence: then what follows begins with a capital."""

ORDINAL_AFTER = frozenset(
    """am vom zum im beim dem den der die das des ein eine einem einen einer jeder jede jedes jeden mein meine meinem
    meinen meiner dein deine deinem deinen deiner unser unsere unserem unseren""".split()  # noqa: SIM905
)
"""German words before which a number with a dot is an ordinal: am 3. Mai, der 2. Platz."""

MONTHS = frozenset(
    """januar jänner februar märz april mai juni juli august september oktober november dezember""".split()  # noqa: SIM905
)
LONGEST_ORDINAL = 3
LONGEST_MONTH = max(map(len, MONTHS))

CLOSERS = "\"'”’»«“‘›‹)]}*_"
QUOTES = "\"'”’»«“‘›‹"
WIDE_STOPS = "。！？｡"
WIDE_CLOSERS = "」』）】”’"
WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
EMOJI = r"\u2600-\u27bf\ufe0f\u200d\u20e3\U0001f000-\U0001faff"
STOP = re.compile(
    rf"[.!?…؟۔।]+[{re.escape(CLOSERS)}{EMOJI}]*(?=\s|\Z)"
    rf"|[!?…]+[{EMOJI}]*(?=[{WIDE}]|\Z)"
    rf"|[!?…]+[{EMOJI}]+(?=\w|\Z)"
    rf"|[{WIDE_STOPS}]+[{re.escape(CLOSERS)}{WIDE_CLOSERS}{WIDE_STOPS}{EMOJI}]*"
    r"|\n+"
)
TAG = re.compile(r"\[[\w -]{0,32}(?:\]|\Z)")
"""An emotion's tag, or the beginning of one: it is not spoken, so it does not count."""

LAST_WORDS = re.compile(r"(?:(\S+)\s+)?(\S+)\Z")
NEXT_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class SentenceSplitter:
    """Feed pieces of text, get whole sentences. What is longer than `limit` characters comes in lines of at most that."""

    limit: int = 140
    ends: list[bool] = field(default_factory=list)
    """Of the lines that were given last: whether a sentence is over with it, or goes on in the next line."""

    _rest: str = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that are certainly over, now that this piece is here."""
        self.ends = []
        self._rest += piece
        return self._cut(over=False)

    def pause(self) -> list[str]:
        """The sentence at whose end the stream has paused; nothing while its stop may be part of a number or name."""
        tail = self._rest.rstrip()
        stop = next((s for s in STOP.finditer(tail, max(0, len(tail) - 12)) if s.end() == len(tail)), None)
        if stop is None or _doubtful(tail[: stop.start()], stop.group()):
            self.ends = []
            return []
        return self.flush()

    def flush(self) -> list[str]:
        """What is left when nothing more comes."""
        self.ends = []
        lines = self._cut(over=True)
        rest, self._rest = self._rest, ""
        return lines + self._whole(rest)

    def _cut(self, *, over: bool) -> list[str]:
        lines: list[str] = []
        while True:
            end, known = self._end(over=over)
            line, rest = _first_line(self._rest[:known], self.limit)
            if rest:  # too long already, whatever follows
                lines += (begun := _spoken(line))
                self.ends += [False] * len(begun)
                self._rest = rest + self._rest[known:]
            elif end:
                lines += self._whole(self._rest[:end])
                self._rest = self._rest[end:]
            else:
                return lines

    def _whole(self, sentence: str) -> list[str]:
        lines = fit(sentence, self.limit)
        self.ends += [line is lines[-1] for line in lines]
        return lines

    def _end(self, *, over: bool) -> tuple[int, int]:
        """Where the first sentence ends (0: not yet known), and up to where the text belongs to it in any case."""
        for stop in STOP.finditer(self._rest):
            before, after = self._rest[: stop.start()], self._rest[stop.end() :]
            verdict = _ends(before, stop.group(), after, over=over)
            if verdict is None:
                return 0, stop.end()
            if verdict:
                return stop.end(), stop.end()
        return 0, len(self._rest)


def _ends(before: str, mark: str, after: str, *, over: bool) -> bool | None:
    """Whether this mark ends the sentence; None: what follows must be known first."""
    if not after:
        return True if over else None
    if mark.startswith("\n"):
        return True
    word = after.lstrip()
    if not word and not over and (_doubtful(before, mark) or mark[-1] in QUOTES or _trails_off(mark)):
        return None
    if mark[0] in WIDE_STOPS:
        # 「…。」と: the quotation goes on as part of a sentence
        return not (mark[-1] in WIDE_CLOSERS and word.startswith("と"))
    if mark[-1] in QUOTES or _trails_off(mark):
        return not word[:1].islower()
    return not _doubtful(before, mark) or _ends_all_the_same(before, word, over=over)


def _trails_off(mark: str) -> bool:
    return mark.startswith(("..", "…"))


def _doubtful(before: str, mark: str) -> bool:
    """A single full stop behind a number, an initial or an abbreviation."""
    if not mark.startswith(".") or _trails_off(mark):
        return False
    _, word = _last_words(before)
    return word in NEVER_LAST or word in MAYBE_LAST or (len(word) == 1 and word.isalpha()) or word[-1:].isdigit()


def _ends_all_the_same(before: str, word: str, *, over: bool) -> bool | None:
    """Whether the sentence ends at a doubtful stop that `word` follows."""
    earlier, last = _last_words(before)
    if last == "i":
        return earlier.islower()  # So do I. ends, Robert I. Smith goes on
    if last in MAYBE_LAST:
        return not word[:1].islower()
    if not last[-1:].isdigit():
        return False  # Dr., J. K.; with Plan B. two sentences are joined, which is the lesser evil
    if len(before.split()) == 1 or word[:1].islower():
        return False  # 1. is the first entry of a list
    if not last.isdigit() or len(last) > LONGEST_ORDINAL:
        return True
    return _is_no_ordinal(earlier, word, over=over)


def _is_no_ordinal(earlier: str, word: str, *, over: bool) -> bool | None:
    following = NEXT_WORD.match(word)
    if earlier.casefold() in ORDINAL_AFTER:
        return False
    if following and following.end() == len(word) <= LONGEST_MONTH and not over:
        return None  # Ma may become Mai
    return not following or following.group().casefold() not in MONTHS


def _last_words(before: str) -> tuple[str, str]:
    """The last word but one as written, and the last one folded, without what opens a quotation."""
    match = LAST_WORDS.search(before[-60:])
    if match is None:
        return "", ""
    return match[1] or "", match[2].lstrip("([{\"'„“‚‘»«*_").casefold()


def fit(sentence: str, limit: int) -> list[str]:
    """The sentence in lines of at most `limit` characters, broken at a clause or a word; nothing for mere signs."""
    lines: list[str] = []
    line, rest = _first_line(sentence, limit)
    while rest:
        lines += _spoken(line)
        line, rest = _first_line(rest, limit)
    return lines + _spoken(line)


def _spoken(line: str) -> list[str]:
    return [line] if any(c.isalnum() for c in line) else []


def _first_line(text: str, limit: int) -> tuple[str, str]:
    """The first line of at most `limit` characters and what remains; all of it where it fits."""
    whole = " ".join(text.split())
    limit += sum(len(tag.group()) + 1 for tag in TAG.finditer(whole) if tag.start() < limit)
    if len(whole) <= limit:
        return whole, ""
    cut = _break(whole, limit)
    # the end keeps its blanks: the next piece may go on in the same word or not
    tail = text[len(text.rstrip()) :]
    return whole[:cut].rstrip(), whole[cut:].lstrip() + tail


def _break(text: str, limit: int) -> int:
    """Where to break: after the last clause in the second half, else before the last word, else anywhere."""
    window = text[: limit + 1]
    clause = max(window.rfind(mark) for mark in (", ", "; ", ": ", " – ", " - ", "，", "、"))
    if clause >= limit // 2:
        return min(clause + 1, limit)
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
