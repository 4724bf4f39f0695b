"""The set-up on the page, as a new user meets it: a real browser, real sockets, the whole house, and the first sentence."""

import json
import subprocess
import time
from pathlib import Path

import needs
import pytest
from stand_ins import stand_ins

import main
from app import Dashboard
from settings import load_settings
from setup.probes import RealProbes
from tests.fake_animaze import FakeAnimaze
from tests.fake_tiktok import FakeTikTok
from web.logs import LogRing

WALK = Path(__file__).parent.parent / "frontend" / "tests-browser" / "newcomer.mjs"
PATIENCE = 60.0


@needs.component("chromium")
@needs.component("node")
@pytest.mark.skipif(not (WALK.parent.parent / "node_modules").exists(), reason="npm ci has not been run in frontend/")
@pytest.mark.timeout(240)
def test_from_the_first_look_to_the_first_spoken_sentence_by_the_page_alone(tmp_path: Path, capsys):
    """The same steps as in the window, on a computer without a screen of its own."""
    with stand_ins(FakeTikTok("streamer"), animaze=FakeAnimaze(seconds=lambda _: 0.05)) as outside:
        where = {"host": "127.0.0.1", "port": outside.animaze.port}
        file = outside.settings(tmp_path / "settings.yaml", animaze=where, openai={"request_timeout": 30})
        house = main.build_house(load_settings(file), lambda: None, LogRing())
        assert house.guide
        house.guide.probes = RealProbes(house.settings, ports={"ollama": outside.model.port, "lm_studio": 9})
        dashboard, began = Dashboard(house, port=0), time.monotonic()
        dashboard.start()
        try:
            command = ["node", str(WALK), dashboard.url, str(needs.chromium()), "streamer"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
            assert done.returncode == 0, done.stderr
            walk = json.loads(done.stdout)
            until(lambda: all(house.bridge.status()["connected"][name] for name in ("tiktok", "animaze")))
            outside.do(
                outside.tiktok.push({"type": "comment", "user": "anna", "text": "what is your favourite snack?"})
            )
            until(lambda: outside.animaze.messages)
            seconds = time.monotonic() - began
        finally:
            dashboard.stop()
            assert house.bridge.stop()
        assert outside.animaze.messages == ["-echo You asked what is your favourite snack."]
    assert walk["problems"] == []
    assert walk["clicks"] <= 15
    assert house.guide.state()["done"]
    with capsys.disabled():
        print(f"\n{walk['clicks']} clicks, {walk['letters']} letters, {seconds:.1f} s to the first spoken sentence")


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
