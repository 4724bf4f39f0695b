"""The set-up over HTTP: the page leads through the same steps as the window. Flask's threads."""

import logging
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from settings import SettingsError
from setup.guide import Guide, SetupError
from web.answers import ApiError, json_object

log = logging.getLogger(__name__)


def add_setup_routes(app: Flask, guide: Guide) -> None:
    """Each step answers `{step, state, code, params, text, result}`; what did not work is an answer, not an error."""

    @app.get("/api/setup")
    def setup_state() -> ResponseReturnValue:
        """How far it has come: `{done, step, steps: [{id, state, result}]}`."""
        return jsonify(guide.state())

    @app.post("/api/setup/<step>")
    def take_step(step: str) -> ResponseReturnValue:
        """Try a step with the body's values; blocks for the seconds that takes."""
        return jsonify(_taken(guide, step, json_object()))

    @app.post("/api/setup/<step>/skip")
    def skip_step(step: str) -> ResponseReturnValue:
        """Leave it for later."""
        try:
            return jsonify(guide.skip(step))
        except KeyError:
            raise _no_step() from None

    @app.post("/api/setup/restart")
    def restart_setup() -> ResponseReturnValue:
        """All steps are to do again; what they have set stays set."""
        return jsonify(guide.restart())


def _taken(guide: Guide, step: str, values: dict[str, Any]) -> dict[str, Any]:
    try:
        return guide.take(step, values)
    except KeyError:
        raise _no_step() from None
    except SetupError as wrong:
        raise ApiError(400, "This step cannot take that.", f"Look at {wrong.name}.") from wrong
    except SettingsError as error:
        if any(problem.path for problem in error.problems):
            fields = {problem.path: problem.message for problem in error.problems}
            raise ApiError(400, "Some values cannot be used; nothing was changed.", fields=fields) from error
        log.error("the settings could not be saved: %s", error)
        raise ApiError(507, f"The settings could not be saved: {error}", "Put that right and try again.") from error


def _no_step() -> ApiError:
    return ApiError(404, "The set-up has no such step.")
