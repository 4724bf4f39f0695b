"""The support bundle: what helps is in it, and nothing that names anybody, whatever stands in settings, log and report."""

import io
import json
import logging
import socket
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from doctor import bundle
from doctor.finding import Finding, Light
from doctor.redaction import LEFT_OUT, Redaction
from doctor.report import Report
from settings import load_settings
from web.logs import LogRing
from web.words import say

CANARIES = {
    "key": "sk-canarykey-0123456789abcdef",
    "session": "canarysession0123456789abcdef",
    "sign": "canarysign0123456789",
    "name": "canarystreamer",
    "viewer": "canaryviewer",
    "nickname": "Canary Nickname",
    "chat": "canary chat words",
    "prompt": "canary prompt",
    "device": "Canary's AirPods",
    "title": "canary title",
    "server": "canary-host.example",
    "id": "7312345678901234567",
    "mail": "canary@example.org",
    "ip": "203.0.113.77",
    "path": "canaryfolder",
}


def settings_with_canaries(folder: Path) -> Any:
    file = folder / "settings.yaml"
    values = {
        "tiktok": {
            "unique_id": f"@{CANARIES['name']}",
            "session_id": CANARIES["session"],
            "sign_api_key": CANARIES["sign"],
        },
        "openai": {"api_key": CANARIES["key"], "base_url": f"https://{CANARIES['server']}/v1", "model": "gpt-4o-mini"},
        "now": {"streamer": CANARIES["name"], "title": CANARIES["title"]},
        "microphone": {"device": CANARIES["device"]},
        "safety": {"block": [CANARIES["viewer"]]},
        "memory": {"file": f"{CANARIES['path']}.db"},
        "system_prompt": CANARIES["prompt"],
    }
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_settings(file)


def report_with_canaries() -> Report:
    return Report(
        findings=(
            Finding(
                id="tiktok_live",
                light=Light.GREEN,
                code="tiktok_is_live",
                params={"name": CANARIES["name"]},
                details={
                    "title": CANARIES["title"],
                    "nickname": CANARIES["nickname"],
                    "picture": "https://x",
                    "viewers": 7,
                },
            ),
            Finding(
                id="model_answer",
                light=Light.GREEN,
                code="model_answers",
                params={"server": CANARIES["server"], "seconds": "0.8"},
                details={"answer": CANARIES["chat"], "first_token_seconds": 0.8},
            ),
            Finding(
                id="folder", light=Light.RED, code="folder_readonly", params={"folder": f"/home/{CANARIES['path']}"}
            ),
            Finding(
                id="settings",
                light=Light.RED,
                code="settings_broken",
                params={"problems": CANARIES["chat"], "file": CANARIES["path"]},
                details={"problems": [{"path": "animaze.port", "line": 4, "message": f'not "{CANARIES["chat"]}"'}]},
            ),
            Finding(id="microphone", light=Light.RED, code="mic_not_found", params={"device": CANARIES["device"]}),
        ),
        seconds=1.0,
        at=0.0,
    )


def log_with_canaries(ring: LogRing) -> None:
    """What the house and its libraries might write on a bad day."""
    log = logging.Logger("test")  # noqa: LOG001 - one that nobody else has
    log.addHandler(ring)
    log.debug("comment of %s: %s", CANARIES["viewer"], CANARIES["chat"])
    log.info("recordings of @%s are in /home/%s/recordings/live.jsonl.gz", CANARIES["viewer"], CANARIES["path"])
    log.info(r"opened C:\Users\%s\PalFriend\memory.db", CANARIES["path"])
    log.warning("room %s answered from %s, write to %s", CANARIES["id"], CANARIES["ip"], CANARIES["mail"])
    log.warning("%s is gone; key %s", CANARIES["name"], CANARIES["key"])
    log.warning("GET https://%s/v1?session=%s failed", CANARIES["server"], CANARIES["session"])
    log.warning("could not say %r", CANARIES["chat"])
    log.info("%s joined", CANARIES["nickname"])
    try:
        int(CANARIES["chat"])
    except ValueError:
        log.exception("an error of ours")
    log.error("the port %d is taken", 5000)


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name).decode("utf-8") for name in archive.namelist()}


def packed(folder: Path) -> dict[str, str]:
    ring = LogRing()
    for name in ("key", "session", "sign"):
        ring.redactor.hide(CANARIES[name])
    log_with_canaries(ring)
    status = {
        "running": True,
        "counters": {"answered": 3},
        "live": {"params": {"name": CANARIES["name"]}},
        "speaking": {"text": CANARIES["chat"]},
        "links": {"tiktok": {"state": "up", "code": "", "params": {"name": CANARIES["name"]}}},
    }
    case = bundle.Case(
        version="1.2.3",
        report=report_with_canaries(),
        settings=settings_with_canaries(folder),
        status=status,
        log=ring.lines(),
        names=[CANARIES["viewer"], CANARIES["nickname"]],
        clean=ring.redactor.clean,
    )
    return opened(bundle.packed(case, say))


def test_no_canary_is_in_any_file(tmp_path: Path):
    files = packed(tmp_path)

    for file, text in files.items():
        for kind, canary in CANARIES.items():
            assert canary.casefold() not in text.casefold(), (kind, file)
        assert "canary" not in text.casefold(), file
        assert str(Path.home()) + "/" not in text, file
        assert socket.gethostname() not in text or len(socket.gethostname()) < 3, file


def test_what_helps_is_in_it(tmp_path: Path):
    """States, figures, versions, the lights, and where an error came from."""
    files = packed(tmp_path)

    assert set(files) == {
        *("READ-ME.txt", "doctor.json", "doctor.txt", "versions.json", "settings.json", "status.json", "log.txt")
    }
    checks = {check["id"]: check for check in json.loads(files["doctor.json"])["checks"]}
    assert checks["tiktok_live"]["details"] == {"viewers": 7}
    assert checks["model_answer"]["details"] == {"first_token_seconds": 0.8}
    assert checks["settings"]["details"] == {"problems": [{"path": "animaze.port", "line": 4}]}
    settings = json.loads(files["settings.json"])
    assert settings["openai"]["api_key"] == "set"
    assert settings["openai"]["model"] == "gpt-4o-mini"
    assert settings["openai"]["base_url"].endswith("left out)")
    assert settings["animaze"]["port"] == 9000
    assert settings["safety"]["block"] == "(1 entries, left out)"
    assert json.loads(files["status.json"])["counters"] == {"answered": 3}
    assert json.loads(files["status.json"])["links"] == {"tiktok": {"state": "up", "code": ""}}
    versions = json.loads(files["versions.json"])
    assert versions["palfriend"] == "1.2.3"
    assert "pydantic" in versions["packages"]
    log = files["log.txt"]
    assert "the port 5000 is taken" in log
    assert f"ValueError: {LEFT_OUT}" in log
    assert "test_bundle.py, line " in log
    assert "…/live.jsonl.gz" in log
    assert "…/memory.db" in log
    assert "comment of" not in log
    assert "Not in it: keys, names, chat" in files["READ-ME.txt"]


@given(
    st.text(max_size=200),
    st.text(min_size=3, max_size=30).filter(lambda name: name.strip(" @\n") == name and len(name) > 2),
)
def test_no_line_breaks_the_redaction(text: str, name: str):
    """Whatever a log holds: it is one text again, and the secret is gone."""
    redaction = Redaction([name], lambda line: line.replace("sk-secret", "***"), Path("/home/user"))
    cleaned = redaction.text(f"{text} sk-secret 123456789012\n  {text}\nKeyError: {text}")

    assert "sk-secret" not in cleaned
    assert "123456789012" not in cleaned


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("it doesn't matter, the streamer's port is 5000", "it doesn't matter, the streamer's port is 5000"),
        ("Animaze: up ", "Animaze: up "),
        ("tiktok is waiting tiktok_rate_limited", "tiktok is waiting tiktok_rate_limited"),
        ("listening at 127.0.0.1", "listening at 127.0.0.1"),
        ("said 'hello there'", f"said {LEFT_OUT}"),
        ("see /var/lib/x/y.db, then", "see …/y.db, then"),
    ],
)
def test_ordinary_lines_stay_readable(line: str, kept: str):
    assert Redaction().line(line) == kept


def test_a_short_name_does_not_blacken_the_log():
    assert Redaction(["up", "a"]).line("a link is up") == "a link is up"
    assert Redaction(["anna"]).line("Anna and annabel") == f"{LEFT_OUT} and annabel"
