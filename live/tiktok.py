"""The LIVE source: waits until the streamer is live, connects, delivers what happens, and comes back. Bot's loop.

What was measured with TikTokLive 7.0.1 and shapes this room: it never reconnects, notices no silence and no hanging
sign server; it raises almost anything; only the end of the task that `start()` returns tells that a connection is over;
what it knows is thrown away with it, so each try has a fresh client.
"""

import asyncio
import functools
import logging
import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events import Link, LinkState, LiveEvent, SourceError
from live import address
from live.address import Address
from live.budget import Budget
from live.decode import decode, kind_of
from live.diagnosis import (
    AGE_RESTRICTED,
    ENDED,
    FAULT,
    LOST,
    OFFLINE,
    SILENT,
    TROUBLE,
    Diagnosis,
    Pace,
    Retry,
    Signing,
    diagnose,
)
from live.library import discard, load, new_client, note_signing, point
from settings import TikTok

log = logging.getLogger(__name__)

Sink = Callable[[LiveEvent], None]
Report = Callable[[Link], None]

CHECK_SECONDS = 20.0
INFO_SECONDS = 5.0
RESTRICTED_SECONDS = 10.0
"""How long to wait for the first sign of life of a room that is restricted."""

SPREAD = 0.25
SIGNS_MOST = 30
SIGNS_WINDOW = 12
"""The sign server is asked at most so often in so many longest waits: in an hour, unless they are changed."""

LISTENED = (
    "CommentEvent",
    "GiftEvent",
    "LikeEvent",
    "JoinEvent",
    "SocialEvent",
    "SubNotifyEvent",
    "QuestionNewEvent",
    "EmoteChatEvent",
    "RoomUserSeqEvent",
    "PollEvent",
    "EnvelopeEvent",
    "LinkMicBattleEvent",
    "ImDeleteEvent",
    "ControlEvent",
)


@dataclass(slots=True)
class _Connection:
    """One attempt and what it has shown so far; times are the loop's."""

    heard: float
    """Last sign of life; to begin with, when the attempt began."""

    alive: bool = False
    """Something came over the socket."""

    room: int = 0
    """TikTok's number of the live, once the sign server is asked for it."""

    signing: Signing | None = None
    """The sign server is asked, which is the last that is done before the socket is opened."""

    client: Any = None
    task: "asyncio.Task[None] | None" = None
    since: float | None = None
    """When the socket was open."""

    starting: bool = False
    """The library is finding its way to the room."""

    ended: bool = False
    """The streamer has ended the live."""

    restricted: bool | None = None
    """TikTok does not tell us about this room as it does about others; None while that is not known."""


PAUSED = Link(state=LinkState.UP, code="tiktok_paused")


class TikTokSource:
    """An `EventSource`. Durations are seconds; each wait is prolonged by up to a quarter, at random.

    The waits after failures grow as `Retry` says and begin anew after a connection that brought events for
    `settled_seconds`. `close_seconds` bounds each step of closing a socket. `silence_seconds` is a little below the
    minute for which it may be called live while nothing comes.
    """

    def __init__(
        self,
        settings: TikTok,
        *,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = 60.0,
        silence_seconds: float = 58.0,
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
        self._budget = Budget(SIGNS_MOST, SIGNS_WINDOW * backoff_most, backoff_most)
        self._retry = Retry(poll=poll_seconds, first=backoff_first, slow=backoff_slow, most=backoff_most)
        self._cancels = 0
        self._said: Link | None = None
        self._broken: set[str] = set()
        self._failed = False
        """An error of ours cost events; shown until the end."""

        self._deaf = False
        """The last connection fell silent: that another one is open does not mean that it is heard."""

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
            may_sign = functools.partial(self._may_sign, connection)
            answered = functools.partial(self._answered, connection, say)
            client = connection.client = new_client(target, sign_url, self._close_seconds, may_sign, answered)
            note_signing(client, functools.partial(self._signed, connection))
            self._listen(connection, sink, say)
            live = await self._is_live(client)
            if live is False:
                return OFFLINE
            if live:
                say(_connecting(target))
            connection.starting = True
            connection.task = await self._start(client)
            connection.starting, connection.signing = False, None
            connection.restricted = await self._is_restricted(client)
            if connection.since is not None and not connection.restricted and not connection.alive:
                self._opened(say)
            diagnosis = await self._end_of(connection, connection.task)
            if connection.restricted and not connection.alive:
                diagnosis = AGE_RESTRICTED
        except Exception as error:  # border: the library raises anything, diagnosis.py sorts it  # noqa: BLE001
            self._raise_if_cancelled()
            diagnosis = diagnose(error, starting=connection.starting, signing=connection.signing)
            self._log_failure(error, diagnosis, connection)
        return ENDED if connection.ended else diagnosis

    def _log_failure(self, error: Exception, diagnosis: Diagnosis, connection: _Connection) -> None:
        if diagnosis is FAULT:
            self._failed = True
            log.error("an error of ours broke the connection", exc_info=error)
            return
        level = logging.WARNING if diagnosis is TROUBLE and not connection.ended else logging.DEBUG
        log.log(level, "connection failed: %s at %s", type(error).__name__, _place(error))

    def _may_sign(self, connection: _Connection, room: int) -> None:
        """Raises HeldBackError when asking the sign server for this room would only waste its patience."""
        connection.room = room
        self._budget.ask(room, asyncio.get_running_loop().time())
        connection.signing = Signing(at=self._clock())

    def _signed(self, connection: _Connection, answer: Any) -> None:
        connection.signing = Signing(at=self._clock(), status=answer.status_code, headers=answer.headers)

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

    async def _is_restricted(self, client: Any) -> bool:
        """Whether the room is one that only adults who are logged in may see, or TikTok treats this address so.

        Such a room can be connected to all the same, and as a rule nothing comes; where something comes, all is well.
        """
        try:
            async with asyncio.timeout(INFO_SECONDS):
                await client.web.fetch_room_info()
        except Exception as error:  # border: no answer, a page instead of JSON: that says nothing  # noqa: BLE001
            self._raise_if_cancelled()
            return diagnose(error, starting=False) is AGE_RESTRICTED
        return False

    async def _end_of(self, connection: _Connection, task: "asyncio.Task[None]") -> Diagnosis:
        """Why this connection is over, as soon as it is. Raises what the library's task raised."""
        loop = asyncio.get_running_loop()
        connection.heard = loop.time()
        while not task.done():
            patience = self._silence_seconds
            if connection.restricted and not connection.alive:
                patience = min(RESTRICTED_SECONDS, patience)
            left = connection.heard + patience - loop.time()
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

        def connected(_: object) -> None:
            connection.since = connection.heard = now()
            if connection.restricted is False:
                self._opened(say)

        def frame(_: object) -> None:
            if not connection.alive and self._said != PAUSED:  # what comes proves more than what TikTok tells
                say(self._up())
            connection.heard, connection.alive, self._deaf = now(), True, False

        def ended(_: object) -> None:
            connection.ended = True

        client.add_listener(events.ConnectEvent, connected)
        client.add_listener(events.WebsocketResponseEvent, frame)
        client.add_listener(events.LiveEndEvent, ended)
        client.add_listener(events.LivePauseEvent, lambda _: say(PAUSED))
        client.add_listener(events.LiveUnpauseEvent, lambda _: say(self._up()))
        client.listens_to("error")(lambda error: self._our_error("a handler failed", say, error))
        deliver = functools.partial(self._deliver, sink, say)
        for name in LISTENED:
            client.add_listener(getattr(events, name), deliver)

    def _deliver(self, sink: Sink, say: Report, event: Any) -> None:
        name = type(event).__name__
        try:
            kind = kind_of(event)
            happened = decode(kind, event, self._clock()) if kind else None
            if happened:
                sink(happened)
            elif kind:
                self.dropped += 1
                log.debug("%s without a viewer dropped", name)
        except Exception as error:  # border: it would end the connection, and the next event may be a good one  # noqa: BLE001
            self.dropped += 1
            if name not in self._broken:
                self._broken.add(name)
                self._our_error(f"{name} could not be delivered; said once", say, error)

    def _our_error(self, what: str, say: Report, error: Exception) -> None:
        """It must not end the live, nor go unnoticed: the log has it and the status goes on to show it."""
        log.error(what, exc_info=error)
        self._failed = True
        if self._said is not None and self._said.state is LinkState.UP:
            say(self._up() if self._said != PAUSED else PAUSED)

    def _opened(self, say: Report) -> None:
        if not self._deaf:
            say(self._up())

    def _answered(self, connection: _Connection, say: Report) -> None:
        """TikTok answers heartbeats: it is there again, although nothing happens."""
        if self._deaf:
            self._deaf = False
            if connection.restricted is False:
                self._opened(say)

    def _up(self) -> Link:
        return Link(state=LinkState.UP, code="tiktok_events_lost" if self._failed else "")

    def _delay(self, diagnosis: Diagnosis, connection: _Connection) -> float:
        """How long to wait before the next try; a connection that brought events for a while counts as a success."""
        self._deaf = self._deaf or diagnosis is SILENT
        if connection.alive:
            self._budget.spoke()
        elif diagnosis is SILENT and connection.since is not None:
            self._budget.silent(connection.room, asyncio.get_running_loop().time())
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
    if connection.client is not None:
        await discard(connection.client, connection.task, seconds)
