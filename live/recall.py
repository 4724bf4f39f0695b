"""What a recording knows of thinking, speaking and viewers, as the seams `Brain`, `Avatar`, `People`. On a virtual loop.

Recorded answers come at their recorded pace, and a recorded text takes as long as it took. What was never asked or said
is made up by fixed rules: as long and as late as was usual in this live.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from bridge import STOPPED
from events import (
    EMPTY_SCENE,
    AvatarError,
    Brain,
    BrainError,
    Journal,
    Link,
    LinkState,
    LiveEvent,
    NoJournal,
    Scene,
    identity,
)
from live.notes import key_of
from live.tape import Recording
from memory import MemoryKeeper, load_memory

FIRST_SECONDS, SENTENCE_LENGTH, OPINION_SECONDS = 1.5, 60, 0.3
"""What an answer counts as where the recording has none to compare."""

ABANDONED_SECONDS = 1.0
"""How much longer something lasts that was broken off: under other settings it may not be."""

FILLER = {
    "en": "Answer number {n} would be heard here, as long as the answers of this live usually were, "
    "and then the next viewer would have a turn, and the evening would go on.",
    "de": "Hier wäre Antwort Nummer {n} zu hören, so lang wie die Antworten in diesem Live meistens waren, "
    "und danach käme der nächste Zuschauer dran, und der Abend ginge weiter.",
}
SHORTEST_FILLER = 40
Connect = Callable[[str, Callable[[Link], None]], None]
"""Has a connection's recorded states reported."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What thinking about one question brought: sentences with their offsets; a blank one stands for its length."""

    sentences: tuple[tuple[float, str], ...]
    seconds: float
    ended: str


@dataclass(frozen=True, slots=True)
class Performance:
    """How saying one text went."""

    seconds: float
    error: str = ""
    sent: bool = True


class RecalledAvatar:
    """The seam `Avatar`: a text takes as long as it took, and fails where it failed; else as long as `estimate` says."""

    def __init__(self, recording: Recording, estimate: Callable[[str], float], connect: Connect) -> None:
        self._estimate, self._connect = estimate, connect
        self._up = asyncio.Event()
        self._past: dict[str, deque[Performance]] = {}
        ends = recording.of("utterance_end")
        for entry in ends:
            done = Performance(_seconds(entry["seconds"]), str(entry["error"]), bool(entry["sent"]))
            self._past.setdefault(str(entry.get("said", "")), deque()).append(done)
        for entry in recording.of("utterance")[len(ends) :]:  # the recording ended in the middle of it
            done = Performance(_seconds(recording.ends - entry["at"]), "abandoned")
            self._past.setdefault(str(entry.get("said", "")), deque()).append(done)

    async def run(self, report: Callable[[Link], None]) -> None:
        def connected(link: Link) -> None:
            (self._up.set if link.state is LinkState.UP else self._up.clear)()
            report(link)

        self._connect("animaze", connected)
        await asyncio.Event().wait()

    async def ready(self) -> None:
        await self._up.wait()

    async def say(self, text: str, emotion: str = "") -> None:  # noqa: ARG002 - a recording has no face
        past = self._past.get(text)
        if not past:
            await asyncio.sleep(self._estimate(text))
            return
        done = past.popleft()
        if done.error == "abandoned":  # it was still being said when the live was stopped
            await asyncio.sleep(max(self._estimate(text), done.seconds + ABANDONED_SECONDS))
            return
        if done.seconds:  # what failed at once lets nobody else go first
            await asyncio.sleep(done.seconds)
        if done.error:
            raise AvatarError(done.error, sent=done.sent)

    def withdraw(self) -> None:
        """What is given to `say` is sent at once."""


class RecalledBrain:
    """The seam `Brain`: the recorded answers, at their recorded pace; a placeholder where none was recorded."""

    def __init__(self, recording: Recording, language: str, connect: Connect) -> None:
        self.journal: Journal = NoJournal()
        self._language, self._connect = language, connect
        self._thoughts = _thoughts(recording)
        self._opinions: dict[str, deque[tuple[float, str]]] = {}
        for entry in recording.of("opinion"):
            opinion = _seconds(entry["seconds"]), str(entry["refusal"])
            self._opinions.setdefault(str(entry.get("said", "")), deque()).append(opinion)
        self._typical = _typical([thought for each in self._thoughts.values() for thought in each])
        self._made_up = 0

    async def run(self, report: Callable[[Link], None]) -> None:
        self._connect("openai", report)
        await asyncio.Event().wait()

    async def answer(
        self,
        event: LiveEvent,
        background: str,  # noqa: ARG002 - the seam's signature
        scene: Scene = EMPTY_SCENE,  # noqa: ARG002 - the same
    ) -> AsyncGenerator[str, None]:
        began = asyncio.get_running_loop().time()
        past = self._thoughts.get(identity(event))
        thought = past.popleft() if past else self._typical
        left = ABANDONED_SECONDS if thought.ended == "abandoned" else 0.0  # whoever ended it then ends it now before
        if left and not thought.sentences:
            await _until(began + thought.seconds + left)
            thought, began, left = self._typical, asyncio.get_running_loop().time(), 0.0
        for offset, sentence in thought.sentences:
            await _until(began + offset)
            yield sentence if sentence.strip() else self._filler(len(sentence))
        await _until(began + thought.seconds + left)
        if thought.ended not in {"", "abandoned", "nothing_to_say"}:
            raise BrainError(thought.ended)

    def aside(self, journal: Journal) -> contextlib.AbstractAsyncContextManager[Brain]:  # noqa: ARG002 - the seam's signature
        """Nobody tries a question here."""
        return contextlib.nullcontext(self)

    async def objects(self, text: str) -> bool:
        past = self._opinions.get(text)
        seconds, refusal = past.popleft() if past else (OPINION_SECONDS, "")
        await asyncio.sleep(seconds)
        if refusal not in {"", "flagged"}:
            raise BrainError(refusal)
        return bool(refusal)

    def forget(self, *names: str) -> None:
        """A recording is read, not changed."""

    def cost(self) -> Mapping[str, Any]:
        """Remembering is free."""
        return STOPPED["cost"]  # type: ignore[no-any-return] # a wire dict

    def _filler(self, length: int) -> str:
        """A sentence of about this length, other than all before."""
        self._made_up += 1
        whole = FILLER[self._language].format(n=self._made_up)
        cut = max(length, SHORTEST_FILLER)
        words = whole if cut >= len(whole) else whole[:cut].rsplit(" ", 1)[0]
        return words.rstrip(",.") + "."


class RecalledPeople(MemoryKeeper):
    """The seam `People`: what this live teaches of its viewers, and what was known of who came and wrote in it."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(load_memory(":memory:", now=recording.begins))
        whose = {key_of(entry["event"]): str(entry["event"]["username"]) for entry in recording.of("event")}
        self._seen: dict[str, deque[float | None]] = {}
        self._relations: dict[str, deque[frozenset[str]]] = {}
        for entry in recording.of("known", "judged"):
            username = whose.get(str(entry["key"]), "")
            if entry["happening"] == "known":
                seen = entry.get("last_seen")
                self._seen.setdefault(username, deque()).append(None if seen is None else float(seen))
            else:
                known = frozenset(map(str, entry.get("known", ())))
                self._relations.setdefault(username, deque()).append(known)

    def last_seen(self, username: str) -> float | None:
        past = self._seen.get(username)
        return past.popleft() if past else super().last_seen(username)

    def relations(self, username: str) -> frozenset[str]:
        past = self._relations.get(username)
        return past.popleft() if past else super().relations(username)


def _thoughts(recording: Recording) -> dict[str, deque[Thought]]:
    sentences: dict[str, list[tuple[float, str]]] = {}
    thoughts: dict[str, deque[Thought]] = {}
    for entry in recording.of("sentence", "thought"):
        key = str(entry["key"])
        if entry["happening"] == "sentence":
            sentences.setdefault(key, []).append(
                (_seconds(entry["offset"]), str(entry.get("text", " " * SENTENCE_LENGTH)))
            )
        else:
            thought = Thought(tuple(sentences.pop(key, ())), _seconds(entry["seconds"]), str(entry["ended"]))
            thoughts.setdefault(key, deque()).append(thought)
    for key, begun in sentences.items():  # the recording ended in the middle of it
        thoughts.setdefault(key, deque()).append(Thought(tuple(begun), begun[-1][0], "abandoned"))
    return thoughts


def _typical(thoughts: Iterable[Thought]) -> Thought:
    """What an answer of this live is like: its median. Without a single one it fails as all of them did."""
    all_of_them = list(thoughts)
    given = [thought for thought in all_of_them if thought.sentences and not thought.ended]
    failed = [thought.ended for thought in all_of_them if thought.ended not in {"", "abandoned"}]
    if failed and not given:
        return Thought((), FIRST_SECONDS, failed[-1])
    if not given:
        return Thought(((FIRST_SECONDS, " " * SENTENCE_LENGTH),), FIRST_SECONDS, "")
    first = median(thought.sentences[0][0] for thought in given)
    length = round(median(len(text) for thought in given for _, text in thought.sentences))
    count = round(median(len(thought.sentences) for thought in given))
    pause = median((thought.sentences[-1][0] - thought.sentences[0][0]) / len(thought.sentences) for thought in given)
    sentences = tuple((round(first + i * pause, 6), " " * length) for i in range(count))
    return Thought(sentences, max(sentences[-1][0], round(median(t.seconds for t in given), 6)), "")


def _seconds(value: Any) -> float:
    """A recorded duration: never negative, and not rounded, so that the clock shows what it showed then."""
    return max(0.0, float(value))


async def _until(moment: float) -> None:
    if (pause := moment - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(pause)
