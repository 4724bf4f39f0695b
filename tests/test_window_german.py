"""In a German window every sentence is German, also what settings, disk and doctor have to say."""

from pathlib import Path
from typing import Any

import pytest
from playing import enter, play

import settings as knobs
from config.problems import SettingsError
from config.words import Told
from gui import Tools
from settings import Settings
from setup.guide import Guide
from setup.probes import RealProbes
from window import tools as room
from window.exchange import bring_in


def answers_of(window: Any) -> str:
    return "\n".join(str(child["text"]) for child in window.question._frame.winfo_children())


@pytest.mark.parametrize(
    ("path", "raw", "said"),
    [
        ("openai.model", "sk-" + "1a" * 12, "enthält einen Schlüssel"),
        ("comment.greetings", "hallo\nhttps://a.example/?api_key=12345678", "enthält einen Schlüssel"),
    ],
)
def test_what_the_settings_have_against_a_value_stands_at_its_field_in_german(opened, path, raw, said):
    window = opened(language="de")

    def script():
        enter(window, path, raw)
        yield lambda: said in str(window.fields[path].error["text"])
        assert not window.save()
        window.revert()

    play(window, script)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "die Platte ist voll"),
        (SettingsError([knobs.Problem("a.b", 3, Told("problem.no_setting"))], Path("x.yaml")), "x.yaml, Zeile 3: a.b: ist"),
    ],
)  # fmt: skip
def test_why_nothing_was_saved_is_german(opened, error, said):
    refuses = [True]

    def save(_: object) -> None:
        if refuses:
            raise error

    window = opened(language="de", save=save)

    def script():
        enter(window, "tiktok.unique_id", "anna")
        assert not window.save()
        yield lambda: said in str(window.message["text"])
        refuses.clear()

    play(window, script)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"animaze: {port: 0}", 'animaze.port: erwartet wird eine ganze Zahl von 1 bis 65535; da steht "0"'),
        (b"a: [", "YAML"),
        (b"\xff", "ist kein UTF-8-Text"),
        (None, "mine.yaml: diese Datei gibt es nicht"),
        (b"#" * 1_100_000, "ist größer als 1 MB"),
    ],
)
def test_why_a_file_is_not_taken_over_is_german(opened, tmp_path, monkeypatch, content, said):
    settings, source = Settings(), tmp_path / "mine.yaml"
    if content is not None:
        source.write_bytes(content)
    monkeypatch.setattr(room.filedialog, "askopenfilename", lambda **_: str(source))  # its dialog waits for a hand
    take = Tools(bring_in=lambda text, really: bring_in(settings, lambda _: None, text, really))
    window = opened(settings, tools=take, language="de")

    def script():
        window.bar.buttons["bring_in"].invoke()
        yield lambda: window.question is not None and window.question.window.winfo_viewable()
        assert said in answers_of(window)
        window.question.answers[0].invoke()

    play(window, script)


def test_what_the_doctor_has_found_is_german_in_a_german_window(opened):
    """Also when the pal itself speaks English."""
    because = {"because": Told("doctor.name.tiktok")}
    check = {"id": "x", "light": "red", "cause": Told("doctor.skipped.cause", **because), "remedy": Told("lan.hint")}
    window = opened(tools=Tools(doctor=lambda: {"light": "red", "seconds": 1.0, "checks": [check]}), language="de")

    def script():
        window.bar.buttons["doctor"].invoke()
        yield lambda: len(window.health.rows) == 2
        assert Told("lan.hint").in_language("de") in str(window.health.rows[1]["text"])
        assert check["cause"].in_language("de") in str(window.health.rows[0]["text"])
        assert str(check["cause"]) not in str(window.health.rows[0]["text"])

    play(window, script)


def test_a_mistake_in_the_file_is_told_in_german(opened):
    """A person edits it while the window is open."""
    found = {"path": "animaze.port", "line": 3, "message": Told("problem.no_setting")}

    class Quiet(Guide):
        def state(self) -> dict[str, Any]:
            return {**super().state(), "done": True}

    from bridge import Bridge

    async def idle(board: Any, stop: Any) -> None:
        await stop.wait()

    settings = knobs.load_settings()
    window = opened(
        settings, Bridge(idle), language="de", guide=Quiet(settings, RealProbes(settings)),
        on_file=lambda: {"problems": [found], "restart": [], "changed_at": None},
    )  # fmt: skip

    def script():
        yield lambda: "animaze.port: ist keine Einstellung" in str(window.header.notice["text"])

    play(window, script)


def test_personas_are_described_in_the_windows_language(opened):
    settings = knobs.load_settings()
    guide = Guide(settings, RealProbes(settings))
    window = opened(settings, guide=guide, language="de")

    def script():
        window.set_up("persona")
        yield lambda: {"pal", "sage"} <= window.wizard.page.choice.buttons.keys()
        shown = "\n".join(_texts(window.wizard.frame))
        assert "Ein kleiner, fröhlicher Geist" in shown
        assert "cheerful spirit" not in shown

    play(window, script)


def _texts(widget: Any) -> list[str]:
    own = [str(widget["text"])] if "text" in (widget.keys() or ()) else []
    return own + [text for child in widget.winfo_children() for text in _texts(child)]
