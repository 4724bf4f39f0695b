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

They lie in `settings.yaml`, which explains each of them again. Change them there, in the window, in the dashboard or
with `python3 -m tuning.command`: a change counts within a second, also while the pal talks. Where the last column says
*next Start*, it counts once you press Stop and Start; window and dashboard tell you when that is due.

- **A mistake in the file** is told with its line, and what counted before goes on counting until it is put right; nothing
  else can be saved meanwhile, so that your work in the file is not written over. Half a file, an empty one and a deleted
  one change nothing either. A file that has lost its last section counts after half a second, one that breaks off in the
  middle of a line after three.
- **Secrets** never stand in this file once it was saved, and in no file that you give away.
- **The last change can be taken back**, wherever it came from, the last 50 of them while PalFriend runs. The file from
  before the last save is `settings.yaml.bak`.
- **Presets** (calm, lively, Shop live, family) set a handful of settings at once; each sets the same ones, so you can go
  from one to another. You see what would change before it does.
- **Profiles** are your own snapshots of everything but the secrets: `profiles/<name>.yaml` beside this file.
- **Files of others**, YAML or JSON, are shown as what they would change, checked as a whole, and taken over as a whole or
  not at all. Keys in them are left out.
- **The older public PalFriend's** `settings.json` or `settings.yaml` is understood where it lies and when it is taken in:
  what both programs have is called the same, its keys are moved to where secrets are kept, and names that mean nothing
  here are named and kept unused.
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
