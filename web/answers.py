"""What the API reads and how it says no: JSON in, JSON out, never a traceback. Flask's threads."""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from web.logs import nameless

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes."""

_IN_PLAIN_WORDS = {
    400: "The request cannot be understood.",
    404: "There is nothing at this address.",
    405: "This address does not take this kind of request.",
    413: "That is too much: a request may have 1 MB.",
    415: "The body must be JSON.",
}


class ApiError(Exception):
    """A request that is answered with `{error, hint?, fields?}`; `fields` are messages by dotted settings path."""

    def __init__(self, status: int, error: str, hint: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.content: dict[str, Any] = {"error": error}
        if hint:
            self.content["hint"] = hint
        if fields:
            self.content["fields"] = dict(fields)


def answer_errors(app: Flask) -> None:
    """All errors of this app become JSON in plain words."""
    app.register_error_handler(ApiError, _known)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unforeseen)


def _known(error: ApiError) -> ResponseReturnValue:
    return jsonify(error.content), error.status


def _of_http(error: HTTPException) -> ResponseReturnValue:
    response = Response(status=error.code or 500, headers=error.get_headers())
    if error.code not in {301, 304, 308}:
        words = _IN_PLAIN_WORDS.get(error.code or 500, f"{error.name}.")
        response.data = json.dumps({"error": words})
        response.mimetype = "application/json"
    return response


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, nameless(request.path), exc_info=error)
    return jsonify({"error": "Something went wrong inside PalFriend.", "hint": "The log says what."}), 500


def json_object() -> dict[str, Any]:
    """The request's body. Raises ApiError unless it is one JSON object of finite numbers and valid text."""
    if request.mimetype != "application/json":
        raise ApiError(415, "The body must be JSON.", "Send the header Content-Type: application/json.")
    try:
        body = request.get_data(cache=False)
    except OSError as error:  # badly chunked, or it stopped half-way
        raise ApiError(400, "The body did not arrive whole.") from error
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_no_number, parse_float=_finite)
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # lone surrogates could not be saved
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "The body is not valid JSON.") from error
    if not isinstance(content, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def limit_of(default: str) -> int:
    """How many of something the request wants. Raises ApiError for what is no whole number."""
    return number_of("limit", default)


def number_of(name: str, default: str) -> int:
    """A whole number from 0 that the request's query names. Raises ApiError."""
    number = request.args.get(name, default)
    if not (number.isascii() and number.isdigit() and 1 <= len(number) <= 6):
        raise ApiError(400, f"The {name} must be a whole number.")
    return int(number)
