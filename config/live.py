"""Knobs of the live: where TikTok is, whom to greet, what goes first. Pure data, any thread."""

from pydantic import field_validator

from config import typed
from config.section import Section, Switch, knob


class TikTok(Section):
    """The live stream that is followed"""

    unique_id: str = knob("", restart=True, tiktok_name=True)
    session_id: str = knob("", environment="TIKTOK_SESSION_ID", restart=True, advanced=True)
    app_url: str = knob("", restart=True, advanced=True)
    webcast_url: str = knob("", restart=True, advanced=True)
    sign_url: str = knob("", restart=True, advanced=True)
    sign_api_key: str = knob("", environment="SIGN_API_KEY", restart=True, advanced=True)

    @field_validator("unique_id")
    @classmethod
    def _bare(cls, text: str) -> str:
        """People paste the address of their profile; what no name can be found in stays, to be told of."""
        name = typed.tiktok_name(text)
        return name if typed.TIKTOK_NAME.fullmatch(name) else text


class Thanks(Section):
    """Thanks for gifts, follows, shares and subscriptions"""

    small_below: int = knob(100, unit="diamonds", ge=0, le=1_000_000)
    big_from: int = knob(1000, unit="diamonds", ge=1, le=1_000_000)
    max_names: int = knob(2, ge=1, le=20, advanced=True)
    again_after_seconds: float = knob(3600.0, unit="s", ge=0, le=86_400, advanced=True)


class Likes(Section):
    """Thanks for the likes of the whole live"""

    first_milestone: int = knob(1000, ge=0, le=1_000_000_000)
    milestone_every: int = knob(5000, ge=0, le=1_000_000_000)


class JoinRules(Section):
    """Greeting viewers who join"""

    enabled: Switch = knob(True)
    greet_after_seconds: float = knob(30.0, unit="s", ge=0, le=3600)
    active_ttl_seconds: float = knob(45.0, unit="s", ge=1, le=86_400, advanced=True)
    min_idle_since_last_output_sec: float = knob(25.0, unit="s", ge=0, le=3600, advanced=True)
    greet_global_cooldown_sec: float = knob(180.0, unit="s", ge=0, le=86_400)
    back_after_seconds: float = knob(1800.0, unit="s", ge=1, le=31_536_000, advanced=True)
    missed_after_days: float = knob(14.0, unit="days", ge=0, le=3650, advanced=True)


class Recording(Section):
    """What is kept of each live, to run it again without going live"""

    enabled: Switch = knob(True, restart=True)
    folder: str = knob("recordings", restart=True, advanced=True)
    max_mb: int = knob(50, unit="MB", ge=1, le=2000, advanced=True)
    keep: int = knob(20, ge=2, le=1000, advanced=True)


class EventPriority(Section):
    """What is spoken first: higher numbers go first"""

    gift: int = knob(3, ge=0, le=9, advanced=True)
    follow: int = knob(2, ge=0, le=9, advanced=True)
    subscribe: int = knob(3, ge=0, le=9, advanced=True)
    share: int = knob(2, ge=0, le=9, advanced=True)
    like: int = knob(1, ge=0, le=9, advanced=True)
    join: int = knob(1, ge=0, le=9, advanced=True)


class Rehearsal(Section):
    """What a rehearsal must reach to pass"""

    min_gift_accuracy: float = knob(1.0, unit="share 0..1", ge=0, le=1, advanced=True)
    min_answered: float = knob(0.0, unit="share 0..1", ge=0, le=1, advanced=True)
    max_answer_p95: float = knob(20.0, unit="s", ge=0, le=3600, advanced=True)
    max_thanks_p95: float = knob(60.0, unit="s", ge=0, le=3600, advanced=True)
    max_overlap_seconds: float = knob(0.0, unit="s", ge=0, le=3600, advanced=True)
    max_attacks_heard: int = knob(0, ge=0, le=1000, advanced=True)
    max_cost_per_hour: float = knob(1.0, ge=0, le=10_000, advanced=True)
