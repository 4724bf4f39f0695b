"""All settings as fields on pages: what was edited, why it is refused, undo, search. Main thread only; saves nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import settings as knobs
from settings import Settings, SettingsError
from window.field import ROWS, Field, complaint
from window.notices import NoticeLine
from window.pages import Pages, Search
from window.parts import Text
from window.skin import Skin

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import ttk

QUIET_TICKS = 5
"""Edits are checked, and count as one step of undo, when nobody has typed for this long."""

MOST_UNDONE = 200


class Form:
    """Every field of the schema. `turned` is told the page in front; pages of the caller's may be added to `pages`."""

    def __init__(
        self, parent: ttk.Frame, settings: Settings, text: Text, skin: Skin, turned: Callable[[str], object]
    ) -> None:
        self._settings, self._text = settings, text
        self.fields: dict[str, Field] = {}
        self.quiet = 0
        self._edits: dict[str, Any] = {}
        self._before: list[tuple[str, Any]] = []
        self._extra: list[str] = []
        self.notices = NoticeLine(parent, settings, text, skin)
        self.notices.follow()
        self.pages = Pages(parent, skin, turned)
        for section in knobs.schema(settings):
            name = section["name"] or "general"
            body = self.add_page(name, f"settings.{name}")
            for row, spec in enumerate(section["fields"]):
                field = self.fields[spec["path"]] = Field(body, 2 + ROWS * row, name, spec, text, self.pages.note)
                self.pages.tame(field.widget)
                if field.slider:
                    self.pages.tame(field.slider.scale)
        self._extra.clear()
        self._stand = {path: field.read() for path, field in self.fields.items()}
        self.search = Search(self.pages.side, text, self._sift)
        self._sift()

    def add_page(self, name: str, key: str) -> ttk.Frame:
        """A page with the words `<key>._title` and `<key>._help`; the search leaves it alone."""
        self._extra.append(name)
        return self.pages.add(name, self._text(f"{key}._title"), self._text(f"{key}._help"))

    def focus(self, path: str) -> None:
        """Turn to this field, also where the search hides it, and put the cursor in."""
        field = self.fields[path]
        if not self._offered(field):
            self.search.set("", wants_all=self.search.wants_all or bool(field.spec["advanced"]))
        self.pages.turn_to(field.section)
        field.widget.focus_set()

    def focused(self) -> Field | None:
        """The field that has the cursor."""
        there = self.pages.list.focus_get()
        return next((field for field in self.fields.values() if there is not None and field.widget is there), None)

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
            knobs.changed(self._settings.model_copy(deep=True), nested(changes))
        except SettingsError as error:
            for found in error.problems:
                path = next(path for path in changes if f"{found.path}.".startswith(f"{path}."))
                problems[path] = complaint(self.fields[path].spec, changes[path], self._text, found.message)
        for path, field in self.fields.items():
            field.complain(problems.get(path, ""))
            if path in problems:
                field.offer(shown=True)
        self.pages.mark({self.fields[path].section for path in problems})
        return {path: value for path, value in changes.items() if path not in problems}, problems

    def show(self, paths: Iterable[str] | None = None) -> None:
        """Put the settings' values into these fields, by default into all; what was edited there is gone."""
        values = self.values()
        for path in self.fields if paths is None else paths:
            self.fields[path].show(values[path])

    def values(self) -> dict[str, Any]:
        """The settings' own, by path."""
        return {spec["path"]: spec["value"] for part in knobs.schema(self._settings) for spec in part["fields"]}

    def follow(self) -> int | None:
        """Show what was changed elsewhere and notice what is typed; how many edits there are, None when that is no news."""
        values = self.values()
        self.notices.follow()
        for path, field in self.fields.items():
            if values[path] != field.base:
                before = field.read()
                field.follow(values[path])
                if field.read() != before:
                    self._stand[path] = field.read()
        edits = self.edits()
        news = edits != self._edits
        self.quiet = 0 if news else self.quiet + 1
        self._edits = edits
        if self.quiet == QUIET_TICKS:
            self.remember()
        return len(edits) if news else None

    def edits(self) -> dict[str, Any]:
        """What stands in the fields that were edited, by path."""
        standing = {path: field.read() for path, field in self.fields.items()}
        return {path: raw for path, raw in standing.items() if self.fields[path].differs(raw)}

    def restore(self, edits: Mapping[str, Any]) -> None:
        """Put such edits back, into a form built anew."""
        for path, raw in edits.items():
            self.fields[path].write(raw)
        self._stand = {path: field.read() for path, field in self.fields.items()}

    def saved(self, paths: Iterable[str]) -> None:
        """These are saved: they count as unchanged, and can be undone."""
        self.remember()
        self.show(paths)
        self._edits = {}

    def remember(self) -> None:
        """What was typed until now is one step of undo for each field; secrets are not kept for that."""
        for path, field in self.fields.items():
            now = field.read()
            if now != self._stand[path]:
                if field.kind != "secret":
                    self._before.append((path, self._stand[path]))
                self._stand[path] = now
        del self._before[:-MOST_UNDONE]

    def undo(self) -> bool:
        """Take the latest edit back, also one that is saved already (saving again then counts); False when there is none."""
        self.remember()
        if not self._before:
            return False
        path, raw = self._before.pop()
        self.fields[path].write(raw)
        self._stand[path] = self.fields[path].read()
        self.focus(path)
        return True

    def close(self) -> None:
        """The window is taken apart: end the circle between form and search."""
        self.search.changed = None

    def _offered(self, field: Field) -> bool:
        words = self.search.words
        shown = field.reads(words) if words else (self.search.wants_all or not field.spec["advanced"])
        return shown or field.dirty

    def _sift(self) -> None:
        """Offer what is searched for, else what everybody needs, else all; what was edited stays in sight."""
        found = set()
        for field in self.fields.values():
            shown = self._offered(field)
            field.offer(shown=shown)
            if shown:
                found.add(field.section)
        self.pages.show_only(found | set(self._extra))


def nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """`{"a.b": 1, "c": 2}` as `{"a": {"b": 1}, "c": 2}`."""
    deep: dict[str, Any] = {}
    for path, value in changes.items():
        section, _, name = path.rpartition(".")
        (deep.setdefault(section, {}) if section else deep)[name] = value
    return deep
