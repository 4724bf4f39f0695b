"""Thanks must name the right person and the right thing, in both languages, never twice alike in a row."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.gate import SafeMouth
from mind.templates import BLANK, LINES, Templates


def test_both_languages_say_the_same_kinds_with_the_same_blanks():
    english, german = LINES["en"], LINES["de"]

    assert english.keys() == german.keys()
    for kind in english:
        blanks = {part.split("}")[0] for text in english[kind] for part in text.split("{")[1:]}
        assert all(
            blanks == {part.split("}")[0] for part in text.split("{")[1:]} for text in (*english[kind], *german[kind])
        )


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_line_is_one_sentence(language: str):
    """One sentence is what is sent and what can be interrupted."""
    for kind, texts in LINES[language].items():
        for text in texts:
            assert sum(text.count(mark) for mark in ".!?") == (kind != "somebody"), text


@pytest.mark.parametrize("kind", [k for k in LINES["en"] if len(LINES["en"][k]) > 1])
def test_no_wording_twice_in_a_row(kind: str):
    templates = Templates()
    said = [templates.chosen(kind, "en") for _ in range(7)]

    assert all(a != b for a, b in itertools.pairwise(said))


@pytest.mark.parametrize("kind", [k for k in LINES["en"] if k != "somebody"])
def test_every_kind_has_several_wordings_in_each_language(kind: str):
    for language in LINES.values():
        assert len(set(language[kind])) > 1


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(LINES["en"])), st.sampled_from(sorted(LINES)), st.integers(0, 3)), max_size=60
    )
)
def test_whatever_is_said_in_between_no_wording_comes_twice_in_a_row(turns: list[tuple[str, str, int]]):
    """In two languages, with other kinds in between, and while the streamer edits their own lines."""
    templates, last = Templates(), {}
    for kind, language, own in turns:
        templates.own = {language: {kind: tuple(f"own {i}" for i in range(own))}}
        wording = templates.chosen(kind, language)
        if kind != "somebody" and own != 1:
            assert wording != last.get(kind)
        last[kind] = wording


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", sorted(LINES["en"]))
@pytest.mark.parametrize("mode", ["normal", "family"])
def test_every_line_passes_the_gate_as_it_is(kind: str, language: str, mode: str):
    mouth, templates = SafeMouth({"safety": {"mode": mode}, "style": {"language": language}}), Templates()
    for _ in LINES[language][kind]:
        line = templates.chosen(kind, language)
        line = line.replace("{count}", "5").replace("{gift}", "Rose")
        line = BLANK.sub("Anna", line)
        assert mouth.check(line, kind=kind).text == line


@given(st.text(), st.text())
def test_a_name_is_never_read_as_a_blank(name: str, gift: str):
    line = Templates().line("gifts", "en", name=name, gift=gift, count="5")

    assert line == f"Thank you for 5 times {gift}, {name}!"


def test_people_who_can_be_merged_are_named_later():
    assert Templates().line("follow", "de") == "Danke fürs Folgen, {names}!"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", [*sorted(LINES["en"]), "unknown"])
def test_a_harmless_line_has_no_blank_left_and_never_fails(kind: str, language: str):
    """It stands in where the gate refused something: there is nobody left to catch it."""
    line = Templates().harmless(kind, language)

    assert "{" not in line
    assert line or kind not in {"gift", "follow", "like", "share", "subscribe", "join", "greeting"}


@pytest.mark.parametrize(
    ("gift", "said"),
    [
        ("Rose", "A Rose from Max"),
        ("Interstellar", "An Interstellar from Max"),
        ("ice cream", "An ice cream from Max"),
        ("Universe", "A Universe from Max"),
        ("", "A  from Max"),
    ],
)
def test_a_gift_that_begins_with_a_vowel_is_an_interstellar(gift: str, said: str):
    """Thanks for the dearest gifts are heard by the whole room."""
    assert Templates().filled("A {gift} from {name}", gift=gift, name="Max") == said


@pytest.mark.parametrize("kind", ["back", "missed", "follow", "share", "subscribe", "like", "join"])
def test_german_lines_that_may_name_several_people_address_none_of_them_as_one(kind: str):
    """Names are merged into a line after it was chosen: "Hallo Max, Anna, schön, dass du da bist" would be wrong."""
    for text in LINES["de"][kind]:
        assert "{names}" in text
        assert not re.search(r"\b(du|dich|dir|dein\w*)\b", text), text
