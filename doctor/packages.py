"""Looks at Python and the packages. Standard library only, since packages may be what is missing; any thread."""

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

from doctor.finding import Finding, Light

OLDEST, NEWEST = (3, 11), (3, 14)
"""Versions of Python: before the first PalFriend does not run, beyond the second nobody has tried it."""

PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(\s*;)?", re.MULTILINE)
EXACT = re.compile(r'"([\w-]+)(?:\[\w+\])?==([\w.]+)"')
MODULES = {
    "tiktoklive": "TikTokLive",
    "websockets": "websockets",
    "openai": "openai",
    "sounddevice": "sounddevice",
    "numpy": "numpy",
    "pyyaml": "yaml",
    "pydantic": "pydantic",
    "flask": "flask",
    "flask-socketio": "flask_socketio",
    "simple-websocket": "simple_websocket",
    "werkzeug": "werkzeug",
}
"""What the rooms import, by the name under which it is installed."""

SHOWN = 5


def is_frozen() -> bool:
    """Whether this is the built program, which brings its own Python and packages."""
    return bool(getattr(sys, "frozen", False))


def look_at_python() -> Finding:
    """Finding `python`."""
    version = ".".join(map(str, sys.version_info[:3]))
    newer = sys.version_info[:2] > NEWEST
    return Finding(
        id="python",
        light=Light.YELLOW if newer else Light.GREEN,
        code="python_newer" if newer else "python_fits",
        params={"version": version, "newest": ".".join(map(str, NEWEST))},
        details={"version": version, "platform": sys.platform, "frozen": is_frozen()},
    )


def look_at_packages(root: Path) -> Finding:
    """Finding `packages`: against the lock file in this folder. Red where one is missing or known not to work.

    Known not to work is another version of what pyproject.toml pins to exactly one: its insides are used.
    """
    if is_frozen():
        return Finding(id="packages", light=Light.GREEN, code="packages_bundled")
    try:
        pins = [
            (name.lower(), pin, bool(marker)) for name, pin, marker in PIN.findall(_text(root / "requirements.lock"))
        ]
        exact = {name.lower(): version for name, version in EXACT.findall(_text(root / "pyproject.toml"))}
    except OSError:
        return Finding(id="packages", light=Light.YELLOW, code="packages_unlisted")
    wanted: dict[str, list[str]] = {}
    for name, pin, _ in pins:
        wanted.setdefault(name, []).append(pin)
    have = {name: installed(name) for name in wanted}
    missing = [name for name, _, sometimes in pins if not sometimes and not (have[name] and importable(name))]
    other = {
        name: (have[name], "/".join(fits)) for name, fits in wanted.items() if have[name] and have[name] not in fits
    }
    bad = {name: versions for name, versions in other.items() if name in exact}
    details = {"count": len(wanted), "missing": missing, "other": {name: list(pair) for name, pair in other.items()}}
    for code, light, names in (
        ("packages_missing", Light.RED, missing),
        ("packages_bad", Light.RED, [f"{name} {has} ({wants})" for name, (has, wants) in bad.items()]),
        ("packages_other", Light.YELLOW, [f"{name} {has} ({wants})" for name, (has, wants) in other.items()]),
    ):
        if names:
            return Finding(id="packages", light=light, code=code, params={"names": _few(names)}, details=details)
    return Finding(id="packages", light=Light.GREEN, code="packages_fit", details=details)


def installed(name: str) -> str:
    """The version of this distribution; empty without it."""
    try:
        return importlib.metadata.version(name) or ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def importable(name: str) -> bool:
    """Whether what this distribution is for can be found; true for those of which the rooms import nothing."""
    module = MODULES.get(name)
    if module is None or module in sys.modules:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _few(names: list[str]) -> str:
    more = f" (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
