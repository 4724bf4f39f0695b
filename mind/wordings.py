"""The streamer's own lines: a file beside the settings, checked as a whole before any of it is said.

    en:
      follow:
        - "Thanks for following, {names}!"
        - "{names}, welcome to the crew!"

A language's kind that stands there replaces the built-in lines of that kind. The file is read in a thread of its own,
again whenever it changes; while something in it is wrong, what was good before stays.
"""

import asyncio
import contextlib
import difflib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from config.words import Told, named, why
from events import Link, LinkState
from mind.gate import SafeMouth
from mind.sentences import SentenceSplitter
from mind.templates import BLANK, LINES, Templates, Wordings, blanks

log = logging.getLogger(__name__)

FILE = "templates.yaml"
LOOK_SECONDS = 2.0
LARGEST = 256 * 1024
"""Bytes of a file that can still be meant."""

LONGEST = 10_000
SAMPLES = {"count": "5"}
SAMPLE = "Anna"
QUOTES = Told("problem.wording.quotes")


class WordingError(Exception):
    """The file cannot be used; each problem is one sentence, told."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(Told.joined("; ", problems))
        self.problems = problems


def parse(text: str, mouth: SafeMouth) -> Wordings:
    """What the file says. Raises WordingError with all problems and their lines."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WordingError([_at(line, Told("problem.wording.yaml", quotes=QUOTES))]) from None
    except (yaml.YAMLError, RecursionError):
        raise WordingError([_at(1, Told("problem.wording.no_yaml"))]) from None
    problems: list[str] = []
    found = {
        language: {kind: tuple(dict.fromkeys(_wordings(kind, lines, mouth, problems))) for kind, lines in kinds}
        for language, kinds in _languages(root, problems)
    }
    if problems:
        raise WordingError(problems)
    return found


Kinds = list[tuple[str, yaml.Node]]


def _languages(root: yaml.Node | None, problems: list[str]) -> Iterator[tuple[str, Kinds]]:
    for language, kinds in _pairs(root, list(LINES), Told("problem.wording.language"), problems):
        yield language, list(_pairs(kinds, list(LINES[language]), Told("problem.wording.kind"), problems))


def _pairs(node: yaml.Node | None, known: list[str], what: str, problems: list[str]) -> Iterator[tuple[str, yaml.Node]]:
    """Names and what stands below them; problems with a name are noted, and it is left out."""
    if node is None or _is_empty(node):
        return
    if not isinstance(node, yaml.MappingNode):
        problems.append(_at(_line(node), Told("problem.wording.no_colon", what=what, known=known[0])))
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            words = Told("problem.wording.near", name=_shown(name), what=what, near=near[0]) if near else None
            others = Told("problem.wording.unknown", name=_shown(name), what=what, known=", ".join(known))
            problems.append(_at(_line(key), words or others))
        elif name in seen:
            problems.append(_at(_line(key), Told("problem.wording.twice", name=name)))
        else:
            seen.add(name)
            yield name, value


def _wordings(kind: str, node: yaml.Node, mouth: SafeMouth, problems: list[str]) -> Iterator[str]:
    """The good lines of a kind; none means the built-in ones."""
    for entry in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if _is_empty(entry):
            continue
        if not isinstance(entry, yaml.ScalarNode):
            problems.append(_at(_line(entry), Told.joined(": ", [kind, QUOTES])))
        elif problem := _complaint(kind, entry.value, mouth):
            problems.append(_at(_line(entry), Told.joined(": ", [kind, problem])))
        else:
            yield " ".join(entry.value.split())


def _complaint(kind: str, wording: str, mouth: SafeMouth) -> str:
    """What is wrong with a line; empty when it can be said."""
    known = sorted(blanks(kind))
    for name in BLANK.findall(wording):
        if name not in known:
            near = ", ".join(f"{{{one}}}" for one in known) or Told("problem.wording.none")
            return Told("problem.wording.blank", blank=f"{{{_shown(name)}}}", known=near)
    if "{" in (rest := BLANK.sub("", wording)) or "}" in rest:
        return Told("problem.wording.brace")
    sample = BLANK.sub(lambda blank: SAMPLES.get(blank[1], SAMPLE), wording)
    splitter = SentenceSplitter(LONGEST)
    sentences = [*splitter.feed(sample), *splitter.flush()]
    if len(sentences) != 1:
        return Told("problem.wording.one_sentence")
    verdict = mouth.check(sample, kind=kind)
    if verdict.action == "refuse" or verdict.rule not in {"", "cleaned"}:
        return Told("problem.wording.unsaid", rule=named(f"ui.rule.{verdict.rule}", verdict.rule))
    return ""


def _at(line: int, problem: str) -> str:
    return Told("problem.in_line", line=line, problem=problem)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value.strip()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _shown(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:30]}…"


class WordingFile:
    """Keeps `templates.own` as the file has it."""

    def __init__(self, file: Path, templates: Templates, mouth: SafeMouth) -> None:
        self._file = file
        self._templates = templates
        self._mouth = mouth
        self._told: list[str] = []

    async def run(self, report: Callable[[Link], None]) -> None:
        """Take over what changes in the file until cancelled; say what is wrong in it, and never fail the bot."""
        seen: object = ...
        while True:
            stamp = await asyncio.to_thread(self._stamp)
            if stamp != seen:
                seen = stamp
                try:
                    report(await self._take_over())
                except OSError as error:  # an editor may hold it for a moment
                    seen = ...
                    report(self._trouble([_at(1, Told("problem.wording.unread", reason=why(error)))]))
            await asyncio.sleep(LOOK_SECONDS)

    def take_over_now(self) -> None:
        """Once, from any thread; what cannot be used changes nothing."""
        with contextlib.suppress(WordingError, OSError):
            self._templates.own = self._read()

    async def _take_over(self) -> Link:
        try:
            self._templates.own = await asyncio.to_thread(self._read)
        except WordingError as error:
            return self._trouble(error.problems)
        self._told = []
        return Link(state=LinkState.UP if self._templates.own else LinkState.OFF)

    def _trouble(self, problems: list[str]) -> Link:
        if problems != self._told:
            for problem in problems:
                log.warning("%s, %s", self._file.name, problem)
        self._told = problems
        more = f"(+{len(problems) - 1})" if len(problems) > 1 else ""
        params = (("file", self._file.name), ("problem", Told.joined(" ", [problems[0], more])))
        return Link(state=LinkState.ERROR, code="templates_wrong", params=params)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            state = self._file.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size

    def _read(self) -> Wordings:
        """Raises WordingError, and OSError when the file cannot be read now."""
        try:
            with self._file.open("rb") as file:
                raw = file.read(LARGEST + 1)
        except FileNotFoundError:
            return {}
        if len(raw) > LARGEST:
            raise WordingError([_at(1, Told("problem.wording.large", most=LARGEST // 1024))])
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise WordingError([_at(line, Told("problem.wording.utf8"))]) from None
        return parse(text, self._mouth)
