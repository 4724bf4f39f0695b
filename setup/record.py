"""How far the set-up has come: one small file beside the settings, so that it goes on after a restart. Any thread."""

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from config import files
from settings import SettingsError

log = logging.getLogger(__name__)

FILE = "setup.json"
STEPS = ("language", "tiktok", "animaze", "model", "microphone", "persona", "rehearsal")
STATES = ("todo", "done", "skipped")

State = Literal["todo", "done", "skipped"]


class Record:
    """What became of each step. A file that cannot be read counts as none; one that cannot be written is logged.

    `known`: somebody has set PalFriend up without these steps, so nobody is led through them unasked.
    """

    def __init__(self, file: Path, *, known: bool = False) -> None:
        self._file, self._lock = file, threading.Lock()
        self._steps: dict[str, dict[str, Any]] = {step: _fresh() for step in STEPS}
        found = _read(file)
        self._unasked = known and found is None
        for step, entry in (found or {}).items():
            if step in self._steps and isinstance(entry, dict) and entry.get("state") in STATES:
                result = entry.get("result")
                self._steps[step] = {"state": entry["state"], "result": result if isinstance(result, dict) else {}}

    @property
    def done(self) -> bool:
        """Whether nobody needs to be led any further."""
        return self._unasked or self.next == ""

    @property
    def next(self) -> str:
        """The first step that is neither done nor skipped; empty when there is none."""
        with self._lock:
            return next((step for step in STEPS if self._steps[step]["state"] == "todo"), "")

    def state(self, step: str) -> State:
        with self._lock:
            state: State = self._steps[step]["state"]
        return state

    def result(self, step: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._steps[step]["result"])

    def as_json(self) -> dict[str, Any]:
        """`{done, step, steps: [{id, state, result}]}`."""
        with self._lock:
            steps = [{"id": step, **self._steps[step]} for step in STEPS]
        return {"done": self.done, "step": self.next, "steps": steps}

    def put(self, step: str, state: State, result: Mapping[str, Any]) -> None:
        """This is what became of the step now."""
        with self._lock:
            self._steps[step] = {"state": state, "result": dict(result)}
            self._unasked = False
            self._write()

    def begin_anew(self) -> None:
        """All steps are to do again."""
        with self._lock:
            self._steps = {step: _fresh() for step in STEPS}
            self._unasked = False
            self._write()

    def _write(self) -> None:
        try:
            files.write_text(self._file, json.dumps({"steps": self._steps}, ensure_ascii=False, indent=1) + "\n")
        except SettingsError as error:  # the steps themselves are saved in the settings; only the place is lost
            log.warning("how far the set-up has come could not be saved: %s", error)


def _fresh() -> dict[str, Any]:
    return {"state": "todo", "result": {}}


def _read(file: Path) -> dict[str, Any] | None:
    try:
        text = files.read_text(file)
        found = json.loads(text) if text is not None else None
    except (SettingsError, ValueError, RecursionError) as error:
        log.warning("%s cannot be read, so the set-up begins anew: %s", file.name, error)
        return None
    steps = found.get("steps") if isinstance(found, dict) else None
    return steps if isinstance(steps, dict) else None
