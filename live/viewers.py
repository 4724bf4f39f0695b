"""The viewers, for whoever looks at them from outside the bot: pages, window, command line. Any thread but the bot's loop.

Who they are is in memory (`store/archive`), what they gave in the gift book, what happened in the recordings; being
forgotten concerns all of them (`live/everywhere`).
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bridge import Bridge
from events import Whom
from live.demo import MadeUp
from live.everywhere import Everywhere, Forgot
from live.forgetting import recordings, told_of
from live.shelf import tells_of
from settings import Settings
from store import backups, gift_records, moving
from store.archive import Archive, ArchiveError, UnknownViewer
from store.files import Rules
from store.reading import plain

__all__ = ["UnknownViewer", "Viewers", "ViewersError"]

ViewersError = ArchiveError
"""It cannot be done now; `code` and `params` make a sentence of `reason.<code>` in locales/*.json."""

Progress = Callable[[int, int], None]
NOWHERE: dict[str, Any] = {"gifts": [], "today": {"streaks": 0, "pieces": 0, "diamonds": 0}}


class Viewers:
    """Those of one house; `made_up`: of a demo, which has a memory of its own. Methods raise ViewersError."""

    def __init__(
        self,
        settings: Settings,
        bridge: Bridge,
        *,
        made_up: MadeUp | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._bridge, self._made_up, self._clock = settings, bridge, made_up, clock
        self._demo = demo = made_up is not None
        self._everywhere = Everywhere(settings=settings, bridge=bridge, archive=self.archive, demo=demo, clock=clock)
        bridge.board.on_unfile(self._everywhere.follow)

    def archive(self) -> Archive:
        """The memory that the settings name now; changes go through the bot if it has the file."""
        order = self._bridge.ask if self._is_ours() else lambda *_: None
        return Archive(self._memory, self._rules, order, self._clock)

    def forget(self, username: str) -> Forgot:
        """Everywhere; see `Everywhere.forget`."""
        return self._everywhere.forget(username)

    def gifts(self, limit: int) -> dict[str, Any]:
        """`GET /api/gifts`: from the bot that runs, else from the book."""
        told: Any = self._bridge.ask("gifts", limit)
        if told is not None:
            return dict(told)
        file = self._everywhere.gift_file
        if file is None or self._demo:
            return NOWHERE
        try:
            return {
                "gifts": gift_records.newest(file, limit),
                "today": gift_records.today(file, self._clock()),
            }
        except OSError as error:
            raise ViewersError("gifts_failed", file=file.name) from error

    def export(self, username: str) -> dict[str, Any] | None:
        """Everything that is kept of this viewer, JSON-ready; None when that is nothing."""
        whom = self._everywhere.met(username)
        found = self.archive().record(username)
        file, folder = self._everywhere.gift_file, self._settings.beside(self._settings.recording.folder)
        shelf, audit = self._bridge.board.shelf.cards(), self._bridge.board.audit
        with moving.translated(folder.name):
            kept = {
                "memory": plain(found[1]) if found else None,
                "gifts": gift_records.given(file, whom) if file and not self._demo else [],
                "recordings": {} if self._demo else _told_in(folder, whom),
                "cards": [card for card in shelf if tells_of(card, whom)],
                "audit": [entry for entry in audit if whom.is_(entry["username"], "")],
            }
        if not any(kept.values()):
            return None
        return {"username": found[0] if found else username, "exported_at": self._clock(), **kept}

    def export_all(self, target: Path, progress: Progress) -> int:
        """Copy the memory to a new JSON file in the design's structure; how many viewers are in it."""
        return moving.copy_out(self._memory, target, progress)

    def as_json(self) -> Iterator[str]:
        """The memory in pieces of a JSON text in the design's structure; the first one shows whether it can be read."""
        return moving.as_json(self._memory, self._clock(), self._rules)

    def import_json(self, pieces: Iterable[bytes]) -> tuple[int, str]:
        """The same from pieces of a JSON text, which lies in a file beside the memory meanwhile."""
        draft = self._settings.file.with_name(f".import-{secrets.token_hex(4)}.json")
        try:
            with moving.translated(draft.name):
                draft.touch(mode=0o600)
                with draft.open("wb") as file:
                    file.writelines(pieces)
            return self.import_all(draft, lambda *_: None)
        finally:
            draft.unlink(missing_ok=True)

    def import_all(self, source: Path, progress: Progress) -> tuple[int, str]:
        """Take over all viewers of a JSON file or another memory; how many, and the backup that was made before."""
        self._only_without_bot()
        return moving.take_in(self._memory, source, self._rules, progress)

    def restore(self, backup: str = "") -> str:
        """Bring a backup back, by default the newest good one; its name. What is there now becomes a backup itself."""
        self._only_without_bot()
        with moving.translated(self._memory.name):
            name = backup or backups.newest_good(self._memory)
        if not name:
            raise ViewersError("memory_no_backup", file=self._memory.name)
        self.archive().restore(name)
        return name

    def statistics(self) -> dict[str, Any]:
        """`GET /api/memory`."""
        rules, link = self._settings.memory, self._bridge.status()["links"].get("memory", {})
        archive = self.archive()
        return {
            "enabled": bool(rules.enabled),
            **archive.statistics(),
            "problem": str(link.get("code", "")),
            "params": dict(link.get("params", ())),
            "backups": archive.backups(),
            "decay_days": rules.decay_days,
            "comment_days": rules.comment_days,
        }

    def here(self) -> list[dict[str, Any]]:
        """Who has shown a sign of life lately: username, nickname, since, last_seen; newest sign first."""
        found: Any = self._bridge.ask("here")
        return found or []

    def _only_without_bot(self) -> None:
        if self._bridge.running:
            raise ViewersError("memory_in_use")

    @property
    def _memory(self) -> Path:
        if self._made_up:
            return self._made_up.memory
        name = self._settings.memory.file
        return Path(name) if name == ":memory:" else self._settings.beside(name)

    @property
    def _rules(self) -> Rules:
        return Rules.of(self._settings.memory)

    def _is_ours(self) -> bool:
        """Whether the file is in the hands of this process, so of the bot."""
        lock = self._memory.with_name(f"{self._memory.name}.lock")
        with contextlib.suppress(OSError, ValueError):
            return self._bridge.running and int(lock.read_bytes()[:20]) == os.getpid()
        return False


def _told_in(folder: Path, whom: Whom) -> dict[str, Any]:
    told = ((file.name, told_of(file, whom)) for file in recordings(folder))
    return {name: entries for name, entries in told if entries}
