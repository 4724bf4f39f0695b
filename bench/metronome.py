"""A program that has nothing to do but be on time: how late it is tells how busy the computer is with others.

Prints a JSON line a second: when it began (Unix seconds), and the most by which one of its ticks was late.
"""

import json
import time

TICK = 0.005


def main() -> None:
    while True:
        begin, worst = time.time(), 0.0
        while time.time() - begin < 1.0:
            before = time.monotonic()
            time.sleep(TICK)
            worst = max(worst, time.monotonic() - before - TICK)
        print(json.dumps({"at": begin, "late": round(worst, 4)}), flush=True)


if __name__ == "__main__":
    main()
