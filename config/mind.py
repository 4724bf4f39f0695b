"""Knobs of the mind: model, style, which comments are answered, what is never said. Pure data, any thread."""

from typing import Annotated, Literal

from pydantic import Field

from config.defaults import GREETINGS, QUESTION_WORDS, THANKS
from config.section import Section, Switch, knob

Words = list[Annotated[str, Field(min_length=1)]]


class OpenAI(Section):
    """The model that thinks of answers"""

    api_key: str = knob("", "Key of OpenAI or of a compatible service", environment="OPENAI_API_KEY")
    base_url: str = knob("", "Address of an OpenAI-compatible server; empty: OpenAI")
    model: str = knob("gpt-4o-mini", "Model that answers")
    max_output_tokens: int = knob(
        300, "Longest answer, thinking of a reasoning model included", unit="tokens", ge=16, le=32_000
    )
    request_timeout: float = knob(
        10.0, "Longest wait for a whole answer, with all further models together", unit="s", ge=0.1, le=120
    )
    connect_timeout: float = knob(3.0, "Longest wait for a connection to the server", unit="s", ge=0.1, le=60)
    first_token_timeout: float = knob(6.0, "Longest wait for the first word of an answer", unit="s", ge=0.1, le=120)
    read_timeout: float = knob(4.0, "Longest pause in the middle of an answer", unit="s", ge=0.1, le=120)
    cache_size: int = knob(
        128,
        "How many answers are kept for equal questions; only those that hold nothing of a viewer; 0: none",
        ge=0,
        le=10_000,
    )
    cache_ttl: float = knob(600.0, "How long an answer is kept", unit="s", ge=0, le=86_400)
    price_input: float = knob(0.0, "What a million tokens of questions cost, in your currency", ge=0, le=10_000)
    price_output: float = knob(0.0, "What a million tokens of answers cost, in your currency", ge=0, le=10_000)
    max_cost_per_stream: float = knob(
        0.0,
        "Once a stream has cost this much, no model is asked any more; needs the prices; 0: no limit",
        ge=0,
        le=10_000,
    )
    max_tokens_per_stream: int = knob(
        0,
        "Once a stream has used this many, no model is asked any more; 0: no limit",
        unit="tokens",
        ge=0,
        le=1_000_000_000,
    )


class Fallback(Section):
    """A second model, asked when the first one fails"""

    enabled: Switch = knob(False, "Ask this model when the one before it fails")
    api_key: str = knob("", "Key of this service; empty: none is needed", environment="FALLBACK_API_KEY")
    base_url: str = knob("", "Address of this OpenAI-compatible server; empty: OpenAI")
    model: str = knob("gpt-4o-mini", "Model that answers")
    price_input: float = knob(0.0, "What a million tokens of questions cost, in your currency", ge=0, le=10_000)
    price_output: float = knob(0.0, "What a million tokens of answers cost, in your currency", ge=0, le=10_000)


class Fallback2(Fallback):
    """A third model, asked when both others fail"""

    api_key: str = knob("", "Key of this service; empty: none is needed", environment="FALLBACK2_API_KEY")


class Style(Section):
    """How the pal talks"""

    max_line_length: int = knob(140, "Longest single sentence that is spoken", unit="characters", ge=20, le=500)
    max_sentences: int = knob(3, "Most sentences of one answer; what the model writes beyond is cut off", ge=1, le=20)
    language: Literal["en", "de"] = knob("en", "Language of the pal's own lines: thanks, greetings")
    persona: str = knob("pal", "Who the pal is: a file in the folder personas, without its .yaml")
    reply_language: Literal["viewer", "stream"] = knob(
        "viewer", "viewer: each viewer is answered in their own language; stream: all in the stream's"
    )
    room_context: Switch = knob(
        True, "Tell the model how busy the chat is and what the pal said to this viewer before in this stream"
    )
    emotions: Switch = knob(True, "Let the model show emotions on the avatar (their tags: section animaze)")


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
    repeat_seconds: float = knob(
        60.0, "A question that was just answered is not answered again for this long; 0: it is", unit="s", ge=0, le=3600
    )
    addressed_bonus: float = knob(
        0.3, "How much more a comment is worth that speaks to the pal (a question to you: half of it)", ge=0, le=1
    )
    relation_bonus: float = knob(
        0.2,
        "How much more a comment of a gifter is worth (of other supporters and new viewers: a part of it)",
        ge=0,
        le=1,
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


class Now(Section):
    """What the pal should know about this stream"""

    streamer: str = knob("", "What the pal calls you; empty: your TikTok name")
    game: str = knob("", "The game or what else you do")
    title: str = knob("", "What this stream is about")
    goal: str = knob("", "What you want to reach in this stream")


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
