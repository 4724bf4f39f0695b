"""Knobs of hearing and speaking: avatar, microphone, timing, what waits. Pure data, any thread."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from config.section import EchoSwitch, Section, Switch, knob


class Animaze(Section):
    """The avatar that speaks"""

    host: str = knob("localhost", "Computer that runs Animaze", restart=True)
    port: int = knob(9000, "Port of the Animaze API (Animaze > Settings > Animaze API)", ge=1, le=65535, restart=True)
    echo: EchoSwitch = knob(True, "Speak our text word for word; off: Animaze's own chat model answers it")


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


class Speech(Section):
    """Timing of spoken sentences"""

    wait_start_timeout_ms: int = knob(1200, "How long Animaze may take to begin to speak", unit="ms", ge=0, le=30_000)
    max_speech_ms: int = knob(15_000, "Longest time one sentence may take", unit="ms", ge=500, le=120_000)
    post_gap_ms: int = knob(250, "Pause after each sentence", unit="ms", ge=0, le=10_000)


class Outbox(Section):
    """How waiting lines are merged into one"""

    window_seconds: float = knob(
        8.0, "While other lines wait, thanks and greetings collect this long to be merged", unit="s", ge=0, le=120
    )
    max_items: int = knob(8, "Most names in one merged line", ge=1, le=50)
    max_chars: int = knob(320, "Longest merged line", unit="characters", ge=20, le=2000)
    separator: Annotated[str, StringConstraints(strip_whitespace=False)] = knob(
        ", ", "What stands between the names of a merged line"
    )
