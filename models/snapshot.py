"""Accepting a job: the job and the list of its items are written in one transaction, so that either all of it exists or nothing.

The snapshot copies what an item needs of its file. Deleting or moving files afterwards changes nothing that was accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import aliased

from models.base import new_uuid, now
from models.batch import BatchJob
from models.files import Directory, DirectoryFile, File
from models.items import BatchItem
from models.pages import BatchPage
from models.states import ItemStatus

COPIED = ["source_id", "name", "file_id", "size", "sha256", "storage_key"]
IDS_PER_QUERY = 500
"""Databases bound the number of parameters of one statement; SQLite before 3.32 at 999."""


class ItemRow(TypedDict):
    """What an item copies of its document, by column."""

    source_id: str
    name: str
    file_id: str | None
    """None of a document that lies outside of Sheaf, until it is fetched."""
    size: int
    """In bytes; 0 while it is not known, and the hash empty."""
    sha256: str
    storage_key: str


class UnknownSourceError(Exception):
    """A directory or item id that this project does not have; the message names it."""


def create_batch(
    session: orm.Session,
    job: BatchJob,
    *,
    item_ids: Sequence[str] | None = None,
    addresses: Sequence[tuple[str, str]] | None = None,
    snapshot_limit: int = 50_000,
) -> BatchJob:
    """Store `job` with its items: those of `job.directory_id`, of `item_ids`, or, with both, those items of that directory.

    Or those that lie outside of Sheaf, as (address, name); none of them means that the dispatcher has to list them.

    A directory above `snapshot_limit` items is not listed here: the job keeps a cut-off time and the dispatcher lists
    them. Raises UnknownSourceError.
    """
    if job.directory_id is not None:
        _require_directory(session, job.project_id, job.directory_id)
    session.add(job)
    session.flush()
    if addresses is not None:
        if not addresses:
            job.snapshot_cutoff_at = now()
            session.flush()
            return job
        _insert_rows(session, job, [_row_of_address(*one) for one in addresses])
    elif item_ids:
        rows = _rows_of_ids(session, job, list(dict.fromkeys(item_ids)))
        _insert_rows(session, job, rows)
    elif _directory_size(session, job) > snapshot_limit:
        job.snapshot_cutoff_at = now()
        session.flush()
        return job
    else:
        _insert_directory(session, job)
    insert_pages(session, job)
    return job


def create_retry(
    session: orm.Session,
    job: BatchJob,
    *,
    statuses: Sequence[ItemStatus],
    error_codes: Sequence[str] | None,
    source_ids: Sequence[str] | None,
) -> BatchJob:
    """Store `job` over the items that ended so in the job that it retries, in their order; of those with an id given.

    `error_codes` choose among the failed ones. It has no items, and must not be kept, when none fits.
    """
    session.add(job)
    session.flush()
    old = aliased(BatchItem)
    copied = [getattr(old, name) for name in COPIED]
    chosen = _pending(job, copied, old.position).where(old.job_id == job.retry_of, old.status.in_(statuses))
    if error_codes:
        chosen = chosen.where(sa.or_(old.status != ItemStatus.FAILED, old.error_code.in_(error_codes)))
    if source_ids:
        chosen = chosen.where(old.source_id.in_(source_ids))
    _insert(session, chosen)
    insert_pages(session, job)
    return job


def create_direct(
    session: orm.Session,
    job: BatchJob,
    files: Sequence[File],
    work_ids: Sequence[str | None],
    addresses: Sequence[tuple[str, str]] = (),
) -> BatchJob:
    """Store a direct job over plain files, or over what lies outside of Sheaf, as (address, name).

    `work_ids` are the ids under which their results will be read, one for each; None leaves it to whoever sends the item.
    Raises ValueError for another number of them.
    """
    session.add(job)
    session.flush()
    _insert_rows(session, job, [*map(_row_of_file, files), *(_row_of_address(*one) for one in addresses)])
    insert_pages(session, job)
    items = session.scalars(sa.select(BatchItem).where(BatchItem.job_id == job.id).order_by(BatchItem.position))
    for item, work_id in zip(items, work_ids, strict=True):
        item.work_id = work_id
    session.flush()
    return job


def insert_outside(session: orm.Session, job: BatchJob, addresses: Sequence[tuple[str, str]]) -> None:
    """List the items of a job that lie outside of Sheaf, as (address, name); a worker fetches each before it is processed."""
    _insert_rows(session, job, [_row_of_address(*one) for one in addresses])
    insert_pages(session, job)
    job.snapshot_cutoff_at = None


def list_directory_later(session: orm.Session, job: BatchJob) -> None:
    """List the items of a job that was too large to be listed while it was created."""
    _insert_directory(session, job)
    insert_pages(session, job)
    job.snapshot_cutoff_at = None


def insert_pages(session: orm.Session, job: BatchJob) -> None:
    """Cut the job's items into pages and note how many there are."""
    pages = (
        sa.select(sa.literal(job.id), BatchItem.page, sa.literal("pending"), sa.func.count(), *[sa.literal(0)] * 5)
        .where(BatchItem.job_id == job.id)
        .group_by(BatchItem.page)
    )
    columns = ["job_id", "number", "status", "total", "completed", "failed", "skipped", "cancelled", "sends"]
    session.execute(sa.insert(BatchPage).from_select(columns, pages))
    job.total_items = session.scalar(sa.select(sa.func.count()).where(BatchItem.job_id == job.id)) or 0
    session.flush()


def _require_directory(session: orm.Session, project_id: str, directory_id: str) -> None:
    own_id = session.scalar(
        sa.select(Directory.id).where(
            Directory.id == directory_id, Directory.project_id == project_id, Directory.deleted_at.is_(None)
        )
    )
    if own_id is None:
        message = f"Directory {directory_id} not found"
        raise UnknownSourceError(message)


def _listed(job: BatchJob) -> list[sa.ColumnElement[bool]]:
    conditions = [DirectoryFile.directory_id == job.directory_id, DirectoryFile.deleted_at.is_(None)]
    if job.snapshot_cutoff_at is not None:
        conditions.append(DirectoryFile.created_at <= job.snapshot_cutoff_at)
    return conditions


def _directory_size(session: orm.Session, job: BatchJob) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(DirectoryFile).where(*_listed(job))) or 0


def _insert_directory(session: orm.Session, job: BatchJob) -> None:
    copied = [DirectoryFile.id, DirectoryFile.display_name, File.id, File.size, File.sha256, File.storage_key]
    rows = _pending(job, copied, DirectoryFile.created_at, DirectoryFile.id)
    _insert(session, rows.join(File, File.id == DirectoryFile.file_id).where(*_listed(job)))


def _pending(job: BatchJob, copied: Sequence[Any], *order: Any) -> sa.Select[Any]:
    """The rows of items that wait in the `order` of what they are made from; `copied` is what COPIED names."""
    position = sa.func.row_number().over(order_by=order) - 1
    waits = [sa.literal(ItemStatus.PENDING.value), sa.false(), sa.literal(0)]
    return sa.select(sa.literal(job.id), position // job.page_size, position, *waits, *copied)


def _insert(session: orm.Session, rows: sa.Select[Any]) -> None:
    columns = ["job_id", "page", "position", "status", "alone", "attempts", *COPIED]  # as the table calls them
    session.execute(sa.insert(BatchItem).from_select(columns, rows))


def _rows_of_ids(session: orm.Session, job: BatchJob, ids: list[str]) -> list[ItemRow]:
    rows: dict[str, ItemRow] = {}
    for some in _chunks(ids):
        entries = (
            sa.select(DirectoryFile, File)
            .join(File, File.id == DirectoryFile.file_id)
            .where(
                DirectoryFile.id.in_(some),
                DirectoryFile.project_id == job.project_id,
                DirectoryFile.deleted_at.is_(None),
            )
        )
        if job.directory_id is not None:
            entries = entries.where(DirectoryFile.directory_id == job.directory_id)
        for entry, file in session.execute(entries):
            rows[entry.id] = {**_row_of_file(file), "source_id": entry.id, "name": entry.display_name}
        if job.directory_id is None:
            files = sa.select(File).where(
                File.id.in_(some), File.project_id == job.project_id, File.deleted_at.is_(None)
            )
            rows.update({file.id: _row_of_file(file) for file in session.scalars(files)})
    missing = [one for one in ids if one not in rows]
    if missing:
        message = f"Item {missing[0]} not found" + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
        raise UnknownSourceError(message)
    return [rows[one] for one in ids]


def _row_of_file(file: File) -> ItemRow:
    return {
        "source_id": file.id,
        "name": file.name,
        "file_id": file.id,
        "size": file.size,
        "sha256": file.sha256,
        "storage_key": file.storage_key,
    }


def _row_of_address(address: str, name: str) -> ItemRow:
    return {"source_id": new_uuid(), "name": name, "file_id": None, "size": 0, "sha256": "", "storage_key": address}


def _insert_rows(session: orm.Session, job: BatchJob, rows: list[ItemRow]) -> None:
    if not rows:
        return
    session.execute(
        sa.insert(BatchItem),
        [
            {**row, "job_id": job.id, "position": position, "page": position // job.page_size}
            for position, row in enumerate(rows)
        ],
    )


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield ids[start : start + IDS_PER_QUERY]
