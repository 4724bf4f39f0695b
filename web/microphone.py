"""The microphones and how loud things arrive in them, over HTTP. Flask's threads."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from events import Calibrated
from web.answers import ApiError, json_object
from web.changes import LEVEL_OF, Changes, calibration_of
from web.describe import OBJECT, TEXT, at_least, describe, listing, one_of, record
from web.words import Told

log = logging.getLogger(__name__)

MEASURED = at_least({"kind": TEXT, "verdict": TEXT, "text": TEXT})


def add_microphone_routes(
    app: Flask,
    list_devices: Callable[[], list[dict[str, Any]]],
    measure: Callable[[str], Calibrated],
    changes: Changes,
) -> None:
    """`GET /api/devices` and `POST /api/microphone/calibrate`."""

    @app.get("/api/devices")
    @describe("The microphones of this computer.", answer=listing(OBJECT), errors=(503,))
    def devices() -> ResponseReturnValue:
        """Name and whether it is the system's own choice; one by one as the system lists them."""
        try:
            return jsonify(list_devices())
        except Exception as error:  # border: the audio library raises whatever the system's sound makes it
            log.exception("the microphones could not be listed")
            raise ApiError(503, Told("refusal.no_microphones"), Told("refusal.log_says_why")) from error

    @app.post("/api/microphone/calibrate")
    @describe(
        "Measure the voice, the quiet room or the pal.",
        body=record({"kind": one_of(*LEVEL_OF)}),
        answer=MEASURED,
        errors=(409, 507),
    )
    def calibrate() -> ResponseReturnValue:
        """Measures for some seconds, saves the level, and answers with what to do."""
        kind = calibration_of(json_object())
        found = measure(kind)
        if found.verdict in {"busy", "not_running"}:
            raise ApiError(409, Told(f"calibration.{found.verdict}"))
        if found.level_dbfs is not None:
            changes.make({"microphone": {LEVEL_OF[kind]: found.level_dbfs}})
        return jsonify({**asdict(found), "text": Told(f"calibration.{found.verdict}")})
