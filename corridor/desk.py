"""The streamer's desk: what waits to be said, shown and ordered by hand, and lines the streamer types. Bot's loop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corridor.ordering import NOW
from corridor.speaking import Speaking
from corridor.steering import Steering
from corridor.waiting import Waiting
from events import Utterance

TYPED_TTL = 600.0
"""Seconds a typed line may wait: whoever typed it sees it waiting and can drop it."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Orders about single lines. Lines are named by their `id`; False means that it does not wait any more."""

    waits: Waiting
    steering: Steering
    speaking: Speaking
    clock: Callable[[], float]

    def handlers(self) -> dict[str, Callable[..., object]]:
        """See `Bot.handlers`."""
        return {
            "lines": self.lines,
            "now": self.now,
            "move": self.move,
            "drop": self.drop,
            "clear": self.clear,
            "say": self.say,
        }

    def lines(self) -> list[dict[str, Any]]:
        """What waits to be said, what comes first in front: id, kind, text, priority, age, ttl (seconds)."""
        return self.waits.outbox.lines()

    def now(self, line_id: int) -> bool:
        """Say this line next. It still waits for its turn: nobody is talked over."""
        self._ordered("now", line_id)
        return self._did(self.waits.outbox.urge(line_id))

    def move(self, line_id: int, position: int) -> bool:
        """Say this line as the `position`th from now, 0 is next."""
        self._ordered("move", line_id, position=position)
        return self._did(self.waits.outbox.move(line_id, position))

    def drop(self, line_id: int) -> bool:
        """Do not say this line."""
        self._ordered("drop", line_id)
        return self._did(self.waits.outbox.drop(lambda line: line.id == line_id, "skip") > 0)

    def clear(self) -> int:
        """Say nothing of what waits, nor the rest of an answer in it; how many lines that were."""
        self.speaking.record("order", order="clear", by="")
        for line in self.waits.outbox.queue():
            if line.kind == "answer" and line.events:
                self.steering.break_off(line.events[0], "cleared")
        count = self.waits.outbox.clear("cleared")
        self.steering.note("command", rule="clear")
        self._did(True)
        return count

    def say(self, text: str) -> dict[str, Any]:
        """Say what the streamer typed, as soon as may be: `{"id"}`, or `{"refused": code}` when it cannot be said."""
        self.speaking.record("order", order="say", text=text, by="")
        line = Utterance(text=text.strip(), kind="say", priority=NOW, born=self.clock(), ttl=TYPED_TTL)
        verdict = self.speaking.judge(line)
        if not verdict.text:
            self.steering.judged(line, verdict)
            return {"refused": verdict.rule}
        if not self.steering.put(line):
            return {"refused": "panic" if self.steering.silence.panic else "duplicate"}
        self._did(True)
        return {"id": max(line.id for line in self.waits.outbox.queue())}

    def _ordered(self, order: str, line_id: int, **details: int) -> None:
        """Note which line is meant in words that name it in a replay, too."""
        words = {line["id"]: (line["kind"], line["text"]) for line in self.lines()}
        if meant := words.get(line_id):
            nth = [number for number, said in words.items() if said == meant].index(line_id)
            self.speaking.record("order", order=order, kind=meant[0], text=meant[1], nth=nth, by="", **details)

    def _did(self, changed: bool) -> bool:
        if changed:
            self.steering.changed()
        return changed
