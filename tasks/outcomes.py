"""How the work on an item ends, and the one transaction that records it: fenced by the token, with result, cache and webhooks."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from engines.errors import Code, CrashRecord, DocumentError
from engines.parameters.effective import own_warnings
from engines.request import EngineResult
from models import BatchItem, CachedResult, ProcessingResult, QuarantinedFile, Session, read_session
from models.base import new_uuid, now
from models.retention import referenced
from models.shapes import ResultDetails
from models.states import ItemStatus, SkipReason
from tasks.job_spec import JobSpec, workable_job_spec
from tasks.lease import holder_of, is_gone
from tasks.webhooks import record_events

logger = structlog.get_logger(__name__)

AGAIN_SECONDS = 1.0
"""How long an item waits whose answer from the cache was deleted under its hands, or whose message was another's."""


@dataclass(slots=True)
class ItemOutcome:
    """How the work on one item ended: with a result, an error, or because the item is too large for any."""

    item: BatchItem
    status: ItemStatus
    error: DocumentError | None = None
    skip: SkipReason | None = None
    seconds: float | None = None
    """How long the engine worked on an item that failed; None when it did not."""
    crashes: list[CrashRecord] | None = None
    """What is known of the processes that the item took down, when that has changed."""
    killed_by: str = ""
    """The engine's version under which its content is to be remembered as one that kills processes; empty when it is not to be."""
    result: ProcessingResult | None = None
    cacheable: bool = False
    """Whether the result may answer for the same bytes elsewhere: it is new, whole, and as good as it gets."""

    @property
    def outcome(self) -> str:
        """How it ended in one word: `ok`, the code of the error, or why it was skipped."""
        return self.error.code if self.error else self.skip or "ok"

    @property
    def event(self) -> str:
        """What webhooks are told."""
        if self.result is None:
            return "error"
        return "partial_success" if self.result.partial else "success"


def failed_outcome(item: BatchItem, error: DocumentError, seconds: float | None = None) -> ItemOutcome:
    """The item cannot be processed; the engine found out after so many seconds, or was not asked."""
    return ItemOutcome(item, ItemStatus.FAILED, error=error, seconds=seconds)


def too_large_outcome(item: BatchItem) -> ItemOutcome:
    """The item is larger than the server takes."""
    return ItemOutcome(item, ItemStatus.SKIPPED, skip=SkipReason.SIZE_LIMIT_EXCEEDED)


def completed_outcome(
    spec: JobSpec, item: BatchItem, prefix: str, engine_result: EngineResult, seconds: float
) -> ItemOutcome:
    """The engine has processed the item in so many seconds; its outputs lie below the storage key `prefix`."""
    outputs = {name: len(content) for name, content in engine_result.outputs.items()}
    result = _result(spec, item, prefix, outputs, details_of(engine_result, seconds))
    result.engine_version = engine_result.job_metadata["engine_version"]
    result.partial, result.degraded = engine_result.partial, engine_result.degraded
    return ItemOutcome(
        item, ItemStatus.COMPLETED, result=result, cacheable=not (engine_result.partial or engine_result.degraded)
    )


def cached_outcome(spec: JobSpec, item: BatchItem, cached: CachedResult) -> ItemOutcome:
    """The cache knows the result."""
    earlier = own_warnings(cached.details.get("warnings", []), spec.parameters)
    warnings = [*spec.metadata.get("warnings", []), *earlier]
    details: ResultDetails = {**cached.details, "cache_hit": True, "seconds": 0.0, "warnings": warnings}
    details.pop("model_usage", None)  # it was used for the other one
    result = _result(spec, item, cached.prefix, cached.outputs, details)
    result.engine_version = cached.engine_version
    return ItemOutcome(item, ItemStatus.COMPLETED, result=result)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long results are kept, in days (0 is for ever), and answered from the cache, in hours."""

    result_days: float
    cache_hours: float

    def end_of_result(self) -> dt.datetime | None:
        """When a result of this moment expires."""
        return now() + dt.timedelta(days=self.result_days) if self.result_days else None

    def end_of_cache(self) -> dt.datetime:
        """When a cache entry of this moment expires: never after the result whose bytes it shares."""
        moment = now() + dt.timedelta(hours=self.cache_hours)
        return min(moment, self.end_of_result() or moment)


def record(
    spec: JobSpec, item_outcomes: Sequence[ItemOutcome], lifetime: Lifetime, *, is_single: bool = False
) -> set[int]:
    """Write outcomes into the database; those whose token is no longer current leave no trace. Returns the ids of the others.

    `is_single` when the item was alone in its message: only then did its claim charge an attempt.
    """
    with Session.begin() as session:
        given_back = _give_back_deleted(session, item_outcomes, refund=int(is_single))
        item_outcomes = [one for one in item_outcomes if one.item.id not in given_back]
        finished = _finish_completed(session, spec, item_outcomes, lifetime)
        for item_outcome in item_outcomes:
            if item_outcome.status is not ItemStatus.COMPLETED:
                finished |= _finish_one(session, item_outcome)
        ended = [one for one in item_outcomes if one.item.id in finished]
        for event in sorted({one.event for one in ended}):
            ids = [one.item.id for one in ended if one.event == event]
            record_events(session, spec, event, BatchItem.id.in_(ids))
        for item_outcome in ended:
            if item_outcome.killed_by and item_outcome.error:
                _quarantine(session, spec, item_outcome, item_outcome.error)
    tell_failures(item_outcome for item_outcome in item_outcomes if item_outcome.item.id in finished)
    return finished


def tell_failures(item_outcomes: Iterable[ItemOutcome]) -> None:
    """Leave one line in the log for each document that failed, with its code; for what nobody foresaw, where it happened."""
    for item_outcome in item_outcomes:
        if item_outcome.error is None:
            continue
        item, error = item_outcome.item, item_outcome.error
        cause = error.__cause__ if error.code == Code.INTERNAL_ERROR else None
        logger.log(
            logging.ERROR if error.code == Code.INTERNAL_ERROR else logging.WARNING,
            "a document failed",
            exc_info=cause,
            code=error.code.value,
            detail=error.detail,
            job=item.job_id,
            item=item.source_id,
            work=item.work_id,
            name=item.name,
            seconds=None if item_outcome.seconds is None else round(item_outcome.seconds, 3),
            attempts=item.attempts,
            notes=getattr(error, "__notes__", None),
        )


def requeue_or_fail(
    session: orm.Session, spec: JobSpec, condition: sa.ColumnElement[bool], max_attempts: int
) -> list[int]:
    """Give back items whose worker died, and fail those that have used up their attempts. Returns the ids to send again.

    In the caller's transaction; the lines in the log are written before it commits.
    """
    error = DocumentError(Code.WORKER_LOST)
    exhausted = fail_exhausted(session, spec, condition, max_attempts, error)
    tell_failures(failed_outcome(item, error) for item in exhausted)
    return [item.id for item in BatchItem.release(session, condition)]


def recover(message_id: str, job_id: str, max_attempts: int) -> list[tuple[JobSpec, list[int]]]:
    """Give back what earlier deliveries of a message, which names items of a job, held when their processes died.

    Returns the items to be sent again, each singly, by their job: often another one, whose turn it was. One delivery in this
    process gave up because the database was away: that is no attempt. It begins anew; items of other jobs are sent soon.
    """
    with read_session() as session:
        dead = [one for one in BatchItem.holders(session, message_id) if is_gone(one[0])]
    again = []
    for holder, job in dead:
        spec = workable_job_spec(job)
        if spec is None:
            continue
        held = BatchItem.held_of_job(job, holder)
        with Session.begin() as session:
            if holder == holder_of(message_id):
                BatchItem.release(
                    session, held, isolated=False, seconds=0 if job == job_id else AGAIN_SECONDS, refund=1
                )
            else:
                again.append((spec, requeue_or_fail(session, spec, held, max_attempts)))
    return again


def fail_exhausted(
    session: orm.Session, spec: JobSpec, condition: sa.ColumnElement[bool], max_attempts: int, error: DocumentError
) -> Sequence[BatchItem]:
    """Fail the claimed items among these that have used up their attempts, and return them."""
    exhausted = BatchItem.fail_exhausted(session, condition, max_attempts, error.code, str(error))
    if exhausted:
        record_events(session, spec, "error", BatchItem.id.in_([item.id for item in exhausted]))
    return exhausted


def details_of(result: EngineResult, seconds: float) -> ResultDetails:
    """The `output_metadata` of a result that took so many seconds of work."""
    details: ResultDetails = {
        "pages": result.pages,
        "warnings": result.warnings,
        "failed_pages": result.failed_pages,
        "cache_hit": False,
        "seconds": round(seconds, 3),
    }
    if result.usage is not None:
        details["model_usage"] = result.usage
    if result.faithfulness is not None:
        details["faithfulness"] = result.faithfulness
    if result.classification is not None:
        details["classification"] = result.classification
    return details


def _give_back_deleted(session: orm.Session, item_outcomes: Sequence[ItemOutcome], *, refund: int) -> set[int]:
    """Give back the items that were answered from the cache with a result that was deleted meanwhile; the reconciler sends them."""
    cached = {
        one.item.id: one.result.prefix for one in item_outcomes if one.result and one.result.details.get("cache_hit")
    }
    if not cached:
        return set()
    there = referenced(session, set(cached.values()), keep=True)
    lost = {one.item.id: one.item for one in item_outcomes if cached.get(one.item.id, "") not in {"", *there}}
    for item in lost.values():
        mine = sa.and_(BatchItem.id == item.id, BatchItem.token == item.token)
        BatchItem.release(session, mine, isolated=False, seconds=AGAIN_SECONDS, refund=refund)
    return set(lost)


def _finish_completed(
    session: orm.Session, spec: JobSpec, item_outcomes: Sequence[ItemOutcome], lifetime: Lifetime
) -> set[int]:
    done = {one.item.id: one for one in item_outcomes if one.result}
    if not done:
        return set()
    finished = BatchItem.finish(session, {key: str(one.item.token) for key, one in done.items()}, ItemStatus.COMPLETED)
    mine = [one for key, one in done.items() if key in finished]
    expires_at = lifetime.end_of_result()
    for one in mine:
        if one.result:
            one.result.expires_at = expires_at
            session.add(one.result)
    fresh = [(one.item.sha256, one.result) for one in mine if one.cacheable and one.result]
    if spec.stores_cache and fresh:
        CachedResult.remember(session, fresh, lifetime.end_of_cache())
    elif not spec.reads_cache and fresh:
        CachedResult.forget(session, spec.project_id, [sha256 for sha256, _ in fresh], spec.parameters_hash)
    return finished


def _quarantine(session: orm.Session, spec: JobSpec, item_outcome: ItemOutcome, error: DocumentError) -> None:
    item = item_outcome.item
    QuarantinedFile.add_entry(
        session,
        project_id=spec.project_id,
        sha256=item.sha256,
        engine_version=item_outcome.killed_by,
        parameters_hash=spec.parameters_hash,
        parameters=dict(spec.deviations),
        name=item.name,
        job_id=item.job_id,
        work_id=item.work_id,
        error_code=error.code,
        error_message=str(error),
        crashes=item_outcome.crashes or [],
    )


def _finish_one(session: orm.Session, item_outcome: ItemOutcome) -> set[int]:
    values: dict[str, Any] = {"crashes": item_outcome.crashes} if item_outcome.crashes is not None else {}
    if item_outcome.error:
        values |= {"error_code": item_outcome.error.code, "error_message": str(item_outcome.error)}
    if item_outcome.skip:
        values |= {"skip_reason": item_outcome.skip}
    return BatchItem.finish(
        session, {item_outcome.item.id: str(item_outcome.item.token)}, item_outcome.status, **values
    )


def _result(
    spec: JobSpec, item: BatchItem, prefix: str, outputs: dict[str, int], details: ResultDetails
) -> ProcessingResult:
    return ProcessingResult(
        id=new_uuid(),
        item_id=item.id,
        job_id=item.job_id,
        project_id=spec.project_id,
        source_id=item.source_id,
        job_type=spec.job_type,
        parameters_hash=spec.parameters_hash,
        work_id=item.work_id or "",
        prefix=prefix,
        outputs=outputs,
        details=details,
    )
