"""Who the pal is: a file of the folder `personas`, named by the setting `style.persona`. Any thread.

The streamer's own files beside the settings come before the shipped ones. A file is read again when it has changed, so
a new name or an edit counts from the next question on. What cannot be used is told once, and the shipped `pal` stands
in. YAML is taken at its plainest: every value is text, anchors, aliases and tags are refused.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.words import Spoken, Told, told_by, why
from settings import Settings

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent.parent / "personas"
DEFAULT = "pal"
FOLDER = "personas"
NAME = re.compile(r"[\w-]{1,40}")
LARGEST = 32_000
DEEPEST = 8
"""Bytes of a file, and levels of nesting; a persona needs a tenth of the one and three of the other."""

NAME_LENGTH, TONE_LENGTH, BACKSTORY_LENGTH, DESCRIPTION_LENGTH, LINE_LENGTH = 24, 300, 1200, 200, 200
RULES, EXAMPLES, EMOTIONS = 12, 6, 20
MOST_FILES = 100
"""Personas of one folder that are offered."""

LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[A-Za-z0-9]{2,8})*|")
MOST_LANGUAGES = 20
KEYS = ("name", "description", "backstory", "tone", "language", "rules", "examples", "emotions")


class PersonaError(ValueError):
    """A persona that cannot be used; what is told says which file and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Who the pal is. Every text is one clean line of bounded length."""

    name: str
    description: str = ""
    """What whoever chooses a persona reads, told in the languages it was written in; the pal never sees it."""

    backstory: str = ""
    tone: str = ""
    language: str = ""
    """Which it speaks where the stream's language is wanted; empty: as the settings say."""

    rules: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    """What a viewer asks and how the pal answers."""

    emotions: tuple[str, ...] = ()
    """Words in square brackets that it may begin a sentence with."""


class _Loader(yaml.BaseLoader):
    """Every scalar is a text; an alias or a deep nesting ends it before it can do harm."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # of the stubs
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise PersonaError(Told("problem.persona.anchor"))
        self.depth += 1
        if self.depth > DEEPEST:
            raise PersonaError(Told("problem.persona.deep"))
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.MappingNode):
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise PersonaError(Told("problem.persona.twice", name=twice[:40]))
        return node


def parse(text: str) -> Persona:
    """The persona that this YAML describes. Raises PersonaError with what is wrong, in plain words."""
    try:
        found = _Loader(text).get_single_data()
    except yaml.reader.ReaderError:
        raise PersonaError(Told("problem.persona.control")) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PersonaError(Told("problem.persona.yaml", line=line)) from None
    except (yaml.YAMLError, TypeError):  # TypeError: a list or mapping where the name of a value belongs
        raise PersonaError(Told("problem.persona.no_yaml")) from None
    if not isinstance(found, dict):
        raise PersonaError(Told("problem.persona.lines"))
    if unknown := sorted(str(key) for key in found if key not in KEYS):
        raise PersonaError(Told("problem.persona.unknown", key=unknown[0][:40], keys=", ".join(KEYS)))
    return _persona(found)


def _persona(found: Mapping[str, Any]) -> Persona:
    name = _text(found, "name", NAME_LENGTH)
    if not any(c.isalpha() for c in name):
        raise PersonaError(Told("problem.persona.nameless"))
    language = _text(found, "language", 20)
    if not LANGUAGE.fullmatch(language):
        raise PersonaError(Told("problem.persona.language"))
    return Persona(
        name=name,
        description=_in_languages(found.get("description", ""), "description", DESCRIPTION_LENGTH),
        backstory=_text(found, "backstory", BACKSTORY_LENGTH),
        tone=_text(found, "tone", TONE_LENGTH),
        language=language.lower(),
        rules=_lines(found, "rules", RULES),
        examples=tuple(_example(item) for item in _items(found, "examples", EXAMPLES)),
        emotions=tuple(word.casefold() for word in _lines(found, "emotions", EMOTIONS)),
    )


def _in_languages(value: object, where: str, longest: int) -> str:
    """One text, or one below each language."""
    if not isinstance(value, dict):
        return _clean(value, where, longest)
    if not all(isinstance(name, str) and name and LANGUAGE.fullmatch(name) for name in value):
        raise PersonaError(Told("problem.persona.languages", where=where))
    if len(value) > MOST_LANGUAGES:
        raise PersonaError(Told("problem.persona.most", where=where, most=MOST_LANGUAGES))
    texts = {name.lower(): _clean(text, f"{where}.{name}", longest) for name, text in value.items()}
    return Spoken(texts) if texts else ""


def _clean(value: object, where: str, longest: int) -> str:
    if not isinstance(value, str):
        raise PersonaError(Told("problem.persona.text", where=where))
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " " for c in value)
    line = " ".join(kept.split())
    if len(line) > longest:
        raise PersonaError(Told("problem.persona.long", where=where, longest=longest))
    return line


def _text(found: Mapping[str, Any], key: str, longest: int) -> str:
    return _clean(found.get(key, ""), key, longest)


def _items(found: Mapping[str, Any], key: str, most: int) -> Sequence[object]:
    value = found.get(key, [])
    if value == "":
        return []
    if not isinstance(value, list):
        raise PersonaError(Told("problem.persona.list", where=key))
    if len(value) > most:
        raise PersonaError(Told("problem.persona.most", where=key, most=most))
    return value


def _lines(found: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
    return tuple(line for item in _items(found, key, most) if (line := _clean(item, key, LINE_LENGTH)))


def _example(item: object) -> tuple[str, str]:
    if not isinstance(item, dict) or set(item) != {"viewer", "pal"}:
        raise PersonaError(Told("problem.persona.example"))
    return _clean(item["viewer"], "viewer", LINE_LENGTH), _clean(item["pal"], "pal", LINE_LENGTH)


def read(file: Path) -> Persona:
    """The persona in this file. Raises PersonaError."""
    try:
        if not file.is_file():
            raise PersonaError(Told("problem.persona.missing"))
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise PersonaError(Told("problem.persona.large", most=LARGEST // 1000))
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise PersonaError(Told("problem.persona.utf8")) from None
    except OSError as error:
        raise PersonaError(Told("problem.persona.unread", reason=why(error))) from None


@dataclass(slots=True)
class Personas:
    """The persona that the settings name at that moment."""

    settings: Settings
    shipped: Path = SHIPPED
    told: Callable[[str], None] = lambda problem: log.warning("persona: %s; going on as %s", problem, DEFAULT)
    problem: str = ""
    """Why the persona is not the one that was asked for; empty when it is."""

    _known: dict[Path, tuple[tuple[int, int], Persona | PersonaError]] = field(default_factory=dict)
    _last: tuple[tuple[str, Path], tuple[Path, ...]] = (("", Path()), ())

    def current(self) -> Persona:
        """Whoever `style.persona` names; the shipped default where that cannot be used."""
        wanted = self.settings.style.persona or DEFAULT
        try:
            persona = self._named(wanted)
        except PersonaError as error:
            self._tell(told_by(error))
            return self._default()
        self._tell("")
        return persona

    def names(self) -> tuple[str, ...]:
        """What the pal is called in chat."""
        return (self.current().name,)

    def _named(self, name: str) -> Persona:
        if not NAME.fullmatch(name):
            raise PersonaError(Told("problem.persona.named"))
        for file in self._places(name):
            try:
                about = file.stat()
            except OSError:
                continue
            return self._looked_up(file, (about.st_mtime_ns, about.st_size))
        raise PersonaError(Told("problem.persona.nowhere", file=f"{name}.yaml", folder=FOLDER))

    def _places(self, name: str) -> tuple[Path, ...]:
        """Where it may lie. Asked for at each comment, so the paths are kept."""
        wanted = name, self.settings.file
        if self._last[0] != wanted:
            folders = (self.settings.beside(FOLDER), self.shipped)
            self._last = wanted, tuple(folder / f"{name}.yaml" for folder in folders)
        return self._last[1]

    def _looked_up(self, file: Path, state: tuple[int, int]) -> Persona:
        if file not in self._known or self._known[file][0] != state:
            self._known[file] = state, _tried(file)
        persona = self._known[file][1]
        if isinstance(persona, PersonaError):
            raise PersonaError(Told.joined(": ", [file.name, told_by(persona)])) from None
        return persona

    def _default(self) -> Persona:
        file = self.shipped / f"{DEFAULT}.yaml"
        try:
            about = file.stat()
            return self._looked_up(file, (about.st_mtime_ns, about.st_size))
        except (OSError, PersonaError):
            return Persona(name="Pal")

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            if problem:
                self.told(problem)


def offered(settings: Settings, shipped: Path = SHIPPED) -> list[dict[str, str]]:
    """The personas that could be chosen: `{name, title, description, language, problem}`, by name.

    A file of the streamer's own stands for the shipped one of its name. `problem` says why one cannot be used.
    """
    files: dict[str, Path] = {}
    for folder in (shipped, settings.beside(FOLDER)):
        found = sorted(file for file in folder.glob("*.yaml") if NAME.fullmatch(file.stem))
        files |= {file.stem: file for file in found[:MOST_FILES]}
    return [_offer(name, _tried(file)) for name, file in sorted(files.items())]


def _offer(name: str, persona: Persona | PersonaError) -> dict[str, str]:
    if isinstance(persona, PersonaError):
        return {"name": name, "title": name, "description": "", "language": "", "problem": told_by(persona)}
    description = persona.description or persona.backstory or persona.tone
    return {
        "name": name,
        "title": persona.name,
        "description": description,
        "language": persona.language,
        "problem": "",
    }


def _tried(file: Path) -> Persona | PersonaError:
    try:
        return read(file)
    except PersonaError as error:
        return error
