"""Which microphone is meant, out of PortAudio's lists of devices and sound systems; and when to try a lost one again.

Pure but for the chance in its delays. The lists are those of sounddevice's `query_devices()` and `query_hostapis()`. Windows lists a device once for
each of its sound systems; WASAPI is the quickest of them and the only one that does not cut names off (from
PortAudio's documentation, not run on Windows).
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from events import Link, LinkState

Device = Mapping[str, Any]

PLACES = re.compile(r"\s*\(hw:\d+,\d+\)|(?<=\()\d+- ?")
"""Numbers that depend on the socket and the order of plugging in: ALSA's `(hw:1,0)`, Windows' `(2- USB Audio)`."""


HEALTHY_SECONDS = 5.0
"""After this much sound a microphone works, and its next loss is healed quickly."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
LIBRARY_DELAY = 60.0
"""Looking for a library starts other programs; one that is installed meanwhile is found all the same."""


class MicrophoneError(Exception):
    """The microphone cannot be heard right now; `link` says why."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.link = Link(state=LinkState.ERROR, code=code, params=tuple(params.items()))


class Delays:
    """How long to wait before the microphone is opened again: soon at first, then less and less often."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY

    def after(self, code: str, heard: float) -> float:
        """Seconds, after it was lost for this reason with `heard` seconds of sound since it was opened."""
        if code in {"mic_no_library", "mic_moved"}:
            return LIBRARY_DELAY if code == "mic_no_library" else 0.0
        delay = FIRST_DELAY if heard >= HEALTHY_SECONDS else self._next
        self._next = min(delay * 1.6, LONGEST_DELAY)
        return delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, protects nothing


def wasapi(apis: Sequence[Device]) -> int | None:
    """The number of WASAPI among the sound systems; None where it is not."""
    return next((number for number, api in enumerate(apis) if "WASAPI" in api["name"]), None)


def choose(devices: Sequence[Device], apis: Sequence[Device], default: int, wanted: str) -> Device:
    """The device to listen to. Raises MicrophoneError when there is none.

    `wanted` is a name or a part of it in any case; "" and "Default" mean the system's, whose number is `default`.
    """
    best = wasapi(apis)
    inputs = _inputs(devices, best)
    if not inputs:
        raise MicrophoneError("mic_no_device")
    if is_default(wanted):
        index = default if best is None else apis[best]["default_input_device"]
        return next((device for device in inputs if device["index"] == index), inputs[0])
    name = wanted.strip().casefold()
    everywhere = [*inputs, *_inputs(devices, None)]
    alike = [d for d in everywhere if name in d["name"].casefold()]
    alike = alike or [d for d in everywhere if _placeless(name) in _placeless(d["name"].casefold())]
    if not alike:
        raise MicrophoneError("mic_not_found", device=wanted)
    return min(alike, key=lambda device: (device["hostapi"] != best, device["name"].casefold() != name))


def is_default(wanted: str) -> bool:
    """Whether this name of the settings means the system's own choice."""
    return wanted.strip().casefold() in {"", "default"}


def _placeless(name: str) -> str:
    """A device's name without where it is plugged in: it is the same one in another socket."""
    return PLACES.sub("", name).strip()


def listing(devices: Sequence[Device], apis: Sequence[Device], default: Device) -> list[dict[str, Any]]:
    """The microphones for a page to choose from: name, default (the system's own), channels, hostapi."""
    return [
        {
            "name": str(device["name"]),
            "default": device["index"] == default["index"],
            "channels": int(device["max_input_channels"]),
            "hostapi": str(apis[device["hostapi"]]["name"]),
        }
        for device in _inputs(devices, wasapi(apis))
    ]


def _inputs(devices: Sequence[Device], api: int | None) -> list[Device]:
    """What can be listened to, of this sound system if it has any, else of all."""
    inputs = [device for device in devices if device["max_input_channels"] > 0]
    return [device for device in inputs if device["hostapi"] == api] or inputs
