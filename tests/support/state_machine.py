"""Whatever is lost, doubled, reordered or killed: items and jobs move as they may, and in the end all of them are done.

The real tasks work over a real database; only the broker is this machine's: it holds the messages and decides what becomes of
them. The engine is a function that answers at once, or takes its process with it.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import celery
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engines.errors import Code, DocumentError
from engines.parameters import WebhookConfiguration
from engines.request import EngineResult
from engines.sandbox.crash import ChildCrashError, CrashReport
from engines.version import profile_version
from models import (
    Base,
    BatchItem,
    BatchJob,
    BatchPage,
    File,
    ProcessingResult,
    Project,
    Session,
    WebhookConfig,
    WebhookDelivery,
    read_session,
)
from models.base import utc_now
from models.snapshot import create_batch
from models.states import OPEN_ITEM, OPEN_JOB, ItemStatus, JobStatus, PageStatus
from schemas import job_config
from schemas.batch import new_job
from schemas.batches import EVENTS, endpoints_of_request, status_of
from schemas.webhook_configs import keep
from support.waiting import CEILING
from tasks import batch, context, executor, items, reconciler, turns
from tasks.batch_events import record_batch_event
from tasks.cancellation import cancel_batch
from tasks.endpoints import END
from tasks.queues import PRIORITIES

SHARED = {"twin": 0, "plague": 1}
"""What all documents of a kind have for bytes: the cache answers for the one, the quarantine for the other."""
DEADLY = ("poison", "plague")
KINDS = st.sampled_from(["fine", "fine", "fine", "broken", "large", "known", *DEADLY, *SHARED])
"""Documents: most are fine; one has an error; one is too large; one was processed in another job of the machine's; one kills
its process; those of a shared kind have the bytes of each other, and of no document of another kind."""
PRIORITY = st.sampled_from(PRIORITIES)
POINTS = st.sampled_from(["claimed", "worked", "recorded", "done"])
"""Where a process may die in a message: before and after the engine, after its results are recorded, before what follows."""
UNREACHABLE = WebhookConfiguration(webhook_url="http://127.0.0.1/")
"""Nobody is asked there: the policy for outgoing requests forbids it."""
ROUNDS = 60


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class Broker:
    """Holds the messages that were sent and not delivered yet."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, tuple[Any, ...], str]] = []

    def send(self, task: celery.Task[Any, Any], args: Any = None, _kwargs: Any = None, **_options: Any) -> None:
        self.messages.append((task.name, tuple(args or ()), str(uuid.uuid4())))


class Process:
    """The process that a message runs in: dies or stands still at a point, in this thread."""

    local = threading.local()

    @classmethod
    @contextlib.contextmanager
    def running(cls, at: Callable[[str], None]) -> Iterator[None]:
        cls.local.at, cls.local.is_dead = at, False
        try:
            yield
        except Killed:
            pass
        finally:
            cls.local.at = None

    @classmethod
    def reach(cls, point: str) -> None:
        """Come to a point; a dead process comes nowhere, not even to its `finally`."""
        if getattr(cls.local, "is_dead", False):
            raise Killed
        at = getattr(cls.local, "at", None)
        if at is not None:
            try:
                at(point)
            except Killed:
                cls.local.is_dead = True
                raise


def engine(item: BatchItem) -> EngineResult:
    """What the engine makes of an item, in a process that it shares or, once alone, in a child."""
    kind = item.name.partition(" ")[0]
    if kind == "broken":
        raise DocumentError(Code.FILE_IS_BROKEN)
    if kind in DEADLY:
        if not item.isolated:
            Process.local.is_dead = True
            raise Killed
        death = CrashReport(
            code=Code.WORKER_LOST, how="SIGSEGV", seconds=0, cpu_seconds=0, memory_mb=0, page=None, stderr=""
        )
        raise ChildCrashError(Code.WORKER_LOST, "SIGSEGV", death)
    return EngineResult(
        outputs={"output.md": item.name.encode()},
        pages=1,
        warnings=[],
        failed_pages=[],
        degraded=False,
        classification=None,
        job_metadata={"engine_version": profile_version(context.current().tools)},
        partial=False,
    )


class Jobs(RuleBasedStateMachine):
    """Jobs, a broker that cannot be trusted, and processes that die."""

    broker: ClassVar[Broker]

    def __init__(self) -> None:
        super().__init__()
        self.broker.messages.clear()
        with Session.begin() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
            self.projects = [Project.named(session, name).id for name in ("default", "another")]
            self.project = self.projects[0]
            saved = WebhookConfig(project_id=self.project)
            keep(saved, {"webhook_url": UNREACHABLE.webhook_url})
            session.add(saved)
            session.flush()
            self.webhooks = [saved.id]
        self.numbers = itertools.count(len(SHARED))
        self.ended_items: dict[int, ItemStatus] = {}
        self.ended_jobs: dict[str, tuple[Any, ...]] = {}
        self.jobs: list[str] = []
        self.known: list[str] = []
        self.stopped: list[tuple[threading.Event, threading.Thread]] = []

    # What users do

    @rule(kinds=st.lists(KINDS, min_size=1, max_size=6), page_size=st.integers(1, 3), cycle=st.integers(1, 4))
    def create(self, kinds: list[str], page_size: int, cycle: int) -> None:
        self._create(kinds, page_size=page_size, cycle_items=cycle)

    @rule(kinds=st.lists(st.sampled_from(["fine", "broken", "poison"]), min_size=1, max_size=4), priority=PRIORITY)
    def create_in_another_project(self, kinds: list[str], priority: str) -> None:
        """Whose turns come between those of the first, and whose documents share no bytes with it."""
        self.project = self.projects[1]
        self._create(kinds, {"parameters": {"priority": priority}}, page_size=2, cycle_items=2)
        self.project = self.projects[0]

    @rule(kinds=st.lists(KINDS, min_size=1, max_size=3), page_size=st.integers(1, 3))
    def create_in_the_second_api(self, kinds: list[str], page_size: int) -> None:
        told = {"endpoints": endpoints_of_request([UNREACHABLE]), "batch_webhook_ids": self.webhooks}
        second = {"configuration_id": "cfg-PARSE_FAST", "webhook_ids": self.webhooks}
        self._create(kinds, page_size=page_size, cycle_items=2, **told, **second)

    def _create(self, kinds: list[str], config: dict[str, Any] | None = None, **columns: Any) -> None:
        with Session.begin() as session:
            ids = [self._file(session, kind) for kind in kinds]
            job = new_job(job_config.load(config or {}), project_id=self.project, user_id="u", **columns)
            create_batch(session, job, item_ids=ids)
            record_batch_event(session, job.id)
            self.jobs.append(job.id)
        batch.send(batch.dispatch_batch, job.id)

    def _file(self, session: Any, kind: str) -> str:
        if kind == "known" and self.known:
            return self.known[0]
        number = next(self.numbers)
        content = f"{SHARED.get(kind, number):064x}"
        size = 10**12 if kind == "large" else 10
        file = File(
            project_id=self.project, name=f"{kind} {number}", size=size, sha256=content, storage_key="documents/one"
        )
        session.add(file)
        session.flush()
        if kind == "known":
            self.known.append(file.id)
        return file.id

    @precondition(lambda self: self.jobs)
    @rule(number=st.integers(0, 20))
    def cancel(self, number: int) -> None:
        with Session.begin() as session:
            cancel_batch(session, self.jobs[number % len(self.jobs)], "because")

    # What the broker does

    @precondition(lambda self: self.broker.messages)
    @rule(number=st.integers(0, 50), times=st.sampled_from([1, 1, 1, 2]))
    def deliver(self, number: int, times: int) -> None:
        message = self._take(number)
        for _ in range(times):
            self._run(message)

    @precondition(lambda self: self.broker.messages)
    @rule(number=st.integers(0, 50), point=POINTS, again=st.booleans())
    def deliver_to_a_process_that_dies(self, number: int, point: str, again: bool) -> None:
        message = self._take(number)
        if again:  # the broker notices, and delivers it to another process
            self.broker.messages.append(message)

        def die(here: str) -> None:
            if here == point:
                raise Killed

        self._run(message, die)

    @precondition(lambda self: self.broker.messages and len(self.stopped) < 3)
    @rule(number=st.integers(0, 50), point=POINTS)
    def deliver_to_a_process_that_stands_still(self, number: int, point: str) -> None:
        message = self._take(number)
        arrived, go_on = threading.Event(), threading.Event()

        def stand_still(here: str) -> None:
            if here == point and not arrived.is_set():
                arrived.set()
                go_on.wait(CEILING)

        def work() -> None:
            self._run(message, stand_still)
            arrived.set()

        thread = threading.Thread(target=work)
        thread.start()
        assert arrived.wait(CEILING)
        self.stopped.append((go_on, thread))

    @precondition(lambda self: self.broker.messages and not self.stopped)
    @rule(number=st.integers(0, 50))
    def be_overtaken(self, number: int) -> None:
        """A process stands still for longer than its lease; another one has its items when it goes on."""
        self.deliver_to_a_process_that_stands_still(number, "worked")
        self.time_passes()
        reconciler.release_abandoned()
        for _ in range(2):
            if self.broker.messages:
                self.deliver_to_a_process_that_stands_still(len(self.broker.messages) - 1, "claimed")
        self.let_a_process_go_on()

    @precondition(lambda self: self.stopped)
    @rule()
    def let_a_process_go_on(self) -> None:
        go_on, thread = self.stopped.pop(0)
        go_on.set()
        thread.join(CEILING)
        assert not thread.is_alive()

    @precondition(lambda self: self.broker.messages)
    @rule(number=st.integers(0, 50))
    def lose(self, number: int) -> None:
        self._take(number)

    @rule()
    def lose_everything(self) -> None:
        self.broker.messages.clear()

    def _take(self, number: int) -> tuple[str, tuple[Any, ...], str]:
        return self.broker.messages.pop(number % len(self.broker.messages))

    @staticmethod
    def _run(message: tuple[str, tuple[Any, ...], str], at: Callable[[str], None] = lambda _here: None) -> None:
        name, arguments, message_id = message
        task: Any = batch.app.tasks[name]
        with Process.running(at):
            task.push_request(id=message_id, chord=None)
            try:
                task.run(*arguments)
            finally:
                task.pop_request()

    # What time does

    @rule()
    def time_passes(self) -> None:
        long_ago = utc_now(-3600)
        with Session.begin() as session:
            session.execute(
                sa.update(BatchItem).where(BatchItem.lease_expires_at.is_not(None)).values(lease_expires_at=long_ago)
            )
            session.execute(sa.update(BatchItem).where(BatchItem.visible_at.is_not(None)).values(visible_at=long_ago))
            session.execute(
                sa.update(BatchPage).where(BatchPage.last_sent_at.is_not(None)).values(last_sent_at=utc_now(-(10**6)))
            )
            session.execute(sa.update(BatchJob).values(updated_at=long_ago))

    @rule(step=st.sampled_from([None, *reconciler.STEPS]))
    def reconcile(self, step: Callable[[], object] | None) -> None:
        """The whole, or one step of it alone, as when another reconciler comes in between."""
        (step or reconciler.reconcile)()

    # What must hold

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        with read_session() as session:
            found = {row.id: row.status for row in session.execute(sa.select(BatchItem.id, BatchItem.status))}
            jobs = {
                row[0]: tuple(row)
                for row in session.execute(
                    sa.select(
                        BatchJob.id,
                        BatchJob.status,
                        BatchJob.completed_at,
                        BatchJob.processed_items,
                        BatchJob.failed_items,
                        BatchJob.skipped_items,
                        BatchJob.cancelled_items,
                    )
                )
            }
        assert {key: found[key] for key in self.ended_items} == self.ended_items
        assert {key: jobs[key] for key in self.ended_jobs} == self.ended_jobs, "a job ends once"
        self.ended_items = {key: status for key, status in found.items() if status not in OPEN_ITEM}
        self.ended_jobs = {key: row for key, row in jobs.items() if row[1] not in OPEN_JOB}

    @invariant()
    def a_completed_item_has_one_result_and_no_other_has_any(self) -> None:
        count = (
            sa.select(sa.func.count())
            .where(ProcessingResult.item_id == BatchItem.id)
            .scalar_subquery()
            .correlate(BatchItem)
        )
        with read_session() as session:
            for status, results in session.execute(sa.select(BatchItem.status, count)):
                assert results == (1 if status is ItemStatus.COMPLETED else 0), (status, results)

    @invariant()
    def a_result_is_that_of_the_last_claim(self) -> None:
        with read_session() as session:
            for result, token in session.execute(
                sa.select(ProcessingResult, BatchItem.token).join(BatchItem, BatchItem.id == ProcessingResult.item_id)
            ):
                assert result.details["cache_hit"] or result.prefix.endswith(f"/{token}"), "a late result was taken"

    @invariant()
    def counts_equal_a_group_by(self) -> None:
        with read_session() as session:
            for job in session.scalars(sa.select(BatchJob)):
                counts = BatchItem.tally(session, job.id)
                assert job.tally(session) == counts
                if job.status is JobStatus.COMPLETED:
                    assert counts.open == 0
            for page in session.scalars(sa.select(BatchPage).where(BatchPage.status == PageStatus.FINISHED)):
                assert BatchItem.tally(session, page.job_id, page.number).open == 0

    @invariant()
    def a_batch_has_told_of_each_state_once(self) -> None:
        with read_session() as session:
            for job in session.scalars(sa.select(BatchJob)):
                told = session.scalars(
                    sa.select(WebhookDelivery.event_type)
                    .where(WebhookDelivery.work_id == job.batch_id)
                    .order_by(WebhookDelivery.endpoint, WebhookDelivery.sequence)
                ).all()
                running = ["batch.running"] if job.started_at else []
                end = [EVENTS[status_of(job)]] if job.is_terminal else []
                assert told == (2 * ["batch.pending", *running, *end] if job.is_of_second_api else [])

    @invariant()
    def a_document_has_told_of_its_end_once(self) -> None:
        ends = sa.and_(WebhookDelivery.item_id == BatchItem.id, WebhookDelivery.sequence == END)
        count = sa.select(sa.func.count()).where(ends).correlate(BatchItem).scalar_subquery()
        of_second = sa.and_(BatchJob.id == BatchItem.job_id, BatchJob.configuration_id.is_not(None))
        with read_session() as session:
            for item, told in session.execute(sa.select(BatchItem, count).join(BatchJob, of_second)):
                assert told == (1 if item.work_id and item.status not in OPEN_ITEM else 0), (item.status, told)

    @invariant()
    def claims_are_whole(self) -> None:
        with read_session() as session:
            for item in session.scalars(sa.select(BatchItem)):
                is_held = item.status is ItemStatus.PROCESSING
                assert is_held == (item.lease_expires_at is not None), item.status
                assert not is_held or (item.token and item.holder)
                assert item.status is not ItemStatus.PENDING or item.token is None
                assert 0 <= item.attempts <= 3

    def teardown(self) -> None:
        """From here on nothing is lost: everything ends."""
        while self.stopped:
            self.let_a_process_go_on()
        for _ in range(ROUNDS):
            while self.broker.messages:
                self._run(self.broker.messages.pop(0))
            with read_session() as session:
                if not session.scalar(sa.select(sa.exists().where(BatchJob.status.in_(OPEN_JOB)))):
                    break
            self.time_passes()
            reconciler.reconcile()
        for check in (
            self.what_has_ended_stays_as_it_is,
            self.a_completed_item_has_one_result_and_no_other_has_any,
            self.counts_equal_a_group_by,
            self.a_batch_has_told_of_each_state_once,
            self.a_document_has_told_of_its_end_once,
            self.claims_are_whole,
        ):
            check()
        with read_session() as session:
            for item in session.scalars(sa.select(BatchItem)):
                kind = item.name.partition(" ")[0]
                expected = {"large": "skipped"} | dict.fromkeys(["broken", *DEADLY], "failed")
                assert item.status not in OPEN_ITEM, (item.name, item.status)
                if item.status is not ItemStatus.CANCELLED:
                    assert item.status == expected.get(kind, item.status), item.name
                    assert kind in expected or item.status in (ItemStatus.COMPLETED, ItemStatus.SKIPPED), item.name
            assert not session.scalar(sa.select(sa.exists().where(BatchJob.status.in_(OPEN_JOB))))


@pytest.fixture
def machine(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Jobs]]:
    """The machine over a database of each kind."""
    context.close()
    for name, value in {
        "SHEAF_DATABASE_URL": database,
        "SHEAF_DATA_DIR": str(tmp_path),
        "SHEAF_WINDOW_PAGES": "2",
        "SHEAF_MESSAGE_ITEMS": "3",
        "SHEAF_WORKERS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    Jobs.broker = Broker()
    monkeypatch.setattr(turns, "REST", 0.0)  # everybody sees what SQL says now
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)  # whoever may have to make room looks at each document
    monkeypatch.setattr(items, "SLICE_SECONDS", 0.0)

    def apply_async(task: celery.Task[Any, Any], *arguments: Any, **options: Any) -> None:
        Jobs.broker.send(task, *arguments, **options)

    monkeypatch.setattr(celery.Task, "apply_async", apply_async)
    real_record = items.record

    def run(_runner: executor.ItemExecutor, item: BatchItem) -> EngineResult:
        Process.reach("claimed")
        outcome = engine(item)
        Process.reach("worked")
        return outcome

    def record(*arguments: Any, **options: Any) -> set[int]:
        Process.reach("recording")
        finished = real_record(*arguments, **options)
        Process.reach("recorded")
        return finished

    def finish_pages_of(*arguments: Any) -> None:
        Process.reach("done")
        real_finish(*arguments)

    real_finish = batch.finish_pages_of
    monkeypatch.setattr(executor.ItemExecutor, "run", run)
    monkeypatch.setattr(items, "record", record)
    monkeypatch.setattr(batch, "finish_pages_of", finish_pages_of)
    context.connect()
    yield Jobs
    context.close()
