"""A schema as data and in words, for the comments of the file, the dashboard, the window and the messages. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.problems import shown
from config.words import Told, look_up

KINDS: dict[object, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "list", Literal: "choice"}
GENERAL = "general"
"""The section of the locale files for what stands outside the sections."""


def sections(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Each section as `{"name", "label", "help", "fields"}`, in English; what stands outside them comes last under "".

    Raises LookupError when the locale file lacks a word.
    """
    found: list[dict[str, Any]] = []
    loose: dict[str, Any] = {"name": "", **_words(f"{GENERAL}._title", f"{GENERAL}._help"), "fields": []}
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields = [field(info, inner_name, name) for inner_name, info in inner.model_fields.items()]
            found.append({"name": name, **_words(f"{name}._title", f"{name}._help"), "fields": fields})
        else:
            loose["fields"].append(field(info, name))
    return [*found, loose]


def knob(info: FieldInfo) -> dict[str, Any]:
    """What the schema says of a field beside type, default and help; nothing for a section."""
    extra = info.json_schema_extra
    ui: Any = extra["x-ui"] if isinstance(extra, Mapping) else {}
    return dict(ui)


def kind(info: FieldInfo) -> str:
    """One of those that `problem.wanted` in the locale files has."""
    return KINDS.get(get_origin(info.annotation) or info.annotation, "section")


def field(info: FieldInfo, name: str, section: str = "") -> dict[str, Any]:
    """One field with its English words, ready for JSON. Raises LookupError when the locale file lacks one.

    `above`: the smallest value is not allowed itself; `environment`: wins over the file.
    """
    key = f"{section or GENERAL}.{name}"
    path = f"{section}.{name}" if section else name
    rule = shape(info)
    step = rule["step"] or _step(rule)
    return {"name": name, "path": path, **_words(f"{key}.label", f"{key}.help"), **rule, "step": step}


def shape(info: FieldInfo) -> dict[str, Any]:
    """What values a field takes, without words."""
    return {
        "type": kind(info),
        "default": info.get_default(call_default_factory=True),
        "choices": list(get_args(info.annotation)) if kind(info) == "choice" else [],
        **knob(info),
    }


def _words(label: str, help_: str) -> dict[str, str]:
    words = {"label": look_up(f"settings.{label}", "en"), "help": look_up(f"settings.{help_}", "en")}
    for key, text in zip((label, help_), words.values(), strict=True):
        if text is None:
            raise LookupError(f"locales/en.json lacks settings.{key}")
    return {part: text or "" for part, text in words.items()}


def _step(described: Mapping[str, Any]) -> float | None:
    """By how much a slider or arrow moves; None for what is no number."""
    if described["type"] == "int":
        return 1
    if described["type"] != "float":
        return None
    widest = max(abs(described["min"] or 0), abs(described["max"] or 0))
    return 0.01 if widest <= 1 else 0.1 if widest <= 30 else 1.0


def bounds(described: Mapping[str, Any]) -> str:
    """`1 to 65535`, or nothing."""
    low, high = described["min"], described["max"]
    if low is None:
        return ""
    if high is None:
        return Told("problem.limits.above" if described["above"] else "problem.limits.least", low=low)
    return Told("problem.limits.range_above" if described["above"] else "problem.limits.range", low=low, high=high)


def complaint(described: Mapping[str, Any] | None, value: object, *, item: bool = False) -> str:
    """What was expected instead of `value`; None stands for a section, `item` for one entry of a list."""
    if described is None:
        # not even shortened: whoever writes a key where the section belongs would read it in the log
        return Told("problem.must_be_secret", wanted=Told("problem.wanted.section"))
    kind = "choice" if described["choices"] else "str" if item else described["type"]
    wanted = Told(f"problem.wanted.{kind}", choices=", ".join(described["choices"]))
    if limits := bounds(described):
        wanted = Told("problem.beyond" if described["above"] else "problem.within", wanted=wanted, limits=limits)
    if item:
        wanted = Told("problem.filled", wanted=wanted)
    if described["secret"]:
        return Told("problem.must_be_secret", wanted=wanted)
    return Told("problem.must_be", wanted=wanted, value=shown(value))
