"""The work on the items of one message: claim them, take the shortcuts, run the engine, record what came out.

Outputs are stored below a prefix that contains the item's token, then result and state are written in one transaction that the
token fences. Whoever lost its claim meanwhile has written to a place that nobody will ever read.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engines.errors import Code, DocumentError, shortage
from engines.llm.asking import ModelUnavailableError
from engines.request import EngineResult
from engines.sandbox.crash import ChildCrashError
from engines.version import profile_version
from models import BatchItem, CachedResult, QuarantinedFile, Session, read_session
from models.states import ItemStatus
from storage import StorageError
from tasks import draining, export, log_context
from tasks.context import WorkerContext
from tasks.db_retry import retry_on_disconnect
from tasks.endpoints import has_endpoints
from tasks.executor import GivesWayError, ItemExecutor, TooSlowError
from tasks.fetching import fetch
from tasks.job_spec import JobSpec
from tasks.lease import Lease, LostError, holder_of
from tasks.outcomes import (
    ItemOutcome,
    Lifetime,
    cached_outcome,
    completed_outcome,
    fail_exhausted,
    failed_outcome,
    record,
    tell_failures,
    too_large_outcome,
)
from tasks.turns import SLICE_SECONDS, TURNS
from tasks.webhooks import record_events

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.5
"""Results are recorded at least this often, so that progress shows and little work is lost with a process."""
OUTAGE_SECONDS = 60.0
"""How long a finished result waits for the database to come back."""
RETRY_SECONDS = 5.0
"""How long an item waits after the object store failed."""
SHORTAGE_SECONDS = 60.0
"""How long one waits after the machine ran out of something, so that its attempts outlast what others fill and free again."""
TRIED_AGAIN = {Code.TIMEOUT, Code.OUT_OF_MEMORY, Code.WORKER_LOST, Code.RESOURCES_EXHAUSTED}
"""What another run may cure; every other code is final at once."""


class ItemsRun:
    """One delivery of `process_items`."""

    def __init__(self, context: WorkerContext, spec: JobSpec, ids: Sequence[int], message_id: str) -> None:
        self.context = context
        self.settings = context.settings
        self.spec = spec
        self.ids = ids
        self.message_id = message_id
        self.holder = holder_of(message_id)
        self._claimed: Sequence[BatchItem] | None = None
        self.returned: list[int] = []
        """Items to be sent again, singly."""
        self.left: list[int] = []
        """Items that make room for another project, to be sent again as they came."""
        self._gives_way = False
        """Whether one of the items has made room, as those behind it have to then."""
        self._outcomes: list[ItemOutcome] = []
        self._counts: Counter[str] = Counter()
        """How many items have ended in which way."""
        self._flushed = self._began = time.monotonic()

    def run(self) -> None:
        """Do all the work; afterwards `returned` and `left` hold the ids of items that have to be sent again.

        Raises sqlalchemy.exc.DBAPIError when the database stays away: the message has to be delivered again.
        """
        if not self.claim():
            return
        items = list(self._claimed or ())
        ids = [item.id for item in items]
        limits = {"seconds": self.settings.lease_seconds, "memory_mb": self.settings.item_memory_mb}
        with Lease(ids, self.holder, **limits) as lease:
            executor = ItemExecutor(self.context, self.spec, lease)
            try:
                items = [item for item in items if not item.is_outside or self._fetch(item)]
                todo = retry_on_disconnect(lambda: self._shortcuts(items), OUTAGE_SECONDS)
                retry_on_disconnect(lambda: self._announce(items), OUTAGE_SECONDS)
                for number, item in enumerate(todo):
                    if number and self._makes_room(todo[number:]):
                        break
                    if lease.holds(item.id):
                        with log_context.about_item(item):
                            self._run_item(item, executor)
                    if time.monotonic() - self._flushed > FLUSH_SECONDS:
                        self._flush(lease, executor)
            finally:
                lease.start(None)
                self._flush(lease, executor)
            if lease.is_ending:
                self._hand_back()

    def _makes_room(self, items: Sequence[BatchItem]) -> bool:
        """Put items back, unless nobody else waits for this worker; whether it did."""
        if not (self._gives_way or TURNS.must_end(self.spec, self._began, SLICE_SECONDS)):
            return False
        held = BatchItem.held_by([item.id for item in items], self.holder)
        with Session.begin() as session:
            released = BatchItem.release(session, held, isolated=False)
        self.left = [item.id for item in released]
        self._counts["left for another turn"] += len(self.left)
        return True

    @property
    def summary(self) -> str:
        """What came of the items, such as `4 items of bjb-…: 3 ok, 1 PDF_IS_BROKEN`."""
        count = len(self.ids)
        rest = count - self._counts.total()  # cancelled, or somebody else's
        ends = [
            f"{number} {outcome}" for outcome, number in sorted(self._counts.items(), key=lambda one: one[0] != "ok")
        ]
        parts = ", ".join([*ends, *([f"{rest} not done here"] if rest > 0 else [])])
        return f"{count} item{'s' * (count != 1)} of {self.spec.job_id}: {parts}"

    def _hand_back(self) -> None:
        """Give back what is not done, since the worker ends; the reconciler sends it to another one."""

        def release() -> int:
            with Session.begin() as session:
                return draining.hand_back(session, [self.message_id])

        logger.info("%d items are handed back: the worker ends", retry_on_disconnect(release, OUTAGE_SECONDS))

    def abandon(self) -> None:
        """Give back everything after a failure nobody foresaw."""
        held = BatchItem.held_by(self.ids, self.holder)
        error = DocumentError(Code.INTERNAL_ERROR)
        with Session.begin() as session:
            exhausted = fail_exhausted(session, self.spec, held, self.settings.max_attempts, error)
            BatchItem.release(session, held, seconds=RETRY_SECONDS)
        tell_failures(failed_outcome(item, error) for item in exhausted)

    def claim(self) -> bool:
        """Take the items, unless that is done; whether there was any to take."""
        if self._claimed is None:
            with Session.begin() as session:
                self._claimed = BatchItem.claim(
                    session,
                    self.spec.job_id,
                    self.ids,
                    holder=self.holder,
                    lease_seconds=self.settings.lease_seconds,
                    work_prefix=self.spec.work_prefix,
                )
        return bool(self._claimed)

    def _fetch(self, item: BatchItem) -> bool:
        """Bring in an item that lies outside; False when it has ended, waits, or belongs to somebody else now."""
        try:
            with log_context.about_item(item):
                return fetch(self.context, self.spec, item)
        except DocumentError as error:
            self._outcomes.append(failed_outcome(item, error))
        except StorageError as error:
            self._wait_for_store(item, error, f"{self.spec.project_id}/{self.spec.job_id}/{item.token}")
        return False

    def _shortcuts(self, items: Sequence[BatchItem]) -> list[BatchItem]:
        """End the items that need no engine, and return the others."""
        limit = self.settings.max_file_mb * 1024 * 1024
        self._outcomes += [too_large_outcome(one) for one in items if one.size > limit]
        rest = [item for item in items if item.size <= limit]
        cached, quarantined = self._known(rest)
        todo = []
        for item in rest:
            if item.sha256 in cached:
                self._outcomes.append(cached_outcome(self.spec, item, cached[item.sha256]))
            elif item.sha256 in quarantined:
                entry = quarantined[item.sha256]
                self._outcomes.append(
                    failed_outcome(item, DocumentError(Code.FILE_IS_QUARANTINED, f"{entry.error_code}, {entry.id}"))
                )
            else:
                todo.append(item)
        return todo

    def _announce(self, items: Sequence[BatchItem]) -> None:
        """Record that the work on items begins; of one that is skipped nothing is told, of one tried again nothing more."""
        if not has_endpoints(self.spec.config):
            return
        skips = {item_outcome.item.id for item_outcome in self._outcomes if item_outcome.skip}
        begun = BatchItem.id.in_([item.id for item in items if item.id not in skips])
        with Session.begin() as session:
            record_events(session, self.spec, "running", sa.and_(begun, BatchItem.status == ItemStatus.PROCESSING))

    def _known(self, items: Sequence[BatchItem]) -> tuple[dict[str, CachedResult], dict[str, QuarantinedFile]]:
        """Results, and crashes, of the same bytes by their hash."""
        spec = self.spec
        hashes = {item.sha256 for item in items}
        with read_session() as session:
            engine = profile_version(self.context.tools)
            work = (spec.project_id, hashes if spec.reads_cache else set(), spec.parameters_hash, engine)
            cached = CachedResult.lookup(session, *work) if work[1] else {}
            suspects = hashes if spec.heeds_quarantine else set()
            quarantined = QuarantinedFile.lookup(session, spec.project_id, suspects, engine, spec.parameters_hash)
        return cached, quarantined

    def _run_item(self, item: BatchItem, executor: ItemExecutor) -> None:
        """Run the engine on one item and note how it ended."""
        started = time.monotonic()
        prefix = f"{self.spec.project_id}/{self.spec.job_id}/{item.token}"
        try:
            result = executor.run(item)
            self.context.storage.put_all(prefix, result.outputs)
            address = self._deliver(item, result)
        except LostError:
            return
        except (TooSlowError, MemoryError, GivesWayError) as error:
            gives_way = isinstance(error, GivesWayError)
            self._gives_way |= gives_way
            self._give_back(item, refund=int(gives_way))
        except StorageError as error:
            self._wait_for_store(item, error, prefix)
        except ModelUnavailableError as error:
            self._wait_for_model(item, error)
        except FileNotFoundError:
            self._outcomes.append(failed_outcome(item, DocumentError(Code.FILE_NOT_FOUND), time.monotonic() - started))
        except DocumentError as error:
            self._fail(item, error, time.monotonic() - started)
        # Whatever a parser raises on a hostile document must not cost its neighbours (promise 4 of docs/promises.md).
        except Exception as error:  # noqa: BLE001 - logged with its traceback when the outcome is recorded
            lack = shortage(error)
            unforeseen = DocumentError(Code.RESOURCES_EXHAUSTED if lack else Code.INTERNAL_ERROR, lack)
            unforeseen.__cause__ = error
            self._fail(item, unforeseen, time.monotonic() - started)
        else:
            item_outcome = completed_outcome(self.spec, item, prefix, result, time.monotonic() - started)
            if item_outcome.result and address:
                item_outcome.result.details["output_s3_path"] = address
            self._outcomes.append(item_outcome)

    def _deliver(self, item: BatchItem, result: EngineResult) -> str:
        """Write the outputs where the job wants them too, and answer with the address; empty when it names none."""
        parameters = self.spec.parameters
        if not export.is_wanted(parameters):
            return ""
        address = export.address_of(item, self.spec.project_id, parameters)
        export.deliver(result.outputs, address, parameters, self.settings)
        return address

    def _wait_for_store(self, item: BatchItem, error: StorageError, prefix: str) -> None:
        """Put an item off, without charging an attempt, because the store does not take its bytes: an outage ends."""
        with log_context.about_item(item):
            logger.warning("the item waits for the store: %s", error)
        with contextlib.suppress(StorageError):  # a full disk may need the room of what was half written
            self.context.storage.delete_all(prefix)
        self._give_back(item, isolated=False, seconds=RETRY_SECONDS, refund=int(len(self.ids) == 1))

    def _wait_for_model(self, item: BatchItem, error: ModelUnavailableError) -> None:
        """Put an item off as for the store: an endpoint that is down comes back, and one with too much to do gets done."""
        with log_context.about_item(item):
            logger.warning("the item waits for the language model: %s", error)
        self._give_back(item, isolated=False, seconds=error.seconds, refund=int(len(self.ids) == 1))

    def _fail(self, item: BatchItem, error: DocumentError, seconds: float) -> None:
        crashes = [*(item.crashes or []), error.crash.record()] if isinstance(error, ChildCrashError) else None
        if error.code in TRIED_AGAIN and item.attempts < self.settings.max_attempts:
            logger.warning("attempt %d failed, the item is tried again: %s %s", item.attempts, error.code, error.detail)
            pause = SHORTAGE_SECONDS if error.code is Code.RESOURCES_EXHAUSTED else 0
            self._give_back(item, seconds=pause, crashes=crashes)
            return
        item_outcome = failed_outcome(item, error, seconds)
        item_outcome.crashes = crashes
        # The first attempt may have died with a process that it shared, which leaves no evidence.
        if len(crashes or ()) >= max(1, self.settings.max_attempts - 1):
            item_outcome.killed_by = profile_version(self.context.tools)
        self._outcomes.append(item_outcome)

    def _give_back(self, item: BatchItem, *, isolated: bool = True, seconds: float = 0, **more: Any) -> None:
        condition = sa.and_(BatchItem.id == item.id, BatchItem.token == item.token)

        def release() -> None:
            with Session.begin() as session:
                BatchItem.release(session, condition, isolated=isolated, seconds=seconds, **more)

        retry_on_disconnect(release, OUTAGE_SECONDS)
        self._counts["again"] += 1
        if not seconds:
            self.returned.append(item.id)

    def _flush(self, lease: Lease, executor: ItemExecutor) -> None:
        """Record all outcomes so far in one transaction."""
        self._flushed = time.monotonic()
        item_outcomes, self._outcomes = self._outcomes, []
        if item_outcomes:
            lifetime = Lifetime(self.settings.result_days, self.settings.cache_hours)
            finished = retry_on_disconnect(
                lambda: record(self.spec, item_outcomes, lifetime, is_single=len(self.ids) == 1), OUTAGE_SECONDS
            )
            self._counts.update(
                item_outcome.outcome for item_outcome in item_outcomes if item_outcome.item.id in finished
            )
            lease.done([item_outcome.item.id for item_outcome in item_outcomes])
            for item_outcome in item_outcomes:
                executor.forget_checkpoints(item_outcome.item)
