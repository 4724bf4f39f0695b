"""Knobs of what is kept on the disk. Pure data, any thread."""

from config.section import Section, Switch, knob


class Memory(Section):
    """What is remembered of viewers"""

    enabled: Switch = knob(True, restart=True)
    file: str = knob("memory.db", restart=True, advanced=True)
    per_user_history: int = knob(100, ge=0, le=10_000, restart=True, advanced=True)
    decay_days: float = knob(90.0, unit="days", ge=0, le=3650, restart=True)
    comment_days: float = knob(30.0, unit="days", ge=0, le=3650, restart=True)
    facts: Switch = knob(False, restart=True)
    bond_half_life_days: float = knob(30.0, unit="days", ge=0, le=3650, restart=True, advanced=True)
    backups: int = knob(3, ge=0, le=30, restart=True, advanced=True)


class Gifts(Section):
    """The gift book, in which gifts outlive a crash"""

    file: str = knob("gifts.db", restart=True, advanced=True)
