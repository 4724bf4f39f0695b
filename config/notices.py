"""What the streamer should know about their settings, above all where their keys are. Pure: what happened in, codes with
parameters out.

The sentences are in `locales/*.json` under `notice.`; no parameter holds a secret.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config import describe
from config.document import Where
from config.keychain import Reason
from config.problems import dotted
from config.vault import STORE, Place
from config.words import Told

QUIET: tuple[Reason, ...] = ("off", "none")
"""No fault: nobody has a keychain there, or it was switched off."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know; `info`: all is well, `warning`: better look into it."""

    code: str
    params: tuple[tuple[str, str], ...]
    level: Literal["info", "warning"] = "warning"
    lasting: bool = True
    """It is a state, and told as long as that lasts; else something that happened, told until it has been read."""

    @property
    def id(self) -> str:
        """No two that are told at once have the same."""
        return " ".join([self.code, *(value for name, value in self.params if name == "field")])


def of_keychain(trouble: Reason | None, places: Mapping[str, Place], folder: Path) -> list[Notice]:
    """That the keychain could not be used, and where the keys are instead."""
    if trouble is None or (trouble in QUIET and "file" not in places.values()):
        return []
    level: Literal["info", "warning"] = "info" if trouble in QUIET else "warning"
    return [Notice(f"keychain_{trouble}", (("store", str(folder / STORE)),), level)]


def of_moves(inside: Iterable[str], strays: Iterable[Where], places: Mapping[str, Place], source: Path) -> list[Notice]:
    """That keys stood in a settings file, and where they are now."""
    found = []
    for path in inside:
        store = "keychain" if places.get(path) == "keychain" else "file"
        found.append(Notice(f"secret_moved_{store}", _named(path, source), lasting=False))
    return found + [Notice("secret_stray", _named(dotted(path), source), lasting=False) for path in strays]


def of_copies(paths: Iterable[Where], source: Path) -> list[Notice]:
    """That keys stand in a settings file of the older form, which is left as it is and not read again."""
    return [Notice("secret_left", _named(dotted(path), source), lasting=False) for path in paths]


def of_failures(paths: Iterable[Where], source: Path, reason: str) -> list[Notice]:
    """That keys stand in a settings file and could not be taken out."""
    return [Notice("secret_stays", (*_named(dotted(path), source), ("reason", reason))) for path in paths]


def of_texts(odd: Iterable[tuple[str, Told]]) -> list[Notice]:
    """That settings hold a text that cannot be right."""
    return [
        Notice(
            f"odd_{flaw.key.rpartition('.')[2]}",
            (("field", path), ("name", _title(path)), *((name, str(value)) for name, value in flaw.params.items())),
        )
        for path, flaw in odd
    ]


def _title(path: str) -> Told:
    """What the setting at this path is called on the page and in the window."""
    section, _, name = path.rpartition(".")
    section = section or describe.GENERAL
    return Told.joined(": ", [Told(f"settings.{section}._title"), Told(f"settings.{section}.{name}.label")])


def _named(path: str, source: Path) -> tuple[tuple[str, str], ...]:
    return ("field", path), ("file", source.name), ("store", STORE)
