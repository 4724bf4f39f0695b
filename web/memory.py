"""The memory as a whole over HTTP: statistics, search, export, import, backups. Flask's threads."""

import itertools
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from web.answers import ApiError, json_object, limit_of
from web.describe import LIMIT, OBJECT, TEXT, WHOLE, at_least, describe, listing, record, text
from web.viewers import BROKEN, LONGEST_QUERY, Archive, handle, query_of
from web.words import Told, in_words

LARGEST_IMPORT = 500_000_000
"""Bytes."""

PIECE = 1 << 20
LONGEST_NAME = 200


def add_memory_routes(app: Flask, archive: Archive) -> None:
    """Under `/api/memory`."""

    @app.get("/api/memory")
    @describe("How the memory is.", answer=at_least({"problem": TEXT, "text": TEXT}), errors=BROKEN)
    def memory() -> ResponseReturnValue:
        """How large it is, who is in it, whether it can be written, and its backups; `text`: what `problem` means."""
        found = archive.statistics()
        return jsonify({**found, "text": in_words(_Problem(found)) if found["problem"] else ""})

    @app.get("/api/memory/search")
    @describe(
        "Search what viewers wrote.",
        query={"query": text(LONGEST_QUERY), "viewer": TEXT, "limit": LIMIT},
        answer=record({"found": listing(OBJECT)}),
        errors=BROKEN,
    )
    def search_memory() -> ResponseReturnValue:
        """What was written, noted or learnt with all words of `query`, of one `viewer` or of all; newest first."""
        viewer = request.args.get("viewer", "")[:LONGEST_NAME]
        found = archive.archive().search(query_of("query"), handle(viewer), limit_of("50"))
        return jsonify({"found": found if viewer else sorted(found, key=lambda one: -one["at"])})

    _add_file_routes(app, archive)


def _add_file_routes(app: Flask, archive: Archive) -> None:
    @app.get("/api/memory/export")
    @describe("The whole memory as a file.", answer=OBJECT, errors=BROKEN)
    def export_memory() -> ResponseReturnValue:
        """All of it as a JSON file in the structure that can be imported again."""
        pieces = archive.as_json()
        first = next(pieces)  # whether it can be read shows here, while there is still a status to tell it with
        as_file = {"Content-Disposition": 'attachment; filename="palfriend-memory.json"'}
        return Response(itertools.chain([first], pieces), mimetype="application/json", headers=as_file)

    @app.post("/api/memory/import")
    @describe(
        "Take a memory's file in.",
        answer=record({"viewers": WHOLE, "backup": TEXT}),
        errors=(400, 409, 413, 415, *BROKEN),
    )
    def import_memory() -> ResponseReturnValue:
        """Take over the viewers of a JSON file in the body; whoever is known already is made one with their copy there."""
        request.max_content_length = LARGEST_IMPORT
        if request.mimetype != "application/json":
            raise ApiError(415, Told("refusal.no_json_type"), Told("refusal.json_header"))
        count, backup = archive.import_json(iter(lambda: request.stream.read(PIECE), b""))
        return jsonify({"viewers": count, "backup": backup})

    @app.post("/api/memory/restore")
    @describe(
        "Bring a backup back.",
        body=record({"backup": TEXT}),
        answer=record({"restored": TEXT}),
        errors=(404, 409, *BROKEN),
    )
    def restore_memory() -> ResponseReturnValue:
        """Bring `backup` back; what is there now becomes a backup itself."""
        backup = json_object().get("backup")
        if not isinstance(backup, str) or not backup:
            hint = Told("refusal.send", example='{"backup": "memory.db.backup-..."}')
            raise ApiError(400, Told("refusal.no_backup"), hint)
        return jsonify({"restored": archive.restore(backup)})


class _Problem:
    """What the memory's lamp says."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.code: str = found["problem"]
        self.params: dict[str, str] = found["params"]
