"""TikTokLive set up and taken down: loaded and warm, pointed at its servers, a client made and closed. Bot's loop; `load` a thread.

With `live/tiktok` the only importer of TikTokLive (7.0.1). Measured with it: its import and the first message of each
type cost seconds; a client leaves sockets and heartbeats behind; its own `close()` cannot run inside a running loop.
"""

import asyncio
import functools
import gc
import logging
import os
import threading
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from live import lean
from live.address import Address

log = logging.getLogger(__name__)

USED_MESSAGES = frozenset(
    {
        "WebcastChatMessage",
        "WebcastGiftMessage",
        "WebcastLikeMessage",
        "WebcastMemberMessage",
        "WebcastSocialMessage",
        "WebcastSubNotifyMessage",
        "WebcastControlMessage",
        "WebcastRoomUserSeqMessage",
        "WebcastQuestionNewMessage",
        "WebcastEmoteChatMessage",
        "WebcastPollMessage",
        "WebcastEnvelopeMessage",
        "WebcastLinkMicBattle",
        "WebcastImDeleteMessage",
    }
)
"""What is decoded at all. Viewer counts come every other second and are the dearest of all when read whole; `live/lean`
reads them for a hundredth of that, so none needs to be left out."""

TALKATIVE = ("httpx", "httpcore")
"""Loggers that write whole addresses: the sign server's contains the session id."""

HEARTBEAT, LONGEST_HEARTBEAT = b"\x3a\x02hb", 200
"""What stands in the frame that answers one: its field 7, the kind of frame; and bytes it has at most."""

SAMPLE_DEPTH = 2
"""Messages inside messages that a sample has; in them stands every user, badge and text that the wire brings."""


def bring() -> None:
    """Only import it, which takes a second or more."""
    with warnings.catch_warnings():  # it imports websockets.legacy, which is fatal where warnings are errors
        warnings.filterwarnings("ignore", r"websockets\..* is deprecated", DeprecationWarning)
        import TikTokLive  # noqa: F401 - for the warnings


def load(stop: threading.Event) -> None:
    """Import the library and warm it up; again is cheap. Blocks for seconds, returns early once `stop` is set."""
    bring()
    from TikTokLive.events.proto_events import EVENT_MAPPINGS
    from TikTokLiveProto.v3.message_pool import default_message_pool

    for message in list(default_message_pool.url_to_type.values()):
        if stop.is_set():
            return
        message()  # builds its validators, which would otherwise hold up the loop at the first real one
        time.sleep(0)  # the loop's thread has its turn
    for method in set(EVENT_MAPPINGS) - USED_MESSAGES:
        EVENT_MAPPINGS.pop(method)  # decoding is dear: what nobody listens to stays undecoded
    for event in list(EVENT_MAPPINGS.values()):
        if stop.is_set():
            return
        if not isinstance(event, lean.Reader):
            event().parse(bytes(sample(event)))  # builds what only reading builds, for what stands inside, too
            time.sleep(0)
    is_first = not any(isinstance(event, lean.Reader) for event in EVENT_MAPPINGS.values())
    lean.readers(EVENT_MAPPINGS)  # what comes by the hundred would keep a whole core busy
    if is_first:
        gc.freeze()  # its hundred thousands of schema parts stay: looking through them stops everything for half a second


def sample(message: Any, depth: int = SAMPLE_DEPTH) -> Any:
    """A message of this class of the library with every message inside it present."""
    made = message()
    for name, meta in made._betterproto.meta_by_field_name.items():
        if depth and meta.proto_type == "message":
            inner = sample(made._betterproto.cls_by_field[name], depth - 1)
            setattr(made, name, [inner] if meta.repeated else inner)
    return made


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


def new_client(
    target: Address,
    sign_url: str,
    close_seconds: float,
    may_sign: Callable[[int], None] = lambda _: None,
    answered: Callable[[], None] = lambda: None,
) -> Any:
    """A fresh client that waits at most `close_seconds` for each step of the other side's goodbye.

    `may_sign` is told the room before the sign server is asked, and raises when it must not be. `answered` is told of each
    answer to a heartbeat, which the library keeps to itself.
    """
    from TikTokLive import TikTokLiveClient

    client = TikTokLiveClient(
        target.name,
        web_kwargs={"signer_kwargs": {"sign_api_key": target.sign_key or None, "sign_api_base": sign_url}},
    )
    opened: list[Any] = []
    options = {"close_timeout": close_seconds, "create_protocol": functools.partial(_hearing, answered, opened)}
    client._ws = _patient_socket()(ws_kwargs=options)
    client._ws.opened = opened
    sign = client.web.fetch_signed_websocket

    async def sign_if_allowed(*args: Any, **options: Any) -> Any:
        may_sign(client.room_id)
        return await sign(*args, **options)

    client.web.fetch_signed_websocket = sign_if_allowed
    client.ignore_broken_payload = True  # else it logs what viewers wrote
    client.logger.setLevel(logging.CRITICAL)  # every client resets it
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if target.session:
        client.web.set_session(*target.session)
        client.web.signer.sdk_client._verify_ssl = True  # else it goes to whoever answers in the sign server's place
    return client


def _hearing(answered: Callable[[], None], opened: list[Any], **options: Any) -> Any:
    """A connection that tells of answers to heartbeats, and can be closed when the library has lost sight of it."""
    from TikTokLive.client.ws.ws_client import WebSocketClientProtocol

    protocol: Any = WebSocketClientProtocol(**options)
    receive = protocol.recv

    async def hear() -> Any:
        frame = await receive()
        if len(frame) < LONGEST_HEARTBEAT and HEARTBEAT in frame:
            answered()
        return frame

    protocol.recv = hear
    opened.append(protocol)
    return protocol


@functools.cache
def _patient_socket() -> Any:
    """The library's socket, but one that reads on after the other side has closed: the library throws away what has come
    by then, which may be gifts."""
    from TikTokLive.client.ws.ws_client import WebcastWSClient

    def connected(self: Any) -> bool:
        """While there is something to be read."""
        return bool(self.ws and (self.ws.open or self.ws.messages))

    async def send(self: Any, message: Any) -> None:
        """Whoever has closed needs no acknowledgement, and what has come is still to be read."""
        if not (self.ws and self.ws.open):
            return
        try:
            await WebcastWSClient.send(self, message)
        except Exception as error:  # border: it breaks off meanwhile, which reading tells, too  # noqa: BLE001
            log.debug("sending failed: %s", type(error).__name__)

    return type("PatientSocket", (WebcastWSClient,), {"connected": property(connected), "send": send})


async def room_of(client: Any) -> dict[str, Any]:
    """What TikTok tells of the streamer and their room, live or not, as its JSON. Raises what the library raises."""
    from TikTokLive.client.web.routes.fetch_room_id_api import FetchRoomIdAPIRoute

    found: dict[str, Any] = await FetchRoomIdAPIRoute.fetch_user_room_data(client.web, client.unique_id)
    return found


async def room_by_page(client: Any) -> int:
    """The room's number from the streamer's page. Raises what the library raises."""
    return int(await client.web.fetch_room_id_from_html(client.unique_id))


async def limits_of(client: Any) -> tuple[int, Any]:
    """The sign server's status and JSON about what it grants; asking costs nothing of it. Raises as the library does."""
    answer = await client.web.signer.sdk_client.get_async_httpx_client().get("/webcast/rate_limits")
    return answer.status_code, answer.json() if answer.content else None


async def sign(client: Any, room: int) -> None:
    """Ask the sign server for one signature, as a connection does. Raises what the library raises."""
    from TikTokLive.client.web.routes.fetch_signed_websocket import WebcastPlatform

    await client.web.fetch_signed_websocket(WebcastPlatform.WEB, room)


def note_dates(client: Any, note: Callable[[str], None]) -> None:
    """Have `note` called with each date that TikTok or the sign server says it is."""

    def look(answer: Any) -> None:
        if date := answer.headers.get("date"):
            note(date)

    _note(client.web.httpx_client, look)
    note_signing(client, look)


def note_signing(client: Any, look: Callable[[Any], None]) -> None:
    """Have `look` called with each answer of the sign server: it has `status_code` and `headers`."""
    _note(client.web.signer.sdk_client.get_async_httpx_client(), look)


def _note(inside: Any, look: Callable[[Any], None]) -> None:
    async def hook(answer: Any) -> None:
        look(answer)

    inside.event_hooks["response"].append(hook)


async def discard(client: Any, task: "asyncio.Task[None] | None", seconds: float) -> None:
    """Close all that the client and its task have open; each step takes at most `seconds`."""
    client.remove_all_listeners()
    if client.connected:
        await _within(seconds, client.disconnect)
    await _end_task(task, seconds)  # it is still opening the socket, or the other side does not let go
    for connection in client._ws.opened:
        await _within(seconds, connection.close)  # what the other side has closed is not yet closed here
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
