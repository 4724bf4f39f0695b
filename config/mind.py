"""Knobs of the mind: model, style, which comments are answered, what is never said. Pure data, any thread."""

from typing import Annotated, Literal

from pydantic import Field

from config.defaults import GREETINGS, QUESTION_WORDS, THANKS
from config.section import Section, Switch, knob

Words = list[Annotated[str, Field(min_length=1)]]


class OpenAI(Section):
    """The model that thinks of answers"""

    api_key: str = knob("", environment="OPENAI_API_KEY")
    base_url: str = knob("")
    model: str = knob("gpt-4o-mini")
    max_output_tokens: int = knob(300, unit="tokens", ge=16, le=32_000, advanced=True)
    request_timeout: float = knob(10.0, unit="s", ge=0.1, le=120, advanced=True)
    connect_timeout: float = knob(3.0, unit="s", ge=0.1, le=60, advanced=True)
    first_token_timeout: float = knob(6.0, unit="s", ge=0.1, le=120, advanced=True)
    read_timeout: float = knob(4.0, unit="s", ge=0.1, le=120, advanced=True)
    cache_size: int = knob(128, ge=0, le=10_000, advanced=True)
    cache_ttl: float = knob(600.0, unit="s", ge=0, le=86_400, advanced=True)
    price_input: float = knob(0.0, ge=0, le=10_000)
    price_output: float = knob(0.0, ge=0, le=10_000)
    max_cost_per_stream: float = knob(0.0, ge=0, le=10_000)
    max_tokens_per_stream: int = knob(0, unit="tokens", ge=0, le=1_000_000_000)


class Fallback(Section):
    """A second model, asked when the first one fails"""

    enabled: Switch = knob(False)
    api_key: str = knob("", environment="FALLBACK_API_KEY")
    base_url: str = knob("")
    model: str = knob("gpt-4o-mini")
    price_input: float = knob(0.0, ge=0, le=10_000, advanced=True)
    price_output: float = knob(0.0, ge=0, le=10_000, advanced=True)


class Fallback2(Fallback):
    """A third model, asked when both others fail"""

    api_key: str = knob("", environment="FALLBACK2_API_KEY")


class Style(Section):
    """How the pal talks"""

    max_line_length: int = knob(140, unit="characters", ge=20, le=500, advanced=True)
    max_sentences: int = knob(3, ge=1, le=20, advanced=True)
    language: Literal["en", "de"] = knob("en")
    persona: str = knob("pal")
    reply_language: Literal["viewer", "stream"] = knob("viewer")
    room_context: Switch = knob(True, advanced=True)
    emotions: Switch = knob(True)


class Comment(Section):
    """Which comments are answered"""

    enabled: Switch = knob(True)
    global_cooldown: float = knob(0.0, unit="s", ge=0, le=600, advanced=True)
    per_user_cooldown: float = knob(5.0, unit="s", ge=0, le=3600)
    min_length: int = knob(3, unit="characters", ge=0, le=100, advanced=True)
    max_replies_per_min: int = knob(20, ge=0, le=120)
    reply_threshold: float = knob(0.6, ge=0, le=1)
    repeat_seconds: float = knob(60.0, unit="s", ge=0, le=3600, advanced=True)
    addressed_bonus: float = knob(0.3, ge=0, le=1, advanced=True)
    relation_bonus: float = knob(0.2, ge=0, le=1, advanced=True)
    max_age_seconds: float = knob(20.0, unit="s", ge=1, le=300, advanced=True)
    respond_to_greetings: Switch = knob(True)
    greeting_cooldown: float = knob(360.0, unit="s", ge=0, le=86_400, advanced=True)
    respond_to_thanks: Switch = knob(True)
    ignore_if_startswith: Words = knob(["!", "/"], advanced=True)
    ignore_contains: Words = knob(["http://", "https://", "discord.gg"], advanced=True)
    keywords_bonus: Words = knob(QUESTION_WORDS, advanced=True)
    greetings: Words = knob(GREETINGS, advanced=True)
    thanks: Words = knob(THANKS, advanced=True)


class Now(Section):
    """What the pal should know about this stream"""

    streamer: str = knob("")
    game: str = knob("")
    title: str = knob("")
    goal: str = knob("")


class Safety(Section):
    """What the pal never says"""

    mode: Literal["normal", "family", "captions"] = knob("normal", restart=True)
    allow: Words = knob([])
    block: Words = knob([])
    check_names: Switch = knob(True, advanced=True)
    rewrite_begging: Switch = knob(True, advanced=True)
    red_flag_speak: Switch = knob(False)
    red_flag_line: str = knob("", advanced=True, multiline=True)
    moderation: Switch = knob(False)
    moderation_timeout: float = knob(2.0, unit="s", ge=0.1, le=30, advanced=True)
