"""Animaze: the avatar's WebSocket. One line at a time, verbatim, reconnecting for ever.

Lives on the bot's loop; the only importer of websockets. Wire facts: the vendor's "Animaze API" document and the
ChatPal manual ("Echo function"). A message that starts with `-echo ` is spoken as it is; any other is a prompt for
Animaze's own language model. `ChatbotSpeechStarted/Ended` exist in some versions only and are up to a second off;
there is no command to stop speaking.
"""

import asyncio
import contextlib
import itertools
import json
import logging
import random
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

import settings
from events import AvatarError, Link, LinkState
from voice.duration import seconds_to_say
from voice.mouth import Line, Mouth
from voice.pace import Pace

__all__ = ["KNOWN_PORTS", "LONGEST_DELAY", "AnimazeAvatar", "Line", "Mouth", "backoff", "plain"]

log = logging.getLogger(__name__)

KNOWN_PORTS = (8008, 9000)
"""Where Animaze listens in one version or another."""

OPEN_SECONDS = 3.0
PING_SECONDS = 5.0
CLOSE_SECONDS = 1.0
PROOF_SECONDS = 1.0
"""How long a program on another port may take to show that it is Animaze."""

MAX_FRAME = 2**24
"""Bytes; more would cost the connection, and with it the line in flight. Icons of other clients are large."""

OUR_FRAME = 2**16
"""Bytes; nothing we ask for or listen to is larger, and to read more would hold up the loop."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0
STABLE_SECONDS = 1.0
"""A connection that lived this long was a real one: the next loss is answered quickly again."""

EVENTS = {"ChatbotSpeechStarted", "ChatbotSpeechEnded", "AvatarChanged"}

_DASH_BEFORE_A_WORD = re.compile(r"(?<!\w)[-‐-―−－]+(?=[^\W\d_])")


TAG = re.compile(r"[^\W_]+(?:[ _-][^\W_]+)*")
"""What a tag of an emotion can be: words; nothing that could end it or begin a command."""


def plain(text: str) -> str:
    """One line of text that cannot start a command of ChatPal, whatever a viewer or a model put in; may be empty.

    Control characters and line breaks become spaces, dashes that could open `-chatConfig` or a second `-echo` go.
    """
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    line = _DASH_BEFORE_A_WORD.sub("", " ".join(visible.split()))
    start = next((i for i, c in enumerate(line) if not _can_hide_a_command(c)), len(line))
    return line[start:]


def _can_hide_a_command(character: str) -> bool:
    return character == "−" or unicodedata.category(character) in {"Pd", "Cf", "Zs", "Cn", "Co"}


def shows_animaze(frame: bytes, question: Mapping[str, str]) -> bool | None:
    """Whether this frame is from Animaze, which was asked this question; None when it does not tell.

    Animaze repeats action and id and adds something of its own; an echo adds nothing.
    """
    try:
        said: Any = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if said.get("event") in EVENTS:
        return True
    if said.get("id") != question["id"]:
        return None
    return said.get("action") == question["action"] and said.keys() > question.keys()


def backoff() -> Iterator[float]:
    """Seconds to wait before each further attempt: growing, jittered, for ever."""
    delay = FIRST_DELAY
    while True:
        yield delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, protects nothing
        delay = min(delay * 1.6, LONGEST_DELAY)


class AnimazeAvatar:
    """An `Avatar` that speaks through Animaze Desktop.

    `estimate` gives the seconds a text takes to say where Animaze does not tell; `pace` learns them where it does.
    `other_ports` are tried on the same host when the configured one does not answer.
    """

    def __init__(
        self,
        animaze: settings.Animaze,
        speech: settings.Speech,
        *,
        estimate: Callable[[str], float] = seconds_to_say,
        pace: Pace | None = None,
        other_ports: Sequence[int] = KNOWN_PORTS,
        delays: Callable[[], Iterator[float]] = backoff,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self.last: Line | None = None
        """The line that was sent last, and what became of it."""
        self._animaze = animaze
        self._estimate, self._pace = estimate, pace
        self._speech = speech
        self._mouth = Mouth(0.0, 0.0)
        self._tune()
        self._others = tuple(port for port in other_ports if port != animaze.port)
        self._delays = delays
        self._ping_seconds = ping_seconds
        self._socket: ClientConnection | None = None
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._withdrawals = 0
        self._link: Link | None = None
        self._last_port = animaze.port
        self._silent: set[int] = set()
        """Other ports where somebody listens and would not say who."""

    async def run(self, report: Callable[[Link], None]) -> None:
        """Hold the connection until cancelled, reconnecting for ever."""
        self._link = None
        self._tell(report, LinkState.CONNECTING, "animaze_connecting")
        loop, delays = asyncio.get_running_loop(), self._delays()
        for attempt in itertools.count():
            opened = await self._open(attempt)
            if opened is None:
                self._tell(report, LinkState.WAITING, "animaze_unreachable")
            else:
                since = loop.time()
                await self._hold(*opened, report)
                if loop.time() - since >= STABLE_SECONDS:
                    delays = self._delays()
                self._tell(report, LinkState.CONNECTING, "animaze_lost")
            await asyncio.sleep(next(delays))

    async def ready(self) -> None:
        """Return as soon as something could be said: connected, and nobody makes the avatar speak."""
        while self._socket is None or self._mouth.busy:
            await self._change()

    async def say(self, text: str, emotion: str = "") -> None:
        """Send one line as one message and return when it has been heard, plus the pause after it.

        Raises AvatarError: empty, unreachable, withdrawn or refused (not sent), lost (sent unless it says otherwise),
        unheard (sent: Animaze, which answers what it is sent, did not, nor did it tell that it speaks).
        """
        message, withdrawals = plain(text), self._withdrawals
        if not message:
            raise AvatarError("empty", sent=False)
        async with self._turn:
            while self._socket and self._mouth.busy and self._withdrawals == withdrawals:
                await self._change()
            if self._withdrawals != withdrawals:
                raise AvatarError("withdrawn", sent=False)
            line = await self._send(message, emotion)
            while not line.fate:
                await self._change()
            if self._pace and line.took is not None:
                self._pace.learn(message, line.took)
            if line.fate in {"lost", "refused", "unheard"}:
                raise AvatarError(line.fate, sent=line.fate != "refused")
            await asyncio.sleep(self._speech.post_gap_ms / 1000)

    def withdraw(self) -> None:
        """Who waits in `say` for a silent mouth sends nothing any more."""
        self._withdrawals += 1
        self._news()

    async def _send(self, message: str, emotion: str) -> Line:
        """Put the message on the wire. The line exists before: Animaze may begin to speak while we still send."""
        socket = self._socket
        if socket is None:
            raise AvatarError("unreachable", sent=False)
        now = asyncio.get_running_loop().time()
        line = Line(id=uuid.uuid4().hex, sent_at=now, estimate=self._estimate(message))
        frame = {"action": "ChatbotSendMessage", "id": line.id, "message": self._addressed(message, emotion)}
        self.last = line
        self._tune()
        self._mouth.begin(line)
        try:
            await socket.send(json.dumps(frame))
        except ConnectionClosed as error:
            self._mouth.unsent()
            raise AvatarError("lost", sent=False) from error
        log.debug("sent characters=%d estimate=%.1f", len(message), line.estimate)
        return line

    def _tune(self) -> None:
        """Go by the settings as they are now."""
        self._mouth.start_timeout = self._speech.wait_start_timeout_ms / 1000
        self._mouth.ceiling = self._speech.max_speech_ms / 1000

    def _addressed(self, message: str, emotion: str) -> str:
        """With the tag of the emotion before the words; a prompt for Animaze's own model has no use for it."""
        if not self._animaze.echo:
            return message
        return f"-echo [{emotion}] {message}" if TAG.fullmatch(emotion) else f"-echo {message}"

    async def _change(self) -> None:
        """Wait for news from the socket, at most until the mouth counts as silent."""
        changed, loop = self._changed, asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(self._mouth.free_at() if self._mouth.busy else None):
                await changed.wait()
        except TimeoutError:
            if self._mouth.busy and self._mouth.free_at() <= loop.time():
                self._mouth.expire()
                self._news()

    def _news(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _open(self, attempt: int) -> tuple[ClientConnection, int] | None:
        """A socket and its port: the configured one, else one of the other known ones in turn; None when nobody answers."""
        host = self._animaze.host
        hosts = (host, "127.0.0.1") if host.lower() == "localhost" else (host,)
        ports = [self._animaze.port]
        if self._others:
            ports.append(self._others[attempt % len(self._others)])
        for port, name in itertools.product(ports, hosts):
            try:
                socket = await self._connect(name, port)
                if port == self._animaze.port or await self._is_animaze(socket, port):
                    return socket, port
                await socket.close()
            except (OSError, WebSocketException, ValueError) as error:  # ValueError: a host that is no host name
                log.debug("no Animaze at port %d: %s", port, error)
        return None

    async def _is_animaze(self, socket: ClientConnection, port: int) -> bool:
        """Whether whoever listens on a port that nobody configured is Animaze: it is asked something harmless.

        One that only keeps silent is used from the second time on, when no other port had a better one meanwhile: an
        old version may not know the question. One that answers like anybody else never is.
        """
        question = {"action": "GetAvatars", "id": uuid.uuid4().hex}
        try:
            await socket.send(json.dumps(question))
            async with asyncio.timeout(PROOF_SECONDS):
                while (proof := shows_animaze(await socket.recv(decode=False), question)) is None:
                    pass
                return proof
        except TimeoutError:
            known, self._silent = port in self._silent, self._silent | {port}
            return known
        except BaseException:
            socket.transport.abort()
            raise

    async def _connect(self, host: str, port: int) -> ClientConnection:
        address = f"[{host}]" if ":" in host else host
        return await connect(
            f"ws://{address}:{port}",
            host=host,  # said twice, websockets does not follow a redirect to somebody else
            port=port,
            happy_eyeballs_delay=0.25,  # a closed port on ::1 takes Windows two seconds
            proxy=None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=self._ping_seconds,
            ping_timeout=self._ping_seconds,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_FRAME,
        )

    async def _hold(self, socket: ClientConnection, port: int, report: Callable[[Link], None]) -> None:
        """Listen on this connection until it is lost."""
        if port != self._last_port:
            self._last_port = port
            self._mouth.forget()
        self._socket = socket
        self._news()
        self._tell(report, LinkState.UP, "" if port == self._animaze.port else "animaze_other_port", port)
        try:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self._receive(await socket.recv(decode=False))
        finally:
            self._socket = None
            self._mouth.lost()
            self._news()
            if self._pace:
                self._pace.save()
            await socket.close()

    def _receive(self, frame: bytes) -> None:
        """Take in one frame; what is not understood is left alone."""
        if len(frame) > OUR_FRAME:
            return
        try:
            said: Any = json.loads(frame)
        except (ValueError, RecursionError):
            log.debug("not JSON: %d bytes", len(frame))
            return
        now = asyncio.get_running_loop().time()
        match said:
            case {"event": "ChatbotSpeechStarted"}:
                self._mouth.started(now)
            case {"event": "ChatbotSpeechEnded"}:
                self._mouth.ended(now)
            case {"event": "AvatarChanged", "new_avatar": str(avatar)} if self._pace:
                self._pace.meet(avatar)
            case {"id": str(message_id), "error": reason} if reason:
                log.debug("refused: %s", reason)
                self._mouth.refused(message_id)
            case {"id": str(message_id), "action": "ChatbotSendMessage"}:
                self._mouth.answered(message_id)
            case _:
                return
        self._news()

    def _tell(self, report: Callable[[Link], None], state: LinkState, code: str, port: int | None = None) -> None:
        """Report what is new about the connection."""
        params = (("host", self._animaze.host), ("port", str(port or self._animaze.port)))
        link = Link(state=state, code=code, params=params if code else ())
        if link != self._link:
            self._link = link
            log.info("Animaze: %s %s", state, code)
            report(link)
