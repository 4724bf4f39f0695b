"""A slider beside a number: one hand on it, and the number follows; typing moves it back. Main thread only."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from typing import Any

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import ttk

MOST_STEPS, MOST_WITHOUT_UNIT = 10_000, 1000
"""A range with more of them is no matter of feeling: its number is typed, as prices and counts are."""

STOPS = 200
"""Where a slider halts, at most: what a hand can tell apart."""


def suits(spec: Mapping[str, Any]) -> bool:
    """Whether a setting of the schema is one to slide: a range, and no address such as a port."""
    low, high, step = spec["min"], spec["max"], spec["step"]
    if low is None or high is None or not step or spec["name"] == "port":
        return False
    return bool(1 < (high - low) / step <= (MOST_STEPS if spec["unit"] else MOST_WITHOUT_UNIT))


def stops(low: float, high: float, step: float) -> float:
    """The distance between two places where the slider halts: 1, 2 or 5 of some power of ten, at least a step."""
    rough = max((high - low) / STOPS, step)
    power = 10.0 ** math.floor(math.log10(rough))
    return max(step, next(nice * power for nice in (1, 2, 5, 10) if nice * power >= rough - power * 1e-9))


def halted(value: float, low: float, high: float, stop: float) -> float:
    """The nearest stop, or end of the range, without the dust of binary fractions."""
    nearest = round(round(value / stop) * stop, 6)
    return min((nearest, low, high), key=lambda place: (not low <= place <= high, abs(place - value)))


class Slider:
    """Beside `box`, whose number it is."""

    def __init__(self, holder: ttk.Frame, spec: Mapping[str, Any], box: ttk.Spinbox) -> None:
        self._low, self._high, self._whole = float(spec["min"]), float(spec["max"]), spec["type"] == "int"
        self._stop, self._box = stops(self._low, self._high, spec["step"]), box
        self._above, self._step = spec["above"], float(spec["step"])
        length = round(200 * holder.winfo_fpixels("1i") / 96)
        self.scale = ttk.Scale(holder, from_=self._low, to=self._high, length=length)
        self.scale.pack(side="left", padx=(0, 10))
        self.scale.configure(command=self._moved)
        for key, by in (("<Left>", -1), ("<Down>", -1), ("<Right>", 1), ("<Up>", 1)):
            self.scale.bind(key, lambda _, by=by: self._nudge(by))  # type: ignore[misc]
        box.configure(command=self.follow)
        box.bind("<KeyRelease>", lambda _: self.follow())

    def follow(self) -> None:
        """Stand where the number says; where it says nothing, stay."""
        with contextlib.suppress(ValueError):
            number = float(str(self._box.get()).replace(",", "."))
            if math.isfinite(number):
                # the slider's own command would write the halted number over the typed one
                self.scale.configure(command="")
                self.scale.set(min(max(number, self._low), self._high))
                self.scale.configure(command=self._moved)

    def _moved(self, told: str) -> None:
        self._write(halted(float(told), self._low, self._high, self._stop))

    def _nudge(self, by: int) -> str:
        self._write(halted(float(self.scale.get()) + by * self._stop, self._low, self._high, self._stop))
        self.follow()
        return "break"

    def _write(self, number: float) -> None:
        if self._above and number <= self._low:
            number = self._low + self._step
        self._box.delete(0, "end")
        self._box.insert(0, str(round(number)) if self._whole or number == int(number) else f"{number:g}")
