"""Who is to be forgotten, by every name that is known of them, and what of a text names them.

Standard library only, any thread.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SOMEBODY = "forgotten"
"""Stands where a forgotten viewer was named."""

SHORTEST_NAME, SHORT, SHORT_NICKNAME = 3, 6, 8
"""Characters from which a name can be told from other words: any, one of letters only, and a display name of letters only,
which anybody can choose. Below it is taken out only where it surely names its viewer."""


@dataclass(frozen=True)
class Whom:
    """One viewer. Empty names are none: nobody is meant by them."""

    usernames: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    nicknames: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("usernames", "ids", "nicknames"):
            object.__setattr__(self, name, frozenset(filter(None, getattr(self, name))))

    def __or__(self, other: "Whom") -> "Whom":
        return Whom(self.usernames | other.usernames, self.ids | other.ids, self.nicknames | other.nicknames)

    def is_(self, username: str, user_id: str) -> bool:
        """Whether these are theirs."""
        return username in self.usernames or user_id in self.ids

    def met(self, among: Callable[["Whom"], Iterable[tuple[str, str, str]]]) -> "Whom":
        """With the further names they have where `among` finds the `(user_id, username, nickname)` of who shares a name."""
        whom = self
        while True:
            same = [*among(whom)]
            ids, usernames, nicknames = (frozenset(names) for names in zip(*same, strict=True)) if same else ((),) * 3
            grown = whom | Whom(frozenset(usernames), frozenset(ids), frozenset(nicknames))
            if grown == whom:
                return whom
            whom = grown

    def is_in(self, text: str) -> bool:
        """Whether the text names them; quick where it does not."""
        folded = text.casefold()
        return any(name in folded for name in self._folded) and self.words.search(text) is not None

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        names = self.usernames | self.ids | self.nicknames
        return tuple({name.casefold() for name in names if len(name) >= SHORTEST_NAME})

    @cached_property
    def words(self) -> "re.Pattern[str]":
        """Their names, wherever somebody wrote or said them; a name that is like any other word only after an @."""
        clear = [name for name in self.usernames | self.ids if _is_clear(name, SHORT)]
        clear += [name for name in self.nicknames if _is_clear(name, SHORT_NICKNAME)]
        names = [name for name in self.usernames | self.ids | self.nicknames if len(name) >= SHORTEST_NAME]
        patterns = ([rf"(?<!\w){_any_of(clear)}(?!\w)"] if clear else []) + (
            [rf"@{_any_of(names)}(?!\w)"] if names else []
        )
        return re.compile(f"(?i){'|'.join(patterns)}" if patterns else r"(?!)")


def _is_clear(name: str, short: int) -> bool:
    """Whether it is no ordinary word: nobody can make a text unreadable by calling themselves "the" and leaving."""
    ordinary = all(sign.isalpha() or sign.isspace() for sign in name)
    return len(name) >= (short if ordinary else SHORTEST_NAME)


def _any_of(names: Iterable[str]) -> str:
    longest_first = sorted(map(re.escape, sorted(names)), key=len, reverse=True)
    return f"(?:{'|'.join(longest_first)})"


def cleaned(value: Any, whom: Whom) -> Any:
    """The value without this viewer's names in any text of it; keys of mappings stay, and what does not name them itself."""
    if isinstance(value, str):
        return whom.words.sub(SOMEBODY, value) if whom.is_in(value) else value
    if isinstance(value, list | tuple):
        return [cleaned(item, whom) for item in value]
    return {name: cleaned(part, whom) for name, part in value.items()} if isinstance(value, dict) else value
