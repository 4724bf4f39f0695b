"""Keys and session ids on their way out of a settings file and into where they are kept (`config/vault`).

Pure but for the environment: values and texts in, values and texts out. Any thread.
"""

import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from config.document import Document, Where, parse_yaml
from config.problems import refusal
from config.words import Told

SHORTEST = 6
"""A shorter secret is not searched for in the rest of a file: it could be part of any word."""

SHORTEST_STRAY = 8
SECRET_NAME = re.compile(r"(?i)key$|token|secret|passw|session_?id|^sid(_tt)?$")
"""What a name that is no setting looks like when its value is to be kept secret."""

log = logging.getLogger(__name__)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """`{path: value}` of what the environment holds. `variables`: path -> name of the variable."""
    found = {path: os.environ.get(name, "").strip() for path, name in variables.items()}
    return {path: value for path, value in found.items() if value}


def settle(
    paths: Iterable[str],
    now: Mapping[str, str],
    *,
    held: Mapping[str, str],
    outside: Mapping[str, str],
    written: Mapping[str, str],
) -> dict[str, str]:
    """What a save shall do with the secrets: `{path: value to keep, or ""}` to remove it; all others stay as they are.

    All are `{path: value}` without empty values: `now` in the settings, `held` after loading, `outside` in the
    environment, which is kept nowhere, `written` in the settings file. Who changed nothing removes nothing, and an edit
    made meanwhile stands.
    """
    wanted = {}
    for path in paths:
        value = now.get(path, "")
        if value != held.get(path, "") and value != outside.get(path):
            wanted[path] = value
            if outside.get(path):
                log.warning("%s: what the environment holds wins again at the next start", path)
        elif path in written:
            wanted[path] = written[path]
    return wanted


def redacted(document: Document, paths: Iterable[Where], values: Iterable[str]) -> str:
    """The text of this file without what stands at `paths`, and without `values` wherever else, as in a comment."""
    text = _emptied(document, paths)
    for value in values:
        if len(value) >= SHORTEST:
            text = text.replace(value, "")
    return text


def moved_out(file: Path, document: Document, paths: Collection[Where], values: Iterable[str]) -> str:
    """The text of this settings file with empty texts at `paths`, and without `values` in its comments.

    Everything else stays as its owner wrote it. Raises SettingsError where that cannot be had.
    """
    lines = _emptied(document, paths).splitlines(keepends=True)
    for value in (value for value in values if len(value) >= SHORTEST):
        lines = [_without(value, line) for line in lines]
    text = "".join(lines)
    again, expected = parse_yaml(file, text, document.spans), parse_yaml(file, document.text, document.spans)
    for path in paths:
        blank(expected.values, path)
    if again.values != expected.values:
        raise refusal(file, Told("problem.unusual"))
    return text


def _without(value: str, line: str) -> str:
    words, sign, comment = line.partition("#")
    return words + sign + comment.replace(value, "")


def _emptied(document: Document, paths: Iterable[Where]) -> str:
    text = document.text
    for start, end in sorted((document.spans.get(path, (0, 0)) for path in paths), reverse=True):
        old = text[start:end]
        if old.strip():  # what a block ends with belongs to the line after it
            text = text[:start] + '""' + old[len(old.rstrip()) :] + text[end:]
    return text


def strays(values: Mapping[str, Any], known: Iterable[Where]) -> dict[Where, str]:
    """Texts under names that are no setting and look as if a secret was meant, such as `openai.apikey`."""
    settings = set(known)
    return {
        path: value
        for path, value in _leaves(values, ())
        if path not in settings and SECRET_NAME.search(str(path[-1])) and len(value.strip()) >= SHORTEST_STRAY
    }


def _leaves(values: Mapping[str, Any], at: Where) -> Iterator[tuple[Where, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*at, name))
        elif isinstance(value, str):
            yield (*at, name), value


def blank(values: dict[str, Any], path: Where) -> None:
    """Put an empty text in the place of what stands at this path."""
    for name in path[:-1]:
        values = values[str(name)]
    values[str(path[-1])] = ""
