"""The language model: any server that speaks OpenAI's chat completions. The only importer of openai.

Lives on the bot's loop. One request per question, streamed, never retried behind our back: a late answer is no answer.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from events import Link, LinkState
from settings import OpenAI as OpenAISettings

if TYPE_CHECKING:
    import openai

log = logging.getLogger(__name__)

Messages = list[dict[str, str]]

OPENAI_URL = "https://api.openai.com/v1"
"""Said outright, so that a variable of another tool's cannot send the key elsewhere."""

NO_LIST = {400, 404, 405, 501}
"""Statuses of a server that answers but does not list its models; it may chat all the same."""

MODERATION_MODEL = "omni-moderation-latest"

CHECK_SECONDS = 5.0
"""How long finding out whether the server answers may take."""


class ModelError(Exception):
    """No answer from the model; `code` is its reason in `locales/*.json`, `lasting` whether asking again is pointless."""

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.lasting = lasting


def diagnose(error: Exception) -> ModelError:
    """What a failure of the openai client means for the streamer. Pure.

    Source: exception classes of openai 3.x; 429 with code insufficient_quota is an empty account, not a rate limit.
    """
    import openai

    if isinstance(error, ModelError):
        return error
    if isinstance(error, openai.RateLimitError) and "insufficient_quota" in str(error.body):
        return ModelError("openai_quota", lasting=True)
    meanings: tuple[tuple[type[Exception], str, bool], ...] = (
        (openai.AuthenticationError, "openai_key_refused", True),
        (openai.PermissionDeniedError, "openai_key_refused", True),
        (openai.NotFoundError, "openai_model_unknown", True),
        (openai.RateLimitError, "openai_rate_limited", False),
        (openai.APITimeoutError, "openai_timeout", False),
        (TimeoutError, "openai_timeout", False),
        (openai.APIConnectionError, "openai_unreachable", False),
        (Exception, "openai_error", False),
    )
    return next(ModelError(code, lasting=lasting) for kind, code, lasting in meanings if isinstance(error, kind))


class ChatModel:
    """One server and its model. `close()` when done."""

    def __init__(self, settings: OpenAISettings) -> None:
        self._settings = settings
        self._client: openai.AsyncOpenAI | None = None

    @property
    def configured(self) -> bool:
        """Whether there is anything to ask: a key, or a server of one's own, which may need none."""
        return bool(self._settings.api_key or self._settings.base_url)

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

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        """The answer's text in pieces, all within `request_timeout` seconds. Raises ModelError, also in the middle."""
        client = await self._connected()
        deadline = asyncio.get_running_loop().time() + self._settings.request_timeout
        stream: Any = None
        try:
            async with asyncio.timeout_at(deadline):
                stream = await client.chat.completions.create(
                    model=self._settings.model,
                    messages=messages,  # type: ignore[arg-type] # our plain dicts are what goes over the wire
                    stream=True,
                )
            pieces = aiter(stream)
            while True:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(pieces, None)
                if chunk is None:
                    return
                if text := _text(chunk):
                    yield text
        except Exception as error:  # border: openai, httpx and json raise what they like on a server's odd answer
            found = diagnose(error)
            log.warning("the model failed: %s (%s)", found.code, type(error).__name__)
            raise found from error
        finally:
            if stream is not None:
                await stream.close()

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
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _connected(self) -> "openai.AsyncOpenAI":
        """Raises ModelError when key or address cannot be right."""
        if self._client is None:
            if not (self._settings.api_key.isascii() and self._settings.api_key.isprintable()):
                raise ModelError("openai_key_malformed", lasting=True)
            try:
                # in a thread: import and certificates take a second that would stop the whole loop
                self._client = await asyncio.to_thread(_client, self._settings)
            except Exception as error:  # border: whatever the client's address parser raises
                raise ModelError("openai_address_malformed", lasting=True) from error
        return self._client


def _client(settings: OpenAISettings) -> "openai.AsyncOpenAI":
    import openai

    return openai.AsyncOpenAI(
        api_key=settings.api_key or "none",
        base_url=settings.base_url or OPENAI_URL,
        timeout=settings.request_timeout,
        max_retries=0,
    )


def _text(chunk: Any) -> str:
    """The text of one streamed chunk; servers also send chunks without choices (usage) or without text (roles)."""
    if not chunk.choices:
        return ""
    return chunk.choices[0].delta.content or ""


def _is_flagged(judged: Any) -> bool:
    """Raises ModelError for a verdict that is none: only a plain no lets a text through."""
    flags = [result.flagged for result in judged.results or ()]
    if not flags or not all(isinstance(flag, bool) for flag in flags):
        raise ModelError("openai_error")
    return any(flags)


def link_of(error: ModelError) -> Link:
    """How this failure is shown."""
    return Link(state=LinkState.ERROR, code=error.code)
