"""The end of jobs before their time, with the events that webhooks tell of it in the same transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.orm import Session

from models import BatchItem, BatchJob, Transaction
from models.results import SingleJob
from tasks.plan import Plan, UnreadableJobError, plan_of
from tasks.webhooks import Event, record_events

logger = logging.getLogger(__name__)


def cancel_batch(session: Session, job_id: str, reason: str | None) -> bool:
    """Cancel a batch and its open items. False when it had ended."""
    return _told(session, job_id, BatchJob.cancel(session, job_id, reason))


def cancel_single(session: Session, single: SingleJob) -> bool:
    """Cancel a parse or classify job. False when it had ended."""
    return _told(session, single.job.id, single.cancel(session))


def workable_plan(job_id: str) -> Plan | None:
    """The plan of a job; None when there is nothing to do for it any more.

    Its project was erased, or its configuration cannot be read: then nobody ever can go on with the job, and it fails here.
    """
    try:
        return plan_of(job_id)
    except LookupError:
        logger.info("job %s is gone, its project was erased", job_id)
    except UnreadableJobError as error:
        with Transaction.begin() as session:
            BatchJob.fail(session, job_id, str(error))
        logger.exception("job %s cannot go on", job_id)
    return None


def _told(session: Session, job_id: str, begun: Sequence[BatchItem] | None) -> bool:
    """Record an event for each item that had a parse or classify job of its own."""
    if begun:
        try:
            plan = plan_of(job_id)
        except UnreadableJobError:
            logger.exception("job %s is cancelled, but its webhooks cannot be told", job_id)
        else:
            record_events(session, plan, [Event("cancelled", item) for item in begun])
    return begun is not None
