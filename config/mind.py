"""Knobs of the mind: model, style, which comments are answered, what is never said. Pure data, any thread."""

from typing import Annotated, Literal

from pydantic import Field

from config.defaults import GREETINGS, QUESTION_WORDS, THANKS
from config.section import Section, Switch, knob

Words = list[Annotated[str, Field(min_length=1)]]


class OpenAI(Section):
    """The model that thinks of answers"""

    api_key: str = knob("", "Key of OpenAI or of a compatible service", environment="OPENAI_API_KEY", restart=True)
    base_url: str = knob("", "Address of an OpenAI-compatible server; empty: OpenAI", restart=True)
    model: str = knob("gpt-4o-mini", "Model that answers")
    cache_size: int = knob(128, "How many answers are kept for equal questions; 0: none", ge=0, le=10_000)
    request_timeout: float = knob(10.0, "Longest wait for a model's answer", unit="s", ge=0.1, le=120)


class Style(Section):
    """How the pal talks"""

    max_line_length: int = knob(140, "Longest single sentence that is spoken", unit="characters", ge=20, le=500)
    language: Literal["en", "de"] = knob("en", "Language of the pal's own lines: thanks, greetings")


class Comment(Section):
    """Which comments are answered"""

    enabled: Switch = knob(True, "Answer comments")
    global_cooldown: float = knob(
        0.0, "Pause after an answer before the next comment is answered", unit="s", ge=0, le=600
    )
    per_user_cooldown: float = knob(5.0, "Pause before the same viewer is answered again", unit="s", ge=0, le=3600)
    min_length: int = knob(
        3, "Shorter comments are not answered (greetings and thanks are)", unit="characters", ge=0, le=100
    )
    max_replies_per_min: int = knob(20, "Most answers in a minute", ge=0, le=120)
    reply_threshold: float = knob(
        0.6, "How relevant a comment must be to be answered (0 everything ... 1 hardly any)", ge=0, le=1
    )
    max_age_seconds: float = knob(20.0, "An answer to a comment older than this is not given", unit="s", ge=1, le=300)
    respond_to_greetings: Switch = knob(True, "Answer greetings")
    greeting_cooldown: float = knob(360.0, "Pause before the same viewer is greeted again", unit="s", ge=0, le=86_400)
    respond_to_thanks: Switch = knob(True, "Answer thanks")
    ignore_if_startswith: Words = knob(["!", "/"], "Comments that begin with one of these are ignored")
    ignore_contains: Words = knob(
        ["http://", "https://", "discord.gg"], "Comments that contain one of these are ignored"
    )
    keywords_bonus: Words = knob(QUESTION_WORDS, "Words that make a comment a question")
    greetings: Words = knob(GREETINGS, "Words that make a comment a greeting")
    thanks: Words = knob(THANKS, "Words that make a comment a thank-you")


class Safety(Section):
    """What the pal never says"""

    mode: Literal["normal", "family", "captions"] = knob(
        "normal", "family: no mild swearing either; captions: only shown, not voiced (for Shop lives)", restart=True
    )
    allow: Words = knob([], "Words the pal may say although its lists forbid them")
    block: Words = knob([], "Words the pal must not say in addition; a * at an end stands for any letters")
    check_names: Switch = knob(True, "Call viewers with bad or unspeakable names my friend, and drop digits from names")
    rewrite_begging: Switch = knob(True, "Take asking for gifts, follows, likes and shares out: TikTok punishes it")
    red_flag_speak: Switch = knob(False, "Say a calm line at hints of self-harm, violence or a minor in danger")
    red_flag_line: str = knob("", "That line; empty: the pal's own")
    moderation: Switch = knob(False, "Ask OpenAI's moderation about each answer; without its word nothing is said")
    moderation_timeout: float = knob(2.0, "Longest wait for that word", unit="s", ge=0.1, le=30)
