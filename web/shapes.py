"""The settings as a JSON Schema, made from what each setting says of itself. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from web.describe import OBJECT, TEXT, Shape, listing, record

_PLAIN: Mapping[str, Shape] = {
    "str": TEXT,
    "list": listing(TEXT),
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"enum": [True, False, 0, 1]},
}


def changes_of(sections: Iterable[Mapping[str, Any]]) -> Shape:
    """What may be sent to change settings: any part of them. `sections` is `settings.schema()`."""
    shapes: dict[str, Shape] = {}
    for section in sections:
        fields = {field["name"]: _field(field) for field in section["fields"]}
        shapes |= {section["name"]: record({}, fields)} if section["name"] else fields
    return record({}, shapes)


def _field(field: Mapping[str, Any]) -> Shape:
    shape: dict[str, Any] = dict(_PLAIN.get(field["type"], {"enum": field["choices"]}))
    if field["min"] is not None:
        shape["exclusiveMinimum" if field["above"] else "minimum"] = field["min"]
    if field["max"] is not None:
        shape["maximum"] = field["max"]
    return {"anyOf": [shape, OBJECT], "description": _KEPT} if field["secret"] else shape


_KEPT = "A new value, or what was shown in its place, which changes nothing."
