"""What waits to be said, over HTTP: shown, reordered, dropped, and lines the streamer types. Flask's threads."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bridge import Bridge
from web.answers import ApiError, json_object, whole_number
from web.describe import NUMBER, TEXT, WHOLE, at_least, describe, listing, record, text

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
            raise ApiError(404, "This line does not wait any more.", "It was said or dropped meanwhile.")
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
            raise ApiError(422, "This line waits already.")
        case {"refused": "panic"}:
            raise ApiError(422, "The pal is silenced.", "Release the panic first.")
        case {"refused": str(code)}:
            raise ApiError(422, f"The pal does not say this ({code}).", "The audit says why.")
    raise ApiError(409, "Nobody is there to say it.", "Press Start first.")


def _text(content: dict[str, Any]) -> str:
    text = content.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(400, "The text is missing.", 'Send {"text": "..."}.')
    if len(text) > LONGEST_LINE:
        raise ApiError(400, f"A line may have {LONGEST_LINE} characters.")
    return text


def _position(content: dict[str, Any]) -> int:
    position = whole_number(content.get("position"))
    if position is None or not 0 <= position <= FURTHEST:
        raise ApiError(400, "The position must be a whole number, 0 is next.", 'Send {"position": 0}.')
    return position
