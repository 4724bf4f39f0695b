"""Reading only what is used gives what the library gives, whatever comes, and is left to it where it does not."""

import random
import threading
from types import SimpleNamespace
from typing import Any, ClassVar

import fake_tiktok
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.decode import decode, kind_of
from live.lean import WANTED, Message, OddError, Plan, Reader, Tree, readers
from live.library import load

ROOM = fake_tiktok.Ctx(1, fake_tiktok.norm_user("streamer"), rich=True)
WHO = {"user": {"name": "anna", "nickname": "Anna ☕"}}
SCRIPTS: list[dict[str, Any]] = [
    {"type": "comment", "text": "why is the sky blue? 你好 🌹", **WHO},
    {"type": "comment", "text": "", **WHO},
    {"type": "gift", "gift": "Rose", **WHO},
    {"type": "like", "count": 15, "total": 123_456, **WHO},
    {"type": "join", **WHO},
    {"type": "follow", **WHO},
    {"type": "share", **WHO},
    {"type": "viewers"},
]


def library() -> dict[str, Any]:
    """The library's own classes, by message."""
    load(threading.Event())
    from TikTokLive.events import proto_events

    names = {
        "WebcastChatMessage": "CommentEvent",
        "WebcastGiftMessage": "GiftEvent",
        "WebcastLikeMessage": "LikeEvent",
        "WebcastMemberMessage": "JoinEvent",
        "WebcastSocialMessage": "SocialEvent",
        "WebcastRoomUserSeqMessage": "RoomUserSeqEvent",
    }
    return {method: getattr(proto_events, name) for method, name in names.items()}


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return library()


@pytest.fixture(scope="module")
def lean(whole: dict[str, Any]) -> dict[str, Any]:
    table = dict(whole)
    readers(table)
    assert all(isinstance(reader, Reader) for reader in table.values())
    return table


def seen(message: Any, wanted: Tree) -> Any:
    """The wanted fields as plain values."""
    if message is None:
        return None
    found: dict[str, Any] = {}
    for name, tree in wanted.items():
        value = getattr(message, name)
        if tree is None:
            found[name] = value if isinstance(value, str) else int(value)
        elif isinstance(value, list | tuple):
            found[name] = [seen(item, tree) for item in value]
        else:
            found[name] = seen(value, tree)
    return found


def built(script: dict[str, Any], number: int = 77) -> tuple[str, bytes]:
    method, payload = fake_tiktok.BUILDERS[script["type"]](ROOM, {"msg_id": number, **script})
    return method, payload


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s["type"])
def test_every_wanted_field_reads_as_the_library_reads_it(script: dict[str, Any], whole: Any, lean: Any):
    method, payload = built(script)
    quick, slow = lean[method]().parse(payload), whole[method]().parse(payload)

    assert isinstance(quick, Message)
    assert seen(quick, WANTED[method]) == seen(slow, WANTED[method])
    assert quick.get_type() == slow.get_type() == type(quick).__name__


@given(script=st.sampled_from(SCRIPTS), seed=st.integers(0, 2**32), cuts=st.integers(1, 6))
def test_whatever_the_library_can_read_of_a_spoilt_message_is_read_the_same(
    script: dict[str, Any], seed: int, cuts: int
):
    """Spoilt bytes either mean the same to both, or the library is asked."""
    whole, chance = library(), random.Random(seed)
    lean = dict(whole)
    readers(lean)
    method, payload = built(script)
    spoilt = bytearray(payload)
    for _ in range(cuts):
        match chance.randrange(3):
            case 0:
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            case 1:
                del spoilt[chance.randrange(len(spoilt)) :]
            case _:
                at = chance.randrange(len(spoilt) + 1)
                spoilt[at:at] = chance.randbytes(3)
        spoilt = spoilt or bytearray(b"\x00")
    try:
        slow = whole[method]().parse(bytes(spoilt))
    except Exception:  # noqa: BLE001 - the library raises anything
        return
    try:
        expected = seen(slow, WANTED[method])
    except (TypeError, AttributeError):  # it puts numbers where it promises messages: no better sense is made of that
        with pytest.raises((TypeError, AttributeError)):
            seen(lean[method]().parse(bytes(spoilt)), WANTED[method])
        return
    assert seen(lean[method]().parse(bytes(spoilt)), WANTED[method]) == expected


@pytest.mark.parametrize("payload", [b"\x0b", b"\x80", b"\x0a\x7f", b"\xff" * 11, b"\x0a"])
def test_what_no_sender_writes_is_left_to_the_library(payload: bytes):
    asked: list[bytes] = []

    class Whole:
        get_type = classmethod(lambda _: "X")
        __dataclass_fields__: ClassVar[dict[str, Any]] = {}

        def parse(self, given: bytes) -> str:
            asked.append(given)
            return "whole"

    assert Reader(Whole, {})().parse(payload) == "whole"
    assert asked == [payload]


def test_what_was_not_sent_is_as_empty_as_in_the_library(whole: Any, lean: Any):
    for method in WANTED:
        assert seen(lean[method]().parse(b""), WANTED[method]) == seen(whole[method]().parse(b""), WANTED[method])


def test_of_a_submessage_sent_in_two_parts_the_last_one_counts_as_in_the_library(whole: Any, lean: Any):
    """Protobuf would merge them, betterproto2 does not."""
    user = fake_tiktok.S(3, "Anna")
    payload = fake_tiktok.M(2, fake_tiktok.V(1, 5)) + fake_tiktok.M(2, user)
    method = "WebcastChatMessage"

    assert seen(lean[method]().parse(payload), WANTED[method]) == seen(whole[method]().parse(payload), WANTED[method])


def test_a_field_the_library_does_not_have_is_noticed_at_once(whole: Any):
    """After an update of the library, not in the middle of a live."""
    with pytest.raises(KeyError):
        Plan.of(whole["WebcastChatMessage"], {"no_such_field": None})
    with pytest.raises(OddError):
        Plan.of(whole["WebcastChatMessage"], {"user": None})


def test_a_message_that_is_not_listened_to_stays_out_of_the_table():
    table: dict[str, Any] = {"WebcastControlMessage": SimpleNamespace}
    readers(table)
    assert table == {"WebcastControlMessage": SimpleNamespace}


@pytest.mark.parametrize("number", [-1, -(2**31), 2**31 - 1, 0, 2**31, 2**63, 2**64 - 1])
def test_numbers_of_any_sign_and_size_read_as_in_the_library(number: int, whole: Any, lean: Any):
    method, field = "WebcastLikeMessage", 2
    payload = fake_tiktok.V(field, number % 2**64)
    try:
        slow = whole[method]().parse(payload)
    except Exception as error:  # noqa: BLE001 - the library raises anything
        with pytest.raises(type(error)):
            lean[method]().parse(payload)
    else:
        assert seen(lean[method]().parse(payload), WANTED[method]) == seen(slow, WANTED[method])


def test_a_submessage_that_reaches_into_what_follows_it_is_left_to_the_library(lean: Any):
    user = b"\x12\x01\x08"  # one byte long: the key of a number, whose value would be the next field's
    with pytest.raises(Exception):  # noqa: B017, PT011 - the library raises anything
        lean["WebcastChatMessage"]().parse(user + b"\x1a\x02hi")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s["type"])
def test_what_happened_is_understood_the_same_however_it_was_read(script: dict[str, Any], whole: Any, lean: Any):
    """`decode` looks at nothing that the quick reading leaves out."""
    method, payload = built(script)
    quick, slow = lean[method]().parse(payload), whole[method]().parse(payload)
    kind = kind_of(slow)

    assert kind is not None
    assert kind_of(quick) is kind
    assert decode(kind, quick, 5.0) == decode(kind, slow, 5.0) is not None
