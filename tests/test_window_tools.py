"""The buttons beside the bot's own: try the voice, ask the doctor, take settings out and in, what the file is like."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from playing import play
from web_house import build_house

import settings as knobs
from gui import Tools
from window import tools as room
from window.exchange import bring_in, take_out
from window.house import open_window

KEY = "sk-never-in-an-export-123456"
REPORT = {
    "light": "red",
    "seconds": 1.0,
    "checks": [
        {"id": "python", "light": "green", "cause": "Python {3} [is] $there.", "remedy": "", "code": "x", "params": {}},
        {"id": "sign", "light": "yellow", "cause": "Few are left.", "remedy": "Get a key.", "code": "x", "params": {}},
        {"id": "animaze", "light": "red", "cause": "It is away.", "remedy": "Start it.", "code": "x", "params": {}},
        {"id": "mic", "light": "skipped", "cause": "Not looked at.", "remedy": "", "code": "x", "params": {}},
    ],
}


def answers_of(window) -> str:
    return "\n".join(str(child["text"]) for child in window.question._frame.winfo_children())


@pytest.mark.parametrize(("ok", "code"), [(True, "animaze_spoke"), (False, "animaze_silent")])
def test_the_voice_is_tried_without_holding_the_window_up(opened, ok, code):
    """Animaze may take seconds to answer."""
    go = threading.Event()

    def speak() -> dict[str, Any]:
        assert go.wait(20)
        return {"ok": ok, "code": code, "params": {"reason": "it sleeps."}}

    window = opened(tools=Tools(voice=speak))
    button = window.bar.buttons["voice"]

    def script():
        yield button.winfo_viewable
        button.invoke()
        assert button.instate(["disabled"])
        polls = iter(range(5))
        yield lambda: next(polls, None) is None
        go.set()
        yield lambda: button.instate(["!disabled"])
        assert str(window.message["text"]) in {"It spoke. Did you hear it?", "Animaze did not speak: it sleeps."}
        assert str(window.message["foreground"]) == window._skin.ink["up" if ok else "error"]

    play(window, script)


def test_the_doctor_tells_the_worst_first_and_what_to_do(opened, tmp_path, monkeypatch):
    written: list[Path] = []
    window = opened(tools=Tools(doctor=lambda: REPORT, bundle=written.append))
    monkeypatch.setattr(
        room.filedialog, "asksaveasfilename", lambda **_: str(tmp_path / "help.zip")
    )  # its dialog waits

    def script():
        window.bar.buttons["doctor"].invoke()
        yield lambda: window.pages.current == "doctor" and len(window.health.rows) == 6
        words = [str(row["text"]).strip() for row in window.health.rows]
        assert words[0] == "■  It is away."
        assert words[1] == "Start it."
        assert words[2] == "▲  Few are left."
        assert words[-1] == "●  Python {3} [is] $there."
        assert str(window.health.summary["text"]) == "Something needs you."
        window.health.look()
        yield lambda: len(window.health.rows) == 6 and window.health.button.instate(["!disabled"])
        window.window.geometry("900x600")
        yield lambda: window.window.winfo_width() == 900
        window.health.save.invoke()
        yield lambda: written == [tmp_path / "help.zip"]
        yield lambda: "no secrets" in str(window.health.summary["text"])

    play(window, script)


def test_a_doctor_that_falls_ill_is_told(opened, caplog):
    def ill() -> dict[str, Any]:
        raise RuntimeError("fever")

    window = opened(tools=Tools(doctor=ill))

    def script():
        window.health.look()
        yield lambda: "RuntimeError" in str(window.message["text"])
        assert window.health.button.instate(["!disabled"])

    play(window, script)
    assert "fever" in caplog.text


@pytest.mark.parametrize("name", ["mine.yaml", "mine.json"])
def test_settings_go_out_without_secrets_and_come_in_again(opened, file, tmp_path, monkeypatch, name):
    """To a friend, or to the next computer."""
    settings = knobs.load_settings()
    knobs.changed(settings, {"openai": {"api_key": KEY, "model": "theirs"}, "style": {"persona": "sage"}})
    target = tmp_path / name
    tools = Tools(
        take_out=lambda form: take_out(settings, form),
        bring_in=lambda text, really: bring_in(settings, lambda wishes: knobs.changed(settings, wishes), text, really),
    )
    window = opened(settings, tools=tools)
    monkeypatch.setattr(room.filedialog, "asksaveasfilename", lambda **_: str(target))  # its dialog waits for a hand
    monkeypatch.setattr(room.filedialog, "askopenfilename", lambda **_: str(target))  # its dialog waits for a hand

    def script():
        window.bar.buttons["take_out"].invoke()
        yield lambda: "without keys" in str(window.message["text"])
        assert KEY not in target.read_text(encoding="utf-8")
        window.bar.buttons["bring_in"].invoke()
        yield lambda: "same settings" in str(window.message["text"])
        knobs.changed(settings, {"openai": {"model": "other"}, "style": {"persona": "pal"}})
        window.bar.buttons["bring_in"].invoke()
        yield lambda: window.question is not None and window.question.window.winfo_viewable()
        assert "openai.model: other → theirs" in answers_of(window)
        assert settings.openai.model == "other"
        window.question.answers[1].invoke()
        yield lambda: "Imported: 2" in str(window.message["text"])
        yield lambda: window.fields["style.persona"].read() == "sage"

    play(window, script)
    assert (settings.openai.model, settings.openai.api_key) == ("theirs", KEY)
    if name.endswith("json"):
        assert json.loads(target.read_text(encoding="utf-8"))["style"]["persona"] == "sage"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"animaze: {port: 99999}\n", "animaze.port"),
        (b"tiktok: [\n", "line"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"x" * 1_000_001, "1 MB"),
        (None, "mine.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_says_why(opened, tmp_path, monkeypatch, content, said):
    settings = knobs.load_settings()
    source = tmp_path / "mine.yaml"
    if content is not None:
        source.write_bytes(content)
    window = opened(
        settings, tools=Tools(bring_in=lambda text, really: bring_in(settings, lambda _: None, text, really))
    )
    monkeypatch.setattr(room.filedialog, "askopenfilename", lambda **_: str(source))  # its dialog waits for a hand

    def script():
        window.bar.buttons["bring_in"].invoke()
        yield lambda: window.question is not None and window.question.window.winfo_viewable()
        assert said in answers_of(window)
        window.question.answers[0].invoke()

    play(window, script)
    assert settings == knobs.Settings()


def test_a_file_that_cannot_be_written_is_told(opened, tmp_path, monkeypatch):
    window = opened(tools=Tools(take_out=lambda _: "x"))
    there = tmp_path / "no such folder" / "x.yaml"
    monkeypatch.setattr(room.filedialog, "asksaveasfilename", lambda **_: str(there))  # its dialog waits for a hand

    def script():
        window.bar.buttons["take_out"].invoke()
        yield lambda: str(window.message["text"]).startswith("Could not save")

    play(window, script)


def test_the_window_of_a_whole_house_has_all_of_it(root, file, tmp_path, monkeypatch):
    """A mistake in the file is told at the top; a key that is typed here never stands in a log."""
    house = build_house(tmp_path)
    report = {"problems": [{"path": "animaze.port", "line": 3, "message": "must be less"}], "restart": ["animaze.host"]}
    monkeypatch.setattr(type(house.watch), "report", lambda _, **__: report)  # what it finds is its own test's affair
    window = open_window(house, "http://127.0.0.1:1", lambda: None, root)

    def script():
        yield lambda: "line 3" in str(window.header.notice["text"])
        assert "animaze.host" in str(window.header.notice["text"])
        assert {"doctor"} <= window.bar.buttons.keys()
        assert window.desk.buttons.keys() == {"forget", "export"}
        window.fields["openai.api_key"].widget.insert(0, KEY)
        assert window.save()
        assert KEY not in house.logs.redactor.clean(f"the key {KEY}")

    play(window, script)


ODD = """
openai: {api_key: sk-canary-1234567890}
tiktok: {unique_id: "an na"}
"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_only_informs_is_closed_in_the_window_and_what_lasts_stays(opened, file, monkeypatch, language):
    """The same notices as on the dashboard's pages, and closed for them, too."""
    monkeypatch.setenv("PALFRIEND_NO_KEYCHAIN", "1")
    file.write_text(ODD, encoding="utf-8")
    settings = knobs.load_settings(file)
    window = opened(settings, language=language)
    line = window.form.notices

    def script():
        yield line.button.winfo_viewable
        said = str(line.words["text"]).splitlines()
        assert len(said) == 2
        assert said[0].startswith("openai.api_key")
        assert str(line.button["text"]) == {"en": "Dismiss", "de": "Schließen"}[language]
        line.button.focus_set()
        line.button.event_generate("<Key-space>")
        yield lambda: not line.button.winfo_viewable()
        assert str(line.words["text"]) == said[1]
        assert "secret_moved_file" not in {notice.code for notice in knobs.notices_of(settings)}
        window.fields["tiktok.unique_id"].write("@anna")
        assert window.save()
        yield lambda: not line.words.winfo_viewable()

    play(window, script)
    assert settings.tiktok.unique_id == "anna"


@pytest.mark.parametrize("language", ["en", "de"])
def test_choices_are_shown_in_words_and_stored_as_they_are(opened, file, language):
    """`sentence|utterance|never` are words of the file."""
    settings = knobs.load_settings(file)
    window = opened(settings, language=language)
    field = window.fields["speech.yield"]

    def script():
        yield window.window.winfo_viewable
        for name, one in window.fields.items():
            if one.kind == "choice":
                assert one.widget.get() == one.words[one.spec["default"]], name
                assert all(words and not words.startswith("settings.") for words in one.words.values()), name
                assert list(one.widget["values"]) == list(one.words.values()), name
                assert not one.dirty, name
        never = field.words["never"]
        assert never == {"en": "never (talks on)", "de": "never (redet weiter)"}[language]
        field.widget.set(never)
        assert field.read() == "never"
        assert field.dirty
        assert field.words["sentence"] in field.about()
        assert window.save()
        assert field.widget.get() == never

    play(window, script)
    assert knobs.load_settings(file).speech["yield"] == "never"
