"""Why the pal said what it said, and why not: one card for each line and each comment, made from the journal's notes.

Lives on the bot's loop; a card that was published is never changed, only replaced by a newer one with the same `id`.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from events import EventKind, Keeper, Link, Whom, identity
from live.notes import event_from
from live.shelf import Card, tells_of

DRAFTS = 1000
"""Cards that can still change. A line is said or dropped long before so many newer ones have come."""

REMEMBERED = 5000
"""Events whose facts are at hand when a line about them comes."""

WRITTEN = {EventKind.COMMENT.value, EventKind.QUESTION.value}
NOTABLE = WRITTEN | {EventKind.GIFT.value, EventKind.SUBSCRIBE.value}
"""Kinds that have a card also when no line was made of them: whoever paid or wrote may ask why."""

UNTOLD = {"streak_step", "noted"}
"""Fates that are no decision: the streak's last frame has the card."""

"""`{id, at, keys, kind, events, score, parts, rule, greeting, waited, background, passages, model, provider, cached, prompt,
usage, error, sentences, lines, fate, reason, timings}`; see docs/architecture.md, "Why-cards"."""


class WhyCards:
    """A journal that gives each card to `publish` whenever it has become fuller."""

    def __init__(self, publish: Callable[[Card], None]) -> None:
        self._publish = publish
        self._events: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._drafts: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._count = 0
        self._steps: Mapping[str, Callable[[float, Mapping[str, Any]], None]] = {
            "event": self._came,
            "judged": self._judged,
            "chosen": self._chosen,
            "request": self._asked,
            "answer": self._answered,
            "sentence": self._sentence,
            "line": self._line,
            "verdict": self._verdict,
            "opinion": self._opinion,
            "utterance": self._begins,
            "utterance_end": self._ended,
            "fate": self._fate,
        }

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """Take in one note; those that decide nothing are passed over, and those about somebody who was forgotten."""
        step = self._steps.get(happening)
        if step and not any(key in self._gone for key in (facts.get("key"), *facts.get("keys", ()))):
            step(at, facts)

    def forget(self, whom: Whom) -> None:
        """No card comes of what this viewer did until now, nor of what is noted of it later."""
        theirs = [key for key, event in self._events.items() if whom.is_(event["username"], event["user_id"])]
        for key in theirs:
            del self._events[key]
        theirs += [key for key, card in self._drafts.items() if tells_of(card, whom)]
        for key in theirs:
            self._drafts.pop(key, None)
            self._gone[key] = None
        while len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)

    def _came(self, _at: float, facts: Mapping[str, Any]) -> None:
        event = facts["event"]
        self._events[event.get("key") or identity(event_from(event))] = event
        if len(self._events) > REMEMBERED:
            self._events.popitem(last=False)

    def _judged(self, at: float, facts: Mapping[str, Any]) -> None:
        card = self._card(at, facts["key"])
        card["score"], card["greeting"], card["rule"] = facts["score"], facts["greeting"], facts["refusal"]
        card["parts"] = dict(facts.get("parts", {}))

    def _chosen(self, at: float, facts: Mapping[str, Any]) -> None:
        card = self._card(at, facts["key"])
        card["waited"], card["background"] = facts["waited"], facts["background"]
        card["timings"]["chosen"] = at

    def _asked(self, at: float, facts: Mapping[str, Any]) -> None:
        card = self._card(at, facts["key"])
        card["prompt"] = facts["messages"]
        card["timings"].setdefault("asked", at)
        for name in ("model", "provider", "cached", "passages", "persona"):
            if name in facts:
                card[name] = facts[name]

    def _answered(self, at: float, facts: Mapping[str, Any]) -> None:
        card = self._card(at, facts["key"])
        card["timings"]["answered"] = at
        for name in ("usage", "error", "provider", "model"):
            if name in facts:
                card[name] = facts[name]

    def _sentence(self, at: float, facts: Mapping[str, Any]) -> None:
        card = self._card(at, facts["key"])
        card["timings"].setdefault("first_sentence", at)
        card["sentences"].append({"text": facts["text"], "offset": facts["offset"]})

    def _line(self, at: float, facts: Mapping[str, Any]) -> None:
        self._entry(at, facts)["waits"] = facts["waits"]

    def _verdict(self, at: float, facts: Mapping[str, Any]) -> None:
        entry = self._entry(at, facts)
        entry |= {name: facts[name] for name in ("action", "rule", "reason", "said")}
        if facts["action"] == "refuse":
            self._show(self._card_of(at, facts))

    def _opinion(self, at: float, facts: Mapping[str, Any]) -> None:
        entry = self._entry(at, facts)
        entry["opinion"] = {"refusal": facts["refusal"], "seconds": facts["seconds"]}

    def _begins(self, at: float, facts: Mapping[str, Any]) -> None:
        card, entry = self._card_of(at, facts), self._entry(at, facts)
        entry |= {"said": facts["said"], "spoken_at": at}
        card["timings"].setdefault("spoken", at)
        self._show(card)

    def _ended(self, at: float, facts: Mapping[str, Any]) -> None:
        self._entry(at, facts).update({"seconds": facts["seconds"], "error": facts["error"]})
        self._show(self._card_of(at, facts))

    def _fate(self, at: float, facts: Mapping[str, Any]) -> None:
        known = facts["key"] in self._drafts
        if not known and (facts["kind"] not in NOTABLE or facts["reason"] in UNTOLD):
            return
        card = self._card(at, facts["key"])
        card["fate"], card["reason"] = facts["fate"], facts["reason"]
        self._show(card)

    def _card_of(self, at: float, line: Mapping[str, Any]) -> dict[str, Any]:
        """A line's card: that of the first thing it speaks of, else one of its own."""
        keys = line["keys"] or [f"line:{line['born']}:{line['text']}"]
        card = self._card(at, keys[0], line["kind"])
        card["keys"] += [key for key in keys if key not in card["keys"]]
        card["events"] += [self._events[k] for k in keys if k in self._events and self._events[k] not in card["events"]]
        return card

    def _card(self, at: float, key: str, kind: str = "") -> dict[str, Any]:
        card = self._drafts.get(key)
        if card is None:
            event = self._events.get(key)
            self._count += 1
            card = self._drafts[key] = {
                "id": self._count,
                "at": event["at"] if event else at,
                "keys": [key],
                "kind": event["kind"] if event else kind,
                "events": [event] if event else [],
                **{"score": None, "parts": {}, "rule": "", "greeting": False, "waited": None, "background": ""},
                **{"passages": [], "persona": "", "model": "", "provider": "", "cached": False, "prompt": []},
                **{"usage": None, "error": "", "sentences": [], "lines": [], "fate": "", "reason": ""},
                "timings": {"heard": event["at"] if event else at},
            }
            if len(self._drafts) > DRAFTS:
                self._drafts.popitem(last=False)
        return card

    def _entry(self, at: float, line: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of this line on its card."""
        card = self._card_of(at, line)
        lines: list[dict[str, Any]] = card["lines"]
        known = next((entry for entry in lines if entry["text"] == line["text"]), None)
        if known is None:
            blank = {
                "said": "",
                "action": "",
                "rule": "",
                "reason": "",
                "spoken_at": None,
                "seconds": None,
                "error": "",
            }
            known = {"text": line["text"], "kind": line["kind"], "priority": line["priority"], **blank}
            lines.append(known)
        return known

    def _show(self, card: Mapping[str, Any]) -> None:
        copies = {name: [dict(entry) for entry in card[name]] for name in ("sentences", "lines")}
        self._publish(
            {
                **card,
                **copies,
                "keys": list(card["keys"]),
                "events": list(card["events"]),
                "timings": dict(card["timings"]),
            }
        )


class WithCards:
    """A journal whose notes also become cards."""

    def __init__(self, journal: Keeper, cards: WhyCards) -> None:
        self._journal, self._cards = journal, cards

    def note(self, happening: str, at: float, **facts: Any) -> None:
        """To both."""
        self._journal.note(happening, at, **facts)
        self._cards.note(happening, at, **facts)

    def forget(self, whom: Whom, done: Callable[[int], None]) -> None:
        """Both do; `done` hears of the journal's."""
        self._journal.forget(whom, done)
        self._cards.forget(whom)

    async def run(self, report: Callable[[Link], None]) -> None:
        """What the journal has to do; cards are made at once."""
        await self._journal.run(report)
