"""The LIVE source on the wire: the real TikTokLive against a stand-in for everything it talks to."""

import asyncio
import contextlib
import json
import logging
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fake_tiktok import FakeTikTok, load_script

from events import EventKind, Link, LinkState, LiveEvent, SourceError
from live import address, diagnosis, tiktok
from live.diagnosis import LOST
from live.tiktok import TikTokSource
from settings import TikTok

LONG = 30.0
RECONNECTS = int(os.environ.get("PALFRIEND_RECONNECTS", "100"))
"""A thousand take a minute of the processor and show the same."""
FAST: dict[str, Any] = {
    "poll_seconds": 0.05,
    "backoff_first": 0.02,
    "backoff_slow": 0.03,
    "backoff_most": 0.2,
    "silence_seconds": LONG,
}
ONE_OF_EACH = """
{"t":0.1,"type":"viewers","total":123}
{"t":0.1,"type":"join","user":"anna"}
{"t":0.1,"type":"comment","user":"anna","text":"hello wörld 👋","lang":"de"}
{"t":0.1,"type":"comment","user":"sue","text":"twice","dup":1}
{"t":0.1,"type":"like","user":"anna","count":15}
{"t":0.1,"type":"follow","user":"newbie"}
{"t":0.1,"type":"share","user":"bob","joined":5}
{"t":0.1,"type":"emote","user":"sue"}
{"t":0.1,"type":"envelope","user":"rich","diamonds":100}
{"t":0.1,"type":"poll","action":"start","title":"Cats?"}
{"t":0.1,"type":"question","user":"anna","text":"favourite food?"}
{"t":0.1,"type":"battle","action":"open"}
{"t":0.1,"type":"armies"}
{"t":0.1,"type":"superfan","user":"rich"}
{"t":0.1,"type":"unknown"}
{"t":0.1,"type":"broken"}
{"t":0.1,"type":"comment","user":"nobody","text":"no common","omit_common":true}
{"t":0.1,"type":"gift","user":"rich","gift":"Galaxy"}
{"t":0.1,"type":"gift_streak","user":"bob","gift":"Rose","count":3,"interval":0.02,"end_delay":0.1}
{"t":0.3,"type":"subscribe","user":"sue"}
{"t":0.4,"type":"pause"}
{"t":0.5,"type":"unpause"}
{"t":0.6,"type":"live_end"}
"""


class Following:
    """A running source and what it has told so far."""

    def __init__(self, source: TikTokSource, sink: Callable[[LiveEvent], None] | None = None) -> None:
        self.source = source
        self.events: list[LiveEvent] = []
        self.links: list[Link] = []
        self.task = asyncio.create_task(source.run(sink or self.events.append, self.links.append))

    @property
    def codes(self) -> list[str]:
        return [link.code for link in self.links]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events]

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        async with asyncio.timeout(LONG):
            while not condition():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.01)

    async def up(self, times: int = 1) -> None:
        await self.until(lambda: sum(link == Link(state=LinkState.UP) for link in self.links) >= times)

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, SourceError):
            async with asyncio.timeout(LONG):
                await self.task


def at(tt: FakeTikTok, **settings: str) -> TikTok:
    return TikTok(
        **{
            "unique_id": "@streamer",
            "app_url": tt.base_url,
            "webcast_url": tt.base_url,
            "sign_url": tt.base_url,
            **settings,
        }
    )


@contextlib.asynccontextmanager
async def following(
    tt: FakeTikTok, sink: Callable[[LiveEvent], None] | None = None, **options: Any
) -> AsyncIterator[Following]:
    follower = Following(TikTokSource(options.pop("settings", at(tt)), **{**FAST, **options}), sink)
    try:
        yield follower
    finally:
        await follower.stop()


def on_the_wire(scenario: Callable[[FakeTikTok], Awaitable[None]], **options: Any) -> None:
    async def play() -> None:
        async with FakeTikTok(**options) as tt:
            await scenario(tt)

    asyncio.run(play())


async def chat_until_heard(tt: FakeTikTok, follower: Following, text: str) -> None:
    """A comment sent while nobody is connected is lost, so it is said until it is heard."""
    async with asyncio.timeout(LONG):
        while text not in follower.texts:
            await tt.push({"type": "comment", "user": "anna", "text": text})
            await asyncio.sleep(0.05)


def asked(tt: FakeTikTok, path: str) -> int:
    return sum(request["path"] == path for request in tt.requests)


def test_everything_viewers_do_arrives_in_order_and_the_end_is_noticed() -> None:
    """One of each kind, duplicates, what nobody listens to and what cannot be read, then the end of the live."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.until(lambda: "tiktok_offline" in follower.codes)
            kinds = [event.kind.value for event in follower.events if event.kind is not EventKind.GIFT]
            assert kinds == [
                *("viewers", "join", "comment", "comment", "comment", "like", "follow", "share", "emote", "treasure"),
                *("poll", "question", "battle", "comment", "subscribe", "pause", "resume", "end"),
            ]
            first, second, again, _ = (event for event in follower.events if event.kind is EventKind.COMMENT)
            assert (first.text, first.language, first.nickname) == ("hello wörld 👋", "de", "Anna")
            assert second.key == again.key != first.key
            roses = [event for event in follower.events if event.text == "Rose"]
            assert [(rose.count, rose.streaking) for rose in roses] == [(1, True), (2, True), (3, True), (3, False)]
            assert len({rose.group for rose in roses}) == 1
            assert len({rose.key for rose in roses}) == 4
            assert follower.codes == [*("tiktok_connecting", "", "tiktok_paused", "", "tiktok_ended", "tiktok_offline")]
            assert all(link.state is LinkState.UP for link in follower.links[1:4])
            assert follower.source.dropped == 0

    on_the_wire(scenario, script=load_script(ONE_OF_EACH.splitlines()))


def test_after_the_end_the_next_live_is_followed() -> None:
    """Tomorrow's live has another room; nobody presses Start again."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.up()
            await tt.push({"type": "live_end"})
            await follower.until(lambda: follower.links[-1].state is LinkState.WAITING)
            assert follower.links[-1].params == (("name", "streamer"),)
            tt.room_id = tt.ctx.room_id = tt.room_id + 1
            tt.live = True
            await follower.up(2)
            await chat_until_heard(tt, follower, "next day")
            assert tt.counts["enter_wrong_room"] == 0

    on_the_wire(scenario)


def test_it_waits_for_the_streamer_to_go_live() -> None:
    """Waiting costs one small question at a time, never the sign server, whose answers are counted."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.until(lambda: asked(tt, "/api-live/user/room/") >= 3)
            assert follower.codes == ["tiktok_connecting", "tiktok_offline"]
            assert asked(tt, "/@streamer/live") == asked(tt, "/webcast/fetch") == 0
            tt.live = True
            await follower.up()

    on_the_wire(scenario, live=False)


def test_old_comments_are_not_delivered_again() -> None:
    """TikTok hands the last ones to every new connection."""

    async def scenario(tt: FakeTikTok) -> None:
        await tt.push({"type": "comment", "user": "anna", "text": "old"})
        async with following(tt) as follower:
            await follower.up()
            await chat_until_heard(tt, follower, "new")
            assert follower.texts[0] == "new"

    on_the_wire(scenario)


@pytest.mark.parametrize("mode", ["abort", "eof", "close:1000", "close:1001", "close:1011", "close:4000"])
def test_a_dropped_connection_comes_back(mode: str) -> None:
    """However it ended; in between it does not count as up."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await chat_until_heard(tt, follower, "before")
            await tt.drop(mode)
            await follower.up(2)
            await chat_until_heard(tt, follower, "after")
            states = [link.state for link in follower.links]
            assert states == [*(LinkState.CONNECTING, LinkState.UP, LinkState.WAITING), *states[:2]]
            assert follower.codes[2] == "tiktok_lost"

    on_the_wire(scenario)


@pytest.mark.parametrize("code", [1000, 1011, 4000])
def test_what_has_come_before_the_other_side_closes_is_delivered(code: int) -> None:
    """The library reads no further once it sees the end, and throws away what waits: whole gifts, that come only once."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await chat_until_heard(tt, follower, "before")
            for _ in range(100):
                await tt.push({"type": "gift", "gift": "Galaxy"})
            await tt.push({"type": "drop", "mode": f"close:{code}"})
            await follower.until(lambda: "tiktok_lost" in follower.codes)
            assert sum(event.kind is EventKind.GIFT for event in follower.events) == 100
            await follower.up(2)

    on_the_wire(scenario)


@pytest.mark.parametrize("kind", ["frame", "gzip", "payload", "hugelen", "text", "empty", "notmsg"])
def test_garbage_costs_at_most_the_connection(kind: str) -> None:
    """One corrupt frame makes the library raise whatever came up."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await chat_until_heard(tt, follower, "before")
            await tt.push({"type": "garbage", "kind": kind})
            await chat_until_heard(tt, follower, "after")

    on_the_wire(scenario)


def test_unreadable_and_unknown_messages_cost_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """The next message of the same connection arrives, and nothing of their content is printed."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.up()
            for _ in range(5):
                await tt.push({"type": "broken"})
                await tt.push({"type": "unknown"})
            await chat_until_heard(tt, follower, "after")
            assert tt.counts["ws_handshakes"] == 1

    on_the_wire(scenario)
    assert capfd.readouterr() == ("", "")


def test_silence_without_an_end_is_noticed() -> None:
    """TikTok sometimes stops sending and keeps the connection open for ever."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, silence_seconds=1.0) as follower:
            await chat_until_heard(tt, follower, "before")
            await tt.push({"type": "stall", "for": 2.0})
            await follower.until(lambda: "tiktok_silent" in follower.codes)
            await chat_until_heard(tt, follower, "after")

    on_the_wire(scenario)


@pytest.mark.parametrize("sign_of_life", ["heartbeat", "comment"])
def test_after_a_silence_an_open_connection_is_not_enough_to_be_called_live(sign_of_life: str) -> None:
    """The new one may be as deaf. An answered heartbeat or a message tells that it is not, also where nobody writes."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, silence_seconds=1.0) as follower:
            await chat_until_heard(tt, follower, "before")
            await tt.push({"type": "stall", "for": LONG})
            await follower.until(lambda: follower.codes.count("tiktok_silent") == 2)
            assert tt.counts["ws_handshakes"] == 2
            assert follower.codes == ["tiktok_connecting", "", *["tiktok_silent", "tiktok_connecting"], "tiktok_silent"]
            tt._stalled_until = 0.0
            if sign_of_life == "heartbeat":
                await follower.up(2)
            else:
                await chat_until_heard(tt, follower, "after")
                assert follower.links[-1] == Link(state=LinkState.UP)

    on_the_wire(scenario, ping_interval=0.1 if sign_of_life == "heartbeat" else LONG)


def test_a_dead_room_that_is_said_to_be_alive_is_left() -> None:
    """The liveness route has been lying for days; the connection to such a room opens and stays empty."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, silence_seconds=0.3) as follower:
            await follower.until(lambda: follower.codes[-2:] == ["tiktok_silent", "tiktok_offline"])

    faults = {"api": ["500", "ok"], "html": ["nosigi"], "alive": ["lie"]}
    on_the_wire(scenario, live=False, faults=faults)


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"sign": ["500", "503"]}, "tiktok_sign_down"),
        ({"sign": ["empty"]}, "tiktok_sign_down"),
        ({"sign": ["nocookie"]}, "tiktok_sign_down"),
        ({"sign": ["badproto"]}, "tiktok_sign_down"),
        ({"sign": ["reset"]}, "tiktok_sign_down"),
        ({"sign": ["403"]}, "tiktok_blocked"),
        ({"sign": ["fallback"]}, "tiktok_blocked"),
        ({"sign": ["nocursor"]}, "tiktok_blocked"),
        ({"sign": ["nopush"]}, "tiktok_blocked"),
        ({"sign": ["noroute"]}, "tiktok_blocked"),
        ({"sign": ["hang"], "hang_s": LONG}, "tiktok_sign_down"),
        ({"alive": ["hang"], "hang_s": LONG}, "tiktok_network"),
        ({"alive": ["500"]}, "tiktok_blocked"),
        ({"alive": ["empty"]}, "tiktok_blocked"),
        ({"alive": ["false"]}, "tiktok_offline"),
        ({"html": ["nosigi"], "api": ["ok", "html"]}, "tiktok_blocked"),
        ({"html": ["nouser"], "api": ["nouser", "nouser"]}, "tiktok_unknown_name"),
        ({"html": ["noroomid"], "api": ["ok", "noroom"]}, "tiktok_blocked"),
        ({"html": ["offline"]}, "tiktok_offline"),
        ({"handshake": ["200:DEVICE_BLOCKED"]}, "tiktok_blocked"),
        ({"handshake": ["400"]}, "tiktok_blocked"),
        ({"handshake": ["403"]}, "tiktok_blocked"),
        ({"handshake": ["500"]}, "tiktok_network"),
        ({"handshake": ["reset"]}, "tiktok_network"),
    ],
)
def test_a_failure_is_named_and_overcome(faults: dict[str, Any], code: str) -> None:
    """The streamer reads what is wrong, and once it is right the pal is back without anybody's help."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, start_seconds=2.0 if "hang_s" in faults else LONG) as follower:
            await follower.up()
            waiting = [link for link in follower.links if link.state is LinkState.WAITING]
            assert {link.code for link in waiting} == {code}

    on_the_wire(scenario, faults=faults)


@pytest.mark.parametrize("faults", [{"api": ["html"]}, {"api": ["500"]}, {"api": ["nouser"]}, {"html": ["403"]}])
def test_one_of_two_ways_to_find_the_room_is_enough(faults: dict[str, Any]) -> None:
    """An answer that cannot be read is not "offline"."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.up()
            assert follower.codes == ["tiktok_connecting", ""]

    on_the_wire(scenario, faults=faults)


@pytest.mark.parametrize("answer", ["429", "429nohdr"])
def test_a_rate_limit_is_respected(answer: str) -> None:
    """Asking again before the time makes it longer; the streamer sees until when."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.until(lambda: "tiktok_rate_limited" in follower.codes)
            ((name, until),) = follower.links[-1].params
            assert name == "until"
            assert len(until) == 5
            await asyncio.sleep(0.5)  # many times the backoff of this test
            assert asked(tt, "/webcast/fetch") == 1

    on_the_wire(scenario, faults={"sign": [answer], "ratelimit_remaining": 90})


def test_a_refused_key_ends_the_source_with_its_reason() -> None:
    """No retry makes a wrong key right."""

    async def scenario(tt: FakeTikTok) -> None:
        follower = Following(TikTokSource(at(tt, sign_api_key="wrong"), **FAST))
        with pytest.raises(SourceError) as caught:
            await follower.until(lambda: False)
        assert caught.value.link.code == "tiktok_key_refused"
        assert follower.links[-1] == caught.value.link
        assert caught.value.link.state is LinkState.ERROR
        assert tt.requests[-1]["headers"]["x-api-key"] == "wrong"

    on_the_wire(scenario, faults={"sign": ["401"]})


def test_without_a_name_nothing_is_asked() -> None:
    """The first start of a new user."""

    async def scenario(tt: FakeTikTok) -> None:
        with pytest.raises(SourceError, match="tiktok_name_missing"):
            await Following(TikTokSource(at(tt, unique_id=" "), **FAST)).task
        assert tt.requests == []

    on_the_wire(scenario)


def open_files() -> int:
    """How many, sockets included; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


@pytest.mark.timeout(600)
def test_reconnects_leave_nothing_behind() -> None:
    """A long evening on a bad line must not run out of sockets, tasks or threads."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, backoff_first=0.001, backoff_most=0.002, close_seconds=0.05) as follower:
            await follower.up()
            tasks, files, threads = len(asyncio.all_tasks()), open_files(), threading.active_count()
            for cycle in range(RECONNECTS):
                await tt.drop(["abort", "eof", "close:1011", "close:1000"][cycle % 4])
                await follower.up(cycle + 2)
            await follower.until(lambda: len(asyncio.all_tasks()) <= tasks)
            await follower.until(lambda: open_files() <= files)
            assert threading.active_count() <= threads
            assert tt.counts["ws_handshakes"] == RECONNECTS + 1

    on_the_wire(scenario, ping_interval=600)


def test_a_connection_that_held_makes_the_next_wait_short_again() -> None:
    """Doubling over a whole evening would end in minutes without the pal; so would forgetting a real outage."""

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, settled_seconds=0.0, backoff_most=300) as follower:
            for cycle in range(14):  # doubled each time, the last waits would take longer than the test may
                await follower.up(cycle + 1)
                await tt.drop()
        async with following(tt, settled_seconds=LONG) as follower:
            for cycle in range(3):
                await follower.up(cycle + 1)
                await tt.drop()
            await follower.up(4)
            assert follower.source._retry.delay(LOST) == 8 * FAST["backoff_first"]

    on_the_wire(scenario)


STAGES: dict[str, tuple[dict[str, Any], str]] = {
    "asking whether live": ({"api": ["hang"]}, "/api-live/user/room/"),
    "fetching the page": ({"html": ["hang"]}, "/@streamer/live"),
    "asking whether the room is alive": ({"alive": ["hang"]}, "/webcast/room/check_alive/"),
    "waiting for the sign server": ({"sign": ["hang"]}, "/webcast/fetch"),
    "opening the socket": ({"handshake": ["hang"]}, "/webcast/im/ws_proxy/ws_reuse_supplement/"),
    "connected": ({}, ""),
    "connected to a peer that does not let go": ({"no_close_reply": True}, ""),
    "backing off": ({"sign": ["429"]}, ""),
}


@pytest.mark.parametrize("stage", STAGES)
def test_stopping_works_at_every_stage(stage: str) -> None:
    """Stop means stopped: no task, no socket, and the cancellation is not lost in the library."""
    faults, path = STAGES[stage]

    async def scenario(tt: FakeTikTok) -> None:
        before = asyncio.all_tasks()
        follower = Following(TikTokSource(at(tt), **FAST))
        if path:
            await follower.until(lambda: asked(tt, path))
        else:
            await follower.until(lambda: follower.links[-1:] and follower.links[-1].state is not LinkState.CONNECTING)
        follower.task.cancel()
        await asyncio.wait({follower.task}, timeout=5)  # what Stop grants, on a slow machine
        assert follower.task.cancelled()
        assert [task for task in asyncio.all_tasks() - before if not _of_the_stand_in(task)] == []
        assert follower.links[-1] == Link()

    on_the_wire(scenario, faults={"hang_s": LONG, **faults})


def _of_the_stand_in(task: "asyncio.Task[Any]") -> bool:
    coroutine = task.get_coro()
    assert isinstance(coroutine, Coroutine)
    return "FakeTikTok" in coroutine.__qualname__


def test_it_can_be_stopped_while_the_library_is_being_loaded() -> None:
    """The first moments after Start."""

    async def scenario(tt: FakeTikTok) -> None:
        follower = Following(TikTokSource(at(tt), **FAST))
        await follower.until(lambda: follower.links)
        await follower.stop()
        assert follower.task.cancelled()
        assert tt.requests == []

    on_the_wire(scenario)


def test_an_error_of_ours_is_told_once_and_the_chat_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """Hidden, it would look like a quiet chat; unguarded, it would end the connection."""
    heard: list[str] = []

    def sink(event: LiveEvent) -> None:
        if event.text == "poison":
            raise ZeroDivisionError
        heard.append(event.text)

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, sink) as follower:
            await follower.up()
            for text in ("poison", "poison", "fine"):
                await tt.push({"type": "comment", "text": text})
            await follower.until(lambda: "fine" in heard)
            assert follower.source.dropped == 2
            assert tt.counts["ws_handshakes"] == 1

    on_the_wire(scenario)
    told = [record for record in caplog.records if record.exc_info]
    assert len(told) == 1
    assert "CommentEvent" in told[0].getMessage()


def test_a_comment_of_nobody_is_counted() -> None:
    """Nothing is lost silently."""
    nobody = {"type": "raw", "method": "WebcastChatMessage", "payload_b64": "GgJoaQ=="}

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt) as follower:
            await follower.up()
            await tt.push(nobody)
            await follower.until(lambda: follower.source.dropped == 1)
            assert follower.events == []

    on_the_wire(scenario)


def test_secrets_reach_the_sign_server_and_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """At the most talkative level, with errors on the way; the session only ever after a warning."""
    caplog.set_level(logging.DEBUG)

    async def scenario(tt: FakeTikTok) -> None:
        settings = at(tt, session_id="s3ss10nid|eu-ttp2", sign_api_key="k3yk3yk3y")
        async with following(tt, settings=settings) as follower:
            await follower.up()
            await tt.drop("abort")
            await chat_until_heard(tt, follower, "after")
        signed = [request for request in tt.requests if request["path"] == "/webcast/fetch"]
        assert {request["headers"]["x-api-key"] for request in signed} == {"k3yk3yk3y"}
        assert {request["query"]["session_id"] for request in signed} == {"s3ss10nid"}
        assert {request["query"]["tt_target_idc"] for request in signed} == {"eu-ttp2"}

    on_the_wire(scenario, faults={"sign": ["500", "badproto", "reset"]})
    logged = caplog.text + "".join(capfd.readouterr())
    assert "session id is set" in logged
    for secret in ("s3ss10n", "k3yk3y"):
        assert secret not in logged


def test_a_session_goes_only_to_a_sign_server_that_proves_itself() -> None:
    """It opens the account. The library itself checks no certificate of the sign server."""
    tiktok.load(threading.Event())
    target = address.Address(name="anna", session=("s3ss10nid", "useast1a"))
    client = tiktok.new_client(target, tiktok.point(target), 0.3)
    transport = client.web.signer.client._transport
    assert transport._pool._ssl_context.verify_mode is ssl.CERT_REQUIRED
    asyncio.run(tiktok._discard(tiktok._Connection(0.0, client), 1.0))


def test_every_reason_can_be_said_in_each_language() -> None:
    """A code without a text is a blank line on the dashboard."""
    room = Path(__file__).parent.parent
    code = "".join(
        (room / "live" / name).read_text("utf-8") for name in ("tiktok.py", "diagnosis.py", "address.py", "budget.py")
    )
    used = set(re.findall(r'"(tiktok_\w+)"', code))
    for language in ("en", "de"):
        texts = json.loads((room / "locales" / f"{language}.json").read_text("utf-8"))["reason"]
        assert used <= set(texts)


def test_nothing_of_one_start_is_inherited_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers and the permission to send a session are process-wide in the library."""
    monkeypatch.setenv("SIGN_API_KEY", "from-environment")

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, settings=at(tt, session_id="s3ss10nid", sign_api_key="k3y")) as follower:
            await follower.up()
        from TikTokLive.client.web.web_settings import WebDefaults

        assert tt.base_url.endswith(os.environ["WHITELIST_AUTHENTICATED_SESSION_ID_HOST"])
        async with following(tt) as follower:
            await follower.up()
        assert "WHITELIST_AUTHENTICATED_SESSION_ID_HOST" not in os.environ
        signed = [request for request in tt.requests if request["path"].startswith("/webcast/fetch")][-1]
        assert "session_id" not in signed["query"]
        assert signed["headers"]["x-api-key"] == "from-environment"
        assert tiktok.point(address.Address(name="x")) == type(WebDefaults)().tiktok_sign_url
        assert type(WebDefaults)() == WebDefaults

    on_the_wire(scenario)


def test_the_pals_loop_runs_on_while_the_library_loads() -> None:
    """Loading takes seconds in which a started bot must answer its window."""
    program = (
        "import asyncio, json, sys; from live import tiktok; from settings import TikTok\n"
        "before = 'TikTokLive' in sys.modules; beats = []\n"
        "async def beat():\n"
        "    while 'TikTokLiveProto.v3.message_pool' not in sys.modules: beats.append(1); await asyncio.sleep(0.01)\n"
        "async def main():\n"
        "    source = tiktok.TikTokSource(TikTok(unique_id='streamer', app_url='http://127.0.0.1:9'))\n"
        "    task = asyncio.create_task(source.run(print, lambda link: None)); await beat(); task.cancel()\n"
        "    await asyncio.wait({task})\n"
        "asyncio.run(main()); print(json.dumps([before, len(beats)]))\n"
    )
    imported_early, beats = json.loads(_python(program))
    assert not imported_early
    assert beats > 3


def _python(program: str) -> str:
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=True,
    )
    return done.stdout


def test_an_error_of_ours_in_a_connection_is_told_as_ours_and_heals(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not pass for a block of TikTok's or a limit of the sign server's, as a TypeError of the library's would."""
    ends_of = TikTokSource._end_of
    faults = [TypeError, KeyError]

    async def broken(self: TikTokSource, *args: Any) -> Any:
        if faults:
            _ours(faults.pop())
        return await ends_of(self, *args)

    async def scenario(tt: FakeTikTok) -> None:
        monkeypatch.setattr(TikTokSource, "_end_of", broken)  # an error cannot be written into the code for a test
        monkeypatch.setattr(diagnosis, "HERE", {Path(__file__).parent})
        async with following(tt) as follower:
            await follower.until(lambda: [link.code for link in follower.links].count("tiktok_fault") == 2)
            await follower.until(lambda: follower.codes[-1] == "tiktok_events_lost")
            await chat_until_heard(tt, follower, "after")

    on_the_wire(scenario)
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in told] == ["an error of ours broke the connection"] * 2
    assert all(record.exc_info for record in told)


def _ours(error: type[Exception]) -> None:
    raise error("ours")


def test_lost_events_are_shown_as_long_as_the_bot_runs() -> None:
    """A status that says "live" and nothing else would hide them."""

    def sink(event: LiveEvent) -> None:
        if event.text == "poison":
            raise ZeroDivisionError

    async def scenario(tt: FakeTikTok) -> None:
        async with following(tt, sink) as follower:
            await follower.up()
            await tt.push({"type": "comment", "text": "poison"})
            await follower.until(lambda: follower.links[-1].code == "tiktok_events_lost")
            await tt.push({"type": "pause"})
            await tt.push({"type": "unpause"})
            await follower.until(lambda: follower.codes[-2:] == ["tiktok_paused", "tiktok_events_lost"])
            await tt.drop()
            await follower.until(
                lambda: follower.codes[-3:] == ["tiktok_lost", "tiktok_connecting", "tiktok_events_lost"]
            )

    on_the_wire(scenario)


def test_all_that_is_listened_to_is_read_once_without_building_anything() -> None:
    """The first message of a kind would otherwise hold up the loop, and with it the avatar, for a tenth of a second."""
    tiktok.load(threading.Event())
    from TikTokLive.events import proto_events
    from TikTokLiveProto.v3.message_pool import default_message_pool

    from live import lean
    from live.library import USED_MESSAGES, sample

    assert set(proto_events.EVENT_MAPPINGS) == USED_MESSAGES
    assert {getattr(proto_events, name).__name__ for name in tiktok.LISTENED} == set(tiktok.LISTENED)
    built = {c for c in default_message_pool.url_to_type.values() if "_betterproto_meta" in vars(c)}
    for event in proto_events.EVENT_MAPPINGS.values():
        whole = event._whole if isinstance(event, lean.Reader) else event
        whole().parse(bytes(sample(whole)))
    assert {c for c in default_message_pool.url_to_type.values() if "_betterproto_meta" in vars(c)} == built
