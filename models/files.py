"""Files, directories, and the files in directories."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now
from models.projects import Project


def new_directory_id() -> str:
    """An id such as `dir-…`."""
    return f"dir-{new_uuid()}"


def new_directory_file_id() -> str:
    """An id such as `dfl-…`."""
    return f"dfl-{new_uuid()}"


class File(Base):
    """An uploaded file. Deleting is soft; the bytes go when no open item refers to them (design: Identity)."""

    __tablename__ = "file"
    __table_args__ = (sa.Index("ix_file_project_created", "project_id", "created_at", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    name: Mapped[str] = mapped_column(sa.String(3000))
    external_file_id: Mapped[str | None] = mapped_column(index=True)
    file_type: Mapped[str | None]
    """The name's extension, without its dot."""
    purpose: Mapped[str | None]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    storage_key: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_modified_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]


class DirectoryType(enum.StrEnum):
    """What a directory is for."""

    USER = "user"
    INDEX = "index"
    EPHEMERAL = "ephemeral"


class Directory(Base):
    """A named set of files, the usual input of a batch."""

    __tablename__ = "directory"
    __table_args__ = (sa.Index("ix_directory_project_created", "project_id", "created_at", "id"),)
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


class DirectoryFile(Base):
    """A file's place in a directory: the item that a batch processes."""

    __tablename__ = "directory_file"
    __table_args__ = (sa.Index("ix_directory_file_listing", "directory_id", "created_at", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_directory_file_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id), index=True)
    directory_id: Mapped[str] = mapped_column(sa.ForeignKey(Directory.id))
    file_id: Mapped[str] = mapped_column(sa.ForeignKey(File.id), index=True)
    unique_id: Mapped[str]
    display_name: Mapped[str]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[dt.datetime | None]
