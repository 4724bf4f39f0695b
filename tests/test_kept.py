"""An answer that is given again saves money and time - and must never carry one viewer's data to another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.kept import KeptAnswers, key_of, names, normalised


@pytest.mark.parametrize(
    "text", ["What is this?", "what is this", "  WHAT   is\nthis ?!", "¿what is this?", "ｗｈａｔ is this？"]
)
def test_the_same_question_is_known_again(text: str):
    assert normalised(text) == "what is this"


@pytest.mark.parametrize(
    ("one", "other"), [("3.5", "35"), ("is this it", "is it this"), ("a b", "ab"), ("😀", "😡"), ("?", "!")]
)
def test_another_question_is_another(one: str, other: str):
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Hi Ada!", "Ada"),
        ("hi ada", "ADA"),
        ("Adas Haus", "Ada"),
        ("A d a, hello", "Ada"),
        ("Hello Zoe", "Zoë"),
        ("Hello Max", "xX_Max_99_Xx"),
        ("It is 1984", "user1984"),
        ("Hallo 小明你好", "小明"),
        ("Привет Анна", "анна"),
        ("ok J", "J"),
    ],
)
def test_a_name_in_an_answer_is_found(answer: str, name: str):
    assert names(answer, ["", name])


@pytest.mark.parametrize(
    ("answer", "name"), [("Blue, of course.", "Ada"), ("A nice day.", "x"), ("Yes!", "😀✨"), ("Yes!", "")]
)
def test_an_answer_without_the_name_is_free(answer: str, name: str):
    assert not names(answer, [name])


@given(
    st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=12),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_no_name_of_letters_gets_through(name: str, before: str, after: str):
    assert names(f"{before} {name} {after}", [name])


def test_the_least_recently_used_goes_first_and_the_old_are_gone():
    kept = KeptAnswers()
    for key in "abc":
        kept.keep(key, (key,), asker="ada", now=0.0, size=3)
    assert kept.find("a", 1.0, 10.0) == ("a",)
    kept.keep("d", ("d",), asker="bob", now=1.0, size=3)

    assert [kept.find(key, 9.9, 10.0) for key in "abcd"] == [("a",), (), ("c",), ("d",)]
    assert [kept.find(key, 10.0, 10.0) for key in "acd"] == [(), (), ("d",)]


def test_what_a_viewer_asked_for_is_forgotten_with_them():
    kept = KeptAnswers()
    kept.keep("a", ("a",), asker="ada", now=0.0, size=3)
    kept.keep("b", ("b",), asker="bob", now=0.0, size=3)
    kept.forget("ada")

    assert [kept.find(key, 1.0, 10.0) for key in "ab"] == [(), ("b",)]


def test_a_key_tells_its_parts_apart():
    assert key_of("ab", "c") != key_of("a", "bc")
