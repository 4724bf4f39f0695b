"""Looks at a language model: reachable, key, name, how soon the first word comes, what a reply costs. A loop.

It is asked one real question with the prompt that every question has, so the figures are those of a stream. Servers on
this computer are recognised by the ports that they usually have.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from doctor.aside import aside
from doctor.finding import Finding, Light
from events import EventKind, LiveEvent
from mind.chain import Place
from mind.prompt import Messages, Prompter
from mind.providers import ChatModel
from mind.spending import MILLION, Usage
from mind.wire import ModelError
from settings import Fallback, OpenAI, Settings

QUESTION = {"en": "Hello pal, how are you today?", "de": "Hallo Pal, wie geht es dir heute?"}
SLOW_SHARE = 0.5
"""Of the longest waits for the first word and for all: from here on the model is slow, though not too slow."""

STAGES = ("model", "model_key", "model_name")
FAILURES = {
    **dict.fromkeys(("openai_unreachable", "openai_address_malformed"), ("model", ())),
    "openai_key_malformed": ("model_key", ()),
    **dict.fromkeys(("openai_key_refused", "openai_quota", "openai_rate_limited"), ("model_key", STAGES[:1])),
    "openai_model_unknown": ("model_name", STAGES[:2]),
    **dict.fromkeys(("openai_timeout", "openai_error"), ("model_answer", STAGES[:1])),
    **dict.fromkeys(("openai_empty", "openai_only_thoughts", "openai_refused"), ("model_answer", STAGES)),
}
"""By reason: which part it is about, and which parts have shown that they are well."""

LOCAL = {"ollama": ("Ollama", 11434), "lm_studio": ("LM Studio", 1234)}
"""Servers on this computer: name and the port that they come with."""


async def look_at_model(
    settings: Settings,
    *,
    section: str = "openai",
    within: float = 12.0,
    note_date: Callable[[str], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Findings `model`, `model_key`, `model_name`, `model_answer`, `model_cost`, as far as it got.

    The last one may be the fault. Without anything to ask: `model` yellow, `model_none`. Details: model, server,
    seconds to the first word, tokens, cost of this reply. `section`: which of the settings' models.
    """
    rules: OpenAI | Fallback = settings[section]
    model = ChatModel(settings.openai, rules)
    if not model.configured:
        return (Finding(id="model", light=Light.YELLOW, code="model_none"),)
    params = dict(Place(section, rules, model).params)
    reply = Reply()
    try:
        async with asyncio.timeout(within):
            messages = await aside(lambda: _messages(settings), within)
            model.note_date = note_date
            await model.prepare()
            await reply.read(model, messages)
    except ModelError as error:
        broke_off = reply.first is not None and error.code == "openai_unreachable"
        return _failed("openai_error" if broke_off else error.code, params, {**params, **reply.facts()})
    except TimeoutError:  # the settings allow the model longer than this look may take
        return (*_well(STAGES[:1], params), _paced(reply, params, slow=True))
    finally:
        await model.close()
    slow = reply.is_slow(settings.openai)
    return (*_well(STAGES, params), _paced(reply, params, slow=slow), _cost(rules, reply.usage, params))


@dataclass(slots=True)
class Reply:
    """What came of the question; seconds since it was asked."""

    usage: Usage = field(default_factory=Usage)
    first: float | None = None
    """To the first word."""

    whole: float = 0.0
    text: str = ""

    async def read(self, model: ChatModel, messages: Messages) -> None:
        """Ask, and hear it to its end. Raises ModelError."""
        began = time.monotonic()
        try:
            async with contextlib.aclosing(model.stream(messages, self.usage)) as pieces:
                async for piece in pieces:
                    self.first = time.monotonic() - began if self.first is None else self.first
                    self.text += piece
        finally:
            self.whole = time.monotonic() - began

    def is_slow(self, limits: OpenAI) -> bool:
        return _is_slow(self.whole if self.first is None else self.first, self.whole, limits)

    def facts(self) -> dict[str, Any]:
        first = None if self.first is None else round(self.first, 2)
        return {"first_token_seconds": first, "seconds": round(self.whole, 2), "answer": self.text.strip()[:300]}


def _paced(reply: Reply, params: Mapping[str, str], *, slow: bool) -> Finding:
    first = reply.whole if reply.first is None else reply.first
    return Finding(
        id="model_answer",
        light=Light.YELLOW if slow else Light.GREEN,
        code="model_slow" if slow else "model_answers",
        params={**params, "seconds": f"{first:.1f}", "whole": f"{reply.whole:.1f}"},
        details={**params, **reply.facts()},
    )


def _is_slow(first: float, whole: float, limits: OpenAI) -> bool:
    return first > SLOW_SHARE * limits.first_token_timeout or whole > SLOW_SHARE * limits.request_timeout


def _messages(settings: Settings) -> Messages:
    language = settings.style.language
    question = LiveEvent(
        kind=EventKind.COMMENT,
        user_id="0",
        username="doctor",
        nickname="Doctor",
        at=time.time(),
        text=QUESTION[language],
    )
    return Prompter(settings, lambda nickname: nickname).prompt(question).messages


def _well(stages: tuple[str, ...], params: Mapping[str, str]) -> tuple[Finding, ...]:
    codes = {"model": "model_reached", "model_key": "model_key_accepted", "model_name": "model_known"}
    return tuple(Finding(id=stage, light=Light.GREEN, code=codes[stage], params=params) for stage in stages)


def _failed(code: str, params: Mapping[str, str], details: Mapping[str, Any]) -> tuple[Finding, ...]:
    if code == "openai_unreachable" and not params["server"]:
        code = "openai_address_malformed"  # an address without a computer in it
    part, well = FAILURES.get(code, FAILURES["openai_error"])
    return (*_well(well, params), Finding(id=part, light=Light.RED, code=code, params=params, details=details))


def _cost(rules: OpenAI | Fallback, usage: Usage, params: Mapping[str, str]) -> Finding:
    money = (usage.input_tokens * rules.price_input + usage.output_tokens * rules.price_output) / MILLION
    priced = bool(rules.price_input or rules.price_output)
    code = "model_cost" if priced else "model_free" if is_local(rules.base_url) else "model_unpriced"
    tokens = str(usage.input_tokens + usage.output_tokens)
    return Finding(
        id="model_cost",
        light=Light.GREEN,
        code=code,
        params={**params, "tokens": tokens, "reply": f"{money:.6f}", "hundred": f"{100 * money:.2f}"},
        details={**usage.facts(), "per_reply": round(money, 8) if priced else None},
    )


def is_local(address: str) -> bool:
    """Whether a server at this address runs on this computer."""
    try:
        return (urlsplit(address).hostname or "") in {"localhost", "127.0.0.1", "::1"}
    except ValueError:  # no address at all
        return False


async def find_local_models(*, within: float = 2.0, ports: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """One green finding for each model server that runs on this computer: `ollama`, `lm_studio`. Empty: none does.

    Details: base_url, models. Suggestion: that server and its first model. `ports` in place of the usual ones.
    """
    wanted = {name: (ports or {}).get(name, port) for name, (_, port) in LOCAL.items()}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_local(name, port, within)) for name, port in wanted.items()]
    return tuple(finding for task in tasks if (finding := task.result()) is not None)


async def _local(name: str, port: int, within: float) -> Finding | None:
    place = OpenAI(base_url=f"http://127.0.0.1:{port}/v1")
    model = ChatModel(place)
    try:
        await model.prepare()
        async with asyncio.timeout(within):
            models = await model.models()
    except (ModelError, TimeoutError):
        return None
    finally:
        await model.close()
    first = {"model": models[0]} if models else {}
    return Finding(
        id=name,
        light=Light.GREEN,
        code="local_model" if models else "local_empty",
        params={"server": LOCAL[name][0], "port": str(port), "models": ", ".join(models[:8])},
        details={"base_url": place.base_url, "models": models},
        suggestion={"openai": {"base_url": place.base_url, **first}},
    )
