"""A viewer forgotten or exported, from the page of the settings for memory. Main thread only.

What takes time is done on a thread by `run(work, then)`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from web.words import why
from window.header import raise_again
from window.parts import Question, Text, add_button
from window.rights import write_json

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    import tkinter as tk
    from tkinter import filedialog, ttk

if TYPE_CHECKING:
    from window.form import Form
    from window.skin import Skin
    from window.tools import Tools

LONGEST_NAME = 200
"""As memory stores it."""

SHOWN_FILES = 8


class Desk:
    """Two buttons below the page's fields. `tell(words, ink)` shows a line; `ask(words, **answers)` a question."""

    def __init__(
        self,
        form: Form,
        tools: Tools,
        text: Text,
        skin: Skin,
        *,
        run: Callable[..., None],
        tell: Callable[[str, str], None],
        ask: Callable[..., None],
    ) -> None:
        self._tools, self._text, self._run, self._tell, self._ask = tools, text, run, tell, ask
        self._page, self._skin = form.fields["memory.enabled"].holder.master, skin
        self.asking: NameQuestion | None = None
        self.buttons: dict[str, ttk.Button] = {}
        wanted = (("forget", tools.forget, self.forget), ("export", tools.export, self.export))
        offered = [(name, command) for name, given, command in wanted if given]
        if not offered:
            return
        page: Any = self._page
        row = page.grid_size()[1]
        form.pages.note(page, row, text("window.viewers.about"), "muted", column=0).grid(pady=(22, 0))
        frame = ttk.Frame(page)
        frame.grid(row=row + 1, column=0, columnspan=2, sticky="w", pady=(8, 0))
        frame.bind("<Destroy>", lambda _: self.close())
        for name, command in offered:
            self.buttons[name] = add_button(frame, text(f"window.viewers.{name}"), command, "left")

    def close(self) -> None:
        """The page is taken apart: who was asked for a name is asked no more."""
        if self.asking and self.asking.question.window.winfo_exists():
            self.asking.question.window.destroy()
        self.asking = None

    def forget(self) -> None:
        """Ask for a name, then whether that is meant, then forget."""
        self._ask_for("forget", self._make_sure)

    def export(self) -> None:
        """Ask for a name, then for a file, and write all that is kept into it."""
        self._ask_for("export", self._collect)

    def _ask_for(self, what: str, then: Callable[[str], object]) -> None:
        self.close()
        self.asking = NameQuestion(self._page, self._text, self._skin, what, then)

    def _make_sure(self, name: str) -> None:
        sure = {"viewers.forget_now": functools.partial(self._forget, name)}
        self._ask(self._text("window.viewers.sure", name=name), cancel=None, **sure)

    def _forget(self, name: str) -> None:
        if self._tools.forget:
            self._begin("window.viewers.forgetting")
            self._run(functools.partial(self._tools.forget, name), functools.partial(self._forgot, name))

    def _forgot(self, name: str, outcome: Any) -> None:
        self._end()
        raise_again(outcome)
        lines = told(self._text, outcome)
        self._tell(lines[0], "up" if outcome["forgotten"] else "error")
        again = {} if outcome["forgotten"] else {"try_again": functools.partial(self._forget, name)}
        self._ask("\n".join(lines), close=None, **again)

    def _collect(self, name: str) -> None:
        if self._tools.export:
            self._begin("window.viewers.collecting")
            self._run(functools.partial(self._tools.export, name), self._collected)

    def _collected(self, outcome: Any) -> None:
        self._end()
        raise_again(outcome)
        self._tell("", "muted")
        if outcome["problem"]:
            self._ask(self._text(outcome["problem"], **outcome["params"]), close=None)
            return
        name = filedialog.asksaveasfilename(
            title=self._text("window.viewers.export_title"),
            initialfile="palfriend-viewer.json",
            defaultextension=".json",
            filetypes=[("JSON", "*.json")],
        )
        if name:
            self._run(functools.partial(_write, outcome["kept"], Path(name)), self._written)

    def _written(self, outcome: Any) -> None:
        raise_again(outcome)
        file, problem = outcome
        key = "window.viewers.not_written" if problem else "window.viewers.exported"
        self._tell(self._text(key, file=file, problem=problem), "error" if problem else "up")

    def _begin(self, key: str) -> None:
        for button in self.buttons.values():
            button.state(["disabled"])
        self._tell(self._text(key), "muted")

    def _end(self) -> None:
        for button in self.buttons.values():
            if button.winfo_exists():  # the window may have changed its language meanwhile
                button.state(["!disabled"])


class NameQuestion:
    """Asks for a viewer's name, in words of `window.viewers.<what>_name`; nothing is gone on with without one."""

    def __init__(self, page: tk.Misc, text: Text, skin: Skin, what: str, then: Callable[[str], object]) -> None:
        self._text = text
        self._name = ""
        self.question = Question(page.winfo_toplevel(), text("window.title"), text(f"window.viewers.{what}_name"))
        self.entry, self.problem = self.question.add_entry(skin.ink["error"])
        self.question.answer(text("window.cancel"))
        self.question.answer(text("window.viewers.go_on"), lambda: then(self._name), ready=self._is_named)
        self.entry.bind("<Return>", lambda _: self.question.answers[1].invoke())
        self.entry.focus_set()

    def _is_named(self) -> bool:
        self._name = str(self.entry.get()).strip().removeprefix("@").strip()
        if self._name and len(self._name) <= LONGEST_NAME:
            return True
        missing = not self._name
        self.problem.configure(text=self._text("window.viewers.no_name" if missing else "window.viewers.long_name"))
        self.entry.focus_set()
        return False


def told(text: Text, forgot: Mapping[str, Any]) -> list[str]:
    """What became of forgetting, as `live.everywhere.Forgot.as_json` has it, in lines: first whether all of it is done."""
    found = {place: count for place, count in forgot["from"].items() if count}
    problems = [text(f"forgetting.problem.{one['code']}", **one) for one in forgot["problems"]]
    places = [text(f"forgetting.place.{place}", count=count) for place, count in found.items()]
    files = [text("forgetting.mentioned", file=file) for file in forgot["mentioned"][:SHOWN_FILES]]
    files += ["…"] * (len(forgot["mentioned"]) > SHOWN_FILES)
    if not forgot["forgotten"]:
        first = text("forgetting.incomplete")
    else:
        first = text("forgetting.done" if found else "forgetting.stranger")
    return [first, *([""] if problems or places or files else []), *problems, *places, *files]


def _write(kept: Mapping[str, Any], file: Path) -> tuple[str, str]:
    """The file's name, and why it could not be written; empty when it was."""
    try:
        write_json(kept, file)
    except OSError as error:
        return file.name, why(error)
    return file.name, ""
