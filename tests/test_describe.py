"""The API's own description: every route is in it, nothing else is, and tools that read such documents accept it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from web_house import ask, build_house, post

from app import Dashboard, create_app
from web.describe import UndescribedError, describe, like, openapi


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(build_house(tmp_path))[0]


@pytest.fixture
def document(tmp_path: Path) -> Iterator[dict[str, Any]]:
    dashboard = Dashboard(build_house(tmp_path), port=0)
    dashboard.start()
    yield ask(dashboard.port, "/api/openapi.json").json
    dashboard.stop()


def served(app: Flask) -> set[tuple[str, str]]:
    """(path, method) of all that Flask answers; HEAD and OPTIONS are HTTP's own."""
    return {
        (re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_and_method_is_described_and_nothing_else(app: Flask, document: dict[str, Any]):
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}

    assert described == served(app)


def test_the_document_is_valid_openapi(document: dict[str, Any]):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_each_operation_says_what_it_is_for_and_what_can_go_wrong(document: dict[str, Any]):
    names = []
    for methods in document["paths"].values():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"].endswith(".")
            assert {"400", "401", "403", "421"} <= operation["responses"].keys()
            headers = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"]
            assert headers == ([] if method == "get" else ["X-PalFriend"])
    assert len(set(names)) == len(names)


def test_a_parameter_in_a_path_has_the_type_that_flask_gives_it(document: dict[str, Any]):
    def schema(path: str) -> Any:
        (methods,) = document["paths"][path].values()
        return next(p["schema"] for p in methods["parameters"] if p["in"] == "path")

    assert schema("/api/outbox/{line_id}/now") == {"type": "integer", "minimum": 0}
    assert schema("/api/audit/{lesson}") == {"type": "string", "enum": ["allow", "block"]}


def test_a_route_that_nobody_described_is_named():
    """Whoever adds one sees at once what is missing."""
    app = Flask("other", static_folder=None)
    app.add_url_rule("/api/new", "new", lambda: "", methods=["POST"])
    app.add_url_rule("/files/<path:name>", "file", describe("A file.")(lambda name: name))
    with pytest.raises(UndescribedError) as raised:
        openapi(app, "1")
    assert str(raised.value).endswith(": POST /api/new")


def test_an_example_gives_its_shape():
    shape = like({"a": 1, "b": [{"c": True}], "d": {}, "e": None, "f": "x", "g": []})

    assert shape["required"] == ["a", "b", "d", "e", "f", "g"]
    assert shape["properties"]["a"] == {"type": "number"}
    assert shape["properties"]["b"]["items"]["properties"] == {"c": {"type": "boolean"}}
    assert [shape["properties"][name] for name in "degf"] == [
        {"type": "object"}, {}, {"type": "array"}, {"type": "string"},
    ]  # fmt: skip


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    dashboard = Dashboard(build_house(tmp_path), port=0)
    dashboard.start()
    yield dashboard.port
    dashboard.stop()


def test_a_field_that_a_request_does_not_know_is_named(port: int):
    """A misspelt one would do nothing, and nobody would see why."""
    reply = post(port, "/api/panic", {"on": True, "onn": 1})
    assert (reply.status, reply.json["fields"]) == (400, {"onn": "is not known"})


def test_a_whole_number_may_be_written_with_a_point(port: int):
    """70.0 is the same number to JSON, and some clients write it so."""
    assert post(port, "/api/outbox/7/move", {"position": 70.0}).status == 404
    for wrong in (70.5, True, "70", -1.0):
        assert post(port, "/api/outbox/7/move", {"position": wrong}).status == 400


def test_a_body_may_be_missing_where_nothing_in_it_is_needed(port: int):
    assert ask(port, "/api/test/model", "POST", **{"X-PalFriend": "1"}).status == 200
    assert ask(port, "/api/panic", "POST", **{"X-PalFriend": "1"}).status == 415
    assert post(port, "/api/test/model", [1]).status == 400
