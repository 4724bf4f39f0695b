"""What can be wrong with settings, in words a streamer understands. Pure, any thread.

No message carries the value of a secret: values are shown by `shown` only, and nobody calls it for a secret.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.words import Told

KEY = re.compile(
    r"""(?x) \bsk- (?=[\w-]*\d) [\w-]{16,}                                            # as OpenAI and others make them
    | :// [^/?\#@\s]+ @                                                            # user and password in an address
    | [?&\#] (?: [\w-]*key | [\w-]*token | [\w-]*secret | session_?id ) = [^&\s]+  # the same behind one"""
)
RANDOM = re.compile(r"(?=(?:\S*?\d){4})(?=\S*[A-Za-z])\S{16,}")
SHOWN_LENGTH = 40
LOOKED_AT = 200
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    path: str
    """Dotted, such as `animaze.port`; empty when the file as a whole is meant."""

    line: int | None
    """In the file, counted from 1; None when the value did not come from a file."""

    message: str
    """As it was told, see `config/words`."""


class SettingsError(ValueError):
    """Everything that is wrong, one problem per line: file, line, dotted path, what is expected."""

    def __init__(self, problems: Iterable[Problem], file: Path | None = None) -> None:
        self.problems = list(problems)[:MOST_PROBLEMS]
        self.file = file
        super().__init__(Told.joined("\n", (_sentence(problem, file) for problem in self.problems)))


def refusal(file: Path, message: str, line: int | None = None) -> SettingsError:
    """The error for a file that cannot be used at all."""
    return SettingsError([Problem("", line, message)], file)


def in_place(problem: Problem) -> str:
    """The problem with its line and its path, for where the file is known."""
    words = Told.joined(": ", [problem.path, problem.message])
    return Told("problem.in_line", line=problem.line, problem=words) if problem.line else words


def _sentence(problem: Problem, file: Path | None) -> str:
    line = Told("problem.line", line=problem.line) if problem.line else ""
    place = Told.joined(", ", [printable(str(file)) if file else "", line])
    return Told.joined(": ", [place, problem.path, problem.message])


def printable(text: str) -> str:
    """This text, fit for one line of a log."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def holds_key(text: str) -> bool:
    """Whether a key or password stands in this text, by its form."""
    return KEY.search(text) is not None


def dotted(path: Iterable[str | int]) -> str:
    """`("comment", "greetings", 3)` as `comment.greetings.3`, each part shortened, and hidden if it looks like a key."""
    return ".".join("***" if _secret(str(part)) else printable(str(part)[:SHOWN_LENGTH]) for part in path)


def _secret(text: str) -> bool:
    """Whether it may be a key that got into the wrong place: by its form, or since nobody thinks of such words."""
    return holds_key(text[:LOOKED_AT]) or RANDOM.search(text[:LOOKED_AT]) is not None


def shown(value: object) -> str:
    """A short form of a value that is no secret; what has parts is only named."""
    if value is None or isinstance(value, bool):
        return {None: Told("problem.shown.nothing"), True: "true", False: "false"}[value]
    if isinstance(value, Mapping | list | tuple):
        return Told("problem.shown.section") if isinstance(value, Mapping) else Told("problem.shown.list")
    if isinstance(value, int) and value.bit_length() > 128:
        return Told("problem.shown.huge")
    if isinstance(value, int | float):
        return repr(value)
    text = value if isinstance(value, str) else type(value).__name__
    if _secret(text):
        return Told("problem.shown.hidden")
    return f'"{printable(text[:SHOWN_LENGTH])}{"..." if len(text) > SHOWN_LENGTH else ""}"'
