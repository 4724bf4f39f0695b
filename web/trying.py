"""Trying things out, over HTTP: a question, a persona, the connections, a rehearsal, a replay. Flask's threads."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from web.answers import ApiError, json_object, whole_number
from web.changes import Changes
from web.describe import (
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    YES_NO,
    Shape,
    describe,
    listing,
    mapping,
    one_of,
    optional,
    record,
    text,
)  # fmt: skip
from web.jobs import JOB, Job, Jobs
from web.words import Told

LONGEST_QUESTION = 300
LONGEST_NAME = 100
LONGEST_LINE = 200
TEST_LINE = {
    "en": "Hello! I am your pal, and you can hear me.",
    "de": "Hallo! Ich bin dein Pal, und du kannst mich hören.",
}
SHORTEST_LISTENING, LONGEST_LISTENING = 0.5, 10.0
USUAL_LENGTH = 300.0

TOLD = {"code": TEXT, "params": mapping(TEXT), "text": TEXT}
ASKED = record(
    {"answer": listing(TEXT), "model": TEXT, "provider": TEXT, "seconds": NUMBER, "card": optional(OBJECT), **TOLD}
)
PERSONA = record({"name": TEXT, "title": TEXT, "description": TEXT, "language": TEXT, "problem": TEXT})
PERSONAS = record({"current": TEXT, "personas": listing(PERSONA)})
RECORDING = record(
    {"name": TEXT, "at": optional(NUMBER), "seconds": NUMBER, "events": WHOLE, "bytes": WHOLE, "damaged": YES_NO}
)
REHEARSAL = record(
    {},
    {
        "seconds": {"type": "number", "minimum": 1, "maximum": 86_400},
        "intensity": {
            "anyOf": [one_of("quiet", "normal", "busy", "raid"), {"type": "number", "minimum": 1, "maximum": 6000}]
        },
        "seed": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
    },
)
"""`intensity` as a number: events a minute."""

SPEED = {"anyOf": [{"type": "number", "minimum": 0.01, "maximum": 1000}, {"const": 0}]}
RESULT = {"ok": YES_NO, **TOLD}
Work = Callable[[Job], Any]


class MissingError(Exception):
    """There is nothing of this name; `fields` say which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.fields = {field: Told("problem.field.gone")}


class BusyError(Exception):
    """The same is being tried already."""


class WrongError(Exception):
    """What was wished for cannot be; `fields` say why."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


class Tryout(Protocol):
    """What the routes ask; each may raise BusyError or WrongError. The answers' shapes stand above."""

    def ask(self, text: str, username: str, nickname: str) -> Mapping[str, Any]:
        """What would be said to this comment."""

    def personas(self) -> Mapping[str, Any]:
        """Which there are, and which it is."""

    def recordings(self) -> Sequence[Mapping[str, Any]]:
        """Newest first."""

    def rehearsal(self, seconds: float, intensity: str, seed: int) -> Work:
        """A rehearsal as a job's work."""

    def replay(self, name: str, speed: float) -> Work:
        """A replay as a job's work; speed 0: as fast as possible."""

    def animaze(self, text: str) -> Mapping[str, Any]:
        """Let the avatar say it."""

    def model(self) -> Mapping[str, Any]:
        """Ask the model something."""

    def microphone(self, seconds: float) -> Mapping[str, Any]:
        """Listen."""


def add_trying_routes(app: Flask, tryout: Tryout, changes: Changes, jobs: Jobs) -> None:
    """All of them."""
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(WrongError, _wrong)
    app.register_error_handler(MissingError, _missing)
    _add_question_routes(app, tryout, changes)
    _add_show_routes(app, tryout, jobs)
    _add_test_routes(app, tryout, changes)


def _busy(_error: BusyError) -> ResponseReturnValue:
    return jsonify({"error": Told("refusal.being_tried"), "hint": Told("refusal.wait_over")}), 409


def _missing(error: MissingError) -> ResponseReturnValue:
    return jsonify({"error": Told("refusal.nothing_of_name"), "fields": error.fields}), 404


def _wrong(error: WrongError) -> ResponseReturnValue:
    return jsonify({"error": Told("refusal.values"), "fields": dict(error.fields)}), 400


def _add_question_routes(app: Flask, tryout: Tryout, changes: Changes) -> None:
    asking = record(
        {"text": text(LONGEST_QUESTION, 1)}, {"username": text(LONGEST_NAME), "nickname": text(LONGEST_NAME)}
    )

    @app.post("/api/ask")
    @describe("Try a question without speaking the answer.", body=asking, answer=ASKED, errors=(409,))
    def ask() -> ResponseReturnValue:
        """What would be said to this comment of a viewer, with its why-card.

        Nothing is spoken, remembered or counted but what the model costs. Works without a running bot, which then
        knows nobody. `code` and `text` say why nothing would be said.
        """
        content = json_object()
        asked = _line(content, "text", LONGEST_QUESTION)
        names = [_line(content, name, LONGEST_NAME, needed=False) for name in ("username", "nickname")]
        return jsonify(tryout.ask(asked, *names))

    @app.get("/api/persona")
    @describe("Who the pal is, and who it could be.", answer=PERSONAS)
    def personas() -> ResponseReturnValue:
        """`problem` says why a persona cannot be used."""
        return jsonify(tryout.personas())

    @app.post("/api/persona")
    @describe(
        "Let the pal be somebody else.", body=record({"name": text(40, 1)}), answer=PERSONAS, errors=(404, 409, 507)
    )
    def become() -> ResponseReturnValue:
        """Saved in `style.persona`; a running bot answers the next question as this one."""
        name = json_object().get("name")
        if not isinstance(name, str):
            raise ApiError(400, Told("refusal.stays_who"), fields={"name": Told("problem.field.persona")})
        found = next((p for p in tryout.personas()["personas"] if p["name"] == name), None)
        if found is None:
            raise ApiError(404, Told("refusal.no_persona"), fields={"name": Told("problem.field.no_persona")})
        if found["problem"]:
            raise ApiError(409, Told("refusal.persona_broken"), Told("refusal.mend_file"), {"name": found["problem"]})
        changes.make({"style": {"persona": name}})
        return jsonify(tryout.personas())


def _add_show_routes(app: Flask, tryout: Tryout, jobs: Jobs) -> None:
    replaying = record({"file": text(255, 1)}, {"speed": SPEED})

    @app.get("/api/recordings")
    @describe("The recordings of past lives.", answer=record({"recordings": listing(RECORDING)}))
    def recordings() -> ResponseReturnValue:
        """Newest first. `damaged`: it can be replayed up to where it can be read."""
        return jsonify({"recordings": tryout.recordings()})

    @app.post("/api/rehearsal")
    @describe(
        "Rehearse before a simulated crowd.", body=REHEARSAL, body_needed=False, answer=JOB, status=202, errors=(409,)
    )
    def rehearse() -> ResponseReturnValue:
        """A job whose result is the card, as `--rehearse --json` prints it. Goes on beside a running bot."""
        content = json_object()
        seed, intensity = whole_number(content.get("seed", 1)), content.get("intensity", "normal")
        work = tryout.rehearsal(
            _number(content, "seconds", USUAL_LENGTH),
            "" if isinstance(intensity, bool) else str(intensity),
            -1 if seed is None else seed,
        )
        return jsonify(jobs.begin("rehearsal", work, lane="show")), 202

    @app.post("/api/replay")
    @describe("Run a recorded live again.", body=replaying, answer=JOB, status=202, errors=(404, 409))
    def replay() -> ResponseReturnValue:
        """A job whose result is what `--replay --json` prints; with `speed` its text is the caption of that moment."""
        content = json_object()
        work = tryout.replay(_line(content, "file", 255), _number(content, "speed", 0.0))
        return jsonify(jobs.begin("replay", work, lane="show")), 202


def _add_test_routes(app: Flask, tryout: Tryout, changes: Changes) -> None:
    sound = record({**RESULT, "heard": YES_NO, "rms_dbfs": NUMBER, "peak_dbfs": NUMBER})
    speech = record({**RESULT, "seconds": NUMBER})
    words = record({**RESULT, "answer": TEXT, "first_token_seconds": optional(NUMBER)})

    @app.post("/api/test/animaze")
    @describe(
        "Let the avatar say a line.",
        body=record({}, {"text": text(LONGEST_LINE)}),
        body_needed=False,
        answer=speech,
        errors=(409,),
    )
    def animaze() -> ResponseReturnValue:
        """By the running bot, when it is its turn; else over a connection of its own. `text` says what to do."""
        usual = TEST_LINE[changes.language]
        return jsonify(tryout.animaze(_line(json_object(), "text", LONGEST_LINE, needed=False) or usual))

    @app.post("/api/test/model")
    @describe("Ask the model one question.", body=record({}), body_needed=False, answer=words, errors=(409,))
    def model() -> ResponseReturnValue:
        """The first model of the settings, with the pal's own prompt; not counted in the stream's cost."""
        json_object()
        return jsonify(tryout.model())

    @app.post("/api/test/microphone")
    @describe(
        "Listen for some seconds.",
        body=record({}, {"seconds": _listening()}),
        body_needed=False,
        answer=sound,
        errors=(409,),
    )
    def microphone() -> ResponseReturnValue:
        """The loudest of it, and whether a voice was in it."""
        seconds = _number(json_object(), "seconds", 3.0)
        if not SHORTEST_LISTENING <= seconds <= LONGEST_LISTENING:
            allowed = Told("problem.field.seconds", low=f"{SHORTEST_LISTENING:g}", high=f"{LONGEST_LISTENING:g}")
            raise ApiError(400, Told("refusal.listening_time"), fields={"seconds": allowed})
        return jsonify(tryout.microphone(seconds))


def _listening() -> Shape:
    return {**NUMBER, "minimum": SHORTEST_LISTENING, "maximum": LONGEST_LISTENING}


def _line(content: Mapping[str, Any], name: str, longest: int, *, needed: bool = True) -> str:
    """Raises ApiError unless it is a text of that length with something in it; empty when it is not needed."""
    given = content.get(name, "")
    if not isinstance(given, str) or len(given) > longest or (needed and not given.strip()):
        wrong = {name: Told("problem.field.text", longest=longest)}
        raise ApiError(400, Told("refusal.values"), fields=wrong)
    return given.strip()


def _number(content: Mapping[str, Any], name: str, usual: float) -> float:
    given = content.get(name, usual)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or abs(given) > 1e9:
        raise ApiError(400, Told("refusal.values"), fields={name: Told("problem.field.number")})
    return float(given)
