"""What a viewer gets when the model's server fails, and when: `python bench/faults.py`.

For each fault a greeting is answered over real HTTP: once with a second model behind the first, once with the built-in
lines only, once a question that is skipped then. No time may exceed `request_timeout` by more than a second.
"""

import asyncio
import sys
import time
from collections import deque
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from events import BrainError  # noqa: E402 - the project is found beside this file
from response import ResponseEngine  # noqa: E402
from settings import Settings  # noqa: E402
from tests.fake_openai import FakeOpenAI  # noqa: E402
from tests.fakes import comment  # noqa: E402

TIMEOUT = 3.0
FAULTS = (
    "401",
    "402",
    "404",
    "429",
    "quota",
    "500",
    "hang",
    "stall",
    "drip",
    "half",
    "badjson",
    "html",
    "json",
    "empty",
)
FAULTS += ("refusal", "filter", "thoughts", "error", "long")
LONG = "This is a very long answer that goes on and on without ever coming to its point "


async def outcome(engine: ResponseEngine, text: str) -> tuple[str, float]:
    """What came first, and after how many seconds."""
    begin = time.perf_counter()
    answer = engine.answer(comment(text), "")
    try:
        return await anext(answer), time.perf_counter() - begin
    except BrainError as error:
        return f"({error})", time.perf_counter() - begin
    finally:
        await answer.aclose()


async def row(fault: str) -> float:
    """Prints one fault's line; the longest time of it."""
    faults, texts = deque([fault] * 9), {"long": LONG * 50, "filter": ""}
    first = FakeOpenAI(
        faults=faults, answer=lambda _: texts.get(fault, "The first model says a sentence of some length.")
    )
    async with first, FakeOpenAI(answer=lambda _: "The second model answers.") as second:
        place = {"base_url": first.base_url, "model": "one", "request_timeout": TIMEOUT}
        stand_in = {"base_url": second.base_url, "model": "two", "enabled": True}
        found = []
        for places, text in (({"fallback": stand_in}, "hello"), ({}, "hello"), ({}, "why is that?")):
            engine = ResponseEngine(Settings.of({"openai": place, **places}))
            found.append(await outcome(engine, text))
            await engine.close()
    print(f"{fault:9}" + "".join(f"{what[:32]:34}{seconds:5.2f} s   " for what, seconds in found))
    return max(seconds for _, seconds in found)


async def main() -> None:
    print(f"request_timeout {TIMEOUT} s\n{'fault':9}{'with a second model':44}{'without one, greeting':44}question")
    longest = max([await row(fault) for fault in FAULTS])
    print(f"longest {longest:.2f} s; promised: at most {TIMEOUT + 1:.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
