"""Which comment to answer next: a small waiting room that keeps the best and the newest. Pure; time is handed in."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from events import LiveEvent
from settings import Comment as CommentSettings

CAPACITY = 30
MINUTE = 60.0
RESERVE = 2.0
"""Seconds an answer needs at least: thinking about a question that is about to be too old helps nobody."""


@dataclass(frozen=True, slots=True)
class Question:
    """A comment worth answering, and how much."""

    event: LiveEvent
    score: float

    def value(self, now: float, max_age: float) -> float:
        """What answering it now is worth: relevance, less with age."""
        return self.score - 0.5 * (now - self.event.at) / max_age


@dataclass(slots=True)
class WaitingRoom:
    """Offer comments, take the one to answer now. `skipped` is told each one that will not be answered, and why."""

    settings: CommentSettings
    skipped: Callable[[LiveEvent, str], None]
    _waiting: list[Question] = field(default_factory=list)
    _answers: deque[float] = field(default_factory=deque)
    _users: dict[str, float] = field(default_factory=dict)
    _greeted: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, event: LiveEvent, score: float, now: float, *, greeting: bool = False) -> None:
        """Let it wait; the least valuable one leaves when there is no seat. A viewer's mere greetings wait their cooldown."""
        if greeting:
            if now - self._greeted.get(event.user_id, float("-inf")) < self.settings.greeting_cooldown:
                self.skipped(event, "greeting_cooldown")
                return
            self._greeted[event.user_id] = now
        self._waiting.append(Question(event, score))
        if len(self._waiting) > CAPACITY:
            worst = min(self._waiting, key=lambda q: q.value(now, self.settings.max_age_seconds))
            self._leave(worst, "better_ones_waiting")

    def take(self, now: float) -> LiveEvent | None:
        """The comment to answer now; its viewer's and the global cooldown begin. None when none may be answered."""
        self.expire(now)
        allowed = [q for q in self._waiting if not self._held_back(q.event, now)]
        if not allowed:
            return None
        best = max(allowed, key=lambda q: q.value(now, self.settings.max_age_seconds))
        self._waiting.remove(best)
        self._answers.append(now)
        self._users[best.event.user_id] = now
        return best.event

    def expire(self, now: float) -> None:
        """Let go of what is too old to be answered, each with what kept it from being answered."""
        limit = self._patience()
        for question in [q for q in self._waiting if now - q.event.at > limit]:
            self._leave(question, self._held_back(question.event, now) or "too_old")
        self._greeted = {user: at for user, at in self._greeted.items() if now - at < self.settings.greeting_cooldown}
        self._users = {user: at for user, at in self._users.items() if now - at < self.settings.per_user_cooldown}
        while self._answers and now - self._answers[0] >= max(MINUTE, self.settings.global_cooldown):
            self._answers.popleft()

    def pause(self, now: float) -> float | None:
        """Seconds after which `take` may give something else than now; None while nobody waits."""
        if not self._waiting:
            return None
        ends = [q.event.at + self._patience() for q in self._waiting]
        ends += [self._users[u] + self.settings.per_user_cooldown for u in self._users]
        if self._answers:
            ends.append(self._answers[-1] + self.settings.global_cooldown)
            ends.append(self._answers[0] + MINUTE)
        return max(0.05, min((end - now for end in ends if end > now), default=0.05))

    def clear(self, reason: str) -> None:
        """Send everybody away."""
        for question in list(self._waiting):
            self._leave(question, reason)

    def withdraw(self, unwanted: Callable[[LiveEvent], bool], reason: str) -> None:
        """Send those away whose comment is unwanted now."""
        for question in [q for q in self._waiting if unwanted(q.event)]:
            self._leave(question, reason)

    def forget(self, user_id: str, reason: str) -> None:
        """Send this viewer away, and know of no answer to them."""
        for question in [q for q in self._waiting if q.event.user_id == user_id]:
            self._leave(question, reason)
        for known in (self._users, self._greeted):
            known.pop(user_id, None)

    def _patience(self) -> float:
        return max(self.settings.max_age_seconds - RESERVE, self.settings.max_age_seconds / 2)

    def _held_back(self, event: LiveEvent, now: float) -> str:
        """Why it may not be answered right now; empty when it may."""
        if now - self._users.get(event.user_id, float("-inf")) < self.settings.per_user_cooldown:
            return "user_cooldown"
        if self._answers and now - self._answers[-1] < self.settings.global_cooldown:
            return "global_cooldown"
        recent = sum(now - at < MINUTE for at in self._answers)
        return "rate_limit" if recent >= self.settings.max_replies_per_min else ""

    def _leave(self, question: Question, reason: str) -> None:
        self._waiting.remove(question)
        self.skipped(question.event, reason)
