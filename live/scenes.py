"""What goes on around a question: how busy the chat is, and what the pal said to this viewer. Pure; bot's loop.

Only what an answer may know. What other viewers write or are told is counted, never kept: so nothing of it can get into
a prompt that is about somebody else.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from events import LiveEvent, Scene, Utterance, Whom

MINUTE = 60.0
LIVELY, BUSY = 6, 60
"""Comments in a minute from which the chat is called so. Coarse words: an exact number would make each prompt unique."""

LINES, VIEWERS = 3, 500
"""Lines kept for each viewer, and for how many viewers; who was not spoken to for longest goes first."""

COUNTED = BUSY
"""More moments of comments need not be known."""


@dataclass(slots=True)
class Scenes:
    """One stream's."""

    _comments: deque[float] = field(default_factory=lambda: deque(maxlen=COUNTED))
    _said: "OrderedDict[str, deque[str]]" = field(default_factory=OrderedDict)

    def commented(self, at: float) -> None:
        """Somebody wrote something."""
        self._comments.append(at)

    def spoke(self, line: Utterance, text: str) -> None:
        """The pal said this. Answers to one viewer alone are kept for their next question."""
        if line.kind != "answer" or len(line.events) != 1:
            return
        user_id = line.events[0].user_id
        self._said.setdefault(user_id, deque(maxlen=LINES)).append(text)
        self._said.move_to_end(user_id)
        if len(self._said) > VIEWERS:
            self._said.popitem(last=False)

    def forget(self, whom: Whom) -> int:
        """Know nothing of this viewer; to how many viewers something was said of them."""
        told = 0
        for user_id, lines in list(self._said.items()):
            kept = [] if user_id in whom.ids else [line for line in lines if not whom.is_in(line)]
            told += len(kept) < len(lines)
            self._said[user_id] = deque(kept, LINES)
            if not kept:
                del self._said[user_id]
        return told

    def around(self, events: Sequence[LiveEvent], now: float) -> Scene:
        """The scene of the question that these ask, the answered comment first. Several askers share no past."""
        first, *also = events
        said = () if also else tuple(self._said.get(first.user_id, ()))
        return Scene(also=tuple(also), said=said, tempo=self._tempo(now))

    def _tempo(self, now: float) -> str:
        recent = sum(now - at < MINUTE for at in self._comments)
        return "busy" if recent >= BUSY else "lively" if recent >= LIVELY else "quiet"
