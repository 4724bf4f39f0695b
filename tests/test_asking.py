"""When two comments ask the same, so that one answer does for both, and when they only look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.asking import alike, gist


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What game is this?", "what game is this"),
        ("WHAT GAME IS THIS???", "what game is this 😂"),
        ("What game is this", "whats this game"),
        ("which game is that?", "what game is it"),
        ("hey bro, what game is this please", "what game is this"),
        ("can you tell me what game this is", "what game is this"),
        ("waht game is this", "what gmae is this"),
        ("how old are you", "how old r u?"),
        ("what is your favorite color", "whats ur favourite colour?"),
        ("sooo when is the next stream", "when is the next streaam"),
        ("which minecraft version", "wich mincraft version"),
        ("Wie alt bist du?", "wie alt bist du denn eigentlich"),
        ("Was ist dein Lieblingsspiel?", "was ist dein lieblingspiel"),
        ("Für wen ist das?", "fur wen ist das"),
        ("Sag mal, welches Spiel ist das?", "welches spiel ist das bitte"),
        ("你叫什么名字？", "你叫什么名字"),
        ("what’s the plan", "what's the plan"),
        ("ＷＨＡＴ game is this", "what game is this"),
    ],
)
def test_these_ask_the_same(one: str, other: str):
    assert alike(gist(one), gist(other))
    assert alike(gist(other), gist(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("is level 5 hard?", "is level 7 hard?"),
        ("do you like cats?", "do you not like cats?"),
        ("do you like horses", "do you like houses"),
        ("is Berlin bigger than Hamburg", "is Hamburg bigger than Berlin"),
        ("what game is this", "what game is next"),
        ("how old are you", "how tall are you"),
        ("???", "!!!"),
        ("😂", "🔥"),
        ("", ""),
        ("你叫什么名字", "你叫什么地方"),
        ("i live in hamburg", "i live in homburg"),
        ("ich heiße Annabell", "ich heiße Annabelle"),
        ("call 110", "call 112"),
    ],
)
def test_these_do_not(one: str, other: str):
    """A number, a negation, another word; where people speak of themselves, also another letter."""
    assert not alike(gist(one), gist(other))


def test_the_pals_name_changes_nothing():
    assert alike(gist("Pal, what game is this?", ["Pal"]), gist("what game is this pal", ["Pal"]))


@pytest.mark.parametrize(
    "text", ["what is my cat called", "do you remember me?", "who am I?", "Wie heißt meine Katze?"]
)
def test_what_somebody_asks_about_themselves_is_marked(text: str):
    assert gist(text).own


@pytest.mark.parametrize("text", ["tell me what game this is", "sag mir wie alt du bist", "where do I find the map?"])
def test_a_word_for_the_asker_in_the_opening_is_no_question_about_them(text: str):
    assert not gist(text).own


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_compared_both_ways(one: str, other: str):
    a, b = gist(one), gist(other)

    assert alike(a, b) == alike(b, a)
    assert alike(a, a) == bool(a.words)
    assert len(a.words) <= 60
