"""Who was forgotten is recognised for a day by a digest, and by nothing that could name them."""

from pathlib import Path
from typing import Any

import pytest

from events import LiveEvent
from live.tombs import DAY, Tombs, bury
from tests.fakes import comment, somebody
from tests.virtual import EPOCH


def said(username: str, user_id: str, created: float) -> LiveEvent:
    event = comment("hello", username, created=created)
    object.__setattr__(event, "user_id", user_id)
    return event


def test_what_happened_before_is_known_by_name_or_number_and_what_came_later_is_new(tmp_path: Path):
    file = tmp_path / "forgotten.json"
    bury(file, somebody("canary", "7310"), EPOCH)
    tombs = Tombs(file, EPOCH + 60)

    assert tombs.covers(said("canary", "", EPOCH - 5))
    assert tombs.covers(said("renamed", "7310", EPOCH - 5))
    assert not tombs.covers(said("canary", "7310", EPOCH + 5))
    assert not tombs.covers(said("canary", "7310", 0.0)), "when it happened is not known"
    assert not tombs.covers(said("other", "1", EPOCH - 5))
    assert not tombs.covers(said("7310", "canary", EPOCH - 5)), "a name is no number"
    text = file.read_text("utf-8")
    assert "canary" not in text
    assert "7310" not in text


def test_after_a_day_nobody_knows(tmp_path: Path):
    file = tmp_path / "forgotten.json"
    bury(file, somebody("canary"), EPOCH)
    bury(file, somebody("other"), EPOCH + DAY + 1)

    assert not Tombs(file, EPOCH + DAY + 1).covers(said("canary", "", EPOCH - 5))
    assert Tombs(file, EPOCH + DAY + 1).covers(said("other", "", EPOCH - 5))
    assert file.read_text("utf-8").count("179") <= 2


def test_each_file_has_digests_of_its_own(tmp_path: Path):
    """So nobody can look one up in a table."""
    for name in ("a.json", "b.json"):
        bury(tmp_path / name, somebody("canary"), EPOCH)

    assert (tmp_path / "a.json").read_text("utf-8") != (tmp_path / "b.json").read_text("utf-8")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"salt": 7}', b"\xff", b'{"salt": "s", "until": [1]}', b"[" * 99_999]
)
def test_a_file_that_is_none_begins_anew(content: bytes, tmp_path: Path):
    file = tmp_path / "forgotten.json"
    file.write_bytes(content)
    assert not Tombs(file, EPOCH).covers(said("canary", "", EPOCH - 5))
    bury(file, somebody("canary"), EPOCH)

    assert Tombs(file, EPOCH).covers(said("canary", "", EPOCH - 5))


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path):
    blocked: Any = tmp_path / "nowhere" / "forgotten.json"
    with pytest.raises(OSError, match="cannot be saved"):
        bury(blocked, somebody("canary"), EPOCH)
