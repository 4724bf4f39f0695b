"""The LIVE source: waits until the streamer is live, connects, delivers what happens, and comes back. Bot's loop.

The only importer of TikTokLive (7.0.1). What was measured with it and shapes this room: it never reconnects, notices
no silence and no hanging sign server; it raises almost anything; only the end of the task that `start()` returns
tells that a connection is over; it leaves sockets and heartbeats behind; its import and the first message of each
type cost seconds, so both happen in a thread before the first connection.
"""

import asyncio
import functools
import logging
import os
import random
import threading
import time
import traceback
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events import EventKind, Link, LinkState, LiveEvent, SourceError
from live import address, lean
from live.address import Address
from live.decode import decode, social_kind
from live.diagnosis import LOST, OFFLINE, SILENT, TROUBLE, Diagnosis, Pace, Retry, diagnose
from settings import TikTok

log = logging.getLogger(__name__)

Sink = Callable[[LiveEvent], None]
Report = Callable[[Link], None]

CHECK_SECONDS = 20.0
SPREAD = 0.25
USED_MESSAGES = frozenset(
    {
        "WebcastChatMessage",
        "WebcastGiftMessage",
        "WebcastLikeMessage",
        "WebcastMemberMessage",
        "WebcastSocialMessage",
        "WebcastSubNotifyMessage",
        "WebcastControlMessage",
    }
)
TALKATIVE = ("httpx", "httpcore")
"""Loggers that write whole addresses: the sign server's contains the session id."""


def load(stop: threading.Event) -> None:
    """Import the library and warm it up; again is cheap. Blocks for seconds, returns early once `stop` is set."""
    with warnings.catch_warnings():  # it imports websockets.legacy, which is fatal where warnings are errors
        warnings.filterwarnings("ignore", r"websockets\..* is deprecated", DeprecationWarning)
        import TikTokLive  # noqa: F401 - for the warnings
    from TikTokLive.events.proto_events import EVENT_MAPPINGS
    from TikTokLiveProto.v3.message_pool import default_message_pool

    for message in list(default_message_pool.url_to_type.values()):
        if stop.is_set():
            return
        message()  # builds its validators, which would otherwise hold up the loop at the first real one
        time.sleep(0)  # the loop's thread has its turn
    for method in set(EVENT_MAPPINGS) - USED_MESSAGES:
        EVENT_MAPPINGS.pop(method)  # decoding is dear: what nobody listens to stays undecoded
    for event in EVENT_MAPPINGS.values():
        event().parse(b"")
    lean.readers(EVENT_MAPPINGS)  # what comes by the hundred would keep a whole core busy


def point(target: Address) -> str:
    """Set the servers of every client made from now on, empty ones to the library's own. Returns the sign server."""
    from TikTokLive.client.web.web_settings import WebDefaults

    own = type(WebDefaults)()
    sign_url = target.sign_url or os.environ.get("SIGN_API_URL") or own.tiktok_sign_url
    WebDefaults.tiktok_app_url = target.app_url or own.tiktok_app_url
    WebDefaults.tiktok_webcast_url = target.webcast_url or own.tiktok_webcast_url
    WebDefaults.tiktok_sign_url = sign_url  # the library compares the host below with this one
    os.environ["SIGN_SERVER_MESSAGE_DISABLED"] = "1"
    os.environ.pop("WHITELIST_AUTHENTICATED_SESSION_ID_HOST", None)
    if target.session:
        host = sign_url.rpartition("://")[2]
        os.environ["WHITELIST_AUTHENTICATED_SESSION_ID_HOST"] = host
        log.warning("a TikTok session id is set: it is sent to the sign server %s", host)
    return str(sign_url)


def new_client(target: Address, sign_url: str, close_seconds: float) -> Any:
    """A fresh client that waits at most `close_seconds` for each step of the other side's goodbye."""
    from TikTokLive import TikTokLiveClient

    client = TikTokLiveClient(
        target.name,
        web_kwargs={"signer_kwargs": {"sign_api_key": target.sign_key or None, "sign_api_base": sign_url}},
        ws_kwargs={"close_timeout": close_seconds},
    )
    client.ignore_broken_payload = True  # else it logs what viewers wrote
    client.logger.setLevel(logging.CRITICAL)  # every client resets it
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if target.session:
        client.web.set_session(*target.session)
        client.web.signer.sdk_client._verify_ssl = True  # else it goes to whoever answers in the sign server's place
    return client


@dataclass(slots=True)
class _Connection:
    """One attempt and what it has shown so far; times are the loop's."""

    heard: float
    """Last sign of life; to begin with, when the attempt began."""

    client: Any = None
    task: "asyncio.Task[None] | None" = None
    since: float | None = None
    """When the socket was open."""

    starting: bool = False
    """The library is finding its way to the room."""

    ended: bool = False
    """The streamer has ended the live."""


class TikTokSource:
    """An `EventSource`. Durations are seconds; each wait is prolonged by up to a quarter, at random.

    The waits after failures grow as `Retry` says and begin anew after a connection that brought events for
    `settled_seconds`. `close_seconds` bounds each step of closing a socket.
    """

    def __init__(
        self,
        settings: TikTok,
        *,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = 60.0,
        silence_seconds: float = 60.0,
        start_seconds: float = 40.0,
        settled_seconds: float = 120.0,
        backoff_first: float = 5.0,
        backoff_slow: float = 60.0,
        backoff_most: float = 300.0,
        close_seconds: float = 0.3,
    ) -> None:
        self.dropped = 0
        """Events that named nobody or could not be decoded."""
        self._settings, self._clock = settings, clock
        self._silence_seconds, self._start_seconds = silence_seconds, start_seconds
        self._settled_seconds, self._close_seconds = settled_seconds, close_seconds
        self._retry = Retry(poll=poll_seconds, first=backoff_first, slow=backoff_slow, most=backoff_most)
        self._cancels = 0
        self._said: Link | None = None
        self._broken: set[str] = set()

    async def run(self, sink: Sink, report: Report) -> None:
        """Follow the streamer's lives until cancelled. Raises SourceError when the streamer must change a setting."""
        self._cancels, self._said = _cancel_requests(), None
        say = functools.partial(self._say, report)
        try:
            await self._run(sink, say)
        except SourceError as hopeless:
            say(hopeless.link)
            raise
        except asyncio.CancelledError:
            say(Link())
            raise

    async def _run(self, sink: Sink, say: Report) -> None:
        target = address.read(self._settings)
        say(_connecting(target))
        stop = threading.Event()
        try:
            await asyncio.to_thread(load, stop)
        finally:
            stop.set()
        sign_url = point(target)
        while True:
            delay = await self._attempt(target, sign_url, sink, say)
            await asyncio.sleep(delay)

    async def _attempt(self, target: Address, sign_url: str, sink: Sink, say: Report) -> float:
        """One connection from the first question to its end; returns how long to wait before the next."""
        connection = _Connection(asyncio.get_running_loop().time())
        try:
            diagnosis = await self._outcome(connection, target, sign_url, sink, say)
            delay = self._delay(diagnosis, connection)
            until = time.strftime("%H:%M", time.localtime(self._clock() + delay))
            link = diagnosis.link(target.name, until)
            if diagnosis.pace is Pace.NEVER:
                raise SourceError(link)
            say(link)
            return delay
        finally:
            await _discard(connection, 6 * self._close_seconds)

    async def _outcome(
        self, connection: _Connection, target: Address, sign_url: str, sink: Sink, say: Report
    ) -> Diagnosis:
        try:
            client = connection.client = new_client(target, sign_url, self._close_seconds)
            self._listen(connection, sink, say)
            live = await self._is_live(client)
            if live is False:
                return OFFLINE
            if live:
                say(_connecting(target))
            connection.starting = True
            connection.task = await self._start(client)
            connection.starting = False
            diagnosis = await self._end_of(connection, connection.task)
        except Exception as error:  # border: the library raises anything, diagnosis.py sorts it  # noqa: BLE001
            self._raise_if_cancelled()
            diagnosis = diagnose(error, starting=connection.starting)
            level = logging.WARNING if diagnosis is TROUBLE and not connection.ended else logging.DEBUG
            log.log(level, "connection failed: %s at %s", type(error).__name__, _place(error))
        return OFFLINE if connection.ended else diagnosis

    async def _is_live(self, client: Any) -> bool | None:
        """None when unclear: that is not offline, `start()` asks in other ways and its error tells what is wrong."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return bool(await client.is_live())
        except Exception as error:  # border: no answer, a page instead of JSON, a field that is missing  # noqa: BLE001
            self._raise_if_cancelled()
            log.debug("unclear whether live: %s", type(error).__name__)
            return None

    async def _start(self, client: Any) -> "asyncio.Task[None]":
        try:
            async with asyncio.timeout(self._start_seconds) as limit:
                task: asyncio.Task[None] = await client.start(process_connect_events=False)
                return task
        except Exception as error:  # border: the library may turn the timeout's cancellation into an error of its own
            if limit.expired():
                raise TimeoutError from error
            raise

    async def _end_of(self, connection: _Connection, task: "asyncio.Task[None]") -> Diagnosis:
        """Why this connection is over, as soon as it is. Raises what the library's task raised."""
        loop = asyncio.get_running_loop()
        connection.heard = loop.time()
        while not task.done():
            left = connection.heard + self._silence_seconds - loop.time()
            if left <= 0:
                return SILENT
            await asyncio.wait({task}, timeout=left)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
        return LOST

    def _listen(self, connection: _Connection, sink: Sink, say: Report) -> None:
        """Register handlers, all of them plain functions: those keep the order and never pile up."""
        from TikTokLive import events

        client, now = connection.client, asyncio.get_running_loop().time
        up, paused = Link(state=LinkState.UP), Link(state=LinkState.UP, code="tiktok_paused")

        def connected(_: object) -> None:
            connection.since = connection.heard = now()
            say(up)

        def frame(_: object) -> None:
            connection.heard = now()

        def ended(_: object) -> None:
            connection.ended = True

        client.add_listener(events.ConnectEvent, connected)
        client.add_listener(events.WebsocketResponseEvent, frame)
        client.add_listener(events.LiveEndEvent, ended)
        client.add_listener(events.LivePauseEvent, lambda _: say(paused))
        client.add_listener(events.LiveUnpauseEvent, lambda _: say(up))
        client.listens_to("error")(lambda error: log.error("a handler failed", exc_info=error))
        for event, kind in (
            (events.CommentEvent, EventKind.COMMENT),
            (events.GiftEvent, EventKind.GIFT),
            (events.LikeEvent, EventKind.LIKE),
            (events.JoinEvent, EventKind.JOIN),
            (events.SubNotifyEvent, EventKind.SUBSCRIBE),
            (events.SocialEvent, None),
        ):
            client.add_listener(event, functools.partial(self._deliver, sink, kind))

    def _deliver(self, sink: Sink, kind: EventKind | None, event: Any) -> None:
        name = type(event).__name__
        try:
            kind = kind or social_kind(event)
            happened = decode(kind, event, self._clock()) if kind else None
            if happened:
                sink(happened)
            elif kind:
                self.dropped += 1
                log.debug("%s without a viewer dropped", name)
        except Exception:  # border: it would end the connection, and the next event may be a good one
            self.dropped += 1
            if name not in self._broken:
                self._broken.add(name)
                log.exception("%s could not be delivered; said once", name)

    def _delay(self, diagnosis: Diagnosis, connection: _Connection) -> float:
        """How long to wait before the next try; a connection that brought events for a while counts as a success."""
        if connection.since is not None and connection.heard - connection.since >= self._settled_seconds:
            self._retry.succeeded()
        return self._retry.delay(diagnosis) * random.uniform(1, 1 + SPREAD)  # noqa: S311 - spreads load only

    def _raise_if_cancelled(self) -> None:
        """The library turns a cancellation into an error of its own; it must not be lost."""
        if _cancel_requests() > self._cancels:
            raise asyncio.CancelledError

    def _say(self, report: Report, link: Link) -> None:
        """Report changes, once each."""
        if link != self._said:
            self._said = link
            log.info("%s %s", link.state, link.code)
            report(link)


def _connecting(target: Address) -> Link:
    return Link(state=LinkState.CONNECTING, code="tiktok_connecting", params=(("name", target.name),))


def _cancel_requests() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def _place(error: Exception) -> str:
    """Where it was raised. Its text is not for the log: it may quote a viewer, an address or a key."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


async def _discard(connection: _Connection, seconds: float) -> None:
    """Close all that the client has open; each step takes at most `seconds`."""
    client, task = connection.client, connection.task
    if client is None:
        return
    client.remove_all_listeners()
    if client.connected:
        await _within(seconds, client.disconnect)
    await _end_task(task, seconds)  # it is still opening the socket, or the other side does not let go
    await _end_task(client._ws._ping_loop, seconds)  # the library forgets it when a connection breaks
    await _within(seconds, client.web.close)
    await _within(seconds, lambda: client.web.signer.client.aclose())  # noqa: PLW0108 - looking it up may fail, too


async def _end_task(task: "asyncio.Task[None] | None", seconds: float) -> None:
    if task is None:
        return
    task.cancel()
    await asyncio.wait({task}, timeout=seconds)
    if task.done() and not task.cancelled() and task.exception():
        log.debug("ended by %s", type(task.exception()).__name__)


async def _within(seconds: float, close: Callable[[], Awaitable[object]]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await close()
    except Exception as error:  # border: closing may fail in any way, and nothing is left to save  # noqa: BLE001
        log.debug("closing failed: %s", type(error).__name__)
