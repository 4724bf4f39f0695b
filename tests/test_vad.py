"""The energy gate. Time is samples, so no test needs a clock."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.vad import VoiceGate, dbfs, rms, samples

LOUD, QUIET, BLOCK = 0.5, 0.0, 100


def edges(pattern: str, *, attack: int = 200, release: int = 300) -> str:
    """Feeds blocks (x loud, . quiet) and writes + and - where the state changes."""
    gate = VoiceGate(threshold=0.1, attack=attack, release=release)
    signs = {True: "+", False: "-", None: " "}
    return "".join(signs[gate.feed(LOUD if c == "x" else QUIET, BLOCK)] for c in pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("xx", " +"),
        ("x.x.x.x.", "        "),
        ("xx...", " +  -"),
        ("xx..x...", " +     -"),
        ("xxxxxx", " +    "),
        ("xx...xx...", " +  - +  -"),
    ],
    ids=["attack", "clicks are not speech", "release", "a breath is not the end", "one edge", "again"],
)
def test_the_gate_opens_after_the_attack_and_closes_after_the_release(pattern: str, expected: str):
    assert edges(pattern) == expected


def test_no_attack_and_no_release_mean_at_once():
    assert edges("x.x", attack=0, release=0) == "+-+"


@pytest.mark.parametrize("size", [1, 7, 100, 160, 333])
def test_the_edge_does_not_depend_on_the_size_of_the_blocks(size: int):
    """A driver may deliver blocks of any size."""
    gate, heard = VoiceGate.of(0.1, attack_ms=120, release_ms=1200, rate=16_000), 0
    while not gate.feed(LOUD, size):
        heard += size
    assert 1920 - size <= heard < 1920


@given(st.lists(st.tuples(st.floats(), st.integers(1, 5000)), max_size=60))
def test_edges_alternate_whatever_is_fed(blocks: list[tuple[float, int]]):
    """Two equal edges in a row would leave the pal muted or talking over the streamer."""
    gate = VoiceGate(threshold=0.02, attack=1920, release=19_200)
    seen = [edge for loudness, count in blocks if (edge := gate.feed(loudness, count)) is not None]
    assert seen == [i % 2 == 0 for i in range(len(seen))]


def test_what_is_not_a_number_counts_as_silence():
    """A driver's NaN must not hold the floor."""
    for nothing in (np.nan, np.inf):
        assert rms(np.full((10, 1), nothing, np.float32)) == 0
    assert VoiceGate(threshold=0.02, attack=0, release=0).feed(np.nan, 10) is None


@pytest.mark.parametrize(
    ("sound", "loudness"),
    [([], 0.0), ([0, 0], 0.0), ([16384, -16384], 0.5), ([-32768, -32768], 1.0)],
    ids=["nothing", "silence", "half", "full"],
)
def test_rms_of_int16_is_a_share_of_full_scale(sound: list[int], loudness: float):
    assert rms(samples(np.array(sound, "<i2").tobytes())) == pytest.approx(loudness)


def test_the_loudest_channel_counts():
    """Many microphones fill one side of a stereo stream only."""
    stereo = np.array([[16384, 0], [-16384, 0]], "<i2").tobytes()
    assert rms(samples(stereo, channels=2)) == pytest.approx(0.5)


@given(st.binary(max_size=101), st.integers(1, 8))
def test_any_bytes_are_sound_of_a_loudness_between_0_and_1(block: bytes, channels: int):
    assert 0 <= rms(samples(block, channels)) <= 1


def test_decibels_start_at_full_scale_and_have_a_floor():
    assert dbfs(1.0) == 0
    assert dbfs(0.1) == pytest.approx(-20)
    assert dbfs(0.0) == -120
