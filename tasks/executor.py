"""One run of the engine on one item: where it runs, how long it may take, and who may stop it."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from engines.context import Source
from engines.errors import Code, DocumentError
from engines.llm.asking import ModelUse
from engines.llm.client import EndpointModel
from engines.request import EngineRequest, EngineResult, run
from engines.sandbox.monitor import Bounds
from models import BatchItem, BatchPage, read_session
from models.base import now
from storage import StorageError
from tasks.context import WorkerContext
from tasks.job_spec import JobSpec
from tasks.language_models import StoredAnswers, model_at
from tasks.lease import Lease, LostError
from tasks.model_permits import Purse, StoredTurns
from tasks.turns import LONG_SLICE_SECONDS, TURNS

logger = logging.getLogger(__name__)

SHARE_OF_BUDGET = 0.7
"""A document that has used this share of `message_timeout_seconds` in a process it shares goes on alone at its next page, before
it is killed there."""


class TooSlowError(Exception):
    """A document has used up its time in a process it shares, and goes again in one of its own."""


class GivesWayError(Exception):
    """A document makes room for another project after a checkpoint, from which it goes on later."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The end of `job_timeout_in_seconds`."""

    sent: float | None = None
    """When the item was first sent, in seconds of the monotonic clock; None when there is no limit."""
    seconds: float = 0.0
    per_page: float = 0.0
    """Seconds on top for each page (`job_timeout_extra_time_per_page_in_seconds`)."""

    def passed(self, pages: int) -> bool:
        """Whether the time for a document of so many pages is over."""
        return self.sent is not None and time.monotonic() > self.sent + self.seconds + self.per_page * pages


class ItemExecutor:
    """Runs the items of one message, in this process or in its child."""

    def __init__(self, context: WorkerContext, spec: JobSpec, lease: Lease) -> None:
        self._context = context
        self._settings = context.settings
        self._spec = spec
        self._lease = lease
        self._ages: dict[int, float] = {}
        self._resumable: set[int] = set()
        """Items with checkpoints in the store."""
        self._asking: set[int] = set()
        """Items with answers of a model in the store."""
        self._unkept: set[int] = set()
        """Items whose checkpoints the store did not take: asking it again and again would use up their time."""

    def run(self, item: BatchItem) -> EngineResult:
        """Process one item.

        Raises DocumentError, TooSlowError, LostError (it is no longer ours), StorageError, ModelUnavailableError, FileNotFoundError
        (its bytes are gone), MemoryError, GivesWayError, and whatever else a parser comes up with.
        """
        expiry = self._expiry(item)
        storage, needs_child = self._context.storage, self._needs_child(item)
        with (
            self._asked(item) as model,
            storage.local(item.storage_key) as path,
            self._earlier(item, needs_child=needs_child) as earlier,
        ):
            request = replace(
                self._spec.engine_request(
                    Source(path=path, name=item.name), self._context, self._settings.classify_threshold
                ),
                checkpoints=str(earlier) if earlier else None,
                probe_pages=needs_child and 1 < self._settings.max_attempts <= item.attempts,
                model=model,
                model_use=ModelUse(self._settings.classify_model),
                embeds=bool(self._settings.llm_embedding_model),
            )
            result = self._in_child(item, request, expiry) if needs_child else self._here(item, request, expiry)
        result.usage = model.usage.as_result() if model else None
        return result

    def forget_checkpoints(self, item: BatchItem) -> None:
        """Remove what the attempts of an item that has ended left for further ones. What stays behind is swept away later."""
        left = [self._checkpoints(item)] if item.id in self._resumable else []
        left += [self._answers(item)] if item.id in self._asking else []
        try:
            for prefix in left:
                self._context.storage.delete_all(prefix)
        except StorageError as error:
            logger.warning("what item %d left on its way stays behind: %s", item.id, error)

    @contextlib.contextmanager
    def _asked(self, item: BatchItem) -> Iterator[EndpointModel | None]:
        """Whom the work on an item may ask, None where it asks nobody; what was used is written down at the end.

        Raises ModelUnavailableError.
        """
        endpoint, settings = self._spec.endpoint, self._settings
        if endpoint is None:
            yield None
            return
        self._asking.add(item.id)
        answers = StoredAnswers(self._context.storage, self._answers(item))
        turns = StoredTurns(item, endpoint, settings.lease_seconds)
        purse = Purse(item, self._spec.project_id, settings, is_own=endpoint.is_foreign)
        model = model_at(endpoint, settings, answers, turns=turns, ceilings=purse, entries=self._spec.entries)
        try:
            yield model
        finally:
            purse.close(model.usage)

    def _answers(self, item: BatchItem) -> str:
        return f"{self._spec.project_id}/{self._spec.job_id}/answers/{item.id}"

    def _needs_child(self, item: BatchItem) -> bool:
        large = item.size > self._settings.small_file_kb * 1024
        return item.isolated or large or self._spec.needs_child or self._settings.isolation == "always"

    def _checkpoints(self, item: BatchItem) -> str:
        return f"{self._spec.project_id}/{self._spec.job_id}/checkpoints/{item.id}"

    @contextlib.contextmanager
    def _earlier(self, item: BatchItem, *, needs_child: bool) -> Iterator[Path | None]:
        """A folder with the checkpoints of earlier attempts; None when there are none. A first attempt in passing asks for none."""
        if not (
            item.isolated or item.attempts > 1 or (needs_child and item.size > self._settings.small_file_kb * 1024)
        ):
            yield None
            return
        with self._context.storage.local_all(self._checkpoints(item)) as folder:
            if folder is not None:
                self._resumable.add(item.id)
                logger.info("the item goes on after %d checkpoints", len(list(folder.iterdir())))
            yield folder

    def _keep(self, item: BatchItem, name: str, content: bytes) -> bool:
        """Leave a checkpoint, and say whether it is there. A store that is away only costs the next attempt its head start."""
        if item.id in self._unkept or not self._lease.holds(item.id):
            return False
        self._resumable.add(item.id)
        try:
            self._context.storage.put(f"{self._checkpoints(item)}/{name}", content)
        except StorageError as error:
            self._unkept.add(item.id)
            logger.warning("no more checkpoints of the item are left: %s", error)
            return False
        return True

    def _here(self, item: BatchItem, request: EngineRequest, expiry: Expiry) -> EngineResult:
        """In this process: stopped at a page boundary, or ended together with the process by its lease's watch."""
        budget = self._settings.message_timeout_seconds
        patience = time.monotonic() + SHARE_OF_BUDGET * budget

        def at_page(_done: int, total: int, _page: int | None = None) -> None:
            self._lease.check(item.id)
            if expiry.passed(total):
                raise DocumentError(Code.EXPIRED)
            if time.monotonic() > patience:
                raise TooSlowError

        def keep(name: str, content: bytes) -> None:
            self._keep(item, name, content)

        at_page(0, 1)
        self._lease.start(budget)
        try:
            return run(request, at_page, keep)
        finally:
            self._lease.start(None)  # storing the outputs is no business of the document's

    def _in_child(self, item: BatchItem, request: EngineRequest, expiry: Expiry) -> EngineResult:
        """In the child: killed when its time or memory is over, or when the item is no longer ours."""
        self._lease.start(None)
        began, read, pages = time.monotonic(), 0, 1
        left = {one.name for one in Path(request.checkpoints).iterdir()} if request.checkpoints else set()

        def stopped() -> bool:
            return expiry.passed(pages) or not self._lease.holds(item.id)

        def at_page(done: int, total: int, _page: int | None = None) -> None:
            nonlocal read, pages
            read, pages = done, total

        def keep(name: str, content: bytes) -> None:
            # What an earlier attempt left is no progress: some readers need a whole range again and leave it anew.
            helps = self._keep(item, name, content) and name not in left and read < pages
            if helps and TURNS.must_end(self._spec, began, LONG_SLICE_SECONDS):
                raise GivesWayError

        try:
            return self._context.sandbox.run(request, self._bounds(), stopped=stopped, progress=at_page, keep=keep)
        except DocumentError as error:
            if error.code is not Code.CANCELLED:
                raise
            if not self._lease.holds(item.id):
                raise LostError from error
            raise DocumentError(Code.EXPIRED) from error

    def _bounds(self) -> Bounds:
        settings = self._settings
        return Bounds(
            seconds=settings.item_timeout_seconds,
            memory_mb=settings.item_memory_mb,
            cpu_seconds=settings.item_cpu_seconds,
            progress_seconds=settings.item_progress_seconds,
        )

    def _expiry(self, item: BatchItem) -> Expiry:
        """When the job's own time limit ends for this item; it counts from when the item was first sent."""
        seconds = self._spec.parameters.job_timeout_in_seconds
        if seconds is None:
            return Expiry()
        if item.page not in self._ages:
            self._ages[item.page] = age_of_page(item)
        per_page = self._spec.parameters.job_timeout_extra_time_per_page_in_seconds or 0.0
        return Expiry(time.monotonic() - self._ages[item.page], seconds, per_page)


def age_of_page(item: BatchItem) -> float:
    """Seconds since the item's page was first sent; 0 when it was not. Opens a session of its own."""
    query = sa.select(BatchPage.sent_at).where(BatchPage.job_id == item.job_id, BatchPage.number == item.page)
    with read_session() as session:
        sent = session.scalar(query)
    return (now() - sent).total_seconds() if sent else 0.0
