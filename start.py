"""Starts PalFriend on a machine that has only Python: makes the virtual environment, installs what is pinned, runs main.py."""

import ctypes
import ctypes.util
import sys


def has_portaudio() -> bool:
    """Whether sounddevice will find its library; its wheels for Windows and macOS carry one."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libportaudio.so.2")
    except OSError:
        return ctypes.util.find_library("portaudio") is not None
    return True
