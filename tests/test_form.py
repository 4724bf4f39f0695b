"""The window's form on a real (virtual) screen: search, sliders, undo, what was changed elsewhere, language and skin."""

import subprocess
from collections.abc import Callable

import needs
import pytest
from playing import enter, play

import settings as knobs
from window.parts import system_language
from window.slider import halted, stops, suits

SPECS = {spec["path"]: spec for section in knobs.schema() for spec in section["fields"]}


def typed(widget):
    """A key has just been let go in this input."""
    widget.focus_force()
    widget.event_generate("<KeyRelease>", keysym="x")


@pytest.mark.parametrize(
    ("low", "high", "step", "stop"),
    [(0, 1, 0.01, 0.01), (0, 120, 1, 1), (0, 5000, 1, 50), (0, 3600, 1, 20), (-120, 0, 1, 1), (0.1, 120, 1.0, 1.0)],
)
def test_a_slider_halts_where_a_hand_can_tell_the_difference(low, high, step, stop):
    """At most some two hundred places, none of them finer than a step."""
    assert stops(low, high, step) == pytest.approx(stop)


@pytest.mark.parametrize("path", [path for path, spec in SPECS.items() if suits(spec)])
def test_each_slider_reaches_both_ends_and_only_valid_values(path):
    """A slider that could be moved to a refused value would be a trap."""
    spec = SPECS[path]
    low, high = float(spec["min"]), float(spec["max"])
    stop = stops(low, high, spec["step"])
    for told in (low, high, (low + high) / 2, low - 1, high + 1):
        assert low <= halted(told, low, high, stop) <= high
    assert (halted(low, low, high, stop), halted(high, low, high, stop)) == (low, high)


def test_a_port_is_typed_and_no_matter_of_feeling():
    assert not suits(SPECS["animaze.port"])
    assert not suits(SPECS["openai.max_tokens_per_stream"])
    assert suits(SPECS["comment.reply_threshold"])


def test_a_slider_moves_its_number_and_the_number_its_slider(opened, file):
    window = opened()
    field = window.fields["comment.reply_threshold"]

    def script():
        window.pages.turn_to("comment")
        yield field.slider.scale.winfo_viewable
        field.slider.scale.set(0.8049999)
        assert field.read() == "0.8"
        enter(window, "comment.reply_threshold", "0,35")
        typed(field.widget)
        assert float(field.slider.scale.get()) == pytest.approx(0.35)
        assert field.read() == "0,35"  # what was typed stays as it was typed
        field.slider.scale.focus_force()
        field.slider.scale.event_generate("<Right>")
        assert field.read() == "0.36"
        enter(window, "comment.reply_threshold", "seven")
        typed(field.widget)
        assert field.read() == "seven"
        field.slider.scale.set(0.5)
        assert window.save()

    play(window, script)
    assert knobs.load_settings(file).comment.reply_threshold == 0.5


def test_a_slider_never_comes_to_rest_on_a_refused_end(opened):
    """Its smallest value is not allowed itself."""
    window = opened()

    def script():
        field = window.fields["microphone.silence_threshold"]
        field.slider.scale.set(0.5)
        field.slider.scale.set(0.0)
        assert float(field.read()) > 0
        assert window.check()[1] == {}
        yield lambda: True

    play(window, script)


def test_what_hardly_anybody_needs_is_hidden_until_it_is_asked_for(opened):
    window = opened()
    rare, usual = window.fields["tiktok.sign_url"].widget, window.fields["tiktok.unique_id"].widget

    def script():
        yield usual.winfo_viewable
        assert not rare.winfo_viewable()
        window.form.search.advanced.invoke()
        yield rare.winfo_viewable
        window.form.search.advanced.invoke()
        yield lambda: not rare.winfo_viewable()

    play(window, script)


@pytest.mark.parametrize("words", ["SIGN serv", "tiktok.sign_url"])
def test_a_search_finds_also_what_is_hidden_by_name_help_or_path(opened, words):
    window = opened()
    entry = window.form.search.entry

    def script():
        yield entry.winfo_viewable
        entry.insert(0, words)
        typed(entry)
        yield window.fields["tiktok.sign_url"].widget.winfo_viewable
        assert not window.fields["tiktok.unique_id"].widget.winfo_viewable()
        assert "style" not in window.pages.list.get_children()
        entry.event_generate("<Escape>")
        yield window.fields["tiktok.unique_id"].widget.winfo_viewable
        assert "style" in window.pages.list.get_children()
        entry.insert(0, "qwxz")
        typed(entry)
        yield lambda: window.pages.list.get_children() == ()
        assert window.form.search.clear()

    play(window, script)


def test_a_refused_value_is_shown_although_its_field_is_hidden(opened):
    """Somebody searched for something else meanwhile."""
    window = opened()

    def script():
        enter(window, "batch_window", "soon")
        window.form.search.set("animaze", wants_all=False)
        assert not window.save()
        yield window.fields["batch_window"].error.winfo_viewable

    play(window, script)


def test_undo_takes_back_one_edit_after_the_other_also_saved_ones(opened, file):
    window = opened()

    def script():
        yield window.window.winfo_viewable
        enter(window, "tiktok.unique_id", "anna")
        yield lambda: window.form.quiet > 5
        window.fields["comment.enabled"].widget.invoke()
        assert window.save()
        window.undo()
        assert window.fields["comment.enabled"].read() is True
        window.undo()
        assert window.fields["tiktok.unique_id"].read() == ""
        window.undo()
        assert str(window.message["text"]) == "Nothing to undo."
        assert window.save()

    play(window, script)
    saved = knobs.load_settings(file)
    assert (saved.tiktok.unique_id, saved.comment.enabled) == ("", True)


def test_a_typed_secret_is_not_kept_for_undo(opened):
    """It would stand in the memory of a window that is open for hours."""
    window = opened()

    def script():
        window.fields["openai.api_key"].widget.insert(0, "sk-1234567890")
        window.form.remember()
        window.fields["openai.api_key"].widget.delete(0, "end")
        window.form.remember()
        assert window.form._before == []
        yield lambda: True

    play(window, script)


def test_what_the_dashboard_changes_appears_and_never_overwrites_what_is_being_typed(opened, file):
    """The dashboard and the window share one house: both may be open, on two computers."""
    settings = knobs.load_settings()
    window = opened(settings)
    model, style = window.fields["openai.model"], window.fields["style.language"]

    def script():
        yield window.window.winfo_viewable
        window.pages.turn_to("openai")
        enter(window, "openai.model", "mine")
        knobs.changed(settings, {"openai": {"model": "theirs"}, "style": {"language": "de"}})
        yield lambda: style.read() == "de"
        assert not style.dirty
        assert model.read() == "mine"
        yield model.theirs.winfo_viewable
        assert "theirs" in str(model._told["text"])
        model.take.invoke()
        assert model.read() == "theirs"
        assert not model.dirty
        yield lambda: not model.theirs.winfo_viewable()
        enter(window, "openai.model", "mine again")
        knobs.changed(settings, {"openai": {"model": "theirs again"}})
        yield model.theirs.winfo_viewable
        assert window.save()
        yield lambda: not model.theirs.winfo_viewable()

    play(window, script)
    assert knobs.load_settings(file).openai.model == "mine again"


def test_language_and_looks_change_at_once_and_nothing_typed_is_lost(opened):
    """Whoever cannot read the window must not have to find a restart."""
    settings = knobs.load_settings()
    window = opened(settings, language=None, theme=None)

    def script():
        knobs.changed(settings, {"window": {"language": "en", "theme": "light"}})
        yield lambda: str(window.save_button["text"]) == "Save"
        enter(window, "tiktok.unique_id", "anna")
        window.pages.turn_to("style")
        knobs.changed(settings, {"window": {"language": "de", "theme": "dark", "skin": False}})
        yield lambda: str(window.save_button["text"]) == "Speichern"
        assert window.fields["tiktok.unique_id"].read() == "anna"
        assert window.fields["tiktok.unique_id"].dirty
        assert window.pages.current == "style"
        assert not window._skin.pictures
        assert window._skin.ink["error"] == "#ff8a80"

    play(window, script)


def test_f1_tells_all_about_the_field_with_the_cursor(opened):
    window = opened()

    def script():
        yield window.window.winfo_viewable
        window.window.focus_force()
        window.form.focus("speech.max_speech_ms")
        yield lambda: window.form.focused() is window.fields["speech.max_speech_ms"]
        window._explain()
        yield window.question.window.winfo_viewable
        words = "\n".join(str(child["text"]) for child in window.question._frame.winfo_children())
        assert "speech.max_speech_ms" in words
        assert "500" in words
        assert "15000" in words
        window.question.answers[0].invoke()

    play(window, script)


def test_the_pages_turn_by_keyboard(opened):
    """Ctrl and Page Down, as browsers turn their tabs."""
    window = opened()

    def script():
        yield window.window.winfo_viewable
        first = window.pages.current
        window.pages._step(1)
        assert window.pages.current == window.pages.list.get_children()[1]
        window.pages._step(-1)
        window.pages._step(-1)
        assert window.pages.current == window.pages.list.get_children()[-1]
        window.pages._step(1)
        assert window.pages.current == first

    play(window, script)


@needs.component("xdotool")
@pytest.mark.skipif(not __import__("shutil").which("xprop"), reason="xprop is missing")
def test_a_desktop_that_wants_everything_larger_gets_it(root):
    """Tk 8.6 does not look at Xft.dpi, which is where desktops of X say it; the fonts must grow with it."""
    from window.skin import dress

    before, sizes = float(root.tk.call("tk", "scaling")), root.tk.call("font", "metrics", "TkDefaultFont", "-linespace")
    told = ["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER"]
    subprocess.run([*told, "Xft.dpi:\t192\n"], check=True)
    try:
        skin = dress(root, "light")
        assert skin.scale == pytest.approx(2.0, rel=0.01)
        assert not skin.pictures
        assert int(root.tk.call("font", "metrics", "TkDefaultFont", "-linespace")) > 1.6 * int(sizes)
    finally:
        subprocess.run([*told, f"Xft.dpi:\t{before * 72:.4f}\n"], check=True)
        dress(root, "light")
        subprocess.run(["xprop", "-root", "-remove", "RESOURCE_MANAGER"], check=True)
    assert float(root.tk.call("tk", "scaling")) == pytest.approx(before, abs=0.01)


class Ear:
    """Stands in for a microphone: what a sound card hears is test_setup.py's affair."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.closed = 0

    def __call__(self, device: str, tell: Callable[[dict[str, object]], None]) -> "Ear":
        self.opened.append(device)
        tell({"rms_dbfs": -20.0, "peak_dbfs": -10.0, "talking": True, "bar_dbfs": -35.0})
        return self

    def close(self) -> None:
        self.closed += 1


def test_the_microphones_meter_follows_the_chosen_device_only_while_its_page_is_shown(opened):
    """Nobody wants a microphone open behind their back."""
    ear = Ear()
    window = opened(listen=ear)
    draw, meter = window._listening.meter.canvas, window._listening.meter

    def script():
        yield window.window.winfo_viewable
        assert ear.opened == []
        window.pages.turn_to("microphone")
        yield lambda: ear.opened == [""] and meter.lit
        line = draw.coords(meter._line)[0]
        assert draw.itemcget(meter._line, "state") == "normal"
        enter(window, "microphone.device", "USB")
        yield lambda: ear.opened == ["", "USB"] and ear.closed == 1
        window.fields["microphone.engine"].widget.set("rms")
        enter(window, "microphone.silence_threshold", "0,5")
        yield lambda: draw.coords(meter._line)[0] > line + 50
        enter(window, "microphone.silence_threshold", "much")
        yield lambda: draw.itemcget(meter._line, "state") == "hidden"
        window.pages.turn_to("style")
        yield lambda: ear.closed == 2
        assert not meter.lit

    play(window, script)
    assert ear.closed == 2


@pytest.mark.parametrize(("told", "language"), [("de_AT.UTF-8", "de"), ("en_GB.UTF-8", "en"), ("", "en")])
def test_the_desktops_language_counts_also_where_its_files_are_missing(monkeypatch, told, language):
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))  # as on a computer without German's files
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", told)
    assert system_language() == language
