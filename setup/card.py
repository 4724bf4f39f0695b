"""A rehearsal's card for somebody who has never seen one: a few plain sentences. Pure."""

from collections.abc import Callable

from live.card import Card

Say = Callable[..., str]
"""`web.words.say` with a language, or `web.words.Told`."""


def lines(card: Card, say: Say) -> list[str]:
    """What happened, how quick it was, whether it was nice, what it would cost."""
    told = [
        say("setup.card.crowd", events=card.events, count=card.spoken),
        say("setup.card.questions", questions=card.questions, answered=card.questions_answered),
    ]
    if card.answers.p50 is not None:
        told.append(say("setup.card.pace", count=f"{card.answers.p50:.0f}"))
    if card.gifts.streaks:
        told.append(say("setup.card.gifts", right=card.gifts.right, gifts=card.gifts.streaks))
    if card.attacks:
        told.append(say("setup.card.heard" if card.heard else "setup.card.safe", count=card.attacks))
    if card.overlap is not None:
        told.append(say("setup.card.overlap", count=f"{card.overlap.begun:.0f}"))
    told.append(say("setup.card.cost", money=f"{card.cost.per_hour:.2f}"))
    return told
