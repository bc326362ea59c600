"""Events of batches of the second API as a whole, recorded in the transaction that makes them true, as those of documents are.

They are delivered as those are (tasks.webhooks). Each state is entered by one compare-and-set, so each event is recorded once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from models import BatchJob, WebhookDelivery
from models.base import new_uuid, utc_now
from models.sealed import UnreadableError
from schemas.batches import EVENTS, status_of
from schemas.secrets import join_secrets
from tasks.endpoints import END, SEQUENCE, endpoints_of, sealed_target

logger = logging.getLogger(__name__)


def record_batch_event(
    session: orm.Session, job_id: str, wake: Callable[[Sequence[str]], object] | None = None
) -> None:
    """Write into the outbox, in the caller's transaction, that a batch has entered the state that it is in.

    Nothing for jobs of the first API, but for those that try such a batch again, which are named by their id there. After the
    commit `wake` is called with the ids of the deliveries; without one they wait for the reconciler.
    """
    job = session.get(BatchJob, job_id, populate_existing=True)
    if job is None or not _is_told(session, job):
        return
    name = job.batch_id if job.is_of_second_api else job.id
    try:
        config = join_secrets(job.config, job.open_secrets())
    except UnreadableError:
        logger.exception("webhooks cannot be told that %s is %s", name, job.status)
        return
    status = status_of(job)
    event = EVENTS[status]
    sequence = SEQUENCE.get(event.partition(".")[2], END)
    deliveries = [
        WebhookDelivery(
            id=new_uuid(),
            project_id=job.project_id,
            endpoint=target["number"],
            sequence=sequence,
            work_id=name,
            event_type=event,
            target=sealed_target(target),
            webhook_config_id=target["webhook_config_id"],
            request_id=job.request_id,
            payload={
                "data": {"status": status, "source_directory_id": job.directory_id, "sequence": sequence},
            },
            next_attempt_at=utc_now(),
        )
        for target in endpoints_of(session, job.project_id, config)
        if event in (target["events"] or ())
    ]
    session.add_all(deliveries)
    session.flush()
    if wake and deliveries:
        ids = [one.id for one in deliveries]
        sa.event.listen(session, "after_commit", lambda _session: wake(ids), once=True)


def _is_told(session: orm.Session, job: BatchJob) -> bool:
    """Whether webhooks are told of a job as a batch: one of the second API, or one that tries again what is left of one."""
    first: BatchJob | None = job
    while first is not None and not first.is_of_second_api:
        first = session.get(BatchJob, first.retry_of) if first.retry_of else None
    return first is not None


def fail_batch(session: orm.Session, job_id: str, message: str) -> None:
    """End a job whose orchestration cannot go on, and record that it did."""
    if BatchJob.fail(session, job_id, message):
        record_batch_event(session, job_id)
