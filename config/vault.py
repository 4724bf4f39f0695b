"""Where secrets are kept: in the system's keychain, or else in `secrets.json` beside the settings, for its owner only.

The file mirrors the settings, `{"openai": {"api_key": "..."}}`; what else stands in it is kept. A secret is in one of
the two: what is saved to the keychain is taken out of the file. What is saved while the keychain does not answer goes
to the file and is marked there as newer, so that an older copy in the keychain does not win when it answers again.
Any thread; the caller sees to it that one save runs at a time.
"""

import contextlib
import json
import logging
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from config import files
from config.document import Where, parse_json
from config.keychain import Keychain, KeychainError, Reason
from config.place import is_own
from config.problems import Problem, SettingsError, dotted
from config.words import Told

log = logging.getLogger(__name__)

STORE = "secrets.json"
NEWER = "newer_than_keychain"
"""The name in the file under which the paths stand whose secret in the file, or whose absence from it, counts."""

UNKNOWN = "unknown"
"""The name in the file under which secrets stand whose names are no settings."""

NONE: Mapping[Where, str] = {}

Place = Literal["keychain", "file"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found, by path."""

    values: dict[str, str] = field(repr=False)
    places: dict[str, Place]
    trouble: Reason | None = None
    """Why the keychain was not read, if that was needed."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did."""

    places: dict[str, Place]
    """Where secrets are now; of those that nobody looked for, where they are believed to be."""

    trouble: Reason | None
    undo: Callable[[], None] = field(repr=False)
    """Puts both stores back as they were, as far as they let it."""

    @contextlib.contextmanager
    def undone_by(self, *errors: type[Exception]) -> Iterator[None]:
        """When one of these comes out of the block, everything is as before."""
        try:
            yield
        except errors:
            self.undo()
            raise


def _nothing() -> None:
    pass


class Vault:
    """The two stores of one folder. `paths`: of all secrets, dotted."""

    def __init__(self, folder: Path, paths: Collection[str], keychain: Keychain) -> None:
        self._file = folder / STORE
        self._folder, self._paths, self._keychain = folder, paths, keychain

    def account(self, path: str) -> str:
        """Its name in the keychain: the program's own settings have short ones, which outlive a move of its folder."""
        return path if is_own(self._folder) else f"{path} of {self._folder.resolve()}"

    def load(self, wanted: Iterable[str]) -> Kept:
        """Those of the secrets `wanted` that are kept. Raises SettingsError when the file cannot be understood."""
        store = self._read()
        found: dict[str, str] = {}
        in_file, newer = pick(store, self._paths), _marked(store, self._paths)
        values = {path: in_file[path] for path in wanted if path in in_file}
        trouble: Reason | None = None
        try:
            found = self._in_keychain(path for path in wanted if path not in newer)
        except KeychainError as error:
            trouble = error.reason
        places: dict[str, Place] = {**dict.fromkeys(values, "file"), **dict.fromkeys(found, "keychain")}
        return Kept({**values, **found}, places, trouble)

    def save(
        self, wanted: Mapping[str, str], believed: Collection[str] = (), strays: Mapping[Where, str] = NONE
    ) -> Saved:
        """Keep these, and remove those that are empty; all others stay. Raises SettingsError; nothing has changed then.

        `believed`: paths whose secret the keychain should have, as far as anybody knows. `strays`: what is no setting
        but is to be kept in the file all the same.
        """
        store = self._read()
        in_file, newer = pick(store, self._paths), _marked(store, self._paths)
        if not wanted and not in_file and not newer and not strays:
            return Saved(dict.fromkeys(believed, "keychain"), None, _nothing)
        for where, value in strays.items():
            store.setdefault(UNKNOWN, {})[dotted(where)] = value
        try:
            held = self._in_keychain(self._paths)
        except KeychainError as error:
            put = self._to_file(store, wanted, newer, error.reason, believed)
            return Saved(put, error.reason, self._write(store, _nothing))
        moved = {path: in_file.get(path, "") for path in self._paths if path in newer or path in in_file.keys() - held}
        target = {**moved, **wanted}
        failed, undo = self._to_keychain({p: v for p, v in target.items() if held.get(p, "") != v}, held)
        there = held.keys() | {path for path, value in target.items() if value}
        there -= {path for path, value in target.items() if not value}
        for path in (target.keys() | held) - failed:
            _put(store, path, "")
        for path in failed:
            _put(store, path, target[path])
        _mark(store, (newer - target.keys()) | failed)
        places: dict[str, Place] = {**dict.fromkeys(there, "keychain"), **_in_file(store, self._paths)}
        return Saved(places, "failed" if failed else None, self._write(store, undo))

    def _in_keychain(self, paths: Iterable[str]) -> dict[str, str]:
        accounts = {self.account(path): path for path in paths}
        return {accounts[account]: value for account, value in self._keychain.read(accounts).items()}

    def _to_keychain(self, wanted: Mapping[str, str], held: Mapping[str, str]) -> tuple[set[str], Callable[[], None]]:
        """The paths for which it did not work, and what undoes the others."""

        def change(values: Mapping[str, str]) -> set[str]:
            accounts = {self.account(path): path for path in values}
            return {accounts[name] for name in self._keychain.change({a: values[p] for a, p in accounts.items()})}

        def undo() -> None:
            with contextlib.suppress(KeychainError):  # it has just answered; should it refuse now, nobody can help it
                change({path: held.get(path, "") for path in wanted})

        try:
            return change(wanted), undo
        except KeychainError:
            return set(wanted), undo

    def _to_file(
        self,
        store: dict[str, Any],
        wanted: Mapping[str, str],
        newer: set[str],
        reason: Reason,
        believed: Collection[str],
    ) -> dict[str, Place]:
        for path, value in wanted.items():
            _put(store, path, value)
            if path in believed or reason not in {"off", "none"}:
                newer.add(path)
        _mark(store, newer)
        unread = [path for path in believed if path not in newer]
        return {**dict.fromkeys(unread, "keychain"), **_in_file(store, self._paths)}

    def _write(self, store: dict[str, Any], undo: Callable[[], None]) -> Callable[[], None]:
        """What undoes this and everything before. Raises SettingsError after undoing what came before."""
        try:
            old = files.read_text(self._file)
            new = json.dumps(store, indent=2) + "\n" if store else None
            self._replace(old, new)
        except SettingsError:
            undo()
            raise

        def undo_all() -> None:
            undo()
            with contextlib.suppress(SettingsError):  # the disk that is full, too
                self._replace(new, old)

        return undo_all

    def _replace(self, old: str | None, new: str | None) -> None:
        if new is None and old is not None:
            files.remove(self._file)
        elif new is not None and (old is None or json.loads(old or "{}") != json.loads(new)):
            files.write_text(self._file, new, 0o600)

    def _read(self) -> dict[str, Any]:
        text = files.read_text(self._file)
        if text is None or not text.strip():
            return {}
        document = parse_json(self._file, text)
        problems = []
        for path in self._paths:
            section, name = path.split(".")
            inner = document.values.get(section, {})
            if not isinstance(inner, dict):
                told = Told("problem.section_in_braces")
                problems.append(Problem(section, document.lines.get((section,)), told))
            elif not isinstance(inner.get(name, ""), str):
                told = Told("problem.text_in_quotes")
                problems.append(Problem(path, document.lines.get((section, name)), told))
        if problems:
            raise SettingsError(dict.fromkeys(problems), self._file)
        self._make_private()
        return document.values

    def _make_private(self) -> None:
        """On Windows a file is as private as its folder, and one's own profile is private. Not tested: Windows."""
        if os.name == "posix" and stat.S_IMODE(self._file.stat().st_mode) & 0o077:
            log.warning("%s can be read by other users of this computer; making it yours alone", self._file)
            with contextlib.suppress(PermissionError):  # it is somebody else's file: the warning is all we can do
                self._file.chmod(0o600)


def pick(values: Mapping[str, Any], paths: Iterable[str]) -> dict[str, str]:
    """`{path: text}` of the secrets that stand in nested values, without empty ones."""
    found = {}
    for path in paths:
        section, name = path.split(".")
        inner = values.get(section)
        value = inner.get(name) if isinstance(inner, Mapping) else None
        if isinstance(value, str) and value.strip():
            found[path] = value.strip()
    return found


def _in_file(store: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Place]:
    return dict.fromkeys(pick(store, paths), "file")


def _put(store: dict[str, Any], path: str, value: str) -> None:
    """Set a secret, or take it out where it is empty, and its section when nothing is left in it."""
    section, name = path.split(".")
    if value:
        store.setdefault(section, {})[name] = value
    elif section in store:
        store[section].pop(name, None)
        if not store[section]:
            del store[section]


def _marked(store: Mapping[str, Any], paths: Iterable[str]) -> set[str]:
    marks = store.get(NEWER)
    return {path for path in paths if isinstance(marks, list) and path in marks}


def _mark(store: dict[str, Any], newer: Collection[str]) -> None:
    store.pop(NEWER, None)
    if newer:
        store[NEWER] = sorted(newer)
