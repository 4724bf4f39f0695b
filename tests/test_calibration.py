"""What a streamer is told after "say one sentence", "be quiet" and a line of the pal."""

from typing import Any

import pytest

from events import Calibrated
from voice.calibration import Calibration
from voice.hearing import Heard
from voice.vad import Sensitivity

FRAME = 512


def frame(dbfs: float, score: float = 0.0, *, pal: bool = False, peak: float | None = None) -> Heard:
    loudness = 10 ** (dbfs / 20)
    peak = min(1.0, 3 * loudness) if peak is None else peak
    return Heard(size=FRAME, score=score, loudness=loudness, peak=peak, pal=pal, edge=None)


def measured(kind: Any, frames: list[Heard], **known: Any) -> Calibrated:
    """Repeats these until the time is over."""
    calibration = Calibration(kind, 2.0, Sensitivity(**known))
    for _ in range(1000):
        for one in frames:
            if result := calibration.take(one):
                return result
    pytest.fail("it never ends")


VOICE = [frame(-20, 0.95), frame(-26, 0.9), frame(-60, 0.1)]


@pytest.mark.parametrize(
    ("frames", "known", "verdict"),
    [
        (VOICE, {}, "ok"),
        (VOICE, {"noise_dbfs": -60}, "ok"),
        (VOICE, {"noise_dbfs": -30}, "noisy"),
        ([frame(-50, 0.9)], {}, "too_quiet"),
        ([frame(-3, 0.9, peak=1.0)], {}, "too_loud"),
        ([frame(-40, 0.1)], {}, "no_voice"),
        ([frame(-120)], {}, "no_sound"),
    ],
)
def test_say_one_sentence(frames: list[Heard], known: dict[str, float], verdict: str):
    result = measured("speak", frames, **known)
    assert result.verdict == verdict
    assert (result.level_dbfs is None) == (verdict in {"no_voice", "no_sound"})


def test_only_what_surely_is_speech_counts_for_the_voices_level():
    assert measured("speak", VOICE).level_dbfs == pytest.approx(-22, abs=0.2)


@pytest.mark.parametrize(
    ("frames", "known", "verdict"),
    [
        ([frame(-60)], {}, "ok"),
        ([frame(-60), frame(-55, 0.9)], {}, "heard_voice"),
        ([frame(-35)], {}, "noisy"),
        ([frame(-45)], {"voice_dbfs": -40}, "noisy"),
        ([frame(-120)], {}, "no_sound"),
    ],
)
def test_be_quiet(frames: list[Heard], known: dict[str, float], verdict: str):
    result = measured("quiet", frames, **known)
    assert result.verdict == verdict
    assert (result.level_dbfs is None) == (verdict in {"heard_voice", "no_sound"})


PAL = [frame(-30, 0.9, pal=True)] * 40


@pytest.mark.parametrize(
    ("frames", "known", "verdict", "level"),
    [
        (PAL, {"voice_dbfs": -20}, "headphones", -30),
        (PAL, {"voice_dbfs": -15}, "pal_ok", -30),
        (PAL, {}, "headphones", -30),
        ([frame(-60, 0.9, pal=True)] * 40, {}, "pal_ok", -60),
        ([frame(-65, 0.0, pal=True)] * 40, {}, "unheard", -65),
        ([frame(-120, pal=True)] * 40, {}, "no_sound", None),
        ([frame(-60)] * 100, {}, "not_spoken", None),
    ],
)
def test_a_line_of_the_pal(frames: list[Heard], known: dict[str, float], verdict: str, level: float | None):
    result = measured("pal", [frame(-60), *frames, frame(-60)], **known)
    assert (result.verdict, result.level_dbfs) == (verdict, level)


def test_the_pals_line_is_over_when_it_is_over():
    calibration = Calibration("pal", 100.0)
    for one in [frame(-60), *PAL]:
        assert calibration.take(one) is None
    assert calibration.take(frame(-60)) is not None


def test_a_level_is_never_what_the_settings_take_for_none():
    assert measured("speak", [frame(0, 0.9, peak=0.5)]).level_dbfs == -0.1
