"""The work on the items of one message: claim them, take the shortcuts, run the engine, record what came out.

Outputs are stored below a prefix that contains the item's token, then result and state are written in one transaction that the
token fences. Whoever lost its claim meanwhile has written to a place that nobody will ever read.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engines.context import Source
from engines.errors import Code, DocumentError
from engines.work import Outcome, Work, process
from models import BatchItem, BatchPage, CachedResult, ProcessingResult, Transaction, reading
from models.base import new_uuid, now
from models.batch import ItemStatus, SkipReason
from storage import StorageError
from tasks.environment import Environment
from tasks.lease import Lease, LostError
from tasks.outage import patiently
from tasks.plan import Plan
from tasks.webhooks import Event, record_events

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5
"""Results are recorded at least this often, so that progress shows and little work is lost with a process."""
OUTAGE_SECONDS = 60.0
"""How long a finished result waits for the database to come back."""
RETRY_SECONDS = 15.0
"""How long an item waits after the object store failed."""
TRIED_AGAIN = {Code.TIMEOUT, Code.OUT_OF_MEMORY, Code.WORKER_LOST}
"""What another run may cure; every other code is final at once (design: Work)."""


class TooSlowError(Exception):
    """A document has used up its time in a process it shares, and goes again in one of its own."""


@dataclass(slots=True)
class Ending:
    """How the work on one item ended."""

    item: BatchItem
    status: ItemStatus
    error: DocumentError | None = None
    skip: SkipReason | None = None
    work_id: str | None = None
    """The earlier job's id, of an item that was already processed."""
    result: ProcessingResult | None = None
    outcome: Outcome | None = None


class Message:
    """One delivery of `process_items`."""

    def __init__(self, environment: Environment, plan: Plan, ids: Sequence[int], message_id: str) -> None:
        self.environment = environment
        self.settings = environment.settings
        self.plan = plan
        self.ids = ids
        self.message_id = message_id
        self.returned: list[int] = []
        self._endings: list[Ending] = []
        self._flushed = time.monotonic()
        self._expires: dict[int, float] = {}

    def run(self) -> None:
        """Do all the work; afterwards `returned` holds the ids of items that have to be sent again, singly.

        Raises sqlalchemy.exc.DBAPIError when the database stays away: the message has to be delivered again.
        """
        self._recover()
        items = self._claim()
        if not items:
            return
        settings = self.settings
        with Lease(
            [item.id for item in items],
            self.message_id,
            seconds=settings.lease_seconds,
            memory_mb=settings.item_memory_mb,
        ) as lease:
            try:
                for item in self._shortcuts(items):
                    if lease.holds(item.id):
                        self._run_item(item, lease)
                    if time.monotonic() - self._flushed > FLUSH_SECONDS:
                        self._flush(lease)
            finally:
                lease.start(None)
                self._flush(lease)

    def abandon(self) -> None:
        """Give back everything after a failure nobody foresaw; called while its exception is handled, to log it."""
        logger.exception("message %s of %s failed unexpectedly", self.message_id, self.plan.job_id)
        held = BatchItem.held_by(self.ids, self.message_id)
        error = DocumentError(Code.INTERNAL_ERROR)
        with Transaction.begin() as session:
            BatchItem.give_up(session, held, self.settings.max_attempts, error.code, str(error))
            BatchItem.release(session, held, seconds=RETRY_SECONDS)

    def _recover(self) -> None:
        """Give back what an earlier delivery of this very message held when its process died."""
        held = BatchItem.held_by(self.ids, self.message_id)
        with Transaction.begin() as session:
            if not session.scalar(sa.select(sa.exists().where(held, BatchItem.status == ItemStatus.PROCESSING))):
                return
            self.returned += take_back(session, self.plan, held, self.settings.max_attempts)

    def _claim(self) -> Sequence[BatchItem]:
        fresh = [one for one in self.ids if one not in self.returned]
        if not fresh:
            return []
        with Transaction.begin() as session:
            items = BatchItem.claim(
                session,
                self.plan.job_id,
                fresh,
                message_id=self.message_id,
                lease_seconds=self.settings.lease_seconds,
                work_prefix=self.plan.work_prefix,
            )
            record_events(session, self.plan, [Event("pending", item) for item in items])
            record_events(session, self.plan, [Event("running", item) for item in items])
        return items

    def _shortcuts(self, items: Sequence[BatchItem]) -> list[BatchItem]:
        """End the items that need no engine, and return the others."""
        limit = self.settings.max_file_mb * 1024 * 1024
        skips = [item for item in items if item.size > limit]
        self._endings += [Ending(one, ItemStatus.SKIPPED, skip=SkipReason.SIZE_LIMIT_EXCEEDED) for one in skips]
        rest = [item for item in items if item.size <= limit]
        earlier, cached = self._known(rest)
        todo = []
        for item in rest:
            if item.source_id in earlier:
                reason = SkipReason.ALREADY_PROCESSED
                self._endings.append(Ending(item, ItemStatus.SKIPPED, skip=reason, work_id=earlier[item.source_id]))
            elif item.sha256 in cached:
                self._endings.append(self._answer(item, cached[item.sha256]))
            else:
                todo.append(item)
        return todo

    def _known(self, items: Sequence[BatchItem]) -> tuple[dict[str, str], dict[str, CachedResult]]:
        plan = self.plan
        with reading() as session:
            sources = {item.source_id for item in items} if plan.skips_processed else set()
            earlier = ProcessingResult.earlier(session, sources, plan.parameters_hash) if sources else {}
            hashes = {item.sha256 for item in items if item.source_id not in earlier} if plan.reads_cache else set()
            cached = CachedResult.lookup(session, plan.project_id, hashes, plan.parameters_hash) if hashes else {}
        return earlier, cached

    def _answer(self, item: BatchItem, cached: CachedResult) -> Ending:
        result = self._result(item, cached.prefix, cached.outputs, cached.details | {"cache_hit": True, "seconds": 0.0})
        return Ending(item, ItemStatus.COMPLETED, result=result)

    def _run_item(self, item: BatchItem, lease: Lease) -> None:
        """Run the engine on one item and note how it ended."""
        started = time.monotonic()
        try:
            outcome = self._outcome(item, lease)
            prefix = f"{self.plan.project_id}/{self.plan.job_id}/{item.token}"
            self.environment.storage.put_all(prefix, outcome.outputs)
        except LostError:
            return
        except (TooSlowError, MemoryError):
            self._give_back(item)
        except StorageError as error:
            logger.warning("item %s waits for the store: %s", item.id, error)
            self._give_back(item, alone=False, seconds=RETRY_SECONDS, refund=int(len(self.ids) == 1))
        except FileNotFoundError:
            self._endings.append(Ending(item, ItemStatus.FAILED, error=DocumentError(Code.FILE_NOT_FOUND)))
        except DocumentError as error:
            self._fail(item, error)
        except Exception:  # whatever a parser raises on a hostile document must not cost its neighbours (promise 4)
            logger.exception("item %s (%s) failed unexpectedly", item.id, item.name)
            self._endings.append(Ending(item, ItemStatus.FAILED, error=DocumentError(Code.INTERNAL_ERROR)))
        else:
            details = details_of(outcome, time.monotonic() - started)
            result = self._result(item, prefix, sizes(outcome), details)
            result.partial, result.degraded = outcome.partial, outcome.degraded
            self._endings.append(Ending(item, ItemStatus.COMPLETED, result=result, outcome=outcome))

    def _outcome(self, item: BatchItem, lease: Lease) -> Outcome:
        settings = self.settings
        expires = self._expiry(item)
        with self.environment.storage.local(item.storage_key) as path:
            work = Work(
                source=Source(path=path, name=item.name),
                parameters=self.plan.parameters,
                rules=self.plan.rules,
                threshold=settings.classify_threshold,
                multimodal=self.plan.multimodal,
                tools=self.environment.tools,
                limits=self.environment.limits,
                job_metadata=dict(self.plan.metadata),
            )
            if self._needs_child(item):
                return self._in_child(item, work, lease, expires)
            started = time.monotonic()

            def at_page(_done: int, total: int) -> None:
                lease.check(item.id)
                if expires.passed(total):
                    raise DocumentError(Code.EXPIRED)
                if time.monotonic() - started > settings.message_timeout_seconds * 0.7:
                    raise TooSlowError

            at_page(0, 1)
            lease.start(settings.message_timeout_seconds)
            return process(work, at_page)

    def _needs_child(self, item: BatchItem) -> bool:
        return item.alone or self.settings.isolation == "always" or item.size > self.settings.small_file_kb * 1024

    def _in_child(self, item: BatchItem, work: Work, lease: Lease, expires: Expiry) -> Outcome:
        lease.start(None)
        pages = [1]
        limit = self.settings.item_timeout_seconds

        def stopped() -> bool:
            return expires.passed(pages[0]) or not lease.holds(item.id)

        def at_page(_done: int, total: int) -> None:
            pages[0] = total

        try:
            return self.environment.sandbox.run(
                work, seconds=limit, memory_mb=self.settings.item_memory_mb, stopped=stopped, progress=at_page
            )
        except DocumentError as error:
            if error.code is not Code.CANCELLED:
                raise
            if not lease.holds(item.id):
                raise LostError from error
            raise DocumentError(Code.EXPIRED) from error

    def _expiry(self, item: BatchItem) -> Expiry:
        """When the job's own time limit ends for this item; it counts from when the item was first sent."""
        seconds = self.plan.parameters.job_timeout_in_seconds
        if seconds is None:
            return Expiry(None, 0, 0)
        if item.page not in self._expires:
            with reading() as session:
                sent = session.scalar(
                    sa.select(BatchPage.sent_at).where(BatchPage.job_id == item.job_id, BatchPage.number == item.page)
                )
            self._expires[item.page] = (now() - sent).total_seconds() if sent else 0.0
        per_page = self.plan.parameters.job_timeout_extra_time_per_page_in_seconds or 0.0
        return Expiry(time.monotonic() - self._expires[item.page], seconds, per_page)

    def _fail(self, item: BatchItem, error: DocumentError) -> None:
        if error.code in TRIED_AGAIN and item.attempts < self.settings.max_attempts:
            logger.warning("item %s (%s) is tried again: %s", item.id, item.name, error)
            self._give_back(item)
        else:
            self._endings.append(Ending(item, ItemStatus.FAILED, error=error))

    def _give_back(self, item: BatchItem, *, alone: bool = True, seconds: float = 0, refund: int = 0) -> None:
        condition = sa.and_(BatchItem.id == item.id, BatchItem.token == item.token)

        def release() -> None:
            with Transaction.begin() as session:
                BatchItem.release(session, condition, alone=alone, seconds=seconds, refund=refund)

        patiently(release, OUTAGE_SECONDS)
        if not seconds:
            self.returned.append(item.id)

    def _result(
        self, item: BatchItem, prefix: str, outputs: dict[str, Any], details: dict[str, Any]
    ) -> ProcessingResult:
        return ProcessingResult(
            id=new_uuid(),
            item_id=item.id,
            job_id=item.job_id,
            project_id=self.plan.project_id,
            source_id=item.source_id,
            job_type=self.plan.job_type,
            parameters_hash=self.plan.parameters_hash,
            work_id=item.work_id or "",
            prefix=prefix,
            outputs=outputs,
            details=details,
        )

    def _flush(self, lease: Lease) -> None:
        """Record all endings so far in one transaction."""
        self._flushed = time.monotonic()
        endings, self._endings = self._endings, []
        if not endings:
            return
        patiently(lambda: self._record(endings), OUTAGE_SECONDS)
        lease.done([ending.item.id for ending in endings])

    def _record(self, endings: list[Ending]) -> None:
        with Transaction.begin() as session:
            finished = self._finish_completed(session, [one for one in endings if one.status is ItemStatus.COMPLETED])
            for ending in endings:
                if ending.status is not ItemStatus.COMPLETED:
                    finished |= finish_one(session, ending)
            recorded = [one for one in endings if one.item.id in finished]
            record_events(session, self.plan, [event_of(one) for one in recorded if one.skip is None])

    def _finish_completed(self, session: Session, endings: list[Ending]) -> set[int]:
        tokens = {one.item.id: one.item.token or "" for one in endings}
        finished = BatchItem.finish(session, tokens, ItemStatus.COMPLETED) if tokens else set()
        mine = [one for one in endings if one.item.id in finished and one.result]
        session.add_all([one.result for one in mine])
        fresh = [one for one in mine if one.outcome and not one.outcome.degraded and not one.outcome.partial]
        if self.plan.stores_cache and fresh:
            expires = now() + dt.timedelta(hours=self.settings.cache_hours)
            CachedResult.remember(session, [(one.item.sha256, one.result) for one in fresh if one.result], expires)
        return finished


@dataclass(frozen=True, slots=True)
class Expiry:
    """The end of `job_timeout_in_seconds`; `sent` is a reading of the monotonic clock, None when there is no limit."""

    sent: float | None
    seconds: float
    per_page: float

    def passed(self, pages: int) -> bool:
        """Whether the time for a document of so many pages is over."""
        return self.sent is not None and time.monotonic() > self.sent + self.seconds + self.per_page * pages


def take_back(session: Session, plan: Plan, condition: sa.ColumnElement[bool], max_attempts: int) -> list[int]:
    """Give back items whose worker died, and fail those that have used up their attempts. Returns the ids to send again."""
    error = DocumentError(Code.WORKER_LOST)
    worn = BatchItem.give_up(session, condition, max_attempts, error.code, str(error))
    record_events(session, plan, [Event("error", item) for item in worn])
    return [item.id for item in BatchItem.release(session, condition)]


def finish_one(session: Session, ending: Ending) -> set[int]:
    """Record an item that failed or was skipped."""
    values: dict[str, Any] = {}
    if ending.error:
        values = {"error_code": ending.error.code, "error_message": str(ending.error)}
    if ending.skip:
        values = {"skip_reason": ending.skip, "work_id": ending.work_id or ending.item.work_id}
    return BatchItem.finish(session, {ending.item.id: ending.item.token or ""}, ending.status, **values)


def event_of(ending: Ending) -> Event:
    """The webhook event of an ending."""
    if ending.error:
        return Event("error", ending.item)
    return Event("partial_success" if ending.result and ending.result.partial else "success", ending.item)


def sizes(outcome: Outcome) -> dict[str, int]:
    """The outputs' names and bytes."""
    return {name: len(content) for name, content in outcome.outputs.items()}


def details_of(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """The `output_metadata` of a result that took so many seconds of work."""
    details: dict[str, Any] = {
        "pages": outcome.pages,
        "warnings": outcome.warnings,
        "failed_pages": outcome.failed_pages,
        "cache_hit": False,
        "seconds": round(seconds, 3),
    }
    if outcome.classification is not None:
        details["classification"] = outcome.classification
    return details
