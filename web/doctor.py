"""The doctor over HTTP: an examination as a job, and the support bundle. Flask's threads."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue

from web.describe import describe
from web.jobs import JOB, Jobs


class Doctor(Protocol):
    """What the dashboard asks."""

    def served_at(self, url: str) -> None:
        """The house that it examines has its dashboard there."""

    def examine(self, tell: Callable[[float], None]) -> Mapping[str, Any]:
        """The report, see docs/doctor.md; `tell` hears how much is done and may raise to end it."""

    def bundle(self) -> tuple[str, bytes]:
        """Name and content of the support bundle; may take as long as an examination."""


def add_doctor_routes(app: Flask, doctor: Doctor, jobs: Jobs) -> None:
    """Both of them."""

    @app.post("/api/doctor")
    @describe("Look at everything that a stream needs, as a job.", answer=JOB, status=202, errors=(409,))
    def examine() -> ResponseReturnValue:
        """Its result is the report: `{light, seconds, at, checks}`, see docs/doctor.md."""
        return jsonify(jobs.begin("doctor", lambda job: doctor.examine(job.tell))), 202

    @app.get("/api/doctor/bundle")
    @describe("The support bundle: no secret, name, chat, id or path is in it.", media="application/zip")
    def bundle() -> ResponseReturnValue:
        """Examines first where nobody has lately, which takes up to 15 seconds."""
        name, content = doctor.bundle()
        as_file = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, mimetype="application/zip", headers=as_file)
