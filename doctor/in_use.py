"""What a running bot's own connections tell, so that nothing is opened twice and no second mouth talks. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from doctor.finding import Finding, Light
from doctor.microphone import fault_of, heard_levels, levels_of
from events import Link, LinkState

Status = Mapping[str, Any]
"""The answer of `GET /api/status`."""

FINE = {"", "tiktok_offline", "tiktok_ended", "tiktok_paused"}
BUSY = {"tiktok_connecting", "animaze_connecting", "microphone_connecting"}
YELLOW = {"animaze_other_port", "tiktok_events_lost", "tiktok_unsteady", "mic_engine"}
NAME = {"tiktok_unknown_name", "tiktok_name_missing", "tiktok_name_invalid"}
LIVE = {"tiktok_dead_room", "tiktok_age_restricted", "tiktok_silent"}
SIGN = {"tiktok_rate_limited", "tiktok_sign_down", "tiktok_key_refused"}


def is_using(status: Status | None) -> bool:
    """Whether a bot holds TikTok, Animaze and the microphone. A demo holds none of them."""
    return bool(status and status.get("running") and not status.get("demo"))


def tiktok_in_use(status: Status) -> tuple[Finding, ...]:
    """Findings of the TikTok parts that the bot's link tells about."""
    code, params = _reason(status, "tiktok")
    part = "tiktok_name" if code in NAME else "tiktok_live" if code in LIVE else "tiktok"
    part = "sign_server" if code in SIGN else part
    if code in BUSY:
        return (Finding(id="tiktok", light=Light.SKIPPED, code="in_use_busy"),)
    if code in FINE:
        live = "tiktok_not_live" if code in {"tiktok_offline", "tiktok_ended"} else "tiktok_is_live"
        name = params.get("name", "")
        return (
            *(Finding(id=well, light=Light.GREEN, code="in_use") for well in ("tiktok", "tiktok_name")),
            Finding(id="tiktok_live", light=Light.GREEN, code=live, params={"name": name or "…"}),
            Finding(id="sign_server", light=Light.SKIPPED, code="sign_spared"),
        )
    light = Light.YELLOW if code in YELLOW else Light.RED
    before = {"tiktok_name": ("tiktok",), "tiktok_live": ("tiktok", "tiktok_name"), "sign_server": ("tiktok",)}
    well = (Finding(id=name, light=Light.GREEN, code="in_use") for name in before.get(part, ()))
    return (*well, Finding(id=part, light=light, code=code, params=params))


def animaze_in_use(status: Status) -> tuple[Finding, ...]:
    """Finding `animaze`, and that its voice is not tried now."""
    code, params = _reason(status, "animaze")
    if code in BUSY:
        return (Finding(id="animaze", light=Light.SKIPPED, code="in_use_busy"),)
    if code == "paper":
        return (Finding(id="animaze", light=Light.SKIPPED, code="captions"),)
    light = Light.GREEN if code in FINE else Light.YELLOW if code in YELLOW else Light.RED
    suggestion = {"animaze": {"port": int(params["port"])}} if code == "animaze_other_port" else {}
    found = Finding(id="animaze", light=light, code=code or "in_use", params=params, suggestion=suggestion)
    if light is Light.RED:
        return (found,)
    return found, *(Finding(id=p, light=Light.SKIPPED, code="in_use_voice") for p in ("animaze_voice", "animaze_pace"))


def microphone_in_use(looks: Sequence[Status]) -> tuple[Finding, ...]:
    """The microphone's findings, from several looks at the status over a few seconds."""
    status = looks[-1]
    code, params = _reason(status, "microphone")
    link = Link(state=LinkState.UP, code=code, params=tuple(params.items()))
    if code == "mic_off":
        return (Finding(id="microphone", light=Light.SKIPPED, code="mic_off"),)
    if code in BUSY:
        return (Finding(id="microphone", light=Light.SKIPPED, code="in_use_busy"),)
    if code and code not in YELLOW | {"mic_silent"}:
        return (fault_of(link),)
    levels = levels_of([look["microphone"] for look in looks if "microphone" in look])
    return heard_levels(link, levels, str(status.get("microphone", {}).get("engine", "")))


def _reason(status: Status, name: str) -> tuple[str, dict[str, str]]:
    link = status.get("links", {}).get(name, {})
    code, params = str(link.get("code") or ""), dict(link.get("params") or ())
    if not link or link.get("state") == "connecting":
        return f"{name}_connecting", {}
    return code, {key: str(value) for key, value in params.items()}
