"""What hearing costs: `python bench/hearing.py [hours]`. Prints shares of one core, as ratios to the time of the sound.

The gate alone back to back, the gate paced like a live (with cold caches) beside its bare detector, capture and gate
through a private PulseAudio server, and the memory over `hours` of sound (1 by default, 24 are a day) fed as quickly as it goes.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import voices  # noqa: E402 - the project and its tests are found beside this file
from needs import missing  # noqa: E402

from voice.engines import open_engine  # noqa: E402
from voice.hearing import Hearing  # noqa: E402
from voice.sound import samples  # noqa: E402

BLOCK_SECONDS = 0.032
PACED_SECONDS, CAPTURED_SECONDS = 20, 30
STATUS = Path("/proc/self/status")


def desk(rate: int) -> list[bytes]:
    """A minute of talk, keys and silence, as a driver of this rate delivers it."""
    parts = [0.3 * voices.talk(8, 2, 180), voices.hush(4 * voices.RATE), 0.3 * voices.typing(8, 1)]
    minute = [sample for _ in range(3) for part in parts for sample in part]
    step, size = voices.RATE / rate, round(rate * BLOCK_SECONDS)
    sound = [minute[int(number * step)] for number in range(60 * rate)]
    raw = voices.blocks(sound)
    return [raw[at : at + 2 * size] for at in range(0, len(raw) - 2 * size, 2 * size)]


def back_to_back(rate: int) -> float:
    blocks, hearing = desk(rate), Hearing(open_engine().engine, rate)
    begin = time.process_time()
    for block in blocks:
        hearing.feed(block)
    return (time.process_time() - begin) / (len(blocks) * BLOCK_SECONDS)


def paced(work: Callable[[bytes], object], blocks: list[bytes]) -> float:
    count, begin, next_block = round(PACED_SECONDS / BLOCK_SECONDS), time.process_time(), time.perf_counter()
    for block in blocks[:count]:
        work(block)
        next_block += BLOCK_SECONDS
        time.sleep(max(0.0, next_block - time.perf_counter()))
    return (time.process_time() - begin) / PACED_SECONDS


def together(hearing: Hearing) -> Callable[[bytes], None]:
    """As the microphone's thread does it."""
    waiting: list[bytes] = []
    more = 0

    def take(block: bytes) -> None:
        nonlocal more
        if not waiting:
            more = hearing.can_wait
        waiting.append(block)
        if len(waiting) > more:
            hearing.feed(b"".join(waiting))
            waiting.clear()

    return take


def captured() -> float:
    """A program that does nothing but hear, while somebody talks; its whole processor time."""
    from test_speech import listener
    from virtual_mic import VirtualMic

    with tempfile.TemporaryDirectory() as folder, VirtualMic() as mic, listener(mic.env, engine="auto") as child:
        child.up()
        mic.play(voices.write(Path(folder) / "talk.wav", 0.3 * voices.talk(CAPTURED_SECONDS + 5, 2, 180)))
        child.edge(talking=True)
        before = child.ask("cpu", "cpu")["cpu"]
        time.sleep(CAPTURED_SECONDS)
        return float((child.ask("cpu", "cpu")["cpu"] - before) / CAPTURED_SECONDS)


def resident_mb() -> float:
    """Only Linux tells without a package."""
    lines = STATUS.read_text(encoding="ascii").splitlines() if STATUS.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), float("nan"))


def memory(hours: float) -> list[float]:
    """Resident megabytes after the first minute and after each quarter of the time."""
    blocks, hearing = desk(48_000), Hearing(open_engine().engine, 48_000)
    seen, minutes = [], round(60 * hours)
    for minute in range(minutes):
        for block in blocks:
            hearing.feed(block)
        if minute == 0 or (minute + 1) % max(1, minutes // 4) == 0:
            seen.append(resident_mb())
    return seen


def main() -> None:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(f"detector: {open_engine().engine.name}")
    for rate in (16_000, 44_100, 48_000):
        print(f"gate alone, back to back, {rate} Hz: {100 * back_to_back(rate):.2f} % of one core")
    blocks, detector = desk(16_000), open_engine().engine
    without, bare = paced(len, blocks), paced(lambda block: detector.score(samples(block)), blocks)
    gate = paced(together(Hearing(detector)), blocks)
    print(
        f"paced as a live: gate {100 * (gate - without):.2f} %, of it the bare detector {100 * (bare - without):.2f} %"
    )
    if reason := missing("portaudio") or missing("pulseaudio"):
        print(f"capture and gate: not measured, {reason}")
    else:
        print(f"capture and gate: {100 * captured():.2f} % of one core")
    print(f"memory over {hours:g} h of sound: {', '.join(f'{mb:.1f}' for mb in memory(hours))} MB")


if __name__ == "__main__":
    main()
