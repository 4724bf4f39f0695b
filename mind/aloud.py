"""What of a model's text is said: what reasoning models think stands between <think> and </think>. Pure."""

import re
from dataclasses import dataclass

NAMES = ("think", "thinking", "thought", "thoughts", "reasoning")
TAG = re.compile(rf"<(/?)(?:{'|'.join(NAMES)})>", re.I)
BEGUN = tuple(f"<{slash}{name}>" for slash in ("", "/") for name in NAMES)
LONGEST = max(map(len, BEGUN))


@dataclass(slots=True)
class Aloud:
    """Feed pieces of a stream, get the pieces without the thoughts, wherever these stand. A blank takes their place."""

    thinking: bool = False
    _held: str = ""

    def feed(self, piece: str) -> str:
        """What can be said of the text so far and was not given yet."""
        text, said, end = self._held + piece, "", 0
        for tag in TAG.finditer(text):
            said += "" if self.thinking else text[end : tag.start()]
            said += " " if tag[1] else ""
            self.thinking, end = not tag[1], tag.end()
        rest = text[end:]
        known = len(rest) - len(_beginning(rest))
        self._held = rest[known:]
        return said if self.thinking else said + rest[:known]

    def flush(self) -> str:
        """What was held back as possible thoughts and is none, now that nothing more comes."""
        held, self._held = self._held, ""
        return "" if self.thinking else held


def _beginning(text: str) -> str:
    """What at the end of the text may become a tag; empty when nothing does."""
    at = text.rfind("<", -LONGEST)
    tail = text[at:].casefold() if at >= 0 else ""
    return text[at:] if tail and any(tag.startswith(tail) for tag in BEGUN) else ""
