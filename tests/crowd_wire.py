"""A rehearsal's crowd in its second form: what `FakeTikTok.push` makes protobuf of."""

from typing import Any

from events import EventKind, LiveEvent


def push_form(event: LiveEvent) -> dict[str, Any]:
    """The same happening, with the same ids, for the stand-in of TikTok."""
    form: dict[str, Any] = {"type": event.kind.value, "msg_id": int(event.key.rpartition(":")[2])}
    if event.user_id:
        form["user"] = {
            "id": int(event.user_id),
            "unique_id": event.username,
            "nickname": event.nickname,
            "mod": event.moderator,
        }
    return form | _particulars(event)


def _particulars(event: LiveEvent) -> dict[str, Any]:
    match event.kind:
        case EventKind.COMMENT:
            return {"text": event.text, "lang": event.language}
        case EventKind.LIKE:
            return {"count": event.count, "total": event.total}
        case EventKind.VIEWERS:
            return {"total": event.total}
        case EventKind.GIFT:
            streaks = bool(event.group)
            gift = {
                "id": int(event.gift_id),
                "name": event.text,
                "diamonds": event.diamonds,
                "type": 1 if streaks else 2,
            }
            end = streaks and not event.streaking
            return {"gift": gift, "count": event.count, "end": end, "group_id": int(event.group or 0)}
    return {}
