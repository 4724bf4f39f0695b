"""The microphone while no bot has it: a live meter, and whether a voice lights it up and silence lets it go dark.

Any thread; the sound itself is heard on the monitor's own (`speech`). Nothing is recorded.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import settings
from events import LinkState
from setup.guide import Found, Tell
from speech import MicState, monitor_of
from voice.vad import NEVER, sensitivity_of

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
QUIET_SECONDS = 2.0
"""How long it must stay dark to count as quiet."""

LOOK_SECONDS = 0.05
DEAD_DBFS = -100.0


@contextlib.contextmanager
def listening(knobs: settings.Microphone, device: str, tell: Tell) -> Iterator[MicState]:
    """An open microphone with these knobs and this device's name; closed again at the end. Never raises for sound's reasons."""
    bar = sensitivity_of(knobs).bar(pal=False)
    shown = round(bar, 1) if bar > NEVER else None
    monitor = monitor_of(knobs.model_copy(update={"device": device}))
    monitor.on_meter = lambda meters: tell({**meters, "bar_dbfs": shown})
    monitor.start()
    try:
        yield monitor.mic_state
    finally:
        monitor.stop()


def wait_for(phase: str, knobs: settings.Microphone, device: str, tell: Tell, stop: threading.Event) -> Found:
    """Until a voice is heard (`speak`) or none is for `QUIET_SECONDS` (`quiet`), `PATIENCE_SECONDS` at most."""
    with listening(knobs, device, tell) as state:
        deadline, dark, loudest = time.monotonic() + PATIENCE_SECONDS, time.monotonic(), -120.0
        while (now := time.monotonic()) < deadline and not stop.wait(LOOK_SECONDS):
            meters = state.meters()
            loudest = max(loudest, float(meters["peak_dbfs"]))
            dark = now if state.voice_detected or state.state is not LinkState.UP else dark
            if phase == "speak" and state.voice_detected:
                return Found(True, "microphone_heard", result=_levels(meters))
            if phase == "quiet" and now - dark >= QUIET_SECONDS:
                return Found(True, "microphone_quiet", result=_levels(meters))
        problem = state.link
        if stop.is_set():
            return Found(False, "microphone_stopped")
        if problem.state is not LinkState.UP and problem.code:
            return Found(False, problem.code, dict(problem.params))
        if phase == "quiet":
            return Found(False, "microphone_noisy")
        return Found(False, "microphone_dead" if loudest < DEAD_DBFS else "microphone_unheard")


def _levels(meters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: meters[name] for name in ("rms_dbfs", "peak_dbfs")}


class LiveMeter:
    """Lets a meter follow the microphone until `close`. Opening takes a moment, so it happens on a thread."""

    def __init__(self, knobs: settings.Microphone, device: str, tell: Tell) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(knobs, device, tell), name="meter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Waits for nothing: the microphone is let go of within two seconds."""
        self._over.set()

    def _run(self, knobs: settings.Microphone, device: str, tell: Tell) -> None:
        with listening(knobs, device, tell):
            self._over.wait()
