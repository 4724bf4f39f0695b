"""What the streamer orders of the pal at once: panic, mute, skip, "I'm talking". Flask's threads."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bridge import Bridge
from web.answers import json_object
from web.changes import switch_of
from web.describe import YES_NO, describe, record
from web.status import STATUS

SWITCH = record({"on": YES_NO})


def add_order_routes(app: Flask, bridge: Bridge, status: Callable[[], Mapping[str, Any]]) -> None:
    """Each answers with the status as it is then."""

    @app.post("/api/panic")
    @describe("Silence the pal at once, or let it speak again.", body=SWITCH, answer=STATUS)
    def panic() -> ResponseReturnValue:
        """Silences everything at once until it is released; without a bot it is remembered for the next Start."""
        bridge.order("panic", switch_of(json_object()))
        return jsonify(status())

    @app.post("/api/mute")
    @describe("Say nothing new until unmuted.", body=SWITCH, answer=STATUS)
    def mute() -> ResponseReturnValue:
        """Says nothing new until unmuted; ends with Stop."""
        bridge.order("mute", switch_of(json_object()))
        return jsonify(status())

    @app.post("/api/skip")
    @describe("Drop what is being said, or would be said next.", answer=STATUS)
    def skip() -> ResponseReturnValue:
        """Drops the rest of the answer that is being said, or what would be said next."""
        bridge.order("skip")
        return jsonify(status())

    @app.post("/api/talking")
    @describe("Take the floor by hand, or give it back.", body=SWITCH, answer=STATUS)
    def talking() -> ResponseReturnValue:
        """While on, the streamer has the floor, whatever the microphone hears; ends with Stop."""
        bridge.order("talking", switch_of(json_object()))
        return jsonify(status())
