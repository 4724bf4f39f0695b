"""How close a viewer is to the pal: a number from 0 to 1 that grows with what they do and fades while they are away. Pure.

It is kept as it was at a moment (`bond`, `bond_at`) and read by how much of it is left now. Each good interaction takes a
share of what is still missing to 1, so the first ones count most; who writes ten times in a minute gains as from one.
"""

import math

from events import EventKind

DAY = 86_400.0
LEVELS = (("stranger", 0.0), ("regular", 0.1), ("friend", 0.35), ("bestie", 0.7))
"""From which bond on, lowest first."""

VISIT = 0.04
"""The share for coming to one more stream."""

SHARES = {
    EventKind.COMMENT: 0.012,
    EventKind.GIFT: 0.03,
    EventKind.LIKE: 0.002,
    EventKind.SHARE: 0.03,
    EventKind.FOLLOW: 0.05,
    EventKind.SUBSCRIBE: 0.12,
}
GENEROUS, MOST = 0.03, 0.2
"""For each power of ten of a gift's diamonds; and what one interaction can bring at most."""

PAUSE = 60.0
"""Seconds after which a comment or like counts in full again."""


def left(bond: float, bond_at: float, now: float, half_life_days: float) -> float:
    """What is left of it now; half of it after each `half_life_days`, all of it for ever with 0."""
    bond = min(1.0, max(0.0, bond))
    if not half_life_days or now <= bond_at:
        return bond
    return float(bond * 0.5 ** ((now - bond_at) / (half_life_days * DAY)))


def grown(bond: float, share: float) -> float:
    """After an interaction that brings this share of what is missing."""
    return min(1.0, bond + (1.0 - bond) * min(MOST, max(0.0, share)))


def share_of(kind: EventKind, diamonds: int, since: float) -> float:
    """What an interaction brings; `diamonds` of the whole gift, `since` the last growth in seconds."""
    share = SHARES.get(kind, 0.0)
    if kind is EventKind.GIFT:
        return min(MOST, share + GENEROUS * math.log10(1 + max(0, diamonds)))
    if kind in {EventKind.COMMENT, EventKind.LIKE}:
        return share * min(1.0, max(0.0, since) / PAUSE)
    return share


def level(bond: float) -> str:
    """stranger, regular, friend or bestie."""
    return next(name for name, least in reversed(LEVELS) if bond >= least)


def rank(bond: float, bond_at: float, half_life_days: float) -> float:
    """A number by which viewers can be sorted at any time without reading each: all fade alike. 0 for no bond."""
    if bond <= 0:
        return 0.0
    age = bond_at / (half_life_days * DAY) if half_life_days else 0.0
    return max(math.log2(bond) + age, -1000.0) + 2000.0
