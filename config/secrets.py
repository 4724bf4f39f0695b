"""Keys and session ids: from the environment, from the settings file, or from `secrets.json` beside it.

The store mirrors the settings, `{"openai": {"api_key": "..."}}`; what else stands in it is kept. Any thread; the
caller sees to it that one save runs at a time.
"""

import contextlib
import json
import logging
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from config import files
from config.document import Document, parse_json
from config.problems import Problem, SettingsError

STORE = "secrets.json"
SHORTEST = 6
"""A shorter secret is not searched for in the rest of a file: it could be part of any word."""

log = logging.getLogger(__name__)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """`{path: value}` of what the environment holds. `variables`: path -> name of the variable."""
    found = {path: os.environ.get(name, "").strip() for path, name in variables.items()}
    return {path: value for path, value in found.items() if value}


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


def load(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """`{path: value}` of the store in this folder. Raises SettingsError when there is one that cannot be understood."""
    return pick(_store(folder / STORE, paths), paths)


def _store(file: Path, paths: Iterable[str]) -> dict[str, Any]:
    text = files.read_text(file)
    if text is None or not text.strip():
        return {}
    document = parse_json(file, text)
    problems = []
    for path in paths:
        section, name = path.split(".")
        inner = document.values.get(section, {})
        if not isinstance(inner, dict):
            problems.append(Problem(section, document.lines.get((section,)), "must be a section in braces { }"))
        elif not isinstance(inner.get(name, ""), str):
            problems.append(Problem(path, document.lines.get((section, name)), "must be text in quotation marks"))
    if problems:
        raise SettingsError(dict.fromkeys(problems), file)
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        log.warning("%s can be read by other users of this computer; making it yours alone", file)
        with contextlib.suppress(PermissionError):  # it is somebody else's file: the warning is all we can do
            file.chmod(0o600)
    return document.values


def save(folder: Path, wanted: Mapping[str, str], paths: Collection[str]) -> None:
    """Make the store hold exactly these secrets; untouched when it does already. Raises SettingsError."""
    file = folder / STORE
    store = _store(file, paths)
    if pick(store, paths) == wanted:
        return
    for path in paths:
        section, name = path.split(".")
        if path in wanted:
            store.setdefault(section, {})[name] = wanted[path]
        elif section in store:
            store[section].pop(name, None)
    files.write_text(file, json.dumps(store, indent=2) + "\n", 0o600)


def settle(
    paths: Iterable[str],
    now: Mapping[str, str],
    *,
    held: Mapping[str, str],
    outside: Mapping[str, str],
    written: Mapping[str, str],
    stored: Mapping[str, str],
) -> dict[str, str]:
    """What the store shall hold after a save; all as `{path: value}` without empty values.

    `now` in the settings; `held` after loading; `outside`: came from the environment, which is kept nowhere; `written`
    in the settings file; `stored` in the store. Who changed nothing removes nothing, and an edit made meanwhile stands.
    """
    kept = {}
    for path in paths:
        value, there = now.get(path, ""), written.get(path) or stored.get(path, "")
        if value and value == outside.get(path):
            value = there
        elif value == held.get(path, ""):
            value = there or value
        elif outside.get(path):
            log.warning("%s: what the environment holds wins again at the next start", path)
        if value:
            kept[path] = value
    return kept


def redacted(document: Document, paths: Iterable[str], values: Iterable[str]) -> str:
    """The text of this file without what stands at `paths`, and without `values` wherever else, as in a comment."""
    text = document.text
    spans = (document.spans.get(tuple(path.split(".")), (0, 0)) for path in paths)
    for start, end in sorted(spans, reverse=True):
        old = text[start:end]
        if old.strip():  # what a block ends with belongs to the line after it
            text = text[:start] + '""' + old[len(old.rstrip()) :] + text[end:]
    for value in values:
        if len(value) >= SHORTEST:
            text = text.replace(value, "")
    return text
