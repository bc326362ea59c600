"""The flow of a batch: dispatch pages of items, process them, finish the pages, finalize the job.

Each task begins by asking SQL whether there is anything to do, and ends by waking up whoever comes next. None of them trusts
that it runs once, in time, or at all (tasks/__init__.py).
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from celery import Signature, Task, chord, group
from celery.exceptions import Reject
from sqlalchemy import orm

from engines.version import profile_version
from models import BatchItem, BatchJob, BatchPage, ProcessingResult, Session, read_session
from models.base import now
from models.items import ItemToSend
from models.snapshot import insert_outside, list_directory_later
from models.states import ItemStatus, JobStatus, PageStatus, SkipReason
from settings import Settings
from tasks import context, log_context
from tasks.batch_events import fail_batch, record_batch_event
from tasks.celery import app
from tasks.db_retry import is_outage
from tasks.fetching import list_folder
from tasks.items import ItemsRun
from tasks.job_spec import JobSpec, workable_job_spec
from tasks.outcomes import recover
from tasks.publish import BROKER_ERRORS, send, send_bounded
from tasks.queues import priority_of
from tasks.turns import TURNS
from tasks.webhooks import publish, record_events

logger = logging.getLogger(__name__)

MESSAGES_FOR_EACH_WORKER = 2
"""A page is cut into at least so many messages for each worker process, so that none of them ends up with all of it."""

OUTAGE_PAUSE = 2.0
"""Seconds before a message goes back to the queue because the database is away."""


@app.task(name="batch.dispatch")
def dispatch_batch(job_id: str) -> None:
    """Send the next pages of a job, at most `cycle_items` items, then continue as a new message."""
    context.connect()
    with read_session() as session:
        job = session.get(BatchJob, job_id)
    if job is None or job.status not in (JobStatus.PENDING, JobStatus.RUNNING):
        return
    with Session.begin() as session:
        if BatchJob.move(session, job_id, [JobStatus.PENDING], JobStatus.RUNNING, started_at=now()):
            record_batch_event(session, job_id, wake=publish)
    if job.snapshot_cutoff_at is not None:
        list_items(job_id)
    dispatch(job_id)


def list_items(job_id: str) -> None:
    """List the items of a job that the request which created it did not list: a directory too large, or a folder outside."""
    spec = workable_job_spec(job_id)
    if spec is None:
        return
    try:
        addresses = list_folder(spec.parameters, context.current().settings) if spec.is_outside else []
    except FileNotFoundError as error:
        with Session.begin() as session:
            fail_batch(session, job_id, f"The folder of input_s3_path cannot be listed: {error}"[:500])
        return
    with Session.begin() as session:
        job = session.get(BatchJob, job_id, with_for_update=True)
        if job is not None and job.snapshot_cutoff_at is not None:
            if spec.is_outside:
                insert_outside(session, job, addresses)
            else:
                list_directory_later(session, job)


def dispatch(job_id: str) -> None:
    """Send what may be sent of a running job now; after the last page, the job is dispatched.

    Pages in which there is nothing to do, such as those of a second run, are finished on the way; after `cycle_items` items,
    whatever became of them, another message goes on.
    """
    spec = workable_job_spec(job_id)
    if spec is None:
        return
    left, goes_on = spec.cycle_pages, True
    while goes_on:
        taken = take_pages(spec, left)
        if taken is None:
            return
        pages, waiting = taken
        left -= len(pages)
        idle = [number for number in pages if not send_page(spec, number)]
        has_room = finish_idle(job_id, idle)
        goes_on = has_room and waiting and left > 0
    if not waiting:
        finalize(job_id)
    elif not left:
        send(dispatch_batch, job_id)


def take_pages(spec: JobSpec, limit: int) -> tuple[list[int], bool] | None:
    """Mark the next pages of a job as sent and fix the work on their items; their numbers, and whether more pages wait.

    None when the job has ended. What happens to the items here, webhooks are told in the same transaction.
    """
    settings = context.current().settings
    with Session.begin() as session:
        job = session.get_one(
            BatchJob, spec.job_id, with_for_update=True
        )  # before its pages, as whoever cancels it does
        if job.is_terminal:
            return None
        pages = BatchPage.take(session, spec.job_id, settings.window_pages, limit)
        if pages:
            begin_items(session, spec, sa.and_(BatchItem.job_id == spec.job_id, BatchItem.page.in_(pages)))
        waiting = BatchPage.is_any(session, spec.job_id, PageStatus.PENDING)
        if not waiting:
            BatchJob.move(session, spec.job_id, [JobStatus.RUNNING], JobStatus.DISPATCHED)
    return pages, waiting


def finish_idle(job_id: str, pages: Sequence[int]) -> bool:
    """Finish pages in which there was nothing to send; whether that made room for others."""
    if not pages:
        return False
    with Session.begin() as session:
        finished = [number for number in pages if BatchPage.finish(session, job_id, number)]
    return bool(finished)


def begin_items(session: orm.Session, spec: JobSpec, items: sa.ColumnElement[bool]) -> None:
    """Fix the parse or classify job of each of these items: an earlier one that did the same, or one of its own."""
    if spec.skips_processed:
        engine = profile_version(context.current().tools)
        ProcessingResult.skip_processed(session, items, spec.parameters_hash, engine)
        record_events(session, spec, "success", sa.and_(items, BatchItem.skip_reason == SkipReason.ALREADY_PROCESSED))
    BatchItem.name_work(session, items, spec.work_prefix)
    record_events(session, spec, "pending", sa.and_(items, BatchItem.status == ItemStatus.PENDING))


def send_page(spec: JobSpec, number: int) -> bool:
    """Send the pending items of a page as one chord, whose callback finishes the page; False when there are none."""
    messages = messages_of(spec, BatchItem.page == number)
    if not messages:
        return False
    headers = log_context.headers(spec.request_id)
    callback = finish_page.si(spec.job_id, number).set(
        **flower_options(f"{spec.job_id}, page {number}", headers=headers)
    )
    try:
        if has_chords(app.conf.result_backend):
            chord(group(messages))(callback)
        else:
            for message in messages:
                message.apply_async(retry=False)
    except BROKER_ERRORS as error:
        logger.warning("page %d of %s could not be sent and waits for the reconciler: %s", number, spec.job_id, error)
    return True


def messages_of(spec: JobSpec, condition: sa.ColumnElement[bool], *, again: bool = False) -> list[Signature[None]]:
    """The messages of a job's pending items that fulfil a condition: isolated ones singly, the others as they are cut.

    `again` has all of them go ahead of what waits, as isolated ones always do.
    """
    with read_session() as session:
        items = BatchItem.to_send(session, spec.job_id, condition)
    sizes = sizes_of(spec, [one for one in items if not one.isolated])
    return [
        *(message_for(spec, ids, again=again) for ids in cut_into_messages(sizes, context.current().settings)),
        *(message_for(spec, [one.id], again=True) for one in items if one.isolated),
    ]


def sizes_of(spec: JobSpec, items: Sequence[ItemToSend]) -> list[tuple[int, int]]:
    """Items as (id, bytes). What is still to be fetched may be of any size, and takes its time, as do the answers of models."""
    return [(one.id, sys.maxsize if one.is_outside or spec.asks_model else one.size) for one in items]


def has_chords(result_backend: str | None) -> bool:
    """Whether chords without stored results work there: on Redis only. Elsewhere each message looks whether it was the last."""
    return bool(result_backend) and str(result_backend).startswith(("redis", "rediss", "sentinel"))


def send_isolated(spec: JobSpec, ids: Sequence[int]) -> None:
    """Send items again, each in a message of its own, ahead of what waits."""
    send_outside_of_chords(message_for(spec, [one], again=True) for one in ids)


def send_postponed(spec: JobSpec, ids: Sequence[int]) -> None:
    """Send items again whose pause is over, ahead of what waits: after an outage they are many, and share messages as before."""
    send_outside_of_chords(messages_of(spec, BatchItem.id.in_(ids), again=True))


def send_outside_of_chords(messages: Iterable[Signature[None]]) -> None:
    """Send messages of which each looks itself whether it finishes a page."""
    for message in messages:
        try:
            message.apply_async(retry=False)
        except BROKER_ERRORS as error:
            logger.warning("items could not be sent and wait for the reconciler: %s", error)
            return


def message_for(spec: JobSpec, ids: Sequence[int], *, again: bool = False) -> Signature[None]:
    """The message that has some items processed, readable in Flower.

    All jobs have the same priority at the broker: theirs orders the work of a project only (tasks.turns), and an urgent parse job
    would put off the classify jobs of all, which have a queue of their own. The time limit is the last net, behind those of
    items: it is enough for any message, whose turn this one may become.
    """
    settings = context.current().settings
    seconds = max(settings.item_timeout_seconds, settings.message_timeout_seconds * settings.message_items)
    return process_items.si(spec.job_id, list(ids)).set(
        queue=str(spec.job_type),
        priority=priority_of("medium", settings.broker_url, again=again),
        **flower_options(f"{spec.job_id}, {len(ids)} item{'s' * (len(ids) > 1)}", time_limit=seconds + 300),
        headers=log_context.headers(spec.request_id),
    )


def flower_options(arguments: str, **options: Any) -> dict[str, Any]:
    """Options of a message; `arguments` is what Flower shows of it: the whole id of the job first, for its pages cut the rest."""
    return {"argsrepr": arguments, **options}


def cut_into_messages(items: Sequence[tuple[int, int]], settings: Settings) -> Iterator[list[int]]:
    """Group items, given as (id, bytes), into messages: small ones share one, each large one has its own."""
    small = [one for one, size in items if size <= settings.small_file_kb * 1024]
    share = -(-len(small) // (MESSAGES_FOR_EACH_WORKER * settings.effective_workers()))
    size = max(1, min(settings.message_items, share))
    yield from (small[start : start + size] for start in range(0, len(small), size))
    yield from ([one] for one, size in items if size > settings.small_file_kb * 1024)


@app.task(name="batch.process_items", bind=True)
def process_items(self: Task[[str, list[int]], str], job_id: str, item_ids: list[int]) -> str:
    """Process some items of a job, and tell what came of them, for Flower and the log.

    Raises nothing but Reject: a chord header that fails would not call its body.
    """
    worker_context = context.current()
    message, began = None, time.monotonic()
    try:
        fresh = recovered(str(self.request.id), job_id, item_ids)
        spec = workable_job_spec(job_id)
        if spec is None:
            return f"{job_id} cannot go on"
        message = turn_of(worker_context, spec, fresh, str(self.request.id))
        with log_context.about_job(message.spec.job_id, message.spec.request_id):
            message.run()
    except Exception as error:  # a bug must not leave items claimed
        if is_outage(error):
            logger.warning("the database is away; the message goes back: %s", error)
            time.sleep(OUTAGE_PAUSE)
            raise Reject(error, requeue=True) from error
        logger.exception("a message failed unexpectedly; its items go back")
        if message is not None:
            message.abandon()
        return f"{len(item_ids)} items of {job_id}: {type(error).__name__}"
    TURNS.charge(message.spec, time.monotonic() - began)
    send_isolated(message.spec, message.returned)
    send_outside_of_chords(messages_of(message.spec, BatchItem.id.in_(message.left)) if message.left else ())
    if message.spec.job_id != job_id or not self.request.chord:
        finish_pages_of(message.spec.job_id, message.ids if message.spec.job_id != job_id else item_ids)
    logger.info(message.summary)
    return message.summary


def recovered(message_id: str, job_id: str, item_ids: list[int]) -> list[int]:
    """Have what an earlier delivery of a message lost sent again, singly; the items that the message is left with."""
    again = recover(message_id, job_id, context.current().settings.max_attempts)
    for spec, ids in again:
        send_isolated(spec, ids)
    sent = {one for _, ids in again for one in ids}
    return [one for one in item_ids if one not in sent]


def turn_of(worker: context.WorkerContext, spec: JobSpec, item_ids: list[int], message_id: str) -> ItemsRun:
    """The work of a message that names items of a job: on these, or on the next ones of a job whose turn it is.

    Those are claimed then, and the message's own items go to the end of the queue. Whoever claims none was too late for them.
    """
    other = rival_of(spec)
    next_ids = next_items(other) if other else []
    if other and next_ids:
        message = ItemsRun(worker, other, next_ids, message_id)
        if message.claim():
            send_outside_of_chords([message_for(spec, item_ids)] if item_ids else ())
            return message
    return ItemsRun(worker, spec, item_ids, message_id)


def rival_of(spec: JobSpec) -> JobSpec | None:
    """The job whose turn it is when a message of another one arrives; None where it is that one's own."""
    chosen = TURNS.job_of(spec)
    if chosen == spec.job_id:
        return None
    try:
        return workable_job_spec(chosen)
    except Exception as error:
        if is_outage(error):
            raise
        logger.exception("job %s cannot be begun, and its turn passes", chosen)  # one project must not stop all others
        return None


def next_items(spec: JobSpec) -> list[int]:
    """The items of a job that its next message would name: sent, and taken by nobody."""
    settings = context.current().settings
    enough = settings.message_items * MESSAGES_FOR_EACH_WORKER * settings.effective_workers()
    with read_session() as session:
        found = BatchItem.next_untaken(session, spec.job_id, enough)
    if found and found[0].isolated:
        return [found[0].id]
    shared = [one for one in found if not one.isolated]
    return next(cut_into_messages(sizes_of(spec, shared), settings), [])


def finish_pages_of(job_id: str, item_ids: Sequence[int]) -> None:
    """Finish the pages of items that came outside of their chord, if these were the last."""
    with read_session() as session:
        pages = session.scalars(sa.select(BatchItem.page).where(BatchItem.id.in_(item_ids)).distinct()).all()
    for number in pages:
        finish_page(job_id, number)


@app.task(name="batch.finish_page")
def finish_page(job_id: str, number: int) -> None:
    """Roll up a page when SQL says that none of its items is open; then send the next one, or finalize. Early, it does nothing."""
    context.connect()
    with Session.begin() as session:
        if not BatchPage.finish(session, job_id, number):
            return
        waiting = BatchPage.is_any(session, job_id, PageStatus.PENDING)
    if waiting:
        dispatch(job_id)
    else:
        finalize(job_id)


def finalize(job_id: str) -> None:
    """End the job when all its pages are finished; of several callers one succeeds."""
    with read_session() as session:
        if BatchPage.is_any(session, job_id, PageStatus.SENT, PageStatus.PENDING):
            return
    with Session.begin() as session:
        if BatchJob.finalize(session, job_id):
            record_batch_event(session, job_id, wake=publish)


def send_dispatch(job_id: str) -> None:
    """Wake the dispatcher up for a job that was just committed. Bounded, never raises: the pending row is the outbox."""
    send_bounded(dispatch_batch, job_id)
