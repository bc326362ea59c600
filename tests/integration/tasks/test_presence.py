"""Whether anybody works is said by `/readyz` and `/metrics`: each worker process leaves signs of life in SQL."""

from __future__ import annotations

import subprocess
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from support.served import SHEAF, environment, until

from models import Session, WorkerProcess, read_session
from models.base import utc_now
from models.workers import LIFE_SECONDS, MEMORY_SECONDS


def see(name: str, *queues: str) -> None:
    """A worker process that just said that it lives."""
    with Session.begin() as session:
        WorkerProcess.see(session, f"machine/{name}/1", f"{name}@machine", queues)


def seen_before(name: str, seconds: int) -> None:
    """It said so that long ago."""
    with Session.begin() as session:
        one = sa.update(WorkerProcess).where(WorkerProcess.name == f"{name}@machine")
        session.execute(one.values(seen_at=utc_now(-seconds)))


def counts(client: FlaskClient) -> dict[str, int]:
    found: dict[str, int] = client.get("/readyz").get_json()["workers"]
    return found


def test_readyz_is_ready_when_each_queue_has_a_worker(migrated: FlaskClient) -> None:
    see("one", "parse", "classify")
    see("two", "parse", "classify")
    see("three", "control", "webhooks")
    assert migrated.get("/readyz").get_json() == {
        "status": "ready",
        "workers": {"control": 1, "parse": 2, "classify": 2, "webhooks": 1},
    }


def test_readyz_says_which_queues_no_worker_serves_and_takes_work_all_the_same(migrated: FlaskClient) -> None:
    see("three", "control", "webhooks")
    answer = migrated.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "degraded",
        "detail": "No worker serves parse, classify: what is accepted waits until one does",
        "workers": {"control": 1, "parse": 0, "classify": 0, "webhooks": 1},
    }


def test_a_process_that_falls_silent_is_not_counted_until_it_speaks_again(migrated: FlaskClient) -> None:
    see("one", "parse")
    see("two", "parse")
    seen_before("one", LIFE_SECONDS + 5)
    assert counts(migrated)["parse"] == 1
    assert 'sheaf_workers{queue="parse"} 1.0' in migrated.get("/metrics").text
    see("one", "parse")
    assert counts(migrated)["parse"] == 2


def test_the_sweeper_forgets_processes_that_have_been_dead_for_long(migrated: FlaskClient) -> None:
    see("one", "parse")
    see("two", "parse")
    seen_before("one", MEMORY_SECONDS + 5)
    with Session.begin() as session:
        WorkerProcess.forget_dead(session)
    with read_session() as session:
        assert list(session.scalars(sa.select(WorkerProcess.name))) == ["two@machine"]


def test_workers_of_every_pool_come_and_go(migrated: FlaskClient, tmp_path: Path, valkey_url: str) -> None:
    variables = environment(tmp_path, SHEAF_BROKER_URL=valkey_url)
    lines = (
        "--queues parse,classify --concurrency 2",
        "--name c --queues control --pool threads",
        "--name w --queues webhooks --pool solo",
    )
    assert set(counts(migrated).values()) == {0}
    workers = [subprocess.Popen([*SHEAF, "worker", *line.split()], env=variables) for line in lines]
    try:
        until(lambda: counts(migrated) == {"control": 1, "parse": 2, "classify": 2, "webhooks": 1})
    finally:
        for one in workers:
            one.terminate()
        for one in workers:
            one.wait(timeout=60)
    assert set(counts(migrated).values()) == {0}
