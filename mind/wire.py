"""What goes to a model's server and what comes back, as data: parameters, streamed chunks, wishes, failures. Pure.

Source: OpenAI's chat completions and what the servers that imitate them make of it; docs/models.md names them.
"""

import email.utils
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mind.aloud import Aloud
from mind.spending import Usage

Messages = list[dict[str, str]]

LONGEST = 12_000
"""Characters of an answer that are read: more is no answer, whatever the server thinks."""

ENDED = re.compile(r"[.!?…؟۔।。！？｡]\W*\Z")
TAIL = 12
"""How the last sentence ends, and among how many characters that is looked for."""

UNDER_NEW_NAME, UNDER_OLD_NAME = "max_completion_tokens", "max_tokens"
"""How the longest answer is called: OpenAI's newer models refuse the old name, most other servers ignore the new one."""


class ModelError(Exception):
    """No answer from the model; `code` is its reason in `locales/*.json`, `lasting` whether asking again is pointless.

    `retry_after`: seconds for which the server wants to be left alone; 0: it did not say.
    """

    def __init__(self, code: str, *, lasting: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.lasting = lasting
        self.retry_after = retry_after


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Seconds for which the server wants to be left alone; 0 when it does not say, or nothing that can be meant."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = _until(text, now or datetime.now(UTC))
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    return 0.0


def _until(date: str, now: datetime) -> float:
    try:
        return (email.utils.parsedate_to_datetime(date) - now).total_seconds()
    except (ValueError, TypeError):  # no date, or one without its zone
        return 0.0


@dataclass(slots=True)
class Dialect:
    """Which of the parameters that not every server knows this one is sent."""

    limit: str
    """How the longest answer is called; empty: it is not said."""

    swapped: bool = False
    usage: bool = True
    """Whether the server is asked for its figures."""

    def parameters(self, max_output_tokens: int) -> dict[str, Any]:
        """For one request."""
        limit = {self.limit: max_output_tokens} if self.limit else {}
        return {**limit, "stream_options": {"include_usage": True}} if self.usage else limit

    def learns(self, complaint: str) -> bool:
        """Take what the server complains about out of the next request; False when it is none of these."""
        if self.usage and "stream_options" in complaint:
            self.usage = False
        elif self.limit and self.limit in complaint:
            other = UNDER_OLD_NAME if self.limit == UNDER_NEW_NAME else UNDER_NEW_NAME
            self.limit, self.swapped = "" if self.swapped else other, True
        else:
            return False
        return True


@dataclass(slots=True)
class Hearing:
    """What one streamed answer says, and how much of it there is."""

    usage: Usage
    characters: int = 0
    _aloud: Aloud = field(default_factory=Aloud)
    _fresh: str = ""
    _said: bool = False
    _finish: str = ""
    _tail: str = ""

    def take(self, chunk: Any) -> bool:
        """Whether this chunk goes on with the answer, be it aloud or in thoughts.

        Servers also send chunks without choices (the figures) or without text (roles). Raises ModelError for a refusal.
        """
        if chunk.usage is not None:
            self.usage.told(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if not chunk.choices:
            return False
        choice = chunk.choices[0]
        self._finish = choice.finish_reason or self._finish
        if choice.delta.refusal or self._finish == "content_filter":
            raise ModelError("openai_refused")
        text, thoughts = choice.delta.content or "", _thoughts(choice.delta)
        self._fresh += self._aloud.feed(text[: LONGEST - self.characters])
        self._tail = (self._tail + text)[-TAIL:]
        self.characters += len(text) + len(thoughts)
        if self.usage.estimated:
            self.usage.read(self.characters)
        return bool(text or thoughts)

    def text(self) -> str:
        """What can be said now."""
        fresh, self._fresh = self._fresh, ""
        self._said |= bool(fresh.strip())
        return fresh

    def rest(self) -> str:
        """What was held back. Raises ModelError when nothing was said at all, or when it broke off in a sentence."""
        self._fresh += self._aloud.flush()
        text = self.text()
        if not self._said:
            thought = self._finish == "length" or self._aloud.thinking
            raise ModelError("openai_only_thoughts" if thought else "openai_empty")
        if not self._finish and self.characters < LONGEST and not ENDED.search(self._tail):
            raise ModelError("openai_error")  # a stream that is torn politely: neither a reason nor a full stop
        self.usage.cut = self._finish == "length" and not ENDED.search(self._tail)
        return text


def _thoughts(delta: Any) -> str:
    """What a reasoning model thinks, under the names that servers have for it (DeepSeek, vLLM; OpenRouter, Groq)."""
    extra = delta.model_extra or {}
    found = extra.get("reasoning_content") or extra.get("reasoning")
    return found if isinstance(found, str) else ""
