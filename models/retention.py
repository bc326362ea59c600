"""Files and results whose time has come, and what ended jobs left in the store: bytes go first, then the rows forget them.

In this order a crash leaves a row that no caller can read any more, and that the next sweep finds again; never bytes that
nobody knows of. Several sweepers may be at it together: removing what is gone is no error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import aliased

from models.base import Session, now, read_session
from models.batch import BatchJob
from models.corrections import Correction
from models.files import Directory, File
from models.items import BatchItem
from models.results import CachedResult, DirectJob, ProcessingResult
from models.states import OPEN_ITEM, ItemStatus
from models.webhooks import WebhookDelivery
from storage import Storage

GRACE = dt.timedelta(hours=1)
"""How long an expired cache entry is kept: whoever looked it up before may still be recording its answer."""
GONE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a deleted result has expired: before the time of any clock, however wrong."""
SETTLED = dt.timedelta(minutes=10)
"""How long after its end a job is swept: work that was cancelled has stopped writing by then."""


def delete_expired(session: orm.Session, file_days: float = 0) -> None:
    """Delete the directories and files whose time has come; their bytes go with `discard_bytes`.

    Files without a time of their own are kept for `file_days`, if that is not 0.
    """
    Directory.delete(session, Directory.expires_at <= now())
    File.delete(session, File.expires_at <= now())
    if file_days:
        File.delete(session, File.expires_at.is_(None), File.created_at <= now() - dt.timedelta(days=file_days))


def discard_bytes(storage: Storage, file_ids: Collection[str] | None = None, *, limit: int = 500) -> int:
    """Remove the bytes of deleted files, of `file_ids` or of any, that no open item and no other file needs; how many.

    Opens its own transactions, none of them while the store works. Raises StorageError; what is left then, a later call
    finds again.
    """
    with read_session() as session:
        keys = {row.id: row.storage_key for row in session.execute(_discardable(file_ids).limit(limit))}
    for key in keys.values():
        storage.delete(key)
    if keys:
        with Session.begin() as session:
            session.execute(sa.update(File).where(File.id.in_(keys)).values(storage_key=""))
    return len(keys)


def _discardable(file_ids: Collection[str] | None) -> sa.Select[str, str]:
    other, sharing = aliased(File), aliased(File)
    query = sa.select(File.id, File.storage_key).where(
        File.deleted_at.is_not(None),
        File.storage_key != "",
        ~sa.exists().where(
            sharing.storage_key == File.storage_key,
            BatchItem.file_id == sharing.id,
            BatchItem.status.in_(OPEN_ITEM),
        ),
        ~sa.exists().where(other.storage_key == File.storage_key, other.id != File.id, other.deleted_at.is_(None)),
    )
    return query if file_ids is None else query.where(File.id.in_(file_ids))


def discard_results(storage: Storage, limit: int = 500) -> int:
    """Remove the bytes of expired results that no other result and no cache entry shares; how many results were forgotten.

    Raises StorageError; what is left then, a later call finds again.
    """
    expired = sa.and_(ProcessingResult.expires_at <= now(), ProcessingResult.prefix != "")
    with read_session() as session:
        rows = session.execute(
            sa.select(ProcessingResult.id, ProcessingResult.prefix).where(expired).limit(limit)
        ).all()
        shared = referenced(session, {row.prefix for row in rows})
    for prefix in {row.prefix for row in rows} - shared:
        storage.delete_all(prefix)
    with Session.begin() as session:
        session.execute(
            sa.update(ProcessingResult)
            .where(ProcessingResult.id.in_([row.id for row in rows]))
            .values(prefix="", outputs={})
        )
    return len(rows)


def forget_direct(storage: Storage, direct: DirectJob) -> None:
    """Forget a parse or classify job that has ended: nobody finds it any more, and nothing is answered with its result.

    Its item stays, without a job, and counts in its batch. The bytes go now, unless the result of another item shares
    them. Opens its own transactions, none of them while the store works. Raises StorageError; the job is forgotten then,
    and a later `discard_results` removes the bytes.
    """
    prefix, own = direct.result.prefix if direct.result else "", ProcessingResult.item_id == direct.item.id
    with Session.begin() as session:
        # Before the items: whoever skips one because of this result holds on to it until the item tells so.
        session.execute(sa.update(ProcessingResult).where(own).values(expires_at=GONE))
        session.execute(sa.update(BatchItem).where(BatchItem.work_id == direct.id).values(work_id=None))
        WebhookDelivery.drop_results(session, direct.id)
        Correction.forget(session, direct.job.project_id, direct.id)
        session.execute(
            sa.delete(CachedResult).where(
                CachedResult.project_id == direct.job.project_id, CachedResult.prefix == prefix
            )
        )
        if direct.is_alone:  # the same request makes a new job
            unnamed = {"idempotency_key": None, "request_hash": None}
            session.execute(sa.update(BatchJob).where(BatchJob.id == direct.job.id).values(**unnamed))
    with read_session() as session:
        is_shared = prefix in referenced(session, {prefix})
    if prefix and not is_shared:
        storage.delete_all(prefix)
    with Session.begin() as session:
        session.execute(sa.delete(ProcessingResult).where(own))


def discard_cache(storage: Storage, limit: int = 500) -> int:
    """Forget expired cache entries, with the bytes that no result shares; how many. Raises StorageError."""
    key = (CachedResult.project_id, CachedResult.sha256, CachedResult.parameters_hash)
    with read_session() as session:
        rows = session.execute(
            sa.select(*key, CachedResult.prefix).where(CachedResult.expires_at < now() - GRACE).limit(limit)
        ).all()
        shared = referenced(session, {row.prefix for row in rows})
    for prefix in {row.prefix for row in rows} - shared:
        storage.delete_all(prefix)
    with Session.begin() as session:
        for row in rows:
            session.execute(
                sa.delete(CachedResult).where(
                    CachedResult.project_id == row.project_id,
                    CachedResult.sha256 == row.sha256,
                    CachedResult.parameters_hash == row.parameters_hash,
                    CachedResult.prefix == row.prefix,
                )
            )
    return len(rows)


def discard_leftovers(storage: Storage, limit: int = 100) -> int:
    """Remove what ended jobs left in the store besides results: checkpoints, outputs of claims that were lost. How many jobs.

    Raises StorageError.
    """
    unswept = sa.select(BatchJob.id, BatchJob.project_id).where(
        BatchJob.swept_at.is_(None), BatchJob.completed_at < now() - SETTLED
    )
    with read_session() as session:
        jobs = session.execute(unswept.order_by(BatchJob.completed_at).limit(limit)).all()
    for job_id, project_id in jobs:
        with read_session() as session:
            is_suspect = session.scalar(sa.select(_has_lost_claims(job_id)))
        if is_suspect:
            _discard_unknown(storage, f"{project_id}/{job_id}")
        with Session.begin() as session:
            session.execute(sa.update(BatchJob).where(BatchJob.id == job_id).values(swept_at=now()))
    return len(jobs)


def _has_lost_claims(job_id: str) -> sa.ColumnElement[bool]:
    """Whether a claim of the job can have ended without its result: else there is nothing to look for in the store."""
    lost = sa.or_(
        BatchItem.isolated,
        BatchItem.attempts > 1,
        BatchItem.status.in_([ItemStatus.CANCELLED, ItemStatus.FAILED]),
    )
    return sa.exists().where(BatchItem.job_id == job_id, lost)


def _discard_unknown(storage: Storage, root: str) -> None:
    prefixes = {f"{root}/{name}" for name in storage.folders(root)}
    with read_session() as session:
        known = _recorded(session, prefixes)
    for prefix in prefixes - known:
        storage.delete_all(prefix)


def referenced(session: orm.Session, prefixes: Collection[str], *, keep: bool = False) -> set[str]:
    """Which of the prefixes hold bytes that somebody may still read; `keep` has them stay so until the transaction ends."""
    living = sa.or_(ProcessingResult.expires_at.is_(None), ProcessingResult.expires_at > now())
    results = sa.select(ProcessingResult.prefix).where(ProcessingResult.prefix.in_(prefixes), living)
    cached = sa.select(CachedResult.prefix).where(
        CachedResult.prefix.in_(prefixes), CachedResult.expires_at >= now() - GRACE
    )
    if keep:
        results, cached = results.with_for_update(read=True), cached.with_for_update(read=True)
    return _all(session, results, cached)


def _recorded(session: orm.Session, prefixes: Collection[str]) -> set[str]:
    """Which of the prefixes a row knows of, expired or not: those are removed by whoever forgets the row."""
    results = sa.select(ProcessingResult.prefix).where(ProcessingResult.prefix.in_(prefixes))
    cached = sa.select(CachedResult.prefix).where(CachedResult.prefix.in_(prefixes))
    return _all(session, results, cached)


def _all(session: orm.Session, *queries: sa.Select[str]) -> set[str]:
    prefixes: Iterable[str] = (prefix for query in queries for prefix in session.scalars(query))
    return set(prefixes)
