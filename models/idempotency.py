"""A create request that comes twice makes one job.

The official SDKs send a create again after a time-out without saying that it is the same one, except for a header that
counts the attempts. Other clients may name their request with an `Idempotency-Key`.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm

from models.base import now
from models.batch import BatchJob

WINDOW = dt.timedelta(minutes=10)
"""How far back an unnamed request is recognised: longer than an SDK keeps trying."""


class DifferentRequestError(Exception):
    """The name of this request was used for another one before."""


def earlier(
    session: orm.Session, project_id: str, request_hash: str, *, idempotency_key: str | None, is_retry: bool
) -> BatchJob | None:
    """The job that the same request made before. Raises DifferentRequestError.

    Until this transaction ends, the same request waits here on other connections, so that two of them at once make one
    job. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        name = f"{project_id}/{idempotency_key or request_hash}"
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
    mine = sa.select(BatchJob).where(BatchJob.project_id == project_id)
    if idempotency_key is not None:
        named = session.scalars(mine.where(BatchJob.idempotency_key == idempotency_key)).one_or_none()
        if named is not None and named.request_hash != request_hash:
            raise DifferentRequestError
        return named
    if not is_retry:
        return None
    recent = mine.where(BatchJob.request_hash == request_hash, BatchJob.created_at > now() - WINDOW)
    return session.scalars(recent.order_by(BatchJob.created_at.desc()).limit(1)).one_or_none()
