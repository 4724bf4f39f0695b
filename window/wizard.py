"""The set-up inside the window: leads from step to step, over the settings until it is finished. Main thread only.

The steps themselves are those of `setup/guide`, which the dashboard shares; their pages are in `window/steps`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from setup.words import told
from web.words import told_by
from window import steps
from window.meter import Levels
from window.parts import Text, add_button, bold, name_button
from window.skin import Skin

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import ttk

if TYPE_CHECKING:
    from settings import Settings

FINISHED = "finished"
GO_ON_TICKS = 12
"""How long what came of a step can be read before the next one comes by itself."""

MARKS = {"todo": "○", "done": "✓", "skipped": "–"}
ASKED = ("language", "tiktok", "model", "persona")
"""Steps that go on by themselves after Continue: what they showed was asked for."""


BUSY = ("animaze", "microphone", "rehearsal")
"""Steps that say what they are busy with."""

PAGES: Mapping[str, Callable[[steps.Desk], steps.Page]] = {
    "language": steps.LanguagePage,
    "tiktok": steps.TikTokPage,
    "animaze": steps.AnimazePage,
    "model": steps.ModelPage,
    "persona": steps.PersonaPage,
    "rehearsal": steps.RehearsalPage,
}


class Leader(Protocol):
    """What leads: `setup.guide.Guide`."""

    settings: Settings
    levels: list[Callable[[Mapping[str, Any]], None]]
    """Who hears how loud the microphone is while it is tried."""

    def state(self) -> Mapping[str, Any]: ...

    def take(self, step: str, values: Mapping[str, Any]) -> Mapping[str, Any]: ...

    def skip(self, step: str) -> Mapping[str, Any]: ...

    def hush(self) -> None: ...


class Wizard:
    """Covers `window` until `finished`. `run(work, then)` works on a thread and calls `then` on this one.

    `start` starts the bot, where there is one to start. `relabel` builds everything anew in another language.
    """

    def __init__(
        self,
        window: Any,
        guide: Leader,
        text: Text,
        skin: Skin,
        run: Callable[..., None],
        *,
        levels: Levels,
        language: str,
        finished: Callable[[], object],
        relabel: Callable[[str], object],
        start: Callable[[], object] | None = None,
        step: str = "",
    ) -> None:
        self.guide, self._text, self._skin, self._run = guide, text, skin, run
        self._levels, self._language, self._start = levels, language, start
        self._finished, self._relabel = finished, relabel
        self._microphones: list[str] = []
        self._ready, self._busy, self._left, self._number = False, 0, 0, 0
        self.page: steps.Page | None = None
        self._desk: steps.Desk | None = None
        self.frame = ttk.Frame(window)
        self.frame.place(relwidth=1, relheight=1)
        self._order = [found["id"] for found in guide.state()["steps"]]
        self._build()
        self.go(step or guide.state()["step"] or self._order[0])

    def _build(self) -> None:
        side = ttk.Frame(self.frame, padding=(24, 24, 10, 20))
        side.pack(side="left", fill="y")
        ttk.Label(side, text=self._text("setup.title"), font=bold(side, 13)).pack(anchor="w", pady=(0, 14))
        self.marks = {}
        for step in (*self._order, FINISHED):
            button = ttk.Button(side, width=20, style="Step.Toolbutton", command=functools.partial(self.go, step))
            button.pack(fill="x", pady=2)
            self.marks[step] = button
        main = ttk.Frame(self.frame, padding=(16, 24, 28, 20))
        main.pack(side="left", fill="both", expand=True)
        self.title = ttk.Label(main, font=bold(main, 18))
        self.title.pack(anchor="w")
        width = round(590 * self._skin.scale)
        self.lead = ttk.Label(main, wraplength=width, foreground=self._skin.ink["muted"])
        self.lead.pack(anchor="w", pady=(6, 18))
        foot = ttk.Frame(main)
        foot.pack(side="bottom", fill="x")
        self.said = ttk.Label(main, wraplength=width, font=bold(main, 10))
        self.said.pack(side="bottom", anchor="w", pady=(12, 14))
        self._middle = ttk.Frame(main)
        self._middle.pack(fill="both", expand=True)
        self.later = add_button(foot, self._text("setup.later"), self._finish, "left")
        self.on = add_button(foot, self._text("setup.continue"), self.go_on, "right")
        self.on.configure(style="Accent.TButton")
        self.skip = add_button(foot, self._text("setup.skip"), self._skip, "right")
        self.back = add_button(foot, self._text("setup.back"), self._back, "right")
        self.frame.winfo_toplevel().bind("<Return>", self._returned)

    def go(self, step: str) -> None:
        """Turn to this step, also to one that is done."""
        self._leave()
        self.step, self._number, self._ready, self._left = step, self._number + 1, False, 0
        self.title.configure(text=self._text(f"setup.{step}.title"))
        self.lead.configure(text=self._text(f"setup.{step}.lead"))
        self._say("", "muted")
        body = ttk.Frame(self._middle)
        body.pack(fill="both", expand=True)
        take = functools.partial(self._take, self._number)
        self._desk = steps.Desk(
            body=body, settings=self.guide.settings, text=self._text, skin=self._skin, levels=self._levels, take=take,
            language=self._language,
        )  # fmt: skip
        self.page = self._open(step, self._desk)
        name_button(self.on, self._text(self._last_words() if step == FINISHED else "setup.continue"))
        self._show()

    def _open(self, step: str, desk: steps.Desk) -> steps.Page | None:
        if step == FINISHED:
            self._sum_up(desk.body)
            return None
        if step == "microphone":
            return steps.MicrophonePage(desk, self._microphones)
        return PAGES[step](desk)

    def _sum_up(self, body: ttk.Frame) -> None:
        """What has been done and what is left, at the end."""
        for number, found in enumerate(self.guide.state()["steps"]):
            ink = self._skin.ink["up" if found["state"] == "done" else "muted"]
            ttk.Label(body, text=MARKS[found["state"]], foreground=ink).grid(row=number, column=0, padx=(0, 10), pady=3)
            name = ttk.Label(body, text=self._text(f"setup.{found['id']}.name"))
            name.grid(row=number, column=1, sticky="w", padx=(0, 24))
            state = self._text(f"setup.state.{found['state']}")
            ttk.Label(body, text=state, foreground=ink).grid(row=number, column=2, sticky="w")

    def _last_words(self) -> str:
        return "setup.start" if self._start else "setup.finish"

    def offer_devices(self, names: Iterable[str]) -> None:
        """These microphones are there."""
        self._microphones = list(names)
        if isinstance(self.page, steps.MicrophonePage):
            self.page.offer(self._microphones)

    def tick(self) -> None:
        """Ten times a second."""
        for follow in self._desk.ticking if self._desk else ():
            follow()
        if self._left:
            self._left -= 1
            if not self._left:
                self._next()

    def go_on(self) -> None:
        """Try what the page says; once the step is done, on to the next."""
        if self.step == FINISHED:
            if self._start:
                self._start()
            self._finish()
        elif self._ready:
            self._next()
        elif self.page and not self._busy and (values := self.page.values()) is not None:
            self._take(self._number, values, asked=True)

    def close(self) -> None:
        """Let go of everything; the steps keep what they have."""
        self._leave()
        self.frame.winfo_toplevel().unbind("<Return>")
        self.frame.destroy()
        self.page = self._desk = None

    def _take(self, number: int, values: Mapping[str, Any], *, asked: bool = False) -> None:
        self._busy += 1
        self._say(self._text(f"setup.{self.step}.busy" if self.step in BUSY else "setup.busy"), "muted")
        self._show()
        work = functools.partial(self.guide.take, self.step, dict(values))
        self._run(work, functools.partial(self._took, number, asked))

    def _took(self, number: int, asked: bool, answer: Any) -> None:
        self._busy -= 1
        if number == self._number and self.page:  # else somebody has gone on meanwhile
            if isinstance(answer, Exception):
                self._say(self._text("setup.failed", problem=told_by(answer)), "error")
            else:
                self._answered(answer, asked)
        self._show()

    def _answered(self, answer: Mapping[str, Any], asked: bool) -> None:
        words = told(self._text, answer["code"], answer["params"])
        self._ready = bool(self.page and self.page.took(answer))
        if not self._busy:
            self._say(words, "up" if self._ready else "wait")
        if self._ready and answer["code"] == "language_set" and answer["result"]["language"] != self._language:
            self._relabel(answer["result"]["language"])
        elif self._ready and ((asked and self.step in ASKED) or answer["code"] == "microphone_off"):
            self._left = GO_ON_TICKS

    def _say(self, words: str, ink: str) -> None:
        self.said.configure(text=words, foreground=self._skin.ink[ink])

    def _show(self) -> None:
        """Marks and buttons as they are now."""
        states = {found["id"]: found["state"] for found in self.guide.state()["steps"]}
        for step, button in self.marks.items():
            mark = "▶" if step == self.step else MARKS[states.get(step, "todo")]
            button.configure(text=f"{mark}  {self._text(f'setup.{step}.name')}")
        last = self.step == FINISHED
        waits = self.page is not None and not self._ready and (self._busy > 0 or self.page.values() is None)
        self.on.state(["disabled" if waits else "!disabled"])
        self.skip.state(["disabled" if last else "!disabled"])
        self.back.state(["disabled" if self.step == self._order[0] else "!disabled"])

    def _skip(self) -> None:
        self.guide.skip(self.step)
        self._next()

    def _next(self) -> None:
        order = [*self._order, FINISHED]
        self.go(order[order.index(self.step) + 1])

    def _back(self) -> None:
        order = [*self._order, FINISHED]
        self.go(order[order.index(self.step) - 1])

    def _finish(self) -> None:
        self._finished()

    def _returned(self, event: Any) -> None:
        """Return is Continue, unless a button has the focus, which it presses."""
        if event.widget.winfo_class() in {"TButton", "Button"}:
            event.widget.invoke()
        elif self.on.instate(["!disabled"]):
            self.go_on()

    def _leave(self) -> None:
        if self._desk:
            self.guide.hush()
            for leave in self._desk.leaving:
                leave()
            self._desk.ticking.clear()
            self._desk.leaving.clear()
            self._desk.body.destroy()
        self._desk = self.page = None
