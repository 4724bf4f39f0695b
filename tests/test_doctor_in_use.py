"""The doctor while a bot runs: it looks through the bot's own connections and takes none of them."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doctor_stage import ROOT, Outside, outside

from doctor.finding import Light, worst
from doctor.in_use import animaze_in_use, is_using, microphone_in_use, tiktok_in_use
from doctor.rounds import examine

PATIENCE = 60.0


@contextlib.contextmanager
def running_pal(out: Outside) -> Iterator[str]:
    """`main.py --start` in a process of its own; gives its address once it is live."""
    command = [sys.executable, str(ROOT / "main.py"), "--start", "--port", "0", "--settings", str(out.write_settings())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().split(" is here: ")[1].strip()
            deadline = time.monotonic() + PATIENCE
            while not all(status(url)["connected"][name] for name in ("tiktok", "animaze", "openai")):
                assert time.monotonic() < deadline, status(url)
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def status(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url + "/api/status", timeout=20) as answer:  # noqa: S310 - our own
        told: dict[str, Any] = json.load(answer)
    return told


@pytest.mark.timeout(180)
def test_beside_a_running_pal_nothing_is_opened_twice_and_nobody_talks_over_it(tmp_path: Path):
    """Another process finds the pal by its mark and asks it; the sign server's quota is not touched."""
    with outside(tmp_path) as out, running_pal(out):
        before = dict(out.tiktok.counts)
        report = examine(out.patient())
        found = {finding.id: finding for finding in report.findings}

        assert report.light is Light.GREEN, [f for f in report.findings if f.light is not Light.GREEN]
        assert found["tiktok"].code == found["tiktok_name"].code == found["animaze"].code == "in_use"
        assert found["tiktok_live"].code == "tiktok_is_live"
        assert found["animaze_voice"].code == "in_use_voice"
        assert found["sign_server"].code == "sign_spared"
        assert found["running"].details["count"] == 1
        assert out.animaze.messages == []
        assert len(out.animaze.connections) == 1
        assert out.tiktok.counts["sign_ok"] == before["sign_ok"]
        assert len(out.tiktok.viewers) == 1


@pytest.mark.timeout(180)
def test_the_running_pals_own_doctor_keeps_to_the_same(tmp_path: Path):
    """Over HTTP, inside the process that has the connections."""
    with outside(tmp_path) as out, running_pal(out) as url:
        before = dict(out.tiktok.counts)
        request = urllib.request.Request(url + "/api/doctor", method="POST", headers={"X-PalFriend": "1"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
            job = json.load(answer)
        deadline = time.monotonic() + PATIENCE
        while job["state"] == "running":
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
            with urllib.request.urlopen(f"{url}/api/jobs/{job['job']}", timeout=20) as answer:  # noqa: S310 - our own
                job = json.load(answer)
        checks = {check["id"]: check for check in job["result"]["checks"]}

        assert job["result"]["light"] == "green", [c for c in checks.values() if c["light"] in {"red", "yellow"}]
        assert checks["animaze"]["code"] == "in_use"
        assert checks["ports"]["params"]["port"] == url.rpartition(":")[2]
        assert out.animaze.messages == []
        assert len(out.animaze.connections) == 1
        assert out.tiktok.counts["sign_ok"] == before["sign_ok"]


def link(code: str, state: str = "error", **params: str) -> dict[str, Any]:
    return {"state": state, "code": code, "params": params}


def of(**links: dict[str, Any]) -> dict[str, Any]:
    return {"running": True, "demo": False, "links": links}


@pytest.mark.parametrize(
    ("code", "part", "light"),
    [
        ("tiktok_unknown_name", "tiktok_name", Light.RED),
        ("tiktok_network", "tiktok", Light.RED),
        ("tiktok_rate_limited", "sign_server", Light.RED),
        ("tiktok_key_refused", "sign_server", Light.RED),
        ("tiktok_dead_room", "tiktok_live", Light.RED),
        ("tiktok_events_lost", "tiktok", Light.YELLOW),
    ],
)
def test_the_reason_of_the_bots_link_is_said_of_the_part_it_is_about(code: str, part: str, light: Light):
    found = tiktok_in_use(of(tiktok=link(code, name="anna", until="20:15")))

    assert (found[-1].id, found[-1].code, found[-1].light) == (part, code, light)
    assert worst(finding.light for finding in found[:-1]) is Light.GREEN


@pytest.mark.parametrize(
    "links", [{}, {"tiktok": link("tiktok_connecting", "connecting")}, {"tiktok": link("", "connecting")}]
)
def test_a_bot_that_is_still_connecting_is_no_fault(links: dict[str, Any]):
    assert [f.code for f in tiktok_in_use(of(**links))] == ["in_use_busy"]


def test_who_is_not_live_has_no_fault():
    found = {f.id: f.code for f in tiktok_in_use(of(tiktok=link("tiktok_offline", "waiting", name="anna")))}

    assert found["tiktok_live"] == "tiktok_not_live"


def test_the_avatar_on_another_port_is_named_also_through_the_bot():
    found = animaze_in_use(of(animaze=link("animaze_other_port", "up", host="localhost", port="8008")))

    assert (found[0].light, found[0].suggestion) == (Light.YELLOW, {"animaze": {"port": 8008}})
    assert [f.light for f in found[1:]] == [Light.SKIPPED, Light.SKIPPED]
    assert animaze_in_use(of(animaze=link("animaze_unreachable", "waiting", host="h", port="9")))[0].light is Light.RED
    assert animaze_in_use(of(animaze=link("paper", "up")))[0].code == "captions"


def look(rms: float, peak: float, talking: bool = False) -> dict[str, Any]:
    meters = {"engine": "silero", "rms_dbfs": rms, "peak_dbfs": peak, "talking": talking}
    return {**of(microphone=link("", "up")), "microphone": meters}


def test_the_microphone_is_heard_through_the_bots_meters():
    quiet = {f.id: f for f in microphone_in_use([look(-62.0, -50.0), look(-61.0, -50.0), look(-20.0, -8.0, True)])}
    noisy = {f.id: f for f in microphone_in_use([look(-30.0, -20.0)] * 5)}
    dead = {f.id: f for f in microphone_in_use([look(-120.0, -120.0)] * 5)}

    assert quiet["microphone_level"].details["noise_floor_dbfs"] == -62.0
    assert quiet["microphone_voice"].code == "mic_voice_heard"
    assert noisy["microphone_level"].code == "mic_noisy"
    assert dead["microphone_level"].code == "mic_silent"
    assert microphone_in_use([of(microphone=link("mic_lost"))])[0].code == "mic_lost"
    assert microphone_in_use([of(microphone=link("mic_off", "off"))])[0].light is Light.SKIPPED


def test_a_demo_holds_nothing():
    """Its crowd and its avatar are not real, so the real ones may be looked at."""
    assert not is_using({"running": True, "demo": True, "links": {}})
    assert not is_using({"running": False, "demo": False})
    assert not is_using(None)
