"""What waits to be said, over HTTP: shown, reordered, dropped, and lines the streamer types. Flask's threads."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bridge import Bridge
from web.answers import ApiError, json_object, whole_number
from web.describe import NUMBER, TEXT, WHOLE, at_least, describe, listing, record, text
from web.words import Told, rule_named

LONGEST_LINE = 500
"""Characters of a typed line; the gate may shorten it further."""

FURTHEST = 1_000_000

LINE = {"id": WHOLE, "kind": TEXT, "text": TEXT, "priority": NUMBER, "age": NUMBER, "ttl": NUMBER}
LINES = record({"lines": listing(at_least(LINE))})
PLACE = {"type": "integer", "minimum": 0, "maximum": FURTHEST}
TYPED = record({"text": text(LONGEST_LINE, 1)})


def add_outbox_routes(app: Flask, bridge: Bridge) -> None:
    """Each answers `{"lines": [...]}` as it is then: id, kind, text, priority, age, ttl; what comes first in front."""

    def lines() -> ResponseReturnValue:
        return jsonify({"lines": bridge.ask("lines") or []})

    def done(order: str, *details: int) -> ResponseReturnValue:
        if not bridge.ask(order, *details):
            raise ApiError(404, Told("refusal.line_gone"), Told("refusal.line_said"))
        return lines()

    @app.get("/api/outbox")
    @describe("What waits to be said.", answer=LINES)
    def outbox() -> ResponseReturnValue:
        return lines()

    @app.post("/api/outbox/<int:line_id>/now")
    @describe("Say a waiting line next.", answer=LINES)
    def say_now(line_id: int) -> ResponseReturnValue:
        """Next in line; nobody is talked over all the same."""
        return done("now", line_id)

    @app.post("/api/outbox/<int:line_id>/drop")
    @describe("Do not say a waiting line.", answer=LINES)
    def drop(line_id: int) -> ResponseReturnValue:
        return done("drop", line_id)

    @app.post("/api/outbox/<int:line_id>/move")
    @describe("Say a waiting line as the n-th from now.", body=record({"position": PLACE}), answer=LINES)
    def move(line_id: int) -> ResponseReturnValue:
        """To `position`: 0 is next, too far is last."""
        return done("move", line_id, _position(json_object()))

    @app.post("/api/outbox/clear")
    @describe("Say nothing of what waits.", answer=LINES)
    def clear() -> ResponseReturnValue:
        bridge.ask("clear")
        return lines()


def add_say_route(app: Flask, bridge: Bridge) -> None:
    """`POST /api/say`."""

    @app.post("/api/say")
    @describe("Let the pal say a typed line.", body=TYPED, answer=record({"id": WHOLE}), errors=(409, 422))
    def say() -> ResponseReturnValue:
        """The pal says what the streamer typed, unless its gate refuses; answers with the line's `id`."""
        return jsonify({"id": _said(bridge, _text(json_object()))})


def _said(bridge: Bridge, text: str) -> int:
    match bridge.ask("say", text):
        case {"id": int(line_id)}:
            return line_id
        case {"refused": "duplicate"}:
            raise ApiError(422, Told("refusal.line_waits"))
        case {"refused": "panic"}:
            raise ApiError(422, Told("refusal.silenced"), Told("refusal.release_panic"))
        case {"refused": str(code)}:
            raise ApiError(422, Told("refusal.not_said", rule=rule_named(code)), Told("refusal.audit_says"))
    raise ApiError(409, Told("refusal.nobody_there"), Told("refusal.press_start"))


def _text(content: dict[str, Any]) -> str:
    text = content.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(400, Told("refusal.no_text"), Told("refusal.send", example='{"text": "..."}'))
    if len(text) > LONGEST_LINE:
        raise ApiError(400, Told("refusal.line_long", longest=LONGEST_LINE))
    return text


def _position(content: dict[str, Any]) -> int:
    position = whole_number(content.get("position"))
    if position is None or not 0 <= position <= FURTHEST:
        raise ApiError(400, Told("refusal.position"), Told("refusal.send", example='{"position": 0}'))
    return position
