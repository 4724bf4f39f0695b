"""What chat may order: `!pal mute`, `!shush`, `!forgetme`. Pure."""

import unicodedata
from enum import StrEnum


class Order(StrEnum):
    """What a comment can order the pal to do."""

    MUTE = "mute"
    UNMUTE = "unmute"
    SKIP = "skip"
    STATUS = "status"
    SHUSH = "shush"
    FORGET = "forgetme"
    UNKNOWN = "unknown"


ANYBODYS = frozenset({Order.FORGET})
"""What every viewer may order; the rest is for moderators and the streamer."""

OF_PAL = {"mute": Order.MUTE, "unmute": Order.UNMUTE, "skip": Order.SKIP, "status": Order.STATUS}


def order_in(text: str) -> Order | None:
    """The order this comment gives; UNKNOWN when it speaks to the pal of something else, None for any other comment.

    Whoever shouts `!shush` is in a hurry: what stands after it does not matter.
    """
    words = _folded(text).rstrip(" .!?").split()
    match words:
        case ["!shush", *_]:
            return Order.SHUSH
        case ["!forgetme"] | ["!forget", "me"]:
            return Order.FORGET
        case ["!pal", word]:
            return OF_PAL.get(word, Order.UNKNOWN)
        case ["!pal", *_]:
            return Order.UNKNOWN
    return None


def _folded(text: str) -> str:
    """Full-width signs are as good as others, and what nobody sees does not hinder."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")
