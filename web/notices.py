"""What the streamer should know about their settings, as the status has it, until they have read it. Any thread."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from settings import Settings, dismiss_notice, notices_of
from web.answers import ApiError, json_object
from web.describe import TEXT, YES_NO, at_least, describe, listing, one_of, record
from web.words import sentence

NOTICE = at_least({"id": TEXT, "code": TEXT, "level": one_of("info", "warning"), "lasting": YES_NO, "text": TEXT})


def notices(settings: Settings) -> list[dict[str, Any]]:
    """`{id, code, params, level: info | warning, lasting, text}` each, `text` in English; other languages have the code."""
    return [
        {
            "id": notice.id,
            "code": notice.code,
            "params": dict(notice.params),
            "level": notice.level,
            "lasting": notice.lasting,
            "text": sentence(f"notice.{notice.code}", dict(notice.params)),
        }
        for notice in notices_of(settings)
    ]


def add_notice_routes(app: Flask, settings: Settings) -> None:
    """`POST /api/notices/dismiss`."""

    @app.post("/api/notices/dismiss")
    @describe(
        "This notice of the status has been read.",
        body=record({"id": TEXT}),
        answer=record({"notices": listing(NOTICE)}),
        errors=(409,),
    )
    def dismiss() -> ResponseReturnValue:
        """It is on no page any more; one that lasts stays until what it tells of is over."""
        name = json_object().get("id")
        if not isinstance(name, str):
            raise ApiError(400, "Which notice is missing.", 'Send {"id": "..."}, as the status has it.')
        if not dismiss_notice(settings, name):
            raise ApiError(409, "This notice stays as long as what it says is so.")
        return jsonify({"notices": notices(settings)})
