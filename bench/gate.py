"""What the gate costs a sentence, beside the bare technical cleaning: `python bench/gate.py`. Prints p50 and p99."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mind.gate import SafeMouth  # noqa: E402 - the project is found beside this file
from mind.rates import cases  # noqa: E402
from mind.safety import speakable  # noqa: E402

ROUNDS = 20


def spread(work: Callable[[str], object], texts: list[str]) -> tuple[float, float]:
    """p50 and p99 in milliseconds over single calls."""
    times = []
    for _ in range(ROUNDS):
        for text in texts:
            begin = time.perf_counter()
            work(text)
            times.append((time.perf_counter() - begin) * 1000)
    points = quantiles(times, n=100)
    return points[49], points[98]


def main() -> None:
    corpus = ROOT / "tests" / "corpus"
    for name in ("harmless", "attacks"):
        texts = [case["text"] for case in cases(corpus / f"{name}.jsonl")]
        long = [" ".join([text, *texts[i + 1 : i + 5]])[:140] for i, text in enumerate(texts)]
        mouth = SafeMouth({})
        for size, some in (("as written", texts), ("140 characters", long)):
            bare = spread(lambda text: speakable(text, 140), some)
            gate = spread(mouth.check, some)
            print(f"{name:8} {size:15} cleaning p50 {bare[0]:.3f} p99 {bare[1]:.3f} ms", end="   ")
            print(f"gate p50 {gate[0]:.3f} p99 {gate[1]:.3f} ms")


if __name__ == "__main__":
    main()
