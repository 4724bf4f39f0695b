"""Why-cards over real HTTP: found, filtered, whole, bounded, forgotten."""

from pathlib import Path
from typing import Any

import pytest

from app import House
from live.shelf import SHELF, Shelf
from tests.fakes import somebody
from tests.web_house import ask, build_house


def card(number: int, *, user: str = "ada", said: str = "", **facts: Any) -> dict[str, Any]:
    lines = [{"text": said, "said": said, "rule": "", "reason": ""}] if said else []
    event = {"user_id": "", "username": user, "nickname": user.title(), "text": "why?"}
    blank = {
        "at": float(number),
        "kind": "comment",
        "rule": "",
        "fate": "skipped",
        "reason": "",
        "model": "",
        "provider": "",
    }
    more = {"background": "", "prompt": ["p"], "passages": [], "sentences": []}
    return {"id": number, "keys": [f"m{number}"], **blank, **more, "events": [event], "lines": lines, **facts}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build_house(tmp_path)


def ids(port: int, query: str = "") -> list[int]:
    return [entry["id"] for entry in ask(port, f"/api/utterances{query}").json["entries"]]


def test_cards_come_newest_first_without_their_prompt_and_each_whole_by_its_number(port: int, house: House):
    assert ids(port) == []
    for number in (1, 2, 3):
        house.bridge.board.file(card(number, said="Because." if number == 2 else ""))

    assert ids(port) == [3, 2, 1]
    assert "prompt" not in ask(port, "/api/utterances").json["entries"][0]
    assert ask(port, "/api/utterances/2").json["prompt"] == ["p"]


def test_cards_are_searched_and_filtered(port: int, house: House):
    house.bridge.board.file(card(1, reason="not_relevant"))
    house.bridge.board.file(card(2, user="bob", said="Because of the moon.", fate="answered"))

    assert ids(port, "?q=MOON%20bob") == [2]
    assert ids(port, "?fate=answered") == ids(port, "?lines=1") == [2]
    assert ids(port, "?reason=not_relevant&kind=comment") == [1]
    assert ids(port, "?key=m1") == [1]
    assert ids(port, "?key=m1&kind=gift") == ids(port, "?key=m7") == []
    assert ids(port, "?limit=1") == [2]
    assert ids(port, "?limit=0") == ids(port, "?kind=gift") == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?limit=x", 400),
        ("?limit=-1", 400),
        (f"?q={'a' * 201}", 400),
        ("/99", 404),
        ("/x", 404),
        (f"/{'9' * 4000}", 404),
    ],
)
def test_what_cannot_be_looked_up_is_answered_in_plain_words(port: int, path: str, status: int):
    reply = ask(port, f"/api/utterances{path}")
    assert (reply.status, bool(reply.json["error"])) == (status, True)


def test_a_newer_card_replaces_the_older_one_also_when_a_line_came_of_it():
    shelf = Shelf()
    shelf.file(card(1))
    shelf.file(card(1, said="Because."))

    assert [c["lines"] != [] for c in shelf.cards()] == [True]


def test_what_was_left_does_not_push_out_what_was_said():
    shelf = Shelf()
    shelf.file(card(0, said="Because."))
    for number in range(1, SHELF + 10):
        shelf.file(card(number))

    assert len(shelf.cards()) == SHELF + 1
    assert shelf.card(0) is not None
    assert shelf.card(1) is None


def test_a_forgotten_viewer_is_on_no_card_and_a_new_stream_begins_with_none():
    shelf = Shelf()
    shelf.file(card(1))
    shelf.file(card(2, user="bob", said="Because."))
    assert shelf.unfile(somebody("bob"), 10.0) == 1
    assert [c["id"] for c in shelf.cards()] == [1]
    shelf.file(card(11, user="bob", said="Later."))
    assert [c["id"] for c in shelf.cards()] == [11, 1], "what they do afterwards begins anew"
    shelf.clear()
    assert shelf.cards() == []


def test_whoever_is_forgotten_is_not_named_on_the_cards_of_others():
    """Neither on a card that is read whole nor in the list, and also when it was filed afterwards: it may be a while old."""
    shelf = Shelf()
    prompt = [{"role": "user", "content": "<ben> writes: <is Zoe_9 here?>"}]
    shelf.file(card(1, user="ben", said="Hi Zoe_9!", prompt=prompt))
    shelf.unfile(somebody("zoe_9"), 10.0)
    shelf.file(card(2, user="ben", said="Zoe_9 was here."))
    shelf.file(card(11, user="ben", said="Zoe_9 is back."))

    newest, *old = shelf.cards()
    assert newest["lines"][0]["said"] == "Zoe_9 is back."
    assert "zoe_9" not in str([*old, shelf.card(1), shelf.card(2)]).casefold()
    assert shelf.cards()[1] is old[0], "it is cleaned once"
