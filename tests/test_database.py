"""memory.db (store/database, schema, tidying, index): older files, killed writers, full and taken disks, decay on disk."""

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import memory_v1
import pytest

from events import LinkState
from memory import get_background_info, load_memory, remember_event
from store import database, index, schema
from store.archive import Archive

ROOT = Path(__file__).resolve().parent.parent
NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def old_file(file: Path) -> None:
    anna = memory_v1.record(
        first_seen=NOW - 9,
        last_seen=NOW,
        comments=["grüße 🌹", "I like chess"],
        comment_total=7,
        nickname="Änna",
        mood=1,
    )
    ben = memory_v1.record(last_seen=NOW, gifts=["Rose"] * 3, gift_total=3, diamonds=3)
    memory_v1.write(file, {"anna": anna, "ben": ben}, created=NOW - 99)


# Older files


def test_a_file_of_the_first_version_is_brought_up_to_date_with_nothing_lost(file: Path):
    old_file(file)
    before = file.read_bytes()
    memory = load_memory(file, now=NOW)
    anna = memory["users"]["anna"]

    assert (memory.problem, memory["created"]) == ("", NOW - 99)
    assert (list(anna["comments"]), list(anna["comment_times"])) == (["grüße 🌹", "I like chess"], [NOW, NOW])
    assert (anna["nickname"], anna["mood"], anna["comment_total"]) == ("Änna", 1, 7)
    assert get_background_info(memory, "ben") == "ben: 3 gifts"
    memory.close()
    assert [one["text"] for one in Archive(file, clock=lambda: NOW).search("chess")] == ["I like chess"]
    (copy,) = file.parent.glob("memory.db.backup-*")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT COUNT(*) FROM viewers").fetchone() == (2,)
    connection.close()
    assert before != file.read_bytes()
    load_memory(file, now=NOW).close()
    assert len(list(file.parent.glob("memory.db.backup-*"))) == 1, "only when something is changed"


def test_a_row_that_cannot_be_read_costs_one_viewer_and_not_the_migration(file: Path):
    old_file(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE viewers SET record = CAST(x'ff00fe' AS TEXT) WHERE username = 'ben'")
    connection.close()
    memory = load_memory(file, now=NOW)

    assert memory.problem == ""
    assert (get_background_info(memory, "anna"), get_background_info(memory, "ben")) == ("anna: 7 comments", "")
    memory.close()


def test_a_migration_that_fails_halfway_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch):
    """All at once or not at all; the next start tries again."""
    old_file(file)
    original = schema.write_row

    def full(connection: sqlite3.Connection, name: str, row: object) -> object:
        if name == "ben":
            connection.execute("PRAGMA max_page_count = 1")  # SQLite itself says that the disk is full
            raise OSError(28, "No space left on device")
        return original(connection, name, row)  # type: ignore[arg-type]

    monkeypatch.setattr(schema, "write_row", full)  # the moment of a full disk cannot be chosen from outside
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "meanwhile", at=NOW)
    assert memory.problem == "memory_disk_full"
    monkeypatch.undo()
    assert memory.flush()
    assert list(memory["users"]["anna"]["comments"]) == ["grüße 🌹", "I like chess", "meanwhile"]
    memory.close()


def test_a_large_old_file_is_not_waited_for(file: Path, monkeypatch: pytest.MonkeyPatch):
    """Start is not held up: the bot begins in RAM, and what it noted meanwhile is joined with the file."""
    old_file(file)
    monkeypatch.setattr(database, "BIG", 0)
    memory = load_memory(file, now=NOW)
    assert (memory.problem, memory.link.state) == ("memory_upgrading", LinkState.ERROR)
    remember_event(memory, "anna", "comment", "early bird", at=NOW)
    assert memory.flush()
    assert get_background_info(memory, "anna") == "anna: 8 comments"
    memory.close()


# Decay


def test_the_words_of_comments_go_before_their_writers(file: Path):
    """On disk, out of the index too; that somebody wrote, and how often, stays."""
    memory = load_memory(file, now=NOW, facts=True)
    for number in range(40):
        remember_event(memory, f"viewer{number}", "comment", "i live in Oldtown", at=NOW - 31 * DAY)
        remember_event(memory, f"viewer{number}", "comment", "freshly written", at=NOW - 1 * DAY)
    memory.close()
    assert b"oldtown" in everything_in(file.parent), "the index has its words"
    again = load_memory(file, now=NOW, comment_days=30)
    assert again.flush()
    viewer = again["users"]["viewer7"]
    again.close()

    assert list(viewer["comments"]) == ["freshly written"]
    assert (viewer["comment_total"], viewer["last_topic"]) == (2, "")
    assert viewer["facts"] == [{"text": "lives in Oldtown", "source": "", "at": NOW - 31 * DAY}]
    assert b"i live in Oldtown" not in everything_in(file.parent)
    assert Archive(file, clock=lambda: NOW).search("oldtown")[0]["kind"] == "fact"


def test_much_that_is_old_goes_a_little_at_a_time(file: Path, monkeypatch: pytest.MonkeyPatch):
    """No turn takes long, however much there is; meanwhile nobody old is known."""
    memory = load_memory(file, 0, now=NOW)
    for number in range(1000):
        remember_event(memory, f"old{number}", "comment", f"secret {number}", at=NOW - 91 * DAY)
    remember_event(memory, "new", "comment", "hi", at=NOW)
    memory.close()
    monkeypatch.setattr(database, "TENDING_SECONDS", -1.0)
    again = load_memory(file, now=NOW)

    assert not again.store.tidy
    assert list(again["users"]) == ["new"]
    assert get_background_info(again, "old500") == ""
    turns = 0
    while not again.store.tidy:
        assert again.flush()
        turns += 1
    assert turns > 3
    again.close()
    assert b"secret" not in everything_in(file.parent)


def test_who_is_forgotten_leaves_no_word_in_the_index(file: Path):
    """Words stand in pieces of the index that are merged later: all of them are gone, not only no longer found."""
    memory = load_memory(file, now=NOW)
    for number in range(300):
        remember_event(memory, "bob", "comment", f"ordinary talk number {number}", at=NOW)
        remember_event(memory, "secretname", "comment", f"zebrafink{number} flies", at=NOW)
        if not number % 50:
            memory.flush()
    memory.flush()
    assert b"zebrafink2" in everything_in(file.parent)
    memory.forget("secretname")
    while memory.flush() and not memory.store.tidy:
        pass
    left = everything_in(file.parent)

    assert b"zebraf" not in left
    assert b"secretname" not in left
    assert len(Archive(file, clock=lambda: NOW).search("ordinary number")) == 50
    memory.close()


def test_a_comment_that_was_taken_back_is_not_found_any_more(file: Path):
    memory = load_memory(file, now=NOW)
    for text in ("one two three", "badword here", "four five six"):
        remember_event(memory, "anna", "comment", text, at=NOW)
    memory.flush()
    from memory import MemoryKeeper

    MemoryKeeper(memory).unsay("anna", "badword here")
    while memory.flush() and not memory.store.tidy:
        pass
    assert b"badword" not in everything_in(file.parent)
    memory.close()


# Another program


STRAY = """
    import sys, time
    from memory import load_memory, remember_event
    memory = load_memory(sys.argv[1])
    remember_event(memory, "anna", "comment", "from the first one")
    memory.flush()
    print(memory.problem or "fine", flush=True)
    sys.stdin.readline()
    memory.close()
"""


def start(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.mark.parametrize("name", ["memory.db", "memory.json"])
@pytest.mark.parametrize("killed", [False, True])
def test_a_second_palfriend_goes_on_in_ram_says_who_has_the_file_and_takes_over(
    tmp_path: Path, name: str, killed: bool
):
    """Two that write by turns would each undo what the other wrote."""
    file = tmp_path / name
    first = start(STRAY, str(file))
    assert first.stdout
    assert first.stdout.readline() == "fine\n"
    memory = load_memory(file)
    remember_event(memory, "anna", "comment", "from the second one")

    assert memory.problem == "memory_taken"
    assert memory.link.state is LinkState.ERROR
    assert dict(memory.link.params) == {"file": name, "aside": "", "pid": str(first.pid)}
    assert not memory.flush()
    if killed:
        first.kill()
    first.communicate("\n", timeout=30)
    assert memory.flush()
    assert memory.problem == ""
    assert list(memory["users"]["anna"]["comments"]) == ["from the first one", "from the second one"]
    memory.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


FULL = """
    import resource, signal, sys
    from memory import load_memory, remember_event
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    memory = load_memory(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
    for number in range(2000):
        remember_event(memory, f"viewer{number}", "comment", "x" * 500)
    print(memory.flush(), memory.problem, memory["users"]["viewer7"]["comment_total"], flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(memory.flush(), memory.problem or "fine", flush=True)
    memory.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes is a thing of POSIX")
@pytest.mark.parametrize("name", ["memory.db", "memory.json"])
def test_a_disk_that_takes_no_more_is_told_and_everything_is_written_once_it_does(tmp_path: Path, name: str):
    file = tmp_path / name
    process = start(FULL, str(file))
    told = process.communicate(timeout=60)[0].splitlines()

    assert told[0] in {
        "False memory_disk_full 1",
        "False memory_failed 1",
    }  # SQLite knows a limit from no other failure
    assert told[1] == "True fine"
    memory = load_memory(file)
    assert len(memory["users"]) == 2000
    memory.close()


# Damage


def test_damage_in_a_file_that_was_not_closed_is_found_at_the_start(file: Path):
    """A kill cannot damage it, a failing disk can: whoever was killed is looked through."""
    memory = load_memory(file, now=NOW)
    for number in range(2000):
        remember_event(memory, f"viewer{number}", "comment", "hello " * 20, at=NOW)
    memory.flush()
    memory.store._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    snapshot = file.read_bytes()
    memory.close()
    broken = bytearray(snapshot)
    broken[4096 * 30 : 4096 * 60] = b"\xa5" * 4096 * 30
    file.write_bytes(broken)
    again = load_memory(file, now=NOW)

    assert again.problem == "memory_corrupt"
    assert (file.parent / again.store.aside).read_bytes() == bytes(broken)
    again.close()


def test_damage_in_a_file_that_was_closed_is_found_at_the_start(file: Path):
    """A disk spoils what lies on it, whoever wrote it well."""
    memory = load_memory(file, now=NOW)
    for number in range(2000):
        remember_event(memory, f"viewer{number}", "comment", "hello " * 20, at=NOW)
    memory.close()
    broken = bytearray(file.read_bytes())
    pages = [at for at in range(0, len(broken), 4096) if broken[at : at + 4096].count(b'"first_seen"') > 2]
    page = pages[len(pages) // 2]
    broken[page : page + 4096] = b"\xa5" * 4096
    file.write_bytes(broken)
    again = load_memory(file, now=NOW)

    assert again.problem == "memory_corrupt"
    assert (file.parent / again.store.aside).read_bytes() == bytes(broken)
    again.close()


def test_a_file_whose_plan_cannot_even_be_read_as_text_is_set_aside(file: Path):
    """SQLite then complains with the damaged words in its message, which is no text either."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "hello", at=NOW)
    memory.close()
    whole = file.read_bytes()
    assert b"ON viewers (last_seen)" in whole
    file.write_bytes(whole.replace(b"ON viewers (last_seen)", b"ON viewers (l\xe9\xa4t_seen)"))
    memory = load_memory(file, now=NOW)

    assert memory.problem == "memory_corrupt"
    assert memory.store.aside
    remember_event(memory, "anna", "comment", "hello again", at=NOW)
    assert memory.flush()
    memory.close()


@pytest.mark.parametrize(
    ("damage", "whose"),
    [
        ("username = CAST(x'7affff' AS TEXT)", "zoe"),
        ("record = CAST(x'7bff7d' AS TEXT)", "anna"),
        ("last_seen = 'never'", "anna"),
        ("last_seen = x'00'", "zoe"),
    ],
)
def test_one_damaged_row_keeps_nobody_else_from_being_known(file: Path, damage: str, whose: str):
    """Be it the first or the last one; and whoever goes through all of them comes to an end."""
    memory = load_memory(file, now=NOW)
    for name in ("anna", "ben", "zoe"):
        remember_event(memory, name, "comment", "hello", at=NOW)
    memory.close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE viewers SET {damage} WHERE username = '{whose}'")  # noqa: S608 - our own words
    connection.close()
    memory = load_memory(file, now=NOW)

    assert memory.problem == ""
    assert "ben" in list(memory["users"])
    assert list(memory["users"]["ben"]["comments"]) == ["hello"]
    assert "ben" in {viewer["username"] for viewer in Archive(file, clock=lambda: NOW).viewers()["viewers"]}
    remember_event(memory, whose, "comment", "hello again", at=NOW)
    assert memory.flush()
    memory.close()


def test_a_large_file_is_looked_through_beside_everything_else(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "CHECKED_AT_ONCE", 0)
    memory = load_memory(file, now=NOW)
    for number in range(2000):
        remember_event(memory, f"viewer{number}", "comment", "hello " * 20, at=NOW)
    memory.flush()
    memory.store._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    broken = bytearray(file.read_bytes())
    memory.close()
    pages = [at for at in range(0, len(broken), 4096) if broken[at : at + 4096].count(b'"first_seen"') > 2]
    page = pages[len(pages) // 2]
    broken[page : page + 4096] = b"\xa5" * 4096
    file.write_bytes(broken)
    memory = load_memory(file, now=NOW)

    assert memory.problem == ""
    with pytest.raises(sqlite3.DatabaseError):
        memory.store.care(NOW)
    memory.close()


def test_an_index_that_this_sqlite_cannot_read_is_made_anew(file: Path):
    """It is only made from the texts, so nothing is lost with it."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "purple elephants", at=NOW)
    memory.close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE words_config SET v = 99 WHERE k = 'version'")
    connection.close()
    memory = load_memory(file, now=NOW)
    memory.flush()

    assert memory.problem == ""
    memory.close()
    assert [one["username"] for one in Archive(file, clock=lambda: NOW).search("elephants")] == ["anna"]


def test_without_fts5_memory_works_and_search_looks_through(file: Path, monkeypatch: pytest.MonkeyPatch):
    """A Python without it is rare and cannot be had here, so the statement that makes the index is broken."""
    monkeypatch.setattr(index, "WORDS", schema.WORDS.replace("fts5", "fts_none"))
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "purple elephants", at=NOW)
    remember_event(memory, "ben", "comment", "green elephants", at=NOW)
    assert memory.flush()
    memory.forget("ben")
    assert memory.flush()
    assert (memory.link.state, memory.problem) == (LinkState.UP, "memory_no_search")
    archive = Archive(file, clock=lambda: NOW)

    assert [one["text"] for one in archive.search("elephants")] == ["purple elephants"]
    assert archive.statistics()["searchable"] is False
    memory.close()


@pytest.mark.parametrize(
    "query", ['"', 'a"b OR c*', "NEAR(a b)", "text:x", "x' OR 1=1", "* ^ -", "\0", "(" * 5000, "é" * 9999, "🌹"]
)
def test_no_sign_of_a_query_language_gets_into_a_search(file: Path, query: str):
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "hello there", at=NOW)
    memory.close()
    assert Archive(file, clock=lambda: NOW).search(query) == []


@pytest.mark.parametrize(
    ("text", "query"), [("こんにちは世界", "世界"), ("Grüße aus KÖLN", "koln"), ("Minecraft stream", "mine")]
)
def test_words_are_found_in_any_script_and_by_their_beginning(file: Path, text: str, query: str):
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", text, at=NOW)
    memory.close()
    assert [one["text"] for one in Archive(file, clock=lambda: NOW).search(query)] == [text]


def test_only_this_user_may_read_the_file(file: Path):
    if sys.platform == "win32":
        pytest.skip("the folder decides there")
    load_memory(file).close()
    assert file.stat().st_mode & 0o077 == 0


def test_the_record_on_disk_is_json_and_texts_lie_beside_it(file: Path):
    """docs/memory.md tells what lies where."""
    memory = load_memory(file, now=NOW)
    remember_event(memory, "anna", "comment", "hi there you", at=NOW)
    memory.close()
    with sqlite3.connect(file) as connection:
        (raw,) = connection.execute("SELECT record FROM viewers").fetchone()
        texts = connection.execute("SELECT username, kind, at, text FROM texts").fetchall()
    connection.close()
    assert not {"comments", "notes", "last_topic"} & json.loads(raw).keys()
    assert texts == [("anna", "comment", NOW, "hi there you")]
