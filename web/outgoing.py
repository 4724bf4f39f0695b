"""What pages are told next: news folded together while they wait for their turn. Pure; the pump's thread.

One message goes out at each turn of the pump (ten a second), whatever happens. So what comes faster waits, and is folded
meanwhile: events become one list, of what is (status, outbox, who talks) only the newest is kept, of what happened (alerts,
refusals, cards) the newest few. Nothing here grows with the number of pages or with what they read.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

MOST_EVENTS = 1000
"""Of one message; older ones that waited are left out."""

MOST_FEW = 50
"""Alerts, refusals, cards, jobs that wait; older ones are left out, pages find them by HTTP."""

IN_A_ROW = 3
"""Urgent messages before one of the others has its turn."""

NEWEST = frozenset({"status", "outbox", "caption", "caption_end"})
ONE_BY_ONE = frozenset({"forgotten", "alert", "command", "audit", "card", "job"})

Payload = Any
Message = tuple[str, Payload]


class Outgoing:
    """News go in by `put`, messages come out by `next`."""

    def __init__(self) -> None:
        self._events: deque[Mapping[str, Any]] = deque(maxlen=MOST_EVENTS)
        self._newest: dict[str, Payload] = {}
        self._few: dict[str, OrderedDict[object, Payload]] = {name: OrderedDict() for name in sorted(ONE_BY_ONE)}
        self._urgent: list[str] = ["caption", "forgotten", "alert", "command"]
        self._others: list[str] = ["events", "status", "outbox", "card", "audit", "job"]
        """In both, who has waited longest for a turn comes first."""

        self._urgent_in_a_row = 0
        self._count = 0

    def put(self, name: str, payload: Payload, key: object = None) -> None:
        """Let it be told. Of `card` and `job` news of one `key` only the newest is told. Names nobody knows are left out."""
        if name == "event":
            self._events.append(payload)
        elif name in NEWEST:
            self._newest[name] = payload
            if name == "caption":
                self._newest.pop("caption_end", None)  # of the line before, which no page needs to see end any more
        elif name in ONE_BY_ONE:
            self._count += 1
            few = self._few[name]
            few[self._count if key is None else key] = payload
            if len(few) > MOST_FEW:
                few.popitem(last=False)

    def next(self) -> Message | None:
        """The message whose turn it is; None when there is nothing to tell."""
        urgent = next((name for name in self._urgent if self._has(name)), "")
        other = next((name for name in self._others if self._has(name)), "")
        if urgent and not (other and self._urgent_in_a_row >= IN_A_ROW):
            self._urgent_in_a_row += 1
            return self._turn(self._urgent, urgent)
        self._urgent_in_a_row = 0
        return self._turn(self._others, other) if other else None

    def _turn(self, turns: list[str], name: str) -> Message:
        turns.remove(name)
        turns.append(name)
        if name == "events":
            events = list(self._events)
            self._events.clear()
            return name, events
        if name in ONE_BY_ONE:
            return name, self._few[name].popitem(last=False)[1]
        if name == "caption" and name not in self._newest:
            name = "caption_end"
        return name, self._newest.pop(name)

    def _has(self, name: str) -> bool:
        if name == "events":
            return bool(self._events)
        if name in ONE_BY_ONE:
            return bool(self._few[name])
        return name in self._newest or (name == "caption" and "caption_end" in self._newest)
