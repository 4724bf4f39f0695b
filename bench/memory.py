"""A million known viewers: what memory costs, beside one JSON file in the form of the design.

    python bench/memory.py [--viewers 1000000] [--json-viewers 1000000] [--folder DIR]

Each figure comes from a process of its own: starting (reading nothing into RAM, against an empty file), what that process
then holds in RAM, an event with all that follows from it (noting, packing, writing, indexing), and what a viewer's answer
is told of them, for viewers who are not in RAM. The JSON file is read, changed and written as the design's functions
would: whole. Files are kept in DIR, if one is named, and used again.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from events import EventKind  # noqa: E402 - after the path
from memory import MemoryKeeper, load_memory, remember_event  # noqa: E402 - after the path
from store.database import SqliteFile  # noqa: E402
from store.files import Batch, Rules  # noqa: E402
from store.record import add, begun, row_of  # noqa: E402

NOW = time.time()
EVENTS, ACTIVE, ASKED = 30_000, 500, 400
CHUNK = 5000
WORDS = [
    "the",
    "a",
    "stream",
    "game",
    "win",
    "lose",
    "cat",
    "dog",
    "love",
    "hate",
    "song",
    "boss",
    "level",
    "jump",
    "funny",
    "chat",
    "today",
    "why",
    "how",
    "when",
]
TARGETS = {"start": 0.5, "rss": 60.0, "event": 50.0, "context": 2.0}


def record_of(number: int) -> dict[str, Any]:
    """A viewer who wrote twice."""
    dice = random.Random(number)
    record = begun(NOW - dice.random() * 80 * 86_400, 100)
    record |= {"nickname": f"Viewer {number}", "user_id": str(10**18 + number), "usernames": [f"viewer{number}"]}
    for _ in range(2):
        text = " ".join(dice.choices(WORDS, k=8))
        add(record, EventKind.COMMENT, text, 1, 0, record["last_seen"], 30.0)
    return record


def make_database(file: Path, viewers: int) -> None:
    store = SqliteFile(file, NOW, Rules())
    store.open()
    for first in range(0, viewers, CHUNK):
        names = range(first, min(first + CHUNK, viewers))
        rows = {f"viewer{n}": row_of(f"viewer{n}", record_of(n), NOW, Rules(), inline=False) for n in names}
        store.write(Batch(first + 1, rows))
    while not store.tidy:
        store.tend()
    store.close()


def make_json(file: Path, viewers: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write('{"created": 0, "users": {')
        for number in range(viewers):
            record = record_of(number)
            seed = ("first_seen", "last_seen", "gifts", "follows", "likes", "shares", "subscriptions")
            told = {name: record[name] for name in seed} | {"comments": list(record["comments"])}
            out.write(f'{"," if number else ""}"viewer{number}": {json.dumps(told)}')
        out.write("}}")


def rss_mb() -> float:
    """What this process holds in RAM now; where the system does not tell, at its most."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return float(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    except (OSError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def child_database(file: Path, viewers: int) -> dict[str, float]:
    """In a process of its own: start, events, questions, memory, end."""
    before, dice = rss_mb(), random.Random(3)
    began = time.perf_counter()
    memory = load_memory(file, 90)
    start = time.perf_counter() - began
    keeper = MemoryKeeper(memory)
    asked = [dice.randrange(max(1, viewers)) for _ in range(ASKED)]
    contexts = [timed(lambda n=n: keeper.background(f"viewer{n}", "why do you love the cat today?")) for n in asked]
    crowd = [dice.randrange(max(1, viewers)) for _ in range(ACTIVE)]

    def live() -> None:
        for number in range(EVENTS):
            who = crowd[number % ACTIVE]
            kind = ("comment", "like", "like")[number % 3]
            text = f"hello {number} how is it going"
            remember_event(memory, f"viewer{who}", kind, text, nickname=f"Viewer {who}", user_id=str(10**18 + who))
            if not number % 150:  # twice a second, at 300 events a second
                memory.flush()
        memory.flush()

    written = [0.0]
    write = memory.store.write

    def watched(batch: Batch) -> None:
        written[0] += timed(lambda: write(batch))

    memory.store.write = watched  # type: ignore[method-assign] # on a worker in the bot: told apart here
    event = timed(live) / EVENTS * 1e6
    rss = rss_mb() - before
    memory.close()
    cuts = quantiles(contexts, n=100)
    return {
        "start": start, "rss": rss, "event": event, "noted": event - written[0] / EVENTS * 1e6, "context": median(contexts) * 1e3,
        "context_p99": cuts[98] * 1e3, "context_max": max(contexts) * 1e3,
    }  # fmt: skip


def child_json(file: Path, viewers: int) -> dict[str, float]:
    """The design's dict of one file: all of it is read, and all of it is written for what is new."""
    before = rss_mb()
    began = time.perf_counter()
    memory = json.loads(file.read_text(encoding="utf-8"))
    start = time.perf_counter() - began
    rss = rss_mb() - before

    def save() -> None:
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(memory), encoding="utf-8")
        draft.unlink()

    changed = timed(lambda: memory["users"].get(f"viewer{viewers // 2}", {}).update(likes=1))
    write = timed(save)
    return {"start": start, "rss": rss, "event": (changed + write / 150) * 1e6, "context": 0.01, "write": write}


CHILDREN = {"database": child_database, "json": child_json}


def measured(what: str, file: Path, viewers: int) -> dict[str, float]:
    """In a fresh process; the best of three for what starts quickly, so that a busy machine does not count."""
    runs = []
    for _ in range(3 if what == "database" else 1):
        command = [sys.executable, str(Path(__file__).resolve()), "--child", what, str(file), str(viewers)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return {name: min(run[name] for run in runs) for name in runs[0]}


def line(name: str, mine: float, unit: str, target: str, json_value: float | None) -> str:
    beside = f"{json_value:>12.2f} {unit:<3} {json_value / mine if mine else 0:>10.0f} x" if json_value else ""
    return f"{name:<34}{mine:>10.3f} {unit:<3} {target:<12}{beside}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=1_000_000)
    parser.add_argument("--json-viewers", type=int, default=None)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        what, file, viewers = chosen.child
        print(json.dumps(CHILDREN[what](Path(file), int(viewers))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        compare(chosen.folder or Path(temporary), chosen.viewers, chosen.json_viewers or chosen.viewers)


def compare(folder: Path, viewers: int, in_json: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file, beside, empty = folder / f"{viewers}.db", folder / f"{in_json}.json", folder / "empty.db"
    if not file.exists():
        print(f"making {viewers} viewers: {timed(lambda: make_database(file, viewers)):.0f} s", flush=True)
    if not beside.exists():
        make_json(beside, in_json)
    empty.unlink(missing_ok=True)
    none, many = measured("database", empty, 0), measured("database", file, viewers)
    whole = measured("json", beside, in_json)
    more_rss = many["rss"] - none["rss"]
    report = [
        f"{viewers} viewers, {file.stat().st_size / 2**20:.0f} MB; JSON: {in_json}, {beside.stat().st_size / 2**20:.0f} MB",
        f"{'':<34}{'memory.db':>10}     {'at most':<12}{'one JSON file':>16} {'ratio':>12}",
        line("start, more than empty", many["start"] - none["start"], "s", f"{TARGETS['start']}", whole["start"]),
        line("RAM, more than empty", more_rss, "MB", f"{TARGETS['rss']}", whole["rss"]),
        line("an event, on the bot's loop", many["noted"], "us", f"{TARGETS['event']}", None),
        line("an event, written and indexed, too", many["event"], "us", f"{TARGETS['event']}", whole["event"]),
        line("the same in an empty file", none["event"], "us", f"{TARGETS['event']}", None),
        line("a prompt's context, median", many["context"], "ms", f"{TARGETS['context']}", None),
        line("a prompt's context, 99th of 100", many["context_p99"], "ms", f"{TARGETS['context']}", None),
        line("a prompt's context, longest", many["context_max"], "ms", "", None),
        line("one write of the JSON file", 0.0, "s", "", None) + f"{whole['write']:>10.2f} s",
    ]
    print("\n".join(report))


if __name__ == "__main__":
    main()
