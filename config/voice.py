"""Knobs of hearing and speaking: avatar, microphone, timing, what waits. Pure data, any thread."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, create_model

from config.defaults import EMOTIONS
from config.section import EchoSwitch, Section, Switch, knob


class Animaze(Section):
    """The avatar that speaks"""

    host: str = knob("localhost", "Computer that runs Animaze", restart=True)
    port: int = knob(9000, "Port of the Animaze API (Animaze > Settings > Animaze API)", ge=1, le=65535, restart=True)
    echo: EchoSwitch = knob(True, "Speak our text word for word; off: Animaze's own chat model answers it")
    emotions: list[Annotated[str, Field(min_length=1)]] = knob(
        EMOTIONS, "Emotions: what the model may write = the tag of it in your Animaze; others are left out"
    )


class Microphone(Section):
    """How the pal notices that you speak"""

    enabled: Switch = knob(True, "Be silent while you speak", restart=True)
    mode: Literal["listen", "push_to_talk", "off"] = knob(
        "listen",
        'listen: your voice or the switch "I\'m talking"; push_to_talk: only the switch; off: only the switch, and the '
        "microphone stays closed",
        restart=True,
    )
    device: str = knob("", "Name of the microphone; empty: the system's default", restart=True)
    engine: Literal["auto", "silero", "pysilero", "webrtc", "adaptive", "rms"] = knob(
        "auto", "What tells your voice from noise; auto: the best that works here; rms: plain loudness", restart=True
    )
    silence_threshold: float = knob(
        0.02,
        "With the engine rms: loudness from which you count as speaking",
        unit="RMS 0..1",
        gt=0,
        le=1,
        restart=True,
    )
    on_threshold: float = knob(0.5, "How sure the engine must be that it hears a voice", gt=0, le=1)
    off_threshold: float = knob(0.25, "Below this it hears none; not above the one to begin with", gt=0, le=1)
    attack_ms: int = knob(64, "You count as speaking after this long without a break", unit="ms", ge=0, le=5000)
    release_ms: int = knob(1200, "You count as silent after this long a pause", unit="ms", ge=0, le=10_000)
    level_margin_db: float = knob(
        15.0, "Voices this much quieter than yours do not count, once yours is measured", unit="dB", ge=3, le=60
    )
    voice_level_dbfs: float = knob(0.0, "How loud you arrive, as measured; 0: not measured", unit="dBFS", ge=-120, le=0)
    noise_floor_dbfs: float = knob(
        0.0, "How loud your quiet room is, as measured; 0: not measured", unit="dBFS", ge=-120, le=0
    )
    pal_level_dbfs: float = knob(
        0.0, "How loud the pal's voice arrives, as measured; 0: not measured", unit="dBFS", ge=-120, le=0
    )


Yield = Literal["sentence", "utterance", "never"]
"""How much the pal still says when the streamer begins to talk: see the help of `speech.yield`."""


class Speech(Section):
    """Timing of spoken sentences"""

    wait_start_timeout_ms: int = knob(1200, "How long Animaze may take to begin to speak", unit="ms", ge=0, le=30_000)
    max_speech_ms: int = knob(15_000, "Longest time one sentence may take", unit="ms", ge=500, le=120_000)
    post_gap_ms: int = knob(250, "Pause after each sentence", unit="ms", ge=0, le=10_000)
    resume_gap_ms: int = knob(
        300,
        "Pause between your last word and the pal's next one, after the microphone's own",
        unit="ms",
        ge=0,
        le=10_000,
    )
    cough_ms: int = knob(
        300, "What is shorter is a cough: it costs the pal no word of its answer", unit="ms", ge=0, le=5000
    )
    shorten_after_seconds: float = knob(
        3.0,
        "If you talk for longer, only the next sentence of an interrupted answer is still said",
        unit="s",
        ge=0,
        le=600,
    )
    drop_after_seconds: float = knob(
        8.0, "If you talk for longer, the rest of an interrupted answer is dropped", unit="s", ge=0, le=600
    )
    seconds_per_character: float = knob(
        0.0,
        "How long the avatar's voice takes for one letter; 0: learned from Animaze, else usual for the language",
        unit="s",
        ge=0,
        le=0.5,
    )


if not TYPE_CHECKING:  # `yield` is a word of Python's, so no class body can hold a knob of that name
    _help = "When you begin to talk: sentence ends the sentence, utterance the whole answer begun, never goes on"
    Speech = create_model(
        "Speech",
        __base__=Speech,
        __doc__=Speech.__doc__,
        __module__=__name__,
        **{"yield": (Yield, knob("sentence", _help))},
    )


class Outbox(Section):
    """How waiting lines are merged into one"""

    gift_ttl_seconds: float = knob(600.0, "Thanks for a gift may wait this long", unit="s", ge=1, le=86_400)
    thanks_ttl_seconds: float = knob(
        90.0, "Thanks for a follow, share, subscription or likes may wait this long", unit="s", ge=1, le=86_400
    )
    greeting_ttl_seconds: float = knob(60.0, "A greeting may wait this long", unit="s", ge=1, le=86_400)
    window_seconds: float = knob(
        8.0, "While other lines wait, thanks and greetings collect this long to be merged", unit="s", ge=0, le=120
    )
    max_items: int = knob(8, "Most names in one merged line", ge=1, le=50)
    max_chars: int = knob(320, "Longest merged line", unit="characters", ge=20, le=2000)
    separator: Annotated[str, StringConstraints(strip_whitespace=False)] = knob(
        ", ", "What stands between the names of a merged line"
    )
