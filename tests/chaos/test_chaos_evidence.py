"""The chaos suite sees what it has to see: breaches of each promise, how long a fault was felt, and that its tools do harm."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest
import redis
import sqlalchemy as sa
from support.batches import a_job, claim, items_of
from support.servers import redis_server
from support.services import PostgresServer
from support.waiting import CEILING, eventually

import models
from chaos import evidence
from chaos.copies import Copier
from chaos.documents import mixture
from chaos.evidence import Record
from chaos.proxy import Proxy
from chaos.recovery import Course
from models import BatchItem, BatchJob, ProcessingResult, Session
from models.states import ItemStatus, JobStatus


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database of this test's own, with the triggers."""
    with contextlib.ExitStack() as held:
        url = f"sqlite:///{tmp_path}/sheaf.db"
        if request.param == "postgres":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            url = held.enter_context(server.database())
        engine = models.connect(url, "key")
        held.callback(engine.dispose)
        models.Base.metadata.create_all(engine)
        evidence.install(engine)
        evidence.install(engine)  # as when a stack starts again on the same database
        yield engine


@pytest.fixture
def job(engine: sa.Engine) -> BatchJob:
    """A job of two items, both done, that has ended."""
    with Session.begin() as session:
        job = a_job(session, "a", "b")
        items = claim(session, job, *items_of(session, job))
        BatchItem.finish(session, {item.id: str(item.token) for item in items}, ItemStatus.COMPLETED)
        session.add_all(a_result(item, job) for item in items)
        BatchJob.move(session, job.id, [JobStatus.PENDING], JobStatus.DISPATCHED)
        BatchJob.finalize(session, job.id)
    return job


def a_result(item: BatchItem, job: BatchJob) -> ProcessingResult:
    fixed = {"project_id": job.project_id, "job_type": job.job_type, "parameters_hash": "h", "prefix": "p"}
    return ProcessingResult(
        item_id=item.id, job_id=job.id, source_id=item.source_id, work_id="w", outputs={}, details={}, **fixed
    )


def record(engine: sa.Engine, job: BatchJob) -> Record:
    with engine.connect() as connection:
        return Record.read(connection, job.id)


class TestTriggers:
    def test_a_job_without_trouble_keeps_every_promise(self, engine: sa.Engine, job: BatchJob) -> None:
        found = record(engine, job)
        assert (found.finalizations, found.revivals, found.duplicates, found.repeated) == (1, 0, 0, 0)
        assert len(found.ends) == 2
        assert found.ended
        assert found.ends[-1] <= found.ended

    def test_a_second_result_is_seen_although_the_first_is_gone(self, engine: sa.Engine, job: BatchJob) -> None:
        with Session.begin() as session:
            session.execute(sa.delete(ProcessingResult))
            session.add(a_result(items_of(session, job)[0], job))
        assert record(engine, job).duplicates == 1

    def test_an_item_and_a_job_that_come_back_to_life_are_seen(self, engine: sa.Engine, job: BatchJob) -> None:
        with Session.begin() as session:
            session.execute(sa.update(BatchItem).values(status=ItemStatus.PENDING))
            session.execute(sa.update(BatchJob).values(status=JobStatus.DISPATCHED))
        assert record(engine, job).revivals == 3

    def test_a_second_finalization_is_seen(self, engine: sa.Engine, job: BatchJob) -> None:
        with Session.begin() as session:
            session.execute(sa.update(BatchJob).values(status=JobStatus.FAILED))
        assert record(engine, job).finalizations == 2

    def test_items_claimed_again_are_counted(self, engine: sa.Engine) -> None:
        with Session.begin() as session:
            job = a_job(session, "a", "b")
            claim(session, job, *items_of(session, job))
            BatchItem.release(session, sa.true())
            claim(session, job, items_of(session, job)[0])
        found = record(engine, job)
        assert found.repeated == 1
        assert len(found.in_work(found.items[1].at)) == 2
        assert found.last_end(found.in_work(found.items[-1].at)) is None

    def test_what_was_rolled_back_leaves_no_trace(self, engine: sa.Engine) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
        with Session() as session:
            claim(session, job, *items_of(session, job))
            session.rollback()
        assert record(engine, job).items == []


def steadily(begin: float, end: float, per_second: int) -> list[float]:
    return [begin + n / per_second for n in range(int((end - begin) * per_second))]


class TestRecovery:
    def test_an_undisturbed_job_needs_none(self) -> None:
        course = Course(steadily(0, 20, 100), 20, 2000)
        before = course.steady_rate(8)
        assert before == pytest.approx(100, rel=0.02)
        assert course.recovery(8, before) == 0

    @pytest.mark.parametrize("delay", [0.0, 1.5], ids=["at once", "when what was fetched is done"])
    def test_a_pause_is_measured_from_the_fault_to_the_old_rate(self, delay: float) -> None:
        ends = [*steadily(0, 8 + delay, 100), *steadily(8 + delay, 15, 30), *steadily(15, 20, 100)]
        assert Course(ends, 20, len(ends)).recovery(8, 100) == pytest.approx(7, abs=0.4)

    def test_a_job_that_ends_before_it_is_as_fast_as_before_has_recovered_then(self) -> None:
        ends = [*steadily(0, 8, 100), *steadily(8, 28, 30)]
        assert Course(ends, 28, len(ends)).recovery(8, 100) == pytest.approx(19.5, abs=1)

    def test_a_job_that_never_goes_on_has_not_recovered(self) -> None:
        assert Course(steadily(0, 8, 100), 200, 1000).recovery(7.9, 100) > 190


class TestTools:
    def test_documents_differ(self) -> None:
        contents = [content for _, content in mixture(40)]
        assert len(set(contents)) == 40

    def test_a_half_open_connection_swallows_and_stays_open(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            Proxy(f"tcp://127.0.0.1:{server.getsockname()[1]}") as proxy,
        ):
            address = ("127.0.0.1", int(proxy.url.rpartition(":")[2]))
            with socket.create_connection(address) as client, server.accept()[0] as behind:
                client.sendall(b"before")
                assert behind.recv(6) == b"before"
                assert proxy.swallow() == 1
                client.sendall(b"after")
                behind.sendall(b"answer")
                for end in (client, behind):
                    end.settimeout(0.3)
                    with pytest.raises(TimeoutError):
                        end.recv(1)
                with socket.create_connection(address) as other, server.accept()[0] as behind_other:
                    behind_other.sendall(b"new")
                    assert other.recv(3) == b"new"

    def test_each_message_is_delivered_twice_and_again_later(self, tmp_path: Path) -> None:
        with redis_server(str(tmp_path)) as server, kombu.Connection(server.url) as connection:
            copier = Copier(redis.Redis.from_url(server.url), random.Random(1))
            queue = connection.SimpleQueue("parse")
            for number in range(3):
                queue.put({"number": number}, priority=3)
            eventually(lambda: queue.qsize() == 6)
            assert copier.again() == 3
            found = [queue.get(timeout=CEILING) for _ in range(9)]
            for message in found:
                message.ack()
            copier.await_silence()
            copier.close()
            queue.close()
        assert sorted(message.payload["number"] for message in found) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
        assert len({message.delivery_tag for message in found}) == 9
