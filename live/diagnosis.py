"""Why a connection to TikTok failed, and what that means for the next try. Pure, any thread.

Exceptions are told apart by the names in their ancestry: they come from four libraries whose import costs seconds,
and this room must be readable without them. Table and traps as measured with TikTokLive 7.0.1.
"""

import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any, cast

from events import Link, LinkState, SourceError

HERE = {Path(__file__).parent, Path(__file__).parent.relative_to(Path(__file__).parent.parent)}
"""This wing's folder, as a traceback names it: the built program names it without what is above."""

SHORTEST_LIMIT = 60.0
LONGEST_LIMIT = 86_400.0
UNTOLD_LIMIT = 300.0
PATIENCE = ("Retry-After", "RateLimit-Reset", "RateLimit-Remaining")
"""Headers that say when the sign server may be asked again: seconds, Unix seconds or a date. The last is its own way."""

MOMENT = 1e9
"""A number of seconds that is larger is Unix time."""


class Pace(Enum):
    """How the next try is timed."""

    POLL = auto()
    """All is well, there is just no live: ask again at the polling interval."""

    QUICK = auto()
    """Soon, then ever later."""

    SLOW = auto()
    """The same, but late from the beginning: haste would make it worse."""

    NEVER = auto()
    """The streamer has to change something first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong (`reason.<code>` in the locales) and when to try again."""

    code: str
    pace: Pace = Pace.QUICK

    wait: float = 0.0
    """Seconds that must pass before the next try, whatever the pace."""

    def link(self, name: str, until: str) -> Link:
        """As it is shown. `name`: the streamer's; `until`: local time hh:mm of the next try."""
        state = LinkState.ERROR if self.pace is Pace.NEVER else LinkState.WAITING
        told_until = (("until", until),) if self.pace in {Pace.QUICK, Pace.SLOW} else ()
        params = told_until if self.wait else (("name", name), *told_until)
        return Link(state=state, code=self.code, params=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The sign server is asked, and what it has answered, as far as it did."""

    at: float
    """Unix seconds."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def patience(self) -> float | None:
        """Seconds for which it wants to be left alone; None when it does not say."""
        told = [_seconds(self.headers.get(name, ""), self.at) for name in PATIENCE]
        return max((seconds for seconds in told if seconds is not None), default=None)


def _seconds(text: str, now: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _until_date(text, now)
    if not math.isfinite(number):
        return None
    return number - now if number > MOMENT else number


def _until_date(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError, OSError):  # no date, or one that this system cannot count
        return None


class HeldBackError(Exception):
    """We ourselves did not ask the sign server, and this is why."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.code)
        self.diagnosis = diagnosis


@dataclass(slots=True, kw_only=True)
class Retry:
    """Seconds to wait: `poll` while nothing is wrong, else `first` (or `slow`), doubled with each failure up to `most`."""

    poll: float
    first: float
    slow: float
    most: float
    _failures: int = field(default=0, init=False)

    def delay(self, diagnosis: Diagnosis) -> float:
        """How long to wait now that this has happened."""
        if diagnosis.pace is Pace.POLL:
            self._failures = 0
            return self.poll
        first = self.slow if diagnosis.pace is Pace.SLOW else self.first
        wait = min(first * 2.0 ** min(self._failures, 16), self.most)
        self._failures += 1
        return max(wait, diagnosis.wait)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0


OFFLINE = Diagnosis(code="tiktok_offline", pace=Pace.POLL)
ENDED = Diagnosis(code="tiktok_ended", pace=Pace.POLL)
DEAD_ROOM = Diagnosis(code="tiktok_dead_room", pace=Pace.POLL)
UNKNOWN_NAME = Diagnosis(code="tiktok_unknown_name", pace=Pace.POLL)
AGE_RESTRICTED = Diagnosis(code="tiktok_age_restricted", pace=Pace.SLOW)
BLOCKED = Diagnosis(code="tiktok_blocked", pace=Pace.SLOW)
KEY_REFUSED = Diagnosis(code="tiktok_key_refused", pace=Pace.NEVER)
SIGN_DOWN = Diagnosis(code="tiktok_sign_down")
NETWORK = Diagnosis(code="tiktok_network")
LOST = Diagnosis(code="tiktok_lost")
SILENT = Diagnosis(code="tiktok_silent")
TROUBLE = Diagnosis(code="tiktok_trouble")
FAULT = Diagnosis(code="tiktok_fault")

BY_NAME = {
    "UserOfflineError": OFFLINE,
    "UserNotFoundError": UNKNOWN_NAME,
    "AgeRestrictedError": AGE_RESTRICTED,
    "WebcastBlockedError": BLOCKED,
    "MissingRoomIdInResponse": BLOCKED,
    "FailedParseRoomIdError": BLOCKED,
    "InitialCursorMissingError": BLOCKED,
    "WebsocketURLMissingError": BLOCKED,
    "JSONDecodeError": BLOCKED,
    "ConnectionClosed": LOST,
    "InvalidHandshake": NETWORK,
    "HTTPError": NETWORK,
    "BadGzipFile": TROUBLE,
    "OSError": NETWORK,
}


def diagnose(error: BaseException, *, starting: bool, signing: Signing | None = None) -> Diagnosis:
    """Tell what this exception means. `starting`: it was raised before the connection was being opened; `signing`: while
    the sign server was asked, of whose answers the library makes anything."""
    if isinstance(error, HeldBackError):
        return error.diagnosis
    if is_ours(error):
        return FAULT
    return _of_the_sign_server(signing) if signing else _of_the_library(error, starting=starting)


def _of_the_sign_server(signing: Signing) -> Diagnosis:
    if signing.status == 429:
        return _rate_limited(UNTOLD_LIMIT if signing.patience is None else signing.patience)
    refused = _refused_by_sign_server(signing.status)
    return replace(refused, wait=min(max(signing.patience or 0.0, 0.0), LONGEST_LIMIT))


def _of_the_library(error: BaseException, *, starting: bool) -> Diagnosis:
    ancestry = [ancestor.__name__ for ancestor in type(error).__mro__]
    facts = cast("Any", error)
    if "SignatureRateLimitError" in ancestry:
        return _rate_limited(float(facts.retry_after))
    if starting and isinstance(error, TypeError):  # what the library makes of a 429 without the header it expects
        return _rate_limited(UNTOLD_LIMIT)
    if "SignAPIError" in ancestry:
        return _refused_by_sign_server(facts.response.status_code if facts.response is not None else 0)
    if "InvalidStatusCode" in ancestry and facts.status_code == 403:
        return BLOCKED
    return next((BY_NAME[name] for name in ancestry if name in BY_NAME), TROUBLE)


def is_ours(error: BaseException) -> bool:
    """Whether it is a programming error of this wing: raised in its own lines, not by what they call."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).parent in HERE and not isinstance(error, OSError | SourceError)


def _rate_limited(seconds: float) -> Diagnosis:
    return Diagnosis(code="tiktok_rate_limited", wait=min(max(seconds, SHORTEST_LIMIT), LONGEST_LIMIT))


def _refused_by_sign_server(status: int) -> Diagnosis:
    return {401: KEY_REFUSED, 403: BLOCKED}.get(status, SIGN_DOWN)
