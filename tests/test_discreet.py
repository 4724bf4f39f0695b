"""A key that somebody posts in chat ends at the door."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from events import EventKind, Link, LiveEvent
from live.discreet import Discreet

KEY = "sk-0123456789abcdef"


@dataclass
class Live:
    events: list[LiveEvent]

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        for event in self.events:
            sink(event)


def comment(text: str, nickname: str = "Anna") -> LiveEvent:
    return LiveEvent(kind=EventKind.COMMENT, user_id="1", username="anna", nickname=nickname, at=0.0, text=text)


def heard(event: LiveEvent, *secrets: str) -> LiveEvent:
    got: list[LiveEvent] = []
    asyncio.run(Discreet(Live([event]), lambda: secrets).run(got.append, lambda _: None))
    return got[0]


@pytest.mark.parametrize(
    ("text", "secrets", "left"),
    [
        (f"is {KEY} yours?", (KEY,), "is *** yours?"),
        (f"{KEY}{KEY}", (KEY,), "******"),
        (f"{KEY}-more", (KEY, f"{KEY}-more"), "***"),
        ("ollama is nice", ("ollama",), "ollama is nice"),
        ("hello", (KEY,), "hello"),
        ("hello", ("",), "hello"),
    ],
)
def test_a_viewers_text_loses_every_key(text: str, secrets: tuple[str, ...], left: str):
    """The longest first, or the rest of it would stay; words that are keys of local servers stay words."""
    assert heard(comment(text), *secrets).text == left


def test_a_nickname_loses_it_too_and_all_else_stays():
    """Nicknames are free text."""
    event = comment("hi", f"its {KEY}")
    assert heard(event, KEY) == comment("hi", "its ***")
