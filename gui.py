"""The settings window: every field of the schema, saved when it closes, and over a bridge the bot's Start and Stop.

Lives on the main thread and polls: other threads never touch Tk, and Tk waits for nobody. `import gui` works on a
Python without tkinter; opening a window raises NoDisplay there. Who has never set PalFriend up is led through that first.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import settings as knobs
from settings import Settings, SettingsError
from web.words import say
from window.errands import Errands
from window.form import QUIET_TICKS, Form
from window.header import Header
from window.keeping import Keeping
from window.listening import Listening, OpenMeter
from window.meter import Levels
from window.parts import NoDisplay, Question, Text, add_button, open_root, system_language, usual_keys
from window.skin import dress
from window.tools import Bar, Health, Tools
from window.viewers import Desk
from window.wizard import Leader, Wizard

with contextlib.suppress(ImportError):  # open_root says what is missing
    import tkinter as tk
    from tkinter import ttk

if TYPE_CHECKING:
    from window.header import Pal

__all__ = ["ConfigGUI", "NoDisplay", "Tools"]

log = logging.getLogger(__name__)

TICK_MS = 100
SIZE, LEAST = (980, 720), (640, 420)
LOG_LINES = 60


class ConfigGUI:
    """The window. All of it belongs to the main thread, except `request_close`.

    A plain dict as `settings` is validated first and updated in place at each save. `save(settings)` may raise OSError
    or SettingsError; `devices()` names microphones (on a thread of its own); `logs()` gives lines as LogRing.lines
    does; `on_quit()` is called once, after the window is gone. `guide` leads whoever has not set PalFriend up; `listen`
    opens a microphone for its meter; `on_file()` tells how the settings' file is, as `tuning.watch.Watch.report`. `root` is the process's Tk, if it has one already; `theme` (light, dark, plain)
    and `language` win over the settings. Raises NoDisplay, SettingsError.
    """

    def __init__(
        self,
        settings: Settings | dict[str, Any],
        bridge: Pal | None = None,
        *,
        save: Callable[[Any], object] | None = None,
        devices: Callable[[], Iterable[Any]] | None = None,
        tools: Tools | None = None,
        guide: Leader | None = None,
        listen: OpenMeter | None = None,
        on_file: Callable[[], Mapping[str, Any]] | None = None,
        on_quit: Callable[[], object] | None = None,
        language: str | None = None,
        logs: Callable[[], Iterable[Mapping[str, Any]]] | None = None,
        root: tk.Tk | None = None,
        theme: str | None = None,
    ) -> None:
        self.settings = Settings.of(settings)
        self._keeping = Keeping(settings, self.settings, save, complete=bridge is None)
        self._bridge, self._tools, self._guide, self._listen = bridge, tools or Tools(), guide, listen
        self._on_quit, self._logs, self._on_file = on_quit, logs, on_file
        self._forced = language, theme
        self._closing = threading.Event()
        self.errands = Errands()
        self._microphones: list[str] = []
        self._levels = Levels()
        self.question: Question | None = None
        self.wizard: Wizard | None = None
        self.root = root or open_root()
        self.window: tk.Tk | tk.Toplevel = self.root if root is None else tk.Toplevel(root)
        usual_keys(self.root)
        self._dress()
        self._place()
        self._build()
        if devices:
            self.errands.run(devices, self._offer_devices)
        if guide:
            guide.levels.append(self._levels.tell)
            if not guide.state()["done"]:
                self.set_up()

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
            self.form.focus(next(iter(problems)))
            return False
        return self._store(changes)

    def revert(self) -> None:
        """Forget what has not been saved."""
        self.form.show()
        self.check()

    def undo(self) -> None:
        """Take the latest edit back."""
        if not self.form.undo():
            self._tell("undo_none")

    def close(self) -> None:
        """Save and close; ask first where a value is refused, or the disk does."""
        changes, problems = self.check()
        if problems:
            lines = [f"{self.fields[path].label}: {problem}" for path, problem in problems.items()]
            self.ask(
                "\n".join([self._text("window.ask_invalid"), "", *lines]),
                keep_editing=lambda: self.form.focus(next(iter(problems))),
                discard_invalid=lambda: self._discard(problems),
            )
        elif self._store(changes):
            self.root.quit()
        else:
            self.ask(str(self.message["text"]), keep_editing=None, try_again=self.close, close_anyway=self.root.quit)

    def check(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The changes that are valid, and why the others are refused, by path; the latter is shown in red."""
        changes, problems = self.form.check()
        if problems:
            self._tell("invalid", "error", count=len(problems))
        return changes, problems

    def set_up(self, step: str = "") -> None:
        """Lead through the set-up, from this step or the first that is left."""
        if self._guide is None:
            return
        if self.wizard:
            self.wizard.close()
        self.main.pack_forget()
        self.wizard = Wizard(
            self.window, self._guide, self._text, self._skin, self.errands.run, levels=self._levels,
            language=self._language, finished=self._set_up, relabel=self._speak, start=self._bridge.start if self._bridge else None,
            step=step,
        )  # fmt: skip
        self.wizard.offer_devices(self._microphones)

    def ask(self, words: str, **answers: Callable[[], object] | None) -> None:
        """A question over the window; each answer is named by the words `window.<code>`."""
        if self.question:
            self.question.window.destroy()
        self.question = Question(self.window, self._text("window.title"), words)
        for code, then in answers.items():
            self.question.answer(self._text(f"window.{code}"), then)

    def _dress(self) -> None:
        """Language and skin, as the settings say unless somebody knows better."""
        language, theme = self._forced
        look = self.settings.window
        self._language = language or (look.language if look.language != "system" else system_language())
        self._look = look.language, look.theme, look.skin
        self._text: Text = functools.partial(say, language=self._language)
        self._skin = dress(self.root, theme or (None if look.theme == "system" else look.theme), pictures=look.skin)

    def _place(self) -> None:
        window, scale = self.window, self._skin.scale
        room = window.winfo_screenwidth(), window.winfo_screenheight() - 60
        window.geometry("x".join(str(min(int(size * scale), most)) for size, most in zip(SIZE, room, strict=True)))
        window.minsize(*(min(int(size * scale), most) for size, most in zip(LEAST, room, strict=True)))
        window.protocol("WM_DELETE_WINDOW", self.close)
        for keys, command in (("<Control-s>", self.save), ("<Control-z>", self.undo), ("<F1>", self._explain)):
            window.bind(keys, functools.partial(_only, command))
        window.bind("<Escape>", lambda _: self.form.search.clear())

    def _build(self) -> None:
        """All that is in the window; again where language or skin have changed."""
        window = self.window
        window.title(self._text("window.title"))
        self.main = ttk.Frame(window)
        self.main.pack(fill="both", expand=True)
        bridge = self._bridge
        self.header = Header(self.main, bridge, self._text, self._skin.ink, self.errands.run) if bridge else None
        footer = ttk.Frame(self.main, padding=(18, 8, 14, 14))
        footer.pack(side="bottom", fill="x")
        row = ttk.Frame(self.main, padding=(14, 0, 14, 8))
        row.pack(side="top" if self.header else "bottom", fill="x")
        middle = ttk.Frame(self.main)
        middle.pack(fill="both", expand=True)
        self.message = ttk.Label(footer, wraplength=round(480 * self._skin.scale))
        self.message.pack(side="left")
        self.save_button = add_button(footer, self._text("window.save"), self.save, "right")
        self.save_button.configure(style="Accent.TButton")
        undo = add_button(footer, self._text("window.undo"), self.undo, "right")
        add_button(footer, self._text("window.revert"), self.revert, "right").lower(undo)
        self.form = Form(middle, self.settings, self._text, self._skin, lambda _: None)
        self.fields, self.pages = self.form.fields, self.form.pages
        self._add_pages(row)
        self.form.focus(next(iter(self.fields)))

    def _add_pages(self, row: ttk.Frame) -> None:
        tools, device = self._tools, self.fields["microphone.device"]
        place = int(device.holder.grid_info()["row"]) + 4
        self._listening = Listening(self.fields, device.holder.master, place, self._skin, self._listen)  # type: ignore[arg-type] # it is a frame
        device.widget.configure(values=self._microphones)
        self.health: Health | None = None
        if tools.doctor:
            page = self.form.add_page("doctor", "window.doctor")
            self.health = Health(page, tools, self._text, self._skin, self.pages, self.errands.run)
        if self._logs:
            self._lines = self.pages.note(self.form.add_page("log", "window.log"), 2, "", "muted", column=0)
        if self.header and tools.dashboard:
            add_button(self.header.buttons, self._text("window.dashboard"), tools.dashboard, "left")
        self.desk: Desk | None = Desk(
            self.form, tools, self._text, self._skin, run=self.errands.run, tell=self._show_words, ask=self.ask
        )
        self.bar: Bar | None = Bar(
            row, tools, self._text, run=self.errands.run, tell=self._show_words, ask=self.ask,
            diagnose=self._diagnose, set_up=self.set_up if self._guide else None,
        )  # fmt: skip

    def _rebuild(self) -> None:
        """The same window in another language or skin; what was edited stays."""
        edits, page, search = self.form.edits(), self.pages.current, self.form.search
        searched, wants_all = " ".join(search.words), search.wants_all
        self._clear()
        self._dress()
        self._build()
        self.form.restore(edits)
        self.form.search.set(searched, wants_all=wants_all)
        self.pages.turn_to(page)

    def _clear(self) -> None:
        self._listening.close()
        if self.header:
            self.header.close()
        if self.wizard:
            self.wizard.close()
        self.header = self.wizard = self.bar = self.desk = None  # no circle may hold Tk: any thread may collect it
        self.form.close()
        self.main.destroy()

    def _set_up(self) -> None:
        """The set-up is left: show the settings, which it has changed."""
        self._rebuild()

    def _speak(self, language: str) -> None:
        """The set-up goes on in another language."""
        step = self.wizard.step if self.wizard else ""
        self._forced = (language if self._forced[0] else None), self._forced[1]
        self._rebuild()
        order = [found["id"] for found in self._guide.state()["steps"]] if self._guide else []
        self.set_up(order[order.index(step) + 1] if step in order[:-1] else "")

    def _tick(self) -> None:
        self._timer = self.window.after(TICK_MS, self._tick)  # first: an error below must not end the polling
        self.errands.look()
        if self._closing.is_set():
            self._close_now()
            return
        if self.header:
            self.header.follow(self._on_file() if self._on_file else None)
        if self.wizard:
            self.wizard.tick()
            return
        if self._logs and self.pages.current == "log":
            lines = [f"{line['level']}  {line['text']}" for line in list(self._logs())[-LOG_LINES:]]
            self._lines.configure(text="\n".join(lines))
        self._listening.follow(self.pages.current, self.header.heard if self.header else None)
        self._look_at_form()

    def _look_at_form(self) -> None:
        """Show what was changed elsewhere, and check edits once nobody types."""
        edited = self.form.follow()
        if edited is not None:
            self._tell("dirty" if edited else "clean", count=edited)
        elif self.form.quiet == QUIET_TICKS:
            self.check()
        look = self.settings.window
        if self._look != (look.language, look.theme, look.skin):
            self._rebuild()

    def _tell(self, code: str, ink: str = "muted", **params: object) -> None:
        self._show_words(self._text(f"window.{code}", **params), ink)

    def _show_words(self, words: str, ink: str) -> None:
        self.message.configure(text=words, foreground=self._skin.ink[ink])

    def _explain(self) -> None:
        """All about the field with the cursor."""
        if field := self.form.focused():
            self.ask(f"{field.label}\n\n{field.about()}", close=field.widget.focus_set)

    def _diagnose(self) -> None:
        if self.health:
            self.pages.turn_to("doctor")
            self.health.look()

    def _discard(self, problems: Iterable[str]) -> None:
        self.form.show(problems)
        self.close()

    def _close_now(self) -> None:
        changes, problems = self.check()
        if problems:
            log.warning("not saved, because not valid: %s", ", ".join(problems))
        self._store(changes)
        self.root.quit()

    def _store(self, changes: Mapping[str, Any]) -> bool:
        """False when the disk refuses; the changes are kept then and saved with the next."""
        if not changes and not self._keeping.behind:
            return True
        problem = self._keeping.store(changes)
        self.form.saved(changes)
        if problem:
            self._tell("not_saved", "error", problem=problem)
        else:
            self._tell("saved", "up")
        return not problem

    def _offer_devices(self, found: Any) -> None:
        if isinstance(found, Exception):
            log.warning("the microphones could not be listed: %s", found)
            return
        self._microphones = [device if isinstance(device, str) else str(device["name"]) for device in found]
        self.fields["microphone.device"].widget.configure(values=self._microphones)
        if self.wizard:
            self.wizard.offer_devices(self._microphones)

    def _failed(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):  # Ctrl-C lands in whichever callback runs
            self.request_close()
            return
        log.error("the window could not do what was asked", exc_info=(kind, error, trace))
        self._tell("failed", "error", problem=kind.__name__)

    def _dismantle(self) -> None:
        self.errands.forget()
        if self._guide:
            self._guide.levels.remove(self._levels.tell)
        del self.root.report_callback_exception
        with contextlib.suppress(tk.TclError):  # somebody destroyed the window already
            self.window.after_cancel(self._timer)
            self._clear()
            self.window.destroy()
        if self._on_quit:
            self._on_quit()


def _only(command: Callable[[], object], _: object) -> str:
    """For a key: do this, and nothing else that the key might do."""
    command()
    return "break"


def main() -> int:
    """The settings of `settings.yaml` in a window; 1 where that cannot be."""
    from setup.leading import (
        lead,
    )  # with it comes the whole bot, for the rehearsal: whoever imports this room needs none
    from speech import list_devices
    from window.exchange import bring_in, take_out

    try:
        settings = knobs.load_settings()
        guide = lead(settings)
        tools = Tools(
            voice=guide.try_voice,
            take_out=functools.partial(take_out, settings),
            bring_in=functools.partial(bring_in, settings, guide.change),
        )
        ConfigGUI(settings, tools=tools, guide=guide, listen=guide.probes.meter, devices=list_devices).run()
    except (NoDisplay, SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
