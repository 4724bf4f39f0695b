"""Where the window's changes go: into the settings, into the caller's dict, onto the disk. Main thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import settings as knobs
from settings import Settings, SettingsError
from web.words import told_by, why
from window.form import nested

log = logging.getLogger(__name__)


class Keeping:
    """Saves `given`, settings or a plain dict; `settings` are the same, validated. `save` may raise OSError, SettingsError.

    `complete`: what is not on the disk yet is written with the next save, also without a change.
    """

    def __init__(self, given: Any, settings: Settings, save: Callable[[Any], object] | None, *, complete: bool) -> None:
        self._given, self._settings = given, settings
        self._save: Callable[[Any], object] = save or knobs.save_settings
        self.behind = complete and save is None and not _is_on_disk(settings)
        """Something waits to be written."""

    def store(self, changes: Mapping[str, Any]) -> str:
        """Take over these changes and save; why the disk refuses, told, else empty. They are kept then, for the next save."""
        self.behind = True
        try:
            with knobs.alone():
                knobs.changed(self._settings, nested(changes))
                if isinstance(self._given, dict):
                    _copy_into(self._given, self._settings, changes)
                self._save(self._given)
        except (OSError, SettingsError) as error:
            log.error("the settings could not be saved: %s", " ".join(str(error).split()))
            return told_by(error) if isinstance(error, SettingsError) else why(error)
        self.behind = False
        return ""


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
