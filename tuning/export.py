"""The settings as a file for others: without secrets, wherever they stand. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from config import text
from config.history import at
from settings import Settings, schema

Form = Literal["yaml", "json"]
SHORTEST = 6
"""A shorter secret is not searched for in other texts: it could be part of any word."""


def exported(settings: Settings, form: Form) -> str:
    """All values but the secrets, and but those in which a secret stands; names that are no settings are left out."""
    sections = _sections(settings)
    if form == "json":
        return json.dumps(values_of(settings), indent=2, ensure_ascii=False) + "\n"
    return text.render(sections, _shallow(settings, sections), {}, ())


def values_of(settings: Settings) -> dict[str, Any]:
    """The same as nested values."""
    values: dict[str, Any] = {}
    for section in _sections(settings):
        part = values.setdefault(section["name"], {}) if section["name"] else values
        for field in section["fields"]:
            part[field["name"]] = at(settings, tuple(field["path"].split(".")))
    return values


def _sections(settings: Settings) -> list[dict[str, Any]]:
    fields = [(section, field) for section in schema() for field in section["fields"]]
    secrets = {str(at(settings, _path(field))) for _, field in fields if field["secret"]}
    long_enough = {secret for secret in secrets if len(secret) >= SHORTEST}
    return [
        {**section, "fields": [f for f in section["fields"] if not f["secret"] and _is_clean(settings, f, long_enough)]}
        for section in schema()
    ]


def _is_clean(settings: Settings, field: Mapping[str, Any], secrets: set[str]) -> bool:
    value = at(settings, _path(field))
    texts = value if isinstance(value, list) else [value]
    return not any(secret in str(part) for part in texts for secret in secrets)


def _path(field: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(field["path"].split("."))


def _shallow(settings: Settings, sections: list[dict[str, Any]]) -> dict[str, Any]:
    """What `text.render` reads, and nothing that it would take for a name that is not known."""
    values = values_of(settings)
    return values | {section["name"]: values.get(section["name"], {}) for section in sections if section["name"]}
