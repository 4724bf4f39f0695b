"""One sentence for whoever started PalFriend: on the console, or where there is none in a small window. Main thread."""

import contextlib
import sys


def tell(text: str) -> None:
    """On stderr. The built program that was double-clicked on Windows has none: then a message box, until it is closed."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - there is no log to read yet
        return
    import tkinter
    from tkinter import messagebox

    with contextlib.suppress(tkinter.TclError):  # no display: there is nobody to tell
        root = tkinter.Tk()
        root.withdraw()
        messagebox.showerror("PalFriend", text, parent=root)
        root.destroy()
