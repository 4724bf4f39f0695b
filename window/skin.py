"""What the window wears: Sun Valley's skin, the system's own, or a flat one that scales; light or dark. Main thread only.

Sun Valley is made of pictures for ordinary screens and does not grow, so dense screens get the flat one.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from window import flat

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

INK = {
    "light": {"muted": "#5c5c5c", "error": "#b3261e", "wait": "#8a5a00", "up": "#1a7f37"},
    "dark": {"muted": "#a6a6a6", "error": "#ff8a80", "wait": "#e3b341", "up": "#56d364"},
}
"""Colours with a contrast of 4.5 and more on the grounds of all skins."""

LOOKS = {
    "light": {"ground": "#fafafa", "text": "#1c1c1c", "field": "#ffffff", "line": "#c4c4c4", "raised": "#f0f0f0",
              "hover": "#e6e6e6", "accent": "#005fb8", "on_accent": "#ffffff", "faint": "#8a8a8a"},
    "dark": {"ground": "#1c1c1c", "text": "#fafafa", "field": "#292929", "line": "#4d4d4d", "raised": "#2e2e2e",
             "hover": "#393939", "accent": "#57c8ff", "on_accent": "#000000", "faint": "#8a8a8a"},
}  # fmt: skip
DENSE = 1.4
"""From this scale on Sun Valley's pictures are too small."""

USUAL_DPI = 96.0
MOST_DPI = 480.0
XFT_DPI = re.compile(rb"Xft\.dpi:(?:\\t|\s)*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Skin:
    """What was put on. `ink`: colours of notes; `look`: those of grounds and fields; `scale`: 1 on an ordinary screen."""

    ink: dict[str, str]
    look: dict[str, str]
    scale: float
    pictures: bool
    """Sun Valley's: it colours canvases and texts by itself."""


def dress(root: tk.Tk, theme: str | None, *, pictures: bool = True) -> Skin:
    """Put on a skin, light, dark or by default as the system; `plain` and without `pictures` never Sun Valley's."""
    scale, style = fit_to_screen(root), ttk.Style(root)
    wanted = theme if theme in LOOKS else "dark" if theme is None and system_is_dark() else "light"
    if pictures and theme != "plain" and scale < DENSE:
        with contextlib.suppress(ImportError, tk.TclError):
            import sv_ttk

            sv_ttk.set_theme(wanted, root)
            _lists(style, scale)
            # its colours of <<ThemeChanged>> arrive with the next events; whoever asks before gets nothing
            return Skin(INK[wanted], LOOKS[wanted], scale, pictures=True)
    if wanted == "light" and root.tk.call("tk", "windowingsystem") != "x11":
        style.theme_use({"win32": "vista", "darwin": "aqua"}.get(sys.platform, "default"))
    else:
        flat.put_on(root, style, LOOKS[wanted], scale)
    _lists(style, scale)
    return Skin(INK[wanted], LOOKS[wanted], scale, pictures=False)


def _lists(style: ttk.Style, scale: float) -> None:
    """The list of pages without room for a tree's arrows, and the set-up's steps as a list of words."""
    words: Any = [("Treeitem.padding", {"sticky": "nswe", "children": [("Treeitem.text", {"sticky": "nswe"})]})]
    style.layout("Pages.Treeview", [("Treeview.treearea", {"sticky": "nswe"})])
    style.layout("Pages.Treeview.Item", words)
    style.configure("Pages.Treeview.Item", padding=(round(8 * scale), 0))
    style.configure("Pages.Treeview", rowheight=round(25 * scale), indent=0)
    style.configure("Step.Toolbutton", anchor="w", padding=(round(10 * scale), round(6 * scale)))


def fit_to_screen(root: tk.Tk) -> float:
    """Let points be as large as the desktop wants them; how much larger than usual that is."""
    dpi = _wanted_dpi(root)
    if dpi is not None and abs(dpi / 72 - float(root.tk.call("tk", "scaling"))) > 0.01:
        root.tk.call("tk", "scaling", dpi / 72)
        for name in root.tk.splitlist(root.tk.call("font", "names")):
            size = int(root.tk.call("font", "configure", name, "-size"))
            if size > 0:  # given in points: counted anew only when it is set
                root.tk.call("font", "configure", name, "-size", size)
    return max(1.0, float(root.tk.call("tk", "scaling")) * 72 / USUAL_DPI)


def _wanted_dpi(root: tk.Tk) -> float | None:
    """What the X desktop asks for (Xft.dpi), which Tk 8.6 does not look at; None elsewhere: there Tk knows."""
    if root.tk.call("tk", "windowingsystem") != "x11":
        return None
    for name, *asked in (("xrdb", "-query"), ("xprop", "-root", "RESOURCE_MANAGER")):
        if program := shutil.which(name):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                told = subprocess.run([program, *asked], capture_output=True, timeout=1, check=False)  # noqa: S603 - fixed
                if found := XFT_DPI.search(told.stdout):
                    return min(max(float(found[1]), USUAL_DPI / 2), MOST_DPI)
    return None


def paint(widget: tk.Text | tk.Canvas | tk.Toplevel, skin: Skin) -> None:
    """Colour what ttk's skins do not reach; Sun Valley does that by itself."""
    if skin.pictures:
        return
    if isinstance(widget, tk.Text):
        look = skin.look
        widget.configure(background=look["field"], foreground=look["text"], insertbackground=look["text"],
                         highlightbackground=look["line"], highlightcolor=look["accent"], highlightthickness=1,
                         relief="flat", selectbackground=look["accent"],
                         selectforeground=look["on_accent"])  # fmt: skip
    else:
        style: Any = ttk.Style(widget)
        widget.configure(background=style.lookup("TFrame", "background"))


def system_is_dark() -> bool:
    """Whether the desktop is set to dark; False also where that cannot be known."""
    if sys.platform == "win32":
        import winreg

        path = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return winreg.QueryValueEx(key, "AppsUseLightTheme")[0] == 0
        return False
    ask = ["defaults", "read", "-g", "AppleInterfaceStyle"]
    if sys.platform != "darwin":
        ask = ["gsettings", "get", "org.gnome.desktop.interface", "color-scheme"]
    if not (program := shutil.which(ask[0])):
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        answer = subprocess.run([program, *ask[1:]], capture_output=True, timeout=1, check=False)  # noqa: S603 - fixed
        return b"dark" in answer.stdout.lower()
    return False
