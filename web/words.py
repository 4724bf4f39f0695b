"""The sentences people read, by key and language, from locales/<language>.json. Any thread."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from config.words import LOCALES, form_of, look_up

__all__ = ["LOCALES", "say", "sentence"]

FALLBACK = "en"

_PLACE = re.compile(r"\{(\w+)\}")


def say(code: str, /, language: str = FALLBACK, **params: object) -> str:
    """The sentence of a dotted key such as `reason.tiktok_offline`, in this language; see `sentence`."""
    return sentence(code, params, language)


def sentence(code: str, params: Mapping[str, object], language: str = FALLBACK, folder: Path = LOCALES) -> str:
    """The text of this key, its `{name}` places filled from `params`.

    Of a key with forms it is the one for the `count` in `params`. A language that lacks it answers in English, English that lacks it with the key itself. A place without a
    parameter stays as it is written; braces inside a parameter are text.
    """
    text = form_of(code, params, language, folder) or form_of(code, params, FALLBACK, folder) or code
    return _PLACE.sub(lambda place: str(params.get(place[1], place[0])), text)


class Problem(Protocol):
    """What cannot be done with the viewers now."""

    code: str
    params: dict[str, str]


def in_words(problem: Problem, language: str = FALLBACK) -> str:
    """Why it cannot be done, and what to do: a sentence of `viewers.problem`, else the one that the lamp shows."""
    return sentence(key_of(problem), problem.params, language)


def key_of(problem: Problem) -> str:
    """The key of that sentence."""
    own = f"viewers.problem.{problem.code}"
    return own if look_up(own, FALLBACK, LOCALES) is not None else f"reason.{problem.code}"
