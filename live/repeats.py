"""Signatures, repeats, and who was seen when: the small pure rules that `events` gives on under its own name.

Standard library only, any thread. Times are Unix seconds.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol


def make_signature(event_type: str, user: str, content: object) -> str:
    """`type:user:hash`, the content signature of an event that carries no id.

    Unambiguous whatever the parts contain: separators inside type and user are escaped, and the hash covers all
    three parts with their lengths. SHA-1 names things here, it protects nothing.
    """
    parts = [str(event_type), str(user), str(content)]
    framed = b"".join(b"%d:%s" % (len(raw), raw) for raw in (p.encode("utf-8", "surrogatepass") for p in parts))
    digest = hashlib.sha1(framed, usedforsecurity=False).hexdigest()
    return f"{_escape(parts[0])}:{_escape(parts[1])}:{digest}"


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace(":", "%3A")


class Happening(Protocol):
    """An event, as far as it tells one from another."""

    @property
    def kind(self) -> Any: ...
    @property
    def user_id(self) -> Any: ...
    @property
    def key(self) -> Any: ...
    @property
    def text(self) -> Any: ...
    @property
    def count(self) -> Any: ...
    @property
    def group(self) -> Any: ...
    @property
    def streaking(self) -> Any: ...
    @property
    def at(self) -> Any: ...


def identity(event: Happening) -> str:
    """What makes two events the same happening: TikTok's message id; the content only where there is none.

    Without an id a comment is its words, so a replayed one is recognised; anything else is its moment too, since
    two equal roses are two roses.
    """
    if event.key:
        return str(event.key)
    moment = None if event.kind == "comment" else event.at
    return make_signature(event.kind, event.user_id, (event.text, event.count, event.group, event.streaking, moment))


@dataclass(slots=True)
class EventDeduper:
    """Tells the first sight of a signature from its repeats within `ttl_seconds`.

    At most `capacity` signatures are kept; the oldest go first.
    """

    ttl_seconds: float = 600.0
    capacity: int = 20_000
    clock: Callable[[], float] = time.time
    _seen: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def add(self, signature: str, now: float | None = None) -> bool:
        """True when it is new. `now` defaults to the clock. A repeat does not prolong the memory of the first sight."""
        moment = self.clock() if now is None else now
        while self._seen and moment - next(iter(self._seen.values())) >= self.ttl_seconds:
            self._seen.popitem(last=False)
        if signature in self._seen:
            return False
        self._seen[signature] = moment
        if len(self._seen) > self.capacity:
            self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._seen)


Viewers = MutableMapping[str, dict[str, float]]
"""username -> first_seen, last_seen and, once a greeting was scheduled, greeting_at."""


def touch_viewer(viewers: Viewers, username: str, now: float) -> dict[str, float]:
    """Note that this viewer is here; return their record."""
    record = viewers.setdefault(username, {"first_seen": now, "last_seen": now})
    record["last_seen"] = max(now, record["last_seen"])
    return record


def schedule_greeting(viewers: Viewers, username: str, now: float, cooldown: float) -> bool:
    """True when this viewer may be greeted (again), which is noted; False within `cooldown` seconds of the last time."""
    record = touch_viewer(viewers, username, now)
    last = record.get("greeting_at")
    if last is not None and now - last < cooldown:
        return False
    record["greeting_at"] = now
    return True
