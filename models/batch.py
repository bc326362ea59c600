"""Batch jobs and the legal moves between their states.

A move is a compare-and-set: an UPDATE whose WHERE names the state it leaves. Whoever loses the race changes nothing and is
told so by the rows that come back. Counts are derived from the items; nothing is ever incremented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, MadeByRequest, new_uuid, now
from models.items import BatchItem
from models.pages import BatchPage
from models.projects import Project
from models.sealed import Sealed, SealedJson
from models.states import OPEN_JOB, ItemStatus, JobStatus, JobType, Origin, PageStatus, Tally

JOB_ID, BATCH_ID = "bjb-", "bat-"
"""How the ids of batches begin in the first and in the second API."""


def new_batch_id() -> str:
    """An id such as `bjb-…`."""
    return f"{JOB_ID}{new_uuid()}"


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that wants workers."""

    job_id: str
    project_id: str
    priority: str
    """One of tasks.queues.PRIORITIES."""


class BatchJob(MadeByRequest, Base):
    """One create request: a configuration and the items it applies to."""

    __tablename__ = "batch_job"
    __table_args__ = (
        sa.Index("ix_batch_job_project_created", "project_id", "created_at", "id"),
        sa.Index(
            "ix_batch_job_open",
            "status",
            sqlite_where=sa.text("completed_at IS NULL"),
            postgresql_where=sa.text("completed_at IS NULL"),
        ),
        sa.Index(
            "ix_batch_job_unswept",
            "completed_at",
            sqlite_where=sa.text("swept_at IS NULL AND completed_at IS NOT NULL"),
            postgresql_where=sa.text("swept_at IS NULL AND completed_at IS NOT NULL"),
        ),
        sa.UniqueConstraint("project_id", "idempotency_key"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_batch_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    origin: Mapped[Origin] = mapped_column(default=Origin.BATCH)
    job_type: Mapped[JobType]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.PENDING)
    directory_id: Mapped[str | None] = mapped_column(index=True)
    configuration_id: Mapped[str | None]
    """The saved configuration or preset that it was asked for with; `config` is a copy of it."""
    config: Mapped[dict[str, Any]]
    """The validated job configuration in wire form, without its secrets."""
    secrets: Mapped[Sealed | None] = mapped_column(SealedJson)
    parameters_hash: Mapped[str] = mapped_column(sa.String(64))
    priority: Mapped[str] = mapped_column(default="medium")
    """One of tasks.queues.PRIORITIES."""
    page_size: Mapped[int] = mapped_column(default=100)
    """Items that are sent together."""
    cycle_items: Mapped[int] = mapped_column(default=100)
    """Items sent by one run of the dispatcher (`continue_as_new_threshold`)."""
    total_items: Mapped[int] = mapped_column(default=0)
    snapshot_cutoff_at: Mapped[dt.datetime | None] = mapped_column("snapshot_before")
    """Set while items are still to be listed: those of the directory created until then."""
    error_message: Mapped[str | None]
    """Why the job as a whole failed; null where it did not."""
    cancel_reason: Mapped[str | None]
    retry_of: Mapped[str | None] = mapped_column(index=True)
    """The job whose failed items this one tries again."""
    request_id: Mapped[str | None]
    """The request that made the job, for the logs of whatever is done for it."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    started_at: Mapped[dt.datetime | None]
    completed_at: Mapped[dt.datetime | None]
    swept_at: Mapped[dt.datetime | None]
    """When the store was rid of what the job left there besides its results: checkpoints, outputs of lost claims."""
    processed_items: Mapped[int | None]
    """This and the next three are written once, when the job ends."""
    failed_items: Mapped[int | None]
    skipped_items: Mapped[int | None]
    cancelled_items: Mapped[int | None]

    def open_secrets(self) -> dict[str, Any]:
        """The secrets of the configuration by their path. Raises UnreadableError."""
        return self.secrets.open() if self.secrets else {}

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status not in OPEN_JOB

    @property
    def batch_id(self) -> str:
        """Its id in the second API, such as `bat-…`, which ends as `id` does."""
        return BATCH_ID + self.id.removeprefix(JOB_ID)

    @property
    def is_of_second_api(self) -> bool:
        """Whether it was made there: only there, a batch is asked for with a saved configuration."""
        return self.origin is Origin.BATCH and self.configuration_id is not None

    @classmethod
    def batches(cls, project_id: str) -> sa.Select[Self]:
        """The project's batches that were made in the second API."""
        mine = sa.select(cls).where(cls.project_id == project_id, cls.origin == Origin.BATCH)
        return mine.where(cls.configuration_id.is_not(None))

    @classmethod
    def find_batch(cls, session: orm.Session, batch_id: str, project_id: str) -> Self | None:
        """The batch of this id of the second API, if it is this project's and was made there."""
        if not batch_id.startswith(BATCH_ID):
            return None
        job_id = JOB_ID + batch_id.removeprefix(BATCH_ID)
        return session.scalars(cls.batches(project_id).where(cls.id == job_id)).one_or_none()

    @classmethod
    def waiting(cls, session: orm.Session, job_type: JobType) -> list[WaitingJob]:
        """Open jobs of a type with items that were sent and that nobody has taken yet."""
        untaken = sa.select(BatchPage.job_id).where(BatchPage.is_sent(), BatchPage.has_untaken())
        jobs = sa.select(cls.id, cls.project_id, cls.priority)
        found = jobs.where(cls.id.in_(untaken), cls.job_type == job_type, cls.status.in_(OPEN_JOB))
        return [WaitingJob(*row) for row in session.execute(found)]

    @classmethod
    def workers(cls, session: orm.Session, job_type: JobType) -> dict[WaitingJob, int]:
        """How many workers each job of a type holds: one for each message that somebody works on."""
        held = BatchItem.holders_by_job().subquery()
        jobs = sa.select(cls.id, cls.project_id, cls.priority, held.c.holders).join(held, held.c.job_id == cls.id)
        rows = session.execute(jobs.where(cls.job_type == job_type))
        return {WaitingJob(job_id, project_id, priority): count for job_id, project_id, priority, count in rows}

    @classmethod
    def find_job(cls, session: orm.Session, job_id: str, project_id: str) -> Self | None:
        """The job, if it is this project's."""
        return session.scalars(sa.select(cls).where(cls.id == job_id, cls.project_id == project_id)).one_or_none()

    @classmethod
    def move(
        cls, session: orm.Session, job_id: str, leave: Collection[JobStatus], enter: JobStatus, **values: Any
    ) -> bool:
        """Compare-and-set the status; False when the job was in none of the states to `leave`."""
        changed = session.execute(
            sa.update(cls)
            .where(cls.id == job_id, cls.status.in_(leave))
            .values(status=enter, updated_at=now(), **values)
            .returning(cls.id)
        )
        return changed.first() is not None

    @classmethod
    def finalize(cls, session: orm.Session, job_id: str) -> bool:
        """End a job of which every item is terminal, with counts that equal a GROUP BY. True for the one caller that did it."""
        counts = BatchItem.tally(session, job_id)
        if counts.open:
            return False
        return cls.move(
            session, job_id, (JobStatus.DISPATCHED,), JobStatus.COMPLETED, completed_at=now(), **_final(counts)
        )

    @classmethod
    def cancel(cls, session: orm.Session, job_id: str, reason: str | None) -> bool:
        """Cancel a job and its open items in this transaction; their tokens rotate, so late results are refused.

        False when the job had ended.
        """
        return cls._end(session, job_id, JobStatus.CANCELLED, cancel_reason=reason)

    @classmethod
    def fail(cls, session: orm.Session, job_id: str, message: str) -> bool:
        """End a job whose orchestration cannot go on; its open items are cancelled. False when the job had ended."""
        return cls._end(session, job_id, JobStatus.FAILED, error_message=message)

    @classmethod
    def _end(cls, session: orm.Session, job_id: str, status: JobStatus, **values: Any) -> bool:
        if not cls.move(session, job_id, OPEN_JOB, status, completed_at=now(), **values):
            return False
        BatchItem.cancel(session, BatchItem.job_id == job_id)
        session.execute(sa.update(BatchPage).where(BatchPage.job_id == job_id).values(status=PageStatus.FINISHED))
        counts = BatchItem.tally(session, job_id)
        session.execute(sa.update(cls).where(cls.id == job_id).values(**_final(counts)))
        return True

    def tally(self, session: orm.Session) -> Tally:
        """Counts: the final ones of an ended job, else sums of finished pages and a GROUP BY over the live ones."""
        if self.is_terminal and self.processed_items is not None:
            return Tally(
                self.total_items,
                self.processed_items,
                self.failed_items or 0,
                self.skipped_items or 0,
                self.cancelled_items or 0,
            )
        return live_tallies(session, [self]).get(self.id, Tally(total=self.total_items))


COUNTED = (ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED, ItemStatus.CANCELLED)


def live_tallies(session: orm.Session, jobs: Sequence[BatchJob]) -> dict[str, Tally]:
    """Counts of running jobs, from finished pages' sums and a GROUP BY over the items of pages in flight; two queries in all."""
    ids = [job.id for job in jobs]
    totals = {job.id: dict.fromkeys(ItemStatus, 0) for job in jobs}
    sums = [sa.func.sum(getattr(BatchPage, status.value)) for status in COUNTED]
    finished = sa.select(BatchPage.job_id, *sums).where(BatchPage.status == PageStatus.FINISHED)
    for job_id, *counts in session.execute(finished.where(BatchPage.job_id.in_(ids)).group_by(BatchPage.job_id)):
        for status, count in zip(COUNTED, counts, strict=True):
            totals[job_id][status] += int(count)
    in_flight = (
        sa.select(BatchItem.job_id, BatchItem.status, sa.func.count())
        .join(BatchPage, sa.and_(BatchPage.job_id == BatchItem.job_id, BatchPage.number == BatchItem.page))
        .where(BatchItem.job_id.in_(ids), BatchPage.status == PageStatus.SENT)
        .group_by(BatchItem.job_id, BatchItem.status)
    )
    for job_id, status, count in session.execute(in_flight):
        totals[job_id][status] += count
    return {job.id: Tally(job.total_items, *(totals[job.id][status] for status in COUNTED)) for job in jobs}


def _final(counts: Tally) -> dict[str, int]:
    return {
        "processed_items": counts.completed,
        "failed_items": counts.failed,
        "skipped_items": counts.skipped,
        "cancelled_items": counts.cancelled,
    }
