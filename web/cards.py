"""Why-cards over HTTP: which lines were said or refused, which comments were left, and why. Flask's threads."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from live.shelf import Card, Shelf
from web.answers import ApiError, limit_of
from web.describe import LIMIT, NUMBER, OBJECT, TEXT, WHOLE, at_least, describe, listing, one_of, record, text
from web.words import Told

LONGEST_QUERY = 200

SEARCH = {
    "q": text(LONGEST_QUERY),
    "key": text(LONGEST_QUERY),
    "kind": TEXT,
    "fate": TEXT,
    "reason": TEXT,
    "lines": one_of("0", "1"),
    "limit": LIMIT,
}
CARD = at_least(
    {
        "id": WHOLE,
        "at": NUMBER,
        "keys": listing(TEXT),
        "kind": TEXT,
        "events": listing(OBJECT),
        "lines": listing(OBJECT),
    }
)


def add_card_routes(app: Flask, shelf: Shelf) -> None:
    """`GET /api/utterances` and `GET /api/utterances/<id>`."""

    @app.get("/api/utterances")
    @describe("What was said, refused or left, and why.", query=SEARCH, answer=record({"entries": listing(CARD)}))
    def utterances() -> ResponseReturnValue:
        """The newest `limit` cards that hold each word of `q`, speak of the event `key`, are of `kind` and had `fate`; `lines=1`: only with a line."""
        query = request.args.get("q", "")
        if max(len(query), len(request.args.get("key", ""))) > LONGEST_QUERY:
            raise ApiError(400, Told("refusal.search_long", longest=LONGEST_QUERY))
        if request.args.get("lines", "0") not in {"0", "1"}:
            raise ApiError(400, Told("refusal.lines_flag"))
        limit = limit_of("100")
        found = (card for card in shelf.cards() if matches(card, query) and _fits(card))
        return jsonify({"entries": [brief(card) for _, card in zip(range(limit), found, strict=False)]})

    @app.get("/api/utterances/<int:number>")
    @describe("One why-card, whole.", answer=CARD)
    def utterance(number: int) -> ResponseReturnValue:
        """The whole card."""
        if (card := shelf.card(number)) is None:
            raise ApiError(404, Told("refusal.no_card"), Told("refusal.cards_kept"))
        return jsonify(card)


def brief(card: Card) -> Card:
    """A card without what only the reader of this one wants: the prompt and what was known."""
    return {name: value for name, value in card.items() if name not in {"prompt", "background", "passages"}}


def matches(card: Card, query: str) -> bool:
    """Whether each word of `query` stands somewhere in what was written, said or decided."""
    heard = [str(event.get(name, "")) for event in card["events"] for name in ("username", "nickname", "text")]
    said = [str(line[name]) for line in card["lines"] for name in ("text", "said", "rule", "reason")]
    told = [str(card[name]) for name in ("kind", "rule", "fate", "reason", "model", "provider", "background")]
    text = "\n".join([*heard, *said, *told]).casefold()
    return all(word in text for word in query.casefold().split())


def _fits(card: Card) -> bool:
    wanted = request.args
    same = all(card[name] == wanted[name] for name in ("kind", "fate", "reason") if wanted.get(name))
    if (key := wanted.get("key")) and key not in card["keys"]:
        return False
    return same and (wanted.get("lines") != "1" or bool(card["lines"]))
