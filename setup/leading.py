"""The set-up for a whole house: real probes, and the bot's own avatar and meters where one runs."""

import functools
from collections.abc import Callable

from bridge import Bridge
from settings import Settings
from setup.guide import Guide
from setup.probes import RealProbes


def lead(settings: Settings, bridge: Bridge | None = None, changed: Callable[[], object] = lambda: None) -> Guide:
    """The guide through these settings. `changed` is told after each change."""
    if bridge is None:
        return Guide(settings, RealProbes(settings), changed=changed)
    ask = bridge.ask

    def said(text: str) -> bool | None:
        """Whether the bot takes this line; None when there is none to ask."""
        match ask("say", text):
            case {"id": int()}:
                return True
            case None:
                return None
        return False

    return Guide(
        settings, RealProbes(settings, busy=said), changed=changed, level=functools.partial(bridge.board.tell, "level")
    )
