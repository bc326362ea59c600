"""What is deleted while another request finds it there: whichever is first, neither fails, and nothing names what is gone."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from conftest import KEY
from flask import Flask
from flask.testing import FlaskClient
from support.finished import parsed
from support.forms import form
from support.waiting import eventually

from models import BatchItem, BatchJob, ProcessingResult, Session, read_session
from models.results import DirectJob
from models.retention import forget_direct
from models.snapshot import create_batch
from models.states import ItemStatus, JobType


def delete(app: Flask, project_id: str, work_id: str) -> None:
    """Delete a parse job as the API does."""
    with read_session() as session:
        direct = DirectJob.find_direct(session, project_id, JobType.PARSE, work_id)
    assert direct is not None
    forget_direct(app.extensions["sheaf"].storage, direct)


def waiting_item(project_id: str, work_id: str) -> int:
    """An item over the document of a job, which waits."""
    with Session.begin() as session:
        source = session.scalars(sa.select(ProcessingResult.source_id).where(ProcessingResult.work_id == work_id)).one()
        job = BatchJob(project_id=project_id, job_type=JobType.PARSE, config={}, parameters_hash="0" * 64)
        create_batch(session, job, item_ids=[source])
        return session.scalars(sa.select(BatchItem.id).where(BatchItem.job_id == job.id)).one()


def skip_processed(session: sa.orm.Session, item_id: int) -> None:
    ProcessingResult.skip_processed(session, BatchItem.id == item_id, "0" * 64, "")


def state(item_id: int) -> tuple[ItemStatus, str | None]:
    with read_session() as session:
        item = session.get_one(BatchItem, item_id)
    return item.status, item.work_id


def is_waiting_or_over(thread: threading.Thread) -> bool:
    """Whether a thread's transaction waits for a lock of another, or it has ended; SQLite tells nobody who waits for its lock."""
    if not thread.is_alive():
        return True
    with read_session() as session:
        if session.get_bind().dialect.name == "sqlite":
            return True
        return bool(session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.fixture
def beside() -> Iterator[Callable[..., threading.Thread]]:
    """Do something in a thread of its own; what it raises is raised at the end."""
    threads: list[threading.Thread] = []
    errors: list[BaseException] = []

    def start(action: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - raised below
                errors.append(error)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return threads[-1]

    yield start
    for one in threads:
        one.join()
    assert not errors


def test_an_item_that_was_skipped_before_the_deletion_commits_names_no_job(
    app: Flask, project_id: str, beside: Callable[..., threading.Thread]
) -> None:
    work_id = parsed(app, project_id, partial=False)
    item_id = waiting_item(project_id, work_id)
    with Session.begin() as session:
        skip_processed(session, item_id)
        thread = beside(lambda: delete(app, project_id, work_id))
        eventually(lambda: is_waiting_or_over(thread))
    thread.join()
    assert state(item_id) == (ItemStatus.SKIPPED, None)


def test_an_item_that_comes_while_the_deletion_commits_is_not_skipped(
    app: Flask, project_id: str, beside: Callable[..., threading.Thread]
) -> None:
    work_id = parsed(app, project_id, partial=False)
    item_id = waiting_item(project_id, work_id)
    reached, go = threading.Event(), threading.Event()

    def pause(_session: sa.orm.Session) -> None:
        if threading.current_thread() is deleting and not reached.is_set():
            reached.set()
            go.wait()

    def skip() -> None:
        with Session.begin() as session:
            skip_processed(session, item_id)

    sa.event.listen(Session, "before_commit", pause)
    try:
        deleting = beside(lambda: delete(app, project_id, work_id))
        assert reached.wait(60)
        skipping = beside(skip)
        eventually(lambda: is_waiting_or_over(skipping))
    finally:
        go.set()
        deleting.join()
        sa.event.remove(Session, "before_commit", pause)
    skipping.join()
    assert state(item_id) == (ItemStatus.PENDING, None)


def test_a_file_that_is_deleted_while_one_of_its_name_comes_does_not_hold_that_back(
    app: Flask, client: FlaskClient, beside: Callable[..., threading.Thread]
) -> None:
    directory = client.post("/api/v1/beta/directories", json={"name": "letters"}).get_json()["id"]
    files = f"/api/v1/beta/directories/{directory}/files"
    content = {"sha256": hashlib.sha256(b"Dear Sir").hexdigest(), "size": 8}
    body = {"files": [{"name": "a.txt", **content}, {"name": "b.txt", **content}]}
    first = client.post(f"{files}/upload", **form({"upload_file": (io.BytesIO(b"Dear Sir"), "a.txt")})).get_json()
    deleting: list[threading.Thread] = []

    def delete_entry() -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        assert app.test_client().delete(f"{files}/{first['id']}", headers=headers).status_code == 204

    def pause(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO directory_file") and not deleting:
            deleting.append(beside(delete_entry))
            eventually(lambda: is_waiting_or_over(deleting[0]))

    engine = Session.kw["bind"]
    sa.event.listen(engine, "after_cursor_execute", pause)
    try:
        answer = client.post(f"{files}/bulk-attach", json=body)
    finally:
        sa.event.remove(engine, "after_cursor_execute", pause)
    deleting[0].join()
    assert answer.status_code == 200, answer.text
    rows = {one["name"]: one for one in answer.get_json()["results"]}
    assert rows["b.txt"]["status"] == "added"
    listed = {one["id"] for one in client.get(files).get_json()["items"]}
    is_new = rows["a.txt"]["id"] != first["id"]
    assert listed == ({rows["a.txt"]["id"]} if is_new else set()) | {rows["b.txt"]["id"]}
