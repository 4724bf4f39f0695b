"""Keychains as keyring knows them: real backends over a file that tests can look into, and ones that misbehave.

A child process takes one by `environment("Working", file)`.
"""

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

FILE = "FAKE_KEYCHAIN"
"""Environment variable: where the secrets of these keychains are."""


def environment(name: str, file: Path) -> dict[str, str]:
    """For a child process that shall find this keychain of the system."""
    folder = str(Path(__file__).parent)
    return {
        "PYTHON_KEYRING_BACKEND": f"keychains.{name}",
        "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "PALFRIEND_NO_KEYCHAIN": "",
        FILE: str(file),
    }


class Working(KeyringBackend):
    """Keeps what it is told. `longest`: more characters are refused, as Windows does."""

    priority = 1
    longest = 2000

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self.file = file or Path(os.environ[FILE])
        self.questions = 0

    def content(self) -> dict[str, str]:
        """`{account: secret}` of the service PalFriend."""
        found: dict[str, str] = json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}
        return found

    def _keep(self, content: dict[str, str]) -> None:
        self.file.write_text(json.dumps(content), "utf-8")

    def get_password(self, service: str, username: str) -> str | None:
        assert service == "PalFriend"
        self.questions += 1
        return self.content().get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        assert service == "PalFriend"
        if len(password) > self.longest:
            raise PasswordSetError(f"too long: {password}")
        self._keep({**self.content(), username: password})

    def delete_password(self, service: str, username: str) -> None:
        assert service == "PalFriend"
        content = self.content()
        if username not in content:
            raise PasswordDeleteError("not there")
        del content[username]
        self._keep(content)


class Locked(Working):
    """Nobody types its password."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"locked: {password}")

    delete_password = get_password  # type: ignore[assignment] # both only raise


class Failing(Working):
    """Raises what no library should, with the secret in it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise ZeroDivisionError(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ZeroDivisionError(password)

    delete_password = get_password  # type: ignore[assignment] # both only raise


class Forgetful(Working):
    """Takes everything and keeps nothing, without a word."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Stubborn(Working):
    """Gives and takes, but deletes nothing."""

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("no")


class Hanging(Working):
    """Waits for a window that nobody sees, until the test is over."""

    over = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.over.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.over.wait()
