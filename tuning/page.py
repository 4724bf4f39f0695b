"""The reference of all settings as a page, `docs/settings.md`; `python3 -m tuning.page` writes it anew. Pure but for that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.describe import bounds
from config.problems import shown
from settings import schema

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
LONGEST_DEFAULT = 40
"""Characters; a longer default stands in settings.yaml only."""

HEAD = """\
# Every setting

Made from the settings themselves by `python3 -m tuning.page`; a test fails when it is out of date.

They lie in `settings.yaml`, which explains each of them again. Change them there, in the window or in the dashboard:
a change counts within a second, also while the pal talks. Where the last column says *next Start*, it counts once you
press Stop and Start; window and dashboard tell you when that is due. A file that cannot be understood is refused with
its line, and what counted before goes on counting. Secrets never stand in this file once it was saved: they come from
the environment or lie in `secrets.json`.
"""
COLUMNS = "| setting | default | takes | what it is | counts |\n|---|---|---|---|---|\n"


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(_section(section) for section in schema())])


def _section(section: Mapping[str, Any]) -> str:
    name = f"`{section['name']}`" if section["name"] else "outside of all sections"
    rows = "".join(_row(field) for field in section["fields"])
    return f"## {section['label']} ({name})\n\n{section['help']}\n\n{COLUMNS}{rows}"


def _row(field: Mapping[str, Any]) -> str:
    label = f"**{field['label']}**: {field['help']}"
    more = " (advanced)" if field["advanced"] else ""
    where = f". Secret; the variable `{field['environment']}` wins" if field["secret"] else ""
    counts = "next Start" if field["restart"] else "at once"
    cells = [f"`{field['name']}`{more}", _default(field), _takes(field), f"{label}{where}", counts]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(field: Mapping[str, Any]) -> str:
    default = field["default"]
    if isinstance(default, list):
        return f"{len(default)} entries" if default else "none"
    if isinstance(default, str):
        return "empty" if not default else "a text" if len(default) > LONGEST_DEFAULT else f"`{shown(default)}`"
    return f"`{shown(default)}`"


def _takes(field: Mapping[str, Any]) -> str:
    kinds = {"bool": "on or off", "int": "whole number", "float": "number", "str": "text", "list": "list of texts"}
    taken = ", ".join(f"`{choice}`" for choice in field["choices"]) or kinds[field["type"]]
    return ", ".join(part for part in (taken, bounds(field), field["unit"]) if part)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
