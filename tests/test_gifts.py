"""The gift book: what is booked, owed and open survives a crash, and a bad disk costs no gift and no stream."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import Link, LinkState, LiveEvent
from live.books import NOBODY
from live.ledger import CONNECTING, IDLE, WORTH, Finished, GiftLedger
from live.likes import Likes
from store import gift_records
from store.gifts import FOLDED_AFTER, GiftBooks, GiftFile
from tests.fakes import event, gift, streak
from tests.test_ledger import evenings, truth
from tests.virtual import EPOCH

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400.0


async def inline(action: Callable[[], str]) -> str:
    """Virtual time knows no threads."""
    return action()


class Evening:
    """A ledger and its book, from one start of the bot to its end or its crash."""

    def __init__(self, file: Path, now: float = EPOCH, **options: float) -> None:
        self.now = now
        self.reasons: list[str] = []
        self.ledger = GiftLedger(lambda _, reason: self.reasons.append(reason))
        self.books = GiftBooks(GiftFile(file, **options), clock=lambda: self.now, worker=inline)
        asyncio.run(self.books.open(self.ledger))

    def add(self, *frames: LiveEvent, settle: bool = False) -> list[Finished]:
        done = []
        for frame in frames:
            object.__setattr__(frame, "at", self.now)
            self.ledger.stream.seen(frame)
            if one := self.ledger.add(frame, self.now):
                done.append(one)
        if settle:
            self.ledger.settle([one.event for one in done])
        return done

    def flush(self) -> Link:
        asyncio.run(self.books._keep_up(self.ledger))
        return self.books.link

    def crash(self) -> None:
        """What was not flushed is lost."""
        self.books.file.close()

    def pieces(self) -> int:
        return int(self.ledger.totals()["today"]["pieces"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gifts.db"


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("group", ["g1", ""])
def test_a_streak_that_goes_on_after_a_crash_is_counted_and_thanked_once(file: Path, group: str):
    """Also one whose frames name no group."""
    frames, before = streak("Rose", 8, group=group), Evening(file)
    before.add(*frames[:3])
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 4)

    (done,) = after.add(*frames[3:])
    assert (done.count, done.thanks) == (8, 8)
    assert after.pieces() == 8


def test_frames_that_were_not_yet_written_come_with_the_next_one(file: Path):
    """At most the last tenth of a second is lost, and a streak's next frame brings its whole count again."""
    frames, before = streak("Rose", 8), Evening(file)
    before.add(*frames[:2])
    before.flush()
    before.add(*frames[2:6])
    before.crash()
    after = Evening(file, EPOCH + 4)

    assert [one.count for one in after.add(*frames[6:])] == [8]


def test_what_was_booked_and_thanked_is_neither_again(file: Path):
    frames, galaxy, before = streak("Rose", 5), gift("Galaxy", diamonds=1000), Evening(file)
    before.add(*frames, galaxy, settle=True)
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 60)

    assert after.add(*frames, galaxy) == []
    assert after.ledger.due(EPOCH + 100) == []
    assert (after.pieces(), after.ledger.totals()["stream"]["diamonds"]) == (6, 1005)


def test_what_was_finished_and_not_yet_thanked_is_thanked_after_the_restart(file: Path):
    before = Evening(file)
    before.add(*streak("Rose", 5, "ann"))
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 30)

    (owed,) = after.ledger.due(EPOCH + 30)
    assert (owed.event.nickname, owed.name, owed.count, owed.thanks) == ("Ann", "Rose", 0, 5)
    after.ledger.settle([owed.event])
    after.flush()
    after.crash()
    assert Evening(file, EPOCH + 40).ledger.due(EPOCH + 40) == []


def test_thanks_that_come_too_late_are_let_be_and_the_gift_still_counts(file: Path):
    before = Evening(file)
    before.add(*streak("Rose", 5))
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + WORTH + 1)

    assert after.ledger.due(after.now) == []
    assert after.pieces() == 5


def test_an_open_streak_that_never_comes_again_is_booked_and_thanked(file: Path):
    before = Evening(file)
    before.add(*streak("Rose", 5)[:3])
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 20)

    assert after.ledger.due(after.now + CONNECTING - 1) == []
    (done,) = after.ledger.due(after.now + CONNECTING)
    assert (done.count, done.thanks) == (3, 3)


def test_an_open_streak_is_not_over_while_the_live_is_not_heard_again(file: Path):
    """Connecting takes longer than the pause between two frames: it would be thanked for in two parts."""
    frames, before = streak("Rose", 8), Evening(file)
    before.add(*frames[:5])
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 20)
    after.ledger.heard(after.now + 30)

    assert after.ledger.due(after.now + 30 + IDLE - 1) == []
    (done,) = after.ledger.due(after.now + 30 + IDLE)
    assert (done.count, done.thanks) == (5, 5)


def test_a_streak_that_goes_on_after_a_restart_is_thanked_for_once(file: Path):
    frames, before = streak("Rose", 8), Evening(file)
    before.add(*frames[:5])
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 2)

    assert after.ledger.due(after.now + 12) == []
    after.now += 12
    (done,) = after.add(*frames[5:])
    assert (done.count, done.thanks) == (8, 8)


def test_a_stop_books_open_streaks_and_keeps_their_thanks_owed(file: Path):
    frames, before = streak("Rose", 9), Evening(file)
    before.add(*frames[:4])
    assert [(one.count, one.thanks) for one in before.ledger.close(EPOCH)] == [(4, 0)]
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 20)

    (done,) = after.add(*frames[4:])
    assert (done.count, done.thanks, done.again) == (5, 9, True)
    assert (after.pieces(), after.ledger.totals()["today"]["gifts"]) == (9, 1)


def test_a_milestone_is_reached_once_over_a_restart(file: Path):
    def fed(evening: Evening, *totals: int) -> list[int]:
        room, found = Likes(evening.ledger.stream), []
        for total in totals:
            burst = event("like", total=total, count=15)
            object.__setattr__(burst, "at", evening.now)
            evening.ledger.stream.seen(burst)
            found.append(room.add(burst, 1000, 5000))
        return [one for one in found if one]

    before = Evening(file)
    assert fed(before, 15, 1010) == [1000]
    before.flush()
    before.crash()

    assert fed(Evening(file, EPOCH + 60), 1012, 1040, 5001) == [5000]
    assert fed(Evening(file, EPOCH + DAY), 15, 1010) == [1000], "another day, another live"


def test_totals_of_yesterday_and_of_another_live_are_not_todays(file: Path):
    before = Evening(file)
    before.add(gift("Galaxy"))
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + DAY)
    after.add(gift("Rose"))

    assert after.pieces() == after.ledger.totals()["stream"]["pieces"] == 1


def test_old_entries_become_sums_and_no_piece_is_lost(file: Path):
    before = Evening(file)
    before.add(*streak("Rose", 5, "ann"), gift("Galaxy", "bob", diamonds=1000), settle=True)
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + FOLDED_AFTER + 60)
    after.add(gift("Rose", "ann"))
    after.flush()
    after.crash()

    assert rows(file, "SELECT user_id, pieces, diamonds FROM sums ORDER BY user_id") == [
        ("id-ann", 5, 5),
        ("id-bob", 1, 1000),
    ]
    assert rows(file, "SELECT SUM(pieces), SUM(diamonds) FROM given") == [(7, 1006)]


def test_gifts_older_than_the_memory_are_nobodys(file: Path):
    before = Evening(file)
    before.add(gift("Rose", "ann"), settle=True)
    before.flush()
    before.crash()
    after = Evening(file, EPOCH + 91 * DAY, decay_days=90)
    after.add(gift("Rose", "bob"))
    after.flush()
    after.crash()

    assert rows(file, "SELECT user_id, pieces FROM sums") == [(NOBODY, 1)]
    assert b"id-ann" not in file.read_bytes()


def test_whoever_is_forgotten_is_in_no_byte_of_the_file_and_the_sums_stay_exact(file: Path):
    """In entries and in sums, also of other evenings; and a late frame of theirs makes nothing of it twice."""
    frames = streak("Rose", 5, "zoe")
    for start in (EPOCH, EPOCH + FOLDED_AFTER + 60):
        evening = Evening(file, start)
        evening.add(gift("Rose", "zoe", diamonds=2), gift("Rose", "bob"), settle=True)
        evening.add(*frames)
        evening.flush()
        evening.crash()
    last = Evening(file, EPOCH + FOLDED_AFTER + 120)
    last.ledger.forget("id-zoe", last.now)
    last.flush()
    assert b"zoe" not in b"".join(part.read_bytes() for part in file.parent.iterdir()), "not in the log either"
    last.crash()
    again = Evening(file, last.now)
    again.add(*frames)
    again.flush()
    again.crash()

    stored = b"".join(part.read_bytes() for part in file.parent.iterdir())
    assert not any(word in stored for word in (b"zoe", b"Zoe"))
    assert rows(file, "SELECT SUM(gifts), SUM(pieces), SUM(diamonds) FROM given") == [(6, 14, 16)]


def test_names_of_any_kind_can_be_booked(file: Path):
    evening = Evening(file)
    odd = gift("Ro'se\"; DROP TABLE entries", "x")
    object.__setattr__(odd, "nickname", "\ud800\x00" * 500)
    evening.add(odd)

    assert evening.flush() == Link(state=LinkState.UP)
    assert rows(file, "SELECT SUM(pieces) FROM given") == [(1,)]


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(file: Path):
    file.write_bytes(b"SQLite format 3\0" + b"rubbish " * 2000)
    evening = Evening(file)
    evening.add(gift("Rose"))
    link = evening.flush()
    evening.crash()

    assert (link.state, link.code) == (LinkState.UP, "gifts_corrupt")
    aside = file.with_name(dict(link.params)["aside"])
    assert aside.read_bytes().endswith(b"rubbish ")
    assert Evening(file, EPOCH + 1).pieces() == 1


@pytest.mark.parametrize(
    "damage", ["name = CAST(x'ff52' AS TEXT)", "count = NULL", "at = 'x'", "user_id = x'00'", "settled = x'00'"]
)
def test_a_damaged_entry_costs_no_other(file: Path, damage: str):
    evening = Evening(file)
    evening.add(gift("Rose"), gift("Lily", user="ben"), gift("Galaxy", user="zoe"), settle=True)
    evening.flush()
    evening.crash()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"UPDATE entries SET {damage} WHERE username = 'ben'")  # noqa: S608 - our own words
    evening = Evening(file, EPOCH + 1)

    assert evening.flush() == Link(state=LinkState.UP)
    assert {"Rose", "Galaxy"} <= {entry.name for entry in evening.ledger.newest(10)}
    assert {"Rose", "Galaxy"} <= {row["gift"] for row in gift_records.newest(file, 10)}
    assert evening.pieces() >= 2


def test_damage_is_found_when_the_book_is_opened(file: Path):
    """Not hours later, when the page is read that a disk has spoilt."""
    evening = Evening(file)
    evening.add(*(gift("Rose", user=f"viewer{number}") for number in range(300)), settle=True)
    evening.flush()
    evening.crash()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sums'").fetchone()
    whole = file.read_bytes()
    file.write_bytes(whole[: 4096 * (root - 1)] + b"\xa5" * 4096 + whole[4096 * root :])

    assert Evening(file, EPOCH + 1).flush().code == "gifts_corrupt"


def test_a_file_that_is_damaged_while_it_is_used_is_written_anew_from_what_is_known(file: Path):
    evening = Evening(file)
    evening.add(gift("Rose"), settle=True)
    evening.flush()
    evening.crash()
    file.write_bytes(b"rubbish " * 2000)
    evening.add(gift("Lily"), settle=True)
    evening.flush()

    assert evening.flush().code == "gifts_corrupt"
    assert rows(file, "SELECT SUM(pieces) FROM given") == [(2,)]


def test_another_programs_database_is_left_alone(file: Path):
    """Somebody enters the memory's file as the gift book."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    evening = Evening(file)
    evening.add(gift("Rose"))

    assert (evening.flush().code, evening.pieces()) == ("gifts_foreign", 1)
    evening.crash()
    assert file.read_bytes() == before


def test_a_book_of_a_newer_version_is_left_alone(file: Path):
    before = Evening(file)
    before.flush()
    before.crash()
    evening = Evening(file)
    evening.add(gift("Rose"))
    evening.flush()
    evening.crash()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")

    assert Evening(file).flush().code == "gifts_newer"


def test_while_another_program_holds_the_file_gifts_wait_and_none_is_counted_twice(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    """Even if what came meanwhile was in the file already."""
    monkeypatch.setattr("store.gifts.LOCK_SECONDS", 0.01)  # the real patience would only make the test slow
    galaxy, rose, tulips = gift("Galaxy"), gift("Rose"), streak("Tulip", 6, group="g2")
    before = Evening(file)
    before.add(galaxy, *streak("Lily", 3), *tulips, settle=True)
    before.flush()
    before.crash()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        evening = Evening(file, EPOCH + 5)
        evening.add(galaxy, rose, *streak("Lily", 5), *tulips[:2], settle=True)
        evening.ledger.close(evening.now)
        assert (evening.flush().code, evening.pieces()) == ("gifts_locked", 1 + 1 + 5 + 2)
        other.execute("ROLLBACK")

    assert evening.flush() == Link(state=LinkState.UP)
    evening.add(tulips[-1])
    evening.flush()
    assert evening.pieces() == 1 + 1 + 5 + 6
    assert rows(file, "SELECT COUNT(*), SUM(pieces) FROM given") == [(4, 13)]


def test_whoever_is_forgotten_while_the_file_is_held_is_forgotten_when_it_is_free(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.gifts.LOCK_SECONDS", 0.01)  # the real patience would only make the test slow
    before = Evening(file)
    before.add(gift("Galaxy", "zoe"))
    before.flush()
    before.crash()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        evening = Evening(file, EPOCH + 5)
        evening.ledger.forget("id-zoe", evening.now)
        other.execute("ROLLBACK")

    assert evening.flush() == Link(state=LinkState.UP)
    assert [one["user_id"] for one in evening.ledger.totals()["today"]["viewers"]] == [NOBODY]
    assert evening.ledger.due(evening.now) == []
    assert rows(file, "SELECT user_id, pieces FROM given") == [(NOBODY, 1)]


def test_what_a_write_protected_file_knows_is_still_known(file: Path):
    """Whoever was thanked is not thanked again, although nothing can be written."""
    galaxy, before = gift("Galaxy"), Evening(file)
    before.add(galaxy, settle=True)
    before.flush()
    before.crash()
    evening = Evening(file, EPOCH + 5)
    evening.books.file._connected().execute("PRAGMA query_only = ON")  # as the root of a container may write anything
    evening.add(gift("Rose"))

    assert (evening.flush().code, evening.add(galaxy), evening.pieces()) == ("gifts_readonly", [], 2)


def test_a_path_that_can_be_no_file_is_told(tmp_path: Path):
    (tmp_path / "a").write_text("a file, not a folder", encoding="utf-8")
    evening = Evening(tmp_path / "a" / "gifts.db")
    evening.add(gift("Rose"))

    assert (evening.flush().code, evening.pieces()) == ("gifts_readonly", 1)


def test_a_full_disk_is_told_and_everything_is_written_once_there_is_room(file: Path):
    evening = Evening(file)
    evening.flush()
    connection = evening.books.file._connected()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to be full
    many = [gift("Rose", f"viewer-with-a-long-name-{i}") for i in range(500)]
    evening.add(*many, settle=True)

    assert evening.flush().code == "gifts_disk_full"
    assert evening.flush().code == "gifts_disk_full", "a full disk is not called a broken one the second time"
    connection.execute("PRAGMA max_page_count = 1000000")
    assert evening.flush() == Link(state=LinkState.UP)
    assert rows(file, "SELECT SUM(pieces) FROM given") == [(500,)]


def test_a_page_is_written_once_whoever_asks_again(file: Path):
    """A write that went on after its task was cancelled must not undo what a later one wrote."""
    evening = Evening(file)
    evening.add(streak("Rose", 3)[0])
    old = evening.ledger.page()
    assert old is not None
    evening.books.file.write(old, EPOCH)
    evening.ledger.written(old)
    evening.add(*streak("Rose", 3)[1:])
    evening.flush()
    evening.books.file.write(old, EPOCH)

    assert rows(file, "SELECT count FROM entries") == [(3,)]


def test_the_keeper_writes_within_a_second_and_once_more_at_the_end(file: Path):
    """On real threads."""

    async def scenario() -> list[Link]:
        ledger, links = GiftLedger(lambda *_: None), list[Link]()
        books = GiftBooks(GiftFile(file), clock=lambda: EPOCH)
        await books.open(ledger)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(books.run(ledger, links.append))
            ledger.add(gift("Rose"), EPOCH)
            for _ in range(100):
                await asyncio.sleep(0.05)
                if rows(file, "SELECT COUNT(*) FROM entries") == [(1,)]:
                    break
            ledger.add(gift("Rose"), EPOCH)
            task.cancel()
        return links

    assert asyncio.run(scenario()) == [Link(state=LinkState.UP)]
    assert rows(file, "SELECT COUNT(*) FROM entries") == [(2,)]


def test_what_was_written_survives_the_process_being_killed(file: Path):
    """The real thing: a process that is killed while it books, and whose file is opened anew."""
    program = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from live.ledger import GiftLedger
        from store.gifts import GiftFile
        from tests.fakes import gift
        from tests.virtual import EPOCH
        file, ledger = GiftFile(Path({str(file)!r})), GiftLedger(lambda *_: None)
        ledger.keep()
        file.read(EPOCH)
        while True:
            ledger.add(gift("Rose"), EPOCH)
            page = ledger.page()
            file.write(page, EPOCH)
            ledger.written(page)
            print("booked", flush=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.kill()
    told = 20 + process.stdout.read().count(b"booked")
    process.stdout.close()
    process.wait()

    assert rows(file, "SELECT COUNT(*) FROM entries")[0][0] in {told, told + 1}


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[LiveEvent], list[str]]:
    frames = draw(evenings())
    acts = st.sampled_from(["frame"] * 6 + ["flush", "flush", "crash", "stop", "rest"])
    return frames, draw(st.lists(acts, min_size=len(frames), max_size=3 * len(frames) + 1))


@settings(max_examples=150, deadline=None)
@given(lives(), st.booleans())
def test_whatever_is_lost_or_double_and_whenever_the_bot_dies_the_book_equals_the_truth(
    tmp_path_factory: pytest.TempPathFactory, live: tuple[list[LiveEvent], list[str]], replayed: bool
):
    """The oracle is the set of frames that were written before a crash or came after it, whatever their order.

    With `replayed`, TikTok repeats after a crash what had not been written yet, as it does with the last messages.
    """
    file = tmp_path_factory.mktemp("book") / "gifts.db"
    frames, acts = live
    arriving, safe, fresh = list(frames), list[LiveEvent](), list[LiveEvent]()
    evening = Evening(file)
    for act in acts:
        if act == "frame" and arriving:
            fresh.append(arriving.pop(0))
            for one in evening.add(fresh[-1]):
                evening.ledger.settle([one.event])
        elif act == "rest":
            evening.now += IDLE
            for one in evening.ledger.due(evening.now):
                evening.ledger.settle([one.event])
        elif act in {"flush", "stop"}:
            if act == "stop":
                evening.ledger.close(evening.now)
            assert evening.flush().state is LinkState.UP
            safe, fresh = safe + fresh, []
        if act in {"crash", "stop"}:
            evening.crash()
            evening = Evening(file, evening.now + 1.0)
            arriving = (fresh if replayed else []) + arriving
            fresh = []
    for one in evening.ledger.due(evening.now + CONNECTING):
        evening.ledger.settle([one.event])
    evening.flush()
    expected = truth(safe + fresh)

    assert sum(expected.values()) == evening.pieces() == evening.ledger.totals()["stream"]["pieces"]
    total = rows(file, "SELECT COUNT(*), SUM(booked), SUM(settled), SUM(count) FROM entries")[0]
    assert total[0] == len(expected)
    assert {n or 0 for n in total[1:]} == {sum(expected.values())}
    evening.crash()
    assert Evening(file, evening.now + 2).pieces() == sum(expected.values())
