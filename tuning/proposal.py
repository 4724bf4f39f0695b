"""Other values for the settings: what taking them over would change, said before anything does. Any thread."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import describe, document, exchange, legacy
from config.history import at
from config.problems import Problem, SettingsError, dotted
from config.words import Told
from settings import Settings, schema

FIELDS = {tuple(field["path"].split(".")): field for section in schema() for field in section["fields"]}
Names = tuple[str, ...]
_SECTIONS = {path[0] for path in FIELDS if len(path) > 1}


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that would be another; of a secret only `{"set": bool}` is told."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change, what would not and why."""

    changes: tuple[Change, ...] = ()
    ignored: tuple[str, ...] = ()
    """Names that are no settings, and secrets from where none are taken."""

    problems: tuple[Problem, ...] = ()
    migrated_from: legacy.Kind = ""
    wishes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The values of `changes`, nested, as `settings.changed` takes them. May hold secrets."""

    def as_json(self) -> dict[str, Any]:
        """Without the wishes."""
        return {
            "changes": [{"path": c.path, "before": c.before, "after": c.after} for c in self.changes],
            "ignored": list(self.ignored),
            "problems": [{"path": p.path, "line": p.line, "message": p.message} for p in self.problems],
            "migrated_from": self.migrated_from,
        }


def from_text(settings: Settings, text: str) -> Proposal:
    """What a settings file, as YAML or JSON, would change. Its secrets are left out, but for one of the older PalFriend:
    that is the streamer's own, from when there was no better place for them.
    """
    try:
        found, is_json = _parsed(text)
    except SettingsError as error:
        return Proposal(problems=tuple(error.problems))
    kind = legacy.kind_of(found.values, json=is_json)
    return propose(settings, found.values, found.lines, migrated_from=kind)


def propose(
    settings: Settings,
    values: Mapping[str, Any],
    lines: Mapping[document.Where, int] | None = None,
    *,
    migrated_from: legacy.Kind = "",
) -> Proposal:
    """What these nested values would change. Those that are not named stay as they are."""
    trial, lines = settings.model_copy(deep=True), lines or {}
    changes: list[Change] = []
    problems: list[Problem] = []
    ignored: list[str] = []
    wishes: dict[str, Any] = {}
    for path, value in _flat(values):
        if path not in FIELDS and not (len(path) == 1 and path[0] in _SECTIONS):
            ignored.append(dotted(path))
        elif path not in FIELDS:
            problems.append(Problem(path[0], lines.get(path), describe.complaint(None, value)))
        elif FIELDS[path]["secret"] and not (migrated_from and value):
            ignored += [dotted(path)] if value else []
        else:
            try:
                exchange.grant(trial, path, value, FIELDS)
            except SettingsError as error:
                problems += [Problem(p.path, lines.get(path), p.message) for p in error.problems]
            else:
                before, after = at(settings, path), at(trial, path)
                if before != after:
                    changes.append(Change(".".join(path), _shown(path, before), _shown(path, after)))
                    _put(wishes, path, after)
    return Proposal(tuple(changes), tuple(ignored), tuple(problems), migrated_from, wishes)


def to_defaults(settings: Settings, paths: list[str]) -> Proposal:
    """What giving these settings their defaults would change; a section's name stands for all in it but its secrets."""
    values: dict[str, Any] = {}
    problems = []
    for wanted in paths:
        found = [path for path in FIELDS if ".".join(path) == wanted]
        found += [path for path in FIELDS if len(path) > 1 and path[0] == wanted and not FIELDS[path]["secret"]]
        if not found:
            problems.append(Problem(wanted, None, Told("problem.no_setting")))
        for path in found:
            _put(values, path, {"clear": True} if FIELDS[path]["secret"] else FIELDS[path]["default"])
    if problems:
        return Proposal(problems=tuple(problems))
    changes = tuple(
        Change(".".join(path), _shown(path, at(settings, path)), _shown(path, FIELDS[path]["default"]))
        for path in FIELDS
        if _has(values, path) and at(settings, path) != FIELDS[path]["default"]
    )
    return Proposal(changes, wishes=values)


def _parsed(text: str) -> tuple[document.Document, bool]:
    """Raises SettingsError. Where both forms could be meant and neither can be read, the reason is JSON's."""
    here = Path("import")
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return document.parse_yaml(here, text, FIELDS), False
    try:
        return document.parse_json(here, text), True
    except SettingsError as error:
        try:
            return document.parse_yaml(here, text, FIELDS), False
        except SettingsError:
            raise error from None


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[Names, Any]]:
    for name, inner in values.items():
        if name in _SECTIONS and isinstance(inner, Mapping):
            yield from (((name, key), value) for key, value in inner.items())
        elif name not in _SECTIONS or inner is not None:
            yield (name,), inner


def _shown(path: Names, value: Any) -> Any:
    return {"set": bool(value)} if FIELDS[path]["secret"] else value


def _put(values: dict[str, Any], path: Names, value: Any) -> None:
    part = values.setdefault(path[0], {}) if len(path) > 1 else values
    part[path[-1]] = value


def _has(values: Mapping[str, Any], path: Names) -> bool:
    part = values.get(path[0], {}) if len(path) > 1 else values
    return path[-1] in part
