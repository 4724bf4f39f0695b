"""docs/privacy.md tells the whole truth: which files there are, and that without memory nothing about viewers is in them."""

import asyncio
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import test_house
from tests.test_everywhere import WORDS, evening, told
from tests.web_house import eventually, post
from tests.whole_house import in_files, staged

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def named_files() -> list[str]:
    """The patterns in the first column of the table of files."""
    table = PAGE[PAGE.index("## Files") : PAGE.index("## Who gets what")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def unnamed(folder: Path) -> list[str]:
    files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    return [name for name in files if not any(fnmatch(name, pattern) for pattern in named_files())]


def test_every_file_that_is_written_stands_in_the_page_about_privacy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Looked at all the while: also files that are there only for a moment."""
    (tmp_path / "gifts.db").write_bytes(b"no database" * 500)
    (tmp_path / "memory.db").write_bytes(b"no database" * 500)
    with staged(tmp_path, monkeypatch) as stage:
        evening(stage)
        post(stage.port, "/api/audit/block", {"word": "zonk"})
        post(stage.port, "/api/settings", {"openai": {"api_key": "sk-0123456789abcdef"}})
        eventually(lambda: told(stage))
        written = {file.name for file in tmp_path.rglob("*")}
        assert unnamed(tmp_path) == []
        stage.forget("canary_zoe")
        assert unnamed(tmp_path) == []
    assert unnamed(tmp_path) == []
    assert {"secrets.json", "safety_cases.jsonl", "settings.yaml.bak"} <= written
    assert any(name.startswith("memory.db.broken-") for name in written)
    assert any(name.startswith("gifts.db.broken-") for name in written)


def test_the_page_names_every_setting_by_which_it_is_kept_shorter():
    from settings import schema

    known = {field["path"] for section in schema() for field in section["fields"]}
    settings = set(re.findall(r"`((?:memory|gifts|recording|safety|tiktok)\.\w+)`", PAGE))
    files = {"memory.db", "memory.json", "gifts.db"}

    assert settings - files - known == set()


def test_without_memory_no_byte_in_the_folder_tells_of_a_viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is only in memory is there, so that the test is not about a bot that did nothing."""
    with staged(tmp_path, monkeypatch, memory={"enabled": 0}) as stage:
        evening(stage)
        eventually(lambda: {"/api/here", "/api/gifts", "/api/audit", "/api/utterances"} <= {*stage.in_answers(*WORDS)})
        assert in_files(tmp_path, *WORDS, "ben", "cyd") == []
        assert stage.house.bridge.stop()
        assert in_files(tmp_path, *WORDS, "ben", "cyd") == []
    assert {file.name for file in tmp_path.iterdir()} <= {"settings.yaml", "settings.yaml.bak", "settings.yaml.lock"}


@pytest.mark.timeout(240)
def test_without_memory_the_whole_process_on_real_wires_writes_nothing_about_viewers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Comments, gifts, streaks, likes, joins, `!forgetme`; a model that answers, an avatar that speaks; DEBUG."""
    write = test_house.write_settings

    def without_memory(*places: Any) -> Path:
        file = write(*places)
        file.write_text(
            yaml.safe_dump(yaml.safe_load(file.read_text("utf-8")) | {"memory": {"enabled": 0}}), encoding="utf-8"
        )
        return file

    monkeypatch.setattr(test_house, "write_settings", without_memory)  # the same stage with one knob turned

    async def scenario() -> None:
        async with test_house.stage(tmp_path) as house:
            for user in ("canary_one", "canary_two"):
                await house.tiktok.push({"type": "comment", "user": user, "text": f"why is the canary {user} yellow?"})
                await house.tiktok.push({"type": "gift", "user": user, "gift": "Rose", "count": 5})
                for kind in ("like", "join", "follow", "share"):
                    await house.tiktok.push({"type": kind, "user": user})
            await house.until_status(
                lambda s: s["counters"]["answered"] >= 2 and s["counters"]["thanked"] >= 2, "thanks"
            )
            await house.tiktok.push({"type": "comment", "user": "canary_one", "text": "!forgetme"})
            await house.until_status(lambda s: s["counters"]["skipped"].get("forgotten"), "forgetting")
            assert in_files(tmp_path, "canary_") == []

    asyncio.run(scenario())
    assert in_files(tmp_path, "canary_") == []
