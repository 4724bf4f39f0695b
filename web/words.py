"""The sentences people read, by key and language, from locales/<language>.json. Any thread."""

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

LOCALES = Path(__file__).parent.parent / "locales"
FALLBACK = "en"

_PLACE = re.compile(r"\{(\w+)\}")


def say(code: str, /, language: str = FALLBACK, **params: object) -> str:
    """The sentence of a dotted key such as `reason.tiktok_offline`, in this language; see `sentence`."""
    return sentence(code, params, language)


def sentence(code: str, params: Mapping[str, object], language: str = FALLBACK, folder: Path = LOCALES) -> str:
    """The text of this key, its `{name}` places filled from `params`.

    A language that lacks it answers in English, English that lacks it with the key itself. A place without a
    parameter stays as it is written; braces inside a parameter are text.
    """
    text = _lookup(code, language, folder) or _lookup(code, FALLBACK, folder) or code
    return _PLACE.sub(lambda place: str(params.get(place[1], place[0])), text)


class Problem(Protocol):
    """What cannot be done with the viewers now."""

    code: str
    params: dict[str, str]


def in_words(problem: Problem, language: str = FALLBACK) -> str:
    """Why it cannot be done, and what to do: a sentence of `viewers.problem`, else the one that the lamp shows."""
    own = f"viewers.problem.{problem.code}"
    known = _lookup(own, FALLBACK, LOCALES) is not None
    return sentence(own if known else f"reason.{problem.code}", problem.params, language)


def _lookup(code: str, language: str, folder: Path) -> str | None:
    found: Any = _texts(language, folder)
    for part in code.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


@functools.cache
def _texts(language: str, folder: Path) -> dict[str, Any]:
    """One file's content; nothing for a language we do not have. A damaged file is our own mistake and raises."""
    path = folder / f"{language}.json"
    if not language.isalpha() or not path.is_file():
        return {}
    texts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return texts
