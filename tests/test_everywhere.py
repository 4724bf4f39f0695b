"""Whoever is to be forgotten is nowhere: in no byte of the folder and in no answer, whatever comes late."""

import gc
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import main
from events import LiveEvent
from settings import load_settings
from tests.fakes import comment, event, gift
from tests.web_house import Page, eventually, post
from tests.whole_house import Stage, in_files, staged, write_settings
from web.logs import LogRing

ZOE = "canary_zoe"
NICK = "Zoé Kanarienvogel 💛"
NUMBER = "7310042004200420042"
WORDS = (ZOE, NICK, NUMBER, "zebra")
"""Her names, and what she said."""


def of(happening: LiveEvent, **details: Any) -> LiveEvent:
    """Hers."""
    for name, value in {"username": ZOE, "nickname": NICK, "user_id": NUMBER, **details}.items():
        object.__setattr__(happening, name, value)
    return happening


def evening(stage: Stage) -> list[LiveEvent]:
    """She asks, gives, likes and follows, is refused, and others come, too; the happenings that may come once more."""
    hers = [
        of(comment("what is the zebra's name?"), created=time.time() - 20),
        of(gift("Rose", count=3, group="g1", streaking=True)),
        of(gift("Lion", diamonds=500)),
        of(event("like", count=15)),
        of(event("follow")),
        of(event("join")),
        of(comment("I want to kill myself, said the zebra"), created=time.time() - 10),
    ]
    others = [comment("why is it so?", "ben"), comment(f"I like {ZOE.upper()}, too", "eve"), gift("Rose", "cyd")]
    stage.tap.push(*hers, *others)
    logging.getLogger().addHandler(stage.house.logs)
    logging.getLogger("tests").warning("%s wrote: zebra %s %s", ZOE, NICK, NUMBER)
    stage.house.logs.lines()
    return hers


def told(stage: Stage) -> bool:
    """What she did has come to every place."""
    files = {name.split(".")[0].split("/")[0] for name in in_files(stage.folder, ZOE)}
    answers = stage.in_answers(ZOE)
    return files >= {"memory", "gifts", "recordings"} and {
        "/api/here",
        "/api/gifts",
        "/api/audit",
        "/api/utterances",
        "/api/logs",
    } <= {*answers}


@pytest.fixture(autouse=True)
def own_logging() -> Any:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before


@pytest.mark.parametrize("way", ["page", "chat"])
def test_no_byte_and_no_answer_tells_of_who_is_forgotten_while_the_bot_goes_on(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with staged(tmp_path, monkeypatch) as stage:
        hers = evening(stage)
        eventually(lambda: told(stage))
        if way == "page":
            answer = stage.forget(ZOE)
            assert answer["forgotten"] is True
            assert answer["from"]["recordings"] == 1
            assert answer["from"]["cards"] > 3
            assert answer["from"]["audit"] == 1
            assert answer["from"]["memory"] == 1
            assert answer["from"]["gifts"] >= 1
        else:
            stage.tap.push(of(comment("!forgetme")))
        eventually(lambda: not stage.traces(*WORDS))
        again = [of(event("comment", text=hers[0].text), created=hers[0].created), *hers]  # as a new connection would
        stage.tap.push(*again, comment("what else?", "dora"))
        eventually(lambda: in_files(tmp_path, "dora"))
        page = Page(stage.port)
        recent = page.next("events")
        page.close()
        time.sleep(1.5)  # the next writes of memory, gift book and recording
        assert stage.traces(*WORDS) == []
        assert "dora" in str(recent)
        assert ZOE not in str(recent)
        assert stage.house.bridge.stop()
        assert stage.traces(*WORDS) == []
        assert in_files(tmp_path, "ben")


def test_a_restart_does_not_bring_back_what_was_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """TikTok sends the last comments of a live once more at each connection; what is new is new."""
    with staged(tmp_path, monkeypatch) as stage:
        hers = evening(stage)
        eventually(lambda: told(stage))
        assert stage.forget(ZOE)["forgotten"]
        assert stage.house.bridge.stop()
        stage.house.bridge.start()
        eventually(lambda: stage.house.bridge.status()["connected"]["tiktok"])
        stage.tap.push(*(event for event in hers if event.created), comment("what else?", "dora"))
        eventually(lambda: stage.in_answers("dora") and in_files(tmp_path, "dora"))
        assert stage.traces(*WORDS) == []
        stage.tap.push(of(comment("a new stripe"), created=time.time() + 5))
        eventually(lambda: in_files(tmp_path, ZOE))


def test_damaged_files_that_were_set_aside_are_cleaned_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """They may be all that is left of an evening, so they are not deleted behind the streamer's back."""
    aside = {"gifts.db.broken-20260101-000000", "memory.db.broken-20260101-000000"}
    for name in aside:
        (tmp_path / name).write_bytes(b"SQLite format 3\0 no longer " + ZOE.encode())
    (tmp_path / "memory.db.tmp").write_text(ZOE, encoding="utf-8")
    os.utime(tmp_path / "memory.db.tmp", (1e9, 1e9))
    with staged(tmp_path, monkeypatch, start=False) as stage:
        answer = stage.forget(ZOE)

    assert answer["forgotten"] is False
    assert {problem["file"] for problem in answer["problems"]} == aside
    assert all(name in answer["hint"] for name in aside)
    assert {*in_files(tmp_path, ZOE)} == aside


def test_what_the_streamer_wrote_is_named_and_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "rules.md").write_text(f"{ZOE} is my sister.", encoding="utf-8")
    with staged(tmp_path, monkeypatch, start=False, safety={"block": [ZOE], "mode": "captions"}) as stage:
        answer = stage.forget(ZOE)

    assert (answer["forgotten"], answer["mentioned"]) == (True, ["knowledge/rules.md", "settings.yaml"])
    assert {*in_files(tmp_path, ZOE)} == {*answer["mentioned"]}


def test_a_demo_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its viewers are made up, but their names may be those of real ones."""
    with staged(tmp_path, monkeypatch) as stage:
        evening(stage)
        eventually(lambda: told(stage))
    before = in_files(tmp_path, *WORDS)
    house = main.build_house(load_settings(tmp_path / "settings.yaml"), lambda: None, LogRing(), demo=True)
    forgot = house.archive.forget(ZOE)

    assert forgot.problems == []
    assert in_files(tmp_path, *WORDS) == before


def demo_evening(settings: Path) -> Path:
    """Somebody comes, is found among the viewers, and is forgotten; the file in which they were."""
    house = main.build_house(load_settings(settings), lambda: None, LogRing(), demo=True)
    archive = house.archive
    house.bridge.start()
    try:
        eventually(archive.here)
        here = {one["username"] for one in archive.here()}
        eventually(lambda: here <= {one["username"] for one in archive.archive().viewers("")["viewers"]})
        gone = min(here)
        assert archive.archive().viewer(gone)
        assert archive.forget(gone).found["memory"] == 1
    finally:
        assert house.bridge.stop()
    assert archive.archive().viewers("")["total"] > 0
    return archive.archive().path


def test_who_is_here_in_a_demo_is_found_among_its_viewers_and_nowhere_else(tmp_path: Path):
    """A demo has a memory of its own, outside the streamer's files, which can forget, too, and goes with it."""
    file = write_settings(tmp_path)
    before = sorted(tmp_path.iterdir())
    memory = demo_evening(file)
    assert sorted(tmp_path.iterdir()) == before
    gc.collect()
    assert not memory.parent.exists()


def test_forgetting_counts_a_viewer_wherever_they_were_still_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In the bot only, since its file is written twice a second, or in the file as well."""
    with staged(tmp_path, monkeypatch) as stage:
        counts = []
        for number in range(12):
            stage.tap.push(
                of(comment("hello there"), username=f"guest{number}_", user_id=f"9{number}", nickname="Guest")
            )
            eventually(
                lambda number=number: f"guest{number}_" in {one["username"] for one in stage.house.archive.here()}
            )
            counts.append(stage.forget(f"guest{number}_")["from"]["memory"])
        assert counts == [1] * 12
        assert stage.forget("guest3_")["from"]["memory"] == 0


def test_without_a_bot_the_files_are_cleaned_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also what the stream that is over has left in the house: cards, audit, log."""
    with staged(tmp_path, monkeypatch) as stage:
        evening(stage)
        eventually(lambda: told(stage))
        assert stage.house.bridge.stop()
        assert {"/api/audit", "/api/utterances", "/api/logs", "/api/gifts"} <= set(stage.in_answers(*WORDS))
        answer = stage.forget(ZOE)

        assert answer["forgotten"] is True
        assert {place: answer["from"][place] > 0 for place in ("memory", "gifts", "recordings", "cards", "audit")} == (
            dict.fromkeys(("memory", "gifts", "recordings", "cards", "audit"), True)
        )
        assert stage.traces(*WORDS) == []
        assert in_files(tmp_path, "ben")
        again = stage.forget(ZOE)
        assert (again["forgotten"], set(again["from"].values())) == (True, {0})


HOSTILE = {
    "slash": "a%2Fb", "dots": "..%2F..%2Fetc%2Fpasswd", "question": "a%3Fb", "percent": "100%25", "space": "%20a%20b%20",
    "quote": "%27%20OR%201%3D1%20--", "bidi": "%E2%80%AEzoe", "emoji": "%F0%9F%92%9B", "long": "x" * 10_000,
    "nul": "a%00b", "newline": "a%0Ab", "surrogate": "%ED%A0%80", "wildcard": "%25%25", "regex": "(%2A%5B%2B", "star": "*",
}  # fmt: skip


def test_a_name_that_nobody_can_have_forgets_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a bot and without one; a name is data in the path, in SQL, and in what is searched for in texts."""
    with staged(tmp_path, monkeypatch) as stage:
        stage.tap.push(comment("why is it so?", "ben"), gift("Lion", "cyd"))
        eventually(lambda: in_files(tmp_path, "cyd") and len(in_files(tmp_path, "ben")) > 1)
        for _ in range(2):
            for what, name in HOSTILE.items():
                answer = post(stage.port, f"/api/viewers/{name}/forget", {})
                assert answer.status == (404 if what == "newline" else 200), (what, answer.body)
                assert set(answer.json.get("from", {"none": 0}).values()) == {0}, what
            assert len(in_files(tmp_path, "ben")) > 1
            assert "cyd" in str(stage.house.archive.gifts(10))
            assert stage.house.bridge.stop()
    assert in_files(tmp_path, "cyd")


def test_forgetting_goes_on_while_viewers_come_and_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each of twenty leaves while the others are busy; nobody else is lost, and the sums of the day stay what they were."""
    with staged(tmp_path, monkeypatch) as stage:
        with ThreadPoolExecutor(4) as pages:
            leaving = []
            for number in range(20):
                stage.tap.push(gift("Lion", f"leaver{number}_", diamonds=10), gift("Rose", f"stayer{number}_"))
                leaving.append(pages.submit(stage.forget, f"leaver{number}_"))
            answers = [one.result() for one in leaving]
        assert all(answer["forgotten"] for answer in answers)
        assert [stage.forget(f"leaver{number}_")["forgotten"] for number in range(20)] == [True] * 20
        eventually(lambda: len(stage.house.archive.gifts(100)["gifts"]) == 40)
        assert stage.house.archive.gifts(100)["today"] == {"streaks": 40, "pieces": 40, "diamonds": 220}
        assert stage.house.bridge.stop()
        assert stage.traces("leaver") == []
        assert stage.house.archive.gifts(100)["today"] == {"streaks": 40, "pieces": 40, "diamonds": 220}
        assert sum(one["username"].startswith("stayer") for one in stage.house.archive.gifts(100)["gifts"]) == 20
