"""How the set-up tries the world outside: the doctor's looks, asked one at a time and told in the set-up's words.

Any thread but the bot's: each call runs a loop of its own and blocks for seconds at most. None raises.
"""

import asyncio
import base64
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from doctor.animaze import look_at_animaze
from doctor.finding import Light
from doctor.model import find_local_models, look_at_model
from doctor.tiktok import look_at_tiktok
from live import rehearsal
from mind.persona import FOLDER, SHIPPED, PersonaError, read
from settings import Settings
from setup import card as cards
from setup import ear
from setup.guide import Found, Tell
from voice.animaze import KNOWN_PORTS
from web.words import Told, named

log = logging.getLogger(__name__)

REHEARSAL_SECONDS = 60.0
SEED = 6
"""An evening with gifts, questions and a troll in its first minute, in either language."""

LOCAL_SECONDS = 6.0
"""Loading the client alone takes seconds on a slow computer."""

PICTURE_SECONDS = 4.0
LARGEST_PICTURE = 400_000
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
ABOUT_LENGTH = 160


class RealProbes:
    """The seam `setup.guide.Probes`. `busy(text)`: have the bot that has the avatar say this; None when none runs.

    `ports` in place of those on which Ollama and LM Studio usually answer.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        busy: Callable[[str], bool | None] = lambda _: None,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self._settings, self._busy, self._ports = settings, busy, ports

    def tiktok(self, name: str) -> Found:
        """Whether TikTok knows this name, and what it tells of the live."""
        knobs = self._settings.tiktok.model_copy(update={"unique_id": name})
        findings = {finding.id: finding for finding in asyncio.run(look_at_tiktok(knobs))}
        if known := findings.get("tiktok_live"):
            about = known.details
            code = "tiktok_live" if about["live"] else "tiktok_offline"
            picture = _picture(about.get("picture"))
            result = {"name": name, "live": about["live"], "title": about.get("title"), "picture": picture}
            return Found(True, code, {"name": name}, result)
        fault = next((f for f in findings.values() if f.light is Light.RED), None)
        code = fault.code if fault else "tiktok_network"
        if code in {"tiktok_unknown_name", "tiktok_name_invalid", "tiktok_name_missing"}:
            return Found(False, code, {"name": name})
        reason = named(f"setup.reason.{code}", Told("setup.reason.other"))
        return Found(True, "tiktok_unchecked", {"name": name, "reason": reason}, {"live": None, "title": None})

    def animaze(self, host: str, port: int) -> Found:
        """Where it answers on this host: at the port that is set, or one of the usual ones."""
        finding = asyncio.run(look_at_animaze(self._placed(host, port), within=8.0))[0]
        if finding.light is Light.RED:
            ports = sorted({port, *KNOWN_PORTS})
            return Found(False, "animaze_missing", {"host": host, "ports": ", ".join(map(str, ports))})
        place = {"host": finding.details["host"], "port": finding.details["port"]}
        return Found(True, "animaze_found", place, place)

    def greet(self, text: str) -> Found:
        """By the bot where one runs, since it has the avatar; else straight to Animaze."""
        said = self._busy(text)
        if said is not None:
            return Found(said, "animaze_spoke") if said else self._silent("setup.reason.not_said")
        findings = {f.id: f for f in asyncio.run(look_at_animaze(self._settings, line=text, within=15.0))}
        voice = findings.get("animaze_voice")
        if voice and voice.light is Light.GREEN:
            return Found(True, "animaze_spoke")
        return self._silent(f"setup.reason.{(voice or findings['animaze']).code}")

    def local_models(self) -> list[dict[str, Any]]:
        """Ollama and LM Studio on this computer, and the models they have."""
        found = asyncio.run(find_local_models(within=LOCAL_SECONDS, ports=self._ports))
        return [
            {"name": f.params["server"], "base_url": f.details["base_url"], "models": list(f.details["models"])}
            for f in found
        ]

    def model(self, base_url: str, key: str, model: str) -> Found:
        """One real question to it; the settings themselves are not touched."""
        trial = self._settings.model_copy(deep=True)
        trial.openai.base_url, trial.openai.api_key, trial.openai.model = base_url, key, model
        findings = asyncio.run(look_at_model(trial))
        answer = next((f for f in findings if f.id == "model_answer" and f.light is not Light.RED), None)
        if answer:
            facts = {name: answer.details[name] for name in ("answer", "first_token_seconds")}
            return Found(True, "model_ok", {"model": model, "seconds": answer.params["seconds"]}, facts)
        fault = findings[-1]
        return Found(False, fault.code, fault.params)

    def hear(self, device: str, phase: str, tell: Tell, stop: threading.Event) -> Found:
        """A voice, or silence."""
        return ear.wait_for(phase, self._settings.microphone, device, tell, stop)

    def meter(self, device: str, tell: Tell) -> ear.LiveMeter:
        """The microphone of this name, heard until it is closed; its levels are told from another thread."""
        return ear.LiveMeter(self._settings.microphone, device, tell)

    def personas(self) -> list[dict[str, Any]]:
        """The streamer's own before the shipped ones; those that cannot be used are left out."""
        found: dict[str, dict[str, Any]] = {}
        for folder in (self._settings.beside(FOLDER), SHIPPED):
            for file in sorted(folder.glob("*.yaml")):
                try:
                    who = read(file)
                except PersonaError as error:
                    log.warning("persona %s: %s", file.name, error)
                    continue
                entry = {
                    "name": file.stem,
                    "title": who.name,
                    "description": who.description or (who.tone or who.backstory)[:ABOUT_LENGTH],
                    "language": who.language,
                }
                found.setdefault(file.stem, entry)
        return list(found.values())

    def rehearse(self) -> Found:
        """A minute with a copy of the settings, in a few seconds."""
        try:
            card = rehearsal.run(self._settings.model_copy(deep=True), REHEARSAL_SECONDS, seed=SEED)
        except Exception as error:  # border: a rehearsal runs the whole bot, and the set-up goes on without it
            log.exception("the rehearsal failed")
            return Found(False, "rehearsal_failed", {"problem": type(error).__name__})
        code = "rehearsal_passed" if card.passed else "rehearsal_missed"
        return Found(True, code, result={"card": card.as_json(), "lines": cards.lines(card, Told)})

    def _placed(self, host: str, port: int) -> Settings:
        trial = self._settings.model_copy(deep=True)
        trial.animaze.host, trial.animaze.port = host, port
        return trial

    def _silent(self, reason: str) -> Found:
        return Found(False, "animaze_silent", {"reason": Told(reason)})


def _picture(address: str | None) -> str | None:
    """As a data URL, so that no page has to ask a foreign server; None where it cannot be had."""
    if not address:
        return None
    try:
        with httpx.stream("GET", address, timeout=PICTURE_SECONDS) as answer:
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if answer.status_code != 200 or kind not in PICTURES:
                return None
            data = b""
            for part in answer.iter_bytes():
                data += part
                if len(data) > LARGEST_PICTURE:
                    return None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.debug("no picture of the live: %s", type(error).__name__)
        return None
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
