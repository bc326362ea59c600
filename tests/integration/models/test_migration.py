"""The migrations make the schema that the models declare, on each database, and lose nothing of what was there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask.testing import FlaskClient
from support.services import PostgresServer
from support.waiting import eventually

import models
from app.web import create_app
from engines.version import profile_version
from models import ApiKey, Base, BatchItem, BatchJob, CachedResult, Session, WebhookDelivery, read_session
from models.base import make_engine
from models.migration import configuration, is_current, upgrade
from models.sealed import Sealed
from settings import Settings

THEN = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
HASH = "0" * 64
FILE = {"project_id": "p", "size": 5, "sha256": HASH, "created_at": THEN}
WORK = {"project_id": "p", "job_type": "parse", "parameters_hash": HASH}
JOB = WORK | {"origin": "batch", "directory_id": "dir-1", "priority": "medium", "page_size": 2, "cycle_items": 2}
ITEM = {"source_id": "dfl-1", "name": "a.md", "file_id": "f-1", "size": 5, "sha256": HASH, "storage_key": "p/files/f-1"}
PAGE = {"total": 2, "failed": 0, "skipped": 0, "cancelled": 0, "sends": 1, "sent_at": THEN, "last_sent_at": THEN}
TIMES = {"created_at": THEN, "updated_at": THEN}
OUTPUTS = {"prefix": "p/bjb-done/t-1", "outputs": {"output.md": 5}, "details": {"pages": 1, "warnings": []}}
ROWS: dict[str, list[dict[str, Any]]] = {
    "organization": [{"id": "o", "name": "Default", **TIMES}],
    "project": [{"id": "p", "organization_id": "o", "name": "default", "is_default": True, **TIMES}],
    "api_key": [{"id": "k", "project_id": "p", "hash": ApiKey.hash_of("old key"), "hint": "old", "created_at": THEN}],
    "directory": [{"id": "dir-1", "project_id": "p", "name": "letters", "type": "user", **TIMES}],
    "file": [{"id": "f-1", "name": "a.md", "storage_key": "p/files/f-1", "last_modified_at": THEN, **FILE}],
    "directory_file": [
        {"id": "dfl-1", "project_id": "p", "directory_id": "dir-1", "file_id": "f-1", "unique_id": "a.md"}
        | {"display_name": "a.md", "metadata": {"customer": 7}, **TIMES}
    ],
    "batch_job": [
        {"id": "bjb-done", "status": "completed", "total_items": 1, "started_at": THEN, "completed_at": THEN}
        | {"processed_items": 1, "failed_items": 0, "skipped_items": 0, "cancelled_items": 0},
        {"id": "bjb-open", "status": "dispatched", "total_items": 2, "started_at": THEN, "completed_at": None},
    ],
    "batch_page": [
        {"job_id": "bjb-done", "number": 0, "status": "finished", "completed": 1} | PAGE | {"total": 1},
        {"job_id": "bjb-open", "number": 0, "status": "sent", "completed": 0} | PAGE,
    ],
    "batch_item": [
        {"id": 1, "job_id": "bjb-done", "position": 0, "status": "completed", "work_id": "pjb-1", "attempts": 1}
        | {"token": "t-1", "message_id": "m-1", "lease_until": None},
        {"id": 2, "job_id": "bjb-open", "position": 0, "status": "processing", "work_id": "pjb-2", "attempts": 1}
        | {"token": "t-2", "message_id": "m-2", "lease_until": THEN},
        {"id": 3, "job_id": "bjb-open", "position": 1, "status": "pending", "work_id": None, "attempts": 0}
        | {"token": None, "message_id": None, "lease_until": None},
    ],
    "processing_result": [
        {"id": "r-1", "item_id": 1, "job_id": "bjb-done", "source_id": "dfl-1", "work_id": "pjb-1", **WORK, **OUTPUTS}
        | {"partial": False, "degraded": False, "processed_at": THEN}
    ],
    "cached_result": [
        {"project_id": "p", "sha256": HASH, "parameters_hash": HASH, "expires_at": LATER, **OUTPUTS},
    ],
    "webhook_delivery": [
        {"id": "evt-1", "project_id": "p", "work_id": "pjb-1", "event_type": "parse.success", "payload": {"a": 1}}
        | {"status": "pending", "attempts": 2, "next_attempt_at": THEN, "created_at": THEN}
    ],
}
"""What a database of the first version held: a job that had ended, one in the middle of its work, and all around them."""
SHARED = {
    "batch_job": JOB | TIMES | {"config": {"parameters": {"lang": "de"}}},
    "batch_item": ITEM | {"page": 0, "alone": False},
}
"""What all rows of a table have in common."""


@pytest.fixture
def upgraded(empty: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of today's API over a database of the first version, after `sheaf migrate`."""
    settings = Settings(data_dir=str(tmp_path), database_url=empty)
    engine = models.connect(empty, settings.secret())
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    insert(engine, Sealed.of({"url": "https://example.org/hook"}))
    engine.dispose()
    upgrade(empty)
    app = create_app(settings)
    app.extensions["sheaf"].storage.put("p/bjb-done/t-1/output.md", b"# Old")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer old key"
    yield client
    Session.kw["bind"].dispose()


def insert(engine: sa.Engine, target: Sealed) -> None:
    """Write ROWS into the tables as they are now."""
    old = sa.MetaData()
    old.reflect(engine)
    with engine.begin() as connection:
        for table in old.sorted_tables:
            for row in ROWS.get(table.name, []):
                values = SHARED.get(table.name, {}) | row
                if table.name == "webhook_delivery":
                    values["target"] = target.text
                connection.execute(table.insert().values(values))
    assert set(old.tables) - set(ROWS) == {"alembic_version"}, "a table without a row"


def test_an_empty_database_is_brought_to_the_declared_schema_and_again_without_harm(empty: str) -> None:
    engine = make_engine(empty)
    assert not is_current(engine)
    upgrade(empty)
    upgrade(empty)
    assert is_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_what_the_first_version_stored_is_read_by_the_api_of_this_one(upgraded: FlaskClient) -> None:
    batches = "/api/v1/beta/batch-processing"
    jobs = {job["id"]: job for job in upgraded.get(batches).get_json()["items"]}
    assert {name: (job["status"], job["total_items"]) for name, job in jobs.items()} == {
        "bjb-done": ("completed", 1),
        "bjb-open": ("dispatched", 2),
    }
    items = upgraded.get(f"{batches}/bjb-open/items").get_json()["items"]
    assert [(item["status"], item["job_id"]) for item in items] == [("processing", "pjb-2"), ("pending", None)]
    [result] = upgraded.get(f"{batches}/items/dfl-1/processing-results").get_json()["processing_results"]
    assert result["job_config"]["parameters"]["lang"] == "de"
    assert upgraded.get("/api/v1/parsing/job/pjb-1/result/raw/markdown").text == "# Old"
    [file] = upgraded.get("/api/v1/beta/directories/dir-1/files").get_json()["items"]
    assert (file["display_name"], file["metadata"]) == ("a.md", {"customer": 7})
    assert upgraded.get("/api/v1/beta/files/f-1").get_json()["name"] == "a.md"


@pytest.mark.usefixtures("upgraded")
def test_what_the_first_version_had_begun_is_ended_by_this_one() -> None:
    with Session.begin() as session:
        assert session.scalars(sa.select(BatchItem.id).where(BatchItem.abandoned())).all() == [2]
        BatchItem.release(session, BatchItem.abandoned())
        options: dict[str, Any] = {"holder": "m-3", "lease_seconds": 60, "work_prefix": "pjb-"}
        [item] = BatchItem.claim(session, "bjb-open", [2], **options)
        assert (item.work_id, item.crashes, item.attempts) == ("pjb-2", None, 2)
        assert BatchItem.finish(session, {2: str(item.token)}, "completed") == {2}
        assert BatchJob.cancel(session, "bjb-open", "moved")
    with read_session() as session:
        assert CachedResult.lookup(session, "p", {HASH}, HASH, profile_version()) == {}, "made by no known engine"
        assert WebhookDelivery.due(session, 10) == ["evt-1"]
        assert session.get_one(WebhookDelivery, "evt-1").target.open()["url"] == "https://example.org/hook"
        assert session.get_one(BatchJob, "bjb-open").processed_items == 1


def test_files_come_while_their_table_gets_an_index_and_two_processes_migrate(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, "0010")
        known = sa.MetaData()
        known.reflect(engine)

        def add(connection: sa.Connection, table: str, **values: Any) -> None:
            connection.execute(known.tables[table].insert().values({**ROWS[table][0], **values}))

        def is_indexing() -> bool:
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE %INDEX%' AND wait_event_type = 'Lock'"
            )
            with engine.connect() as connection:
                return bool(connection.scalar(sa.text(waiting)))

        with engine.begin() as connection:
            add(connection, "organization")
            add(connection, "project")
        with ThreadPoolExecutor(2) as pool:
            with engine.connect() as slow:
                add(slow, "file")
                migrations = [pool.submit(upgrade, url) for _ in range(2)]
                eventually(is_indexing)
                with engine.begin() as quick:
                    quick.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
                    add(quick, "file", id="f-2")
                slow.commit()
            for one in migrations:
                one.result()
        assert is_current(engine)
        engine.dispose()
