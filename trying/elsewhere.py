"""Our own command line in a process of its own, so that hours of work never hold up the bot's loop. Any thread.

The child tells its progress as lines of JSON on its standard error (`{"progress": 0.25, "text": "..."}`), and its result
as one JSON object on its standard output. When it fails it tells why (`{"problem": ...}`, see `Told.parts`). It is killed when nobody wants it any more.
"""

import contextlib
import json
import logging
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from web.words import Told, retold

log = logging.getLogger(__name__)

LONGEST_RESULT = 16_000_000
"""Bytes of JSON."""

LOOK_SECONDS = 0.25
CLOSE_SECONDS = 5.0

Tell = Callable[[float, str], None]
"""Hears how much is done, and what is said just now; raises when it should be stopped."""


class ElsewhereError(Exception):
    """The child could not do it; what it told, else what it said, in one line."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`command` starts PalFriend; options are put behind it."""

    command: Sequence[str]

    def perform(self, options: Sequence[str], tell: Tell) -> Any:
        """The result. Raises ElsewhereError, and whatever `tell` raises; the child is gone then."""
        child = subprocess.Popen(  # noqa: S603 - our own program, with options that were checked
            [*self.command, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_WITHOUT_WINDOW,
        )
        out: list[bytes] = []
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        with child, _read(child.stdout, _into(out)), _read(child.stderr, lines.put), _killed_at_last(child):
            said = _follow(lines, tell)
            code = child.wait()
        return _result(code, b"".join(out), said)


_WITHOUT_WINDOW: dict[str, Any] = (
    {"creationflags": subprocess.CREATE_NO_WINDOW} if hasattr(subprocess, "CREATE_NO_WINDOW") else {}
)
"""Windows would open a console for it. Not tested: no Windows here."""


@contextlib.contextmanager
def _killed_at_last(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        if child.poll() is None:
            child.kill()


@contextlib.contextmanager
def _read(stream: IO[bytes] | None, take: Callable[[bytes], object]) -> Iterator[None]:
    """Inside, a thread hands on each line, and an empty one at the end. Leaves when the stream has ended."""

    def read() -> None:
        for line in stream or ():
            take(line)
        take(b"")

    reader = threading.Thread(target=read, name="web-elsewhere", daemon=True)
    reader.start()
    try:
        yield
    finally:
        reader.join(CLOSE_SECONDS)


def _into(out: list[bytes]) -> Callable[[bytes], None]:
    size = 0

    def take(line: bytes) -> None:
        nonlocal size
        size += len(line)
        if size <= LONGEST_RESULT:
            out.append(line)

    return take


def _follow(lines: "queue.SimpleQueue[bytes]", tell: Tell) -> str:
    """Pass the progress on until the child has ended; its last words that were none."""
    words = ""
    while True:
        try:
            line = lines.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            tell(0.0, "")  # whoever wants it stopped is not kept waiting by a child that says nothing
            continue
        if not line:
            return words
        try:
            news = json.loads(line)
        except ValueError:
            news = None
        if isinstance(news, dict) and "progress" in news:
            tell(float(news["progress"]), str(news.get("text", "")))
        elif isinstance(news, dict) and "problem" in news:
            words = retold(news["problem"])
        else:
            said = line.decode("utf-8", "replace").strip()
            words = words if isinstance(words, Told) else said or words


def _result(code: int, out: bytes, said: str) -> Any:
    try:
        return json.loads(out)
    except ValueError:
        log.error("a child ended with code %d and without a result", code)
        plain = said.removeprefix("PalFriend cannot start: ").removeprefix("PalFriend: ")
        raise ElsewhereError(said if isinstance(said, Told) else plain) from None
