"""The streamer, as far as the pal gives them the floor: the microphone's edges, the switch "I'm talking", the mode, and calibration. Bot's loop."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from corridor.steering import Steering
from events import Calibrated, Ear, Link
from live.notes import Record
from mind.courtesy import Courtesy
from settings import Settings
from speech import Floor

log = logging.getLogger(__name__)

Reply = Callable[[Calibrated], None]


@dataclass(slots=True, kw_only=True)
class Streamer:
    """Whether the streamer has the floor. The switch counts in every mode, the voice only where the mode listens."""

    settings: Settings
    ear: Ear
    floor: Floor
    steering: Steering
    courtesy: Courtesy
    clock: Callable[[], float]
    record: Record
    switch: bool = False
    """The streamer says so: "I'm talking"."""

    _voice: bool = False
    _wishes: "asyncio.Queue[tuple[str, Reply]]" = field(default_factory=lambda: asyncio.Queue(1))

    def __post_init__(self) -> None:
        self.floor.pal_listeners.append(self.ear.pal_speaks)

    async def run(self, report: Callable[[Link], None]) -> None:
        """Listen until cancelled."""
        await self.ear.run(self.heard, report)

    def heard(self, talking: bool) -> None:
        """The microphone heard a voice begin or end."""
        self.record("mic", talking=talking)
        self._voice = talking
        self._settle(0.0 if self.switch else self._release)

    def talk(self, on: bool) -> None:
        """The streamer switched "I'm talking" on or off."""
        if on is not self.switch:
            log.info('the switch "I\'m talking" is %s', "on" if on else "off")
            self.record("order", order="talking", on=on, by="")
            self.switch = on
            self._settle(self._release if self._voice and not on else 0.0)
            self.steering.changed()

    def calibrate(self, kind: str, reply: Reply) -> None:
        """Measure as soon as may be; `reply` is called with what came of it, and must not block."""
        try:
            self._wishes.put_nowait((kind, reply))
        except asyncio.QueueFull:
            reply(Calibrated(kind=kind, verdict="busy"))

    async def measure(self) -> None:
        """Carry out the wishes of `calibrate`, one after the other, until cancelled."""
        while True:
            kind, reply = await self._wishes.get()
            result = Calibrated(kind=kind, verdict="stopped")
            try:
                if kind != "pal" or self.steering.put(self.courtesy.notice("mic_test", self.clock())):
                    result = await self.ear.calibrate(kind)
                else:
                    result = Calibrated(kind=kind, verdict="not_spoken")
            finally:
                reply(result)

    def close(self) -> None:
        """Nobody measures any more."""
        while not self._wishes.empty():
            kind, reply = self._wishes.get_nowait()
            reply(Calibrated(kind=kind, verdict="stopped"))

    def status(self) -> dict[str, Any]:
        """`talking`, `mic_level` and `microphone` of `GET /api/status`."""
        return {
            "talking": self.switch,
            "mic_level": round(self.ear.level(), 3),
            "microphone": {"mode": self.settings.microphone.mode, **self.ear.status()},
        }

    @property
    def _release(self) -> float:
        """Seconds of silence after which the microphone says that the voice has ended; a switch waits for none."""
        return self.settings.microphone.release_ms / 1000

    def _settle(self, tail: float) -> None:
        listens = self.settings.microphone.mode == "listen"
        self.floor.set_streamer(self.switch or (listens and self._voice), tail)
