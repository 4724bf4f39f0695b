"""The paper avatar: captions instead of a voice, for the demo and for whoever has no Animaze.

Lives on the bot's loop. It takes as long as a voice would, on the loop's own clock, so the corridor walks at its
real pace.
"""

import asyncio
from collections.abc import Callable

import settings
from events import AvatarError, Link, LinkState
from voice.duration import seconds_to_say


class PaperAvatar:
    """An `Avatar` that is always there and makes no sound."""

    def __init__(self, speech: settings.Speech, *, estimate: Callable[[str], float] = seconds_to_say) -> None:
        self._speech = speech
        self._estimate = estimate
        self._mouth = asyncio.Lock()
        self._withdrawals = 0

    async def run(self, report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP, code="paper"))
        await asyncio.Event().wait()

    async def ready(self) -> None:
        return

    async def say(self, text: str, emotion: str = "") -> None:  # noqa: ARG002 - paper has no face
        """Take as long as saying it would, and the pause after it. Raises AvatarError: empty, withdrawn."""
        withdrawals = self._withdrawals
        if not text.strip():
            raise AvatarError("empty", sent=False)
        async with self._mouth:
            if self._withdrawals != withdrawals:
                raise AvatarError("withdrawn", sent=False)
            spoken = min(self._estimate(text), self._speech.max_speech_ms / 1000)
            await asyncio.sleep(spoken + self._speech.post_gap_ms / 1000)

    def withdraw(self) -> None:
        """Who waits in `say` for another line's end says nothing any more."""
        self._withdrawals += 1
