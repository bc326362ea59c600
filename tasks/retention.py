"""What runs now and then so that nothing outlives its time: results, files, cache entries, and what jobs left behind."""

from __future__ import annotations

import logging
from collections.abc import Callable

from models import ModelTurn, Session, WorkerProcess
from models.retention import delete_expired, discard_bytes, discard_cache, discard_leftovers, discard_results
from storage import Storage, StorageError
from tasks import context
from tasks.celery import app

logger = logging.getLogger(__name__)

ROUNDS = 20
"""How many portions of a kind one sweep removes at most; the next one goes on."""

STEPS: tuple[Callable[[Storage], int], ...] = (discard_results, discard_cache, discard_bytes, discard_leftovers)


@app.task(name="upkeep.sweep", send_events=False)  # as upkeep.reconcile
def sweep() -> None:
    """Remove what has expired, bytes and all."""
    worker_context = context.current()
    with Session.begin() as session:
        delete_expired(session, worker_context.settings.file_days)
        WorkerProcess.forget_dead(session)
        ModelTurn.forget_unused(session)
    for step in STEPS:
        try:
            removed = _portions(step, worker_context.storage)
        except StorageError as error:
            logger.warning("%s stopped, the next sweep goes on: %s", step.__name__, error)
        else:
            if removed:
                logger.info("%s: %d", step.__name__, removed)


def _portions(step: Callable[[Storage], int], storage: Storage) -> int:
    total = 0
    for _ in range(ROUNDS):
        done = step(storage)
        total += done
        if not done:
            break
    return total
