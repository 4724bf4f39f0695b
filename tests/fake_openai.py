"""A model server that speaks OpenAI's chat completions over real HTTP, with a pace and with faults.

`async with FakeOpenAI() as server:` then use `server.base_url`. Standard library only. By hand:
`python tests/fake_openai.py --port 8081`.
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

FLAGGED = "FLAGGED"
"""The moderation objects to texts that contain this."""

Answer = Callable[[str], str]
"""The user's message -> what the model writes."""


def echo(message: str) -> str:
    """The typed text back, in one sentence."""
    typed = message.rsplit("<", 1)[-1].split(">", maxsplit=1)[0]
    return f"You asked {typed.rstrip('?!. ')}."


@dataclass
class FakeOpenAI:
    """`faults` are used up, one for each request; "" is none.

    A status such as 401 or 500; quota; hang; stall (hangs after the headers), half, drip (a token each 0.3 s); badjson,
    html, json (no stream at all), empty, nodone, refusal, filter, thoughts (and nothing else), error (in the stream),
    torn (half of it, politely ended), limit (half of it, for it may be no longer), reasonless (all of it, without a reason to finish).
    """

    answer: Answer = echo
    token_seconds: float = 0.0
    thoughts: str = ""
    """What the model thinks first, in the field that DeepSeek and vLLM have for it."""

    usage: dict[str, Any] | None = None
    """The figures at the end of each stream that asks for them, where the server sends them."""

    retry_after: str = ""
    rejects: tuple[str, ...] = ()
    """Parameters for which a request is refused with 400, as OpenAI's newer models and old servers do."""

    ahead: float | None = None
    """Seconds by which its clock is ahead of ours, as the `Date` of its answers shows; None: it tells no date."""

    models_status: int = 200
    faults: deque[str] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    completed: list[tuple[float, str]] = field(default_factory=list)
    """(wall clock, text so far) after each token that was sent."""

    opinions: deque[str] = field(default_factory=deque)
    """Faults of the moderation: hang 404 500 ... empty odd."""

    moderated: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> "FakeOpenAI":
        self._tasks: set[asyncio.Task[Any]] = set()
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
        try:
            while await self._request(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, as clients do; or the server closes, which asyncio would log as an error
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        start = (await reader.readline()).decode()
        if not start:
            return False
        headers: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.keys.append(headers.get("authorization", ""))
        if start.startswith("POST /v1/moderations"):
            return await self._moderate(json.loads(body), writer)
        if start.startswith("GET"):
            _reply(writer, self.models_status, {"object": "list", "data": [{"id": "fake", "object": "model"}]})
            return True
        request = json.loads(body)
        self.requests.append(request)
        return await self._complete(request, writer)

    async def _moderate(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        """Flags what contains FLAGGED; `opinions` are faults used up like `faults`."""
        self.moderated.append(request)
        fault = self.opinions.popleft() if self.opinions else ""
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault.isdigit():
            _reply(writer, int(fault), {"error": {"message": "no", "type": "t", "code": "c", "param": None}})
            return True
        verdict = {"flagged": None if fault == "odd" else FLAGGED in request["input"], "categories": {}}
        results = [] if fault == "empty" else [{**verdict, "category_scores": {}}]
        _reply(writer, 200, {"id": "m1", "model": request["model"], "results": results})
        return True

    async def _complete(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.popleft() if self.faults else ""
        if rejected := next((name for name in self.rejects if name in request), ""):
            message = f"Unsupported parameter: '{rejected}' is not supported with this model."
            code = "unsupported_parameter"
            _reply(writer, 400, {"error": {"message": message, "type": "t", "code": code, "param": rejected}})
            return True
        if fault.isdigit() or fault == "quota":
            status, code = (429, "insufficient_quota") if fault == "quota" else (int(fault), "some_code")
            wish = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
            _reply(writer, status, {"error": {"message": "no", "type": code, "code": code, "param": None}}, wish)
            return True
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault == "html":
            _raw(writer, 200, "text/html", b"<html>please log in</html>")
            return True
        if fault == "json":
            _reply(writer, 200, {"object": "chat.completion", "choices": [{"message": {"content": "Not streamed."}}]})
            return True
        _head(writer, 200, "text/event-stream", None, self._date())
        text = "" if fault in {"empty", "thoughts"} else self.answer(request["messages"][-1]["content"])
        await self._stream(text, fault, writer)
        self._end(request, fault, writer)
        return not writer.transport.is_closing()

    def _date(self) -> str:
        return "" if self.ahead is None else f"Date: {formatdate(time.time() + self.ahead, usegmt=True)}\r\n"

    async def _stream(self, text: str, fault: str, writer: asyncio.StreamWriter) -> None:
        _chunk(writer, _event({"choices": [_choice({"role": "assistant", "content": ""})]}))
        if fault == "stall":
            await writer.drain()
            await asyncio.sleep(3600)
        if fault == "refusal":
            _chunk(writer, _event({"choices": [_choice({"refusal": "I cannot help with that."})]}))
        if fault == "error":
            _chunk(writer, _event({"error": {"message": "overloaded", "type": "t", "code": "c", "param": None}}))
        for token in _tokens("Hm. " * 9 if fault == "thoughts" else self.thoughts):
            _chunk(writer, _event({"choices": [_choice({"reasoning_content": token})]}))
        written = ""
        for token in _tokens(text):
            if fault in {"torn", "limit"} and len(written) > len(text) // 2:
                return
            if fault == "half" and len(written) > len(text) // 2:
                writer.transport.abort()
                return
            if fault == "badjson":
                _chunk(writer, b"data: {not json\n\n")
            written += token
            _chunk(writer, _event({"choices": [_choice({"content": token})]}))
            self.completed.append((time.time(), written))
            await writer.drain()
            await asyncio.sleep(0.3 if fault == "drip" else self.token_seconds)

    def _end(self, request: dict[str, Any], fault: str, writer: asyncio.StreamWriter) -> None:
        if fault in {"torn", "reasonless"}:  # as a proxy ends what it lost, and as a server that never says why it ends
            _chunk(writer, b"")
            return
        reason = {"filter": "content_filter", "thoughts": "length", "limit": "length"}.get(fault, "stop")
        _chunk(writer, _event({"choices": [_choice({}, reason)]}))
        if self.usage is not None and request.get("stream_options", {}).get("include_usage"):
            _chunk(writer, _event({"choices": [], "usage": self.usage}))
        if fault != "nodone":
            _chunk(writer, b"data: [DONE]\n\n")
        _chunk(writer, b"")


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _tokens(text: str) -> list[str]:
    """Words with the space before them."""
    return [word if i == 0 else f" {word}" for i, word in enumerate(text.split(" "))] if text else []


def _event(chunk: dict[str, Any]) -> bytes:
    whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake", **chunk}
    return f"data: {json.dumps(whole)}\n\n".encode()


def _reply(writer: asyncio.StreamWriter, status: int, body: dict[str, Any], more: str = "") -> None:
    _raw(writer, status, "application/json", json.dumps(body).encode(), more)


def _raw(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes, more: str = "") -> None:
    _head(writer, status, kind, len(body), more)
    writer.write(body)


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    """One chunk of a chunked body; an empty one ends it."""
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


def _head(writer: asyncio.StreamWriter, status: int, kind: str, length: int | None, more: str = "") -> None:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{size}\r\n{more}\r\n".encode())


async def _by_hand(port: int, token_seconds: float) -> None:
    async with FakeOpenAI(port=port, token_seconds=token_seconds) as server:
        print(server.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token-seconds", type=float, default=0.02)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_by_hand(given.port, given.token_seconds))
