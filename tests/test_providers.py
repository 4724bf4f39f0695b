"""The real openai client against a real HTTP server: every failure is named, nothing hangs, nothing leaks."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mind.providers import ChatModel, ModelError
from settings import OpenAI
from tests.fake_openai import FLAGGED, FakeOpenAI

ASK = [{"role": "user", "content": "<ada> writes: <what is this?>"}]


def ask(scenario: Callable[[ChatModel, FakeOpenAI], Awaitable[Any]], timeout: float = 5.0, **server: Any) -> Any:
    async def run() -> Any:
        async with FakeOpenAI(**server) as fake:
            model = ChatModel(OpenAI(api_key="sk-test", base_url=fake.base_url, model="fake", request_timeout=timeout))
            try:
                return await scenario(model, fake)
            finally:
                await model.close()

    return asyncio.run(run())


async def whole(model: ChatModel, fake: FakeOpenAI) -> str:
    return "".join([piece async for piece in model.stream(ASK)])


def test_the_answer_streams_in_pieces_with_one_request_and_our_key():
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> tuple[list[str], FakeOpenAI]:
        return [piece async for piece in model.stream(ASK)], fake

    pieces, fake = ask(scenario)

    assert pieces == ["You", " asked", " what", " is", " this."]
    assert [(r["model"], r["stream"], r["messages"]) for r in fake.requests] == [("fake", True, ASK)]
    assert fake.keys == ["Bearer sk-test"]


@pytest.mark.parametrize(
    ("fault", "code", "lasting"),
    [
        ("401", "openai_key_refused", True),
        ("403", "openai_key_refused", True),
        ("404", "openai_model_unknown", True),
        ("429", "openai_rate_limited", False),
        ("quota", "openai_quota", True),
        ("500", "openai_error", False),
        ("hang", "openai_timeout", False),
        ("badjson", "openai_error", False),
    ],
)
def test_each_failure_has_its_name_and_is_not_retried_behind_our_back(fault: str, code: str, lasting: bool):
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> int:
        with pytest.raises(ModelError) as raised:
            await whole(model, fake)
        assert (raised.value.code, raised.value.lasting) == (code, lasting)
        return len(fake.requests)

    assert ask(scenario, timeout=0.5, faults=deque([fault])) == 1


def test_half_a_stream_gives_its_half_and_then_the_failure():
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> tuple[str, str]:
        pieces: list[str] = []

        async def collect() -> None:
            async for piece in model.stream(ASK):
                pieces.append(piece)  # noqa: PERF401 - what came before the failure matters

        with pytest.raises(ModelError) as raised:
            await collect()
        return "".join(pieces), raised.value.code

    text, code = ask(scenario, faults=deque(["half"]))

    assert text.startswith("You asked")
    assert code in {"openai_unreachable", "openai_error"}


@pytest.mark.parametrize("fault", ["empty", "html"])
def test_an_answer_without_text_is_no_text(fault: str):
    """A login page instead of a stream holds no event; it must not be read out."""
    assert ask(whole, faults=deque([fault])) == ""


def test_a_stream_without_its_last_word_is_still_an_answer():
    assert ask(whole, faults=deque(["nodone"])) == "You asked what is this."


def test_the_time_limit_holds_for_the_whole_answer():
    """A server that drips a token now and then would keep the pal thinking for minutes."""

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> str:
        with pytest.raises(ModelError) as raised:
            await whole(model, fake)
        return raised.value.code

    assert ask(scenario, timeout=0.4, token_seconds=0.15, answer=lambda _: "word " * 100) == "openai_timeout"


def test_leaving_in_the_middle_closes_the_stream():
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> int:
        stream = model.stream(ASK)
        await anext(stream)
        await stream.aclose()
        for _ in range(100):
            if not fake._tasks:
                break
            await asyncio.sleep(0.02)
        return len(fake._tasks)

    assert ask(scenario, token_seconds=0.05, answer=lambda _: "word " * 100) == 0


@pytest.mark.parametrize("status", [200, 404, 405, 501])
def test_a_server_that_does_not_list_its_models_may_still_be_asked(status: int):
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> None:
        await model.check()

    ask(scenario, models_status=status)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "openai_key_refused"), (500, "openai_error"), (503, "openai_error")]
)
def test_a_server_that_will_not_answer_is_known_before_the_first_question(status: int, code: str):
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> str:
        with pytest.raises(ModelError) as raised:
            await model.check()
        return raised.value.code

    assert ask(scenario, models_status=status) == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"api_key": "\u201csk-abc\u201d"}, "openai_key_malformed"),
        ({"base_url": "http://localhost:port/v1"}, "openai_address_malformed"),
        ({"base_url": "http://[::1/v1"}, "openai_address_malformed"),
    ],
)
def test_what_can_never_work_is_told_by_its_name(settings: dict[str, str], code: str):
    """And it ends nothing: greetings and thanks go on."""

    async def scenario() -> list[str]:
        model, codes = ChatModel(OpenAI(**settings)), []
        for attempt in (model.check, lambda: anext(model.stream(ASK))):
            with pytest.raises(ModelError) as raised:
                await attempt()
            codes.append(raised.value.code)
        await model.close()
        return codes

    assert asyncio.run(scenario()) == [code, code]


def test_nobody_listening_is_unreachable():
    async def scenario() -> str:
        model = ChatModel(OpenAI(base_url="http://127.0.0.1:9/v1", request_timeout=2))
        try:
            with pytest.raises(ModelError) as raised:
                await model.check()
            return raised.value.code
        finally:
            await model.close()

    assert asyncio.run(scenario()) == "openai_unreachable"


def test_a_server_of_ones_own_needs_no_key_and_no_key_needs_no_server():
    assert ChatModel(OpenAI(base_url="http://127.0.0.1:1/v1")).configured
    assert ChatModel(OpenAI(api_key="k")).configured
    assert not ChatModel(OpenAI()).configured


@pytest.mark.parametrize(("text", "flagged"), [("nice", False), (f"so {FLAGGED} it is", True)])
def test_the_moderation_is_asked_about_this_very_text(text: str, flagged: bool):
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> tuple[bool, list[Any]]:
        return await model.moderate(text, 5.0), fake.moderated

    assert ask(scenario) == (flagged, [{"model": "omni-moderation-latest", "input": text}])


@pytest.mark.parametrize(
    ("fault", "code"),
    [("hang", "openai_timeout"), ("500", "openai_error"), ("404", "openai_model_unknown"), ("401", "openai_key_refused"),
     ("empty", "openai_error"), ("odd", "openai_error")],
)  # fmt: skip
def test_whatever_the_moderation_fails_with_is_no_consent(fault: str, code: str):
    """Only a plain no-objection may let a sentence through."""

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> tuple[str, int]:
        with pytest.raises(ModelError) as raised:
            await model.moderate("nice", 0.5)
        return raised.value.code, len(fake.moderated)

    assert ask(scenario, opinions=deque([fault])) == (code, 1)


def test_a_moderation_that_nobody_answers_is_no_consent():
    async def scenario() -> str:
        model = ChatModel(OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", model="fake"))
        try:
            with pytest.raises(ModelError) as raised:
                await model.moderate("nice", 5.0)
            return raised.value.code
        finally:
            await model.close()

    assert asyncio.run(scenario()) == "openai_unreachable"
