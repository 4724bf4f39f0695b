"""The streamer's notes: the passage that answers a question is found with its source, whatever anybody types."""

import itertools
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.knowledge import LOOK_SECONDS, Knowledge
from settings import Settings, load_settings
from store.passages import LONGEST_PASSAGE, NoSearchError, Passage, Passages, cut

NOTES = """# Schedule
I stream every Tuesday and Friday at 20:00.

## Holidays
No streams in August, when I am in Norway.

# Spiele
Am liebsten spiele ich Aufbauspiele, gerade Anno. Meine Größte Stadt heißt Pixelhausen.

# 中文
我最喜欢的颜色是蓝色。
"""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "about.md").write_text(NOTES, encoding="utf-8")
    return load_settings(tmp_path / "settings.yaml")


@pytest.mark.parametrize(
    ("question", "source", "word"),
    [
        ("when do you stream on friday?", "about.md › Schedule", "Tuesday"),
        ("are you streaming in august?", "about.md › Holidays", "Norway"),
        ("was ist dein lieblingsspiel, anno?", "about.md › Spiele", "Anno"),
        ("wie heißt deine GROSSTE STADT", "about.md › Spiele", "Pixelhausen"),
        ("HOLIDAY?", "about.md › Holidays", "August"),
        ("你喜欢什么颜色", "about.md › 中文", "蓝色"),
    ],
)
def test_the_best_passage_comes_first_with_its_source(question: str, source: str, word: str, settings: Settings):
    found = Knowledge(settings).search(question)

    assert found[0].source == source
    assert word in found[0].text


@pytest.mark.parametrize("question", ["what is it?", "wie geht es dir", "zzz qqq", "", "   ", "???", "🔥"])
def test_a_question_that_has_nothing_to_do_with_the_notes_finds_none(question: str, settings: Settings):
    """Words that every question has find nothing."""
    assert Knowledge(settings).search(question) == []


@pytest.mark.parametrize(
    "question",
    ['"', '"friday', "friday AND", "NEAR(friday, 1)", "friday*", "source:friday", "^friday", "-friday", "(friday", "friday OR", "{friday} : x",
     "'; DROP TABLE passages; --", "friday\0", "friday\ud800", "friday + ", "text MATCH 'friday'"],
)  # fmt: skip
def test_signs_of_the_query_language_are_just_signs(question: str, settings: Settings):
    knowledge = Knowledge(settings)
    knowledge.search(question)

    assert knowledge.search("friday")[0].source == "about.md › Schedule"


@given(st.text(max_size=300))
def test_any_question_can_be_searched_for(question: str):
    index = Passages(cut("about.md", NOTES))
    assert len(index.search(question, 3)) <= 3
    index.close()


def test_without_notes_nothing_is_found(tmp_path: Path):
    assert Knowledge(load_settings(tmp_path / "settings.yaml")).search("friday") == []


def test_questions_of_several_threads_disturb_nobody_while_the_notes_change(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """Each look finds another folder, so an index is replaced at every question."""

    class Slow(Passages):
        """Searching takes long enough for another thread to come."""

        def search(self, *asked: Any) -> list[Passage]:
            time.sleep(0.005)
            return super().search(*asked)

    monkeypatch.setattr("mind.knowledge.Passages", Slow)
    seconds = itertools.count(0, LOOK_SECONDS + 1)
    knowledge = Knowledge(settings, clock=lambda: float(next(seconds)))
    note = settings.beside("knowledge") / "more.md"

    def ask(number: int) -> str:
        note.write_text("x" * number, encoding="utf-8")
        return knowledge.search("friday")[0].source

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(50))) == {"about.md › Schedule"}


def test_a_change_of_the_folder_counts_at_the_next_look(settings: Settings):
    clock = Clock()
    knowledge = Knowledge(settings, clock=clock)
    knowledge.search("friday")
    new = settings.beside("knowledge") / "new.md"
    new.write_text("My cat is called Schnurri.", encoding="utf-8")
    assert knowledge.search("schnurri") == []
    clock.now += LOOK_SECONDS
    assert knowledge.search("schnurri") == [Passage("new.md", "My cat is called Schnurri.")]
    new.unlink()
    clock.now += LOOK_SECONDS
    assert knowledge.search("schnurri") == []
    knowledge.close()
    assert knowledge.search("friday")


def test_files_that_cannot_be_used_are_told_and_the_others_are_searched(
    settings: Settings, caplog: pytest.LogCaptureFixture
):
    folder = settings.beside("knowledge")
    (folder / "broken.md").write_bytes(b"friday \xff\xfe")
    (folder / "large.md").write_bytes(b"friday " * 200_000)
    (folder / "folder.md").mkdir()
    (folder / "other.txt").write_text("friday", encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")

    assert [passage.source for passage in Knowledge(settings).search("friday")] == ["about.md › Schedule"]
    assert "broken.md is not UTF-8" in caplog.text
    assert "large.md is too large" in caplog.text
    assert "Tuesday" not in caplog.text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="rights of POSIX, and not as root")
def test_a_folder_that_may_not_be_read_is_told(settings: Settings, caplog: pytest.LogCaptureFixture):
    folder = settings.beside("knowledge")
    folder.chmod(0)
    try:
        assert Knowledge(settings).search("friday") == []
    finally:
        folder.chmod(0o700)
    assert "cannot be read" in caplog.text


def test_an_sqlite_without_search_is_told_and_the_pal_goes_on(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.passages.CREATE", "CREATE VIRTUAL TABLE passages USING no_such_module(x)")
    with pytest.raises(NoSearchError):
        Passages()

    assert Knowledge(settings).search("friday") == []
    assert "FTS5" in caplog.text


def test_long_paragraphs_are_cut_at_sentences():
    text = "A sentence of some length stands here. " * 40
    found = cut("a.md", text)

    assert all(len(passage.text) <= LONGEST_PASSAGE for passage in found)
    assert all(passage.text.endswith("here.") for passage in found)
    assert " ".join(passage.text for passage in found) == text.strip()


@given(st.text(max_size=2000))
def test_cutting_loses_no_word(text: str):
    found = cut("a.md", text.replace("#", ""))

    assert all(0 < len(passage.text) <= LONGEST_PASSAGE for passage in found)
    assert "".join("".join(p.text for p in found).split()) == "".join(text.replace("#", "").split())


def test_the_search_knows_no_file(settings: Settings):
    """It lies in RAM: nothing of the notes is written anywhere."""
    Knowledge(settings).search("friday")

    assert {file.name for file in settings.file.parent.iterdir()} == {"knowledge", "settings.yaml"}
    assert sqlite3.threadsafety > 0
