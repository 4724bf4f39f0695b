"""What the stand-in dashboard's bot has waiting, and who and what is in its room: shapes that pages must survive."""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

STARTED = time.time()


class Desk:
    """Lines that wait, as `corridor.desk` orders them; never said, so that a test has them in hand."""

    def __init__(self, hostile: str) -> None:
        self._numbers = itertools.count(1)
        texts = ["Thank you for the roses, Mia!", "Hello Ben, welcome back!", hostile, "The song is by Änna herself."]
        kinds = ["thanks", "greeting", "answer", "no_such_kind"]
        self._lines = [self._line(kind, text) for kind, text in zip(kinds, texts, strict=True)]

    def handlers(self) -> Mapping[str, Callable[..., object]]:
        """As `Bot.handlers`, of what waits."""
        return {
            "lines": lambda: [{**line, "age": time.time() - line["age"]} for line in self._lines],
            "now": lambda line: self._move(line, 0),
            "move": self._move,
            "drop": self._drop,
            "clear": self._clear,
            "say": self._say,
        }

    def _line(self, kind: str, text: str) -> dict[str, Any]:
        return {"id": next(self._numbers), "kind": kind, "text": text, "priority": 5, "age": time.time(), "ttl": 60.0}

    def _move(self, number: int, position: int) -> bool:
        found = [line for line in self._lines if line["id"] == number]
        rest = [line for line in self._lines if line["id"] != number]
        self._lines = [*rest[:position], *found, *rest[position:]]
        return bool(found)

    def _drop(self, number: int) -> bool:
        before = len(self._lines)
        self._lines = [line for line in self._lines if line["id"] != number]
        return len(self._lines) < before

    def _clear(self) -> int:
        gone, self._lines = len(self._lines), []
        return gone

    def _say(self, text: str) -> Mapping[str, Any]:
        if any(line["text"] == text for line in self._lines):
            return {"refused": "duplicate"}
        self._lines.append(self._line("say", text))
        return {"id": self._lines[-1]["id"]}


def add_room_routes(app: Flask, hostile: str) -> None:
    """Answers of the routes that the dashboard shows besides; where the app has one of its own, that one stays."""
    known = {rule.rule for rule in app.url_map.iter_rules()}
    persona = {"current": "sunny"}

    def get(path: str, answer: Callable[[], Any]) -> None:
        if path not in known:
            app.add_url_rule(path, f"stand-in {path}", lambda: jsonify(answer()))

    def choose() -> ResponseReturnValue:
        persona["current"] = request.get_json()["name"]
        return jsonify({"current": persona["current"], "personas": _PERSONAS})

    get("/api/history", lambda: {"minutes": [_minute(place) for place in range(60)]})
    get("/api/gifts", lambda: {"gifts": _gifts(hostile), "today": {"streaks": 9, "pieces": 1234, "diamonds": 5678}})
    get("/api/here", lambda: {"viewers": _viewers(hostile), "count": 131})
    get("/api/lan", lambda: {"on": True, "url": "http://192.0.2.7:5000/?token=0", "qr": _QR, "problem": None})
    get("/api/setup", lambda: {"done": False, "step": "language", "steps": []})
    get("/api/persona", lambda: {"current": persona["current"], "personas": _PERSONAS})
    if "/api/persona" not in known:
        app.add_url_rule("/api/persona", "stand-in choose", choose, methods=["POST"])
    if "/api/ask" not in known:
        app.add_url_rule("/api/ask", "stand-in ask", lambda: jsonify(_answer(hostile)), methods=["POST"])


_PERSONAS = [
    {"name": "sunny", "title": "Sunny", "description": "Warm, curious, short.", "language": "en"},
    {"name": "pirate", "title": "Captain Salt", "description": "Talks like the sea.", "language": "en"},
]


_QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h3v3h-3zM5 5h3v3h-3z"/></svg>'


def _minute(place: int) -> dict[str, Any]:
    comments, gifts = (place * 7) % 23 + place // 4, (place * 5) % 9 // 3
    return {"at": STARTED // 60 * 60 - (60 - place) * 60, "comments": comments, "gifts": gifts, "viewers": 80 + place}


def _gifts(hostile: str) -> list[dict[str, Any]]:
    names = ["Rose", "Finger Heart", hostile, "Lion"]
    who = {"username": "anna", "nickname": hostile}
    return [
        {"at": STARTED - 40 * place, **who, "gift": gift, "count": 3, "diamonds": 3, "thanked": place > 0}
        for place, gift in enumerate(names)
    ]


def _viewers(hostile: str) -> list[dict[str, Any]]:
    names = ["Mia", "Ben", hostile, *(f"Viewer {number}" for number in range(40))]
    return [{"username": f"v{place}", "nickname": name, "since": STARTED} for place, name in enumerate(names)]


def _answer(hostile: str) -> dict[str, Any]:
    return {"answer": ["It depends.", hostile], "model": "tiny", "provider": "openai", "seconds": 0.84}
