"""Asks an endpoint: several questions at once, patiently where that may help, and never longer than somebody wants the answer.

What an endpoint cannot answer now (it is down, or has too much to do) is told from what it never will: of the first the document
waits, of the second the page fails. A server that answers one question with an error and the next one well has trouble with the
question; so when an error stays, a small question is asked beside it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engines.llm.asking import ModelDeniedError, ModelReply, ModelRequest, ModelUnavailableError, Tick
from engines.llm.cache import Answers, key_of
from engines.llm.endpoint import Endpoint, Resolve
from engines.llm.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

TICK = 0.2
"""Seconds between two questions whether the answers are still wanted."""
TRIES = 4
FIRST_PAUSE = 0.5
"""Seconds before the second try; before each further one twice as long."""
LONGEST_PAUSE = 20.0
"""Seconds that one question waits inside of the work on a document; when the endpoint asks for more, the document waits."""
OUTAGE_PAUSE = 5.0
"""Seconds for which an endpoint that is down is not asked."""
MOST_OUTAGE = 300.0
"""Seconds that a document waits at most because an endpoint asks for it."""
DENIED = frozenset({401, 403, 404})
BUSY = 429
SPENT = "insufficient_quota"
"""What vendors call an account without money, with the status of too many requests."""
LATER = frozenset({408, 409, BUSY})
"""Statuses below 500 that another try may cure."""
UNREADABLE = "the answer cannot be read"
PROBE = ModelRequest(system="Answer with the word ok.", user="ok?", most_tokens=16)


@dataclass(slots=True)
class Breaker:
    """What a process knows of the health of its endpoints."""

    _closed_until: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    def check(self, endpoint: Endpoint) -> None:
        """Raise ModelUnavailableError while the endpoint is left alone."""
        until, reason = self._closed_until.get(endpoint.identity, (0.0, ""))
        rest = until - time.monotonic()
        if rest > 0:
            raise ModelUnavailableError(reason, rest)

    def fail(self, endpoint: Endpoint, reason: str, seconds: float = OUTAGE_PAUSE) -> ModelUnavailableError:
        """Leave an endpoint alone for some seconds, and return the error that says so."""
        seconds = min(seconds, MOST_OUTAGE)
        self._closed_until[endpoint.identity] = time.monotonic() + seconds, reason
        return ModelUnavailableError(reason, seconds)


class EndpointModel:
    """The models of one endpoint, for the work on one document."""

    def __init__(
        self, endpoint: Endpoint, breaker: Breaker, resolve: Resolve | None = None, answers: Answers | None = None
    ) -> None:
        self.endpoint = endpoint
        self._answers = answers
        self.usage = Usage()
        self._breaker = breaker
        self._resolve = resolve

    @property
    def sees(self) -> bool:
        """Whether there is a model for pictures."""
        return bool(self.endpoint.vision_model)

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        """The answer to each question. Raises as engines.llm.asking.Model.ask does."""
        self._breaker.check(self.endpoint)
        return asyncio.run(self._ask(requests, tick))

    async def _ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        gate = asyncio.Semaphore(self.endpoint.concurrency)
        async with self._client() as client:
            asked = [asyncio.create_task(self._gated(client, one, gate)) for one in requests]
            try:
                waiting = set(asked)
                while waiting:
                    done, waiting = await asyncio.wait(waiting, timeout=TICK, return_when=asyncio.FIRST_EXCEPTION)
                    for one in done:
                        one.result()  # raises what stops all of them
                    tick(len(asked) - len(waiting))
                return [one.result() for one in asked]
            finally:
                for one in asked:
                    one.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

    def _client(self) -> AsyncOpenAI:
        """A client that tries nothing again by itself."""
        # Loading it takes a second, which a worker that asks no model shall not wait for.
        from engines.llm.transport import client_of  # noqa: PLC0415 - see above

        return client_of(self.endpoint, self._resolve)

    async def _gated(self, client: AsyncOpenAI, request: ModelRequest, gate: asyncio.Semaphore) -> ModelReply:
        async with gate:
            key = key_of(request, self.endpoint)
            if self._answers is not None and (known := await asyncio.to_thread(self._answers.get, key)):
                self.usage.kept += 1
                return ModelReply(text=known)
            reply = await self._patiently(client, request)
            if self._answers is not None and not reply.failure:
                await asyncio.to_thread(self._answers.put, key, reply.text)
            return reply

    async def _patiently(self, client: AsyncOpenAI, request: ModelRequest) -> ModelReply:
        """Ask again what may be answered next time. Raises ModelUnavailableError, ModelDeniedError."""
        trouble = Trouble("")
        for number in range(TRIES):
            if number:
                await asyncio.sleep(trouble.pause_before(number))
            answer = await self._once(client, request)
            if isinstance(answer, ModelReply):
                return answer
            trouble = answer
            if trouble.seconds > LONGEST_PAUSE:
                break
        if trouble.is_outage or not await self._is_alive(client):
            if self.endpoint.is_foreign:
                raise ModelDeniedError(trouble.reason)
            raise self._breaker.fail(self.endpoint, trouble.reason, max(trouble.seconds, OUTAGE_PAUSE))
        return ModelReply(failure=trouble.reason)

    async def _is_alive(self, client: AsyncOpenAI) -> bool:
        """Whether the endpoint answers a small question."""
        return isinstance(await self._once(client, PROBE), ModelReply)

    async def _once(self, client: AsyncOpenAI, request: ModelRequest) -> ModelReply | Trouble:
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError  # noqa: PLC0415 - as above

        from engines.llm.transport import OversizeError  # noqa: PLC0415 - as above

        self.usage.requests += 1
        try:
            async with asyncio.timeout(self.endpoint.seconds):  # the client's own is for each piece of an answer
                answer = await client.chat.completions.create(**body_of(request, self.endpoint))
        except (APITimeoutError, TimeoutError):
            return Trouble(f"no answer within {self.endpoint.seconds:g} s")
        except OversizeError:
            return ModelReply(failure="the answer is too long")
        except APIConnectionError:
            return Trouble("it cannot be reached", is_outage=True)
        except APIStatusError as error:
            if error.code == SPENT:
                raise ModelDeniedError(SPENT) from error
            return trouble_of(error.status_code, error.response.headers)
        except (OpenAIError, ValueError, RecursionError):
            return ModelReply(failure=UNREADABLE)
        return self._read(answer, request)

    def _read(self, answer: ChatCompletion, request: ModelRequest) -> ModelReply:
        """What an endpoint has answered; counted, too."""
        try:
            self.usage.add(self.endpoint.name_of(request.role), answer.usage)
            return reply_of(answer)
        except (AttributeError, IndexError, TypeError):  # the client does not check what it is answered
            return ModelReply(failure=UNREADABLE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a question was not answered, where another try may help."""

    reason: str
    seconds: float = 0.0
    """How long the endpoint asks to wait."""
    is_outage: bool = False
    """Whether it certainly has nothing to do with the question."""

    def pause_before(self, number: int) -> float:
        """Seconds before the try of this number, from 1: what the endpoint asks for, else ever longer and never quite the same."""
        return self.seconds or FIRST_PAUSE * 2 ** (number - 1) * random.uniform(0.8, 1.2)


def trouble_of(status: int, headers: Any) -> ModelReply | Trouble:
    """What an answer with an error's status means. Raises ModelDeniedError."""
    reason = f"status {status}"
    if status in DENIED:
        raise ModelDeniedError(reason)
    if status < 500 and status not in LATER:
        return ModelReply(failure=reason)
    return Trouble(reason, asked_pause(headers), is_outage=status == BUSY)


def asked_pause(headers: Any) -> float:
    """Seconds that an answer asks to wait (`retry-after-ms`, `Retry-After` in seconds); 0 where it does not."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get(name, "")) * unit)
    return 0.0


def reply_of(answer: ChatCompletion) -> ModelReply:
    """What an endpoint has answered: text, or why that is none."""
    choice = answer.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return ModelReply(failure="the model refused to answer")
    if choice.finish_reason == "length":
        return ModelReply(failure="the answer was cut off")
    if not (choice.message.content or "").strip():
        return ModelReply(failure="the answer is empty")
    return ModelReply(text=writable(choice.message.content or ""))


def writable(text: str) -> str:
    """A text without what JSON can say and neither UTF-8 nor a database can: halves of characters, and zeros."""
    return text.replace("\0", "").encode(errors="replace").decode()


def body_of(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The arguments of `chat.completions.create`."""
    shown = [{"type": "image_url", "image_url": {"url": data_url(one)}} for one in request.pictures]
    content: Any = [{"type": "text", "text": request.user}, *shown] if shown else request.user
    body: dict[str, Any] = {
        "model": endpoint.name_of(request.role),
        "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": content}],
        "max_completion_tokens": request.most_tokens,
    }
    if request.schema is not None:
        named = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif request.wants_json:
        body["response_format"] = {"type": "json_object"}
    return body


def data_url(picture: bytes) -> str:
    """A picture as a data URI."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
