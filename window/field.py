"""One setting in the window: which input it gets, what stands in it, and why a value is refused. Main thread only."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

from window.parts import Text, add_button, name_button
from window.slider import Slider, suits

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

ROWS = 5
"""Grid rows that a field takes; the last is left free for what belongs to it."""

NARROW = frozenset({"bool", "int", "float", "choice"})
LONGEST_SHOWN = 40
"""Characters of somebody else's value that are told."""


def kind_of(spec: Mapping[str, Any]) -> str:
    """What input a field of the schema needs: its type, or device, secret or text (of several lines)."""
    if spec["secret"]:
        return "secret"
    if spec["path"] == "microphone.device":
        return "device"
    return "text" if spec["multiline"] else str(spec["type"])


def written(kind: str, value: Any) -> Any:
    """How a value stands in its input: a bool, or text. A secret's does not."""
    match kind:
        case "bool":
            return value
        case "list":
            return "\n".join(value)
        case "secret":
            return ""
        case "float" if float(value).is_integer():
            return str(int(value))
    return str(value)


def meant(kind: str, raw: Any) -> Any:
    """The value of an input; numbers may have a decimal comma. Raises ValueError. Ranges are the validator's affair."""
    match kind:
        case "int":
            return int(raw)
        case "float":
            number = float(raw.replace(",", "."))
            if not math.isfinite(number):
                raise ValueError(raw)
            return number
        case "list":
            return [line.strip() for line in raw.splitlines() if line.strip()]
    return raw


def complaint(spec: Mapping[str, Any], value: Any, text: Text, message: str = "") -> str:
    """Why this value is refused, in the window's language; `message` is what the validator says."""
    low, high = spec["min"], spec["max"]
    if spec["type"] in {"int", "float"} and not isinstance(value, int | float):
        return text(f"window.problem.{spec['type']}")
    if low is not None and (value <= low if spec["above"] else value < low):
        return text("window.problem.above" if spec["above"] else "window.problem.small", limit=low)
    if high is not None and value > high:
        return text("window.problem.large", limit=high)
    if spec["choices"]:
        return text("window.problem.choice", choices=", ".join(spec["choices"]))
    return text("window.problem.other", message=message)


class Field:
    """One setting on a page, from grid row `row` on: label and input, help and, when refused, the reason in red.

    When the same setting was changed elsewhere while it is being edited here, it says so and offers the other value.
    """

    def __init__(
        self, body: ttk.Frame, row: int, section: str, spec: Mapping[str, Any], text: Text, note: Callable[..., Any]
    ) -> None:
        self.section, self.spec, self.kind, self._text = section, spec, kind_of(spec), text
        self._key = f"settings.{section}.{spec['name']}"
        self.label = text(f"{self._key}.label")
        self.words = {code: text(f"{self._key}.choices.{code}") for code in spec["choices"]}
        """What a choice is called here, by its value."""
        self._name = ttk.Label(body, text=self.label, width=22, wraplength=round(190 * body.winfo_fpixels("1i") / 96))
        self._name.grid(row=row, column=0, sticky="nw", padx=(0, 14), pady=(12, 0))
        self.holder = ttk.Frame(body)
        self.holder.grid(row=row, column=1, sticky="ew", pady=(8, 2))
        self.slider: Slider | None = None
        self.widget = self._input(self.holder)
        self.widget.pack(side="left", fill="x", expand=self.kind not in NARROW)
        if self.kind == "secret":
            self._remove = add_button(self.holder, text("window.secret.remove"), self._toggle, "left")
        if unit := spec["unit"]:
            ttk.Label(self.holder, text=text(f"window.unit.{unit.split()[0].lower()}")).pack(side="left", padx=(8, 0))
        self.help = note(body, row + 1, self._help(), "muted")
        self.error = note(body, row + 2, "", "error")
        self.theirs = ttk.Frame(body)
        self.theirs.grid(row=row + 3, column=1, sticky="w")
        self._told = ttk.Label(self.theirs, wraplength=round(300 * body.winfo_fpixels("1i") / 96))
        self._told.pack(side="left", padx=(0, 8))
        self.take = ttk.Button(self.theirs, text=text("window.take_theirs"), command=self._take_theirs)
        self.take.pack(side="left")
        self._rest = (self._name, self.holder, self.help)
        self.error.grid_remove()
        self.theirs.grid_remove()
        self.show(spec["value"])

    def _input(self, holder: ttk.Frame) -> Any:
        match self.kind:
            case "bool":
                return ttk.Checkbutton(holder, variable="")  # type: ignore[arg-type] # none of Tcl's either: its own state counts
            case "int" | "float":
                box = ttk.Spinbox(holder, width=9, from_=self.spec["min"], to=self.spec["max"])
                box.configure(increment=self.spec["step"])
                if suits(self.spec):
                    self.slider = Slider(holder, self.spec, box)
                return box
            case "choice":
                names = list(self.words.values())
                return ttk.Combobox(holder, width=max(14, *map(len, names)), values=names, state="readonly")
            case "list" | "text":
                return tk.Text(holder, height=5, width=20, wrap="word", undo=True, font="TkTextFont", padx=6, pady=4)
            case "device":
                return ttk.Combobox(holder)
        return ttk.Entry(holder, show="•" if self.kind == "secret" else "")

    def _help(self) -> str:
        words = self._text(f"{self._key}.help").rstrip(".")
        words = "" if words == self.label else f"{words}."
        notes = ["window.one_per_line"] * (self.kind == "list") + ["window.next_start"] * self.spec["restart"]
        return " ".join([words, *map(self._text, notes)]).strip()

    def about(self) -> str:
        """All there is to know about it, for who asks."""
        spec, low, high = self.spec, self.spec["min"], self.spec["max"]
        lines = [self._help(), "", self._text("window.about.path", path=spec["path"])]
        if low is not None and high is not None:
            lines.append(self._text("window.about.range", low=low, high=high))
        if not spec["secret"]:
            shown = self._named(spec["default"]) or self._text("window.about.empty")
            lines.append(self._text("window.about.default", value=shown))
        return "\n".join(lines)

    def reads(self, words: list[str]) -> bool:
        """Whether all of these stand in its name, help or path."""
        everything = " ".join([self.label, self._help(), self.spec["path"], *self.words.values()]).casefold()
        return all(word in everything for word in words)

    def offer(self, *, shown: bool) -> None:
        """Show it on its page, or do not; what is in it stays."""
        for part in self._rest:
            part.grid() if shown else part.grid_remove()

    def read(self) -> Any:
        """What stands in the input now: a bool, or text; of a choice its value, not its name."""
        if self.kind == "bool":
            return bool(self.widget.instate(["selected"]))
        shown = self.widget.get("1.0", "end-1c") if self.kind in {"list", "text"} else self.widget.get()
        return next((code for code, name in self.words.items() if name == shown), shown)

    def write(self, raw: Any) -> None:
        """Put this into the input, as if it had been typed."""
        match self.kind:
            case "bool":
                self.widget.state(["!alternate", "selected" if raw else "!selected"])
            case "list" | "text":
                self.widget.replace("1.0", "end", raw)
                self.widget.edit_reset()
            case "choice":
                self.widget.set(self.words.get(raw, raw))
            case _:
                self.widget.delete(0, "end")
                self.widget.insert(0, raw)
        if self.slider:
            self.slider.follow()

    def show(self, value: Any) -> None:
        """Put this value in; what the input holds then counts as unchanged."""
        self.base, self._removing = value, False
        self.write(written(self.kind, value))
        self._shown = self.read()
        self.theirs.grid_remove()
        if self.kind == "secret":
            self._tell_secret()

    def _tell_secret(self) -> None:
        where = self.base["source"] or "unset"
        state = self._text(f"window.secret.{'removing' if self._removing else where}", name=self.spec["environment"])
        self.help.configure(text=f"{state} {self._help()}")
        name_button(self._remove, self._text("window.secret.keep" if self._removing else "window.secret.remove"))
        self._remove.state(["!disabled" if where in {"file", "keychain"} else "disabled"])
        self.widget.state(["disabled" if where == "environment" else "!disabled"])

    def _toggle(self) -> None:
        self._removing = not self._removing
        self._tell_secret()

    def _take_theirs(self) -> None:
        self.show(self.base)

    @property
    def dirty(self) -> bool:
        return self.differs(self.read())

    def differs(self, raw: Any) -> bool:
        """Whether this, standing in the input, is an edit."""
        return self._removing or bool(raw != self._shown)

    def value(self) -> Any:
        """The edited value, as `settings.changed` takes it. Raises ValueError."""
        return {"clear": True} if self._removing and not self.read() else meant(self.kind, self.read())

    def follow(self, value: Any) -> None:
        """Show a value that was changed elsewhere; while this input is being edited only tell of it."""
        if value == self.base:
            return
        if not self.dirty:
            self.show(value)
            return
        self.base, self._shown = value, written(self.kind, value)
        if self.kind == "secret":
            self._tell_secret()
        self._told.configure(text=self._text("window.theirs", value=self._named(value)))
        self.theirs.grid() if self.dirty else self.theirs.grid_remove()

    def _named(self, value: Any) -> str:
        if self.kind == "bool":
            return self._text("window.on" if value else "window.off")
        shown = "•••" if self.kind == "secret" else _short(written(self.kind, value))
        return self.words.get(shown, shown)

    def complain(self, problem: str) -> None:
        """Show why the value is refused; nothing when it is not."""
        self.error.configure(text=problem)
        self.error.grid() if problem else self.error.grid_remove()


def _short(words: Any) -> str:
    line = " ".join(str(words).split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
