"""Asks an endpoint: several questions at once, patiently where that may help, and never longer than somebody wants the answer.

What an endpoint cannot answer now (it is down, or has too much to do) is told from what it never will: of the first the document
waits, of the second the page fails. A server that answers one question with an error and the next one well has trouble with the
question; so when an error stays, a small question is asked beside it, and the question once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engines.llm.asking import ModelDeniedError, ModelReply, ModelRequest, ModelRole, ModelUnavailableError, Tick
from engines.llm.cache import EMBEDDED, Answers, key_of
from engines.llm.endpoint import Endpoint, Resolve
from engines.llm.permits import FREELY, Ceilings, Turns
from engines.llm.usage import Usage
from engines.llm.wire import body_of, embedded, embedding_body, reply_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI

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
FIRST_LOOK, LAST_LOOK = 0.05, 0.5
"""Seconds between the first two looks whether there is a turn, and between the last ones."""
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
        self,
        endpoint: Endpoint,
        breaker: Breaker,
        resolve: Resolve | None = None,
        answers: Answers | None = None,
        *,
        turns: Turns = FREELY,
        ceilings: Ceilings = FREELY,
        entries: Mapping[int, Endpoint] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._entries = entries or {}
        """The endpoint under other names of models, by the entries of auto mode that name them."""
        self._answers = answers
        self.usage = Usage()
        self._breaker = breaker
        self._resolve = resolve
        self._turns = turns
        self._held: set[str] = set()
        """Turns that are kept while their requests are under way."""
        self._ceilings = ceilings
        self._limit = ""
        """The setting whose ceiling this document has reached."""

    @property
    def sees(self) -> bool:
        """Whether there is a model for pictures."""
        return bool(self.endpoint.vision_model)

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        """The answer to each question. Raises as engines.llm.asking.Model.ask does."""
        self._breaker.check(self.endpoint)
        return asyncio.run(self._ask(requests, tick))

    async def _ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        async with self._client() as client:
            talk = Talk(client, asyncio.Semaphore(self.endpoint.concurrency))
            asked = [asyncio.create_task(self._gated(talk, one)) for one in requests]
            try:
                waiting = set(asked)
                while waiting:
                    done, waiting = await asyncio.wait(waiting, timeout=TICK, return_when=asyncio.FIRST_EXCEPTION)
                    for one in done:
                        one.result()  # raises what stops all of them
                    tick(len(asked) - len(waiting))
                    if self._held:
                        await asyncio.to_thread(self._turns.keep, frozenset(self._held))
                return [one.result() for one in asked]
            finally:
                for one in asked:
                    one.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

    def _at(self, request: ModelRequest) -> Endpoint:
        """The endpoint with the names of models that a question means."""
        return self.endpoint if request.entry is None else self._entries.get(request.entry, self.endpoint)

    def _client(self) -> AsyncOpenAI:
        """A client that tries nothing again by itself."""
        # Loading it takes a second, which a worker that asks no model shall not wait for.
        from engines.llm.transport import client_of  # noqa: PLC0415 - see above

        return client_of(self.endpoint, self._resolve)

    async def _gated(self, talk: Talk, request: ModelRequest) -> ModelReply:
        async with talk.gate:
            key = key_of(request, self._at(request))
            if request.role is ModelRole.EMBEDDING and (recent := EMBEDDED.get(key)):
                return ModelReply(text=recent)
            if self._answers is not None and (known := await asyncio.to_thread(self._answers.get, key)):
                self.usage.kept += 1
                return ModelReply(text=known)
            reply = await self._patiently(talk, request)
            if request.role is ModelRole.EMBEDDING and not reply.failure:
                EMBEDDED.put(key, reply.text)
            if self._answers is not None and not reply.failure:
                await asyncio.to_thread(self._answers.put, key, reply.text)
            return reply

    async def _patiently(self, talk: Talk, request: ModelRequest) -> ModelReply:
        """Ask again what may be answered next time. Raises ModelUnavailableError, ModelDeniedError."""
        trouble = Trouble("")
        is_alive: bool | None = None
        for number in range(TRIES):
            if number:
                await asyncio.sleep(trouble.pause_before(number))
            if number == TRIES - 1 and not trouble.is_outage:
                # Before the last try: an outage that ends just now is not to be blamed on the question.
                is_alive = await self._is_alive(talk)
                if not is_alive:
                    break
            answer = await self._once(talk, request)
            if isinstance(answer, ModelReply):
                return answer
            trouble = answer
            if trouble.seconds > LONGEST_PAUSE:
                break
        if is_alive is None and not trouble.is_outage:
            is_alive = await self._is_alive(talk)
        if trouble.is_outage or not is_alive:
            if self.endpoint.is_foreign:
                raise ModelDeniedError(trouble.reason)
            raise self._breaker.fail(self.endpoint, trouble.reason, max(trouble.seconds, OUTAGE_PAUSE))
        return ModelReply(failure=trouble.reason)

    async def _is_alive(self, talk: Talk) -> bool:
        """Whether the endpoint answers a small question."""
        return isinstance(await self._once(talk, PROBE), ModelReply)

    async def _once(self, talk: Talk, request: ModelRequest) -> ModelReply | Trouble:
        """Send a question when its turn has come, unless there is nothing more to be spent on it."""
        async with self._turn(talk):
            self._limit = self._limit or await asyncio.to_thread(self._ceilings.charge, self.usage)
            if self._limit:
                return ModelReply(failure=f"the ceiling of {self._limit} is reached", limit=self._limit)
            self.usage.requests += 1
            answer: ModelReply | Trouble | None = None
            try:
                answer = await self._send(talk.client, request)
            finally:
                has_cost = isinstance(answer, ModelReply)
                await asyncio.shield(asyncio.to_thread(self._ceilings.settle, self.usage, answered=has_cost))
            return answer

    @contextlib.asynccontextmanager
    async def _turn(self, talk: Talk) -> AsyncIterator[None]:
        """A turn at the endpoint, as soon as there is one; a document whose ceiling is reached needs none."""
        if self._limit:
            yield
            return
        async with talk.queue:
            turn = await self._next_turn()
        self._held.add(turn)
        try:
            yield
        finally:
            self._held.discard(turn)
            await asyncio.shield(asyncio.to_thread(self._turns.give_back, turn))

    async def _next_turn(self) -> str:
        """Look until there is a turn; one that comes when nobody wants it any more goes back."""
        pause = FIRST_LOOK
        while True:
            taking = asyncio.create_task(asyncio.to_thread(self._turns.take))
            try:
                turn = await asyncio.shield(taking)
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    if turn := await taking:
                        self._turns.give_back(turn)
                raise
            if turn is not None:
                return turn
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, LAST_LOOK)

    async def _send(self, client: AsyncOpenAI, request: ModelRequest) -> ModelReply | Trouble:
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError  # noqa: PLC0415 - as above

        from engines.llm.transport import OversizeError  # noqa: PLC0415 - as above

        try:
            async with asyncio.timeout(self.endpoint.seconds):  # the client's own is for each piece of an answer
                answer = await self._made(client, request)
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

    async def _made(self, client: AsyncOpenAI, request: ModelRequest) -> Any:
        """The answer as the package has it."""
        if request.role is ModelRole.EMBEDDING:
            return await client.embeddings.create(**embedding_body(request, self._at(request)))
        return await client.chat.completions.create(**body_of(request, self._at(request)))

    def _read(self, answer: Any, request: ModelRequest) -> ModelReply:
        """What an endpoint has answered; counted, too."""
        try:
            self.usage.add(self._at(request).name_of(request.role), answer.usage)
            return embedded(answer) if request.role is ModelRole.EMBEDDING else reply_of(answer)
        except (AttributeError, IndexError, TypeError, ValueError):  # the client does not check what it is answered
            return ModelReply(failure=UNREADABLE)


@dataclass(frozen=True, slots=True)
class Talk:
    """What the questions that are asked together share."""

    client: AsyncOpenAI
    gate: asyncio.Semaphore
    """As many as may be under way at once."""
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One of them looks for the next turn, for all that wait."""


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
