"""Knobs of the live: where TikTok is, whom to greet, what goes first. Pure data, any thread."""

from config.section import Section, Switch, knob


class TikTok(Section):
    """The live stream that is followed"""

    unique_id: str = knob("", "Your TikTok name, with or without @", restart=True)
    session_id: str = knob(
        "",
        "TikTok session id, only for age-restricted lives; it goes to the sign server",
        environment="TIKTOK_SESSION_ID",
        restart=True,
    )
    app_url: str = knob("", "Address of the TikTok pages; empty: the library's own", restart=True)
    webcast_url: str = knob("", "Address of the TikTok webcast service; empty: the library's own", restart=True)
    sign_url: str = knob("", "Address of the sign server; empty: the library's own", restart=True)
    sign_api_key: str = knob("", "Key for the sign server, if you have one", environment="SIGN_API_KEY", restart=True)


class Thanks(Section):
    """Thanks for gifts, follows, shares and subscriptions"""

    small_below: int = knob(100, "Thanks for gifts worth less are merged; 0: none", unit="diamonds", ge=0, le=1_000_000)
    big_from: int = knob(
        1000, "Gifts worth this much are thanked before anything else", unit="diamonds", ge=1, le=1_000_000
    )
    max_names: int = knob(2, "Viewers named in merged thanks for gifts; the others are counted", ge=1, le=20)
    max_age_seconds: float = knob(600.0, "Thanks for a gift older than this are not said", unit="s", ge=10, le=7200)
    again_after_seconds: float = knob(
        3600.0,
        "Pause before the same viewer is thanked again for following, sharing, subscribing",
        unit="s",
        ge=0,
        le=86_400,
    )


class Likes(Section):
    """Thanks for the likes of the whole live"""

    first_milestone: int = knob(1000, "Number of likes that is celebrated first; 0: see below", ge=0, le=1_000_000_000)
    milestone_every: int = knob(5000, "After that each multiple of this is; 0: none", ge=0, le=1_000_000_000)


class JoinRules(Section):
    """Greeting viewers who join"""

    enabled: Switch = knob(True, "Greet viewers who join")
    greet_after_seconds: float = knob(
        30.0, "A viewer is greeted after having been here this long", unit="s", ge=0, le=3600
    )
    active_ttl_seconds: float = knob(45.0, "A viewer not seen for this long counts as gone", unit="s", ge=1, le=86_400)
    min_idle_since_last_output_sec: float = knob(
        25.0, "Greet only after this long a silence of the pal", unit="s", ge=0, le=3600
    )
    greet_global_cooldown_sec: float = knob(180.0, "Pause between two greetings", unit="s", ge=0, le=86_400)
    back_after_seconds: float = knob(
        1800.0, "A viewer who was away for this long is welcomed back", unit="s", ge=1, le=31_536_000
    )
    missed_after_days: float = knob(
        14.0, "A viewer who was away for this long is told for how long; 0: never", unit="days", ge=0, le=3650
    )


class EventPriority(Section):
    """What is spoken first: higher numbers go first"""

    gift: int = knob(3, "Thanks for gifts: higher is spoken earlier, answers have 2", ge=0, le=9)
    follow: int = knob(2, "Thanks for following", ge=0, le=9)
    subscribe: int = knob(3, "Thanks for subscribing", ge=0, le=9)
    share: int = knob(2, "Thanks for sharing", ge=0, le=9)
    like: int = knob(1, "Thanks for likes", ge=0, le=9)
    join: int = knob(1, "Greetings of viewers who join", ge=0, le=9)
