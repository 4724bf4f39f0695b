"""What a comment is worth at its moment: relevance, whom it addresses, who wrote it. Pure, any thread.

The rule, as `docs/choosing.md` tells it: relevance (`mind/relevance`, 0..1), plus `addressed_bonus` when the pal is
named or mentioned, half of it for a question to "you"; plus a part of `relation_bonus` for what the viewer is, the highest
of theirs. What begins with an @mention of another viewer is not for the pal. Relevance and address decide whether the comment may be
answered at all; the relation only who goes first.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from events import LiveEvent
from mind.asking import Gist, gist
from mind.relevance import Relevance, asks
from settings import Settings

YOU = re.compile(r"(?<!\w)(?:you|u|ya|your|ur|yours|yourself|du|dich|dir|dein|deine[mnrs]?)(?!\w)", re.I)
NO_GIST = Gist()
SHARES = {"gifter": 1.0, "top_gifter": 1.0, "subscriber": 0.8, "new": 0.6, "moderator": 0.6, "regular": 0.5}
"""What a viewer can be, and which part of the bonus that is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a comment is worth, and why."""

    score: float
    """The sum of the parts; what waiting costs comes off later."""

    parts: tuple[tuple[str, float], ...] = ()
    """relevance, addressed, relation: what each adds."""

    relation: str = ""
    """What the viewer counts as; empty for anybody."""

    refusal: str = ""
    """Why it is not answered at all (`skipped.<refusal>`); empty when it may be."""

    greeting: bool = False
    thanks: bool = False
    """It does nothing but greet, or thank."""

    gist: Gist = NO_GIST
    """What it asks, by which equal questions find each other."""


class Judge:
    """Judges comments by the settings as they are at that moment. `names`: what the pal is called."""

    def __init__(self, settings: Settings, names: Callable[[], Collection[str]] = tuple) -> None:
        self._settings = settings
        self._names = names
        self._relevance = Relevance(settings.comment)
        self._calls: tuple[tuple[str, ...], re.Pattern[str]] = ((), re.compile(r"(?!)"))

    def judge(self, event: LiveEvent, known: Iterable[str] = ()) -> Judgement:
        """This comment's worth. `known`: what memory says of its viewer, beside the roles that the event itself names."""
        text, names = event.text, tuple(self._names())
        relevance = self._relevance.score(text)
        addressed = self._addressed(event, names)
        relation = max({*known, *_roles(event)} & SHARES.keys(), key=lambda r: (SHARES[r], r), default="")
        worth = round(self._settings.comment.relation_bonus * SHARES.get(relation, 0.0), 6)
        refusal = self._relevance.refusal(text, relevance + addressed)
        refusal = refusal or ("to_somebody_else" if not addressed and self._is_for_another(event) else "")
        return Judgement(
            score=round(relevance + addressed + worth, 6),
            parts=(("relevance", relevance), ("addressed", addressed), ("relation", worth)),
            relation=relation,
            refusal=refusal,
            greeting=not refusal and self._relevance.is_mere_greeting(text, relevance),
            thanks=not refusal and self._relevance.is_mere_thanks(text, relevance),
            gist=gist(text, names),
        )

    def _addressed(self, event: LiveEvent, names: tuple[str, ...]) -> float:
        """What speaking to the pal adds."""
        bonus = self._settings.comment.addressed_bonus
        mentioned = {name.casefold() for name in event.mentions}
        if self._called(names).search(event.text) or mentioned & {name.casefold() for name in names}:
            return bonus
        if self._is_for_another(event):
            return 0.0
        question = asks(event.text) or self._relevance.question_words(event.text) > 0
        return round(bonus / 2, 6) if question and YOU.search(event.text) else 0.0

    def _is_for_another(self, event: LiveEvent) -> bool:
        """It begins as replies to other viewers do."""
        others = {name.casefold() for name in event.mentions} - {self._settings.tiktok.unique_id.lstrip("@").casefold()}
        return bool(others) and event.text.lstrip().startswith("@")

    def _called(self, names: tuple[str, ...]) -> re.Pattern[str]:
        if self._calls[0] != names:
            options = "|".join(re.escape(name) for name in names if name) or "(?!)"
            self._calls = names, re.compile(rf"(?<!\w)(?:{options})(?!\w)", re.I)
        return self._calls[1]


def _roles(event: LiveEvent) -> frozenset[str]:
    return event.roles | {"moderator"} if event.moderator else event.roles
