"""What the API reads and how it says no: JSON in, JSON out, never a traceback. Flask's threads."""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Flask, Response, current_app, has_request_context, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from web.describe import Shape, description_of
from web.language import asked_in
from web.logs import Redactor, nameless
from web.words import LANGUAGES, Told, in_language

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes."""

WITH_KEYS = ("/api/settings", "/api/setup/")
"""Where keys are entered; in any other request one was pasted into the wrong box."""

REDACTOR = "palfriend.redactor"

_IN_PLAIN_WORDS = {
    400: "refusal.not_understood",
    404: "refusal.no_address",
    405: "refusal.no_method",
    413: "refusal.too_much",
    415: "refusal.no_json_type",
}
"""What a status means."""


class ApiError(Exception):
    """A request that is answered with `{error, hint?, fields?}`; `fields` are messages by dotted settings path.

    All of them are told (`config/words`), so that whoever asked reads them in their language.
    """

    def __init__(self, status: int, error: str, hint: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.content: dict[str, Any] = {"error": error}
        if hint:
            self.content["hint"] = hint
        if fields:
            self.content["fields"] = dict(fields)


class Answers(DefaultJSONProvider):
    """Writes the JSON of answers: what is told in them is said in the language that the request asks for."""

    sort_keys = False  # a form keeps its order

    def dumps(self, obj: Any, **options: Any) -> str:
        return super().dumps(in_language(obj, _language()), **options)


def _language() -> str:
    return asked_in(request.environ) if has_request_context() else LANGUAGES[0]


def answer_errors(app: Flask, redactor: Redactor) -> None:
    """All errors of this app become JSON in plain words, which repeat none of the redactor's secrets."""
    app.extensions[REDACTOR] = redactor
    app.json = Answers(app)
    app.register_error_handler(ApiError, _known)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unforeseen)


def _known(error: ApiError) -> ResponseReturnValue:
    return jsonify(_clean(in_language(error.content, _language()))), error.status


def _clean(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {_clean(name): _clean(part) for name, part in content.items()}
    return current_app.extensions[REDACTOR].clean(content) if isinstance(content, str) else content


def _of_http(error: HTTPException) -> ResponseReturnValue:
    response = Response(status=error.code or 500, headers=error.get_headers())
    if error.code not in {301, 304, 308}:
        known = _IN_PLAIN_WORDS.get(error.code or 500)
        words = Told(known) if known else Told("refusal.other", name=error.name)
        response.data = current_app.json.dumps({"error": words})
        response.mimetype = "application/json"
    return response


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, nameless(request.path), exc_info=error)
    return jsonify({"error": Told("refusal.inside"), "hint": Told("refusal.log_says")}), 500


def json_object() -> dict[str, Any]:
    """The request's body. Raises ApiError unless it is one JSON object of finite numbers and valid text.

    Also when it has a field that the route's description does not know: a misspelt one would do nothing otherwise. And
    where it holds one of the streamer's keys and none is asked for: it would be said, shown or kept.
    """
    said = description_of(current_app.view_functions[request.endpoint or ""])
    if said and not said.body_needed and not _body():
        return {}
    if request.mimetype != "application/json":
        raise ApiError(415, Told("refusal.no_json_type"), Told("refusal.json_header"))
    body = _body()
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_no_number, parse_float=_finite)
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # lone surrogates could not be saved
    except (ValueError, RecursionError) as error:
        raise ApiError(400, Told("refusal.no_json")) from error
    if not isinstance(content, dict):
        raise ApiError(400, Told("refusal.no_object"))
    if not request.path.startswith(WITH_KEYS) and current_app.extensions[REDACTOR].holds(json.dumps(content)):
        raise ApiError(400, Told("refusal.key_in_text"), Told("refusal.keys_in_settings"))
    if said and said.body and (unknown := _unknown(content, said.body)):
        fields = dict.fromkeys(unknown, Told("problem.field.unknown"))
        raise ApiError(400, Told("refusal.unknown_fields"), fields=fields)
    return content


def _body() -> bytes:
    try:
        return request.get_data()
    except OSError as error:  # badly chunked, or it stopped half-way
        raise ApiError(400, Told("refusal.not_whole")) from error


def _unknown(content: Mapping[str, Any], said: Shape) -> list[str]:
    return [n for n in content if n not in said["properties"]] if said.get("additionalProperties") is False else []


def whole_number(value: object) -> int | None:
    """A number without a fraction as JSON knows it: 3 and 3.0, not true; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
        raise ApiError(400, Told("refusal.whole_number", name=name))
    return int(number)
