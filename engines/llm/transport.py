"""The client of the `openai` package for an endpoint; imported where a model is asked, since loading it takes a second."""

from __future__ import annotations

from typing import Any

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient

from engines.llm.endpoint import Endpoint, Resolve


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
        timeout=endpoint.seconds, follow_redirects=False, transport=transport, trust_env=transport is None
    )
    if endpoint.azure_deployment:
        return AsyncAzureOpenAI(
            azure_endpoint=endpoint.base_url,
            azure_deployment=endpoint.azure_deployment,
            api_version=endpoint.azure_api_version,
            **options,
        )
    return AsyncOpenAI(base_url=endpoint.base_url, **options)
