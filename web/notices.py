"""What the streamer should know about their settings, as the status has it, until they have read it. Any thread."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from settings import Settings, dismiss_notice, notices_of
from web.answers import ApiError, json_object
from web.describe import TEXT, YES_NO, at_least, describe, listing, one_of, record
from web.words import Told

NOTICE = at_least({"id": TEXT, "code": TEXT, "level": one_of("info", "warning"), "lasting": YES_NO, "text": TEXT})


def notices(settings: Settings) -> list[dict[str, Any]]:
    """`{id, code, params, level: info | warning, lasting, text}` each, `text` as it is told."""
    return [
        {
            "id": notice.id,
            "code": notice.code,
            "params": dict(notice.params),
            "level": notice.level,
            "lasting": notice.lasting,
            "text": Told(f"notice.{notice.code}", **dict(notice.params)),
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
            raise ApiError(400, Told("refusal.no_notice"), Told("refusal.send", example='{"id": "..."}'))
        if not dismiss_notice(settings, name):
            raise ApiError(409, Told("refusal.notice_stays"))
        return jsonify({"notices": notices(settings)})
