"""A language model: any server that speaks OpenAI's chat completions. The only importer of openai.

Lives on the bot's loop. One request for each question, streamed, never retried behind our back: a late answer is no
answer. The one exception is counted and logged: a server that refuses a parameter by its name is asked again without
it, once, and not sent it any more.
"""

import asyncio
import gc
import itertools
import logging
import sys
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from mind.spending import Usage
from mind.wire import LONGEST, UNDER_NEW_NAME, UNDER_OLD_NAME, Dialect, Hearing, Messages, ModelError, retry_after
from settings import Fallback
from settings import OpenAI as OpenAISettings

if TYPE_CHECKING:
    import openai

__all__ = ["ChatModel", "Messages", "ModelError", "diagnose"]

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
"""Said outright, so that a variable of another tool's cannot send the key elsewhere."""

NO_LIST = {400, 404, 405, 501}
"""Statuses of a server that answers but does not list its models; it may chat all the same."""

MODERATION_MODEL = "omni-moderation-latest"

CHECK_SECONDS = 5.0
"""How long finding out whether the server answers may take."""

MOST_MODELS = 200
"""Of a server's list; nobody reads a longer one."""

BREATH = 16
"""Chunks after which everybody else gets a turn: one block from the network may hold hundreds."""

CLOSE_SECONDS = 0.25
"""How long giving a connection back may take."""


def diagnose(error: Exception) -> ModelError:
    """What a failure of the openai client means for the streamer. Pure but for the date in a Retry-After.

    Source: exception classes of openai 3.x; 429 with code insufficient_quota is an empty account, not a rate limit, and
    so is OpenRouter's 402; 408 and 504 are the timeouts of servers that wait for others.
    """
    import openai

    if isinstance(error, ModelError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _diagnose_status(error)
    if "ConnectTimeout" in _kinds(error.__cause__) or "TransportError" in _kinds(error):
        return ModelError("openai_unreachable")
    meanings: tuple[tuple[type[Exception], str], ...] = (
        (openai.APITimeoutError, "openai_timeout"),
        (TimeoutError, "openai_timeout"),
        (openai.APIConnectionError, "openai_unreachable"),
        (Exception, "openai_error"),
    )
    return next(ModelError(code) for kind, code in meanings if isinstance(error, kind))


def _kinds(error: BaseException | None) -> set[str]:
    """Names, because the HTTP library below is the openai client's own affair and has changed before."""
    return {kind.__name__ for kind in type(error).__mro__}


def _diagnose_status(error: "openai.APIStatusError") -> ModelError:
    lasting = {401: "openai_key_refused", 402: "openai_quota", 403: "openai_key_refused", 404: "openai_model_unknown"}
    status, wish = error.status_code, retry_after(error.response.headers)
    if status == 429 and "insufficient_quota" in str(error.body):
        return ModelError("openai_quota", lasting=True, retry_after=wish)
    if status in lasting:
        return ModelError(lasting[status], lasting=True, retry_after=wish)
    passing = {408: "openai_timeout", 429: "openai_rate_limited", 504: "openai_timeout"}
    return ModelError(passing.get(status, "openai_error"), retry_after=wish)


class ChatModel:
    """One server and its model: those of `place`, else those of `rules`, which also has the limits. `close()` when done.

    What the settings say counts as they are at each question, also key and address.
    """

    def __init__(self, rules: OpenAISettings, place: OpenAISettings | Fallback | None = None) -> None:
        self.go_by(rules, place or rules)
        self.note_date: Callable[[str], None] = lambda _: None
        """Hears the date that the server says it is, with each answer."""
        self._client: openai.AsyncOpenAI | None = None
        self._made_for: tuple[object, ...] = ()
        self._replaced: list[openai.AsyncOpenAI] = []
        self._dialects: dict[tuple[str, str], Dialect] = {}

    def go_by(self, rules: OpenAISettings, place: OpenAISettings | Fallback) -> None:
        """From the next question on."""
        self._rules, self._place = rules, place

    @property
    def configured(self) -> bool:
        """Whether there is anything to ask: a key, or a server of one's own, which may need none."""
        return bool(self._place.api_key or self._place.base_url)

    async def check(self) -> None:
        """Raises ModelError when the server cannot be reached or refuses the key. Costs nothing: no model is asked."""
        client = await self._connected()
        import openai

        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await client.models.list()
        except openai.APIStatusError as error:
            if error.status_code not in NO_LIST:
                raise diagnose(error) from error
            log.debug("the server does not list its models: %d", error.status_code)
        except (openai.APIConnectionError, TimeoutError) as error:
            raise diagnose(error) from error
        except Exception as error:  # noqa: BLE001 # border: a server whose list is of another form may still chat
            log.debug("the server's list of models cannot be read: %s", type(error).__name__)

    async def prepare(self) -> None:
        """Load what asking needs, so that the first question is as quick as any. Raises ModelError as a question does."""
        await self._connected()

    async def models(self) -> list[str]:
        """The names of the models that the server offers. Raises ModelError, also when it offers no list."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                listed = await (await self._connected()).models.list()
            return [str(model.id) for model in listed.data or ()][:MOST_MODELS]
        except Exception as error:  # border: openai, httpx and json raise what they like on a server's odd answer
            raise (error if isinstance(error, ModelError) else diagnose(error)) from error

    async def stream(
        self,
        messages: Messages,
        usage: Usage | None = None,
        *,
        within: float | None = None,
        first_within: float | None = None,
    ) -> AsyncGenerator[str, None]:
        """The answer's text in pieces. Raises ModelError, also in the middle, and when there is no text at all.

        `within`: seconds for all of it, by default `request_timeout`; `first_within`: for its beginning, by default
        `first_token_timeout`. What it took is counted in `usage`, also when it is not read to the end.
        """
        usage, clock = usage or Usage(), asyncio.get_running_loop().time
        deadline = clock() + (self._rules.request_timeout if within is None else within)
        patience = clock() + (self._rules.first_token_timeout if first_within is None else first_within)
        hearing, stream = Hearing(usage), None
        try:
            async with asyncio.timeout_at(min(patience, deadline)):
                stream = await self._ask(messages, usage)
            chunks, turns = aiter(stream), itertools.count(1)
            while hearing.characters < LONGEST:
                async with asyncio.timeout_at(min(patience, deadline)):
                    if not next(turns) % BREATH:
                        await asyncio.sleep(0)
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                if hearing.take(chunk):
                    patience = clock() + self._rules.read_timeout
                if text := hearing.text():
                    yield text
            if text := hearing.rest():
                yield text
        except Exception as error:  # border: openai, httpx and json raise what they like on a server's odd answer
            found = diagnose(error)
            log.warning("the model failed: %s (%s)", found.code, type(error).__name__)
            raise found from error
        finally:
            await _give_back(stream)

    async def _ask(self, messages: Messages, usage: Usage) -> Any:
        client = await self._connected()
        import openai

        dialect = self._dialect()
        while True:
            usage.requests += 1
            usage.sent(sum(len(message["content"]) for message in messages))
            try:
                stream: Any = await client.chat.completions.create(
                    model=self._place.model,
                    messages=messages,  # type: ignore[arg-type] # our plain dicts are what goes over the wire
                    stream=True,
                    **dialect.parameters(self._rules.max_output_tokens),
                )
            except openai.APIError as error:
                usage.spared()
                if not dialect.learns(f"{error.message} {error.body}"):
                    raise
                log.info("the server refuses a parameter and is asked again without it")
            else:
                self.note_date(stream.response.headers.get("date", ""))
                return stream

    def _dialect(self) -> Dialect:
        is_openai = not self._place.base_url or self._place.base_url.rstrip("/") == OPENAI_URL
        fresh = Dialect(UNDER_NEW_NAME if is_openai else UNDER_OLD_NAME)
        return self._dialects.setdefault((self._place.base_url, self._place.model), fresh)

    async def moderate(self, text: str, within: float) -> bool:
        """Whether OpenAI's moderation flags this text. Raises ModelError, after `within` seconds at the latest."""
        try:
            async with asyncio.timeout(within):
                client = await self._connected()
                judged = await client.moderations.create(model=MODERATION_MODEL, input=text)
            return _is_flagged(judged)
        except Exception as error:  # border: openai, httpx and json raise what they like on a server's odd answer
            found = error if isinstance(error, ModelError) else diagnose(error)
            log.warning("the moderation failed: %s (%s)", found.code, type(error).__name__)
            raise found from error

    async def close(self) -> None:
        """Give the connections back."""
        clients = [*self._replaced, *([self._client] if self._client else [])]
        self._client, self._replaced = None, []
        for client in clients:
            await _give_back(client)

    async def _connected(self) -> "openai.AsyncOpenAI":
        """Raises ModelError when key or address cannot be right."""
        wanted = (self._place.api_key, self._place.base_url, self._rules.connect_timeout)
        if self._client is None or self._made_for != wanted:
            if not (self._place.api_key.isascii() and self._place.api_key.isprintable()):
                raise ModelError("openai_key_malformed", lasting=True)
            if self._client is not None:
                self._replaced.append(self._client)  # somebody may still read from it
                self._client = None
            try:
                # in a thread: import and certificates take a second that would stop the whole loop
                self._client = await asyncio.to_thread(_client, *wanted)
            except Exception as error:  # border: whatever the client's address parser raises
                raise ModelError("openai_address_malformed", lasting=True) from error
            self._made_for = wanted
        return self._client


async def _give_back(what: Any) -> None:
    """Close a stream or client; a server that does not let go is left alone."""
    if what is None:
        return
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await what.close()
    except Exception as error:  # noqa: BLE001 # border: whatever a broken connection raises at its end
        log.debug("a connection ended badly: %s", type(error).__name__)


def _client(api_key: str, base_url: str, connect_timeout: float) -> "openai.AsyncOpenAI":
    is_first = "openai" not in sys.modules
    import openai

    client = openai.AsyncOpenAI(
        api_key=api_key or "none",
        base_url=base_url or OPENAI_URL,
        timeout=openai.Timeout(None, connect=connect_timeout),  # for the rest each question has its own deadlines
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),  # it would ask again, and somebody else
    )
    if is_first:
        gc.freeze()  # what the import brought stays: looking through it again and again would stop everything each time
    return client


def _is_flagged(judged: Any) -> bool:
    """Raises ModelError for a verdict that is none: only a plain no lets a text through."""
    flags = [result.flagged for result in judged.results or ()]
    if not flags or not all(isinstance(flag, bool) for flag in flags):
        raise ModelError("openai_error")
    return any(flags)
