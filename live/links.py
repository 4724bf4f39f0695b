"""How the connections to the outside are doing, the most important first. Pure; lives on the bot's loop."""

import logging
import time
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

LIVE = {LinkState.OFF: "stopped", LinkState.UP: "live", LinkState.ERROR: "error"}
"""How the live is doing, by its connection; what is not here is on its way to it."""

LIVE_BY_REASON = {
    "tiktok_paused": "paused",
    "tiktok_ended": "ended",
    "tiktok_offline": "offline",
    "tiktok_unknown_name": "offline",
    "tiktok_dead_room": "offline",
}

STATES = {LinkState.UP: "live", LinkState.WAITING: "waiting", LinkState.ERROR: "error"}


@dataclass(slots=True)
class Links:
    """`changed` is called at each change, which `record` notes."""

    changed: Callable[[], None]
    record: Record = unrecorded
    clock: Callable[[], float] = time.time
    _live_since: float | None = None
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
        """`state`, `error`, `connected`, `live` and `links` of `GET /api/status`. In a demo nothing is called connected."""
        links = {name: self[name] for name in NAMES}
        problem = next((links[name] for name in PROBLEMS if links[name].state is LinkState.ERROR), None)
        return {
            "state": STATES.get(links["tiktok"].state, "starting"),
            "error": explain(problem) if problem else None,
            "connected": {name: self.up(name) and not demo for name in OUTSIDE},
            "live": self.live(),
            "links": {n: {"state": k.state.value, "code": k.code, "params": dict(k.params)} for n, k in links.items()},
        }

    def live(self) -> dict[str, Any]:
        """`live` of `GET /api/status`: offline, connecting, live, paused, ended (and stopped, error), since when (Unix
        seconds), the reason's code and what its sentence needs, and until when (local hh:mm) is waited."""
        link = self["tiktok"]
        state = LIVE_BY_REASON.get(link.code) or LIVE.get(link.state, "connecting")
        params = dict(link.params)
        return {
            "state": state,
            "since": self._live_since,
            "code": link.code,
            "params": params,
            "reason": "",
            "remedy": "",
            "until": params.get("until"),
        }

    def _set(self, name: str, link: Link) -> None:
        if self._links.get(name) != link:
            if name == "tiktok":
                self._live_since = self.clock()
            log.info("%s is %s %s", name, link.state, link.code)
            self._links[name] = link
            self.record("link", name=name, state=link.state.value, code=link.code, params=dict(link.params))
            self.changed()
