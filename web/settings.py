"""The settings over HTTP: read, describe, change. Flask's threads."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from settings import Settings, public, schema
from web.answers import json_object
from web.changes import Changes


def add_settings_routes(app: Flask, settings: Settings, changes: Changes) -> None:
    """Under `/api/settings` and `/api/schema`."""

    @app.get("/api/settings", endpoint="settings")
    def read() -> ResponseReturnValue:
        return jsonify(public(settings))

    @app.get("/api/schema", endpoint="settings_schema")
    def describe() -> ResponseReturnValue:
        return jsonify(schema())

    @app.post("/api/settings", endpoint="change_settings")
    def change() -> ResponseReturnValue:
        """All of the changes or none."""
        changes.make(json_object())
        return jsonify(public(settings))
