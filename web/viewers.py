"""Viewers over HTTP: forgotten everywhere, who is here now, and what was given. Flask's threads."""

from typing import Any, Protocol

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bridge import Bridge
from web.answers import limit_of
from web.words import sentence


class Forgot(Protocol):
    """What became of forgetting somebody, see `live/everywhere`."""

    problems: list[dict[str, str]]

    def as_json(self) -> dict[str, Any]: ...


class Archive(Protocol):
    """Who is kept, and where. Any thread; raises OSError when a file cannot be used."""

    def forget(self, username: str) -> Forgot:
        """Everywhere; blocks while files are rewritten, and raises nothing."""

    def gifts(self, limit: int) -> dict[str, Any]:
        """The newest gifts, and the sums of today."""


def add_viewer_routes(app: Flask, archive: Archive, bridge: Bridge) -> None:
    """Under `/api/viewers`, and `GET /api/here`, `GET /api/gifts`."""

    @app.post("/api/viewers/<path:username>/forget")
    def forget_viewer(username: str) -> ResponseReturnValue:
        """Nothing tells of this viewer any more. `from`: how much did, by place; the second time it is nothing."""
        forgot = archive.forget(handle(username))
        if not forgot.problems:
            return jsonify(forgot.as_json())
        why = " ".join(sentence(f"forgetting.problem.{one['code']}", one) for one in forgot.problems)
        return jsonify({**forgot.as_json(), "error": sentence("forgetting.incomplete", {}), "hint": why}), 503

    @app.get("/api/here")
    def here() -> ResponseReturnValue:
        """Who has shown a sign of life lately, the newest sign first."""
        found: Any = bridge.ask("here") or []
        viewers = [{name: one[name] for name in ("username", "nickname", "since")} for one in found]
        return jsonify({"viewers": viewers, "count": len(viewers)})

    @app.get("/api/gifts")
    def gifts() -> ResponseReturnValue:
        """The newest `limit` gifts of the last day, and the sums since midnight."""
        return jsonify(archive.gifts(limit_of("100")))


def handle(username: str) -> str:
    """A name as it is known: with or without the @ in front."""
    return username.strip().removeprefix("@")
