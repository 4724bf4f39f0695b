"""How quick the avatar's voice is: learned within reason, kept beside the settings, never a reason not to start."""

import json
import logging
from pathlib import Path

import pytest

from settings import Settings
from voice.duration import BASE_SECONDS, seconds_to_say, sound_of
from voice.pace import ENOUGH, FILE, Pace

LONG = "Thank you so much for the five roses you have sent, dear Anna"


def hear(pace: Pace, per_character: float, times: int = ENOUGH, text: str = LONG) -> None:
    letters, pauses = sound_of(text)
    for _ in range(times):
        pace.learn(text, BASE_SECONDS + letters * per_character + pauses)


def test_what_was_heard_decides_once_it_was_heard_often_enough():
    pace = Pace(Settings())
    hear(pace, 0.1, times=ENOUGH - 1)
    assert pace.seconds(LONG) == seconds_to_say(LONG)
    hear(pace, 0.1, times=1)
    assert pace.per_character() == pytest.approx(0.1)
    assert pace.seconds(LONG) > 1.4 * seconds_to_say(LONG)


@pytest.mark.parametrize("seconds", [0.0, 0.01, -3.0, 900.0, float("inf"), float("nan")])
def test_what_no_voice_can_be_is_not_learned(seconds: float):
    """Events get lost and doubled; one of them must not set the pace."""
    pace = Pace(Settings())
    for _ in range(20):
        pace.learn(LONG, seconds)
    assert pace.per_character() == 0.0


def test_one_odd_line_among_many_changes_nothing():
    pace = Pace(Settings())
    hear(pace, 0.06, times=5)
    hear(pace, 0.19, times=2)
    assert pace.per_character() == pytest.approx(0.06)


def test_short_lines_are_not_learned_from():
    """The end is told up to a second late."""
    pace = Pace(Settings())
    hear(pace, 0.15, times=9, text="Hello!")
    assert pace.per_character() == 0.0


def test_each_avatar_and_language_has_its_own_pace():
    settings = Settings()
    pace = Pace(settings)
    hear(pace, 0.1)
    pace.meet("Bear")
    assert pace.per_character() == 0.0
    hear(pace, 0.05)
    pace.meet("")
    assert pace.per_character() == pytest.approx(0.1)
    settings.style.language = "de"
    assert pace.per_character() == 0.0


def test_the_knob_overrides_what_was_learned():
    settings = Settings()
    pace = Pace(settings)
    hear(pace, 0.1)
    settings.speech.seconds_per_character = 0.04
    assert pace.per_character() == 0.04


def test_it_is_kept_beside_the_settings(tmp_path: Path):
    pace = Pace(Settings(), tmp_path / FILE)
    pace.save()
    assert not (tmp_path / FILE).exists()
    pace.meet("Bär")
    hear(pace, 0.1)
    pace.save()
    again = Pace(Settings(), tmp_path / FILE)
    again.meet("Bär")
    assert again.per_character() == pytest.approx(0.1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"seconds_per_character": 3}',
        b'{"seconds_per_character": {"en/": "x", "de/": [true, null, "0.1", 1e300, -1.0, NaN]}}',
    ],
)
def test_a_damaged_file_is_not_believed(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture):
    """It is a convenience: the bot starts, and says so where there was something to read."""
    (tmp_path / FILE).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        pace = Pace(Settings(), tmp_path / FILE)
    assert pace.per_character() == 0.0
    assert pace.seconds(LONG) == seconds_to_say(LONG)
    hear(pace, 0.1)
    pace.save()
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["seconds_per_character"]["en/"]


def test_a_file_that_cannot_be_written_costs_only_what_was_learned(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / FILE).mkdir()
    pace = Pace(Settings(), tmp_path / FILE)
    hear(pace, 0.1)
    pace.save()
    assert "not kept" in caplog.text
    assert pace.per_character() == pytest.approx(0.1)
