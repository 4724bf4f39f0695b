"""How a connection does, and what an adapter raises about it: words that `events` gives on under its own name.

Standard library only, any thread.
"""

from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """How a connection to something outside is doing."""

    OFF = "off"
    CONNECTING = "connecting"
    WAITING = "waiting"
    UP = "up"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The state of one connection, with the reason in a form that can be translated."""

    state: LinkState = LinkState.OFF
    code: str = ""
    """Key of the reason in locales/*.json (`reason.<code>`); empty when nothing needs saying."""

    params: tuple[tuple[str, str], ...] = ()
    """What the sentence of that reason needs, such as ("name", "anna"); never a secret."""


class SourceError(Exception):
    """The live cannot be followed and retrying will not help; `link` says why."""

    def __init__(self, link: Link) -> None:
        super().__init__(link.code)
        self.link = link


class AvatarError(Exception):
    """The avatar did not say this text; `sent` tells whether it may have begun to."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class BrainError(Exception):
    """No answer could be had; the text is a reason code that is counted."""
