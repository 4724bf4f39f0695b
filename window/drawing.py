"""Ticks, dots and knobs as pictures of any size, for the flat skin: Tk's own are made for ordinary screens. Main thread only.

The pictures belong to Tcl and are kept for the life of the process, a few kilobytes: no Python object stands for them.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

Colour = tuple[int, int, int]
Shape = Callable[[float, float], float]
"""How far a point (0..1, 0..1) lies inside (negative) or outside (positive) of what is drawn."""

CORNER = 0.22
TICK = ((0.24, 0.52), (0.42, 0.70), (0.77, 0.32))
"""The three ends of a tick."""


def square(x: float, y: float, margin: float = 0.04) -> float:
    """A square with round corners."""
    half = 0.5 - margin - CORNER
    over = max(abs(x - 0.5) - half, 0.0), max(abs(y - 0.5) - half, 0.0)
    inner = max(abs(x - 0.5), abs(y - 0.5)) - half
    return math.hypot(*over) - CORNER if max(over) > 0 else min(inner, 0.0) - CORNER


def disc(x: float, y: float, radius: float = 0.46) -> float:
    """A disc in the middle."""
    return math.hypot(x - 0.5, y - 0.5) - radius


def line(_: float, y: float) -> float:
    """A line across, of a quarter of the height."""
    return abs(y - 0.5) - 0.12


def tick(x: float, y: float, width: float = 0.06) -> float:
    """A tick."""
    return min(_to_line(x, y, *TICK[0], *TICK[1]), _to_line(x, y, *TICK[1], *TICK[2])) - width


def _to_line(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def rows(size: int, ground: str, layers: list[tuple[Shape, str]]) -> str:
    """A picture as Tk's photo images take it: each layer over those before it, edges smoothed."""
    soft = 1 / size
    lines = []
    for row in range(size):
        pixels = []
        for column in range(size):
            colour = _rgb(ground)
            for shape, ink in layers:
                share = min(max(0.5 - shape((column + 0.5) / size, (row + 0.5) / size) / soft, 0.0), 1.0)
                colour = _mixed(colour, _rgb(ink), share)
            pixels.append("#{:02x}{:02x}{:02x}".format(*colour))
        lines.append("{" + " ".join(pixels) + "}")
    return " ".join(lines)


def _rgb(ink: str) -> Colour:
    return int(ink[1:3], 16), int(ink[3:5], 16), int(ink[5:7], 16)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def add_pictures(root: tk.Tk, style: ttk.Style, look: Mapping[str, str], scale: float) -> None:
    """Give tick boxes, radio buttons and sliders of the theme in use these pictures."""
    size, name = round(16 * scale), f"palfriend_{look['ground'][1:]}_{round(16 * scale)}"

    def picture(what: str, *layers: tuple[Shape, str]) -> str:
        image = f"{name}_{what}"
        if image not in root.tk.splitlist(root.tk.call("image", "names")):
            root.tk.call("image", "create", "photo", image, "-width", size, "-height", size)
            root.tk.call(image, "put", rows(size, look["ground"], list(layers)))
        return image

    def inner(shape: Shape) -> Shape:
        return lambda x, y: shape(x, y) + 1.4 / size * scale**0.5

    pictures: dict[str, Any] = {}
    for kind, outline, mark in (("check", square, tick), ("radio", disc, lambda x, y: disc(x, y, 0.2))):
        off = picture(f"{kind}_off", (outline, look["faint"]), (inner(outline), look["field"]))
        focus = picture(f"{kind}_focus", (outline, look["accent"]), (inner(outline), look["field"]))
        on = picture(f"{kind}_on", (outline, look["accent"]), (mark, look["on_accent"]))
        both = picture(
            f"{kind}_both", (outline, look["text"]), (inner(outline), look["accent"]), (mark, look["on_accent"])
        )
        dead = picture(f"{kind}_dead", (outline, look["line"]), (inner(outline), look["raised"]))
        pictures[kind] = (off, ("disabled", dead), ("selected", "focus", both), ("selected", on), ("focus", focus))
    knob = picture("knob", (disc, look["accent"]))
    held = picture("knob_held", (disc, look["text"]), (inner(inner(disc)), look["accent"]))
    pictures["slider"] = (knob, ("focus", held), ("pressed", held))
    for kind, (first, *states) in pictures.items():
        _element(
            style, f"{name}.{kind}", first, *states, sticky="w", width=size + round(7 * scale) * (kind != "slider")
        )
    _element(style, f"{name}.trough", picture("trough", (line, look["line"])), sticky="we", border=size // 3)
    _lay_out(style, name)


def _element(style: Any, name: str, *pictures: Any, **how: Any) -> None:
    if name not in style.element_names():
        style.element_create(name, "image", *pictures, **how)


def _lay_out(style: Any, name: str) -> None:
    for widget, kind in (("TCheckbutton", "check"), ("TRadiobutton", "radio")):
        label = (f"{widget[1:]}.label", {"side": "left", "sticky": "nswe"})
        children = [(f"{name}.{kind}", {"side": "left", "sticky": ""}), label]
        style.layout(widget, [(f"{widget[1:]}.padding", {"sticky": "nswe", "children": children})])
    children = [(f"{name}.slider", {"side": "left", "sticky": ""})]
    style.layout("Horizontal.TScale", [(f"{name}.trough", {"sticky": "we", "children": children})])
