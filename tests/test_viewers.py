"""Viewers and memory over real HTTP: found, shown, edited, exported, moved; hostile names are data; a bot may be busy."""

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from memory import load_memory, remember_event
from tests.fakes import comment, event, gift
from tests.test_everywhere import NICK, NUMBER, WORDS, ZOE, evening, of, told
from tests.web_house import ask, eventually, post
from tests.whole_house import Stage, staged


def filled(folder: Path) -> None:
    """Three viewers: Anna who was called ann_old, Ben who gave, Zoe."""
    memory = load_memory(folder / "memory.db")
    now = time.time()
    remember_event(memory, "ann_old", "comment", "I like whales", at=now - 900, user_id="1", nickname="Änn")
    remember_event(memory, "anna", "comment", "my dog is called Bello", at=now - 800, user_id="1", nickname="Anna")
    remember_event(memory, "ben", "gift", "Lion", count=2, diamonds=500, at=now - 700, user_id="2", nickname="Ben")
    remember_event(memory, "100%", "comment", "whales and lions", at=now - 600, user_id="3", nickname="<b>Z")
    memory.close()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A house without a bot over a memory of three."""
    filled(tmp_path)
    with staged(tmp_path, monkeypatch, start=False) as house:
        yield house


def get(stage: Stage, path: str) -> Any:
    answer = ask(stage.port, path)
    assert answer.status == 200, answer.body
    return answer.json


def test_viewers_are_listed_searched_and_sorted_a_page_at_a_time(stage: Stage):
    def names(query: str) -> list[str]:
        return [one["username"] for one in get(stage, f"/api/viewers?{query}")["viewers"]]

    assert names("") == ["100%", "ben", "anna"]
    assert names("sort=diamonds&limit=1") == ["ben"]
    assert names("limit=1&offset=1") == ["ben"]
    assert names("query=ANN") == names("query=ann_old") == names("query=%40anna") == ["anna"]
    assert names("query=%25") == ["100%"], "a wildcard is a sign like any other"
    assert get(stage, "/api/viewers?limit=1")["total"] == 3
    (ben,) = get(stage, "/api/viewers?query=ben")["viewers"]
    assert (ben["diamonds"], ben["gifts"], ben["here"], ben["bond_level"]) == (1000, 1, False, ben["bond_level"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/viewers?sort=password", 400), ("/api/viewers?limit=-1", 400), ("/api/viewers?limit=x", 400),
        ("/api/viewers?offset=1e9", 400), ("/api/viewers?offset=99999", 200), (f"/api/viewers?query={'x' * 5000}", 400),
        ("/api/viewers?query=%00", 200), ("/api/viewers?query=%F0%9F%92%9B%E2%80%AE", 200), ("/api/viewers/nobody", 404),
        ("/api/viewers/..%2F..%2Fsettings.yaml", 404), (f"/api/viewers/{'x' * 10_000}", 404), ("/api/viewers/%00", 404),
        ("/api/viewers/%ED%A0%80", 404), ("/api/viewers/nobody/export", 404), ("/api/memory/search?query=%22%27*NEAR(", 200),
        ("/api/memory/search?query=", 200), (f"/api/memory/search?query={'y' * 300}", 400), ("/api/gifts?limit=abc", 400),
        ("/api/memory/search?query=whales&viewer=%F0%9F%92%9B", 200), ("/api/viewers?query=%27%3B+DROP+TABLE+viewers", 200),
    ],
)  # fmt: skip
def test_odd_questions_have_plain_answers(path: str, status: int, stage: Stage):
    answer = ask(stage.port, path)

    assert answer.status == status, answer.body
    assert (status == 200) is ("error" not in answer.json)
    assert len(get(stage, "/api/viewers")["viewers"]) == 3


def test_one_viewer_is_shown_whole_also_by_an_earlier_name(stage: Stage):
    anna = get(stage, "/api/viewers/anna")

    assert anna == get(stage, "/api/viewers/@ann_old")
    assert anna["usernames"] == ["ann_old", "anna"]
    assert [entry["text"] for entry in anna["history"]] == ["my dog is called Bello", "I like whales"]
    assert get(stage, "/api/viewers/100%25")["nickname"] == "<b>Z"


def test_the_streamers_notes_and_the_spoken_name_are_changed_and_kept(stage: Stage):
    changed = post(stage.port, "/api/viewers/anna", {"notes": "met in Köln", "spoken_name": "Ännchen"})
    assert (changed.status, changed.json["notes"], changed.json["spoken_name"]) == (200, "met in Köln", "Ännchen")
    assert post(stage.port, "/api/viewers/anna", {"notes": ""}).json["spoken_name"] == "Ännchen"
    assert get(stage, "/api/viewers/anna")["notes"] == ""
    assert post(stage.port, "/api/viewers/nobody", {"notes": "x"}).status == 404


@pytest.mark.parametrize(
    "content", [{}, {"notes": 7}, {"spoken_name": "x" * 81}, {"bond": "1"}, {"notes": "fine", "comments": []}]
)
def test_an_edit_that_cannot_be_made_says_where_and_changes_nothing(content: dict[str, Any], stage: Stage):
    before = get(stage, "/api/viewers/anna")
    answer = post(stage.port, "/api/viewers/anna", content)

    assert (answer.status, bool(answer.json.get("fields"))) == (400, bool(content))
    assert get(stage, "/api/viewers/anna") == before


def test_memories_are_found_by_their_words(stage: Stage):
    assert [(one["username"], one["text"]) for one in get(stage, "/api/memory/search?query=whales")["found"]] == [
        ("100%", "whales and lions"),
        ("anna", "I like whales"),
    ]
    (found,) = get(stage, "/api/memory/search?query=dog&viewer=anna")["found"]
    assert (found["text"], found["kind"]) == ("my dog is called Bello", "comment")


def test_a_viewer_gets_all_that_is_kept_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Memory, gift book, recordings, cards and audit; and nothing of anybody else."""
    with staged(tmp_path, monkeypatch) as stage:
        evening(stage)
        eventually(lambda: told(stage))
        answer = ask(stage.port, f"/api/viewers/{ZOE}/export")
        kept = answer.json

    assert "attachment" in answer.headers["content-disposition"]
    assert kept["memory"]["user_id"] == NUMBER
    assert {one["gift"] for one in kept["gifts"]} == {"Rose", "Lion"}
    assert [len(entries) > 7 for entries in kept["recordings"].values()] == [True]
    assert kept["cards"]
    assert [entry["action"] for entry in kept["audit"]] == ["red_flag"]
    assert "cyd" not in json.dumps(kept).casefold()


def test_the_memory_tells_how_it_does_and_moves_as_a_whole(stage: Stage):
    """Out as JSON, into an emptied house, twice; and back by the backup that was made before."""
    memory = get(stage, "/api/memory")
    assert (memory["enabled"], memory["viewers"], memory["problem"], memory["text"]) == (True, 3, "", "")
    whole = ask(stage.port, "/api/memory/export")
    assert len(whole.json["users"]) == 3
    for name in ("anna", "ben"):
        assert stage.forget(name)["forgotten"]
    for _ in range(2):
        answer = post(stage.port, "/api/memory/import", whole.json)
        assert (answer.status, answer.json["viewers"]) == (200, 3)
    assert get(stage, "/api/viewers/ben")["diamonds"] == 1000
    first = min(one["name"] for one in get(stage, "/api/memory")["backups"])
    assert post(stage.port, "/api/memory/restore", {"backup": first}).json == {"restored": first}
    assert [one["username"] for one in get(stage, "/api/viewers")["viewers"]] == ["100%"]
    assert not [*stage.folder.glob(".import-*")]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"users": 3}', b'{"users": {"a"', b"\xff\xfe", b"SQLite format 3\0", b"[" * 200_000]
)
def test_what_is_no_memory_is_not_imported(body: bytes, stage: Stage):
    answer = ask(stage.port, "/api/memory/import", "POST", body, X_PalFriend="1", Content_Type="application/json")

    assert answer.status == 400, answer.body
    assert "Traceback" not in answer.body.decode()
    assert get(stage, "/api/memory")["viewers"] == 3
    assert not [*stage.folder.glob(".import-*")]


@pytest.mark.parametrize(
    "content", [{}, {"backup": 7}, {"backup": ""}, {"backup": "../settings.yaml"}, {"backup": "x" * 9000}]
)
def test_a_backup_that_is_none_is_not_brought_back(content: dict[str, Any], stage: Stage):
    assert post(stage.port, "/api/memory/restore", content).status in {400, 404}
    assert get(stage, "/api/memory")["viewers"] == 3


def test_a_memory_larger_than_other_requests_can_be_imported(stage: Stage):
    users = {f"viewer{n}": {"comments": ["x" * 400] * 10} for n in range(400)}
    answer = post(stage.port, "/api/memory/import", {"users": users})

    assert (answer.status, answer.json.get("viewers")) == (200, 400), answer.body
    assert post(stage.port, "/api/viewers/anna", {"notes": "x" * 1_100_000}).status == 413


def test_while_the_bot_uses_the_memory_it_is_neither_replaced_nor_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Edits go through the bot; a greeting uses the new name; import and restore are refused in words."""
    filled(tmp_path)
    with staged(tmp_path, monkeypatch) as stage:
        stage.tap.push(event("join", "anna", user_id="1") if False else comment("what is it?", "anna"))
        eventually(lambda: [one["username"] for one in get(stage, "/api/here")["viewers"]] == ["anna"])
        edited = post(stage.port, "/api/viewers/anna", {"spoken_name": "Ännchen"})
        assert (edited.json["spoken_name"], edited.json["here"]) == ("Ännchen", True)
        eventually(lambda: get(stage, "/api/viewers/anna")["spoken_name"] == "Ännchen")
        for path, body in (("import", {"users": {}}), ("restore", {"backup": "memory.db.backup-20260101-000000"})):
            refused = post(stage.port, f"/api/memory/{path}", body)
            assert (refused.status, refused.json["code"]) == (409, "memory_in_use")
        stage.tap.push(comment("and what else is it?", "anna"))
        eventually(lambda: "else" in str(get(stage, "/api/viewers/anna")["history"]))
        assert get(stage, "/api/viewers/anna")["spoken_name"] == "Ännchen"


def test_many_pages_look_and_change_while_viewers_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with staged(tmp_path, monkeypatch) as stage, ThreadPoolExecutor(6) as pages:
        for number in range(60):
            stage.tap.push(comment(f"why {number}?", f"viewer{number}"), gift("Rose", f"viewer{number}"))
        eventually(lambda: get(stage, "/api/memory")["viewers"] == 60)
        paths = ["/api/viewers?query=viewer", "/api/memory", "/api/memory/search?query=why", "/api/here", "/api/gifts"]
        edits = [("/api/viewers/viewer%d" % n, {"notes": f"note {n}"}) for n in range(40)]  # noqa: UP031
        looked = [pages.submit(ask, stage.port, path) for path in paths * 8]
        changed = [pages.submit(post, stage.port, path, body) for path, body in edits]
        forgot = [pages.submit(stage.forget, f"viewer{n}") for n in range(40, 60)]
        stage.tap.push(*(comment(f"again {n}?", f"viewer{n}") for n in range(20)))
        assert {one.result().status for one in [*looked, *changed]} == {200}
        assert all(one.result()["forgotten"] for one in forgot)
        eventually(lambda: get(stage, "/api/memory")["viewers"] == 40)
        assert get(stage, "/api/viewers/viewer7")["notes"] == "note 7"
        assert "again 7?" in str(get(stage, "/api/viewers/viewer7")["history"])


def test_the_log_never_names_the_viewer_a_page_looked_at(stage: Stage):
    """DEBUG has every request."""
    root, logs = logging.getLogger(), stage.house.logs
    level = root.level
    root.addHandler(logs)
    root.setLevel(logging.DEBUG)
    try:
        ask(stage.port, f"/api/viewers/{ZOE}")
        ask(stage.port, f"/api/viewers/{ZOE}%20x/export?y={ZOE}")
        post(stage.port, f"/api/viewers/{ZOE}/forget", {})
        lines = str(get(stage, "/api/logs?level=debug"))
    finally:
        root.setLevel(level)
        root.removeHandler(logs)
    assert "/api/viewers/*" in lines
    assert ZOE not in lines


def test_who_is_here_and_what_was_given_come_from_the_bot_and_the_gifts_also_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with staged(tmp_path, monkeypatch) as stage:
        assert get(stage, "/api/here") == {"viewers": [], "count": 0}
        assert get(stage, "/api/gifts") == {"gifts": [], "today": {"streaks": 0, "pieces": 0, "diamonds": 0}}
        stage.tap.push(comment("hello", "anna"), of(gift("Lion", count=2, diamonds=500)))
        eventually(lambda: get(stage, "/api/gifts")["today"]["streaks"] == 1)
        stage.tap.push(gift("Rose", "ben"))
        eventually(lambda: get(stage, "/api/gifts")["today"]["streaks"] == 2)
        here = get(stage, "/api/here")
        eventually(lambda: all(one["thanked"] for one in get(stage, "/api/gifts")["gifts"]))
        running = get(stage, "/api/gifts")
        assert stage.house.bridge.stop()
        stopped = get(stage, "/api/gifts")

    assert (here["count"], here["viewers"][0]["username"]) == (1, "anna")
    assert running == stopped
    assert [one["gift"] for one in stopped["gifts"]] == ["Rose", "Lion"]
    assert stopped["gifts"][1] | {"at": 0} == {
        **{"at": 0, "username": ZOE, "nickname": NICK, "gift": "Lion", "count": 2, "diamonds": 1000, "thanked": True}
    }
    assert stopped["today"] == {"streaks": 2, "pieces": 3, "diamonds": 1001}


def test_a_damaged_memory_is_told_in_words_and_nothing_of_it_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "memory.db").write_bytes(b"SQLite format 3\0" + b"x" * 9000)
    (tmp_path / "gifts.db").write_bytes(b"SQLite format 3\0" + b"x" * 9000)
    with staged(tmp_path, monkeypatch, start=False) as stage:
        for path in (
            "/api/viewers",
            "/api/viewers/anna",
            "/api/memory/search?query=x",
            "/api/memory/export",
            "/api/gifts",
        ):
            answer = ask(stage.port, path)
            assert (answer.status, answer.json["error"][-1]) == (503, "."), answer.body
        forgot = post(stage.port, f"/api/viewers/{ZOE}/forget", {})
        assert (forgot.status, forgot.json["forgotten"]) == (503, False)
        assert {problem["place"] for problem in forgot.json["problems"]} == {"memory", "gifts"}
        assert stage.in_answers(*WORDS) == []
    assert (tmp_path / "gifts.db").read_bytes().endswith(b"x")
