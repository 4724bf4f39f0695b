"""The two switches that silence the pal: panic, which also drops all that waits, and mute, which keeps it.

Lives on the bot's loop.
"""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Silence:
    """Off at first."""

    panic: bool = False
    mute: bool = False
    panics: int = 0
    """How often panic began: whoever holds a line from before the last time must drop it, also after the release."""

    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._settle()

    @property
    def name(self) -> str | None:
        """`silenced` of `GET /api/status`."""
        return "panic" if self.panic else "mute" if self.mute else None

    def set_panic(self, on: bool) -> bool:
        """Whether that changed anything."""
        changed, self.panic = on is not self.panic, on
        self.panics += changed and on
        self._settle()
        return changed

    def set_mute(self, on: bool) -> bool:
        """Whether that changed anything."""
        changed, self.mute = on is not self.mute, on
        self._settle()
        return changed

    async def over(self) -> None:
        """Return as soon as speaking is allowed."""
        await self._over.wait()

    def _settle(self) -> None:
        if self.name:
            self._over.clear()
        else:
            self._over.set()
