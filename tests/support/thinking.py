"""A running stack whose operator has named a language model: the endpoint of support.llm, which says what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from engines.llm.aliases import VENDORS
from support.llm import Asked, Endpoint, echo, endpoint
from support.running import BATCHES, KINDS, QUICK, RunningStack, Tenant, running

KEY = "sk-of-the-operator"
CONCURRENCY = 3
MOST_QUESTIONS = 50
"""For one item: more than any test needs but that of the ceiling."""
MODELS = {
    "SHEAF_CLASSIFY_MODEL": "doubtful",
    "SHEAF_LLM_ALIASES": "ours=our-model",
    "SHEAF_LLM_API_KEY": KEY,
    "SHEAF_LLM_CONCURRENCY": str(CONCURRENCY),
    "SHEAF_LLM_ITEM_QUESTIONS": str(MOST_QUESTIONS),
    "SHEAF_LLM_MODEL": "large",
    "SHEAF_LLM_PRICES": "large=2/8",
    "SHEAF_LLM_SMALL_MODEL": "small",
    "SHEAF_LLM_VISION_MODEL": "vision",
}


@dataclass(frozen=True, slots=True)
class ThinkingStack:
    """The stack and its endpoint."""

    stack: RunningStack
    endpoint: Endpoint


@pytest.fixture(scope="session")
def thinking_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThinkingStack]:
    """The stack, of one kind: how a model is asked has nothing to do with database and broker."""
    with endpoint() as made:
        vendors = (f"{vendor}={made.origin}/{vendor}" for vendor in VENDORS)
        given = QUICK | MODELS | {"SHEAF_LLM_BASE_URL": made.url, "SHEAF_LLM_VENDORS": ",".join(vendors)}
        with running(KINDS[0], given, tmp_path_factory.mktemp("thinking"), measured=False) as stack:
            yield ThinkingStack(stack, made)


@pytest.fixture
def mind(thinking_stack: ThinkingStack) -> Iterator[Endpoint]:
    """The endpoint, which repeats what it is shown and has been asked nothing yet."""
    thinking_stack.endpoint.think = echo
    thinking_stack.endpoint.asked.clear()
    yield thinking_stack.endpoint
    thinking_stack.endpoint.think = echo


@pytest.fixture
def thinker(thinking_stack: ThinkingStack) -> Iterator[Tenant]:
    """A project of this test's own on that stack."""
    made = thinking_stack.stack.tenant()
    yield made
    made.client.close()


def parsed(tenant: Tenant, content: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
    """The only item of a batch, and its result by version 2."""
    [item] = tenant.run([("paper.pdf", content)], parameters).values()
    assert item["status"] == "completed", item["error_message"]
    return result(tenant, item)


def result(tenant: Tenant, item: dict[str, Any]) -> dict[str, Any]:
    """The JSON that an item has become."""
    job = tenant.ask("GET", f"/api/v1/parsing/job/{item['job_id']}/result/json")
    history = tenant.ask("GET", f"{BATCHES}/items/{item['item_id']}/processing-results")["processing_results"][0]
    return {**job, "work": item["job_id"], "history": history, "md": [page["md"] for page in job["pages"]]}


def only_question(mind: Endpoint) -> Asked:
    """What the endpoint was asked, once."""
    [asked] = mind.asked
    return asked


def refused(tenant: Tenant, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said of parameters that cannot work."""
    body = {"job_config": {"parameters": parameters}, "directory_id": tenant.upload([])}
    detail: list[dict[str, Any]] = tenant.ask("POST", BATCHES, json=body, expect=422)["detail"]
    return detail
