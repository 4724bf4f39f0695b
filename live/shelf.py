"""The why-cards of a stream on their shelf, where pages find them, and what forgetting a viewer means for them.

Any thread. The bot files and withdraws cards and never waits for whoever reads.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from live.whom import Whom, cleaned

Card = Mapping[str, Any]
"""Why a line was said or a comment left, see docs/architecture.md."""

SHELF = 4000
"""Cards of lines that are kept, and as many of comments that led to none."""

NEWS = 50
"""Cards that wait to be told to pages; who wants them all asks for them."""

QUOTING = ("background", "passages", "prompt", "sentences", "lines")
"""What of a card may quote somebody, beside its events."""


class Shelf:
    """What only was left does not push out what was said. Who is forgotten is in no card that anybody gets."""

    def __init__(self) -> None:
        self._lock, self._cleaning = threading.Lock(), threading.Lock()
        self._lines: OrderedDict[int, Card] = OrderedDict()
        self._left: OrderedDict[int, Card] = OrderedDict()
        self._news: OrderedDict[int, Card] = OrderedDict()
        self._forgotten: list[tuple[Whom, float]] = []
        self._clean: dict[int, tuple[Card, Card]] = {}
        """By number: a card as it was filed, and without so many who are forgotten."""

        self._without = 0

    def file(self, card: Card) -> None:
        """Keep it, in the place of the one of the same number."""
        with self._lock:
            self._left.pop(card["id"], None)
            shelf = self._lines if card["lines"] else self._left
            shelf[card["id"]] = card
            if len(shelf) > SHELF:
                shelf.popitem(last=False)
            if card["lines"]:
                self._news[card["id"]] = card
                if len(self._news) > NEWS:
                    self._news.popitem(last=False)

    def news(self) -> list[Card]:
        """Cards with a line that are new or fuller since this was asked the last time, the newest of them."""
        with self._lock:
            news, self._news = self._news, OrderedDict()
            forgotten = list(self._forgotten)
        return [_nameless(card, forgotten) for card in news.values()]

    def unfile(self, whom: Whom, at: float) -> int:
        """Keep none of what this viewer did until `at`; how many that were. The others lose the name when they are read."""
        with self._lock:
            self._forgotten.append((whom, at))
            cards = [*self._lines.values(), *self._left.values()]
            gone = [card["id"] for card in cards if card["at"] <= at and tells_of(card, whom)]
            for number in gone:
                self._lines.pop(number, None)
                self._left.pop(number, None)
                self._news.pop(number, None)
        return len(gone)

    def clear(self) -> None:
        """A new stream begins."""
        with self._lock:
            self._lines.clear()
            self._left.clear()
            self._news.clear()
            self._forgotten.clear()

    def card(self, number: int) -> Card | None:
        """The one of this number."""
        with self._lock:
            card = self._lines.get(number) or self._left.get(number)
            forgotten = list(self._forgotten)
        return card and _nameless(card, forgotten)

    def cards(self) -> list[Card]:
        """All of them now, newest first."""
        with self._lock:
            found = [*self._lines.values(), *self._left.values()]
            forgotten = list(self._forgotten)
        if forgotten:
            with self._cleaning:  # not the lock for which the bot would wait: it takes a while, once
                found = self._cleaned(found, forgotten)
        return sorted(found, key=lambda card: -card["id"])

    def _cleaned(self, cards: list[Card], forgotten: list[tuple[Whom, float]]) -> list[Card]:
        known = self._clean if self._without == len(forgotten) else {}
        self._clean, self._without = {}, len(forgotten)
        for card in cards:
            as_filed, clean = known.get(card["id"], (None, card))
            self._clean[card["id"]] = (card, clean if as_filed is card else _nameless(card, forgotten))
        return [clean for _, clean in self._clean.values()]


def tells_of(card: Card, whom: Whom) -> bool:
    """Whether it is about something this viewer did."""
    ids, usernames = whom.ids, whom.usernames
    return any(event["username"] in usernames or event["user_id"] in ids for event in card["events"])


def _nameless(card: Card, forgotten: list[tuple[Whom, float]]) -> Card:
    """The card without their names in what others wrote and in what was said to others."""
    for whom, at in forgotten:
        if card["at"] <= at:
            kept = {name: cleaned(card[name], whom) for name in QUOTING}
            texts = [{n: cleaned(e[n], whom) for n in ("text", "mentions") if n in e} for e in card["events"]]
            events = [{**event, **text} for event, text in zip(card["events"], texts, strict=True)]
            card = {**card, **kept, "events": events}
    return card
