"""The flat skin: Tk's own `clam` in calm colours. Unlike skins made of pictures it grows with the screen. Main thread only."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from window.drawing import add_pictures

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

Look = Mapping[str, str]
"""ground, text, field, line, raised, hover, accent, on_accent, faint: a colour for each."""


def put_on(root: tk.Tk, style: ttk.Style, look: Look, scale: float) -> None:
    """Put it on. `scale`: how much larger than usual the screen wants everything."""
    style.theme_use("clam")
    ground, text, accent = look["ground"], look["text"], look["accent"]
    style.configure(".", background=ground, foreground=text, fieldbackground=look["field"], bordercolor=look["line"],
                    lightcolor=ground, darkcolor=ground, troughcolor=look["raised"], insertcolor=text,
                    selectbackground=accent, selectforeground=look["on_accent"], focuscolor=accent)  # fmt: skip
    style.map(".", foreground=[("disabled", look["faint"])], bordercolor=[("focus", accent)])
    _buttons(style, look, scale)
    _inputs(style, look, scale)
    _moving(style, look, scale)
    add_pictures(root, style, look, scale)
    root.configure(background=ground)
    for option, value in (("background", look["field"]), ("foreground", text), ("selectBackground", accent),
                          ("selectForeground", look["on_accent"])):  # fmt: skip
        root.option_add(f"*TCombobox*Listbox.{option}", value)


def _buttons(style: ttk.Style, look: Look, scale: float) -> None:
    raised, accent = look["raised"], look["accent"]
    style.configure("TButton", background=raised, padding=(round(10 * scale), round(5 * scale)), lightcolor=raised,
                    darkcolor=raised)  # fmt: skip
    style.map("TButton", background=[("active", look["hover"])], bordercolor=[("focus", accent)])
    style.configure("Accent.TButton", background=accent, foreground=look["on_accent"], lightcolor=accent,
                    darkcolor=accent, focuscolor=look["on_accent"])  # fmt: skip
    style.map("Accent.TButton", background=[("disabled", raised), ("active", accent)],
              foreground=[("disabled", look["faint"])], bordercolor=[("focus", look["text"])])  # fmt: skip
    for name in ("TCheckbutton", "TRadiobutton"):
        style.configure(name, padding=round(3 * scale))
        style.map(name, background=[("active", look["ground"])])


def _inputs(style: ttk.Style, look: Look, scale: float) -> None:
    field, text, accent = look["field"], look["text"], look["accent"]
    for name in ("TEntry", "TCombobox", "TSpinbox"):
        style.configure(name, padding=round(5 * scale), lightcolor=field, darkcolor=field, background=look["raised"],
                        arrowcolor=text, arrowsize=round(12 * scale))  # fmt: skip
        style.map(name, bordercolor=[("focus", accent)], lightcolor=[("focus", accent)],
                  fieldbackground=[("readonly", field), ("disabled", look["raised"])],
                  foreground=[("readonly", text)], selectbackground=[("readonly", field)],
                  selectforeground=[("readonly", text)])  # fmt: skip
    style.configure("Treeview", background=look["ground"], fieldbackground=look["ground"], bordercolor=look["ground"])
    style.map("Treeview", background=[("selected", accent)], foreground=[("selected", look["on_accent"])])


def _moving(style: ttk.Style, look: Look, scale: float) -> None:
    line, raised = look["line"], look["raised"]
    colours: dict[str, Any] = {
        part: [("disabled", raised), ("active", look["faint"])] for part in ("background", "lightcolor", "darkcolor")
    }
    style.configure("TScrollbar", arrowsize=round(12 * scale), gripcount=0, arrowcolor=look["text"],
                    bordercolor=look["ground"], background=line, lightcolor=line, darkcolor=line)  # fmt: skip
    style.map("TScrollbar", arrowcolor=[("disabled", look["faint"])], **colours)
    style.configure("Horizontal.TProgressbar", background=look["accent"], bordercolor=line,
                    thickness=round(10 * scale))  # fmt: skip
