"""The safe mouth: the last gate of every sentence, whoever made it. Pure but for reading its word lists once.

`python -m mind.gate [folder]` measures it on the corpora: how much of the attacks is spoken, how much harmless blocked.
"""

import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from mind import instructions
from mind.begging import begs, without_begging
from mind.dictation import dictated
from mind.folding import fold, key
from mind.persona import Persona, Personas
from mind.personal import personal
from mind.safety import COMMAND, DASHES, has_link, plain, speakable, spoken_name
from mind.spam import calmed, is_wall
from mind.templates import Templates
from mind.wordlist import WordList, load, read
from settings import Settings

log = logging.getLogger(__name__)

Action = Literal["pass", "rewrite", "refuse"]
CAPTIONS = "captions"
"""The mode in which nothing is voiced; the caller keeps it, the gate judges as always."""

HEARD = 2
"""A raw text is looked at up to this many times the longest line: what lies beyond is cut off."""

LONGEST_NICKNAME = 100
"""TikTok's are far shorter; what lies beyond would only cost time."""

ROUNDS = 4
"""How often what was taken out may bring together something new before the sentence is given up."""

SPOKEN_LINK = re.compile(
    r"(?i)\b[\w-]{2,}\s*(?:[\(\[]\s*(?:dot|punkt|punto|point|\.)\s*[\)\]]|\b(?:dot|punkt|punto|point)\b|\s\.\s?)\s*"
    r"(?:com|net|org|gg|tv|io|xyz|fr|es|ly|shop|app|info|ru|uk|eu|ai|link|online|site|club|store)\b"
    r"|\b[\w-]{2,}\s*[\(\[]?\b(?:dot|punkt)\b[\)\]]?\s*(?:de|at|ch)\b"
    r"|\b[\w-]{2,}\.(?:fr|ai|nl|pl|club|online|site|store|website|biz|icu|click|stream|gift|vip|pw|su|tk|ml)\b|\b[\w.-]+\.[a-z]{2,6}/\S"
    r"|\bh\s*t\s*t\s*p\s*s?\s*:|\bhxxps?\b|\bw\s*w\s*w\s*[.\s]|\bdiscord\s*(?:dot\s*)?gg\b|\bt\s*\.\s*me\b|\bbit\s*\.?\s*ly\b"
)
LEAK = re.compile(
    r"(?i)\b(?:my|the|mein\w*|mi|mon) (?:hidden |secret |initial |geheimer? )?(?:system ?-?prompt|systemprompt|prompt (?:de|du) syst[eè]me)\b"
    r"|\b(?:dan|developer|jailbreak|god|sudo) mode (?:is )?(?:enabled|activated|on)\b|\bi am (?:now )?(?:dan|jailbroken)\b"
)
LEAK_WORDS = 7
"""So many words in a row of the pal's own instructions are a leak."""

ADDRESSED = frozenset("you your yours yourself du dich dir dein deine deinen deinem deiner".split())  # noqa: SIM905

CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|_|(?<=[a-z])(?=\d)|(?<=\d)(?=[A-Z])")
FRAME = re.compile(r"(?i)^x+(?=[\W_\d])|(?<=[\W_\d])x+$")
DIGITS_FOR_LETTERS = str.maketrans("013457", "oieast")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a sentence."""

    text: str
    """The line to say; "" when refused."""

    action: Action
    rule: str = ""
    """Which rule changed or refused it: empty, bad_word, personal, link, command, leak, dictated, begging, spam, name,
    cleaned (only markup, emoji or length), gate_failed; "" when it passed."""

    reason: str = ""
    """What set the rule off: the list's entry, the kind of data. Never more of the text than that."""


class SafeMouth:
    """Judges sentences by the settings as they are at that moment."""

    def __init__(self, settings: Settings | Mapping[str, Any], templates: Templates | None = None) -> None:
        self._settings = Settings.of(settings)
        self._personas = Personas(self._settings)
        self._templates = templates or Templates()
        self._lists()  # read now: a missing list must stop the start, not the first sentence

    def check(self, text: str, *, kind: str = "answer", name: str = "", dictated_by: str = "") -> Verdict:
        """The verdict on one outgoing sentence; never raises, and what fails inside is refused.

        `name`: the viewer's name in it, replaced when it cannot be said. `dictated_by`: the comment an answer belongs to.
        """
        try:
            verdict = self._judged(text, name, dictated_by)
        except Exception as error:  # border: a gate that breaks must be shut, whatever broke it  # noqa: BLE001
            log.error("the gate failed, nothing is said: kind=%s error=%s", kind, type(error).__name__)
            return Verdict("", "refuse", "gate_failed", type(error).__name__)
        if verdict.action != "pass":
            log.debug("%s kind=%s rule=%s reason=%s", verdict.action, kind, verdict.rule, verdict.reason)
        return verdict

    def name(self, nickname: str, language: str = "") -> str:
        """How to call this viewer: letters only, short, harmless; "my friend" in `language` when nothing of it is."""
        language = language or self._settings.style.language
        somebody = self._templates.somebody(language)
        if not self._settings.safety.check_names:
            return spoken_name(nickname, somebody)
        try:
            return self._name(nickname[:LONGEST_NICKNAME], somebody)
        except Exception as error:  # border: as in check  # noqa: BLE001
            log.error("the gate failed, a name is not said: error=%s", type(error).__name__)
            return somebody

    def gift(self, title: str, language: str = "") -> str:
        """How to call this gift; "gift" in `language` when its own name cannot be said."""
        verdict = self.check(title, kind="gift_name")
        present = self._templates.present(language or self._settings.style.language)
        return present if verdict.action == "refuse" else verdict.text

    def fallback(self, kind: str, language: str = "") -> str:
        """What can be said instead of a refused line: thanks without a name; "" for answers, where silence is best."""
        return self._templates.harmless(kind, language or self._settings.style.language)

    def _lists(self) -> WordList:
        safety = self._settings.safety
        return load(safety.mode == "family", tuple(safety.allow), tuple(safety.block))

    def _judged(self, text: str, name: str, comment: str) -> Verdict:
        limit = self._settings.style.max_line_length
        raw = text[: HEARD * limit]
        line = speakable(raw, limit)
        if not line:
            return Verdict("", "refuse", "empty")
        rule, reason = _changed_by_cleaning(raw, line)
        if refusal := self._refusal_of_raw(raw, line):
            return refusal
        if name and (said := self.name(name)) != name and name in line:
            line, rule, reason = speakable(line.replace(name, said), limit), "name", ""
        for _ in range(ROUNDS):
            if refusal := self._refusal(line, comment):
                return refusal
            better, why = self._better(line)
            better = speakable(better, limit)
            if not better:
                return Verdict("", "refuse", why)
            if better == line:
                return Verdict(line, "rewrite" if rule else "pass", rule, reason)
            line, rule, reason = better, why, ""
        return Verdict("", "refuse", rule, "unstable")

    def _refusal_of_raw(self, raw: str, line: str) -> Verdict | None:
        """What only the text as it came shows: walls, and what cleaning tears apart."""
        if is_wall(raw):
            return Verdict("", "refuse", "spam")
        if raw == line:
            return None
        if entry := self._lists().find(raw, self._settings.style.language):
            return Verdict("", "refuse", "bad_word", entry)
        found = personal(raw)
        return Verdict("", "refuse", "personal", found) if found else None

    def _refusal(self, line: str, comment: str) -> Verdict | None:
        if entry := self._lists().find(line, self._settings.style.language):
            return Verdict("", "refuse", "bad_word", entry)
        if found := personal(line):
            return Verdict("", "refuse", "personal", found)
        if SPOKEN_LINK.search(line):
            return Verdict("", "refuse", "link")
        if LEAK.search(line) or _overlap(key(line), _secrets(self._settings.system_prompt, self._personas.current())):
            return Verdict("", "refuse", "leak")
        if comment and (words := dictated(comment, line, _insults())):
            return Verdict("", "refuse", "dictated", words)
        return None

    def _better(self, line: str) -> tuple[str, str]:
        """The line with what can be mended mended, and by which rule."""
        if self._settings.safety.rewrite_begging and begs(line):
            return without_begging(line), "begging"
        return calmed(line), "spam"

    def _name(self, nickname: str, somebody: str) -> str:
        apart = CAMEL.sub(" ", nickname)
        if COMMAND.search(_shown(nickname)):
            return somebody
        for reading in (nickname, apart, re.sub(r"\d", "", apart)):
            if self._lists().find(reading, "en") or begs(reading) or personal(reading) or SPOKEN_LINK.search(reading):
                return somebody
        bare = " ".join(filter(None, map(_lettered, FRAME.sub("", nickname.replace("_", " ")).split())))
        said = calmed(spoken_name(bare, ""))
        if not any(c.isalpha() for c in said) or has_link(nickname) or self._lists().find(said, "en") or begs(said):
            return somebody
        return said


def _shown(raw: str) -> str:
    """As the avatar would read it: nothing invisible between the letters of a command."""
    return raw if raw.isascii() and raw.isprintable() else plain(raw)


def _changed_by_cleaning(raw: str, line: str) -> tuple[str, str]:
    if raw == line:
        return "", ""
    shown = _shown(raw)
    if COMMAND.search(shown) or shown.lstrip().startswith(tuple(DASHES)):
        return "command", ""
    return ("link", "") if has_link(raw) else ("cleaned", "")


def _lettered(word: str) -> str:
    """A part of a name without its digits; inside a word they stand for letters."""
    core = re.sub(r"^\d+|\d+$", "", word)
    return core.translate(DIGITS_FOR_LETTERS) if any(c.isdigit() for c in core) else core


def _overlap(line: str, secrets: frozenset[tuple[str, ...]]) -> bool:
    return not secrets.isdisjoint(_runs(line))


@lru_cache(maxsize=8)
def _secrets(system_prompt: str, persona: Persona) -> frozenset[tuple[str, ...]]:
    """Runs of words that give the instructions away. A backstory may be told, but not in the words that address the pal."""
    orders = (
        system_prompt,
        *instructions.ALL,
        f"You are {persona.name}, {instructions.ROLE}",
        persona.tone,
        *persona.rules,
    )
    told = {run for run in _runs(key(persona.backstory)) if not ADDRESSED.isdisjoint(run)}
    return frozenset(told).union(*(_runs(key(order)) for order in orders))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + LEAK_WORDS]) for i in range(len(words) - LEAK_WORDS + 1)}


@cache
def _insults() -> frozenset[str]:
    return frozenset(fold(word).casefold() for word in read("insults.txt"))


if __name__ == "__main__":
    from mind.rates import main

    sys.exit(main(sys.argv[1:]))
