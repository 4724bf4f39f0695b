"""Memory (phase 2): its interface as the design shows it, what is on disk, and what happens when the disk fails."""

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual import run as run_virtual

import memory as memory_room
from events import EventKind, Link, LinkState, LiveEvent
from memory import (
    Memory,
    MemoryKeeper,
    NoMemory,
    get_background_info,
    get_user,
    load_memory,
    relations_of,
    remember_event,
    save_memory,
)
from store import files as memory_file

ROOT = Path(__file__).resolve().parent.parent
NOW = 1_800_000_000.0
DAY = 86_400.0
FILES = ["memory.db", "memory.json"]


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    return tmp_path / request.param


@pytest.fixture(params=["plain", "empty", *FILES, ":memory:"])
def any_memory(request, tmp_path):
    if request.param in {"plain", "empty"}:
        yield {"users": {}, "created": NOW} if request.param == "plain" else {}
        return
    name = request.param
    memory = load_memory(name if name == ":memory:" else tmp_path / name)
    yield memory
    memory.close()


def reopened(file, **options):
    return load_memory(file, **{"now": NOW, **options})


def event(kind=EventKind.COMMENT, **changes):
    return LiveEvent(
        **{
            "kind": kind,
            "user_id": changes.get("username", "anna"),
            "username": "anna",
            "nickname": "Anna",
            "at": NOW,
            "text": "hi",
        }
        | changes
    )


# The interface of the design


def test_the_usage_example_of_the_design_gives_its_very_words(any_memory):
    """The design prints this result, so the text form is a contract."""
    remember_event(any_memory, "john_doe", "comment", "What's your favorite color?")
    remember_event(any_memory, "john_doe", "gift", "Rose")
    assert get_background_info(any_memory, "john_doe") == "john_doe: 2 comments, 1 gifts".replace("2", "1")
    remember_event(any_memory, "john_doe", "comment", "And why?")
    assert get_background_info(any_memory, "john_doe") == "john_doe: 2 comments, 1 gifts"


def test_the_testing_phase_example_of_the_design_holds(tmp_path, monkeypatch):
    """Copied from the design, relative file name included."""
    monkeypatch.chdir(tmp_path)
    memory = load_memory("test_memory.json", 90)
    remember_event(memory, "test_user", "comment", "test")
    assert "test_user" in memory["users"]


def test_the_record_has_the_fields_of_the_design(any_memory):
    """Other code reads records as dicts."""
    remember_event(any_memory, "anna", "comment", "Hello!", at=NOW, nickname="Anna")
    remember_event(any_memory, "anna", "gift", "Rose", count=5, diamonds=2, at=NOW + 9)
    user = any_memory["users"]["anna"]
    assert type(user) is dict
    assert isinstance(user["comments"], deque)
    assert user["comments"].maxlen == 100
    assert list(user["comments"]) == ["Hello!"]
    assert user["gifts"] == ["Rose"]
    assert (user["first_seen"], user["last_seen"]) == (NOW, NOW + 9)
    assert {k: user[k] for k in ("follows", "likes", "shares", "subscriptions")} == dict.fromkeys(
        ("follows", "likes", "shares", "subscriptions"), 0
    )
    assert (user["nickname"], user["diamonds"]) == ("Anna", 10)
    assert isinstance(any_memory["created"], float)


def test_counts_come_in_one_order_and_zeros_are_left_out(any_memory):
    """A prompt is short and stable, so that answers can be cached."""
    for kind in ("subscribe", "share", "like", "follow"):
        remember_event(any_memory, "anna", kind, count=3)
    assert get_background_info(any_memory, "anna") == "anna: 3 follows, 3 likes, 3 shares, 3 subscriptions"


def test_asking_for_a_stranger_creates_nobody(any_memory):
    """A thousand lurkers' names must not become a thousand records."""
    assert get_background_info(any_memory, "nobody") == ""
    assert "nobody" not in any_memory.get("users", {})


def test_get_user_creates_and_returns_one_and_the_same_record(any_memory):
    """The design: retrieve or create."""
    assert get_user(any_memory, "anna") is get_user(any_memory, "anna")
    assert list(any_memory["users"]) == ["anna"]
    assert get_background_info(any_memory, "anna") == ""


def test_a_viewer_who_only_joined_has_no_background(any_memory):
    """Nothing worth a prompt is known; the record is there for decay."""
    remember_event(any_memory, "anna", "join")
    assert get_background_info(any_memory, "anna") == ""
    assert "anna" in any_memory["users"]


def test_totals_are_true_although_the_histories_are_short(any_memory):
    """The count of the newest 100 is not the count."""
    for number in range(250):
        remember_event(any_memory, "anna", "comment", f"c{number}")
        remember_event(any_memory, "anna", "gift", f"g{number}")
    assert get_background_info(any_memory, "anna") == "anna: 250 comments, 250 gifts"
    user = get_user(any_memory, "anna")
    assert (len(user["comments"]), user["comments"][-1]) == (100, "c249")
    assert (len(user["gifts"]), user["gifts"][-1]) == (100, "g249")


def test_hand_made_records_are_counted_by_what_is_in_them():
    """A test or a tool writes the design's structure and knows nothing of our totals."""
    memory = {"users": {"john_doe": {"comments": ["a"] * 5}}}
    assert get_background_info(memory, "john_doe") == "john_doe: 5 comments"
    assert memory == {"users": {"john_doe": {"comments": ["a"] * 5}}}
    remember_event(memory, "john_doe", "comment", "b")
    assert get_background_info(memory, "john_doe") == "john_doe: 6 comments"


def test_a_hand_made_history_keeps_its_own_length():
    """Whoever builds a plain dict chooses how much it holds."""
    memory = {"users": {"anna": {"comments": deque(["a", "b"], 2)}}}
    remember_event(memory, "anna", "comment", "c")
    assert list(memory["users"]["anna"]["comments"]) == ["b", "c"]
    assert get_background_info(memory, "anna") == "anna: 3 comments"


@pytest.mark.parametrize("kind", ["", "Comment", "poke", None, 3, ["gift"]])
def test_an_unknown_kind_is_refused_in_plain_words(any_memory, kind):
    """A typing mistake in the caller must not become silence."""
    with pytest.raises(ValueError, match="unknown kind of event"):
        remember_event(any_memory, "anna", kind)
    assert "anna" not in any_memory.get("users", {})


@pytest.mark.parametrize("name", ["", "  ", "\n", None, 5, b"anna"])
def test_what_is_no_name_is_refused(any_memory, name):
    """A record under an empty name would collect everybody."""
    with pytest.raises(ValueError, match="name"):
        remember_event(any_memory, name, "comment", "hi")
    with pytest.raises(ValueError, match="name"):
        get_user(any_memory, name)
    assert get_background_info(any_memory, name) == ""


STRANGE = [
    "👩‍💻",
    "x" * 10_000,
    "'; DROP TABLE viewers; --",
    "a\0b",
    "\ud800x",
    "a\nb",
    "ünï",
    '"}',
    "../../etc/passwd",
    "-1",
]


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_are_stored_found_and_shown_on_one_line(file, name):
    """Anybody on the internet chooses these."""
    memory = load_memory(file)
    remember_event(memory, "other", "comment", "hi")
    remember_event(memory, name, "comment", "hi")
    memory.close()
    again = load_memory(file)
    assert name in again["users"]
    assert "other" in again["users"]
    line = get_background_info(again, name)
    assert line.endswith(": 1 comments")
    assert len(line) < 220
    assert len(line.splitlines()) == 1
    assert again.problem == ""
    again.close()


@pytest.mark.parametrize("value", [None, 5, ["x"], "\ud800", "x" * 100_000, "a\0b", '"}]'])
def test_strange_values_are_stored_bounded(file, value):
    """One comment must not make a row that cannot be written, or a file that grows without end."""
    memory = load_memory(file)
    for kind in EventKind:
        remember_event(memory, "anna", kind, value, nickname="n" * 5000)
    assert save_memory(memory)
    memory.close()
    again = load_memory(file)
    user = get_user(again, "anna")
    assert len(user["comments"][0]) <= 500
    assert len(user["nickname"]) == 200
    again.close()


@pytest.mark.parametrize("count", [0, -5, 10**400, float("nan"), float("inf"), 2.5])
def test_strange_counts_never_lower_or_break_a_total(file, count):
    """Numbers come from the wire too."""
    memory = load_memory(file)
    remember_event(memory, "anna", "like", count=7)
    for kind in ("like", "gift"):
        remember_event(memory, "anna", kind, "Rose", count=count, diamonds=count, at=count)
    assert memory["users"]["anna"]["likes"] >= 7
    assert save_memory(memory)
    memory.close()


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.sampled_from(list(EventKind)), st.text(max_size=30), st.integers()),
        max_size=20,
    )
)
def test_a_memory_and_a_plain_dict_tell_the_same(events):
    """Law: the kind of memory never changes what is known, also after packing and unpacking."""
    plain, kept = {}, load_memory(":memory:")
    for name, kind, value, count in events:
        if name.strip():
            for memory in (plain, kept):
                remember_event(memory, name, kind, value, count=count, at=NOW)
    kept.flush()
    kept.users._clean.clear()
    for name in {name for name, *_ in events if name.strip()}:
        assert get_background_info(kept, name) == get_background_info(plain, name)
        assert kept["users"][name] == plain["users"][name]


# What is on disk


def test_everything_comes_back_after_closing(file):
    """The point of the room."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "grüße 🌹", at=NOW + 1, nickname="Anna")
    remember_event(memory, "anna", "gift", "Rose", count=5, diamonds=1, at=NOW + 2)
    before, created = dict(get_user(memory, "anna")), memory["created"]
    memory.close()
    again = load_memory(file, now=NOW + 60)
    assert again["users"]["anna"] == before
    assert again["created"] == created == NOW
    assert len(again["users"]) == 1
    again.close()


def test_json_has_the_structure_of_the_design(tmp_path):
    """People and tools open this file."""
    memory = load_memory(tmp_path / "memory.json", now=NOW)
    remember_event(memory, "anna", "comment", "hi", at=NOW)
    memory.close()
    found = json.loads((tmp_path / "memory.json").read_text(encoding="utf-8"))
    assert found["created"] == NOW
    assert found["users"]["anna"]["comments"] == ["hi"]


def test_sqlite_has_one_row_for_each_viewer_and_a_version(tmp_path):
    """The schema can be changed later only if the file says which it is."""
    memory = load_memory(tmp_path / "memory.db")
    for name in ("anna", "ben"):
        for _ in range(5):
            remember_event(memory, name, "comment", "hi", at=NOW)
    memory.close()
    with sqlite3.connect(tmp_path / "memory.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        rows = connection.execute("SELECT username, last_seen FROM viewers ORDER BY username").fetchall()
        plan = connection.execute("EXPLAIN QUERY PLAN DELETE FROM viewers WHERE last_seen < 5").fetchall()
    connection.close()
    assert rows == [("anna", NOW), ("ben", NOW)]
    assert "viewers_last_seen" in str(plan)


def test_an_old_json_with_missing_and_extra_keys_loads(tmp_path):
    """Files of the design's earlier programs are around; what we do not know of is theirs and stays."""
    file = tmp_path / "memory.json"
    users = {
        "anna": {"comments": ["a", "b"], "mood": "fine"},
        "ben": None,
        "": {},
        "cleo": {"likes": "many", "gifts": 3},
    }
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps({"users": users, "theirs": 1}).encode())
    memory = load_memory(file, now=NOW)
    assert get_background_info(memory, "anna") == "anna: 2 comments"
    remember_event(memory, "cleo", "like", count=2)
    memory.close()
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["theirs"] == 1
    assert found["users"]["anna"]["mood"] == "fine"
    assert found["users"]["cleo"]["likes"] == 2
    assert "ben" not in found["users"]


def test_what_was_not_seen_for_long_is_forgotten_on_disk_too(file):
    """Privacy: forgotten means gone, also from the free pages of the file."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "old", "comment", "my secret words", at=NOW - 91 * DAY)
    remember_event(memory, "new", "comment", "hi", at=NOW - 89 * DAY)
    remember_event(memory, "future", "comment", "hi", at=NOW + 400 * DAY)
    memory.close()
    again = load_memory(file, decay_days=90, now=NOW)
    assert sorted(again["users"]) == ["future", "new"]
    again.close()
    assert b"my secret words" not in b"".join(path.read_bytes() for path in file.parent.iterdir())


def test_zero_days_means_never(file):
    """The settings say so."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "old", "comment", "hi", at=1.0)
    memory.close()
    again = load_memory(file, decay_days=0, now=NOW)
    assert "old" in again["users"]
    again.close()


@pytest.mark.parametrize("options", [{"decay_days": -1}, {"per_user_history": -1}, {"decay_days": float("nan")}])
def test_senseless_numbers_are_a_programming_error(file, options):
    """NaN days would forget everybody."""
    with pytest.raises(ValueError, match="negative"):
        load_memory(file, **options)


def test_a_shorter_history_applies_to_old_records(file):
    """The setting is the remedy against a memory that is too big."""
    memory = load_memory(file, now=NOW)
    for number in range(20):
        remember_event(memory, "anna", "comment", str(number), at=NOW)
    memory.close()
    for length, expected in ((3, ["17", "18", "19"]), (0, [])):
        again = load_memory(file, per_user_history=length, now=NOW)
        assert list(get_user(again, "anna")["comments"]) == expected
        assert get_background_info(again, "anna") == "anna: 20 comments"
        again.close()


def test_a_change_made_directly_in_a_record_is_saved(file):
    """The design's memory is a dict; whoever changes it expects that to last, also between two savings."""
    memory = load_memory(file)
    user = get_user(memory, "anna")
    user["note"] = 1
    assert save_memory(memory)
    user["note"] = 2
    user["tags"] = {"x"}
    memory["users"]["ben"] = mine = {"likes": 4}
    mine["likes"] = 5
    assert save_memory(memory)
    memory.close()
    again = load_memory(file)
    assert again["users"]["anna"]["note"] == 2
    assert again["users"]["anna"]["tags"] == ["x"]
    assert get_background_info(again, "ben") == "ben: 5 likes"
    again.close()


def test_many_viewers_are_read_one_by_one_and_ram_stays_bounded(file, monkeypatch):
    """A million rows must not be loaded to greet one viewer; a change made while walking through is kept."""
    monkeypatch.setattr("store.users.CLEAN_KEPT", 50)
    memory = load_memory(file)
    for number in range(2500):
        remember_event(memory, f"viewer{number}", "like", count=number + 1)
    memory.flush()
    assert len(memory.users._clean) <= 50
    for name, user in memory["users"].items():
        user["twice"] = name * 2
    assert len(memory["users"]) == 2500
    memory.close()
    again = load_memory(file)
    assert again.users._clean == {}
    assert again["users"]["viewer7"]["twice"] == "viewer7viewer7"
    assert again["users"]["viewer2499"]["twice"] == "viewer2499viewer2499"
    again.close()


def test_walking_through_lends_without_rewriting_or_keeping_everybody(file):
    """Reading all records, for a list or an export, is not a change."""
    memory = load_memory(file)
    for number in range(1200):
        remember_event(memory, f"viewer{number}", "like")
    memory.flush()
    assert sum(user["likes"] for user in memory["users"].values()) == 1200
    assert len(memory.users._kept) <= 256
    assert memory.users.batch().rows == {}
    memory.close()


def test_deleted_viewers_stay_deleted(file):
    """A viewer may ask to be forgotten."""
    memory = load_memory(file)
    for name in ("anna", "ben", "cleo"):
        remember_event(memory, name, "comment", "hi")
    memory.flush()
    del memory["users"]["anna"]
    assert "anna" not in memory["users"]
    assert sorted(memory["users"]) == ["ben", "cleo"]
    assert memory["users"].pop("ben")
    with pytest.raises(KeyError):
        del memory["users"]["anna"]
    remember_event(memory, "ben", "like")
    memory.close()
    again = load_memory(file)
    assert sorted(again["users"]) == ["ben", "cleo"]
    assert get_background_info(again, "ben") == "ben: 1 likes"
    again["users"] = {"dora": {"likes": 1}}
    again.close()
    last = load_memory(file)
    assert list(last["users"]) == ["dora"]
    last.close()


@pytest.mark.parametrize("target", FILES)
def test_an_export_equals_the_memory(any_memory, tmp_path, target):
    """Moving from JSON to SQLite and back is one call; an older export is replaced, not mixed in."""
    copy = tmp_path / "export" / target
    assert save_memory({"users": {"gone": {}}}, copy)
    remember_event(any_memory, "anna", "comment", "hi", at=NOW)
    assert save_memory(any_memory, copy)
    again = load_memory(copy, now=NOW)
    assert list(again["users"]) == ["anna"]
    assert again["users"]["anna"] == get_user(any_memory, "anna")
    assert again["created"] == any_memory["created"]
    again.close()


def test_a_plain_dict_needs_a_file_to_be_saved():
    """There is nowhere to put it."""
    with pytest.raises(ValueError, match="file"):
        save_memory({})


# What happens when the disk fails


BROKEN = [b"", b"{", b"[]", b'{"users": []}', b"\xff\xfe\x00", b"[" * 100_000, b'{"users": 1' + b"0" * 5000 + b"}"]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_json_is_set_aside_untouched(tmp_path, content, caplog):
    """What a person could still repair is never overwritten, twice in a second neither."""
    file = tmp_path / "memory.json"
    for _ in range(2):
        file.write_bytes(content)
        memory = load_memory(file)
        assert memory.problem == "memory_corrupt"
        remember_event(memory, "anna", "comment", "hi")
        assert save_memory(memory)
        memory.close()
    kept = list(tmp_path.glob("memory.json.broken-*"))
    assert [path.read_bytes() for path in kept] == [content] * 2
    assert "kept as" in caplog.text
    again = load_memory(file)
    assert (again.problem, list(again["users"])) == ("", ["anna"])


def foreign(file):
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE viewers (username TEXT, mood TEXT)")
    connection.close()


def wrong_columns(file):
    foreign(file)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [lambda f: f.write_bytes(b"no database" * 1000), foreign, wrong_columns],
    ids=["text", "foreign", "columns"],
)
def test_a_broken_database_is_set_aside_untouched(tmp_path, damage):
    """The same promise for SQLite, and for a healthy database that is somebody else's."""
    file = tmp_path / "memory.db"
    damage(file)
    content = file.read_bytes()
    memory = load_memory(file)
    assert memory.problem == "memory_corrupt"
    assert memory.link.state is LinkState.UP
    assert dict(memory.link.params)["aside"].startswith("memory.db.broken-")
    remember_event(memory, "anna", "comment", "hi")
    memory.close()
    (kept,) = tmp_path.glob("memory.db.broken-*")
    assert kept.read_bytes() == content
    again = load_memory(file)
    assert (again.problem, list(again["users"])) == ("", ["anna"])
    again.close()


def test_damage_found_while_running_costs_nothing_that_is_in_ram(tmp_path):
    """A page can be bad although the file opens: whoever is known in RAM goes into the new file."""
    file = tmp_path / "memory.db"
    memory = load_memory(file)
    for number in range(3000):
        remember_event(memory, f"viewer{number}", "comment", "hello " * 20)
    memory.close()
    memory = load_memory(file, decay_days=0)
    remember_event(memory, "known", "like")
    assert memory.flush()
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096 * 3)
        raw.write(b"\xa5" * (size - 4096 * 4))
    remember_event(memory, "anna", "comment", "hi")
    for number in range(0, 3000, 500):
        remember_event(memory, f"viewer{number}", "like")
    for _ in range(3):
        memory.flush()
    assert memory.problem == "memory_corrupt"
    assert memory.link.state is LinkState.UP
    memory.close()
    assert list(tmp_path.glob("memory.db.broken-*"))
    again = load_memory(file)
    assert {"anna", "known", "viewer0", "viewer2500"} <= set(again["users"])
    again.close()


def test_one_unreadable_row_costs_one_viewer_only(tmp_path):
    """Setting a whole file aside for one row would be out of proportion."""
    memory = load_memory(tmp_path / "memory.db")
    for name in ("anna", "ben", "cleo"):
        remember_event(memory, name, "like")
    memory.close()
    with sqlite3.connect(tmp_path / "memory.db") as connection:
        connection.execute("UPDATE viewers SET record = '{' WHERE username = 'anna'")
        connection.execute("UPDATE viewers SET record = CAST(x'ff00fe' AS TEXT) WHERE username = 'ben'")
    connection.close()
    again = load_memory(tmp_path / "memory.db")
    assert [get_background_info(again, name) for name in ("anna", "ben", "cleo")] == ["", "", "cleo: 1 likes"]
    assert again.problem == ""
    again.close()


def test_a_memory_of_a_newer_version_is_left_alone(tmp_path):
    """Going back to an older PalFriend must not cost the memory."""
    file = tmp_path / "memory.db"
    load_memory(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    content = file.read_bytes()
    memory = load_memory(file)
    remember_event(memory, "anna", "comment", "hi")
    assert not save_memory(memory)
    assert memory.link == Link(
        state=LinkState.ERROR, code="memory_newer", params=(("file", "memory.db"), ("aside", ""))
    )
    memory.close()
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_opened_leaves_the_bot_in_ram(file):
    """The stream goes on; nothing raises. (A folder in the file's place fails for root too, unlike a write bit.)"""
    file.mkdir()
    memory = load_memory(file)
    remember_event(memory, "anna", "comment", "hi")
    assert get_background_info(memory, "anna") == "anna: 1 comments"
    assert not save_memory(memory)
    assert memory.problem == "memory_readonly"
    assert memory.link.state is LinkState.ERROR
    file.rmdir()
    assert save_memory(memory)
    assert memory.problem == ""
    memory.close()


def test_a_parent_that_is_a_file_leaves_the_bot_in_ram(file):
    """A mistyped path in the settings."""
    file.write_text("x", encoding="utf-8")
    memory = load_memory(file / "below" / file.name)
    remember_event(memory, "anna", "comment", "hi")
    assert not memory.flush()
    assert memory.problem == "memory_readonly"
    memory.close()
    assert file.read_text(encoding="utf-8") == "x"


def test_a_lock_by_another_program_passes_and_costs_nothing(tmp_path, monkeypatch):
    """A backup tool holds the file for a while: who was noted meanwhile is written, joined with what was there."""
    monkeypatch.setattr("store.files.LOCK_SECONDS", 0.01)
    file = tmp_path / "memory.db"
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "before", at=NOW, nickname="Anna")
    memory.users["anna"]["note"] = 1
    memory.close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    memory = load_memory(file, now=NOW)
    assert memory.problem == "memory_locked"
    remember_event(memory, "anna", "comment", "meanwhile", at=NOW + 5)
    remember_event(memory, "ben", "like", at=NOW)
    assert not memory.flush()
    other.execute("COMMIT")
    other.close()
    assert memory.flush()
    assert memory.problem == ""
    memory.close()
    again = load_memory(file, now=NOW)
    anna = again["users"]["anna"]
    assert (list(anna["comments"]), anna["comment_total"]) == (["before", "meanwhile"], 2)
    assert (anna["nickname"], anna["note"], anna["first_seen"], anna["last_seen"]) == ("Anna", 1, NOW, NOW + 5)
    assert get_background_info(again, "ben") == "ben: 1 likes"
    again.close()


def test_a_locked_write_is_done_later(tmp_path, monkeypatch):
    """Reading goes on meanwhile, and what was to be written waits in RAM."""
    monkeypatch.setattr("store.files.LOCK_SECONDS", 0.01)
    memory = load_memory(tmp_path / "memory.db")
    remember_event(memory, "ben", "like")
    memory.flush()
    memory.users._clean.clear()
    other = sqlite3.connect(tmp_path / "memory.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    remember_event(memory, "anna", "like")
    assert not memory.flush()
    assert memory.problem == "memory_locked"
    remember_event(memory, "anna", "like")
    assert get_background_info(memory, "ben") == "ben: 1 likes"
    other.execute("ROLLBACK")
    other.close()
    assert memory.flush()
    memory.close()
    again = load_memory(tmp_path / "memory.db")
    assert get_background_info(again, "anna") == "anna: 2 likes"
    again.close()


def test_a_full_disk_is_named_and_healed(tmp_path):
    """The page limit makes SQLite itself say that the disk is full."""
    memory = load_memory(tmp_path / "memory.db")
    memory.store._writer.execute("PRAGMA max_page_count = 8")
    for number in range(200):
        remember_event(memory, f"viewer{number}", "comment", "x" * 500)
    assert not memory.flush()
    assert memory.problem == "memory_disk_full"
    memory.store._writer.execute("PRAGMA max_page_count = 100000")
    assert memory.flush()
    assert memory.problem == ""
    memory.close()
    again = load_memory(tmp_path / "memory.db")
    assert len(again["users"]) == 200
    again.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_leaves_the_old_json_whole(tmp_path):
    """The draft fails, the file of the last good write stays."""
    file = tmp_path / "memory.json"
    memory = load_memory(file)
    remember_event(memory, "anna", "like")
    memory.flush()
    content = file.read_bytes()
    (tmp_path / "memory.json.tmp").symlink_to("/dev/full")
    remember_event(memory, "anna", "like")
    assert not memory.flush()
    assert memory.problem == "memory_disk_full"
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["memory.json"]
    assert memory.flush()
    memory.close()


def test_an_export_that_fails_says_so(tmp_path, caplog):
    """Asked for by a person, so the person hears of it."""
    (tmp_path / "x.json").mkdir()
    assert not save_memory({"users": {"anna": {}}}, tmp_path / "x.json")
    assert "memory_readonly" in caplog.text


def test_a_memory_that_was_closed_or_dropped_leaves_no_handle(file):
    """Start and stop ten times, and Windows must be able to delete the file."""
    handles = Path("/proc/self/fd")
    if not handles.exists():
        pytest.skip("open handles can be listed under /proc only")

    def held():
        return [h for h in handles.iterdir() if h.exists() and file.name in str(h.readlink())]

    for number in range(10):
        memory = load_memory(file)
        remember_event(memory, f"viewer{number}", "like")
        if number % 2:
            memory.close()
        else:
            memory.flush()
        del memory
    assert held() == []
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name]


# The seam


def test_a_streak_that_goes_on_is_not_counted_yet():
    """Five roses with the server's updates in between are one gift."""
    keeper = MemoryKeeper(load_memory(":memory:"))
    for count in (1, 2, 3, 5):
        keeper.remember(event(EventKind.GIFT, text="Rose", count=count, diamonds=1, streaking=True))
    keeper.remember(event(EventKind.GIFT, text="Rose", count=5, diamonds=1))
    keeper.remember(event(EventKind.LIKE, count=15))
    keeper.remember(event(username=""))
    assert keeper.background("anna") == "anna: 1 gifts, 15 likes"
    assert keeper.memory["users"]["anna"]["diamonds"] == 5
    assert keeper.background("") == keeper.background("nobody") == ""


def test_the_comment_that_is_being_answered_is_nothing_known_of_a_stranger():
    """Else no answer could ever be kept for the next who asks the same: every prompt would hold a viewer's data."""
    keeper = MemoryKeeper(load_memory(":memory:"))
    keeper.remember(event(text="What is this?"))
    assert keeper.background("anna") == ""
    keeper.remember(event(text="And that?"))
    assert keeper.background("anna") == "anna: 2 comments"


def test_writing_happens_twice_a_second_at_most_and_only_when_there_is_something():
    """Write-behind; without a disk it needs no thread, so it runs in virtual time."""
    memory = load_memory(":memory:")
    keeper, written, links, threads = MemoryKeeper(memory), [], [], set()
    write = memory.store.write

    def watched(batch):
        written.append(len(batch.rows))
        threads.add(threading.current_thread())
        write(batch)

    memory.store.write = watched

    async def scene():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(keeper.run(links.append), name="memory")
            for number in range(200):
                keeper.remember(event(username=f"viewer{number}"))
                await asyncio.sleep(0.05)
            await asyncio.sleep(3600)
            keeper.remember(event(username="last"))
            task.cancel()
        assert task.cancelled()

    run_virtual(scene())
    assert sum(written) == 201
    assert len(written) <= 23
    assert threads == {threading.main_thread()}
    assert links == [Link(state=LinkState.UP)]


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what it polls knows no events
            await asyncio.sleep(0.01)


def test_the_last_second_is_written_when_the_bot_stops(file):
    """Cancelled means saved and let go."""

    async def scene():
        keeper, links = MemoryKeeper(load_memory(file)), []
        async with asyncio.TaskGroup() as group:
            task = group.create_task(keeper.run(links.append), name="memory")
            await until(lambda: links)
            keeper.remember(event())
            task.cancel()
        assert task.cancelled()
        assert not keeper.memory.store.ready

    asyncio.run(scene())
    again = load_memory(file)
    assert get_background_info(again, "anna") == "anna: 1 comments"
    again.close()


def test_the_loop_goes_on_while_the_disk_hangs(tmp_path):
    """A write that waits for a lock must not delay an answer; the status says why, then that it is well again."""

    async def scene():
        keeper, links = MemoryKeeper(load_memory(tmp_path / "memory.db")), []
        other = sqlite3.connect(tmp_path / "memory.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        turns = 0
        async with asyncio.TaskGroup() as group:
            keeper.remember(event())
            task = group.create_task(keeper.run(links.append), name="memory")
            while not links:
                await asyncio.sleep(0)
                turns += 1
            assert (links[0].state, links[0].code) == (LinkState.ERROR, "memory_locked")
            other.execute("ROLLBACK")
            await until(lambda: len(links) > 1)
            assert links[1] == Link(state=LinkState.UP)
            task.cancel()
        other.close()
        assert turns > 100

    asyncio.run(scene())
    again = load_memory(tmp_path / "memory.db")
    assert "anna" in again["users"]
    again.close()


def test_an_older_batch_never_overwrites_a_younger_one(file):
    """Workers may start in any order, at a stop for example."""
    memory = load_memory(file)
    remember_event(memory, "anna", "like")
    first = memory.users.batch()
    remember_event(memory, "anna", "like")
    memory.store.write(memory.users.batch())
    memory.store.write(first)
    memory.store.close()
    again = load_memory(file)
    assert get_background_info(again, "anna") == "anna: 2 likes"
    again.close()


def test_what_happens_during_a_write_is_in_the_next(file):
    """The rows in flight are a copy; the record lives on."""
    memory = load_memory(file)
    remember_event(memory, "anna", "like")
    remember_event(memory, "gone", "like")
    batch = memory.users.batch()
    remember_event(memory, "anna", "like")
    del memory["users"]["gone"]
    memory.store.write(batch)
    assert memory.settle("", batch)
    assert get_background_info(memory, "anna") == "anna: 2 likes"
    memory.close()
    again = load_memory(file)
    assert get_background_info(again, "anna") == "anna: 2 likes"
    assert list(again["users"]) == ["anna"]
    again.close()


def test_nobody_is_remembered_when_memory_is_off(tmp_path, monkeypatch):
    """Off is off: nothing in RAM, nothing on disk."""
    monkeypatch.chdir(tmp_path)
    nobody, links = NoMemory(), []

    async def scene():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(nobody.run(links.append), name="memory")
            nobody.remember(event())
            await asyncio.sleep(5)
            task.cancel()

    run_virtual(scene())
    assert nobody.background("anna") == ""
    assert links == [Link(state=LinkState.OFF)]
    assert list(tmp_path.iterdir()) == []


STREAM = """
    import asyncio, sys, time
    from events import EventKind, LiveEvent
    from memory import MemoryKeeper, load_memory

    async def stream():
        keeper = MemoryKeeper(load_memory(sys.argv[1]))
        async with asyncio.TaskGroup() as group:
            group.create_task(keeper.run(lambda link: None))
            start, sent = time.monotonic(), 0
            while True:
                while sent < (time.monotonic() - start) * 300:
                    keeper.remember(LiveEvent(kind=EventKind.LIKE, user_id=str(sent % 50), username=f"viewer{sent % 50}",
                                              nickname="x", at=time.time()))
                    sent += 1
                print(sent, flush=True)
                await asyncio.sleep(0.02)

    asyncio.run(stream())
"""


@pytest.mark.timeout(180)
def test_a_killed_bot_leaves_a_clean_file_and_loses_about_a_second(file):
    """Power cut, task manager, crash: at 300 events a second the file opens clean and only the newest are missing."""
    dice, before = random.Random(7), 0
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(STREAM), str(file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        sent, moments, end = 0, [], time.monotonic() + 60
        length = 3.2 + dice.random()  # longer than the loss allowed below, or a bot that never writes would pass
        while time.monotonic() < end and (not moments or time.monotonic() - moments[0][0] < length):
            sent = int(process.stdout.readline())
            moments.append((time.monotonic(), sent))
        process.kill()
        rest = process.communicate(timeout=30)[0].split()
        sent = int(rest[-1]) if rest and rest[-1].isdigit() else sent
        memory = load_memory(file)
        likes = sum(user["likes"] for user in memory["users"].values())
        assert memory.problem == ""
        memory.close()
        assert likes - before > 0
        assert sent - (likes - before) <= 750, "at most about a second, 2.5 on a slow machine, may be lost"
        before = likes
    assert not list(file.parent.glob("*.broken-*"))


def test_every_reason_has_its_sentence_in_both_languages():
    """A code without words is useless to a streamer."""
    locales = ROOT / "locales"
    texts = [json.loads((locales / f"{n}.json").read_text(encoding="utf-8"))["reason"] for n in ("en", "de")]
    codes = {*memory_file.SQLITE_REASONS.values(), *memory_file.OWN_REASONS.values(), "memory_failed"}
    codes |= {"memory_restorable", "memory_upgrading", "memory_no_search"}
    for words in texts:
        assert all("{file}" in words[code] for code in codes)


def test_the_interface_is_importable_on_its_own():
    """Each phase stands alone: no other room is loaded but the words."""
    code = "import sys, memory; print(sorted(m for m in sys.modules if m in {'settings','bot','TikTokLive','openai'}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert isinstance(memory_room.load_memory(":memory:"), Memory)


# Forgetting one viewer


def everything_in(folder: Path) -> bytes:
    """What lies in the folder, whatever the file is called."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_whoever_is_forgotten_leaves_no_byte_from_the_next_write_on(file):
    """Not in a free page, not in SQLite's log: while the memory is in use, and afterwards."""
    memory = load_memory(file, now=NOW)
    for name in ("secretname", "bob"):
        for number in range(50):
            remember_event(memory, name, "comment", f"{name} says {number}", at=NOW + number, nickname=f"{name} X")
    assert memory.flush()
    assert b"secretname" in everything_in(file.parent)
    memory.forget("secretname")
    assert get_background_info(memory, "secretname") == ""
    assert memory.flush()
    assert b"secretname" not in everything_in(file.parent)
    memory.close()
    assert b"secretname" not in everything_in(file.parent)
    again = reopened(file)
    assert list(again["users"]) == ["bob"]
    again.close()


def test_a_viewer_of_an_earlier_stream_is_forgotten_without_having_been_read(file):
    memory = load_memory(file, now=NOW)
    remember_event(memory, "secretname", "comment", "x", at=NOW)
    memory.close()
    memory = reopened(file)
    memory.forget("secretname")
    memory.close()
    assert b"secretname" not in everything_in(file.parent)


def test_forgetting_strangers_and_nonsense_does_nothing(any_memory):
    if isinstance(any_memory, Memory):
        for name in ("nobody", "", "  ", "\ud800", "x" * 5000):
            any_memory.forget(name)
        assert any_memory.flush()
        assert len(any_memory["users"]) == 0


def test_whoever_comes_back_after_being_forgotten_begins_anew(file):
    memory = load_memory(file, now=NOW)
    remember_event(memory, "ada", "comment", "before", at=NOW)
    memory.flush()
    memory.forget("ada")
    remember_event(memory, "ada", "comment", "after", at=NOW + 1)
    memory.close()
    again = reopened(file)
    assert list(again["users"]["ada"]["comments"]) == ["after"]
    again.close()


def test_forgetting_while_a_write_is_under_way_is_not_undone_by_it(file):
    """The worker still writes the record of a moment ago."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "secretname", "comment", "x", at=NOW)
    batch = memory.users.batch()
    memory.forget("secretname")
    memory.store.write(batch)
    memory.settle("", batch)
    assert memory.flush()
    memory.close()
    assert b"secretname" not in everything_in(file.parent)


def test_nobody_can_be_forgotten_by_who_remembers_nobody():
    NoMemory().forget("ada")
    keeper = MemoryKeeper(load_memory(":memory:"))
    remember_event(keeper.memory, "ada", "gift", "Rose")
    assert keeper.background("ada") == "ada: 1 gifts"
    keeper.forget("ada")
    assert keeper.background("ada") == ""


def test_what_a_viewer_is_follows_from_what_is_remembered():
    """For whoever decides who goes first: new, regular, gifter, subscriber."""
    memory = load_memory(":memory:")
    assert relations_of(memory, "ada") == {"new"}
    assert "ada" not in memory["users"]
    remember_event(memory, "ada", "join", at=1.0)
    assert relations_of(memory, "ada") == {"new"}
    for number in range(10):
        remember_event(memory, "ada", "comment", "hi", at=float(number))
    assert relations_of(memory, "ada") == frozenset()
    remember_event(memory, "ada", "gift", "Rose", at=86_500.0)
    remember_event(memory, "ada", "subscribe", at=86_500.0)

    assert relations_of(memory, "ada") == {"regular", "gifter", "subscriber"}
    assert relations_of({}, "") == frozenset()
    assert relations_of({"users": {"bob": "no record"}}, "bob") == {"new"}


def test_a_record_that_was_handed_out_and_bent_is_put_right_by_the_next_event():
    """Others are trusted to be whole: looking through each at each event would cost more than all the rest."""
    memory = load_memory(":memory:")
    remember_event(memory, "anna", "comment", "hi")
    bent = get_user(memory, "anna")
    del bent["comments"]
    bent["likes"] = "many"
    for number in range(300):
        get_user(memory, f"other{number}")
    remember_event(memory, "anna", "like", count=3)

    assert get_user(memory, "anna")["likes"] == 3
    assert list(get_user(memory, "anna")["comments"]) == []


def test_the_keeper_tells_when_a_viewer_was_last_noted(tmp_path):
    """A greeting depends on it: strangers, and those who were away for long."""
    keeper = MemoryKeeper(load_memory(tmp_path / "memory.db", now=NOW))
    keeper.remember(event(at=NOW + 5))
    keeper.memory.close()
    again = MemoryKeeper(load_memory(tmp_path / "memory.db", now=NOW + 9))

    assert (again.last_seen("anna"), again.last_seen("bob"), again.last_seen("")) == (NOW + 5, None, None)
    assert "bob" not in again.memory["users"]
    again.forget("anna")
    assert again.last_seen("anna") is None
    again.memory.close()
    assert NoMemory().last_seen("anna") is None


def test_a_deleted_comment_is_taken_back_from_the_file(tmp_path: Path):
    """The newest of the same words, and nothing else of the viewer; a stranger stays one."""
    file = tmp_path / "memory.db"
    keeper = MemoryKeeper(load_memory(file))
    for text in ("hi", "bad", "hi", "bad"):
        remember_event(keeper.memory, "anna", "comment", text)
    keeper.memory.flush()
    keeper.unsay("anna", "bad")
    keeper.unsay("anna", "never said")
    keeper.unsay("stranger", "bad")
    keeper.unsay("", "bad")
    keeper.memory.close()

    kept = load_memory(file)
    assert [*kept["users"]["anna"]["comments"]] == ["hi", "bad", "hi"]
    assert kept["users"]["anna"]["comment_total"] == 3
    assert [*kept["users"]] == ["anna"]
    kept.close()


@pytest.mark.parametrize("ask", [memory_room.get_background_info, memory_room.relations_of])
def test_asking_about_one_viewer_never_reads_the_names_of_all(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a hundred thousand viewers in the file each comment would stop everything."""
    memory = load_memory(tmp_path / "memory.db")
    remember_event(memory, "anna", "gift", "Rose")
    monkeypatch.setattr(memory.store, "names", lambda: pytest.fail("all names were read"))  # the dear way, forbidden

    assert ask(memory, "anna")
    assert ask(memory, "nobody") in {"", frozenset({"new"})}
    memory.close()
