"""One question on its way to its answer: who was asked, what came, how long it took. Pure but for the clock it is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mind.chain import Attempt, Place
from mind.spending import Usage


@dataclass(slots=True)
class Thought:
    """What the journal is told of an answer. `clock`: seconds that only go forward."""

    key: str
    """The event it answers, see `events.identity`."""

    clock: Callable[[], float]
    provider: str = ""
    """Whose words they are: a section of the settings, cache, templates; empty: nobody's."""

    error: str = "given_up"
    """Why it did not come to its end; unless somebody says more, nobody wanted the rest."""

    sentences: list[str] = field(default_factory=list)
    _offsets: list[float] = field(default_factory=list)
    _attempts: list[Attempt] = field(default_factory=list)
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    def ask(self, attempt: Attempt) -> None:
        """Another model is asked."""
        self._attempts.append(attempt)
        self.provider = attempt.place.name

    @property
    def place(self) -> Place:
        """The model that was asked last."""
        return self._attempts[-1].place

    def say(self, sentence: str) -> None:
        """Another sentence is whole."""
        self._offsets.append(round(self.clock() - self._begun, 3))
        self.sentences.append(sentence)

    def end(self, error: str = "") -> None:
        """It came to its end, or failed with this reason code."""
        self.error = error

    def facts(self) -> dict[str, Any]:
        """For the journal. `first`: seconds to the first sentence, None without one; `pieces`: (seconds, sentence)."""
        usage = Usage()
        for attempt in self._attempts:
            usage.add(attempt.usage)
        return {
            "key": self.key,
            "text": " ".join(self.sentences),
            "pieces": [list(piece) for piece in zip(self._offsets, self.sentences, strict=True)],
            "first": self._offsets[0] if self._offsets else None,
            "seconds": round(self.clock() - self._begun, 3),
            "usage": usage.facts(),
            "error": self.error,
            "provider": self.provider,
            "model": self._attempts[-1].place.rules.model if self._attempts else "",
        }
