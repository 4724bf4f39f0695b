"""The buttons beside the bot's own: try the voice, ask the doctor, take settings out and in, the set-up. Main thread only.

Everything that takes time is done on a thread by `run(work, then)`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setup.words import told
from web.words import Told, why
from window.header import raise_again
from window.parts import Text, add_button, spoken

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import filedialog, ttk

if TYPE_CHECKING:
    from window.pages import Pages
    from window.skin import Skin

LARGEST_FILE = 1_000_000
SHOWN_CHANGES = 12
WORST_FIRST = ("red", "yellow", "skipped", "green")
LIGHTS = {"green": "up", "yellow": "wait", "red": "error", "skipped": "muted"}
LAMP = {"green": "●", "yellow": "▲", "red": "■", "skipped": "○"}
"""Told apart by shape, too: not everybody sees the colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What can be done beside steering the bot; a button is there for each that is given. All are called on a thread."""

    dashboard: Callable[[], object] | None = None
    """Open it in the browser."""

    voice: Callable[[], Mapping[str, Any]] | None = None
    """Let the avatar say a line; `{ok, code, params}` with the words under `setup.said.<code>`."""

    doctor: Callable[[], Mapping[str, Any]] | None = None
    """Look at everything: `{light, seconds, checks: [{id, light, cause, remedy, code, params}]}`."""

    bundle: Callable[[Path], object] | None = None
    """Write the support bundle into this file."""

    take_out: Callable[[str], str] | None = None
    """The settings without secrets as text; `yaml` or `json`."""

    bring_in: Callable[[str, bool], Mapping[str, Any]] | None = None
    """`{changes: [{path, before, after}], problems: [{path, message}], ignored: [path]}`; true: and take them over."""

    forget: Callable[[str], Mapping[str, Any]] | None = None
    """Forget the viewer of this name; see `window.viewers.told`."""

    export: Callable[[str], Mapping[str, Any]] | None = None
    """What is kept of the viewer of this name; see `window.rights.kept_of`."""


class Bar:
    """A row of these buttons. `tell(words, ink)` shows a line; `ask(words, **answers)` a question."""

    def __init__(
        self,
        row: ttk.Frame,
        tools: Tools,
        text: Text,
        *,
        run: Callable[..., None],
        tell: Callable[[str, str], None],
        ask: Callable[..., None],
        diagnose: Callable[[], object],
        set_up: Callable[[], object] | None = None,
    ) -> None:
        self._tools, self._text, self._run, self._tell, self._ask = tools, text, run, tell, ask
        self.buttons: dict[str, ttk.Button] = {}
        wanted: tuple[tuple[str, object, Callable[[], object] | None], ...] = (
            ("voice", tools.voice, self.try_voice),
            ("doctor", tools.doctor, diagnose),
            ("set_up", set_up, set_up),
            ("bring_in", tools.bring_in, self.bring_in),
            ("take_out", tools.take_out, self.take_out),
        )
        for name, given, command in wanted:
            if given and command:
                self.buttons[name] = add_button(row, text(f"window.tool.{name}"), command, "left")

    def try_voice(self) -> None:
        """Let the avatar say a line."""
        if self._tools.voice:
            self.buttons["voice"].state(["disabled"])
            self._tell(self._text("setup.busy"), "muted")
            self._run(self._tools.voice, self._spoke)

    def _spoke(self, found: Any) -> None:
        self.buttons["voice"].state(["!disabled"])
        raise_again(found)
        self._tell(told(self._text, found["code"], found["params"]), "up" if found["ok"] else "error")

    def take_out(self) -> None:
        """Ask for a file and write the settings into it, without secrets."""
        name = filedialog.asksaveasfilename(
            title=self._text("window.take_out_title"),
            initialfile="palfriend-settings.yaml",
            defaultextension=".yaml",
            filetypes=[("YAML", "*.yaml *.yml"), ("JSON", "*.json")],
        )
        if name and self._tools.take_out:
            work = functools.partial(_write_out, self._tools.take_out, Path(name))
            self._run(work, self._taken_out)

    def _taken_out(self, problem: Any) -> None:
        raise_again(problem)
        words = self._text("window.not_saved", problem=problem) if problem else self._text("window.taken_out")
        self._tell(words, "error" if problem else "up")

    def bring_in(self) -> None:
        """Ask for a file and show what it would change; nothing is changed before that is confirmed."""
        kinds = [(self._text("window.settings_files"), "*.yaml *.yml *.json"), ("*", "*")]
        name = filedialog.askopenfilename(title=self._text("window.bring_in_title"), filetypes=kinds)
        if name and self._tools.bring_in:
            self._run(functools.partial(_read_in, self._tools.bring_in, Path(name)), self._seen)

    def _seen(self, outcome: Any) -> None:
        raise_again(outcome)
        problem, text, seen = outcome
        if problem or seen["problems"]:
            lines = [spoken(self._text, problem)] if problem else [self._told(found) for found in seen["problems"]]
            self._ask("\n".join([self._text("window.bring_in_refused"), "", *lines[:SHOWN_CHANGES]]), close=None)
        elif not seen["changes"]:
            self._tell(self._text("window.bring_in_same"), "muted")
        else:
            lines = [f"{c['path']}: {c['before']} → {c['after']}" for c in seen["changes"][:SHOWN_CHANGES]]
            lines += ["…"] * (len(seen["changes"]) > SHOWN_CHANGES)
            words = [self._text("window.bring_in_changes", count=len(seen["changes"])), "", *lines]
            self._ask("\n".join(words), cancel=None, apply=functools.partial(self._apply, text))

    def _told(self, problem: Mapping[str, Any]) -> str:
        line = self._text("window.line", line=problem["line"]) if problem.get("line") else ""
        return ": ".join(filter(None, [line, problem["path"], spoken(self._text, problem["message"])]))

    def _apply(self, text: str) -> None:
        if self._tools.bring_in:
            self._run(functools.partial(self._tools.bring_in, text, True), self._applied)

    def _applied(self, outcome: Any) -> None:
        raise_again(outcome)
        if outcome["problems"]:
            self._seen(("", "", outcome))
            return
        self._tell(self._text("window.brought_in", count=len(outcome["changes"])), "up")


def _write_out(take_out: Callable[[str], str], file: Path) -> str:
    """Why it could not be written; empty when it was."""
    try:
        file.write_text(take_out("json" if file.suffix.lower() == ".json" else "yaml"), encoding="utf-8")
    except OSError as error:
        return why(error)
    return ""


def _read_in(
    bring_in: Callable[[str, bool], Mapping[str, Any]], file: Path
) -> tuple[str, str, Mapping[str, Any] | None]:
    """Why the file cannot be read, its text, and what it would change."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            return Told.joined(" ", [file.name, Told("problem.file.large")]), "", None
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return Told.joined(" ", [file.name, Told("problem.file.utf8")]), "", None
    except FileNotFoundError:
        return Told.joined(": ", [file.name, Told("problem.file.missing")]), "", None
    except OSError as error:
        return Told.joined(" ", [file.name, Told("problem.file.read", reason=why(error))]), "", None
    return "", text, bring_in(text, False)


class Health:
    """The doctor's page: a light for each part, the cause and what to do."""

    def __init__(
        self, body: ttk.Frame, tools: Tools, text: Text, skin: Skin, pages: Pages, run: Callable[..., None]
    ) -> None:
        self._tools, self._text, self._skin, self._pages, self._run = tools, text, skin, pages, run
        self._body = body
        row = ttk.Frame(body)
        row.grid(row=2, column=0, columnspan=2, sticky="w", pady=(10, 6))
        self.button = add_button(row, text("window.doctor.again"), self.look, "left")
        self.save = add_button(row, text("window.doctor.bundle"), self._save_bundle, "left") if tools.bundle else None
        self.summary = pages.note(body, 3, text("window.doctor.never"), "muted", column=0)
        self.rows: list[ttk.Label] = []

    def look(self) -> None:
        """Ask the doctor; the page shows what they find."""
        if self._tools.doctor and self.button.instate(["!disabled"]):
            self.button.state(["disabled"])
            self.summary.configure(text=self._text("window.doctor.busy"), foreground=self._skin.ink["muted"])
            self._run(self._tools.doctor, self._found)

    def _found(self, report: Any) -> None:
        self.button.state(["!disabled"])
        raise_again(report)
        for label in self.rows:
            label.destroy()
        self.rows = []
        ink = self._skin.ink[LIGHTS[report["light"]]]
        self.summary.configure(text=self._text(f"window.doctor.light.{report['light']}"), foreground=ink)
        worst_first = sorted(report["checks"], key=lambda check: WORST_FIRST.index(check["light"]))
        for number, check in enumerate(worst_first):
            line = f"{LAMP[check['light']]}  {spoken(self._text, check['cause'])}"
            self._add(4 + 2 * number, line, LIGHTS[check["light"]])
            if check["remedy"]:
                self._add(5 + 2 * number, f"     {spoken(self._text, check['remedy'])}", "muted")

    def _add(self, row: int, words: str, ink: str) -> None:
        self.rows.append(self._pages.note(self._body, row, words, ink, column=0))

    def _save_bundle(self) -> None:
        name = filedialog.asksaveasfilename(
            title=self._text("window.doctor.bundle_title"),
            initialfile="palfriend-support.zip",
            defaultextension=".zip",
        )
        if name and self._tools.bundle:
            self._run(functools.partial(self._tools.bundle, Path(name)), self._saved)

    def _saved(self, outcome: Any) -> None:
        raise_again(outcome)
        self.summary.configure(text=self._text("window.doctor.saved"), foreground=self._skin.ink["up"])
