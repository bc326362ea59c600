"""A running stack in which nobody helps: one worker, one attempt for each item, and no reconciler; but a sweeper every second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.running import KINDS, QUICK, RunningStack, running

NEVER = "3600"
UNAIDED = {
    "SHEAF_ITEM_TIMEOUT_SECONDS": NEVER,
    "SHEAF_MAX_ATTEMPTS": "1",
    "SHEAF_MESSAGE_TIMEOUT_SECONDS": NEVER,
    "SHEAF_RECONCILE_SECONDS": NEVER,
    "SHEAF_RESULT_DAYS": "1",
    "SHEAF_SWEEP_SECONDS": "1",
    "SHEAF_WINDOW_PAGES": "1",
    "SHEAF_WORKERS": "1",
}


@pytest.fixture(scope="session")
def unaided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The stack, in which a document may take its time, and results live for a day."""
    with running(KINDS[0], QUICK | UNAIDED, tmp_path_factory.mktemp("unaided")) as stack:
        yield stack
