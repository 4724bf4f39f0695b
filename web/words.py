"""The sentences people read, by key and language, from locales/<language>.json. Any thread."""

from typing import Protocol

from config.words import FALLBACK, LANGUAGES, LOCALES, Told, in_language, look_up, named, retold, sentence, told_by, why

__all__ = ["LANGUAGES", "LOCALES", "Told", "in_language", "named", "retold", "say", "sentence", "told_by", "why"]


def say(code: str, /, language: str = FALLBACK, **params: object) -> str:
    """The sentence of a dotted key such as `reason.tiktok_offline`, in this language; see `sentence`."""
    return sentence(code, params, language)


class Problem(Protocol):
    """What cannot be done with the viewers now."""

    code: str
    params: dict[str, str]


def in_words(problem: Problem) -> Told:
    """Why it cannot be done, and what to do: a sentence of `viewers.problem`, else the one that the lamp shows."""
    return Told(key_of(problem), **problem.params)


def key_of(problem: Problem) -> str:
    """The key of that sentence."""
    own = f"viewers.problem.{problem.code}"
    return own if look_up(own, FALLBACK) is not None else f"reason.{problem.code}"


def rule_named(rule: str) -> str:
    """What a rule of the last gate found, in words; the rule's own name where there are none."""
    return named(f"ui.rule.{rule}", rule)
