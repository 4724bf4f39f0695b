"""Knobs of the settings window. Pure data, any thread."""

from typing import Literal

from config.section import Section, Switch, knob


class Window(Section):
    """How the settings window looks"""

    language: Literal["system", "en", "de"] = knob("system")
    theme: Literal["system", "light", "dark"] = knob("system")
    skin: Switch = knob(True)
