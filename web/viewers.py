"""Viewers over HTTP: searched, shown, edited, exported, forgotten; who is here now, and what was given. Flask's threads."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from store.archive import SORTS, ArchiveError, UnknownViewer
from web.answers import ApiError, json_object, limit_of, number_of
from web.describe import (
    LIMIT,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    YES_NO,
    at_least,
    describe,
    listing,
    mapping,
    one_of,
    record,
    text,
)
from web.words import Told, in_words

LONGEST_QUERY = 200
EDITABLE = {"notes": 2000, "spoken_name": 80}
"""What the streamer may change of a viewer, and how many characters it may have."""


BRIEF = {
    **{"username": TEXT, "nickname": TEXT, "spoken_name": TEXT, "user_id": TEXT, "language": TEXT},
    **{"first_seen": NUMBER, "last_seen": NUMBER, "bond": NUMBER, "bond_level": TEXT, "roles": listing(TEXT)},
    **dict.fromkeys(("streams", "comments", "gifts", "diamonds", "follows", "likes", "shares"), WHOLE),
    **{"subscriptions": WHOLE, "here": YES_NO},
}
WHOLE_VIEWER = at_least(
    {
        **BRIEF,
        **{"usernames": listing(TEXT), "nicknames": listing(TEXT), "notes": TEXT, "last_topic": TEXT},
        **{"facts": listing(OBJECT), "history": listing(OBJECT)},
    }
)
BROKEN = (503, 507)
"""The memory's file cannot be used now."""


class Forgot(Protocol):
    """What became of forgetting somebody, see `live/everywhere`."""

    problems: list[dict[str, str]]

    def as_json(self) -> dict[str, Any]: ...


class Memory(Protocol):
    """Who is kept; see `store/archive`."""

    def viewers(self, query: str, sort: str, limit: int, offset: int) -> dict[str, Any]: ...
    def viewer(self, username: str) -> dict[str, Any] | None: ...
    def edit(self, username: str, *, notes: str | None, spoken_name: str | None) -> dict[str, Any]: ...
    def search(self, query: str, viewer: str, limit: int) -> list[dict[str, Any]]: ...


class Archive(Protocol):
    """Who is kept, and where. Any thread; raises ArchiveError when a file cannot be used; see `live/viewers`."""

    def archive(self) -> Memory: ...
    def forget(self, username: str) -> Forgot: ...
    def export(self, username: str) -> dict[str, Any] | None: ...
    def gifts(self, limit: int) -> dict[str, Any]: ...
    def here(self) -> list[dict[str, Any]]: ...
    def statistics(self) -> dict[str, Any]: ...
    def as_json(self) -> Iterator[str]: ...
    def import_json(self, pieces: Iterable[bytes]) -> tuple[int, str]: ...
    def restore(self, backup: str) -> str: ...


def answer_archive_errors(app: Flask) -> None:
    """What cannot be done with the viewers now becomes a sentence with the right status."""

    @app.errorhandler(ArchiveError)
    def cannot(error: ArchiveError) -> ResponseReturnValue:
        status = {
            "memory_unknown_viewer": 404,
            "memory_no_such_backup": 404,
            "memory_no_backup": 404,
            "memory_in_use": 409,
            "memory_taken": 409,
            "memory_foreign": 400,
            "memory_disk_full": 507,
        }
        return jsonify({"error": in_words(error), "code": error.code}), status.get(error.code, 503)


def add_viewer_routes(app: Flask, archive: Archive) -> None:
    """Under `/api/viewers`."""
    _add_rights_routes(app, archive)

    def whole(viewer: Mapping[str, Any] | None) -> ResponseReturnValue:
        if viewer is None:
            raise UnknownViewer
        return jsonify({**viewer, "here": viewer["username"] in _present(archive)})

    @app.get("/api/viewers")
    @describe(
        "Viewers, searched and sorted.",
        query={"query": text(LONGEST_QUERY), "sort": one_of(*SORTS), "limit": LIMIT, "offset": LIMIT},
        answer=record({"viewers": listing(at_least(BRIEF)), "total": WHOLE}),
        errors=BROKEN,
    )
    def viewers() -> ResponseReturnValue:
        """A page of those whose names have `query` in them, also earlier names, in the order of `sort`."""
        sort, query = request.args.get("sort", "last_seen"), query_of("query")
        if sort not in SORTS:
            raise ApiError(400, Told("refusal.no_sorting"), Told("refusal.one_of", names=", ".join(SORTS)))
        found = archive.archive().viewers(query, sort, limit_of("50"), number_of("offset", "0"))
        present = _present(archive)
        return jsonify({**found, "viewers": [{**one, "here": one["username"] in present} for one in found["viewers"]]})

    @app.get("/api/viewers/<path:username>")
    @describe("One viewer, with all that is known.", answer=WHOLE_VIEWER, errors=BROKEN)
    def viewer(username: str) -> ResponseReturnValue:
        """Everything that memory has of one viewer."""
        return whole(archive.archive().viewer(handle(username)))

    @app.post("/api/viewers/<path:username>")
    @describe(
        "Note something on a viewer, or how they are called.",
        body=record({}, {name: text(longest) for name, longest in EDITABLE.items()}),
        answer=WHOLE_VIEWER,
        errors=(409, *BROKEN),
    )
    def edit_viewer(username: str) -> ResponseReturnValue:
        """Change the streamer's `notes` on a viewer, or the name by which the pal calls them."""
        return whole(archive.archive().edit(handle(username), **_edits(json_object())))


def _add_rights_routes(app: Flask, archive: Archive) -> None:
    @app.get("/api/viewers/<path:username>/export")
    @describe("All that is kept of a viewer, as a file.", answer=OBJECT, errors=BROKEN)
    def export_viewer(username: str) -> ResponseReturnValue:
        """All that is kept of one viewer, as a JSON file."""
        found = archive.export(handle(username))
        if found is None:
            raise UnknownViewer
        as_file = {"Content-Disposition": 'attachment; filename="palfriend-viewer.json"'}
        return Response(json.dumps(found, indent=1), mimetype="application/json", headers=as_file)

    @app.post("/api/viewers/<path:username>/forget")
    @describe(
        "Forget a viewer, everywhere.",
        answer=at_least({"forgotten": YES_NO, "from": mapping({"type": ["integer", "boolean"]})}),
        errors=(409, *BROKEN),
    )
    def forget_viewer(username: str) -> ResponseReturnValue:
        """Nothing tells of this viewer any more. `from`: how much did, by place; the second time it is nothing."""
        forgot = archive.forget(handle(username))
        if not forgot.problems:
            return jsonify(forgot.as_json())
        why = Told.joined(" ", (Told(f"forgetting.problem.{one['code']}", **one) for one in forgot.problems))
        return jsonify({**forgot.as_json(), "error": Told("forgetting.incomplete"), "hint": why}), 503


def add_room_routes(app: Flask, archive: Archive) -> None:
    """`GET /api/here`, `GET /api/gifts`."""

    @app.get("/api/here")
    @describe(
        "Who is here.",
        answer=record(
            {"viewers": listing(record({"username": TEXT, "nickname": TEXT, "since": NUMBER})), "count": WHOLE}
        ),
    )
    def here() -> ResponseReturnValue:
        """Who has shown a sign of life lately, the newest sign first."""
        viewers = [{name: one[name] for name in ("username", "nickname", "since")} for one in archive.here()]
        return jsonify({"viewers": viewers, "count": len(viewers)})

    @app.get("/api/gifts")
    @describe(
        "What was given, and the sums of today.",
        query={"limit": LIMIT},
        answer=record(
            {"gifts": listing(OBJECT), "today": record({"streaks": WHOLE, "pieces": WHOLE, "diamonds": WHOLE})}
        ),
        errors=BROKEN,
    )
    def gifts() -> ResponseReturnValue:
        """The newest `limit` gifts of the last day, and the sums since midnight."""
        return jsonify(archive.gifts(limit_of("100")))


def handle(username: str) -> str:
    """A name as it is known: with or without the @ in front."""
    return username.strip().removeprefix("@")


def query_of(name: str) -> str:
    """What is searched for. Raises ApiError when it is too long."""
    query = request.args.get(name, "").strip()
    if len(query) > LONGEST_QUERY:
        raise ApiError(400, Told("refusal.search_long", longest=LONGEST_QUERY))
    return query


def _present(archive: Archive) -> set[str]:
    return {one["username"] for one in archive.here()}


def _edits(content: Mapping[str, Any]) -> dict[str, str | None]:
    """Raises ApiError with the fields that cannot be used."""
    wrong: dict[str, str] = {name: Told("problem.field.fixed") for name in content if name not in EDITABLE}
    for name, longest in EDITABLE.items():
        if not isinstance(value := content.get(name, ""), str):
            wrong[name] = Told("problem.field.no_text")
        elif len(value) > longest:
            wrong[name] = Told("problem.field.long", longest=longest)
    if wrong or not content:
        hint = Told("refusal.send", example='{"notes": "...", "spoken_name": "..."}')
        raise ApiError(400, Told("refusal.unchanged"), hint, wrong)
    return {name: content.get(name) for name in EDITABLE}
