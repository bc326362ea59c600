"""The chaos suite, shortened: fewer documents and settings that make it quick; `make chaos` is the whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from support.running import QUICK

from chaos.faults import FAULTS
from chaos.runs import run
from chaos.stage import POSTGRESQL, RABBITMQ, SQLITE, Stage

DOCUMENTS = 160
BREVITY = 0.3
SETTINGS = QUICK | {
    "SHEAF_MESSAGE_ITEMS": "5",  # so that a job of so few documents is many messages
    "SHEAF_LEASE_SECONDS": "3",
    "SHEAF_MESSAGE_TIMEOUT_SECONDS": "8",
    "SHEAF_SNAPSHOT_ITEMS": "1000",
    "CHAOS_PACE": "0.02",
}
BY_NAME = {fault.name: fault for fault in FAULTS}
CASES = [
    *((SQLITE, name) for name in ("kill-pool-child", "duplicate-messages", "flushall", "lock-sqlite", "disk-full")),
    *((SQLITE, name) for name in ("model-away", "model-cancelled")),
    *(
        (POSTGRESQL, name)
        for name in (
            "kill-worker",
            "two-reconcilers",
            "stop-pool-child",
            "kill-broker",
            "restart-postgresql",
            "half-open",
        )
    ),
    (RABBITMQ, "priorities"),
]
"""Each once, on the kind that it is hardest for; `make chaos` does all on all, the state machine any order on both databases."""


Stages = Callable[[str], Stage]


@pytest.fixture(scope="module")
def stages() -> Iterator[Stages]:
    """Answers the stage of a kind, which stays until another kind is asked for."""
    with contextlib.ExitStack() as held:
        found: dict[str, Stage] = {}

        def stage_of(kind: str) -> Stage:
            if kind not in found:
                held.close()
                found.clear()
                found[kind] = held.enter_context(Stage(kind, DOCUMENTS, SETTINGS, BREVITY))
            return found[kind]

        yield stage_of


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_nothing_is_lost(stages: Stages, kind: str, name: str) -> None:
    row = run(stages(kind), BY_NAME[name], DOCUMENTS, seed=1)
    assert row.broken == [], row
    assert row.finalizations == 1 or row.obstacle
