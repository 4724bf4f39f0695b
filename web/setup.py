"""The set-up over HTTP: the page leads through the same steps as the window. Flask's threads."""

import logging
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from settings import SettingsError
from setup.guide import Guide, SetupError
from setup.record import STATES, STEPS
from web.answers import ApiError, json_object
from web.describe import OBJECT, TEXT, YES_NO, describe, listing, one_of, record
from web.words import Told, told_by

log = logging.getLogger(__name__)

STEP = one_of(*STEPS)
STATE = record(
    {
        "done": YES_NO,
        "step": one_of(*STEPS, ""),
        "steps": listing(record({"id": STEP, "state": one_of(*STATES), "result": OBJECT})),
    }
)
ANSWER = record(
    {
        "step": STEP,
        "state": one_of(*STATES),
        "ok": YES_NO,
        "code": TEXT,
        "params": OBJECT,
        "text": TEXT,
        "result": OBJECT,
    }
)


def add_setup_routes(app: Flask, guide: Guide) -> None:
    """What did not work in a step is an answer, not an error."""

    @app.get("/api/setup")
    @describe(
        "How far the set-up has come; `step` is the first one that is left, empty when there is none.", answer=STATE
    )
    def setup_state() -> ResponseReturnValue:
        return jsonify(guide.state())

    @app.post("/api/setup/<step>")
    @describe(
        "Try a step with these values; blocks for the seconds that takes.", body=OBJECT, answer=ANSWER, errors=(507,)
    )
    def take_step(step: str) -> ResponseReturnValue:
        return jsonify(_taken(guide, step, json_object()))

    @app.post("/api/setup/<step>/skip")
    @describe("Leave a step for later; one that is done stays done.", answer=ANSWER)
    def skip_step(step: str) -> ResponseReturnValue:
        if step not in STEPS:
            raise _no_step()
        return jsonify(guide.skip(step))

    @app.post("/api/setup/restart")
    @describe("All steps are to do again; what they have set stays set.", answer=STATE)
    def restart_setup() -> ResponseReturnValue:
        return jsonify(guide.restart())


def _taken(guide: Guide, step: str, values: dict[str, Any]) -> dict[str, Any]:
    if step not in STEPS:
        raise _no_step()
    try:
        return guide.take(step, values)
    except SetupError as wrong:
        raise ApiError(400, Told("refusal.step_values"), Told("refusal.look_at", name=wrong.name)) from wrong
    except SettingsError as error:
        if any(problem.path for problem in error.problems):
            fields = {problem.path: problem.message for problem in error.problems}
            raise ApiError(400, Told("refusal.values_unchanged"), fields=fields) from error
        log.error("the settings could not be saved: %s", error)
        words = Told("refusal.not_saved", problem=told_by(error))
        raise ApiError(507, words, Told("refusal.try_again")) from error


def _no_step() -> ApiError:
    return ApiError(404, Told("refusal.no_step"))
