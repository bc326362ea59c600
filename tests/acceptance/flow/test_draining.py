"""A worker that is asked to end keeps nothing: it finishes or hands back every item within its grace period."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.notes import notes, poison, rows
from support.running import BATCHES, RunningStack, Tenant, eventually, once
from support.served import serving

from models import BatchItem
from models.states import ItemStatus


@pytest.fixture
def job(tenant: Tenant) -> Any:
    """Starts a job over a document that misbehaves, waits until it is in work, and cancels it in the end."""
    made = []

    def start(word: str) -> str:
        made.append(tenant.batch(tenant.upload([poison(word)])))
        eventually(lambda: [item["status"] for item in tenant.items(made[-1]).values()] == ["processing"])
        return str(made[-1])

    yield start
    for one in made:
        tenant.ask("POST", f"/api/v1/beta/batch-processing/{one}/cancel", json={})


def stop_documents(stack: RunningStack) -> int:
    """Ask the worker of documents to end; answers its process id."""
    pid = stack.pid_of("documents")
    os.kill(pid, signal.SIGTERM)
    return pid


@once
@pytest.mark.parametrize("word", ["dawdle", "hang"], ids=["between pages", "stuck in a page"])
def test_a_document_in_work_is_handed_back_within_the_grace_period(stack: RunningStack, job: Any, word: str) -> None:
    one = job(word)
    before = rows(stack, one)[f"{word}.txt"]
    stop_documents(stack)
    eventually(lambda: rows(stack, one)[f"{word}.txt"].token != before.token)
    again = eventually(lambda: (row := rows(stack, one)[f"{word}.txt"]).status == "processing" and row)
    assert again.attempts == 1, "being handed back is no attempt; a lease that ran out would be one"
    assert not again.alone


def test_small_documents_are_finished_or_handed_back_and_none_twice(stack: RunningStack, tenant: Tenant) -> None:
    job = tenant.batch(tenant.upload(notes(80, "drain")), page_size=20)
    eventually(lambda: any(row.status == ItemStatus.COMPLETED for row in rows(stack, job).values()))
    pid = stop_documents(stack)
    eventually(lambda: stack.pid_of("documents") != pid)
    assert tenant.wait(job)["processed_items"] == 80
    with stack.engine.connect() as connection:
        held = sa.select(sa.func.count()).where(BatchItem.job_id == job, BatchItem.lease_expires_at.is_not(None))
        assert connection.scalar(held) == 0


def test_a_serve_that_was_stopped_goes_on_where_it_stood(tmp_path: Path) -> None:
    settings = {"SHEAF_WORKERS": "1", "SHEAF_RECONCILE_SECONDS": "1", "SHEAF_DRAIN_SECONDS": "5"}
    with serving(tmp_path, **settings) as first:
        tenant = Tenant(first.url, first.key)
        job = tenant.batch(tenant.upload(notes(300, "serve")), page_size=20)
        eventually(lambda: tenant.ask("GET", f"{BATCHES}/{job}")["job"]["processed_items"] > 20)
        assert first.stop() == 0
        tenant.client.close()
    with serving(tmp_path, **settings) as second:
        tenant = Tenant(second.url, second.key)
        ended = tenant.wait(job)
        tenant.client.close()
    assert (ended["status"], ended["processed_items"], ended["failed_items"]) == ("completed", 300, 0)
