"""How long a recorded live takes to be replayed, beside its own length: `python bench/replay.py [minutes] [a minute]`.

By default three hours with about 12,000 events, which the corridor records itself in virtual time. Prints the file's
size and the ratio, and fails when two replays differ or three hours take more than three minutes.
"""

import logging
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from live.replay import perform, recorded_settings  # noqa: E402 - the project is found beside this file
from live.tape import load  # noqa: E402
from tests.evenings import recorded  # noqa: E402

MINUTES, A_MINUTE = 180.0, 85.0
SLOWEST = 1 / 60
"""Of the recording's length: three minutes for three hours."""


def main() -> int:
    given = [float(word) for word in sys.argv[1:3]]
    minutes, a_minute = [*given, *(MINUTES, A_MINUTE)[len(given) :]]
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        file, _ = recorded(Path(folder), 1, minutes, a_minute)
        lived = time.perf_counter() - begin
        size, runs, times = file.stat().st_size, [], []
        for _ in range(2):
            begin = time.perf_counter()
            recording = load(file)
            settings = recorded_settings(recording)
            runs.append(perform(recording, settings))
            times.append(time.perf_counter() - begin)
    length = recording.ends - recording.begins
    print(f"{length:.0f} s of live, {len(recording.of('event'))} events, {size / 1e6:.2f} MB")
    print(f"lived and recorded in {lived:.1f} s, replayed in {times[0]:.1f} s and {times[1]:.1f} s")
    print(f"{length / max(times):.0f} times as fast as it was; decisions: {len(runs[0])}, equal: {runs[0] == runs[1]}")
    return 0 if runs[0] == runs[1] and max(times) <= length * SLOWEST else 1


if __name__ == "__main__":
    sys.exit(main())
