"""What a viewer's record is: a plain dict in the shape of the design, its laws, and how it is packed. Pure."""

import json
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from events import EventKind
from store import bond
from store.files import HISTORY, NAME_LIMIT, Row, Rules, Text, moment, name_of

log = logging.getLogger(__name__)

Record = dict[str, Any]
"""A viewer: first_seen, last_seen, comments (deque of texts) and comment_times (as long), gifts (names) and gift_log
([{name, count, diamonds, at}]), diamonds, comment_total, gift_total (the histories keep the newest only), follows, likes,
shares, subscriptions; nickname, user_id, usernames and nicknames (all that were used, the newest last), streams,
last_stream (when it began), roles, language, team_level, last_topic (the newest comment of some words; not stored but
taken from them), notes and spoken_name (the streamer's), facts ([{text, source, at}]), bond and bond_at."""

COUNTERS = {
    EventKind.COMMENT: "comment_total",
    EventKind.GIFT: "gift_total",
    EventKind.FOLLOW: "follows",
    EventKind.LIKE: "likes",
    EventKind.SHARE: "shares",
    EventKind.SUBSCRIBE: "subscriptions",
}
NUMBERS = (*COUNTERS.values(), "diamonds", "streams", "team_level")
TEXT_LIMIT = 500
NOTES_LIMIT = 2000
NAMES_KEPT, FACTS_KEPT = 50, 30
TOPIC_WORDS = 3
BESIDE = ("comments", "comment_times", "facts", "notes")
"""What lies beside the record where texts are searched."""

EMPTY = frozenset(
    (*NUMBERS, "gifts", "gift_log", "nickname", "user_id", "usernames", "nicknames", "last_stream", "roles", "language")
) | {"spoken_name", "bond"}
"""What a record has without anybody saying so: nothing."""

DERIVED = ("last_topic",)


def clip(value: object, limit: int = TEXT_LIMIT) -> str:
    """Valid Unicode of bounded length from anything."""
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def number(value: object) -> int:
    """A count from anything: whole, not negative, exact in every JSON reader."""
    return int(min(value, 2**53)) if isinstance(value, int | float) and value >= 0 else 0


def begun(now: float, history: int | None = None) -> Record:
    """Of a viewer who was never seen before."""
    return complete({"first_seen": now, "last_seen": now}, now, history)


def complete(record: Record, now: float, history: int | None = None) -> Record:
    """Give the record every field in its shape, in place; what else it carries stays. `history` None: as it has it."""
    for name in ("first_seen", "last_seen"):
        record[name] = moment(record.get(name), now)
    comments = _listed(record, "comments", "comment_total")
    limit = comments.maxlen if history is None and isinstance(comments, deque) else history
    limit = HISTORY if limit is None else limit
    if not isinstance(comments, deque) or comments.maxlen != limit:
        record["comments"] = deque(comments, limit)
    record["comment_times"] = _times(record, limit)
    gifts = _listed(record, "gifts", "gift_total")
    record["gifts"] = gifts if isinstance(gifts, list) else list(gifts)
    del record["gifts"][:-HISTORY]
    record["gift_log"] = [_gift(entry, record) for entry in _dicts(record.get("gift_log"))][-HISTORY:]
    for name in NUMBERS:
        record[name] = number(record.get(name))
    _complete_person(record)
    record["last_topic"] = topic(record["comments"])
    return record


def _complete_person(record: Record) -> None:
    for name, limit in (("nickname", NAME_LIMIT), ("user_id", 64), ("language", 16), ("spoken_name", 80)):
        record[name] = clip(record.get(name), limit)
    record["notes"] = clip(record.get("notes"), NOTES_LIMIT)
    for name, kept in (("usernames", NAMES_KEPT), ("nicknames", NAMES_KEPT), ("roles", 16)):
        found = record.get(name)
        names = [clip(one, NAME_LIMIT) for one in found if one] if isinstance(found, list | tuple | set) else []
        record[name] = list(dict.fromkeys(names))[-kept:]
    record["last_stream"] = moment(record.get("last_stream"), 0.0)
    record["facts"] = [_fact(entry, record) for entry in _dicts(record.get("facts"))][-FACTS_KEPT:]
    value = record.get("bond")
    record["bond"] = min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else 0.0
    record["bond_at"] = moment(record.get("bond_at"), record["first_seen"])


def _listed(record: Record, name: str, total: str) -> list[Any] | deque[Any]:
    """A history as found; its total counts at least what is in it."""
    found = record.get(name)
    found = found if isinstance(found, list | deque) else []
    record[total] = max(number(record.get(total)), len(found))
    return found


def _dicts(found: object) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _gift(entry: dict[str, Any], record: Record) -> dict[str, Any]:
    counts = {name: number(entry.get(name)) for name in ("count", "diamonds")}
    return {"name": clip(entry.get("name")), **counts, "at": moment(entry.get("at"), record["last_seen"])}


def _fact(entry: dict[str, Any], record: Record) -> dict[str, Any]:
    at = moment(entry.get("at"), record["last_seen"])
    return {"text": clip(entry.get("text")), "source": clip(entry.get("source")), "at": at}


def _times(record: Record, limit: int) -> deque[float]:
    """When each comment came; those that are not told came when the viewer was seen last."""
    found, comments = record.get("comment_times"), record["comments"]
    times = [moment(at, record["last_seen"]) for at in found] if isinstance(found, list | deque) else []
    missing = len(comments) - len(times)
    return deque(
        [*times, *[record["last_seen"]] * missing] if missing > 0 else times[-len(comments) or len(times) :], limit
    )


def topic(comments: Iterable[Any]) -> str:
    """What it was about last: the newest comment of some words."""
    newest_first = reversed(comments if isinstance(comments, deque) else list(comments))
    found = (text for text in newest_first if isinstance(text, str) and text.count(" ") >= TOPIC_WORDS - 1)
    return next((clip(text, 120) for text in found if not text.startswith("!")), "")


def valid_name(username: object) -> str:
    """The name as it is stored. Raises ValueError for what cannot be one."""
    name = name_of(username)
    if not name:
        raise ValueError("a viewer's name must be a text that is not empty")
    return name


def add(record: Record, kind: EventKind, value: object, count: int, diamonds: int, at: float, half_life: float) -> None:
    """Count one event; a comment and a finished streak of gifts are one each, of the others there are `count`."""
    counter = COUNTERS.get(kind)
    worth = number(diamonds) * number(count)
    if kind is EventKind.COMMENT:
        _say(record, clip(value), at)
    elif kind is EventKind.GIFT:
        _give(record, clip(value), number(count), number(diamonds), at)
        record["diamonds"] = number(record["diamonds"] + worth)
    if counter is None:
        return
    first_follow = kind is not EventKind.FOLLOW or not record["follows"]
    amount = 1 if kind in {EventKind.COMMENT, EventKind.GIFT} else number(count)
    record[counter] = number(record[counter] + amount)
    if amount and first_follow:
        share = bond.share_of(kind, worth, at - record["bond_at"] if record["bond"] else bond.PAUSE)
        tie(record, share, at, half_life)


def tie(record: Record, share: float, at: float, half_life: float) -> None:
    """Let the bond grow by this share of what is missing."""
    record["bond"] = bond.grown(bond.left(record["bond"], record["bond_at"], at, half_life), share)
    record["bond_at"] = max(record["bond_at"], at)


def visit(record: Record, stream: float, at: float, half_life: float) -> None:
    """The viewer is in the stream that began then."""
    if record["last_stream"] != stream:
        record["last_stream"] = stream
        record["streams"] = number(record["streams"] + 1)
        tie(record, bond.VISIT, at, half_life)


def _say(record: Record, text: str, at: float) -> None:
    record["comments"].append(text)
    record["comment_times"].append(at)
    record["last_topic"] = topic([text]) or record["last_topic"]


def _give(record: Record, name: str, count: int, diamonds: int, at: float) -> None:
    record["gifts"].append(name)
    del record["gifts"][:-HISTORY]
    record["gift_log"].append({"name": name, "count": count, "diamonds": diamonds, "at": at})
    del record["gift_log"][:-HISTORY]


def call(record: Record, username: str, nickname: str, user_id: str) -> None:
    """Note under which names the viewer is here."""
    if user_id:
        record["user_id"] = user_id
    for name, known in ((username, "usernames"), (nickname, "nicknames")):
        if name and (not record[known] or record[known][-1] != name):
            record[known] = [*(one for one in record[known] if one != name), name][-NAMES_KEPT:]
    record["nickname"] = nickname or record["nickname"]


def take_back(record: Record, comment: object) -> None:
    """Uncount the newest comment of these words, and what was learnt from it; it must be there."""
    complete(record, record["last_seen"])
    said = [*zip(record["comments"], record["comment_times"], strict=True)]
    index = max(i for i, (text, _) in enumerate(said) if text == clip(comment))
    del said[index]
    limit = record["comments"].maxlen
    record["comments"] = deque((text for text, _ in said), limit)
    record["comment_times"] = deque((at for _, at in said), limit)
    record["comment_total"] = max(0, record["comment_total"] - 1)
    record["facts"] = [fact for fact in record["facts"] if fact["source"] != clip(comment)]
    record["last_topic"] = topic(record["comments"])


def fade(record: Record, oldest_comment: float) -> bool:
    """Forget the words of comments that are older, in place; that they were written stays. Whether there were any."""
    kept = [
        (text, at) for text, at in zip(record["comments"], record["comment_times"], strict=True) if at >= oldest_comment
    ]
    sourced = [fact for fact in record["facts"] if fact["source"] and fact["at"] < oldest_comment]
    if len(kept) == len(record["comments"]) and not sourced:
        return False
    limit = record["comments"].maxlen
    record["comments"] = deque((text for text, _ in kept), limit)
    record["comment_times"] = deque((at for _, at in kept), limit)
    record["facts"] = [fact if fact["at"] >= oldest_comment else {**fact, "source": ""} for fact in record["facts"]]
    record["last_topic"] = topic(record["comments"])
    return True


def pack(record: Record, *, beside: bool = False) -> str:
    """One line of ASCII, so that no text a viewer types can fail to be stored.

    `beside`: without the texts, and without what is empty, which `complete` knows.
    """
    told = {name: value for name, value in record.items() if value or name not in EMPTY} if beside else dict(record)
    for name in (*DERIVED, *BESIDE) if beside else DERIVED:
        told.pop(name, None)
    return _ENCODER.encode(told)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, deque | set | frozenset) else str(value)


_ENCODER = json.JSONEncoder(default=_plain, skipkeys=True)


def row_of(name: str, record: Record, now: float, rules: Rules, *, inline: bool, wrote: bool = True) -> Row:
    """The record as it lies in a file, a copy. It has to be complete, unless the texts are `inline`.

    `wrote` False: no text of it has changed since it was read or written.
    """
    last_seen = moment(record.get("last_seen"), now)
    if inline:
        return Row(last_seen=last_seen, record=pack(record), user_id=clip(record.get("user_id"), 64))
    rank = bond.rank(record["bond"], record["bond_at"], rules.half_life_days)
    names = {one.casefold() for one in (name, *record["usernames"], *record["nicknames"], record["spoken_name"]) if one}
    return Row(
        last_seen=last_seen,
        record=pack(record, beside=True),
        texts=texts_of(record) if wrote else None,
        names=tuple(sorted(names)),
        user_id=record["user_id"],
        nickname=record["nickname"],
        comments=record["comment_total"],
        diamonds=record["diamonds"],
        bond=rank,
    )


def texts_of(record: Record) -> tuple[tuple[str, float, str, str], ...]:
    """What can be searched of a complete record, in the shape of `Text`, oldest first in each kind."""
    comments = zip(repeat("comment"), record["comment_times"], record["comments"], repeat(""), strict=False)
    facts = (("fact", fact["at"], fact["text"], fact["source"]) for fact in record["facts"])
    return (*comments, *facts, *([("note", 0.0, record["notes"], "")] if record["notes"] else []))


def unpack(record: str, texts: Sequence[Text] = ()) -> Record:
    """The record of this line and these texts; an empty one when the line is damaged."""
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        log.warning("memory: a viewer's record is unreadable and begins anew")
        return {}
    if texts:
        comments = [text for text in texts if text.kind == "comment"]
        found["comments"] = [text.text for text in comments]
        found["comment_times"] = [text.at for text in comments]
        found["facts"] = [{"text": t.text, "source": t.source, "at": t.at} for t in texts if t.kind == "fact"]
        found["notes"] = "\n".join(text.text for text in texts if text.kind == "note")
    return found
