"""Each live is in one file that survives a kill, never grows without end, holds no secret, and forgets who asks."""

import asyncio
import errno
import gzip
import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bot import Bot
from events import LinkState, LiveEvent
from live import recorder as room
from live.notes import facts_of
from live.recorder import QUEUED, Recorder, RecordingFile, kept_days, kept_settings, tidy
from live.tape import load
from settings import Settings
from tests import virtual
from tests.fakes import EchoBrain, ScriptedEar, Wall, comment, gift, house, live, somebody

DAY = 86_400


def settings_in(folder: Path, **values: object) -> Settings:
    settings = Settings.of(values)
    settings._origin.file = folder / "settings.yaml"
    return settings


def evening(folder: Path, script: list[tuple[float, LiveEvent]], seconds: float = 60.0, **values: object) -> Bot:
    settings = settings_in(folder, **values)
    recorder = Recorder(settings, "1.2.3", clock=virtual.now)
    bot = house(script, settings=settings, journal=recorder, ear=ScriptedEar([(5.0, True), (6.0, False)]))
    return virtual.run(live(bot, seconds))


def files(folder: Path) -> list[Path]:
    return sorted((folder / "recordings").glob("*"))


def text_in(folder: Path) -> str:
    return "\n".join(gzip.decompress(file.read_bytes()).decode() for file in files(folder))


QUESTION = "what game is this?"


def test_a_live_is_in_one_file_with_all_that_came_in_and_was_decided(tmp_path: Path):
    evening(tmp_path, [(1.0, comment(QUESTION)), (2.0, gift("Rose"))])
    (file,) = files(tmp_path)
    recording = load(file)

    assert file.name.endswith(".palrec.gz")
    assert recording.header["version"] == "1.2.3"
    assert recording.begins == virtual.EPOCH
    assert recording.header["settings"]["comment"]["reply_threshold"] == 0.6
    assert [e["event"]["kind"] for e in recording.of("event")] == ["comment", "gift"]
    assert [e["talking"] for e in recording.of("mic")] == [True, False]
    assert {e["fate"] for e in recording.of("fate")} == {"answered", "thanked"}
    assert recording.of("chosen", "sentence", "thought", "verdict", "utterance", "utterance_end")


def test_any_tool_reads_it_as_lines_of_json(tmp_path: Path):
    evening(tmp_path, [(1.0, comment(QUESTION))])

    assert all(json.loads(line)["happening"] for line in text_in(tmp_path).splitlines())


def test_the_file_is_for_its_owner_only(tmp_path: Path):
    evening(tmp_path, [(1.0, comment(QUESTION))])

    if os.name == "posix":
        assert files(tmp_path)[0].stat().st_mode & 0o077 == 0


def test_a_live_in_which_nothing_happened_leaves_no_file(tmp_path: Path):
    evening(tmp_path, [])

    assert files(tmp_path) == []


def test_two_lives_in_one_second_are_two_files(tmp_path: Path):
    for _ in range(2):
        evening(tmp_path, [(1.0, comment(QUESTION))])

    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("off", [{"recording": {"enabled": 0}}, {"memory": {"enabled": 0}}])
def test_switched_off_nothing_is_written(tmp_path: Path, off: dict[str, object]):
    """Who wants nobody remembered wants nobody recorded."""
    bot = evening(tmp_path, [(1.0, comment(QUESTION))], **off)

    assert list(tmp_path.iterdir()) == []
    assert bot.status()["links"]["recording"]["state"] == "off"


def test_killed_it_loses_the_last_seconds_only(tmp_path: Path):
    """A crash is when a recording is needed most."""
    script = f"""
        import asyncio, sys, time
        sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
        from live.notes import facts_of
        from live.recorder import Recorder
        from tests.fakes import comment
        from settings import Settings
        async def main():
            settings = Settings()
            settings._origin.file = __import__("pathlib").Path({str(tmp_path / "settings.yaml")!r})
            recorder = Recorder(settings, "1")
            async with asyncio.TaskGroup() as house:
                house.create_task(recorder.run(lambda link: None))
                for number in range(10**9):
                    recorder.note("event", time.time(), event=facts_of(comment(str(number))))
                    print(number, flush=True)
                    await asyncio.sleep(0.05)
        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        last = next(line for line in program.stdout if int(line) >= 100)
        program.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    recording = load(files(tmp_path)[0])

    assert not recording.damaged
    assert len(recording.of("event")) >= int(last) - 60  # three seconds on a busy machine; one on an idle one


def written(folder: Path, notes: int, text: str = "x", **rules: object) -> Recorder:
    """A recorder that has written so many comments, a note each second."""
    recorder = Recorder(settings_in(folder, recording=rules), "1", clock=lambda: virtual.EPOCH)
    for number in range(notes):
        recorder.note("event", virtual.EPOCH + number, event=facts_of(comment(f"{text} {number}", at=number)))
        recorder._flush()
    return recorder


def test_a_torn_file_is_read_up_to_its_end(tmp_path: Path):
    written(tmp_path, 5)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    for cut in range(1, len(whole)):
        file.write_bytes(whole[:cut])
        if b"\n" not in _readable(whole[:cut]):
            continue
        recording = load(file)
        numbers = [int(e["event"]["text"].split()[1]) for e in recording.of("event")]
        assert numbers == list(range(len(numbers)))
    assert load(file).damaged
    assert len(load(file).entries) == 5


def _readable(data: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompressobj(31).decompress(data)
    except zlib.error:
        return b""


def test_a_file_that_grows_too_large_goes_on_in_a_new_one_that_can_be_read_alone(tmp_path: Path):
    recorder = Recorder(settings_in(tmp_path, recording={"max_mb": 1, "keep": 3}), "1")
    recorder.note("link", virtual.EPOCH, name="animaze", state="up", code="", params={})
    for number in range(60):
        noise = os.urandom(60_000).hex()
        recorder.note("event", virtual.EPOCH + number, event=facts_of(comment(noise, at=number)))
        recorder._flush()
    found = files(tmp_path)

    assert len(found) == 3
    assert all(file.stat().st_size <= 1_000_000 for file in found)
    numbers = [e["event"]["at"] for file in room.recordings(tmp_path / "recordings") for e in load(file).of("event")]
    assert numbers == [virtual.EPOCH + n for n in range(60 - len(numbers), 60)]
    assert load(found[-1]).of("link")[0]["name"] == "animaze"


def test_only_the_newest_files_are_kept_and_nothing_else_is_touched(tmp_path: Path):
    for number in range(6):
        file = tmp_path / f"{number}.palrec.gz"
        file.write_bytes(b"")
        os.utime(file, (number, number))
    (tmp_path / "diary.txt").write_text("mine")
    tidy(tmp_path, keep=4, days=0, now=10.0)

    assert sorted(f.name for f in tmp_path.iterdir()) == [*(f"{n}.palrec.gz" for n in range(2, 6)), "diary.txt"]


@pytest.mark.parametrize(
    ("rules", "days"),
    [({}, 30), ({"decay_days": 7}, 7), ({"comment_days": 3}, 3), ({"comment_days": 0}, 90), ({"decay_days": 0}, 30)],
)
def test_what_memory_would_forget_is_deleted_at_the_start_also_when_recording_is_off(
    tmp_path: Path, rules: dict[str, float], days: int
):
    """A recording has the words of viewers, which memory forgets before the viewers."""
    now = time.time()
    (tmp_path / "recordings").mkdir()
    for age in (days - 1, days + 1):
        file = tmp_path / "recordings" / f"{age}.palrec.gz"
        file.write_bytes(b"")
        os.utime(file, (now - age * DAY, now - age * DAY))
    recorder = Recorder(settings_in(tmp_path, recording={"enabled": 0}, memory=rules), "1")
    recorder._look(recorder._tidy)

    assert [f.name for f in files(tmp_path)] == [f"{days - 1}.palrec.gz"]


def test_where_memory_forgets_nothing_recordings_stay(tmp_path: Path):
    rules = {"decay_days": 0, "comment_days": 0}
    assert kept_days(settings_in(tmp_path, memory=rules)) == 0.0


CANARIES = {
    "openai": {"api_key": "sk-canary-key-1", "base_url": "http://localhost"},
    "tiktok": {"session_id": "canary-session-3", "sign_api_key": "canary-sign-4", "sign_url": "http://x?k=canary-5"},
}


def test_no_secret_gets_into_a_recording(tmp_path: Path):
    """Neither from the settings, nor when somebody says it: a recording is given away with a bug report."""
    spoken = comment("is sk-canary-key-1 your key?")
    evening(tmp_path, [(1.0, spoken)], **CANARIES, system_prompt="My session is canary-session-3.")
    text = text_in(tmp_path)

    assert "is *** your key?" in text
    assert "canary" not in text


def test_an_unknown_knob_is_not_recorded_for_it_may_be_a_mistyped_secret():
    settings = Settings.of({"openai": {"apikey": "sk-1"}, "opanai": {"api_key": "sk-2"}})

    assert "sk-" not in json.dumps(kept_settings(settings))


def test_what_is_recorded_of_the_settings_can_be_loaded_again():
    settings = Settings.of({"comment": {"reply_threshold": 0.3}, "like_threshold": 7})

    assert Settings.of(kept_settings(settings)) == settings


def test_knobs_turned_during_the_live_are_recorded(tmp_path: Path):
    settings = settings_in(tmp_path)
    recorder = Recorder(settings, "1", clock=virtual.now)
    bot = house([(1.0, comment(QUESTION))], settings=settings, journal=recorder)

    async def scenario() -> None:
        asyncio.get_running_loop().call_later(10, lambda: setattr(settings.comment, "reply_threshold", 0.9))
        await live(bot, 20)

    virtual.run(scenario())
    (change,) = load(files(tmp_path)[0]).of("settings")

    assert change["settings"]["comment"]["reply_threshold"] == 0.9
    assert 10 <= change["at"] - virtual.EPOCH <= 11.1


def faulty(monkeypatch: pytest.MonkeyPatch, code: int) -> list[int]:
    """Appending fails with this errno as long as the list holds anything, after having written a part."""
    append, faults = RecordingFile.append, [code]

    def fail(self: RecordingFile, member: bytes) -> None:
        if faults:
            with self.file.open("ab") as stream:
                stream.write(member[:10] * 1000)
            raise OSError(faults[0], os.strerror(faults[0]))
        append(self, member)

    monkeypatch.setattr(RecordingFile, "append", fail)  # a full disk cannot be had without root
    return faults


def test_a_full_disk_is_said_once_and_recording_goes_on_when_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    recorder = written(tmp_path, 2)
    faults = faulty(monkeypatch, errno.ENOSPC)
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            recorder.note("event", virtual.EPOCH + 9, event=facts_of(comment(f"lost {number}")))
            recorder._flush()
    assert (recorder.link.state, recorder.link.code) == (LinkState.ERROR, "recording_disk_full")
    assert len(caplog.records) == 1
    faults.clear()
    recorder.note("event", virtual.EPOCH + 10, event=facts_of(comment("x 2")))
    recorder._flush()
    recording = load(files(tmp_path)[0])

    assert recorder.link.state is LinkState.UP
    assert [e["event"]["text"] for e in recording.of("event")] == ["x 0", "x 1", "x 2"]
    assert [e["notes"] for e in recording.of("lost")] == [5]
    assert not recording.damaged


def test_a_disk_that_is_full_from_the_start_leaves_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    faulty(monkeypatch, errno.ENOSPC)
    written(tmp_path, 5)

    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_shown_and_the_bot_goes_on(tmp_path: Path):
    (tmp_path / "recordings").write_text("a file where the folder should be")
    wall = Wall()
    settings = settings_in(tmp_path)
    recorder = Recorder(settings, "1", clock=virtual.now)
    bot = house([(1.0, comment(QUESTION))], settings=settings, journal=recorder, board=wall)

    async def scenario() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            while bot.status()["links"]["recording"]["state"] != "error":
                await asyncio.sleep(5)
                await asyncio.to_thread(time.sleep, 0.05)  # the thread lives in real time
            stop.set()

    virtual.run(scenario())

    assert bot.status()["links"]["recording"]["code"] == "recording_readonly"
    assert bot.tally.answered == 1


def test_a_file_that_somebody_takes_away_is_begun_anew(tmp_path: Path):
    recorder = written(tmp_path, 1)
    files(tmp_path)[0].unlink()
    recorder.note("event", virtual.EPOCH + 9, event=facts_of(comment("again")))
    recorder._flush()

    assert [e["event"]["text"] for e in load(files(tmp_path)[0]).of("event")] == ["again"]


def test_a_flood_costs_notes_not_memory(tmp_path: Path):
    recorder = Recorder(settings_in(tmp_path), "1", clock=virtual.now)
    for _ in range(QUEUED + 7):
        recorder.note("mic", virtual.EPOCH, talking=True)
    recorder._flush()

    assert [e["notes"] for e in load(files(tmp_path)[0]).of("lost")] == [7]


def test_a_note_that_is_too_long_is_left_out(tmp_path: Path):
    recorder = written(tmp_path, 1)
    recorder.note("event", virtual.EPOCH + 1, event=facts_of(comment("y" * 300_000)))
    recorder._flush()
    recorder._flush()

    assert [e["notes"] for e in load(files(tmp_path)[0]).of("lost")] == [1]


def leaving(folder: Path) -> Bot:
    """Zoe asks, gives, is thanked together with others, is mentioned, and goes."""
    zoe = {"user": "zoe_the_great", "at": 0.0}
    script = [
        (1.0, comment("what is the zebra's name?", **zoe)),
        (5.0, gift("Rose", "zoe_the_great", count=3, group="g", streaking=True)),
        (8.0, comment("why does zoe_the_great like zebras?", "ben", mentions=("zoe_the_great",))),
        (20.0, comment("who are you?", "carla")),
        (30.0, comment("!forgetme", **zoe)),
        (40.0, comment("who is it now?", "dora")),
    ]
    return evening(folder, script, 60.0)


def test_who_asks_to_be_forgotten_vanishes_from_this_recording_and_all_before(tmp_path: Path):
    """Names, words and numbers go, that something happened stays, and the file can still be read."""
    for _ in range(2):
        leaving(tmp_path)
    one, two = files(tmp_path)
    text = text_in(tmp_path).casefold()

    assert "zoe" not in text
    assert "zebra's name" not in text
    assert "who are you?" in text
    for file in (one, two):
        recording = load(file)
        assert not recording.damaged
        assert len(recording.of("event")) == 6
        known = {e["event"]["key"] for e in recording.of("event")}
        assert {e["key"] for e in recording.of("fate")} <= known
    assert not [f for f in (tmp_path / "recordings").iterdir() if f.name.endswith(".tmp")]


def test_a_recording_from_which_somebody_was_taken_is_as_old_as_before(tmp_path: Path):
    """Else forgetting one viewer would keep all others longer."""
    leaving(tmp_path)
    file = files(tmp_path)[0]
    old = time.time() - 50 * DAY
    os.utime(file, (old, old))
    recorder = Recorder(settings_in(tmp_path), "1")
    recorder.forget(somebody("carla", ""))
    recorder._flush()

    assert "carla" not in text_in(tmp_path)
    assert file.stat().st_mtime == pytest.approx(old, abs=2)


def test_who_is_forgotten_is_found_under_earlier_names_too(tmp_path: Path):
    recorder = written(tmp_path, 0)
    for name in ("old_name", "new_name"):
        event = comment("hello there", name)
        object.__setattr__(event, "user_id", "7001")
        recorder.note("event", virtual.EPOCH, event=facts_of(event))
    recorder.forget(somebody("new_name", ""))
    recorder._flush()

    assert "old_name" not in text_in(tmp_path)
    assert "hello there" not in text_in(tmp_path)


def test_what_the_model_was_asked_and_answered_goes_with_its_viewer(tmp_path: Path):
    """Also what another viewer's question said of them."""
    recorder = written(tmp_path, 0)
    theirs, others = comment("a secret?", "zoe_the_great"), comment("who?", "ben")
    for question in (theirs, others):
        recorder.note("event", virtual.EPOCH, event=facts_of(question))
        messages = [{"role": "user", "content": f"<{question.username}> writes: <{question.text}> to zoe_the_great"}]
        recorder.note("request", virtual.EPOCH, key=question.key, messages=messages, model="m")
        recorder.note(
            "answer", virtual.EPOCH, key=question.key, text="Zoe_the_great!", pieces=[[0.5, "Zoe_the_great!"]]
        )
    recorder.forget(somebody("zoe_the_great", "id-zoe_the_great"))
    recorder._flush()
    recording = load(files(tmp_path)[0])

    assert "zoe" not in text_in(tmp_path).casefold()
    assert "a secret" not in text_in(tmp_path)
    assert [entry.get("model") for entry in recording.of("request")] == ["m", "m"]
    assert recording.of("answer")[1]["text"] == "forgotten!"


def test_the_recording_goes_on_after_somebody_was_taken_out(tmp_path: Path):
    """In the rewritten file, and without what is decided of them only now: a line can be on its way."""
    recorder = written(tmp_path, 30)
    question = comment("a secret?", "zoe_the_great")
    recorder.note("event", virtual.EPOCH + 40, event=facts_of(question))
    recorder.forget(somebody("zoe_the_great", "id-zoe_the_great"))
    recorder._flush()
    said = {"keys": [question.key], "kind": "answer", "text": "Zoe, it is so.", "said": "Zoe, it is so.", "error": ""}
    recorder.note("utterance_end", virtual.EPOCH + 41, **said)
    recorder._flush()
    recording = load(files(tmp_path)[0])

    assert not recording.damaged
    assert len(recording.of("event")) == 31
    (end,) = recording.of("utterance_end")
    assert end == {"happening": "utterance_end", "at": end["at"], "keys": end["keys"], "kind": "answer", "error": ""}
    assert end["keys"] != [question.key]


def test_what_cannot_be_rewritten_now_is_rewritten_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recorder = written(tmp_path, 1)
    recorder.forget(somebody("ada", "id-ada"))
    with monkeypatch.context() as patch:
        patch.setattr(room, "forget_in", _fail)  # a full disk cannot be had without root
        recorder._flush()
    assert "ada" in text_in(tmp_path)
    assert recorder.link.code == "recording_disk_full"
    recorder._flush()

    assert "ada" not in text_in(tmp_path)
    assert recorder.link.state is LinkState.UP


def _fail(*_: object) -> None:
    raise OSError(errno.ENOSPC, "full")


def test_forgetting_works_with_recording_switched_off(tmp_path: Path):
    written(tmp_path, 3)
    recorder = Recorder(settings_in(tmp_path, recording={"enabled": 0}), "1")
    recorder.forget(somebody("ada", "id-ada"))
    recorder._flush()

    assert "ada" not in text_in(tmp_path).casefold()


def test_an_answer_that_is_still_being_said_when_its_viewer_goes_leaves_no_trace(tmp_path: Path):
    settings = settings_in(tmp_path)
    recorder = Recorder(settings, "1", clock=virtual.now)
    script = [(1.0, comment("what is it?", "zoe_the_great")), (2.5, comment("!forgetme", "zoe_the_great"))]
    bot = house(script, settings=settings, journal=recorder, brain=EchoBrain(sentences=["Zoe_the_great asked."]))

    async def scenario() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            await asyncio.sleep(2.6)
            while "forgotten" not in text_in(tmp_path):
                await asyncio.to_thread(time.sleep, 0.05)  # the thread lives in real time
            await asyncio.sleep(10)
            stop.set()

    virtual.run(scenario())

    assert "zoe" not in text_in(tmp_path).casefold()
    assert load(files(tmp_path)[0]).of("utterance_end")
