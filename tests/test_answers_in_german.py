"""Whoever reads German is refused in German, wherever they ask; and two pages at a time read each its own language."""

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_house import PATIENCE, Page, Reply, ask, build_house, eventually, post

from app import House
from config.words import Told
from web.answers import ApiError
from web.guard import Refusal
from web.jobs import JobFailedError

WRITING = {"X_PalFriend": "1", "Content_Type": "application/json"}
KEY = "sk-" + "1a" * 12

REFUSED: list[tuple[str, Any]] = [
    ("/api/settings", {"animaze": {"port": 0}}),
    ("/api/settings", {"animaze": {"port": "many"}}),
    ("/api/settings", {"microphone": {"silence_threshold": 0}}),
    ("/api/settings", {"batch_window": "soon"}),
    ("/api/settings", {"comment": {"enabled": "perhaps"}}),
    ("/api/settings", {"comment": {"greetings": 7}}),
    ("/api/settings", {"comment": {"greetings": [3, None]}}),
    ("/api/settings", {"style": {"language": "fr"}}),
    ("/api/settings", {"style": {"language": {}}}),
    ("/api/settings", {"style": {"language": []}}),
    ("/api/settings", {"openai": {"api_key": [1]}}),
    ("/api/settings", {"openai": {"model": KEY}}),
    ("/api/settings", {"animaze": {"prot": 1}}),
    ("/api/settings", {"animaze": {"zzz": 1}}),
    ("/api/settings", {"animaze": 3}),
    ("/api/settings", {"like_threshold": 10**60}),
    ("/api/settings/reset", {"paths": ["no.such"]}),
    ("/api/settings/reset", {"paths": 3}),
    ("/api/settings/undo", {}),
    ("/api/settings/import", {"text": 3}),
    ("/api/settings/import", {"text": "animaze: {port: 0}", "apply": True}),
    ("/api/settings/import", {"text": "", "apply": "yes"}),
    ("/api/settings/preset", {"name": "none"}),
    ("/api/settings/preset", {"name": 1}),
    ("/api/settings/profiles", {}),
    ("/api/settings/profiles", {"save": "x" * 99}),
    ("/api/settings/profiles", {"load": "none"}),
    ("/api/panic", {}),
    ("/api/panic", {"on": True, "of": 1}),
    ("/api/audit/block", {}),
    ("/api/audit/block", {"word": "..."}),
    ("/api/audit/block", {"word": "a" * 999}),
    ("/api/say", {}),
    ("/api/say", {"text": "hello"}),
    ("/api/say", {"text": "x" * 501}),
    ("/api/outbox/1/now", {}),
    ("/api/outbox/1/move", {"position": "first"}),
    ("/api/ask", {"text": ""}),
    ("/api/persona", {"name": 3}),
    ("/api/persona", {"name": "nobody"}),
    ("/api/persona", {"name": "odd"}),
    ("/api/rehearsal", {"seconds": 0}),
    ("/api/rehearsal", {"seconds": "long"}),
    ("/api/rehearsal", {"intensity": "wild"}),
    ("/api/rehearsal", {"seconds": 86400, "intensity": 6000}),
    ("/api/rehearsal", {"seed": -3}),
    ("/api/replay", {"file": "none"}),
    ("/api/test/microphone", {"seconds": 99}),
    ("/api/microphone/calibrate", {}),
    ("/api/jobs/99/stop", {}),
    ("/api/viewers/nobody", {"notes": "x"}),
    ("/api/viewers/nobody", {"notes": 3, "spoken_name": "x" * 99}),
    ("/api/viewers/nobody", {}),
    ("/api/memory/restore", {}),
    ("/api/memory/restore", {"backup": "none"}),
    ("/api/setup/none", {}),
    ("/api/setup/none/skip", {}),
    ("/api/setup/model", {"kind": 3}),
    ("/api/lan", {}),
    ("/api/none", {}),
]
"""Requests that are refused, each for another reason, or in another place."""

LOOKED_UP = [
    "/api/none", "/api/jobs/99", "/api/viewers/nobody", "/api/viewers/nobody/export", "/api/viewers?sort=size",
    "/api/viewers?limit=x", f"/api/viewers?query={'x' * 999}", "/api/utterances/9", "/api/utterances?lines=2",
    f"/api/utterances?q={'x' * 999}", "/api/logs?level=LOUD", "/api/settings/export?format=xml",
]  # fmt: skip

IMPORTED = {
    "tab": "animaze:\n\tport: 1",
    "quote": 'tiktok: {unique_id: "anna}',
    "colon": "tiktok:\n  unique_id: a: b",
    "indent": "animaze:\n  port: 1\n host: x\n",
    "escape": 'tiktok: {unique_id: "\\q"}',
    "begin": "tiktok: {unique_id: @anna}",
    "anchor": "tiktok: &a {unique_id: x}",
    "tag": "tiktok: !!set {a}",
    "twice": "batch_window: 1\nbatch_window: 2",
    "deep": "a: " + "[" * 40,
    "list": "- 1\n- 2",
    "control": "tiktok: {unique_id: 'a\x07'}",
    "divided": "a: 1\n---\nb: 2\n",
    "no colon": "tiktok:\n  unique_id\n  host: 1",
    "json": '{"animaze": {"port": 1 2}}',
    "json text": '{"animaze": "x',
    "json more": "{} {}",
    "json value": '{"animaze": nothing: }',
    "json number": '{"animaze": {"port": ' + "9" * 5000 + "}}",
    "port": "animaze: {port: 0}",
    "choice": "style: {language: fr}",
    "section": "animaze: 3",
    "nameless": "? [a]\n: 1\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "odd.yaml").write_text("name: ''\n", encoding="utf-8")
    house = build_house(tmp_path)
    yield house
    assert house.bridge.stop(PATIENCE)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised must have been told, to its last part, also what no test below thinks of."""
    for kind in (ApiError, Refusal, JobFailedError):
        made = kind.__init__

        def checked(self: Any, *given: Any, made: Any = made, **more: Any) -> None:
            made(self, *given, **more)
            fields = [
                *(more.get("fields") or {}).values(),
                *(v for g in given if isinstance(g, dict) for v in g.values()),
            ]
            words = [g for g in given if isinstance(g, str)]
            assert all(isinstance(part, Told) for part in [*words, *fields] if part), given

        monkeypatch.setattr(kind, "__init__", checked)


def is_german_for(german: Reply, english: Reply) -> None:
    """The same refusal, and no sentence of it is the English one."""
    assert german.status == english.status >= 400
    assert german.json.keys() == english.json.keys()
    assert german.json["error"] != english.json["error"]
    assert "hint" not in german.json or german.json["hint"] != english.json["hint"]
    assert german.json.get("fields", {}).keys() == english.json.get("fields", {}).keys()
    for path, why in german.json.get("fields", {}).items():
        assert why != english.json["fields"][path], path
        assert not set(why.split()) & {"must", "not", "is", "the", "of", "a", "with", "text"}, why
    assert "accept-language" in german.headers["vary"].lower()


@pytest.mark.parametrize(("path", "body"), REFUSED, ids=lambda given: json.dumps(given)[:60])
def test_a_refusal_is_german_for_who_reads_german(port: int, path: str, body: Any):
    is_german_for(post(port, path, body, Accept_Language="de"), post(port, path, body))


@pytest.mark.parametrize("path", LOOKED_UP)
def test_what_is_not_there_is_told_in_german(port: int, path: str):
    is_german_for(ask(port, path, Accept_Language="de"), ask(port, path))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", WRITING),
        (b"[]", WRITING),
        (b"{}", {**WRITING, "Content_Type": "text/plain"}),
        (b"{}", {"Content_Type": "application/json"}),
        (b"{}", {**WRITING, "Origin": "http://evil.example"}),
        (b"{}", {**WRITING, "Host": "evil.example"}),
        (b" " * 1_100_000, WRITING),
    ],
)
def test_what_is_no_request_of_ours_is_refused_in_german(port: int, body: bytes, headers: dict[str, str]):
    """Also by the guard, which stands before everything else."""
    replies = [ask(port, "/api/say", "POST", body, **headers, Accept_Language=tongue) for tongue in ("de", "en")]
    assert replies[0].status == replies[1].status >= 400
    assert replies[0].json["error"] != replies[1].json["error"]
    assert "hint" not in replies[0].json or replies[0].json["hint"] != replies[1].json["hint"]


@pytest.mark.parametrize("text", IMPORTED.values(), ids=IMPORTED)
def test_what_is_wrong_with_a_file_is_told_in_german(port: int, text: str):
    german, english = (
        post(port, "/api/settings/import", {"text": text}, Accept_Language=tongue).json["problems"]
        for tongue in ("de-AT,de;q=0.9", "en")
    )
    assert english
    assert [(p["path"], p["line"]) for p in german] == [(p["path"], p["line"]) for p in english]
    assert not {p["message"] for p in german} & {p["message"] for p in english}


def test_a_key_in_the_wrong_box_is_refused_in_german(port: int):
    post(port, "/api/settings", {"openai": {"api_key": KEY}})
    is_german_for(post(port, "/api/say", {"text": KEY}, Accept_Language="de"), post(port, "/api/say", {"text": KEY}))


def test_a_disk_that_refuses_is_told_in_german(port: int, house: House):
    house.settings.file.unlink(missing_ok=True)
    house.settings.file.mkdir()
    body = {"batch_window": 3}
    is_german_for(post(port, "/api/settings", body, Accept_Language="de"), post(port, "/api/settings", body))
    house.settings.file.rmdir()


@pytest.mark.parametrize(
    ("wanted", "tongue"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en, de;q=0.9", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;q=, \xff", "en"),
        ("de;q=nonsense", "en"),
        ("x" * 9000, "en"),
        ("../de", "en"),
    ],
)
def test_the_language_is_the_one_that_is_wanted_most(port: int, wanted: str, tongue: str):
    """The header may hold anything."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/api/jobs/99", headers={"Accept-Language": wanted.encode("latin-1")})  # type: ignore[dict-item] # it takes bytes
    error = json.loads(connection.getresponse().read())["error"]
    connection.close()
    assert error == Told("refusal.no_job").in_language(tongue)


def test_a_persona_a_preset_and_the_memory_are_described_in_german(port: int):
    german, english = (
        {path: ask(port, path, Accept_Language=tongue).json for path in ("/api/persona", "/api/settings/presets")}
        for tongue in ("de", "en")
    )
    for one, other in zip(german["/api/persona"]["personas"], english["/api/persona"]["personas"], strict=True):
        assert one["name"] == other["name"]
        assert (one["description"] or one["problem"]) != (other["description"] or other["problem"])
    presets = zip(german["/api/settings/presets"]["presets"], english["/api/settings/presets"]["presets"], strict=True)
    assert all(one["description"] != other["description"] for one, other in presets)


def test_two_pages_read_each_its_own_language(port: int, house: House):
    """What is pushed to both at once, before and after one of them turns to German."""
    pages = [Page(port), Page(port, language="de")]
    for page in pages:
        page.next("outbox")
    house.settings.file.write_text("animaze: {port: 0}\n", encoding="utf-8")
    english, german = (
        page.next("status", lambda status: status["settings"]["problems"])["settings"]["problems"][0]["message"]
        for page in pages
    )
    assert english.startswith("must be a whole number from 1 to 65535")
    assert german.startswith("erwartet wird eine ganze Zahl von 1 bis 65535")
    pages[0].client.emit("language", "de")
    again = pages[0].next("status", lambda status: status["settings"]["problems"])
    assert again["settings"]["problems"][0]["message"] == german
    house.settings.file.write_text("animaze: {port: 1.5}\n", encoding="utf-8")
    for page in pages:
        told = page.next("status", lambda status: "1.5" in str(status["settings"]["problems"]))
        assert told["settings"]["problems"][0]["message"].startswith("erwartet wird")
    for page in pages:
        page.close()


@pytest.mark.parametrize("said", [None, 7, "fr", {"a": 1}, [], "greeted", "de' OR 1"])
def test_a_language_that_is_none_is_english(port: int, house: House, said: Any):
    """Anybody can send anything; nothing of it may end the feed."""
    page = Page(port, language="de")
    page.next("outbox")
    page.client.emit("language", said)
    house.settings.file.write_text("animaze: {port: 0}\n", encoding="utf-8")
    told = page.next("status", lambda status: str(status["settings"]["problems"]).find("must be") >= 0)
    assert told["settings"]["problems"][0]["path"] == "animaze.port"
    page.close()


def test_what_ended_the_bot_is_told_in_german(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(house.bridge, "status", lambda status=house.bridge.status: {**status(), "error": "OSError: x"})
    eventually(lambda: ask(port, "/api/status").json["error"])
    german = ask(port, "/api/status", Accept_Language="de").json["error"]
    assert german == Told("problem.bot_failed", error="OSError: x").in_language("de")


def test_a_job_that_failed_says_why_in_german(port: int, house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(house.doctor), "examine", lambda *_: 1 / 0)
    job = post(port, "/api/doctor").json["job"]
    eventually(lambda: ask(port, f"/api/jobs/{job}").json["state"] == "failed")
    assert ask(port, f"/api/jobs/{job}", Accept_Language="de").json["error"].startswith("In PalFriend ist")


def test_why_a_recording_cannot_be_replayed_is_german(port: int, house: House):
    """It is found by a process of its own, which does not know who asks."""
    folder = house.settings.beside(house.settings.recording.folder)
    folder.mkdir(parents=True)
    file = folder / "live.palrec.gz"
    file.write_bytes(gzip.compress(b'{"happening": "event", "at": 1.0}\n'))
    name = ask(port, "/api/recordings").json["recordings"][0]["name"]
    job = post(port, "/api/replay", {"file": name}).json["job"]
    eventually(lambda: ask(port, f"/api/jobs/{job}").json["state"] == "failed")
    assert "ist keine Aufnahme von PalFriend" in ask(port, f"/api/jobs/{job}", Accept_Language="de").json["error"]
    assert "is not a recording of PalFriend" in ask(port, f"/api/jobs/{job}").json["error"]
