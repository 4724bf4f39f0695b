"""A viewer forgotten and exported from the window: real Tk, real `Viewers`, a real memory file."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playing import play

from bridge import Bridge
from gui import Tools
from live.viewers import Viewers, ViewersError
from memory import load_memory, remember_event
from settings import Settings, save_settings
from web.words import say
from window import viewers as room
from window.rights import kept_of, write_json

ZOE = "canary_zoe"
WORDS = "about a zebra 🦓"


@pytest.fixture
def viewers(file: Path) -> Viewers:
    """Those of a memory that knows Zoe and Ben; no bot runs."""
    settings = Settings()
    save_settings(settings, file)
    memory = load_memory(file.with_name("memory.db"))
    for name in (ZOE, "ben"):
        remember_event(memory, name, "comment", WORDS, nickname=name.title(), user_id=f"id-{name}")
    memory.close()
    return Viewers(settings, Bridge(None))


def tools_of(viewers: Viewers) -> Tools:
    """As `window.house` makes them."""
    return Tools(forget=lambda name: viewers.forget(name).as_json(), export=lambda name: kept_of(viewers.export, name))


def people(folder: Path) -> list[str]:
    memory = load_memory(folder / "memory.db")
    names = sorted(memory["users"])
    memory.close()
    return names


def words_of(question: Any) -> str:
    return "\n".join(str(child["text"]) for child in question._frame.winfo_children() if "text" in child.keys())  # noqa: SIM118 - a widget's options


def name(window: Any, what: str, typed: str) -> Iterator[Any]:
    """Press the button and answer with this name."""
    window.pages.turn_to("memory")
    yield window.desk.buttons[what].winfo_viewable
    window.desk.buttons[what].invoke()
    asking = window.desk.asking
    yield asking.question.window.winfo_viewable
    asking.entry.insert(0, typed)
    asking.question.answers[1].invoke()


def asked(window: Any) -> Any:
    return lambda: window.question is not None and window.question.window.winfo_exists()


def idle(window: Any) -> Any:
    return lambda: not window.errands.awaited


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_viewer_is_forgotten_once_that_is_confirmed(opened, viewers, tmp_path, language):
    window = opened(tools=tools_of(viewers), language=language)

    def script():
        yield from name(window, "forget", f"  @{ZOE} ")
        yield asked(window)
        assert ZOE in words_of(window.question)
        assert people(tmp_path) == ["ben", ZOE]
        window.question.answers[1].invoke()
        yield asked(window)
        words = words_of(window.question)
        assert say("forgetting.done", language) in words
        assert say("forgetting.place.memory", language, count=1) in words
        assert window.desk.buttons["forget"].instate(["!disabled"])

    play(window, script)
    assert people(tmp_path) == ["ben"]
    assert ZOE.encode() not in (tmp_path / "memory.db").read_bytes()


def test_who_says_no_has_forgotten_nobody(opened, viewers, tmp_path):
    """Cancel is also what Escape means, and where the cursor is."""
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "forget", ZOE)
        yield asked(window)
        window.question.answers[0].invoke()
        assert not window.errands.awaited
        window.desk.buttons["forget"].invoke()
        window.desk.asking.question.answers[0].invoke()
        assert not window.errands.awaited
        assert not window.question.window.winfo_exists()

    play(window, script)
    assert people(tmp_path) == ["ben", ZOE]


def test_a_name_of_nobody_is_told_so(opened, viewers, tmp_path):
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "forget", "[exit] {x} $y")
        yield asked(window)
        assert "[exit] {x} $y" in words_of(window.question)
        window.question.answers[1].invoke()
        yield asked(window)
        assert "Nothing was known" in words_of(window.question)
        yield from name(window, "export", "nobody")
        yield lambda: asked(window)() and "Nobody of this name" in words_of(window.question)

    play(window, script)
    assert people(tmp_path) == ["ben", ZOE]


@pytest.mark.parametrize(("typed", "said"), [("  @ ", "Type a name first."), ("x" * 201, "at most 200 characters")])
def test_without_a_usable_name_the_question_stays(opened, viewers, typed, said):
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "forget", typed)
        asking = window.desk.asking
        assert asking.question.window.winfo_exists()
        assert said in str(asking.problem["text"])
        assert str(asking.problem["foreground"]) == window._skin.ink["error"]
        assert window.question is None

    play(window, script)


def test_what_cannot_be_changed_is_named_and_can_be_tried_again(opened, viewers, tmp_path):
    """Here the gift book is some other program's file; once that is gone, all is well."""
    book = tmp_path / viewers._settings.gifts.file
    book.write_bytes(b"no gift book " * 100)
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "forget", ZOE)
        yield asked(window)
        window.question.answers[1].invoke()
        yield asked(window)
        assert say("forgetting.incomplete") in words_of(window.question)
        assert say("forgetting.problem.gifts") in words_of(window.question)
        assert "Memory: 1" in words_of(window.question)
        assert str(window.message["foreground"]) == window._skin.ink["error"]
        book.unlink()
        window.question.answers[1].invoke()
        yield lambda: asked(window)() and say("forgetting.incomplete") not in words_of(window.question)
        assert len(window.question.answers) == 1

    play(window, script)


def test_forgetting_does_not_hold_the_window_up(opened, viewers):
    """Large recordings take minutes; a change of language meanwhile builds the buttons anew."""
    go = threading.Event()

    def forget(who: str) -> Any:
        assert go.wait(20)
        return viewers.forget(who).as_json()

    window = opened(tools=Tools(forget=forget), language=None)

    def script():
        assert [*window.desk.buttons] == ["forget"]
        yield from name(window, "forget", ZOE)
        yield asked(window)
        window.question.answers[1].invoke()
        assert window.desk.buttons["forget"].instate(["disabled"])
        before = window.desk
        window.settings.window.language = "de"
        yield lambda: window.desk is not before
        go.set()
        yield lambda: asked(window)() and idle(window)()

    play(window, script)


def test_the_question_for_a_name_goes_with_its_page(opened, viewers):
    window = opened(tools=tools_of(viewers), language=None)

    def script():
        yield window.desk.buttons["forget"].winfo_exists
        window.desk.buttons["forget"].invoke()
        asking, before = window.desk.asking.question.window, window.desk
        window.settings.window.language = "de" if window._language == "en" else "en"
        yield lambda: window.desk is not before
        assert not asking.winfo_exists()

    play(window, script)


@pytest.mark.parametrize("chosen", ["kept.json", ""])
def test_all_that_is_kept_of_a_viewer_goes_into_a_file(opened, viewers, tmp_path, monkeypatch, chosen):
    """Emoji as they are, readable for nobody else; without a file nothing is written."""
    target, dialogs = tmp_path / "kept.json", []

    def choose(**how: Any) -> str:
        dialogs.append(how)
        return str(target) if chosen else ""

    monkeypatch.setattr(room.filedialog, "asksaveasfilename", choose)  # its dialog waits for a hand
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "export", f"@{ZOE}")
        yield lambda: dialogs
        yield idle(window)
        if chosen:
            yield lambda: "kept.json" in str(window.message["text"])

    play(window, script)
    assert dialogs[0].get("confirmoverwrite", True)
    assert people(tmp_path) == ["ben", ZOE]
    assert target.exists() == bool(chosen)
    if chosen:
        found = json.loads(target.read_text(encoding="utf-8"))
        assert (found["username"], found["memory"]["comments"]) == (ZOE, [WORDS])
        assert "🦓" in target.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_told(opened, viewers, tmp_path, monkeypatch):
    there = tmp_path / "no such folder" / "x.json"
    monkeypatch.setattr(room.filedialog, "asksaveasfilename", lambda **_: str(there))  # its dialog waits for a hand
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "export", ZOE)
        yield lambda: "x.json could not be written" in str(window.message["text"])

    play(window, script)


def test_a_memory_that_cannot_be_read_is_told_in_words(opened, viewers, tmp_path):
    (tmp_path / "memory.db").write_bytes(b"no memory at all" * 100)
    window = opened(tools=tools_of(viewers))

    def script():
        yield from name(window, "export", ZOE)
        yield asked(window)
        assert "memory.db" in words_of(window.question)
        assert "reason." not in words_of(window.question)

    play(window, script)


def test_alone_the_window_has_no_buttons_for_it(opened):
    """No house, nobody who could forget in every place."""
    window = opened()
    assert window.desk is not None
    assert not window.desk.buttons
    play(window, lambda: iter([]))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    """Half an emoji has no UTF-8."""
    file = tmp_path / "kept.json"
    file.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError):
        write_json({"x": object()}, file)
    assert file.read_text(encoding="utf-8") == "old"
    write_json({"x": "\ud83d"}, file)
    assert json.loads(file.read_text(encoding="utf-8")) == {"x": "\ud83d"}
    with pytest.raises((IsADirectoryError, PermissionError)):
        write_json({}, tmp_path)
    assert [*tmp_path.iterdir()] == [file]


def test_why_there_is_nothing_is_a_sentence():
    def taken(_: str) -> None:
        raise ViewersError("memory_taken", file="memory.db", pid="7")

    found = kept_of(taken, ZOE)
    assert found["kept"] is None
    assert "process 7" in say(found["problem"], "en", **found["params"])
