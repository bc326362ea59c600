"""The dispatcher by itself: a worker's process over a database, whose messages nobody takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.batches import a_job, items_of

from models import BatchItem, BatchJob, BatchPage, Session, read_session
from models.snapshot import insert_pages
from models.states import ItemStatus, JobStatus, PageStatus
from tasks import context
from tasks.batch import dispatch_batch


@pytest.fixture(autouse=True)
def _worker(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is a worker's."""
    context.close()
    variables = {"SHEAF_DATABASE_URL": database, "SHEAF_DATA_DIR": str(tmp_path), "SHEAF_WINDOW_PAGES": "100"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    context.connect()
    yield
    context.close()


def a_job_of_empty_pages(count: int, cycle: int) -> str:
    """A job of so many pages of one item each, all of which have ended already."""
    with Session.begin() as session:
        job = a_job(session, "one", page_size=1, cycle_items=cycle)
        job.config = {"job_name": "parse_raw_file_job"}
        [first] = items_of(session, job)
        row = {name: getattr(first, name) for name in ("job_id", "source_id", "name", "size", "sha256", "storage_key")}
        rows = [row | {"position": number, "page": number} for number in range(1, count)]
        session.execute(sa.insert(BatchItem), rows)
        session.execute(sa.update(BatchItem).values(status=ItemStatus.CANCELLED))
        session.execute(sa.delete(BatchPage))
        insert_pages(session, job)
        return job.id


def finished_pages() -> int:
    with read_session() as session:
        query = sa.select(sa.func.count()).select_from(BatchPage).where(BatchPage.status == PageStatus.FINISHED)
        return session.scalar(query) or 0


def status(job_id: str) -> JobStatus:
    with read_session() as session:
        return session.get_one(BatchJob, job_id).status


def test_any_number_of_pages_without_work_is_passed_over_a_cycle_at_a_time() -> None:
    job_id = a_job_of_empty_pages(500, cycle=400)
    dispatch_batch(job_id)
    assert (status(job_id), finished_pages()) == (JobStatus.RUNNING, 400)
    dispatch_batch(job_id)
    assert (status(job_id), finished_pages()) == (JobStatus.COMPLETED, 500)
