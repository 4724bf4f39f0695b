"""The crowd of a rehearsal: the same out of the same seed, as full as it says, and honest about its own truth."""

import itertools
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import EventKind
from live.characters import SCRIPTS
from live.crowd import INTENSITIES, evening, per_minute

SEEDS = st.integers(min_value=0, max_value=2**62)
LEVELS = st.sampled_from(sorted(INTENSITIES))


@given(seed=SEEDS, intensity=LEVELS, language=st.sampled_from(sorted(SCRIPTS)))
def test_a_seed_is_an_evening(seed: int, intensity: str, language: str):
    """Else a card could not be compared with yesterday's."""
    assert evening(seed, intensity, 60, language) == evening(seed, intensity, 60, language)


def test_another_seed_is_another_evening():
    assert evening(1, "normal", 60).events != evening(2, "normal", 60).events


@pytest.mark.parametrize("intensity", sorted(INTENSITIES))
def test_an_evening_is_about_as_full_as_its_intensity_says(intensity: str):
    rates = [len(evening(seed, intensity, 600).events) / 10 for seed in range(8)]

    assert sum(rates) / 8 == pytest.approx(INTENSITIES[intensity], rel=0.25)


@given(seed=SEEDS, intensity=LEVELS)
def test_the_truth_about_gifts_is_what_the_frames_say(seed: int, intensity: str):
    """Counted anew from the frames alone: the largest count of each streak, each single gift once."""
    whole = evening(seed, intensity, 120)
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    prices = {}
    for _, event in whole.events:
        if event.kind is EventKind.GIFT:
            streak = (event.user_id, event.gift_id, event.group)
            counts[streak][event.key] = event.count
            prices[event.gift_id] = event.diamonds

    totals = {s: max(c.values()) if s[2] else sum(c.values()) for s, c in counts.items()}
    assert totals == whole.truth.gifts
    assert sum(prices[s[1]] * count for s, count in totals.items()) == whole.truth.diamonds


@given(seed=SEEDS, intensity=LEVELS)
def test_frames_come_in_order_and_a_repeat_is_the_same_frame(seed: int, intensity: str):
    whole = evening(seed, intensity, 60)
    times = [at for at, _ in whole.events]
    keys = Counter(event.key for _, event in whole.events)

    assert times == sorted(times)
    assert sum(keys.values()) - len(keys) == whole.truth.repeats
    assert len({event for _, event in whole.events}) == len(keys)


def test_everybody_comes():
    """Greeter, regular, whale, raid, troll, spammer, jailbreaker, polyglot, lurker: one evening has them all."""
    whole = evening(3, "busy", 600)
    comments = [event for _, event in whole.events if event.kind is EventKind.COMMENT]
    texts = Counter(event.text for event in comments)
    script = SCRIPTS["en"]
    gifts = [event for _, event in whole.events if event.kind is EventKind.GIFT]

    assert any(texts[line] for line in script.greetings)
    assert any(event.moderator for event in comments)
    assert max(event.count for event in gifts) >= 12
    assert any(event.diamonds >= 1000 for event in gifts)
    assert sum(texts[line] for line in script.raid) >= 30
    assert {attack.kind for attack in whole.truth.attacks} >= {"dictation", "leak", "personal", "begging", "link"}
    assert any(texts[line] >= 2 for line in script.spam)
    assert {event.language for event in comments} >= {"en", "es", "ja"}
    silent = {event.user_id for _, event in whole.events if event.kind is EventKind.JOIN} - {
        e.user_id for e in comments
    }
    assert len(silent) > 100


def test_two_streaks_run_side_by_side_and_ends_and_counts_are_lost_as_on_the_wire():
    """What makes a ledger hard must be in the crowd that tries it."""
    streaks: dict[tuple[str, str, str], list[tuple[float, int, bool]]] = defaultdict(list)
    for at, event in evening(1, "busy", 3600).events:
        if event.group:
            streaks[event.user_id, event.gift_id, event.group].append((at, event.count, event.streaking))

    spans = [(streak[0], frames[0][0], frames[-1][0]) for streak, frames in streaks.items()]
    assert any(a[0] == b[0] and a[1] < b[1] < a[2] for a in spans for b in spans)
    assert any(all(going for _, _, going in frames) for frames in streaks.values())
    assert any(
        {c for _, c, _ in frames} < set(range(1, frames[-1][1])) | {frames[-1][1]} for frames in streaks.values()
    )


def test_every_attack_is_one():
    """What must not be heard has to stand in what a fooled model answers."""
    for script in SCRIPTS.values():
        for attack in (*script.trolls, *script.jailbreaks):
            assert attack.forbidden.casefold() in attack.answer.casefold()
            assert not any(attack.forbidden.casefold() in reply.casefold() for reply in script.replies)


def test_the_streamer_talks_in_turns():
    voice = evening(5, "quiet", 3600).voice
    talked = sum(end - begin for begin, end in voice)

    assert all(begin < end for begin, end in voice)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(voice))
    assert 0.2 < talked / 3600 < 0.5


@pytest.mark.parametrize("intensity", ["", "loud", "0", "0.9", "-5", "6001", "nan", "inf", "1e9", "NORMAL", "10 20"])
def test_a_bad_intensity_is_refused(intensity: str):
    with pytest.raises(ValueError, match="events a minute"):
        per_minute(intensity)


@pytest.mark.parametrize(("intensity", "rate"), [("1", 1), ("90.5", 90.5), ("6000", 6000), ("quiet", 12)])
def test_an_intensity_is_a_word_or_a_number(intensity: str, rate: float):
    assert per_minute(intensity) == rate
