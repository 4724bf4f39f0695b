"""What pages hear over real Socket.IO: at most one message a tick beside the meter, whatever happens on the board."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from web_house import PATIENCE, Page, eventually

from app import Dashboard, House
from web.feed import Feed
from web.pump import Pump


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    dashboard = Dashboard(house, port=0)
    dashboard.start()
    page = Page(dashboard.port)
    page.next("outbox")
    yield page
    page.close()
    dashboard.stop()


def card(number: int, *lines: str) -> dict[str, Any]:
    return {"id": number, "at": 1.0, "kind": "comment", "events": [], "lines": list(lines), "prompt": ["long"], "background": "x", "passages": []}  # fmt: skip


def test_each_tick_sends_one_message_beside_the_level(house: House, page: Page, monkeypatch: pytest.MonkeyPatch):
    """Counted by ticks, not by a clock: with everything happening at once, all the time."""
    ticks: Counter[str] = Counter()
    sent: list[tuple[int, str]] = []
    tick, emit = Pump._tick, Feed.emit

    def counted_tick(pump: Pump, now: float) -> None:
        ticks["all"] += 1
        tick(pump, now)

    def counted_emit(feed: Feed, name: str, *payload: Any, **to: Any) -> None:
        sent.append((ticks["all"], name))
        emit(feed, name, *payload, **to)

    monkeypatch.setattr(Pump, "_tick", counted_tick)
    monkeypatch.setattr(Feed, "emit", counted_emit)
    board = house.bridge.board
    for number in range(40):
        before = ticks["all"]
        board.show({"running": True, "state": "live", "queue": number})
        board.keep(({"id": number + 1, "at": 1.0},))
        board.file(card(number, "a line"))
        for name in ("event", "level", "alert", "caption", "caption_end", "command"):
            for _ in range(20):
                board.tell(name, {"at": float(number), "kind": "x"})
        board.tell("outbox", {"lines": [], "at": float(number)})
        eventually(lambda before=before: ticks["all"] > before)
    per_tick = Counter(tick for tick, name in sent if name != "level")
    assert max(per_tick.values()) == 1
    assert max(Counter(tick for tick, name in sent if name == "level").values()) == 1
    assert {"events", "status", "card", "audit", "alert", "caption", "outbox"} <= {name for _, name in sent}


def test_five_hundred_events_at_once_are_one_message_for_each_page(house: House, page: Page):
    for number in range(500):
        house.bridge.board.tell("event", {"number": number})
    assert len(page.next("events", lambda batch: batch)) == 500


def test_a_page_that_comes_later_knows_what_waits_and_what_is_said(house: House, page: Page):
    """An overlay that is opened in the middle of a sentence shows it."""
    board = house.bridge.board
    board.tell("outbox", {"lines": [{"id": 1, "text": "hello"}], "at": 1.0})
    board.tell("caption", {"text": "I am talking", "kind": "answer", "at": 2.0})
    page.next("caption")
    page.next("outbox", lambda outbox: outbox["lines"])
    later = Page(int(page.client.connection_url.rpartition(":")[2]))
    assert later.next("outbox")["lines"] == [{"id": 1, "text": "hello"}]
    assert later.next("caption")["text"] == "I am talking"
    board.tell("caption_end", {"at": 3.0})
    later.next("caption_end")
    later.close()
    last = Page(int(page.client.connection_url.rpartition(":")[2]))
    board.tell("event", {"number": 1})
    names = []
    while (heard := last.heard.get(timeout=PATIENCE)) != ("events", [{"number": 1}]):
        names.append(heard[0])
    assert "caption" not in names
    last.close()


def test_cards_with_a_line_are_told_without_the_prompt_and_those_of_comments_that_led_to_none_are_not(
    house: House, page: Page
):
    house.bridge.board.file(card(1))
    house.bridge.board.file(card(2, "said"))
    told = page.next("card")
    assert told["id"] == 2
    assert "prompt" not in told


def test_what_the_gate_refused_is_told_once_and_again_after_a_new_start(house: House, page: Page):
    board = house.bridge.board
    board.keep(({"id": 1, "at": 1.0, "rule": "bad_word"},))
    assert page.next("audit")["rule"] == "bad_word"
    board.keep(({"id": 1, "at": 1.0, "rule": "bad_word"}, {"id": 2, "at": 2.0, "rule": "spam"}))
    assert page.next("audit")["rule"] == "spam"
    board.keep(())
    board.keep(({"id": 1, "at": 9.0, "rule": "link"},))
    assert page.next("audit")["rule"] == "link"


def test_many_rooms_may_tell_at_once(house: House, page: Page):
    """The bot's loop and the microphone's thread."""
    board = house.bridge.board

    def tell(who: int) -> None:
        for number in range(100):
            board.tell("event", {"who": who, "number": number})

    threads = [threading.Thread(target=tell, args=(who,)) for who in range(4)]
    [thread.start() for thread in threads]
    [thread.join(PATIENCE) for thread in threads]
    heard: list[dict[str, int]] = []
    while len(heard) < 400:
        heard += page.next("events", lambda batch: batch)
    for who in range(4):
        assert [event["number"] for event in heard if event["who"] == who] == list(range(100))
