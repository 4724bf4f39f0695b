"""The answer of `GET /api/status`: the bridge's status with the sentences people read, and its shape. Any thread."""

from collections.abc import Mapping
from typing import Any

from bridge import STOPPED
from web.describe import like
from web.logs import Redactor
from web.words import Told

STATUS = like(STOPPED)
"""Its JSON Schema. Whoever adds a part to the status adds it to `STOPPED`."""


def in_words(status: Mapping[str, Any], *, demo: bool, redactor: Redactor) -> dict[str, Any]:
    """The bridge's status with a `text` for each link that has a reason, and without secrets."""
    told = {**status, "demo": demo, "live": _live(status["live"])}
    told["links"] = {name: _link(link) for name, link in status["links"].items()}
    if status["error"]:
        told["error"] = Told("problem.bot_failed", error=redactor.clean(status["error"]))
    return told


def _live(live: Mapping[str, Any]) -> dict[str, Any]:
    """Why the live is as it is, and what the streamer can do."""
    code, params = live["code"], live["params"]
    words = {part: Told(f"{part}.{code}", **params) if code else "" for part in ("reason", "remedy")}
    return {**live, **words}


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    code, params = link.get("code", ""), dict(link.get("params", ()))
    return {**link, "params": params, "text": Told(f"reason.{code}", **params) if code else ""}
