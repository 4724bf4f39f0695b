"""A settings file as values that know their lines. Pure: text in, `Document` or SettingsError out.

YAML is taken at its plainest: no tags, anchors or aliases, no name twice. Where the caller knows the field, a scalar
stays the text that was written, so that `unique_id: 0123`, `yes` or `12:30` are names and not YAML's idea of a number.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.problems import Problem, SettingsError, dotted, refusal
from config.words import Told

DEEPEST = 20
TAG = "tag:yaml.org,2002:"
SCALARS = {TAG + name for name in ("null", "bool", "int", "float", "str", "timestamp")}
Where = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """What a file says."""

    text: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)
    """The line of each value's name, or of a list's item."""

    spans: dict[Where, tuple[int, int]] = field(default_factory=dict)
    """Where in the text each value stands."""


class _Refused(yaml.YAMLError):
    """Valid YAML that is not taken, in plain words."""

    def __init__(self, words: str, event: yaml.Event) -> None:
        super().__init__(words)
        self.words, self.line = words, event.start_mark.line + 1 if event.start_mark else None


class _Loader(yaml.SafeLoader):
    """Composes nodes, and gives up before an alias or a deep nesting can do harm."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # of the stubs
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _Refused(Told("problem.yaml.anchor"), event)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused(Told("problem.yaml.deep"), event)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def parse_yaml(file: Path, text: str, known: Collection[Where]) -> Document:
    """`known`: where the text as written is wanted instead of YAML's reading. Raises SettingsError, naming `file`."""
    return _Builder(_Loader, file, text, known).build()


def parse_json(file: Path, text: str) -> Document:
    """The older form. Raises SettingsError, naming `file`."""
    text = text.removeprefix("\ufeff")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise refusal(file, _json_words(error.msg), error.lineno) from None
    except (ValueError, RecursionError):
        raise refusal(file, Told("problem.json.long")) from None
    if not isinstance(values, dict):
        raise refusal(file, Told("problem.json.braces"), 1)
    # valid JSON holds tabs between its parts only; without them it is YAML, which knows the lines
    document = _Builder(_Loader, file, text.replace("\t", " "), ()).build()
    document.values = values
    return document


class _Builder:
    """Walks one file's nodes, collecting values, lines and problems."""

    def __init__(self, loader: type[_Loader], file: Path, text: str, known: Collection[Where]) -> None:
        self.make, self.file, self.known = loader, file, known
        self.document = Document(text)
        self.problems: list[Problem] = []

    def build(self) -> Document:
        try:
            self.loader = self.make(self.document.text)
            root = self.loader.get_single_node()
        except yaml.reader.ReaderError as error:
            line = self.document.text.count("\n", 0, error.position) + 1
            raise refusal(self.file, Told("problem.yaml.control"), line) from None
        except _Refused as error:
            raise refusal(self.file, error.words, error.line) from None
        except yaml.MarkedYAMLError as error:
            raise refusal(self.file, *_words(error, self.document.text)) from None
        if isinstance(root, yaml.MappingNode):
            self.document.values = self._value(root, ())
        elif root is not None and root.tag != TAG + "null":
            self._complain((), root, Told("problem.yaml.lines"))
        if self.problems:
            raise SettingsError(self.problems, self.file)
        return self.document

    def _complain(self, where: Where, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(dotted(where), node.start_mark.line + 1, message))

    def _value(self, node: yaml.Node, where: Where) -> Any:
        self.document.lines.setdefault(where, node.start_mark.line + 1)
        self.document.spans[where] = (node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.MappingNode) and node.tag == TAG + "map":
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode) and node.tag == TAG + "seq":
            return [self._value(item, (*where, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in SCALARS:
            return self._scalar(node, where)
        return self._complain(where, node, Told("problem.yaml.tag"))

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag not in SCALARS or not key.value:
                self._complain(where, key, Told("problem.yaml.nameless"))
                continue
            inner = (*where, key.value)
            if key.value in values:
                first = self.document.lines[inner]
                self._complain(inner, key, Told("problem.yaml.twice", first=first))
                continue
            self.document.lines[inner] = key.start_mark.line + 1
            values[key.value] = self._value(value, inner)
        return values

    def _scalar(self, node: yaml.ScalarNode, where: Where) -> Any:
        if node.tag == TAG + "null":
            return None
        if where in self.known or where[:-1] in self.known:
            return node.value
        try:
            return self.loader.construct_object(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            return node.value  # 31 February, 5000 digits: kept as text, nobody reads it


def _words(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int | None]:
    """What to do and the line. PyYAML's own sentence may quote the file, and with it a key, so none of it is passed on."""
    opened = "quoted scalar" in str(error.context)
    mark = error.context_mark if opened else error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    written = text.split("\n")[mark.line : mark.line + 1] if mark else []
    if written and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]:
        return Told("problem.yaml.tab"), line
    said = f"{error.context} {error.problem}"
    for part, meaning in MEANINGS.items():
        if part in said:
            return Told(f"problem.yaml.{meaning}"), line
    return Told("problem.yaml.other"), line


MEANINGS = {
    "mapping values are not allowed": "colon",
    "unknown escape character": "escape",
    "quoted scalar": "quote",
    "cannot start any token": "begin",
    "expected <block end>": "indent",
    "could not find expected ':'": "no_colon",
    "tag": "tag",
    "alias": "anchor",
    "anchor": "anchor",
    "single document": "divided",
}
"""What PyYAML finds, and what it is called under `problem.yaml` in the locale files."""


def _json_words(found: str) -> str:
    """The same for JSON: Python's own sentence is English always."""
    return Told(f"problem.json.{next((word for part, word in JSON.items() if part in found), 'other')}")


JSON = {
    "',' delimiter": "comma",
    "property name": "name",
    "Expecting value": "value",
    "':' delimiter": "colon",
    "Extra data": "more",
    "control character": "text",
    "Unterminated string": "text",
    "escape": "text",
}
