"""Where settings came from: their file, what they were then, and where their secrets are. Any thread."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import files, notices, secrets, text
from config.document import Document, Where
from config.keychain import Reason
from config.problems import SettingsError
from config.vault import Place, Vault
from config.words import Told, told_by

log = logging.getLogger(__name__)


@dataclass
class Origin:
    """Replaced by each load and save."""

    file: Path | None = None
    text: str | None = field(default=None, repr=False)
    """What the file said then."""

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    held: dict[str, str] = field(default_factory=dict, repr=False)
    """The secrets as they were then, by path."""

    outside: dict[str, str] = field(default_factory=dict, repr=False)
    """Those that the environment gave."""

    places: dict[str, Place] = field(default_factory=dict)
    trouble: Reason | None = None
    """Why the keychain was not used."""

    moves: list[notices.Notice] = field(default_factory=list)
    """What became of secrets that stood in the settings file when it was loaded."""

    def believed(self, written: str, variables: Mapping[str, str]) -> set[str]:
        """The paths whose secret the keychain should have: by what was read last, and by the file's own comments."""
        return text.in_keychain(written, variables) | {p for p, place in self.places.items() if place == "keychain"}

    def secrets(self) -> set[str]:
        """Every secret that was there then."""
        return {*self.held.values(), *self.outside.values()}

    def notices(self) -> list[notices.Notice]:
        """What the streamer should know about where their keys are."""
        around = notices.of_keychain(self.trouble, self.places, self.file.parent) if self.file else []
        return [*self.moves, *around]

    def move_out(
        self, vault: Vault, source: Path, found: Document, inside: Mapping[str, str], known: Collection[Where],
        variables: Mapping[str, str],
    ) -> bool:  # fmt: skip
        """Take what stands in the settings file `source` as a secret out of it, and keep it elsewhere.

        `inside`: its secrets by path; besides them go texts under names that are no setting and look like a secret's,
        and those are blank in `found` then. Returns whether there were any of these. What cannot be moved stays. A file
        of the older form stays as it is: the program that wrote it may still need it.
        """
        strays = secrets.strays(found.values, known)
        paths: list[Where] = [*(tuple(path.split(".")) for path in inside), *strays]
        if not paths:
            return False
        try:
            saved = vault.save(inside, text.in_keychain(found.text, variables), strays)
            with saved.undone_by(SettingsError):
                if source == self.file:
                    values = [*inside.values(), *strays.values()]
                    without = secrets.moved_out(source, found, paths, values)
                    files.write_text(source, without)
                    found.text = without
        except SettingsError as error:
            self.moves = notices.of_failures(paths, source, told_by(error))
            return False
        self.places, self.trouble = {**self.places, **saved.places}, saved.trouble or self.trouble
        self.moves = (
            notices.of_moves(inside, strays, saved.places, source)
            if source == self.file
            else notices.of_copies(paths, source)
        )
        for path in strays:
            secrets.blank(found.values, path)
        return bool(strays)

    def tell(self) -> None:
        """The notices, in the log."""
        for notice in self.notices():
            level = logging.WARNING if notice.level == "warning" else logging.INFO
            log.log(level, "%s", Told(f"notice.{notice.code}", **dict(notice.params)))
