"""A line above the settings for what the streamer should know about them, until they have read it. Main thread only."""

from __future__ import annotations

import contextlib

import settings as knobs
from settings import Settings
from window.parts import Text, add_button
from window.skin import Skin

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

MOST_SHOWN = 4


class NoticeLine:
    """What is told of these settings now. What does not last can be closed, for the dashboard's pages, too."""

    def __init__(self, parent: ttk.Frame, settings: Settings, text: Text, skin: Skin) -> None:
        self._settings, self._text = settings, text
        self._lines: dict[str, str] = {}
        self._closable: list[str] = []
        self._holder = ttk.Frame(parent)
        self._holder.pack(side="top", fill="x")
        self._line = ttk.Frame(self._holder, padding=(18, 8, 14, 8))
        self.button = add_button(self._line, text("window.notice_read"), self._read, "right")
        self.words = ttk.Label(self._line, foreground=skin.ink["wait"])
        self._line.bind("<Configure>", self._fit)

    def follow(self) -> None:
        """Show what there is to know now, and nothing where there is nothing."""
        told = [notice for notice in knobs.notices_of(self._settings) if notice.level == "warning"][:MOST_SHOWN]
        lines = {notice.id: self._text(f"notice.{notice.code}", **dict(notice.params)) for notice in told}
        if lines == self._lines:
            return
        self._lines, self._closable = lines, [notice.id for notice in told if not notice.lasting]
        self.words.configure(text="\n".join(lines.values()))
        self.words.pack(side="left", fill="x", expand=True)
        if self._closable:
            self.button.pack(side="right", padx=4, before=self.words)
        else:
            self.button.pack_forget()
        if lines:
            self._line.pack(fill="x")
        else:
            self._line.pack_forget()
            self._holder.configure(height=1)  # a frame keeps the size of what was in it

    def _read(self) -> None:
        """All that can be closed: whoever reads one line reads them all."""
        for name in self._closable:
            knobs.dismiss_notice(self._settings, name)
        self.follow()

    def _fit(self, event: tk.Event[ttk.Frame]) -> None:
        self.words.configure(wraplength=max(200, event.width - self.button.winfo_reqwidth() - 60))
