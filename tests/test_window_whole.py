"""The window, the bot and the dashboard in one process, with a real mouse and keyboard under a window manager."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from playing import Hand, play
from web_house import post

import main
import settings as knobs
from app import House
from gui import ConfigGUI, Tools
from web.logs import LogRing

pytestmark = [
    needs.component("xdotool"),
    needs.component("openbox"),
    pytest.mark.skipif(not shutil.which("wmctrl") and os.name == "posix", reason="wmctrl is missing"),
]


@pytest.fixture
def house(file: Path) -> Iterator[House]:
    file.write_text("tiktok: {unique_id: first}\n", encoding="utf-8")
    built = main.build_house(knobs.load_settings(), lambda: None, LogRing(), demo=True)
    yield built
    assert built.bridge.stop()


def shown(window: ConfigGUI, path: str) -> Any:
    """Turn to this field; whether it can be clicked."""
    window.form.focus(path)
    return window.fields[path].widget.winfo_viewable


def replace(hand: Hand, window: ConfigGUI, path: str, words: str) -> Any:
    """Click into a field and type over what is there; whether it arrived."""
    widget = window.fields[path].widget
    hand.click(widget)
    hand.press("ctrl+a")
    hand.type(words)
    return lambda: widget.get() == words


@pytest.mark.timeout(180)
def test_a_streamers_evening_with_the_window(opened, house: House, port: int, file: Path, manager):
    """Type a name, tick a box, move a slider, save, be refused, start, see the dashboard's change, close unsaved."""
    window: ConfigGUI = opened(house.settings, house.bridge, tools=Tools(dashboard=lambda: None))
    hand = Hand()

    def script():
        yield window.window.winfo_viewable
        yield lambda: window.window.focus_displayof() is not None
        yield shown(window, "tiktok.unique_id")
        yield replace(hand, window, "tiktok.unique_id", "anna.live")
        yield shown(window, "comment.enabled")
        hand.click(window.fields["comment.enabled"].widget)
        yield lambda: window.fields["comment.enabled"].read() is False
        threshold = window.fields["comment.reply_threshold"]
        hand.drag(threshold.slider.scale, 0.9)
        yield lambda: float(threshold.read()) > 0.75
        hand.press("ctrl+s")
        yield lambda: "anna.live" in file.read_text(encoding="utf-8")
        saved = knobs.load_settings(file)
        assert saved.comment.enabled is False
        assert 0.75 < saved.comment.reply_threshold <= 1.0
        yield from refuse(hand, window, file)
        hand.click(window.header.switch)
        yield lambda: house.bridge.running and str(window.header.state["text"]).startswith("DEMO")
        assert post(port, "/api/settings", {"style": {"persona": "sage"}}).status == 200
        yield lambda: window.fields["style.persona"].read() == "sage"
        assert not window.fields["style.persona"].dirty
        yield shown(window, "tiktok.unique_id")
        yield replace(hand, window, "tiktok.unique_id", "anna.two")
        subprocess.run(["wmctrl", "-c", "PalFriend"], check=True)
        yield lambda: False

    play(window, script, within=90)
    saved = knobs.load_settings(file)
    assert (saved.tiktok.unique_id, saved.style.persona, saved.animaze.port) == ("anna.two", "sage", 9000)


def refuse(hand: Hand, window: ConfigGUI, file: Path) -> Iterator[Any]:
    """A port that is none: in red at its field, and nothing of it in the file."""
    before = file.read_text(encoding="utf-8")
    port = window.fields["animaze.port"]
    yield shown(window, "animaze.port")
    yield replace(hand, window, "animaze.port", "99999")
    hand.press("ctrl+s")
    yield port.error.winfo_viewable
    assert "65535" in str(port.error["text"])
    assert file.read_text(encoding="utf-8") == before
    hand.press("ctrl+z")
    yield lambda: port.read() == "9000" and not port.error.winfo_viewable()


@pytest.mark.timeout(120)
def test_closed_by_the_window_manager_with_a_refused_value_it_asks(opened, house: House, file: Path, manager):
    """Saved is what is valid, once that is confirmed; the question can be answered with the mouse."""
    window: ConfigGUI = opened(house.settings)
    hand = Hand()

    def script():
        yield window.window.winfo_viewable
        yield lambda: window.window.focus_displayof() is not None
        yield shown(window, "animaze.port")
        yield replace(hand, window, "animaze.port", "0")
        yield shown(window, "tiktok.unique_id")
        yield replace(hand, window, "tiktok.unique_id", "anna")
        subprocess.run(["wmctrl", "-c", "PalFriend"], check=True)
        yield lambda: window.question is not None and window.question.window.winfo_viewable()
        hand.press("Escape")
        yield lambda: not window.question.window.winfo_exists()
        assert window.fields["animaze.port"].read() == "0"
        window.close()
        yield window.question.window.winfo_viewable
        hand.click(window.question.answers[1])
        yield lambda: False

    play(window, script, within=60)
    saved = knobs.load_settings(file)
    assert (saved.tiktok.unique_id, saved.animaze.port) == ("anna", 9000)


@pytest.mark.timeout(120)
def test_everything_can_be_done_without_a_mouse(opened, house: House, file: Path, manager):
    """Tab walks through all that can be used, a letter with Alt presses a button, Space ticks."""
    window: ConfigGUI = opened(house.settings, house.bridge, tools=Tools(dashboard=lambda: None))
    hand = Hand()

    def script():
        yield window.window.winfo_viewable
        yield lambda: window.window.focus_displayof() is not None
        yield shown(window, "comment.enabled")
        yield lambda: window.form.focused() is window.fields["comment.enabled"]
        hand.press("space")
        yield lambda: window.fields["comment.enabled"].read() is False
        hand.press("Tab")
        yield lambda: window.window.focus_get() is not window.fields["comment.enabled"].widget
        walked = set()
        for _ in range(60):
            hand.press("Tab")
            window.window.update()
            walked.add(str(window.window.focus_get()))
        for button in (window.save_button, window.header.switch, window.header.silence.button, window.pages.list):
            assert str(button) in walked, button
        window.form.focus("comment.enabled")
        hand.press("alt+s")
        yield lambda: knobs.load_settings(file).comment.enabled is False
        hand.press("alt+t")
        yield lambda: house.bridge.running
        hand.press("F1")
        yield lambda: window.question is not None and window.question.window.winfo_viewable()
        yield lambda: window.window.focus_get() is window.question.answers[0]
        hand.press("Escape")
        yield lambda: not window.question.window.winfo_exists()
        yield lambda: window.window.focus_get() is not None
        hand.press("ctrl+f")
        yield lambda: window.window.focus_get() is window.form.search.entry
        hand.type("persona")
        yield window.fields["style.persona"].widget.winfo_viewable

    play(window, script, within=60)
