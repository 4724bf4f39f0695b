"""The settings on the command line, also while a PalFriend runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from web_house import eventually

from settings import load_settings
from tuning.command import main
from tuning.watch import Watch

ROOT = Path(__file__).parent.parent
CANARY = "sk-canary-1234567890"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text("comment: {min_length: 7}\nmy_note: keep me\n", encoding="utf-8")
    return file


def run(file: Path, *arguments: str) -> tuple[int, list[str]]:
    said: list[str] = []
    code = main(["--settings", str(file), *arguments], said.append)
    return code, "\n".join(said).splitlines()


def test_what_would_change_is_shown_and_only_changed_when_that_is_wished(file: Path):
    other = file.with_name("other.yaml")
    other.write_text("comment: {min_length: 9}\nnonsense: 1\nopenai: {api_key: sk-foreign-1}\n", encoding="utf-8")
    before = file.read_bytes()
    shown = ["comment.min_length: 7 -> 9", "nonsense: left out", "openai.api_key: left out"]

    assert run(file, "import", str(other)) == (0, shown)
    assert file.read_bytes() == before
    assert run(file, "import", str(other), "--apply") == (0, shown)
    assert (load_settings(file).comment.min_length, load_settings(file)["my_note"]) == (9, "keep me")


def test_a_bad_file_changes_nothing_and_says_where(file: Path):
    other = file.with_name("other.yaml")
    other.write_text("comment:\n  min_length: 9\n  reply_threshold: 60\n", encoding="utf-8")
    code, said = run(file, "import", str(other), "--apply")

    assert code == 1
    assert 'comment.reply_threshold, line 3: must be a number from 0 to 1, not "60"' in said
    assert said[-1] == "Nothing was changed."
    assert load_settings(file).comment.min_length == 7
    assert run(file, "import", str(file.with_name("none.yaml")))[0] == 1
    file.write_text("comment: [\n", encoding="utf-8")
    assert run(file, "export")[0] == 1


def test_presets_profiles_and_defaults(file: Path):
    assert run(file, "preset", "hype", "--apply")[0] == 0
    assert load_settings(file).likes.first_milestone == 500
    assert run(file, "save", "Für Änne")[0] == 0
    assert run(file, "reset", "comment", "--apply")[0] == 0
    assert load_settings(file).comment.min_length == 3
    assert run(file, "list")[1] == ["chill", "family", "hype", "shop", "Für Änne"]
    assert "comment.min_length: 3 -> 7" in run(file, "load", "für änne", "--apply")[1]
    assert load_settings(file).comment.min_length == 7
    assert run(file, "delete", "Für Änne")[0] == 0
    assert run(file, "load", "Für Änne") == (1, ['There is none of the name "Für Änne".'])
    assert run(file, "preset", "none")[0] == 1
    assert run(file, "reset", "nonsense") == (1, ["nonsense: is no setting", "Nothing was changed."])


def test_what_is_exported_holds_no_secret(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    for form in ("yaml", "json"):
        code, said = run(file, "export", "--format", form)
        assert code == 0
        assert yaml.safe_load("\n".join(said))["comment"]["min_length"] == 7
        assert CANARY not in "\n".join(said)


def test_a_running_palfriend_takes_over_what_another_process_changes(file: Path):
    settings = load_settings(file)
    with Watch(settings):
        command = [sys.executable, "-m", "tuning.command", "--settings", str(file), "preset", "family", "--apply"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        assert 'safety.mode: "normal" -> "family"' in done.stdout
        eventually(lambda: settings.safety.mode == "family")

    assert settings.comment.min_length == 7


def test_a_console_without_the_letters_shows_question_marks(file: Path):
    """As Windows' consoles are."""
    run(file, "save", "😀 Änne")
    command = [sys.executable, "-m", "tuning.command", "--settings", str(file), "list"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=environment, check=False)

    assert done.returncode == 0, done.stderr
    assert "? Änne" in done.stdout.decode("cp1252")
