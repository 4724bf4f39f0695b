"""The set-up in the window, as a new user meets it: real clicks, real sockets, the bot of the real house at its end."""

import contextlib
import functools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from playing import Hand, play
from stand_ins import StandIns, stand_ins

import main
import settings as knobs
from bridge import Bridge
from gui import ConfigGUI, Tools
from setup.guide import Found, Guide
from setup.probes import RealProbes
from setup.record import STEPS
from tests.fake_animaze import FakeAnimaze
from tests.fake_tiktok import FakeTikTok
from web.logs import LogRing

FINISHED = "finished"


@pytest.fixture
def outside() -> Iterator[StandIns]:
    with stand_ins(FakeTikTok("streamer"), animaze=FakeAnimaze(seconds=lambda _: 0.05)) as house:
        yield house


def new_user(window: ConfigGUI, hand: Hand, bridge: Bridge, outside: StandIns) -> Iterator[Any]:
    """Presses what is marked, until the pal has spoken."""

    def at(step: str) -> Any:
        return lambda: window.wizard is not None and window.wizard.step == step

    def ready() -> bool:
        return window.wizard is not None and window.wizard.on.instate(["!disabled"])

    yield window.window.winfo_viewable
    yield lambda: window.window.focus_displayof() is not None
    assert window.wizard.step == "language"
    hand.click(window.wizard.on)
    yield at("tiktok")
    yield lambda: window.window.focus_get() is window.wizard.page.entry
    hand.type("streamer")
    yield lambda: window.wizard.page.entry.get() == "streamer"
    hand.click(window.wizard.on)
    yield lambda: "fake live" in str(window.wizard.page.live["text"])
    yield at("animaze")
    yield ready
    hand.click(window.wizard.on)
    yield at("model")
    yield lambda: ready() and window.wizard.page.choice.value == "local"
    hand.click(window.wizard.on)
    yield at("microphone")
    yield window.wizard.page.off.winfo_viewable
    hand.click(window.wizard.page.off)
    yield at("persona")
    yield lambda: len(window.wizard.page.choice.buttons) > 1
    hand.click(window.wizard.on)
    yield at("rehearsal")
    yield ready
    hand.click(window.wizard.on)
    yield at(FINISHED)
    hand.click(window.wizard.on)
    yield lambda: window.wizard is None and bridge.running
    yield lambda: bridge.status()["connected"]["tiktok"] and bridge.status()["connected"]["animaze"]
    outside.do(outside.tiktok.push({"type": "comment", "user": "anna", "text": "what is your favourite snack?"}))
    yield lambda: any("snack" in line for line in outside.animaze.messages)


@needs.component("xdotool")
@needs.component("openbox")
@pytest.mark.timeout(180)
def test_from_the_first_start_to_the_first_spoken_sentence_by_the_wizard_alone(
    opened, file: Path, manager, outside: StandIns, capsys
):
    """Nothing is read, nothing is known: a name is typed, the marked button is pressed until the pal speaks."""
    where = {"host": "127.0.0.1", "port": outside.animaze.port}
    settings = knobs.load_settings(outside.settings(file, animaze=where, openai={"request_timeout": 30}))
    house = main.build_house(settings, lambda: None, LogRing())
    assert house.guide
    house.guide.probes = RealProbes(settings, ports={"ollama": outside.model.port, "lm_studio": 9})
    window: ConfigGUI = opened(settings, house.bridge, guide=house.guide, tools=Tools(dashboard=lambda: None))
    hand, began = Hand(), time.monotonic()

    script = functools.partial(new_user, window, hand, house.bridge, outside)
    try:
        play(window, script, within=120)
    finally:
        assert house.bridge.stop()
    seconds = time.monotonic() - began
    assert outside.animaze.messages == ["-echo You asked what is your favourite snack."]
    assert hand.clicks <= 9
    assert house.guide.state()["done"]
    with capsys.disabled():
        print(f"\n{hand.clicks} clicks, {hand.typed} letters, {seconds:.1f} s to the first spoken sentence")


class Script(RealProbes):
    """A world outside that answers as it is told to, at once: the wires themselves are test_setup.py's affair."""

    def __init__(self, settings: knobs.Settings) -> None:
        super().__init__(settings)
        self.there = False
        self.heard: list[str] = []

    def tiktok(self, name: str) -> Found:
        if name == "nobody":
            return Found(False, "tiktok_unknown_name", {"name": name})
        return Found(True, "tiktok_offline", {"name": name}, {"name": name, "live": False, "title": None})

    def animaze(self, host: str, port: int) -> Found:
        place = {"host": host, "port": 8008}
        return (
            Found(True, "animaze_found", place, place)
            if self.there
            else Found(False, "animaze_missing", {"ports": "8008"})
        )

    def local_models(self) -> list[dict[str, Any]]:
        return []

    def hear(self, device: str, phase: str, tell: Any, stop: Any) -> Found:
        self.heard.append(phase)
        tell({"rms_dbfs": -20.0, "peak_dbfs": -10.0, "talking": phase == "speak", "bar_dbfs": None})
        return Found(True, "microphone_heard" if phase == "speak" else "microphone_quiet")


@pytest.fixture
def led(opened, file: Path) -> Iterator[tuple[ConfigGUI, Guide, Script]]:
    settings = knobs.load_settings()
    probes = Script(settings)
    guide = Guide(settings, probes)
    yield opened(settings, guide=guide, language=None), guide, probes
    assert not guide.levels[1:]


def test_each_step_is_shown_skipped_repeated_and_left_for_later(led):
    """Nobody is held captive."""
    window, guide, _ = led

    def script():
        yield window.window.winfo_viewable
        wizard = window.wizard
        assert not window.main.winfo_viewable()
        for step in STEPS:
            assert wizard.step == step
            assert str(wizard.title["text"])
            wizard.skip.invoke()
        assert wizard.step == FINISHED
        assert guide.state()["done"]
        wizard.marks["tiktok"].invoke()
        assert wizard.step == "tiktok"
        wizard.back.invoke()
        assert wizard.step == "language"
        wizard.later.invoke()
        yield window.main.winfo_viewable
        assert window.wizard is None
        window.bar.buttons["set_up"].invoke()
        assert window.wizard.step == "language"
        window.wizard.later.invoke()

    play(window, script)


def test_a_language_that_is_chosen_is_spoken_from_the_next_step_on(led):
    window, guide, _ = led

    def script():
        knobs.changed(guide.settings, {"window": {"language": "en"}})
        window._rebuild()
        window.set_up()
        window.wizard.page.choice.choose("de")
        window.wizard.on.invoke()
        yield lambda: window.wizard is not None and window.wizard.step == "tiktok"
        assert str(window.wizard.title["text"]) == "Wer bist du auf TikTok?"
        assert guide.settings.style.language == "de"
        window.wizard.later.invoke()
        assert str(window.save_button["text"]) == "Speichern"

    play(window, script)


def test_a_name_that_tiktok_does_not_know_needs_a_second_press(led):
    window, guide, _ = led

    def script():
        window.wizard.go("tiktok")
        window.wizard.page.entry.insert(0, "nobody")
        window.wizard.on.invoke()
        yield lambda: "nobody" in str(window.wizard.said["text"]) and window.wizard.on.instate(["!disabled"])
        assert window.wizard.step == "tiktok"
        assert guide.settings.tiktok.unique_id == ""
        window.wizard.on.invoke()
        yield lambda: window.wizard.step == "animaze"
        assert guide.settings.tiktok.unique_id == "nobody"

    play(window, script)


def test_animaze_is_looked_for_again_and_again_until_it_is_there(led):
    """Whoever switches it on meanwhile has nothing to press."""
    window, guide, probes = led

    def script():
        window.wizard.go("animaze")
        page = window.wizard.page
        yield page.how.winfo_viewable
        assert window.wizard.on.instate(["disabled"])
        probes.there = True
        yield lambda: window.wizard.on.instate(["!disabled"])
        assert not page.how.winfo_viewable()
        assert guide.settings.animaze.port == 8008

    play(window, script)


def test_the_microphone_is_tried_both_ways_without_a_click(led):
    """Speak: it lights up. Be quiet: it goes dark."""
    window, _, probes = led

    def script():
        window.wizard.go("microphone")
        yield lambda: window.wizard.on.instate(["!disabled"])
        assert probes.heard == ["speak", "quiet"]
        assert window.wizard.page.meter.lit is False
        window.wizard.page.repeat.invoke()
        yield lambda: probes.heard == ["speak", "quiet"] * 2

    play(window, script)


def test_a_key_that_is_missing_is_told_and_templates_need_none(led):
    window, guide, _ = led

    def script():
        window.wizard.go("model")
        yield lambda: window.wizard.on.instate(["!disabled"])
        assert window.wizard.page.choice.buttons["local"].instate(["disabled"])
        window.wizard.on.invoke()
        yield lambda: "key first" in str(window.wizard.said["text"])
        assert window.wizard.step == "model"
        window.wizard.page.choice.choose("templates")
        window.wizard.on.invoke()
        yield lambda: window.wizard.step == "microphone"
        assert guide.record.state("model") == "done"

    play(window, script)


def test_a_disk_that_refuses_is_told_and_the_step_stays(led, file: Path):
    window, _guide, _ = led

    def script():
        file.unlink()
        file.mkdir()
        window.wizard.on.invoke()
        yield lambda: "settings.yaml" in str(window.wizard.said["text"])
        assert window.wizard.step == "language"
        file.rmdir()
        window.wizard.on.invoke()
        yield lambda: window.wizard.step == "tiktok"

    play(window, script)


def test_who_has_set_pal_friend_up_already_sees_the_settings(opened, file: Path):
    file.write_text("tiktok: {unique_id: anna}\n", encoding="utf-8")
    settings = knobs.load_settings()
    window = opened(settings, guide=Guide(settings, Script(settings)))

    def script():
        yield window.main.winfo_viewable
        assert window.wizard is None

    play(window, script)


def test_closing_in_the_middle_goes_on_there_next_time(opened, file: Path):
    """Also when what listens, or looks for Animaze, is still at it."""
    settings = knobs.load_settings()
    window = opened(settings, guide=Guide(settings, Script(settings)))

    def script():
        yield window.window.winfo_viewable
        window.wizard.skip.invoke()
        window.wizard.skip.invoke()
        window.close()
        yield lambda: False

    play(window, script)
    window = opened(settings, guide=Guide(settings, Script(settings)))

    def again():
        yield window.window.winfo_viewable
        assert window.wizard.step == "animaze"

    play(window, again)


@pytest.mark.timeout(240)
def test_fifty_windows_open_and_close_with_everything_in_them(opened, root, file: Path):
    """The set-up, the bot's thread, the meter: nothing may pile up, and no thread may stay."""
    import gc
    import threading
    import weakref

    async def wait(board: Any, stop: Any) -> None:
        board.show({"running": True, "state": "live"})
        await stop.wait()

    bridge, settings = Bridge(wait), knobs.load_settings()
    bridge.start()
    left: list[tuple[int, ...]] = []
    gc.collect()
    gc.disable()
    try:
        for number in range(50):
            guide = Guide(settings, Script(settings))
            window = opened(
                settings, bridge, guide=guide, devices=lambda: ["Mic"], logs=list, listen=Script(settings).meter,
                tools=Tools(dashboard=lambda: None, voice=guide.try_voice, doctor=dict), theme=("light", "dark")[number % 2],
            )  # fmt: skip
            window.wizard.go(STEPS[number % len(STEPS)])
            root.after(60, window.request_close)
            parts = (window, window.form, window.wizard, window.wizard.page, window.bar, window.header, window.health)
            ghosts = [weakref.ref(part) for part in parts]
            window.run()
            del window, parts
            assert not [ghost() for ghost in ghosts if ghost()], number
            inside = [len(root.tk.eval(f"info {what}").split()) for what in ("commands", "globals")]
            left.append((*inside, len(root.tk.eval("image names").split())))
            assert not root.tk.eval("after info")
    finally:
        gc.enable()
        assert bridge.stop()
    assert left[-1] <= left[3]
    assert not bridge.board._readers
    ends = time.monotonic() + 30
    while any(thread.name in {"window", "meter", "microphone"} for thread in threading.enumerate()):
        assert time.monotonic() < ends, threading.enumerate()
        with contextlib.suppress(RuntimeError):
            time.sleep(0.05)
