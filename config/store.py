"""Knobs of what is kept on the disk. Pure data, any thread."""

from config.section import Section, Switch, knob


class Memory(Section):
    """What is remembered of viewers"""

    enabled: Switch = knob(True, "Remember viewers", restart=True)
    file: str = knob("memory.db", "Where viewers are remembered: .db (SQLite) or .json, beside this file", restart=True)
    per_user_history: int = knob(100, "Comments kept for each viewer", ge=0, le=10_000, restart=True)
    decay_days: float = knob(
        90.0, "A viewer not seen for this long is forgotten; 0: never", unit="days", ge=0, le=3650, restart=True
    )
    comment_days: float = knob(
        30.0, "The words of a comment are forgotten after this long; 0: never", unit="days", ge=0, le=3650, restart=True
    )
    facts: Switch = knob(
        False, "Note what viewers say of themselves in chat, such as where they live or what they like", restart=True
    )
    bond_half_life_days: float = knob(
        30.0,
        "A viewer who stays away loses half of their bond in this time; 0: never",
        unit="days",
        ge=0,
        le=3650,
        restart=True,
    )
    backups: int = knob(3, "Copies that are kept of the file, one for each day it was used", ge=0, le=30, restart=True)


class Gifts(Section):
    """The gift book, in which gifts outlive a crash"""

    file: str = knob(
        "gifts.db",
        "Where gifts are booked, beside this file; empty: nowhere, as while viewers are not remembered",
        restart=True,
    )
