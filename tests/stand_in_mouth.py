"""What the stand-in dashboard's bot does with orders: silenced or not, and an audit that holds what pages must survive."""

import time
from collections.abc import Callable, Mapping

from events import Board
from live.audit import Action, Audit


class Mouth:
    """What is silenced, and what was not said."""

    def __init__(self, hostile: str) -> None:
        self.silenced: str | None = None
        self._hostile = hostile
        self._audit = Audit()
        self._write("refuse", "bad_word", "Contained a slur", "You absolute plonker, said the parrot", "")
        self._write("rewrite", "name", "The name cannot be spoken", "x_X_D4rk_X_x", "a friend")
        self._write("refuse", "no_such_rule", "Words of the server", hostile, hostile)

    def handlers(self, board: Board) -> Mapping[str, Callable[..., object]]:
        """As `Bot.handlers`; every order stands in the audit."""

        def order(name: Action) -> Callable[[bool], None]:
            def take(on: bool) -> None:
                self.silenced = name if on else None
                self._write(name, name, "on" if on else "off", "", "")
                board.keep(self._audit.entries())

            return take

        def taught(action: Action, word: str) -> None:
            self._write(action, "", f"{action}: {word}", word, "")
            board.keep(self._audit.entries())

        board.keep(self._audit.entries())
        return {"panic": order("panic"), "mute": order("mute"), "skip": lambda: None, "taught": taught}

    def alert(self, board: Board) -> None:
        """A red flag, which is in the audit, too."""
        self._write("red_flag", "self_harm", "Hints at self-harm", self._hostile, "")
        board.keep(self._audit.entries())
        who = {"username": "anna", "nickname": "Änna"}
        board.tell("alert", {"at": time.time(), "kind": "self_harm", **who, "text": self._hostile})

    def _write(self, action: Action, rule: str, reason: str, text: str, said: str) -> None:
        who = "anna" * bool(text)
        self._audit.note(
            time.time(), action, rule=rule, reason=reason, text=text, said=said, kind="answer", username=who
        )
