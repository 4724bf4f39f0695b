"""Thousands of spoilt settings files and requests: never a traceback, never a lost value, never half a file.

`PALFRIEND_FUZZ=10000` runs as many of each; `PALFRIEND_FUZZ_SEED` repeats a run. A failure names its seed and case.
"""

import copy
import json
import os
import random
import signal
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from web_house import SAYING_SO, build_house

from app import create_app
from config.secrets import SECRET_NAME
from settings import Settings, SettingsError, load_settings, save_settings, schema
from tuning.export import exported
from tuning.watch import CUT, Watch

COUNT = int(os.environ.get("PALFRIEND_FUZZ", "150"))
SEED = int(os.environ.get("PALFRIEND_FUZZ_SEED", "0")) or (
    1 if needs.in_ci() else random.SystemRandom().randrange(1, 10**9)  # in CI always the same: red means a change
)
KILLS = max(3, COUNT // 50)
FIELDS = [field for section in schema() for field in section["fields"]]

NASTY = [
    "\x00", "\x07", "\ufeff", "\u2028", "\x85", "\xa0", "\ud83d", "😀", "&a", "*a", "!!binary x", "!x", "<<: *a", "---", "...",
    "%YAML 1.1", "\t", "\r", "\r\n", ": ", " #", "- ", "? ", "| ", ">-", "'", '"', "\\", "{", "}", "[", "]", ",", "~", "null",
    "yes", "0x1F", "1e999", "-.inf", ".nan", "9" * 400, "1_000", "12:30", "2024-02-31", "=", "comment:", "sk-" + "a1" * 20,
    "[" * 50, "{a: " * 50, "@x", "`x", "%x", "\\u0000", "\\ud800",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 7, 2**70, 10**400, 0.5, -0.0, 1e308, "", "1", "0", "on", "no", "true", " x ", "x" * 5000, "\x00",
    "\ud800", "a\nb", "a\r\nb\n", " lead", "trail ", "\t", "#", ": ", "- a", "|", "'\"", "😀", "\u2028", [], ["a"], [1, None], [[]],
    [{"a": 1}], {}, {"set": True}, {"clear": True}, {"set": 1, "clear": 1}, {"a": {"b": {"c": []}}}, ["x"] * 500,
]  # fmt: skip


@contextmanager
def case_of(number: int, what: object) -> Iterator[None]:
    """Names the case that fails."""
    try:
        yield
    except Exception as error:
        raise AssertionError(f"PALFRIEND_FUZZ_SEED={SEED}, case {number}: {what!r:.2000}") from error


def some_settings(chance: random.Random, keys: Sequence[str] = ("", "sk-1234567890", "key: 1")) -> str:
    """A settings file as somebody may have it: parts of ours, in YAML or JSON, a key, and names that are no settings."""
    values = {s["name"]: {f["name"]: f["default"] for f in s["fields"]} for s in schema() if s["name"]}
    kept = {name: values[name] for name in chance.sample(sorted(values), chance.randint(1, 4))}
    kept.setdefault("openai", {})["api_key"] = chance.choice(keys)
    kept |= {
        "batch_window": chance.randint(0, 50),
        "my_note": chance.choice(["a: b", 5, True, float("nan"), [1, {"x": None}]]),
    }
    if chance.random() < 0.2:
        return json.dumps(kept, ensure_ascii=chance.random() < 0.5)
    return yaml.safe_dump(
        kept, allow_unicode=True, sort_keys=False, default_flow_style=chance.choice([True, False, None])
    )


Fault = Callable[[str, random.Random], str]


def _at(text: str, chance: random.Random) -> int:
    return chance.randrange(len(text) + 1)


def _on_lines(change: Callable[[list[str], int, random.Random], list[str]]) -> Fault:
    def fault(text: str, chance: random.Random) -> str:
        lines = text.splitlines(keepends=True) or [""]
        return "".join(change(lines, chance.randrange(len(lines)), chance))

    return fault


FAULTS: list[Fault] = [
    lambda text, chance: text[: _at(text, chance)],
    lambda text, chance: chance.choice(NASTY).join([text[: (at := _at(text, chance))], text[at:]]),
    lambda text, chance: text[: (at := _at(text, chance))] + text[at + chance.randint(1, 20) :],
    lambda text, _: text.replace("\n", "\r\n"),
    lambda text, chance: text.replace(chance.choice(string.ascii_lowercase), chance.choice(["", "\t", "é", "  "]), 1),
    _on_lines(lambda lines, at, _: [*lines[:at], *lines[at : at + 1] * 2, *lines[at + 1 :]]),
    _on_lines(lambda lines, at, _: [*lines[:at], *lines[at + 1 :]]),
    _on_lines(lambda lines, at, c: [*lines[:at], f"{lines[at].split(':')[0]}: {c.choice(NASTY)}\n", *lines[at + 1 :]]),
    _on_lines(lambda lines, _, chance: chance.sample(lines, len(lines))),
]


def spoilt(text: str, chance: random.Random) -> bytes:
    """None to four faults of hands, editors and disks."""
    for _ in range(chance.choice([0, 1, 1, 1, 2, 4])):
        text = chance.choice(FAULTS)(text, chance)
    raw = text.encode("utf-8", "surrogatepass")
    match chance.randrange(12):
        case 0:
            at = chance.randrange(len(raw) + 1)
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        case 1:
            return b"\xef\xbb\xbf" + raw
        case 2:
            return text.encode("utf-16", "replace")
    return raw


def everything(settings: Settings, **comment: int) -> str:
    """All values as one text, also those under names that are no settings; `comment`: as if these were other ones."""
    values = settings.model_dump()
    values["comment"] |= comment
    return json.dumps(values, sort_keys=True, default=repr)  # as a text, since not a number equals nothing


def loaded_or_refused(file: Path) -> Settings | SettingsError:
    """Anything else that is raised is what is looked for."""
    try:
        return load_settings(file)
    except SettingsError as error:
        return error


@pytest.mark.timeout(60 + COUNT)
def test_spoilt_files_are_refused_whole_or_kept_whole(tmp_path: Path):
    """What loads is saved and loaded again without losing anything; what does not stays byte for byte."""
    chance, loaded = random.Random(SEED), 0
    file = tmp_path / "settings.yaml"
    for number in range(COUNT):
        for old in tmp_path.iterdir():
            old.unlink()
        raw = spoilt(some_settings(chance), chance)
        with case_of(number, raw):
            file.write_bytes(raw)
            settings = loaded_or_refused(file)
            if isinstance(settings, SettingsError):
                assert settings.problems
                assert "Traceback" not in str(settings)
                assert file.read_bytes() == raw
                assert [f.name for f in tmp_path.iterdir()] == ["settings.yaml"]
                continue
            loaded += 1
            new = 3 if settings.comment.min_length != 3 else 4
            before = everything(settings, min_length=new)
            settings.comment.min_length = new
            try:
                save_settings(settings)
            except SettingsError:  # what has no form in YAML, such as a lone surrogate under a name that is not known
                assert file.read_bytes() == raw
                continue
            assert everything(settings) == before
            assert everything(load_settings(file)) == before
            assert {f.name for f in tmp_path.iterdir()} <= {"settings.yaml", "settings.yaml.bak", "secrets.json"}
    assert loaded > COUNT // 20, "a fuzz that only makes rubbish tests one branch"


@pytest.mark.timeout(60 + COUNT)
def test_whatever_happens_to_the_file_while_the_bot_runs_the_settings_are_the_old_or_the_new(tmp_path: Path):
    chance = random.Random(SEED + 1)
    now = [0.0]
    file = tmp_path / "settings.yaml"
    file.write_text(some_settings(chance, keys=[""]), encoding="utf-8")
    settings = load_settings(file)
    watch = Watch(settings, clock=lambda: now[0])
    for number in range(COUNT):
        raw, before = spoilt(some_settings(chance, keys=[""]), chance), everything(settings)
        with case_of(number, raw):
            file.write_bytes(raw)
            for _ in range(3):
                now[0] += CUT + 0.1
                watch.look()
            if watch.report(running=True)["problems"]:
                assert everything(settings) == before
            else:
                assert everything(settings) == everything(load_settings(file))
            if (written := file.read_bytes()) != raw:
                (rest, keys), (rest_before, keys_before) = without_its_keys(written), without_its_keys(raw)
                assert rest == rest_before
                assert keys != keys_before
                assert all(key in {"", old} for key, old in zip(keys, keys_before, strict=True))


def without_its_keys(raw: bytes) -> tuple[str, list[str]]:
    """What else stands in the file, and its keys: a fault makes anything of an empty one, and that is moved."""
    values = yaml.load(raw, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts of all: a key 2024-02-31 is no bad date
    parts = [values, *(part for part in values.values() if isinstance(part, dict))]
    keys = [part.pop(name) for part in parts for name in list(part) if SECRET_NAME.search(str(name))]
    return repr(values), keys


def wild_body(chance: random.Random) -> Any:
    """Changes as a page, a script or an enemy may send them."""
    body: Any = {}
    for _ in range(chance.randint(0, 4)):
        field = chance.choice(FIELDS)
        section, _, name = field["path"].rpartition(".")
        value = copy.deepcopy(chance.choice([*VALUES, field["default"], field["default"]]))  # parts are added to it
        if chance.random() < 0.1:
            section, name = chance.choice(
                [("", section or name), (section, "nonsense"), ("", "nonsense"), ("", "model_fields")]
            )
        if section:
            part = body.setdefault(section, {})
            if isinstance(part, dict):
                part[name] = value
        else:
            body[name] = value
    return chance.choice([body, body, body, body, [body], chance.choice(VALUES)])


def wild_request(chance: random.Random, settings: Settings) -> tuple[str, bytes]:
    """A route of the settings and what is sent to it."""
    names = [*VALUES, "chill", "hype", "Friday", "../x", "con"]
    route, body = chance.choice(
        [
            ("", wild_body(chance)),
            ("", wild_body(chance)),
            ("/import", {"text": spoilt(some_settings(chance), chance).decode("utf-8", "replace"), "apply": True}),
            ("/import", {"text": exported(settings, chance.choice(["yaml", "json"])), "apply": chance.choice(VALUES)}),
            ("/reset", {"paths": [chance.choice([*FIELDS, {"path": "x"}])["path"] for _ in range(3)]}),
            ("/reset", {"paths": chance.choice(VALUES)}),
            ("/undo", wild_body(chance)),
            ("/preset", {"name": chance.choice(names), "apply": chance.choice([True, False, 1])}),
            ("/profiles", {chance.choice(["save", "load", "delete"]): chance.choice(names), "apply": True}),
        ]
    )
    raw = json.dumps(body).encode()
    if chance.random() < 0.15:
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + chance.choice(NASTY).encode("utf-8", "replace") + raw[at + chance.randint(0, 5) :]
    return route, raw


@pytest.mark.timeout(60 + COUNT)
def test_spoilt_requests_change_all_or_nothing_and_are_answered_in_plain_words(tmp_path: Path):
    chance = random.Random(SEED + 2)
    house = build_house(tmp_path)
    app, _feed = create_app(house)
    client, file, fine = app.test_client(), house.settings.file, 0
    for number in range(COUNT):
        route, raw = wild_request(chance, house.settings)
        values, written = everything(house.settings), file.read_bytes()
        with case_of(number, (route, raw)):
            reply = client.post(f"/api/settings{route}", data=raw, headers=SAYING_SO, content_type="application/json")
            assert reply.status_code in {200, 400, 404, 409, 507}, reply.text
            if reply.status_code == 200:
                fine += 1
            else:
                assert reply.json["error"]
                assert "Traceback" not in reply.text
                assert (everything(house.settings), file.read_bytes()) == (values, written)
            if file.read_bytes() != written or everything(house.settings) != values:
                assert everything(load_settings(file)) == everything(house.settings)
    assert fine > COUNT // 20


SAVER = """
import sys
from settings import changed, load_settings, save_settings
settings = load_settings(sys.argv[1])
number = settings.comment.min_length
print("ready", flush=True)
while True:
    number = (number + 1) % 100
    changed(settings, {"comment": {"min_length": number}, "openai": {"api_key": f"sk-{number:04}-{'x' * 500}"}})
    save_settings(settings)
"""


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL) if hasattr(signal, "SIGKILL") else process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


@pytest.mark.timeout(120 + 5 * KILLS)
def test_whoever_is_killed_in_the_middle_of_a_save_leaves_a_whole_file(tmp_path: Path):
    """At random moments; the notes of others in the file and the keys are there after each."""
    chance, file = random.Random(SEED + 3), tmp_path / "settings.yaml"
    save_settings(load_settings(file))
    file.write_text(file.read_text("utf-8") + 'my_note: "keep me"\n', encoding="utf-8")
    root = Path(__file__).parent.parent
    for number in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(file)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.random() * 0.3)
        kill(process)
        with case_of(number, file.read_bytes()):
            settings = load_settings(file)
            assert settings["my_note"] == "keep me"
            assert 0 <= settings.comment.min_length < 100
            assert number == 0 or settings.openai.api_key.startswith("sk-")
            assert file.read_text("utf-8").endswith("\n")
