"""The set-up over HTTP: the page is led through the same steps, and cannot break them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_house import QuietProbes, ask, build_house, post

from app import Dashboard
from settings import load_settings
from setup.guide import Guide
from setup.record import FILE, STEPS


@pytest.fixture
def guide(tmp_path: Path) -> Guide:
    settings = load_settings(tmp_path / "settings.yaml")
    return Guide(settings, QuietProbes(settings))


@pytest.fixture
def port(tmp_path: Path, guide: Guide) -> Iterator[int]:
    dashboard = Dashboard(build_house(tmp_path, settings=guide.settings, guide=guide), port=0)
    dashboard.start()
    yield dashboard.port
    dashboard.stop()


def test_a_step_is_tried_saved_and_told(port: int, tmp_path: Path):
    assert ask(port, "/api/setup").json["step"] == "language"
    answer = post(port, "/api/setup/language", {"language": "de"}).json
    assert answer.keys() == {"step", "state", "ok", "code", "params", "text", "result"}
    answer = post(port, "/api/setup/tiktok", {"unique_id": "@anna"}, Accept_Language="de").json
    assert (answer["state"], answer["text"]) == ("done", "Gefunden: @anna. Gerade nicht live, und das macht nichts.")
    assert load_settings(tmp_path / "settings.yaml").tiktok.unique_id == "anna"
    state = ask(port, "/api/setup").json
    assert (state["step"], state["done"]) == ("animaze", False)
    assert "picture" not in state["steps"][1]["result"]


def test_steps_are_skipped_and_begun_anew(port: int, tmp_path: Path):
    for step in STEPS:
        assert post(port, f"/api/setup/{step}/skip").json["state"] == "skipped"
    assert ask(port, "/api/setup").json["done"] is True
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["steps"]["language"]["state"] == "skipped"
    assert post(port, "/api/setup/restart").json["step"] == "language"


@pytest.mark.parametrize("path", ["/api/setup/nothing", "/api/setup/nothing/skip", "/api/setup/__class__"])
def test_a_step_that_is_none_is_told(port: int, path: str):
    answer = post(port, path, {})
    assert (answer.status, answer.json["error"]) == (404, "The set-up has no such step.")


@pytest.mark.parametrize(
    ("step", "values"), [("language", {"language": "fr"}), ("tiktok", {"unique_id": []}), ("model", {})]
)
def test_values_that_a_step_cannot_take_are_refused(port: int, step: str, values: dict[str, Any]):
    answer = post(port, f"/api/setup/{step}", values)
    assert (answer.status, answer.json["error"]) == (400, "This step cannot take that.")


def test_a_foreign_page_cannot_set_anything_up(port: int):
    """It could put its own server in the place of the model's."""
    assert ask(port, "/api/setup/restart", "POST", b"{}", Content_Type="application/json").status == 403
    assert ask(port, "/api/setup", Origin="https://evil.example").status == 403


def test_a_disk_that_refuses_is_told_and_nothing_has_changed(port: int, guide: Guide, tmp_path: Path):
    file = tmp_path / "settings.yaml"
    file.unlink()
    file.mkdir()
    answer = post(port, "/api/setup/language", {"language": "de"})
    assert answer.status == 507
    assert "settings.yaml" in answer.json["error"]
    assert guide.settings.style.language == "en"
    assert guide.record.state("language") == "todo"


def test_a_key_that_was_typed_in_the_set_up_never_stands_in_the_log(tmp_path: Path):
    """The log's redactor learns each new secret the moment it is saved."""
    from main import build_house as whole_house
    from web.logs import LogRing

    logs = LogRing()
    house = whole_house(load_settings(tmp_path / "settings.yaml"), lambda: None, logs)
    assert house.guide is not None
    house.guide.change({"openai": {"api_key": "sk-never-in-the-log"}})
    assert "never-in-the-log" not in logs.redactor.clean("the key is sk-never-in-the-log")
