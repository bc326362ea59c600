"""The client of the `openai` package for an endpoint; imported where a model is asked, since loading it takes a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient

from engines.llm.endpoint import Endpoint, Resolve

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of the longest body that is read: some ten times what the most tokens of an answer can be."""


class OversizeError(Exception):
    """An answer is longer than any that was asked for."""


class BoundedStream(httpx2.AsyncByteStream):
    """A body as far as it may be read. Raises OversizeError beyond."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LARGEST_ANSWER
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise OversizeError
            yield piece

    async def aclose(self) -> None:
        """See httpx2."""
        await self._stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """Let no more of a body be read than an answer can have."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = BoundedStream(response.stream)


async def bound_packed(response: httpx2.Response) -> None:
    """The same, and nothing of a body that is packed though nobody has asked for that: unpacked, it could be of any length."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise OversizeError
    await bound(response)


class PinnedTransport(httpx2.AsyncHTTPTransport):
    """Goes to the very address that was judged, so that a name which changes its mind in between gains nothing."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__(trust_env=False)
        self._resolve = resolve

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the address of its host, which still is what TLS asks for. Raises httpx2.ConnectError."""
        name = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            address = self._resolve(name, port)
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        request.extensions = {**request.extensions, "sni_hostname": name}
        request.url = request.url.copy_with(host=address)
        return await super().handle_async_request(request)


def client_of(endpoint: Endpoint, resolve: Resolve | None) -> AsyncOpenAI:
    """A client that tries nothing again by itself, follows no redirect, and goes where `resolve` allows it."""
    options: dict[str, Any] = {"api_key": endpoint.key or "none", "timeout": endpoint.seconds, "max_retries": 0}
    transport = PinnedTransport(resolve) if endpoint.is_of_a_job and resolve else None
    options["http_client"] = DefaultAsyncHttpxClient(
        timeout=endpoint.seconds,
        follow_redirects=False,
        transport=transport,
        trust_env=transport is None,
        event_hooks={"response": [bound_packed if endpoint.is_of_a_job else bound]},
    )
    if endpoint.is_of_a_job:
        options["default_headers"] = {"Accept-Encoding": "identity"}
    client = (
        AsyncOpenAI(base_url=endpoint.base_url, **options)
        if not endpoint.azure_deployment
        else AsyncAzureOpenAI(
            azure_endpoint=endpoint.base_url,
            azure_deployment=endpoint.azure_deployment,
            api_version=endpoint.azure_api_version,
            **options,
        )
    )
    if (
        endpoint.is_of_a_job
    ):  # who the operator is at a vendor is taken from the environment, and nobody else's business
        client.organization = client.project = None
    return client
