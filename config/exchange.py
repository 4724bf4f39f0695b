"""Settings for others: as data without secrets, and changes that come back from a page or a window. Any thread."""

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config import describe, typed
from config.problems import Problem, SettingsError, dotted
from config.section import Section
from config.words import Told

SHORTEST = 16
"""Characters: a shorter secret may be an ordinary word."""

Fields = Mapping[tuple[str, ...], Mapping[str, Any]]
"""Path -> what `describe.field` says."""


def part(settings: Section, path: tuple[str, ...]) -> Section:
    """What holds the field at this path: a section, or the settings themselves."""
    inner: Section = settings[path[0]] if len(path) > 1 else settings
    return inner


def grant(settings: Section, path: tuple[str, ...], value: Any, fields: Fields) -> None:
    """Give the field at this path this value, which somebody wishes. Raises SettingsError."""
    part(settings, path)[path[-1]] = value
    if wrong := typed.flaw(fields[path], part(settings, path)[path[-1]]):
        raise SettingsError([Problem(dotted(path), None, wrong)])


def odd(settings: Section, fields: Fields) -> Iterator[tuple[str, Told]]:
    """Each path whose text nobody could type in, as a file from elsewhere may have it, and what is wrong with it."""
    for path, described in fields.items():
        if wrong := typed.flaw(described, part(settings, path)[path[-1]]):
            yield described["path"], wrong


def public(settings: Section, fields: Fields, outside: Mapping[str, str], places: Mapping[str, str]) -> dict[str, Any]:
    """All known values, nested; of a secret only whether there is one, and where from."""
    values: dict[str, Any] = {}
    for path, described in fields.items():
        value = part(settings, path)[path[-1]]
        if described["secret"]:
            name = described["path"]
            source = "environment" if value == outside.get(name) else places.get(name, "file")
            value = {"set": bool(value), "source": source if value else None}
        target = values.setdefault(path[0], {}) if len(path) > 1 else values
        target[path[-1]] = copy.copy(value)
    return values


def wishes(changes: object, fields: Fields, problems: list[Problem]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each change with its path, without secrets that stay; what is no setting is added to `problems`."""
    for path, value in _flat(changes, {path[0] for path in fields if len(path) > 1}, problems):
        if path not in fields:
            near = like(path[-1], [known[-1] for known in fields if known[:-1] == path[:-1]])
            told = Told("problem.no_setting_but", near=near) if near else Told("problem.no_setting")
            problems.append(Problem(dotted(path), None, told))
        elif not fields[path]["secret"]:
            yield path, value
        elif isinstance(value, Mapping) and value.get("clear") is True:
            yield path, ""
        elif value and not (isinstance(value, Mapping) and "set" in value):
            yield path, value


def misplaced(
    wished: Iterable[tuple[tuple[str, ...], Any]], fields: Fields, secrets: Iterable[str]
) -> Iterator[Problem]:
    """One for each wish that would put one of these secrets where everybody can read it."""
    long = [secret for secret in secrets if len(secret) >= SHORTEST]
    for path, value in wished:
        if not fields[path]["secret"] and any(secret in str(value) for secret in long):
            yield Problem(dotted(path), None, Told("problem.misplaced"))


def _flat(changes: object, sections: set[str], problems: list[Problem]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(changes, Mapping):
        problems.append(Problem("", None, Told("problem.no_sections")))
        return
    for name, inner in changes.items():
        if name not in sections:
            yield (str(name),), inner
        elif isinstance(inner, Mapping):
            yield from (((name, str(key)), value) for key, value in inner.items())
        else:
            problems.append(Problem(name, None, describe.complaint(None, inner)))


def like(name: str, known: Iterable[str]) -> str:
    """The one of these that is close to this name; empty when none is."""
    return next(iter(difflib.get_close_matches(name[:40], known, 1)), "")


def take_over(settings: Section, base: Section, theirs: Section, fields: Iterable[tuple[str, ...]]) -> None:
    """Give `settings` what `theirs` changed since `base`, where `settings` itself changed nothing since then."""
    for path in fields:
        *_, name = path
        mine, edited = part(settings, path), part(theirs, path)[name]
        if mine[name] == part(base, path)[name] != edited:
            mine[name] = edited


def take_over_unknown(settings: Section, base: Section, theirs: Section) -> None:
    """The same with names that are no settings, at the top and in each section: what somebody wrote is theirs."""
    sections = [name for name in type(settings).model_fields if isinstance(settings[name], Section)]
    for mine, old, new in [(settings, base, theirs), *((settings[n], base[n], theirs[n]) for n in sections)]:
        mine_extra, old_extra, new_extra = (
            s.model_extra if s.model_extra is not None else {} for s in (mine, old, new)
        )
        for name in old_extra.keys() | new_extra.keys():
            if repr(mine_extra.get(name, _NOTHING)) != repr(old_extra.get(name, _NOTHING)):
                continue  # compared as written: not a number equals nothing, not even itself
            if name in new_extra:
                mine_extra[name] = new_extra[name]
            else:
                mine_extra.pop(name, None)


_NOTHING = object()
