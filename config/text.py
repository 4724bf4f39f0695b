"""Settings as YAML that explains itself. Pure: values in, text out.

What is written comes back equal from `document.parse_yaml`: every text is in quotation marks or a literal block.
"""

import datetime
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

import yaml

from config.describe import bounds
from config.problems import Problem, SettingsError, dotted
from config.words import Told

WIDTH = 1_000_000
"""Unknown values are not folded: a fold costs spaces at the ends of lines."""

DEEPEST = 15
INTRODUCTION = """\
# Settings of PalFriend. Change values here, in the dashboard or in the window; texts stand in quotation marks.
# A line that is missing counts as its default.
"""
SECRET = "Secret: if you write it here, PalFriend moves it to a safer place. The variable {environment} wins."  # noqa: S105 - a comment
KEPT = {
    "file": "Secret: it is kept in secrets.json beside this file. The variable {environment} wins.",
    "keychain": "Secret: it is kept in the keychain of this computer. The variable {environment} wins.",
}
"""By place."""
UNKNOWN = "# Not known to this version of PalFriend, kept as it is:"
# YAML does not allow these as they are, or takes them for the end of a line
INVISIBLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
PLAIN_LINE = re.compile(r"( *[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?)?")


class _Dumper(yaml.SafeDumper):
    """Writes equal parts out each time: an alias is not read again."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's interface
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # in single quotes PyYAML writes exotic line ends such as U+0085 so that they come back as others
        style = None if data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


def render(
    sections: Collection[Mapping[str, Any]],
    values: Mapping[str, Any],
    places: Mapping[str, str],
    names: Collection[str],
) -> str:
    """The whole file. `names`: paths of secrets, written empty; `places`: where those are that are kept.

    Raises SettingsError for an unknown value that YAML has no form for.
    """
    parts = [INTRODUCTION]
    for section in sections:
        inner = values[section["name"]] if section["name"] else values
        indent = "  " if section["name"] else ""
        lines = [f"# {section['label']}. {section['help']}", *([f"{section['name']}:"] if indent else [])]
        for field in section["fields"]:
            lines += _comments(field, indent, places.get(field["path"]))
            value = "" if field["path"] in names else inner[field["name"]]
            lines.append(f"{indent}{field['name']}:{_written(value, indent)}")
        known = {field["name"] for field in section["fields"]}
        if not indent:
            known |= {section["name"] for section in sections}
        lines += _unknown({name: inner[name] for name in inner if name not in known}, indent, section["name"])
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def in_keychain(written: str, variables: Mapping[str, str]) -> set[str]:
    """The paths of secrets that are in the keychain by the comments of this text. `variables`: path -> its variable."""
    lines = {line.strip() for line in written.splitlines()}
    kept = KEPT["keychain"]
    return {path for path, name in variables.items() if f"# {kept.format(environment=name)}" in lines}


def _comments(field: Mapping[str, Any], indent: str, place: str | None) -> list[str]:
    notes = [f"unit: {field['unit']}"] if field["unit"] else []
    limits = bounds(field)
    notes += [f"range: {limits}"] if limits else []
    notes += [f"one of: {', '.join(field['choices'])}"] if field["choices"] else []
    lines = [field["help"] + (f" ({', '.join(notes)})" if notes else "")]
    if field["secret"]:
        lines.append(KEPT.get(place or "", SECRET).format(environment=field["environment"]))
    return [f"{indent}# {line}" for line in lines]


def _written(value: Any, indent: str) -> str:
    if isinstance(value, list):
        return "".join(f"\n{indent}  - {_quoted(item)}" for item in value) or " []"
    if isinstance(value, str):
        return _block(value, indent) or f" {_quoted(value)}"
    if isinstance(value, bool):
        return f" {json.dumps(value)}"
    number = repr(value)
    # without a point other YAML readers take 1e-05 for a text
    return f" {number.replace('e', '.0e') if 'e' in number and '.' not in number else number}"


def _quoted(text: str) -> str:
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _block(text: str, indent: str) -> str:
    """Several lines as they are; empty when only quotation marks would bring this text back unchanged."""
    lines = text.split("\n")
    if len(lines) < 2 or not lines[0] or not lines[-1] or lines[0][0] == " " or INVISIBLE.search(text):
        return ""
    if not all(PLAIN_LINE.fullmatch(line) for line in lines):
        return ""
    return " |-" + "".join(f"\n{indent}  {line}" if line else "\n" for line in lines)


def _unknown(extra: Mapping[str, Any], indent: str, section: str) -> list[str]:
    if not extra:
        return []
    for name, value in extra.items():
        _check(value, (section, name) if section else (name,))
    dumped = yaml.dump(dict(extra), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
    return [f"{indent}{line}" if line else "" for line in [UNKNOWN, *dumped.rstrip("\n").split("\n")]]


def _check(value: Any, where: tuple[str | int, ...]) -> None:
    plain = str | int | float | datetime.date | None
    if len(where) > DEEPEST or not isinstance(value, plain | list | dict):
        raise SettingsError([Problem(dotted(where), None, Told("problem.no_form"))])
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name for name in value):
            raise SettingsError([Problem(dotted(where), None, Told("problem.no_text_name"))])
        for name, inner in value.items():
            _check(inner, (*where, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check(inner, (*where, number))
