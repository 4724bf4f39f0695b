"""What this stream's questions have cost, and whether that is enough. Pure.

Tokens are the server's own figures where it sends them, else estimated from the characters, and then said to be.
"""

import math
from dataclasses import dataclass
from typing import Any

from settings import Fallback, OpenAI

CHARACTERS_PER_TOKEN = 4
MILLION = 1_000_000
MOST_TOKENS = 100_000_000
"""A figure beyond this is no figure."""


@dataclass(slots=True)
class Usage:
    """One question's requests and tokens."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    cut: bool = False
    """The longest allowed answer ended in the middle of a sentence."""

    def sent(self, characters: int) -> None:
        """A question of this length is being answered."""
        self.input_tokens, self.output_tokens, self.estimated = tokens(characters), 0, True

    def spared(self) -> None:
        """The question was turned away, which costs nothing."""
        self.input_tokens, self.output_tokens, self.estimated = 0, 0, False

    def read(self, characters: int) -> None:
        """The answer has this length so far."""
        self.output_tokens = tokens(characters)

    def told(self, asked: object, answered: object) -> None:
        """The server's figures, in place of the estimate; what cannot be a figure is not taken."""
        if _is_count(asked) and _is_count(answered):
            self.input_tokens, self.output_tokens, self.estimated = int(asked), int(answered), False  # type: ignore[call-overload]

    def add(self, other: "Usage") -> None:
        """Another one on top."""
        self.requests += other.requests
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.estimated |= other.estimated

    def facts(self) -> dict[str, Any]:
        """For the journal and the status."""
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "estimated": self.estimated,
        }


def tokens(characters: int) -> int:
    """About how many tokens so many characters are."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def _is_count(figure: object) -> bool:
    return isinstance(figure, int) and not isinstance(figure, bool) and 0 <= figure <= MOST_TOKENS


@dataclass(slots=True)
class Spending:
    """All of one stream."""

    usage: Usage
    money: float = 0.0

    def add(self, usage: Usage, prices: OpenAI | Fallback) -> None:
        """One more question, at the prices of who was asked."""
        self.usage.add(usage)
        self.money += (usage.input_tokens * prices.price_input + usage.output_tokens * prices.price_output) / MILLION

    def is_enough(self, limits: OpenAI) -> bool:
        """Whether a limit of the stream is reached."""
        spent = self.usage.input_tokens + self.usage.output_tokens
        return bool(
            (limits.max_cost_per_stream and self.money >= limits.max_cost_per_stream)
            or (limits.max_tokens_per_stream and spent >= limits.max_tokens_per_stream)
        )

    def facts(self, limits: OpenAI) -> dict[str, Any]:
        """`cost` of `GET /api/status`."""
        return {**self.usage.facts(), "money": round(self.money, 6), "cap_reached": self.is_enough(limits)}
