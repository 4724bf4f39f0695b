"""The window's pages: one for each section, chosen in a list that can be searched, under one scroll bar. Main thread only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Container
from typing import Any

from window.parts import Text, bold
from window.skin import Skin, paint

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

WHEELS = ("<MouseWheel>", "<Button-4>", "<Button-5>")
WRONG = " ⚠"
LIST_WIDTH = 200


class Pages:
    """One page for each section, chosen in a list, under one scroll bar. `turned`: told the name of the page in front."""

    def __init__(self, parent: ttk.Frame, skin: Skin, turned: Callable[[str], object] = lambda _: None) -> None:
        self._skin, self._turned = skin, turned
        self._bodies, self._notes = dict[str, ttk.Frame](), list[tuple[ttk.Label, float]]()
        self._front: ttk.Frame | None = None
        self.side = ttk.Frame(parent, padding=(14, 4, 0, 10))
        self.side.pack(side="left", fill="y")
        rail = ttk.Frame(self.side)
        rail.pack(side="bottom", fill="both", expand=True)
        self.list = ttk.Treeview(rail, style="Pages.Treeview", show="tree", selectmode="browse", height=4)
        self.list.column("#0", width=round(LIST_WIDTH * skin.scale))
        self.list.tag_configure("error", foreground=skin.ink["error"])
        self._rail = ttk.Scrollbar(rail, command=self.list.yview)
        self.list.configure(yscrollcommand=self._scrolled)
        self.list.pack(side="left", fill="both", expand=True)
        self.list.bind("<<TreeviewSelect>>", lambda _: self.turn_to(self.current))
        self._canvas = tk.Canvas(parent, highlightthickness=0)
        paint(self._canvas, skin)
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
        window.bind("<Control-Next>", lambda _: self._step(1))
        window.bind("<Control-Prior>", lambda _: self._step(-1))

    def _scrolled(self, first: float, last: float) -> None:
        """The list's bar is there only while not all names are in sight."""
        self._rail.set(first, last)
        if float(first) > 0 or float(last) < 1:  # Tcl hands them over as text
            self._rail.pack(side="right", fill="y")
        else:
            self._rail.pack_forget()

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
        label = ttk.Label(body, text=words, foreground=self._skin.ink[ink])
        label.grid(row=row, column=column, columnspan=2 - column, sticky="w")
        self._notes.append((label, (260 if column else 60) * self._skin.scale))
        return label

    def tame(self, widget: tk.Misc) -> None:
        """Let the wheel scroll the page instead of turning the value under the pointer, and Tab walk on from a text."""
        for wheel in WHEELS:
            widget.bind(wheel, self._wheel)
        if isinstance(widget, tk.Text):
            widget.bind("<Tab>", _leave)
            widget.bind("<Shift-Tab>", _leave_back)
            paint(widget, self._skin)

    @property
    def current(self) -> str:
        """The name of the page in front; empty when the search leaves none."""
        chosen = self.list.selection()
        return str(chosen[0]) if chosen else ""

    def turn_to(self, name: str) -> None:
        if name not in self._bodies:
            return
        if not self.list.exists(name) or name not in self.list.get_children():
            self.list.move(name, "", "end")
        if self.current != name:
            self.list.selection_set(name)
        if self._front is not self._bodies[name]:
            self._front = self._bodies[name]
            self._canvas.itemconfigure(self._shown, window=self._bodies[name])
            self._canvas.yview_moveto(0)
            self._turned(name)
        self.list.see(name)

    def show_only(self, names: Collection[str]) -> None:
        """Let the list offer these pages only, in their order; the one in front stays if it may."""
        shown = [name for name in self._bodies if name in names]
        for name in self._bodies:
            self.list.detach(name)
        for place, name in enumerate(shown):
            self.list.move(name, "", place)
        if shown and self.current not in shown:
            self.list.selection_set(shown[0])
            self.turn_to(shown[0])

    def mark(self, wrong: Container[str]) -> None:
        """Show in the list which pages hold refused values."""
        for name in self._bodies:
            title = str(self.list.item(name, "text")).removesuffix(WRONG)
            self.list.item(name, text=title + WRONG * (name in wrong), tags=["error"] * (name in wrong))

    def _step(self, by: int) -> str:
        shown = self.list.get_children()
        if self.current in shown:
            self.turn_to(shown[(shown.index(self.current) + by) % len(shown)])
        return "break"

    def _fit(self, event: tk.Event[Any]) -> None:
        self._canvas.itemconfigure(self._shown, width=event.width)
        self._notes = [(label, beside) for label, beside in self._notes if label.winfo_exists()]
        for label, beside in self._notes:
            label.configure(wraplength=max(160, round(event.width - beside)))

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


def _leave_back(event: tk.Event[Any]) -> str:
    before = event.widget.tk_focusPrev()
    if before:
        before.focus_set()
    return "break"


class Search:
    """A line to search in, and whether settings are shown that hardly anybody needs. `changed` hears of both."""

    def __init__(self, side: ttk.Frame, text: Text, changed: Callable[[], object]) -> None:
        self.changed: Callable[[], object] | None = changed
        self._before: tuple[str, bool] = ("", False)
        row = ttk.Frame(side)
        row.pack(fill="x", pady=(0, 6))
        ttk.Label(row, text="🔍" if side.tk.call("tk", "windowingsystem") != "x11" else text("window.search")).pack(
            side="left", padx=(0, 6)
        )
        self.entry = ttk.Entry(row, width=10)
        self.entry.pack(side="left", fill="x", expand=True)
        self.entry.bind("<KeyRelease>", lambda _: self.look())
        self.advanced = ttk.Checkbutton(side, text=text("window.advanced"), command=self.look, variable="")  # type: ignore[arg-type] # none of Tcl's either: its own state counts
        self.advanced.state(["!alternate", "!selected"])
        self.advanced.pack(anchor="w", pady=(0, 6))
        side.winfo_toplevel().bind("<Control-f>", lambda _: self.entry.focus_set())

    @property
    def words(self) -> list[str]:
        """What is searched for, each word of it."""
        return str(self.entry.get()).casefold().split()

    @property
    def wants_all(self) -> bool:
        """Whether settings for the advanced are shown, too."""
        return bool(self.advanced.instate(["selected"]))

    def set(self, words: str, *, wants_all: bool) -> None:
        """As if it had been typed and ticked."""
        self.entry.delete(0, "end")
        self.entry.insert(0, words)
        self.advanced.state(["selected" if wants_all else "!selected"])
        self.look()

    def clear(self) -> bool:
        """Search for nothing; whether there was anything."""
        searched = bool(self.entry.get())
        self.entry.delete(0, "end")
        self.look()
        return searched

    def look(self) -> None:
        now = (" ".join(self.words), self.wants_all)
        if now != self._before:
            self._before = now
            if self.changed:
                self.changed()
