"""The steps of the set-up: what each asks, tries and saves. Window and page lead through them; any thread.

A step that works is saved in the settings at once. Each can be skipped, repeated, and left for later. Calls block for
as long as what they try takes, seconds as a rule.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from events import SourceError
from live.address import name_of
from mind.persona import NAME as PERSONA_NAME
from settings import Settings, alone, changed, save_settings
from setup.record import FILE, STEPS, Record, State
from setup.words import told
from web.words import Told, say

log = logging.getLogger(__name__)

LONGEST = 1000
"""Characters of anything that is typed here."""

BULKY = ("picture", "personas", "local", "lines")
"""What is told once and not kept."""

LANGUAGES = ("en", "de")
PHASES = ("speak", "quiet", "off")
KINDS = ("openai", "local", "templates")


Tell = Callable[[Mapping[str, Any]], None]
"""Gets rms_dbfs, peak_dbfs, talking and bar_dbfs (what a voice must reach to count, or None), some ten times a second."""


class SetupError(ValueError):
    """A step was given something that it cannot take: `name` is what."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Found:
    """What trying something showed. `code`: the end of a key `setup.said.<code>`; `ok`: the step is done with that."""

    ok: bool
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


class Closable(Protocol):
    """An open microphone."""

    def close(self) -> None:
        """Let go of it."""


class Probes(Protocol):
    """How the world outside is tried. None of these raises; each blocks for seconds at most."""

    def tiktok(self, name: str) -> Found:
        """Codes tiktok_live, tiktok_offline (ok), tiktok_unknown_name, tiktok_unchecked. Result: name, live, title, picture."""

    def animaze(self, host: str, port: int) -> Found:
        """Codes animaze_found (result: host, port; the given port is tried first), animaze_missing."""

    def greet(self, text: str) -> Found:
        """Let the avatar of the settings say it: animaze_spoke, animaze_silent."""

    def local_models(self) -> list[dict[str, Any]]:
        """Model servers on this computer: name, base_url, models (names)."""

    def model(self, base_url: str, key: str, model: str) -> Found:
        """Code model_ok (result: answer, first_token_seconds), else what is wrong."""

    def hear(self, device: str, phase: str, tell: Tell, stop: threading.Event) -> Found:
        """Wait for a voice (phase speak) or for silence (quiet): microphone_heard, microphone_quiet, or what is wrong."""

    def meter(self, device: str, tell: Tell) -> Closable:
        """Hear this microphone for a meter until it is closed."""

    def personas(self) -> list[dict[str, Any]]:
        """name, title, description, language of each that can be used."""

    def rehearse(self) -> Found:
        """A minute before a crowd that is not there. Result: card, lines (told)."""


class Guide:
    """Leads through the steps. `changed` is told after each change of the settings; `level`: see `levels`."""

    def __init__(
        self,
        settings: Settings,
        probes: Probes,
        *,
        changed: Callable[[], object] = lambda: None,
        level: Tell = lambda _: None,
    ) -> None:
        self.settings, self.probes, self._changed = settings, probes, changed
        self.levels: list[Tell] = [level]
        """Who hears how loud the microphone is while it is tried."""

        self.record = Record(settings.beside(FILE), known=bool(settings.tiktok.unique_id))
        self._hush = threading.Event()
        self._steps: dict[str, Callable[[Mapping[str, Any]], Found]] = {
            "language": self._language,
            "tiktok": self._tiktok,
            "animaze": self._animaze,
            "model": self._model,
            "microphone": self._microphone,
            "persona": self._persona,
            "rehearsal": self._rehearsal,
        }

    def state(self) -> dict[str, Any]:
        """`{done, step, steps: [{id, state, result}]}`: `step` is the first one to do, empty when there is none."""
        return self.record.as_json()

    def take(self, step: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Try a step with these values; `{step, state, ok, code, params, text, result}`, the text is told, see `config/words`.

        `ok`: this try was all that the step needs. One that was not keeps the state that the step had. Raises SetupError for values it cannot take, SettingsError when the
        settings cannot be saved, KeyError for a step that is none.
        """
        found = self._steps[step](values)
        state: State = "done" if found.ok else self.record.state(step)
        if found.ok or found.result:
            kept = {name: value for name, value in found.result.items() if name not in BULKY}
            self.record.put(step, state, {**self.record.result(step), **kept})
        log.info("set-up: %s: %s", step, found.code)
        return self._said(step, found)

    def skip(self, step: str) -> dict[str, Any]:
        """Leave it for later; what was done before stays done."""
        if step not in STEPS:
            raise KeyError(step)
        self.hush()
        if self.record.state(step) != "done":
            self.record.put(step, "skipped", self.record.result(step))
        return self._said(step, Found(True, "skipped"))

    def restart(self) -> dict[str, Any]:
        """All steps are to do again; what they have set stays set."""
        self.record.begin_anew()
        return self.state()

    def try_voice(self) -> dict[str, Any]:
        """Let the avatar say a line: `{ok, code, params}`."""
        line = say("setup.animaze.line", self.settings.style.language)
        found = self.probes.greet(line)
        return {"ok": found.ok, "code": found.code, "params": dict(found.params)}

    def hush(self) -> None:
        """End what listens to the microphone now."""
        self._hush.set()

    def _said(self, step: str, found: Found) -> dict[str, Any]:
        return {
            "step": step,
            "state": self.record.state(step),
            "ok": found.ok,
            "code": found.code,
            "params": dict(found.params),
            "text": told(Told, found.code, found.params),
            "result": dict(found.result),
        }

    def change(self, changes: Mapping[str, Any]) -> None:
        """Save these settings, and only then take them over. Raises SettingsError; nothing has changed then."""
        with alone():
            trial = changed(self.settings.model_copy(deep=True), changes)
            save_settings(trial)
            changed(self.settings, changes)
            self.settings.saved_as(trial)
        self._changed()

    def _language(self, values: Mapping[str, Any]) -> Found:
        language = _choice(values, "language", LANGUAGES)
        self.change({"style": {"language": language}, "window": {"language": language}})
        return Found(True, "language_set", result={"language": language})

    def _tiktok(self, values: Mapping[str, Any]) -> Found:
        """`unique_id`; `anyway`: true takes also a name that TikTok does not know."""
        try:
            name = name_of(_text(values, "unique_id"))
        except SourceError as refused:
            return Found(False, refused.link.code)
        found = self.probes.tiktok(name)
        if not found.ok and found.code == "tiktok_unknown_name" and not _switch(values, "anyway"):
            return found
        self.change({"tiktok": {"unique_id": name}})
        code = "tiktok_anyway" if found.code == "tiktok_unknown_name" else found.code
        return Found(True, code, {"name": name, **found.params}, {"name": name, **found.result})

    def _animaze(self, values: Mapping[str, Any]) -> Found:
        """`host` and `port`, by default those of the settings; with `say` the avatar says this text."""
        place = self.settings.animaze
        if text := _text(values, "say", ""):
            return self.probes.greet(text)
        host = _text(values, "host", place.host) or place.host
        found = self.probes.animaze(host, _port(values, place.port))
        if found.ok:
            self.change({"animaze": {"host": host, "port": found.result["port"]}})
        return found

    def _model(self, values: Mapping[str, Any]) -> Found:
        """`detect`: look for servers on this computer; else `kind` (openai, local, templates), `api_key`, `base_url`, `model`.

        Without `api_key` the one that is set is kept; `templates` leaves nothing to ask.
        """
        if _switch(values, "detect"):
            local = self.probes.local_models()
            names = ", ".join(str(server["name"]) for server in local)
            return Found(False, "model_local" if local else "model_no_local", {"names": names}, {"local": local})
        kind = _choice(values, "kind", KINDS)
        if kind == "templates":
            self.change({"openai": {"api_key": {"clear": True}, "base_url": ""}})
            return Found(True, "model_templates", result={"kind": kind})
        place = self.settings.openai
        key = _text(values, "api_key", "")
        base_url = _text(values, "base_url", place.base_url if kind == "local" else "")
        model = _text(values, "model", "" if kind == "local" else place.model)
        if not model:
            return Found(False, "model_no_choice")
        if kind == "openai" and not (key or base_url or place.api_key):
            return Found(False, "model_no_key")
        found = self.probes.model(base_url, key or ("" if kind == "local" else place.api_key), model)
        if found.ok:
            self.change({"openai": {"api_key": key, "base_url": base_url, "model": model}})
            return Found(True, found.code, found.params, {"kind": kind, "model": model, **found.result})
        return found

    def _microphone(self, values: Mapping[str, Any]) -> Found:
        """`phase`: speak (a voice must be heard), quiet (none must), off (the microphone stays closed); `device`: a name."""
        phase, knobs = _choice(values, "phase", PHASES), self.settings.microphone
        self.hush()
        if phase == "off":
            self.change({"microphone": {"mode": "off"}})
            return Found(True, "microphone_off", result={"off": True, "heard": False, "quiet": False})
        device = _text(values, "device", knobs.device)
        self._hush = stop = threading.Event()
        found = self.probes.hear(device, phase, self._loud, stop)
        if not found.ok:
            return found
        before = self.record.result("microphone") if phase == "quiet" else {}
        passed = {"off": False, "heard": phase == "speak" or bool(before.get("heard")), "quiet": phase == "quiet"}
        mode = "listen" if knobs.mode == "off" else knobs.mode
        self.change({"microphone": {"device": device, "enabled": True, "mode": mode}})
        return Found(passed["heard"] and passed["quiet"], found.code, found.params, {**passed, **found.result})

    def _loud(self, meters: Mapping[str, Any]) -> None:
        for tell in self.levels:
            tell(meters)

    def _persona(self, values: Mapping[str, Any]) -> Found:
        """`persona`; without it nothing is set and the result lists `personas`."""
        personas = self.probes.personas()
        name = _text(values, "persona", "")
        if not name:
            return Found(False, "persona_choose", result={"personas": personas})
        known = next((persona for persona in personas if persona["name"] == name), None)
        if known is None or not PERSONA_NAME.fullmatch(name):
            return Found(False, "persona_unknown", {"name": name[:40]})
        self.change({"style": {"persona": name}})
        return Found(True, "persona_set", {"title": known["title"]}, {"persona": name, "personas": personas})

    def _rehearsal(self, _: Mapping[str, Any]) -> Found:
        return self.probes.rehearse()


def _text(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = values.get(name, default)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise SetupError(name)
    return value.strip()


def _choice(values: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = values.get(name)
    if value not in choices:
        raise SetupError(name)
    return str(value)


def _switch(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise SetupError(name)
    return value


def _port(values: Mapping[str, Any], default: int) -> int:
    value = values.get("port", default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise SetupError("port")
    return value
