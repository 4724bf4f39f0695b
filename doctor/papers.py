"""Looks at what lies beside the settings: the settings themselves, secrets, memory, gift book. Blocks; any thread."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.problems import in_place
from config.words import Told
from doctor.finding import Finding, Light
from settings import Settings, SettingsError, load_settings, public, schema
from store.integrity import trouble_with_gifts, trouble_with_memory

SHOWN = 3
PLACEHOLDER = re.compile(r"<|(sk-)?(your|dein|insert|change.?me|x{4}|\.{3})", re.IGNORECASE)
"""How what examples write where a secret belongs begins."""


def look_at_settings(file: Path) -> tuple[Finding, Settings | None]:
    """Finding `settings`, and the settings where they can be read. Where there is no file yet, none is made."""
    params = {"file": file.name}
    if not file.exists() and not file.with_suffix(".json").exists():
        return Finding(id="settings", light=Light.GREEN, code="settings_new", params=params), Settings()
    try:
        settings = load_settings(file)
    except SettingsError as error:
        found = [in_place(problem) for problem in error.problems[:SHOWN]]
        details = {"problems": [{"path": p.path, "line": p.line, "message": p.message} for p in error.problems]}
        params = {"file": error.file.name if error.file else file.name, "problems": Told.joined("; ", found)}
        return Finding(id="settings", light=Light.RED, code="settings_broken", params=params, details=details), None
    return Finding(id="settings", light=Light.GREEN, code="settings_fit", params=params), settings


def look_at_secrets(settings: Settings) -> Finding:
    """Finding `secrets`: where each is kept, and whether one cannot be right. None of them is shown."""
    kept = {field["path"]: field for section in schema(settings) for field in section["fields"] if field["secret"]}
    shown = public(settings)
    sources = {path: _of(shown, path).get("source") for path in kept}
    details = {"kept": {path: source for path, source in sources.items() if source}}
    for path in kept:
        value = str(_of(settings, path))
        if wrong := _complaint(value):
            params = {"field": path, "variable": kept[path]["environment"]}
            return Finding(id="secrets", light=Light.RED, code=wrong, params=params, details={**details, "field": path})
    code = "secrets_kept" if details["kept"] else "secrets_none"
    return Finding(id="secrets", light=Light.GREEN, code=code, details=details)


def _of(values: Any, path: str) -> Any:
    section, name = path.split(".")
    return values[section][name]


def _complaint(value: str) -> str:
    """Why this cannot be a secret; empty for one that can, and for none."""
    if not value:
        return ""
    if not (value.isascii() and value.isprintable()) or " " in value or value[0] in "\"'":
        return "secret_malformed"
    return "secret_placeholder" if PLACEHOLDER.match(value) else ""


def look_at_memory(settings: Settings, folder: Path, seconds: float) -> Finding:
    """Finding `memory`; `folder` is that of the settings file."""
    rules = settings.memory
    if not rules.enabled or rules.file == ":memory:":
        return Finding(id="memory", light=Light.SKIPPED, code="memory_off")
    file = folder / rules.file
    return _file("memory", file, trouble_with_memory(file, seconds))


def look_at_gifts(settings: Settings, folder: Path, seconds: float) -> Finding:
    """Finding `gifts`; `folder` is that of the settings file."""
    if not (settings.memory.enabled and settings.gifts.file):
        return Finding(id="gifts", light=Light.SKIPPED, code="gifts_off")
    file = folder / settings.gifts.file
    return _file("gifts", file, trouble_with_gifts(file, seconds))


def _file(part: str, file: Path, trouble: str) -> Finding:
    size = file.stat().st_size if file.exists() else 0
    params: Mapping[str, str] = {"file": file.name, "megabytes": f"{size / 1_000_000:.1f}"}
    code = trouble or (f"{part}_whole" if size else f"{part}_new")
    light = Light.RED if trouble else Light.GREEN
    return Finding(id=part, light=light, code=code, params=params, details={"bytes": size})
