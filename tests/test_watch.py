"""The settings file while the program runs: what counts when, and what never does."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web_house import eventually

from settings import Settings, alone, changed, load_settings, save_settings, undo
from tuning.watch import CUT, DOUBTFUL, SETTLED, Watch


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """Settings in a file, watched by hand."""

    def __init__(self, folder: Path, text: str | None = None) -> None:
        self.file = folder / "settings.yaml"
        if text is not None:
            self.file.write_text(text, encoding="utf-8")
        self.clock = Clock()
        self.settings = load_settings(self.file)
        self.watch = Watch(self.settings, clock=self.clock)
        self.told: list[list[str]] = []
        self.watch.changed = self.told.append

    def pass_time(self, seconds: float) -> None:
        """Looks every 0.1 s for so long."""
        for _ in range(round(seconds / 0.1)):
            self.clock.now += 0.1
            self.watch.look()

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    def replace(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.write(text.replace(old, new))

    @property
    def problems(self) -> list[dict[str, object]]:
        return self.watch.report(running=True)["problems"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_edit_by_hand_counts_within_a_second(bench: Bench):
    bench.replace("reply_threshold: 0.6", "reply_threshold: 0.9")
    bench.pass_time(0.9)

    assert bench.settings.comment.reply_threshold == 0.9
    assert bench.told == [["comment.reply_threshold"]]
    assert bench.problems == []


def test_the_rooms_see_it_in_the_sections_they_hold(bench: Bench):
    """They were given a section, not a copy."""
    comment = bench.settings.comment
    bench.replace("min_length: 3", "min_length: 7")
    bench.pass_time(0.9)

    assert comment.min_length == 7


def test_a_real_thread_takes_it_over_and_ends(tmp_path: Path):
    bench = Bench(tmp_path)
    with Watch(bench.settings) as watch:
        thread = next(t for t in threading.enumerate() if t.name == "settings")
        bench.replace("min_length: 3", "min_length: 8")
        eventually(lambda: bench.settings.comment.min_length == 8)
        assert watch.report(running=False)["changed_at"] == pytest.approx(time.time(), abs=60)
    assert not thread.is_alive()


def test_a_bad_edit_is_refused_with_its_line_while_the_old_values_stay(bench: Bench):
    bench.replace("reply_threshold: 0.6", "reply_threshold: 60")
    bench.pass_time(0.9)
    line = bench.file.read_text("utf-8").splitlines().index("  reply_threshold: 60") + 1

    assert bench.settings.comment.reply_threshold == 0.6
    assert bench.problems == [
        {"path": "comment.reply_threshold", "line": line, "message": 'must be a number from 0 to 1, not "60"'}
    ]
    bench.replace("reply_threshold: 60", "reply_threshold: 0.7")
    bench.pass_time(0.9)
    assert bench.settings.comment.reply_threshold == 0.7
    assert bench.problems == []


def test_one_bad_value_keeps_the_good_ones_beside_it_out_too(bench: Bench):
    """All or nothing: who reads half of it could not know which half."""
    bench.replace("min_length: 3", "min_length: many")
    bench.replace("reply_threshold: 0.6", "reply_threshold: 0.9")
    bench.pass_time(2)

    assert bench.settings.comment.reply_threshold == 0.6


def test_a_broken_file_is_no_problem_before_it_had_time_to_become_whole(bench: Bench):
    whole = bench.file.read_text("utf-8").replace("min_length: 3", "min_length: 4")
    bench.write(whole[: whole.index("greetings:") + 30])
    bench.pass_time(0.3)
    assert bench.problems == []
    bench.write(whole)
    bench.pass_time(0.5)

    assert bench.problems == []
    assert bench.settings.comment.min_length == 4


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.99])
def test_half_a_file_never_puts_defaults_in_the_place_of_values(tmp_path: Path, share: float):
    """A cut file may be valid: what is missing would count as its default."""
    bench = Bench(tmp_path)
    changed(bench.settings, {"system_prompt": "Talk like a pirate.", "likes": {"first_milestone": 7}})
    save_settings(bench.settings)
    bench.pass_time(1)
    whole = bench.file.read_text("utf-8").replace("first_milestone: 7", "first_milestone: 8")
    for cut in {int(len(whole) * share), whole.index("\n", int(len(whole) * share)) - 1}:
        bench.write(whole[:cut])
        bench.pass_time(0.4)
        assert bench.settings.system_prompt == "Talk like a pirate."
        assert bench.settings.likes.first_milestone in {7, 8}
    bench.write(whole)
    bench.pass_time(0.9)

    assert bench.settings.system_prompt == "Talk like a pirate."
    assert bench.settings.likes.first_milestone == 8


def test_a_file_without_its_end_counts_in_the_end_but_an_empty_one_never(bench: Bench):
    """Somebody may want only these lines; nobody wants none."""
    bench.settings.comment.min_length = 9
    save_settings(bench.settings)
    bench.write("comment:\n  reply_threshold: 0.8\n")
    bench.pass_time(SETTLED + 0.2)
    assert bench.settings.comment.min_length == 9
    bench.pass_time(DOUBTFUL)
    assert (bench.settings.comment.min_length, bench.settings.comment.reply_threshold) == (3, 0.8)
    bench.write("tiktok:\n  unique_id: an")
    bench.pass_time(CUT - 1)
    assert bench.settings.tiktok.unique_id == ""

    for empty in ("", "\n", "# nothing\n"):
        bench.write(empty)
        bench.pass_time(10)
        assert bench.settings.comment.reply_threshold == 0.8
        assert "empty" in str(bench.problems[0]["message"])


def test_an_editor_that_puts_another_file_in_its_place_is_followed(bench: Bench):
    other = bench.file.with_name("settings.yaml~")
    other.write_text(bench.file.read_text("utf-8").replace("min_length: 3", "min_length: 5"), encoding="utf-8")
    bench.file.rename(bench.file.with_name("settings.yaml.old"))
    bench.pass_time(0.3)
    assert bench.problems == []
    other.rename(bench.file)
    bench.pass_time(0.5)

    assert bench.settings.comment.min_length == 5


def test_a_deleted_file_changes_nothing_is_told_and_comes_back_with_the_next_save(bench: Bench):
    """Also where an older settings.json lies beside it, from which it was made once."""
    bench.file.with_suffix(".json").write_text('{"comment": {"min_length": 50}}', encoding="utf-8")
    bench.settings.comment.min_length = 6
    save_settings(bench.settings)
    bench.file.unlink()
    bench.pass_time(2)

    assert bench.settings.comment.min_length == 6
    assert "is gone" in str(bench.problems[0]["message"])
    save_settings(bench.settings)
    bench.pass_time(1)
    assert bench.problems == []
    assert load_settings(bench.file).comment.min_length == 6


def test_what_cannot_be_read_is_told_and_healed(bench: Bench):
    good = bench.file.read_bytes()
    bench.file.write_bytes(b"comment:\n  thanks: ['\xff']\n")
    bench.pass_time(1)
    assert bench.problems[0]["line"] == 2
    bench.file.write_bytes(b"#" * 1_000_001)
    bench.pass_time(1)
    assert "1 MB" in str(bench.problems[0]["message"])
    bench.file.unlink()
    bench.file.mkdir()
    bench.pass_time(1)
    assert "folder" in str(bench.problems[0]["message"])
    bench.file.rmdir()
    bench.file.write_bytes(good.replace(b"min_length: 3", b"min_length: 4"))
    bench.pass_time(1)

    assert bench.problems == []
    assert bench.settings.comment.min_length == 4


@pytest.mark.parametrize("written", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
def test_what_windows_editors_add_is_survived(bench: Bench, written: Callable[[str], str]):
    before = bench.settings.model_dump()
    text = bench.file.read_text("utf-8").replace("min_length: 3", "min_length: 4")
    bench.file.write_bytes(written(text).encode("utf-8"))
    bench.pass_time(0.9)

    assert bench.problems == []
    before["comment"]["min_length"] = 4
    assert bench.settings.model_dump() == before
    save_settings(bench.settings)
    assert load_settings(bench.file).model_dump() == before


def test_dates_that_go_backwards_or_stand_still_hide_nothing(bench: Bench):
    """Clocks are set, and some disks know dates to two seconds only: the content counts."""
    about = bench.file.stat()
    moments = [about.st_mtime_ns, about.st_mtime_ns, about.st_mtime_ns - 10**13]
    for length, moment in enumerate(moments, 4):
        bench.replace(f"min_length: {length - 1}", f"min_length: {length}")
        os.utime(bench.file, ns=(about.st_atime_ns, moment))
        bench.pass_time(0.9)
        assert bench.settings.comment.min_length == length


def test_what_is_saved_here_is_no_change_and_no_problem(bench: Bench):
    changed(bench.settings, {"comment": {"min_length": 5}})
    save_settings(bench.settings)
    bench.pass_time(2)

    assert bench.told == []
    assert bench.settings.comment.min_length == 5


def test_what_is_changed_but_not_saved_yet_survives_an_edit_of_something_else(bench: Bench):
    """The window changes first and saves a moment later."""
    changed(bench.settings, {"comment": {"min_length": 5}})
    bench.replace("reply_threshold: 0.6", "reply_threshold: 0.7")
    bench.pass_time(0.9)

    assert (bench.settings.comment.min_length, bench.settings.comment.reply_threshold) == (5, 0.7)
    save_settings(bench.settings)
    again = load_settings(bench.file).comment
    assert (again.min_length, again.reply_threshold) == (5, 0.7)


def test_a_save_between_the_edit_and_its_turn_is_not_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Whoever saves reads the edit, too; what the watch has seen is old news then."""
    bench.replace("reply_threshold: 0.6", "reply_threshold: 0.7")
    bench.watch.look()
    seen = bench.watch._seen
    changed(bench.settings, {"comment": {"min_length": 5}})
    save_settings(bench.settings)
    bench.clock.now += 1
    monkeypatch.setattr(bench.watch, "_sight", lambda: seen)  # the look that began before the save
    bench.watch.look()

    assert (bench.settings.comment.min_length, bench.settings.comment.reply_threshold) == (5, 0.7)


def test_names_that_are_no_settings_come_and_go_with_the_file(bench: Bench):
    """What somebody wrote is theirs, also when it is of no use to us."""
    bench.write(bench.file.read_text("utf-8") + "my_note: keep me\n")
    bench.pass_time(1)
    changed(bench.settings, {"comment": {"min_length": 5}})
    save_settings(bench.settings)
    assert "my_note" in bench.file.read_text("utf-8")
    bench.write("".join(line for line in bench.file.read_text("utf-8").splitlines(True) if "my_note" not in line))
    save_settings(bench.settings)

    assert "my_note" not in bench.file.read_text("utf-8")


@pytest.mark.parametrize("values", [(".nan", "5"), ("1", "true"), ("5", "5.0")])
def test_a_name_that_is_no_setting_follows_whatever_its_value_is(bench: Bench, values: tuple[str, str]):
    """Not a number equals nothing, and to Python true equals 1: what is written counts."""
    text = bench.file.read_text("utf-8")
    for value in values:
        bench.write(f"{text}my_note: {value}\n")
        bench.pass_time(1)
    changed(bench.settings, {"comment": {"min_length": 5}})
    save_settings(bench.settings)

    assert bench.file.read_text("utf-8").endswith(f"my_note: {values[1]}\n")


def test_a_key_written_by_hand_counts_and_is_moved_out_by_the_next_save(bench: Bench):
    bench.replace('api_key: ""', 'api_key: "sk-canary-1234567"')
    bench.pass_time(1)
    assert bench.settings.openai.api_key == "sk-canary-1234567"
    changed(bench.settings, {"comment": {"min_length": 5}})
    save_settings(bench.settings)

    assert "sk-canary-1234567" not in bench.file.read_text("utf-8")
    assert load_settings(bench.file).openai.api_key == "sk-canary-1234567"


def test_what_needs_a_new_start_is_named_until_it_is_as_at_the_start(bench: Bench):
    bench.watch.started()
    bench.replace("port: 9000", "port: 9001")
    bench.replace("min_length: 3", "min_length: 4")
    bench.pass_time(1)

    assert bench.watch.report(running=True)["restart"] == ["animaze.port"]
    assert bench.watch.report(running=False)["restart"] == []
    changed(bench.settings, {"animaze": {"port": 9000}})
    assert bench.watch.report(running=True)["restart"] == []
    changed(bench.settings, {"animaze": {"port": 9002}})
    bench.watch.started()
    assert bench.watch.report(running=True)["restart"] == []


def test_a_change_from_anywhere_can_be_taken_back(bench: Bench):
    """By hand, by a page, by the window: the newest goes first."""
    bench.replace("min_length: 3", "min_length: 4")
    bench.pass_time(1)
    changed(bench.settings, {"comment": {"min_length": 5}, "openai": {"api_key": "sk-first-key"}})
    save_settings(bench.settings)
    for expected, key in ((4, ""), (3, "")):
        trial = bench.settings.model_copy(deep=True)
        undo(trial)
        bench.settings.saved_as(trial)
        assert (bench.settings.comment.min_length, bench.settings.openai.api_key) == (expected, key)
        again = load_settings(bench.file)
        assert (again.comment.min_length, again.openai.api_key) == (expected, key)
    with pytest.raises(LookupError):
        undo(bench.settings.model_copy(deep=True))


def test_the_history_is_bounded_and_shows_no_values(bench: Bench):
    for number in range(60):
        changed(bench.settings, {"openai": {"api_key": f"sk-canary-{number:04}"}})
        save_settings(bench.settings)
    assert repr(bench.settings._history) == "<50 changes>"
    assert "canary" not in repr(bench.settings)


@pytest.fixture
def busy(bench: Bench) -> Iterator[Bench]:
    with Watch(bench.settings, every=0.001):
        yield bench


def test_pages_hands_and_the_watch_at_the_same_time_lose_nothing(busy: Bench):
    """Two threads save, a hand edits, the watch looks all the time: each change of its own field arrives."""

    def save(name: str) -> None:
        for number in range(1, 21):
            with alone():
                changed(busy.settings, {"likes": {name: number}})
                save_settings(busy.settings)

    threads = [threading.Thread(target=save, args=(name,)) for name in ("first_milestone", "milestone_every")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy.replace("min_length: 3", "min_length: 4")
    eventually(lambda: busy.settings.comment.min_length == 4)

    again = load_settings(busy.file)
    assert (again.likes.first_milestone, again.likes.milestone_every, again.comment.min_length) == (20, 20, 4)
    assert busy.settings == again


def test_settings_that_were_never_loaded_are_watched_where_they_will_be_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    watch = Watch(settings, clock=Clock())
    watch.look()
    save_settings(settings)
    watch.look()

    assert watch.report(running=False)["problems"] == []
