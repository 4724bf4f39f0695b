"""What came of a step, in words. Pure, any thread."""

from collections.abc import Callable, Mapping
from typing import Any


def told(text: Callable[..., str], code: str, params: Mapping[str, Any]) -> str:
    """The sentence of this code: the set-up's own, else the one that the dashboard has for such a reason.

    `text`: `web.words.say` in some language, or `web.words.Told`.
    """
    own = f"setup.said.{code}"
    words = text(own, **params)
    return text(f"reason.{code}", **params) if words == own else words
