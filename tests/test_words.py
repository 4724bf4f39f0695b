"""Sentences by key: language, fallback, and parameters that are text whatever they contain."""

import json
from pathlib import Path

import pytest

from web.words import LOCALES, say, sentence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    english = {"reason": {"away": "{name} is away.", "only_here": "Only in English."}, "odd": 3}
    german = {"reason": {"away": "{name} ist nicht da – schade."}}
    (tmp_path / "other.json").write_text('{"reason": {"only_here": "from elsewhere"}}', encoding="utf-8")
    folder = tmp_path / "locales"
    folder.mkdir()
    (folder / "en.json").write_text(json.dumps(english), encoding="utf-8")
    (folder / "de.json").write_text(json.dumps(german, ensure_ascii=False), encoding="utf-8")
    return folder


def test_a_sentence_is_said_in_the_asked_language(folder: Path):
    """The files are UTF-8 on every system, also where the console is not."""
    assert sentence("reason.away", {"name": "Ömer"}, "de", folder) == "Ömer ist nicht da – schade."
    assert sentence("reason.away", {"name": "Ann"}, folder=folder) == "Ann is away."


@pytest.mark.parametrize("language", ["de", "fr", "", "../other", "en/../de", "\0"])
def test_a_missing_translation_falls_back_to_english(folder: Path, language: str):
    """A language name may come from a browser: it never becomes a path."""
    assert sentence("reason.only_here", {}, language, folder) == "Only in English."


@pytest.mark.parametrize("code", ["reason.unknown", "reason", "odd", "reason.away.deeper", "", ".", "reason..away"])
def test_an_unknown_key_is_said_as_it_is(folder: Path, code: str):
    """A code without a text must still tell a developer which one it is."""
    assert sentence(code, {}, folder=folder) == code


@pytest.mark.parametrize("name", ["{0}", "{name}", "{", "}}", "%s", r"\g<0>", "{name.__class__}"])
def test_a_parameter_is_text(folder: Path, name: str):
    """Viewer names are chosen by viewers."""
    assert sentence("reason.away", {"name": name}, folder=folder) == f"{name} is away."


def test_a_missing_parameter_leaves_its_place_visible(folder: Path):
    """Better an odd sentence than none."""
    assert sentence("reason.away", {}, folder=folder) == "{name} is away."


@pytest.mark.parametrize("params", [{}, {"code": "503", "params": "x"}])
def test_say_takes_parameters_by_name(params: dict[str, str]):
    """Also one that is called `code`, as adapters have it. Reads the project's own files."""
    assert say("no.such.key", "de", **params) == "no.such.key"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_reason_of_the_live_comes_with_what_to_do(language: str):
    """A state without a way out helps nobody."""
    texts = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    reasons = {code for code in texts["reason"] if code.startswith("tiktok_")}

    assert reasons <= texts["remedy"].keys()
    assert all(texts["remedy"].values())


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 Zuschauer wurde aus x übernommen."),
        ("1", "1 Zuschauer wurde aus x übernommen."),
        (0, "0 Zuschauer wurden aus x übernommen."),
        ("1.000", "1.000 Zuschauer wurden aus x übernommen."),
    ],
)
def test_one_is_said_as_one(count: object, said: str):
    """The count decides as it is written."""
    assert say("viewers.imported", "de", count=count, file="x") == said


def test_a_text_for_one_has_one_for_all_others_too():
    """In both languages, or one of them would show the key."""

    def forms(node: dict[str, object], path: str = "") -> dict[str, set[str]]:
        found = {path: {*node}} if "one" in node else {}
        for name, inner in node.items():
            found |= forms(inner, f"{path}.{name}") if isinstance(inner, dict) else {}
        return found

    texts = [json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8")) for language in ("en", "de")]
    english, german = map(forms, texts)
    assert english == german
    assert len(english) > 5
    assert all(names == {"one", "other"} for names in english.values()), english
