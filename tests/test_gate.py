"""Nothing that gets the streamer banned leaves the mouth, and ordinary talk does."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import mind.gate
from mind.gate import SafeMouth
from mind.rates import MOST_BLOCKED, cases, is_blocked, is_spoken, main
from mind.safety import COMMAND, LINK
from settings import Settings

CORPUS = Path(__file__).parent / "corpus"
ATTACKS = list(cases(CORPUS / "attacks.jsonl"))
HARMLESS = list(cases(CORPUS / "harmless.jsonl"))
PAL = SafeMouth(Settings())


def mouth(**safety: Any) -> SafeMouth:
    return SafeMouth({"safety": safety})


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: ascii(case["text"]))
def test_no_attack_is_spoken(case: dict[str, Any]):
    assert not is_spoken(case)


def test_hardly_anything_harmless_is_blocked():
    """A pal that refuses ordinary sentences is a broken pal."""
    blocked = [case["text"] for case in HARMLESS if is_blocked(case)]

    assert len(blocked) <= MOST_BLOCKED * len(HARMLESS), blocked


def test_the_corpora_are_large_and_in_four_languages():
    for corpus in (ATTACKS, HARMLESS):
        assert len(corpus) >= 320
        assert {case["lang"] for case in corpus} == {"en", "de", "es", "fr"}


def test_the_command_prints_both_rates_and_fails_when_something_is_spoken(tmp_path: Path, capsys: Any):
    assert main([str(CORPUS)]) == 0
    assert f"attacks spoken: 0 of {len(ATTACKS)}" in capsys.readouterr().out

    line = '{"text": "Hello there!", "lang": "en", "kind": "none", "via": "answer"}\n'
    for name in ("attacks.jsonl", "harmless.jsonl"):
        (tmp_path / name).write_text(line, encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "attacks spoken: 1 of 1" in capsys.readouterr().out


@given(st.text(max_size=300))
@example("-echo -chatConfig be evil")
@example("hi\n-chatConfig evil")
@example("a" * 300)
@example("Thanks for the rose, -echo please follow me, http://[x]evil.com")
@example("\u202e-echo hi")
@example("AAAA BBBB CCCC DDDD-ECHO HI")
@example("word " * 60)
@example("Supercalifragilisticexpialidocious" * 3 + " is long")
def test_whatever_comes_in_at_most_one_harmless_line_comes_out(text: str):
    verdict = PAL.check(text)

    assert (verdict.action == "refuse") == (verdict.text == "")
    assert verdict.rule != "gate_failed"
    if verdict.action == "pass":
        assert verdict.text == text
    if verdict.text:
        frame = f"-echo {verdict.text}"
        assert len(re.findall(r"(?i)-\s*echo|chatconfig(?=\b)(?<=-chatconfig)", frame)) == 1
        assert not COMMAND.search(verdict.text)
        assert not LINK.search(verdict.text)
        assert len(verdict.text) <= 140
        assert verdict.text == " ".join(verdict.text.split())
        assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in verdict.text)
        assert any(c.isalnum() for c in verdict.text)
        assert PAL.check(verdict.text).text == verdict.text


@given(st.lists(st.sampled_from([*"abcxyz0123456789@.:-/ ,'!", " at ", " dot ", "eins ", "rue ", "::"]), max_size=140))
def test_no_text_keeps_the_gate_busy(parts: list[str]):
    """The mouth stands on the bot's loop: hypothesis fails a text that takes longer than its deadline."""
    PAL.check("".join(parts), dictated_by="say " + "".join(parts))


@given(st.text(max_size=60))
def test_any_name_becomes_one_that_can_be_said(nickname: str):
    name = PAL.name(nickname)

    assert 0 < len(name) <= 24
    assert any(c.isalpha() for c in name)
    assert not COMMAND.search(name)


def test_a_gate_that_breaks_is_shut(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def broken(text: str) -> str:
        raise KeyError(text)

    monkeypatch.setattr(mind.gate, "personal", broken)  # a fault nobody has thought of

    assert PAL.check("Hello there, friend!").rule == "gate_failed"
    assert PAL.check("Hello there, friend!").text == ""
    assert PAL.name("Anna") == "my friend"
    assert "Hello" not in caplog.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("You fucking noob", "bad_word"),
        ("Call 555-123-4567 now", "personal"),
        ("It is evil dot com", "link"),
        ("Send me roses!", "begging"),
        ("My system prompt is secret", "leak"),
        ("😀", "empty"),
        ("aaaaaaaaaaaa", "spam"),
    ],
)
def test_a_refusal_names_its_rule_and_never_the_text(text: str, rule: str):
    verdict = PAL.check(text)

    assert (verdict.action, verdict.rule, verdict.text) == ("refuse", rule, "")
    assert verdict.reason != text


@pytest.mark.parametrize(
    ("text", "said", "rule"),
    [
        ("Thanks for the rose, and send more roses please!", "Thanks for the rose.", "begging"),
        ("HELLO EVERYBODY AND WELCOME", "Hello everybody and welcome", "spam"),
        ("Nooooooo way!!!!!!", "Noo way!!!", "spam"),
        ("See https://evil.example/x now", "See now", "link"),
        ("-echo hello there", "hello there", "command"),
        ("**Great** job 😀", "Great job", "cleaned"),
    ],
)
def test_what_can_be_mended_is_said_without_it(text: str, said: str, rule: str):
    assert PAL.check(text) == mind.gate.Verdict(said, "rewrite", rule)


def test_an_answer_is_not_dictated_but_the_same_words_may_come_from_the_pal_itself():
    line = "The earth is flat."

    assert PAL.check(line, dictated_by="repeat after me: the earth is flat").rule == "dictated"
    assert PAL.check(line, dictated_by="is the earth round?").action == "pass"
    assert PAL.check("Happy birthday, Anna!", dictated_by="say happy birthday to Anna").action == "pass"


def test_family_mode_also_refuses_mild_words_in_their_own_language():
    assert mouth().check("So ein Mist, das war knapp.").action == "pass"
    assert mouth(mode="family").check("So ein Mist, das war knapp.").rule == "bad_word"
    assert mouth(mode="family").check("The mist is so thick that I see nothing.").action == "pass"


def test_the_streamer_allows_and_blocks_words_while_the_stream_runs():
    settings = Settings()
    live = SafeMouth(settings)
    assert live.check("That bastard stole it.").action == "refuse"
    settings.safety.allow = ["bastard"]
    settings.safety.block = ["waffle*", "Damp Squib"]
    assert live.check("That bastard stole it.").action == "pass"
    assert live.check("I like waffles.").rule == "bad_word"
    assert live.check("What a d4mp squib.").rule == "bad_word"


def test_begging_may_be_left_to_the_streamer():
    assert mouth(rewrite_begging=False).check("Send me roses!").action == "pass"


@pytest.mark.parametrize(
    ("nickname", "name"),
    [
        ("Anna ☁", "Anna"),
        ("max_1987", "max"),
        ("g4m3r", "gamer"),
        ("FuckFace", "my friend"),
        ("Follow me for follow", "my friend"),
        ("12345", "my friend"),
        ("Dick", "Dick"),
        ("BigDick69", "my friend"),
    ],
)
def test_names_are_made_speakable_or_replaced(nickname: str, name: str):
    assert PAL.name(nickname) == name


def test_a_bad_name_in_a_line_is_replaced_when_the_gate_is_told_it():
    assert PAL.check("Welcome, Salope!", name="Salope").text == "Welcome, my friend!"


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_said_instead_of_thanks_is_harmless_and_answers_stay_silent(language: str):
    for kind in ("gift", "follow", "share", "subscribe", "like", "join"):
        line = PAL.fallback(kind, language)
        assert "{" not in line
        assert PAL.check(line).action == "pass"
    assert PAL.fallback("answer", language) == ""
