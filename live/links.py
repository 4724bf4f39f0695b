"""How the connections to the outside are doing, the most important first. Pure; lives on the bot's loop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from events import Link, LinkState
from live.notes import Record, unrecorded

log = logging.getLogger(__name__)

OUTSIDE = ("tiktok", "animaze", "openai", "microphone")
NAMES = (*OUTSIDE, "memory", "gifts", "recording", "templates")
PROBLEMS = ("tiktok", "animaze", "openai", "memory", "gifts", "recording", "templates")
"""Whose failure is an error of the whole; without a microphone the pal goes on, and its lamp says so."""

STATES = {LinkState.UP: "live", LinkState.WAITING: "waiting", LinkState.ERROR: "error"}


@dataclass(slots=True)
class Links:
    """`changed` is called at each change, which `record` notes."""

    changed: Callable[[], None]
    record: Record = unrecorded
    _links: dict[str, Link] = field(default_factory=dict)

    def reporter(self, name: str) -> Callable[[Link], None]:
        """What a room calls to say how its connection is doing."""
        return lambda link: self._set(name, link)

    def up(self, name: str) -> bool:
        """Whether it works right now."""
        return self[name].state is LinkState.UP

    def __getitem__(self, name: str) -> Link:
        return self._links.get(name, Link(state=LinkState.CONNECTING))

    def status(self, explain: Callable[[Link], str], *, demo: bool) -> dict[str, Any]:
        """`state`, `error`, `connected` and `links` of `GET /api/status`. In a demo nothing is called connected."""
        links = {name: self[name] for name in NAMES}
        problem = next((links[name] for name in PROBLEMS if links[name].state is LinkState.ERROR), None)
        return {
            "state": STATES.get(links["tiktok"].state, "starting"),
            "error": explain(problem) if problem else None,
            "connected": {name: self.up(name) and not demo for name in OUTSIDE},
            "links": {n: {"state": k.state.value, "code": k.code, "params": dict(k.params)} for n, k in links.items()},
        }

    def _set(self, name: str, link: Link) -> None:
        if self._links.get(name) != link:
            log.info("%s is %s %s", name, link.state, link.code)
            self._links[name] = link
            self.record("link", name=name, state=link.state.value, code=link.code, params=dict(link.params))
            self.changed()
