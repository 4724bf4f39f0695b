"""What came of something that was tried, in words: a code of `trying` in the locales, else why a connection is as it is."""

from collections.abc import Mapping
from typing import Any

from web.words import sentence


def told(code: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
    """`{code, params, text}`; `text` is English, empty for an empty code. Other languages have the code."""
    given = {name: str(value) for name, value in (params or {}).items()}
    return {"code": code, "params": given, "text": _text(code, given) if code else ""}


def _text(code: str, params: Mapping[str, object]) -> str:
    own = sentence(f"trying.{code}", params)
    return sentence(f"reason.{code}", params) if own == f"trying.{code}" else own
