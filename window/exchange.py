"""Settings out of the window into a file, and from a file into the window. Any thread."""

from collections.abc import Callable, Mapping
from typing import Any

from settings import Settings, SettingsError
from tuning.export import exported
from tuning.proposal import from_text


def take_out(settings: Settings, form: str) -> str:
    """All of them but the secrets, as `yaml` or `json`."""
    return exported(settings, "json" if form == "json" else "yaml")


def bring_in(
    settings: Settings, change: Callable[[Mapping[str, Any]], object], text: str, really: bool
) -> Mapping[str, Any]:
    """What the settings in this text would change: `{changes, ignored, problems, ...}`; with `really` that is done.

    `change` saves and takes over; it may raise SettingsError, which is one more problem then.
    """
    proposal = from_text(settings, text)
    told = proposal.as_json()
    if really and not proposal.problems and proposal.wishes:
        try:
            change(proposal.wishes)
        except SettingsError as error:
            told["problems"] = [{"path": p.path, "line": p.line, "message": p.message} for p in error.problems]
    return told
