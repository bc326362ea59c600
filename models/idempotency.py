"""A create request that comes twice makes one thing.

The official SDKs send a create again after a time-out without saying that it is the same one, except for a header that
counts the attempts. Other clients may name their request with an `Idempotency-Key`.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from models.base import now
from models.batch import BatchJob
from models.files import Directory, DirectoryFile, File
from models.webhook_configs import WebhookConfig

WINDOW = dt.timedelta(minutes=10)
"""How far back an unnamed request is recognised: longer than an SDK keeps trying."""


Made = TypeVar("Made", BatchJob, WebhookConfig, File, Directory, DirectoryFile)
"""What a create request makes, and remembers it."""
KINDS: tuple[type[BatchJob | WebhookConfig | File | Directory | DirectoryFile], ...] = (
    *(BatchJob, WebhookConfig),
    *(File, Directory, DirectoryFile),
)
"""A name stands for one request of a project, whatever that makes."""


class DifferentRequestError(Exception):
    """The name of this request was used for another one before."""


def earlier(
    session: orm.Session,
    kind: type[Made],
    project_id: str,
    request_hash: str,
    *,
    idempotency_key: str | None,
    is_retry: bool,
) -> Made | None:
    """What the same request made before, which is of this kind. Raises DifferentRequestError.

    Until this transaction ends, the same request waits here on other connections, so that two of them at once make one
    thing. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        name = f"{project_id}/{idempotency_key or request_hash}"
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))
    mine = sa.select(kind).where(kind.project_id == project_id, kind.request_hash == request_hash)
    if idempotency_key is not None:
        for one in KINDS:
            named = sa.and_(one.project_id == project_id, one.idempotency_key == idempotency_key)
            if session.scalar(sa.select(one.request_hash).where(named)) not in (None, request_hash):
                raise DifferentRequestError
        return session.scalars(mine.where(kind.idempotency_key == idempotency_key)).one_or_none()
    if not is_retry:
        return None
    recent = mine.where(kind.created_at > now() - WINDOW)
    return session.scalars(recent.order_by(kind.created_at.desc()).limit(1)).one_or_none()
