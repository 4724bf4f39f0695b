"""What the settings window is made of: opening Tk, buttons with letters, lines that come and go, questions.

Main thread only. No `tk.Variable`, font or image object is made in the window's rooms: their `__del__` calls Tcl from
whichever thread collects them. Can be imported on a Python without tkinter.
"""

from __future__ import annotations

import contextlib
import locale
import os
import queue
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

try:
    import tkinter as tk
    from tkinter import ttk
except ImportError as _error:  # some Linux and macOS Pythons come without
    NO_TK = str(_error)
else:
    NO_TK = ""

T = TypeVar("T")
Text = Callable[..., str]
"""`web.words.say` in the window's language."""

GET_TK = {"win32": "run Python's installer again, Modify, tick tcl/tk", "darwin": "brew install python-tk"}
HEADLESS = "Without a window use: python3 start.py --headless"


class NoDisplay(RuntimeError):  # noqa: N818 - it says what is missing
    """No window can be opened here; the text says why, and what to do, in one line."""


def open_root() -> tk.Tk:
    """The process's Tk. Raises NoDisplay."""
    if NO_TK:
        remedy = GET_TK.get(sys.platform, "sudo apt install python3-tk")
        raise NoDisplay(f"PalFriend: this Python has no tkinter for the settings window: {remedy}. {HEADLESS}")
    if sys.platform == "win32":
        import ctypes

        with contextlib.suppress(AttributeError, OSError):  # an old Windows, or set already
            ctypes.windll.shcore.SetProcessDpiAwareness(1)
    try:
        return tk.Tk()
    except tk.TclError as error:
        raise NoDisplay(f"PalFriend: no display for the settings window ({error}). {HEADLESS}") from None


def usual_keys(root: tk.Tk) -> None:
    """Ctrl-A marks all, as everywhere else; on X Tk has it go to the line's begin."""
    if root.tk.call("tk", "windowingsystem") == "x11":
        root.event_delete("<<LineStart>>", "<Control-Key-a>")
        root.event_add("<<SelectAll>>", "<Control-Key-a>")


def system_language() -> str:
    """`de` where the desktop speaks German, else `en`."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    try:
        name = locale.getlocale()[0] or told  # without that language's files on the computer Python knows none
    except ValueError:  # macOS may set LC_CTYPE=UTF-8, which names no language
        return "en"
    return "de" if name.lower().startswith(("de_", "german")) else "en"


def bold(widget: tk.Misc, size: int) -> tuple[str, int, str]:
    """A bold font in the interface's own family, as a description: a font object would be Tcl's to delete."""
    return str(widget.tk.call("font", "actual", "TkDefaultFont", "-family")), size, "bold"


def add_button(parent: ttk.Frame, marked: str, command: Callable[[], object], side: Any) -> ttk.Button:
    """A button; the letter after `&` works with Alt."""
    button = ttk.Button(parent, command=command)
    name_button(button, marked)
    button.pack(side=side, padx=4)
    return button


def name_button(button: ttk.Button | tk.Button, marked: str) -> None:
    """Give it another name, marked in the same way."""
    at, words = marked.find("&"), marked.replace("&", "", 1)
    if str(button["text"]) == words:
        return
    button.configure(text=words, underline=at)
    if at >= 0:
        button.winfo_toplevel().bind(f"<Alt-{words[at].lower()}>", lambda _: _press(button))


def _press(button: ttk.Button | tk.Button) -> None:
    """Only what can be seen: the letter may outlive its button, or belong to what lies underneath."""
    if button.winfo_exists() and button.winfo_viewable():
        button.invoke()


def spoken(text: Text, words: str) -> str:
    """These words in the window's language, where they were told (`web.words.Told`); else as they are."""
    return text("{words}", words=words)


def set_line(label: ttk.Label, words: str) -> None:
    """Show a line, or take its room away when there is nothing to say."""
    if str(label["text"]) != words:
        label.configure(text=words)
        label.pack(anchor="w", pady=(6, 0)) if words else label.pack_forget()


def waiting(items: queue.Queue[T] | queue.SimpleQueue[T], most: int = 200) -> Iterator[T]:
    """What is in the queue now; never waits, and leaves the rest of a flood for the next look."""
    with contextlib.suppress(queue.Empty):
        for _ in range(most):
            yield items.get_nowait()


class Question:
    """A question over the window that blocks nothing: each answer is a button; the first one is Escape's too."""

    def __init__(self, window: tk.Misc, title: str, words: str) -> None:
        self.window = tk.Toplevel(window)
        self.window.title(title)
        self.window.transient(window.winfo_toplevel())
        self._frame = ttk.Frame(self.window, padding=20)
        self._frame.pack(fill="both", expand=True)
        width = round(520 * window.winfo_fpixels("1i") / 96)
        ttk.Label(self._frame, text=words, wraplength=width).pack(anchor="w", pady=(0, 18))
        self.answers: list[ttk.Button] = []
        self.window.geometry(f"+{window.winfo_rootx() + 120}+{window.winfo_rooty() + 120}")

    def add_entry(self, ink: str) -> tuple[ttk.Entry, ttk.Label]:
        """A line to write in, and below it room for what is wrong with that, in this colour."""
        entry, problem = ttk.Entry(self._frame), ttk.Label(self._frame, foreground=ink)
        entry.pack(fill="x")
        problem.pack(anchor="w", pady=(4, 14))
        return entry, problem

    def answer(
        self, marked: str, then: Callable[[], object] | None = None, ready: Callable[[], bool] | None = None
    ) -> None:
        """One more answer, and what it leads to once the question is gone; it stays while it is not `ready` for this one."""

        def take() -> None:
            if ready and not ready():
                return
            self.window.destroy()
            if then:
                then()

        self.answers.append(add_button(self._frame, marked, take, "left"))
        if len(self.answers) == 1:
            self.window.protocol("WM_DELETE_WINDOW", take)
            self.window.bind("<Escape>", lambda _: take())
            self.answers[0].focus_set()
