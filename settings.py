"""Every knob, once: type, default, unit, range and help; and the file it lives in.

Bottom of the house: imports nothing of ours. Any thread. Sections behave like dicts (`settings["openai"]["model"]`,
`in`, assignment is validated), so the interface of the design and typed access (`settings.openai.model`) are one thing.
"""

from collections.abc import Iterator, KeysView, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

QUESTION_WORDS = [
    *("why", "how", "when", "where", "who", "what", "which", "how much", "how many", "whose"),
    *("warum", "wieso", "weshalb", "wie", "wann", "wo", "woher", "wohin", "wer", "wen", "wem", "was"),
    *("welche", "welcher", "welches", "wieviel"),
]
GREETINGS = [
    *("hello", "hi", "hey", "hiya", "howdy", "good morning", "good evening"),
    *("hallo", "huhu", "servus", "moin", "gruß", "grüß", "guten morgen", "guten abend", "guten tag"),
]
THANKS = ["thanks", "thank you", "thx", "ty", "danke", "dankeschön", "merci"]
SYSTEM_PROMPT = (
    "You are PalFriend, a cheerful companion in a TikTok live stream. Answer the viewer in at most 25 words, "
    "in the language of their message. Never ask for gifts, follows or likes."
)


def knob(
    default: Any,
    help: str,  # noqa: A002 - the word of the trade
    *,
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    secret: bool = False,
    restart: bool = False,
) -> Any:
    """A field that YAML comments, dashboard, window and docs are made from. `restart`: takes effect at the next Start."""
    factory: dict[str, Any] = (
        {"default_factory": lambda: list(default)} if isinstance(default, list) else {"default": default}
    )
    ui = {"unit": unit, "secret": secret, "restart": restart}
    return Field(description=help, ge=ge, gt=gt, le=le, json_schema_extra={"x-ui": ui}, **factory)


class Section(BaseModel):
    """A part of the settings with dict access. Unknown keys are kept; a wrong value raises pydantic.ValidationError."""

    model_config = ConfigDict(
        extra="allow", validate_assignment=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    def __getitem__(self, name: str) -> Any:
        if name in self:
            return getattr(self, name)
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __contains__(self, name: object) -> bool:
        return name in type(self).model_fields or name in (self.model_extra or {})

    def __iter__(self) -> Iterator[str]:  # type: ignore[override] - a mapping iterates over its keys
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def keys(self) -> KeysView[str]:
        return {**dict.fromkeys(type(self).model_fields), **(self.model_extra or {})}.keys()

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - this is get


def _as_switch(value: object) -> object:
    return bool(value) if value in (0, 1) else value


Switch = Annotated[bool, BeforeValidator(_as_switch)]
"""true/false, also written 1/0, on/off, yes/no as older files have it."""

Words = list[Annotated[str, Field(min_length=1)]]


class TikTok(Section):
    unique_id: str = knob("", "Your TikTok name, with or without @", restart=True)
    session_id: str = knob(
        "", "TikTok session id, only for age-restricted lives; it goes to the sign server", secret=True, restart=True
    )
    app_url: str = knob("", "Address of the TikTok pages; empty: the library's own", restart=True)
    webcast_url: str = knob("", "Address of the TikTok webcast service; empty: the library's own", restart=True)
    sign_url: str = knob("", "Address of the sign server; empty: the library's own", restart=True)
    sign_api_key: str = knob("", "Key for the sign server, if you have one", secret=True, restart=True)


class Animaze(Section):
    host: str = knob("localhost", "Computer that runs Animaze", restart=True)
    port: int = knob(9000, "Port of the Animaze API (Animaze > Settings > Animaze API)", ge=1, le=65535, restart=True)
    echo: Switch = knob(True, "Speak our text word for word; off: Animaze's own chat model answers it")


class OpenAI(Section):
    api_key: str = knob("", "Key of OpenAI or of a compatible service", secret=True, restart=True)
    base_url: str = knob("", "Address of an OpenAI-compatible server; empty: OpenAI", restart=True)
    model: str = knob("gpt-4o-mini", "Model that answers")
    cache_size: int = knob(128, "How many answers are kept for equal questions; 0: none", ge=0, le=10_000)
    request_timeout: float = knob(10.0, "Longest wait for a model's answer", unit="s", ge=0.1, le=120)


class Style(Section):
    max_line_length: int = knob(140, "Longest single sentence that is spoken", unit="characters", ge=20, le=500)
    language: Literal["en", "de"] = knob("en", "Language of the pal's own lines: thanks, greetings")


class Comment(Section):
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


class Microphone(Section):
    enabled: Switch = knob(True, "Be silent while you speak", restart=True)
    device: str = knob("", "Name of the microphone; empty: the system's default", restart=True)
    silence_threshold: float = knob(
        0.02, "Loudness from which you count as speaking", unit="RMS 0..1", gt=0, le=1, restart=True
    )
    attack_ms: int = knob(
        120, "You count as speaking after this long without a break", unit="ms", ge=0, le=5000, restart=True
    )
    release_ms: int = knob(
        1200, "You count as silent after this long a pause", unit="ms", ge=0, le=10_000, restart=True
    )


class Memory(Section):
    enabled: Switch = knob(True, "Remember viewers", restart=True)
    file: str = knob("memory.db", "Where viewers are remembered: .db (SQLite) or .json, beside this file", restart=True)
    per_user_history: int = knob(100, "Comments kept for each viewer", ge=0, le=10_000, restart=True)
    decay_days: float = knob(
        90.0, "A viewer not seen for this long is forgotten; 0: never", unit="days", ge=0, le=3650, restart=True
    )


class JoinRules(Section):
    enabled: Switch = knob(True, "Greet viewers who join")
    greet_after_seconds: float = knob(
        30.0, "A viewer is greeted after having been here this long", unit="s", ge=0, le=3600
    )
    active_ttl_seconds: float = knob(45.0, "A viewer not seen for this long counts as gone", unit="s", ge=1, le=86_400)
    min_idle_since_last_output_sec: float = knob(
        25.0, "Greet only after this long a silence of the pal", unit="s", ge=0, le=3600
    )
    greet_global_cooldown_sec: float = knob(180.0, "Pause between two greetings", unit="s", ge=0, le=86_400)


class Outbox(Section):
    window_seconds: float = knob(
        8.0, "While other lines wait, thanks and greetings collect this long to be merged", unit="s", ge=0, le=120
    )
    max_items: int = knob(8, "Most names in one merged line", ge=1, le=50)
    max_chars: int = knob(320, "Longest merged line", unit="characters", ge=20, le=2000)
    separator: str = knob(", ", "What stands between the names of a merged line")


class Speech(Section):
    wait_start_timeout_ms: int = knob(1200, "How long Animaze may take to begin to speak", unit="ms", ge=0, le=30_000)
    max_speech_ms: int = knob(15_000, "Longest time one sentence may take", unit="ms", ge=500, le=120_000)
    post_gap_ms: int = knob(250, "Pause after each sentence", unit="ms", ge=0, le=10_000)


class EventPriority(Section):
    gift: int = knob(3, "Thanks for gifts: higher is spoken earlier, answers have 2", ge=0, le=9)
    follow: int = knob(2, "Thanks for following", ge=0, le=9)
    subscribe: int = knob(3, "Thanks for subscribing", ge=0, le=9)
    share: int = knob(2, "Thanks for sharing", ge=0, le=9)
    like: int = knob(1, "Thanks for likes", ge=0, le=9)
    join: int = knob(1, "Greetings of viewers who join", ge=0, le=9)


class Settings(Section):
    """All of them. `Settings.of(mapping)` fills what is missing with defaults."""

    tiktok: TikTok = Field(default_factory=TikTok)
    animaze: Animaze = Field(default_factory=Animaze)
    openai: OpenAI = Field(default_factory=OpenAI)
    style: Style = Field(default_factory=Style)
    comment: Comment = Field(default_factory=Comment)
    microphone: Microphone = Field(default_factory=Microphone)
    memory: Memory = Field(default_factory=Memory)
    join_rules: JoinRules = Field(default_factory=JoinRules)
    outbox: Outbox = Field(default_factory=Outbox)
    speech: Speech = Field(default_factory=Speech)
    event_priority: EventPriority = Field(default_factory=EventPriority)
    batch_window: float = knob(25.0, "Likes are thanked at most once in this time", unit="s", ge=0, le=3600)
    like_threshold: int = knob(20, "Likes of one viewer that are worth a thank-you; 0: never", ge=0, le=1_000_000)
    dedupe_ttl: float = knob(600.0, "How long a repeated event is recognised", unit="s", ge=1, le=86_400)
    system_prompt: str = knob(SYSTEM_PROMPT, "Who the pal is and how it talks")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Settings":
        """These values over the defaults. Raises pydantic.ValidationError."""
        return values if isinstance(values, Settings) else cls.model_validate(dict(values))
