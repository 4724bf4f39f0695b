"""Which microphone is meant, out of PortAudio's lists of devices and of the sound systems they belong to.

Pure. The lists are those of sounddevice's `query_devices()` and `query_hostapis()`. Windows lists a device once for
each of its sound systems; WASAPI is the quickest of them and the only one that does not cut names off (from
PortAudio's documentation, not run on Windows).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events import Link, LinkState

Device = Mapping[str, Any]


class MicrophoneError(Exception):
    """The microphone cannot be heard right now; `link` says why."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.link = Link(state=LinkState.ERROR, code=code, params=tuple(params.items()))


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
    name = wanted.strip().casefold()
    if name in {"", "default"}:
        index = default if best is None else apis[best]["default_input_device"]
        return next((device for device in inputs if device["index"] == index), inputs[0])
    alike = [d for d in [*inputs, *_inputs(devices, None)] if name in d["name"].casefold()]
    if not alike:
        raise MicrophoneError("mic_not_found", device=wanted)
    return min(alike, key=lambda device: (device["hostapi"] != best, device["name"].casefold() != name))


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
