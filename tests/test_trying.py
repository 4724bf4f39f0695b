"""Trying things out over real HTTP, without a running bot: real model server, real Animaze stand-in, real child processes."""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from web_house import PATIENCE, ask, eventually, post

from app import Dashboard
from bridge import STOPPED
from live import rehearsal
from live.tape import load
from main import build_house
from settings import load_settings
from tests.evenings import recorded
from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from web.logs import LogRing
from web.words import LOCALES


@contextlib.contextmanager
def served(server: AbstractAsyncContextManager[Any]) -> Iterator[Any]:
    """On a loop and thread of its own."""
    ready, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        async with server:
            ready.set()
            await done.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(live())

    thread = threading.Thread(target=run, name="stand-in")
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(PATIENCE)


@dataclass
class Desk:
    """A dashboard on real settings, and what stands around it."""

    folder: Path
    port: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)
    house: Any = None

    def open(self, **values: Any) -> "Desk":
        file = self.folder / "settings.yaml"
        file.write_text(yaml.safe_dump({"microphone": {"enabled": False}, **values}), encoding="utf-8")
        self.house = build_house(load_settings(file), lambda: None, LogRing())
        dashboard = Dashboard(self.house, port=0)
        dashboard.start()
        self.stack.callback(dashboard.stop)
        self.port = dashboard.port
        return self

    def with_model(self, **model: Any) -> tuple[FakeOpenAI, dict[str, Any]]:
        server = self.stack.enter_context(served(FakeOpenAI(**model)))
        return server, {"api_key": "sk-canary-0123456789", "base_url": server.base_url, "model": "fake"}

    def with_animaze(self, animaze: FakeAnimaze) -> dict[str, Any]:
        self.stack.enter_context(served(animaze))
        return {"host": "127.0.0.1", "port": animaze.port}

    def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        return eventually(lambda: (f := ask(self.port, f"/api/jobs/{job['job']}").json)["state"] != "running" and f)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    with desk.stack:
        yield desk


def test_a_question_is_answered_as_the_pal_would_and_leaves_nothing_behind(desk: Desk):
    server, model = desk.with_model(answer=lambda _: "[happy] Sure. Come back soon! 😀")
    desk.open(openai=model)
    before = {file.name for file in desk.folder.iterdir()}
    reply = post(desk.port, "/api/ask", {"text": "Where are you from?", "username": "ada", "nickname": "Ada"})

    assert reply.status == 200
    assert reply.json["answer"] == ["Sure.", "Come back soon!"]
    assert (reply.json["model"], reply.json["provider"], reply.json["code"]) == ("fake", "openai", "")
    assert "Where are you from?" in json.dumps(reply.json["card"]["prompt"])
    assert len(server.requests) == 1
    assert {file.name for file in desk.folder.iterdir()} == before
    assert ask(desk.port, "/api/utterances").json == {"entries": []}
    assert ask(desk.port, "/api/status").json.items() >= STOPPED.items()


@pytest.mark.parametrize(
    ("model", "text", "code"),
    [
        ({"answer": lambda _: "you are a fucking idiot"}, "why?", "unsafe"),
        ({"answer": lambda _: "😀😀"}, "why is that?", "openai_empty"),
        ({}, "i want to kill myself", "red_flag"),
        ({"faults": deque(["401"])}, "why is that?", "openai_key_refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_why_nothing_would_be_said_is_told_in_words(desk: Desk, model: dict[str, Any], text: str, code: str):
    _, settings = desk.with_model(**model)
    desk.open(openai=settings)
    reply = post(desk.port, "/api/ask", {"text": text})

    assert (reply.status, reply.json["answer"], reply.json["code"]) == (200, [], code)
    assert len(reply.json["text"]) > 20
    assert "." in reply.json["text"]


def test_without_a_model_the_templates_answer_what_they_can(desk: Desk):
    desk.open()
    assert "hello" in post(desk.port, "/api/ask", {"text": "hello", "nickname": "Ada"}).json["answer"][0].lower()
    reply = post(desk.port, "/api/ask", {"text": "why is the sky blue?"}).json
    assert (reply["answer"], reply["code"]) == ([], "no_model")


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": "  "}, {"text": 1}, {"text": "x" * 301}, {"text": "x", "username": []}, {"text": "x", "nick": "y"}],
    ids=str,
)  # fmt: skip
def test_what_is_no_question_is_refused(desk: Desk, body: dict[str, Any]):
    desk.open()
    reply = post(desk.port, "/api/ask", body)
    assert reply.status == 400
    assert reply.json["fields"]


def test_one_question_at_a_time(desk: Desk):
    """Each costs money."""
    _, model = desk.with_model(token_seconds=0.3)
    desk.open(openai=model)
    replies: list[int] = []
    threads = [
        threading.Thread(target=lambda: replies.append(post(desk.port, "/api/ask", {"text": "why is that?"}).status))
        for _ in range(5)
    ]
    [thread.start() for thread in threads]
    [thread.join(PATIENCE) for thread in threads]
    assert sorted(replies) == [200, 409, 409, 409, 409]
    assert post(desk.port, "/api/ask", {"text": "why is that?"}).status == 200


def test_the_model_is_asked_one_question(desk: Desk):
    server, model = desk.with_model(answer=lambda _: "Hello, I am here.")
    desk.open(openai=model)
    reply = post(desk.port, "/api/test/model", {}).json
    assert (reply["ok"], reply["code"], reply["answer"]) == (True, "openai_answers", "Hello, I am here.")
    assert 0 < reply["first_token_seconds"] < PATIENCE
    assert len(server.requests) == 1
    server.faults.append("401")
    reply = post(desk.port, "/api/test/model", {}).json
    assert (reply["ok"], reply["code"], reply["answer"]) == (False, "openai_key_refused", "")
    assert "Check the key" in reply["text"]


def test_without_a_key_there_is_nothing_to_ask(desk: Desk):
    desk.open()
    assert post(desk.port, "/api/test/model", {}).json["code"] == "openai_no_key"


def test_animaze_says_a_sentence(desk: Desk):
    """In the pal's language, over a connection that is closed afterwards."""
    animaze = FakeAnimaze(events=True)
    desk.open(animaze=desk.with_animaze(animaze), style={"language": "de"})
    reply = post(desk.port, "/api/test/animaze", {}).json
    assert (reply["ok"], reply["code"]) == (True, "animaze_said")
    assert animaze.messages == ["-echo Hallo! Ich bin dein Pal, und du kannst mich hören."]
    assert post(desk.port, "/api/test/animaze", {"text": "One two."}).json["ok"]
    assert animaze.messages[1:] == ["-echo One two."]
    eventually(lambda: not animaze.connections)


@pytest.mark.parametrize(
    ("how", "body", "code", "words"),
    [
        ({"events": True, "faults": ["error"]}, {}, "animaze_refused", "refused"),
        (
            {"answers": False, "events": False, "faults": ["mute"]},
            {"text": "fuck you"},
            "say_refused",
            "a word that must not be said",
        ),
    ],
)
def test_what_animaze_or_the_gate_does_not_take(
    desk: Desk, how: dict[str, Any], body: dict[str, str], code: str, words: str
):
    animaze = FakeAnimaze(**how)
    desk.open(animaze=desk.with_animaze(animaze))
    reply = post(desk.port, "/api/test/animaze", body).json
    assert (reply["ok"], reply["code"]) == (False, code)
    assert words in reply["text"]


def test_an_animaze_that_is_not_there_and_a_pal_in_panic(desk: Desk):
    animaze = FakeAnimaze()
    with served(animaze):
        port = animaze.port
    desk.open(animaze={"host": "127.0.0.1", "port": port})
    reply = post(desk.port, "/api/test/animaze", {}).json
    assert (reply["ok"], reply["code"], reply["params"]["port"]) == (False, "animaze_unreachable", str(port))
    assert "Start Animaze" in reply["text"]
    post(desk.port, "/api/panic", {"on": True})
    assert post(desk.port, "/api/test/animaze", {}).json["code"] == "say_panic"


def test_a_microphone_that_is_off_says_so(desk: Desk):
    desk.open()
    reply = post(desk.port, "/api/test/microphone", {"seconds": 0.5}).json
    assert (reply["ok"], reply["heard"], reply["code"]) == (False, False, "mic_off")
    assert post(desk.port, "/api/test/microphone", {"seconds": 100}).status == 400


def persona(name: str, **more: str) -> str:
    return yaml.safe_dump({"name": name, "backstory": f"{name} likes maps.", **more})


def test_the_pal_becomes_somebody_else_at_once_and_for_good(desk: Desk):
    own = desk.folder / "personas"
    own.mkdir()
    (own / "pirate.yaml").write_text(persona("Hook", language="de"), encoding="utf-8")
    (own / "broken.yaml").write_text("name: [", encoding="utf-8")
    _, model = desk.with_model()
    desk.open(openai=model)
    listed = ask(desk.port, "/api/persona").json
    by_name = {entry["name"]: entry for entry in listed["personas"]}
    assert listed["current"] == "pal"
    assert {"pal", "sage", "pirate", "broken"} <= by_name.keys()
    assert by_name["pirate"] == {
        "name": "pirate", "title": "Hook", "description": "Hook likes maps.", "language": "de", "problem": "",
    }  # fmt: skip
    assert "line" in by_name["broken"]["problem"]
    assert post(desk.port, "/api/persona", {"name": "pirate"}).json["current"] == "pirate"
    assert "Hook" in json.dumps(post(desk.port, "/api/ask", {"text": "who are you?"}).json["card"]["prompt"])
    assert load_settings(desk.folder / "settings.yaml").style.persona == "pirate"


@pytest.mark.parametrize("name", ["broken", "nobody", "../settings", "..\\settings", "", "PAL", None, 7, ["pal"]])
def test_a_persona_that_cannot_be_is_refused(desk: Desk, name: object):
    own = desk.folder / "personas"
    own.mkdir()
    (own / "broken.yaml").write_text("name: [", encoding="utf-8")
    desk.open()
    reply = post(desk.port, "/api/persona", {"name": name})
    expected = 409 if name == "broken" else 404 if isinstance(name, str) else 400
    assert (reply.status, set(reply.json["fields"])) == (expected, {"name"})
    assert ask(desk.port, "/api/persona").json["current"] == "pal"


@pytest.mark.timeout(240)
def test_a_rehearsal_gives_its_card_and_shows_how_far_it_is(desk: Desk):
    """In a process of its own; the same card as everywhere."""
    desk.open(style={"language": "de"})
    begun = post(desk.port, "/api/rehearsal", {"seconds": 60, "intensity": "quiet", "seed": 3})
    assert (begun.status, begun.json["state"], begun.json["kind"]) == (202, "running", "rehearsal")
    assert post(desk.port, "/api/replay", {"file": "x"}).status == 404
    assert post(desk.port, "/api/rehearsal", {}).status == 409
    done = desk.ended(begun.json)
    assert done["state"] == "done", done
    assert done["result"] == json.loads(json.dumps(rehearsal.run(desk.house.settings, 60, "quiet", 3).as_json()))


@pytest.mark.timeout(240)
def test_a_rehearsal_that_is_stopped_ends_with_its_process(desk: Desk):
    desk.open()
    before = children()
    begun = post(desk.port, "/api/rehearsal", {"seconds": 7200, "intensity": "300"}).json
    eventually(lambda: ask(desk.port, f"/api/jobs/{begun['job']}").json["progress"] > 0)
    assert children() > before
    assert post(desk.port, f"/api/jobs/{begun['job']}/stop").status == 200
    assert desk.ended(begun)["state"] == "stopped"
    assert children() <= before


def children() -> set[str]:
    """The processes that this one has begun, by Linux' own list: also those of earlier tests, such as the screen."""
    found = [Path(f"/proc/self/task/{task.name}/children") for task in Path("/proc/self/task").iterdir()]
    return {number for file in found if file.exists() for number in file.read_text(encoding="ascii").split()}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"intensity": True}, {"intensity"}),
        ({"seconds": 0}, {"seconds"}),
        ({"seconds": 1e300}, {"seconds"}),
        ({"seconds": "60"}, {"seconds"}),
        ({"seconds": True}, {"seconds"}),
        ({"intensity": "--help"}, {"intensity"}),
        ({"intensity": "nan"}, {"intensity"}),
        ({"intensity": 0}, {"intensity"}),
        ({"seconds": 86_400, "intensity": "6000"}, {"seconds"}),
        ({"seed": -1}, {"seed"}),
        ({"seed": 1.5}, {"seed"}),
        ({"seed": 10**30}, {"seed"}),
        ({"sed": 1}, {"sed"}),
        ({"seconds": -1, "intensity": "x", "seed": -1}, {"seconds", "intensity", "seed"}),
    ],
    ids=str,
)
def test_a_rehearsal_that_cannot_be_is_refused_by_field(desk: Desk, body: dict[str, Any], fields: set[str]):
    desk.open()
    reply = post(desk.port, "/api/rehearsal", body)
    assert (reply.status, set(reply.json["fields"])) == (400, fields)
    assert ask(desk.port, "/api/jobs").json == {"jobs": []}


@pytest.mark.timeout(240)
def test_a_recording_is_listed_and_run_again(desk: Desk):
    recording = load(recorded(desk.folder, seed=4, minutes=2.0)[0])
    desk.open()
    (entry,) = ask(desk.port, "/api/recordings").json["recordings"]
    file = next((desk.folder / "recordings").glob("*.palrec.gz"))
    assert entry["name"] == file.name
    assert (entry["bytes"], entry["damaged"]) == (file.stat().st_size, False)
    assert entry["events"] == len(recording.of("event"))
    assert entry["seconds"] == pytest.approx(recording.ends - recording.begins, abs=0.01)
    done = desk.ended(post(desk.port, "/api/replay", {"file": file.name}).json)
    assert done["state"] == "done", done
    assert done["result"]["events"] == entry["events"]
    assert {"Comments answered", "Lines spoken"} <= {row["label"] for row in done["result"]["rows"]}
    paced = post(desk.port, "/api/replay", {"file": file.name, "speed": 10}).json
    assert eventually(lambda: ask(desk.port, f"/api/jobs/{paced['job']}").json.get("text"))
    post(desk.port, f"/api/jobs/{paced['job']}/stop")
    assert desk.ended(paced)["state"] == "stopped"


def test_a_torn_recording_is_listed_as_damaged(desk: Desk):
    recorded(desk.folder, seed=4, minutes=2.0)
    file = next((desk.folder / "recordings").glob("*.palrec.gz"))
    file.write_bytes(file.read_bytes()[:-200])
    (desk.folder / "recordings" / "none.palrec.gz").write_bytes(b"nothing of it")
    desk.open()
    found = {entry["name"]: entry for entry in ask(desk.port, "/api/recordings").json["recordings"]}
    assert found[file.name]["damaged"]
    assert found[file.name]["events"] > 0
    assert found["none.palrec.gz"] == {
        "name": "none.palrec.gz", "at": None, "seconds": 0.0, "events": 0, "bytes": 13, "damaged": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["../settings.yaml", "..", "/etc/passwd", "settings.yaml", "a/b.palrec.gz", "x\u0000", "--help"]
)
def test_only_a_recording_of_the_list_can_be_replayed(desk: Desk, name: str):
    desk.open()
    (desk.folder / "recordings").mkdir(exist_ok=True)
    for file in (desk.folder / "outside.palrec.gz", desk.folder / "recordings" / "honest.palrec.gz"):
        file.write_bytes(b"")
    for wanted in (name, "../outside.palrec.gz"):
        reply = post(desk.port, "/api/replay", {"file": wanted})
        assert (reply.status, set(reply.json["fields"])) == (404, {"file"})


def test_the_dashboard_ends_in_the_middle_of_a_rehearsal(desk: Desk):
    """Nothing of it is left, neither thread nor process."""
    desk.open()
    before = children()
    begun = post(desk.port, "/api/rehearsal", {"seconds": 7200, "intensity": "300"}).json
    eventually(lambda: ask(desk.port, f"/api/jobs/{begun['job']}").json["progress"] > 0)
    assert children() > before
    began = time.monotonic()
    desk.stack.close()
    assert children() <= before
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize(("talking", "code"), [(True, "mic_heard"), (False, "mic_no_voice")])
def test_the_running_bot_lends_its_microphone(desk: Desk, talking: bool, code: str):
    """What it hears anyway is listened to; nobody opens the microphone a second time."""
    desk.open()
    board, stop = desk.house.bridge.board, threading.Event()
    links = {"microphone": {"state": "up", "code": "", "params": {}}}
    board.show({"running": True, "links": links})

    def hear() -> None:
        while not stop.wait(0.02):
            board.tell("level", {"rms_dbfs": -31.25, "peak_dbfs": -12.5, "talking": talking})

    ear = threading.Thread(target=hear)
    ear.start()
    reply = post(desk.port, "/api/test/microphone", {"seconds": 0.5}).json
    stop.set()
    ear.join(PATIENCE)
    assert (reply["ok"], reply["code"], reply["heard"]) == (talking, code, talking)
    assert (reply["rms_dbfs"], reply["peak_dbfs"]) == (-31.2, -12.5)
    board.show(STOPPED)


def test_every_code_has_its_words_in_both_languages():
    """The page says them in its own language."""
    texts = [json.loads((LOCALES / f"{name}.json").read_text(encoding="utf-8"))["trying"] for name in ("en", "de")]
    assert texts[0].keys() == texts[1].keys()
    sources = [*LOCALES.parent.glob("trying/*.py"), LOCALES.parent / "corridor" / "trials.py"]
    source = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    used = set(re.findall(r'(?:code=|_no\(|_yes\(|told\(|ended\(|return )"(\w+)"', source))
    assert used - {"openai_answers", "openai_demo", "openai_no_key"} <= texts[0].keys()
    assert {"animaze_said", "try_busy", "unsafe"} <= used
