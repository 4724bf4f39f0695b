"""What of a model's text is said: reasoning models write their thoughts first, between <think> and </think>. Pure."""

from dataclasses import dataclass

BEGIN, END = "<think>", "</think>"


@dataclass(slots=True)
class Aloud:
    """Feed pieces of a stream, get the pieces without the thoughts they begin with."""

    thinking: bool = False
    _decided: bool = False
    _held: str = ""

    def feed(self, piece: str) -> str:
        """What can be said of the text so far and was not given yet."""
        if self._decided and not self.thinking:
            return piece
        self._held += piece
        if not self._decided:
            begun = self._held.lstrip()
            if len(begun) < len(BEGIN) and BEGIN.startswith(begun):
                return ""  # too short to tell
            self._decided, self.thinking = True, begun.startswith(BEGIN)
        if self.thinking:
            _, found, said = self._held.partition(END)
            if not found:
                self._held = self._held[-len(END) :]
                return ""
            self.thinking, self._held = False, said.lstrip()
        said, self._held = self._held, ""
        return said

    def flush(self) -> str:
        """What was held back as possible thoughts and is none, now that nothing more comes."""
        held, self._held = self._held, ""
        return "" if self.thinking else held
