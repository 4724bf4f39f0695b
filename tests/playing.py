"""A window that is played with: scripts that go on when something has come true."""

import time
from collections.abc import Callable, Iterator

from gui import ConfigGUI

WAIT = 30.0


def play(window: ConfigGUI, script: Callable[[], Iterator[Callable[[], object]]], within: float = WAIT) -> None:
    """Run the window through a script; it goes on whenever the condition it yielded holds, and the end closes."""
    steps, ends, errors, holds = script(), time.monotonic() + within, [], [lambda: True]

    def poll() -> None:
        try:
            assert time.monotonic() < ends, f"the window did not come so far within {within} s"
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
