"""Knobs of hearing and speaking: avatar, microphone, timing, what waits. Pure data, any thread."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, create_model

from config.defaults import EMOTIONS
from config.section import EchoSwitch, Section, Switch, knob


class Animaze(Section):
    """The avatar that speaks"""

    host: str = knob("localhost", restart=True, advanced=True)
    port: int = knob(9000, ge=1, le=65535, restart=True)
    echo: EchoSwitch = knob(True)
    emotions: list[Annotated[str, Field(min_length=1)]] = knob(EMOTIONS, advanced=True)


class Microphone(Section):
    """How the pal notices that you speak"""

    enabled: Switch = knob(True, restart=True)
    mode: Literal["listen", "push_to_talk", "off"] = knob("listen", restart=True)
    device: str = knob("", restart=True)
    engine: Literal["auto", "silero", "pysilero", "webrtc", "adaptive", "rms"] = knob(
        "auto", restart=True, advanced=True
    )
    silence_threshold: float = knob(0.02, unit="RMS 0..1", gt=0, le=1, restart=True, advanced=True)
    on_threshold: float = knob(0.5, gt=0, le=1, advanced=True)
    off_threshold: float = knob(0.25, gt=0, le=1, advanced=True)
    attack_ms: int = knob(64, unit="ms", ge=0, le=5000, advanced=True)
    release_ms: int = knob(1200, unit="ms", ge=0, le=10_000, advanced=True)
    level_margin_db: float = knob(15.0, unit="dB", ge=3, le=60, advanced=True)
    voice_level_dbfs: float = knob(0.0, unit="dBFS", ge=-120, le=0, advanced=True)
    noise_floor_dbfs: float = knob(0.0, unit="dBFS", ge=-120, le=0, advanced=True)
    pal_level_dbfs: float = knob(0.0, unit="dBFS", ge=-120, le=0, advanced=True)


Yield = Literal["sentence", "utterance", "never"]
"""How much the pal still says when the streamer begins to talk: see the help of `speech.yield`."""


class Speech(Section):
    """Timing of spoken sentences"""

    wait_start_timeout_ms: int = knob(1200, unit="ms", ge=0, le=30_000, advanced=True)
    max_speech_ms: int = knob(15_000, unit="ms", ge=500, le=120_000, advanced=True)
    post_gap_ms: int = knob(250, unit="ms", ge=0, le=10_000, advanced=True)
    resume_gap_ms: int = knob(300, unit="ms", ge=0, le=10_000, advanced=True)
    cough_ms: int = knob(300, unit="ms", ge=0, le=5000, advanced=True)
    shorten_after_seconds: float = knob(3.0, unit="s", ge=0, le=600, advanced=True)
    drop_after_seconds: float = knob(8.0, unit="s", ge=0, le=600, advanced=True)
    seconds_per_character: float = knob(0.0, unit="s", ge=0, le=0.5, advanced=True)


if not TYPE_CHECKING:  # `yield` is a word of Python's, so no class body can hold a knob of that name
    Speech = create_model(
        "Speech",
        __base__=Speech,
        __doc__=Speech.__doc__,
        __module__=__name__,
        **{"yield": (Yield, knob("sentence"))},
    )


class Outbox(Section):
    """How waiting lines are merged into one"""

    gift_ttl_seconds: float = knob(600.0, unit="s", ge=1, le=86_400, advanced=True)
    thanks_ttl_seconds: float = knob(90.0, unit="s", ge=1, le=86_400, advanced=True)
    greeting_ttl_seconds: float = knob(60.0, unit="s", ge=1, le=86_400, advanced=True)
    window_seconds: float = knob(8.0, unit="s", ge=0, le=120, advanced=True)
    max_items: int = knob(8, ge=1, le=50, advanced=True)
    max_chars: int = knob(320, unit="characters", ge=20, le=2000, advanced=True)
    separator: Annotated[str, StringConstraints(strip_whitespace=False)] = knob(", ", advanced=True)
