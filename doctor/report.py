"""What an examination has found, for people and as JSON. Standard library and sentences only; any thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doctor.finding import Finding, Light, worst

Say = Callable[..., str]
"""The sentence of a key, with its parameters, in the reader's language; or told, for whoever knows the reader."""

PARTS = (
    *("python", "packages", "disk", "folder", "settings", "secrets", "clock", "ports", "running", "memory", "gifts"),
    *("tiktok", "tiktok_name", "tiktok_live", "sign_server", "animaze", "animaze_voice", "animaze_pace"),
    *("model", "model_key", "model_name", "model_answer", "model_cost", "fallback", "local_models"),
    *("microphone", "microphone_level", "microphone_voice"),
)
"""All that is looked at, in the order in which it is shown."""

CODES = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}
"""Exit codes of `--doctor`, by the worst light."""

WIDTH = 8
"""Columns for the light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One examination."""

    findings: tuple[Finding, ...]
    seconds: float
    """How long it took."""

    at: float
    """When, in Unix seconds."""

    language: str = "en"
    """The streamer's."""

    @property
    def light(self) -> Light:
        return worst(finding.light for finding in self.findings)

    @property
    def exit_code(self) -> int:
        return CODES[self.light]

    def as_json(self, say: Say) -> dict[str, Any]:
        """`{light, seconds, at, checks: [{id, name, light, cause, remedy, code, params, details, suggestion}]}`."""
        checks = [self._check(finding, say) for finding in self.findings]
        return {"light": self.light.value, "seconds": self.seconds, "at": self.at, "checks": checks}

    @staticmethod
    def _check(finding: Finding, say: Say) -> dict[str, Any]:
        params = in_words(finding, say)
        return {
            "id": finding.id,
            "name": say(f"doctor.name.{finding.id}"),
            "light": finding.light.value,
            "cause": say(f"doctor.{finding.code}.cause", **params),
            "remedy": say(f"doctor.{finding.code}.remedy", **params),
            "code": finding.code,
            "params": dict(finding.params),
            "details": dict(finding.details),
            "suggestion": {section: dict(values) for section, values in finding.suggestion.items()},
        }

    def lines(self, say: Say) -> list[str]:
        """For a console: each part with its light, and below a fault what to do."""
        lines = [say("doctor.title")]
        for check in self.as_json(say)["checks"]:
            light = Light(check["light"])
            sign = say(f"doctor.sign.{light.value}")
            lines.append(f"{sign:>{WIDTH}}  {check['name']}: {check['cause']}")
            if light in {Light.YELLOW, Light.RED}:
                lines.append(f"{'':>{WIDTH}}  > {check['remedy']}")
        lines.append(say(f"doctor.verdict.{self.light.value}", seconds=f"{self.seconds:.1f}"))
        return lines


def in_words(finding: Finding, say: Say) -> dict[str, str]:
    """The parameters as sentences need them: the part that is in the way by its name."""
    because = finding.params.get("because")
    return {**finding.params, **({"because": say(f"doctor.name.{because}")} if because else {})}
