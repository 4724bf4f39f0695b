"""The microphone's meter: how loud it is now, the loudest moment, and the line a voice must cross. Main thread only."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from window.skin import Skin, paint

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk

QUIETEST_DBFS = -60.0
WIDTH, HEIGHT, LAMP = 360, 22, 16
"""Pixels of an ordinary screen."""

SILENT = {"rms_dbfs": QUIETEST_DBFS, "peak_dbfs": QUIETEST_DBFS, "talking": False, "bar_dbfs": None}


class Levels:
    """The latest level from whichever thread hears; the window looks at it when it likes."""

    def __init__(self) -> None:
        self.now: Mapping[str, Any] = SILENT

    def tell(self, meters: Mapping[str, Any]) -> None:
        """`meters`: rms_dbfs, peak_dbfs, talking, bar_dbfs."""
        self.now = meters


class Meter:
    """A bar from silence to as loud as can be, and a lamp that is lit while a voice is heard."""

    def __init__(self, parent: tk.Misc, skin: Skin) -> None:
        scale, look = skin.scale, skin.look
        self._left, self._right, self._high = round(30 * scale), round(WIDTH * scale), round(HEIGHT * scale)
        self.canvas = tk.Canvas(parent, width=self._right + 2, height=self._high, highlightthickness=0, takefocus=0)
        paint(self.canvas, skin)
        self._ink, self._dark, self._inset = skin.ink, look["hover"], round(4 * scale)
        lamp, bottom = round(LAMP * scale), self._high - self._inset
        edge, draw = (self._high - lamp) // 2, self.canvas
        self._lamp = draw.create_oval(2, edge, 2 + lamp, edge + lamp, outline=look["line"])
        draw.create_rectangle(self._left, self._inset, self._right, bottom, outline=look["line"], fill=look["field"])
        self._bar = draw.create_rectangle(self._left, self._inset + 1, self._left, bottom, width=0)
        self._peak = draw.create_line(self._left, self._inset, self._left, bottom, fill=look["text"], width=2)
        self._line = draw.create_line(0, 0, 0, self._high, fill=skin.ink["error"], width=max(2, round(2 * scale)))
        self.lit = False
        self.show(SILENT)

    def show(self, meters: Mapping[str, Any]) -> None:
        """`meters`: rms_dbfs, peak_dbfs, talking, bar_dbfs (what a voice must reach; None: no line)."""
        draw, bar_dbfs = self.canvas, meters.get("bar_dbfs")
        self.lit = bool(meters["talking"])
        draw.coords(self._bar, self._left, self._inset + 1, self._at(meters["rms_dbfs"]), self._high - self._inset)
        peak = self._at(meters["peak_dbfs"])
        draw.coords(self._peak, peak, self._inset, peak, self._high - self._inset)
        draw.itemconfigure(self._bar, fill=self._ink["up"] if self.lit else self._ink["wait"])
        draw.itemconfigure(self._lamp, fill=self._ink["up"] if self.lit else self._dark)
        line = self._at(QUIETEST_DBFS if bar_dbfs is None else bar_dbfs)
        draw.coords(self._line, line, 0, line, self._high)
        draw.itemconfigure(self._line, state="hidden" if bar_dbfs is None else "normal")

    def _at(self, level: float) -> float:
        share = min(max((level - QUIETEST_DBFS) / -QUIETEST_DBFS, 0.0), 1.0)
        return self._left + share * (self._right - self._left)
