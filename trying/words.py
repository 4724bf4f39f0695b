"""What came of something that was tried, in words: a code of `trying` in the locales, else why a connection is as it is."""

from collections.abc import Mapping
from typing import Any

from web.words import Told


def told(code: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
    """`{code, params, text}`; `text` is told, empty for an empty code."""
    given = {name: value if isinstance(value, str) else str(value) for name, value in (params or {}).items()}
    return {"code": code, "params": given, "text": _text(code, given) if code else ""}


def _text(code: str, params: Mapping[str, object]) -> str:
    own = Told(f"trying.{code}", **params)
    return Told(f"reason.{code}", **params) if own == own.key else own
