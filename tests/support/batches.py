"""Projects, directories and jobs written straight into the database, for tests that begin behind the API."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import ApiKey, BatchItem, BatchJob, Directory, DirectoryFile, File, Project
from models.base import new_uuid
from models.snapshot import create_batch
from models.states import JobType


def a_project(session: Session, name: str = "default") -> Project:
    """A project with a key."""
    project = Project.named(session, name)
    ApiKey.issue(session, project)
    return project


def a_file(session: Session, project: Project, name: str, content: bytes = b"") -> File:
    """A file whose bytes are not stored anywhere."""
    digest = hashlib.sha256(content or name.encode()).hexdigest()
    file = File(project_id=project.id, name=name, size=len(content), sha256=digest, storage_key=f"files/{new_uuid()}")
    session.add(file)
    session.flush()
    return file


def a_directory(session: Session, project: Project, *names: str) -> Directory:
    """A directory with files of these names."""
    directory = Directory(project_id=project.id, name="documents")
    session.add(directory)
    session.flush()
    for name in names:
        file = a_file(session, project, name)
        entry = {"unique_id": name, "display_name": name}
        session.add(DirectoryFile(project_id=project.id, directory_id=directory.id, file_id=file.id, **entry))
        session.flush()
    return directory


def a_job(session: Session, *names: str, page_size: int = 100, **values: Any) -> BatchJob:
    """An accepted parse job over files of these names."""
    project = a_project(session)
    directory = a_directory(session, project, *names)
    job = BatchJob(
        project_id=project.id,
        job_type=JobType.PARSE,
        directory_id=directory.id,
        config={},
        parameters_hash="hash",
        page_size=page_size,
        **values,
    )
    return create_batch(session, job)


def items_of(session: Session, job: BatchJob) -> list[BatchItem]:
    """The items of a job in their order."""
    query = sa.select(BatchItem).where(BatchItem.job_id == job.id).order_by(BatchItem.position)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def claim(
    session: Session, job: BatchJob, *items: BatchItem, message: str = "message", lease: float = 60
) -> list[BatchItem]:
    """Claim items as a message of that id would."""
    ids = [item.id for item in items]
    return list(BatchItem.claim(session, job.id, ids, holder=message, lease_seconds=lease, work_prefix="pjb-"))
