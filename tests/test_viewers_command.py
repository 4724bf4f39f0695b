"""Viewers on the command line, as a process of its own: forgotten, exported, imported, brought back; never half-way."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memory import load_memory, remember_event
from settings import Settings, save_settings
from store.lock import Lock
from tests.test_everywhere import NICK, NUMBER, WORDS, ZOE, evening, told
from tests.web_house import eventually
from tests.whole_house import in_files, staged

ROOT = Path(__file__).parent.parent


def palfriend(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), "--settings", str(folder / "settings.yaml"), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=100, check=False, cwd=folder
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A memory of fifty viewers, and Zoe."""
    save_settings(Settings(), tmp_path / "settings.yaml")
    memory = load_memory(tmp_path / "memory.db")
    for number in range(50):
        remember_event(memory, f"viewer{number}", "comment", f"words {number}", user_id=f"id{number}")
    remember_event(memory, ZOE, "comment", "about a zebra", nickname=NICK, user_id=NUMBER)
    memory.close()
    return tmp_path


def people(folder: Path) -> list[str]:
    memory = load_memory(folder / "memory.db")
    names = sorted(memory["users"])
    memory.close()
    return names


def test_after_a_live_somebody_is_forgotten_in_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with staged(tmp_path, monkeypatch) as stage:
        evening(stage)
        eventually(lambda: told(stage))
    assert {name.split(".")[0].split("/")[0] for name in in_files(tmp_path, *WORDS)} == {
        "memory",
        "gifts",
        "recordings",
    }
    done = palfriend(tmp_path, "--forget", f"@{ZOE}")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Forgotten everywhere.\n")
    assert in_files(tmp_path, *WORDS) == []
    assert in_files(tmp_path, "ben")
    again = palfriend(tmp_path, "--forget", ZOE)
    assert (again.returncode, again.stdout) == (0, "Nothing was known of this viewer.\n")


@pytest.mark.parametrize("options", [("--forget", ZOE), ("--memory-restore",), ("--memory-import", "other.json")])
def test_nothing_is_changed_while_palfriend_is_open_with_these_settings(options: tuple[str, ...], folder: Path):
    """It would go on with what it has in hand."""
    (folder / "other.json").write_text('{"users": {}}', encoding="utf-8")
    lock = Lock(folder / "settings.yaml")
    lock.take()
    try:
        done = palfriend(folder, *options)
    finally:
        lock.release()

    assert done.returncode == 1
    assert "dashboard" in done.stderr
    assert done.stderr.count("\n") == 1
    assert ZOE in people(folder)


def test_a_house_that_is_open_says_so_to_the_command_line(folder: Path):
    """The real process, and gone with it however it ends."""
    command = [sys.executable, str(ROOT / "main.py"), "--settings", str(folder / "settings.yaml"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as house:
        assert house.stdout is not None
        assert "is here" in house.stdout.readline()
        refused = palfriend(folder, "--forget", ZOE)
        house.kill()
    done = palfriend(folder, "--forget", ZOE)

    assert (refused.returncode, str(house.pid) in refused.stderr) == (1, True)
    assert done.returncode == 0
    assert ZOE not in people(folder)


def test_a_viewer_is_exported_whole_and_a_stranger_is_not(folder: Path):
    found: dict[str, Any] = json.loads(palfriend(folder, "--export-viewer", ZOE).stdout)

    assert found["memory"]["comments"] == ["about a zebra"]
    assert found["memory"]["nickname"] == NICK
    nobody = palfriend(folder, "--export-viewer", "nobody")
    assert (nobody.returncode, nobody.stdout, nobody.stderr) == (1, "", "Nobody of this name is known.\n")


@pytest.mark.parametrize("name", ["copy.json", "copy.db"])
def test_a_memory_goes_out_and_comes_back_and_can_be_undone(name: str, folder: Path):
    """Doing it twice changes nothing; a backup is made before; the file it came from stays as it was."""
    copy = folder / name
    out = palfriend(folder, "--memory-export", str(copy))
    assert (out.returncode, "51 viewers" in out.stdout) == (0, True)
    assert palfriend(folder, "--forget", "viewer7").returncode == 0
    before = copy.read_bytes()
    for _ in range(2):
        done = palfriend(folder, "--memory-import", str(copy))
        assert (done.returncode, "51 viewers" in done.stdout) == (0, True), done.stderr
        assert "--memory-restore memory.db.backup-" in done.stdout

    assert copy.read_bytes() == before
    assert "viewer7" in people(folder)
    memory = load_memory(folder / "memory.db")
    assert memory["users"]["viewer3"]["comment_total"] == 1
    memory.close()
    first = min(file.name for file in folder.glob("memory.db.backup-*"))
    assert palfriend(folder, "--memory-restore", first).returncode == 0
    assert "viewer7" not in people(folder)
    assert palfriend(folder, "--memory-restore").returncode == 0
    assert "viewer7" in people(folder), "what was in its place is the newest backup"


REFUSED = {
    "missing": ("none.json", None, "There is no file"),
    "no memory": ("notes.json", b'["a", "list"]', "is not a memory"),
    "half": ("half.json", b'{"users": {"a": {"comm', "is not a memory"),
    "pretends": ("picture.json", b"\x89PNG\r\n", "is not a memory"),
    "pretends to be SQLite": ("text.db", b'{"users": {}}', "is not a memory"),
    "damaged": ("broken.db", b"SQLite format 3\0" + b"x" * 5000, "is not a memory"),
    "deep": ("deep.json", b'{"users":' + b"[" * 100_000, "is not a memory"),
    "binary": ("bin.json", b'{"users": {"\xff": {}}}', "is not a memory"),
}


@pytest.mark.parametrize(("name", "content", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_memory_is_not_imported_and_changes_nothing(
    name: str, content: bytes | None, says: str, folder: Path
):
    if content is not None:
        (folder / name).write_bytes(content)
    before = people(folder)
    done = palfriend(folder, "--memory-import", str(folder / name))

    assert (done.returncode, says in done.stderr) == (1, True), done.stderr
    assert done.stderr.count("\n") == 1
    assert people(folder) == before


def test_an_import_takes_what_is_odd_as_it_can_be_understood(folder: Path):
    """A file of the design's form that somebody edited: wrong types and hostile names are no reason to lose the rest."""
    users = {"ok": {"comments": ["hi"], "gifts": 7, "likes": "many"}, "": {}, "x" * 500: {"nickname": None}, "list": []}
    (folder / "odd.json").write_text(json.dumps({"created": "yesterday", "users": users}), encoding="utf-8")
    done = palfriend(folder, "--memory-import", str(folder / "odd.json"))

    assert done.returncode == 0, done.stderr
    assert {"ok", "x" * 200, ZOE} <= {*people(folder)}


def test_an_export_overwrites_nothing(folder: Path):
    (folder / "mine.json").write_text("precious", encoding="utf-8")
    done = palfriend(folder, "--memory-export", str(folder / "mine.json"))

    assert (done.returncode, "exists already" in done.stderr) == (1, True)
    assert (folder / "mine.json").read_text("utf-8") == "precious"


@pytest.mark.parametrize(
    "options",
    [
        ("--forget", "a", "--export-viewer", "b"),
        ("--forget", "a", "--demo"),
        ("--forget", " @ "),
        ("--forget", "a", "--gui"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_line(options: tuple[str, ...], folder: Path):
    done = palfriend(folder, *options)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert ZOE in people(folder)


def test_a_settings_file_that_is_not_there_is_not_made(tmp_path: Path):
    """A slip of the pen would end in "nobody is known"."""
    done = palfriend(tmp_path, "--forget", ZOE)

    assert (done.returncode, "no settings file" in done.stderr) == (1, True)
    assert not [*tmp_path.iterdir()]
