"""Schemathesis over the real server: whatever a client sends, each route answers as its description says, and never breaks.

Cases are made from the description of each route, fitting and spoiled ones, always the same (no chance, no clock).
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from web_house import PATIENCE, SAYING_SO, build_house

from app import Dashboard, create_app
from web.describe import openapi

CASES = 15
"""Of each kind and route."""

load_all_checks()
CHECKS = [
    schemathesis.checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    )
]


def _document() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return openapi(create_app(build_house(Path(folder)))[0], "1")


def _takes_something(operation: Mapping[str, Any]) -> bool:
    """Whether there is anything to spoil beside the header; in a path, any text is a text."""
    free = ("header", {}), ("path", {"type": "string", "minLength": 1})
    parameters = [(p["in"], p["schema"] if p["in"] == "path" else {}) for p in operation.get("parameters", ())]
    return "requestBody" in operation or any(parameter not in free for parameter in parameters)


DOCUMENT = _document()
CONFIG = schemathesis.Config.from_dict({"headers": SAYING_SO})
ROUTES = [
    pytest.param(method.upper(), path, kind, id=f"{method.upper()} {path} {kind.value}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for kind in GenerationMode
    if kind is GenerationMode.POSITIVE or _takes_something(operation)
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    house = build_house(tmp_path)
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    yield dashboard.url
    dashboard.stop()
    house.bridge.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("method", "path", "kind"), ROUTES)
def test_a_route_answers_as_described(server: str, method: str, path: str, kind: GenerationMode):
    """No 5xx, only codes that are documented, answers of the shape that is documented, and nothing spoiled is taken."""
    operation = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)[path][method]

    @hypothesis.given(case=operation.as_strategy(generation_mode=kind))
    @hypothesis.settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        answer = case.call(base_url=server, timeout=PATIENCE)
        case.validate_response(answer, checks=CHECKS)

    send()
