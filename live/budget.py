"""How often the sign server is asked, and for which room. Pure; time is handed in.

Its answers are counted per hour and day, and whoever asks too often is locked out. Two loops would spend them: a
connection that breaks off again and again, and a dead room which TikTok says is alive, where nothing ever comes.
"""

from collections import deque
from dataclasses import dataclass, field

from live.diagnosis import DEAD_ROOM, Diagnosis, HeldBackError

FREE_TRIES = 2
"""How often a room may bring nothing before it is left alone for a while."""

LONGEST = 12
"""The longest wait for a silent room, in first waits."""


@dataclass(slots=True)
class Budget:
    """At most `most` questions in `seconds`. A room that brings nothing waits `rest` seconds, then ever longer."""

    most: int
    seconds: float
    rest: float
    _asked: deque[float] = field(default_factory=deque, init=False)
    _silent_room: int = field(default=0, init=False)
    _silences: int = field(default=0, init=False)
    _rests_until: float = field(default=0.0, init=False)

    def ask(self, room: int, now: float) -> None:
        """The sign server is about to be asked for this room. Raises HeldBackError when it must not be."""
        if room == self._silent_room and now < self._rests_until:
            raise HeldBackError(DEAD_ROOM)
        while self._asked and now - self._asked[0] >= self.seconds:
            self._asked.popleft()
        if len(self._asked) >= self.most:
            raise HeldBackError(Diagnosis(code="tiktok_unsteady", wait=self._asked[0] + self.seconds - now))
        self._asked.append(now)

    def spoke(self) -> None:
        """A room has brought something: it is alive, and so is what TikTok says about rooms."""
        self._silent_room = self._silences = 0

    def silent(self, room: int, now: float) -> None:
        """This room was listened to for long enough and has brought nothing at all."""
        self._silences = self._silences + 1 if room == self._silent_room else 1
        self._silent_room = room
        excess = self._silences - FREE_TRIES
        if excess > 0:
            self._rests_until = now + self.rest * min(2.0 ** min(excess - 1, 16), LONGEST)
