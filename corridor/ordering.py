"""The order in which waiting lines are said, and how the streamer changes it. Pure; any thread."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from events import Utterance


def in_order(lines: Iterable[Utterance]) -> list[Utterance]:
    """Higher priority first, then as they stand."""
    return sorted(lines, key=lambda line: -line.priority)


def moved(lines: Sequence[Utterance], line: Utterance, position: int) -> list[Utterance]:
    """All of them in the order of speaking with this one at `position` (0 is next); beyond the ends is at the end.

    `line` replaces the waiting one with its id. It takes the priority of the line it now stands before, so that the order is kept.
    """
    rest = [other for other in in_order(lines) if other.id != line.id]
    position = min(max(position, 0), len(rest))
    neighbours = rest[position : position + 1] or rest[-1:]
    if neighbours:
        line = replace(line, priority=neighbours[0].priority)
    return [*rest[:position], line, *rest[position:]]


def urgent(lines: Sequence[Utterance], line: Utterance) -> list[Utterance]:
    """All of them with this one before every other, also before those that come later."""
    rest = [other for other in in_order(lines) if other.id != line.id]
    return [replace(line, priority=max([NOW, *(other.priority for other in rest)])), *rest]


def shown(line: Utterance, text: str, now: float) -> dict[str, Any]:
    """A waiting line for a page. `age` and `ttl` are seconds."""
    age = round(max(0.0, now - line.born), 1)
    return {"id": line.id, "kind": line.kind, "text": text, "priority": line.priority, "age": age, "ttl": line.ttl}


NOW = 10
"""More than any priority that can be set."""
