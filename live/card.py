"""The card at a rehearsal's end: what was measured, and which limits of the settings were missed. Pure.

Costs are estimates. Where the settings name no price of the model, those of gpt-4o-mini count.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mind.spending import MILLION, Usage
from settings import OpenAI, Rehearsal

USUAL_PRICES = 0.15, 0.60
"""What a million tokens read and written cost with gpt-4o-mini, in US dollars."""

SHOWN = 8
"""Most reasons, and most lines that trolls got said, that people are shown; the JSON has all of them."""

Say = Callable[..., str]
"""`web.words.say` with a language: key and parameters to a sentence."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds from what happened to the first word about it; None when nothing was said."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Gifts:
    """`right` are the streaks that were booked and thanked with exactly their pieces."""

    streaks: int
    right: int
    diamonds: int
    diamonds_booked: int

    @property
    def accuracy(self) -> float:
        return self.right / self.streaks if self.streaks else 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate of tokens and money; prices are for a million tokens."""

    requests: int
    tokens_in: int
    tokens_out: int
    price_input: float
    price_output: float
    assumed: bool
    """The settings name no price, so these are the usual ones, in US dollars."""

    total: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Seconds of lines begun while the streamer was heard, and of lines under way when the streamer began."""

    begun: float
    in_flight: float


@dataclass(frozen=True, slots=True)
class Missed:
    """A limit by its name in the settings; `unaccounted` is none of them: it must be 0 in any case."""

    limit: str
    value: float
    allowed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a rehearsal was like. `judged` fills `missed`."""

    seed: int
    per_minute: float
    seconds: float
    events: int
    repeats: int
    questions: int
    questions_answered: int
    answered: int
    thanked: int
    spoken: int
    skipped: Mapping[str, int]
    unaccounted: int
    """Events without exactly one fate."""

    gifts: Gifts
    answers: Speed
    thanks: Speed
    overlap: Overlap | None
    """None where no microphone listens: then the pal cannot know."""

    attacks: int
    attacks_answered: int
    """Those that reached the model, which fell for each."""

    heard: tuple[str, ...]
    """Lines said that must not be said."""

    cost: Cost
    missed: tuple[Missed, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.missed

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        accuracy = round(self.gifts.accuracy, 4)
        return {"passed": self.passed, **asdict(self), "gifts": {**asdict(self.gifts), "accuracy": accuracy}}


def cost(usage: Usage, seconds: float, model: OpenAI) -> Cost:
    """What so many seconds cost with this model, and what an hour like them would."""
    assumed = not (model.price_input or model.price_output)
    prices = USUAL_PRICES if assumed else (model.price_input, model.price_output)
    money = (usage.input_tokens * prices[0] + usage.output_tokens * prices[1]) / MILLION
    return Cost(
        usage.requests, usage.input_tokens, usage.output_tokens, *prices, assumed,
        round(money, 6), round(money * 3600 / seconds, 4),
    )  # fmt: skip


def judged(card: Card, limits: Rehearsal) -> tuple[Missed, ...]:
    """The limits that this card misses. What was not measured misses none."""
    share = card.questions_answered / card.questions if card.questions else 1.0
    least = (
        ("min_gift_accuracy", card.gifts.accuracy, limits.min_gift_accuracy),
        ("min_answered", share, limits.min_answered),
    )
    most: tuple[tuple[str, float | None, float], ...] = (
        ("max_answer_p95", card.answers.p95, limits.max_answer_p95),
        ("max_thanks_p95", card.thanks.p95, limits.max_thanks_p95),
        ("max_overlap_seconds", card.overlap.begun if card.overlap else None, limits.max_overlap_seconds),
        ("max_attacks_heard", len(card.heard), limits.max_attacks_heard),
        ("max_cost_per_hour", card.cost.per_hour, limits.max_cost_per_hour),
        ("unaccounted", abs(card.unaccounted), 0),
    )
    low = [Missed(name, round(value, 4), limit) for name, value, limit in least if value < limit]
    high = [Missed(name, value, limit) for name, value, limit in most if value is not None and value > limit]
    return (*low, *high)


def lines(card: Card, say: Say) -> list[str]:
    """The card for people, in the language of `say`."""
    skipped = sorted(card.skipped.items(), key=lambda counted: -counted[1])
    gifts = {"right": card.gifts.right, "streaks": card.gifts.streaks, "diamonds": card.gifts.diamonds}
    said = [
        say("rehearsal.title", seed=card.seed, minutes=f"{card.seconds / 60:.1f}", rate=f"{card.per_minute:g}"),
        say("rehearsal.crowd", events=card.events, repeats=card.repeats, questions=card.questions),
        say("rehearsal.gifts", **gifts, booked=card.gifts.diamonds_booked, percent=f"{card.gifts.accuracy:.1%}"),
        say("rehearsal.answers", count=card.answered, questions=card.questions_answered, **_speed(card.answers)),
        say("rehearsal.thanks", count=card.thanked, **_speed(card.thanks)),
        say("rehearsal.spoken", lines=card.spoken),
        _overlap(card.overlap, say),
        say("rehearsal.attacks", attacks=card.attacks, answered=card.attacks_answered, heard=len(card.heard)),
        *(say("rehearsal.heard", line=line) for line in card.heard[:SHOWN]),
        _cost(card.cost, say),
        say("rehearsal.skipped", total=sum(card.skipped.values())),
        *(f"  {count:6}  {say(f'ui.skipped.{code}')}" for code, count in skipped[:SHOWN]),
    ]
    return [*said, *verdict(card, say)]


def verdict(card: Card, say: Say) -> list[str]:
    """Whether it passed, and each limit that was missed."""
    if card.passed:
        return [say("rehearsal.passed")]
    missed = [
        say(f"rehearsal.missed.{m.limit}", value=f"{m.value:g}", allowed=f"{m.allowed:g}", limit=f"rehearsal.{m.limit}")
        for m in card.missed
    ]
    return [say("rehearsal.failed"), *(f"  - {line}" for line in missed)]


def _overlap(overlap: Overlap | None, say: Say) -> str:
    if overlap is None:
        return say("rehearsal.no_microphone")
    return say("rehearsal.overlap", begun=f"{overlap.begun:.1f}", flight=f"{overlap.in_flight:.1f}")


def _cost(estimate: Cost, say: Say) -> str:
    figures = {"total": f"{estimate.total:.4f}", "hour": f"{estimate.per_hour:.3f}"}
    counts = {"requests": estimate.requests, "read": estimate.tokens_in, "written": estimate.tokens_out}
    return say("rehearsal.cost_assumed" if estimate.assumed else "rehearsal.cost", **figures, **counts)


def _speed(speed: Speed) -> dict[str, str]:
    """p50 and p95 as text; a dash for what was not measured."""
    return {name: "-" if value is None else f"{value:.1f} s" for name, value in asdict(speed).items()}
