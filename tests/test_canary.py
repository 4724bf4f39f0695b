"""No secret in any byte that the process writes or sends, but to the service it is for.

The whole house runs as a process of its own, at its most talkative, between stand-ins with a tap on each wire. Canaries
are planted wherever a secret may come in, everything that can fail is made to fail, and then everything is searched.
"""

import asyncio
import contextlib
import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import keychains
import pytest
import web_house
import yaml

from app import create_app
from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI
from tests.fake_tiktok import FakeTikTok
from tests.tap import Tap, contents, forms, traces

ROOT = Path(__file__).parent.parent
URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
PATIENCE = 60.0

OPENAI = 'sk-C4naryOpenAI/x"y+z=0123456789'
LATER = "sk-C4naryLater-9876543210zyxwv"
FALLBACK = "C4naryFallback~ab/cd+ef=gh"
CHAINED = "C4naryKeychained-kjhgfdsa-77"
SESSION = "C4narySession.1029384756"
SIGN = "C4narySign/qwertz+uiop=55"
STALE = "C4naryStale-overridden-0815"
STRAY = "C4naryStray-under-a-wrong-name"
ALL = [OPENAI, LATER, FALLBACK, CHAINED, SESSION, SIGN, STALE, STRAY]


class Turned(FakeTikTok):
    """Sends its viewers through a tap."""

    turned = 0

    @property
    def ws_url(self) -> str:
        return super().ws_url.replace(f":{self.port}/", f":{self.turned}/")


@dataclass
class Stage:
    """The house and everything around it."""

    folder: Path
    tiktok: FakeTikTok
    model: FakeOpenAI
    second: FakeOpenAI
    animaze: FakeAnimaze
    taps: dict[str, Tap]
    process: asyncio.subprocess.Process
    screen: bytearray = field(default_factory=bytearray)
    answers: bytearray = field(default_factory=bytearray)
    """Every answer of the dashboard, heads and bodies."""

    port: int = 0

    async def until(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.returncode is None, self.screen.decode()[-3000:]
            assert time.monotonic() < deadline, f"{what} did not happen\n{self.screen.decode()[-3000:]}"
            await asyncio.sleep(0.02)

    async def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> int:
        return await asyncio.to_thread(self._ask, path, method, body, headers)

    def _ask(self, path: str, method: str, body: Any, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        own = {"X-PalFriend": "1", "Content-Type": "application/json"}
        with contextlib.closing(connection):
            connection.request(method, path, data, {**own, **{n.replace("_", "-"): v for n, v in headers.items()}})
            answer = connection.getresponse()
            received = answer.read()
            self.answers += str(answer.getheaders()).encode() + received + b"".join(unpacked(received))
        return answer.status


def unpacked(data: bytes) -> Iterator[bytes]:
    """What is in a zip file, such as the support bundle."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            for name in bundle.namelist():
                yield name.encode() + bundle.read(name)


def plant(folder: Path, tiktok: FakeTikTok, taps: dict[str, Tap], animaze: FakeAnimaze) -> Path:
    file = folder / "settings.yaml"
    values = {
        "tiktok": {
            "unique_id": "streamer",
            "session_id": STALE,
            "app_url": f"http://127.0.0.1:{taps['tiktok'].port}",
            "webcast_url": f"http://127.0.0.1:{taps['tiktok'].port}/webcast",
            "sign_url": f"http://127.0.0.1:{taps['sign'].port}",
        },
        "animaze": {"host": "127.0.0.1", "port": taps["animaze"].port},
        "openai": {
            "api_key": OPENAI,
            "apikey": STRAY,
            "base_url": f"http://127.0.0.1:{taps['model'].port}/v1",
            "model": "fake",
        },
        "fallback": {"enabled": 1, "base_url": f"http://127.0.0.1:{taps['second'].port}/v1", "model": "fake"},
        "microphone": {"enabled": 0},
        "recording": {"enabled": 1},
        "comment": {"per_user_cooldown": 0, "max_replies_per_min": 120},
    }
    file.write_text(f"# the key was {OPENAI}\n" + yaml.safe_dump(values, width=1000), encoding="utf-8")
    (folder / "secrets.json").write_text(json.dumps({"fallback": {"api_key": FALLBACK}}), encoding="utf-8")
    (folder / "secrets.json").chmod(0o600)
    return file


@contextlib.asynccontextmanager
async def stage(folder: Path, environment: dict[str, str]) -> AsyncIterator[Stage]:
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        tiktok = await enter(Turned(unique_id="streamer", faults={"sign": ["500"]}))
        model, second = await enter(FakeOpenAI()), await enter(FakeOpenAI(answer=lambda _: "The second one."))
        animaze = await enter(FakeAnimaze(events=True, seconds=lambda _: 0.05))
        ports = {
            "tiktok": tiktok.port,
            "live": tiktok.port,
            "sign": tiktok.port,
            "model": model.port,
            "second": second.port,
            "animaze": animaze.port,
        }
        taps = {name: await enter(Tap(port)) for name, port in ports.items()}
        tiktok.turned = taps["live"].port
        file = plant(folder, tiktok, taps, animaze)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "main.py"), "--start", "--port", "0", "--log-level", "DEBUG"),
            *("--settings", str(file)),
            cwd=folder,
            env={**os.environ, "TIKTOK_SESSION_ID": SESSION, "SIGN_API_KEY": SIGN, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        house = Stage(folder, tiktok, model, second, animaze, taps, process)
        async with asyncio.TaskGroup() as group:
            group.create_task(_read(house))
            try:
                await house.until(lambda: house.port, "the address on the screen")
                yield house
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _read(house: Stage) -> None:
    assert house.process.stdout is not None
    while data := await house.process.stdout.read(65_536):
        house.screen += data
        if not house.port and (found := URL.search(house.screen.decode(errors="replace"))):
            house.port = int(found[1])


def routes(folder: Path, method: str) -> Iterator[str]:
    """Every address that the dashboard answers with this method, with something in the place of each part."""
    app, _ = create_app(web_house.build_house(folder))
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.rule.startswith("/api/") and rule.rule != "/api/quit":
            yield re.sub(r"<[^>]*\blesson>", "block", re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "anna", rule.rule)))


HOSTILE: list[Any] = [
    {"animaze": {"port": OPENAI}},
    {"openai": {"base_url": f"http://user:{OPENAI}@127.0.0.1/v1"}},
    {"openai": {"base_url": f"http://127.0.0.1/v1?key={OPENAI}", "model": OPENAI}},
    {"openai": {"api_key": [OPENAI]}, "comment": {"enabled": OPENAI}},
    {"tiktok": {"unique_id": SESSION}, "system_prompt": f"my key: {FALLBACK}"},
    {"openai": {OPENAI: 1}, SIGN: {SIGN: SIGN}},
    {"text": OPENAI, "word": OPENAI, "kind": OPENAI, "on": OPENAI, "position": OPENAI, OPENAI: OPENAI, "name": OPENAI},
    {"text": f"say {SESSION}", "word": SESSION, "username": FALLBACK, "nickname": FALLBACK},
    f'{{"text": "{SIGN}", '.encode(),
    [OPENAI],
    OPENAI,
]


async def provoke(house: Stage, scratch: Path) -> None:
    """All that pages, viewers and servers can do wrong."""
    for path in routes(scratch / "post", "POST"):
        for body in HOSTILE:
            await house.ask(path, "POST", body)
    await house.until(lambda: not house.tiktok.viewers, "the stop that was among them")
    await house.ask("/api/start", "POST", {})
    await house.until(lambda: house.tiktok.viewers and house.animaze.connections, "live again")
    for secret in (OPENAI, SESSION, SIGN, FALLBACK):
        assert await house.ask("/api/say", "POST", {"text": f"say {secret}"}) == 400
        assert await house.ask("/api/audit/block", "POST", {"word": secret}) == 400
    for secret in (OPENAI, SESSION):
        await house.ask(f"/api/{quote(secret, safe='')}?token={quote(secret, safe='')}", Authorization=f"Bearer {SIGN}")
        await house.ask("/api/status", Host=re.sub(r"\W", "", secret), Cookie=f"palfriend_token={quote(secret)}")
        await house.ask("/api/status", Origin=f"http://{quote(secret, safe='')}")
    for name, text in (
        ("anna", f"your key is {OPENAI} isn't it?"),
        ("ben", f"{SESSION}?"),
        ("cleo", f"what is {SIGN}?"),
    ):
        nickname = {"unique_id": name, "nickname": f"I know {FALLBACK}"}
        await house.tiktok.push({"type": "comment", "user": nickname, "text": text})
    await house.tiktok.push({"type": "gift", "user": {"unique_id": "rich", "nickname": OPENAI}, "gift": "Rose"})


async def fail(house: Stage) -> None:
    """The model's server refuses, breaks, talks nonsense; the avatar and TikTok tear their connections."""
    for number, fault in enumerate(["500", "badjson", "half", "html", "quota", "401"]):
        house.model.faults.append(fault)
        asked = len(house.model.requests)
        await house.tiktok.push({"type": "comment", "user": f"u{number}", "text": f"what is number {number}?"})
        for _ in range(100):  # or else the house has lost its patience with this server
            if len(house.model.requests) > asked:
                break
            await asyncio.sleep(0.03)
    house.model.faults.clear()
    house.animaze.drop()


async def fail_for_good(house: Stage) -> None:
    """The sign server refuses the key."""
    house.tiktok.faults.update({"sign": ["badproto", "401", "401", "401"]})
    asked = house.tiktok.counts["sign_401"]
    await house.tiktok.drop("abort")
    await house.until(lambda: house.tiktok.counts["sign_401"] > asked, "the refusal")


async def change_keys(house: Stage) -> None:
    """A new key, one that cannot be saved, and one that is removed."""
    assert await house.ask("/api/settings", "POST", {"openai": {"api_key": LATER}}) == 200
    (house.folder / "settings.yaml").rename(house.folder / "away.yaml")
    (house.folder / "settings.yaml").mkdir()
    assert await house.ask("/api/settings", "POST", {"openai": {"api_key": OPENAI}}) == 507
    (house.folder / "settings.yaml").rmdir()
    (house.folder / "away.yaml").rename(house.folder / "settings.yaml")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["Working", "Failing", ""])
def test_no_secret_is_in_any_byte_but_for_its_own_service(tmp_path: Path, kind: str):
    """With a keychain, with one that fails, and with none; searched for in every form that hides it from the eye."""
    folder, chain = tmp_path / "house", tmp_path / "keychain.json"
    folder.mkdir()
    for name in ("post", "get"):
        (tmp_path / name).mkdir()
    environment = keychains.environment(kind, chain) if kind else {}
    if kind == "Working":
        chain.write_text(json.dumps({f"fallback2.api_key of {folder.resolve()}": CHAINED}))

    async def scenario() -> Stage:
        async with stage(folder, environment) as house:
            page = await asyncio.to_thread(web_house.Page, house.port)
            await house.until(lambda: house.tiktok.viewers and house.animaze.connections, "live")
            await provoke(house, tmp_path)
            await house.until(lambda: house.model.requests, "a question")
            await fail(house)
            await house.until(lambda: house.second.requests, "the second model's turn")
            await change_keys(house)
            await house.tiktok.push({"type": "comment", "user": "zoe", "text": "what is the last one?"})
            await house.until(lambda: LATER.encode() in _said(house, "model"), "the new key's first question")
            await fail_for_good(house)
            for path in [*routes(tmp_path / "get", "GET"), "/api/logs?level=DEBUG&limit=5000", "/", "/api/outbox?x=1"]:
                await house.ask(path)
            await asyncio.to_thread(page.close)
            house.answers += "\n".join(json.dumps(news) for news in page.heard.queue).encode()
            house.process.send_signal(signal.SIGTERM)
            # 1 where a busy machine is too slow for the bot's stop: the stacks it shows then are searched, too
            assert await asyncio.wait_for(house.process.wait(), PATIENCE) in {0, 1}
            assert b"nobody expected this" not in house.screen
        return house

    house = asyncio.run(scenario())

    places = {f"to {name}": _said(house, name) for name in house.taps}
    places |= {"on the screen": bytes(house.screen), "to a page": bytes(house.answers)}
    places |= {"to the avatar": json.dumps(house.animaze.messages, ensure_ascii=False).encode()}
    places |= {f"in {file.name}": data for file, data in contents(folder) if file.name != "secrets.json"}
    owners = {
        "to model": {OPENAI, LATER},
        "to second": {FALLBACK},
        "to sign": {SESSION, SIGN},
        "to tiktok": {SESSION},
        "to live": {SESSION},
    }
    leaks = [
        f"{secret[:12]} {place}: {trace}"
        for place, data in places.items()
        for secret in ALL
        if secret not in owners.get(place, set())
        for trace in traces(secret, data)
    ]
    assert not leaks, "\n".join(leaks)
    _check_that_something_was_there(house, places, chain if kind == "Working" else folder / "secrets.json")


def _said(house: Stage, tap: str) -> bytes:
    return house.taps[tap].heard


def _check_that_something_was_there(house: Stage, places: dict[str, bytes], kept: Path) -> None:
    """The search would also find nothing where nothing happened."""
    assert OPENAI.encode() in places["to model"]
    assert FALLBACK.encode() in places["to second"]
    assert SIGN.encode() in places["to sign"]
    assert SESSION.encode() in places["to sign"]
    assert b"/webcast/" in places["to live"]
    assert b"ChatbotSendMessage" in places["to animaze"]
    assert b"DEBUG" in places["on the screen"]
    assert b"***" in places["on the screen"]
    assert b"your key is ***" in places["to a page"]
    assert json.dumps(LATER) in kept.read_text("utf-8")
    assert STRAY in (house.folder / "secrets.json").read_text("utf-8")
    assert {"in memory.db", "in gifts.db", "in settings.yaml", "in settings.yaml.bak"} <= places.keys()
    assert any(name.endswith(".palrec.gz") for name in places)


@pytest.mark.parametrize("form", forms(OPENAI))
def test_the_search_finds_each_form(form: str):
    """Or the test above could not fail."""
    assert traces(OPENAI, b"abc " + forms(OPENAI)[form] + b" def")
    assert not traces(OPENAI, b"sk-C4nary and other words")


LAST_WORDS = """
import logging, sys, threading, warnings
import main
from web.logs import LogRing, last_words
from settings import load_settings, secrets_of

def live(chosen):
    logs = LogRing()
    main.set_up_logging("DEBUG", logs)
    settings = main.read_settings(chosen.settings, logs)
    key = settings.openai.api_key
    def die():
        raise ValueError(f"in a thread: {key}")
    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    class Unraisable:
        def __del__(self):
            raise ValueError(f"nobody can raise this: {key}")
    Unraisable()
    warnings.warn(f"a library warns: {key}")
    raise ValueError(f"at the top: {key}")

main.run = live
sys.exit(main.main(["--settings", sys.argv[1]]))
"""


def test_what_nobody_catches_is_told_without_secrets(tmp_path: Path):
    """Python itself would print the whole of it: at the top, in a thread, where nothing can be raised, as a warning."""
    file = tmp_path / "settings.yaml"
    file.write_text(json.dumps({"openai": {"api_key": OPENAI}}))
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-c", LAST_WORDS, str(file)],
        cwd=ROOT, capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1
    for words in (b"in a thread: ***", b"nobody can raise this: ***", b"a library warns: ***", b"at the top: ***"):
        assert words in said
    assert not traces(OPENAI, said)
