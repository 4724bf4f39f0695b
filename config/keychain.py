"""The keychain of the operating system, asked in a thread of its own that gets four seconds. Any thread.

Only importer of keyring, which is loaded with the first question: it takes a fifth of a second to look for a backend.
Backends ask the user, other programs and the network; they may lock, hang or raise anything. Sources: keyring 25.7,
`keyring.errors` and `keyring.backends`.
"""

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

log = logging.getLogger(__name__)

SERVICE = "PalFriend"
SECONDS = 4.0
SWITCH = "PALFRIEND_NO_KEYCHAIN"
"""Environment variable: with 1 in it the keychain is left alone."""

Reason = Literal["off", "none", "locked", "silent", "failed"]
"""Switched off by `SWITCH`; there is none; it is locked; it did not answer in time; it raised something."""

T = TypeVar("T")
Work = Callable[[Any, threading.Event], T]
"""Takes the backend, and whether nobody waits any more: what has not begun then must not begin."""


class KeychainError(Exception):
    """The keychain cannot be used now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Keychain:
    """All methods take `SECONDS` at most, and raise KeychainError.

    While a question hangs, for example because the system shows a window to unlock the keychain, every other one is
    refused at once; when it has come to an end the keychain is asked again.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._hanging: threading.Thread | None = None

    def read(self, accounts: Iterable[str]) -> dict[str, str]:
        """`{account: secret}` of those that are there."""
        wanted = list(accounts)

        def work(backend: Any, _gone: threading.Event) -> dict[str, str]:
            found = {account: backend.get_password(SERVICE, account) for account in wanted}
            return {account: value for account, value in found.items() if value}

        return self._ask(work) if wanted else {}

    def change(self, wanted: Mapping[str, str]) -> set[str]:
        """Set these, and remove those whose secret is empty. Returns the accounts for which that did not work."""

        def work(backend: Any, gone: threading.Event) -> set[str]:
            return {account for account, value in wanted.items() if gone.is_set() or not _put(backend, account, value)}

        return self._ask(work) if wanted else set()

    def _ask(self, work: Work[T]) -> T:
        if os.environ.get(SWITCH, "").strip() not in {"", "0"}:
            raise KeychainError("off")
        answer: queue.Queue[T | KeychainError] = queue.Queue()
        gone = threading.Event()
        with self._lock:
            if self._hanging is not None and self._hanging.is_alive():
                raise KeychainError("silent")
            thread = threading.Thread(target=_answer, args=(work, gone, answer), name="keychain", daemon=True)
            thread.start()
            try:
                found = answer.get(timeout=self._seconds)
            except queue.Empty:
                gone.set()
                self._hanging = thread
                raise KeychainError("silent") from None
        if isinstance(found, KeychainError):
            raise found
        return found


def _answer(work: Work[T], gone: threading.Event, answer: "queue.Queue[T | KeychainError]") -> None:
    try:
        answer.put(work(_backend(), gone))
    except KeychainError as error:
        answer.put(error)
    except Exception as error:  # border: a backend raises whatever its system makes it  # noqa: BLE001
        log.debug("the keychain failed: %s", type(error).__name__)  # its text may hold what was to be kept
        answer.put(KeychainError(_reason(error)))


def _backend() -> Any:
    """Raises KeychainError where the system has none, or its user wants none."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        raise KeychainError("none") from None
    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring):
        raise KeychainError("none")
    return backend


def _reason(error: Exception) -> Reason:
    from keyring import errors

    if isinstance(error, errors.KeyringLocked):
        return "locked"
    return "none" if isinstance(error, errors.NoKeyringError) else "failed"


def _put(backend: Any, account: str, value: str) -> bool:
    """Whether it is there, or gone, afterwards: some backends forget what they took, or do not take a long one."""
    try:
        if value:
            backend.set_password(SERVICE, account, value)
        elif backend.get_password(SERVICE, account):
            backend.delete_password(SERVICE, account)
        return (backend.get_password(SERVICE, account) or "") == value
    except Exception as error:  # border: a backend raises whatever its system makes it  # noqa: BLE001
        log.debug("the keychain refused: %s", type(error).__name__)
        return False
