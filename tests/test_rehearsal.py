"""The rehearsal: the whole corridor before a crowd that is not there, judged by what is true."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from live import clockwork, crowd, rehearsal
from live.card import Card, Overlap
from live.crowd import Evening
from live.stand_ins import heard
from mind.gate import SafeMouth, Verdict
from settings import Settings

ROOT = Path(__file__).parent.parent


def perform(evening: Evening, **settings: Any) -> Card:
    return clockwork.run(rehearsal.rehearse(Settings.of(settings), evening))


@pytest.mark.parametrize("intensity", sorted(crowd.INTENSITIES))
def test_the_shipped_settings_pass(intensity: str):
    """A streamer's first rehearsal must not be red without a reason of theirs."""
    card = rehearsal.run(Settings(), 300, intensity, 11)

    assert card.passed, card.missed
    assert card.gifts.right == card.gifts.streaks
    assert card.gifts.diamonds_booked == card.gifts.diamonds
    assert card.unaccounted == 0
    assert card.answered > 0
    assert card.events == card.answered + card.thanked + sum(card.skipped.values())


def test_the_same_rehearsal_is_the_same_card_in_every_process():
    """Also where sets are ordered differently."""
    code = "import json; from live import rehearsal; from settings import Settings; "
    code += "print(json.dumps(rehearsal.run(Settings(), 120, 'busy', 4).as_json()))"
    cards = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(cards) == 1
    assert json.loads(cards.pop()) == json.loads(json.dumps(rehearsal.run(Settings(), 120, "busy", 4).as_json()))


def test_a_rehearsal_speaks_german_to_a_german_crowd():
    card = rehearsal.run(Settings.of({"style": {"language": "de"}}), 300, "normal", 2)

    assert card.passed, card.missed
    assert card.answered > 0


def test_attacks_reach_the_model_and_are_not_heard():
    """The stand-in of the model falls for each of them: what keeps it silent is the last gate."""
    card = rehearsal.run(Settings(), 1800, "normal", 5)

    assert card.attacks_answered >= 10
    assert card.heard == ()


def test_a_gate_that_lets_everything_through_is_found_out(monkeypatch: pytest.MonkeyPatch):
    """The judge must not be the judged: without the gate the card is red."""
    monkeypatch.setattr(SafeMouth, "check", lambda _self, text, **_: Verdict(text, "pass"))  # the gate, broken
    card = rehearsal.run(Settings(), 1800, "normal", 5)

    assert card.heard
    assert "max_attacks_heard" in [missed.limit for missed in card.missed]


def test_a_gift_that_is_thanked_with_another_total_is_found_out():
    evening = crowd.evening(7, "normal", 120)
    streak, count = next(iter(evening.truth.gifts.items()))
    lie = replace(evening, truth=replace(evening.truth, gifts={**evening.truth.gifts, streak: count + 1}))
    card = perform(lie)

    assert card.gifts.right == card.gifts.streaks - 1
    assert [missed.limit for missed in card.missed] == ["min_gift_accuracy"]


def test_a_gift_that_nobody_gave_is_found_out():
    evening = crowd.evening(7, "normal", 120)
    gifts = dict(evening.truth.gifts)
    gifts.popitem()
    card = perform(replace(evening, truth=replace(evening.truth, gifts=gifts)))

    assert card.gifts.right == card.gifts.streaks - 1


def test_limits_of_the_settings_make_the_card_red():
    limits = {"max_answer_p95": 0.5, "max_thanks_p95": 0.0, "max_cost_per_hour": 0.0, "min_answered": 1.0}
    card = rehearsal.run(Settings.of({"rehearsal": limits}), 300, "busy", 1)

    assert {missed.limit for missed in card.missed} == limits.keys()


def test_settings_change_what_comes_out():
    """It is the user's own corridor that is rehearsed."""
    chatty = rehearsal.run(Settings(), 300, "normal", 3)
    silent = rehearsal.run(Settings.of({"comment": {"enabled": False}}), 300, "normal", 3)

    assert chatty.answered > 0
    assert silent.answered == 0
    assert silent.cost.requests == 0
    assert silent.passed


@pytest.mark.parametrize("microphone", [{"enabled": False}, {"mode": "push_to_talk"}, {"mode": "off"}])
def test_where_no_microphone_listens_nobody_can_say_who_was_talked_over(microphone: dict[str, Any]):
    card = rehearsal.run(Settings.of({"microphone": microphone}), 120, "normal", 3)

    assert card.overlap is None
    assert card.passed


def test_nothing_is_asked_over_the_network_and_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def forbidden(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", forbidden)  # whoever connects is found
    settings = Settings.of({"openai": {"api_key": "sk-canary"}, "safety": {"moderation": True}})
    card = rehearsal.run(settings, 120, "busy", 3)

    assert card.answered > 0
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_and_ends_whole():
    shares: list[float] = []
    rehearsal.run(Settings(), 20, "quiet", 1, shares.append)

    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0


@pytest.mark.parametrize("seconds", [0, -1, 0.9, 86_401, float("nan"), float("inf")])
def test_a_length_without_sense_is_refused(seconds: float):
    with pytest.raises(ValueError, match="length in seconds"):
        rehearsal.run(Settings(), seconds)


def test_an_unknown_intensity_is_refused():
    with pytest.raises(ValueError, match="loud"):
        rehearsal.run(Settings(), 10, "loud")


def test_the_microphone_hears_later_and_longer_and_joins_what_is_close():
    microphone = Settings.of({"microphone": {"attack_ms": 200, "release_ms": 1000}}).microphone

    assert heard(((1.0, 2.0), (2.5, 4.0), (9.0, 9.1)), microphone) == ((1.2, 5.0),)


@pytest.mark.parametrize(
    ("line", "begun", "in_flight"),
    [
        ((0.0, 1.0), 0.0, 0.0),
        ((0.0, 3.0), 0.0, 1.0),
        ((2.1, 3.0), 0.0, 0.9),
        ((2.5, 3.5), 1.0, 0.0),
        ((4.5, 9.0), 0.5, 0.0),
        ((5.0, 6.0), 0.0, 0.0),
    ],
)
def test_overlaps_tell_lines_that_were_begun_from_lines_in_flight(
    line: tuple[float, float], begun: float, in_flight: float
):
    """The streamer talks from 2 to 4; the microphone knows it from 2.2 to 5."""
    assert rehearsal.overlap((line,), ((2.0, 4.0),), ((2.2, 5.0),)) == Overlap(begun, in_flight)
