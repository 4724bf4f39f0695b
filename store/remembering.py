"""Noting what viewers do, and what is known of one: functions over a memory or a plain dict of the same structure. Bot's loop."""

import re
import time
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from events import EventKind
from store import bond
from store.facts import learn
from store.files import DAY, NAME_LIMIT, Rules, Stream, moment, name_of
from store.record import COUNTERS, Record, add, call, clip, complete, valid_name, visit
from store.users import Users

AnyMemory = MutableMapping[str, Any]
"""A `Memory`, or a plain dict of the same structure: {"users": {username: record}, "created": seconds}, even {}."""

KINDS = tuple(kind.value for kind in EventKind)
REGULAR_COMMENTS, REGULAR_DAYS = 10, 1.0
"""A regular wrote at least so often, and came back at least so long after they were first seen."""

REST = 1800.0
"""Seconds without a sign of anybody after which the next one begins another stream."""

LABELS = ("comments", "gifts", "follows", "likes", "shares", "subscriptions")
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
PLAIN = Rules()


def remember_event(
    memory: AnyMemory,
    username: str,
    kind: str,
    value: object = "",
    *,
    count: int = 1,
    at: float | None = None,
    nickname: str = "",
    diamonds: int = 0,
    user_id: str = "",
    roles: Iterable[str] = (),
    language: str = "",
    team_level: int = 0,
) -> None:
    """Note what a viewer did. RAM only; never fails because of the disk.

    `kind` is one of events.EventKind. A gift is one finished streak: `value` its name, `count` its pieces, `diamonds`
    the price of one. For follow, like, share and subscribe `count` is added. Texts are cut at 500 characters, names at
    200. `user_id`: TikTok's number, by which a viewer with a new name is known again. Raises ValueError for an unknown
    kind and an empty name.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event {kind!r}; known are {', '.join(EventKind)}")
    when = moment(at, time.time())
    name, rules = valid_name(username), _rules(memory)
    half_life = rules.half_life_days
    record = note(memory, username, when, clip(user_id, 64))
    record["last_seen"] = max(record["last_seen"], when)
    call(record, name, clip(nickname, NAME_LIMIT), clip(user_id, 64))
    visit(record, _in_stream(memory, when)[0], when, half_life)
    record["roles"] = sorted(map(clip, roles)) or record["roles"]
    record["language"] = clip(language, 16) or record["language"]
    record["team_level"] = team_level or record["team_level"]
    add(record, EventKind(kind), value, count, diamonds, when, half_life)
    if kind == EventKind.COMMENT and isinstance(users := memory["users"], Users):
        users.wrote(name)
    if kind == EventKind.COMMENT and rules.facts:
        learn(record, clip(value), when)


def get_user(memory: AnyMemory, username: str) -> Record:
    """This viewer's record, to read or change; begun if there is none. Raises ValueError for an empty name."""
    valid_name(username)
    record = note(memory, username, time.time())
    users = memory["users"]
    return users[username] if isinstance(users, Users) else record


def get_background_info(memory: AnyMemory, username: str) -> str:
    """One line for a prompt, such as "john_doe: 2 comments, 1 gifts"; "" for a stranger, who stays one."""
    record = known(memory, username)
    if record is None:
        return ""
    counts = [f"{record[key]} {label}" for label, key in zip(LABELS, COUNTERS.values(), strict=True) if record[key]]
    return f"{BREAKS.sub(' ', name_of(username))}: {', '.join(counts)}" if counts else ""


def relations_of(memory: AnyMemory, username: str) -> frozenset[str]:
    """What this viewer is by what is remembered: new (never wrote before), regular, gifter, subscriber."""
    record = known(memory, username)
    if record is None:
        return frozenset({"new"}) if name_of(username) else frozenset()
    came_back = record["last_seen"] - record["first_seen"] >= REGULAR_DAYS * DAY
    what = {
        "new": not record["comment_total"],
        "regular": came_back and record["comment_total"] >= REGULAR_COMMENTS,
        "gifter": record["gift_total"] > 0,
        "subscriber": record["subscriptions"] > 0,
    }
    return frozenset(relation for relation, holds in what.items() if holds)


def bond_of(memory: AnyMemory, username: str, now: float) -> float:
    """How close this viewer is now, 0..1; see store/bond."""
    record = known(memory, username)
    return 0.0 if record is None else bond.left(record["bond"], record["bond_at"], now, _rules(memory).half_life_days)


def known(memory: AnyMemory, username: object) -> Record | None:
    """A complete record to look at, not to change; None for a stranger, who stays one."""
    users, name = _users(memory), name_of(username)
    record = users.peek(name) if isinstance(users, Users) else users.get(name)
    return complete(dict(record), 0.0) if name and isinstance(record, dict) else None


def records(memory: AnyMemory, now: float) -> Iterator[tuple[str, Record]]:
    """A copy of each record, complete."""
    users = memory.get("users") or {}
    for username in users:
        name = name_of(username)
        record = users.peek(name) if isinstance(users, Users) else users[username]
        if name and isinstance(record, dict):
            yield name, complete(dict(record), now)


def note(memory: AnyMemory, username: object, now: float, user_id: str = "") -> Record:
    """The record to be changed, begun if there is none."""
    users = memory.setdefault("users", {})
    if isinstance(users, Users):
        return users.note(username, now, user_id)
    memory.setdefault("created", now)
    name = valid_name(username)
    record = users[name] = users.get(name) if isinstance(users.get(name), dict) else {}
    return complete(record, now)


def _users(memory: AnyMemory) -> MutableMapping[str, Any]:
    """Those it has; never asked for their number, which only the whole file knows."""
    users: MutableMapping[str, Any] | None = memory.get("users")
    return {} if users is None else users


def _rules(memory: AnyMemory) -> Rules:
    users = memory.get("users")
    return users.rules if isinstance(users, Users) else PLAIN


def _in_stream(memory: AnyMemory, at: float) -> Stream:
    """The stream this moment belongs to; whatever is noted in it keeps it going."""
    users = memory["users"]
    began, last = users.stream if isinstance(users, Users) else tuple(memory.get("stream") or (0.0, 0.0))
    stream = (at, at) if not began or abs(at - last) > REST else (began, max(last, at))
    if isinstance(users, Users):
        users.stream = stream
    else:
        memory["stream"] = stream
    return stream
