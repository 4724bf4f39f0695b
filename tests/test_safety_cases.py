"""What the streamer taught stays taught: each word that was allowed or blocked on the dashboard is a case."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings import Settings

ROOT = Path(__file__).parent.parent
FILES = (Path(__file__).parent / "safety_cases.jsonl", ROOT / "safety_cases.jsonl")
"""Ours, and that of whoever runs the tests beside their settings."""


def cases(file: Path) -> dict[str, str]:
    """word -> allowed or blocked, as it was said last; a line that a crash cut off is none."""
    found: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            case = json.loads(line)
        except ValueError:
            continue
        found.pop(case["word"].casefold(), None)
        found[case["word"].casefold()] = case["expect"]
    return found


def lists(expected: str, file: Path) -> list[str]:
    return [word for word, expect in cases(file).items() if expect == expected]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_the_gate_keeps_to_what_it_was_taught(file: Path):
    gate: Any = pytest.importorskip("mind.gate", reason="the gate is not built yet")
    taught = {"allow": lists("allowed", file), "block": lists("blocked", file)}
    mouth = gate.SafeMouth(Settings.of({"safety": taught}))
    said = {word: mouth.check(f"I like {word} today.", kind="answer").text.casefold() for word in cases(file)}
    wrong = [word for word, expect in cases(file).items() if (word in said[word]) != (expect == "allowed")]
    assert wrong == []


def test_the_last_word_counts_and_half_a_line_is_none(tmp_path: Path):
    file = tmp_path / "safety_cases.jsonl"
    lines = [
        '{"word": "A", "expect": "allowed", "at": 1}',
        '{"word": "b',
        '{"word": "a", "expect": "blocked", "at": 2}',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert cases(file) == {"a": "blocked"}


def test_our_own_cases_are_read():
    assert set(cases(FILES[0]).values()) == {"allowed", "blocked"}
