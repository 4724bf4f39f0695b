"""Settings over HTTP: given away and taken in, presets and profiles, defaults, and the last change taken back."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from web_house import ask, eventually, post

from app import House
from config.words import LOCALES
from settings import DEFAULT_SETTINGS, load_settings, schema
from tuning import profiles
from tuning.export import exported

CANARY = "sk-canary-1234567890"
NO_KEY_BY_ITS_LOOKS = "tangerine mountain 77"
SECRETS = [field["path"] for section in schema() for field in section["fields"] if field["secret"]]
OLD = {
    "tiktok": {"unique_id": "@streamer", "session_id": "session-canary-1"},
    "animaze": {"host": "localhost", "port": 9001, "retry_max_attempts": 5, "retry_base_delay": 1.0},
    "openai": {"api_key": CANARY, "model": "gpt-4", "cache_size": 128, "request_timeout": 10.0},
    "style": {"max_line_length": 120},
    "comment": {"enabled": 0, "global_cooldown": 6, "respond_to_greetings": 1, "greetings": ["hallo", "grüß"]},
    "batch_window": 25,
    "like_threshold": 20,
    "memory": {"enabled": 1, "file": "memory.json", "per_user_history": 100, "decay_days": 90},
    "system_prompt": "Kurz: präzise.",
    "microphone": {"enabled": 1, "device": "", "silence_threshold": 0.02, "flush_delay_ms": 400},
    "join_rules": {"enabled": 0},
    "outbox": {"window_seconds": 8, "separator": " • "},
    "speech": {"post_gap_ms": 250},
    "event_priority": {"gift": 3},
    "personality_bias": {"enabled": 0, "clamps": {"formal": [0.1, 0.8]}, "seed": None},
}


def take_in(port: int, text: str, **more: Any) -> Any:
    return post(port, "/api/settings/import", {"text": text, **more}).json


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_given_away_comes_back_and_holds_no_secret(port: int, house: House, form: str):
    """The key is nowhere in it, also where it was typed into another field."""
    post(
        port,
        "/api/settings",
        {"openai": {"api_key": NO_KEY_BY_ITS_LOOKS}, "comment": {"min_length": 7, "thanks": ["ty", "grüß: 1"]}},
    )
    house.settings.system_prompt = f"My key is {NO_KEY_BY_ITS_LOOKS}."
    reply = ask(port, f"/api/settings/export?format={form}")
    given = reply.body.decode("utf-8")

    assert reply.headers["content-disposition"] == f'attachment; filename="palfriend-settings.{form}"'
    assert NO_KEY_BY_ITS_LOOKS not in given
    values = json.loads(given) if form == "json" else yaml.safe_load(given)
    assert "system_prompt" not in values
    assert not {tuple(path.split(".")) for path in SECRETS} & {
        (s, n) for s in values for n in (values[s] if isinstance(values[s], dict) else ())
    }
    nothing = {"changes": [], "ignored": [], "problems": [], "migrated_from": ""}
    assert take_in(port, given) == nothing
    post(port, "/api/settings", {"comment": {"min_length": 1, "thanks": []}})
    proposal = take_in(port, given, apply=True)
    assert [change["path"] for change in proposal["changes"]] == ["comment.min_length", "comment.thanks"]
    again = load_settings(house.settings.file).comment
    assert (again.min_length, again.thanks) == (7, ["ty", "grüß: 1"])


def test_a_file_is_shown_as_what_it_would_change_before_it_does(port: int, house: House):
    text = "comment:\n  min_length: 9\n  reply_threshold: 0.6\nnonsense: 1\nopenai:\n  api_key: sk-foreign-key-1\n"
    before = house.settings.file.read_bytes()

    assert take_in(port, text) == {
        "changes": [{"path": "comment.min_length", "before": 3, "after": 9}],
        "ignored": ["nonsense", "openai.api_key"],
        "problems": [],
        "migrated_from": "",
    }
    assert house.settings.file.read_bytes() == before
    take_in(port, text, apply=True)
    assert house.settings.comment.min_length == 9
    assert house.settings.openai.api_key == ""


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("comment:\n  min_length: 9\n  reply_threshold: 60\n", "comment.reply_threshold", 3),
        ('{"comment": {"min_length": 9,\n "reply_threshold": 60}}', "comment.reply_threshold", 2),
        ("comment: 5\n", "comment", 1),
        ("comment:\n\tmin_length: 9\n", "", 2),
        ('{"comment": ', "", 1),
        ("- a\n- b\n", "", 1),
        ("a: &x 1\nb: *x\n", "", 1),
        ("a: !!python/object/apply:os.system [echo]\n", "a", 1),
        ("comment:\n  min_length: \x07\n", "", 2),
    ],
)
def test_a_bad_file_is_refused_with_its_lines_and_changes_nothing(
    port: int, house: House, text: str, path: str, line: int
):
    before = house.settings.model_dump(), house.settings.file.read_bytes()
    problems = take_in(port, text)["problems"]
    assert [(problem["path"], problem["line"]) for problem in problems] == [(path, line)]
    reply = post(port, "/api/settings/import", {"text": text, "apply": True})

    assert reply.status == 400
    assert f"line {line}" in reply.json["error"]
    assert path in reply.json["fields"]
    assert (house.settings.model_dump(), house.settings.file.read_bytes()) == before


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_older_bots_file_is_taken_over_with_its_key_and_what_has_no_counterpart_is_named(
    port: int, house: House, form: str
):
    text = json.dumps(OLD) if form == "json" else yaml.dump(OLD, allow_unicode=True, sort_keys=False)
    proposal = take_in(port, text, apply=True)

    assert proposal["migrated_from"] == f"palfriend-{form}"
    assert proposal["problems"] == []
    assert proposal["ignored"] == [
        "animaze.retry_max_attempts", "animaze.retry_base_delay", "microphone.flush_delay_ms", "personality_bias",
    ]  # fmt: skip
    key = next(change for change in proposal["changes"] if change["path"] == "openai.api_key")
    assert (key["before"], key["after"]) == ({"set": False}, {"set": True})
    again = load_settings(house.settings.file)
    assert (again.tiktok.unique_id, again.openai.api_key, again.animaze.port) == ("streamer", CANARY, 9001)
    assert (again.comment.enabled, again.join_rules.enabled, again.memory.enabled) == (False, False, True)
    assert (again.outbox.separator, again.system_prompt, again.like_threshold) == (" • ", "Kurz: präzise.", 20)
    assert "canary" not in house.settings.file.read_text("utf-8")
    assert "canary" not in json.dumps(proposal)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_older_bots_file_is_taken_over_where_it_lies(tmp_path: Path, form: str, caplog: pytest.LogCaptureFixture):
    """Whoever copies our program into the old folder goes on as before."""
    text = json.dumps(OLD) if form == "json" else yaml.dump(OLD, allow_unicode=True, sort_keys=False)
    (tmp_path / f"settings.{form}").write_text(text, encoding="utf-8")
    with caplog.at_level("INFO"):
        settings = load_settings(tmp_path / "settings.yaml")

    assert "older PalFriend" in caplog.text
    assert "canary" not in caplog.text
    assert (settings.tiktok.unique_id, settings.openai.api_key) == ("streamer", CANARY)
    assert (settings.comment.enabled, settings.join_rules.enabled) == (False, False)
    assert settings["personality_bias"] == OLD["personality_bias"]


def test_our_own_files_are_not_taken_for_the_older_bots(port: int, house: House):
    for form in ("yaml", "json"):
        assert take_in(port, exported(house.settings, form))["migrated_from"] == ""
    assert take_in(port, "tiktok: {unique_id: ab}\nanimaze: {port: 9}\nopenai: {model: x}\n")["migrated_from"] == ""


def test_every_preset_can_be_used_sets_the_same_and_has_its_words(port: int, house: House):
    """One must follow cleanly on another."""
    known = {preset["name"]: preset["values"] for preset in ask(port, "/api/settings/presets").json["presets"]}
    assert set(known) == {"chill", "hype", "shop", "family"}
    paths = {frozenset((s, name) for s, part in values.items() for name in part) for values in known.values()}
    assert len(paths) == 1
    assert not {".".join(path) for path in next(iter(paths))} & set(SECRETS)
    for language in ("en", "de"):
        words = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"))["preset"]
        assert {name: set(texts) for name, texts in words.items()} == {name: {"label", "help"} for name in known}
    seen = set()
    for name in known:
        shown = post(port, "/api/settings/preset", {"name": name}).json
        assert (shown["problems"], shown["ignored"]) == ([], [])
        assert post(port, "/api/settings/preset", {"name": name, "apply": True}).json == shown
        assert post(port, "/api/settings/preset", {"name": name}).json["changes"] == []
        seen.add(house.settings.file.read_text("utf-8"))
    assert len(seen) == 4
    assert post(port, "/api/settings/preset", {"name": "none"}).status == 404


@pytest.mark.parametrize(
    "name", ["Friday", "Für Änne", "con", "../evil", "a/b\\c:d*e?", "…", "nul.txt", "🎮 night", "%41", "x" * 40, "."]
)
def test_a_profile_may_have_any_name_and_is_one_file_in_its_folder(port: int, house: House, tmp_path: Path, name: str):
    post(port, "/api/settings", {"comment": {"min_length": 11}, "openai": {"api_key": CANARY}})
    saved = post(port, "/api/settings/profiles", {"save": name})
    assert [profile["name"] for profile in saved.json["profiles"]] == [name]
    files = [*(tmp_path / profiles.FOLDER).iterdir()]
    assert len(files) == 1
    assert files[0].name.isascii()
    assert not set(files[0].name) & set('<>:"/\\|?*')
    assert files[0].name.split(".")[0].casefold() not in profiles.RESERVED
    assert CANARY not in files[0].read_text("utf-8")

    post(port, "/api/settings", {"comment": {"min_length": 1}})
    shown = post(port, "/api/settings/profiles", {"load": name}).json
    assert shown["changes"] == [{"path": "comment.min_length", "before": 1, "after": 11}]
    assert house.settings.comment.min_length == 1
    post(port, "/api/settings/profiles", {"load": name, "apply": True})
    assert house.settings.comment.min_length == 11
    assert house.settings.openai.api_key == CANARY
    assert post(port, "/api/settings/profiles", {"delete": name}).json["profiles"] == []
    assert post(port, "/api/settings/profiles", {"load": name}).status == 404


def test_profiles_that_differ_in_capitals_only_are_one(port: int, house: House):
    """On Windows they would be one file, so everywhere."""
    post(port, "/api/settings/profiles", {"save": "Friday"})
    post(port, "/api/settings", {"comment": {"min_length": 11}})
    again = post(port, "/api/settings/profiles", {"save": "FRIDAY"}).json

    assert len(again["profiles"]) == 1
    post(port, "/api/settings", {"comment": {"min_length": 1}})
    assert post(port, "/api/settings/profiles", {"load": "friday"}).json["changes"][0]["after"] == 11


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 41, "\u200b", "😀" * 30, "\x00"])
def test_what_is_no_name_is_refused(port: int, tmp_path: Path, name: str):
    reply = post(port, "/api/settings/profiles", {"save": name})

    assert reply.status == 400
    assert not (tmp_path / profiles.FOLDER).exists()


def test_what_others_put_into_the_folder_is_no_profile_and_a_broken_one_is_refused(
    port: int, house: House, tmp_path: Path
):
    folder = tmp_path / profiles.FOLDER
    folder.mkdir()
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "Not Quoted!.yaml").write_text("x", encoding="utf-8")
    (folder / "broken.yaml").write_text("comment: [", encoding="utf-8")
    (folder / "folder.yaml").mkdir()
    assert [p["name"] for p in ask(port, "/api/settings/presets").json["profiles"]] == ["broken"]

    assert post(port, "/api/settings/profiles", {"load": "broken"}).json["problems"][0]["line"] == 1
    assert post(port, "/api/settings/profiles", {"load": "broken", "apply": True}).status == 400


def test_a_folder_that_cannot_be_written_is_told_in_plain_words(port: int, tmp_path: Path):
    (tmp_path / profiles.FOLDER).write_text("in the way", encoding="utf-8")
    reply = post(port, "/api/settings/profiles", {"save": "Friday"})

    assert reply.status == 507
    assert "cannot be" in reply.json["error"]


def test_the_number_of_profiles_has_an_end(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profiles, "MOST", 2)  # a hundred files prove no more
    for name in ("a", "b"):
        assert post(port, "/api/settings/profiles", {"save": name}).status == 200
    assert post(port, "/api/settings/profiles", {"save": "c"}).status == 400
    assert post(port, "/api/settings/profiles", {"save": "A"}).status == 200


def test_settings_get_their_defaults_by_path_or_section_but_keys_only_by_their_own_path(port: int, house: House):
    values = {
        "comment": {"min_length": 7},
        "likes": {"first_milestone": 5},
        "openai": {"api_key": CANARY, "model": "x"},
    }
    post(port, "/api/settings", {**values, "batch_window": 3})
    reply = post(port, "/api/settings/reset", {"paths": ["comment.min_length", "openai", "batch_window"]})
    assert reply.json["comment"]["min_length"] == 3
    assert (reply.json["openai"]["model"], reply.json["batch_window"]) == ("gpt-4o-mini", 25)
    assert (house.settings.likes.first_milestone, house.settings.openai.api_key) == (5, CANARY)
    assert post(port, "/api/settings/reset", {"paths": ["openai.api_key"]}).json["openai"]["api_key"]["set"] is False
    refused = post(port, "/api/settings/reset", {"paths": ["likes", "likes.nothing"]})

    assert refused.status == 400
    assert refused.json["fields"] == {"likes.nothing": "likes.nothing: is no setting"}
    assert house.settings.likes.first_milestone == 5


def test_the_last_change_is_taken_back_wherever_it_came_from(port: int, house: House):
    assert post(port, "/api/settings/undo").status == 409
    post(port, "/api/settings", {"comment": {"min_length": 7}})
    post(port, "/api/settings/preset", {"name": "hype", "apply": True})
    text = house.settings.file.read_text("utf-8")
    house.settings.file.write_text(text.replace("min_length: 7", "min_length: 8"), encoding="utf-8")
    eventually(lambda: house.settings.comment.min_length == 8)

    assert post(port, "/api/settings/undo").json["comment"]["min_length"] == 7
    assert post(port, "/api/settings/undo").json["likes"]["first_milestone"] == 1000
    assert post(port, "/api/settings/undo").json["comment"]["min_length"] == 3
    assert post(port, "/api/settings/undo").status == 409
    assert load_settings(house.settings.file).comment.min_length == 3


def test_an_undo_that_cannot_be_saved_can_be_tried_again(port: int, house: House):
    """To save over a file that somebody is in the middle of editing would throw their work away."""
    post(port, "/api/settings", {"comment": {"min_length": 7}})
    good = house.settings.file.read_bytes()
    house.settings.file.write_bytes(good + b"comment: [\n")
    assert post(port, "/api/settings/undo").status == 507
    assert house.settings.comment.min_length == 7
    house.settings.file.write_bytes(good)

    assert post(port, "/api/settings/undo").json["comment"]["min_length"] == 3


def test_defaults_are_told_without_secrets(port: int):
    told = ask(port, "/api/defaults").json

    for path in SECRETS:
        section, name = path.split(".")
        assert name not in told[section]
        told[section][name] = ""
    assert told == DEFAULT_SETTINGS


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("import", {}), ("import", {"text": 5}), ("import", {"text": "", "apply": "yes"}), ("reset", {}),
        ("reset", {"paths": "x"}), ("reset", {"paths": [1]}), ("preset", {}), ("preset", {"name": []}), ("profiles", {}),
        ("profiles", {"save": "a", "delete": "a"}), ("profiles", {"load": None}), ("preset", {"name": "chill", "apply": 1}),
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused_in_plain_words(port: int, path: str, body: dict[str, Any]):
    reply = post(port, f"/api/settings/{path}", body)

    assert reply.status == 400
    assert reply.json["error"].endswith(".")
    assert ask(port, "/api/settings/export?format=xml").status == 400
