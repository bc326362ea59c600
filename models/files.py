"""Files, directories, and the files in directories.

Deleting is soft everywhere: rows keep their history, and what an accepted job needs stays. The bytes of a deleted file go
when no open item needs them (models.retention); its `storage_key` is empty from then on.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, MadeByRequest, new_uuid, now, unique_name
from models.projects import Project

Query = TypeVar("Query", bound=sa.Select[Any])

UNIQUE_ID_LENGTH = 500
"""Longest `unique_id` and `external_file_id` in characters: both are indexed, and PostgreSQL bounds what an index holds."""


def new_directory_id() -> str:
    """An id such as `dir-…`."""
    return f"dir-{new_uuid()}"


def new_directory_file_id() -> str:
    """An id such as `dfl-…`."""
    return f"dfl-{new_uuid()}"


class TakenError(Exception):
    """The directory already has a file with this unique_id."""


class File(MadeByRequest, Base):
    """An uploaded file. Deleting is soft; the bytes go when no open item refers to them."""

    __tablename__ = "file"
    __table_args__ = (
        sa.Index("ix_file_project_created", "project_id", "created_at", "id"),
        unique_name("file"),
        sa.Index(
            "ix_file_discardable",
            "deleted_at",
            sqlite_where=sa.text("deleted_at IS NOT NULL AND storage_key <> ''"),
            postgresql_where=sa.text("deleted_at IS NOT NULL AND storage_key <> ''"),
        ),
        sa.Index(
            "ix_file_expires_at",
            "expires_at",
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    name: Mapped[str] = mapped_column(sa.String(3000))
    external_file_id: Mapped[str | None] = mapped_column(index=True)
    file_type: Mapped[str | None]
    """The name's extension, without its dot."""
    purpose: Mapped[str | None]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """In bytes."""
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    storage_key: Mapped[str] = mapped_column(index=True)
    """Where the bytes lie; empty once they are gone."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_modified_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime | None]
    """When it is deleted by itself; set for what was uploaded into a directory that expires."""
    deleted_at: Mapped[dt.datetime | None]

    @classmethod
    def listing(
        cls,
        project_id: str,
        *,
        file_ids: Collection[str] | None = None,
        file_name: str | None = None,
        external_file_id: str | None = None,
    ) -> sa.Select[Self]:
        """The project's files that are not deleted and fit every filter given."""
        query = sa.select(cls).where(cls.project_id == project_id, cls.deleted_at.is_(None))
        if file_ids:
            query = query.where(cls.id.in_(file_ids))
        return _matching(query, {cls.name: file_name, cls.external_file_id: external_file_id})

    @classmethod
    def find_file(cls, session: orm.Session, file_id: str, project_id: str) -> Self | None:
        """The file, if it is this project's and not deleted."""
        return session.scalars(cls.listing(project_id).where(cls.id == file_id)).one_or_none()

    @classmethod
    def behind(cls, session: orm.Session, source_id: str, project_id: str) -> Self | None:
        """The file of this id, or the one in the place in a directory that has this id; None when neither is this project's."""
        entry = sa.select(DirectoryFile.file_id).where(
            DirectoryFile.id == source_id, DirectoryFile.project_id == project_id, DirectoryFile.deleted_at.is_(None)
        )
        return cls.find_file(session, session.scalar(entry) or source_id, project_id)

    def keep_until(self, moment: dt.datetime | None) -> None:
        """Let a file that expires live at least until `moment`; None is for ever."""
        if self.expires_at and (moment is None or moment > self.expires_at):
            self.expires_at = moment

    @classmethod
    def delete(cls, session: orm.Session, *conditions: sa.ColumnElement[bool]) -> Sequence[str]:
        """Delete the files that fit, and their places in directories; the ids of those that were not deleted yet."""
        condition = sa.and_(cls.deleted_at.is_(None), *conditions)
        DirectoryFile.delete(session, DirectoryFile.file_id.in_(sa.select(cls.id).where(condition)))
        return _mark_deleted(session, cls, condition)


class DirectoryType(enum.StrEnum):
    """What a directory is for."""

    USER = "user"
    INDEX = "index"
    EPHEMERAL = "ephemeral"


class Directory(MadeByRequest, Base):
    """A named set of files, the usual input of a batch."""

    __tablename__ = "directory"
    __table_args__ = (
        sa.Index("ix_directory_project_created", "project_id", "created_at", "id"),
        unique_name("directory"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_directory_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    name: Mapped[str]
    description: Mapped[str | None]
    type: Mapped[DirectoryType] = mapped_column(default=DirectoryType.USER)
    system_metadata: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    expires_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]

    @classmethod
    def listing(
        cls,
        project_id: str,
        *,
        name: str | None = None,
        types: Collection[DirectoryType] = (),
        include_deleted: bool = False,
    ) -> sa.Select[Self]:
        """The project's directories that fit every filter given."""
        query = sa.select(cls).where(cls.project_id == project_id)
        if not include_deleted:
            query = query.where(cls.deleted_at.is_(None))
        if types:
            query = query.where(cls.type.in_(types))
        return _matching(query, {cls.name: name})

    @classmethod
    def find_directory(cls, session: orm.Session, directory_id: str, project_id: str) -> Self | None:
        """The directory, if it is this project's and not deleted."""
        return session.scalars(cls.listing(project_id).where(cls.id == directory_id)).one_or_none()

    @classmethod
    def delete(cls, session: orm.Session, *conditions: sa.ColumnElement[bool]) -> Sequence[str]:
        """Delete the directories that fit, and the entries in them; the ids of those that were not deleted yet.

        The files themselves stay: they may lie in other directories.
        """
        condition = sa.and_(cls.deleted_at.is_(None), *conditions)
        DirectoryFile.delete(session, DirectoryFile.directory_id.in_(sa.select(cls.id).where(condition)))
        return _mark_deleted(session, cls, condition)


class DirectoryFile(MadeByRequest, Base):
    """A file's place in a directory: the item that a batch processes."""

    __tablename__ = "directory_file"
    __table_args__ = (
        sa.Index("ix_directory_file_listing", "directory_id", "created_at", "id"),
        unique_name("directory_file"),
        sa.Index(
            "uq_directory_file_unique_id",
            "directory_id",
            "unique_id",
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_directory_file_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id), index=True)
    directory_id: Mapped[str] = mapped_column(sa.ForeignKey(Directory.id))
    file_id: Mapped[str] = mapped_column(sa.ForeignKey(File.id), index=True)
    unique_id: Mapped[str]
    """The caller's own name for it, once in each directory."""
    display_name: Mapped[str]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[dt.datetime | None]

    @classmethod
    def listing(
        cls,
        directory_id: str,
        *,
        include_deleted: bool = False,
        display_name_contains: str | None = None,
        updated_from: dt.datetime | None = None,
        updated_until: dt.datetime | None = None,
        **exact: str | None,
    ) -> sa.Select[Self]:
        """The directory's entries that fit every filter given; `exact` names columns: display_name, unique_id, file_id."""
        query = sa.select(cls).where(cls.directory_id == directory_id)
        if not include_deleted:
            query = query.where(cls.deleted_at.is_(None))
        if display_name_contains:
            query = query.where(cls.display_name.icontains(display_name_contains, autoescape=True))
        if updated_from:
            query = query.where(cls.updated_at >= updated_from)
        if updated_until:
            query = query.where(cls.updated_at <= updated_until)
        return _matching(query, {getattr(cls, name): value for name, value in exact.items()})

    @classmethod
    def find_entry(cls, session: orm.Session, entry_id: str, directory_id: str) -> Self | None:
        """The entry, if it is in this directory and not deleted."""
        return session.scalars(cls.listing(directory_id).where(cls.id == entry_id)).one_or_none()

    @classmethod
    def contents(cls, session: orm.Session, entries: Sequence[DirectoryFile]) -> list[tuple[str, str]]:
        """Storage key and name of each entry's file, in the same order; the key is empty when the bytes are gone."""
        columns = sa.select(File.id, File.storage_key, File.name)
        rows = session.execute(columns.where(File.id.in_({entry.file_id for entry in entries})))
        known = {file_id: (key, name) for file_id, key, name in rows}
        return [known[entry.file_id] for entry in entries]

    def change(self, session: orm.Session, *, target: Directory | None = None, **values: Any) -> None:
        """Set the `values` given (unique_id, display_name, metadata_) and move the entry to `target`.

        Raises TakenError when the directory it is in then has its unique_id already.
        """
        if target is not None:
            session.get_one(File, self.file_id).keep_until(target.expires_at)
            self.directory_id = target.id
        for name, value in values.items():
            setattr(self, name, value)
        unique_id = self.unique_id
        try:
            session.flush()
        except sa.exc.IntegrityError as error:
            raise TakenError(unique_id) from error

    @classmethod
    def delete(cls, session: orm.Session, *conditions: sa.ColumnElement[bool]) -> Sequence[str]:
        """Delete the entries that fit; the ids of those that were not deleted yet. Their files stay."""
        return _mark_deleted(session, cls, sa.and_(cls.deleted_at.is_(None), *conditions))


def _mark_deleted(session: orm.Session, kind: type[Any], condition: sa.ColumnElement[bool]) -> Sequence[str]:
    unnamed = {"idempotency_key": None, "request_hash": None}  # the same request makes a new one
    marked = sa.update(kind).where(condition).values(deleted_at=now(), **unnamed).returning(kind.id)
    return session.scalars(marked, execution_options={"synchronize_session": False}).all()


def _matching(query: Query, values: Mapping[Any, str | None]) -> Query:
    """Narrow `query` to the rows whose columns equal what is wanted of them; None is no wish."""
    for column, value in values.items():
        if value is not None:
            query = query.where(column == value)
    return query
