"""The real openai client against a real HTTP server: every failure is named, nothing hangs, nothing leaks."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import openai  # loading it takes a second, which is no question's affair
import pytest

from mind.providers import ChatModel, ModelError
from mind.spending import Usage
from mind.wire import LONGEST
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


@pytest.mark.parametrize("status", ["301", "307", "308"])
def test_a_server_that_sends_us_elsewhere_is_not_followed(status: str):
    """What a viewer wrote goes to the server that the streamer chose and to nobody else, and once."""
    heard: list[bytes] = []

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> int:
        async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n"))
            place = f"{fake.base_url}/chat/completions"
            writer.write(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()

        async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as door:
            address = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}/v1"
            lost = ChatModel(OpenAI(api_key="sk-test", base_url=address, model="fake"))
            with pytest.raises(ModelError) as raised:
                await whole(lost, fake)
            await lost.close()
        assert raised.value.code == "openai_error"
        return len(fake.requests)

    assert ask(scenario) == 0
    assert len(heard) == 1


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


def test_a_stream_that_a_proxy_ends_in_the_middle_of_a_sentence_has_failed():
    """No reason to finish and no full stop: the half sentence is nothing to say, and the next model may be asked."""

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> str:
        with pytest.raises(ModelError) as raised:
            await whole(model, fake)
        return raised.value.code

    assert ask(scenario, faults=deque(["torn"])) == "openai_error"


def test_a_server_that_gives_no_reason_to_finish_has_answered_when_its_sentence_is_whole():
    assert ask(whole, faults=deque(["reasonless"]), answer=lambda _: "Blue. And red!") == "Blue. And red!"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("empty", "openai_empty"),
        ("html", "openai_empty"),
        ("json", "openai_empty"),
        ("thoughts", "openai_only_thoughts"),
        ("refusal", "openai_refused"),
        ("filter", "openai_refused"),
        ("error", "openai_error"),
        ("stall", "openai_timeout"),
        ("402", "openai_quota"),
        ("504", "openai_timeout"),
    ],
)
def test_an_answer_without_words_is_none(fault: str, code: str):
    """A login page instead of a stream holds no event; it must not be read out, nor be taken for an answer."""

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> str:
        with pytest.raises(ModelError) as raised:
            await whole(model, fake)
        return raised.value.code

    said = "" if fault == "filter" else "Yes."
    assert ask(scenario, timeout=0.5, faults=deque([fault]), answer=lambda _: said) == code


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


def rules(fake: FakeOpenAI, **more: Any) -> OpenAI:
    return OpenAI(api_key="k", base_url=fake.base_url, model="fake", **more)


async def spent(fake: FakeOpenAI, read: int = 10_000, **more: Any) -> Usage:
    """What one question took of which only so many pieces were read."""
    model, usage = ChatModel(rules(fake, **more)), Usage()
    async with contextlib.aclosing(model.stream(ASK, usage)) as pieces:
        async for _ in pieces:
            read -= 1
            if not read:
                break
    await model.close()
    return usage


def test_the_first_word_has_a_deadline_of_its_own():
    """A server that accepts the question and says nothing must not take the time in which another could answer."""

    async def scenario() -> tuple[str, float]:
        async with FakeOpenAI(faults=deque(["stall"])) as fake:
            model, begin = ChatModel(rules(fake, first_token_timeout=0.3)), time.monotonic()
            with pytest.raises(ModelError) as raised:
                await whole(model, fake)
            took = time.monotonic() - begin
            await model.close()
            return raised.value.code, took

    code, took = asyncio.run(scenario())

    assert code == "openai_timeout"
    assert took < 5  # request_timeout is 10


def test_a_pause_in_the_middle_has_a_deadline_of_its_own():
    async def scenario() -> list[str]:
        async with FakeOpenAI(token_seconds=30) as fake:
            model, pieces = ChatModel(rules(fake, read_timeout=0.3)), []

            async def collect() -> None:
                async for piece in model.stream(ASK):
                    pieces.append(piece)  # noqa: PERF401 - what came before the failure matters

            async with asyncio.timeout(8):  # request_timeout is 10
                with pytest.raises(ModelError, match="openai_timeout"):
                    await collect()
            await model.close()
            return pieces

    assert asyncio.run(scenario()) == ["You"]


def test_thoughts_in_their_own_field_count_as_life_but_are_not_said():
    async def scenario() -> tuple[str, Usage]:
        async with FakeOpenAI(thoughts="I think I know this.", answer=lambda _: "Yes.") as fake:
            model, usage = ChatModel(rules(fake)), Usage()
            said = "".join([piece async for piece in model.stream(ASK, usage)])
            await model.close()
            return said, usage

    said, usage = asyncio.run(scenario())

    assert said == "Yes."
    assert usage.output_tokens == 6  # 24 characters, thoughts are paid for, too


def test_the_servers_own_figures_are_taken():
    async def scenario() -> Usage:
        async with FakeOpenAI(usage={"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366}) as fake:
            found = await spent(fake)
            assert fake.requests[0]["stream_options"] == {"include_usage": True}
            return found

    assert asyncio.run(scenario()) == Usage(1, 321, 45, estimated=False)


@pytest.mark.parametrize(
    "usage",
    [None, {"prompt_tokens": -1, "completion_tokens": 5}, {"prompt_tokens": "many", "completion_tokens": None},
     {"prompt_tokens": True, "completion_tokens": 10**12}],
)  # fmt: skip
def test_without_figures_that_can_be_meant_they_are_estimated_and_said_to_be(usage: dict[str, Any] | None):
    async def scenario() -> Usage:
        async with FakeOpenAI(usage=usage) as fake:
            return await spent(fake)

    asked, answered = len(ASK[0]["content"]), len("You asked what is this.")
    assert asyncio.run(scenario()) == Usage(1, -(-asked // 4), -(-answered // 4), estimated=True)


def test_an_answer_that_is_not_read_to_its_end_is_counted_as_far_as_it_was():
    async def scenario() -> Usage:
        async with FakeOpenAI(usage={"prompt_tokens": 1, "completion_tokens": 1}, token_seconds=0.02) as fake:
            return await spent(fake, read=2)

    assert asyncio.run(scenario()) == Usage(1, 8, 3, estimated=True)


def test_a_question_that_is_turned_away_costs_nothing_but_the_request():
    async def scenario() -> Usage:
        async with FakeOpenAI(faults=deque(["500"])) as fake:
            model, usage = ChatModel(rules(fake)), Usage()
            with pytest.raises(ModelError):
                [piece async for piece in model.stream(ASK, usage)]
            await model.close()
            return usage

    assert asyncio.run(scenario()) == Usage(requests=1)


@pytest.mark.parametrize(
    ("rejects", "sent", "requests"),
    [
        ((), {"max_tokens", "stream_options"}, 1),
        (("max_tokens",), {"max_completion_tokens", "stream_options"}, 2),
        (("stream_options",), {"max_tokens"}, 2),
        (("max_tokens", "max_completion_tokens"), {"stream_options"}, 3),
        (("max_tokens", "max_completion_tokens", "stream_options"), set(), 4),
    ],
)
def test_a_parameter_that_is_refused_by_name_is_left_out_from_then_on(
    rejects: tuple[str, ...], sent: set[str], requests: int
):
    """The one case of asking twice: counted, and only once for each server and model."""

    async def scenario() -> tuple[set[str], int, int]:
        async with FakeOpenAI(rejects=rejects) as fake:
            model, usage = ChatModel(rules(fake, max_output_tokens=77)), Usage()
            for _ in range(2):
                assert [piece async for piece in model.stream(ASK, usage)]
            await model.close()
            assert all(fake.requests[-1].get(name) in {77, None} for name in ("max_tokens", "max_completion_tokens"))
            extra = set(fake.requests[-1]) - {"model", "messages", "stream"}
            return extra, len(fake.requests), usage.requests

    assert asyncio.run(scenario()) == (sent, requests + 1, requests + 1)


def test_any_other_bad_request_is_not_sent_again():
    async def scenario() -> int:
        async with FakeOpenAI(faults=deque(["400"])) as fake:
            model = ChatModel(rules(fake))
            with pytest.raises(ModelError, match="openai_error"):
                await whole(model, fake)
            await model.close()
            return len(fake.requests)

    assert asyncio.run(scenario()) == 1


def test_an_endless_answer_is_not_read_to_its_end():
    async def scenario() -> int:
        async with FakeOpenAI(answer=lambda _: "word " * 30_000) as fake:
            model = ChatModel(rules(fake, request_timeout=60))
            read = len(await whole(model, fake))
            await model.close()
            return read

    assert asyncio.run(scenario()) == LONGEST


def test_a_flood_of_empty_chunks_stops_nobody_and_ends_in_time(monkeypatch: pytest.MonkeyPatch):
    """A block from the network holds hundreds of chunks that are read without waiting; here it never ends.

    The stream is a stand-in: how much a real one holds at once is up to the system.
    """
    empty = openai.types.chat.ChatCompletionChunk.model_validate(
        {
            "id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {}, "finish_reason": None}],
        }
    )  # fmt: skip

    class Flood:
        def __aiter__(self) -> "Flood":
            return self

        async def __anext__(self) -> Any:
            return empty

        async def close(self) -> None:
            """Nothing to give back."""

    async def ask_it(*_: Any) -> Flood:
        return Flood()

    async def scenario(model: ChatModel, fake: FakeOpenAI) -> tuple[str, int]:
        monkeypatch.setattr(model, "_ask", ask_it)
        turns = 0

        async def somebody_else() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.ensure_future(somebody_else())
        with pytest.raises(ModelError) as raised:
            [piece async for piece in model.stream(ASK, first_within=0.3)]
        other.cancel()
        return raised.value.code, turns

    code, turns = ask(scenario)

    assert code == "openai_timeout"
    assert turns > 20


def test_a_new_key_address_and_model_count_from_the_next_question_on():
    """Models are switched while the stream is live."""

    async def scenario() -> tuple[list[str], list[str]]:
        async with FakeOpenAI() as one, FakeOpenAI() as two:
            place = rules(one)
            model = ChatModel(place)
            assert await whole(model, one)
            place.api_key, place.model = "other", "newer"
            assert await whole(model, one)
            place.base_url = two.base_url
            assert await whole(model, two)
            await model.close()
            asked = [request["model"] for request in (*one.requests, *two.requests)]
            return [*one.keys, *two.keys], asked

    assert asyncio.run(scenario()) == (["Bearer k", "Bearer other", "Bearer other"], ["fake", "newer", "newer"])


@pytest.mark.parametrize(
    ("status", "wish", "seconds"),
    [("429", "7", 7.0), ("429", "soon", 0.0), ("503", "2.5", 2.5), ("429", "-3", 0.0), ("429", "inf", 0.0)],
)
def test_how_long_a_server_wants_to_be_left_alone_is_known(status: str, wish: str, seconds: float):
    async def scenario(model: ChatModel, fake: FakeOpenAI) -> float:
        with pytest.raises(ModelError) as raised:
            await whole(model, fake)
        return raised.value.retry_after

    assert ask(scenario, faults=deque([status]), retry_after=wish) == seconds


def test_a_name_that_nobody_resolves_hangs_nobody(monkeypatch: pytest.MonkeyPatch):
    """A dead DNS server answers after half a minute, in a thread of its own."""

    async def scenario() -> str:
        async def never(*_: Any, **__: Any) -> Any:
            await asyncio.sleep(3600)

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)  # no test may need a broken DNS server
        model = ChatModel(OpenAI(base_url="http://no.such.host/v1", model="m", connect_timeout=0.2, request_timeout=60))
        with pytest.raises(ModelError) as raised:
            [piece async for piece in model.stream(ASK)]
        await model.close()
        return raised.value.code

    assert asyncio.run(scenario()) == "openai_unreachable"
