"""The audit keeps what was decided, in order, bounded, and forgets people."""

from live.audit import KEPT, Audit
from tests.fakes import somebody


def test_entries_have_their_whole_shape_and_count_up():
    audit = Audit()
    audit.note(5.0, "refuse", rule="slur", reason="x", text="a", said="", kind="answer", username="ada")
    audit.note(6.0, "panic", rule="panic")

    assert [dict(e) for e in audit.entries()] == [
        {"id": 1, "at": 5.0, "action": "refuse", "rule": "slur", "reason": "x", "text": "a", "said": "",
         "kind": "answer", "username": "ada"},
        {"id": 2, "at": 6.0, "action": "panic", "rule": "panic", "reason": "", "text": "", "said": "", "kind": "",
         "username": ""},
    ]  # fmt: skip


def test_only_the_newest_are_kept_and_ids_go_on():
    audit = Audit()
    for number in range(KEPT + 5):
        audit.note(float(number), "rewrite", rule="r")

    assert len(audit.entries()) == KEPT
    assert (audit.entries()[0]["id"], audit.entries()[-1]["id"]) == (6, KEPT + 5)


def test_whoever_wants_to_be_forgotten_leaves_no_word():
    """What others read before is theirs: an entry that was handed out does not change."""
    audit = Audit()
    audit.note(1.0, "refuse", rule="slur", reason="ada_l", text="ada_l", said="ada_l", username="ada_l")
    audit.note(2.0, "refuse", rule="slur", text="bob", username="bob")
    before = audit.entries()
    audit.note(3.0, "refuse", rule="slur", text="so says Ada_L", username="bob")
    assert audit.forget(somebody("ada_l")) == 2

    first, second, third = audit.entries()
    assert "ada_l" not in str([dict(first), dict(third)]).casefold()
    assert (first["id"], first["rule"], second["text"]) == (1, "slur", "bob")
    assert before[0]["text"] == "ada_l"
    for number in range(KEPT):
        audit.note(float(number), "rewrite", rule="r")
    assert len(audit.entries()) == KEPT
