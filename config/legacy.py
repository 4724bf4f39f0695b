"""Settings files of the older public PalFriend, recognised. Pure.

Source of the names: its settings.py and the page about its speech output. What both programs have is called the same;
switches are 1 and 0 there, which every switch here takes; what has no counterpart is kept as a name that is not known.
"""

from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["", "palfriend-json", "palfriend-yaml"]

SECTIONS = frozenset(
    {
        "tiktok",
        "animaze",
        "openai",
        "comment",
        "memory",
        "microphone",
        "join_rules",
        "outbox",
        "speech",
        "event_priority",
    }
)
"""What such a file has; one that was edited by hand may lack a few."""

MOST_LACKING = 2
FOREIGN = {
    "": ("personality_bias", "tts", "audio"),
    "animaze": ("retry_max_attempts",),
    "microphone": ("flush_delay_ms",),
}
"""Names that only such a file has, by section."""

NEWER = frozenset({"safety", "thanks", "gifts", "recording", "fallback"})
"""Sections that no such file has, and every file that was saved here."""


def kind_of(values: Mapping[str, Any], *, json: bool) -> Kind:
    """Which older form values have that were written so; empty: none."""
    sections = {name for name in values if isinstance(values.get(name), Mapping)}
    if sections & NEWER:
        return ""
    foreign = any(name in _part(values, section) for section, names in FOREIGN.items() for name in names)
    if foreign or len(SECTIONS - sections) <= MOST_LACKING:
        return "palfriend-json" if json else "palfriend-yaml"
    return ""


def _part(values: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    part = values.get(section, {}) if section else values
    return part if isinstance(part, Mapping) else {}
