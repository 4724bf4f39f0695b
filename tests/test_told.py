"""What is told is told by key: each key has words in every language, and nobody hands on a sentence of one language."""

import ast
import copy
import errno
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_architecture import rooms

from config.words import LANGUAGES, LOCALES, Spoken, Told, in_language, retold, told_by, why

TEXTS = {name: json.loads((LOCALES / f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in rooms()}
PLACE = re.compile(r"\{(\w+)\}")
SERVERS = ("problem", "refusal", "typed")
"""Groups that only the server says; no page loads them."""

TAKES_WORDS = {
    "ApiError": 1,
    "Refusal": 1,
    "Problem": 2,
    "refusal": 1,
    "PersonaError": 0,
    "JobFailedError": 0,
    "WishError": 0,
    "RecordingError": 0,
    "DamagedError": 0,
}
"""From which argument on these take sentences for people. `web/lan`'s Problem takes a code."""


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    for name, part in node.items():
        yield from leaves(part, f"{path}{name}.") if isinstance(part, dict) else [(f"{path}{name}", part)]


def words_of(language: str) -> dict[str, str]:
    return {key: text for group in SERVERS for key, text in leaves({group: TEXTS[language][group]})}


def named(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""  # fmt: skip


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and named(node) in names:
                yield f"{file.name}:{node.lineno}", node


def keys_in(node: ast.expr) -> Iterator[str]:
    """The keys that this expression may be, as regular expressions; nothing for a name, whose value stands elsewhere."""
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.IfExp():
            yield from keys_in(node.body)
            yield from keys_in(node.orelse)
        case ast.JoinedStr():
            parts = (re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values)  # type: ignore[arg-type] # of a text they are texts
            yield "".join(parts)


def test_every_key_that_is_told_has_words_in_every_language():
    known = {language: [key for key, _ in leaves(texts)] for language, texts in TEXTS.items()}
    missing = [
        (place, key, language)
        for place, call in calls("Told", "named")
        for key in (keys_in(call.args[0]) if call.args else ())
        for language, all_keys in known.items()
        if not any(re.fullmatch(key, one) for one in all_keys)
    ]
    assert missing == []


def test_no_words_are_kept_that_nobody_tells():
    patterns = {key for _, call in calls("Told", "named") for key in (keys_in(call.args[0]) if call.args else ())}
    whole = re.compile("|".join(sorted(key for key in patterns if key.count(r"\.") > 1 and r"\w" in key)))
    written = {node.value for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert [key for key in words_of("en") if key not in written and not whole.fullmatch(key)] == []


def test_what_the_server_says_is_in_every_language_and_has_the_same_places():
    english, german = words_of("en"), words_of("de")
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(german[key])), key
        assert german[key].strip(), key
        assert text != german[key] or not re.search(r"[a-z]", PLACE.sub("", text)), f"{key} is English in German"


def test_the_languages_are_those_of_the_files():
    assert {file.stem for file in LOCALES.glob("*.json")} == set(LANGUAGES)


def sentences_in(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args[TAKES_WORDS[named(call)] :]
    for keyword in call.keywords:
        yield keyword.value


@pytest.mark.parametrize("name", TAKES_WORDS)
def test_nobody_hands_on_a_sentence_of_one_language(name: str):
    """A text in the source would be English on a German page."""
    found = []
    for place, call in calls(name):
        if place.startswith("lan.py") and name == "Problem":
            continue
        for given in sentences_in(call):
            for part in ast.walk(given):
                inside = isinstance(part, ast.Call)  # its own arguments are a key or no sentence
                if inside:
                    break
                if isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and _is_words(part.value)):
                    found.append((place, ast.unparse(given)))
    assert found == []


def _is_words(value: object) -> bool:
    return isinstance(value, str) and " " in value


def test_no_answer_holds_a_sentence_of_one_language():
    """Errors that are no ApiError, and jobs."""
    plain = [
        f"{file.name}:{node.lineno}"
        for file, tree in TREES.items()
        if file.parent.name == "web" and file.name not in {"server.py", "describe.py"}  # not HTTP; OpenAPI's shapes
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for name, value in zip(node.keys, node.values, strict=True)
        if isinstance(name, ast.Constant) and name.value in {"error", "hint", "text"}
        and (isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and value.value))
    ]  # fmt: skip
    assert plain == []


def test_what_is_told_is_english_as_text_and_can_be_said_in_german():
    told = Told("problem.within", wanted=Told("problem.wanted.int"), limits=Told("problem.limits.range", low=1, high=9))
    assert told == "a whole number from 1 to 9"
    assert told.in_language("de") == "eine ganze Zahl von 1 bis 9"
    assert told.in_language("fr") == told.in_language("../en") == str(told)
    assert json.dumps([told]) == '["a whole number from 1 to 9"]'


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda told: pickle.loads(pickle.dumps(told))])  # noqa: S301 - our own
def test_a_copy_can_be_said_in_german_too(copied: Any):
    """`dataclasses.asdict` copies, for one."""
    told, spoken = Told("problem.line", line=3), Spoken({"en": "calm", "de": "ruhig"})
    assert (copied(told).in_language("de"), copied(spoken).in_language("de")) == ("Zeile 3", "ruhig")


def test_parts_are_joined_without_the_empty_ones():
    told = Told.joined(": ", [Told("problem.line", line=3), "", "a.b", Told("problem.no_setting")])
    assert (told, told.in_language("de")) == ("line 3: a.b: is no setting", "Zeile 3: a.b: ist keine Einstellung")
    assert Told.joined("; ", []) == ""


@pytest.mark.parametrize("words", ["{part0}", "{line}", "problem.no_setting", "a: {", "\\g<0>"])
def test_what_somebody_wrote_is_no_pattern_and_no_key(words: str):
    """Names of files, settings and viewers go into sentences."""
    assert Told.joined(": ", [words, "b"]).in_language("de") == f"{words}: b"
    assert Told("problem.in_line", line=1, problem=words).in_language("de") == f"Zeile 1: {words}"


def test_an_answer_is_said_as_a_whole():
    told = Told("problem.no_setting")
    answer = {"a": [told, ("x", told)], "b": {"c": told}, "n": 1, "none": None}
    german = "ist keine Einstellung"
    assert in_language(answer, "de") == {"a": [german, ["x", german]], "b": {"c": german}, "n": 1, "none": None}


def test_an_error_still_knows_what_it_was_told():
    assert told_by(ValueError(Told("problem.no_setting"))) == "is no setting"
    assert isinstance(told_by(ValueError(Told("problem.no_setting"))), Told)
    assert told_by(ValueError("x", "y")) == "('x', 'y')"


@pytest.mark.parametrize(
    ("error", "german"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "die Platte ist voll"),
        (OSError(errno.EXDEV, "Cross-device link"), "das System meldet: Cross-device link"),
        (ValueError("embedded null byte"), "ihr Name ist nicht erlaubt"),
    ],
)
def test_what_the_system_refuses_is_told_in_words(error: Exception, german: str):
    assert in_language(why(error), "de") == german


def test_a_text_of_ones_own_needs_no_other_language():
    assert Spoken({"de": "ruhig"}) == "ruhig"
    assert Spoken({"de": "ruhig"}).in_language("en") == "ruhig"
    assert Spoken({"en": "calm", "fr": "calme"}).in_language("de") == "calm"


def test_the_page_does_not_load_what_the_server_says():
    """It would be a tenth of what is loaded."""
    plugin = (Path(__file__).parent.parent / "frontend" / "texts.plugin.js").read_text(encoding="utf-8")
    assert not any(f"'{group}'" in plugin for group in SERVERS)


def test_what_one_process_told_another_says_in_german():
    """A replay is a process of its own, and its page may be a German one."""
    told = Told.joined(": ", ["{x}", Told("problem.in_line", line=3, problem=Told("problem.no_setting"))])
    again = retold(json.loads(json.dumps(told.parts())))
    assert (again, in_language(again, "de")) == (told, "{x}: Zeile 3: ist keine Einstellung")


@pytest.mark.parametrize("parts", [None, 7, "x", {"key": 3}, {"key": "a", "params": 3}, []])
def test_what_another_process_said_is_text_where_it_told_nothing(parts: Any):
    assert retold(parts) == str(parts)
