"""Who the pal is comes from a file that anybody may write: good ones work at once, bad ones are told and harm nothing."""

import os
from pathlib import Path

import pytest

from mind.gate import SafeMouth
from mind.persona import SHIPPED, Persona, PersonaError, Personas, parse
from settings import Settings, load_settings

GOOD = """
name: Nova
backstory: >-
  You are made
  of stars.
tone: bright
language: de-AT
rules: [Answer briefly., ""]
examples:
  - viewer: How are you?
    pal: "[joy] Shining!"
emotions: [Joy, sad]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "settings.yaml")


def put(settings: Settings, name: str, text: str | bytes) -> Path:
    folder = settings.beside("personas")
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_a_persona_has_all_its_parts():
    assert parse(GOOD) == Persona(
        name="Nova",
        backstory="You are made of stars.",
        tone="bright",
        language="de-at",
        rules=("Answer briefly.",),
        examples=(("How are you?", "[joy] Shining!"),),
        emotions=("joy", "sad"),
    )


@pytest.mark.parametrize("name", sorted(file.stem for file in SHIPPED.glob("*.yaml")))
def test_each_shipped_persona_can_be_used_and_says_what_the_gate_lets_through(name: str, settings: Settings):
    settings["style"]["persona"] = name
    told: list[str] = []
    personas = Personas(settings, told=told.append)
    persona = personas.current()

    assert (told, personas.problem) == ([], "")
    assert persona.rules
    assert persona.emotions
    for _, answer in persona.examples:
        assert SafeMouth(settings).check(answer).action != "refuse"


def test_two_are_shipped():
    assert {"pal", "sage"} <= {file.stem for file in SHIPPED.glob("*.yaml")}


def test_the_setting_counts_at_the_next_look(settings: Settings):
    personas = Personas(settings)
    assert personas.names() == ("Pal",)
    settings["style"]["persona"] = "sage"
    assert personas.names() == ("Juno",)


def test_ones_own_file_comes_before_the_shipped_one_and_an_edit_counts_at_once(settings: Settings):
    personas = Personas(settings)
    file = put(settings, "pal", GOOD)
    assert personas.current().name == "Nova"
    file.write_text(GOOD.replace("Nova", "Luna"), encoding="utf-8")
    os.utime(file, (1, 1))  # a clock may be coarse, a size alike
    assert personas.current().name == "Luna"
    file.unlink()
    assert personas.current().name == "Pal"


@pytest.mark.parametrize(
    "name", ["nobody", "../../etc/passwd", "..", "a/b", "C:\\x", "\0", "x" * 200, "pal.yaml", "CON:"]
)
def test_an_unknown_name_is_told_once_and_the_default_stands_in(name: str, settings: Settings):
    told: list[str] = []
    settings["style"]["persona"] = name
    personas = Personas(settings, told=told.append)

    assert [personas.current().name for _ in range(3)] == ["Pal"] * 3
    assert len(told) == 1
    assert personas.problem == told[0]
    settings["style"]["persona"] = "sage"
    assert (personas.current().name, personas.problem) == ("Juno", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lines such as"),
        ("just words", "lines such as"),
        ("- a\n- b", "lines such as"),
        ("name: ''", "name is missing"),
        ("tone: nice", "name is missing"),
        ("name: '123'", "name is missing"),
        ("name: [a]", "name must be text"),
        ("name: {a: b}", "name must be text"),
        ("name: " + "x" * 25, "longer than 24"),
        ("name: A\nnmae: B", "'nmae' is not known"),
        ("name: A\nbackstory: " + "x" * 1201, "longer than 1200"),
        ("name: A\nrules: be kind", "rules must be a list"),
        ("name: A\nrules: [" + "a, " * 13 + "]", "more than 12"),
        ("name: A\nrules: [[a]]", "rules must be text"),
        ("name: A\nexamples: [hello]", "`viewer:` and `pal:`"),
        ("name: A\nexamples: [{viewer: a, pal: [b]}]", "pal must be text"),
        ("name: A\nlanguage: ../de", "language must be a code"),
        ("name: A\n\tx: y", "line 2"),
        ("name: 'A", "not valid YAML"),
        ("name: A\ntone: b\nname: C", "'name' is there twice"),
        ("name: !!python/object/apply:os.system [echo]", "name must be text"),
        ("name: &a A\ntone: *a", "quotation marks"),
        ("? [a]\n: b", ""),
        ("a: " * 200, ""),
        ("name: A\nrules: " + "[" * 50 + "]" * 50, "nested too deeply"),
        ("name: A\u0007", "control character"),
        ("--- \nname: A\n--- \nname: B", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_plain_words(text: str, said: str):
    with pytest.raises(PersonaError) as raised:
        parse(text)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bomb_of_aliases_is_refused_before_it_goes_off(settings: Settings):
    bomb = "a: &a {k: v}\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} {{<<: [*{chr(97 + i)}, *{chr(97 + i)}]}}\n" for i in range(20)
    )
    with pytest.raises(PersonaError, match="quotation marks"):
        parse(bomb)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"name: \xff\xfe", "UTF-8"), (b"#" * 33_000, "larger than 32 kB"), (b"name: A\x00", "control character")],
)
def test_a_file_that_is_no_text_or_too_large_is_told_and_the_default_stands_in(
    data: bytes, said: str, settings: Settings
):
    put(settings, "mine", data)
    settings["style"]["persona"] = "mine"
    personas = Personas(settings)

    assert personas.current().name == "Pal"
    assert personas.problem.startswith("mine.yaml: ")
    assert said in personas.problem


def test_a_folder_of_that_name_is_no_persona(settings: Settings):
    (settings.beside("personas") / "mine.yaml").mkdir(parents=True)
    settings["style"]["persona"] = "mine"

    assert Personas(settings).current().name == "Pal"


def test_a_byte_order_mark_as_windows_editors_write_it_is_no_matter(settings: Settings):
    put(settings, "mine", b"\xef\xbb\xbfname: Mia\r\ntone: calm\r\n")
    settings["style"]["persona"] = "mine"

    assert Personas(settings).current().name == "Mia"


def test_without_any_shipped_file_there_still_is_a_pal(settings: Settings, tmp_path: Path):
    personas = Personas(settings, shipped=tmp_path / "nowhere")

    assert personas.current() == Persona(name="Pal")
    assert "no such file" in personas.problem


def test_control_and_direction_characters_are_no_part_of_a_persona():
    assert parse('name: "A\\u202eb"\ntone: "x\\ny\\u200bz"') == Persona(name="A b", tone="x y z")
