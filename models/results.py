"""What came out: one result for each item that was processed, and the cache of results by content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, new_uuid, now
from models.batch import BatchItem, BatchJob, JobType
from models.projects import Project


class ProcessingResult(Base):
    """The result of an item. One for each item, whatever is delivered twice: the database refuses a second."""

    __tablename__ = "processing_result"
    __table_args__ = (sa.Index("ix_processing_result_source", "source_id", "parameters_hash"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey(BatchItem.id), unique=True)
    job_id: Mapped[str] = mapped_column(sa.ForeignKey(BatchJob.id), index=True)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    source_id: Mapped[str]
    job_type: Mapped[JobType]
    parameters_hash: Mapped[str] = mapped_column(sa.String(64))
    work_id: Mapped[str] = mapped_column(index=True)
    prefix: Mapped[str] = mapped_column(index=True)
    """Storage key below which the outputs lie; results answered from the cache share it."""
    outputs: Mapped[dict[str, Any]]
    """Output name to size in bytes."""
    details: Mapped[dict[str, Any]]
    """`output_metadata`: pages, warnings, failed pages, cache hit, and for a classification its outcome."""
    partial: Mapped[bool] = mapped_column(default=False)
    """Some pages failed, but not too many."""
    degraded: Mapped[bool] = mapped_column(default=False)
    """The environment made it worse than it could be: never reused."""
    processed_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime | None]

    @classmethod
    def earlier(cls, session: Session, source_ids: Collection[str], parameters_hash: str) -> dict[str, str]:
        """Source id → work id of a complete earlier result with the same configuration that still exists."""
        found = session.execute(
            sa.select(cls.source_id, cls.work_id)
            .where(cls.source_id.in_(source_ids), cls.parameters_hash == parameters_hash)
            .where(cls.degraded.is_(False), cls.partial.is_(False))
            .where(sa.or_(cls.expires_at.is_(None), cls.expires_at > now()))
            .order_by(cls.processed_at)
        )
        return {source_id: work_id for source_id, work_id in found}


class CachedResult(Base):
    """A result remembered by content and configuration, within one project."""

    __tablename__ = "cached_result"
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    parameters_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    prefix: Mapped[str]
    outputs: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)

    @classmethod
    def lookup(
        cls, session: Session, project_id: str, hashes: Collection[str], parameters_hash: str
    ) -> dict[str, CachedResult]:
        """Content hash → what is remembered of it."""
        found = session.scalars(
            sa.select(cls).where(
                cls.project_id == project_id,
                cls.sha256.in_(hashes),
                cls.parameters_hash == parameters_hash,
                cls.expires_at > now(),
            )
        )
        return {one.sha256: one for one in found}
