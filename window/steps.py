"""What each step of the set-up shows and asks; `window/wizard` leads from one to the next. Main thread only.

A page tries things only by `take`, which works on a thread and comes back to `took`.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from settings import Settings
from window.meter import Levels, Meter
from window.parts import Text, bold, spoken
from window.skin import Skin

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import ttk

RETRY_TICKS = 25
"""Ticks of the window between two looks for Animaze."""

LANGUAGES = {"en": "English", "de": "Deutsch"}

_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a page works with."""

    body: ttk.Frame
    settings: Settings
    text: Text
    skin: Skin
    levels: Levels
    take: Callable[[Mapping[str, Any]], None]
    """Try the step with these values."""

    language: str
    ticking: list[Callable[[], object]] = field(default_factory=list)
    """Called ten times a second."""

    leaving: list[Callable[[], object]] = field(default_factory=list)
    """Called when somebody goes on."""


class Page(Protocol):
    """One step."""

    def values(self) -> Mapping[str, Any] | None:
        """What Continue tries; None where the page tries things by itself."""

    def took(self, answer: Mapping[str, Any]) -> bool:
        """What came of it; whether the step needs nothing more."""


class Choice:
    """One of several, as radio buttons; its Tcl variable lives until the page is left."""

    def __init__(self, desk: Desk, chosen: str) -> None:
        self._body, self._name = desk.body, f"::palfriend_choice_{next(_numbers)}"
        self.buttons: dict[str, ttk.Radiobutton] = {}
        self.choose(chosen)
        desk.leaving.append(self._forget)

    def offer(self, value: str, words: str, about: str = "") -> ttk.Frame:
        """One more; the frame below it is for what belongs to it."""
        button = ttk.Radiobutton(self._body, text=words, value=value, variable=self._name)  # type: ignore[arg-type] # by name: an object would call Tcl from whichever thread collects it
        button.pack(anchor="w", pady=(6, 0))
        below = ttk.Frame(self._body, padding=(28, 0, 0, 0))
        below.pack(anchor="w", fill="x")
        if about:
            ttk.Label(below, text=about, wraplength=round(520 * self._body.winfo_fpixels("1i") / 96)).pack(anchor="w")
        self.buttons[value] = button
        return below

    @property
    def value(self) -> str:
        return str(self._body.getvar(self._name))

    def choose(self, value: str) -> None:
        self._body.setvar(self._name, value)

    def _forget(self) -> None:
        self._body.tk.call("unset", "-nocomplain", self._name)


class LanguagePage:
    """Which language window and pal speak."""

    def __init__(self, desk: Desk) -> None:
        self.choice = Choice(desk, desk.language)
        for code, name in LANGUAGES.items():
            self.choice.offer(code, name)
        self.choice.buttons[desk.language].focus_set()

    def values(self) -> Mapping[str, Any]:
        return {"language": self.choice.value}

    def took(self, answer: Mapping[str, Any]) -> bool:
        return bool(answer["ok"])


class TikTokPage:
    """Whose live it is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        row = ttk.Frame(desk.body)
        row.pack(anchor="w", fill="x")
        ttk.Label(row, text="@").pack(side="left", padx=(0, 6))
        self.entry = ttk.Entry(row, width=30)
        self.entry.pack(side="left")
        self.entry.insert(0, desk.settings.tiktok.unique_id)
        self.entry.focus_set()
        self.live = ttk.Label(desk.body, font=bold(desk.body, 12), wraplength=round(520 * desk.skin.scale))
        self._unknown = ""

    def values(self) -> Mapping[str, Any]:
        """A name that TikTok does not know is taken when it is confirmed as it stands."""
        typed = self.entry.get()
        return {"unique_id": typed, "anyway": bool(typed) and typed == self._unknown}

    def took(self, answer: Mapping[str, Any]) -> bool:
        self._unknown = self.entry.get() if answer["code"] == "tiktok_unknown_name" else ""
        if title := answer["result"].get("title"):
            self.live.configure(text=f"“{title}”")
            self.live.pack(anchor="w", pady=(12, 0))
        return bool(answer["ok"])


class AnimazePage:
    """Where the avatar is; looks by itself, again and again, until it is found."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._waited, self._asked, self._found = desk, 0, False, False
        self.how = ttk.Label(desk.body, text=desk.text("setup.animaze.how"), wraplength=round(560 * desk.skin.scale))
        self.hello = ttk.Button(desk.body, text=desk.text("setup.animaze.hello"), command=self._greet)
        desk.ticking.append(self._tick)
        self._look()

    def values(self) -> None:
        return None

    def took(self, answer: Mapping[str, Any]) -> bool:
        self._asked, self._waited = False, 0
        self._found = self._found or answer["code"] == "animaze_found"
        if self._found:
            self.how.pack_forget()
            self.hello.pack(anchor="w", pady=(6, 0))
            self.hello.state(["!disabled"])
        else:
            self.how.pack(anchor="w")
        return self._found

    def _tick(self) -> None:
        self._waited += 1
        if not self._found and not self._asked and self._waited >= RETRY_TICKS:
            self._look()

    def _look(self) -> None:
        self._asked = True
        self._desk.take({})

    def _greet(self) -> None:
        self._asked = True
        self.hello.state(["disabled"])
        self._desk.take({"say": self._desk.text("setup.animaze.line")})


class ModelPage:
    """Who thinks of the answers: a model on this computer, one with a key, or nobody."""

    def __init__(self, desk: Desk) -> None:
        self._desk, text = desk, desk.text
        place = desk.settings.openai
        self._local: list[Mapping[str, Any]] = []
        self.choice = Choice(desk, "openai")
        below = self.choice.offer("local", text("setup.model.local"))
        self.server = ttk.Combobox(below, state="readonly", width=34)
        self.server.pack(anchor="w", pady=2)
        self.server.bind("<<ComboboxSelected>>", lambda _: self.choice.choose("local"))
        below = self.choice.offer("openai", text("setup.model.openai"))
        row = ttk.Frame(below)
        row.pack(anchor="w")
        self.key = self._line(row, 0, text("setup.model.key"), "", "•")
        self.model = self._line(row, 1, text("setup.model.name_label"), place.model)
        self.address = self._line(row, 2, text("setup.model.address"), place.base_url)
        self.choice.offer("templates", text("setup.model.templates"), text("setup.model.templates_about"))
        if place.api_key:
            ttk.Label(row, text=text("setup.model.key_set"), foreground=desk.skin.ink["muted"]).grid(
                row=0, column=2, padx=8
            )
        self.key.focus_set()
        desk.take({"detect": True})

    def _line(self, row: ttk.Frame, number: int, words: str, value: str, show: str = "") -> ttk.Entry:
        ttk.Label(row, text=words).grid(row=number, column=0, sticky="w", padx=(0, 10), pady=2)
        entry = ttk.Entry(row, width=34, show=show)
        entry.insert(0, value)
        entry.grid(row=number, column=1, sticky="w", pady=2)
        entry.bind("<KeyRelease>", self._typed)
        return entry

    def _typed(self, event: Any) -> None:
        if event.char and event.char.isprintable():
            self.choice.choose("openai")

    def values(self) -> Mapping[str, Any]:
        kind = self.choice.value
        if kind == "openai":
            return {
                "kind": kind,
                "api_key": self.key.get(),
                "model": self.model.get(),
                "base_url": self.address.get(),
            }
        if kind == "local" and self.server.current() >= 0:
            return {"kind": kind, **self._places()[self.server.current()][1]}
        return {"kind": kind}

    def took(self, answer: Mapping[str, Any]) -> bool:
        if "local" in answer["result"]:
            self._local = answer["result"]["local"]
            places = self._places()
            self.server.configure(values=[words for words, _ in places])
            self.choice.buttons["local"].state(["!disabled" if places else "disabled"])
            if places:
                self.server.current(0)
                if not (self.key.get() or self._desk.settings.openai.api_key):
                    self.choice.choose("local")
            return False
        return bool(answer["ok"])

    def _places(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Each model of each server: how it is offered, and what is tried."""
        return [
            (f"{server['name']}: {model}", {"base_url": server["base_url"], "model": model})
            for server in self._local
            for model in server["models"]
        ]


class MicrophonePage:
    """Speak, and it lights up; be quiet, and it goes dark. Goes through both by itself."""

    def __init__(self, desk: Desk, devices: Iterable[str]) -> None:
        self._desk, self._phase = desk, "speak"
        self._default = desk.text("setup.microphone.default")
        self.device = ttk.Combobox(desk.body, width=44)
        self.offer(devices)
        self.device.insert(0, desk.settings.microphone.device or self._default)
        self.device.pack(anchor="w", pady=(0, 12))
        self.device.bind("<<ComboboxSelected>>", lambda _: self.again())
        self.meter = Meter(desk.body, desk.skin)
        self.meter.canvas.pack(anchor="w", pady=(0, 10))
        self.order = ttk.Label(desk.body, font=bold(desk.body, 13))
        self.order.pack(anchor="w")
        row = ttk.Frame(desk.body)
        row.pack(anchor="w", pady=(12, 0))
        desk.ticking.append(lambda: self.meter.show(desk.levels.now))
        self.repeat = ttk.Button(row, text=desk.text("setup.microphone.again"), command=self.again)
        self.repeat.pack(side="left")
        self.off = ttk.Button(row, text=desk.text("setup.microphone.off"), command=self._switch_off)
        self.off.pack(side="left", padx=8)
        self._try("speak")

    def offer(self, names: Iterable[str]) -> None:
        """These microphones are there."""
        self.device.configure(values=[self._default, *names])

    def again(self) -> None:
        """From the beginning."""
        self._try("speak")

    def _switch_off(self) -> None:
        self._try("off")

    def _try(self, phase: str) -> None:
        self._phase = phase
        self.repeat.state(["disabled"])
        self.order.configure(text=self._desk.text(f"setup.microphone.{phase}_now"))
        device = self.device.get().replace(self._default, "")
        self._desk.take({"phase": phase} if phase == "off" else {"phase": phase, "device": device})

    def values(self) -> None:
        return None

    def took(self, answer: Mapping[str, Any]) -> bool:
        if answer["code"] == "microphone_heard" and self._phase == "speak":
            self._try("quiet")
            return False
        self.repeat.state(["!disabled"])
        self.order.configure(text="")
        return bool(answer["ok"])


class PersonaPage:
    """Who the pal is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.choice = Choice(desk, desk.settings.style.persona)
        desk.take({})

    def values(self) -> Mapping[str, Any]:
        return {"persona": self.choice.value}

    def took(self, answer: Mapping[str, Any]) -> bool:
        if answer["code"] == "persona_choose":
            for persona in answer["result"]["personas"]:
                if persona["name"] not in self.choice.buttons:
                    about = spoken(self._desk.text, persona["description"])
                    self.choice.offer(persona["name"], persona["title"], about)
        return bool(answer["ok"])


class RehearsalPage:
    """A minute before a crowd that is not there, and how it went."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.lines = ttk.Label(desk.body, wraplength=round(580 * desk.skin.scale), justify="left")
        self.lines.pack(anchor="w")
        desk.take({})

    def values(self) -> None:
        return None

    def took(self, answer: Mapping[str, Any]) -> bool:
        self.lines.configure(
            text="\n".join(spoken(self._desk.text, line) for line in answer["result"].get("lines", []))
        )
        return bool(answer["ok"])
