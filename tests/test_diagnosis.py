"""Every way in which TikTokLive 7.0.1 was seen to fail has its meaning."""

import gzip
import json
import threading
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from events import Link, LinkState
from live import diagnosis
from live.diagnosis import Diagnosis, Pace, Retry, Signing, diagnose
from live.library import load


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    load(threading.Event())


def library(name: str, *args: Any) -> Callable[[], Exception]:
    def make() -> Exception:
        from TikTokLive.client import errors
        from TikTokLive.client.web.routes import fetch_is_live, fetch_room_id_live_html

        home = next(module for module in (errors, fetch_is_live, fetch_room_id_live_html) if hasattr(module, name))
        made: Exception = getattr(home, name)(*args)
        return made

    return make


def signing(status: int | None, **headers: str) -> Callable[[], Exception]:
    """What the sign server's answer becomes; None: there was none."""

    def make() -> Exception:
        from TikTokLive.client.errors import SignAPIError, SignatureRateLimitError

        response = None if status is None else httpx.Response(status, headers=headers)
        if status == 429:
            made: Exception = SignatureRateLimitError(None, "wait %s", response=response)
        else:
            made = SignAPIError(SignAPIError.ErrorReason.SIGN_NOT_200, "no", response=response)
        return made

    return make


def handshake(name: str, *args: Any) -> Callable[[], Exception]:
    def make() -> Exception:
        from websockets.legacy import exceptions

        made: Exception = getattr(exceptions, name)(*args)
        return made

    return make


def closed() -> Exception:
    from websockets.exceptions import ConnectionClosedError

    return ConnectionClosedError(None, None)


AT_START = [
    (library("UserOfflineError"), "tiktok_offline", Pace.POLL),
    (library("UserNotFoundError", "anna"), "tiktok_unknown_name", Pace.POLL),
    (library("MissingRoomIdInResponse"), "tiktok_blocked", Pace.SLOW),
    (library("FailedParseRoomIdError"), "tiktok_blocked", Pace.SLOW),
    (library("AgeRestrictedError"), "tiktok_age_restricted", Pace.SLOW),
    (lambda: json.JSONDecodeError("x", "<html>", 0), "tiktok_blocked", Pace.SLOW),
    (lambda: httpx.ReadTimeout("x"), "tiktok_network", Pace.QUICK),
    (lambda: httpx.ConnectError("x"), "tiktok_network", Pace.QUICK),
    (lambda: httpx.RemoteProtocolError("x"), "tiktok_network", Pace.QUICK),
    (TimeoutError, "tiktok_network", Pace.QUICK),
    (signing(401), "tiktok_key_refused", Pace.NEVER),
    (signing(403), "tiktok_blocked", Pace.SLOW),
    (signing(500), "tiktok_sign_down", Pace.QUICK),
    (signing(200), "tiktok_sign_down", Pace.QUICK),
    (signing(None), "tiktok_sign_down", Pace.QUICK),
    (AttributeError, "tiktok_trouble", Pace.QUICK),
    (ValueError, "tiktok_trouble", Pace.QUICK),
]
IN_TASK = [
    (library("InitialCursorMissingError"), "tiktok_blocked", Pace.SLOW),
    (library("WebsocketURLMissingError"), "tiktok_blocked", Pace.SLOW),
    (library("WebcastBlockedError"), "tiktok_blocked", Pace.SLOW),
    (handshake("InvalidStatusCode", 403, {}), "tiktok_blocked", Pace.SLOW),
    (handshake("InvalidStatusCode", 500, {}), "tiktok_network", Pace.QUICK),
    (handshake("InvalidMessage", "x"), "tiktok_network", Pace.QUICK),
    (TimeoutError, "tiktok_network", Pace.QUICK),
    (ConnectionResetError, "tiktok_network", Pace.QUICK),
    (closed, "tiktok_lost", Pace.QUICK),
    (ValueError, "tiktok_trouble", Pace.QUICK),
    (EOFError, "tiktok_trouble", Pace.QUICK),
    (KeyError, "tiktok_trouble", Pace.QUICK),
    (TypeError, "tiktok_trouble", Pace.QUICK),
    (lambda: zlib.error("x"), "tiktok_trouble", Pace.QUICK),
    (lambda: gzip.BadGzipFile("x"), "tiktok_trouble", Pace.QUICK),
]


@pytest.mark.parametrize(
    ("make", "code", "pace", "starting"),
    [*((*row, True) for row in AT_START), *((*row, False) for row in IN_TASK)],
)
def test_each_failure_has_its_meaning(make: Callable[[], Exception], code: str, pace: Pace, starting: bool) -> None:
    """The streamer reads the code's text, the next try keeps the pace."""
    verdict = diagnose(make(), starting=starting)
    assert (verdict.code, verdict.pace) == (code, pace)


@pytest.mark.parametrize(("header", "seconds"), [("0", 60.0), ("30", 60.0), ("90", 90.0), ("99999999", 86_400.0)])
def test_a_rate_limit_is_waited_out(header: str, seconds: float) -> None:
    """At least a minute; a nonsensical header does not silence the pal for years."""
    verdict = diagnose(signing(429, **{"RateLimit-Remaining": header})(), starting=True)
    assert verdict == Diagnosis(code="tiktok_rate_limited", wait=seconds)


def test_a_rate_limit_without_its_header_is_recognised() -> None:
    """The library then fails with a TypeError of its own."""
    with pytest.raises(TypeError) as caught:
        signing(429)()
    assert diagnose(caught.value, starting=True) == Diagnosis(code="tiktok_rate_limited", wait=300.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "900"}, 900.0),
        ({"Retry-After": "Fri, 02 Jan 1970 00:20:00 GMT"}, 1200.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "1800"}, 1800.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(86_400 + 2 * 10**9)}, 86_400.0),
        ({"RateLimit-Remaining": "soon"}, 300.0),
        ({"RateLimit-Remaining": "nan", "Retry-After": "-5"}, 60.0),
        ({"Retry-After": "Mon, 99 Foo 99999 99:99:99 GMT"}, 300.0),
        ({}, 300.0),
    ],
)
def test_a_rate_limit_is_waited_out_whatever_the_library_makes_of_it(headers: dict[str, str], seconds: float) -> None:
    """It reads one header of several, and fails in ways of its own when that one is missing, odd, or the body is."""
    answer = Signing(at=86_400.0, status=429, headers=httpx.Headers(headers))
    for error in (TypeError(), ValueError(), AttributeError()):
        verdict = diagnose(error, starting=True, signing=answer)
        assert verdict == Diagnosis(code="tiktok_rate_limited", wait=seconds)


@pytest.mark.parametrize(
    ("status", "code", "wait"),
    [
        (0, "tiktok_sign_down", 0.0),
        (200, "tiktok_sign_down", 0.0),
        (503, "tiktok_sign_down", 600.0),
        (401, "tiktok_key_refused", 0.0),
        (403, "tiktok_blocked", 0.0),
    ],
)
def test_what_fails_while_the_sign_server_is_asked_is_not_said_to_be_tiktok(
    status: int, code: str, wait: float
) -> None:
    """Nor the streamer's own internet: they would look for the fault at home."""
    headers = {"Retry-After": "600"} if wait else {}
    for error in (TimeoutError(), httpx.RemoteProtocolError("x"), ValueError(), AttributeError()):
        verdict = diagnose(error, starting=True, signing=Signing(at=0.0, status=status, headers=headers))
        assert (verdict.code, verdict.wait) == (code, wait)


def test_only_what_the_streamer_must_change_is_shown_as_an_error() -> None:
    """Everything else heals by itself; a limit says until when."""
    assert diagnosis.KEY_REFUSED.link("anna", "12:00").state is LinkState.ERROR
    assert diagnosis.OFFLINE.link("anna", "12:00") == Link(
        state=LinkState.WAITING, code="tiktok_offline", params=(("name", "anna"),)
    )
    limited = Diagnosis(code="tiktok_rate_limited", wait=60).link("anna", "12:00")
    assert limited.params == (("until", "12:00"),)


def test_waits_double_up_to_the_most_and_begin_anew_after_success() -> None:
    """Polling is no failure; a wait that was asked for is kept whatever the backoff."""
    retry = Retry(poll=60, first=5, slow=60, most=300)
    assert [retry.delay(diagnosis.LOST) for _ in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert retry.delay(diagnosis.OFFLINE) == 60
    assert retry.delay(diagnosis.LOST) == 5
    retry.succeeded()
    assert [retry.delay(diagnosis.BLOCKED) for _ in range(4)] == [60, 120, 240, 300]
    assert retry.delay(Diagnosis(code="tiktok_rate_limited", wait=900)) == 900


def test_waiting_for_weeks_does_not_overflow() -> None:
    """A bot may run unattended."""
    retry = Retry(poll=60, first=5, slow=60, most=300)
    assert {retry.delay(diagnosis.LOST) for _ in range(5000)} == {5, 10, 20, 40, 80, 160, 300}
