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
import math
import queue
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import settings
from events import Link, LinkState
from voice.devices import Device, MicrophoneError, choose, listing, wasapi
from voice.floor import Floor, SpeechState
from voice.vad import VoiceGate, rms, samples

__all__ = ["Floor", "MicState", "Microphone", "MicrophoneMonitor", "SpeechState", "list_devices"]

log = logging.getLogger(__name__)

RATE = 16_000
QUEUED_BLOCKS = 64
FIRST_BLOCK_SECONDS = 3.0
STALL_SECONDS = 1.0
STOP_SECONDS = 2.0
HEALTHY_SECONDS = 5.0
"""After this much sound a microphone works, and its next loss is healed quickly."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
LIBRARY_DELAY = 60.0
"""Looking for a library starts other programs; one that is installed meanwhile is found all the same."""

SMOOTHING_SECONDS, PEAK_SECONDS = 0.1, 1.5
EAR_CHUNK_SECONDS = 0.06
"""Short enough that the usual attack of 120 ms is over after two blocks."""


@dataclass(slots=True)
class MicState:
    """What the microphone hears. Written by its thread, each field whole, read from any."""

    voice_detected: bool = False
    audio_level: float = 0.0
    """Smoothed loudness (RMS), 0..1."""

    peak: float = 0.0
    """The largest sample of late, 0..1."""

    link: Link = field(default_factory=Link)

    @property
    def state(self) -> LinkState:
        return self.link.state

    @property
    def problem(self) -> str:
        """Code of what is wrong; empty when nothing is."""
        return self.link.code


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
    ) -> Iterator[tuple[int, int]]:
        """A running input stream; gives its rate and channels. Raises as `renewed`."""
        with self.renewed() as library:
            device = choose(library.query_devices(), library.query_hostapis(), library.default.device[0], name)
            opened = _open(library, device, chunk_time, hear, ended)
            self._streams += 1
        try:
            opened.start()
            yield int(opened.samplerate), opened.channels
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


def _backoff() -> Iterator[float]:
    delay = FIRST_DELAY
    while True:
        yield delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, protects nothing
        delay = min(delay * 1.6, LONGEST_DELAY)


@dataclass(eq=False)
class MicrophoneMonitor:
    """Hears one microphone on a thread of its own and keeps `mic_state` up to date.

    Whatever goes wrong with the sound is shown in `mic_state.link` and healed by opening again; meanwhile nobody counts
    as speaking. `on_edge` and `on_link` are called on that thread.
    """

    mic_state: MicState
    device_name: str = ""
    silence_threshold: float = 0.02
    chunk_time: float = 0.1
    """Seconds of sound in one block."""

    attack_ms: float = 120
    release_ms: float = 1200
    on_edge: Callable[[bool], None] | None = None
    on_link: Callable[[Link], None] | None = None
    _control: threading.Lock = field(default_factory=threading.Lock, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)
    _blocks: "queue.SimpleQueue[bytes | None]" = field(default_factory=queue.SimpleQueue, init=False)
    _heard: float = field(default=0.0, init=False)

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

    def _run(self, stopped: threading.Event) -> None:
        delays = _backoff()
        while not stopped.is_set():
            self._heard = 0.0
            try:
                self._listen(stopped)
            except Exception as error:  # border: PortAudio and its drivers raise anything, hearing heals itself  # noqa: BLE001
                if stopped.is_set():
                    return
                known = error if isinstance(error, MicrophoneError) else MicrophoneError("mic_refused")
                log.debug("microphone: %s: %s", type(error).__name__, error)
                self._silent(known.link)
                if self._heard >= HEALTHY_SECONDS:
                    delays = _backoff()
                stopped.wait(LIBRARY_DELAY if known.link.code == "mic_no_library" else next(delays))

    def _listen(self, stopped: threading.Event) -> None:
        """Open the microphone and hear it until stopped. Raises when it cannot be heard (any longer)."""
        blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

        def hear(block: Any, *_: object) -> None:
            if blocks.qsize() < QUEUED_BLOCKS:
                blocks.put(bytes(block))

        with _PORTAUDIO.stream(self.device_name, self.chunk_time, hear, lambda: blocks.put(None)) as (rate, channels):
            gate = VoiceGate.of(self.silence_threshold, self.attack_ms, self.release_ms, rate)
            patience = max(FIRST_BLOCK_SECONDS, 3 * self.chunk_time)
            self._blocks = blocks
            while not stopped.is_set():
                block = self._next(blocks, patience)
                if stopped.is_set():
                    return
                self._link(Link(state=LinkState.UP))
                self._take(block, gate, rate, channels)
                patience = max(STALL_SECONDS, 3 * self.chunk_time)

    def _next(self, blocks: "queue.SimpleQueue[bytes | None]", patience: float) -> bytes:
        """The next block. Raises MicrophoneError when none comes or the driver ended the stream."""
        with contextlib.suppress(queue.Empty):
            if (block := blocks.get(timeout=patience)) is not None:
                return block
        lost = MicrophoneError("mic_lost")
        if not self._stopped.is_set():
            self._silent(lost.link)  # before the stream is closed: a driver that hangs there must not mute the pal
        raise lost

    def _take(self, block: bytes, gate: VoiceGate, rate: int, channels: int) -> None:
        """Measure one block of sound and forget it."""
        sound, state = samples(block, channels), self.mic_state
        if not len(sound):
            return
        seconds, loudness = len(sound) / rate, rms(sound)
        self._heard += seconds
        state.audio_level += (loudness - state.audio_level) * (1 - math.exp(-seconds / SMOOTHING_SECONDS))
        state.peak = max(float(abs(sound).max()), state.peak * math.exp(-seconds / PEAK_SECONDS))
        self._edge(gate.feed(loudness, len(sound)))

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


class Microphone:
    """An `Ear`: the microphone of the settings, heard on the bot's loop."""

    def __init__(self, microphone: settings.Microphone) -> None:
        self._settings = microphone
        self._state = MicState()

    def level(self) -> float:
        return self._state.audio_level

    async def run(self, on_voice: Callable[[bool], None], report: Callable[[Link], None]) -> None:
        """Report each edge between silence and speech until cancelled; never fails the bot."""
        if not self._settings.enabled:
            report(Link(state=LinkState.OFF, code="mic_off"))
            await asyncio.Event().wait()
        loop, listening = asyncio.get_running_loop(), True

        def deliver(callback: Callable[[Any], None], news: object) -> None:
            if listening:
                callback(news)

        def cross(callback: Callable[[Any], None], news: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended; nobody listens any more
                loop.call_soon_threadsafe(deliver, callback, news)

        monitor = self._monitor(functools.partial(cross, on_voice), functools.partial(cross, report))
        report(Link(state=LinkState.CONNECTING))
        monitor.start()
        try:
            await asyncio.Event().wait()
        finally:
            listening = False
            await asyncio.to_thread(monitor.stop)

    def _monitor(self, on_edge: Callable[[bool], None], on_link: Callable[[Link], None]) -> MicrophoneMonitor:
        knobs = self._settings
        return MicrophoneMonitor(
            self._state,
            knobs.device,
            knobs.silence_threshold,
            EAR_CHUNK_SECONDS,
            knobs.attack_ms,
            knobs.release_ms,
            on_edge,
            on_link,
        )
