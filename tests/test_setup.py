"""The set-up's steps, tried against a TikTok, a model server and an Animaze on real sockets, saved in real files."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from stand_ins import StandIns, stand_ins
from virtual_mic import VirtualMic

import settings as knobs
from settings import Settings, load_settings
from setup import ear
from setup.guide import Found, Guide, SetupError
from setup.probes import RealProbes
from setup.record import FILE, STEPS, Record
from setup.words import told
from tests.fake_animaze import FakeAnimaze
from tests.fake_tiktok import FakeTikTok
from web.words import say

KEY = "sk-canary-0123456789"


@pytest.fixture
def outside():
    with stand_ins(FakeTikTok("streamer")) as house:
        yield house


@pytest.fixture
def settings(tmp_path: Path, outside: StandIns) -> Settings:
    return load_settings(outside.settings(tmp_path / "settings.yaml"))


@pytest.fixture
def guide(settings: Settings) -> Guide:
    return Guide(settings, RealProbes(settings))


def saved(settings: Settings) -> Settings:
    return load_settings(settings.file)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def busy(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_new_user_is_led_from_the_first_step_and_one_with_a_name_is_not(tmp_path: Path, guide: Guide):
    """Who set PalFriend up by hand, or with an older version, needs no welcome."""
    assert guide.state()["done"] is False
    assert guide.state()["step"] == "language"
    assert [step["id"] for step in guide.state()["steps"]] == list(STEPS)
    assert {step["state"] for step in guide.state()["steps"]} == {"todo"}
    old = tmp_path / "old" / "settings.yaml"
    old.parent.mkdir()
    old.write_text("tiktok: {unique_id: anna}\n", encoding="utf-8")
    known = load_settings(old)
    assert Guide(known, RealProbes(known)).state()["done"] is True
    again = Guide(known, RealProbes(known))
    assert again.restart()["done"] is False


def test_the_language_is_the_pals_and_the_windows(guide: Guide):
    """Who answers German does not want an English window."""
    answer = guide.take("language", {"language": "de"})
    assert (answer["state"], answer["text"]) == ("done", "Good.")
    assert answer["text"].in_language("de") == "Gut."
    assert saved(guide.settings).style.language == "de"
    assert saved(guide.settings).window.language == "de"
    assert guide.state()["step"] == "tiktok"


@pytest.mark.parametrize("typed", ["streamer", " @streamer ", "https://www.tiktok.com/@streamer/live?x=1"])
def test_a_name_is_found_with_the_title_of_its_live(guide: Guide, typed: str):
    answer = guide.take("tiktok", {"unique_id": typed})
    assert (answer["state"], answer["code"]) == ("done", "tiktok_live")
    assert answer["result"]["title"] == "fake live"
    assert saved(guide.settings).tiktok.unique_id == "streamer"


def test_a_name_that_is_not_live_is_as_good(guide: Guide, outside: StandIns):
    outside.tiktok.live = False
    answer = guide.take("tiktok", {"unique_id": "streamer"})
    assert (answer["state"], answer["code"], answer["result"]["live"]) == ("done", "tiktok_offline", False)


def test_a_name_that_tiktok_does_not_know_is_taken_only_when_it_is_confirmed(guide: Guide):
    """A typing error would wait for ever for a live; but TikTok may be wrong, too."""
    answer = guide.take("tiktok", {"unique_id": "streemer"})
    assert (answer["state"], answer["code"]) == ("todo", "tiktok_unknown_name")
    assert "@streemer" in answer["text"]
    assert saved(guide.settings).tiktok.unique_id == ""
    answer = guide.take("tiktok", {"unique_id": "streemer", "anyway": True})
    assert answer["state"] == "done"
    assert saved(guide.settings).tiktok.unique_id == "streemer"


@pytest.mark.parametrize(("typed", "code"), [("", "tiktok_name_missing"), ("  @ ", "tiktok_name_missing"), ("!?", "tiktok_name_invalid")])  # fmt: skip
def test_what_is_no_name_is_refused_without_asking_tiktok(guide: Guide, outside: StandIns, typed: str, code: str):
    answer = guide.take("tiktok", {"unique_id": typed})
    assert (answer["state"], answer["code"]) == ("todo", code)
    assert not outside.tiktok.requests


def test_without_tiktok_the_name_is_saved_and_said_to_be_unchecked(tmp_path: Path):
    """Who sets PalFriend up on a train must not be stuck."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump({"tiktok": dict.fromkeys(["app_url", "webcast_url", "sign_url"], nowhere)}), "utf-8")
    settings = load_settings(file)
    answer = Guide(settings, RealProbes(settings)).take("tiktok", {"unique_id": "anna"})
    assert (answer["state"], answer["code"]) == ("done", "tiktok_unchecked")
    assert "cannot be reached" in answer["text"]
    assert saved(settings).tiktok.unique_id == "anna"


def test_animaze_is_found_where_it_usually_is(guide: Guide, outside: StandIns):
    """The settings say 9000, this Animaze is at 8008; nobody has to know that."""
    if busy(8008) or busy(9000):
        pytest.skip("something of this computer's own listens on 8008 or 9000")
    answer = guide.take("animaze", {})
    assert (answer["state"], answer["code"]) == ("todo", "animaze_missing")
    assert "8008, 9000" in answer["text"]
    elsewhere = FakeAnimaze()
    outside.do(elsewhere.start(8008))
    try:
        answer = guide.take("animaze", {})
    finally:
        outside.do(elsewhere.stop())
    assert (answer["state"], answer["result"]["port"]) == ("done", 8008)
    assert saved(guide.settings).animaze.port == 8008


def test_the_avatar_says_hello_when_asked(guide: Guide, outside: StandIns):
    """Hearing it is what convinces."""
    assert guide.take("animaze", {"host": "127.0.0.1", "port": outside.animaze.port})["state"] == "done"
    answer = guide.take("animaze", {"say": "Hello, I am ready."})
    assert answer["code"] == "animaze_spoke"
    assert outside.animaze.messages == ["-echo Hello, I am ready."]
    assert guide.try_voice() == {"ok": True, "code": "animaze_spoke", "params": {}}


def test_a_voice_that_cannot_be_heard_says_why(guide: Guide):
    knobs.changed(guide.settings, {"animaze": {"host": "127.0.0.1", "port": free_port()}})
    if busy(8008) or busy(9000):
        pytest.skip("something of this computer's own listens on 8008 or 9000")
    answer = guide.take("animaze", {"say": "Hello."})
    assert answer["code"] == "animaze_silent"
    assert "Start Animaze" in answer["text"]


def test_where_a_bot_has_the_avatar_it_is_the_bot_that_speaks(settings: Settings, outside: StandIns):
    """Two clients of one Animaze would talk over each other."""
    said: list[str] = []
    taken = Guide(settings, RealProbes(settings, busy=lambda text: not said.append(text)))
    assert taken.try_voice()["ok"] is True
    refused = Guide(settings, RealProbes(settings, busy=lambda _: False))
    assert refused.try_voice()["code"] == "animaze_silent"
    assert len(said) == 1
    assert not outside.animaze.messages


def test_a_model_on_this_computer_is_found_and_used(settings: Settings, outside: StandIns):
    """Ollama and LM Studio answer on ports of their own; here the stand-in does for one of them."""
    guide = Guide(settings, RealProbes(settings, ports={"ollama": outside.model.port, "lm_studio": free_port()}))
    found = guide.take("model", {"detect": True})
    assert (found["state"], found["code"]) == ("todo", "model_local")
    (server,) = found["result"]["local"]
    assert (server["name"], server["models"]) == ("Ollama", ["fake"])
    answer = guide.take("model", {"kind": "local", "base_url": server["base_url"], "model": "fake"})
    assert (answer["state"], answer["code"]) == ("done", "model_ok")
    assert answer["result"]["answer"]
    assert saved(settings).openai.base_url == server["base_url"]
    assert saved(settings).openai.model == "fake"


def test_without_a_local_model_it_says_so(settings: Settings):
    guide = Guide(settings, RealProbes(settings, ports={"ollama": free_port(), "lm_studio": free_port()}))
    answer = guide.take("model", {"detect": True})
    assert (answer["code"], answer["result"]["local"]) == ("model_no_local", [])


def test_a_key_is_tried_before_it_is_saved_and_never_told(guide: Guide, outside: StandIns):
    """Neither in an answer nor in the file of the steps."""
    place = {"kind": "openai", "base_url": outside.model.base_url, "model": "fake"}
    outside.model.faults.extend(["401"] * 3)
    answer = guide.take("model", {**place, "api_key": f"{KEY}-wrong"})
    assert (answer["state"], answer["code"]) == ("todo", "openai_key_refused")
    assert "key" in answer["text"]
    assert saved(guide.settings).openai.api_key == ""
    outside.model.faults.clear()
    answers = [guide.take("model", {**place, "api_key": KEY}), guide.take("model", {**place, "api_key": ""})]
    assert [answer["state"] for answer in answers] == ["done", "done"]
    assert saved(guide.settings).openai.api_key == KEY
    assert outside.model.keys[-1].endswith(KEY)
    assert KEY not in json.dumps([*answers, guide.state()])
    assert KEY not in guide.settings.beside(FILE).read_text(encoding="utf-8")


def test_without_a_model_the_pal_has_nothing_to_ask(guide: Guide):
    knobs.changed(guide.settings, {"openai": {"api_key": KEY, "base_url": "http://127.0.0.1:9/v1"}})
    answer = guide.take("model", {"kind": "templates"})
    assert (answer["state"], answer["code"]) == ("done", "model_templates")
    assert saved(guide.settings).openai.api_key == saved(guide.settings).openai.base_url == ""


@pytest.mark.parametrize(
    ("values", "code"), [({"kind": "openai"}, "model_no_key"), ({"kind": "local"}, "model_no_choice")]
)
def test_nothing_to_try_is_told_before_anything_is_tried(guide: Guide, values: dict[str, Any], code: str):
    assert guide.take("model", values)["code"] == code


def test_personas_are_listed_and_chosen(guide: Guide, tmp_path: Path):
    """The streamer's own come first; one that cannot be used is not offered."""
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "pirate.yaml").write_text("name: Jack\ntone: Salty.\n", encoding="utf-8")
    (folder / "broken.yaml").write_text("name: [\n", encoding="utf-8")
    listed = guide.take("persona", {})
    names = [persona["name"] for persona in listed["result"]["personas"]]
    assert names == ["pirate", "pal", "sage"]
    assert listed["state"] == "todo"
    assert guide.take("persona", {"persona": "../settings"})["code"] == "persona_unknown"
    assert guide.take("persona", {"persona": "pirate"})["state"] == "done"
    assert saved(guide.settings).style.persona == "pirate"


@pytest.mark.timeout(180)
def test_a_rehearsal_ends_in_plain_words(guide: Guide):
    """No percentile, no token: a streamer reads it."""
    answer = guide.take("rehearsal", {})
    assert answer["state"] == "done"
    words = " ".join(answer["result"]["lines"])
    assert "questions" in words
    assert "p95" not in words
    assert "{" not in words
    assert answer["result"]["card"]["seconds"] == 60.0


@needs.component("pulseaudio")
@needs.component("portaudio")
@pytest.mark.timeout(180)
def test_the_lamp_lights_up_for_a_voice_and_goes_dark_in_silence(tmp_path: Path):
    """In a process of its own: PortAudio keeps the first sound server it has met."""
    import subprocess
    import sys

    from voices import talk, write

    with VirtualMic() as mic:
        wav = write(tmp_path / "voice.wav", talk(3.0))
        code = (
            "import json, sys, threading\n"
            "from pathlib import Path\n"
            "from settings import load_settings\n"
            "from setup.guide import Guide\n"
            "from setup.probes import RealProbes\n"
            "settings = load_settings(Path(sys.argv[1]))\n"
            "guide = Guide(settings, RealProbes(settings))\n"
            "lit = []\n"
            "guide.levels.append(lambda meters: lit.append(meters['talking']))\n"
            "for phase in ('quiet', 'speak', 'quiet'):\n"
            "    print('next', phase, flush=True)\n"
            "    sys.stdin.readline()\n"
            "    print(json.dumps(guide.take('microphone', {'phase': phase})), flush=True)\n"
            "print(json.dumps([any(lit), lit[-1], threading.active_count()]), flush=True)\n"
        )
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-c", code, str(tmp_path / "settings.yaml")]
        place = {**mic.env, "PYTHONPATH": str(Path(knobs.__file__).parent)}
        with subprocess.Popen(command, env=place, **pipes) as process:
            answers = []
            for _ in range(3):
                phase = process.stdout.readline().split()[1]
                if phase == "speak":
                    mic.play(wav)
                process.stdin.write("\n")
                process.stdin.flush()
                answers.append(json.loads(process.stdout.readline()))
            lit, still, threads = json.loads(process.stdout.readline())
    codes = [answer["code"] for answer in answers]
    assert codes == ["microphone_quiet", "microphone_heard", "microphone_quiet"]
    assert [answer["state"] for answer in answers] == ["todo", "todo", "done"]
    assert (lit, still, threads) == (True, False, 1)


def test_without_a_microphone_it_says_so_and_can_be_left_out(guide: Guide, monkeypatch):
    monkeypatch.setattr(ear, "PATIENCE_SECONDS", 1.0)  # a machine with a microphone only hears nobody for as long
    answer = guide.take("microphone", {"phase": "speak", "device": "no such microphone"})
    assert answer["state"] == "todo"
    assert answer["code"] in {"mic_not_found", "mic_no_device", "mic_no_library"}
    assert answer["text"] != answer["code"]
    off = guide.take("microphone", {"phase": "off"})
    assert (off["state"], saved(guide.settings).microphone.mode) == ("done", "off")


def test_listening_ends_when_somebody_goes_on(guide: Guide):
    """Who presses Skip must not wait for a microphone."""

    class Patient(RealProbes):
        def hear(self, device: str, phase: str, tell: Any, stop: threading.Event) -> Found:
            assert stop.wait(20)
            return Found(False, "microphone_stopped")

    guide.probes = Patient(guide.settings)
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(guide.take("microphone", {"phase": "speak"})))
    thread.start()
    while not thread.is_alive():
        pass
    while thread.is_alive():
        guide.skip("microphone")
        thread.join(0.05)
    assert answers[0]["code"] == "microphone_stopped"
    assert guide.record.state("microphone") == "skipped"


def test_where_it_was_left_it_goes_on_after_a_restart(guide: Guide):
    guide.take("language", {"language": "en"})
    guide.skip("tiktok")
    again = Guide(load_settings(guide.settings.file), guide.probes)
    assert again.state()["step"] == "animaze"
    assert [step["state"] for step in again.state()["steps"]][:3] == ["done", "skipped", "todo"]
    for step in STEPS:
        again.skip(step)
    assert again.state()["done"] is True
    assert again.record.state("language") == "done"
    assert again.restart()["step"] == "language"


@pytest.mark.parametrize(
    "content", ["", "nonsense", "[]", '{"steps": []}', '{"steps": {"language": 7, "other": {}}}', "[" * 20_000, "\x00"]
)
def test_a_broken_file_of_the_steps_begins_anew(tmp_path: Path, content: str):
    """It holds nothing that would be missed."""
    file = tmp_path / FILE
    file.write_text(content, encoding="utf-8")
    assert Record(file).as_json()["step"] == "language"


def test_a_folder_that_cannot_be_written_loses_only_the_place(tmp_path: Path, caplog):
    record = Record(tmp_path / "no such folder" / FILE)
    record.put("language", "done", {})
    assert record.next == "tiktok"
    assert "could not be saved" in caplog.text


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ("language", {}),
        ("language", {"language": "fr"}),
        ("language", {"language": ["en"]}),
        ("tiktok", {}),
        ("tiktok", {"unique_id": 7}),
        ("tiktok", {"unique_id": "x" * 2000}),
        ("tiktok", {"unique_id": "nobody_here", "anyway": "yes"}),
        ("animaze", {"port": 0}),
        ("animaze", {"port": True}),
        ("animaze", {"port": 9000.5}),
        ("animaze", {"host": None}),
        ("model", {}),
        ("model", {"kind": {}}),
        ("model", {"detect": 1}),
        ("microphone", {"phase": "listen"}),
        ("persona", {"persona": {}}),
    ],
)
def test_hostile_values_are_refused_and_change_nothing(guide: Guide, step: str, values: dict[str, Any]):
    before = guide.settings.file.read_text(encoding="utf-8")
    with pytest.raises(SetupError):
        guide.take(step, values)
    assert guide.settings.file.read_text(encoding="utf-8") == before
    assert guide.record.state(step) == "todo"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_code_of_the_steps_has_its_words(language: str):
    """A missing one would show as its key."""
    import re

    rooms = ["guide", "probes", "ear", "card"]
    source = "".join((Path(knobs.__file__).parent / "setup" / f"{room}.py").read_text("utf-8") for room in rooms)
    codes = set(re.findall(r'Found\((?:True|False|said), "(\w+)"', source)) | {"skipped", "mic_no_device"}
    codes |= {"rehearsal_passed", "rehearsal_missed", "tiktok_name_missing", "tiktok_name_invalid", "openai_quota"}
    assert len(codes) > 25

    def speak(code: str, **params: object) -> str:
        return say(code, language, **params)

    for code in codes:
        assert not told(speak, code, {}).startswith(("setup.", "reason.")), code
    cards = set(re.findall(r'"(setup\.card\.\w+)"', source))
    assert len(cards) > 5
    assert not [key for key in cards if speak(key) == key]
