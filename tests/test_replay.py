"""A recorded live can be run again: the same decisions each time, and other ones only where the settings differ."""

import asyncio
import gzip
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import main
from live.recorder import Recorder
from live.replay import INPUTS, perform, recorded_settings
from live.replay_command import Show
from live.tape import Recording, load
from live.whatif import Run, comparison, overlay
from mind.templates import Templates
from settings import Settings, load_settings, save_settings
from starting.options import options
from tests import virtual
from tests.evenings import recorded, settings_in
from tests.fakes import EchoBrain, ListeningAvatar, Notebook, comment, event, gift, house, live, somebody

ROOT = Path(__file__).parent.parent
Note = dict[str, Any]


def replayed(recording: Recording, settings: Settings | None = None, **how: Any) -> list[Note]:
    settings = settings or recorded_settings(recording)
    return perform(recording, settings, **how)


def live_with(folder: Path, script: list[Any], seconds: float, **parts: Any) -> Recording:
    settings = settings_in(folder, parts.pop("settings", {}))
    bot = house(script, settings=settings, journal=Recorder(settings, "1", clock=virtual.now), **parts)
    if orders := parts.pop("orders", None):
        bot = orders(bot)
    virtual.run(live(bot, seconds))
    (file,) = (folder / "recordings").glob("*")
    return load(file)


def decided(recording: Recording) -> list[Note]:
    """What was decided in the live itself, as a replay tells it."""
    notes = [entry for entry in recording.entries if entry["happening"] not in {*INPUTS, "chosen"}]
    return [_told(recording, entry) for entry in notes]


def _told(recording: Recording, entry: Note) -> Note:
    from live.replay import DecisionLog

    log = DecisionLog(recording.begins)
    log.note(entry["happening"], entry["at"], **{k: v for k, v in entry.items() if k not in {"happening", "at"}})
    return log.entries[0]


def fates(decisions: list[Note]) -> dict[str, tuple[str, str]]:
    return {entry["key"]: (entry["fate"], entry["reason"]) for entry in decisions if entry["happening"] == "fate"}


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_replay_decides_as_the_live_did(tmp_path: Path, seed: int):
    """Every judgement, line, verdict and fate, at the same moment: else what it tells about other settings is worthless."""
    file, bot = recorded(tmp_path, seed)
    recording = load(file)
    again = [e for e in replayed(recording) if e["happening"] not in {*INPUTS, "chosen"}]

    assert again == decided(recording)
    assert len(fates(again)) == sum(bot.tally.events.values())


def run_main(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        timeout=50,
    )


def test_two_replays_are_equal_byte_for_byte(tmp_path: Path):
    """In processes of their own, whose sets and dicts are ordered differently."""
    file, _ = recorded(tmp_path, 5, 2.0)
    told = []
    for seed in ("1", "2"):
        done = run_main("--replay", str(file), "--decisions", str(tmp_path / seed), seed=seed)
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)

    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert told[0] == told[1]
    decisions = [json.loads(line) for line in (tmp_path / "1").read_bytes().splitlines()]
    assert {"judged", "chosen", "sentence", "line", "verdict", "utterance", "fate"} <= {
        d["happening"] for d in decisions
    }


def test_a_replay_touches_no_network_and_changes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, _ = recorded(tmp_path, 6, 1.0, openai={"api_key": "sk-test-key", "base_url": "http://127.0.0.1:9"})
    before = {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}

    def refuse(*_: object) -> None:
        raise AssertionError("a replay must stay offline")

    monkeypatch.setattr(socket.socket, "connect", refuse)  # the promise is that nobody calls it
    monkeypatch.chdir(tmp_path)

    assert main.main(["--replay", str(file)]) == 0
    assert {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()} == before


def test_paced_it_shows_the_captions_as_they_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file, _ = recorded(tmp_path, 7, 0.5)
    began = asyncio.new_event_loop()
    begin = began.time()
    assert main.main(["--replay", str(file), "--speed", "100"]) == 0
    took = began.time() - begin
    began.close()
    captions = [line for line in capsys.readouterr().out.splitlines() if line.startswith("0:00:")]

    assert took >= 45 / 100
    assert len(captions) == len(load(file).of("utterance"))
    assert any("answer: " in line for line in captions)


ORDERS: dict[str, Callable[[Any], None]] = {
    "panic": lambda bot: bot.handlers()["panic"](True),
    "mute": lambda bot: bot.handlers()["mute"](True),
    "skip": lambda bot: bot.handlers()["skip"](),
}


@pytest.mark.parametrize("order", ORDERS)
def test_what_the_streamer_ordered_is_ordered_again(tmp_path: Path, order: str):
    script = [(1.0 + n * 1.037, comment(f"what is number {n}?", f"viewer{n}")) for n in range(20)]
    settings = settings_in(tmp_path, {})
    bot = house(script, settings=settings, journal=Recorder(settings, "1", clock=virtual.now))

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(7.3, lambda: ORDERS[order](bot))
        if order != "skip":
            asyncio.get_running_loop().call_later(15.4, lambda: bot.handlers()[order](False))
        await live(bot, 60)

    virtual.run(scenario())
    (file,) = (tmp_path / "recordings").glob("*")
    recording = load(file)

    assert recording.of("order")
    assert fates(replayed(recording)) == fates(decided(recording))


def test_orders_from_chat_are_not_given_twice(tmp_path: Path):
    script = [
        (1.0, comment("!pal mute", "mona", moderator=True)),
        (5.0, comment("!pal unmute", "mona", moderator=True)),
    ]
    script += [(6.0, comment("what is it?")), (7.5, comment("!pal skip", "mona", moderator=True))]
    recording = live_with(tmp_path, script, 20.0)
    orders = [entry["order"] for entry in replayed(recording) if entry["happening"] == "order"]

    assert orders == ["mute", "mute", "skip"]


def test_knobs_that_were_turned_during_the_live_are_turned_in_the_replay(tmp_path: Path):
    settings = settings_in(tmp_path, {})
    script = [(t, comment("nice stream", f"v{t}")) for t in (1.0, 30.0)]
    bot = house(script, settings=settings, journal=Recorder(settings, "1", clock=virtual.now))

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(10, lambda: setattr(settings.comment, "reply_threshold", 0.2))
        await live(bot, 60)

    virtual.run(scenario())
    (file,) = (tmp_path / "recordings").glob("*")
    recording = load(file)

    assert [fate for fate, _ in fates(replayed(recording)).values()] == ["skipped", "answered"]
    assert fates(replayed(recording, recorded_settings(recording), follow=False)) != fates(replayed(recording))


def test_an_avatar_that_was_away_is_away_again(tmp_path: Path):
    """Links come at their recorded moments; what could not be said then cannot be said now."""
    recording = live_with(tmp_path, [(1.0, comment("what is it?"))], 30.0)
    for entry in recording.of("link"):
        if entry["name"] == "animaze":
            entry["at"] = recording.begins + 10
    recording.entries.sort(key=lambda entry: entry["at"])
    (spoken,) = [e for e in replayed(recording) if e["happening"] == "utterance"]

    assert spoken["at"] >= 10


def test_a_question_that_was_never_asked_counts_as_answered_with_a_placeholder(tmp_path: Path):
    recording = live_with(tmp_path, [(1.0, comment("what is it?")), (10.0, comment("nice", "ben"))], 40.0)
    settings = recorded_settings(recording)
    settings.comment.reply_threshold = 0.1
    decisions = replayed(recording, settings)
    spoken = [e["said"] for e in decisions if e["happening"] == "utterance"]

    assert [fate for fate, _ in fates(decisions).values()] == ["answered", "answered"]
    assert spoken[0] == "Ada said what is it."
    assert spoken[1].startswith("Answer number 1 would be heard here")


def test_where_no_model_answered_none_would_have(tmp_path: Path):
    recording = live_with(tmp_path, [(1.0, comment("will it crash?")), (10.0, comment("nice", "ben"))], 40.0)
    settings = recorded_settings(recording)
    settings.comment.reply_threshold = 0.1

    assert set(fates(replayed(recording, settings)).values()) == {("skipped", "openai_error")}


WORDS = ("bread", "moon", "garden", "seven", "violin", "clouds", "pepper", "window", "tiger", "snow")


def test_placeholders_differ_so_that_none_is_dropped_as_a_repeat(tmp_path: Path):
    script = [(1.0, comment("what is it?")), *((n * 8.0, comment(word, f"v{n}")) for n, word in enumerate(WORDS, 2))]
    recording = live_with(tmp_path, script, 120.0)
    settings = recorded_settings(recording)
    settings.comment.reply_threshold = 0.1
    decisions = replayed(recording, settings)
    spoken = [entry["said"] for entry in decisions if entry["happening"] == "utterance"]

    assert {fate for fate, _ in fates(decisions).values()} == {"answered"}
    assert len(set(spoken)) == len(spoken) == 11


def test_a_second_opinion_is_recalled(tmp_path: Path):
    recording = live_with(
        tmp_path,
        [(1.0, comment("what is it?")), (20.0, comment("who is it?", "ben"))],
        40.0,
        settings={"safety": {"moderation": 1}},
        brain=EchoBrain(objections=[True, False]),
    )

    assert list(fates(replayed(recording)).values()) == [("skipped", "moderation"), ("answered", "")]


def test_somebody_who_was_forgotten_is_no_obstacle(tmp_path: Path):
    """Their words are gone, what became of them stays the same."""
    file, _ = recorded(tmp_path, 8, 2.0)
    before = load(file)
    names = [e["event"]["username"] for e in before.of("event")]
    for name in sorted(set(names))[:20]:
        recorder = Recorder(settings_in(tmp_path, {}), "1")
        recorder.forget(somebody(name))
        recorder._flush()
    after = load(file)

    assert len(fates(replayed(after))) == len(fates(decided(before)))
    assert len(after.of("event")) == len(names)


def test_a_torn_file_is_replayed_up_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file, _ = recorded(tmp_path, 9, 1.0)
    file.write_bytes(file.read_bytes()[:-200])

    assert main.main(["--replay", str(file)]) == 0
    assert "damaged" in capsys.readouterr().out


GOOD = {"happening": "recording", "at": 1.7e9, "format": 1, "version": "1", "settings": {}}
EVENT = {"kind": "comment", "user_id": "1", "username": "a", "nickname": "A", "at": 1.7e9}


def write(file: Path, *entries: object) -> Path:
    file.write_bytes(gzip.compress(b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)))
    return file


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([], "not a recording"),
        ([[]], "not a recording"),
        ([{"happening": "event"}], "not a recording"),
        ([{**GOOD, "format": "x"}], "not a recording"),
        ([{**GOOD, "at": "now"}], "not a recording"),
        ([{**GOOD, "at": 10**400}], "not a recording"),
        ([{**GOOD, "settings": []}], "not a recording"),
        ([{**GOOD, "format": 2, "version": "9.9"}], "newer PalFriend (9.9)"),
        ([{**GOOD, "settings": {"comment": {"reply_threshold": "high"}}}], "do not fit"),
        ([GOOD, {"happening": "event", "at": 1.7e9}], "cannot be understood"),
        ([GOOD, {"happening": "event", "at": 1.7e9, "event": {**EVENT, "kind": "earthquake"}}], "cannot be understood"),
        ([GOOD, {"happening": "event", "at": 1.7e9, "event": {**EVENT, "created": 10**400}}], "cannot be understood"),
        (
            [GOOD, {"happening": "link", "at": 1.7e9, "name": "animaze", "state": "odd", "code": "", "params": {}}],
            "underst",
        ),
        ([GOOD, {"happening": "utterance_end", "at": 1.7e9, "said": "x"}], "cannot be understood"),
        (
            [GOOD, {"happening": "wordings", "at": 1.7e9, "own": {"en": {"follow": ["{secret}"]}}}],
            "cannot be understood",
        ),
        ([GOOD, {"happening": "known", "at": 1.7e9, "key": "x", "last_seen": "old"}], "cannot be understood"),
        ([GOOD, {"happening": "settings", "at": 1.7e9, "settings": 7}], "cannot be understood"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(
    tmp_path: Path, entries: list[object], complaint: str, capsys: pytest.CaptureFixture[str]
):
    file = write(tmp_path / "x.palrec.gz", *entries)

    assert main.main(["--replay", str(file)]) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x1f\x8b", gzip.compress(b"hello\n"), gzip.compress(b"\xff" * 99)]
)
def test_any_other_file_is_refused(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "x"
    file.write_bytes(content)

    assert main.main(["--replay", str(file)]) == 1
    assert "not a recording" in capsys.readouterr().err


def test_a_bomb_is_not_unpacked(tmp_path: Path):
    file = write(tmp_path / "bomb", GOOD)
    file.write_bytes(file.read_bytes() + gzip.compress(b"0" * 50_000_000))
    recording = load(file)

    assert recording.damaged
    assert recording.entries == []


def test_an_entry_from_the_far_future_does_not_make_the_replay_endless(tmp_path: Path):
    mic = {"happening": "mic", "talking": True}
    recording = load(write(tmp_path / "x", GOOD, {**mic, "at": 1.7e9 + 1}, {**mic, "at": 1.7e9 + 1e9}))

    assert recording.damaged
    assert recording.ends == 1.7e9 + 1


def test_what_a_later_version_adds_is_left_out(tmp_path: Path):
    later = [
        {"happening": "smell", "at": 1.7e9},
        {"happening": "event", "at": 1.7e9, "event": EVENT | {"mood": 1}, "x": 2},
    ]
    recording = load(
        write(tmp_path / "x", GOOD | {"more": 1}, *later, {"happening": "mic", "at": 1.7e9 + 9, "talking": False})
    )

    assert [fate for fate, _ in fates(replayed(recording)).values()] == ["skipped"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--speed", "2"],
        ["--what-if", "x.yaml"],
        ["--decisions", "x"],
        ["--replay", "x", "--speed", "0"],
        ["--replay", "x", "--speed", "nan"],
        ["--replay", "x", "--demo"],
        ["--replay", "x", "--gui"],
        ["--replay", "x", "--start"],
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str]):
    with pytest.raises(SystemExit) as exit_:
        options(arguments, folder=Path(), version="1")

    assert exit_.value.code == 2


# what if


def what_if(recording_file: Path, knobs: str) -> str:
    given = recording_file.parent.parent / "other.yaml"
    given.write_text(knobs, encoding="utf-8")
    out = io.StringIO()
    Show(recording_file, out).perform(what_if=given)
    return out.getvalue()


def row(table: str, label: str) -> list[str]:
    return next(line for line in table.splitlines() if line.startswith(label))[len(label) :].split()


def test_a_lower_threshold_would_have_answered_more_and_which(tmp_path: Path):
    script = [
        (1.0, comment("what is it?")),
        (15.0, comment("nice stream today", "ben")),
        (30.0, comment("nice", "carla")),
    ]
    live_with(tmp_path, script, 60.0)
    (file,) = (tmp_path / "recordings").glob("*")
    table = what_if(file, "comment:\n  reply_threshold: 0.3\n")

    assert row(table, "Comments answered") == ["1", "3", "+2"]
    assert row(table, "Skipped: not_relevant") == ["2", "0", "-2"]
    assert "Answered only now (2):" in table
    assert "0:00:15  Ben: nice stream today  [not_relevant]" in table


def test_other_knobs_stay_as_they_were_in_the_live(tmp_path: Path):
    """A file with one knob asks about that one knob."""
    script = [(1.0, comment("nice")), (9.0, event("follow", "ben"))]
    live_with(tmp_path, script, 30.0, settings={"comment": {"reply_threshold": 0.2}, "style": {"language": "de"}})
    (file,) = (tmp_path / "recordings").glob("*")
    table = what_if(file, "event_priority:\n  follow: 9\n")

    assert row(table, "Comments answered") == ["1", "1", "="]
    assert row(table, "Other thanks") == ["1", "1", "="]


def test_the_same_settings_change_nothing(tmp_path: Path):
    file, _ = recorded(tmp_path, 10, 2.0)
    save_settings(recorded_settings(load(file)), tmp_path / "same.yaml")
    table = what_if(file, (tmp_path / "same.yaml").read_text(encoding="utf-8"))
    rows = [line for line in table.splitlines()[2:] if line]

    assert all(line.endswith("=") or line.endswith(" -") for line in rows), table


def test_thanks_that_would_come_sooner_are_counted(tmp_path: Path):
    """Answers in front of a gift's thanks delay it; without them it comes at once."""
    script = [
        (1.0, comment("what is it?")),
        (2.1, comment("who is it?", "ben")),
        (2.9, gift("Lion", "carla", diamonds=100)),
    ]
    live_with(tmp_path, script, 60.0, avatar=ListeningAvatar(seconds=6.0))
    (file,) = (tmp_path / "recordings").glob("*")
    table = what_if(file, "comment:\n  enabled: false\n")

    assert row(table, "Skipped: comments_off") == ["0", "2", "+2"]
    assert "thanks and greetings come earlier, by 5.1 s (p50)" in table


def test_what_overlapped_with_the_streamers_voice_is_measured(tmp_path: Path):
    from tests.fakes import ScriptedEar

    ear = ScriptedEar([(3.0, True), (9.0, False)])
    live_with(tmp_path, [(1.0, comment("what is it?"))], 30.0, ear=ear, avatar=ListeningAvatar(seconds=4.0))
    (file,) = (tmp_path / "recordings").glob("*")
    recording = load(file)
    run = Run(recording, replayed(recording))

    assert {label: value for label, value, _ in run.rows()}["Spoken while you talked"] == pytest.approx(3.0)


def test_an_overlay_takes_what_the_file_says_and_nothing_else(tmp_path: Path):
    (tmp_path / "x.yaml").write_text("comment:\n  min_length: 9\nlike_threshold: 3\n", encoding="utf-8")
    recorded_ = Settings.of(
        {"comment": {"reply_threshold": 0.2, "min_length": 4}, "like_threshold": 8, "dedupe_ttl": 7}
    )
    both = overlay(recorded_, load_settings(tmp_path / "x.yaml"))

    assert (both.comment.min_length, both.comment.reply_threshold) == (9, 0.2)
    assert (both.like_threshold, both.dedupe_ttl) == (3, 7)
    assert recorded_.comment.min_length == 4


def test_a_settings_file_that_is_missing_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file, _ = recorded(tmp_path, 11, 0.3)

    assert main.main(["--replay", str(file), "--what-if", str(tmp_path / "no.yaml")]) == 1
    assert "there is no settings file" in capsys.readouterr().err
    assert not (tmp_path / "no.yaml").exists()


def test_settings_that_are_wrong_are_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file, _ = recorded(tmp_path, 11, 0.3)
    (tmp_path / "w.yaml").write_text("comment:\n  reply_threshold: high\n", encoding="utf-8")

    assert main.main(["--replay", str(file), "--what-if", str(tmp_path / "w.yaml")]) == 1
    assert "reply_threshold" in capsys.readouterr().err


def test_a_name_cannot_steer_the_terminal(tmp_path: Path):
    hostile = comment("what is \x1b[2Jit?", "ada")
    object.__setattr__(hostile, "nickname", "\x1b]0;owned\x07Eve")
    live_with(tmp_path, [(1.0, hostile)], 20.0)
    (file,) = (tmp_path / "recordings").glob("*")
    table = what_if(file, "comment:\n  enabled: false\n")

    assert "No longer answered (1)" in table
    assert "\x1b" not in table
    assert "\x07" not in table


def test_thanks_that_are_said_at_once_are_not_said_before_the_gift():
    """The sum of times is off by less than any clock can tell; the table would show -0.0 s."""
    given = {"happening": "event", "at": 1.1, "event": {"kind": "gift", "key": "g"}}
    said = {"happening": "utterance_end", "at": 0.3, "seconds": 0.2 + 1e-9, "keys": ["g"], "error": ""}
    fate = {"happening": "fate", "key": "g", "kind": "gift", "fate": "thanked", "reason": ""}
    run = Run(Recording({"at": 1.0}, [given]), [said, fate])

    assert str({label: value for label, value, _ in run.rows()}["Gift to thanks, p50"]) == "0.0"


@pytest.mark.parametrize("arguments", [("--speed", "1000"), (), ("--json",)])
def test_a_reader_who_leaves_ends_the_show_without_a_word(tmp_path: Path, arguments: tuple[str, ...]):
    """As with `| head`."""
    file, _ = recorded(tmp_path, 5, 2.0)
    command = [sys.executable, str(ROOT / "main.py"), "--replay", str(file), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, complaint = process.communicate(timeout=50)

    assert process.returncode == 141
    assert b"Traceback" not in complaint


def test_a_run_without_anything_is_a_table_too():
    recording = Recording(dict(GOOD), [])

    assert "Comments answered" in comparison(Run(recording, []), Run(recording, []), "x.yaml")


DESK: dict[str, Callable[[dict[str, Callable[..., Any]]], Any]] = {
    "talking": lambda orders: orders["talking"](True),
    "say": lambda orders: orders["say"]("Back in a minute."),
    "clear": lambda orders: orders["clear"](),
    "drop": lambda orders: orders["drop"](orders["lines"]()[-1]["id"]),
    "now": lambda orders: orders["now"](orders["lines"]()[-1]["id"]),
    "move": lambda orders: orders["move"](orders["lines"]()[-1]["id"], 1),
}


@pytest.mark.parametrize("order", DESK)
def test_what_the_streamer_did_at_the_desk_is_done_again(tmp_path: Path, order: str):
    """To the same line, whatever number it has then."""
    script = [(1.0 + n * 0.37, gift("Lion", f"viewer{n}", diamonds=5000)) for n in range(8)]
    settings = settings_in(tmp_path, {})
    bot = house(script, settings=settings, journal=Recorder(settings, "1", clock=virtual.now))

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(5.05, lambda: DESK[order](bot.handlers()))
        await live(bot, 40)

    virtual.run(scenario())
    (file,) = (tmp_path / "recordings").glob("*")
    recording = load(file)
    spoken = [entry["said"] for entry in recording.of("utterance")]

    assert [entry["order"] for entry in recording.of("order")] == [order]
    assert [e["said"] for e in replayed(recording) if e["happening"] == "utterance"] == spoken
    assert fates(replayed(recording)) == fates(decided(recording))


def test_your_own_lines_are_said_again(tmp_path: Path):
    """Read during the live, in place of the built-in ones."""
    templates = Templates()
    settings = settings_in(tmp_path, {})
    script = [(t, event("follow", name)) for t, name in ((1.3, "fanny"), (9.7, "finn"))]
    bot = house(script, settings=settings, journal=Recorder(settings, "1", clock=virtual.now), templates=templates)
    own = {"en": {"follow": ("Ahoy, {names}!",)}}

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(5, lambda: setattr(templates, "own", own))
        await live(bot, 40)

    virtual.run(scenario())
    (file,) = (tmp_path / "recordings").glob("*")
    recording = load(file)
    spoken = [entry["said"] for entry in recording.of("utterance")]

    assert "Ahoy, Finn!" in spoken
    assert [e["said"] for e in replayed(recording) if e["happening"] == "utterance"] == spoken


def test_who_was_here_before_is_greeted_as_such_again(tmp_path: Path):
    """What memory knew of who came is in the recording."""

    class Acquainted(Notebook):
        def last_seen(self, username: str) -> float | None:
            return virtual.EPOCH - 40 * 86_400 if username == "ada" else None

    rules = {"join_rules": {"greet_after_seconds": 5, "active_ttl_seconds": 60, "min_idle_since_last_output_sec": 0}}
    for name in ("ada", "ben"):
        folder = tmp_path / name
        folder.mkdir()
        recording = live_with(folder, [(1.3, event("join", name))], 60.0, settings=rules, people=Acquainted())
        spoken = [entry["said"] for entry in recording.of("utterance")]

        assert spoken
        assert [e["said"] for e in replayed(recording) if e["happening"] == "utterance"] == spoken
        assert recording.of("known")[0]["last_seen"] == (virtual.EPOCH - 40 * 86_400 if name == "ada" else None)
