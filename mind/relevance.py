"""What is worth answering, by the streamer's rules for comments. Pure, any thread.

Words are looked for as words; in scripts that write none apart (Chinese, Japanese, Thai) as parts of the text, where
two signs count as a word. What else is known of a comment - whom it addresses, who wrote it - is for `mind/judging`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mind.safety import has_link
from settings import Comment as CommentSettings

BASE, PER_QUESTION_WORD, LONG_BONUS, LONG_WORDS = 0.5, 0.2, 0.1, 5
GREETING_WITHIN = 3
"""Words into which a greeting must fall to open a comment ("oh well hi")."""

QUESTION_MARKS = "?؟՞⸮‽፧꘏❓❔\u2cfa\ua6f7"
"""As they are once full-width and doubled ones are folded; Greek writes a semicolon, see `GREEK_QUESTION`."""

GREEK_QUESTION = re.compile("\u037e|(?<=[\u0370-\u03ff\u1f00-\u1fff]);")
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, kana and ideographs: scripts without spaces between words."""

SIGN = re.compile(f"[{UNSPACED}]")
ASKING = re.compile(
    "[吗嗎呢](?:$|[^\\w])|什么|什麼|甚麼|怎么|怎麼|为什么|為什麼|[谁誰哪几幾]|多少|なぜ|何|どう|どこ|だれ|いつ|どれ|どの|"
    "(?:です|ます|でしょう|の|ん)か(?:$|\\W)|อะไร|ทำไม|ที่ไหน|เมื่อไร|อย่างไร|ไหม|"
    "(?:습니까|나요|까요|니|까)(?:$|\\W)|(?<!\\w)(?:왜|뭐|무엇|어떻게|언제|어디|누구)"
)
"""What makes a question where question marks are seldom written."""

LEAD_IN = r"^(?:(?:hey|hi|hello|hallo|so|and|but|or|ok|okay|well|und|aber|oder|na|also|sag mal)[\s,]+)*"
INVERTED = re.compile(
    rf"{LEAD_IN}(?:(?:can|could|do|does|did|are|is|was|were|am|will|would|have|has|had|should|may)(?:n['’]?t)? "
    r"(?:you|u|ya|i|we|he|she|they|anyone|anybody|someone)|(?:is|are|was|were|does|did|will|would|can)(?:n['’]?t)? "
    r"(?:it|this|that|there|your)"
    r"|(?!(?:fast|erst|sonst|selbst) )\w+st du|(?:habt|seid|könnt|wollt|macht|spielt|kennt|findet) ihr"
    r"|(?:bin|hab|habe|kann|darf|soll|muss|ist|sind|war|gibt|geht|hat|wird) (?:ich|wir|es|das|man|jemand))(?!\w)"
)
"""Questions that English and German make by their first words: can you sing, kannst du singen."""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _phrases(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these words or phrases, whole; where words are not written apart, anywhere."""
    options = sorted({_folded(w) for w in words if _folded(w)}, key=len, reverse=True)
    return re.compile("|".join(map(_whole, options)) or r"(?!)")


def _whole(word: str) -> str:
    before, after = "" if SIGN.match(word) else r"(?<!\w)", "" if SIGN.match(word[-1]) else r"(?!\w)"
    return before + re.escape(word) + after


def length(text: str) -> int:
    """How many words it has; two signs of a script without spaces are one."""
    signs = len(SIGN.findall(text))
    return len(SIGN.sub(" ", text).split()) + (signs + 1) // 2


def asks(text: str) -> bool:
    """Whether it is written as a question: a question mark of any script, a word that stands for one, or the verb first."""
    folded = _folded(text)
    marked = any(mark in folded for mark in QUESTION_MARKS) or GREEK_QUESTION.search(text)
    return bool(marked or ASKING.search(folded) or INVERTED.search(folded))


class Relevance:
    """Judges comments by the rules in `comment` of the settings. Pure; a change of the settings takes effect at once."""

    def __init__(self, settings: Mapping[str, Any] | CommentSettings) -> None:
        self._settings = (
            settings if isinstance(settings, CommentSettings) else CommentSettings.model_validate(dict(settings))
        )
        self._compiled: dict[tuple[str, ...], re.Pattern[str]] = {}

    def score(self, text: str) -> float:
        """How much it asks for an answer, 0..1: 0.5, +0.2 for each distinct question word and for being written as a
        question, +0.1 from five words on; 0 for what is ignored."""
        if self.is_ignored(text):
            return 0.0
        folded = _folded(text)
        asked = self.question_words(text)
        bonus = LONG_BONUS if length(folded) >= LONG_WORDS else 0.0
        return min(1.0, round(BASE + PER_QUESTION_WORD * (asked + asks(text)) + bonus, 6))

    def question_words(self, text: str) -> int:
        """How many distinct words of the streamer's list are in it."""
        found = set(self._pattern(self._settings.keywords_bonus).findall(_folded(text)))
        return len(found - set(QUESTION_MARKS))

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
        short = self._is_short(text)
        if score >= rules.reply_threshold and not short:
            return ""
        if self.is_thanks(text):
            return "" if rules.respond_to_thanks else "thanks_off"
        if self.is_greeting(text):
            return "" if rules.respond_to_greetings else "greetings_off"
        return "too_short" if short else "not_relevant"

    def is_mere_greeting(self, text: str, score: float) -> bool:
        """A greeting that asks nothing else: answered once in a while only."""
        return score < self._settings.reply_threshold and self.is_greeting(text) and not self.is_thanks(text)

    def is_mere_thanks(self, text: str, score: float) -> bool:
        """A thank-you that asks nothing else."""
        return score < self._settings.reply_threshold and self.is_thanks(text)

    def _is_short(self, text: str) -> bool:
        """Shorter than the streamer wants, or without any letter or digit, however long ("???")."""
        signs = len(SIGN.findall(text))  # one says as much as two letters
        return len(text.strip()) + signs < self._settings.min_length or not any(c.isalnum() for c in text)

    def _pattern(self, words: list[str]) -> re.Pattern[str]:
        key = tuple(words)
        if key not in self._compiled:
            self._compiled = {k: v for k, v in self._compiled.items() if len(self._compiled) < 8}
            self._compiled[key] = _phrases(words)
        return self._compiled[key]
