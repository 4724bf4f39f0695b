"""TikTokLive's real objects, parsed from real bytes, become our words."""

import threading
from types import SimpleNamespace
from typing import Any

import fake_tiktok
import pytest

from events import EventKind, LiveEvent
from live.decode import decode, social_kind
from live.tiktok import load

CLASSES = {
    EventKind.COMMENT: "CommentEvent",
    EventKind.GIFT: "GiftEvent",
    EventKind.LIKE: "LikeEvent",
    EventKind.JOIN: "JoinEvent",
    EventKind.FOLLOW: "SocialEvent",
    EventKind.SHARE: "SocialEvent",
    EventKind.SUBSCRIBE: "SubNotifyEvent",
}
ROOM = fake_tiktok.Ctx(1, fake_tiktok.norm_user("streamer"), rich=True)


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    load(threading.Event())


def parsed(kind: EventKind, payload: bytes) -> Any:
    from TikTokLive import events

    return getattr(events, CLASSES[kind])().parse(payload)


def event_of(**script: Any) -> Any:
    _, payload = fake_tiktok.BUILDERS[script["type"]](ROOM, {"msg_id": 77, **script})
    return parsed(EventKind(script["type"]), payload)


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
    )


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_names_its_viewer_and_its_message(kind: EventKind) -> None:
    """Memory and the deduper live on these."""
    event = happened(type=kind.value, user="bob", count=3)
    assert (event.kind, event.username, event.nickname, event.at) == (kind, "bob", "Bob", 5.0)
    assert event.key.endswith(":77")


@pytest.mark.parametrize("kind", list(EventKind))
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
