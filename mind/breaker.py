"""Whether a server that fails is asked again. Pure; times are seconds of whichever clock the caller has.

Closed: it is asked. Open: it is left alone for a while, longer each time. Half-open: one question decides.
"""

from dataclasses import dataclass

FAILURES = 3
"""So many failures in a row open it; one that will last does so alone."""

FIRST_REST, LASTING_REST, LONGEST_REST = 15.0, 60.0, 300.0
LONGEST_WISH = 3600.0
"""A server that asks to be left alone for longer is tried again after this: a day's limit may be lifted any time."""


@dataclass(slots=True)
class Breaker:
    """Each `attempt` that is let through is followed by `worked`, `failed` or `abandoned`."""

    rests_until: float = 0.0
    _failures: int = 0
    _openings: int = 0
    _probing: bool = False

    def is_open(self, now: float) -> bool:
        """Whether it is left alone now."""
        return now < self.rests_until or self._probing

    def attempt(self, now: float) -> bool:
        """Whether it may be asked now."""
        if self.is_open(now):
            return False
        self._probing = self._openings > 0
        return True

    def worked(self) -> None:
        """It answered: as good as new."""
        self.rests_until, self._failures, self._openings, self._probing = 0.0, 0, 0, False

    def failed(self, now: float, *, lasting: bool = False, retry_after: float = 0.0) -> None:
        """It did not. `retry_after`: seconds for which the server itself wants to be left alone."""
        self._probing = False
        self._failures += 1
        if lasting or self._openings or self._failures >= FAILURES:
            rest = (LASTING_REST if lasting else FIRST_REST) * 2 ** min(self._openings, 8)
            self.rests_until = now + min(rest, LONGEST_REST)
            self._openings += 1
        self.rests_until = max(self.rests_until, now + min(max(0.0, retry_after), LONGEST_WISH))

    def abandoned(self) -> None:
        """Nobody waited for its answer, so nothing is known."""
        self._probing = False
