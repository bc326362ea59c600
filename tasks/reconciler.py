"""What runs now and then so that nothing stays stranded: SQL is asked what should be going on, and whoever is missing is woken up.

Several copies may run at once. Whatever one of them sends twice is refused by the same compare-and-sets as always.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from functools import cache
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models import BatchItem, BatchJob, BatchPage, Session, read_session
from models.base import now
from models.states import JobStatus
from tasks import context, log_context
from tasks.batch import dispatch_batch, finalize, finish_page, finish_pages_of, send_isolated, send_page, send_postponed
from tasks.broker_epoch import has_nothing, notice_emptied_broker
from tasks.celery import app
from tasks.db_retry import is_outage
from tasks.job_spec import workable_job_spec
from tasks.outcomes import requeue_or_fail
from tasks.publish import send
from tasks.webhooks import deliver_due

logger = logging.getLogger(__name__)


@app.task(name="upkeep.reconcile", send_events=False)  # every few seconds, of no interest to whoever looks at Flower
def reconcile() -> None:
    """Find stranded work and send it again. What goes wrong in one step keeps none of the others from being taken."""
    context.connect()
    for step in STEPS:
        try:
            step()
        except DBAPIError as error:
            if is_outage(error):
                logger.warning("the database is away; the next look comes soon: %s", error.orig)
                return
            logger.exception("%s failed", step.__name__)
        except Exception:  # one job that cannot be handled must not strand all others
            logger.exception("%s failed", step.__name__)


def release_abandoned() -> None:
    """Items whose worker died: their lease ran out."""
    settings = context.current().settings
    with read_session() as session:
        stranded = session.execute(
            sa.select(BatchItem.job_id, BatchItem.id)
            .where(BatchItem.abandoned())
            .order_by(BatchItem.job_id)
            .limit(1000)
        ).all()
    for job_id, ids in by_job(stranded):
        spec = workable_job_spec(job_id)
        if spec is None:
            continue
        with Session.begin() as session:
            condition = sa.and_(BatchItem.id.in_(ids), BatchItem.abandoned())
            again = requeue_or_fail(session, spec, condition, settings.max_attempts)
        with log_context.about_job(job_id, spec.request_id):
            logger.warning("%d items lost their worker; %d go again", len(ids), len(again))
            send_isolated(spec, again)
            finish_pages_of(job_id, ids)


def resend_postponed() -> None:
    """Items that an outage put back, once their pause is over."""
    with Session.begin() as session:
        due = BatchItem.take_postponed(session)
    for job_id, ids in by_job(due):
        spec = workable_job_spec(job_id)
        if spec:
            with log_context.about_job(job_id, spec.request_id):
                send_postponed(spec, ids)


def finish_complete_pages() -> None:
    """Pages without an open item whose callback was lost, and jobs of which only the end is missing."""
    with read_session() as session:
        pages = BatchPage.complete(session)
        ended = session.scalars(
            sa.select(BatchJob.id).where(
                BatchJob.status == JobStatus.DISPATCHED, ~sa.exists().where(BatchPage.unfinished(BatchJob.id))
            )
        ).all()
    for job_id, number in pages:
        finish_page(job_id, number)
    for job_id in ended:
        finalize(job_id)


def resend_stalled_pages() -> None:
    """Pages with items that nobody has taken for long: their messages may be lost. Each time the wait doubles."""
    settings = context.current().settings
    are_lost = cache(has_lost_all)  # what is sent again would be the answer to a second question
    while True:
        with Session.begin() as session:
            stalled = BatchPage.take_stalled(session, settings.stalled_seconds)
        if not stalled:
            return
        for job_id, number in stalled:
            spec = workable_job_spec(job_id)
            if spec:
                with log_context.about_job(job_id, spec.request_id):
                    tell_of_stalled(number, are_lost=are_lost(str(spec.job_type)))
                    if not send_page(spec, number):
                        finish_page(job_id, number)


def has_lost_all(queue: str) -> bool:
    """Whether the broker has lost what was sent to a queue: no message waits there and nobody is at work."""
    with read_session() as session:
        is_busy = BatchItem.is_any_held(session)
    return not is_busy and has_nothing(queue)


def tell_of_stalled(number: int, *, are_lost: bool) -> None:
    """Say that a page is sent again: a warning when the broker has lost its messages."""
    if are_lost:
        logger.warning("page %d is sent again: the broker has lost its messages", number)
    else:
        logger.info("page %d is sent again; it may still wait behind others", number)


def wake_dispatchers() -> None:
    """Jobs with pages still to be sent and none in flight: the dispatcher's message was lost, or never sent."""
    with read_session() as session:
        waiting = session.execute(
            sa.select(BatchJob.id, BatchJob.request_id)
            .where(BatchJob.status.in_([JobStatus.PENDING, JobStatus.RUNNING]))
            .where(BatchJob.updated_at < sa.bindparam("before", type_=BatchJob.updated_at.type))
            .where(~sa.exists().where(BatchPage.in_flight(BatchJob.id))),
            {"before": now() - dt.timedelta(seconds=context.current().settings.dispatch_seconds)},
        ).all()
    for job_id, request_id in waiting:
        with log_context.about_job(job_id, request_id):
            send(dispatch_batch, job_id)


STEPS: tuple[Callable[[], object], ...] = (
    notice_emptied_broker,
    release_abandoned,
    resend_postponed,
    finish_complete_pages,
    resend_stalled_pages,
    wake_dispatchers,
    deliver_due,
)
"""What the reconciler looks for, in this order: an emptied broker makes pages stalled."""


def by_job(rows: Iterable[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    """Group (job id, item id) rows, sorted by job, by their job."""
    return [(job_id, [item_id for _, item_id in group]) for job_id, group in groupby(rows, key=itemgetter(0))]
