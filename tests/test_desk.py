"""The streamer's desk over real HTTP: what waits, its order, and typed lines; with a real bot that may not speak yet."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_house import PATIENCE, ask, build_house, eventually, post

from app import House
from bot import Bot
from bridge import Bridge, Orders
from events import Board
from settings import load_settings
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, ScriptedEar, ScriptedSource, Wall, comment, event, gift


class Crowd(ScriptedSource):
    """Says its lines at once, on the real clock."""

    async def run(self, sink: Any, report: Any) -> None:
        for _, what in self.script:
            object.__setattr__(what, "at", time.time())
            sink(what)
        await asyncio.Event().wait()


@pytest.fixture
def avatar() -> ListeningAvatar:
    return ListeningAvatar(seconds=0.01)


@pytest.fixture
def house(tmp_path: Path, avatar: ListeningAvatar) -> Iterator[House]:
    """Three lines wait, and the pal is mute."""
    settings = load_settings(tmp_path / "settings.yaml")
    orders = Orders()

    async def live(board: Board, stop: asyncio.Event) -> None:
        script = [(0.0, gift("Rose")), (0.0, event("follow", "anna")), (0.0, event("share", "ben"))]
        bot = Bot(
            settings=settings, source=Crowd(script), avatar=avatar, brain=EchoBrain(), people=Notebook(),
            ear=ScriptedEar(), board=board, estimate=lambda _: 0.01, panicked=orders.remember,
        )  # fmt: skip
        bot.steering.mute(True)
        with orders.given_to(bot.handlers()):
            await bot.run(stop)

    house = build_house(tmp_path, settings=settings, bridge=Bridge(live, orders))
    yield house
    assert house.bridge.stop(PATIENCE)


def waiting(port: int, count: int = 3) -> list[dict[str, Any]]:
    def lines() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = ask(port, "/api/outbox").json["lines"]
        return found if len(found) == count else None

    found = eventually(lines) or lines()
    assert found is not None
    return found


def kinds(reply: Any) -> list[str]:
    return [line["kind"] for line in reply.json["lines"]]


def test_what_waits_is_listed_and_said_in_the_order_the_streamer_wants(
    port: int, house: House, avatar: ListeningAvatar
):
    house.bridge.start()
    lines = waiting(port)
    assert [line["kind"] for line in lines] == ["gift", "follow", "share"]
    assert lines[0].keys() == {"id", "kind", "text", "priority", "age", "ttl"}
    rose, anna, ben = (line["id"] for line in lines)

    assert kinds(post(port, f"/api/outbox/{ben}/now")) == ["share", "gift", "follow"]
    assert kinds(post(port, f"/api/outbox/{anna}/move", {"position": 1})) == ["share", "follow", "gift"]
    typed = post(port, "/api/say", {"text": "  I am back!  "})
    assert kinds(ask(port, "/api/outbox")) == ["share", "say", "follow", "gift"]
    assert kinds(post(port, f"/api/outbox/{rose}/drop")) == ["share", "say", "follow"]
    assert typed.json == {"id": ask(port, "/api/outbox").json["lines"][1]["id"]}

    post(port, "/api/mute", {"on": False})
    eventually(lambda: len(avatar.said) == 3)
    assert ["Ben" in avatar.said[0][1], avatar.said[1][1], "Anna" in avatar.said[2][1]] == [True, "I am back!", True]


def test_clear_drops_all_of_it_and_says_so(port: int, house: House):
    house.bridge.start()
    waiting(port)
    assert kinds(post(port, "/api/outbox/clear")) == []
    eventually(lambda: house.bridge.status()["counters"]["unsaid"] == {"cleared": 3})
    assert [entry["rule"] for entry in house.bridge.board.audit if entry["action"] == "command"] == ["clear"]


def test_a_typed_line_passes_the_gate_like_any_other(port: int, house: House):
    """A slip of the streamer's fingers costs their account like a viewer's trick."""
    house.bridge.start()
    waiting(port)
    reply = post(port, "/api/say", {"text": "kill yourself"})
    assert (reply.status, "error" in reply.json) == (422, True)
    assert len(waiting(port)) == 3
    assert any(entry["action"] == "refuse" for entry in house.bridge.board.audit)


def test_nothing_is_typed_into_a_panic_or_twice(port: int, house: House):
    house.bridge.start()
    waiting(port)
    assert post(port, "/api/say", {"text": "Hello!"}).status == 200
    twice = post(port, "/api/say", {"text": "Hello!"})
    assert (twice.status, twice.json) == (422, {"error": "This line waits already."})
    post(port, "/api/panic", {"on": True})
    silenced = post(port, "/api/say", {"text": "Hello again!"})
    assert (silenced.status, "audit" in str(silenced.json)) == (422, False), "the audit knows nothing of it"


@pytest.mark.parametrize("path", ["now", "drop", "move"])
@pytest.mark.parametrize("line_id", ["0", "999999", "9" * 300])
def test_a_line_that_does_not_wait_any_more_is_said_to_be_gone(port: int, house: House, path: str, line_id: str):
    house.bridge.start()
    waiting(port)
    reply = post(port, f"/api/outbox/{line_id}/{path}", {"position": 0})
    assert (reply.status, reply.json["error"]) == (404, "This line does not wait any more.")
    assert len(waiting(port)) == 3


@pytest.mark.parametrize(
    "content", [{}, {"position": -1}, {"position": "1"}, {"position": True}, {"position": 1e9}, []]
)
def test_a_position_is_a_whole_number(port: int, content: Any):
    assert post(port, "/api/outbox/1/move", content).status == 400


@pytest.mark.parametrize("content", [{}, {"text": ""}, {"text": " \n"}, {"text": 3}, {"text": "x" * 501}, "x"])
def test_a_text_is_a_text(port: int, content: Any):
    assert post(port, "/api/say", content).status == 400


def test_without_a_bot_nothing_waits_and_nobody_says_anything(port: int):
    assert ask(port, "/api/outbox").json == {"lines": []}
    assert post(port, "/api/outbox/clear").json == {"lines": []}
    assert post(port, "/api/outbox/1/drop").status == 404
    assert post(port, "/api/say", {"text": "Hello!"}).status == 409


def test_another_sites_page_cannot_put_words_into_its_mouth(port: int):
    body = json.dumps({"text": "Hello!"}).encode()
    assert ask(port, "/api/say", "POST", body, Content_Type="text/plain", Origin="http://evil.example").status == 403


def test_the_line_of_a_question_dropped_by_clear_ends_its_answer(tmp_path: Path):
    """Otherwise its rest would follow a second later."""

    async def scenario() -> tuple[list[str], list[str]]:
        brain = EchoBrain(seconds=0.05, sentences=("One.", "Two.", "Three."))
        avatar = ListeningAvatar(seconds=0.01)
        avatar.ready = asyncio.Event().wait  # type: ignore[method-assign, assignment] # never
        bot = Bot(
            settings=load_settings(tmp_path / "settings.yaml"), source=Crowd([(0.0, comment("why?"))]), avatar=avatar,
            brain=brain, people=Notebook(), ear=ScriptedEar(), board=Wall(), estimate=lambda _: 0.01,
        )  # fmt: skip
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            async with asyncio.timeout(PATIENCE):
                while not bot._waits.outbox.size():  # noqa: ASYNC110 - the outbox is asked, not awaited
                    await asyncio.sleep(0.001)
            assert bot.handlers()["clear"]() == 1
            await asyncio.sleep(0.3)
            waiting = [line.text for line in bot._waits.outbox.queue()]
            stop.set()
        return waiting, brain.given_up

    assert asyncio.run(scenario()) == ([], ["why?"])
