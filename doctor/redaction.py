"""What of settings, log and report may leave this computer: no secret, name, chat, id or path. Pure.

Settings and report are taken by what is known to be harmless, not by what is known to be bad. The log holds no chat by
the house's rules; what an error of another library quotes is taken out all the same.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doctor.finding import Finding
from settings import Settings, schema

LEFT_OUT = "(left out)"
SHORTEST_NAME = 3
"""Characters: hiding anything shorter would blacken ordinary words."""

PLAIN_PARAMS = {
    *("version", "newest", "names", "free", "port", "set", "other", "minutes", "seconds", "whole", "tokens", "floor"),
    *("peak", "megabytes", "engine", "wanted", "because", "until", "reply", "hundred", "variable", "field"),
}
PLAIN_TEXTS = {"version", "platform", "engine", "code"}
"""Keys of details whose text is ours."""

PLAIN_SETTINGS = {"openai.model", "fallback.model", "fallback2.model"}
SECTIONS = {"quota", "minute", "hour", "day", "kept", "other", "missing", "problems"}

_QUOTED = re.compile(r"""(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|“[^”\n]*”""")
_HANDLE = re.compile(r"@[\w.]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_ID = re.compile(r"\d{9,}")
_ADDRESS = re.compile(r"\b(?!127\.0\.0\.1\b)\d{1,3}(\.\d{1,3}){3}\b")
_PATH = re.compile(r"(?:[A-Za-z]:\\|/)(?:[^\s\\/:*?\"<>|,;()]+[\\/])+([^\s\\/:*?\"<>|,;()]+)")
_URL = re.compile(r"\b(https?|wss?)://[^\s\"'<>)]+")
_FRAME = re.compile(r'^\s+File "(?P<file>[^"]*)", line (?P<line>\d+)(, in (?P<where>.*))?$')
_RAISED = re.compile(
    r"^(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Group|Timeout|Closed\w*))\b.*$"
)


@dataclass(slots=True)
class Redaction:
    """`names`: of people, this computer and its user. `clean`: hides the known secrets."""

    names: Iterable[str] = ()
    clean: Callable[[str], str] = str
    home: Path | None = None
    _names: re.Pattern[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        wanted = {name.strip().lstrip("@") for name in self.names}
        long = sorted((re.escape(n) for n in wanted if len(n) >= SHORTEST_NAME), key=len, reverse=True)
        self._names = re.compile(rf"(?<!\w)(?:{'|'.join(long)})(?!\w)", re.IGNORECASE) if long else None

    def log(self, lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """One line each, without those below INFO; tracebacks keep their frames and kinds, not what they quote."""
        kept = [line for line in lines if line.get("level") != "DEBUG"]
        return [f"{_moment(line)} {line['level']:<7} {line['name']}: {self.text(str(line['text']))}" for line in kept]

    def text(self, text: str) -> str:
        """Of a log, one entry of possibly many lines."""
        first, *rest = text.split("\n")
        below = [self._of_traceback(line) for line in rest]
        return "\n".join([self.line(first), *(line for line in below if line is not None)])

    def line(self, text: str) -> str:
        """One line without what could name somebody or something."""
        text = self.clean(text)
        if self.home is not None:
            text = text.replace(str(self.home), "~")
        text = _URL.sub(lambda url: f"{url[1]}://{LEFT_OUT}", text)
        text = _QUOTED.sub(LEFT_OUT, text)
        text = _MAIL.sub(LEFT_OUT, text)
        text = _HANDLE.sub(f"@{LEFT_OUT}", text)
        text = _PATH.sub(lambda path: f"…/{path[1]}", text)
        text = _ID.sub(LEFT_OUT, text)
        text = _ADDRESS.sub(LEFT_OUT, text)
        return self._names.sub(LEFT_OUT, text) if self._names else text

    def _of_traceback(self, line: str) -> str | None:
        """A frame, or the kind of an error; None for what may hold a value."""
        if frame := _FRAME.match(line):
            file = Path(frame["file"].replace("\\", "/"))
            return f"  File {'/'.join(file.parts[-2:])}, line {frame['line']}, in {frame['where'] or ''}"
        if raised := _RAISED.match(line):
            return f"{raised['kind']}: {LEFT_OUT}"
        return line if line.startswith(("Traceback (most", "During handling", "The above exception")) else None

    def settings(self, settings: Settings) -> dict[str, dict[str, Any]]:
        """By section. Numbers, switches and choices as they are; texts and lists only where they are the defaults."""
        shown: dict[str, dict[str, Any]] = {}
        for section in schema(settings):
            fields = {described["name"]: _of_field(described) for described in section["fields"]}
            shown[section["name"] or "general"] = fields
        return shown

    def finding(self, finding: Finding) -> dict[str, Any]:
        """One check of the report."""
        return {
            "id": finding.id,
            "light": finding.light.value,
            "code": finding.code,
            "params": {name: self.line(text) for name, text in finding.params.items() if name in PLAIN_PARAMS},
            "details": _plain(finding.details),
        }


def _moment(line: Mapping[str, Any]) -> str:
    at = line.get("at")
    return f"{at:.1f}" if isinstance(at, int | float) else "?"


def _of_field(described: Mapping[str, Any]) -> Any:
    value, kind = described["value"], described["type"]
    if described["secret"]:
        return "set" if value["set"] else "not set"
    if kind in {"bool", "int", "float", "choice"} or value == described["default"]:
        return value
    if described["path"] in PLAIN_SETTINGS:
        return value
    return f"({len(value)} {'entries' if kind == 'list' else 'characters'}, left out)"


def _plain(details: Any, *, ours: bool = False) -> Any:
    """Of details: numbers, switches, and the texts that are ours."""
    if isinstance(details, Mapping):
        inner = ((name, value, ours or name in SECTIONS or name in PLAIN_TEXTS) for name, value in details.items())
        found = {name: _plain(value, ours=known) for name, value, known in inner if name != "message"}
        return {name: value for name, value in found.items() if value is not None}
    if isinstance(details, list | tuple):
        return [_plain(value, ours=ours) for value in details] if ours else None
    if isinstance(details, bool | int | float) or details is None:
        return details
    return details if ours and isinstance(details, str) else None
