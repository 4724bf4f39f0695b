"""Who is meant, and what names them: as many texts as must be are changed, and none that need not be."""

import pytest

from live.whom import Whom, cleaned
from tests.fakes import somebody

ZOE = Whom(
    frozenset({"zoe_k", "zoe"}), frozenset({"7310"}), frozenset({"Zoé 💛", "the", "In The", "Kanarienvogel", ""})
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("hi @zoe_k!", "hi forgotten!"), ("ZOE_K, zoe_k.", "forgotten, forgotten."), ("zoe_kx or xzoe_k", "zoe_kx or xzoe_k"),
        ("Zoé 💛 is here", "forgotten is here"), ("the zoe in the house", "the zoe in the house"), ("ask @the", "ask forgotten"),
        ("@zoe @zoeline", "forgotten @zoeline"), ("kanarienvogel", "forgotten"), ("id 7310 and 73101", "id forgotten and 73101"),
    ],
)  # fmt: skip
def test_names_are_taken_out_and_ordinary_words_stay(text: str, clean: str):
    """Whoever calls themselves "the" must not make everybody else's words unreadable."""
    assert cleaned(text, ZOE).replace("@forgotten", "forgotten") == clean


def test_only_texts_change_in_what_holds_them():
    value = {"zoe_k": ["zoe_k", 7, None, {"a": ("zoe_k",)}]}

    assert cleaned(value, ZOE) == {"zoe_k": ["forgotten", 7, None, {"a": ["forgotten"]}]}


def test_nobody_names_nobody():
    """An empty name must not match between any two letters, nor every event of the room itself."""
    assert cleaned("some text", Whom()) == "some text"
    assert not somebody("", "", "").is_("", "")


def test_a_viewer_is_met_under_every_name_they_share_an_id_with():
    people = [("1", "new", "Nick"), ("2", "other", "Nick"), ("1", "old", "Old"), ("3", "old", "Third")]

    def among(whom: Whom) -> list[tuple[str, str, str]]:
        return [one for one in people if whom.is_(one[1], one[0])]

    met = somebody("new").met(among)
    assert (met.usernames, met.ids, met.nicknames) == ({"new", "old"}, {"1", "3"}, {"Nick", "Old", "Third"})
    assert somebody("nobody").met(among) == somebody("nobody")
