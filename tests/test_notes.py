"""What is noted is complete: a replay and a why-card are made of nothing else."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import AvatarError, EventKind, LiveEvent, identity
from live.notes import event_from, facts_of
from tests import virtual
from tests.fakes import Diary, EchoBrain, ListeningAvatar, ScriptedEar, comment, event, house, live, somebody, streak

words = st.text(max_size=20)
numbers = st.integers(0, 10**9)
sets = st.frozensets(words, max_size=3)
lists = st.lists(words, max_size=3).map(tuple)
moments = st.floats(0, 2e9)
events_of_any_shape = st.builds(
    LiveEvent,
    kind=st.sampled_from(EventKind),
    user_id=words,
    username=words,
    nickname=words,
    at=moments,
    key=words,
    text=words,
    count=numbers,
    gift_id=words,
    group=words,
    diamonds=numbers,
    streaking=st.booleans(),
    moderator=st.booleans(),
    language=words,
    roles=sets,
    team_level=numbers,
    total=numbers,
    created=moments,
    mentions=lists,
    emotes=lists,
    targets=sets,
)


@given(events_of_any_shape)
def test_an_event_comes_back_from_its_facts_as_it_was(what: LiveEvent):
    """Through JSON: that is what a file keeps of it."""
    assert event_from(json.loads(json.dumps(facts_of(what)))) == what


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"kind": "earthquake"},
        {"kind": "comment"},
        {"kind": "comment", "user_id": 7, "username": "ada", "nickname": "Ada", "at": 1.0},
        {"kind": "comment", "user_id": "7", "username": "ada", "nickname": "Ada", "at": "now"},
        {"kind": "gift", "user_id": "7", "username": "ada", "nickname": "Ada", "at": 1.0, "count": True},
        {"kind": "gift", "user_id": "7", "username": "ada", "nickname": "Ada", "at": 1.0, "mentions": "bob"},
        {"kind": "gift", "user_id": "7", "username": "ada", "nickname": "Ada", "at": 1.0, "roles": [1]},
    ],
)
def test_what_is_no_event_is_refused(wrong: object):
    with pytest.raises(ValueError, match=r"event|EventKind"):
        event_from(wrong)


def test_facts_of_a_later_version_are_left_out():
    facts = facts_of(comment("hi")) | {"mood": "sunny"}

    assert event_from(facts).text == "hi"


def evening() -> Diary:
    diary = Diary()
    question = comment("what game is this?", "ada")
    script = [
        (1.0, question),
        (1.5, question),
        (2.0, comment("nice", "ben")),
        (3.0, comment("will this crash?", "carla")),
        *((4.0 + i / 2, e) for i, e in enumerate(streak("Rose", 3))),
        (20.0, comment("!forgetme", "dora")),
    ]
    bot = house(
        script,
        journal=diary,
        brain=EchoBrain(sentences=("Ada asked about {text}.", "It is a good one.")),
        avatar=ListeningAvatar(faults=[AvatarError("gone", sent=True)]),
        ear=ScriptedEar([(10.0, True), (11.0, False)]),
    )
    virtual.run(live(bot, 40.0))
    return diary


def test_everything_that_comes_in_is_noted_also_repeats():
    diary = evening()

    assert Counter(note["event"]["kind"] for note in diary.of("event")) == {"comment": 5, "gift": 4}
    assert len(diary.of("repeat")) == 1
    assert [note["talking"] for note in diary.of("mic")] == [True, False]
    assert {note["name"]: note["state"] for note in diary.of("link")}["tiktok"] == "up"


def test_each_step_of_a_question_is_noted_with_its_reason_and_its_times():
    """The way of one comment can be told from the journal alone."""
    diary = evening()
    key = diary.of("event")[0]["event"]["key"]
    of_it = [(name, facts) for name, _, facts in diary.notes if key in (facts.get("key"), *facts.get("keys", ()))]

    assert [name for name, _ in of_it[:6]] == ["judged", "chosen", "repeat", "sentence", "line", "verdict"]
    facts = dict(of_it)
    assert (facts["judged"]["score"], facts["judged"]["refusal"]) == (0.9, "")
    assert facts["chosen"] == {"key": key, "waited": 0.0, "background": "ada: 1 events", "value": 0.9, "also": []}
    first = next(f for name, f in of_it if name == "sentence")
    assert first == {"key": key, "text": "Ada asked about what game is this.", "offset": pytest.approx(1.0)}
    assert facts["thought"]["ended"] == "abandoned"  # the avatar broke off, the rest makes no sense
    assert (facts["utterance_end"]["error"], facts["utterance_end"]["sent"]) == ("gone", True)
    assert facts["fate"] == {"key": key, "kind": "comment", "fate": "skipped", "reason": "cut_off"}


def test_a_brain_that_fails_is_noted_with_its_reason():
    assert "openai_error" in [note["ended"] for note in evening().of("thought")]


def test_every_event_has_one_fate_in_the_journal():
    diary = evening()
    fates = Counter(note["key"] for note in diary.of("fate"))

    assert fates == Counter({note["event"]["key"]: 1 for note in diary.of("event")})


def test_every_fact_can_be_written_as_json():
    for happening, at, facts in evening().notes:
        assert json.loads(json.dumps(facts)) == facts, happening
        assert at >= virtual.EPOCH


def test_who_wants_to_be_forgotten_is_forgotten_by_the_journal_too():
    assert evening().forgotten == [somebody("dora", "id-dora", "Dora")]


def test_orders_are_noted_with_who_gave_them():
    diary = Diary()
    bot = house([(1.0, comment("!pal mute", "mona", moderator=True))], journal=diary)
    bot.steering.panic(True)
    virtual.run(live(bot, 2.0))

    assert diary.of("order") == [
        {"order": "panic", "on": True, "by": ""},
        {"order": "mute", "on": True, "by": "mona"},
    ]


def test_an_event_without_an_id_has_its_content_as_key():
    diary = Diary()
    virtual.run(live(house([(1.0, event("follow", key=""))], journal=diary), 5.0))

    (noted,) = diary.of("event")
    assert diary.of("fate")[0]["key"] == identity(event_from(noted["event"]))
