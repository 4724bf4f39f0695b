"""A changed settings file and the program that runs: real files, real threads, real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_house import PATIENCE, Page, ask, eventually, post

import main
from app import House
from settings import load_settings
from web.logs import LogRing


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The demo's: a whole bot that needs nobody outside."""
    house = main.build_house(load_settings(tmp_path / "settings.yaml"), lambda: None, LogRing(), demo=True)
    yield house
    assert house.bridge.stop(PATIENCE)


def replace(house: House, old: str, new: str) -> None:
    text = house.settings.file.read_text(encoding="utf-8")
    assert old in text
    house.settings.file.write_text(text.replace(old, new), encoding="utf-8")


def test_an_edit_by_hand_reaches_the_page(port: int, house: House):
    replace(house, "reply_threshold: 0.6", "reply_threshold: 0.9")
    eventually(lambda: ask(port, "/api/settings").json["comment"]["reply_threshold"] == 0.9)
    report = ask(port, "/api/status").json["settings"]

    assert report["problems"] == []
    assert report["changed_at"] > 0


def test_a_bad_edit_is_shown_in_the_status_of_every_page_and_saves_wait_for_it(port: int, house: House):
    """To save over it would throw somebody's work away."""
    page = Page(port)
    replace(house, "reply_threshold: 0.6", "reply_threshold: 60")
    report = page.next("status", lambda status: status["settings"]["problems"])["settings"]
    broken = house.settings.file.read_bytes()

    assert [problem["path"] for problem in report["problems"]] == ["comment.reply_threshold"]
    assert report["problems"][0]["line"] > 100
    refused = post(port, "/api/settings", {"comment": {"min_length": 5}})
    assert refused.status == 507
    assert "reply_threshold" in refused.json["error"]
    assert house.settings.file.read_bytes() == broken
    assert house.settings.comment.reply_threshold == 0.6
    replace(house, "reply_threshold: 60", "reply_threshold: 0.65")
    page.next("status", lambda status: not status["settings"]["problems"])
    page.close()
    assert post(port, "/api/settings", {"comment": {"min_length": 5}}).status == 200
    assert load_settings(house.settings.file).comment.reply_threshold == 0.65


def test_what_counts_at_the_next_start_is_named_while_the_bot_runs(port: int, house: House):
    """By hand and by the page alike; a new Start settles it."""
    post(port, "/api/start")
    eventually(lambda: house.bridge.status()["state"] != "starting")
    post(port, "/api/settings", {"animaze": {"port": 9001}, "comment": {"min_length": 5}})
    assert ask(port, "/api/status").json["settings"]["restart"] == ["animaze.port"]
    replace(house, 'host: "localhost"', 'host: "127.0.0.1"')
    eventually(lambda: len(ask(port, "/api/status").json["settings"]["restart"]) == 2)
    post(port, "/api/stop")
    assert ask(port, "/api/status").json["settings"]["restart"] == []
    post(port, "/api/start")
    eventually(lambda: house.bridge.status()["state"] != "starting")
    assert ask(port, "/api/status").json["settings"]["restart"] == []


def test_a_key_that_was_typed_into_the_file_is_in_no_log(port: int, house: House):
    """It is hidden from the moment it counts."""
    replace(house, 'api_key: ""', 'api_key: "tangerine mountain 77"')
    eventually(lambda: house.settings.openai.api_key == "tangerine mountain 77")
    eventually(lambda: house.logs.redactor.clean("see tangerine mountain 77") != "see tangerine mountain 77")

    assert "tangerine" not in ask(port, "/api/settings").body.decode()
