"""The window on a real (virtual) screen, with real settings files and a real bridge."""

import ast
import asyncio
import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from playing import WAIT, enter, play

import gui
import settings as knobs
from bridge import STOPPED, Bridge
from gui import NoDisplay, Tools
from settings import Settings
from setup.record import STATES, STEPS
from web.words import say
from window import wizard
from window.field import written

HOUSE = Path(gui.__file__).parent
ROOMS = ("gui.py", *(f"window/{room.name}" for room in (HOUSE / "window").glob("*.py")))
SPECS = {spec["path"]: spec for section in knobs.schema(Settings()) for spec in section["fields"]}
KEY = "sk-never-on-the-screen-123456"
posix = pytest.mark.skipif(os.name != "posix", reason="signals and DISPLAY as on POSIX")


def visible(widget) -> Iterator[str]:
    """Everything that could be read in this widget and below."""
    for option in widget.keys():  # noqa: SIM118 - a widget's options
        if option in {"text", "values", "textvariable", "title"}:
            yield str(widget.cget(option))
    if hasattr(widget, "get") and widget.winfo_class() != "TScrollbar":
        yield str(widget.get("1.0", "end") if widget.winfo_class() == "Text" else widget.get())
    for child in widget.winfo_children():
        yield from visible(child)


def test_importing_gui_needs_no_tkinter(tmp_path):
    """A server without Tk runs main.py, which imports the window's room."""
    code = "import sys; sys.modules['tkinter'] = None; import gui\ntry: gui.ConfigGUI({})\nexcept gui.NoDisplay as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert "start.py --headless" in done.stdout
    assert "tkinter" in done.stdout


@posix
@needs.component("tk")
def test_without_a_display_it_says_what_to_do_in_one_line(tmp_path):
    """A traceback tells a streamer nothing."""
    bare = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    command = [sys.executable, str(HOUSE / "gui.py")]
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "start.py --headless" in done.stderr
    assert done.stderr.count("\n") == 1
    assert issubclass(NoDisplay, RuntimeError)


def test_a_broken_file_is_told_in_lines_without_traceback(tmp_path):
    """`python gui.py` is started by a double click."""
    (tmp_path / "settings.yaml").write_text("animaze:\n  port: 99999\n", encoding="utf-8")
    command = [sys.executable, str(HOUSE / "gui.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "animaze.port" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_rooms_make_nothing_that_tcl_deletes_when_it_is_collected():
    """Variable, font and image objects call Tcl in __del__, from whichever thread collects them: the process aborts."""
    made = re.compile(r"(Variable|StringVar|IntVar|BooleanVar|DoubleVar|PhotoImage|BitmapImage|Font)$")
    for room in ROOMS:
        tree = ast.parse((HOUSE / room).read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not [name for name in names if made.search(name)], room


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_setting_has_its_words_in_both_languages(language):
    """Mixed languages show at once."""
    keys = []
    for section in knobs.schema():
        name = section["name"] or "general"
        keys += [f"settings.{name}._title", f"settings.{name}._help"]
        for spec in section["fields"]:
            keys += [f"settings.{name}.{spec['name']}.{part}" for part in ("label", "help")]
            keys += [f"window.unit.{unit.lower()}" for unit in spec["unit"].split()[:1]]
    english = {key: say(key, "en") for key in keys}
    assert not [key for key in keys if say(key, language) == key]
    if language == "de":
        assert not [key for key in keys if key.endswith(("help", "_help")) and say(key, "de") == english[key]]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_text_that_the_window_asks_for_exists(language):
    """A missing one would show as its key."""
    source = "".join((HOUSE / room).read_text(encoding="utf-8") for room in ROOMS)
    keys = set(re.findall(r"\"((?:window|setup)\.[a-z_.]+[a-z])\"", source)) - {"window.log", "window.doctor"}
    keys |= {f"window.{code}" for code in re.findall(r"_tell\(\"(\w+)\"", source)}
    keys |= {
        f"window.{code}"
        for code in re.findall(r"\b(\w+)=(?:None|functools\.partial\(self\._apply)", source)
        if code in {"close", "cancel", "apply"}
    }
    keys |= {f"window.state.{state}" for state in ("stopped", "starting", "waiting", "live", "error")}
    keys |= {f"window.link.{name}" for name in STOPPED["connected"]}
    keys |= {f"window.link.{state}" for state in ("off", "connecting", "waiting", "up", "error")}
    keys |= {f"window.problem.{kind}" for kind in ("int", "float", "small", "above", "large", "choice", "other")}
    keys |= {
        f"window.secret.{state}" for state in ("unset", "file", "keychain", "environment", "removing", "keep", "remove")
    }
    keys |= {f"window.{answer}" for answer in ("keep_editing", "discard_invalid", "try_again", "close_anyway")}
    keys |= {f"window.silenced.{how}" for how in ("panic", "mute")}
    keys |= {f"window.{page}.{part}" for page in ("log", "doctor") for part in ("_title", "_help")}
    keys |= {f"window.tool.{name}" for name in ("voice", "doctor", "set_up", "bring_in", "take_out")}
    keys |= {f"window.viewers.{name}" for name in ("forget", "export", "forget_name", "export_name", "forget_now")}
    keys |= {f"window.doctor.light.{light}" for light in ("green", "yellow", "red")}
    keys |= {f"setup.{step}.{part}" for step in (*STEPS, "finished") for part in ("name", "title", "lead")}
    keys |= {f"setup.state.{state}" for state in STATES} | {f"setup.{step}.busy" for step in wizard.BUSY}
    keys |= {f"setup.microphone.{phase}_now" for phase in ("speak", "quiet", "off")}
    assert len(keys) > 40
    assert not [key for key in keys if say(key, language) == key]


def test_every_setting_has_an_input_that_shows_its_value(opened):
    """A knob that the window forgets can only be found in the file."""
    window = opened()

    def script():
        yield window.window.winfo_viewable
        assert window.fields.keys() == SPECS.keys()
        for path, field in window.fields.items():
            assert not field.dirty, path
            assert field.label != f"settings.{path}.label"
            shown = field.read()
            assert shown == ("" if field.kind == "secret" else written(field.kind, SPECS[path]["default"])), path
        yield lambda: window.window.focus_get() is window.fields["tiktok.unique_id"].widget

    play(window, script)


@needs.component("xdotool")
def test_a_name_typed_on_the_keyboard_is_saved_with_control_s(opened, file):
    """The whole way: X server, Tk, validator, file."""
    window = opened()
    name = window.fields["tiktok.unique_id"].widget

    def script():
        yield window.window.winfo_viewable
        name.focus_force()
        # what Tk believes is no proof: until the X server has moved the focus (from 1, the pointer's) keys go elsewhere
        yield lambda: int(subprocess.check_output(["xdotool", "getwindowfocus", "-f"])) > 1
        subprocess.run(["xdotool", "type", "anna.live"], check=True)
        yield lambda: name.get() == "anna.live"
        subprocess.run(["xdotool", "key", "ctrl+s"], check=True)
        yield lambda: "anna.live" in file.read_text(encoding="utf-8")
        yield lambda: str(window.message["text"]) == "Saved."

    play(window, script)
    assert knobs.load_settings(file).tiktok.unique_id == "anna.live"


def test_a_box_that_is_ticked_and_a_list_that_is_edited_are_saved(opened, file):
    """Each kind of input has its own way into the file."""
    window = opened()

    def script():
        yield window.window.winfo_viewable
        window.fields["comment.enabled"].widget.invoke()
        enter(window, "comment.ignore_contains", "spam\n\n  [exit] {a} $b 🌹 \n")
        enter(window, "comment.reply_threshold", "0,75")
        enter(window, "outbox.separator", " & ")
        enter(window, "system_prompt", "Be kind.\nBe short.")
        window.fields["style.language"].widget.set("de")
        assert window.save()
        assert not any(field.dirty for field in window.fields.values())

    play(window, script)
    again = knobs.load_settings(file)
    assert again.comment.enabled is False
    assert again.comment.ignore_contains == ["spam", "[exit] {a} $b 🌹"]
    assert again.comment.reply_threshold == 0.75
    assert again.outbox.separator == " & "
    assert again.system_prompt == "Be kind.\nBe short."
    assert again.style.language == "de"


@pytest.mark.parametrize(
    ("path", "raw", "said"),
    [
        ("animaze.port", "99999", "Zu groß: höchstens 65535."),
        ("animaze.port", "0", "Zu klein: mindestens 1."),
        ("animaze.port", "1.000", "Das ist keine ganze Zahl."),
        ("batch_window", "bald", "Das ist keine Zahl."),
        ("microphone.silence_threshold", "0", "Zu klein: mehr als 0."),
    ],
)
def test_a_refused_value_is_explained_in_red_and_nothing_is_saved(opened, file, path, raw, said):
    """Neither the wrong value nor the right one beside it: half a save would surprise."""
    window = opened(language="de")
    before = file.read_text(encoding="utf-8")

    def script():
        enter(window, path, raw)
        enter(window, "tiktok.unique_id", "anna")
        yield lambda: str(window.fields[path].error["text"]) == said
        assert not window.save()
        yield window.fields[path].error.winfo_viewable
        assert str(window.fields[path].error["foreground"]) == "#b3261e"
        assert "⚠" in window.pages.list.item(window.fields[path].section, "text")
        assert file.read_text(encoding="utf-8") == before
        window.revert()
        assert str(window.fields[path].error["text"]) == ""

    play(window, script)
    assert file.read_text(encoding="utf-8") == before


def test_unsaved_changes_are_saved_when_the_window_closes(opened, file):
    """So the design says, and nobody looks for a Save button when closing."""
    quits = []
    window = opened(on_quit=lambda: quits.append(1))

    def script():
        enter(window, "tiktok.unique_id", "anna")
        window.close()
        yield lambda: False

    play(window, script)
    assert knobs.load_settings(file).tiktok.unique_id == "anna"
    assert quits == [1]


def test_with_a_refused_value_it_asks_before_it_closes(opened, file):
    """Keep editing keeps all of it; discarding saves what is valid and never what is not."""
    window = opened()

    def script():
        enter(window, "animaze.port", "0")
        enter(window, "tiktok.unique_id", "anna")
        window.close()
        yield window.question.window.winfo_viewable
        window.close()
        assert len([child for child in window.window.winfo_children() if child.winfo_class() == "Toplevel"]) == 1
        window.question.window.event_generate("<Escape>")
        window.question.answers[0].invoke()
        assert window.fields["animaze.port"].read() == "0"
        window.close()
        window.question.answers[1].invoke()
        yield lambda: False

    play(window, script)
    saved = knobs.load_settings(file)
    assert (saved.tiktok.unique_id, saved.animaze.port) == ("anna", 9000)


def test_a_full_disk_loses_nothing(opened, file):
    """The window stays open and asks; a second try saves."""
    tries = []

    def save(settings: Settings) -> None:
        tries.append(settings.tiktok.unique_id)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")
        knobs.save_settings(settings, file)

    window = opened(save=save)

    def script():
        enter(window, "tiktok.unique_id", "anna")
        assert not window.save()
        assert "the disk is full" in str(window.message["text"])
        window.close()
        yield window.question.window.winfo_viewable
        window.question.answers[1].invoke()
        yield lambda: False

    play(window, script)
    assert tries == ["anna"] * 3
    assert knobs.load_settings(file).tiktok.unique_id == "anna"


def test_without_changes_nothing_is_written(opened, file):
    """Somebody may be editing the file by hand meanwhile."""
    window = opened()
    file.write_text(file.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    play(window, lambda: iter([lambda: True]))
    assert file.read_text(encoding="utf-8").endswith("# by hand\n")


def test_what_was_changed_before_the_window_opened_is_saved_when_it_closes(opened, file):
    """The design: load, hand over, run; settings are saved when the window closes."""
    settings = knobs.load_settings()
    settings["comment"]["reply_threshold"] = 0.9
    play(opened(settings), lambda: iter([lambda: True]))
    assert knobs.load_settings(file).comment.reply_threshold == 0.9


def test_a_plain_dict_is_updated_in_place_and_saved_to_the_usual_file(opened, file):
    """Older callers hold their settings as a dict."""
    settings = {"tiktok": {"unique_id": "old"}, "unknown": {"kept": 1}}
    window = opened(settings)

    def script():
        enter(window, "tiktok.unique_id", "anna")
        enter(window, "batch_window", "3")
        yield lambda: True

    play(window, script)
    assert settings == {"tiktok": {"unique_id": "anna"}, "unknown": {"kept": 1}, "batch_window": 3.0}
    assert knobs.load_settings(file).tiktok.unique_id == "anna"


def test_a_secret_never_stands_in_the_window(opened, file, monkeypatch):
    """Streamers share their screen. Where the secret is, is said; a new one leaves the input once it is saved."""
    monkeypatch.setenv("TIKTOK_SESSION_ID", f"{KEY}-session")
    (file.parent / "secrets.json").write_text(json.dumps({"openai": {"api_key": KEY}}), encoding="utf-8")
    (file.parent / "secrets.json").chmod(0o600)
    window = opened()
    key, session = window.fields["openai.api_key"], window.fields["tiktok.session_id"]

    def script():
        yield window.window.winfo_viewable
        assert not any(KEY in text for text in visible(window.window))
        assert "Stored." in str(key.help["text"])
        assert "TIKTOK_SESSION_ID" in str(session.help["text"])
        assert session.widget.instate(["disabled"])
        assert str(key.widget["show"]) == "•"
        enter(window, "openai.api_key", "sk-a-new-one-7890")
        assert window.save()
        assert key.read() == ""
        assert window.settings.openai.api_key == "sk-a-new-one-7890"
        key._remove.invoke()
        assert key.dirty
        assert window.save()
        assert "Not set." in str(key.help["text"])

    play(window, script)
    assert knobs.load_settings(file).openai.api_key == ""
    assert KEY not in file.read_text(encoding="utf-8")


def test_what_another_thread_changes_is_shown_but_not_over_an_edit(opened):
    """The dashboard and the window are open side by side; both changes must survive."""
    window = opened()

    def change() -> None:
        knobs.changed(window.settings, {"animaze": {"port": 9001, "host": "pc"}, "comment": {"enabled": False}})

    def script():
        enter(window, "animaze.host", "laptop")
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        yield lambda: window.fields["animaze.port"].read() == "9001"
        yield lambda: window.fields["comment.enabled"].read() is False
        assert window.fields["animaze.host"].read() == "laptop"

    play(window, script)
    assert (window.settings.animaze.port, window.settings.animaze.host) == (9001, "laptop")


@pytest.fixture
def bot():
    """A bridge with a bot that reports and then lives until it is told to stop, taking its time."""
    slow = threading.Event()

    async def main(board, stop) -> None:
        link = {"state": "error", "code": "tiktok_name_missing", "params": {}, "text": ""}
        live = {"state": "paused", "code": "tiktok_paused", "params": {}}
        board.show({"running": True, "state": "live", "demo": True, "live": live, "links": {"tiktok": link}})
        board.tell("caption", {"text": "Hi {Ada} [exit] $x 🌹", "kind": "answer", "seconds": 1, "at": 0, "demo": True})
        await stop.wait()
        await asyncio.to_thread(slow.wait, WAIT)

    bridge = Bridge(main)
    bridge.slow = slow
    yield bridge
    slow.set()
    assert bridge.stop()


def test_start_and_stop_reach_the_bot_and_the_window_never_waits(opened, bot):
    """A bot that takes seconds to stop must not freeze the window."""
    window = opened(bridge=bot, tools=Tools(dashboard=lambda: None))
    header = window.header

    def script():
        yield lambda: str(header.switch["text"]) == "Start"
        header.switch.invoke()
        yield lambda: str(header.switch["text"]) == "Stop" and header.switch.instate(["!disabled"])
        assert bot.running
        yield lambda: str(header.caption["text"]) == "“Hi {Ada} [exit] $x 🌹”"
        assert str(header.state["text"]) == "DEMO · Paused"
        assert str(header.lamps["tiktok"]["text"]) == "● TikTok: problem"
        assert str(header.reason["text"]).startswith("TikTok: ")
        assert str(header.reason["text"]).endswith(" Go on with the live whenever you like.")
        header.switch.invoke()
        waited = iter(range(5))  # polls that go on while the bot still stops
        yield lambda: next(waited, None) is None
        assert bot.running
        assert header.switch.instate(["disabled"])
        bot.slow.set()
        yield lambda: str(header.switch["text"]) == "Start" and header.switch.instate(["!disabled"])
        assert str(header.caption["text"]) == ""
        assert not bot.running

    play(window, script)
    assert not bot.board._readers


class Obedient(Bridge):
    """A bridge that takes orders: notes them, and shows what was silenced."""

    def __init__(self) -> None:
        super().__init__(None)
        self.orders: list[tuple[str, bool]] = []
        self.obeys = True

    def order(self, name: str, on: bool) -> bool:
        self.orders.append((name, on))
        if self.obeys:
            self.board.show({"running": True, "state": "live", "silenced": name if on else None})
        return self.obeys


@pytest.mark.parametrize("theme", ["light", "dark", "plain"])
def test_the_red_button_silences_and_only_release_lets_the_pal_speak_again(opened, theme):
    """Pressed twice in a hurry it must still be silent; and nobody should forget that it is."""
    pal = Obedient()
    window = opened(bridge=pal, theme=theme)
    silence = window.header.silence

    def script():
        yield silence.button.winfo_viewable
        assert str(silence.button["background"]) == "#b3261e"
        assert not silence.words.winfo_viewable()
        silence.button.invoke()
        yield lambda: silence.release.winfo_viewable() and str(silence.words["text"]).startswith("SILENCED")
        silence.button.invoke()
        yield lambda: len(pal.orders) == 2 and not window.errands.awaited
        assert pal.status()["silenced"] == "panic"
        silence.release.invoke()
        yield lambda: not silence.words.winfo_viewable() and not silence.release.winfo_viewable()

    play(window, script)
    assert pal.orders == [("panic", True), ("panic", True), ("panic", False)]


def test_the_streamer_can_say_that_they_talk_and_see_how_loud_they_are(opened):
    """For whoever has no microphone that the pal can hear, or does not want it to listen."""
    pal = Obedient()
    window = opened(bridge=pal)
    talk = window.header.talk

    def script():
        yield talk.button.winfo_viewable
        pal.board.tell("level", {"rms_dbfs": -80.0, "peak_dbfs": -70.0, "talking": False})
        pal.board.tell("level", {"rms_dbfs": -30.0, "peak_dbfs": -12.4, "talking": True})
        yield lambda: str(talk.level["text"]) == "-12 dBFS" and float(talk.meter["value"]) == 30
        talk.button.invoke()
        yield lambda: len(pal.orders) == 1
        pal.board.show({"running": True, "state": "live", "talking": True})
        yield lambda: str(talk.button["text"]) == "I'm done talking"
        talk.button.invoke()
        yield lambda: len(pal.orders) == 2
        pal.board.show({"running": False, "state": "stopped"})
        yield lambda: str(talk.button["text"]) == "I'm talking" and float(talk.meter["value"]) == 0

    play(window, script)
    assert pal.orders == [("talking", True), ("talking", False)]


def test_what_was_muted_elsewhere_is_shown_and_can_be_unmuted(opened):
    """A moderator may have written it in the chat, and the streamer wonders why nothing is said."""
    pal = Obedient()
    window = opened(bridge=pal, language="de")
    silence = window.header.silence

    def script():
        pal.board.show({"running": True, "state": "live", "silenced": "mute"})
        yield silence.release.winfo_viewable
        assert str(silence.words["text"]).startswith("Stumm")
        assert str(silence.release["text"]) == "Wieder laut"
        silence.release.invoke()
        yield lambda: not silence.release.winfo_viewable()

    play(window, script)
    assert pal.orders == [("mute", False)]


def test_a_red_button_that_changed_nothing_says_so(opened, caplog):
    """Who presses it must never believe in a silence that is not there."""
    pal = Obedient()
    pal.obeys = False
    window = opened(bridge=pal)
    silence = window.header.silence

    def script():
        yield silence.button.winfo_viewable
        silence.button.invoke()
        yield lambda: silence.words.winfo_viewable() and "not running" in str(silence.words["text"])
        assert not silence.release.winfo_viewable()
        pal.obeys = True
        silence.button.invoke()
        yield silence.release.winfo_viewable
        silence.release.invoke()
        yield lambda: not silence.words.winfo_viewable()
        pal.obeys = False
        silence.button.invoke()
        yield lambda: silence.words.winfo_viewable() and "not running" in str(silence.words["text"])
        assert not silence.release.winfo_viewable()

    play(window, script)

    def broken(name: str, on: bool) -> bool:
        raise RuntimeError("nobody obeys")

    pal.order = broken
    window = opened(bridge=pal)

    def failing():
        yield window.header.silence.button.winfo_viewable
        window.header.silence.button.invoke()
        yield lambda: "RuntimeError" in str(window.message["text"])

    play(window, failing)
    assert "nobody obeys" in caplog.text


def test_a_bot_that_hangs_while_it_is_silenced_does_not_stop_the_window(opened):
    """The button of last resort works, and looks, the same on a bad day."""
    pal, hung = Obedient(), threading.Event()
    pal.order = lambda name, on: pal.orders.append((name, on)) or hung.wait(WAIT)
    window = opened(bridge=pal)

    def script():
        yield window.header.silence.button.winfo_viewable
        for _ in range(2):
            window.header.silence.button.invoke()
        yield lambda: len(pal.orders) == 2
        polls = iter(range(5))
        yield lambda: next(polls, None) is None
        hung.set()
        yield lambda: not window.errands.awaited

    play(window, script)


def test_a_thread_can_ask_the_window_to_close_and_only_valid_changes_are_saved(opened, file):
    """Quit in the dashboard, SIGTERM: nobody is there to answer a question."""
    window = opened()

    def script():
        enter(window, "animaze.port", "0")
        enter(window, "tiktok.unique_id", "anna")
        window.close()
        yield window.question.window.winfo_viewable
        threading.Thread(target=window.request_close).start()
        yield lambda: False

    play(window, script)
    saved = knobs.load_settings(file)
    assert (saved.tiktok.unique_id, saved.animaze.port) == ("anna", 9000)


def test_twenty_windows_leave_nothing_behind(opened, root, bot):
    """Commands, timers and readers would pile up for hours; a circle that holds Tk may be collected on any thread."""
    left = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            window = opened(bridge=bot, devices=lambda: ["Mic"], tools=Tools(dashboard=lambda: None), logs=list)
            root.after(20, window.request_close)
            window.run()
            ghost = weakref.ref(window)
            del window
            assert ghost() is None
            left.append([len(root.tk.eval(f"info {what}").split()) for what in ("commands", "globals")])
            assert not root.tk.eval("after info")
    finally:
        gc.enable()
    assert left[-1] <= left[1]
    assert not bot.board._readers


def test_microphones_are_offered_and_a_missing_sound_library_is_no_obstacle(opened):
    """Names come from a slow native library, on a thread."""
    window = opened(devices=lambda: [{"name": "USB {mic} 1"}, "Built-in"])

    def script():
        box = window.fields["microphone.device"].widget
        yield lambda: window.root.tk.splitlist(box["values"]) == ("USB {mic} 1", "Built-in")
        box.set("Another")  # one that is not plugged in just now
        assert window.save()

    play(window, script)
    assert window.settings.microphone.device == "Another"

    def broken() -> list[str]:
        raise OSError("PortAudio library not found")

    window = opened(devices=broken)
    play(window, lambda: iter([lambda: not window.errands.awaited]))


def test_values_that_mean_something_to_tcl_are_only_text(opened):
    """They come from files and from the dashboard, and showing them must neither run nor change them."""
    settings = knobs.load_settings()
    hostile = ["[exit]", "$env(HOME)", "{", "}", "\\", '"', "🌹é", "-text", ";#"]
    knobs.changed(settings, {"comment": {"greetings": hostile}, "openai": {"model": "[exit] {$x} \\"}})
    window = opened(settings)

    def script():
        yield lambda: window.form.quiet > gui.QUIET_TICKS
        assert window.fields["comment.greetings"].value() == hostile
        assert window.fields["openai.model"].value() == "[exit] {$x} \\"
        assert not any(field.dirty for field in window.fields.values())

    play(window, script)
    assert settings.comment.greetings == hostile


def test_the_wheel_scrolls_the_page_and_turns_no_value(opened):
    """Who scrolls through the page must not change what the pointer passes."""
    window = opened()

    def script():
        window.form.search.set("", wants_all=True)
        window.pages.turn_to("comment")
        yield window.fields["comment.per_user_cooldown"].widget.winfo_viewable
        wheel = (
            {"<Button-5>": {}}
            if window.root.tk.call("tk", "windowingsystem") == "x11"
            else {"<MouseWheel>": {"delta": -120}}
        )
        for name, how in wheel.items():
            window.fields["comment.per_user_cooldown"].widget.event_generate(name, **how)
        yield lambda: window.pages._canvas.yview()[0] > 0
        assert window.fields["comment.per_user_cooldown"].read() == "5"

    play(window, script)


def test_an_error_in_a_callback_is_told_and_the_window_goes_on(opened, caplog):
    """Tk would print it to a console that nobody has."""

    def broken() -> None:
        raise RuntimeError("no browser")

    window = opened(bridge=Bridge(None), tools=Tools(dashboard=broken))

    def script():
        window.header.buttons.winfo_children()[-1].invoke()
        yield lambda: "RuntimeError" in str(window.message["text"])

    play(window, script)
    assert "no browser" in caplog.text


@posix
@pytest.mark.parametrize("inside", ["", "signal.raise_signal(signal.SIGINT)"], ids=["from outside", "in a callback"])
def test_control_c_closes_and_saves_without_a_traceback(display, root, tmp_path, inside):
    """`python gui.py` in a terminal. The signal lands between two events or inside a callback, where Tk swallows it."""
    code = (
        "import gui, settings, signal\n"
        "window = gui.ConfigGUI(settings.load_settings())\n"
        "window.fields['tiktok.unique_id'].widget.insert(0, 'anna')\n"
        f"window.root.after(300, lambda: [print('up', flush=True), {inside}])\n"
        "window.run()\n"
    )
    place = {**os.environ, "PYTHONPATH": str(HOUSE)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=place, **pipes) as process:
        assert process.stdout.readline() == "up\n"
        if not inside:
            process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=WAIT)
    assert (process.returncode, complaints) == (0, "")
    assert knobs.load_settings(tmp_path / "settings.yaml").tiktok.unique_id == "anna"
