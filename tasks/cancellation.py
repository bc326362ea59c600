"""The end of jobs before their time, with the events that webhooks tell of it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models import BatchItem, BatchJob
from models.results import SingleJob
from tasks.plan import plan_of
from tasks.webhooks import Event, record_events


def cancel_batch(session: Session, job_id: str, reason: str | None) -> bool:
    """Cancel a batch and its open items. False when it had ended."""
    return _told(session, job_id, BatchJob.cancel(session, job_id, reason))


def cancel_single(session: Session, single: SingleJob) -> bool:
    """Cancel a parse or classify job. False when it had ended."""
    return _told(session, single.job.id, single.cancel(session))


def _told(session: Session, job_id: str, begun: Sequence[BatchItem] | None) -> bool:
    """Record an event for each item that had a parse or classify job of its own."""
    if begun:
        record_events(session, plan_of(job_id), [Event("cancelled", item) for item in begun])
    return begun is not None
