"""`--rehearse` as a streamer or a CI types it: a card, an exit code, and one line for what makes no sense."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text("style: {language: de}\n", encoding="utf-8")
    return file


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments], cwd=cwd, capture_output=True, text=True,
        encoding="utf-8", timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_a_rehearsal_ends_in_a_card_in_the_streamers_language_and_leaves_nothing(settings: Path, tmp_path: Path):
    ended = run("--rehearse", "60", "--settings", str(settings), cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Generalprobe 1: 1.0 Min., 60 Ereignisse pro Minute")
    assert ended.stdout.splitlines()[-1].startswith("Bestanden")
    assert ended.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["settings.yaml"]


def test_a_missed_limit_is_named_and_gives_its_own_exit_code(settings: Path, tmp_path: Path):
    settings.write_text("rehearsal: {max_answer_p95: 0.1}\n", encoding="utf-8")
    ended = run("--rehearse", "60", "--intensity", "busy", "--settings", str(settings), cwd=tmp_path)

    assert ended.returncode == 3
    assert "rehearsal.max_answer_p95" in ended.stdout


def test_json_is_all_that_is_printed_and_follows_seed_and_intensity(settings: Path, tmp_path: Path):
    options = ("--rehearse", "30", "--intensity", "90", "--seed", "7", "--json", "--settings", str(settings))
    first, second = (run(*options, cwd=tmp_path) for _ in range(2))
    card = json.loads(first.stdout)

    assert first.stdout == second.stdout
    assert (card["seed"], card["per_minute"], card["seconds"], card["passed"]) == (7, 90, 30, True)


def test_a_console_that_lacks_letters_still_shows_the_card(settings: Path, tmp_path: Path):
    ended = run("--rehearse", "10", "--settings", str(settings), cwd=tmp_path, PYTHONIOENCODING="ascii")

    assert ended.returncode == 0, ended.stderr
    assert "Generalprobe" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--rehearse", "0"], "'0'"),
        (["--rehearse", "-5"], "'-5'"),
        (["--rehearse", "soon"], "soon"),
        (["--rehearse", "nan"], "nan"),
        (["--rehearse", "1e3"], "1e3"),
        (["--rehearse", "1.2.3"], "1.2.3"),
        (["--rehearse", "99999999"], "99999999"),
        (["--rehearse", "٣٠"], "٣٠"),
        (["--rehearse", "--intensity", "loud"], "loud"),
        (["--rehearse", "--intensity", "-1"], "-1"),
        (["--rehearse", "--intensity", "inf"], "inf"),
        (["--rehearse", "--seed", "-1"], "-1"),
        (["--rehearse", "--seed", "x"], "x"),
        (["--rehearse", "--seed", "9" * 30], "9" * 30),
        (["--rehearse", "--gui"], "--gui"),
        (["--rehearse", "--demo"], "--demo"),
        (["--seed", "0"], "--rehearse"),
        (["--json"], "--rehearse"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]):
    import main

    with pytest.raises(SystemExit) as left:
        main.main(arguments)
    told = capsys.readouterr().err

    assert left.value.code == 2
    assert len(told.splitlines()) == 1
    assert word in told


def test_bad_settings_are_told_in_one_line(settings: Path, tmp_path: Path):
    settings.write_text("rehearsal: {min_gift_accuracy: 2}\n", encoding="utf-8")
    ended = run("--rehearse", "--settings", str(settings), cwd=tmp_path)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "rehearsal.min_gift_accuracy" in ended.stderr
