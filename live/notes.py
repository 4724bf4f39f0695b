"""How what happens is noted: an event, a line and a decision as JSON-ready facts, and an event read back from them.

Pure; the list of happenings and their facts stands in docs/architecture.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Protocol

from events import EventKind, Journal, LiveEvent, Utterance, identity

Facts = dict[str, Any]


class Record(Protocol):
    """What a step of the corridor calls to have something noted at this moment."""

    def __call__(self, happening: str, /, **facts: Any) -> None:
        """The facts belong to the journal from now on: nobody changes them."""


def unrecorded(_happening: str, /, **_facts: Any) -> None:
    """A `Record` that keeps nothing."""


def recorder(journal: Journal, clock: Callable[[], float]) -> Record:
    """A `Record` into this journal."""

    def record(happening: str, /, **facts: Any) -> None:
        journal.note(happening, clock(), **facts)

    return record


_ALWAYS = ("user_id", "username", "nickname", "at")
_OPTIONAL = {f.name: f.default for f in fields(LiveEvent) if f.default is not MISSING}
_SETS = ("roles", "targets")
_TUPLES = ("mentions", "emotes")


def facts_of(event: LiveEvent) -> Facts:
    """The event without what it leaves at its default."""
    facts: Facts = {"kind": event.kind.value}
    for name in _ALWAYS:
        facts[name] = getattr(event, name)
    for name, default in _OPTIONAL.items():
        value = getattr(event, name)
        if value is not default and value != default:  # most are, and then nothing is compared
            facts[name] = sorted(value) if name in _SETS else list(value) if name in _TUPLES else value
    return facts


def event_from(facts: Mapping[str, Any]) -> LiveEvent:
    """The event again; facts of a later version are left out. Raises ValueError for what is none."""
    if not isinstance(facts, Mapping):
        raise ValueError("an event is a set of named facts")  # noqa: TRY004 - one error for whoever reads a file
    values: Facts = {"kind": EventKind(str(facts.get("kind")))}
    for name in _ALWAYS:
        values[name] = _like(0.0 if name == "at" else "", facts.get(name), name)
    for name in _OPTIONAL.keys() & facts.keys():
        values[name] = _like(_OPTIONAL[name], facts[name], name)
    return LiveEvent(**values)


def key_of(event: Mapping[str, Any]) -> str:
    """The key under which decisions about a recorded event are noted."""
    try:
        return identity(event_from(event))
    except ValueError:
        return str(event.get("key"))


def _like(example: Any, value: Any, name: str) -> Any:
    if isinstance(example, frozenset | tuple):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return type(example)(value)
    elif isinstance(example, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif type(value) is type(example):
        return value
    raise ValueError(f"{name} of an event is no {type(example).__name__}")


def facts_of_line(line: Utterance) -> Facts:
    """What a line says, in which order of precedence, and of which events; `{names}` stands for its names."""
    return {
        "keys": [identity(event) for event in line.events],
        "kind": line.kind,
        "text": line.text,
        "names": list(line.names),
        "priority": line.priority,
        "born": line.born,
    }
