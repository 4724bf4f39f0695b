"""The settings window: every field of the schema, saved when it closes, and over a bridge the bot's Start and Stop.

Lives on the main thread and polls: other threads never touch Tk, and Tk waits for nobody. `import gui` works on a
Python without tkinter; opening a window raises NoDisplay there.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import settings as knobs
from settings import Settings, SettingsError
from web.words import say
from window.field import ROWS, Field, complaint
from window.header import Header
from window.parts import (
    NoDisplay,
    Pages,
    Question,
    Text,
    add_button,
    dress,
    open_root,
    system_language,
    waiting,
)

with contextlib.suppress(ImportError):  # open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

if TYPE_CHECKING:
    from window.header import Pal

__all__ = ["ConfigGUI", "NoDisplay"]

log = logging.getLogger(__name__)

TICK_MS = 100
QUIET_TICKS = 5
"""Edits are checked when nobody has typed for this long."""

SIZE = (920, 700)
LOG_LINES = 60


class ConfigGUI:
    """The window. All of it belongs to the main thread, except `request_close`.

    A plain dict as `settings` is validated first and updated in place at each save. `save(settings)` may raise OSError
    or SettingsError; `devices()` names microphones (on a thread of its own); `logs()` gives lines as LogRing.lines
    does; `on_quit()` is called once, after the window is gone. `root` is the process's Tk, if it has one already;
    `theme` is light, dark or plain, by default the system's. Raises NoDisplay, SettingsError.
    """

    def __init__(
        self,
        settings: Settings | dict[str, Any],
        bridge: Pal | None = None,
        *,
        save: Callable[[Any], object] | None = None,
        devices: Callable[[], Iterable[Any]] | None = None,
        open_dashboard: Callable[[], object] | None = None,
        on_quit: Callable[[], object] | None = None,
        language: str | None = None,
        logs: Callable[[], Iterable[Mapping[str, Any]]] | None = None,
        root: tk.Tk | None = None,
        theme: str | None = None,
    ) -> None:
        self._given, self.settings = settings, Settings.of(settings)
        self._save: Callable[[Any], object] = save or knobs.save_settings
        self._behind = save is None and bridge is None and not _is_on_disk(self.settings)
        self._on_quit, self._logs = on_quit, logs
        self._text: Text = functools.partial(say, language=language or system_language())
        self._closing = threading.Event()
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._awaited: dict[int, Callable[[Any], object]] = {}
        self._numbers = itertools.count()
        self._edits: dict[str, Any] = {}
        self._quiet = 0
        self.question: Question | None = None
        self.fields: dict[str, Field] = {}
        self.root = root or open_root()
        self.window: tk.Tk | tk.Toplevel = self.root if root is None else tk.Toplevel(root)
        self._ink = dress(self.root, theme)
        self.header = Header(self.window, bridge, self._text, self._ink, self._in_thread) if bridge else None
        if self.header and open_dashboard:
            add_button(self.header.buttons, self._text("window.dashboard"), open_dashboard, "left")
        self._build()
        if devices:
            self._in_thread(devices, self._offer_devices)

    def run(self) -> None:
        """Show the window until it is closed; valid changes are saved by then."""
        self.root.report_callback_exception = self._failed
        try:
            self._tick()
            self.root.mainloop()
        except KeyboardInterrupt:
            self._close_now()
        finally:
            self._dismantle()

    def request_close(self) -> None:
        """Close within a tick and without questions: what is valid is saved, the rest dropped. Any thread."""
        self._closing.set()

    def save(self) -> bool:
        """Save all changes, or none of them when one is refused."""
        changes, problems = self.check()
        if problems:
            self._focus(next(iter(problems)))
            return False
        return self._store(changes)

    def revert(self) -> None:
        """Forget what has not been saved."""
        values = self._values()
        for path, field in self.fields.items():
            field.show(values[path])
        self.check()

    def close(self) -> None:
        """Save and close; ask first where a value is refused, or the disk does."""
        changes, problems = self.check()
        if problems:
            lines = [f"{self.fields[path].label}: {problem}" for path, problem in problems.items()]
            self._ask(
                "\n".join([self._text("window.ask_invalid"), "", *lines]),
                keep_editing=lambda: self._focus(next(iter(problems))),
                discard_invalid=lambda: self._discard(problems),
            )
        elif self._store(changes):
            self.root.quit()
        else:
            self._ask(str(self.message["text"]), keep_editing=None, try_again=self.close, close_anyway=self.root.quit)

    def check(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The changes that are valid, and why the others are refused, by path; the latter is shown in red."""
        changes: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for path, field in self.fields.items():
            try:
                changes |= {path: field.value()} if field.dirty else {}
            except ValueError:
                problems[path] = complaint(field.spec, None, self._text)
        try:
            knobs.changed(self.settings.model_copy(deep=True), _nested(changes))
        except SettingsError as error:
            for found in error.problems:
                path = next(path for path in changes if f"{found.path}.".startswith(f"{path}."))
                problems[path] = complaint(self.fields[path].spec, changes[path], self._text, found.message)
        self._show_problems(problems)
        return {path: value for path, value in changes.items() if path not in problems}, problems

    def _build(self) -> None:
        window = self.window
        window.title(self._text("window.title"))
        scale = max(1.0, self.root.winfo_fpixels("1i") / 96)
        room = window.winfo_screenwidth(), window.winfo_screenheight() - 60
        window.geometry("x".join(str(min(int(size * scale), most)) for size, most in zip(SIZE, room, strict=True)))
        window.minsize(640, 420)
        window.protocol("WM_DELETE_WINDOW", self.close)
        window.bind("<Control-s>", lambda _: self.save())
        middle, footer = ttk.Frame(window), ttk.Frame(window, padding=(18, 8, 14, 14))
        footer.pack(side="bottom", fill="x")
        middle.pack(fill="both", expand=True)
        self.message = ttk.Label(footer, wraplength=480)
        self.message.pack(side="left")
        save = add_button(footer, self._text("window.save"), self.save, "right")
        add_button(footer, self._text("window.revert"), self.revert, "right").lower(save)
        self.pages = Pages(middle, self._ink)
        for section in knobs.schema(self.settings):
            name = section["name"] or "general"
            body = self._add_page(name, f"settings.{name}")
            for row, spec in enumerate(section["fields"]):
                field = self.fields[spec["path"]] = Field(body, 2 + ROWS * row, name, spec, self._text, self.pages.note)
                self.pages.tame(field.widget)
        if self._logs:
            self._lines = self.pages.note(self._add_page("log", "window.log"), 2, "", "muted", column=0)
        self._focus(next(iter(self.fields)))

    def _add_page(self, name: str, key: str) -> ttk.Frame:
        return self.pages.add(name, self._text(f"{key}._title"), self._text(f"{key}._help"))

    def _focus(self, path: str) -> None:
        self.pages.turn_to(self.fields[path].section)
        self.fields[path].widget.focus_set()

    def _tick(self) -> None:
        self._timer = self.window.after(TICK_MS, self._tick)  # first: an error below must not end the polling
        for number, outcome in waiting(self._done):
            self._awaited.pop(number)(outcome)
        if self._closing.is_set():
            self._close_now()
            return
        if self.header:
            self.header.follow()
        if self._logs and self.pages.current == "log":
            lines = [f"{line['level']}  {line['text']}" for line in list(self._logs())[-LOG_LINES:]]
            self._lines.configure(text="\n".join(lines))
        self._look()

    def _look(self) -> None:
        """Show what was changed elsewhere, and check edits once nobody types."""
        values = self._values()
        for path, field in self.fields.items():
            field.follow(values[path])
        edits = {path: field.read() for path, field in self.fields.items() if field.dirty}
        self._quiet = self._quiet + 1 if edits == self._edits else 0
        if edits != self._edits:
            self._edits = edits
            self._tell("dirty" if edits else "clean", count=len(edits))
        elif self._quiet == QUIET_TICKS:
            self.check()

    def _values(self) -> dict[str, Any]:
        return {spec["path"]: spec["value"] for part in knobs.schema(self.settings) for spec in part["fields"]}

    def _tell(self, code: str, ink: str = "muted", **params: object) -> None:
        self.message.configure(text=self._text(f"window.{code}", **params), foreground=self._ink[ink])

    def _show_problems(self, problems: Mapping[str, str]) -> None:
        for path, field in self.fields.items():
            field.complain(problems.get(path, ""))
        self.pages.mark({self.fields[path].section for path in problems})
        if problems:
            self._tell("invalid", "error", count=len(problems))

    def _discard(self, problems: Iterable[str]) -> None:
        values = self._values()
        for path in problems:
            self.fields[path].show(values[path])
        self.close()

    def _close_now(self) -> None:
        changes, problems = self.check()
        if problems:
            log.warning("not saved, because not valid: %s", ", ".join(problems))
        self._store(changes)
        self.root.quit()

    def _store(self, changes: Mapping[str, Any]) -> bool:
        """Take over these changes and save. False when the disk refuses; they are kept then and saved with the next."""
        if not changes and not self._behind:
            return True
        self._behind = True
        try:
            knobs.changed(self.settings, _nested(changes))
            if isinstance(self._given, dict):
                _copy_into(self._given, self.settings, changes)
            self._save(self._given)
        except (OSError, SettingsError) as error:
            problem = " ".join(str(error).split())
            log.error("the settings could not be saved: %s", problem)
            self._tell("not_saved", "error", problem=problem)
            return False
        finally:
            values = self._values()
            for path in changes:
                self.fields[path].show(values[path])
            self._edits = {}
        self._behind = False
        self._tell("saved")
        return True

    def _ask(self, words: str, **answers: Callable[[], object] | None) -> None:
        if self.question:
            self.question.window.destroy()
        self.question = Question(self.window, self._text("window.title"), words)
        for code, then in answers.items():
            self.question.answer(self._text(f"window.{code}"), then)

    def _in_thread(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Work elsewhere, then go on here with the result, which is an exception when it failed."""
        number = next(self._numbers)
        self._awaited[number] = then
        threading.Thread(target=_work, args=(work, number, self._done), name="window", daemon=True).start()

    def _offer_devices(self, found: Any) -> None:
        if isinstance(found, Exception):
            log.warning("the microphones could not be listed: %s", found)
            return
        names = [device if isinstance(device, str) else str(device["name"]) for device in found]
        self.fields["microphone.device"].widget.configure(values=names)

    def _failed(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):  # Ctrl-C lands in whichever callback runs
            self.request_close()
            return
        log.error("the window could not do what was asked", exc_info=(kind, error, trace))
        self._tell("failed", "error", problem=kind.__name__)

    def _dismantle(self) -> None:
        if self.header:
            self.header.close()
        self.header = None  # no circle may hold Tk: who collects it could be another thread
        self._awaited.clear()
        del self.root.report_callback_exception
        with contextlib.suppress(tk.TclError):  # somebody destroyed the window already
            self.window.after_cancel(self._timer)
            self.window.destroy()
        if self._on_quit:
            self._on_quit()


def _work(work: Callable[[], Any], number: int, done: queue.SimpleQueue[tuple[int, Any]]) -> None:
    """Knows nothing of the window: the last reference to Tk must not end on this thread."""
    try:
        outcome = work()
    except Exception as error:  # border: sound libraries raise anything, nobody is above this thread  # noqa: BLE001
        outcome = error
    done.put((number, outcome))


def _nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in changes.items():
        section, _, name = path.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[name] = value
    return nested


def _copy_into(target: dict[str, Any], settings: Settings, paths: Iterable[str]) -> None:
    for path in paths:
        section, _, name = path.rpartition(".")
        source = settings[section] if section else settings
        (target.setdefault(section, {}) if section else target)[name] = source[name]


def _is_on_disk(settings: Settings) -> bool:
    """Whether their file holds the same; a broken one does not, and saving then says so."""
    try:
        return settings.file.exists() and knobs.load_settings(settings.file) == settings
    except SettingsError:
        return False


def main() -> int:
    """The settings of `settings.yaml` in a window; 1 where that cannot be."""
    try:
        ConfigGUI(knobs.load_settings()).run()
    except (NoDisplay, SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
