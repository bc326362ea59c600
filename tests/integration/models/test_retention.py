"""Results and files live as long as they were promised to, and then go with their bytes, and nothing else does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.finished import classified, parsed
from support.notes import notes
from support.running import RunningStack, eventually
from support.sources import stored_files

from models import BatchItem, BatchJob, CachedResult, File, ProcessingResult, Session, read_session
from models.base import now
from models.retention import GRACE, SETTLED, delete_expired, discard_cache, discard_leftovers, discard_results
from models.states import JobStatus
from storage import Storage

LONG_AGO = dt.timedelta(days=30)


def storage_of(app: Flask) -> Storage:
    found: Storage = app.extensions["sheaf"].storage
    return found


def result_of(work_id: str) -> ProcessingResult:
    with read_session() as session:
        return session.scalars(sa.select(ProcessingResult).where(ProcessingResult.work_id == work_id)).one()


def expire(work_id: str, ago: dt.timedelta = dt.timedelta(seconds=1)) -> ProcessingResult:
    with Session.begin() as session:
        session.execute(
            sa.update(ProcessingResult).where(ProcessingResult.work_id == work_id).values(expires_at=now() - ago)
        )
    return result_of(work_id)


def remember(result: ProcessingResult, expires_at: dt.datetime) -> None:
    with Session.begin() as session:
        CachedResult.remember(session, [("0" * 64, result)], expires_at)


READS = [
    "/api/v1/parsing/job/{}/result/markdown",
    "/api/v1/parsing/job/{}/result/text",
    "/api/v1/parsing/job/{}/result/json",
    "/api/v1/parsing/job/{}/result/raw/markdown",
    "/api/v1/parsing/job/{}/result/xlsx",
    "/api/v1/parsing/job/{}/result/image/img_p0_1.png",
    "/api/v1/parsing/job/{}/read/output.md",
    "/api/v2/parse/{}?expand=markdown",
    "/api/v2/parse/{}?expand=markdown_content_metadata",
]


@pytest.mark.parametrize("is_swept", [False, True], ids=["before the sweep", "after it"])
@pytest.mark.parametrize("path", READS)
def test_an_expired_result_is_404_with_a_sentence(
    app: Flask, client: FlaskClient, project_id: str, path: str, *, is_swept: bool
) -> None:
    work_id = parsed(app, project_id)
    assert client.get(path.format(work_id)).status_code == 200
    expire(work_id)
    if is_swept:
        discard_results(storage_of(app))
    answer = client.get(path.format(work_id))
    assert answer.status_code == 404
    assert answer.get_json()["detail"].startswith("The result expired on ")
    assert client.get(f"/api/v2/parse/{work_id}").status_code == 200, "the job itself is still known"


def test_an_expired_classification_is_404_too(app: Flask, client: FlaskClient, project_id: str) -> None:
    work_id = classified(app, project_id)
    expire(work_id)
    for path in (f"/api/v2/classify/{work_id}", f"/api/v1/classifier/jobs/{work_id}/results"):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()["detail"][:18]) == (404, "The result expired")


def test_the_history_of_a_document_says_what_has_expired(app: Flask, client: FlaskClient, project_id: str) -> None:
    work_id = parsed(app, project_id)
    source = expire(work_id).source_id
    path = f"/api/v1/beta/batch-processing/items/{source}/processing-results"
    [entry] = client.get(path).get_json()["processing_results"]
    assert entry["output_metadata"]["expired"] is True


def test_the_sweeper_removes_the_bytes_of_expired_results_only(app: Flask, project_id: str) -> None:
    gone, kept = parsed(app, project_id), parsed(app, project_id)
    prefix, other = expire(gone).prefix, result_of(kept).prefix
    assert discard_results(storage_of(app)) == 1
    assert not storage_of(app).exists(f"{prefix}/output.md")
    assert storage_of(app).exists(f"{other}/output.md")
    assert (result_of(gone).prefix, result_of(gone).outputs) == ("", {})
    assert discard_results(storage_of(app)) == 0


def test_bytes_that_two_results_share_go_with_the_last_of_them(app: Flask, project_id: str) -> None:
    first, second = parsed(app, project_id), parsed(app, project_id)
    shared = result_of(first).prefix
    with Session.begin() as session:
        session.execute(sa.update(ProcessingResult).where(ProcessingResult.work_id == second).values(prefix=shared))
    expire(first)
    discard_results(storage_of(app))
    assert storage_of(app).exists(f"{shared}/output.md")
    expire(second)
    discard_results(storage_of(app))
    assert not storage_of(app).exists(f"{shared}/output.md")


def test_the_cache_keeps_the_bytes_that_it_answers_with_until_it_forgets_them(app: Flask, project_id: str) -> None:
    work_id = parsed(app, project_id)
    result = expire(work_id)
    remember(result, now() + dt.timedelta(hours=1))
    discard_results(storage_of(app))
    assert storage_of(app).exists(f"{result.prefix}/output.md")
    assert discard_cache(storage_of(app)) == 0
    remember(result, now() - GRACE - dt.timedelta(seconds=1))
    assert discard_cache(storage_of(app)) == 1
    assert not storage_of(app).exists(f"{result.prefix}/output.md")


def test_a_forgotten_cache_entry_leaves_the_bytes_of_a_living_result(app: Flask, project_id: str) -> None:
    result = result_of(parsed(app, project_id))
    remember(result, now() - LONG_AGO)
    assert discard_cache(storage_of(app)) == 1
    assert storage_of(app).exists(f"{result.prefix}/output.md")


@pytest.mark.parametrize(
    ("ago", "is_swept"), [(SETTLED * 2, True), (SETTLED / 2, False)], ids=["settled", "just ended"]
)
def test_what_an_ended_job_left_besides_its_results_is_removed(
    app: Flask, project_id: str, ago: dt.timedelta, *, is_swept: bool
) -> None:
    result = result_of(parsed(app, project_id))
    root = f"{project_id}/{result.job_id}"
    storage_of(app).put(f"{root}/checkpoints/7/range-0", b"{}")
    storage_of(app).put(f"{root}/lost/output.md", b"of a claim that was lost")
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).where(BatchItem.job_id == result.job_id).values(attempts=2))
        job = session.get_one(BatchJob, result.job_id)
        job.status, job.completed_at = JobStatus.COMPLETED, now() - ago
    assert discard_leftovers(storage_of(app)) == int(is_swept)
    kept = {result.prefix.rpartition("/")[2]}
    assert storage_of(app).folders(root) == (kept if is_swept else kept | {"checkpoints", "lost"})
    assert discard_leftovers(storage_of(app)) == 0


@pytest.mark.setting("file_days")
def test_files_without_a_time_of_their_own_live_as_long_as_the_setting_says(app: Flask, project_id: str) -> None:
    old, young = stored_files(project_id, "old.pdf", "young.pdf")
    with Session.begin() as session:
        session.execute(sa.update(File).where(File.id == old).values(created_at=now() - LONG_AGO))
        delete_expired(session)
        assert session.get_one(File, old).deleted_at is None, "0 days is for ever"
        delete_expired(session, file_days=7)
    with read_session() as session:
        assert session.get_one(File, old).deleted_at is not None
        assert session.get_one(File, young).deleted_at is None


def test_results_expire_by_the_setting_and_the_beat_sweeps_them(unaided: RunningStack) -> None:
    directory = unaided.upload(notes(2, "brief"))
    job = unaided.batch(directory, {"do_not_cache": True})
    assert unaided.wait(job)["processed_items"] == 2
    work = next(iter(unaided.items(job).values()))["job_id"]
    outputs = lambda: list(Path(unaided.settings.data_dir, "store").glob(f"*/{job}/*/output.md"))  # noqa: E731 - beside its use
    assert len(outputs()) == 2
    table = ProcessingResult.__table__
    with unaided.engine.begin() as connection:
        for row in connection.execute(sa.select(table)).all():
            assert abs(row.expires_at - row.processed_at - dt.timedelta(days=1)) < dt.timedelta(hours=1)
        connection.execute(sa.update(table).values(expires_at=now() - dt.timedelta(seconds=1)))
    eventually(lambda: not outputs())
    assert unaided.ask("GET", f"/api/v2/parse/{work}?expand=text", expect=404)["detail"].startswith(
        "The result expired"
    )
    again = unaided.wait(unaided.batch(directory))
    assert (again["processed_items"], again["skipped_items"]) == (2, 0), "what has expired is not already processed"
