"""What looking at one part has brought to light: a traffic light, a reason that can be translated, figures. Pure.

Each probe of this wing is a function with a time limit that never raises for what it finds, and returns findings. Their
sentences stand in locales/*.json as `doctor.<code>.cause` and `doctor.<code>.remedy`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Light(StrEnum):
    """How a part is doing."""

    GREEN = "green"
    SKIPPED = "skipped"
    """Not looked at: the code says why."""

    YELLOW = "yellow"
    """The pal works, but not as well as it could."""

    RED = "red"
    """The pal cannot do this part of its work."""


WORSE = (Light.GREEN, Light.SKIPPED, Light.YELLOW, Light.RED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part and how it is doing."""

    id: str
    """Which part."""

    light: Light
    code: str
    """Key of its sentences."""

    params: Mapping[str, str] = field(default_factory=dict)
    """What the sentences need; never a secret."""

    details: Mapping[str, Any] = field(default_factory=dict)
    """Figures and facts, ready for JSON; never a secret."""

    suggestion: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What could be put into the settings, such as {"animaze": {"port": 8008}}."""


def worst(lights: Iterable[Light]) -> Light:
    """The light of all of them together; what was skipped makes nothing worse. Green for none."""
    counted = [light for light in lights if light is not Light.SKIPPED]
    return max(counted, key=WORSE.index, default=Light.GREEN)


def summary(findings: Iterable[Finding]) -> Finding:
    """The first of the worst, with the details and suggestions of all. Raises ValueError for none."""
    known = list(findings)
    found = max(known, key=lambda finding: WORSE.index(finding.light))
    details: dict[str, Any] = {}
    suggestion: dict[str, dict[str, Any]] = {}
    for finding in known:
        details |= finding.details
        for section, values in finding.suggestion.items():
            suggestion.setdefault(section, {}).update(values)
    return replace(found, details=details, suggestion=suggestion)
