"""A running stack whose operator has named a language model: the endpoint of support.llm, which says what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.llm import Endpoint, echo, endpoint
from support.running import KINDS, QUICK, RunningStack, Tenant, running

KEY = "sk-of-the-operator"
MODELS = {"SHEAF_LLM_MODEL": "large", "SHEAF_LLM_SMALL_MODEL": "small", "SHEAF_LLM_VISION_MODEL": "vision"}


@dataclass(frozen=True, slots=True)
class ThinkingStack:
    """The stack and its endpoint."""

    stack: RunningStack
    endpoint: Endpoint


@pytest.fixture(scope="session")
def thinking_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThinkingStack]:
    """The stack, of one kind: how a model is asked has nothing to do with database and broker."""
    with endpoint() as made:
        given = (
            QUICK | MODELS | {"SHEAF_LLM_BASE_URL": made.url, "SHEAF_LLM_API_KEY": KEY, "SHEAF_LLM_CONCURRENCY": "3"}
        )
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
