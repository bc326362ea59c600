"""Whose turn it is: projects share the workers evenly, and so do the jobs of one; priority orders within a project only."""

from __future__ import annotations

import io
import platform
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from celery.exceptions import Reject
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.exc import OperationalError
from support import state_machine
from support.inprocess import Start
from support.state_machine import Jobs, machine

from engines.errors import Code, DocumentError
from engines.request import EngineRequest, EngineResult, run
from engines.sandbox import Sandbox
from models import Base, BatchItem, BatchJob, Project, Session, read_session
from models.base import make_engine, utc_now
from models.batch import WaitingJob
from models.states import ItemStatus, JobStatus
from tasks import batch, draining, executor, items, reconciler, turns
from tasks.executor import GivesWayError
from tasks.items import ItemsRun
from tasks.job_spec import JobSpec, load_job_spec

__all__ = ["machine"]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An empty SQLite; the state machine shows that the moves are the same on PostgreSQL."""
    url = f"sqlite:///{tmp_path}/turns.db"
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


class EvenTurns(turns.Turns):
    """By a clock in which every message with something to read takes a second, and others take no time."""

    read: ClassVar[list[str]]
    was_read: ClassVar[int]

    def charge(self, spec: JobSpec, seconds: float) -> None:
        assert seconds > 0
        super().charge(spec, float(len(self.read) > self.was_read))
        type(self).was_read = len(self.read)


class Stage:
    """Jobs of several projects, and in which order one worker reads their documents."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.read: list[str] = []
        self.names: dict[str, str] = {}

    def job(self, name: str, documents: int, *, project: str = "", priority: str = "medium") -> str:
        """The id of a job of fine documents whose pages are all sent; in a project of its own name unless one is given."""
        with Session.begin() as session:
            self.jobs.project = Project.named(session, project or name).id
        config = {"parameters": {"priority": priority}}
        self.jobs._create(["fine"] * documents, config, page_size=documents, cycle_items=documents)
        job = self.jobs.jobs[-1]
        self.names[job] = name
        self.deliver("batch.dispatch")
        return job

    def deliver(self, task: str) -> None:
        """Deliver the first message of a task."""
        messages = self.jobs.broker.messages
        self.jobs._run(messages.pop(next(at for at, one in enumerate(messages) if one[0] == task)))

    def turn(self) -> str:
        """Whose documents the next message has read; empty where there were none to read any more."""
        before = len(self.read)
        self.deliver("batch.process_items")
        found = dict.fromkeys(self.read[before:])
        assert len(found) <= 1, "a turn is one job's"
        return next(iter(found), "")

    def turns(self, most: int = 50) -> list[str]:
        """All turns until no message is left; those in which there was nothing to do are left out."""
        found = []
        for _ in range(most):
            if not any(one[0] == "batch.process_items" for one in self.jobs.broker.messages):
                return [one for one in found if one]
            found.append(self.turn())
        raise AssertionError("messages without end")


@pytest.fixture
def stage(machine: type[Jobs], monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(batch, "TURNS", fresh := EvenTurns())
    monkeypatch.setattr(items, "TURNS", fresh)
    monkeypatch.setattr(turns, "LOOK_SECONDS", float("inf"))  # no message ends early unless a test wants it
    made = Stage(machine())
    EvenTurns.read, EvenTurns.was_read = made.read, 0
    engine = state_machine.engine

    def noted(item: BatchItem) -> EngineResult:
        made.read.append(made.names[item.job_id])
        return engine(item)

    monkeypatch.setattr(state_machine, "engine", noted)
    return made


def statuses() -> set[ItemStatus]:
    with read_session() as session:
        return set(session.scalars(sa.select(BatchItem.status)))


def are_even(found: list[str]) -> bool:
    """Whether neither of two is ever more than a turn ahead."""
    return all(abs(found[:end].count("a") - found[:end].count("b")) <= 1 for end in range(len(found) + 1))


def hold(job: str, count: int) -> None:
    """As if so many other workers had a document of the job each."""
    with Session.begin() as session:
        ids = session.scalars(sa.select(BatchItem.id).where(BatchItem.job_id == job).limit(count)).all()
        for one in ids:
            held = {"status": ItemStatus.PROCESSING, "holder": f"other {one}", "token": "t"}
            session.execute(
                sa.update(BatchItem).where(BatchItem.id == one).values(lease_expires_at=utc_now(60), **held)
            )


def test_alone_a_project_has_all_turns_in_the_order_of_its_messages(stage: Stage) -> None:
    stage.job("a", 9)
    assert stage.turns() == ["a", "a", "a"]


def test_who_comes_behind_a_long_queue_has_the_next_turn(stage: Stage) -> None:
    stage.job("a", 12)
    assert stage.turn() == "a"
    stage.job("b", 2)
    assert stage.turns() == ["a", "b", "a", "b", "a"]
    assert statuses() == {ItemStatus.COMPLETED}


def test_nobody_saves_up_turns_while_away(stage: Stage) -> None:
    stage.job("a", 30)
    for _ in range(5):
        stage.turn()
    stage.job("b", 9)
    assert are_even(stage.turns()[:6])


def test_who_stays_is_not_put_off_by_ever_new_ones() -> None:
    """A batch among single documents, of which another comes whenever one is done."""
    had, waiting, chosen = turns.Service(), ["batch", "one", "two", "three"], []
    for number in range(40):
        known = had.of(waiting)
        chosen.append(min(waiting, key=lambda name: known[name]))
        had.charge(chosen[-1], 1.0)
        if chosen[-1] != "batch":
            waiting.remove(chosen[-1])
            waiting.insert(0, f"new {number}")
    assert 8 <= chosen.count("batch") <= 12


def test_who_holds_fewer_workers_goes_first(stage: Stage) -> None:
    first = stage.job("a", 12)
    hold(first, 2)
    stage.job("b", 6)
    assert [stage.turn(), stage.turn()] == ["b", "b"]


@pytest.mark.parametrize("priority", ["critical", "medium", "low"])
def test_priority_puts_no_other_project_off(stage: Stage, priority: str) -> None:
    stage.job("a", 6, priority=priority)
    stage.job("b", 6, priority="low")
    assert are_even(stage.turns()[:4])


def test_priority_orders_the_jobs_of_a_project(stage: Stage) -> None:
    stage.job("slow", 6, project="one", priority="low")
    stage.job("urgent", 6, project="one", priority="critical")
    found = stage.turns()
    assert found == sorted(found, reverse=True), "all of the urgent one first"


def test_jobs_of_one_project_take_turns(stage: Stage) -> None:
    stage.job("long", 12, project="one")
    stage.job("short", 3, project="one")
    assert "short" in stage.turns()[:2]


def test_a_suspect_of_another_project_goes_alone(stage: Stage) -> None:
    stage.job("a", 6)
    stage.turn()
    suspect = stage.job("b", 3)
    with Session.begin() as session:
        last = session.scalars(
            sa.select(BatchItem.id).where(BatchItem.job_id == suspect).order_by(BatchItem.position.desc())
        ).first()
        session.execute(sa.update(BatchItem).where(BatchItem.id == last).values(isolated=True))
    stage.turn()
    assert "b" in [stage.turn(), stage.turn()]
    with read_session() as session:
        assert session.get_one(BatchItem, last).status is ItemStatus.COMPLETED


def test_a_message_of_several_documents_makes_room_when_its_slice_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(items, "SLICE_SECONDS", 0.0)
    job = stage.job("a", 3)
    began = state_machine.engine

    def second_project(item: BatchItem) -> EngineResult:
        if not stage.read:
            outcome = began(item)
            stage.job("b", 1)
            return outcome
        return began(item)

    monkeypatch.setattr(state_machine, "engine", second_project)
    assert stage.turn() == "a"
    assert stage.read == ["a"]
    assert "b" in stage.read[: 1 + len([stage.turn(), stage.turn()])]
    stage.turns()
    assert statuses() == {ItemStatus.COMPLETED}
    with read_session() as session:
        attempts = session.scalars(sa.select(BatchItem.attempts).where(BatchItem.job_id == job)).all()
        assert not any(session.scalars(sa.select(BatchItem.isolated)))
    assert max(attempts) <= 1


def test_a_document_that_gives_way_is_charged_no_attempt(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.job("a", 1)
    engine, given = state_machine.engine, []

    def gives_way(item: BatchItem) -> EngineResult:
        if not given:
            given.append(item.attempts)
            raise GivesWayError
        return engine(item)

    monkeypatch.setattr(state_machine, "engine", gives_way)
    stage.turns()
    with read_session() as session:
        [item] = session.scalars(sa.select(BatchItem))
    assert (given, item.attempts, item.status) == ([1], 1, ItemStatus.COMPLETED)


def test_those_behind_a_document_that_gives_way_do_so_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each has a child of its own, several of a message may be long."""
    job = stage.job("a", 6)
    engine, begun = state_machine.engine, []

    def first_gives_way(item: BatchItem) -> EngineResult:
        begun.append(item.position)
        if len(begun) == 1:
            raise GivesWayError
        return engine(item)

    monkeypatch.setattr(state_machine, "engine", first_gives_way)
    stage.turn()
    assert begun == [0]
    stage.turns()
    assert statuses() == {ItemStatus.COMPLETED}
    assert attempts_of(job)[0] == (ItemStatus.COMPLETED, 1, True)


@pytest.mark.parametrize(
    ("mine", "theirs", "is_over", "ends"),
    [
        (1, None, True, False),
        (1, 0, False, False),
        (1, 0, True, True),
        (2, 0, False, True),
        (2, 1, False, False),
        (2, 1, True, True),
        (2, 2, True, False),
    ],
)
def test_work_ends_for_who_has_less(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mine: int, theirs: int | None, is_over: bool, ends: bool
) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    job = stage.job("a", 9)
    hold(job, mine)
    if theirs is not None:
        hold(stage.job("b", 9), theirs)
    slice_seconds = 0.0 if is_over else float("inf")
    assert turns.Turns().must_end(load_job_spec(job), 0.0, slice_seconds) is ends


def test_looking_costs_a_query_now_and_then_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(BatchJob, "waiting", lambda *arguments: looked.append(arguments) or [])
    monkeypatch.setattr(turns, "LOOK_SECONDS", 1e6)
    spec, mine = load_job_spec(stage.job("a", 1)), turns.Turns()
    assert not any(mine.must_end(spec, -2e6, 0.0) for _ in range(100))
    assert len(looked) == 1


def test_what_a_look_that_takes_long_has_seen_holds_for_a_while(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    class Clock:
        monotonic = staticmethod(lambda: clock[0])

    looked: list[float] = []
    rival = WaitingJob("bjb-of-others", "others", "medium")

    def slow(*_arguments: object) -> list[WaitingJob]:
        looked.append(clock[0])
        clock[0] += 0.25
        return [rival]

    job = load_job_spec(stage.job("a", 1))
    monkeypatch.setattr(turns, "time", Clock)
    monkeypatch.setattr(turns, "REST", 9.0)
    monkeypatch.setattr(BatchJob, "waiting", slow)
    monkeypatch.setattr(BatchJob, "workers", lambda *_arguments: {})
    mine = turns.Turns()
    for clock[0] in [0.0, 0.3, 2.4, 2.6, 2.9]:
        mine.job_of(job)
    assert looked == [0.0, 2.6]


def test_what_comes_next_is_looked_for_among_what_is_pending(stage: Stage) -> None:
    """A job may have a million items that are done."""
    job = stage.job("a", 9)
    asked: list[tuple[str, Any]] = []
    with read_session() as session:
        connection = session.connection()
        note = lambda _connection, _cursor, text, values, *_: asked.append((text, values))  # noqa: E731 - shorter here
        sa.event.listen(connection, "before_cursor_execute", note)
        assert len(BatchItem.next_untaken(session, job, 5)) == 5
        sa.event.remove(connection, "before_cursor_execute", note)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in asked]
    assert len(plans) == 2
    for plan in plans:
        assert any("ix_batch_item_page (job_id=? AND page=? AND status=?)" in row[-1] for row in plan), plan


def test_while_the_database_is_away_nobody_makes_room(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)

    def away(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, OSError("away"))

    spec = load_job_spec(stage.job("a", 1))
    monkeypatch.setattr(BatchJob, "waiting", away)
    assert not turns.Turns().must_end(spec, 0.0, 0.0)


def test_a_job_that_has_ended_waits_for_nothing(stage: Stage) -> None:
    stage.job("a", 3)
    with Session.begin() as session:
        session.execute(sa.update(BatchJob).where(BatchJob.id == stage.job("b", 3)).values(status=JobStatus.CANCELLED))
    assert stage.turn() == "a"


def book(pages: int) -> bytes:
    """A PDF of more pages than are read in one range."""
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(200, 100))
    for number in range(1, pages + 1):
        canvas.drawString(20, 50, f"Leaf number {number}")
        canvas.showPage()
    canvas.save()
    return content.getvalue()


class WantsRoom(turns.Turns):
    """Somebody waits until the first document has given way."""

    def must_end(self, *_arguments: object) -> bool:
        first, self._looked_at = self._looked_at < 0, 0.0
        return first


def test_a_long_document_goes_on_from_its_checkpoint_once_it_has_given_way(
    service: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "TURNS", WantsRoom())
    begun: list[int] = []
    claim = BatchItem.claim
    made = service(isolation="always")
    monkeypatch.setattr(BatchItem, "claim", lambda *args, **more: begun.append(1) or claim(*args, **more))
    [item] = made.run(("book.pdf", book(230)), config={"parameters": {"disable_ocr": True}})
    assert (item.status, item.attempts, item.isolated) == (ItemStatus.PENDING, 0, True)
    kept = sorted(one.name for one in Path(made.folder, "store").glob(f"*/{item.job_id}/checkpoints/{item.id}/*"))
    assert kept[0] == "range-0"
    batch.process_items.apply(args=(item.job_id, [item.id]))
    with read_session() as session:
        done = session.get_one(BatchItem, item.id)
    assert (done.status, done.attempts, len(begun)) == (ItemStatus.COMPLETED, 1, 2)
    text = made.client.get(f"/api/v1/parsing/job/{done.work_id}/result/text").get_json()["text"]
    assert [number for number in range(1, 231) if not re.search(rf"Leaf number {number}\b", text)] == []
    assert not list(Path(made.folder, "store").glob(f"*/{item.job_id}/checkpoints/*"))


def test_only_a_checkpoint_that_is_new_is_a_place_to_give_way(service: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some readers read a whole range again, and leave it anew: they would go in circles while others wait."""

    class AlwaysWanted(turns.Turns):
        def must_end(self, *_arguments: object) -> bool:
            return True

    def leaves_one_range(_sandbox: Sandbox, request: EngineRequest, *_bounds: Any, **calls: Any) -> EngineResult:
        calls["keep"]("range-0", b"the first pages")
        if calls["stopped"]():
            raise DocumentError(Code.CANCELLED)
        return run(replace(request, checkpoints=None))

    monkeypatch.setattr(executor, "TURNS", AlwaysWanted())
    monkeypatch.setattr(Sandbox, "run", leaves_one_range)
    [item] = service(isolation="always").run(("note.txt", b"A note of a few words."))
    assert (item.status, item.isolated) == (ItemStatus.PENDING, True)
    batch.process_items.apply(args=(item.job_id, [item.id]))
    with read_session() as session:
        assert session.get_one(BatchItem, item.id).status is ItemStatus.COMPLETED


# What becomes of a turn that was given away


def in_a_dead_process(monkeypatch: pytest.MonkeyPatch, stage: Stage, point: str = "claimed") -> tuple[Any, ...]:
    """Deliver the first message to a process that dies at a point; the message, as the broker delivers it again."""
    messages = stage.jobs.broker.messages
    message = messages.pop(next(at for at, one in enumerate(messages) if one[0] == "batch.process_items"))

    def die(here: str) -> None:
        if here == point:
            raise state_machine.Killed

    with monkeypatch.context() as patched:
        patched.setattr(items, "holder_of", lambda one: f"{one}@{platform.node()}/4194304/1")
        stage.jobs._run(message, die)
    return message


def attempts_of(job: str) -> list[tuple[ItemStatus, int, bool]]:
    query = sa.select(BatchItem.status, BatchItem.attempts, BatchItem.isolated).where(BatchItem.job_id == job)
    with read_session() as session:
        return [tuple(row) for row in session.execute(query.order_by(BatchItem.position))]


def test_what_a_dead_process_held_in_a_turn_of_others_goes_singly_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(stage.job("a", 6), 1)
    other = stage.job("b", 4)
    message = in_a_dead_process(monkeypatch, stage)
    assert [one[0] for one in attempts_of(other)].count(ItemStatus.PROCESSING) == 2
    stage.jobs._run(message)
    stage.turns()
    assert attempts_of(other) == [(ItemStatus.COMPLETED, 1, True)] * 2 + [(ItemStatus.COMPLETED, 0, False)] * 2


def test_an_outage_in_a_turn_of_others_charges_them_nothing_and_doubles_no_message(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(stage.job("a", 6), 1)
    other = stage.job("b", 1)
    messages = stage.jobs.broker.messages
    count = len(messages)

    def away(*_arguments: object, **_more: object) -> None:
        raise OperationalError("UPDATE", {}, OSError("away"))

    monkeypatch.setattr(batch, "OUTAGE_PAUSE", 0.0)
    message = messages[0]
    with monkeypatch.context() as patched:
        patched.setattr(BatchItem, "claim", away)
        for _ in range(3):
            with pytest.raises(Reject):
                stage.turn()
            messages.insert(0, message)
    assert len(messages) == count
    with monkeypatch.context() as patched:
        patched.setattr(ItemsRun, "run", away)
        with pytest.raises(Reject):
            stage.turn()
    assert attempts_of(other) == [(ItemStatus.PROCESSING, 1, False)]
    stage.jobs._run(message)
    assert attempts_of(other) == [(ItemStatus.PENDING, 0, False)]
    stage.jobs.time_passes()
    reconciler.resend_postponed()
    stage.turns()
    assert attempts_of(other) == [(ItemStatus.COMPLETED, 1, False)]


def test_who_comes_too_late_for_the_turn_of_others_has_his_own(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(stage.job("a", 6), 1)
    other = stage.job("b", 1)
    messages = len(stage.jobs.broker.messages)
    real = batch.next_items

    def overtaken(spec: JobSpec) -> list[int]:
        found = real(spec)
        hold(other, 1)
        return found

    monkeypatch.setattr(batch, "next_items", overtaken)
    assert stage.turn() == "a"
    assert len(stage.jobs.broker.messages) == messages - 1


def test_a_job_that_cannot_be_begun_costs_nobody_a_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(stage.job("a", 6), 1)
    broken = stage.job("b", 1)
    real = batch.workable_job_spec

    def unforeseen(job_id: str) -> JobSpec | None:
        if job_id == broken:
            raise TypeError(job_id)
        return real(job_id)

    monkeypatch.setattr(batch, "workable_job_spec", unforeseen)
    assert stage.turn() == "a"


def test_what_was_put_off_waits_although_its_first_message_comes_only_now(stage: Stage) -> None:
    job = stage.job("a", 1)
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).values(visible_at=utc_now(60)))
    assert stage.turn() == ""
    assert attempts_of(job) == [(ItemStatus.PENDING, 0, False)]


@pytest.mark.parametrize(("mine", "theirs"), [(1, 4), (4, 1)], ids=["one for several", "several for one"])
def test_a_worker_that_ends_in_a_turn_of_others_charges_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mine: int, theirs: int
) -> None:
    hold(stage.job("a", 6), 1)
    stage.jobs.broker.messages.clear()
    stage.job("more", mine, project="a")
    other = stage.job("b", theirs)
    message = in_a_dead_process(monkeypatch, stage)
    monkeypatch.setattr(draining, "_unfinished", draining.in_work([FakeRequest("batch.process_items", *message[1:])]))
    draining.hand_back_unfinished()
    assert attempts_of(other) == [(ItemStatus.PENDING, 0, False)] * theirs


class FakeRequest:
    """What a worker knows of a message."""

    def __init__(self, name: str, args: tuple[Any, ...], id: str) -> None:  # noqa: A002 - Celery's name
        self.name, self.args, self.id = name, args, id
