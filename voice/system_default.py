"""Which microphone is the system's default right now. PortAudio looks only when it is initialised, which would end our stream.

Any thread, cheap enough for every second. Windows: winmm's `waveInMessage` with DRVM_MAPPER_PREFERRED_GET (mmddk.h);
macOS: CoreAudio's kAudioHardwarePropertyDefaultInputDevice (AudioHardware.h). Both follow the documentation and were
not run. On Linux the sound servers move the stream to the new default by themselves.
"""

import ctypes
import ctypes.util
import logging
import sys
from typing import Any

log = logging.getLogger(__name__)

WAVE_MAPPER = ctypes.c_void_p(-1)
DRVM_MAPPER_PREFERRED_GET = 0x2015
SYSTEM_OBJECT = 1


def system_default() -> str:
    """Something that changes when the default does; empty where that cannot be found out or is not needed."""
    try:
        if sys.platform == "win32":
            return _windows()
        if sys.platform == "darwin":
            return _macos()
    except (AttributeError, OSError) as error:  # a system without that library or function
        log.debug("the default microphone cannot be asked for: %s", error)
    return ""


class _WaveInCaps(ctypes.Structure):
    """WAVEINCAPSW of mmeapi.h, which is packed."""

    _pack_ = 1
    _fields_ = (
        ("manufacturer", ctypes.c_uint16),
        ("product", ctypes.c_uint16),
        ("version", ctypes.c_uint32),
        ("name", ctypes.c_wchar * 32),
        ("formats", ctypes.c_uint32),
        ("channels", ctypes.c_uint16),
        ("reserved", ctypes.c_uint16),
    )


def _windows() -> str:
    library: Any = ctypes.CDLL("winmm")
    number, flags, caps = ctypes.c_uint32(), ctypes.c_uint32(), _WaveInCaps()
    library.waveInMessage.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p]
    library.waveInGetDevCapsW.argtypes = [ctypes.c_size_t, ctypes.c_void_p, ctypes.c_uint]
    if library.waveInMessage(
        WAVE_MAPPER, DRVM_MAPPER_PREFERRED_GET, ctypes.byref(number), ctypes.byref(flags)
    ) or library.waveInGetDevCapsW(number.value, ctypes.byref(caps), ctypes.sizeof(caps)):
        return ""
    return str(caps.name)


class _Address(ctypes.Structure):
    """AudioObjectPropertyAddress."""

    _fields_ = (("selector", ctypes.c_uint32), ("scope", ctypes.c_uint32), ("element", ctypes.c_uint32))


def _macos() -> str:
    library: Any = ctypes.CDLL(ctypes.util.find_library("CoreAudio") or "CoreAudio")
    address = _Address(_four(b"dIn "), _four(b"glob"), 0)
    device = ctypes.c_uint32()
    size = ctypes.c_uint32(ctypes.sizeof(device))
    refused = library.AudioObjectGetPropertyData(
        SYSTEM_OBJECT, ctypes.byref(address), 0, None, ctypes.byref(size), ctypes.byref(device)
    )
    return "" if refused else str(device.value)


def _four(code: bytes) -> int:
    return int.from_bytes(code, "big")
