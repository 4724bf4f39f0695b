"""Orders from chat are recognised exactly, whatever else begins with an exclamation mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mind.commands import Order, order_in


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("!pal mute", Order.MUTE),
        ("  !PAL   Unmute ", Order.UNMUTE),
        ("!pal skip", Order.SKIP),
        ("!pal\tstatus", Order.STATUS),
        ("!shush", Order.SHUSH),
        ("!SHUSH now please", Order.SHUSH),
        ("\u200b!shush\u200b", Order.SHUSH),
        ("！shush", Order.SHUSH),
        ("!forgetme", Order.FORGET),
        ("!ForgetMe!", Order.FORGET),
        ("!forget me.", Order.FORGET),
        ("!forget it", None),
        ("!pal", Order.UNKNOWN),
        ("!pal dance", Order.UNKNOWN),
        ("!pal mute now", Order.UNKNOWN),
        ("!forgetme not", None),
        ("!pals mute", None),
        ("pal mute", None),
        ("!shushing", None),
        ("please !shush", None),
        ("! shush", None),
        ("", None),
        ("what is this?", None),
    ],
)
def test_an_order_is_what_it_says(text: str, order: Order | None):
    assert order_in(text) is order


@given(st.text())
def test_any_text_has_an_answer(text: str):
    assert order_in("x" + text) is None
