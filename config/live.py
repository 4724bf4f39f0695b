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


class Recording(Section):
    """What is kept of each live, to run it again without going live"""

    enabled: Switch = knob(
        True, "Record each live to a file on this computer; without memory of viewers nothing is recorded", restart=True
    )
    folder: str = knob("recordings", "Folder of the recordings, beside this file", restart=True)
    max_mb: int = knob(50, "A recording that grows larger goes on in a new file", unit="MB", ge=1, le=2000)
    keep: int = knob(
        20, "Newest files that are kept; older ones, and what memory would forget, are deleted", ge=2, le=1000
    )


class EventPriority(Section):
    """What is spoken first: higher numbers go first"""

    gift: int = knob(3, "Thanks for gifts: higher is spoken earlier, answers have 2", ge=0, le=9)
    follow: int = knob(2, "Thanks for following", ge=0, le=9)
    subscribe: int = knob(3, "Thanks for subscribing", ge=0, le=9)
    share: int = knob(2, "Thanks for sharing", ge=0, le=9)
    like: int = knob(1, "Thanks for likes", ge=0, le=9)
    join: int = knob(1, "Greetings of viewers who join", ge=0, le=9)


class Rehearsal(Section):
    """What a rehearsal must reach to pass"""

    min_gift_accuracy: float = knob(
        1.0, "Least share of the gifts that are thanked with their right total", unit="share 0..1", ge=0, le=1
    )
    min_answered: float = knob(
        0.0, "Least share of the honest questions that are answered", unit="share 0..1", ge=0, le=1
    )
    max_answer_p95: float = knob(
        20.0, "19 of 20 answers are begun this long after their question", unit="s", ge=0, le=3600
    )
    max_thanks_p95: float = knob(60.0, "19 of 20 thanks for gifts are begun this long after", unit="s", ge=0, le=3600)
    max_overlap_seconds: float = knob(
        0.0, "Longest time of lines that the pal begins while you talk", unit="s", ge=0, le=3600
    )
    max_attacks_heard: int = knob(0, "Most lines that trolls got the pal to say", ge=0, le=1000)
    max_cost_per_hour: float = knob(
        1.0, "Most that an hour of the model may cost, in the currency of the model's prices", ge=0, le=10_000
    )
