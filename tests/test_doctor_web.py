"""The doctor of the running program: over HTTP as a job, its bundle, and beside what runs."""

import dataclasses
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import web_house
from doctor_stage import PATIENCE, ROOT, Outside, outside

from app import Dashboard
from bridge import Bridge
from doctor.practice import Practice
from doctor.rounds import Patient
from settings import load_settings
from web.logs import LogRing
from web.words import in_language


def practice(out: Outside, bridge: Bridge | None = None) -> Practice:
    def patiently(patient: Patient) -> Patient:
        return dataclasses.replace(patient, limit=PATIENCE, other_ports=(), local_ports={"ollama": 9, "lm_studio": 9})

    return Practice(
        settings=load_settings(out.write_settings()),
        bridge=bridge or Bridge(web_house.Bot()),
        logs=LogRing(),
        version="1.2.3",
        root=ROOT,
        change=patiently,
    )


def finished(port: int, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while (job := web_house.ask(port, f"/api/jobs/{name}").json)["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.1)
    found: dict[str, Any] = job
    return found


@pytest.mark.timeout(180)
def test_an_examination_over_http_is_a_job_with_the_report_and_the_bundle_holds_it(tmp_path: Path):
    with outside(tmp_path) as out:
        doctor = practice(out)
        house = web_house.build_house(tmp_path, doctor=doctor, settings=doctor.settings, bridge=doctor.bridge)
        dashboard = Dashboard(house, port=0)
        dashboard.start()
        try:
            begun = web_house.ask(dashboard.port, "/api/doctor", "POST", b"", **web_house.SAYING_SO)
            assert begun.status == 202, begun.body
            second = web_house.ask(dashboard.port, "/api/doctor", "POST", b"", **web_house.SAYING_SO)
            job = finished(dashboard.port, begun.json["job"])
            zipped = web_house.ask(dashboard.port, "/api/doctor/bundle")
        finally:
            dashboard.stop()
            doctor.bridge.stop()

    assert second.status == 409
    assert job["state"] == "done", job
    checks = {check["id"]: check for check in job["result"]["checks"]}
    assert job["result"]["light"] == "green", [c for c in checks.values() if c["light"] in {"red", "yellow"}]
    assert (checks["ports"]["code"], checks["ports"]["params"]["port"]) == ("port_ours", str(dashboard.port))
    assert checks["animaze"]["cause"].startswith("Animaze answers at")
    assert zipped.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as archive:
        packed = json.loads(archive.read("palfriend-support/doctor.json"))
        everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert packed["light"] == "green"
    assert len(out.animaze.messages) == 1
    assert "sk-canary" not in everything


def test_a_report_is_in_the_language_of_whoever_reads_it(tmp_path: Path):
    """The page may speak another one than the pal, whose line Animaze gets."""
    with outside(tmp_path) as out:
        out.changes = {"style": {"language": "de"}, "tiktok": {"unique_id": ""}}
        report = practice(out).examine()

    checks = {check["id"]: check for check in report["checks"]}
    assert in_language(checks["tiktok_name"], "de")["cause"] == "Es ist kein TikTok-Name gesetzt."
    assert checks["tiktok_name"]["cause"] == "No TikTok name is set."
    assert (
        in_language(checks["tiktok_live"], "de")["cause"] == "Nicht geprüft: Zuerst muss „TikTok-Name“ in Ordnung sein."
    )
    assert out.animaze.messages == ["-echo Hallo, hier ist dein Pal. Ich wollte nur wissen, ob du mich hören kannst."]


def test_without_a_dashboard_of_its_own_it_names_no_port(tmp_path: Path):
    """`from app import app` is served by another program, which alone knows where."""
    with outside(tmp_path) as out:
        checks = {check["id"]: check for check in practice(out).examine()["checks"]}

    assert (checks["ports"]["code"], checks["ports"]["light"]) == ("port_unknown", "green")


def test_a_silenced_pal_is_not_made_to_speak(tmp_path: Path):
    """Panic holds for the doctor, too."""
    with outside(tmp_path) as out:
        doctor = practice(out)
        doctor.bridge.order("panic", True)
        checks = {check["id"]: check for check in doctor.examine()["checks"]}

        assert checks["animaze"]["light"] == "green"
        assert checks["animaze_voice"]["code"] == "silenced"
        assert out.animaze.messages == []
