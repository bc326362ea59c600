"""Stored files and directories for tests that need some, and work done on jobs without a worker."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from models import BatchItem, BatchJob, BatchPage, Directory, DirectoryFile, File, ProcessingResult, Session
from models.states import ItemStatus, JobStatus


def stored_files(project_id: str, *names: str) -> list[str]:
    """Ids of files with these names."""
    with Session.begin() as session:
        files = [
            File(
                project_id=project_id,
                name=name,
                file_type=name.rpartition(".")[2],
                size=len(name),
                sha256=hashlib.sha256(name.encode()).hexdigest(),
                storage_key=f"{project_id}/files/{name}",
            )
            for name in names
        ]
        session.add_all(files)
        session.flush()
        return [file.id for file in files]


def stored_directory(project_id: str, *names: str) -> tuple[str, list[str]]:
    """Id of a directory with files of these names, and the ids of its entries."""
    files = stored_files(project_id, *names)
    with Session.begin() as session:
        directory = Directory(project_id=project_id, name="documents")
        session.add(directory)
        session.flush()
        entries = [
            DirectoryFile(
                project_id=project_id, directory_id=directory.id, file_id=file, unique_id=name, display_name=name
            )
            for file, name in zip(files, names, strict=True)
        ]
        session.add_all(entries)
        session.flush()
        return directory.id, [entry.id for entry in entries]


def work_off(job_id: str, outcomes: dict[str, ItemStatus]) -> None:
    """Send all pages of a job, and end its items by name; the others stay claimed."""
    with Session.begin() as session:
        BatchJob.move(session, job_id, [JobStatus.PENDING], JobStatus.RUNNING)
        BatchPage.take(session, job_id, 100, 100)
        BatchJob.move(session, job_id, [JobStatus.RUNNING], JobStatus.DISPATCHED)
        job = session.get_one(BatchJob, job_id)
        ids = list(session.scalars(sa.select(BatchItem.id).where(BatchItem.job_id == job_id)))
        items = BatchItem.claim(session, job_id, ids, holder="m", lease_seconds=60, work_prefix="pjb-")
        for item in items:
            status = outcomes.get(item.name)
            if status is None:
                continue
            failed = {"error_code": "CORRUPT", "error_message": "The file is damaged"}
            BatchItem.finish(
                session, {item.id: item.token or ""}, status, **(failed if status is ItemStatus.FAILED else {})
            )
            if status is ItemStatus.COMPLETED:
                session.add(result_of(job, item))


def result_of(job: BatchJob, item: BatchItem) -> ProcessingResult:
    """The result of a completed item."""
    return ProcessingResult(
        item_id=item.id,
        job_id=job.id,
        project_id=job.project_id,
        source_id=item.source_id,
        job_type=job.job_type,
        parameters_hash=job.parameters_hash,
        work_id=item.work_id or "",
        prefix=f"{job.project_id}/{job.id}/{item.token}",
        outputs={"output.md": 10},
        details={"pages": 1},
    )
