"""Parts of the machine that tests use and a user may not have: how each is found and which Debian package brings it.

`@needs.component("xvfb")` skips the test with the reason where the part is missing; with CI=true the test fails instead
(conftest.py acts on the marker), so a pipeline cannot turn green by testing less.
"""

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import start

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, slots=True)
class Component:
    """`packages` are Debian's; empty where the distribution's package would be too old."""

    found: Callable[[], bool]
    packages: tuple[str, ...]
    elsewhere: str = ""


def chromium() -> str | None:
    """Path of a browser that playwright-core can drive, None without one."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _commands(*names: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(name) for name in names)


def _has_tk() -> bool:
    try:
        importlib.import_module("tkinter")
    except ImportError:
        return False
    return True


def _has_pulseaudio() -> bool:
    """With ALSA's bridge: PortAudio reaches a PulseAudio server only through it."""
    plugin = "alsa-lib/libasound_module_pcm_pulse.so"
    bridges = [*Path("/usr").glob(f"lib*/{plugin}"), *Path("/usr").glob(f"lib*/*/{plugin}")]
    return _commands("pulseaudio", "pactl")() and bool(bridges)


# A Python that is not Debian's own brings its own _tkinter or none: apt cannot help it.
_TK_PACKAGES = ("python3-tk",) if sys.base_prefix == "/usr" else ()

COMPONENTS = {
    "portaudio": Component(start.has_portaudio, ("libportaudio2",)),
    "pulseaudio": Component(_has_pulseaudio, ("pulseaudio", "pulseaudio-utils", "libasound2-plugins")),
    "xvfb": Component(_commands("Xvfb"), ("xvfb",)),
    "tk": Component(_has_tk, _TK_PACKAGES, "a Python with tkinter"),
    "chromium": Component(lambda: chromium() is not None, ("chromium", "fonts-dejavu-core")),
    "node": Component(_commands("node", "npm"), (), "Node.js 20 or newer"),
    "pyinstaller": Component(
        lambda: importlib.util.find_spec("PyInstaller") is not None, (), "python3 start.py test, which installs it"
    ),
    "openbox": Component(_commands("openbox"), ("openbox",)),
    "xdotool": Component(_commands("xdotool", "wmctrl", "import"), ("xdotool", "wmctrl", "imagemagick")),
}


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


@cache
def missing(name: str) -> str | None:
    """Why `name` cannot be used here, naming what brings it; None when it is there."""
    part = COMPONENTS[name]
    if part.found():
        return None
    remedy = f"apt install {' '.join(part.packages)}" if part.packages else part.elsewhere
    return f"{name} is missing: {remedy}"


def component(name: str) -> pytest.MarkDecorator:
    """Marker for a test that uses `name`: skipped, or in CI failed, where it is missing."""
    reason = missing(name)
    if reason and in_ci():
        return pytest.mark.missing(reason)
    return pytest.mark.skipif(reason is not None, reason=reason or "")


def require(name: str) -> None:
    """The same from inside a fixture or a running test."""
    reason = missing(name)
    if reason and in_ci():
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)
