"""The API and a worker in one process, over a database of their own: jobs are worked off where the test says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.web import equip
from models import ApiKey, BatchItem, Project, Session, read_session
from models.states import ItemStatus
from settings import Settings
from support.forms import upload
from support.running import BATCHES
from tasks import batch, context

NOTE = b"<h1>A note</h1><p>Ordinary words.</p>"
RULES = [{"type": "note", "description": "A short note with ordinary words"}]


class Service:
    """The API and a worker in this process, over a database of their own."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        equip(app, settings)
        self.folder = settings.data_dir
        self.client = app.test_client()
        with Session.begin() as session:
            project = Project.named(session, "default")
            self.project = project.id
            self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ApiKey.issue(session, project)}"
        Session.kw["bind"].dispose()
        context.connect()

    def post(self, path: str, expect: int = 201, **body: Any) -> Any:
        answer = self.client.post(path, **body)
        assert answer.status_code == expect, answer.text
        return answer.get_json()

    def upload(self, name: str, content: bytes) -> str:
        return str(upload(self.client, content, name)["id"])

    def job(self, *documents: tuple[str, bytes], config: dict[str, Any] | None = None, **body: Any) -> str:
        """The id of a running batch over new files, whose pages were sent to nobody."""
        files = [self.upload(name, content) for name, content in documents]
        job = str(self.post(BATCHES, json={"job_config": config or {}, "item_ids": files, **body})["id"])
        batch.dispatch_batch(job)
        return job

    def run(self, *documents: tuple[str, bytes], config: dict[str, Any] | None = None) -> list[BatchItem]:
        """The items of a batch after all of them were worked on here, in one message."""
        job = self.job(*documents, config=config)
        batch.process_items.apply(args=(job, [one.id for one in items(job)]))
        return items(job)


def items(job: str) -> list[BatchItem]:
    with read_session() as session:
        return list(session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job).order_by(BatchItem.position)))


Start = Callable[..., Service]
"""Starts a service with these settings."""


def result_of(made: Service, parameters: dict[str, Any]) -> Any:
    """What became of a note that is processed with these parameters."""
    (item,) = made.run(("note.html", NOTE), config={"parameters": parameters})
    assert item.status is ItemStatus.COMPLETED, item.error_message
    query = {"expand": ["job_metadata", "markdown"]}
    return made.client.get(f"/api/v2/parse/{item.work_id}", query_string=query).get_json()


def close_to(moment: dt.datetime | str, **later: float) -> bool:
    """Whether it is that much later than now, give or take a minute."""
    at = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return abs(at - dt.datetime.now(dt.UTC) - dt.timedelta(**later)) < dt.timedelta(minutes=1)
