"""What the stand-in dashboard's bot has waiting, and who and what is in its room: shapes that pages must survive."""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

STARTED = time.time()


class Desk:
    """Lines that wait, as `corridor.desk` orders them; never said, so that a test has them in hand."""

    def __init__(self, hostile: str) -> None:
        self._numbers, self._hostile = itertools.count(1), hostile
        texts = ["Thank you for the roses, Mia!", "Hello Ben, welcome back!", hostile, "The song is by Änna herself."]
        kinds = ["thanks", "greeting", "answer", "no_such_kind"]
        self._lines = [self._line(kind, text) for kind, text in zip(kinds, texts, strict=True)]

    def handlers(self) -> Mapping[str, Callable[..., object]]:
        """As `Bot.handlers`, of what waits and of the room."""
        return {
            "lines": lambda: [{**line, "age": time.time() - line["age"]} for line in self._lines],
            "now": lambda line: self._move(line, 0),
            "move": self._move,
            "drop": self._drop,
            "clear": self._clear,
            "say": self._say,
            "here": lambda: _viewers(self._hostile),
            "gifts": lambda limit: {
                "gifts": _gifts(self._hostile)[:limit],
                "today": {"streaks": 9, "pieces": 1234, "diamonds": 5678},
            },
        }

    def _line(self, kind: str, text: str) -> dict[str, Any]:
        return {"id": next(self._numbers), "kind": kind, "text": text, "priority": 5, "age": time.time(), "ttl": 60.0}

    def _move(self, number: int, position: int) -> bool:
        found = [line for line in self._lines if line["id"] == number]
        rest = [line for line in self._lines if line["id"] != number]
        self._lines = [*rest[:position], *found, *rest[position:]]
        return bool(found)

    def _drop(self, number: int) -> bool:
        before = len(self._lines)
        self._lines = [line for line in self._lines if line["id"] != number]
        return len(self._lines) < before

    def _clear(self) -> int:
        gone, self._lines = len(self._lines), []
        return gone

    def _say(self, text: str) -> Mapping[str, Any]:
        if any(line["text"] == text for line in self._lines):
            return {"refused": "duplicate"}
        self._lines.append(self._line("say", text))
        return {"id": self._lines[-1]["id"]}


def _gifts(hostile: str) -> list[dict[str, Any]]:
    names = ["Rose", "Finger Heart", hostile, "Lion"]
    who = {"username": "anna", "nickname": hostile}
    return [
        {"at": STARTED - 40 * place, **who, "gift": gift, "count": 3, "diamonds": 3, "thanked": place > 0}
        for place, gift in enumerate(names)
    ]


def _viewers(hostile: str) -> list[dict[str, Any]]:
    names = ["Mia", "Ben", hostile, *(f"Viewer {number}" for number in range(40))]
    return [{"username": f"v{place}", "nickname": name, "since": STARTED} for place, name in enumerate(names)]


def _answer(hostile: str) -> dict[str, Any]:
    return {"answer": ["It depends.", hostile], "model": "tiny", "provider": "openai", "seconds": 0.84}
