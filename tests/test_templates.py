"""Thanks must name the right person and the right thing, in both languages, never twice alike in a row."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.templates import LINES, Templates


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


@given(st.text(), st.text())
def test_a_name_is_never_read_as_a_blank(name: str, gift: str):
    line = Templates().line("gifts", "en", name=name, gift=gift, count="5")

    assert line == f"Thank you for 5 times {gift}, {name}!"


def test_people_who_can_be_merged_are_named_later():
    assert Templates().line("follow", "de") == "Danke fürs Folgen, {names}!"
