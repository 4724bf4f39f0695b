"""Blocks as numbers, loudness, channels, rates, frames."""

import numpy as np
import pytest
import voices
from hypothesis import given
from hypothesis import strategies as st

from voice.sound import RATE, Centred, Channel, Frames, Resampler, dbfs, peak, rms, samples


@pytest.mark.parametrize(
    ("sound", "loudness"),
    [([], 0.0), ([0, 0], 0.0), ([16384, -16384], 0.5), ([-32768, -32768], 1.0)],
    ids=["nothing", "silence", "half", "full"],
)
def test_rms_of_int16_is_a_share_of_full_scale(sound: list[int], loudness: float):
    assert rms(samples(np.array(sound, "<i2").tobytes())) == pytest.approx(loudness)


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_what_is_not_a_number_counts_as_silence(nothing: float):
    """A driver's NaN must not hold the floor."""
    assert rms(np.full(10, nothing, np.float32)) == 0


@given(st.binary(max_size=101), st.integers(1, 8))
def test_any_bytes_are_sound_of_a_loudness_between_0_and_1(block: bytes, channels: int):
    assert 0 <= rms(Channel(channels, RATE).pick(block)) <= 1


def test_decibels_start_at_full_scale_and_have_a_floor():
    assert dbfs(1.0) == 0
    assert dbfs(0.1) == pytest.approx(-20)
    assert dbfs(0.0) == -120


def test_the_channel_with_the_voice_is_listened_to_and_kept():
    """Many microphones fill one side of a stereo stream only; equal sides must not be hopped between."""
    channel = Channel(2, RATE)

    def picked(left: int, right: int) -> int:
        return round(channel.pick(np.array([left, right] * 512, "<i2").tobytes())[0] * 32768)

    assert picked(3000, 0) == 3000
    assert {picked(3000, 3300) for _ in range(50)} == {3000}
    assert [picked(0, 9000) for _ in range(50)][-1] == 9000


def test_a_constant_part_is_no_loudness_and_takes_no_channel():
    """Some sound cards add one; left in, plain loudness would hear somebody talk for ever."""
    voice = 0.3 * voices.talk(6, 3)
    quiet, centred = np.full(len(voice), 0.3, np.float32), Centred()
    frames = [centred.feed(quiet[at : at + 512]) for at in range(0, len(quiet) - 512, 512)]
    assert dbfs(rms(frames[0])) > -11
    assert dbfs(rms(frames[-1])) < -30

    channel, both = Channel(2, RATE), np.stack([quiet, voice], axis=1)
    blocks = voices.blocks(both.ravel())
    picked = [channel.pick(blocks[at : at + 2048]) for at in range(0, len(blocks) - 2048, 2048)]
    assert np.ptp(picked[0]) == 0
    assert np.ptp(picked[-1]) > 0.05


@pytest.mark.parametrize(
    ("sound", "largest"), [([], 0), ([0], 0), ([100, -200], 200), ([300, -1], 300), ([-32768], 32768)]
)
def test_the_peak_is_the_largest_distance_from_zero(sound: list[int], largest: int):
    assert peak(samples(np.array(sound, "<i2").tobytes())) == largest / 32768


@pytest.mark.parametrize("size", [1, 100, 511, 512, 513, 2000])
def test_frames_are_even_and_lose_nothing_whatever_the_blocks(size: int):
    sound, frames = np.arange(5000, dtype=np.float32), Frames(512)
    found = [frame for at in range(0, 5000, size) for frame in frames.feed(sound[at : at + size])]
    assert {len(frame) for frame in found} == {512}
    assert np.array_equal(np.concatenate(found), sound[: 5000 // 512 * 512])


RATES = [8000, 11_025, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000, 44_099]


def tone(rate: int, height: float, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * height * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def resampled(sound: np.ndarray, rate: int, block: int) -> np.ndarray:
    resampler = Resampler(rate)
    return np.concatenate([resampler.feed(sound[at : at + block]) for at in range(0, len(sound), block)])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("height", [100, 1000, 3000])
def test_a_tone_is_the_same_tone_at_16_khz(rate: int, height: int):
    found = resampled(tone(rate, height), rate, 1000)
    assert abs(len(found) - RATE) <= 40
    wanted = tone(RATE, height)[: len(found)]
    assert np.abs(found - wanted)[100:-100].max() < 0.005


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000, 96_000])
def test_what_16_khz_cannot_hold_does_not_come_back_as_another_tone(rate: int):
    """A whistle at 13 kHz would otherwise be heard at 3."""
    assert rms(resampled(tone(rate, 13_000), rate, 1000)[100:-100]) < 0.5e-3


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000, 44_099])
def test_blocks_of_any_size_give_the_same_stream(rate: int):
    sound = np.random.default_rng(1).standard_normal(9000).astype(np.float32)
    whole = resampled(sound, rate, len(sound))
    for block in (1, 7, 480, 1536):
        assert np.allclose(resampled(sound, rate, block), whole, atol=1e-5)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_an_hour_does_not_drift(rate: int):
    """Time is counted in samples: a lost one each block would be minutes a day."""
    resampler, block = Resampler(rate), np.zeros(rate // 10, np.float32)
    found = sum(len(resampler.feed(block)) for _ in range(3000))
    assert found == pytest.approx(300 * RATE, abs=40)
    assert len(resampler._waiting) < 200
