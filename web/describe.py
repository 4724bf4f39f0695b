"""What each route takes and answers, said once beside the route, and the OpenAPI document of all of them. Flask's threads.

How a route is described: put `describe` under Flask's own decorator. Paths, methods and the parameters inside a path are
Flask's and are not repeated; what the guard and the JSON reader may answer is added by itself.

    @app.post("/api/outbox/<int:line_id>/move")
    @describe("Let a waiting line be said as the n-th from now.", body=record({"position": WHOLE}), answer=LINES)
    def move(line_id: int) -> ResponseReturnValue: ...

- `body`: JSON Schema of the object a request must hold; leave it out where none is read. `web.answers.json_object`
  refuses fields that a `record` does not know
- `body_needed=False`: the request may come without a body, which is as good as an empty object
- `query`: JSON Schema by the name of each optional parameter behind the `?`
- `answer`: JSON Schema of the JSON answer; `like(EXAMPLE)` makes one from an example
- `status`: of the answer when all is well; `media`: what it is when it is no JSON (then `answer` is left out), or what
  it may be
- `errors`: further status codes that this route may answer with; 404 is there where the path has a parameter, 400, 413
  and 415 where there is a `body`, 400 where there is a `query`

`tests/test_describe.py` fails for a route without a description, and `tests/test_hostile_requests.py` holds every route
to what its description says. The document is at /api/openapi.json.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

Shape = Mapping[str, Any]
"""A JSON Schema."""

View = TypeVar("View", bound=Callable[..., Any])

ANYTHING: Shape = {}
TEXT: Shape = {"type": "string"}
NUMBER: Shape = {"type": "number"}
WHOLE: Shape = {"type": "integer", "minimum": 0}
YES_NO: Shape = {"type": "boolean"}
OBJECT: Shape = {"type": "object"}
LIMIT: Shape = {"type": "integer", "minimum": 0, "maximum": 999_999}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""HEAD and OPTIONS are HTTP's own: Flask derives them from these."""

_VARIABLE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<words>[^)]*)\))?:)?(?P<name>\w+)>")
"""What Flask writes for a parameter in a path: <name>, <int:name>, <any(this, that):name>."""

_ATTRIBUTE = "__described__"
_JSON = "application/json"
_GUARD = {
    400: "The request cannot be understood.",
    401: "Another computer must show the token.",
    403: "Another web page asked, or a request that changes something lacks the header X-PalFriend: 1.",
    421: "The dashboard does not answer under this name.",
}
_SAYING_SO: Shape = {
    "name": "X-PalFriend",
    "in": "header",
    "required": True,
    "description": "Says that the request means to change something; no foreign web page can send it.",
    "schema": {"type": "string", "const": "1"},
}


class UndescribedError(LookupError):
    """Routes that nobody described; the text names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What one route takes and answers; see the module."""

    summary: str
    body: Shape | None
    body_needed: bool
    query: Mapping[str, Shape]
    answer: Shape
    status: int
    media: tuple[str, ...]
    errors: tuple[int, ...]


def describe(
    summary: str,
    *,
    body: Shape | None = None,
    body_needed: bool = True,
    query: Mapping[str, Shape] | None = None,
    answer: Shape = ANYTHING,
    status: int = 200,
    media: str | tuple[str, ...] = _JSON,
    errors: Sequence[int] = (),
) -> Callable[[View], View]:
    """Decorates a view with what it takes and answers; see the module. Changes nothing in how it works."""
    description = Description(
        summary=summary,
        body=body,
        body_needed=body_needed,
        query=query or {},
        answer=answer,
        status=status,
        media=(media,) if isinstance(media, str) else media,
        errors=tuple(errors),
    )

    def decorated(view: View) -> View:
        setattr(view, _ATTRIBUTE, description)
        return view

    return decorated


def description_of(view: Callable[..., Any]) -> Description | None:
    """What `describe` said of it."""
    found: Description | None = getattr(view, _ATTRIBUTE, None)
    return found


def record(fields: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with exactly these fields, of which the optional ones may be missing."""
    properties = {**fields, **(optional or {})}
    shape: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return shape | ({"required": list(fields)} if fields else {})


def at_least(fields: Mapping[str, Shape]) -> Shape:
    """An object with these fields, and maybe others."""
    return {"type": "object", "properties": dict(fields), "required": list(fields)}


def listing(of: Shape) -> Shape:
    """A list of such items."""
    return {"type": "array", "items": of}


def mapping(of: Shape) -> Shape:
    """An object whose fields may have any name."""
    return {"type": "object", "additionalProperties": of}


def optional(of: Shape) -> Shape:
    """That, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def either(*shapes: Shape) -> Shape:
    """One of these."""
    return {"anyOf": list(shapes)}


def one_of(*values: str) -> Shape:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def text(longest: int, shortest: int = 0) -> Shape:
    """A text of so many characters."""
    return {"type": "string", "maxLength": longest} | ({"minLength": shortest} if shortest else {})


def like(example: Any) -> Shape:
    """The shape of this example: its fields are always there, others may be; where it has None, anything may stand.

    An empty object or list stands for one with any content.
    """
    match example:
        case None:
            return ANYTHING
        case bool():
            return YES_NO
        case int() | float():
            return NUMBER
        case str():
            return TEXT
        case Mapping():
            fields = {name: like(value) for name, value in example.items()}
            return {"type": "object", "properties": fields, "required": list(fields)} if fields else OBJECT
        case list() | tuple():
            return listing(like(example[0])) if example else {"type": "array"}
    raise TypeError(f"{type(example).__name__} is not JSON")


ERROR: Shape = {
    "type": "object",
    "properties": {"error": TEXT, "hint": TEXT, "fields": mapping(TEXT), "code": TEXT},
    "required": ["error"],
}


def openapi(app: Flask, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every route of this app. Raises UndescribedError."""
    paths: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for rule, method in routes(app):
        description = description_of(app.view_functions[rule.endpoint])
        if description is None:
            missing.append(f"{method} {rule.rule}")
            continue
        path = paths.setdefault(path_of(rule), {})
        path[method.lower()] = _operation(rule, method, description, inspect.getdoc(app.view_functions[rule.endpoint]))
    if missing:
        raise UndescribedError(f"not described, see web/describe.py: {', '.join(missing)}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PalFriend",
            "version": version,
            "description": "What the dashboard asks and orders. Times are Unix seconds, lists have the newest first. "
            "Sentences, also those of errors, are in the language that Accept-Language wants: en or de.",
        },
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule of the app with each of its methods, but HEAD and OPTIONS."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule, method


def path_of(rule: Rule) -> str:
    """`/api/outbox/<int:line_id>/now` as OpenAPI writes it: `/api/outbox/{line_id}/now`."""
    return _VARIABLE.sub(r"{\g<name>}", rule.rule)


def _operation(rule: Rule, method: str, said: Description, more: str | None) -> dict[str, Any]:
    in_path = [_path_parameter(variable) for variable in _VARIABLE.finditer(rule.rule)]
    in_query = [{"name": name, "in": "query", "schema": schema} for name, schema in said.query.items()]
    header = [_SAYING_SO] if method != "GET" else []
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()} {rule.endpoint}".replace(" ", "_"),
        "summary": said.summary,
        "tags": [_tag(rule)],
    }
    if more:
        operation["description"] = more
    if parameters := [*in_path, *in_query, *header]:
        operation["parameters"] = parameters
    if said.body is not None:
        operation["requestBody"] = {
            "required": said.body_needed,
            "content": {_JSON: {"schema": said.body}},
        }
    operation["responses"] = _responses(said, bool(in_path))
    return operation


def _path_parameter(variable: re.Match[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    match variable["kind"]:
        case "int":
            schema = {"type": "integer", "minimum": 0}
        case "any":
            schema = {"type": "string", "enum": [word.strip() for word in variable["words"].split(",")]}
    return {"name": variable["name"], "in": "path", "required": True, "schema": schema}


def _responses(said: Description, has_parameter: bool) -> dict[str, Any]:
    content = {media: {"schema": said.answer} if media == _JSON else {} for media in said.media}
    fine = {"description": HTTPStatus(said.status).phrase, "content": content}
    codes = {*_GUARD, *said.errors, *((404,) if has_parameter else ()), *((413, 415) if said.body is not None else ())}
    bad = {"content": {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
    refusals = {str(code): {"description": _GUARD.get(code, HTTPStatus(code).phrase), **bad} for code in sorted(codes)}
    return {str(said.status): fine, **refusals}


def _tag(rule: Rule) -> str:
    """The first word behind /api/: what the routes are grouped by."""
    parts = rule.rule.strip("/").split("/")
    return parts[1] if parts[0] == "api" and len(parts) > 1 else "pages"


def add_description_route(app: Flask, version: str) -> None:
    """`GET /api/openapi.json`, of all routes that the app has when it is asked for the first time."""
    known: list[dict[str, Any]] = []

    @app.get("/api/openapi.json")
    @describe("This description.", answer=OBJECT)
    def description() -> ResponseReturnValue:
        if not known:
            known.append(openapi(app, version))
        return jsonify(known[0])
