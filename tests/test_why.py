"""Every line and every comment has a card that tells why."""

from typing import Any

from events import NoJournal
from live.why import DRAFTS, REMEMBERED, Card, WhyCards, WithCards
from tests import virtual
from tests.fakes import EchoBrain, Wall, comment, gift, house, live, somebody
from web.cards import matches


class Shelf:
    def __init__(self) -> None:
        self.cards: dict[int, Card] = {}
        self.why = WhyCards(self.file)
        self.at = 100.0

    def file(self, card: Card) -> None:
        self.cards[card["id"]] = card

    def note(self, happening: str, **facts: Any) -> None:
        self.at += 1
        self.why.note(happening, self.at, **facts)

    def comes(self, key: str, text: str = "why?", user: str = "ada", kind: str = "comment") -> None:
        event = {
            "kind": kind,
            "key": key,
            "user_id": "1",
            "username": user,
            "nickname": user.title(),
            "at": self.at,
            "text": text,
        }
        self.note("event", event=event)

    @property
    def newest(self) -> Card:
        return self.cards[max(self.cards)]


def with_cards(wall: Wall) -> WithCards:
    return WithCards(NoJournal(), WhyCards(wall.file))


def line(*keys: str, text: str = "Because.", kind: str = "answer") -> dict[str, Any]:
    return {"keys": list(keys), "kind": kind, "text": text, "names": [], "priority": 2, "born": 100.0}


def judged(shelf: Shelf, key: str, refusal: str = "") -> None:
    shelf.note("judged", key=key, score=0.7, refusal=refusal, greeting=False, parts={"question": 0.2})


def test_an_answer_has_one_card_with_everything_from_the_comment_to_the_last_sound():
    shelf = Shelf()
    shelf.comes("m1")
    judged(shelf, "m1")
    shelf.note("chosen", key="m1", waited=2.0, background="likes cats")
    shelf.note(
        "request", key="m1", messages=[{"role": "user", "content": "why?"}], model="m", provider="p", cached=False
    )
    shelf.note("sentence", key="m1", text="Because.", offset=0.4)
    shelf.note("verdict", **line("m1"), action="pass", rule="", reason="", said="Because.")
    shelf.note("line", **line("m1"), waits=True)
    shelf.note("answer", key="m1", usage={"input": 9, "output": 2}, error="")
    shelf.note("utterance", **line("m1"), said="Because.", waited=6.0)
    shelf.note("utterance_end", **line("m1"), said="Because.", seconds=1.5, error="", sent=True)
    shelf.note("fate", key="m1", kind="comment", fate="answered", reason="")

    (card,) = shelf.cards.values()
    assert (card["score"], card["parts"], card["background"], card["model"]) == (
        0.7,
        {"question": 0.2},
        "likes cats",
        "m",
    )
    assert (card["fate"], card["usage"], card["waited"]) == ("answered", {"input": 9, "output": 2}, 2.0)
    (said,) = card["lines"]
    assert (said["said"], said["action"], said["seconds"]) == ("Because.", "pass", 1.5)
    assert list(card["timings"]) == ["heard", "chosen", "asked", "first_sentence", "answered", "spoken"]
    assert list(card["timings"].values()) == sorted(card["timings"].values())


def test_a_comment_that_is_not_answered_has_a_card_with_the_reason():
    shelf = Shelf()
    shelf.comes("m1", "lol")
    judged(shelf, "m1", refusal="not_relevant")
    shelf.note("fate", key="m1", kind="comment", fate="skipped", reason="not_relevant")

    assert (shelf.newest["rule"], shelf.newest["reason"], shelf.newest["lines"]) == ("not_relevant", "not_relevant", [])


def test_a_refused_line_shows_the_rule_that_refused_it():
    shelf = Shelf()
    shelf.comes("m1")
    shelf.note("verdict", **line("m1", text="bad"), action="refuse", rule="slur", reason="bad", said="")

    assert (shelf.newest["lines"][0]["rule"], shelf.newest["lines"][0]["said"]) == ("slur", "")


def test_a_merged_line_names_all_it_speaks_of_on_one_card():
    shelf = Shelf()
    shelf.comes("f1", "", "ada", "follow")
    shelf.comes("f2", "", "bob", "follow")
    both = line("f1", "f2", text="Thanks, {names}!", kind="follow")
    shelf.note("utterance", **both, said="Thanks, Ada, Bob!", waited=1.0)
    shelf.note("fate", key="f1", kind="follow", fate="thanked", reason="")
    shelf.note("fate", key="f2", kind="follow", fate="skipped", reason="merged")

    (card,) = shelf.cards.values()
    assert [event["username"] for event in card["events"]] == ["ada", "bob"]


def test_a_line_of_nobody_has_a_card_of_its_own():
    shelf = Shelf()
    shelf.note("utterance", **line(text="Done.", kind="say"), said="Done.", waited=0.0)

    assert (shelf.newest["kind"], shelf.newest["events"]) == ("say", [])


def test_what_only_happens_has_no_card():
    """A raid's joins and likes must not push out what somebody asks about."""
    shelf = Shelf()
    shelf.comes("j1", "", kind="join")
    shelf.note("fate", key="j1", kind="join", fate="skipped", reason="greeted_before")
    shelf.comes("g1", "Rose", kind="gift")
    shelf.note("fate", key="g1", kind="gift", fate="skipped", reason="streak_step")
    shelf.note("mic", talking=True)

    assert shelf.cards == {}


def test_a_published_card_does_not_change_under_its_reader():
    shelf = Shelf()
    shelf.comes("m1")
    shelf.note("utterance", **line("m1"), said="Because.", waited=1.0)
    before = shelf.newest
    shelf.note("utterance_end", **line("m1"), said="Because.", seconds=1.5, error="", sent=True)

    assert before["lines"][0]["seconds"] is None
    assert shelf.newest["lines"][0]["seconds"] == 1.5


def test_whoever_is_forgotten_is_on_no_card():
    shelf = Shelf()
    shelf.comes("m1", user="ada")
    judged(shelf, "m1")
    shelf.cards.clear()
    shelf.why.forget(somebody("ada"))
    shelf.note("fate", key="m1", kind="comment", fate="skipped", reason="forgotten")
    shelf.note("utterance", **line("m1"), said="Because, Ada.", waited=1.0)

    assert not shelf.cards


def test_an_endless_stream_needs_bounded_memory():
    shelf = Shelf()
    for number in range(REMEMBERED + 50):
        shelf.comes(f"m{number}")
        judged(shelf, f"m{number}")

    assert (len(shelf.why._events), len(shelf.why._drafts)) == (REMEMBERED, DRAFTS)


def test_cards_are_found_by_any_words_of_theirs_in_any_order():
    shelf = Shelf()
    shelf.comes("m1", "Why is the SKY green?")
    shelf.note("utterance", **line("m1"), said="Because of the level.", waited=1.0)

    assert matches(shelf.newest, "sky level ADA")
    assert not matches(shelf.newest, "sky blue")
    assert matches(shelf.newest, "")


def test_the_whole_corridor_leaves_a_card_for_each_comment_and_line():
    """The notes and the cards are made in different rooms: they must speak the same language."""
    wall = Wall()
    script = [(1.0, comment("why is the sky blue?")), (2.0, comment("lol", "bob")), (9.0, gift("Rose", "cyd"))]
    virtual.run(live(house(script, journal=with_cards(wall), board=wall, brain=EchoBrain()), 60))

    by_kind = {(card["kind"], card["events"][0]["username"]): card for card in wall.cards.values()}
    answered, left, thanked = by_kind["comment", "ada"], by_kind["comment", "bob"], by_kind["gift", "cyd"]
    assert (answered["fate"], answered["score"] > 0.6) == ("answered", True)
    assert answered["lines"][0]["seconds"] == 2.0
    assert (left["fate"], left["reason"], left["lines"]) == ("skipped", "not_relevant", [])
    assert (thanked["fate"], "Rose" in thanked["lines"][0]["said"]) == ("thanked", True)


def test_the_corridor_forgets_the_cards_of_whoever_asks_for_it():
    wall = Wall()
    script = [(1.0, comment("why is the sky blue?")), (20.0, comment("!forgetme"))]
    virtual.run(live(house(script, journal=with_cards(wall), board=wall, brain=EchoBrain()), 60))

    assert "sky" not in str(wall.cards)
