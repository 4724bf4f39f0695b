"""The texts in `locales/<language>.json` by dotted key. Any thread; the files are read once."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent.parent / "locales"


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
