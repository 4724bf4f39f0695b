"""Which comment to answer next: a small waiting room that keeps the best and the newest. Pure; time is handed in.

The rule, as `docs/choosing.md` tells it: a question is worth what its best asker's comment is worth (`mind/judging`),
less 0.5 per `max_age_seconds` of waiting, plus 0.05 for each further asker, at most 0.2. The one that is worth most goes
first, of equals the newer. Who asks what somebody asks already joins them, and one answer answers all of them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from events import LiveEvent
from mind.asking import Gist, alike
from mind.judging import Judgement
from settings import Comment as CommentSettings

CAPACITY = 30
MOST_ASKERS = 20
MINUTE = 60.0
RESERVE = 2.0
"""Seconds an answer needs at least: thinking about a question that is about to be too old helps nobody."""

AGE_COST, PER_ASKER, MOST_FOR_ASKERS = 0.5, 0.05, 0.2
ANSWERS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be answered now."""

    event: LiveEvent
    """The comment that is answered: the one of its askers' that is worth most."""

    also: tuple[LiveEvent, ...] = ()
    """The comments of others, or of the same viewer, that ask the same."""

    value: float = 0.0
    """What answering was worth at the moment of choosing."""

    @property
    def events(self) -> tuple[LiveEvent, ...]:
        """All of them, the answered one first."""
        return (self.event, *self.also)


@dataclass(frozen=True, slots=True)
class _Asker:
    event: LiveEvent
    score: float

    def value(self, now: float, max_age: float) -> float:
        return self.score - AGE_COST * (now - self.event.at) / max_age


@dataclass(slots=True)
class _Seat:
    """One question and all who ask it."""

    gist: Gist
    askers: list[_Asker]

    def value(self, now: float, max_age: float) -> float:
        many = min(MOST_FOR_ASKERS, PER_ASKER * (len(self.askers) - 1))
        return max(asker.value(now, max_age) for asker in self.askers) + many

    def rank(self, now: float, max_age: float) -> tuple[float, float]:
        return self.value(now, max_age), max(asker.event.at for asker in self.askers)

    def fits(self, gist: Gist, user_id: str) -> bool:
        return alike(self.gist, gist) and (not gist.own or user_id == self.askers[0].event.user_id)


@dataclass(frozen=True, slots=True)
class _Answered:
    gist: Gist
    event: LiveEvent
    at: float


@dataclass(slots=True)
class WaitingRoom:
    """Offer comments, take the one to answer now. `skipped` is told each one that will not be answered, and why."""

    settings: CommentSettings
    skipped: Callable[[LiveEvent, str], None]
    late: Callable[[LiveEvent], bool] = lambda _: False
    """Told of a comment that asks what was taken last; whether that answer can still be theirs, too."""

    _taken: Gist = field(default_factory=Gist)
    _seats: list[_Seat] = field(default_factory=list)
    _spent: deque[float] = field(default_factory=deque)
    """When the tokens of the last minute were spent; each comes back a minute later, so no minute has more answers."""

    _users: dict[str, float] = field(default_factory=dict)
    _greeted: dict[str, float] = field(default_factory=dict)
    _answered: deque[_Answered] = field(default_factory=lambda: deque(maxlen=ANSWERS_KEPT))

    def __len__(self) -> int:
        return len(self._seats)

    def offer(self, event: LiveEvent, judged: Judgement, now: float) -> None:
        """Let it wait, or join who asks the same; when there is no seat, the question that is worth least leaves.

        Mere greetings wait their cooldown; a question that was answered a moment ago is not answered again.
        """
        if judged.greeting and now - self._greeted.get(event.user_id, float("-inf")) < self.settings.greeting_cooldown:
            self.skipped(event, "greeting_cooldown")
            return
        if not (judged.greeting or judged.thanks) and self._was_answered(event, judged.gist, now):
            if not self._is_late(event, judged):
                self.skipped(event, "answered_before")
            return
        if judged.greeting:
            self._greeted[event.user_id] = now
        if self.join(event, judged):
            return
        self._seats.append(_Seat(judged.gist, [_Asker(event, judged.score)]))
        if len(self._seats) > CAPACITY:
            self._send_away(min(self._seats, key=lambda s: s.rank(now, self._max_age)), "better_ones_waiting")

    def join(self, event: LiveEvent, judged: Judgement) -> bool:
        """Whether its question waits or is being thought about: then this is one more asker, whatever their comment
        alone is worth."""
        seat = next((s for s in self._seats if s.fits(judged.gist, event.user_id)), None)
        if seat is None:
            return self._is_late(event, judged)
        self._join(seat, _Asker(event, judged.score))
        return True

    def take(self, now: float) -> Question | None:
        """What to answer now; its askers' and the global cooldown begin. None when nothing may be answered."""
        self.expire(now)
        allowed = [seat for seat in self._seats if any(not self._tired(a.event, now) for a in seat.askers)]
        if not allowed or self._all_held_back(now):
            return None
        seat = max(allowed, key=lambda s: s.rank(now, self._max_age))
        self._seats.remove(seat)
        self._taken = seat.gist
        free = [asker for asker in seat.askers if not self._tired(asker.event, now)]
        first = max(free, key=lambda a: a.value(now, self._max_age)).event
        self._spent.append(now)
        self._users.update((asker.event.user_id, now) for asker in seat.askers)
        self._answered.append(_Answered(seat.gist, first, now))
        also = tuple(asker.event for asker in seat.askers if asker.event is not first)
        return Question(first, also, round(seat.value(now, self._max_age), 6))

    def failed(self, event: LiveEvent) -> None:
        """The question that was taken for this comment got no answer: whoever asks it again may have one."""
        for answered in [a for a in self._answered if a.event is event]:
            self._answered.remove(answered)

    def expire(self, now: float) -> None:
        """Let go of what is too old to be answered, each with what kept it from being answered."""
        limit = self._patience()
        for seat in list(self._seats):
            for asker in [a for a in seat.askers if now - a.event.at > limit]:
                reason = "user_cooldown" if self._tired(asker.event, now) else self._all_held_back(now)
                self._leave(seat, asker, reason or "too_old")
        self._greeted = {user: at for user, at in self._greeted.items() if now - at < self.settings.greeting_cooldown}
        self._users = {user: at for user, at in self._users.items() if now - at < self.settings.per_user_cooldown}
        while self._answered and now - self._answered[0].at >= self.settings.repeat_seconds:
            self._answered.popleft()
        while self._spent and now - self._spent[0] >= max(MINUTE, self.settings.global_cooldown):
            self._spent.popleft()

    def pause(self, now: float) -> float | None:
        """Seconds after which `take` may give something else than now; None while nobody waits."""
        if not self._seats:
            return None
        ends = [asker.event.at + self._patience() for seat in self._seats for asker in seat.askers]
        ends += [self._users[u] + self.settings.per_user_cooldown for u in self._users]
        if self._spent:
            ends.append(self._spent[-1] + self.settings.global_cooldown)
            ends.append(self._spent[0] + MINUTE)
        return max(0.05, min((end - now for end in ends if end > now), default=0.05))

    def clear(self, reason: str) -> None:
        """Send everybody away."""
        for seat in list(self._seats):
            self._send_away(seat, reason)

    def withdraw(self, unwanted: Callable[[LiveEvent], bool], reason: str) -> None:
        """Send those away whose comment is unwanted now."""
        for seat in list(self._seats):
            for asker in [a for a in seat.askers if unwanted(a.event)]:
                self._leave(seat, asker, reason)

    def forget(self, user_id: str, reason: str) -> None:
        """Send this viewer away, and know of no answer to them."""
        for seat in list(self._seats):
            for asker in [a for a in seat.askers if a.event.user_id == user_id]:
                self._leave(seat, asker, reason)
        for answered in [a for a in self._answered if a.event.user_id == user_id]:
            self._answered.remove(answered)
        for known in (self._users, self._greeted):
            known.pop(user_id, None)

    @property
    def _max_age(self) -> float:
        return self.settings.max_age_seconds

    def _patience(self) -> float:
        return max(self._max_age - RESERVE, self._max_age / 2)

    def _is_late(self, event: LiveEvent, judged: Judgement) -> bool:
        """Whether it asks what was taken last, and is answered with it."""
        if judged.gist.own or not alike(self._taken, judged.gist) or not self.late(event):
            return False
        self._users[event.user_id] = event.at
        return True

    def _was_answered(self, event: LiveEvent, gist: Gist, now: float) -> bool:
        return any(
            now - a.at < self.settings.repeat_seconds
            and alike(a.gist, gist)
            and (not gist.own or a.event.user_id == event.user_id)
            for a in self._answered
        )

    def _join(self, seat: _Seat, asker: _Asker) -> None:
        """Whoever asks twice gains nothing by it."""
        again = any(a.event.user_id == asker.event.user_id for a in seat.askers)
        if again or len(seat.askers) >= MOST_ASKERS:
            self.skipped(asker.event, "asked_already")
        else:
            seat.askers.append(asker)

    def _tired(self, event: LiveEvent, now: float) -> bool:
        """Its viewer was answered a moment ago."""
        return now - self._users.get(event.user_id, float("-inf")) < self.settings.per_user_cooldown

    def _all_held_back(self, now: float) -> str:
        """Why nobody may be answered right now; empty when somebody may."""
        if self._spent and now - self._spent[-1] < self.settings.global_cooldown:
            return "global_cooldown"
        recent = sum(now - at < MINUTE for at in self._spent)
        return "rate_limit" if recent >= self.settings.max_replies_per_min else ""

    def _send_away(self, seat: _Seat, reason: str) -> None:
        for asker in list(seat.askers):
            self._leave(seat, asker, reason)

    def _leave(self, seat: _Seat, asker: _Asker, reason: str) -> None:
        seat.askers.remove(asker)
        if not seat.askers:
            self._seats.remove(seat)
        self.skipped(asker.event, reason)
