"""Who is here, who came back after how long, and who is to be greeted when. Pure; time is handed in.

TikTok tells who comes but not who leaves: a viewer counts as present for a while after the last sign of life.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from events import LiveEvent, Viewers, Whom, schedule_greeting, touch_viewer
from settings import JoinRules

CAPACITY = 200
"""Viewers that can wait for a greeting."""

COLLECT_SECONDS = 10.0
"""How long viewers who may be greeted wait for others who soon may, so that one sentence greets them all."""

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A join to greet."""

    event: LiveEvent
    away: float | None
    """Seconds since this viewer was seen last; None for one who never was."""


@dataclass(slots=True)
class _Visit:
    """A viewer who is here, or was."""

    username: str
    nickname: str
    since: float
    last_seen: float


@dataclass(slots=True)
class Presence:
    """Feed joins and signs of life, ask who is to be greeted. `skipped` is told each join that is not greeted, and why."""

    rules: JoinRules
    skipped: Callable[[LiveEvent, str], None]
    _viewers: Viewers = field(default_factory=dict)
    _visits: dict[str, _Visit] = field(default_factory=dict)
    _joined: dict[str, Arrival] = field(default_factory=dict)
    _greeted_at: float = float("-inf")

    def seen(self, event: LiveEvent) -> None:
        """A sign of life; of the room itself there is none."""
        if not event.user_id:
            return
        touch_viewer(self._viewers, event.user_id, event.at)
        visit = self._visits.get(event.user_id)
        if visit is None or event.at - visit.last_seen > self.rules.active_ttl_seconds:
            self._visits[event.user_id] = _Visit(event.username, event.nickname, event.at, event.at)
        else:
            visit.nickname, visit.last_seen = event.nickname, max(event.at, visit.last_seen)
        if len(self._viewers) > REMEMBERED:
            self._forget_half()

    def joined(self, event: LiveEvent, cooldown: float, last_seen: float | None = None) -> None:
        """A viewer came in who was `last_seen` then; they are greeted later, at most once in `cooldown` seconds."""
        if not self.rules.enabled:
            self.skipped(event, "join_greetings_off")
        elif event.user_id in self._joined or not schedule_greeting(self._viewers, event.user_id, event.at, cooldown):
            self.skipped(event, "greeted_before")
        elif len(self._joined) >= CAPACITY:
            self.skipped(event, "too_many_joins")
        else:
            away = None if last_seen is None else max(0.0, event.at - last_seen)
            self._joined[event.user_id] = Arrival(event, away)

    def met(self, user_id: str) -> None:
        """The pal has just spoken to this viewer: a greeting would come too late."""
        if user_id in self._joined:
            self._leave(self._joined[user_id].event, "spoken_to_already")

    def clear(self, reason: str) -> None:
        """Let everybody go."""
        for arrival in list(self._joined.values()):
            self._leave(arrival.event, reason)

    def forget(self, user_id: str, reason: str) -> None:
        """This viewer was never here."""
        if user_id in self._joined:
            self._leave(self._joined[user_id].event, reason)
        self._viewers.pop(user_id, None)
        self._visits.pop(user_id, None)

    def named(self, whom: Whom) -> Iterator[tuple[str, str, str]]:
        """(user_id, username, nickname) of those who are here, or were, with their number, or where none is known, their name."""
        known = whom.ids & self._visits.keys()
        found = known or [user_id for user_id, visit in self._visits.items() if visit.username in whom.usernames]
        for user_id in found:
            yield user_id, self._visits[user_id].username, self._visits[user_id].nickname

    def greet(self, now: float, silent_for: float, most: int) -> list[Arrival]:
        """The joins to greet in one breath now, newest first and at most `most`; the rest is let go when it is too old.

        `silent_for` is how many seconds the pal has said nothing.
        """
        ripe = [a for a in self._joined.values() if now - a.event.at >= self.rules.greet_after_seconds]
        for event in [a.event for a in ripe if self._last_seen(a.event) + self._patience() < now]:
            self._leave(event, "gone_before_greeting")
        if now - self._greeted_at < self.rules.greet_global_cooldown_sec:
            return []
        if silent_for < self.rules.min_idle_since_last_output_sec:
            return []
        if self._is_worth_waiting(now):
            return []
        chosen = [a for a in reversed(ripe) if a.event.user_id in self._joined][:most]
        for arrival in chosen:
            del self._joined[arrival.event.user_id]
        if chosen:
            self._greeted_at = now
        return chosen

    def here(self, now: float) -> list[dict[str, Any]]:
        """Who has shown a sign of life lately: username, nickname, since, last_seen (Unix seconds); newest sign first."""
        present = [v for v in self._visits.values() if now - v.last_seen <= self.rules.active_ttl_seconds]
        return [asdict(visit) for visit in sorted(present, key=lambda v: -v.last_seen)]

    def _patience(self) -> float:
        """Seconds after the last sign of life for which a greeting still makes sense."""
        return max(self.rules.active_ttl_seconds, self.rules.greet_after_seconds + 1.0)

    def _is_worth_waiting(self, now: float) -> bool:
        """Whether somebody else may be greeted soon, and nobody will have gone until then."""
        ripe_at = {user: arrival.event.at + self.rules.greet_after_seconds for user, arrival in self._joined.items()}
        ripe = [a.event for user, a in self._joined.items() if ripe_at[user] <= now]
        if not ripe:
            return False
        until = min(
            min(ripe_at[e.user_id] + COLLECT_SECONDS, self._last_seen(e) + self._patience() - 1.0) for e in ripe
        )
        return any(now < moment <= until for moment in ripe_at.values())

    def _last_seen(self, event: LiveEvent) -> float:
        return max(event.at, self._viewers.get(event.user_id, {}).get("last_seen", event.at))

    def _leave(self, event: LiveEvent, reason: str) -> None:
        del self._joined[event.user_id]
        self.skipped(event, reason)

    def _forget_half(self) -> None:
        """Drop those who were not seen for longest."""
        newest = sorted(self._viewers, key=lambda user: self._viewers[user]["last_seen"])
        for user in newest[: len(newest) // 2]:
            del self._viewers[user]
            self._visits.pop(user, None)
