"""The microphone that hears the streamer; with `voice/floor`, whose names it gives on, the design's room of speech.

Three places: PortAudio's callback only hands bytes over; a thread named "microphone" runs the gate and does all talking
to PortAudio; `Microphone` lives on the bot's loop. The only importer of sounddevice, and lazily: its import
fails where the PortAudio library is missing. No sound is recorded or kept. Run on Linux; what is said here about
WASAPI follows the documentation of PortAudio and was not run on Windows.
"""

import asyncio
import contextlib
import functools
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import settings
from events import Calibrated, Link, LinkState
from voice.calibration import SECONDS, Calibration
from voice.devices import Delays, Device, MicrophoneError, choose, is_default, listing, wasapi
from voice.engines import Loudness, Opened, open_engine
from voice.floor import Floor, SpeechState
from voice.hearing import Deadness, Heard, Hearing, MicState, Pace
from voice.sound import RATE
from voice.system_default import system_default
from voice.vad import NEVER, Sensitivity, sensitivity_of

__all__ = ["Floor", "MicState", "Microphone", "MicrophoneMonitor", "SpeechState", "list_devices"]

log = logging.getLogger(__name__)

QUEUED_BLOCKS = 64
FIRST_BLOCK_SECONDS = 3.0
STALL_SECONDS = 1.0
STOP_SECONDS = 2.0
BLOCK_SECONDS = 0.032
"""One frame of the best detector."""

LOUDNESS_SECONDS = 0.06
"""The block of plain loudness: its attack of 120 ms is over after two."""

TOGETHER_SECONDS = 0.05
"""Blocks up to this length are heard together where that delays no turn: each waking costs as much as the hearing."""

LOOK_SECONDS = 1.0
"""Of sound, between two looks at the settings and at which microphone is meant."""


class _PortAudio:
    """The one PortAudio of this process.

    It lists devices when it is initialised, and initialising it anew ends every open stream: so the list is renewed
    only while none is open. Windows wants a stream to be opened by the thread that initialised, which this gives too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams = 0

    @contextlib.contextmanager
    def renewed(self) -> Iterator[Any]:
        """The library, for this thread alone. Raises MicrophoneError, or whatever PortAudio raises."""
        if not self._lock.acquire(timeout=STOP_SECONDS):
            raise MicrophoneError("mic_refused")
        try:
            library = _library()
            if not self._streams:
                if library._initialized:
                    library._terminate()
                library._initialize()
            yield library
        finally:
            self._lock.release()

    @contextlib.contextmanager
    def stream(
        self, name: str, chunk_time: float, hear: Callable[..., None], ended: Callable[[], None]
    ) -> Iterator[tuple[int, int, Callable[[], str]]]:
        """A running input stream; gives rate, channels, and what asks which device is meant now. Raises as `renewed`."""
        with self.renewed() as library:
            device = _chosen(library, name)
            opened = _open(library, device, chunk_time, hear, ended)
            self._streams += 1
        try:
            opened.start()
            yield int(opened.samplerate), opened.channels, lambda: str(_chosen(library, name)["name"])
        finally:
            with self._lock:
                opened.close()
                self._streams -= 1


_PORTAUDIO = _PortAudio()  # one for each process, as the library is


def _library() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: the package is there, the PortAudio library is not
        raise MicrophoneError("mic_no_library") from error
    return sounddevice


def _chosen(library: Any, name: str) -> Device:
    return choose(library.query_devices(), library.query_hostapis(), library.default.device[0], name)


def _open(library: Any, device: Device, chunk_time: float, hear: Callable[..., None], ended: Callable[[], None]) -> Any:
    """The device at 16 kHz, else at its own rate, else with its own channels. Raises MicrophoneError."""
    own, best = int(device["default_samplerate"]), wasapi(library.query_hostapis())
    formats = dict.fromkeys([(RATE, 1), (own, 1), (own, device["max_input_channels"])])
    problem: Exception | None = None
    for rate, channels in formats:
        try:
            return library.RawInputStream(
                device=device["index"],
                samplerate=rate,
                channels=channels,
                dtype="int16",
                blocksize=max(1, round(rate * chunk_time)),
                callback=hear,
                finished_callback=ended,
                extra_settings=library.WasapiSettings(auto_convert=True) if device["hostapi"] == best else None,
            )
        except library.PortAudioError as error:
            problem = error
    raise MicrophoneError("mic_refused") from problem


def list_devices() -> list[dict[str, Any]]:
    """The microphones: name, default (the system's own), channels, hostapi. Empty where there is no PortAudio."""
    try:
        with _PORTAUDIO.renewed() as library:
            devices, apis = list(library.query_devices()), library.query_hostapis()
            default = choose(devices, apis, library.default.device[0], "")
    except Exception as error:  # border: PortAudio and its drivers raise anything, and a page only wants a list  # noqa: BLE001
        log.debug("no list of microphones: %s", error)
        return []
    return listing(devices, apis, default)


@dataclass(eq=False)
class MicrophoneMonitor:
    """Hears one microphone on a thread of its own and keeps `mic_state` up to date.

    Whatever goes wrong with the sound is shown in `mic_state.link` and healed by opening again; meanwhile nobody counts
    as speaking. `on_edge`, `on_link` and `on_meter` (about ten times a second) are called on that thread.
    """

    mic_state: MicState
    device_name: str = ""
    silence_threshold: float | None = None
    """Ask for plain loudness: the RMS, 0..1, from which sound is speech. None: `engine`."""

    chunk_time: float = BLOCK_SECONDS
    """Seconds of sound in one block."""

    engine: str = "auto"
    """See `voice.engines.open_engine`."""

    sensitivity: Callable[[], Sensitivity] = Sensitivity
    """Asked every `LOOK_SECONDS` of sound, so that a change counts while it is heard."""

    on_edge: Callable[[bool], None] | None = None
    on_link: Callable[[Link], None] | None = None
    on_meter: Callable[[Mapping[str, Any]], None] | None = None
    pal_speaks: bool = False
    """To be kept up to date by whoever knows: its voice may come back from the loudspeakers."""

    _control: threading.Lock = field(default_factory=threading.Lock, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)
    _blocks: "queue.SimpleQueue[bytes | None]" = field(default_factory=queue.SimpleQueue, init=False)
    _heard: float = field(default=0.0, init=False)
    _pace: Pace = field(default_factory=Pace, init=False)
    _calibration: Calibration | None = field(default=None, init=False)
    _results: "queue.SimpleQueue[Calibrated]" = field(default_factory=queue.SimpleQueue, init=False)

    def start(self) -> None:
        """Begin to listen. Never raises for reasons of sound; a second call changes nothing."""
        with self._control:
            if self._thread is None:
                self._stopped = threading.Event()
                self._thread = threading.Thread(target=self._run, args=[self._stopped], name="microphone", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop listening, within two seconds. A second call changes nothing."""
        with self._control:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._stopped.set()
            self._blocks.put(None)  # wakes the thread
            if thread is not threading.current_thread():
                thread.join(STOP_SECONDS - 0.1)
            if thread.is_alive():
                log.warning("the sound driver does not let go of the microphone; it is left behind")
            self._silent(Link())

    def calibrate(self, kind: str, seconds: float | None = None) -> Calibrated:
        """Listen for so long and measure; one at a time. Returns early when the sound ends or cannot be had."""
        if self.mic_state.state is LinkState.ERROR:
            return Calibrated(kind=kind, verdict="no_sound")
        seconds = SECONDS[kind] if seconds is None else seconds
        results: queue.SimpleQueue[Calibrated] = queue.SimpleQueue()
        self._results, self._calibration = results, Calibration(kind, seconds, self.sensitivity())
        try:
            return results.get(timeout=seconds + FIRST_BLOCK_SECONDS)
        except queue.Empty:
            return Calibrated(kind=kind, verdict="no_sound")
        finally:
            self._calibration = None

    def _run(self, stopped: threading.Event) -> None:
        opened, delays = self._engine(), Delays()
        self.mic_state.engine = opened.engine.name
        while not stopped.is_set():
            self._heard = 0.0
            try:
                self._listen(stopped, opened)
            except Exception as error:  # border: PortAudio and its drivers raise anything, hearing heals itself  # noqa: BLE001
                if stopped.is_set():
                    return
                known = error if isinstance(error, MicrophoneError) else MicrophoneError("mic_refused")
                log.debug("microphone: %s: %s", type(error).__name__, error)
                self._silent(known.link)
                stopped.wait(delays.after(known.link.code, self._heard))

    def _engine(self) -> Opened:
        if self.silence_threshold is not None:
            return Opened(Loudness(self.silence_threshold, max(1, round(self.chunk_time * RATE))))
        return open_engine(self.engine)

    def _listen(self, stopped: threading.Event, opened: Opened) -> None:
        """Open the microphone and hear it until stopped. Raises when it cannot be heard (any longer)."""
        blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

        def hear(block: Any, *_: object) -> None:
            if blocks.qsize() < QUEUED_BLOCKS:
                blocks.put(bytes(block))

        default = system_default()
        with _PORTAUDIO.stream(self.device_name, self.chunk_time, hear, lambda: blocks.put(None)) as stream:
            rate, channels, meant = stream
            device, dead, look = meant(), Deadness(), 0.0
            hearing, patience = Hearing(opened.engine, rate, channels), max(FIRST_BLOCK_SECONDS, 3 * self.chunk_time)
            self._blocks, hearing.sensitivity = blocks, self.sensitivity()
            while not stopped.is_set():
                block = self._next(blocks, patience)
                for _ in range(hearing.can_wait if self.chunk_time <= TOGETHER_SECONDS and not stopped.is_set() else 0):
                    block += self._next(blocks, patience)
                if stopped.is_set():
                    return
                self._take(block, hearing, dead)
                patience = max(STALL_SECONDS, 3 * self.chunk_time)
                if self._heard >= look:
                    look, hearing.sensitivity = self._heard + LOOK_SECONDS, self.sensitivity()
                    self._link(opened.link(dead=dead.now))
                    if meant() != device or (is_default(self.device_name) and system_default() != default):
                        raise MicrophoneError("mic_moved")

    def _next(self, blocks: "queue.SimpleQueue[bytes | None]", patience: float) -> bytes:
        """The next block. Raises MicrophoneError when none comes or the driver ended the stream."""
        with contextlib.suppress(queue.Empty):
            if (block := blocks.get(timeout=patience)) is not None:
                return block
        lost = MicrophoneError("mic_lost")
        if not self._stopped.is_set():
            self._silent(lost.link)  # before the stream is closed: a driver that hangs there must not mute the pal
        raise lost

    def _take(self, block: bytes, hearing: Hearing, dead: Deadness) -> None:
        """Hear one block of sound and forget it."""
        hearing.pal_speaks = self.pal_speaks
        for heard in hearing.feed(block):
            self._heard += heard.size / RATE
            self.mic_state.measure(heard)
            dead.feed(heard)
            self._edge(heard.edge)
            self._meter()
            self._measure(heard)

    def _measure(self, heard: Heard) -> None:
        if (calibration := self._calibration) and (result := calibration.take(heard)):
            self._calibration = None
            self._results.put(result)

    def _meter(self) -> None:
        if self.on_meter and (meters := self._pace.due(self.mic_state, self._heard)):
            self.on_meter(meters)

    def _edge(self, talking: bool | None) -> None:
        if talking is not None and talking != self.mic_state.voice_detected:
            self.mic_state.voice_detected = talking
            if self.on_edge:
                self.on_edge(talking)

    def _link(self, link: Link) -> None:
        if link != self.mic_state.link:
            self.mic_state.link = link
            log.info("microphone: %s %s", link.state, link.code)
            if self.on_link:
                self.on_link(link)

    def _silent(self, link: Link) -> None:
        """Nothing is heard: nobody may be kept waiting for that."""
        self.mic_state.audio_level = self.mic_state.peak = 0.0
        self._link(link)
        self._edge(False)
        self._pace = Pace()
        self._meter()
        if calibration := self._calibration:
            self._calibration = None
            self._results.put(calibration.result())


class Microphone:
    """An `Ear`: the microphone of the settings, heard on the bot's loop. `tell_level` gets what meters show, there."""

    def __init__(
        self, microphone: settings.Microphone, tell_level: Callable[[Mapping[str, Any]], None] = lambda _: None
    ) -> None:
        self._knobs, self._tell_level = microphone, tell_level
        self._monitor = monitor_of(microphone)

    def level(self) -> float:
        return self._monitor.mic_state.audio_level

    def status(self) -> dict[str, Any]:
        state, bar = self._monitor.mic_state, sensitivity_of(self._knobs).bar(pal=self._monitor.pal_speaks)
        return {"engine": state.engine, **state.meters(), "bar_dbfs": round(bar, 1) if bar > NEVER else None}

    def pal_speaks(self, on: bool) -> None:
        self._monitor.pal_speaks = on

    async def calibrate(self, kind: str) -> Calibrated:
        if self._monitor.mic_state.state is LinkState.OFF:
            return Calibrated(kind=kind, verdict="mic_off")
        return await asyncio.to_thread(self._monitor.calibrate, kind)

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        """Report each edge between silence and speech until cancelled; never fails the bot."""
        if not self._knobs.enabled or self._knobs.mode == "off":
            report(Link(state=LinkState.OFF, code="mic_off"))
            await asyncio.Event().wait()
        loop, listening = asyncio.get_running_loop(), True

        def deliver(callback: Callable[[Any], None], news: object) -> None:
            if listening:
                callback(news)

        def cross(callback: Callable[[Any], None], news: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended; nobody listens any more
                loop.call_soon_threadsafe(deliver, callback, news)

        monitor = self._monitor
        monitor.on_edge, monitor.on_link = functools.partial(cross, on_voice), functools.partial(cross, report)
        monitor.on_meter = functools.partial(cross, self._tell_level)
        report(Link(state=LinkState.CONNECTING))
        monitor.start()
        try:
            await asyncio.Event().wait()
        finally:
            listening = False
            await asyncio.to_thread(monitor.stop)


def monitor_of(knobs: settings.Microphone) -> MicrophoneMonitor:
    """The microphone as the settings want it; not started."""
    plain = knobs.engine == "rms"
    return MicrophoneMonitor(
        MicState(),
        knobs.device,
        knobs.silence_threshold if plain else None,
        LOUDNESS_SECONDS if plain else BLOCK_SECONDS,
        knobs.engine,
        lambda: sensitivity_of(knobs),
    )


def calibrate(microphone: settings.Microphone, kind: str) -> Calibrated:
    """Open the microphone of the settings only for this; for when no bot has it open. Blocks for as long as it takes."""
    monitor = monitor_of(microphone)
    monitor.start()
    try:
        return monitor.calibrate(kind)
    finally:
        monitor.stop()
