"""The window's head: how the bot is doing, Start and Stop, the red button that silences it, "I'm talking". Main thread only."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from bridge import STOPPED
from window.meter import QUIETEST_DBFS, SILENT
from window.parts import Text, add_button, bold, name_button, set_line, waiting

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

if TYPE_CHECKING:
    from bridge import StatusBoard

LAMPS = {"off": "muted", "connecting": "wait", "waiting": "wait", "up": "up", "error": "error"}
MOMENTS = {"live": "paused", "waiting": "ended"}
"""States of the live that are said instead of the bot's."""

RED, ON_RED = "#b3261e", "#ffffff"


class Pal(Protocol):
    """What the window shows and commands: the bridge."""

    board: StatusBoard

    @property
    def running(self) -> bool: ...

    def start(self) -> bool: ...

    def stop(self) -> bool: ...

    def status(self) -> Mapping[str, Any]: ...

    def order(self, name: str, on: bool, /) -> bool:
        """Silence the pal (`panic`, `mute`), take the floor (`talking`), or give back. False when nobody is there to obey."""


class Silence:
    """The red button, and while the pal is silenced the line that says so, with the way back.

    That stands elsewhere: in the place of the red button a double click would silence and release.
    """

    def __init__(
        self,
        buttons: ttk.Frame,
        below: ttk.Frame,
        pal: Pal,
        text: Text,
        ink: Mapping[str, str],
        run: Callable[..., None],
    ) -> None:
        self._pal, self._text, self._run = pal, text, run
        self._silenced: str | None = None
        self.button = tk.Button(buttons, command=functools.partial(self._order, "panic", True), padx=10)
        self.button.configure(font=bold(buttons, 10), foreground=RED)
        if buttons.tk.call("tk", "windowingsystem") != "aqua":  # that one does not colour the ground of buttons
            self.button.configure(background=RED, foreground=ON_RED, activebackground=ON_RED, activeforeground=RED)
        name_button(self.button, text("window.panic"))
        self.button.pack(side="left", padx=4)
        self._banner = ttk.Frame(below)
        self.words = ttk.Label(self._banner, foreground=ink["error"], font=bold(below, 12))
        self.words.pack(side="left", padx=(0, 12))
        self.release = ttk.Button(self._banner, command=self._let_go)

    def show(self, silenced: str | None) -> None:
        """Say whether it is silenced, `panic` or `mute`."""
        self._silenced = silenced
        self._say(self._text(f"window.silenced.{silenced}") if silenced else "")
        if silenced:
            name_button(self.release, self._text("window.release" if silenced == "panic" else "window.unmute"))
            self.release.pack(side="left")
        else:
            self.release.pack_forget()

    def _say(self, words: str) -> None:
        self.words.configure(text=words)
        self._banner.pack(anchor="w", pady=(6, 0)) if words else self._banner.pack_forget()

    def _let_go(self) -> None:
        if self._silenced:
            self._order(self._silenced, False)

    def _order(self, name: str, on: bool) -> None:
        self._run(functools.partial(self._pal.order, name, on), self._answered)

    def _answered(self, obeyed: Any) -> None:
        raise_again(obeyed)
        if not obeyed:
            self._say(self._text("window.not_silenced"))


class Talk:
    """The microphone's level and the switch "I'm talking"."""

    def __init__(self, row: ttk.Frame, pal: Pal, text: Text, run: Callable[..., None]) -> None:
        self._pal, self._text, self._run = pal, text, run
        self._talking = False
        ttk.Label(row, text=text("window.microphone")).pack(side="left", padx=(0, 8))
        self.meter = ttk.Progressbar(row, length=160, maximum=-QUIETEST_DBFS)
        self.meter.pack(side="left", padx=(0, 8))
        self.level = ttk.Label(row, width=10)
        self.level.pack(side="left", padx=(0, 8))
        self.button = add_button(row, text("window.talking"), self._switch, "left")

    def show(self, talking: bool) -> None:
        """Say whether the switch is on."""
        self._talking = talking
        name_button(self.button, self._text("window.not_talking" if talking else "window.talking"))

    def hear(self, rms_dbfs: float, peak_dbfs: float) -> None:
        """Let the meter follow: the bar is the loudness, the number the peak."""
        self.meter.configure(value=max(0.0, rms_dbfs - QUIETEST_DBFS))
        self.level.configure(text=f"{peak_dbfs:.0f} dBFS" if peak_dbfs > QUIETEST_DBFS else "")

    def _switch(self) -> None:
        self._run(functools.partial(self._pal.order, "talking", not self._talking), raise_again)


def raise_again(outcome: Any) -> None:
    """For what was done on a thread: the window tells what went wrong there."""
    if isinstance(outcome, Exception):
        raise outcome


class Header:
    """How the bot is doing: state, reasons, lamps, the sentence being spoken; Start, Stop, Silence.

    `run(work, then)` works on a thread and calls `then` on this one.
    """

    def __init__(
        self, window: tk.Misc, bridge: Pal, text: Text, ink: Mapping[str, str], run: Callable[..., None]
    ) -> None:
        self._bridge, self._text, self._ink, self._run = bridge, text, ink, run
        self._status: Mapping[str, Any] | None = None
        self._level: Mapping[str, Any] = SILENT
        self._news = bridge.board.subscribe()
        frame, top = ttk.Frame(window, padding=(18, 4, 14, 6)), ttk.Frame(window, padding=(18, 14, 14, 0))
        top.pack(fill="x")
        frame.pack(fill="x")
        self.buttons = ttk.Frame(top)
        self.buttons.pack(side="right")
        self.switch = add_button(self.buttons, text("window.start"), self._start_or_stop, "left")
        self.state = ttk.Label(top, font=bold(top, 14))
        self.state.pack(side="left")
        lamps = ttk.Frame(frame)
        lamps.pack(anchor="w")
        self.lamps = {name: ttk.Label(lamps) for name in STOPPED["connected"]}
        for lamp in self.lamps.values():
            lamp.pack(side="left", padx=(0, 16))
        self.silence = Silence(self.buttons, frame, bridge, text, ink, run)
        talk = ttk.Frame(frame)
        talk.pack(anchor="w", pady=(6, 0))
        self.talk = Talk(talk, bridge, text, run)
        self.reason = ttk.Label(frame, foreground=ink["muted"])
        self.caption = ttk.Label(frame)
        self.notice = ttk.Label(frame, foreground=ink["wait"])
        frame.bind("<Configure>", self._fit)

    def close(self) -> None:
        """Let go of the bot's news."""
        self._bridge.board.unsubscribe(self._news)

    def follow(self, file: Mapping[str, Any] | None = None) -> None:
        """Show what the bot has published since the last look; `file`: how the settings' file is."""
        set_line(self.notice, _about(file, self._text) if file else "")
        level: Mapping[str, Any] | None = None
        for news in waiting(self._news):
            if news.name == "level":
                level = news.payload
            elif news.name in {"caption", "caption_end"}:
                set_line(self.caption, f"“{news.payload['text']}”" if news.name == "caption" else "")
        if level:
            self._level = level
            self.talk.hear(level["rms_dbfs"], level["peak_dbfs"])
        status = self._bridge.status()
        if status is not self._status:
            self._status = status
            self._show(status)

    @property
    def heard(self) -> Mapping[str, Any] | None:
        """What the bot's microphone hears: rms_dbfs, peak_dbfs, talking, bar_dbfs. None while it has none."""
        status = self._bridge.status()
        if not status["running"] or status["microphone"]["mode"] == "off":
            return None
        return {**self._level, "bar_dbfs": status["microphone"]["bar_dbfs"]}

    def _fit(self, event: tk.Event[Any]) -> None:
        for label in (self.reason, self.caption, self.notice):
            label.configure(wraplength=max(200, event.width - 40))

    def _show(self, status: Mapping[str, Any]) -> None:
        text, links = self._text, status["links"]
        mark = f"{text('window.demo')} · " if status["demo"] else ""
        live = status["live"]
        moment = MOMENTS.get(status["state"]) == live["state"]
        self.state.configure(text=mark + text(f"window.state.{live['state'] if moment else status['state']}"))
        name_button(self.switch, text("window.stop" if status["running"] else "window.start"))
        for name, lamp in self.lamps.items():
            state = links[name]["state"] if name in links else "up" if status["connected"][name] else "off"
            word = "simulated" if status["demo"] and state == "up" else state
            words = f"● {text(f'window.link.{name}')}: {text(f'window.link.{word}')}"
            lamp.configure(text=words, foreground=self._ink[LAMPS[state]])
        reasons = [
            f"{text(f'window.link.{name}')}: {text('reason.' + link['code'], **dict(link['params']))}"
            for name, link in links.items()
            if link["code"]
        ]
        if live["code"] and reasons:  # TikTok's is the first
            reasons[0] += " " + text(f"remedy.{live['code']}", **dict(live["params"]))
        trouble = [text("problem.bot_failed", error=status["error"])] if status["error"] else []
        set_line(self.reason, "\n".join([*trouble, *reasons]))
        self.silence.show(status.get("silenced"))
        self.talk.show(status["talking"])
        if not status["running"]:
            set_line(self.caption, "")
            self._level = SILENT
            self.talk.hear(QUIETEST_DBFS, QUIETEST_DBFS)

    def _start_or_stop(self) -> None:
        self.switch.state(["disabled"])
        work = self._bridge.stop if self._bridge.running else self._bridge.start
        self._run(work, lambda _: self.switch.state(["!disabled"]))


def _about(file: Mapping[str, Any], text: Text) -> str:
    """What a mistake in the file, or a change that waits for the next Start, means for the streamer."""
    lines = [
        text("window.file_problem", line=found["line"] or "?", path=found["path"], message=found["message"])
        for found in file["problems"][:3]
    ]
    if file["restart"]:
        lines.append(text("window.restart_due", paths=", ".join(file["restart"][:5])))
    return "\n".join(lines)
