"""A window that is played with: scripts that go on when something has come true."""

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

from gui import ConfigGUI

WAIT = 30.0


def play(window: ConfigGUI, script: Callable[[], Iterator[Callable[[], object]]], within: float = WAIT) -> None:
    """Run the window through a script; it goes on whenever the condition it yielded holds, and the end closes."""
    steps, ends, errors, holds = script(), time.monotonic() + within, [], [lambda: True]

    def poll() -> None:
        try:
            assert time.monotonic() < ends, f"line {_line(steps)} waited in vain: {within} s are over"
            if holds[0]():
                holds[0] = next(steps)
        except StopIteration:
            window.request_close()
        except Exception as error:  # noqa: BLE001 - raised again when the window has closed
            errors.append(error)
            window.request_close()
        else:
            timer[0] = window.root.after(10, poll)

    timer = [window.root.after(1, poll)]
    window.run()
    window.root.after_cancel(timer[0])
    if errors:
        raise errors[0]


def enter(window: ConfigGUI, path: str, raw: str) -> None:
    widget = window.fields[path].widget
    if window.fields[path].kind in {"list", "text"}:
        widget.replace("1.0", "end", raw)
    else:
        widget.delete(0, "end")
        widget.insert(0, raw)


def _line(steps: Any) -> int:
    """Where this script is now, also inside one that it goes through."""
    while inner := steps.gi_yieldfrom:
        steps = inner
    return int(steps.gi_frame.f_lineno)


class Hand:
    """A hand on the mouse and the keyboard; counts what it does."""

    def __init__(self) -> None:
        self.clicks = 0
        self.typed = 0

    def click(self, widget: Any) -> None:
        """In the middle of it, wherever it is on the screen."""
        self.clicks += 1
        widget.update_idletasks()
        x = widget.winfo_rootx() + widget.winfo_width() // 2
        y = widget.winfo_rooty() + widget.winfo_height() // 2
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], check=True)

    def type(self, words: str) -> None:
        self.typed += len(words)
        subprocess.run(["xdotool", "type", "--delay", "12", words], check=True)

    def drag(self, scale: Any, share: float) -> None:
        """A slider's knob, so far along its way (0..1)."""
        self.clicks += 1
        scale.update_idletasks()
        x, y = scale.coords()
        left, top = scale.winfo_rootx(), scale.winfo_rooty()
        there = left + round(share * scale.winfo_width())
        steps = ["mousemove", left + x, top + y, "mousedown", 1, "mousemove", there, top + y, "mouseup", 1]
        subprocess.run(["xdotool", *map(str, steps)], check=True)

    def press(self, keys: str) -> None:
        subprocess.run(["xdotool", "key", keys], check=True)
