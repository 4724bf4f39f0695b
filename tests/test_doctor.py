"""The doctor against real stand-ins: all well is all green, and each planted fault is named, and nothing else."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import needs
import numpy as np
import pytest
import voices
from doctor_stage import ROOT, outside, quick_animaze
from virtual_mic import VirtualMic

from doctor import instance
from doctor.computer import look_at_disk
from doctor.finding import Finding, Light
from doctor.report import PARTS
from doctor.rounds import LIMIT, complete, examine
from speech import list_devices
from tests.fake_animaze import FakeAnimaze
from tests.fake_tiktok import FakeTikTok

pytestmark = pytest.mark.timeout(180)
LIGHTS = {light.value for light in Light}


def lit(checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The parts that are not well, with their codes."""
    return {name: check["code"] for name, check in checks.items() if check["light"] in {"yellow", "red"}}


def sqlite_file(file: Path) -> sqlite3.Connection:
    """A real one, as the program makes it."""
    from store.gifts import GiftFile

    books = GiftFile(file)
    books.read(time.time())
    books.close()
    return sqlite3.connect(file)


def test_without_a_fault_everything_is_green(tmp_path: Path):
    """And the line was spoken once, word for word."""
    with outside(tmp_path) as out:
        checks = out.examine()

        assert lit(checks) == {}
        skipped = {name: check["code"] for name, check in checks.items() if check["light"] == "skipped"}
        assert skipped == {
            "fallback": "fallback_off",
            "microphone": "mic_off",
            "microphone_level": "skipped",
            "microphone_voice": "skipped",
        }
        assert len(out.animaze.messages) == 1
        assert out.animaze.messages[0].startswith("-echo ")
        assert len(out.model.requests) == 1
        assert out.tiktok.counts["sign_ok"] == 1
        assert checks["tiktok_live"]["details"]["title"] == "fake live"
        assert checks["animaze_pace"]["details"]["tells"] is True
        assert checks["model_cost"]["details"]["output_tokens"] > 0


@dataclass
class Fault:
    """Something that is wrong, and how the doctor must call it."""

    part: str
    code: str
    light: str = "red"
    tiktok: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    animaze: Callable[[], FakeAnimaze] = quick_animaze
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)


def again(fault: str) -> dict[str, Any]:
    return {"faults": deque([fault] * 3)}


FAULTS = {
    "tiktok_name_unknown": Fault("tiktok_name", "tiktok_unknown_name", changes={"tiktok": {"unique_id": "nobody"}}),
    "tiktok_name_missing": Fault("tiktok_name", "tiktok_name_missing", changes={"tiktok": {"unique_id": ""}}),
    "tiktok_name_invalid": Fault("tiktok_name", "tiktok_name_invalid", changes={"tiktok": {"unique_id": "@a b!"}}),
    "tiktok_unreachable": Fault(
        "tiktok",
        "tiktok_network",
        changes={"tiktok": dict.fromkeys(("app_url", "webcast_url", "sign_url"), "http://127.0.0.1:9")},
    ),
    "tiktok_hangs": Fault("tiktok", "tiktok_network", tiktok={"api": ["hang"], "html": ["hang"]}),
    "tiktok_blocked": Fault("tiktok", "tiktok_blocked", tiktok={"api": ["html"] * 2, "html": ["nosigi"] * 2}),
    "sign_429": Fault("sign_server", "tiktok_rate_limited", tiktok={"sign": ["429"]}),
    "sign_429_bare": Fault("sign_server", "tiktok_rate_limited", tiktok={"sign": ["429nohdr"]}),
    "sign_down": Fault("sign_server", "tiktok_sign_down", tiktok={"sign": ["500"]}),
    "sign_hangs": Fault("sign_server", "tiktok_sign_down", tiktok={"sign": ["hang"]}),
    "sign_key": Fault("sign_server", "tiktok_key_refused", tiktok={"sign": ["401"]}),
    "animaze_off": Fault("animaze", "animaze_unreachable", changes={"animaze": {"port": 9}}),
    "animaze_mute": Fault("animaze_voice", "animaze_mute", animaze=lambda: quick_animaze(faults=["mute"])),
    "animaze_refuses": Fault("animaze_voice", "animaze_refuses", animaze=lambda: FakeAnimaze(error="no avatar")),
    "animaze_drops": Fault("animaze_voice", "animaze_lost", animaze=lambda: quick_animaze(faults=["drop"])),
    "key_refused": Fault("model_key", "openai_key_refused", model=again("401")),
    "quota": Fault("model_key", "openai_quota", model=again("quota")),
    "model_missing": Fault("model_name", "openai_model_unknown", model=again("404")),
    "model_down": Fault("model", "openai_unreachable", changes={"openai": {"base_url": "http://127.0.0.1:9/v1"}}),
    "model_nowhere": Fault("model", "openai_address_malformed", changes={"openai": {"base_url": "http://[half/v1"}}),
    "model_hangs": Fault("model_answer", "openai_timeout", model=again("hang")),
    "model_slow": Fault("model_answer", "model_slow", "yellow", model={"token_seconds": 0.8}),
    "model_broken": Fault("model_answer", "openai_error", model=again("500")),
    "model_breaks_off": Fault("model_answer", "openai_error", model=again("half")),
    "model_wrong_address": Fault("model_answer", "openai_empty", model=again("html")),
    "no_model": Fault("model", "model_none", "yellow", changes={"openai": {"api_key": "", "base_url": ""}}),
    "second_model": Fault(
        "fallback",
        "openai_unreachable",
        changes={"fallback": {"enabled": True, "base_url": "http://127.0.0.1:9/v1"}},
    ),
    "key_with_quotes": Fault("secrets", "secret_malformed", changes={"openai": {"api_key": "“sk-abc”"}}),
    "example_key": Fault("secrets", "secret_placeholder", changes={"openai": {"api_key": "sk-your-key-here"}}),
    "clock": Fault("clock", "clock_behind", model={"ahead": 600.0}),
    "clock_a_little": Fault("clock", "clock_ahead", "yellow", model={"ahead": -90.0}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_and_nothing_else(tmp_path: Path, name: str):
    """What hangs on it was not looked at, and says so; every other part is as green as without the fault."""
    fault = FAULTS[name]
    with outside(tmp_path, animaze=fault.animaze(), tiktok=fault.tiktok, **fault.model) as out:
        out.changes = fault.changes
        checks = out.examine()

    assert lit(checks) == {fault.part: fault.code}
    assert checks[fault.part]["light"] == fault.light
    assert {check["light"] for check in checks.values()} <= LIGHTS
    for check in checks.values():
        if check["code"] == "skipped":
            assert check["params"]["because"] in {fault.part, "microphone"}, check


def test_animaze_on_its_other_port_is_found_and_the_port_is_suggested(tmp_path: Path):
    with outside(tmp_path) as out:
        out.changes = {"animaze": {"port": 9}}
        checks = out.examine(other_ports=(out.animaze.port,))

        assert lit(checks) == {"animaze": "animaze_other_port"}
        assert checks["animaze"]["suggestion"] == {"animaze": {"port": out.animaze.port}}


def test_the_clock_is_told_by_tiktok_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whoever has no model set up still learns that the clock is wrong."""
    route = FakeTikTok._route

    async def dated(self: FakeTikTok, *request: Any) -> Any:
        status, headers, body = await route(self, *request)
        return status, {**headers, "Date": formatdate(time.time() - 600, usegmt=True)}, body

    monkeypatch.setattr(FakeTikTok, "_route", dated)  # the stand-in itself tells no date
    with outside(tmp_path, ahead=None) as out:
        assert lit(out.examine()) == {"clock": "clock_ahead"}


EMPTY = {"max": 10, "remaining": 0, "reset_at": "2030-01-01T00:00:00Z"}
FEW = {"max": 100, "remaining": 3, "reset_at": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("status", "told", "code", "asked"),
    [
        (200, {"minute": EMPTY}, "tiktok_rate_limited", 0),
        (429, {"code": 429}, "tiktok_rate_limited", 0),
        (401, {"code": 401}, "tiktok_key_refused", 0),
        (503, {}, "tiktok_sign_down", 0),
        (200, {"day": FEW}, "sign_low", 1),
        (404, {"code": 404}, "", 1),
    ],
)
def test_a_quota_that_is_used_up_is_read_and_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, told: dict[str, Any], code: str, asked: int
):
    """Asking for what is granted costs nothing; a signature is asked for only where one may be had."""
    route = FakeTikTok._route

    async def limited(self: FakeTikTok, method: str, path: str, *more: Any) -> Any:
        if path == "/webcast/rate_limits":
            return status, {"Content-Type": "application/json"}, json.dumps(told).encode()
        return await route(self, method, path, *more)

    monkeypatch.setattr(FakeTikTok, "_route", limited)  # the stand-in itself always has enough
    with outside(tmp_path) as out:
        checks = out.examine()

        assert lit(checks) == ({"sign_server": code} if code else {})
        assert sum(count for name, count in out.tiktok.counts.items() if name.startswith("sign_")) == asked


def test_what_hangs_on_several_faults_waits_for_the_worst():
    found = [
        Finding(id="animaze", light=Light.YELLOW, code="animaze_other_port"),
        Finding(id="animaze_voice", light=Light.RED, code="animaze_mute"),
    ]
    known = {finding.id: finding for finding in complete(found)}

    assert known["animaze_pace"].params == {"because": "animaze_voice"}
    assert known["model"].code == "not_finished"
    assert [finding.id for finding in complete(found)] == list(PARTS)


@pytest.mark.parametrize(
    ("usage", "code", "light"),
    [
        ((0, 0, 0), "disk_fits", Light.GREEN),
        ((10**12, 10**12 - 5 * 10**6, 5 * 10**6), "disk_full", Light.RED),
        ((10**12, 10**12 - 10**8, 10**8), "disk_low", Light.YELLOW),
        ((10**12, 0, 10**12), "disk_fits", Light.GREEN),
    ],
)
def test_a_drive_that_does_not_tell_its_size_is_not_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, usage: tuple[int, int, int], code: str, light: Light
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(*usage))  # no such drive is here
    disk = look_at_disk([tmp_path])[0]

    assert (disk.code, disk.light) == (code, light)


def test_a_broken_settings_file_is_named_with_its_line_and_left_alone(tmp_path: Path):
    with outside(tmp_path) as out:
        out.file.write_text("animaze:\n  port: many\n", encoding="utf-8")
        checks = out.examine()

        assert lit(checks) == {"settings": "settings_broken"}
        assert "line 2" in checks["settings"]["params"]["problems"]
        assert {c["params"].get("because") for c in checks.values() if c["code"] == "skipped"} == {"settings"}
        assert out.file.read_text(encoding="utf-8") == "animaze:\n  port: many\n"
        assert out.animaze.messages == []


def test_where_nothing_is_yet_nothing_is_made(tmp_path: Path):
    """Looking is not changing: a fresh folder stays empty."""
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    with outside(tmp_path) as out:
        out.folder = fresh
        report = examine(out.patient())

    assert {f.id: f.code for f in report.findings}["settings"] == "settings_new"
    assert list(fresh.iterdir()) == []


@pytest.mark.parametrize("part", ["memory", "gifts"])
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, part: str):
    file = tmp_path / f"{part}.db"
    damaged = b"SQLite format 3\0" + os.urandom(5000)
    file.write_bytes(damaged)
    with outside(tmp_path) as out:
        assert lit(out.examine()) == {part: f"{part}_corrupt"}
    assert file.read_bytes() == damaged


def test_damage_in_the_middle_of_a_database_is_found(tmp_path: Path):
    """Its head is fine: only reading all of it tells."""
    with contextlib.closing(sqlite_file(tmp_path / "gifts.db")) as connection:
        rows = [(f"mark {number}", "x" * 900) for number in range(200)]
        connection.executemany("INSERT INTO entries (mark, name) VALUES (?, ?)", rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "gifts.db").open("r+b") as file:
        file.seek(20 * 4096)
        file.write(os.urandom(8 * 4096))
    with outside(tmp_path) as out:
        assert lit(out.examine()) == {"gifts": "gifts_corrupt"}


def test_a_locked_gift_book_is_named(tmp_path: Path):
    with contextlib.closing(sqlite_file(tmp_path / "gifts.db")) as other, outside(tmp_path) as out:
        other.execute("BEGIN EXCLUSIVE")

        assert lit(out.examine()) == {"gifts": "gifts_locked"}


def test_a_database_of_something_else_is_no_gift_book(tmp_path: Path):
    with contextlib.closing(sqlite3.connect(tmp_path / "gifts.db")) as other:
        other.execute("CREATE TABLE songs (name)")
        other.commit()
    with outside(tmp_path) as out:
        assert lit(out.examine()) == {"gifts": "gifts_foreign"}


def test_a_taken_port_is_named(tmp_path: Path):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken, outside(tmp_path) as out:
        port = taken.getsockname()[1]

        assert lit(out.examine(port=port)) == {"ports": "port_taken"}


def test_a_second_palfriend_with_the_same_settings_is_named(tmp_path: Path):
    with instance.mark(tmp_path, "http://127.0.0.1:1"), outside(tmp_path) as out:
        assert lit(out.examine()) == {}
        with instance.mark(tmp_path, "http://127.0.0.1:2"):
            checks = out.examine()

    assert lit(checks) == {"running": "second_running"}
    assert not list(tmp_path.glob(instance.PATTERN))


def test_what_a_killed_palfriend_left_behind_is_nobody(tmp_path: Path):
    """No process number is trusted: the system frees the lock of whoever dies."""
    (tmp_path / f".palfriend-{os.getpid()}-1.running").write_text('{"pid": 1, "url": "http://127.0.0.1:1"}')

    assert instance.running(tmp_path) == []
    assert not list(tmp_path.glob(instance.PATTERN))


def program(tmp_path: Path, name: str, text: str) -> Path:
    """PalFriend's folder with another list of packages."""
    folder = tmp_path / "program"
    folder.mkdir(exist_ok=True)
    for file in ("requirements.lock", "pyproject.toml"):
        (folder / file).write_text((ROOT / file).read_text(encoding="utf-8"), encoding="utf-8")
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


@pytest.mark.parametrize(
    ("lock", "code", "light"),
    [
        ("\nno-such-package-anywhere==1.0\n", "packages_missing", "red"),
        ("", "packages_other", "yellow"),
        (None, "packages_bad", "red"),
    ],
)
def test_packages_that_are_not_the_tested_ones_are_named(tmp_path: Path, lock: str | None, code: str, light: str):
    """One that is missing; another version than tested; another version of one that is pinned for its insides."""
    root = program(tmp_path, "requirements.lock", lock or "")
    if not lock:
        name = "websockets" if lock is None else "pyyaml"
        text = (root / "requirements.lock").read_text(encoding="utf-8")
        lines = [f"{name}==0.0.1 \\" if line.startswith(f"{name}==") else line for line in text.splitlines()]
        (root / "requirements.lock").write_text("\n".join(lines), encoding="utf-8")
    with outside(tmp_path) as out:
        checks = out.examine(root=root)

    assert lit(checks) == {"packages": code}
    assert checks["packages"]["light"] == light


# -- what only another process can show --------------------------------------------------------------------------------


def elsewhere(file: Path, env: dict[str, str] | None = None, before: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """An examination in a process of its own; each check by its id."""
    command = [*before, sys.executable, str(ROOT / "tests" / "doctor_stage.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {check["id"]: check for check in json.loads(done.stdout)["checks"]}


def run_doctor(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """`main.py --doctor --json`: exit code and report."""
    command = [sys.executable, str(ROOT / "main.py"), "--doctor", "--json", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and /proc are Linux's")


@linux
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    """/proc is one that even the superuser cannot write into."""
    with outside(tmp_path) as out:
        settings = out.write_settings()
        patient = out.patient()
        findings = {f.id: f for f in examine(patient).findings}
        assert findings["folder"].light is Light.GREEN
        out.changes = {"recording": {"folder": "/proc/palfriend"}}
        settings.unlink()

        assert lit(out.examine()) == {"folder": "folder_readonly"}


@linux
@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], check=False).returncode != 0, reason="no namespaces here"
)
def test_a_full_disk_is_named(tmp_path: Path):
    """A real one, of 256 kB, filled to its last byte."""
    place = tmp_path / "disk"
    place.mkdir()
    with outside(tmp_path) as out:
        out.folder = place
        ready = out.write_settings().read_text(encoding="utf-8")
        (tmp_path / "ready.yaml").write_text(ready, encoding="utf-8")
        fill = f'mount -t tmpfs -o size=256k none "{place}" && cp "{tmp_path}/ready.yaml" "{place}/settings.yaml"'
        script = f'{fill}; cat /dev/zero > "{place}/rest" 2>/dev/null; exec "$@"'
        checks = elsewhere(place / "settings.yaml", before=("unshare", "-rm", "sh", "-c", script, "sh"))

    assert lit(checks) == {"disk": "disk_full"}


@needs.component("portaudio")
@needs.component("pulseaudio")
@pytest.mark.timeout(300)
def test_the_microphone_and_what_is_wrong_with_it(tmp_path: Path):
    """With a voice in it all is green and the exit code 0; silent, noisy, unknown and away are each named."""
    with outside(tmp_path) as out, VirtualMic() as mic:
        out.changes = {"microphone": {"enabled": True}}
        file = out.write_settings()

        assert lit(elsewhere(file, mic.env)) == {"microphone_level": "mic_silent"}

        with playing(mic, tmp_path / "voice.wav", pauses(voices.talk(20, seed=1))):
            checks = elsewhere(file, mic.env)
        assert lit(checks) == {}
        assert checks["microphone_voice"]["details"] == {"heard": True}

        with playing(mic, tmp_path / "noise.wav", 0.06 * np.random.default_rng(1).standard_normal(30 * voices.RATE)):
            assert lit(elsewhere(file, mic.env)) == {"microphone_level": "mic_noisy"}

        out.changes["microphone"] = {"enabled": True, "device": "no such device"}
        out.write_settings()
        assert lit(elsewhere(file, mic.env)) == {"microphone": "mic_not_found"}


def pauses(talk: voices.Sound) -> voices.Sound:
    """Somebody who speaks for a second and breathes for one, in a quiet room."""
    second = voices.RATE
    turns = [talk[i : i + second] * 0.4 for i in range(0, len(talk) - second, second)]
    sound = np.concatenate([np.concatenate([turn, np.zeros(second)]) for turn in turns])
    return sound + 0.0005 * np.random.default_rng(2).standard_normal(len(sound))


@contextlib.contextmanager
def playing(mic: VirtualMic, wav: Path, sound: Any) -> Iterator[None]:
    voices.write(wav, sound)
    player = mic.play(wav)
    try:
        yield
    finally:
        player.terminate()
        player.wait(10)


@needs.component("portaudio")
def test_a_computer_without_a_microphone(tmp_path: Path):
    if list_devices():
        pytest.skip("this computer has a microphone")
    with outside(tmp_path) as out:
        out.changes = {"microphone": {"enabled": True}}
        env = {**os.environ, "PULSE_SERVER": "unix:/nonexistent"}
        checks = elsewhere(out.write_settings(), env)

    assert lit(checks) == {"microphone": "mic_no_device"}


@pytest.mark.parametrize(("text", "code"), [("animaze: 3", 2), ("", 1)])
def test_the_exit_code_is_the_worst_light_and_json_is_all_that_is_printed(tmp_path: Path, text: str, code: int):
    """Red for a broken file; only notes when nobody could be asked and nothing is wrong with that."""
    file = tmp_path / "settings.yaml"
    with outside(tmp_path) as out:
        out.changes = {"openai": {"api_key": "", "base_url": ""}, "safety": {"mode": "captions"}}
        if text:
            file.write_text(text, encoding="utf-8")
        else:
            out.write_settings()
        done, report = run_doctor("--settings", str(file))

    assert done == code, report
    assert report["light"] == {2: "red", 1: "yellow"}[code]
    assert all(check["cause"] and check["remedy"] and check["name"] for check in report["checks"])


def test_a_missing_package_is_a_report_and_no_traceback(tmp_path: Path):
    """Nothing of PalFriend can be loaded without it, and its doctor still says what to do."""
    hide = tmp_path / "sitecustomize.py"
    hide.write_text("import sys\nsys.modules['pydantic'] = None\n", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    code, report = run_doctor("--settings", str(tmp_path / "settings.yaml"), env=env)
    checks = {check["id"]: check for check in report["checks"]}

    assert lit(checks) == {"packages": "packages_missing"}
    assert "pydantic" in checks["packages"]["params"]["names"]
    assert code == 2
    plain = subprocess.run(
        [sys.executable, str(ROOT / "main.py")], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert plain.stderr.count("\n") == 1
    assert "pydantic" in plain.stderr
    assert plain.returncode == 1


# -- limits ------------------------------------------------------------------------------------------------------------


def test_an_examination_ends_in_time_whatever_hangs(tmp_path: Path):
    """Everything outside takes a connection and never says a word; the report comes all the same."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as pit, outside(tmp_path) as out:
        url = f"http://127.0.0.1:{pit.getsockname()[1]}"
        out.changes = {
            "tiktok": dict.fromkeys(("app_url", "webcast_url", "sign_url"), url),
            "openai": {"base_url": url, "first_token_timeout": 100, "request_timeout": 100},
            "animaze": {"port": pit.getsockname()[1]},
        }
        out.write_settings()
        report = examine(out.patient(limit=LIMIT))

    codes = {finding.id: finding.code for finding in report.findings}
    assert report.seconds < LIMIT + 1
    assert codes["tiktok"] == "tiktok_network"
    assert codes["animaze"] == "animaze_unreachable"
    assert codes["model_answer"] == "model_slow"
    assert len(report.findings) == len(set(codes))


def test_it_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path):
    told: list[float] = []
    stopped = threading.Event()
    stopped.set()
    with outside(tmp_path) as out:
        out.write_settings()
        report = examine(out.patient(), told.append, stopped=stopped)

    assert report.seconds < 3
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_no_secret_is_in_the_report(tmp_path: Path):
    with outside(tmp_path, **again("401")) as out:
        assert "canary" not in json.dumps(out.examine())
