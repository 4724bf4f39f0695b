"""A model that fails costs the viewer nothing but a moment: the next one answers, and all share the time of one answer."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

import openai  # noqa: F401 - loading it takes a second, which is no question's affair
import pytest

from events import Link, LinkState
from mind.chain import Attempt, Chain, _host
from mind.spending import Usage
from mind.wire import Messages, ModelError
from settings import Settings, SettingsError, changed
from tests import virtual
from tests.fake_openai import FakeOpenAI

ASK: Messages = [{"role": "user", "content": "<why?>"}]
FAULTS = [
    *("401", "402", "403", "404", "408", "429", "quota", "500", "503", "hang", "stall", "half", "drip", "badjson"),
    *("html", "json", "empty", "thoughts", "error"),
]


def settings_for(*servers: FakeOpenAI, **rules: Any) -> Settings:
    """As many models as servers."""
    names = ("openai", "fallback", "fallback2")[: len(servers)]
    places: dict[str, dict[str, Any]] = {
        name: {"base_url": server.base_url, "model": f"m{i}"}
        for i, (name, server) in enumerate(zip(names, servers, strict=True))
    }
    for name in names[1:]:
        places[name]["enabled"] = True
    places["openai"] |= rules
    return Settings.of(places)


async def answer(chain: Chain, attempts: list[Attempt] | None = None) -> list[str]:
    async with aclosing(chain.answer(ASK, (attempts if attempts is not None else []).append)) as sentences:
        return [sentence async for sentence in sentences]


async def told(chain: Chain) -> str:
    """The answer, or the reason why there is none."""
    try:
        return " ".join(await answer(chain))
    except ModelError as error:
        return error.code


def one(_: str) -> str:
    return "The first one is a sentence of some length."


def two(_: str) -> str:
    return "Two."


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_first_model_fails_with_the_second_answers(fault: str):
    """Each is asked exactly once."""

    async def scenario() -> tuple[list[str], list[int]]:
        async with FakeOpenAI(faults=deque([fault]), answer=one) as first, FakeOpenAI(answer=two) as second:
            chain = Chain(settings_for(first, second, request_timeout=3.0))
            said = await answer(chain)
            await chain.close()
            return said, [len(first.requests), len(second.requests)]

    assert asyncio.run(scenario()) == (["Two."], [1, 1])


@pytest.mark.parametrize("fault", FAULTS)
def test_when_all_fail_the_first_ones_reason_is_told(fault: str):
    async def scenario() -> tuple[str, list[int]]:
        servers = [FakeOpenAI(faults=deque([fault]), answer=one) for fault in (fault, "500", "hang")]
        async with AsyncExitStack() as stack:
            for server in servers:
                await stack.enter_async_context(server)
            chain = Chain(settings_for(*servers, request_timeout=1.5))
            reason = await told(chain)
            await chain.close()
            return reason, [len(server.requests) for server in servers]

    reason, requests = asyncio.run(scenario())

    assert reason.startswith("openai_")
    assert requests == [1, 1, 1]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Blue it is. Because the sky looks like that nearly every day.", ["Blue it is."]),
        ("Blue it is! And red? No, never.", ["Blue it is!", "And red?"]),
        ("Because the sky looks blue nearly every single day of it", ["Because the sky looks blue nearly"]),
    ],
)
def test_a_sentence_that_the_longest_answer_cuts_off_is_only_said_when_it_is_all_there_is(
    written: str, said: list[str]
):
    """Half a sentence is not worth the breath behind a whole one, but better than silence."""

    async def scenario() -> list[str]:
        async with FakeOpenAI(faults=deque(["limit"]), answer=lambda _: written) as server:
            chain = Chain(settings_for(server))
            heard = await answer(chain)
            await chain.close()
            return heard

    assert asyncio.run(scenario()) == said


def test_a_model_that_had_begun_is_not_replaced_in_the_middle():
    """Whole sentences of half an answer are better than a second beginning."""

    async def scenario() -> tuple[list[str], int]:
        said: list[str] = []
        first = FakeOpenAI(faults=deque(["half"]), answer=lambda _: "First one. Second one is cut off somewhere here.")
        async with first, FakeOpenAI(answer=two) as second:
            chain = Chain(settings_for(first, second))

            async def collect() -> None:
                async with aclosing(chain.answer(ASK, lambda _: None)) as sentences:
                    async for sentence in sentences:
                        said.append(sentence)  # noqa: PERF401 - what came before the failure matters

            with pytest.raises(ModelError):
                await collect()
            await chain.close()
            return said, len(second.requests)

    assert asyncio.run(scenario()) == (["First one."], 0)


@pytest.mark.parametrize("fault", ["refusal", "filter"])
def test_what_one_model_refuses_no_other_is_asked_for(fault: str):
    async def scenario() -> tuple[str, int, str]:
        first = FakeOpenAI(faults=deque([fault]), answer=lambda _: "" if fault == "filter" else "Yes.")
        async with first, FakeOpenAI(answer=two) as second:
            chain = Chain(settings_for(first, second))
            refused = await told(chain)
            first.answer = one
            again = await told(chain)
            await chain.close()
            return refused, len(second.requests), again

    assert asyncio.run(scenario()) == ("openai_refused", 0, one(""))


def test_an_answer_ends_with_its_last_allowed_sentence_and_is_read_no_further():
    async def scenario() -> tuple[list[str], int]:
        async with FakeOpenAI(answer=lambda _: "One two. " * 200, token_seconds=0.01) as server:
            settings = settings_for(server)
            settings.style.max_sentences = 2
            chain = Chain(settings)
            said = await answer(chain)
            await chain.close()
            return said, len(server.completed)

    said, written = asyncio.run(scenario())

    assert said == ["One two."] * 2
    assert written < 50


@pytest.mark.parametrize(("most", "heard"), [(1, 1), (2, 2), (3, 3)])
def test_a_long_sentence_is_heard_to_its_end_and_counts_once(most: int, heard: int):
    """It is spoken in several lines, and an answer that stops in the middle of it is none."""
    sentence = "This is a sentence, " + "which is a long one, " * 6 + "and ends here."

    async def scenario() -> list[str]:
        async with FakeOpenAI(answer=lambda _: f"{sentence} Short. Shorter. Not heard.") as server:
            settings = settings_for(server)
            settings.style.max_sentences = most
            chain = Chain(settings)
            said = await answer(chain)
            await chain.close()
            return said

    said = " ".join(asyncio.run(scenario()))

    assert said == " ".join([sentence, "Short.", "Shorter."][:heard])


def test_settings_count_from_the_next_question_on():
    """Models are switched while the stream is live; one that was off is asked once it is on."""

    async def scenario() -> list[str]:
        async with FakeOpenAI(faults=deque(["401"] * 9), answer=one) as first, FakeOpenAI(answer=two) as second:
            settings = settings_for(first, second)
            chain, heard = Chain(changed(settings, {"fallback": {"enabled": False}})), []
            heard.append(await told(chain))
            changed(settings, {"fallback": {"enabled": True}})
            heard.append(await told(chain))
            first.faults.clear()
            changed(settings, {"openai": {"api_key": "a-better-one"}})
            heard.append(await told(chain))
            changed(settings, {"openai": {"base_url": second.base_url, "model": "m8"}})
            heard.append(await told(chain))
            settings["openai"] = {"base_url": second.base_url, "model": "m9"}
            heard.append(await told(chain))
            await chain.close()
            return [*heard, second.requests[-1]["model"]]

    assert asyncio.run(scenario()) == ["openai_key_refused", "Two.", one(""), "Two.", "Two.", "m9"]


def test_without_any_model_there_is_none():
    assert virtual.run(told(Chain(Settings()))) == "no_model"


def test_each_request_is_paid_at_the_price_of_who_was_asked():
    async def scenario() -> dict[str, Any]:
        figures = {"prompt_tokens": 1000, "completion_tokens": 100}
        async with FakeOpenAI(faults=deque(["500"])) as first, FakeOpenAI(usage=figures, answer=two) as second:
            settings = settings_for(first, second, price_input=1000)
            settings.fallback.price_input, settings.fallback.price_output = 1.0, 2.0
            chain = Chain(settings)
            await answer(chain)
            await chain.close()
            return chain.facts()

    assert asyncio.run(scenario()) == {
        "requests": 2, "input_tokens": 1000, "output_tokens": 100, "estimated": False, "money": 0.0012, "cap_reached": False,
    }  # fmt: skip


# the same in virtual time, with models that take exactly as long as they say


@dataclass
class Scripted:
    """A model that keeps its deadlines: each question takes the next (seconds, code or sentence)."""

    script: deque[tuple[float, str]]
    configured: bool = True
    asked: list[float] = field(default_factory=list)
    retry_after: float = 0.0
    checks: deque[str] = field(default_factory=deque)

    async def stream(
        self, messages: Messages, usage: Usage, *, within: float, first_within: float
    ) -> AsyncGenerator[str, None]:
        self.asked.append(asyncio.get_running_loop().time())
        usage.requests += 1
        seconds, text = self.script.popleft()
        await asyncio.sleep(min(seconds, within, first_within))
        if seconds >= min(within, first_within):
            raise ModelError("openai_timeout")
        if text.startswith("openai_"):
            raise ModelError(text, lasting=text == "openai_key_refused", retry_after=self.retry_after)
        yield text

    def go_by(self, *_: object) -> None:
        """It is as it is scripted."""

    async def check(self) -> None:
        if self.checks and (code := self.checks.popleft()):
            raise ModelError(code, lasting=True)


def scripted(*models: Scripted, **rules: Any) -> Chain:
    chain = Chain(Settings.of({"openai": rules}))
    for place, model in zip(chain._places, models, strict=False):
        place.model = model  # type: ignore[assignment]
        place.rules["enabled"] = True
    return chain


def script(*steps: tuple[float, str], again: tuple[float, str] = (0.1, "Yes.")) -> deque[tuple[float, str]]:
    return deque([*steps, *([again] * 1000)])


async def timed(chain: Chain) -> tuple[str, float]:
    clock = asyncio.get_running_loop().time
    begin = clock()
    return await told(chain), round(clock() - begin, 3)


@pytest.mark.parametrize(
    ("models", "timeout", "heard", "seconds"),
    [
        ([(99, "")], 10, "openai_timeout", 6.0),  # first_token_timeout
        ([(99, ""), (0.5, "Yes.")], 10, "Yes.", 5.5),  # each gets its share
        ([(99, ""), (99, ""), (1, "Yes.")], 9, "Yes.", 7.0),
        ([(99, ""), (99, ""), (99, "")], 9, "openai_timeout", 9.0),
        ([(0.1, "openai_error"), (8, "Late.")], 20, "openai_error", 6.1),
        ([(0.1, "openai_error"), (4, "Yes.")], 10, "Yes.", 4.1),
    ],
)
def test_all_models_together_take_no_longer_than_one_answer_may(
    models: list[tuple[float, str]], timeout: float, heard: str, seconds: float
):
    chain = scripted(*(Scripted(script(step)) for step in models), request_timeout=timeout)

    assert virtual.run(timed(chain)) == (heard, seconds)


def test_who_fails_three_times_in_a_row_is_left_alone_and_tried_again_later():
    async def scenario() -> tuple[list[float], set[str]]:
        first, second = Scripted(script(*[(0.0, "openai_error")] * 3)), Scripted(script(again=(0.0, "Yes.")))
        chain, heard = scripted(first, second), set()
        for _ in range(22):
            heard.add(await told(chain))
            await asyncio.sleep(1.0)
        return first.asked, heard

    asked, heard = virtual.run(scenario())

    assert asked[:3] == [0.0, 1.0, 2.0]
    assert asked[3] == 17.0  # 15 s after it was left alone
    assert heard == {"Yes."}


def test_while_all_are_left_alone_the_reason_is_told_at_once():
    async def scenario() -> tuple[list[tuple[str, float]], int]:
        model = Scripted(script(*[(99.0, "")] * 9))
        chain = scripted(model, request_timeout=2.0)
        return [await timed(chain) for _ in range(5)], len(model.asked)

    slow, quick = ("openai_timeout", 2.0), ("openai_timeout", 0.0)
    assert virtual.run(scenario()) == ([slow, slow, slow, quick, quick], 3)


def test_a_server_that_says_when_to_come_again_is_not_asked_before():
    async def scenario() -> list[float]:
        model = Scripted(script((0.0, "openai_rate_limited"), again=(0.0, "Yes.")), retry_after=42.0)
        chain = scripted(model)
        while len(model.asked) < 2:
            await told(chain)
            await asyncio.sleep(1.0)
        return model.asked

    assert virtual.run(scenario()) == [0.0, 42.0]


def test_a_thought_that_is_given_up_leaves_the_model_free():
    """Panic in the middle of the one question that decides whether a model works again."""

    async def scenario() -> str:
        model = Scripted(script((0.0, "openai_key_refused"), (5.0, "Never heard.")))
        chain = scripted(model)
        await told(chain)
        await asyncio.sleep(60)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await told(chain)
        return await told(chain)

    assert virtual.run(scenario()) == "Yes."


@pytest.mark.parametrize(
    ("checks", "state", "code"),
    [
        (["", ""], LinkState.UP, "openai_answers"),
        (["openai_key_refused", ""], LinkState.UP, "openai_fallback"),
        (["openai_key_refused", "openai_unreachable"], LinkState.ERROR, "openai_key_refused"),
    ],
)
def test_which_model_would_answer_is_known_before_the_first_question(checks: list[str], state: LinkState, code: str):
    chain = scripted(*(Scripted(script(), checks=deque([check])) for check in checks))
    link = virtual.run(chain.look())

    assert (link.state, link.code) == (state, code)


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("", "OpenAI"),
        ("http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
        ("https://openrouter.ai/api/v1", "openrouter.ai"),
        ("http://[::1", ""),
    ],
)
def test_the_address_is_shown_without_anything_secret(address: str, server: str):
    settings = Settings.of({"openai": {"base_url": address, "model": "m"}})
    chain = Chain(settings)

    assert chain.link_of(chain._places[0]) == Link(
        state=LinkState.UP, code="openai_answers", params=(("model", "m"), ("server", server))
    )


def test_a_password_in_an_address_is_refused_and_would_not_be_shown_either():
    """Two locks: the settings take no such address, and whoever shows one shows its host only."""
    address = "https://anna:secret@openrouter.ai/api/v1?key=secret"

    with pytest.raises(SettingsError):
        Settings.of({"openai": {"base_url": address}})
    assert _host(address) == "openrouter.ai"
