"""How a process of ours tells the one that began it how far it is: lines of JSON on the standard error. Any thread."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from config.words import Told

EVERY_SECONDS = 0.25
UNREAD = 141
"""The exit code when nobody reads any more, as a shell has it."""


def nobody_reads() -> NoReturn:
    """Whoever read what we print has left, as `head` does: that is no error, and there is nothing more to do."""
    os._exit(UNREAD)  # leaving in the usual way would try to print the rest, and fail


def progress() -> Callable[[float], None]:
    """Tells of a share of the whole, some times a second at most, and of the end always."""
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if share >= 1.0 or time.monotonic() - told >= EVERY_SECONDS:
            told = time.monotonic()
            line(share)

    return tell


def failed(problem: str) -> None:
    """Why nothing comes of it, so that the other can say it in the language of whoever asked; see `Told.parts`."""
    if isinstance(problem, Told):
        print(json.dumps({"problem": problem.parts()}), file=sys.stderr, flush=True)  # noqa: T201 - to our parent


def line(share: float, text: str = "") -> None:
    """One piece of news."""
    print(json.dumps({"progress": round(share, 4), "text": text}), file=sys.stderr, flush=True)  # noqa: T201 - to our parent
