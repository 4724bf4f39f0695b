"""What stands in an input and what it means: values in, values out."""

import pytest

import settings as knobs
from window.field import complaint, kind_of, meant, written

SPECS = {spec["path"]: spec for section in knobs.schema() for spec in section["fields"]}


def code(key: str, **params: object) -> str:
    """Stands in for the sentences: which one is said, and with what."""
    return " ".join([key.removeprefix("window.problem."), *map(str, params.values())])


@pytest.mark.parametrize("path", [path for path, spec in SPECS.items() if not spec["secret"]])
def test_a_default_survives_its_way_through_the_input(path):
    """Or opening and saving the window would change settings nobody touched."""
    kind, default = kind_of(SPECS[path]), SPECS[path]["default"]
    assert meant(kind, written(kind, default)) == default


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("float", "0,5", 0.5),
        ("float", " 2 ", 2.0),
        ("int", " 7 ", 7),
        ("list", "a\n\n  b \n", ["a", "b"]),
        ("list", "", []),
    ],
)
def test_what_people_type_is_understood(kind, raw, value):
    """A German keyboard has a decimal comma, and a list may have empty lines."""
    assert meant(kind, raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("int", "1.000"),
        ("int", ""),
        ("int", "9" * 5000),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "1.000,5"),
        ("int", "x"),
    ],
)
def test_what_is_no_number_is_refused_instead_of_guessed(kind, raw):
    """`1.000` is a thousand to some and one to others."""
    with pytest.raises(ValueError, match=r"invalid literal|could not convert|digits|nan|inf"):
        meant(kind, raw)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("microphone.silence_threshold", 0.0, "above 0"),
        ("microphone.silence_threshold", 1.5, "large 1"),
        ("animaze.port", 0, "small 1"),
        ("animaze.port", None, "int"),
        ("batch_window", None, "float"),
        ("style.language", "fr", "choice en, de"),
        ("tiktok.unique_id", "x", "other must be something else"),
    ],
)
def test_the_reason_names_what_would_be_right(path, value, said):
    """A streamer who reads only "not valid" has to guess."""
    assert complaint(SPECS[path], value, code, "must be something else") == said
