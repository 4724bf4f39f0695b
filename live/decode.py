"""TikTokLive's event objects -> `LiveEvent`. Pure: no library is imported, no clock is read, any thread.

Attribute names are those of TikTokLive 7.0.1 (protobuf schema v3). There a message inside a message is None when
it was not sent, a number is 0, a text empty. The library's own shortcuts (`streaking`, `comment`) are avoided: they
copy whole messages.
"""

from typing import Any

from events import EventKind, LiveEvent

FOLLOWED, SHARED = 1, 3
STREAKABLE = 1


def social_kind(event: Any) -> EventKind | None:
    """Whether a SocialEvent is a follow or a share: by its text key, without one by its action; None for the rest."""
    text = event.common.display_text if event.common else None
    key = text.key if text else ""
    if "follow" in key:
        return EventKind.FOLLOW
    if "share" in key:
        return EventKind.SHARE
    return {FOLLOWED: EventKind.FOLLOW, SHARED: EventKind.SHARE}.get(int(event.action))


def decode(kind: EventKind, event: Any, now: float) -> LiveEvent | None:
    """What the viewer did, or None when the message does not say who it was."""
    user = event.user
    if user is None or not (user.id or user.display_id):
        return None
    username = user.display_id or str(user.id)
    return LiveEvent(
        kind=kind,
        user_id=str(user.id) if user.id else username,
        username=username,
        nickname=user.nickname if user.nickname.strip() else username,
        at=now,
        key=_key(event),
        **_particulars(kind, event),
    )


def _key(event: Any) -> str:
    common = event.common
    if common is None or not common.msg_id:
        return ""
    return f"{common.method or type(event).__name__}:{common.msg_id}"


def _particulars(kind: EventKind, event: Any) -> dict[str, Any]:
    """The fields of LiveEvent that only this kind has."""
    if kind is EventKind.COMMENT:
        return {"text": event.content, "language": event.content_language, "moderator": _may_order(event)}
    if kind is EventKind.LIKE:
        return {"count": max(1, event.count)}
    if kind is EventKind.GIFT:
        return _gift(event)
    return {}


def _may_order(event: Any) -> bool:
    """Whether a moderator or the streamer wrote it. A comment that does not say so may still carry its user's rights."""
    if identity := event.user_identity:
        return bool(identity.is_moderator_of_anchor or identity.is_anchor)
    return bool(event.user.user_attr and event.user.user_attr.is_admin)


def _gift(event: Any) -> dict[str, Any]:
    """A gift without its description still tells by its group whether it can streak: the others have none."""
    gift = event.gift
    streakable = gift.type == STREAKABLE if gift else bool(event.group_id)
    return {
        "text": gift.name if gift else "",
        "count": max(1, event.repeat_count),
        "gift_id": str(event.gift_id or (gift.id if gift else 0) or ""),
        "group": str(event.group_id) if streakable and event.group_id else "",
        "diamonds": max(0, gift.diamond_count) if gift else 0,
        "streaking": streakable and not event.repeat_end,
    }
