"""The texts in `locales/<language>.json` by dotted key, and sentences that can be said in each of these languages.

Whoever finds something wrong tells it once, `Told("problem.no_setting")`: a str in English, for logs, the command line
and whatever else takes a str. Whoever knows their reader says it in that reader's language. Any thread; the files are
read once.
"""

import errno
import functools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

LOCALES = Path(__file__).parent.parent / "locales"
FALLBACK = "en"
LANGUAGES = (FALLBACK, "de")

_PLACE = re.compile(r"\{(\w+)\}")


class Told(str):
    """A sentence of this key, English as a str; its `{name}` places are filled from `params`.

    A parameter may be a sentence that was told itself. A key that no locale file has is a pattern of its own, the same
    in every language, such as `{file}: {problem}`.
    """

    __slots__ = ("key", "params")
    key: str
    params: Mapping[str, object]

    def __new__(cls, key: str, /, **params: object) -> Self:
        made = super().__new__(cls, sentence(key, params))
        made.key, made.params = key, params
        return made

    def parts(self) -> dict[str, Any]:
        """As JSON, for another process of ours, which has `retold` for it."""
        inner = {n: p.parts() if isinstance(p, Told) and p.key else str(p) for n, p in self.params.items()}
        return {"key": self.key, "params": inner}

    @classmethod
    def joined(cls, mark: str, parts: Iterable[str]) -> Self:
        """These one after the other, with this mark between them; empty ones are left out."""
        found = {f"part{number}": part for number, part in enumerate(filter(None, parts))}
        return cls(mark.join(f"{{{name}}}" for name in found), **found)

    def in_language(self, language: str) -> str:
        """The same in this language, as far as there are words for it; see `sentence`."""
        return sentence(self.key, self.params, language)


class Spoken(Told):
    """What somebody wrote themselves in one language or in several, `{"en": ..., "de": ...}`, at least one of them."""

    __slots__ = ()

    def __new__(cls, texts: Mapping[str, str]) -> Self:
        made = str.__new__(cls, texts.get(FALLBACK) or next(iter(texts.values())))
        made.key, made.params = "", dict(texts)
        return made

    def __getnewargs_ex__(self) -> Any:
        """For copies, which can be said in the same languages."""
        return (dict(self.params),), {}

    def in_language(self, language: str) -> str:
        """As it was written in this language, else in English, else as it is."""
        return str(self.params.get(language) or str(self))


def sentence(code: str, params: Mapping[str, object], language: str = FALLBACK, folder: Path = LOCALES) -> str:
    """The text of this key, its `{name}` places filled from `params`.

    Of a key with forms it is the one for the `count` in `params`. A language that lacks it answers in English, English
    that lacks it with the key itself. A place without a parameter stays as it is written; braces inside a parameter are
    text. What was told is said in this language, too.
    """
    text = form_of(code, params, language, folder) or form_of(code, params, FALLBACK, folder) or code
    return _PLACE.sub(lambda place: str(in_language(params.get(place[1], place[0]), language)), text)


def in_language(content: Any, language: str) -> Any:
    """This content with everything in it that was told said in this language; what has parts is made anew, as JSON has it."""
    if isinstance(content, Told):
        return content.in_language(language)
    if isinstance(content, Mapping):
        return {name: in_language(part, language) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [in_language(part, language) for part in content]
    return content


def retold(parts: Any) -> str:
    """What another process of ours told as `Told.parts`; what is none is a text."""
    match parts:
        case {"key": str(key), "params": dict(params)}:
            return Told(key, **{str(name): retold(part) for name, part in params.items()})
    return str(parts)


def named(key: str, otherwise: str) -> str:
    """What stands under this key, told; `otherwise` where no locale file has it."""
    return Told(key) if look_up(key, FALLBACK) else otherwise


def told_by(error: BaseException) -> str:
    """What this error says, so that it can still be said in other languages, which `str(error)` cannot."""
    found = error.args[0] if error.args else ""
    return found if isinstance(found, Told) else str(error)


def why(error: BaseException) -> str:
    """Why the system does not let us have a file or folder, and what to do where that is known."""
    name = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    reason = error.strerror if isinstance(error, OSError) else None
    other = Told("problem.system.other", reason=reason) if reason else Told("problem.system.name")
    return named(f"problem.system.{name}", other)


def look_up(code: str, language: str, folder: Path = LOCALES) -> str | None:
    """The text of this key in this language; None where there is none."""
    found: Any = _texts(language, folder)
    for part in code.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def form_of(code: str, params: Mapping[str, object], language: str, folder: Path = LOCALES) -> str | None:
    """The same, where need be in its form for `count`: a key may have a text for `one` and one for `other`, as number
    words of English and German need it."""
    return look_up(code, language, folder) or look_up(
        f"{code}.{'one' if str(params.get('count')) == '1' else 'other'}", language, folder
    )


@functools.cache
def _texts(language: str, folder: Path) -> dict[str, Any]:
    """One file's content; nothing for a language we do not have. A damaged file is our own mistake and raises."""
    path = folder / f"{language}.json"
    if not language.isalpha() or not path.is_file():
        return {}
    texts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return texts
