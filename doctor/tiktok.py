"""Looks at TikTok: reachable, does the name exist, is it live, what does the sign server grant. A loop.

What is asked is what a connection asks, by the same library, from the same servers. The sign server's quota is read,
which costs nothing; one signature of it is used only where the caller wants that.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from doctor.aside import aside
from doctor.finding import Finding, Light
from events import SourceError
from live import address
from live.diagnosis import BLOCKED, FAULT, KEY_REFUSED, NETWORK, SIGN_DOWN, TROUBLE, UNKNOWN_NAME, Diagnosis, diagnose
from live.library import bring, discard, limits_of, new_client, note_dates, point, room_by_page, room_of, sign
from settings import TikTok

CLOSE_SECONDS = 0.3
ENDED = 4
"""TikTok's status of a room without a live."""

SIGN_SECONDS = 4.0
"""How long each answer of the sign server may take; the library waits for ever."""

LOW_SHARE = 0.1
"""Of the sign server's quota: below it is worth mentioning."""


async def look_at_tiktok(
    tiktok: TikTok,
    *,
    within: float = 10.0,
    signature: bool = False,
    note_date: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> tuple[Finding, ...]:
    """Findings `tiktok`, `tiktok_name`, `tiktok_live`, `sign_server`, as far as it got; the last may be the first fault.

    Details: name, nickname, title, picture (an address), viewers, live (None: TikTok does not say); quota. Suggestion:
    the bare name. `signature`: use up one of the sign server's, to see whether it gives any. `note_date` hears each
    date that a server says it is. Raises TimeoutError when the computer is too slow to load the library in that time.
    """
    try:
        target = address.read(tiktok)
    except SourceError as error:
        code = error.link.code
        return (Finding(id="tiktok_name" if "name" in code else "tiktok", light=Light.RED, code=code),)
    began = time.monotonic()
    await aside(bring, within)
    try:
        async with asyncio.timeout(within - (time.monotonic() - began)):
            client = new_client(target, point(target), CLOSE_SECONDS)
            note_dates(client, note_date)
            try:
                return await _look(client, target.name, signature=signature, clock=clock)
            finally:
                await discard(client, None, CLOSE_SECONDS)
    except TimeoutError:
        return (Finding(id="tiktok", light=Light.RED, code="tiktok_network", params={"name": target.name}),)


async def _look(client: Any, name: str, *, signature: bool, clock: Callable[[], float]) -> tuple[Finding, ...]:
    try:
        room, about = await _room(client)
    except Exception as error:  # border: the library raises anything, diagnosis sorts it  # noqa: BLE001
        fault = diagnose(error, starting=False)
        if fault is not UNKNOWN_NAME:
            return (_fault("tiktok", fault, name),)
        reached = Finding(id="tiktok", light=Light.GREEN, code="tiktok_reached")
        return (reached, Finding(id="tiktok_name", light=Light.RED, code="tiktok_unknown_name", params={"name": name}))
    live = about["live"]
    code = {True: "tiktok_is_live", False: "tiktok_not_live", None: "tiktok_live_unknown"}[live]
    found = [
        Finding(id="tiktok", light=Light.GREEN, code="tiktok_reached"),
        Finding(
            id="tiktok_name",
            light=Light.GREEN,
            code="tiktok_name_known",
            params={"name": name},
            suggestion={"tiktok": {"unique_id": name}},
        ),
        Finding(id="tiktok_live", light=Light.GREEN, code=code, params={"name": name}, details={"name": name, **about}),
    ]
    return (*found, await _sign_server(client, room, signature=signature, clock=clock))


async def _room(client: Any) -> tuple[int, dict[str, Any]]:
    """The room's number and what is known of it. Raises what the library raises.

    Where TikTok hides the one answer, the library takes the number from the page, which tells no more.
    """
    try:
        found = await room_of(client)
        return _number(found), _about(found)
    except Exception as error:  # border: the library raises anything, diagnosis sorts it
        if diagnose(error, starting=False) not in {BLOCKED, TROUBLE, FAULT}:
            raise
        return await room_by_page(client), {"live": None}


def _number(found: Mapping[str, Any]) -> int:
    """0: the streamer has no room."""
    number = str(_part(found, "data", "user", "roomId") or "")
    return int(number) if number.isascii() and number.isdigit() else 0


def _about(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a page can show; None for what TikTok does not say."""
    status = _part(found, "data", "liveRoom", "status")
    picture = _part(found, "data", "liveRoom", "coverUrl") or _part(found, "data", "user", "avatarThumb")
    return {
        "live": status != ENDED if isinstance(status, int) else None,
        "nickname": _text(_part(found, "data", "user", "nickname")),
        "title": _text(_part(found, "data", "liveRoom", "title")),
        "picture": picture if isinstance(picture, str) and picture.startswith("https://") else None,
        "viewers": _count(_part(found, "data", "liveRoom", "liveRoomStats", "userCount")),
    }


def _part(found: Any, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _fault(part: str, fault: Diagnosis, name: str) -> Finding:
    return Finding(id=part, light=Light.RED, code=fault.code, params={"name": name, "until": _until(fault.wait)})


def _until(seconds: float) -> str:
    return time.strftime("%H:%M", time.localtime(time.time() + seconds))


async def _sign_server(client: Any, room: int, *, signature: bool, clock: Callable[[], float]) -> Finding:
    status, told = await _limits(client)
    quota = _quota(told)
    fault = _refusal(status, quota)
    until = _reset(told, quota, clock())
    if not fault and signature and room:
        fault, until = await _signature(client, room, until)
    if fault:
        code, params = fault, {"until": until}
        return Finding(id="sign_server", light=Light.RED, code=code, params=params, details={"quota": quota})
    light, code = Light.GREEN, "sign_ready"
    if any(window["remaining"] < LOW_SHARE * window["max"] for window in quota.values()):
        light, code = Light.YELLOW, "sign_low"
    elif not quota and not (signature and room):
        light, code = Light.SKIPPED, "sign_unknown"
    return Finding(id="sign_server", light=light, code=code, details={"quota": quota})


async def _limits(client: Any) -> tuple[int, Any]:
    """Status 503 where there is no server, 0 where it does not tell its limits."""
    try:
        async with asyncio.timeout(SIGN_SECONDS):
            return await limits_of(client)
    except Exception as error:  # border: whatever the library below raises, and JSON that is none  # noqa: BLE001
        gone = {"HTTPError", "TimeoutError"} & {kind.__name__ for kind in type(error).__mro__}
        return 503 if gone else 0, None


def _refusal(status: int, quota: Mapping[str, Mapping[str, int]]) -> str:
    """Why no signature needs to be asked for; empty when one may be had."""
    if status == 429 or any(window["remaining"] == 0 for window in quota.values()):
        return "tiktok_rate_limited"
    return {401: KEY_REFUSED.code, 403: BLOCKED.code, 503: SIGN_DOWN.code}.get(status, "")


async def _signature(client: Any, room: int, until: str) -> tuple[str, str]:
    """Why there is none (empty: there is), and until when."""
    try:
        async with asyncio.timeout(SIGN_SECONDS):
            await sign(client, room)
    except Exception as error:  # border: the library raises anything, diagnosis sorts it  # noqa: BLE001
        fault = diagnose(error, starting=True)
        until = _until(fault.wait) if fault.wait else until
        return SIGN_DOWN.code if fault in {TROUBLE, FAULT, NETWORK} else fault.code, until
    return "", until


def _quota(told: Any) -> dict[str, dict[str, int]]:
    """By minute, hour and day: how many connections are allowed and how many of them are left."""
    quota = {}
    for window in ("minute", "hour", "day"):
        most, left = _count(_part(told, window, "max")), _count(_part(told, window, "remaining"))
        if most and left is not None:
            quota[window] = {"max": most, "remaining": left}
    return quota


def _reset(told: Any, quota: Mapping[str, Mapping[str, int]], now: float) -> str:
    """Local time at which the windows that are used up begin anew; the least that is known otherwise."""
    moments = [now + 60.0]
    for window in quota:
        if quota[window]["remaining"] == 0 and isinstance(reset := _part(told, window, "reset_at"), str):
            try:
                moments.append(datetime.fromisoformat(reset).timestamp())
            except ValueError:  # a server that writes times in its own way
                continue
    return time.strftime("%H:%M", time.localtime(max(moments)))
