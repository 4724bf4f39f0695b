"""What the settings window is made of: opening Tk, its skin, pages that scroll, questions.

Main thread only. No `tk.Variable`, font or image object is made in the window's rooms: their `__del__` calls Tcl from
whichever thread collects them. Can be imported on a Python without tkinter.
"""

from __future__ import annotations

import contextlib
import locale
import queue
import shutil
import subprocess
import sys
from collections.abc import Callable, Container, Iterator, Mapping
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

INK = {
    "light": {"muted": "#5c5c5c", "error": "#b3261e", "wait": "#8a5a00", "up": "#1a7f37"},
    "dark": {"muted": "#a6a6a6", "error": "#ff8a80", "wait": "#e3b341", "up": "#56d364"},
}
GET_TK = {"win32": "run Python's installer again, Modify, tick tcl/tk", "darwin": "brew install python-tk"}
WHEELS = ("<MouseWheel>", "<Button-4>", "<Button-5>")
WRONG = " ⚠"
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


def dress(root: tk.Tk, theme: str | None) -> dict[str, str]:
    """Put on a skin, `light`, `dark`, `plain` or by default as the system; returns its colours. Without sv-ttk: plain."""
    wanted = theme or ("dark" if system_is_dark() else "light")
    if wanted != "plain":
        with contextlib.suppress(ImportError, tk.TclError):
            import sv_ttk

            sv_ttk.set_theme(wanted, root)
            return INK[wanted]
    if root.tk.call("tk", "windowingsystem") == "x11":
        ttk.Style(root).theme_use("clam")
    return INK["light"]


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


def system_language() -> str:
    """`de` where the desktop speaks German, else `en`."""
    try:
        name = locale.getlocale()[0] or ""
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
        button.winfo_toplevel().bind(f"<Alt-{words[at].lower()}>", lambda _: button.invoke())


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


class Pages:
    """One page for each section, chosen in a list, under one scroll bar."""

    def __init__(self, parent: ttk.Frame, ink: Mapping[str, str]) -> None:
        self._ink, self._bodies, self._notes = ink, dict[str, ttk.Frame](), list[tuple[ttk.Label, int]]()
        self._front: ttk.Frame | None = None
        self.list = ttk.Treeview(parent, show="tree", selectmode="browse", height=4)
        self.list.column("#0", width=200)
        self.list.tag_configure("error", foreground=ink["error"])
        self.list.pack(side="left", fill="y", padx=(14, 0), pady=8)
        self.list.bind("<<TreeviewSelect>>", lambda _: self.turn_to(self.list.selection()[0]))
        self._canvas = tk.Canvas(parent, highlightthickness=0)
        style = ttk.Style(parent)
        if "sun-valley" not in style.theme_use():  # that one colours it by itself, and answers nothing yet
            self._canvas.configure(background=style.lookup("TFrame", "background"))
        bar = ttk.Scrollbar(parent, command=self._canvas.yview)
        bar.pack(side="right", fill="y")
        self._canvas.configure(yscrollcommand=bar.set)
        self._canvas.pack(fill="both", expand=True)
        self._shown = self._canvas.create_window(0, 0, anchor="nw")
        self._canvas.bind("<Configure>", self._fit)
        window = parent.winfo_toplevel()
        window.bind("<FocusIn>", self._reveal)
        for wheel in WHEELS:
            window.bind(wheel, self._wheel)

    def add(self, name: str, title: str, about: str) -> ttk.Frame:
        """A new page with its heading."""
        body = self._bodies[name] = ttk.Frame(self._canvas, padding=(20, 10, 18, 24))
        body.columnconfigure(1, weight=1)
        body.bind("<Configure>", lambda _: self._canvas.configure(scrollregion=self._canvas.bbox("all")))
        ttk.Label(body, text=title, font=bold(body, 15)).grid(row=0, columnspan=2, sticky="w")
        self.note(body, 1, about, "muted", column=0)
        self.list.insert("", "end", iid=name, text=title)
        return body

    def note(self, body: ttk.Frame, row: int, words: str, ink: str, column: int = 1) -> ttk.Label:
        """A text on a page that wraps with the window."""
        label = ttk.Label(body, text=words, foreground=self._ink[ink])
        label.grid(row=row, column=column, columnspan=2 - column, sticky="w")
        self._notes.append((label, 260 if column else 60))
        return label

    def tame(self, widget: tk.Misc) -> None:
        """Let the wheel scroll the page instead of turning the value under the pointer, and Tab walk on from a text."""
        for wheel in WHEELS:
            widget.bind(wheel, self._wheel)
        if isinstance(widget, tk.Text):
            widget.bind("<Tab>", _leave)

    @property
    def current(self) -> str:
        return str(self.list.selection()[0])

    def turn_to(self, name: str) -> None:
        if self.list.selection() != (name,):
            self.list.selection_set(name)
        if self._front is not self._bodies[name]:
            self._front = self._bodies[name]
            self._canvas.itemconfigure(self._shown, window=self._bodies[name])
            self._canvas.yview_moveto(0)

    def mark(self, wrong: Container[str]) -> None:
        """Show in the list which pages hold refused values."""
        for name in self._bodies:
            title = str(self.list.item(name, "text")).removesuffix(WRONG)
            self.list.item(name, text=title + WRONG * (name in wrong), tags=["error"] * (name in wrong))

    def _fit(self, event: tk.Event[Any]) -> None:
        self._canvas.itemconfigure(self._shown, width=event.width)
        for label, beside in self._notes:
            label.configure(wraplength=max(160, event.width - beside))

    def _reveal(self, event: tk.Event[Any]) -> None:
        """Scroll to what has the focus, for those who walk by keyboard."""
        page = self._front
        if page and isinstance(event.widget, tk.Misc) and str(event.widget).startswith(f"{page}."):
            top, seen = event.widget.winfo_rooty() - page.winfo_rooty(), self._canvas.winfo_height()
            if not 0 <= top - self._canvas.canvasy(0) <= seen - event.widget.winfo_height() - 40:
                self._canvas.yview_moveto(max(0, top - 60) / max(1, page.winfo_height()))

    def _wheel(self, event: tk.Event[Any]) -> str | None:
        own = isinstance(event.widget, tk.Text) and event.widget is event.widget.focus_get()
        if own or not str(event.widget).startswith(str(self._canvas)):
            return None
        if self._canvas.yview() != (0.0, 1.0):
            self._canvas.yview_scroll(-2 if event.num == 4 or event.delta > 0 else 2, "units")
        return "break"


def _leave(event: tk.Event[Any]) -> str:
    following = event.widget.tk_focusNext()
    if following:
        following.focus_set()
    return "break"


class Question:
    """A question over the window that blocks nothing: each answer is a button; the first one is Escape's too."""

    def __init__(self, window: tk.Misc, title: str, words: str) -> None:
        self.window = tk.Toplevel(window)
        self.window.title(title)
        self.window.transient(window.winfo_toplevel())
        self._frame = ttk.Frame(self.window, padding=20)
        self._frame.pack(fill="both", expand=True)
        ttk.Label(self._frame, text=words, wraplength=520).pack(anchor="w", pady=(0, 18))
        self.answers: list[ttk.Button] = []
        self.window.geometry(f"+{window.winfo_rootx() + 120}+{window.winfo_rooty() + 120}")

    def answer(self, marked: str, then: Callable[[], object] | None = None) -> None:
        """One more answer, and what it leads to once the question is gone."""

        def take() -> None:
            self.window.destroy()
            if then:
                then()

        self.answers.append(add_button(self._frame, marked, take, "left"))
        if len(self.answers) == 1:
            self.window.protocol("WM_DELETE_WINDOW", take)
            self.window.bind("<Escape>", lambda _: take())
            self.answers[0].focus_set()
