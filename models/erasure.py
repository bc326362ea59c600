"""Removing everything of one project, in transactions of bounded size, in an order that leaves no dangling reference.

It may be interrupted at any point and run again: the project's own row goes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy import orm

from models.base import Base, Session
from models.batch import BatchJob
from models.configurations import Configuration
from models.corrections import Correction
from models.files import Directory, DirectoryFile, File
from models.items import BatchItem
from models.model_use import ModelSpending
from models.pages import BatchPage
from models.projects import ApiKey, Project
from models.quarantine import QuarantinedFile
from models.results import CachedResult, ProcessingResult
from models.states import OPEN_JOB
from models.webhook_configs import WebhookConfig
from models.webhooks import WebhookDelivery

ROWS = 2000
"""Rows removed in one transaction, so that nobody waits long for it."""

ORDER: tuple[type[Base], ...] = (
    WebhookDelivery,
    ProcessingResult,
    CachedResult,
    QuarantinedFile,
    BatchItem,
    BatchPage,
    BatchJob,
    DirectoryFile,
    Directory,
    File,
    Configuration,
    Correction,
    ModelSpending,
    WebhookConfig,
)
"""What belongs to a project, whatever refers to something else before it. Keys go first and the project last."""


def close_project(project_id: str, cancel: Callable[[orm.Session, str], object]) -> int:
    """Remove the project's keys, so that nothing new comes, and end its open jobs by `cancel(session, job_id)`; how many."""
    with Session.begin() as session:
        session.execute(sa.delete(ApiKey).where(ApiKey.project_id == project_id))
    with Session.begin() as session:
        jobs = session.scalars(
            sa.select(BatchJob.id).where(BatchJob.project_id == project_id, BatchJob.status.in_(OPEN_JOB))
        ).all()
        for job_id in jobs:
            cancel(session, job_id)
    return len(jobs)


def erase_rows(project_id: str) -> Iterator[tuple[str, int]]:
    """Remove the rows of a project, table by table; yields (table, rows removed) as each portion is gone."""
    for model in ORDER:
        while removed := _portion(model, project_id):
            yield model.__tablename__, removed


def forget_project(project_id: str) -> None:
    """Remove the project itself."""
    with Session.begin() as session:
        session.execute(sa.delete(ApiKey).where(ApiKey.project_id == project_id))
        session.execute(sa.delete(Project).where(Project.id == project_id))


def belonging(model: type[Base], project_id: str) -> sa.ColumnElement[bool]:
    """The rows of a table that are a project's: by their own column, or by that of their job."""
    columns = model.__table__.c
    if "project_id" in columns:
        return columns.project_id == project_id
    return columns.job_id.in_(sa.select(BatchJob.id).where(BatchJob.project_id == project_id))


def _portion(model: type[Base], project_id: str) -> int:
    key = list(sa.inspect(model).primary_key)
    some = sa.select(*key).where(belonging(model, project_id)).limit(ROWS)
    with Session.begin() as session:
        rows = session.execute(some).all()
        if rows:
            session.execute(sa.delete(model).where(sa.tuple_(*key).in_([tuple(row) for row in rows])))
    return len(rows)
