"""A schema as data and in words, for the comments of the file, the dashboard, the window and the messages. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.problems import shown

KINDS: dict[object, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "list", Literal: "choice"}
WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "list": "a list: one text per line, each after a dash",
    "section": "a section: its settings stand below it, indented",
}


def sections(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Each section as `{"name", "help", "fields"}`; what stands outside the sections comes last under the name ""."""
    found: list[dict[str, Any]] = []
    loose: dict[str, Any] = {"name": "", "help": "Everything else", "fields": []}
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields = [field(info, inner_name, name) for inner_name, info in inner.model_fields.items()]
            found.append({"name": name, "help": (inner.__doc__ or "").strip(), "fields": fields})
        else:
            loose["fields"].append(field(info, name))
    return [*found, loose]


def knob(info: FieldInfo) -> dict[str, Any]:
    """What the schema says of a field beside type, default and help; nothing for a section."""
    extra = info.json_schema_extra
    ui: Any = extra["x-ui"] if isinstance(extra, Mapping) else {}
    return dict(ui)


def kind(info: FieldInfo) -> str:
    """One of `WANTED`, or `choice`."""
    return KINDS.get(get_origin(info.annotation) or info.annotation, "section")


def field(info: FieldInfo, name: str, section: str = "") -> dict[str, Any]:
    """One field, ready for JSON. `above`: the smallest value is not allowed itself; `environment`: wins over the file."""
    return {
        "name": name,
        "path": f"{section}.{name}" if section else name,
        "type": kind(info),
        "default": info.get_default(call_default_factory=True),
        "help": info.description,
        "choices": list(get_args(info.annotation)) if kind(info) == "choice" else [],
        **knob(info),
    }


def bounds(described: Mapping[str, Any]) -> str:
    """`1 to 65535`, or nothing."""
    low, high = described["min"], described["max"]
    above = "above " if described["above"] else ""
    if low is None or high is None:
        return "" if low is None else f"{above or 'at least '}{low}"
    return f"{above}{low} to {high}"


def complaint(described: Mapping[str, Any] | None, value: object, *, item: bool = False) -> str:
    """What was expected instead of `value`; None stands for a section, `item` for one entry of a list."""
    if described is None:
        # not even shortened: whoever writes a key where the section belongs would read it in the log
        return f"must be {WANTED['section']}"
    wanted = (
        WANTED["str" if item else described["type"]]
        if not described["choices"]
        else f"one of {', '.join(described['choices'])}"
    )
    limits = bounds(described)
    if limits:
        wanted += f"{' ' if described['above'] else ' from '}{limits}"
    if item:
        wanted += " that is not empty"
    return f"must be {wanted}" if described["secret"] else f"must be {wanted}, not {shown(value)}"
