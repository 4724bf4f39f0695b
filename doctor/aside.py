"""Work that may hang, away from the loop: a full disk's driver, a slow import, a microphone's driver.

A thread that hangs cannot be ended, so it is a daemon that nobody waits for beyond the limit.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result], within: float) -> Result:
    """What `work` returns or raises, done in a thread of its own. Raises TimeoutError after `within` seconds."""
    box: Future[Result] = Future()

    def run() -> None:
        box.set_running_or_notify_cancel()
        try:
            box.set_result(work())
        except BaseException as error:  # border: raised again where it is waited for  # noqa: BLE001
            box.set_exception(error)

    threading.Thread(target=run, name="doctor aside", daemon=True).start()
    async with asyncio.timeout(within):
        return await asyncio.wrap_future(box)
