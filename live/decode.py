"""TikTokLive's event objects -> `LiveEvent`. Pure: no library is imported, no clock is read, any thread.

Attribute names are those of TikTokLive 7.0.1 (protobuf schema v3). There a message inside a message is None when
it was not sent, a number is 0, a text empty. The library's own shortcuts are avoided: some copy whole messages
(`streaking`, `comment`), some read names of an older schema and never say yes (`is_moderator`, `member_level`). A user
inside another message is a plain one, without `unique_id`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from events import EventKind, LiveEvent

FOLLOWED, SHARED = 1, 3
STREAKABLE = 1
HIDE = 2
OPEN, FINISH, CUT_SHORT = 4, 5, 6
POLL_ENDED = 1
FOLLOWER, FRIEND = 1, 2
ADMIN, SUBSCRIBER, RANK_LIST, NEW_SUBSCRIBER, FANS = 1, 4, 6, 7, 10
"""Scenes of a badge."""

MOST_TOTAL, MOST_LIKES, MOST_LEVEL = 10**11, 10_000, 10_000
"""Far above any room's total, any one burst (TikTok's have 15) and any level: what is larger is a broken message."""

BADGES = {ADMIN: "moderator", SUBSCRIBER: "subscriber", NEW_SUBSCRIBER: "subscriber", RANK_LIST: "top_gifter"}
CONTROLS = {1: EventKind.PAUSE, 2: EventKind.RESUME, 3: EventKind.END, 4: EventKind.END}
KINDS = {
    "CommentEvent": EventKind.COMMENT,
    "GiftEvent": EventKind.GIFT,
    "LikeEvent": EventKind.LIKE,
    "JoinEvent": EventKind.JOIN,
    "SubNotifyEvent": EventKind.SUBSCRIBE,
    "QuestionNewEvent": EventKind.QUESTION,
    "EmoteChatEvent": EventKind.EMOTE,
    "RoomUserSeqEvent": EventKind.VIEWERS,
    "PollEvent": EventKind.POLL,
    "ImDeleteEvent": EventKind.DELETE,
}
THE_ROOMS = frozenset(
    {
        EventKind.VIEWERS,
        EventKind.POLL,
        EventKind.BATTLE,
        EventKind.DELETE,
        EventKind.PAUSE,
        EventKind.RESUME,
        EventKind.END,
    }
)
"""What no viewer did."""

TELL_IDENTITY = frozenset({EventKind.COMMENT, EventKind.GIFT, EventKind.EMOTE})
"""Whose messages say themselves who the viewer is to the streamer; elsewhere the user's own parts have to tell."""


def kind_of(event: Any) -> EventKind | None:
    """What it tells of; None when that is nothing for us, such as a treasure box that is hidden again."""
    match type(event).__name__:
        case "SocialEvent":
            return social_kind(event)
        case "ControlEvent":
            return CONTROLS.get(int(event.action))
        case "EnvelopeEvent":
            return None if event.display == HIDE else EventKind.TREASURE
        case "LinkMicBattleEvent":
            return EventKind.BATTLE if event.action in {OPEN, FINISH, CUT_SHORT} else None
        case name:
            return KINDS.get(name)


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
    """What happened, or None when a viewer did it and the message does not say who."""
    who = {"user_id": "", "username": "", "nickname": ""} if kind in THE_ROOMS else _viewer(kind, event)
    if who is None:
        return None
    particulars = PARTICULARS.get(kind)
    return LiveEvent(
        kind=kind,
        **who,
        at=now,
        key=_key(event),
        created=_created(kind, event),
        **(particulars(event) if particulars else {}),
    )


def _viewer(kind: EventKind, event: Any) -> dict[str, Any] | None:
    if kind is EventKind.TREASURE:
        return _giver(event.envelope_info)
    user = event.data and event.data.user if kind is EventKind.QUESTION else event.user
    if user is None or not (user.id or user.display_id):
        return None
    username = user.display_id or str(user.id)
    roles, level = _standing(user)
    return {
        "user_id": str(user.id) if user.id else username,
        "username": username,
        "nickname": user.nickname if user.nickname.strip() else username,
        "roles": roles | _identity(event.user_identity) if kind in TELL_IDENTITY else roles,
        "team_level": level,
    }


def _giver(envelope: Any) -> dict[str, Any] | None:
    """A treasure box names its giver in its own way, without a handle."""
    if envelope is None or not (envelope.send_user_id or envelope.send_user_name):
        return None
    name = envelope.send_user_name
    return {"user_id": envelope.send_user_id or name, "username": "", "nickname": name}


def _standing(user: Any) -> tuple[frozenset[str], int]:
    """Roles and team level as the user's own parts tell them."""
    roles, level = set(), 0
    if (info := user.follow_info) is not None:
        roles |= {"follower"} if info.follow_status >= FOLLOWER else set()
        roles |= {"friend"} if info.follow_status >= FRIEND else set()
    if user.user_attr is not None and user.user_attr.is_admin:
        roles.add("moderator")
    for badge in user.badge_list:
        scene = int(badge.scene_type)
        if scene in BADGES:
            roles.add(BADGES[scene])
        elif scene == FANS and (extra := badge.privilege_log_extra):
            level = _level(extra.level)
    return frozenset(roles), level


def _level(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) <= len(str(MOST_LEVEL)) else 0
    return number if number <= MOST_LEVEL else 0


def _total(number: int) -> int:
    """0, as for one that is not said, where it cannot be true."""
    return number if 0 < number <= MOST_TOTAL else 0


def _identity(identity: Any) -> frozenset[str]:
    if identity is None:
        return frozenset()
    flags = {
        "streamer": identity.is_anchor,
        "moderator": identity.is_moderator_of_anchor,
        "subscriber": identity.is_subscriber_of_anchor,
        "follower": identity.is_follower_of_anchor or identity.is_mutual_following_with_anchor,
        "friend": identity.is_mutual_following_with_anchor,
        "gifter": identity.is_gift_giver_of_anchor,
    }
    return frozenset(role for role, held in flags.items() if held)


def _key(event: Any) -> str:
    common = event.common
    if common is None or not common.msg_id:
        return ""
    return f"{common.method or type(event).__name__}:{common.msg_id}"


def _created(kind: EventKind, event: Any) -> float:
    """Seconds; TikTok counts milliseconds, for a question's own time seconds."""
    if event.common is not None and event.common.create_time > 0:
        return float(event.common.create_time / 1000)
    return float(max(0, event.data.create_time)) if kind is EventKind.QUESTION else 0.0


def _may_order(event: Any) -> bool:
    """Whether a moderator or the streamer wrote it. A comment that does not say so may still carry its user's rights."""
    if (identity := event.user_identity) is not None:
        return bool(identity.is_moderator_of_anchor or identity.is_anchor)
    return event.user.user_attr is not None and bool(event.user.user_attr.is_admin)


def _comment(event: Any) -> dict[str, Any]:
    return {
        "text": event.content,
        "language": event.content_language,
        "moderator": _may_order(event),
        "mentions": _handles([event.at_user, *event.mention_users]),
        "emotes": tuple(found.emote.emote_id for found in event.emotes if found.emote),
    }


def _handles(users: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(user.display_id for user in users if user is not None and user.display_id))


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


def _treasure(event: Any) -> dict[str, Any]:
    box = event.envelope_info
    return {"count": max(1, box.people_count), "diamonds": max(0, box.diamond_count), "group": box.envelope_id}


def _poll(event: Any) -> dict[str, Any]:
    """An update carries its options, and its title elsewhere than the start does."""
    basic, start = event.poll_basic_info, event.start_content
    content = start or event.end_content or event.update_votes_content
    options = content.option_list if content else []
    counted = ", ".join(f"{option.display_content} {option.votes}" for option in options)
    title = (basic.title if basic else "") or (start.title if start else "")
    return {
        "text": f"{title} ({counted})" if counted else title,
        "total": _total(sum(max(0, option.votes) for option in options)),
        "group": str(event.poll_id or ""),
        "streaking": event.message_type != POLL_ENDED,
    }


def _battle(event: Any) -> dict[str, Any]:
    """Who fights; of one that is over with the points, the winner first."""
    hosts = {host.key: host.value.user for host in event.anchors_info if host.value and host.value.user}
    names = [host.nick_name or host.display_id for host in hosts.values()]
    if event.action != OPEN:
        points = {number: result.score for number, result in event.battle_result.items() if number in hosts}
        ranking = sorted(points, key=lambda number: -points[number])
        names = [f"{hosts[number].nick_name or hosts[number].display_id} {points[number]}" for number in ranking]
    return {
        "text": ", ".join(names),
        "mentions": _handles(hosts.values()),
        "group": str(event.battle_id or ""),
        "streaking": event.action == OPEN,
    }


PARTICULARS: dict[EventKind, Callable[[Any], dict[str, Any]]] = {
    EventKind.COMMENT: _comment,
    EventKind.GIFT: _gift,
    EventKind.LIKE: lambda event: {
        "count": max(1, min(event.count, MOST_LIKES)),
        "total": _total(event.total),
    },
    EventKind.JOIN: lambda event: {"total": _total(event.member_count)},
    EventKind.SUBSCRIBE: lambda event: {"total": _total(event.sub_month)},
    EventKind.QUESTION: lambda event: {"text": event.data.content},
    EventKind.EMOTE: lambda event: {"emotes": tuple(emote.emote_id for emote in event.emote_list)},
    EventKind.VIEWERS: lambda event: {"total": _total(event.total)},
    EventKind.TREASURE: _treasure,
    EventKind.POLL: _poll,
    EventKind.BATTLE: _battle,
    EventKind.DELETE: lambda event: {
        "targets": frozenset(str(number) for number in (*event.delete_msg_ids, *event.delete_user_ids))
    },
}
"""The fields of LiveEvent that only this kind has."""
