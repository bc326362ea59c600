"""What came out: one result for each item that was processed, and the cache of results by content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.base import JSON_COLUMN, Base, new_uuid, now, utc_now
from models.batch import BatchJob
from models.files import File
from models.items import BatchItem
from models.projects import Project
from models.shapes import RequestExtras, ResultDetails
from models.states import ItemStatus, JobType, Origin, SkipReason


class ProcessingResult(Base):
    """The result of an item. One for each item, whatever is delivered twice: the database refuses a second."""

    __tablename__ = "processing_result"
    __table_args__ = (
        sa.Index("ix_processing_result_source", "source_id", "parameters_hash"),
        sa.Index(
            "ix_processing_result_expires_at",
            "expires_at",
            sqlite_where=sa.text("expires_at IS NOT NULL AND prefix <> ''"),
            postgresql_where=sa.text("expires_at IS NOT NULL AND prefix <> ''"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey(BatchItem.id), unique=True)
    job_id: Mapped[str] = mapped_column(sa.ForeignKey(BatchJob.id), index=True)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    source_id: Mapped[str]
    job_type: Mapped[JobType]
    parameters_hash: Mapped[str] = mapped_column(sa.String(64))
    work_id: Mapped[str] = mapped_column(index=True)
    prefix: Mapped[str] = mapped_column(index=True)
    """Storage key below which the outputs lie; results answered from the cache share it. Empty once the bytes are gone."""
    outputs: Mapped[dict[str, int]] = mapped_column(JSON_COLUMN)
    """Output name to size in bytes."""
    details: Mapped[ResultDetails] = mapped_column(JSON_COLUMN)
    partial: Mapped[bool] = mapped_column(default=False)
    """Some pages failed, but not too many."""
    degraded: Mapped[bool] = mapped_column(default=False)
    """The environment made it worse than it could be: never reused."""
    engine_version: Mapped[str] = mapped_column(default="")
    """What made it (engines.version.profile_version); empty in results of a time when it was not noted."""
    processed_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime | None]

    @property
    def is_expired(self) -> bool:
        """Whether its time is over, so that nobody may read it any more."""
        return self.expires_at is not None and self.expires_at <= now()

    @classmethod
    def skip_processed(
        cls, session: orm.Session, items: sa.ColumnElement[bool], parameters_hash: str, engine_version: str
    ) -> None:
        """Skip the waiting items among these that were processed before: with this configuration and engine, and as well as can be.

        They carry the id of the parse or classify job whose result that is; it has to exist still. Whoever deletes it meanwhile
        (models.retention.forget_direct) waits until this transaction ends, and finds them.
        """
        waiting = sa.and_(items, BatchItem.status == ItemStatus.PENDING)

        def usable() -> sa.ColumnElement[bool]:
            same = sa.and_(cls.parameters_hash == parameters_hash, cls.engine_version == engine_version)
            living = sa.or_(cls.expires_at.is_(None), cls.expires_at > now())
            return sa.and_(same, cls.degraded.is_(False), cls.partial.is_(False), living)

        sources = sa.select(BatchItem.source_id).where(waiting)
        candidates = sa.select(cls.id).where(cls.source_id.in_(sources), usable())
        session.execute(candidates.with_for_update(read=True))
        earlier = (
            sa.select(cls.work_id)
            .where(cls.source_id == BatchItem.source_id, usable())
            .order_by(cls.processed_at.desc())
            .limit(1)
            .correlate(BatchItem)
            .scalar_subquery()
        )
        session.execute(
            sa.update(BatchItem)
            .where(waiting, earlier.is_not(None))
            .values(
                status=ItemStatus.SKIPPED,
                skip_reason=SkipReason.ALREADY_PROCESSED,
                work_id=earlier,
                completed_at=utc_now(),
            )
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def of_file(cls, session: orm.Session, file: File, job_type: JobType, limit: int) -> Sequence[Self]:
        """The newest results of a file, over all its jobs and places in directories, that may still be read."""
        living = sa.and_(cls.prefix != "", sa.or_(cls.expires_at.is_(None), cls.expires_at > now()))
        results = (
            sa.select(cls)
            .join(BatchItem, BatchItem.id == cls.item_id)
            .where(BatchItem.file_id == file.id, cls.project_id == file.project_id, cls.job_type == job_type, living)
            .order_by(cls.processed_at.desc(), cls.id)
            .limit(limit)
        )
        return session.scalars(results).all()

    @classmethod
    def behind(cls, session: orm.Session, work_id: str) -> tuple[ProcessingResult | None, BatchItem | None]:
        """The result and the item of a parse or classify job; None for what there is not, or not yet."""
        item = session.scalars(
            sa.select(BatchItem).where(BatchItem.work_id == work_id, _has_its_own_job()).limit(1)
        ).one_or_none()
        result = session.scalars(sa.select(cls).where(cls.item_id == item.id)).one_or_none() if item else None
        return result, item


class CachedResult(Base):
    """A result remembered by content and configuration, within one project."""

    __tablename__ = "cached_result"
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    parameters_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    prefix: Mapped[str]
    outputs: Mapped[dict[str, int]] = mapped_column(JSON_COLUMN)
    details: Mapped[ResultDetails] = mapped_column(JSON_COLUMN)
    engine_version: Mapped[str] = mapped_column(default="")
    """As `ProcessingResult.engine_version`."""
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)

    @classmethod
    def lookup(
        cls, session: orm.Session, project_id: str, hashes: Collection[str], parameters_hash: str, engine_version: str
    ) -> dict[str, CachedResult]:
        """Content hash → what is remembered of it and has not expired; contents of which nothing is are left out."""
        rows = session.scalars(
            sa.select(cls).where(
                cls.project_id == project_id,
                cls.sha256.in_(hashes),
                cls.parameters_hash == parameters_hash,
                cls.engine_version == engine_version,
                cls.expires_at > now(),
            )
        )
        return {one.sha256: one for one in rows}

    @classmethod
    def forget(cls, session: orm.Session, project_id: str, hashes: Collection[str], parameters_hash: str) -> None:
        """Remember nothing of this content under this configuration any more."""
        condition = sa.and_(cls.sha256.in_(hashes), cls.parameters_hash == parameters_hash)
        session.execute(sa.delete(cls).where(cls.project_id == project_id, condition))

    @classmethod
    def remember(
        cls, session: orm.Session, results: Collection[tuple[str, ProcessingResult]], expires_at: dt.datetime
    ) -> None:
        """Remember results under the hash of the content they came from, replacing what was remembered before."""
        rows = [
            {
                "project_id": result.project_id,
                "sha256": sha256,
                "parameters_hash": result.parameters_hash,
                "prefix": result.prefix,
                "outputs": result.outputs,
                "details": result.details,
                "engine_version": result.engine_version,
                "expires_at": expires_at,
            }
            for sha256, result in dict(results).items()
        ]
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = insert(cls)
        replaced = {
            name: statement.excluded[name] for name in ("prefix", "outputs", "details", "engine_version", "expires_at")
        }
        key = ["project_id", "sha256", "parameters_hash"]
        # One statement for many rows would be compiled anew for each number of rows.
        session.connection().execute(statement.on_conflict_do_update(index_elements=key, set_=replaced), rows)


@dataclass(frozen=True, slots=True)
class DirectJob:
    """The parse or classify job behind one item, known by the item's `work_id`.

    An item that was skipped as already processed carries the id of the earlier job, which is the one meant.
    """

    item: BatchItem
    job: BatchJob
    result: ProcessingResult | None

    @property
    def id(self) -> str:
        """The id under which its result is read."""
        return self.item.work_id or ""

    @property
    def created_at(self) -> dt.datetime:
        """When it was asked for."""
        return self.job.created_at

    @property
    def updated_at(self) -> dt.datetime:
        """When it last changed."""
        return self.item.completed_at or self.item.started_at or self.job.created_at

    @property
    def request(self) -> RequestExtras:
        """What its request said besides the configuration; empty for an item of a batch."""
        extras: RequestExtras | None = self.job.config.get("request")
        return extras or {}

    @property
    def is_alone(self) -> bool:
        """Whether it was asked for by itself, so that its batch, which no list shows, has no other item."""
        return self.job.origin is Origin.DIRECT and self.job.total_items == 1

    @staticmethod
    def items(project_id: str, job_type: JobType) -> sa.Select[BatchItem]:
        """A query of the items with such a job; their `BatchJob` is joined, so that conditions may name it."""
        return (
            sa.select(BatchItem)
            .join(BatchJob, BatchJob.id == BatchItem.job_id)
            .where(BatchJob.project_id == project_id, BatchJob.job_type == job_type, BatchItem.work_id.is_not(None))
            .where(_has_its_own_job())
        )

    @classmethod
    def find_direct(cls, session: orm.Session, project_id: str, job_type: JobType, work_id: str) -> Self | None:
        """The job of this id, if it is this project's and of this type."""
        items = session.scalars(cls.items(project_id, job_type).where(BatchItem.work_id == work_id).limit(1)).all()
        return next(iter(cls.of(session, items)), None)

    @classmethod
    def of(cls, session: orm.Session, items: Sequence[BatchItem]) -> list[Self]:
        """The jobs behind these items, in their order; two queries in all."""
        jobs = session.scalars(sa.select(BatchJob).where(BatchJob.id.in_({item.job_id for item in items})))
        by_id = {job.id: job for job in jobs}
        ids = [item.id for item in items]
        results = session.scalars(sa.select(ProcessingResult).where(ProcessingResult.item_id.in_(ids)))
        by_item = {result.item_id: result for result in results}
        return [cls(item, by_id[item.job_id], by_item.get(item.id)) for item in items]

    def cancel(self, session: orm.Session) -> bool:
        """Cancel this item alone, or its whole job when that is direct and has no other; False when it had ended.

        The page of a cancelled item is finished by the reconciler, as for any item that ends outside of a message.
        """
        if self.is_alone:
            return BatchJob.cancel(session, self.job.id, None)
        return bool(BatchItem.cancel(session, BatchItem.id == self.item.id))


def _has_its_own_job() -> sa.ColumnElement[bool]:
    """Whether the parse or classify job of an item is not the earlier one of another."""
    return sa.or_(BatchItem.skip_reason.is_(None), BatchItem.skip_reason != SkipReason.ALREADY_PROCESSED)
