"""The safe mouth's routes and news for the stand-in dashboard – until app has them.

Behaves as the real ones are agreed to: every order answers the status, news come over Socket.IO.
"""

import itertools
import json
import time
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify

from web.answers import ApiError, json_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue


class Mouth:
    """What is silenced, and what was not said."""

    def __init__(self, hostile: str) -> None:
        self.silenced: str | None = None
        self._words: dict[str, list[str]] = {"allow": [], "block": []}
        self._numbers = itertools.count(1)
        self._entries: list[dict[str, Any]] = []
        self.write("refuse", "slur", "Contained a slur", "You absolute plonker, said the parrot", "")
        self.write("rewrite", "name", "The name cannot be spoken", "x_X_D4rk_X_x", "a friend")
        self.write("refuse", "no_such_rule", "Words of the server", hostile, hostile)

    def write(self, action: str, rule: str, reason: str, text: str, said: str) -> None:
        entry = {"action": action, "rule": rule, "reason": reason, "text": text, "said": said, "at": time.time()}
        self._entries.insert(0, {"id": next(self._numbers), **entry, "kind": "answer", "username": "anna" * bool(text)})

    def alert(self, text: str) -> dict[str, Any]:
        """The news of a red flag, which is in the audit, too."""
        self.write("red_flag", "self_harm", "Hints at self-harm", text, "")
        return {"at": time.time(), "kind": "self_harm", "username": "anna", "nickname": "Änna", "text": text}

    def add_routes(self, app: "Flask", status: "Callable[[], dict[str, Any]]") -> None:
        """`status` is what every order answers."""

        def order(name: str) -> "Callable[[], ResponseReturnValue]":
            def take() -> "ResponseReturnValue":
                self.silenced = name if json_object()["on"] else None
                self.write(name, name, "on" if self.silenced else "off", "", "")
                return jsonify(status())

            return take

        def teach(verdict: str) -> "Callable[[], ResponseReturnValue]":
            def take() -> "ResponseReturnValue":
                word = json_object()["word"]
                if not any(letter.isalpha() for letter in word):
                    raise ApiError(400, "That is no word.")
                self._words[verdict].append(word)
                self.write(verdict, "", f"{verdict}: {word}", word, "")
                return jsonify(self._words)

            return take

        for name in ("panic", "mute"):
            app.add_url_rule(f"/api/{name}", name, order(name), methods=["POST"])
        for verdict in ("allow", "block"):
            app.add_url_rule(f"/api/audit/{verdict}", verdict, teach(verdict), methods=["POST"])
        app.add_url_rule("/api/skip", "skip", lambda: jsonify(status()), methods=["POST"])
        app.add_url_rule("/api/audit", "audit", lambda: jsonify({"entries": self._entries[:200]}))
        app.add_url_rule("/api/audit/export", "export", self._export)

    def _export(self) -> Response:
        lines = "".join(f"{json.dumps(entry)}\n" for entry in self._entries)
        kept = {"Content-Disposition": "attachment; filename=audit.jsonl"}
        return Response(lines, mimetype="application/jsonl", headers=kept)
