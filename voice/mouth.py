"""What is known about whether the avatar speaks: by its events where it tells, by an estimate where not.

Pure; the caller's clock. Animaze's `ChatbotSpeechStarted/Ended` exist in some versions only, name no message and are
up to a second off, so each is weighed: whether it can be about our line, and what this avatar's voice has shown before.
"""

from collections import deque
from dataclasses import dataclass, field

LEFTOVER = 0.4
"""An end of speech within this part of the estimate, with no start before it, belongs to an earlier line."""

LOST_ENDS = 2
"""After this many starts without an end, starts are not believed until an end is seen again."""

UNTOLD = 3
"""After this many lines without any event this Animaze counts as one that does not tell."""

HASTE = 0.5
"""An end within this part of the quickest of late is not this line's: a repetition of the one before it, told late."""

HASTES = 2
"""After this many lines with no other end than a hasty one the voice counts as that quick."""

TELLING = 2.0
"""Seconds of estimate from which a line tells how quick the voice is: the events are too inexact for shorter ones."""

LATE = 1.0
"""Seconds by which an end of speech is told late."""

PACES = 8
"""How many lines the voice is judged by."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One message on its way through the avatar's mouth. Times are seconds on the loop's clock."""

    id: str
    sent_at: float
    estimate: float
    started: bool = False
    owed: bool = False
    """An earlier speech never ended: the next end may be its."""

    told: bool = False
    """Some event came while it was spoken."""

    answered: bool = False
    """It was accepted."""

    hasty: float | None = None
    """Part of the estimate after which an end came that was not believed."""

    took: float | None = None
    """Seconds from the message to the end that was told, where both ends of the speech were."""

    fate: str = ""
    """Empty while it is spoken; then ended, expired, unheard, refused or lost."""


@dataclass(slots=True)
class Mouth:
    """What is known about whether the avatar is speaking. Pure; `now` is seconds on one clock."""

    start_timeout: float
    ceiling: float
    sends_events: bool = False
    """Learned: this Animaze tells when it speaks."""

    answers: bool = False
    """Learned: this Animaze answers what it is sent."""

    line: Line | None = None
    _speaking_since: float | None = None
    _sounds_until: float | None = None
    """When what was being said as the connection went is over: only the connection may be gone, not the voice."""

    _given_up: str = ""
    """The last line that was taken for unheard."""

    _slow: bool = False
    """It answers when it likes: no answer by the end of a line proves nothing."""

    _lost_ends: int = 0
    _untold: int = 0
    _unheard: int = 0
    _hastes: int = 0
    _paces: deque[float] = field(default_factory=lambda: deque(maxlen=PACES))
    """Of late: in which part of its estimate a line was over."""

    @property
    def busy(self) -> bool:
        return any(known is not None for known in (self.line, self._speaking_since, self._sounds_until))

    def begin(self, line: Line) -> None:
        line.owed = self._lost_ends > 0
        self.line, self._speaking_since, self._sounds_until = line, None, None

    def started(self, now: float) -> None:
        """A start of speech was reported: our line's, or another client's when we said nothing."""
        self.sends_events, self._untold = True, 0
        if self._speaking_since is None:
            self._speaking_since = now
        if self.line:
            self.line.started = self.line.told = True

    def ended(self, now: float) -> None:
        """An end of speech was reported. One that cannot be our line's is not taken for it."""
        self.sends_events, self._untold, self._lost_ends, line = True, 0, 0, self.line
        if line:
            line.told = True
        if line and self._is_leftover(line, now):
            # From here the estimate decides: were it our end after all, waiting for another would be muteness.
            line.owed = line.started = False
            self._speaking_since = None
            return
        if line and line.started and self._is_hasty(line, now):
            line.hasty = min(line.hasty or 1.0, (now - line.sent_at) / line.estimate)
            return
        if line and line.started:
            self._learn(line, now - line.sent_at)
        self._done("ended")

    def answered(self, message_id: str) -> None:
        """Animaze accepted a message."""
        if self.line and self.line.id == message_id:
            self.line.answered, self.answers = True, not self._slow
            self._unheard = 0
        elif message_id == self._given_up:
            self._slow, self.answers = True, False

    def refused(self, message_id: str) -> None:
        """Animaze answered a message with an error; one that it accepted or speaks all the same was not refused."""
        line = self.line
        if line and line.id == message_id and not line.started and not line.answered:
            self._done("refused")

    def lost(self) -> None:
        """The connection is gone, and with it what we knew except what this Animaze can do, and what it may be saying."""
        line, until = self.line, self._sounds_until
        self._lost_ends = 0
        self._done("lost")
        self._sounds_until = line.sent_at + min(self._slowest(line) + LATE * line.told, self.ceiling) if line else until

    def unsent(self) -> None:
        """The line never got onto the wire."""
        self._done("lost")

    def forget(self) -> None:
        """Another Animaze from here on: nothing is known about it."""
        self.lost()
        self._sounds_until = None
        self.sends_events, self._untold = False, 0
        self.answers, self._slow, self._unheard = False, False, 0
        self._paces.clear()

    def free_at(self) -> float:
        """When it counts as silent if nothing more is reported."""
        believed = self._lost_ends < LOST_ENDS
        line = self.line
        if line is None:
            since = self._speaking_since
            return since + self.ceiling if since is not None and believed else self._sounds_until or 0.0
        if line.started and believed:
            slowest = self._slowest(line) + LATE
            return line.sent_at + (self.ceiling if line.hasty is None else min(slowest, self.ceiling))
        patience = max(line.estimate, self.start_timeout) if self.sends_events and believed else line.estimate
        return line.sent_at + min(patience, self.ceiling)

    def expire(self) -> None:
        """`free_at` has come."""
        line, fate = self.line, "expired"
        if line and self.answers and not line.told and not line.answered:
            fate, self._unheard, self._given_up = "unheard", self._unheard + 1, line.id
            self.answers = self._unheard < UNTOLD
        if line and line.hasty is not None:
            self._hastes += 1
            if self._hastes >= HASTES:
                self._paces.append(line.hasty)  # again nothing came after it: it was the end, the voice is that quick
        elif self._speaking_since is not None:
            self._lost_ends += 1
        elif line and not line.told:
            self._untold += 1
            self.sends_events = self.sends_events and self._untold < UNTOLD
        self._done(fate)

    def _learn(self, line: Line, took: float) -> None:
        self._hastes = 0
        if not line.owed:
            line.took = took
        if line.estimate >= TELLING:
            self._paces.append(took / line.estimate)

    def _is_leftover(self, line: Line, now: float) -> bool:
        """An end that comes early, while another speech may still owe one."""
        return (line.owed or not line.started) and now - line.sent_at < LEFTOVER * line.estimate

    def _is_hasty(self, line: Line, now: float) -> bool:
        """An end that comes earlier than this voice can be done."""
        return now - line.sent_at < HASTE * min(self._paces, default=0.0) * line.estimate

    def _slowest(self, line: Line) -> float:
        """Seconds that it takes at the slowest of late."""
        return line.estimate * max(self._paces, default=1.0)

    def _done(self, fate: str) -> None:
        if self.line:
            self.line.fate = fate
        self.line = self._speaking_since = self._sounds_until = None
