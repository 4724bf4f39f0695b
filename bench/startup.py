"""How long PalFriend takes from its start to the dashboard's first answer; of the sources, and of a build if one is named.

python bench/startup.py [dist/PalFriend/palfriend-console]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7


def once(command: list[str], folder: str) -> tuple[float, float]:
    """Seconds on the wall, and of the processor."""
    before, began = os.times(), time.perf_counter()
    with subprocess.Popen(
        [*command, "--demo", "--port", "0", "--settings", f"{folder}/settings.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - a pipe was asked for
        url = process.stdout.readline().split(" is here: ")[1].strip()
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own
            answer.read()
        took = time.perf_counter() - began
        process.kill()
    after = os.times()
    return took, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    commands = {"sources": [sys.executable, str(ROOT / "main.py")]}
    if len(sys.argv) > 1:
        commands["build"] = [sys.argv[1]]
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = [once(command, folder) for _ in range(RUNS)]
        wall, processor = ([run[i] for run in runs] for i in (0, 1))
        print(
            f"{name}: {RUNS} starts, median {statistics.median(wall):.2f} s, best {min(wall):.2f} s, "
            f"processor {statistics.median(processor):.2f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )


if __name__ == "__main__":
    main()
