"""Every knob, once (its section is in `config/`, by wing); and how to load, save and change them.

Bottom of the house; how settings lie on the disk is in `config/`. Any thread. Sections behave like dicts
(`settings["openai"]["model"]`, `in`, assignment is validated), so the interface of the design and typed access
(`settings.openai.model`) are one thing.
"""

import contextlib
import copy
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError

from config import describe, document, exchange, files, legacy, notices, secrets, text, vault
from config.defaults import SYSTEM_PROMPT
from config.history import History, at
from config.keychain import Keychain
from config.lan import Lan
from config.live import EventPriority, JoinRules, Likes, Recording, Rehearsal, Thanks, TikTok
from config.mind import Comment, Fallback, Fallback2, Now, OpenAI, Safety, Style
from config.origin import Origin
from config.problems import Problem, SettingsError, dotted, refusal
from config.section import Section, knob, problems
from config.store import Gifts, Memory
from config.voice import Animaze, Microphone, Outbox, Speech
from config.window import Window
from config.words import Told

__all__ = ["DEFAULT_SETTINGS", "Problem", "Section", "Settings", "SettingsError"]
__all__ += ["Animaze", "Comment", "EventPriority", "Fallback", "Fallback2", "Gifts", "JoinRules", "Lan", "Likes"]
__all__ += [
    "Memory",
    "Microphone",
    "Now",
    "OpenAI",
    "Outbox",
    "Recording",
    "Rehearsal",
    "Safety",
    "Speech",
    "Style",
    "Thanks",
    "TikTok",
    "Window",
]
__all__ += [
    "alone",
    "changed",
    "changes_noted",
    "dismiss_notice",
    "load_settings",
    "notices_of",
    "public",
    "reload_settings",
    "save_settings",
    "schema",
    "secrets_of",
    "undo",
]

log = logging.getLogger(__name__)
_saving = threading.RLock()
"""One change or save at a time: each reads what the last one left."""

_keychain = Keychain()
"""The system has one, so the process has one."""


class Settings(Section):
    """All of them. `Settings.of(mapping)` fills what is missing with defaults."""

    tiktok: TikTok = Field(default_factory=TikTok)
    animaze: Animaze = Field(default_factory=Animaze)
    openai: OpenAI = Field(default_factory=OpenAI)
    fallback: Fallback = Field(default_factory=Fallback)
    fallback2: Fallback2 = Field(default_factory=Fallback2)
    style: Style = Field(default_factory=Style)
    comment: Comment = Field(default_factory=Comment)
    now: Now = Field(default_factory=Now)
    microphone: Microphone = Field(default_factory=Microphone)
    memory: Memory = Field(default_factory=Memory)
    gifts: Gifts = Field(default_factory=Gifts)
    thanks: Thanks = Field(default_factory=Thanks)
    likes: Likes = Field(default_factory=Likes)
    join_rules: JoinRules = Field(default_factory=JoinRules)
    outbox: Outbox = Field(default_factory=Outbox)
    speech: Speech = Field(default_factory=Speech)
    event_priority: EventPriority = Field(default_factory=EventPriority)
    safety: Safety = Field(default_factory=Safety)
    recording: Recording = Field(default_factory=Recording)
    rehearsal: Rehearsal = Field(default_factory=Rehearsal)
    lan: Lan = Field(default_factory=Lan)
    window: Window = Field(default_factory=Window)
    batch_window: float = knob(25.0, unit="s", ge=0, le=3600, advanced=True)
    like_threshold: int = knob(0, ge=0, le=1_000_000)
    dedupe_ttl: float = knob(600.0, unit="s", ge=1, le=86_400, advanced=True)
    system_prompt: str = knob(SYSTEM_PROMPT, multiline=True)

    _origin: Origin = PrivateAttr(default_factory=Origin)
    _history: History = PrivateAttr(default_factory=History)

    @classmethod
    def of(cls, values: "Mapping[str, Any] | Settings") -> "Settings":
        """These values over the defaults. Raises SettingsError."""
        return values if isinstance(values, Settings) else _checked(values)

    @property
    def file(self) -> Path:
        """Where they are saved."""
        return self._origin.file or Path(FILE).absolute()

    @property
    def text(self) -> str | None:
        """What their file held when they were loaded or saved last; None before that."""
        return self._origin.text

    @property
    def changed_at(self) -> float | None:
        """When they were changed last, wherever from, in Unix seconds; None: not since they were loaded."""
        return self._history.changed_at

    def beside(self, name: str) -> Path:
        """A data file by the name the settings give it: relative ones lie beside the settings."""
        return self.file.parent / name

    def saved_as(self, other: "Settings") -> None:
        """`other`, a copy, has been changed and saved: take it over, with what was edited in the file meanwhile."""
        exchange.take_over(self, self, other, _FIELDS)
        exchange.take_over_unknown(self, self, other)
        self._origin, self._history = other._origin, other._history

    def __eq__(self, other: object) -> bool:
        """Equal values; where they came from does not count."""
        return isinstance(other, Settings) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment] # they change


for _name, _info in Settings.model_fields.items():
    if isinstance(_info.annotation, type) and issubclass(_info.annotation, Section):
        _info.annotation.at = _name

FILE = "settings.yaml"
DEFAULT_SETTINGS: dict[str, Any] = Settings().model_dump()
_SECTIONS = describe.sections(Settings)
_FIELDS = {tuple(field["path"].split(".")): field for section in _SECTIONS for field in section["fields"]}
_SECRETS = {field["path"]: field["environment"] for field in _FIELDS.values() if field["secret"]}


def load_settings(path: str | os.PathLike[str] | None = None) -> Settings:
    """The settings in this file, by default `settings.yaml` in the current folder.

    Where there is none it is made, from a `.json` of the same name or from the defaults. What is missing counts as its
    default; unknown keys are kept and logged. Raises SettingsError with all problems, and changes nothing then.
    """
    file = _located(path)
    source, found = _read(file)
    settings, inside = _with_secrets(file, source, found)
    _tell(settings, found, source)
    if source != file:
        with _saving:
            _save(settings, file, inside)
        log.info("settings written to %s", file)
    return settings


def reload_settings(settings: Settings, text: str | None) -> list[str]:
    """Take over what was changed in their file since it was loaded or saved, and now holds `text`; the paths that changed.

    What was changed here and is not saved yet stays. Raises SettingsError, and changes nothing, when the file is gone
    (None), broken, or holds no value at all, as one does that is just being written.
    """
    with _saving:
        file, before = settings.file, settings.model_dump()
        if text is None:
            raise refusal(file, Told("problem.file.gone"))
        found = document.parse_yaml(file, text, _FIELDS)
        if not found.values:
            raise refusal(file, Told("problem.file.empty"))
        fresh, _ = _with_secrets(file, file, found, settings._origin)
        _tell(fresh, found, file)
        base = _checked(settings._origin.values)
        exchange.take_over(settings, base, fresh, _FIELDS)
        exchange.take_over_unknown(settings, base, fresh)
        settings._origin, now = fresh._origin, settings.model_dump()
        settings._history.note(before, now, _FIELDS)
        return [".".join(path) for path in _FIELDS if at(before, path) != at(now, path)]


def undo(settings: Settings) -> None:
    """Take the last change back, wherever it came from, and save. Raises SettingsError, LookupError when there is none.

    To be called with a copy, see `Settings.saved_as`: after an error the values may be those from before.
    """
    with _saving:
        for path, value in settings._history.back().items():
            exchange.part(settings, path)[path[-1]] = value
        noted = len(settings._history)
        save_settings(settings)
        if len(settings._history) > noted:
            settings._history.drop()  # what was taken back is not a change to be taken back


def changes_noted(settings: Settings) -> int:
    """How many changes `undo` could take back."""
    return len(settings._history)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Inside, nobody else changes, saves or reloads settings. May be nested."""
    with _saving:
        yield


def save_settings(settings: Settings | Mapping[str, Any], path: str | os.PathLike[str] | None = None) -> None:
    """Write them where they came from, or to `path`; the file before is kept as `.bak`. Secrets go to the
    system's keychain or to `secrets.json`, see docs/secrets.md.

    What somebody edited in the file since it was loaded is kept, and taken over into `settings`. Raises SettingsError, and changes nothing, when a value is wrong, the file there is broken, or it cannot be written.
    """
    settings = Settings.of(settings)
    with _saving:
        _save(settings, settings.file if path is None else _located(path), {})


def public(settings: Settings) -> dict[str, Any]:
    """All known values for the API; a secret is `{"set": bool, "source": "environment" | "keychain" | "file" | None}`."""
    return exchange.public(settings, _FIELDS, settings._origin.outside, settings._origin.places)


def secrets_of(settings: Settings) -> set[str]:
    """Every secret that is known, also those that another one has replaced: for those who must hide them."""
    now = (str(settings[section][name]) for section, name in (path.split(".") for path in _SECRETS))
    return settings._origin.secrets() | {value for value in now if value}


def notices_of(settings: Settings) -> list[notices.Notice]:
    """What the streamer should know about where their keys are, and about texts that cannot be right."""
    return [*settings._origin.notices(), *notices.of_texts(exchange.odd(settings, _FIELDS))]


def dismiss_notice(settings: Settings, name: str) -> bool:
    """The streamer has read it: it is told no more. False while it lasts; one that is gone may be named, too."""
    with _saving:
        settings._origin.moves = [notice for notice in settings._origin.moves if notice.lasting or notice.id != name]
        return all(notice.id != name for notice in notices_of(settings))


def schema(settings: Settings | None = None) -> list[dict[str, Any]]:
    """Every section as `{"name", "help", "fields"}`, ready for JSON; with `settings` each field has its `value`.

    A field is `{"name", "path", "type": bool|int|float|str|list|choice, "default", "unit", "min", "max", "above" (min
    itself is too small), "help", "choices", "secret", "environment", "restart"}`. Those of the section named "" stand
    at the top level. The value of a secret is that of `public`.
    """
    sections = copy.deepcopy(_SECTIONS)
    if settings is not None:
        values = public(settings)
        for section in sections:
            for described in section["fields"]:
                described["value"] = (values[section["name"]] if section["name"] else values)[described["name"]]
    return sections


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Take over `{"comment": {"enabled": 0}, "batch_window": 3}`, all of it or nothing; returns the same settings.

    An unknown name is an error here. A secret stays as it is for "", None and `{"set": ...}`; `{"clear": true}` removes
    it. Raises SettingsError with all problems. Does not save.
    """
    with _saving:
        wrong: list[Problem] = []
        wishes = list(exchange.wishes(changes, _FIELDS, wrong))
        trial = settings.model_copy(deep=True)
        for path, value in wishes:
            try:
                exchange.grant(trial, path, value, _FIELDS)
            except SettingsError as error:
                wrong += error.problems
        wrong += exchange.misplaced(wishes, _FIELDS, secrets_of(trial))
        if wrong:
            raise SettingsError(wrong)
        for path, _ in wishes:
            exchange.part(settings, path)[path[-1]] = exchange.part(trial, path)[path[-1]]
    return settings


def _located(path: str | os.PathLike[str] | None) -> Path:
    """The YAML file meant; a `.json` stands for the one it is moved to."""
    file = Path(FILE if path is None else path).absolute()
    return file.with_suffix(".yaml") if file.suffix.lower() == ".json" else file


def _read(file: Path) -> tuple[Path, document.Document]:
    """What there is to load and where it stands: the file itself, or its older form, which may be missing too."""
    written = files.read_text(file)
    if written is not None:
        return file, document.parse_yaml(file, written, _FIELDS)
    legacy = file.with_suffix(".json")
    written = files.read_text(legacy)
    return legacy, document.parse_json(legacy, written) if written is not None else document.Document("")


def _vault(file: Path) -> vault.Vault:
    return vault.Vault(file.parent, _SECRETS, _keychain)


def _with_secrets(
    file: Path, source: Path, found: document.Document, known: Origin | None = None
) -> tuple[Settings, dict[str, str]]:
    """What was found in `source`, with the secrets from all places; and those that stand there in plain text.

    `known`: with the secrets that are in use, which are not looked up then: a keychain may take seconds.
    """
    settings = _checked(found.values, found.lines, source)
    inside = vault.pick(settings.model_dump(), _SECRETS)
    outside = secrets.environment(_SECRETS)
    if known is None:
        kept = _vault(file).load([path for path in _SECRETS if path not in {*inside, *outside}])
    else:
        kept = vault.Kept(known.held, known.places, known.trouble)
    held = kept.values | inside | outside
    origin = Origin(file, None, {}, held, outside, dict(kept.places), kept.trouble)
    with _saving:
        if origin.move_out(_vault(file), source, found, inside, _FIELDS, _SECRETS):
            settings = _checked(found.values, found.lines, source)
    for name, value in held.items():
        path_of = tuple(name.split("."))
        exchange.part(settings, path_of)[path_of[-1]] = value
    origin.text, origin.values, settings._origin = found.text, settings.model_dump(), origin
    return settings, inside


def _checked(values: object, lines: Mapping[document.Where, int] | None = None, file: Path | None = None) -> Settings:
    if not isinstance(values, Mapping):
        raise SettingsError([Problem("", None, describe.complaint(None, values))], file)
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        raise SettingsError(problems(error, Settings, lines), file) from None


def _tell(settings: Settings, found: document.Document, source: Path) -> None:
    settings._origin.tell()
    if legacy.kind_of(found.values, json=source.suffix == ".json"):
        log.info("%s is of the older PalFriend: what both have is taken over, the rest is kept unused", source)
    parts = [settings, *(settings[name] for name in Settings.model_fields if isinstance(settings[name], Section))]
    for part in parts:
        for name in part.model_extra or {}:
            where = (part.at, name) if part.at else (name,)
            near = exchange.like(name, type(part).model_fields)
            hint = f", did you mean {near}?" if near else ""
            log.warning("%s, line %s: %s is not known%s", source, found.lines.get(where), dotted(where), hint)


def _save(settings: Settings, file: Path, inside: Mapping[str, str]) -> None:
    """`inside`: secrets of an older file that this one replaces."""
    origin, old = settings._origin, files.read_text(file)
    before = document.parse_yaml(file, old, _FIELDS) if old is not None else document.Document("")
    theirs = _checked(before.values, before.lines, file)
    if origin.file == file and old is not None:
        edited = [path for path in _FIELDS if ".".join(path) not in _SECRETS]
        base = _checked(origin.values)
        exchange.take_over(settings, base, theirs, edited)
        exchange.take_over_unknown(settings, base, theirs)
    values = _checked(settings.model_dump(warnings=False)).model_dump()
    now = vault.pick(values, _SECRETS)
    written = {**inside, **vault.pick(before.values, _SECRETS)}
    known = origin if origin.file == file else Origin()
    wanted = secrets.settle(_SECRETS, now, held=known.held, outside=origin.outside, written=written)
    strays = secrets.strays(before.values, _FIELDS)
    saved = _vault(file).save(wanted, known.believed(before.text, _SECRETS), strays)
    with saved.undone_by(SettingsError):
        new = text.render(_SECTIONS, values, saved.places, _SECRETS)
        backup = file.with_name(f"{file.name}.bak")
        if old is not None and (old != new or not backup.exists()):
            paths = [*strays, *(tuple(path.split(".")) for path in _SECRETS)]
            files.write_text(backup, secrets.redacted(before, paths, {*written.values(), *now.values()}))
        if old != new:
            files.write_text(file, new)
    if origin.file in {None, file}:
        settings._origin = Origin(file, new, values, now, origin.outside, saved.places, saved.trouble, origin.moves)
        if origin.values:
            settings._history.note(origin.values, values, _FIELDS)
