"""Files whose time has come, and bytes that nobody needs any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import aliased

from models.base import Session, now, read_session
from models.files import Directory, File
from models.items import BatchItem
from models.states import OPEN_ITEM
from storage import Storage


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
        found = {row.id: row.storage_key for row in session.execute(_discardable(file_ids).limit(limit))}
    for key in found.values():
        storage.delete(key)
    if found:
        with Session.begin() as session:
            session.execute(sa.update(File).where(File.id.in_(found)).values(storage_key=""))
    return len(found)


def _discardable(file_ids: Collection[str] | None) -> sa.Select[str, str]:
    other = aliased(File)
    query = sa.select(File.id, File.storage_key).where(
        File.deleted_at.is_not(None),
        File.storage_key != "",
        ~sa.exists().where(BatchItem.file_id == File.id, BatchItem.status.in_(OPEN_ITEM)),
        ~sa.exists().where(other.storage_key == File.storage_key, other.id != File.id, other.deleted_at.is_(None)),
    )
    return query if file_ids is None else query.where(File.id.in_(file_ids))
