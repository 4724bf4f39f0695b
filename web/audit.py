"""What the gate decided, over HTTP, and the words it learns from the streamer. Flask's threads."""

import json
import time

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue

from bridge import Bridge
from web.answers import json_object, limit_of
from web.changes import LONGEST_WORD, Changes, Lesson, word_of
from web.describe import LIMIT, OBJECT, TEXT, describe, listing, record, text

LINES = "application/x-ndjson"
WORD = record({"word": text(LONGEST_WORD, 1)})
WORDS = record({"allow": listing(TEXT), "block": listing(TEXT)})


def add_audit_routes(app: Flask, bridge: Bridge, changes: Changes) -> None:
    """`GET /api/audit`, its export, and `POST /api/audit/allow|block`."""

    @app.get("/api/audit")
    @describe(
        "What was refused or changed, and why.", query={"limit": LIMIT}, answer=record({"entries": listing(OBJECT)})
    )
    def audit() -> ResponseReturnValue:
        """The newest `limit` entries, newest first."""
        return jsonify({"entries": bridge.board.audit[::-1][: limit_of("200")]})

    @app.get("/api/audit/export")
    @describe("The audit as a file, oldest first.", media=LINES)
    def export() -> ResponseReturnValue:
        """All of it as JSON Lines, oldest first."""
        lines = "".join(f"{json.dumps(entry)}\n" for entry in bridge.board.audit)
        as_file = {"Content-Disposition": 'attachment; filename="palfriend-audit.jsonl"'}
        return Response(lines, mimetype=LINES, headers=as_file)

    @app.post("/api/audit/<any(allow, block):lesson>")
    @describe("Let the pal say this word, or never again.", body=WORD, answer=WORDS, errors=(507,))
    def teach(lesson: Lesson) -> ResponseReturnValue:
        """The word may be said from now on, or never."""
        word = word_of(json_object())
        changes.teach(lesson, word, time.time())
        bridge.order("taught", lesson, word)
        return jsonify(changes.lists())
