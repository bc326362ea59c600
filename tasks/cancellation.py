"""The end of jobs before their time, with the events that webhooks tell of it in the same transaction."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy import orm

from models import BatchItem, BatchJob
from models.results import DirectJob
from models.states import ItemStatus
from tasks.batch_events import record_batch_event
from tasks.job_spec import UnreadableJobError, load_job_spec
from tasks.webhooks import record_events, wake_for, wake_in_request

logger = logging.getLogger(__name__)


def cancel_batch(session: orm.Session, job_id: str, reason: str | None) -> bool:
    """Cancel a batch and its open items. False when it had ended."""
    is_cancelled = BatchJob.cancel(session, job_id, reason)
    if is_cancelled:
        _tell(session, job_id, BatchItem.job_id == job_id)
        record_batch_event(session, job_id, wake=wake_in_request)
    return is_cancelled


def cancel_direct(session: orm.Session, direct: DirectJob) -> bool:
    """Cancel a parse or classify job. False when it had ended."""
    is_cancelled = direct.cancel(session)
    if is_cancelled:
        _tell(session, direct.job.id, BatchItem.id == direct.item.id)
    return is_cancelled


def _tell(session: orm.Session, job_id: str, items: sa.ColumnElement[bool]) -> None:
    """Record an event of each cancelled item that has a parse or classify job; one that was cancelled before is told already."""
    try:
        spec = load_job_spec(job_id)
    except UnreadableJobError:
        logger.exception("job %s is cancelled, but its webhooks cannot be told", job_id)
        return
    cancelled = sa.and_(items, BatchItem.status == ItemStatus.CANCELLED)
    record_events(session, spec, "cancelled", cancelled, wake=lambda _ids: wake_for(job_id))
