"""What is kept of one viewer, out of the house into a file. Any thread."""

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from store.archive import ArchiveError
from web.words import key_of

UNKNOWN = "viewers.problem.memory_unknown_viewer"


def kept_of(export: Callable[[str], Mapping[str, Any] | None], name: str) -> dict[str, Any]:
    """`{kept, problem, params}`: everything that is kept, JSON-ready; else None, and the key of the sentence that says why."""
    try:
        kept = export(name)
    except ArchiveError as error:
        return {"kept": None, "problem": key_of(error), "params": error.params}
    return {"kept": kept, "problem": UNKNOWN if kept is None else "", "params": {}}


def write_json(kept: Mapping[str, Any], file: Path) -> None:
    """In the place of the file, whole or not at all, for this user's eyes only. Raises OSError."""
    # half an emoji has no UTF-8; as an escape it is JSON all the same
    data = json.dumps(kept, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
    target = file.resolve()
    draft = target.with_name(f".palfriend-{secrets.token_hex(4)}.tmp")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
