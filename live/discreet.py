"""What a viewer writes must not carry one of the streamer's keys any further. Bot's loop.

Whoever has seen a key on a stream may post it in chat; from there it would go to the model, the memory, the page and
the avatar's voice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from events import EventSource, Link, LiveEvent

SHORTEST = 8
"""Characters: anything shorter may be an ordinary word, such as the key "ollama" of a local server."""

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Discreet:
    """An EventSource whose events hold none of the `secrets`; asked for each event, since they change."""

    source: EventSource
    secrets: Callable[[], Iterable[str]]

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        """As the seam says."""
        await self.source.run(lambda event: sink(self.without(event)), report)

    def without(self, event: LiveEvent) -> LiveEvent:
        """This event, with *** in the place of each secret."""
        hidden = [secret for secret in self.secrets() if len(secret) >= SHORTEST]
        if not any(secret in event.text or secret in event.nickname for secret in hidden):
            return event
        text, nickname = event.text, event.nickname
        for secret in sorted(hidden, key=len, reverse=True):
            text, nickname = text.replace(secret, HIDDEN), nickname.replace(secret, HIDDEN)
        return replace(event, text=text, nickname=nickname)
