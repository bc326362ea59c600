"""A worker that is asked to end: it finishes what it can within its grace period and hands back the rest, leases and all.

Celery's warm shutdown waits for ever. Shortly before `drain_seconds` are over, the messages in work stop at their next page and
give their items back. What does not stop even then is ended with its process, and its items are given back from here. Nobody
has to wait for a lease to run out.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable

import sqlalchemy as sa
from celery.worker import state

from models import BatchItem, Session
from tasks import context
from tasks.db_retry import retry_on_disconnect

logger = logging.getLogger(__name__)

HANDING_BACK_SECONDS = 4.0
"""How long before the end of the grace period messages begin to give back: time for a page to end and for SQL to be told."""

_deadline = multiprocessing.get_context("fork").RawValue("d", 0.0)
"""When messages give back, by the monotonic clock; 0 while nobody asked. Shared with the pool's processes, which are forked
after this module was imported."""
_unfinished: set[str] = set()
"""Messages that were still in work when the grace period ended."""


def begin(drain_seconds: float) -> None:
    """Start the grace period, unless it has begun."""
    if _deadline.value:
        return
    _deadline.value = time.monotonic() + max(0.5, drain_seconds - HANDING_BACK_SECONDS)
    timer = threading.Timer(drain_seconds, _insist)
    timer.daemon = True
    timer.start()


def is_busy() -> bool:
    """Whether this worker still works on a message."""
    return bool(state.active_requests)


def is_over() -> bool:
    """Whether it is time to give back what is not done."""
    return bool(0 < _deadline.value < time.monotonic())


def _insist() -> None:
    """End the pool, noting what it still holds."""
    _unfinished.update(in_work(state.active_requests))
    os.kill(os.getpid(), signal.SIGQUIT)


def in_work(requests: Iterable[object]) -> set[str]:
    """Ids of the messages among a worker's requests that process items."""
    return {
        str(request.id)  # type: ignore[attr-defined] # celery.worker.request.Request
        for request in list(requests)
        if getattr(request, "name", "") == "batch.process_items"
    }


def hand_back_unfinished(seconds: float = 5.0) -> None:
    """Give back the items of messages that ended with their processes; the reconciler sends them at its next look.

    Tries for up to `seconds` when the database is away; what stays behind then waits for its lease to run out.
    """
    if not _unfinished:
        return
    context.connect()

    def release() -> int:
        with Session.begin() as session:
            return hand_back(session, _unfinished)

    logger.warning("the grace period is over; %d items were handed back", retry_on_disconnect(release, seconds))
    _unfinished.clear()


def hand_back(session: sa.orm.Session, messages: Iterable[str]) -> int:
    """Release the items that these messages hold, of whichever job, without an attempt charged; how many."""
    held = sa.and_(BatchItem.lease_expires_at.is_not(None), sa.or_(sa.false(), *map(BatchItem.held_for, messages)))
    return len(BatchItem.release(session, held, isolated=False, seconds=0.1, refund=1))
