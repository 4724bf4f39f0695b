"""Reads from TikTok's messages only the fields that are used, many times faster than the library reads all of them.

Pure but for `readers`; any thread. Field numbers and types are taken from the library's own classes (betterproto2 0.9),
so nothing is written down twice; what this room does not understand is left to the library. Measured: the library
spends 1 to 4 ms on a message of the usual mix, nearly all of it on pictures and badges that nobody here looks at.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

Tree = Mapping[str, "Tree | None"]
"""Names of wanted fields, each with those wanted inside it."""

USER: Tree = {
    "id": None,
    "display_id": None,
    "nickname": None,
    "follow_info": {"follow_status": None},
    "user_attr": {"is_admin": None},
    "badge_list": {"scene_type": None, "privilege_log_extra": {"level": None}},
}
IDENTITY: Tree = {
    "is_moderator_of_anchor": None,
    "is_subscriber_of_anchor": None,
    "is_follower_of_anchor": None,
    "is_mutual_following_with_anchor": None,
    "is_gift_giver_of_anchor": None,
    "is_anchor": None,
}
COMMON: Tree = {"method": None, "msg_id": None, "create_time": None, "display_text": {"key": None}}
WANTED: Mapping[str, Tree] = {
    "WebcastChatMessage": {
        "common": COMMON,
        "user": USER,
        "content": None,
        "content_language": None,
        "user_identity": IDENTITY,
        "at_user": {"display_id": None},
        "mention_users": {"display_id": None},
        "emotes": {"emote": {"emote_id": None}},
    },
    "WebcastGiftMessage": {
        "common": COMMON,
        "user": USER,
        "user_identity": IDENTITY,
        "gift_id": None,
        "group_id": None,
        "repeat_count": None,
        "repeat_end": None,
        "gift": {"id": None, "name": None, "type": None, "diamond_count": None},
    },
    "WebcastLikeMessage": {"common": COMMON, "user": USER, "count": None, "total": None},
    "WebcastMemberMessage": {"common": COMMON, "user": USER, "action": None, "member_count": None},
    "WebcastSocialMessage": {"common": COMMON, "user": USER, "action": None},
    "WebcastRoomUserSeqMessage": {"common": COMMON, "total": None, "total_user": None},
}
"""What `live/decode` looks at in the messages that come by the hundred."""

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
SIGNED = {"int32", "int64", "enum"}
NUMBERS = SIGNED | {"uint32", "uint64", "bool"}


class OddError(ValueError):
    """A message this room does not understand; the library may."""


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One wanted field of a message."""

    name: str
    kind: str
    """The protobuf type."""

    repeated: bool
    inside: "Plan | None" = None


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to read from a message: wanted fields by number, and what stands where nothing was sent."""

    fields: Mapping[int, Field]
    blank: Mapping[str, Any]

    @classmethod
    def of(cls, message: Any, wanted: Tree) -> "Plan":
        """For this class of the library. Raises KeyError for a field that it does not have, OddError for one not readable here."""
        known = {field.name: field.metadata["betterproto"] for field in dataclasses.fields(message)}
        fields, blank = {}, {}
        for name, tree in wanted.items():
            meta = known[name]
            inside = cls.of(message._betterproto.cls_by_field[name], tree) if tree is not None else None
            if (meta.proto_type == "message") != (inside is not None):
                raise OddError(f"{name} is a {meta.proto_type}")
            if inside is None and (meta.repeated or meta.proto_type not in NUMBERS | {"string"}):
                raise OddError(f"{name} is a {meta.proto_type} that is not read here")
            fields[meta.number] = Field(name, meta.proto_type, meta.repeated, inside)
            blank[name] = () if meta.repeated else None if inside else _nothing(meta.proto_type)
        return cls(fields, blank)


def _nothing(kind: str) -> Any:
    return "" if kind == "string" else False if kind == "bool" else 0


class Message:
    """A message with the wanted fields as attributes, as the library names them."""


class Reader:
    """Stands in the library's table of messages in the place of an event class of its own, `whole`."""

    def __init__(self, whole: Any, wanted: Tree) -> None:
        plan = Plan.of(whole, wanted)
        self._whole, self._plan = whole, plan
        self._event = type(whole.__name__, (Message,), {"get_type": staticmethod(whole.get_type), "size": -1})

    def __call__(self) -> "Reader":
        """The library makes an event before it parses into it; reading needs no such thing."""
        return self

    def parse(self, payload: bytes) -> Any:
        """The event, an object of a class that is named as the library's. What is odd is parsed by the library, which may raise anything."""
        try:
            return _read(payload, 0, len(payload), self._plan, self._event())
        except (OddError, IndexError, UnicodeDecodeError):
            return self._whole().parse(payload)


def readers(table: dict[str, Any]) -> None:
    """Put a reader for each frequent message that is in the library's table in the place of its own class; again is harmless."""
    for method, wanted in WANTED.items():
        whole = table.get(method)
        if whole is not None and not isinstance(whole, Reader):
            table[method] = Reader(whole, wanted)


def _read(data: bytes, at: int, end: int, plan: Plan, message: Message) -> Message:
    """Source: protobuf's wire format. Raises OddError or IndexError for what is none, or not sent by any usual sender."""
    fields, values = plan.fields, message.__dict__
    values.update(plan.blank)
    while at < end:
        key, at = _varint(data, at)
        field = fields.get(key >> 3)
        wire = key & 7
        if wire == LENGTH:
            length, at = _varint(data, at)
            stop = at + length
            if stop > end:
                raise OddError("longer than its message")
            if field is not None:
                _put(values, field, data, at, stop)
            at = stop
        elif wire == VARINT:
            value, at = _varint(data, at)
            if field is not None:
                values[field.name] = _number(field, value)
        elif field is not None or wire not in {FIXED64, FIXED32}:
            raise OddError(f"wire type {wire}")
        else:
            at += 8 if wire == FIXED64 else 4
    if at != end:
        raise OddError("torn")
    return message


def _put(values: dict[str, Any], field: Field, data: bytes, at: int, stop: int) -> None:
    value: Any
    if field.inside is not None:
        value = _read(data, at, stop, field.inside, Message())
    elif field.kind == "string":
        value = data[at:stop].decode("utf-8")
    else:
        raise OddError(f"{field.name} is no text")
    if field.repeated:
        values[field.name] = (*values[field.name], value)
    else:
        values[field.name] = value


def _number(field: Field, value: int) -> int | bool:
    if field.kind == "bool":
        return value != 0
    if field.kind not in NUMBERS:
        raise OddError(f"{field.name} is no number")
    if field.kind in SIGNED and value >= 1 << 63:
        value -= 1 << 64
    if field.kind in {"int32", "enum"} and not -(1 << 31) <= value < 1 << 31:
        raise OddError(f"{field.name} is too large")
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins here and where the next thing does."""
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while shift < 70:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, at + 1
        shift += 7
    raise OddError("a number without end")
