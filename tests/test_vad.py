"""When somebody begins and ends to speak. Time is samples, so no test needs a clock."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from voice.vad import LevelGate, Sensitivity, VoiceGate, sensitivity_of

FRAME = 512
SCORES = {"x": 0.9, "-": 0.4, ".": 0.0, "n": math.nan}


def edges(pattern: str, *, attack_ms: float = 64, release_ms: float = 96) -> str:
    """Feeds frames of 32 ms (x speech, - in between, . silence, n not a number); + and - where the state changes."""
    gate = VoiceGate.of(0.5, 0.25, attack_ms, release_ms)
    signs = {True: "+", False: "-", None: " "}
    return "".join(signs[gate.feed(SCORES[c], FRAME)] for c in pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("xx", " +"),
        ("x.x.x.x.", "        "),
        ("x-x", "  +"),
        ("x-.x", "    "),
        ("---", "   "),
        ("xx...", " +  -"),
        ("xx..x...", " +     -"),
        ("xx..-...", " +     -"),
        ("xx----", " +    "),
        ("xxxxxx", " +    "),
        ("xx...xx...", " +  - +  -"),
        ("xxnnn", " +  -"),
        ("xnx", "   "),
    ],
    ids=[
        "attack", "clicks are not speech", "in between goes on", "silence forgets", "in between begins nothing", "release",
        "a breath is not the end", "nor is a mumble", "which keeps the floor", "one edge", "again", "NaN ends", "NaN begins nothing",
    ],
)  # fmt: skip
def test_the_gate_opens_after_the_attack_and_closes_after_the_release(pattern: str, expected: str):
    assert edges(pattern) == expected


@pytest.mark.parametrize(
    ("heard", "attack_ms", "fresh"),
    [("", 64, True), ("x", 64, False), ("x.", 64, True), ("xx", 64, False), ("", 32, False), ("x", 128, True)],
)
def test_a_gate_that_cannot_open_with_the_next_frame_says_so(heard: str, attack_ms: float, fresh: bool):
    """The microphone's thread then sleeps a frame longer, and nothing is late."""
    gate = VoiceGate.of(0.5, 0.25, attack_ms, 1200)
    for c in heard:
        gate.feed(SCORES[c], FRAME)
    assert gate.fresh(FRAME) is fresh


def test_two_clicks_within_a_release_do_not_open_it():
    """A gate that forgets an attack only after a whole release hears a voice in a double click."""
    assert edges("x." + "." * 10 + "x" + "." * 10, release_ms=1200).strip() == ""


def test_no_attack_and_no_release_mean_at_once():
    assert edges("x.x", attack_ms=0, release_ms=0) == "+-+"


def test_an_end_above_the_beginning_is_taken_for_the_beginning():
    """Settings may say so; the gate must not flutter."""
    assert VoiceGate.of(0.5, 0.9, 64, 1200).off == 0.5


@pytest.mark.parametrize("size", [1, 7, 100, 160, 333])
def test_the_edge_does_not_depend_on_the_size_of_the_frames(size: int):
    gate, heard = VoiceGate.of(0.5, 0.25, attack_ms=120, release_ms=1200), 0
    while not gate.feed(1.0, size):
        heard += size
    assert 1920 - size <= heard < 1920


@given(st.lists(st.tuples(st.floats(), st.integers(1, 5000)), max_size=60))
def test_edges_alternate_whatever_is_fed(frames: list[tuple[float, int]]):
    """Two equal edges in a row would leave the pal muted or talking over the streamer."""
    gate = VoiceGate.of(0.5, 0.25, 64, 1200)
    seen = [edge for score, count in frames if (edge := gate.feed(score, count)) is not None]
    assert seen == [i % 2 == 0 for i in range(len(seen))]


def test_a_frame_counts_as_loud_as_the_loudest_of_the_last_three():
    """Consonants are quiet and belong to the voice."""
    level = LevelGate()
    assert [level.feed(x) for x in (-20.0, -60.0, -60.0, -60.0)] == [-20.0, -20.0, -20.0, -60.0]


@pytest.mark.parametrize(
    ("levels", "alone", "with_pal"),
    [
        ({}, -1000, -1000),
        ({"voice_dbfs": -20}, -35, -29),
        ({"voice_dbfs": -20, "margin_db": 5}, -25, -25),
        ({"voice_dbfs": -20, "pal_dbfs": -30}, -35, -26),
        ({"voice_dbfs": -20, "pal_dbfs": -60}, -35, -29),
        ({"pal_dbfs": -40}, -1000, -36),
        ({"noise_dbfs": -40}, -1000, -1000),
    ],
    ids=["uncalibrated", "voice", "narrow", "loud pal", "headphones", "pal alone", "noise is the engines' affair"],
)
def test_the_bar_follows_what_was_measured_and_rises_while_the_pal_speaks(
    levels: dict[str, float], alone: float, with_pal: float
):
    sensitivity = Sensitivity(**levels)
    assert (sensitivity.bar(), sensitivity.bar(pal=True)) == (alone, with_pal)


def test_the_settings_are_the_measured_defaults_and_zero_is_no_level():
    assert sensitivity_of(settings.Microphone()) == Sensitivity(on=0.5, off=0.25, attack_ms=64, release_ms=1200)
    measured = settings.Microphone(voice_level_dbfs=-21.5, noise_floor_dbfs=-60, pal_level_dbfs=-45)
    found = sensitivity_of(measured)
    assert (found.voice_dbfs, found.noise_dbfs, found.pal_dbfs) == (-21.5, -60, -45)
