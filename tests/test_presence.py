"""Greetings go to viewers who stayed, together, when it is quiet - and every join has a fate."""

from typing import Any

from live import presence as room
from live.presence import Presence
from settings import JoinRules
from tests.fakes import event
from tests.virtual import EPOCH


def present(**rules: Any) -> tuple[Presence, list[tuple[str, str]]]:
    left: list[tuple[str, str]] = []
    return Presence(JoinRules.model_validate(rules), lambda e, reason: left.append((e.username, reason))), left


def greeted(here: Presence, at: float, silent: float = 100.0, most: int = 8) -> list[str]:
    return [a.event.username for a in here.greet(EPOCH + at, silent, most)]


def test_whoever_stays_is_greeted_together_after_a_while():
    here, _ = present(greet_after_seconds=30)
    for at, name in [(0, "anna"), (5, "ben")]:
        here.joined(event("join", name, at=at), 360)

    assert greeted(here, 29.9) == []
    assert sorted(greeted(here, 35)) == ["anna", "ben"]
    assert greeted(here, 36) == []


def test_nobody_is_greeted_into_a_conversation_or_too_often():
    here, _ = present(greet_after_seconds=0, min_idle_since_last_output_sec=25, greet_global_cooldown_sec=180)
    here.joined(event("join", "anna"), 360)
    assert greeted(here, 1, silent=24.9) == []
    assert greeted(here, 2, silent=25) == ["anna"]

    here.joined(event("join", "ben", at=3), 360)
    assert greeted(here, 10) == []


def test_whoever_was_not_seen_for_long_has_gone():
    here, left = present(greet_after_seconds=30, active_ttl_seconds=45)
    here.joined(event("join", "anna"), 360)

    assert greeted(here, 46) == []
    assert left == [("anna", "gone_before_greeting")]


def test_a_sign_of_life_keeps_a_viewer_present():
    here, _ = present(greet_after_seconds=30, active_ttl_seconds=45)
    here.joined(event("join", "anna"), 360)
    here.seen(event("like", "anna", at=40))

    assert greeted(here, 80) == ["anna"]


def test_whoever_was_spoken_to_needs_no_greeting():
    here, left = present(greet_after_seconds=0)
    here.joined(event("join", "anna"), 360)
    here.met("id-anna")

    assert greeted(here, 50) == []
    assert left == [("anna", "spoken_to_already")]


def test_coming_and_going_is_greeted_once():
    here, left = present(greet_after_seconds=0)
    for at in (0, 1, 2):
        here.joined(event("join", "anna", at=at), 360)

    assert greeted(here, 3) == ["anna"]
    assert left == [("anna", "greeted_before")] * 2


def test_a_raid_does_not_fill_the_memory(monkeypatch: Any):
    monkeypatch.setattr(room, "REMEMBERED", 100)  # the real bound would only make the test slow
    here, left = present()
    for i in range(1000):
        here.joined(event("join", f"raider{i}", at=i / 100), 360)
        here.seen(event("join", f"raider{i}", at=i / 100))

    assert len(here._viewers) <= 100
    assert len(here._joined) == room.CAPACITY
    assert {reason for _, reason in left} == {"too_many_joins"}


def test_greetings_can_be_switched_off():
    here, left = present(enabled=0)
    here.joined(event("join", "anna"), 360)

    assert left == [("anna", "join_greetings_off")]


def test_those_who_soon_may_be_greeted_are_waited_for_as_long_as_nobody_leaves():
    """One sentence for all, instead of one viewer greeted and a long pause for the rest."""
    here, _ = present(greet_after_seconds=30, active_ttl_seconds=45)
    for at, name in [(0, "anna"), (4, "ben"), (9, "carla"), (20, "dora")]:
        here.joined(event("join", name, at=at), 360)

    assert greeted(here, 31) == []
    assert sorted(greeted(here, 39)) == ["anna", "ben", "carla"]


def test_who_is_here_and_since_when():
    here, _ = present(active_ttl_seconds=45)
    for at, name in [(0, "anna"), (10, "ben"), (40, "anna"), (200, "anna")]:
        here.seen(event("like", name, at=at))

    assert [(v["username"], v["since"] - EPOCH) for v in here.here(EPOCH + 41)] == [("anna", 200.0), ("ben", 10.0)]
    here.forget("id-anna", "forgotten")
    assert [v["username"] for v in here.here(EPOCH + 41)] == ["ben"]
    assert here.here(EPOCH + 300) == []


def test_how_long_a_viewer_was_away_is_told_with_the_greeting():
    here, _ = present(greet_after_seconds=0)
    here.joined(event("join", "anna"), 360, EPOCH - 500.0)
    here.joined(event("join", "ben"), 360)

    assert {a.event.username: a.away for a in here.greet(EPOCH + 1, 100.0, 8)} == {"anna": 500.0, "ben": None}
