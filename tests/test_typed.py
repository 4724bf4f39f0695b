"""What may be typed into a text setting; what is told of what a file has from elsewhere; and notices that can be closed."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_house import PATIENCE, Page, ask, build_house, post

import settings as knobs
from app import House
from config import typed
from config.words import LOCALES
from settings import Settings, SettingsError, changed, load_settings, notices_of, save_settings
from tuning import profiles
from tuning.proposal import from_text

FIELDS = {field["path"]: field for section in knobs.schema() for field in section["fields"]}
TEXTS = {path: field for path, field in FIELDS.items() if field["type"] in {"str", "list"}}


@pytest.fixture(autouse=True)
def no_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALFRIEND_NO_KEYCHAIN", "1")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "settings.yaml").write_text("openai:\n  api_key: sk-canary-1234567890\n", encoding="utf-8")
    house = build_house(tmp_path)
    yield house
    assert house.bridge.stop(PATIENCE)


def wish(path: str, value: object) -> dict[str, Any]:
    section, _, name = path.rpartition(".")
    return {section: {name: value}} if section else {name: value}


@pytest.mark.parametrize(
    "typed_in",
    [
        *("anna.b_1", "@anna.b_1", "  @ anna.b_1\n", "https://www.tiktok.com/@anna.b_1/live?lang=de#x"),
        *("tiktok.com/@anna.b_1/", "anna.b_1/live"),
    ],
)
def test_a_tiktok_name_is_cut_out_of_what_was_pasted(typed_in: str):
    """Also where it stands in the file: whoever compares names with it needs the bare one."""
    assert changed(Settings(), wish("tiktok.unique_id", typed_in)).tiktok.unique_id == "anna.b_1"
    assert Settings.of(wish("tiktok.unique_id", typed_in)).tiktok.unique_id == "anna.b_1"


@pytest.mark.parametrize(
    "typed_in",
    [
        *(
            "x" * 25,
            "x" * 5000,
            "a",
            "@",
            "an na",
            "an-na",
            "..",
            "../../passport",
            "änna",
            "anna\0",
            "anna\u202e",
            "anna\nberta",
        ),
        *("https://www.tiktok.com/", "https://vm.tiktok.com/ZM12", "anna&room=1", "🌹🌹"),
    ],
)
def test_what_is_no_tiktok_name_is_refused_with_what_one_looks_like(typed_in: str):
    settings = Settings()
    with pytest.raises(SettingsError) as refused:
        changed(settings, wish("tiktok.unique_id", typed_in))

    assert [(p.path, p.message[:18]) for p in refused.value.problems] == [("tiktok.unique_id", "is no TikTok name:")]
    assert "\0" not in str(refused.value)
    assert settings.tiktok.unique_id == ""


@pytest.mark.parametrize("path", sorted(TEXTS))
@pytest.mark.parametrize("hostile", ["long", "control", "half", "line"])
def test_no_text_setting_takes_what_nobody_types(path: str, hostile: str):
    field = TEXTS[path]
    value = {"long": "x" * 20_001, "control": "a\0b", "half": "a\ud800b", "line": "a\nb"}[hostile]
    settings, wanted = Settings(), wish(path, [value] if field["type"] == "list" else value)
    if hostile == "line" and field["multiline"]:
        assert changed(settings, wanted)
        return
    with pytest.raises(SettingsError) as refused:
        changed(settings, wanted)
    assert refused.value.problems[0].path.startswith(path)
    assert settings == Settings()


def test_a_list_has_its_most_entries():
    with pytest.raises(SettingsError, match="has too many entries: 1001, 1000 are allowed"):
        changed(Settings(), wish("safety.block", ["word"] * 1001))
    assert len(changed(Settings(), wish("safety.block", ["word"] * 1000)).safety.block) == 1000


def test_what_we_ship_can_be_typed():
    """Defaults and presets; names in any script and with any picture; texts of several lines."""
    for path, field in TEXTS.items():
        assert typed.flaw(field, field["default"]) is None, path
    for name in profiles.presets():
        assert profiles.preset(Settings(), name).problems == ()
    settings = changed(
        Settings(), {"now": {"streamer": "Zoë 👩‍👩‍👧 مرحبا"}, "system_prompt": "One.\n\tTwo.\r\nThree. 👋🏽"}
    )
    assert settings.now.streamer == "Zoë 👩‍👩‍👧 مرحبا"


@given(st.text(max_size=60))
def test_a_text_is_taken_or_refused_in_a_sentence(text: str):
    """Never anything else, and what is taken can be taken again."""
    settings = Settings()
    for path in ("tiktok.unique_id", "openai.model", "safety.block"):
        value = [text] if path == "safety.block" else text
        with contextlib.suppress(SettingsError):
            changed(settings, wish(path, value))
        assert not [notice for notice in notices_of(settings) if notice.code.startswith("odd_")]


ODD = """
tiktok: {unique_id: "%s"}
openai: {model: "a\\0b", base_url: "%s"}
safety: {block: ["a\\nb"]}
""" % ("an na" + "x" * 5000, "http://h/" + "x" * 600)  # noqa: UP031 - braces are YAML's here


def test_a_file_with_odd_texts_is_loaded_and_told_of_until_they_are_put_right(tmp_path: Path):
    """Who typed a name wrong long ago must still get to the dashboard, where it can be put right."""
    file = tmp_path / "settings.yaml"
    file.write_text(ODD, encoding="utf-8")
    settings = load_settings(file)

    assert {notice.id: notice.lasting for notice in notices_of(settings)} == {
        "odd_tiktok_name tiktok.unique_id": True,
        "odd_control openai.model": True,
        "odd_long openai.base_url": True,
        "odd_lines safety.block": True,
    }
    changed(settings, wish("comment.min_length", 4))
    save_settings(settings)
    changed(
        settings, {"tiktok": {"unique_id": "@anna"}, "openai": {"model": "m", "base_url": ""}, "safety": {"block": []}}
    )
    save_settings(settings)
    again = load_settings(file)
    assert (again.comment.min_length, again.tiktok.unique_id, notices_of(again)) == (4, "anna", [])


def test_a_file_that_is_brought_in_is_held_to_the_same_with_its_lines():
    proposal = from_text(Settings(), ODD)
    assert [(problem.path, problem.line) for problem in proposal.problems] == [
        ("tiktok.unique_id", 2),
        ("openai.model", 3),
        ("openai.base_url", 3),
        ("safety.block", 4),
    ]


def test_every_flaw_has_its_words_in_both_languages():
    codes = {"long", "many", "control", "lines", "tiktok_name"}
    for language in ("en", "de"):
        texts = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"))
        assert {*texts["typed"]} == codes
        assert {name for name in texts["notice"] if name.startswith("odd_")} == {f"odd_{code}" for code in codes}


def test_what_only_informs_can_be_closed_once_for_all_pages(port: int, house: House):
    page = Page(port)
    (notice,) = page.next("status", lambda status: status["notices"])["notices"][:1]
    assert (notice["code"], notice["lasting"]) == ("secret_moved_file", False)
    answer = post(port, "/api/notices/dismiss", {"id": notice["id"]})

    assert "secret_moved_file" not in str(answer.json)
    assert "secret_moved_file" not in str(page.next("status", lambda s: notice not in s["notices"])["notices"])
    assert post(port, "/api/notices/dismiss", {"id": notice["id"]}).status == 200
    assert post(port, "/api/settings", {"comment": {"min_length": 4}}).status == 200
    assert post(port, "/api/settings", {"openai": {"api_key": "sk-canary-0987654321"}}).status == 200
    assert "secret_moved_file" not in str(ask(port, "/api/status").json["notices"])
    page.close()


def test_what_lasts_stays_and_nonsense_is_refused(port: int, house: House):
    house.settings.tiktok.unique_id = "an na"
    wrong = next(
        one for one in ask(port, "/api/status").json["notices"] if one["lasting"] and one["level"] == "warning"
    )
    assert wrong["code"] == "odd_tiktok_name"
    assert post(port, "/api/notices/dismiss", {"id": wrong["id"]}).status == 409
    assert wrong in ask(port, "/api/status").json["notices"]
    assert post(port, "/api/settings", wish("tiktok.unique_id", "@anna")).status == 200
    assert wrong not in ask(port, "/api/status").json["notices"]
    for nonsense in ({}, {"id": 7}, {"id": None}):
        assert post(port, "/api/notices/dismiss", nonsense).status == 400


def test_the_status_says_whether_a_change_can_be_taken_back(port: int, house: House):
    """So that no page offers what can only be refused."""

    def offered() -> bool:
        told: bool = ask(port, "/api/status").json["settings"]["undo"]
        return told

    assert offered() is False
    assert post(port, "/api/settings", wish("comment.min_length", 4)).status == 200
    assert offered() is True
    assert post(port, "/api/settings/undo").status == 200
    assert offered() is False
    assert post(port, "/api/settings/undo").status == 409
