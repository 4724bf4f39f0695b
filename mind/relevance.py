"""What is worth answering, by the streamer's rules for comments. Pure, any thread."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mind.safety import has_link
from settings import Comment as CommentSettings

BASE, PER_QUESTION_WORD, LONG_BONUS, LONG_WORDS = 0.5, 0.2, 0.1, 5
GREETING_WITHIN = 3
"""Words into which a greeting must fall to open a comment ("oh well hi")."""

QUESTION_MARKS = "?？؟;՞"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _phrases(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these words or phrases, whole."""
    options = sorted({re.escape(_folded(w)) for w in words if _folded(w)}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(options)})(?!\w)" if options else r"(?!)")


class Relevance:
    """Judges comments by the rules in `comment` of the settings. Pure; a change of the settings takes effect at once."""

    def __init__(self, settings: Mapping[str, Any] | CommentSettings) -> None:
        self._settings = (
            settings if isinstance(settings, CommentSettings) else CommentSettings.model_validate(dict(settings))
        )
        self._compiled: dict[tuple[str, ...], re.Pattern[str]] = {}

    def score(self, text: str) -> float:
        """How much it asks for an answer, 0..1: 0.5, +0.2 for each distinct question word (a question mark is one),
        +0.1 from five words on; 0 for what is ignored."""
        if self.is_ignored(text):
            return 0.0
        folded = _folded(text)
        asked = set(self._pattern(self._settings.keywords_bonus).findall(folded)) - set(QUESTION_MARKS)
        marks = any(mark in folded for mark in QUESTION_MARKS)
        bonus = LONG_BONUS if len(folded.split()) >= LONG_WORDS else 0.0
        return min(1.0, round(BASE + PER_QUESTION_WORD * (len(asked) + marks) + bonus, 6))

    def is_ignored(self, text: str) -> bool:
        """A link, a command, one of the ignore lists, or nothing at all."""
        folded = _folded(text)
        starts = ("!", "/", *(s for w in self._settings.ignore_if_startswith if (s := _folded(w))))
        contained = (s for w in self._settings.ignore_contains if (s := _folded(w)))
        return not folded or folded.startswith(starts) or any(w in folded for w in contained) or has_link(text)

    def is_greeting(self, text: str) -> bool:
        """A comment that begins with a greeting."""
        folded = _folded(text)
        found = self._pattern(self._settings.greetings).search(folded)
        return found is not None and len(folded[: found.start()].split()) < GREETING_WITHIN

    def is_thanks(self, text: str) -> bool:
        """A comment that thanks."""
        return self._pattern(self._settings.thanks).search(_folded(text)) is not None

    def refusal(self, text: str, score: float) -> str:
        """Why a comment of this score is not answered at all; empty when it may be."""
        rules = self._settings
        if not rules.enabled:
            return "comments_off"
        if self.is_ignored(text):
            return "ignored"
        if score >= rules.reply_threshold and len(text.strip()) >= rules.min_length:
            return ""
        if self.is_thanks(text):
            return "" if rules.respond_to_thanks else "thanks_off"
        if self.is_greeting(text):
            return "" if rules.respond_to_greetings else "greetings_off"
        return "too_short" if len(text.strip()) < rules.min_length else "not_relevant"

    def is_mere_greeting(self, text: str, score: float) -> bool:
        """A greeting that asks nothing else: answered once in a while only."""
        return score < self._settings.reply_threshold and self.is_greeting(text) and not self.is_thanks(text)

    def _pattern(self, words: list[str]) -> re.Pattern[str]:
        key = tuple(words)
        if key not in self._compiled:
            self._compiled = {k: v for k, v in self._compiled.items() if len(self._compiled) < 8}
            self._compiled[key] = _phrases(words)
        return self._compiled[key]
