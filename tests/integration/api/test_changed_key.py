"""SHEAF_SECRET_KEY has changed: what was sealed cannot be read any more, but nothing waits for ever because of it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from support.batch_api import JOBS, create, row
from support.sources import stored_directory, stored_files, work_off

from models import BatchItem, Session, WebhookConfig, WebhookDelivery, read_session, sealed
from models.base import now
from models.sealed import Sealed
from models.states import ItemStatus
from settings import Settings
from storage import LocalStorage
from tasks import batch, context, reconciler
from tasks.endpoints import target_of
from tasks.webhook_requests import post_delivery

HOOKS = {"webhook_configurations": [{"webhook_url": "https://example.org/", "webhook_headers": {"X-Token": "hush"}}]}


@pytest.fixture
def job(client: FlaskClient, project_id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A job with a secret, sealed with a key that this process does not have any more."""
    directory, _ = stored_directory(project_id, "a.pdf", "b.pdf")
    created = create(client, directory_id=directory, job_config={"parameters": HOOKS})
    with another_key(settings, monkeypatch):
        yield str(created["id"])


@contextlib.contextmanager
def another_key(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be a worker that cannot read what was sealed before."""
    Session.kw["bind"].dispose()  # a worker of this process connects anew
    context.close()
    monkeypatch.setenv("SHEAF_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SHEAF_DATA_DIR", settings.data_dir)
    context.connect()
    sealed.use_key("another key")
    yield
    context.close()


def statuses(job: str) -> dict[str, ItemStatus]:
    with read_session() as session:
        return {item.name: item.status for item in session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job))}


def answer(client: FlaskClient, job: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{JOBS}/{job}").get_json()["job"]
    return found


def test_a_job_that_nobody_can_read_fails_and_says_why(client: FlaskClient, job: str) -> None:
    assert answer(client, job)["status"] == "pending", "reading a job needs no key"
    batch.dispatch_batch(job)
    ended = answer(client, job)
    assert ended["status"] == "failed"
    assert "SHEAF_SECRET_KEY is not the key" in ended["error_message"]
    assert set(statuses(job).values()) == {ItemStatus.CANCELLED}


def test_what_was_in_work_ends_with_it(client: FlaskClient, job: str) -> None:
    work_off(job, {"a.pdf": ItemStatus.COMPLETED})
    with read_session() as session:
        ids = list(session.scalars(sa.select(BatchItem.id).where(BatchItem.job_id == job)))
    batch.process_items(job, ids)
    assert answer(client, job)["status"] == "failed"
    assert statuses(job) == {"a.pdf": ItemStatus.COMPLETED, "b.pdf": ItemStatus.CANCELLED}


def test_it_strands_no_other_job(client: FlaskClient, job: str, project_id: str) -> None:
    work_off(job, {})
    directory, _ = stored_directory(project_id, "c.pdf")
    other = str(create(client, directory_id=directory)["id"])
    work_off(other, {})
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).values(lease_expires_at=now() - dt.timedelta(seconds=1)))
    reconciler.release_abandoned()
    assert (answer(client, job)["status"], row(other).status) == ("failed", "dispatched")
    assert statuses(other) == {"c.pdf": ItemStatus.PENDING}


def test_it_can_be_cancelled_but_not_retried(client: FlaskClient, job: str) -> None:
    work_off(job, {})
    assert client.post(f"{JOBS}/{job}/cancel", json={}).get_json()["status"] == "cancelled"
    refused = client.post(f"{JOBS}/{job}/retry", json={})
    assert refused.status_code == 400
    assert "create a new job" in refused.get_json()["detail"]


def test_a_webhook_with_an_unreadable_address_is_a_failed_attempt(job: str, settings: Settings) -> None:
    assert job
    sealed.use_key("an older key")
    delivery = WebhookDelivery(
        id="1",
        work_id="pjb-1",
        event_type="parse.success",
        payload={},
        target=Sealed.of({"url": "https://example.org"}),
    )
    sealed.use_key("another key")
    problem = post_delivery(delivery, None, LocalStorage(settings.data_dir), ())
    assert problem
    assert "SHEAF_SECRET_KEY is not the key" in problem


def test_a_job_tells_a_saved_webhook_of_before_once_that_can_be_read_again(
    client: FlaskClient, project_id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = {"webhook_url": "https://hooks.example/?token=hush", "webhook_events": ["parse.pending"]}
    saved = client.post("/api/v1/beta/webhook-configs", json=hook).get_json()["id"]
    [file_id] = stored_files(project_id, "a.pdf")
    body = {"file_id": file_id, "tier": "fast", "version": "latest", "webhook_configuration_ids": [saved]}
    work = client.post("/api/v2/parse", json=body).get_json()["id"]
    with read_session() as session:
        job = session.scalars(sa.select(BatchItem.job_id).where(BatchItem.work_id == work)).one()
    with another_key(settings, monkeypatch):
        batch.dispatch_batch(job)
        with read_session() as session:
            [delivery] = session.scalars(sa.select(WebhookDelivery)).all()
            config = session.get_one(WebhookConfig, saved)
        assert (delivery.event_type, delivery.webhook_config_id) == ("parse.pending", saved)
        problem = post_delivery(delivery, None, LocalStorage(settings.data_dir), (), config)
        assert "SHEAF_SECRET_KEY is not the key" in str(problem)
    sealed.use_key(settings.secret())
    assert target_of(delivery, config)["url"] == hook["webhook_url"]
