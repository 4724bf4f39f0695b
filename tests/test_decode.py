"""TikTokLive's real objects, parsed from real bytes, become our words."""

import threading
from types import SimpleNamespace
from typing import Any

import fake_tiktok
import pytest

from events import EventKind, LiveEvent
from live import lean
from live.decode import THE_ROOMS, decode, kind_of, social_kind
from live.library import load

SCRIPTS = {
    EventKind.TREASURE: "envelope",
    EventKind.DELETE: "im_delete",
    EventKind.RESUME: "unpause",
    EventKind.END: "live_end",
}
"""What the stand-in calls them, where it has names of its own."""

CLASSES = {
    EventKind.COMMENT: "CommentEvent",
    EventKind.GIFT: "GiftEvent",
    EventKind.LIKE: "LikeEvent",
    EventKind.JOIN: "JoinEvent",
    EventKind.FOLLOW: "SocialEvent",
    EventKind.SHARE: "SocialEvent",
    EventKind.SUBSCRIBE: "SubNotifyEvent",
    EventKind.QUESTION: "QuestionNewEvent",
    EventKind.EMOTE: "EmoteChatEvent",
    EventKind.VIEWERS: "RoomUserSeqEvent",
    EventKind.POLL: "PollEvent",
    EventKind.TREASURE: "EnvelopeEvent",
    EventKind.BATTLE: "LinkMicBattleEvent",
    EventKind.DELETE: "ImDeleteEvent",
    EventKind.PAUSE: "ControlEvent",
    EventKind.RESUME: "ControlEvent",
    EventKind.END: "ControlEvent",
}
OF_VIEWERS = [kind for kind in EventKind if kind not in THE_ROOMS]
ROOM = fake_tiktok.Ctx(1, fake_tiktok.norm_user("streamer"), rich=True)


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    load(threading.Event())


def parsed(kind: EventKind, payload: bytes) -> Any:
    from TikTokLive import events

    return getattr(events, CLASSES[kind])().parse(payload)


def event_of(**script: Any) -> Any:
    kind = EventKind(script.pop("type"))
    _, payload = fake_tiktok.BUILDERS[SCRIPTS.get(kind, kind.value)](
        ROOM, {"msg_id": 77, "create_time": 9500, **script}
    )
    return parsed(kind, payload)


def happened(**script: Any) -> LiveEvent:
    result = decode(EventKind(script["type"]), event_of(**script), 5.0)
    assert result is not None
    return result


def test_a_comment_arrives_as_typed() -> None:
    """Blanks, emoji and scripts belong to what the viewer said."""
    anna = {"unique_id": "anna", "nickname": "Änna ☁", "id": 42}
    assert happened(type="comment", user=anna, text="  Ünïcødé 👋 שלום ", lang="de") == LiveEvent(
        kind=EventKind.COMMENT,
        user_id="42",
        username="anna",
        nickname="Änna ☁",
        at=5.0,
        key="WebcastChatMessage:77",
        text="  Ünïcødé 👋 שלום ",
        language="de",
        created=9.5,
    )


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_names_its_viewer_and_its_message(kind: EventKind) -> None:
    """Memory and the deduper live on these. A treasure box has no handle; what the room does is nobody's."""
    event = happened(type=kind.value, user="bob", count=3)
    handle = "" if kind in {*THE_ROOMS, EventKind.TREASURE} else "bob"
    assert (event.kind, event.username, event.nickname) == (kind, handle, "" if kind in THE_ROOMS else "Bob")
    assert bool(event.user_id) is (kind not in THE_ROOMS)
    assert (event.at, event.created) == (5.0, 9.5)
    assert event.key.endswith(":77")


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_is_recognised_by_its_message(kind: EventKind) -> None:
    """One that is not would be dropped unseen."""
    assert kind_of(event_of(type=kind.value)) is kind


@pytest.mark.parametrize(
    ("kind", "script"),
    [
        (EventKind.TREASURE, {"display": 2}),
        (EventKind.BATTLE, {"action": "invite"}),
        (EventKind.BATTLE, {"action": "accept"}),
    ],
)
def test_what_means_nothing_to_the_pal_is_no_event(kind: EventKind, script: dict[str, Any]) -> None:
    """A box that is taken away again, a battle that may never come."""
    assert kind_of(event_of(type=kind.value, **script)) is None
    assert kind_of(SimpleNamespace()) is None


@pytest.mark.parametrize("kind", THE_ROOMS)
def test_an_empty_message_of_the_room_is_survived(kind: EventKind) -> None:
    """Any part may be missing."""
    found = decode(kind, parsed(kind, b""), 5.0)
    assert found is not None
    assert (found.user_id, found.key, found.created, found.total, found.targets) == ("", "", 0.0, 0, frozenset())


@pytest.mark.parametrize("kind", OF_VIEWERS)
def test_a_message_without_a_viewer_is_nobodys(kind: EventKind) -> None:
    """The wire may leave out any part of a message."""
    assert decode(kind, parsed(kind, b""), 5.0) is None


@pytest.mark.parametrize("kind", [EventKind.COMMENT, EventKind.GIFT, EventKind.JOIN])
def test_a_viewer_without_any_name_is_nobody(kind: EventKind) -> None:
    """An empty user object must not become one viewer that everybody shares."""
    field = 7 if kind is EventKind.GIFT else 2
    assert decode(kind, parsed(kind, fake_tiktok.M(field, b"")), 5.0) is None


def test_a_viewer_is_called_by_what_there_is() -> None:
    """Display name, else handle, else the number."""
    no_nickname = happened(type="comment", user={"unique_id": "anna", "nickname": "  ", "id": 42})
    assert no_nickname.nickname == "anna"
    only_id = happened(type="comment", user={"unique_id": "", "nickname": "", "id": 42})
    assert (only_id.user_id, only_id.username, only_id.nickname) == ("42", "42", "42")
    only_handle = happened(type="comment", user={"unique_id": "anna", "nickname": "", "id": 0})
    assert only_handle.user_id == "anna"


@pytest.mark.parametrize("script", [{"omit_common": True}, {"msg_id": 0}])
def test_a_message_without_an_id_has_no_key(script: dict[str, Any]) -> None:
    """Key 0 for all of them would make them one happening."""
    assert happened(type="comment", text="hi", **script).key == ""


@pytest.mark.parametrize(
    ("script", "count", "group", "streaking"),
    [
        ({"gift": "Rose", "count": 3, "group_id": 9}, 3, "9", True),
        ({"gift": "Rose", "count": 5, "group_id": 9, "end": 1}, 5, "9", False),
        ({"gift": "Galaxy"}, 1, "", False),
        ({"gift": "Heart Me", "count": 0}, 1, "", False),
        ({"gift": "Galaxy", "group_id": 9}, 1, "", False),
    ],
)
def test_only_a_streakable_gift_that_has_not_ended_streaks(
    script: dict[str, Any], count: int, group: str, streaking: bool
) -> None:
    """A Galaxy that seemed to streak would be thanked too late, a Rose that did not, five times."""
    gift = happened(type="gift", **script)
    assert (gift.count, gift.group, gift.streaking) == (count, group, streaking)


def test_a_gift_tells_name_number_and_price() -> None:
    """The price is of one piece, not of the streak."""
    gift = happened(type="gift", gift="Perfume", count=4, group_id=9)
    assert (gift.text, gift.gift_id, gift.diamonds) == ("Perfume", "5658", 20)


@pytest.mark.parametrize(("group", "streaking"), [(9, True), (0, False)])
def test_a_gift_without_description_streaks_when_it_has_a_group(group: int, streaking: bool) -> None:
    """Groups are given to streakable gifts only, so nothing is guessed."""
    payload = (
        fake_tiktok.V(2, 5655) + fake_tiktok.V(11, group) + fake_tiktok.M(7, fake_tiktok.build_user("bob", rich=False))
    )
    gift = decode(EventKind.GIFT, parsed(EventKind.GIFT, payload), 5.0)
    assert gift is not None
    assert (gift.text, gift.gift_id, gift.diamonds, gift.streaking) == ("", "5655", 0, streaking)


def test_likes_are_counted_in_their_burst() -> None:
    """Not by the room's total."""
    assert happened(type="like", count=15, total=9000).count == 15


def test_a_follow_is_not_a_share() -> None:
    """Both travel in one message type."""
    assert social_kind(event_of(type="follow")) is EventKind.FOLLOW
    assert social_kind(event_of(type="share", joined=5)) is EventKind.SHARE


def test_a_social_message_without_its_text_key_is_known_by_its_action() -> None:
    """Some come without the common part."""
    assert social_kind(event_of(type="follow", omit_common=True)) is EventKind.FOLLOW
    assert social_kind(event_of(type="share", omit_common=True)) is EventKind.SHARE
    assert social_kind(SimpleNamespace(common=None, action=8)) is None


@pytest.mark.parametrize(
    ("role", "may_order"),
    [({}, False), ({"mod": True}, True), ({"anchor": True}, True), ({"sub": True, "friend": True}, False)],
)
def test_a_moderators_comment_says_so(role: dict[str, Any], may_order: bool) -> None:
    """Orders hang on it, so neither subscribers nor friends count."""
    assert happened(type="comment", user={"unique_id": "mo", **role}, text="!shush").moderator is may_order


@pytest.mark.parametrize("role", [{}, {"mod": True}])
def test_a_comment_without_the_viewers_roles_falls_back_on_the_users_own(role: dict[str, Any]) -> None:
    """The wire may leave out any part; then the user message has to tell, or nobody is a moderator."""
    event = event_of(type="comment", user={"unique_id": "mo", **role}, text="x")
    event.user_identity = None
    found = decode(EventKind.COMMENT, event, 5.0)
    assert found is not None
    assert found.moderator is bool(role)
    event.user.user_attr = None
    found = decode(EventKind.COMMENT, event, 5.0)
    assert found is not None
    assert found.moderator is False


IDENTIFIED = [EventKind.COMMENT, EventKind.GIFT, EventKind.EMOTE]
ROLES = {
    "mod": {"moderator"},
    "sub": {"subscriber"},
    "follower": {"follower"},
    "friend": {"follower", "friend"},
    "top": {"top_gifter"},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [*IDENTIFIED, EventKind.JOIN, EventKind.LIKE, EventKind.FOLLOW, EventKind.QUESTION])
def test_roles_are_read_wherever_a_viewer_is_named(kind: EventKind, role: str) -> None:
    """The library's own flags always say no; a plain user inside a question carries them as well."""
    always = {"gifter"} if kind is EventKind.GIFT else set()
    found = happened(type=kind.value, user={"unique_id": "mo", role: True})
    assert found.roles == ROLES[role] | always
    assert happened(type=kind.value, user="mo").roles == always


@pytest.mark.parametrize("kind", IDENTIFIED)
def test_a_message_that_says_who_the_viewer_is_is_believed_without_any_badge(kind: EventKind) -> None:
    event = event_of(type=kind.value, user={"unique_id": "x", "anchor": True, "gifter": True, "sub": True})
    event.user.badge_list = []
    found = decode(kind, event, 5.0)
    assert found is not None
    assert found.roles == {"streamer", "gifter", "subscriber"}


@pytest.mark.parametrize(("level", "shown"), [(12, 12), (0, 0), ("x", 0), ("", 0), ("9" * 30, 0), ("9" * 5000, 0)])
def test_the_team_level_is_on_a_badge(level: object, shown: int) -> None:
    """The gifter's level is on another one."""
    assert happened(type="join", user={"unique_id": "x", "fans": level, "level": 33}).team_level == shown


def test_a_comment_tells_whom_it_mentions_and_its_stickers() -> None:
    found = happened(
        type="comment",
        text="@Ben @Eve hi",
        at_user="ben",
        mentions=["ben", "eve"],
        emotes=[{"id": "71"}, {"id": "72", "index": 3}],
    )
    assert found.mentions == ("ben", "eve")
    assert found.emotes == ("71", "72")


def test_an_emote_of_a_subscriber_has_no_words() -> None:
    found = happened(type="emote", emote_id="728")
    assert (found.text, found.emotes) == ("", ("728",))


def test_likes_tell_the_rooms_total_and_joins_how_many_are_here() -> None:
    assert happened(type="like", count=15, total=9000).total == 9000
    assert happened(type="join", member_count=123).total == 123
    assert happened(type="viewers", total=456).total == 456


def test_a_subscription_tells_its_months() -> None:
    found = happened(type="subscribe", months=4)
    assert (found.count, found.total) == (1, 4)


def test_a_question_is_its_text_and_its_own_time() -> None:
    found = happened(type="question", text="favourite food?")
    assert found.text == "favourite food?"
    late = decode(EventKind.QUESTION, event_of(type="question", omit_common=True), 5.0)
    assert late is not None
    assert late.created > 1_000_000_000


@pytest.mark.parametrize(
    ("action", "text", "total", "running"),
    [
        ("start", "Cats? (yes 0, no 0)", 0, True),
        ("update", "Cats? (yes 3, no 5)", 8, True),
        ("end", "Cats? (yes 3, no 5)", 8, False),
    ],
)
def test_a_poll_tells_how_it_stands(action: str, text: str, total: int, running: bool) -> None:
    votes = (0, 0) if action == "start" else (3, 5)
    options = [{"text": name, "votes": count} for name, count in zip(("yes", "no"), votes, strict=True)]
    found = happened(type="poll", action=action, title="Cats?", options=options, poll_id=9)
    assert (found.text, found.total, found.group, found.streaking) == (text, total, "9", running)


def test_a_battle_tells_who_fights_and_who_has_won() -> None:
    hosts = ["streamer", "rival_host"]
    begun = happened(type="battle", action="open", hosts=hosts, battle_id=5)
    assert (begun.text, begun.mentions, begun.group, begun.streaking) == (
        "Streamer, Rival Host",
        tuple(hosts),
        "5",
        True,
    )
    over = happened(type="battle", action="finish", hosts=hosts, scores=[10, 25])
    assert (over.text, over.streaking) == ("Rival Host 25, Streamer 10", False)


def test_a_treasure_tells_what_is_in_it() -> None:
    box = happened(type="treasure", user="rich", diamonds=100, people=7, envelope_id="e1")
    assert (box.nickname, box.diamonds, box.count, box.group) == ("Rich", 100, 7, "e1")


def test_a_deletion_names_messages_and_viewers() -> None:
    assert happened(type="delete", msg_ids=[5, 7], user_ids=[9]).targets == {"5", "7", "9"}


@pytest.mark.parametrize(
    "script",
    [
        {"type": "comment", "text": "hi", "mentions": ["ben"], "emotes": [{"id": "7"}], "at_user": "eve"},
        {"type": "gift", "gift": "Rose", "count": 3},
        {"type": "gift", "gift": "Galaxy"},
        {"type": "like", "count": 15, "total": 9},
        {"type": "join"},
        {"type": "follow"},
        {"type": "share", "joined": 5},
        {"type": "viewers", "total": 9},
        {"type": "comment", "omit_common": True},
    ],
)
@pytest.mark.parametrize("role", [{}, {"mod": True, "sub": True, "fans": 7}, {"friend": True, "top": True}])
def test_what_is_read_in_part_becomes_the_same_event_as_what_is_read_whole(
    script: dict[str, Any], role: dict[str, Any]
) -> None:
    """Frequent messages are not read by the library."""
    user = {"user": {"unique_id": "mo", **role}}
    method, payload = fake_tiktok.BUILDERS[script["type"]](ROOM, {"msg_id": 77, "create_time": 9500, **script, **user})
    whole = parsed(EventKind(script["type"]), payload)
    table = {method: type(whole)}
    lean.readers(table)
    quick = table[method]().parse(payload)
    kind = kind_of(quick)
    assert kind is EventKind(script["type"])
    assert decode(kind, quick, 5.0) == decode(kind, whole, 5.0) is not None


@pytest.mark.parametrize("broken", [-1, 2**62, 2**63 - 1])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("like", "total"), ("viewers", "total"), ("join", "member_count"), ("subscribe", "months")],
)
def test_a_total_that_cannot_be_true_counts_as_not_said(kind: str, field: str, broken: int) -> None:
    """One broken message must neither be cheered nor be too large for the files."""
    assert happened(type=kind, **{field: broken}).total == 0


def test_no_burst_of_likes_is_larger_than_thousands() -> None:
    assert happened(type="like", count=2**31 - 1, total=5).count == 10_000
