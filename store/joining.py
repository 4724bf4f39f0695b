"""Two records of one viewer made one. Pure; both are complete, and the first one is changed."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from store.files import HISTORY
from store.record import COUNTERS, FACTS_KEPT, NAMES_KEPT, NOTES_LIMIT, Record, clip, number, topic

T = TypeVar("T")


def join(record: Record, old: Record) -> None:
    """Put beneath a record what was before it and is not in it: earlier days on disk, an earlier name. Counts add up."""
    for name in (*COUNTERS.values(), "diamonds", "streams"):
        record[name] = number(record[name] + old[name])
    if record["last_stream"] and record["last_stream"] == old["last_stream"]:
        record["streams"] -= 1
    _join_texts(record, old, union=False)
    record["gifts"] = [*old["gifts"], *record["gifts"]][-HISTORY:]
    record["gift_log"] = [*old["gift_log"], *record["gift_log"]][-HISTORY:]
    record["bond"] = 1.0 - (1.0 - record["bond"]) * (1.0 - old["bond"])
    _join_person(record, old)


def unite(record: Record, other: Record) -> None:
    """Two copies of one past, as an import meets them: what is in both counts once, so that doing it again changes nothing."""
    newer = record if _weight(record) >= _weight(other) else other
    gifts = max((record["gift_total"], record["gifts"]), (other["gift_total"], other["gifts"]))[1]
    stronger = max((record["bond_at"], record["bond"]), (other["bond_at"], other["bond"]))
    for name in (*COUNTERS.values(), "diamonds", "streams"):
        record[name] = max(record[name], other[name])
    _join_texts(record, other, union=True)
    record["gifts"] = list(gifts)
    record["comment_total"] = max(record["comment_total"], len(record["comments"]))
    record["gift_log"] = _merged(record["gift_log"], other["gift_log"], lambda gift: float(gift["at"]))[-HISTORY:]
    chosen = {name: newer[name] for name in ("nickname", "spoken_name", "language") if newer[name]}
    _join_person(record, other)
    record.update(chosen)
    record["bond_at"], record["bond"] = stronger


def _weight(record: Record) -> tuple[Any, ...]:
    return record["last_seen"], record["nickname"], record["spoken_name"], record["language"]


def _join_person(record: Record, old: Record) -> None:
    record["first_seen"] = min(record["first_seen"], old["first_seen"])
    for name in ("last_seen", "last_stream", "bond_at", "team_level"):
        record[name] = max(record[name], old[name])
    for name, kept in (("usernames", NAMES_KEPT), ("nicknames", NAMES_KEPT)):
        record[name] = _after(old[name], record[name])[-kept:]
    record["roles"] = record["roles"] or list(old["roles"])
    for name in ("nickname", "user_id", "language", "spoken_name"):
        record[name] = record[name] or old[name]
    record["notes"] = _both(record["notes"], old["notes"])
    record.update({name: value for name, value in old.items() if name not in record})


def _after(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [*(name for name in before if name not in after), *after]


def _both(one: str, other: str) -> str:
    if one in other or other in one:
        return max(one, other, key=len)
    return clip("\n".join(sorted((one, other))), NOTES_LIMIT)


def _join_texts(record: Record, old: Record, *, union: bool) -> None:
    mine = [*zip(record["comment_times"], record["comments"], strict=True)]
    theirs = [*zip(old["comment_times"], old["comments"], strict=True)]
    said = _merged(mine, theirs, lambda one: one[0]) if union else [*theirs, *mine]
    limit = record["comments"].maxlen
    record["comments"] = deque((text for _, text in said), limit)
    record["comment_times"] = deque((at for at, _ in said), limit)
    facts = {(fact["at"], fact["text"]): fact for fact in (*record["facts"], *old["facts"])}
    record["facts"] = [facts[key] for key in sorted(facts)][-FACTS_KEPT:]
    record["last_topic"] = topic(record["comments"])


def _merged(mine: list[T], theirs: list[T], at: Callable[[T], float]) -> list[T]:
    """Mine, and what they have more often than I, by time."""
    left, more = list(mine), []
    for one in theirs:
        if one in left:
            left.remove(one)
        else:
            more.append(one)
    return sorted([*mine, *more], key=at)
