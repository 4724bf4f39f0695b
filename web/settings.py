"""The settings over HTTP: read, describe, change, take back, give away and take in. Flask's threads."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from settings import DEFAULT_SETTINGS, Settings, SettingsError, public, schema
from tuning import profiles
from tuning.export import exported
from tuning.proposal import FIELDS, Proposal, from_text, to_defaults
from web.answers import ApiError, json_object
from web.changes import Changes
from web.describe import (
    ANYTHING,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    YES_NO,
    describe,
    either,
    listing,
    one_of,
    optional,
    record,
)
from web.shapes import changes_of
from web.words import Told, named, told_by

PATHS = '{"paths": ["comment.min_length", ...]}'
ORDERS = ("save", "load", "delete")
"""What can be done with a profile."""

MEDIA = {"yaml": "application/yaml", "json": "application/json"}

PROPOSAL = record(
    {
        "changes": listing(record({"path": TEXT, "before": ANYTHING, "after": ANYTHING})),
        "ignored": listing(TEXT),
        "problems": listing(record({"path": TEXT, "message": TEXT}, {"line": optional(WHOLE)})),
        "migrated_from": TEXT,
    }
)
LISTING = record(
    {
        "presets": listing(record({"name": TEXT, "title": TEXT, "description": TEXT, "values": OBJECT})),
        "profiles": listing(record({"name": TEXT, "at": NUMBER})),
    }
)
"""What is there to choose from."""


def add_settings_routes(app: Flask, settings: Settings, changes: Changes) -> None:
    """Under `/api/settings`, `/api/schema` and `/api/defaults`."""
    _add_plain_routes(app, settings, changes)
    _add_exchange_routes(app, settings, changes)
    _add_profile_routes(app, settings, changes)


def _add_plain_routes(app: Flask, settings: Settings, changes: Changes) -> None:
    @app.get("/api/settings", endpoint="settings")
    @describe("All settings, without secrets.", answer=OBJECT)
    def read() -> ResponseReturnValue:
        return jsonify(public(settings))

    @app.get("/api/schema", endpoint="settings_schema")
    @describe("Every setting with its type, range and help.", answer=listing(OBJECT))
    def describe_all() -> ResponseReturnValue:
        return jsonify(schema())

    @app.get("/api/defaults")
    @describe("What each setting is at first, without secrets.", answer=OBJECT)
    def defaults() -> ResponseReturnValue:
        """What each setting is at first; secrets are left out."""
        return jsonify(_without_secrets(DEFAULT_SETTINGS))

    @app.post("/api/settings", endpoint="change_settings")
    @describe("Change settings, all of them or none.", body=changes_of(schema()), answer=OBJECT, errors=(507,))
    def change() -> ResponseReturnValue:
        """All of the changes or none."""
        changes.make(json_object())
        return jsonify(public(settings))

    @app.post("/api/settings/reset")
    @describe("Give settings their defaults.", body=record({"paths": listing(TEXT)}), answer=OBJECT, errors=(507,))
    def reset() -> ResponseReturnValue:
        """These settings get their defaults; a section's name stands for all in it but its secrets."""
        paths = json_object().get("paths")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise ApiError(400, Told("refusal.which_settings"), Told("refusal.send", example=PATHS))
        changes.accept(to_defaults(settings, paths))
        return jsonify(public(settings))

    @app.post("/api/settings/undo", endpoint="undo_settings")
    @describe("Take the last change back.", answer=OBJECT, errors=(409, 507))
    def undo() -> ResponseReturnValue:
        """Takes the last change back, wherever it came from; again, the one before."""
        changes.undo()
        return jsonify(public(settings))


def _add_exchange_routes(app: Flask, settings: Settings, changes: Changes) -> None:
    @app.get("/api/settings/export", endpoint="export_settings")
    @describe("All settings but the secrets as a file.", query={"format": one_of(*MEDIA)}, media=tuple(MEDIA.values()))
    def export() -> ResponseReturnValue:
        """All settings but the secrets as a file."""
        match request.args.get("format", "yaml"):
            case "yaml" | "json" as form:
                name = f'attachment; filename="palfriend-settings.{form}"'
                body = exported(settings, form)
                return Response(
                    body, content_type=f"{MEDIA[form]}; charset=utf-8", headers={"Content-Disposition": name}
                )
        raise ApiError(400, Told("refusal.no_format"), Told("refusal.one_of", names=", ".join(MEDIA)))

    @app.post("/api/settings/import", endpoint="import_settings")
    @describe(
        "What a settings file would change, and its taking over.",
        body=record({"text": TEXT}, {"apply": YES_NO}),
        answer=PROPOSAL,
        errors=(507,),
    )
    def take_in() -> ResponseReturnValue:
        """What a settings file would change; with `apply` it does, all of it or nothing."""
        content = json_object()
        text = content.get("text")
        if not isinstance(text, str):
            example = '{"text": "...", "apply": false}'
            raise ApiError(400, Told("refusal.no_file_text"), Told("refusal.send", example=example))
        return _answer(from_text(settings, text), changes, apply=_apply_of(content))


def _add_profile_routes(app: Flask, settings: Settings, changes: Changes) -> None:
    @app.get("/api/settings/presets")
    @describe("The ready-made sets, and the streamer's own.", answer=LISTING)
    def presets() -> ResponseReturnValue:
        """The shipped presets, and the streamer's own profiles, the newest first."""
        return _listing(settings)

    @app.post("/api/settings/preset")
    @describe(
        "What a preset would change, and its taking over.",
        body=record({"name": TEXT}, {"apply": YES_NO}),
        answer=PROPOSAL,
        errors=(404, 507),
    )
    def preset() -> ResponseReturnValue:
        """What a preset would change; with `apply` it does."""
        content = json_object()
        try:
            proposal = profiles.preset(settings, _name_of(content, "name"))
        except profiles.NoSuchProfileError as error:
            known = Told("refusal.one_of", names=", ".join(profiles.presets()))
            raise ApiError(404, Told("refusal.no_preset"), known) from error
        return _answer(proposal, changes, apply=_apply_of(content))

    _add_own_profiles(app, settings, changes)


def _add_own_profiles(app: Flask, settings: Settings, changes: Changes) -> None:
    @app.post("/api/settings/profiles")
    @describe(
        "Keep the settings of now as a profile, see what one would change, take one over, or delete one.",
        body=record({}, {"save": TEXT, "load": TEXT, "delete": TEXT, "apply": YES_NO}),
        answer=either(LISTING, PROPOSAL),
        errors=(404, 507),
    )
    def profile() -> ResponseReturnValue:
        """`save`, `load` or `delete` a profile by its name; `load` says what it would change, with `apply` it does."""
        content = json_object()
        wanted = [order for order in ORDERS if order in content]
        if len(wanted) != 1:
            examples = {order: f'{{"{order}": "..."}}' for order in ORDERS}
            raise ApiError(400, Told("refusal.no_order"), Told("refusal.send_order", **examples))
        name = _name_of(content, wanted[0])
        try:
            match wanted[0]:
                case "load":
                    return _answer(profiles.load(settings, name), changes, apply=_apply_of(content))
                case "save":
                    profiles.save(settings, name)
                case _:
                    profiles.delete(settings, name)
        except profiles.NoSuchProfileError as error:
            raise ApiError(404, Told("refusal.no_profile")) from error
        except SettingsError as error:
            status = 400 if any(problem.path for problem in error.problems) else 507
            raise ApiError(status, Told("refusal.profile", problem=told_by(error))) from error
        return _listing(settings)


def _listing(settings: Settings) -> ResponseReturnValue:
    shipped = [
        {
            "name": name,
            "title": named(f"preset.{name}.label", name),
            "description": named(f"preset.{name}.help", ""),
            "values": values,
        }
        for name, values in profiles.presets().items()
    ]
    return jsonify({"presets": shipped, "profiles": profiles.listed(settings)})


def _answer(proposal: Proposal, changes: Changes, *, apply: bool) -> ResponseReturnValue:
    if apply:
        changes.accept(proposal)
    return jsonify(proposal.as_json())


def _apply_of(content: Mapping[str, Any]) -> bool:
    apply = content.get("apply", False)
    if not isinstance(apply, bool):
        raise ApiError(400, Told("refusal.apply_flag"))
    return apply


def _name_of(content: Mapping[str, Any], field: str) -> str:
    name = content.get(field)
    if not isinstance(name, str):
        raise ApiError(400, Told("refusal.no_name"), Told("refusal.send", example=f'{{"{field}": "..."}}'))
    return name


def _without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    secret = {path for path, field in FIELDS.items() if field["secret"]}
    return {
        name: {key: value for key, value in part.items() if (name, key) not in secret}
        if isinstance(part, dict)
        else part
        for name, part in values.items()
    }
