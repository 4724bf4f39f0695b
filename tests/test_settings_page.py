"""docs/settings.md: made from the settings, so it cannot tell anything else."""

import json

import pytest

from config.describe import sections
from config.section import Section, knob
from config.words import LOCALES
from settings import schema
from tuning.page import PAGE, page


def test_the_page_is_what_the_settings_say_now():
    """Renew it with `python3 -m tuning.page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_each_setting_has_a_row_that_says_when_it_counts():
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    fields = [field for section in schema() for field in section["fields"]]

    assert len(rows) == len(fields)
    for row, field in zip(rows, fields, strict=True):
        assert row.startswith(f"| `{field['name']}`")
        assert field["help"].replace("|", "\\|") in row
        assert row.endswith("next Start |" if field["restart"] else "at once |")
        assert row.replace("\\|", "").count("|") == 6


def test_a_knob_without_words_is_an_error_at_once():
    """It would stand nameless in window, page and file."""

    class Nameless(Section):
        wordless: str = knob("")

    with pytest.raises(LookupError, match=r"settings\.general\.wordless\.label"):
        sections(Nameless)


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_setting_has_label_and_help_in_both_languages_and_no_word_is_left_over(language: str):
    """One place for all words: window, page, the file's comments and this reference read them there."""
    written = json.loads((LOCALES / f"{language}.json").read_text(encoding="utf-8"))["settings"]
    wanted = {
        section["name"] or "general": {field["name"] for field in section["fields"]} | {"_title", "_help"}
        for section in schema()
    }
    choices = {field["path"]: field["choices"] for section in schema() for field in section["fields"]}

    assert {name: set(words) for name, words in written.items()} == wanted
    for name, words in written.items():
        for field, texts in words.items():
            if field.startswith("_"):
                assert texts.strip(), f"{name}.{field}"
            else:
                assert list(texts.pop("choices", {})) == choices[field if name == "general" else f"{name}.{field}"]
                assert set(texts) == {"label", "help"}, f"{name}.{field}"
                assert all(text.strip() and "\n" not in text for text in texts.values()), f"{name}.{field}"
