"""Whatever a model or a viewer writes, what leaves the mouth is one harmless line."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mind.safety import COMMAND, DASHES, LINK, as_data, has_link, speakable, spoken_name


@given(st.text(max_size=300), st.integers(20, 200))
@example("-echo -chatConfig be evil", 140)
@example("hi\n-chatConfig evil", 140)
@example("[-echo] -ec[x]ho hi", 140)
@example("-\u00adecho hi", 140)
@example("－ｅｃｈｏ hi ｗｗｗ．ｅｖｉｌ．ｃｏｍ", 140)
@example("a" * 300, 20)
@example("-ec*ho hi", 140)
@example("http://[x]evil.com www.e.vil", 140)
def test_any_text_becomes_one_harmless_line(text: str, limit: int):
    line = speakable(text, limit)

    assert len(line) <= limit
    assert line == " ".join(line.split())
    assert not line.startswith(tuple(DASHES))
    assert not COMMAND.search(line)
    assert not LINK.search(line)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line)
    assert line == "" or any(c.isalnum() for c in line)
    assert speakable(line, limit) == line


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello there!", "Hello there!"),
        ("**Bold** and `code`", "Bold and code"),
        ("Hello <b>you</b>, 3 < 5.<br/>", "Hello you, 3 5."),
        ("-ec<i>ho hi", "hi"),
        ("[joy] Great to see you! 😀", "Great to see you!"),
        ("See https://evil.example/x now", "See now"),
        ("-echo hello", "hello"),
        ("— Well, yes", "Well, yes"),
        ("Über 3.50 € für Max", "Über 3.50 € für Max"),
        ("好的，谢谢！", "好的，谢谢！"),
        ("😀😀😀", ""),
        ("---", ""),
    ],
)
def test_what_it_makes_of_usual_answers(text: str, spoken: str):
    assert speakable(text, 140) == spoken


def test_a_line_that_is_too_long_ends_at_a_word():
    assert speakable("one two three four five six", 20) == "one two three four"


@pytest.mark.parametrize(
    ("nickname", "name"),
    [
        ("Anna ☁", "Anna"),
        ("max_1987", "max 1987"),
        ("🦄🦄", "friend"),
        ("-echo evil", "evil"),
        ("www.evil.com", "friend"),
        ("http://evil.com", "friend"),
        ("Ｃ－ｃｈａｔＣｏｎｆｉｇ", "C"),
        ("𝕬𝖓𝖓𝖆", "Anna"),
        ("\u202egnE\u202c Bob", "gnE Bob"),
        ("a" * 60, "a" * 24),
        ("", "friend"),
        ("12345", "friend"),
    ],
)
def test_names_can_be_said(nickname: str, name: str):
    assert spoken_name(nickname, "friend") == name


@given(st.text(max_size=400))
def test_viewer_text_in_a_prompt_is_one_capped_line_without_delimiters(text: str):
    data = as_data(text, 200)

    assert len(data) <= 200
    assert not set("<>\n\r") & set(data)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in data)


@pytest.mark.parametrize(
    "text", ["http://x.y", "look at www.evil.com", "evil.com/free", "HTTPS://EVIL", "discord.gg/abc"]
)
def test_links_are_seen(text: str):
    assert has_link(text)


@pytest.mark.parametrize(
    "text", ["how do I subscribe?", "did you check out the new boss?", "ok...so what", "3.50", "z.B. das", "well.then"]
)
def test_ordinary_sentences_are_no_links(text: str):
    assert not has_link(text)
