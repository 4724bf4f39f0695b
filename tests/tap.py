"""A tap on a wire: passes every byte on and keeps what the house said; and the forms in which a secret may hide in bytes."""

import asyncio
import base64
import contextlib
import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

CHUNK = 12
"""Characters: so long a piece of a secret, from either end, is a leak too."""


@dataclass
class Tap:
    """Listens on a port of its own, before a server on this computer. `async with`."""

    target: int
    port: int = 0
    _said: list[bytearray] = field(default_factory=list)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def heard(self) -> bytes:
        """What has come from the house so far, websocket frames also without their masks."""
        return b"".join(bytes(said) + unmasked(bytes(said)) for said in self._said)

    async def __aenter__(self) -> "Tap":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        said = bytearray()
        self._said.append(said)
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pass_on(reader, onward, said))
                    group.create_task(_pass_on(there, writer, bytearray()))
            finally:
                onward.transport.abort()
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # one side tore it, as the tests want it; or the test is over
        finally:
            writer.transport.abort()
            self._tasks.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
    while data := await reader.read(65_536):
        kept += data
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


def unmasked(said: bytes) -> bytes:
    """The payloads of a client's websocket frames behind its handshake; nothing where there was none."""
    head, _, rest = said.partition(b"\r\n\r\n")
    payloads = bytearray()
    if b"upgrade: websocket" not in head.lower():
        return b""
    while len(rest) >= 6:
        length, at = rest[1] & 0x7F, 2
        if length > 125:
            size = 2 if length == 126 else 8
            length, at = struct.unpack(">H" if size == 2 else ">Q", rest[2 : 2 + size])[0], 2 + size
        mask, payload = rest[at : at + 4], rest[at + 4 : at + 4 + length]
        payloads += bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        rest = rest[at + 4 + length :]
    return bytes(payloads)


def forms(secret: str) -> dict[str, bytes]:
    """How this secret may stand in bytes."""
    raw = secret.encode()
    found = {
        "as it is": raw,
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "json in json": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "utf-16": secret.encode("utf-16-le"),
        "its beginning": raw[:CHUNK],
        "its end": raw[-CHUNK:],
        "its end reversed": raw[::-1][:CHUNK],
    }
    for before in range(3):
        middle = base64.b64encode(b"x" * before + raw)[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        found[f"base64 {before}"] = middle
        found[f"url-safe base64 {before}"] = middle.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def traces(secret: str, data: bytes) -> list[str]:
    """The forms in which it stands there, each with what is around it."""
    found = []
    for name, form in forms(secret).items():
        at = data.find(form)
        if at >= 0:
            found.append(f"{name}: ...{data[max(0, at - 80) : at + len(form) + 40]!r}")
    return found


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below this folder, also as it is unpacked."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        yield file, data
        if data[:2] == b"\x1f\x8b":
            yield file, _unpacked(data)


def _unpacked(data: bytes) -> bytes:
    with contextlib.suppress(OSError, EOFError, zlib.error):
        return gzip.decompress(data)
    return b""
