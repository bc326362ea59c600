"""The flow of a batch step by step, without what finds stranded work: each step calls the next, and calls it once.

The real tasks over a real database and a real store; the broker is the one of the state machine, which delivers in order.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import os
import platform
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from celery.exceptions import Reject
from sqlalchemy.exc import OperationalError
from support import state_machine
from support.state_machine import Jobs, machine

from engines.request import EngineResult
from models import (
    Base,
    BatchItem,
    BatchJob,
    BatchPage,
    ProcessingResult,
    QuarantinedFile,
    Session,
    WebhookDelivery,
    read_session,
)
from models.base import make_engine, now, utc_now
from models.results import DirectJob
from models.retention import forget_direct
from models.states import ItemStatus, JobStatus, JobType, PageStatus
from settings import Settings
from storage import StorageError
from tasks import batch, context, executor, items, reconciler
from tasks.executor import Expiry, ItemExecutor, TooSlowError
from tasks.job_spec import load_job_spec
from tasks.outcomes import Lifetime

__all__ = ["machine"]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An empty SQLite; the state machine shows that the moves are the same on PostgreSQL."""
    url = f"sqlite:///{tmp_path}/steps.db"
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def runs_of(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the engine ran, by kind of document."""
    counted: Counter[str] = Counter()
    engine = state_machine.engine

    def count(item: BatchItem) -> EngineResult:
        counted[item.name.partition(" ")[0]] += 1
        return engine(item)

    monkeypatch.setattr(state_machine, "engine", count)
    return counted


@pytest.fixture
def jobs(machine: type[Jobs], runs_of: Counter[str]) -> Jobs:
    """Jobs whose messages wait until they are delivered."""
    return machine()


def deliver(jobs: Jobs) -> None:
    """Deliver messages in their order, and those that they cause."""
    for _ in range(1000):
        if not jobs.broker.messages:
            return
        deliver_one(jobs)
    raise AssertionError("messages without end")


def deliver_one(jobs: Jobs) -> None:
    jobs._run(jobs.broker.messages.pop(0))


def next_work(jobs: Jobs) -> Any:
    """The first message that has items processed, once the dispatcher has sent it; it is still to be delivered."""
    while jobs.broker.messages[0][0] != "batch.process_items":
        deliver_one(jobs)
    return jobs.broker.messages[0]


def status(jobs: Jobs, number: int = -1) -> JobStatus:
    with read_session() as session:
        return session.get_one(BatchJob, jobs.jobs[number]).status


def item_of(kind: str) -> BatchItem:
    with read_session() as session:
        return session.scalars(sa.select(BatchItem).where(BatchItem.name.startswith(f"{kind} "))).one()


def change(**values: Any) -> None:
    """Set columns of all items."""
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).values(**values))


# One after the other


@pytest.mark.parametrize(("page_size", "cycle"), [(1, 1), (1, 4), (2, 1), (6, 4)])
def test_every_page_is_sent_and_the_last_one_ends_the_job(
    jobs: Jobs, runs_of: Counter[str], page_size: int, cycle: int
) -> None:
    jobs.create(kinds=["fine"] * 6, page_size=page_size, cycle=cycle)
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"fine": 6})


@pytest.mark.parametrize("cycle", [1, 4])
def test_the_dispatcher_goes_on_until_as_many_pages_are_in_flight_as_the_window_has(jobs: Jobs, cycle: int) -> None:
    jobs.create(kinds=["fine"] * 6, page_size=1, cycle=cycle)
    while dispatching := [one for one in jobs.broker.messages if one[0] == "batch.dispatch"]:
        jobs.broker.messages.remove(dispatching[0])
        jobs._run(dispatching[0])
    with read_session() as session:
        assert session.scalar(sa.select(sa.func.count()).where(BatchPage.status == PageStatus.SENT)) == 2
    assert status(jobs) is JobStatus.RUNNING


def test_messages_that_come_twice_are_worked_off_once(jobs: Jobs, runs_of: Counter[str]) -> None:
    jobs.create(kinds=["fine"] * 5, page_size=2, cycle=4)
    while jobs.broker.messages:
        message = jobs.broker.messages.pop(0)
        jobs._run(message)
        jobs._run(message)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"fine": 5})


def test_pages_whose_items_have_ended_meanwhile_are_finished_when_they_are_sent(jobs: Jobs) -> None:
    jobs.create(kinds=["fine"] * 3, page_size=1, cycle=1)
    change(status=ItemStatus.CANCELLED, completed_at=utc_now())
    deliver(jobs)
    with read_session() as session:
        assert session.get_one(BatchJob, jobs.jobs[0]).cancelled_items == 3
    assert status(jobs) is JobStatus.COMPLETED


def test_a_job_that_was_cancelled_before_its_turn_sends_nothing(jobs: Jobs, runs_of: Counter[str]) -> None:
    jobs.create(kinds=["fine"] * 3, page_size=1, cycle=1)
    jobs.cancel(0)
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.CANCELLED, {})


def test_what_is_already_processed_or_too_large_runs_no_engine(jobs: Jobs, runs_of: Counter[str]) -> None:
    for _ in range(2):
        jobs.create(kinds=["known", "twin", "large"], page_size=3, cycle=3)
        deliver(jobs)
    assert runs_of == {"known": 1, "twin": 1}
    with read_session() as session:
        assert session.get_one(BatchJob, jobs.jobs[0]).skipped_items == 1
        first, second = session.scalars(sa.select(BatchItem).where(BatchItem.name.startswith("known"))).all()
        assert second.work_id == first.work_id, "the earlier work answers"
        hits = [one.details["cache_hit"] for one in session.scalars(sa.select(ProcessingResult))]
        assert sorted(hits) == [False, False, True]


def delete(jobs: Jobs, work_id: str | None) -> None:
    """Delete a parse job, as the API does."""
    with read_session() as session:
        direct = DirectJob.find_direct(session, jobs.project, JobType.PARSE, work_id or "")
    assert direct
    forget_direct(context.current().storage, direct)


def test_a_deleted_result_answers_for_nothing(jobs: Jobs, runs_of: Counter[str]) -> None:
    jobs.create(kinds=["known", "twin"], page_size=2, cycle=2)
    deliver(jobs)
    with read_session() as session:
        results = session.scalars(sa.select(ProcessingResult)).all()
    for one in results:
        delete(jobs, one.work_id)
    jobs.create(kinds=["known", "twin"], page_size=2, cycle=2)
    deliver(jobs)
    assert runs_of == {"known": 2, "twin": 2}
    storage = context.current().storage
    with read_session() as session:
        works = session.scalars(sa.select(BatchItem.work_id).order_by(BatchItem.id)).all()
        assert [work is None for work in works] == [True, True, False, False]
        assert session.get_one(BatchJob, jobs.jobs[0]).processed_items == 2
        prefixes = session.scalars(sa.select(ProcessingResult.prefix)).all()
    assert [storage.exists(f"{one}/output.md") for one in prefixes] == [True, True]
    assert not [one.prefix for one in results if storage.exists(f"{one.prefix}/output.md")]


def test_a_result_that_is_deleted_while_the_cache_answers_with_it_is_made_again(
    jobs: Jobs, runs_of: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.create(kinds=["twin"], page_size=1, cycle=1)
    deliver(jobs)
    first = item_of("twin").work_id
    real, left = items.record, [first]

    def record(*arguments: Any, **options: Any) -> set[int]:
        if left:
            delete(jobs, left.pop())
        return real(*arguments, **options)

    monkeypatch.setattr(items, "record", record)
    jobs.create(kinds=["twin"], page_size=1, cycle=1)
    deliver(jobs)
    with read_session() as session:
        assert session.scalars(sa.select(BatchItem.attempts).where(BatchItem.status == ItemStatus.PENDING)).all() == [0]
    change(visible_at=utc_now(-1))
    reconciler.resend_postponed()
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"twin": 2})
    with read_session() as session:
        [result] = session.scalars(sa.select(ProcessingResult)).all()
    assert context.current().storage.exists(f"{result.prefix}/output.md")


def test_what_was_cut_into_messages_is_all_there_large_ones_by_themselves(machine: type[Jobs]) -> None:
    settings = context.current().settings
    small, large = settings.small_file_kb * 1024, settings.small_file_kb * 1024 + 1
    sizes = list(enumerate([small, large, *[1] * 6, large]))
    assert list(batch.cut_into_messages(sizes, settings)) == [[0, 2, 3], [4, 5, 6], [7], [1], [8]]
    assert list(batch.cut_into_messages(sizes[:1], settings)) == [[0]]
    assert list(batch.cut_into_messages([], settings)) == []
    two = dataclasses.replace(settings, workers=2)
    assert list(batch.cut_into_messages(list(enumerate([1] * 4)), two)) == [[0], [1], [2], [3]], (
        "something for each worker"
    )


def test_each_item_of_a_page_is_in_one_message_and_a_suspect_by_itself(jobs: Jobs) -> None:
    jobs.create(kinds=["fine"] * 4, page_size=4, cycle=4)
    with Session.begin() as session:
        first, suspect, third, fourth = session.scalars(sa.select(BatchItem.id).order_by(BatchItem.position)).all()
        session.execute(sa.update(BatchItem).where(BatchItem.id == suspect).values(isolated=True))
    deliver_one(jobs)
    assert [arguments[1] for _, arguments, _ in jobs.broker.messages] == [[first, third], [fourth], [suspect]]


def test_a_message_has_the_queue_of_its_items_and_the_limit_and_urgency_of_all(jobs: Jobs) -> None:
    jobs.create(kinds=["fine", "fine"], page_size=2, cycle=2)
    plan, settings = load_job_spec(jobs.jobs[0]), context.current().settings
    single, shared = batch.message_for(plan, [1]), batch.message_for(plan, [1, 2])
    again = batch.message_for(plan, [1], again=True)
    assert single.options["queue"] == "parse"
    longest = max(settings.item_timeout_seconds, settings.message_items * settings.message_timeout_seconds)
    assert single.options["time_limit"] == shared.options["time_limit"] == longest + 300, "it may become any turn"
    assert again.options["priority"] != single.options["priority"] == shared.options["priority"]
    urgent = batch.message_for(dataclasses.replace(plan, priority="critical"), [1])
    assert urgent.options["priority"] == single.options["priority"], (
        "other projects' jobs, of other queues too, do not wait"
    )


# Processes that die


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Claims go into the name of a process that is gone, until this is called."""
    gone = lambda message: f"{message}@{platform.node()}/4194304/1"  # noqa: E731 - reads better beside its use
    real = items.holder_of
    monkeypatch.setattr(items, "holder_of", gone)
    return lambda: monkeypatch.setattr(items, "holder_of", real)


def test_items_of_a_dead_process_go_singly_and_only_then_cost_an_attempt(
    jobs: Jobs, runs_of: Counter[str], elsewhere: Callable[[], None]
) -> None:
    jobs.create(kinds=["fine"] * 5, page_size=5, cycle=5)
    jobs._run(next_work(jobs), lambda point: die_at("claimed", point))
    elsewhere()
    deliver(jobs)
    assert status(jobs) is JobStatus.COMPLETED
    with read_session() as session:
        found = session.execute(sa.select(BatchItem.isolated, BatchItem.attempts).order_by(BatchItem.position)).all()
    assert [tuple(row) for row in found] == [(True, 1)] * 3 + [(False, 0)] * 2


def die_at(point: str, here: str) -> None:
    if here == point:
        raise state_machine.Killed


def test_a_deadly_document_uses_up_its_attempts_and_its_like_fails_without_a_run(
    jobs: Jobs, runs_of: Counter[str]
) -> None:
    jobs.create(kinds=["plague"], page_size=1, cycle=1)
    change(isolated=True)
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"plague": 3})
    first = item_of("plague")
    assert (first.status, first.error_code, first.attempts) == (ItemStatus.FAILED, "WORKER_LOST", 3)
    assert len(first.crashes or []) == 3
    with read_session() as session:
        assert session.scalars(sa.select(QuarantinedFile.sha256)).all() == [first.sha256]
    jobs.create(kinds=["plague"], page_size=1, cycle=1)
    deliver(jobs)
    assert runs_of == {"plague": 3}
    with read_session() as session:
        codes = session.scalars(sa.select(BatchItem.error_code).order_by(BatchItem.id)).all()
    assert codes == ["WORKER_LOST", "FILE_IS_QUARANTINED"]


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "given back"])
def test_who_lost_a_claim_changes_nothing_any_more(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, *, is_done: bool
) -> None:
    whole = state_machine.engine

    def be_overtaken(item: BatchItem) -> EngineResult:
        change(token="the winner's")
        if is_done:
            return whole(item)
        raise TooSlowError

    monkeypatch.setattr(state_machine, "engine", be_overtaken)
    jobs.create(kinds=["fine"], page_size=1, cycle=1)
    jobs._run(next_work(jobs))
    item = item_of("fine")
    assert (item.status, item.token) == (ItemStatus.PROCESSING, "the winner's")
    with read_session() as session:
        assert not session.scalars(sa.select(ProcessingResult)).all()


# Outages


def test_an_item_that_the_store_does_not_take_waits_without_an_attempt(
    jobs: Jobs, runs_of: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.create(kinds=["fine"], page_size=1, cycle=1)

    storage = context.current().storage

    def fail(_storage: object, prefix: str, _files: object) -> None:
        storage.put(f"{prefix}/half of it", b"")
        raise StorageError

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "put_all", fail)
        deliver(jobs)
    assert not storage.folders(f"{jobs.project}/{jobs.jobs[0]}"), "a full disk may need the room"
    item = item_of("fine")
    assert (item.status, item.attempts, item.isolated) == (ItemStatus.PENDING, 0, False)
    assert item.visible_at
    assert item.visible_at > now()
    change(visible_at=utc_now(-1))
    reconciler.resend_postponed()
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"fine": 2})


def test_what_an_outage_of_the_store_put_off_shares_messages_when_it_goes_again(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError

    jobs.create(kinds=["fine"] * 12, page_size=6, cycle=2)
    with monkeypatch.context() as patch:
        patch.setattr(type(context.current().storage), "put_all", full)
        deliver(jobs)
    change(visible_at=utc_now(-1))
    reconciler.resend_postponed()
    sent = [arguments[1] for name, arguments, *_ in jobs.broker.messages if name == "batch.process_items"]
    with read_session() as session:
        assert sorted(one for ids in sent for one in ids) == sorted(session.scalars(sa.select(BatchItem.id)))
    assert len(sent) < 12
    deliver(jobs)
    assert status(jobs) is JobStatus.COMPLETED


def test_a_document_that_uses_up_the_machine_goes_alone_and_has_an_end(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = state_machine.engine
    seen: list[tuple[bool, int]] = []

    def fill(item: BatchItem) -> EngineResult:
        if item.name.startswith("broken "):
            seen.append((item.isolated, item.attempts))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(item)

    monkeypatch.setattr(state_machine, "engine", fill)
    jobs.create(kinds=["fine", "broken", "fine"], page_size=3, cycle=3)
    for _ in range(6):
        deliver(jobs)
        change(visible_at=utc_now(-1))
        reconciler.resend_postponed()
    assert seen == [(False, 0), (True, 1), (True, 2), (True, 3)], "a shared process tells nothing of who is to blame"
    item = item_of("broken")
    assert (item.status, item.error_code) == (ItemStatus.FAILED, "RESOURCES_EXHAUSTED")
    assert "No space left on device" in (item.error_message or "")
    assert status(jobs) is JobStatus.COMPLETED


def test_a_message_goes_back_when_the_database_is_away_and_begins_anew(
    jobs: Jobs, runs_of: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "OUTAGE_PAUSE", 0)
    monkeypatch.setattr(items, "OUTAGE_SECONDS", 0)
    jobs.create(kinds=["fine", "fine"], page_size=1, cycle=4)
    message = next_work(jobs)

    def away(*_: object, **_options: object) -> None:
        raise OperationalError("", {}, Exception("the database is away"))

    with monkeypatch.context() as patch:
        patch.setattr(items, "record", away)
        with pytest.raises(Reject) as caught:
            jobs._run(message)
    assert caught.value.requeue
    deliver(jobs)
    assert (status(jobs), runs_of) == (JobStatus.COMPLETED, {"fine": 3})
    with read_session() as session:
        assert session.scalars(sa.select(BatchItem.attempts)).all() == [1, 1], "an outage is no attempt"


def test_after_a_bug_items_are_free_again_and_fail_when_it_stays(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.create(kinds=["fine"], page_size=1, cycle=1)

    def fail(*_: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(items.ItemsRun, "_shortcuts", fail)
    for attempt in (1, 2):
        deliver(jobs)
        item = item_of("fine")
        assert (item.status, item.attempts, item.token, item.isolated) == (ItemStatus.PENDING, attempt, None, True)
        assert item.visible_at
        change(visible_at=utc_now(-1))
        reconciler.resend_postponed()
    deliver(jobs)
    assert item_of("fine").error_code == "INTERNAL_ERROR"


def test_the_broker_is_asked_once_for_all_the_pages_that_it_has_lost(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def has_nothing(queue: str) -> bool:
        asked.append(queue)
        return not jobs.broker.messages

    monkeypatch.setattr(reconciler, "has_nothing", has_nothing)
    for _ in range(2):
        jobs.create(kinds=["fine"] * 2, page_size=1, cycle=2)
    while jobs.broker.messages[0][0] == "batch.dispatch":
        deliver_one(jobs)
    jobs.lose_everything()
    jobs.time_passes()
    reconciler.resend_stalled_pages()
    said = [one.getMessage() for one in caplog.records if "is sent again" in one.getMessage()]
    assert asked == ["parse"]
    assert Counter(said) == {f"page {n} is sent again: the broker has lost its messages": 2 for n in range(2)}
    deliver(jobs)
    assert {status(jobs, 0), status(jobs, 1)} == {JobStatus.COMPLETED}


def test_a_cancel_wakes_all_that_it_tells_step_by_step_and_each_once(jobs: Jobs) -> None:
    count, hook = 450, {"webhook_configurations": [{"webhook_url": "https://receiver.example"}]}
    jobs.create(kinds=["fine"], page_size=1, cycle=1)
    with Session.begin() as session:
        session.execute(sa.update(BatchJob).values(config={"job_name": "parse_raw_file_job", "parameters": hook}))
        first = session.scalars(sa.select(BatchItem)).one()
        names = ["job_id", "source_id", "name", "size", "sha256", "storage_key", "page"]
        row = {name: getattr(first, name) for name in names}
        session.execute(sa.insert(BatchItem), [row | {"position": n} for n in range(1, count)])
        BatchItem.name_work(session, BatchItem.job_id == first.job_id, "pjb-")
    jobs.lose_everything()
    jobs.cancel(0)
    steps, woken = 0, Counter[str]()
    while jobs.broker.messages:
        name, arguments, _ = jobs.broker.messages[0]
        if name == "webhooks.deliver":
            woken[arguments[0]] += 1
            jobs.broker.messages.pop(0)
        else:
            steps += 1
            deliver_one(jobs)
    with read_session() as session:
        assert woken == Counter(session.scalars(sa.select(WebhookDelivery.id)).all())
    assert (len(woken), steps) == (count, 3)


# What is kept


def test_results_are_recorded_while_a_message_goes_on(
    jobs: Jobs, runs_of: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "FLUSH_SECONDS", -1)
    jobs.create(kinds=["fine"] * 4, page_size=4, cycle=4)
    begun = iter([lambda: None, lambda: die_at("claimed", "claimed")])
    jobs._run(next_work(jobs), lambda point: next(begun)() if point == "claimed" else None)
    with read_session() as session:
        found = session.scalars(sa.select(BatchItem.status).order_by(BatchItem.position)).all()
    assert found == [ItemStatus.COMPLETED, ItemStatus.PROCESSING, ItemStatus.PENDING, ItemStatus.PENDING]


@pytest.mark.parametrize("flaw", [{"degraded": True}, {"partial": True}])
def test_a_result_that_could_be_better_answers_for_nothing_else(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, runs_of: Counter[str], flaw: dict[str, bool]
) -> None:
    whole = state_machine.engine
    monkeypatch.setattr(state_machine, "engine", lambda item: dataclasses.replace(whole(item), **flaw))
    for _ in range(2):
        jobs.create(kinds=["known", "twin"], page_size=2, cycle=2)
        deliver(jobs)
    assert runs_of == {"known": 2, "twin": 2}


@pytest.mark.parametrize(("days", "hours"), [(0, 48), (1, 24), (10, 48)])
def test_the_cache_forgets_a_result_before_its_bytes_go(days: float, hours: float) -> None:
    until = Lifetime(result_days=days, cache_hours=48).end_of_cache()
    assert abs(until - now() - dt.timedelta(hours=hours)) < dt.timedelta(hours=1)


# Where and how long a document runs


@pytest.mark.parametrize(
    ("sent", "pages", "is_over"),
    [(None, 1, False), (-9, 1, False), (-13, 1, True), (-13, 2, False), (-16, 2, True)],
    ids=["no limit", "in time", "late", "more pages, more time", "late all the same"],
)
def test_a_job_has_its_time_and_more_for_each_page(
    monkeypatch: pytest.MonkeyPatch, sent: float | None, pages: int, is_over: bool
) -> None:
    monkeypatch.setattr(executor.time, "monotonic", lambda: 1000.0)
    expiry = Expiry() if sent is None else Expiry(1000.0 + sent, 10, 2.5)
    assert expiry.passed(pages) == is_over


@pytest.mark.parametrize(
    ("columns", "isolation", "needs_child"),
    [({}, "auto", False), ({"isolated": True}, "auto", True), ({"size": 10**8}, "auto", True), ({}, "always", True)],
)
def test_what_is_large_or_suspect_runs_in_a_child_and_with_isolation_everything(
    jobs: Jobs, columns: dict[str, Any], isolation: str, needs_child: bool
) -> None:
    jobs.create(kinds=["fine"], page_size=1, cycle=1)
    if columns:
        change(**columns)
    made = context.current()
    settings: Settings = dataclasses.replace(made.settings, isolation=isolation)
    executor = ItemExecutor(dataclasses.replace(made, settings=settings), load_job_spec(jobs.jobs[0]), None)  # type: ignore[arg-type] # no lease
    assert executor._needs_child(item_of("fine")) == needs_child
