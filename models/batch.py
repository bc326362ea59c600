"""Batch jobs, their pages and their items, and the legal moves between their states.

A move is a compare-and-set: an UPDATE whose WHERE names the state it leaves. Whoever loses the race changes nothing and is
told so by the rows that come back. Counts are derived from the items; nothing is ever incremented.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, new_uuid, now, sql_uuid, utc_now
from models.projects import Project
from models.secrets import EncryptedJson


class JobType(enum.StrEnum):
    """What a job does to each item."""

    PARSE = "parse"
    EXTRACT = "extract"
    CLASSIFY = "classify"


class JobStatus(enum.StrEnum):
    """States of a job: accepted, pages being sent, last page sent, and the three ends."""

    PENDING = "pending"
    RUNNING = "running"
    DISPATCHED = "dispatched"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(enum.StrEnum):
    """States of an item."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class PageStatus(enum.StrEnum):
    """States of a page of items: not sent yet, sent to the workers, and none of its items open."""

    PENDING = "pending"
    SENT = "sent"
    FINISHED = "finished"


class Origin(enum.StrEnum):
    """Who asked: a batch, or a single parse or classify job, which is a hidden batch."""

    BATCH = "batch"
    DIRECT = "direct"


class SkipReason(enum.StrEnum):
    """Why an item was not processed."""

    ALREADY_PROCESSED = "already_processed"
    SIZE_LIMIT_EXCEEDED = "size_limit_exceeded"


OPEN_JOB = (JobStatus.PENDING, JobStatus.RUNNING, JobStatus.DISPATCHED)
OPEN_ITEM = (ItemStatus.PENDING, ItemStatus.PROCESSING)


def new_batch_id() -> str:
    """An id such as `bjb-…`."""
    return f"bjb-{new_uuid()}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a job are in which state."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0

    @property
    def finished(self) -> int:
        """Items in a terminal state."""
        return self.completed + self.failed + self.skipped + self.cancelled

    @property
    def open(self) -> int:
        """Items still to be processed."""
        return self.total - self.finished

    def progress(self) -> float:
        """Percentage of terminal items; an empty job is complete."""
        return round(100 * self.finished / self.total, 2) if self.total else 100.0


class BatchJob(Base):
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
        sa.UniqueConstraint("project_id", "idempotency_key"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_batch_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    origin: Mapped[Origin] = mapped_column(default=Origin.BATCH)
    job_type: Mapped[JobType]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.PENDING)
    directory_id: Mapped[str | None] = mapped_column(index=True)
    config: Mapped[dict[str, Any]]
    """The validated job configuration in wire form, without its secrets."""
    secrets: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson)
    parameters_hash: Mapped[str] = mapped_column(sa.String(64))
    priority: Mapped[str] = mapped_column(default="medium")
    page_size: Mapped[int] = mapped_column(default=100)
    cycle_items: Mapped[int] = mapped_column(default=100)
    """Items sent by one run of the dispatcher (`continue_as_new_threshold`)."""
    total_items: Mapped[int] = mapped_column(default=0)
    snapshot_before: Mapped[dt.datetime | None]
    """Set while items are still to be listed: those of the directory created until then."""
    error_message: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    started_at: Mapped[dt.datetime | None]
    completed_at: Mapped[dt.datetime | None]
    processed_items: Mapped[int | None]
    """This and the next three are written once, when the job ends."""
    failed_items: Mapped[int | None]
    skipped_items: Mapped[int | None]
    cancelled_items: Mapped[int | None]

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.status not in OPEN_JOB

    @classmethod
    def find(cls, session: Session, job_id: str, project_id: str) -> Self | None:
        """The job, if it is this project's."""
        return session.scalars(sa.select(cls).where(cls.id == job_id, cls.project_id == project_id)).one_or_none()

    @classmethod
    def move(cls, session: Session, job_id: str, leave: Collection[JobStatus], enter: JobStatus, **values: Any) -> bool:
        """Compare-and-set the status; False when the job was in none of the states to `leave`."""
        changed = session.execute(
            sa.update(cls)
            .where(cls.id == job_id, cls.status.in_(leave))
            .values(status=enter, updated_at=now(), **values)
            .returning(cls.id)
        )
        return changed.first() is not None

    @classmethod
    def finalize(cls, session: Session, job_id: str) -> bool:
        """End a job of which every item is terminal, with counts that equal a GROUP BY. True for the one caller that did it."""
        counts = BatchItem.tally(session, job_id)
        if counts.open:
            return False
        return cls.move(
            session, job_id, (JobStatus.DISPATCHED,), JobStatus.COMPLETED, completed_at=now(), **_final(counts)
        )

    @classmethod
    def cancel(cls, session: Session, job_id: str, reason: str | None) -> Sequence[BatchItem] | None:
        """Cancel a job and its open items in this transaction; their tokens rotate, so late results are refused.

        Returns the items among them that had a parse or classify job already, None when the job had ended.
        """
        if not cls.move(session, job_id, OPEN_JOB, JobStatus.CANCELLED, completed_at=now(), cancel_reason=reason):
            return None
        session.execute(BatchItem.cancelling(BatchItem.job_id == job_id, BatchItem.work_id.is_(None)))
        begun = BatchItem.cancel(session, BatchItem.job_id == job_id)
        session.execute(sa.update(BatchPage).where(BatchPage.job_id == job_id).values(status=PageStatus.FINISHED))
        counts = BatchItem.tally(session, job_id)
        session.execute(sa.update(cls).where(cls.id == job_id).values(**_final(counts)))
        return begun

    @classmethod
    def fail(cls, session: Session, job_id: str, message: str) -> bool:
        """End a job whose orchestration cannot go on; its open items are cancelled."""
        if cls.cancel(session, job_id, message) is None:
            return False
        session.execute(sa.update(cls).where(cls.id == job_id).values(status=JobStatus.FAILED, error_message=message))
        return True

    def tally(self, session: Session) -> Tally:
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


class BatchPage(Base):
    """`page_size` items of a job that are sent together, as one chord. Final counts are kept when it finishes."""

    __tablename__ = "batch_page"
    __table_args__ = (
        sa.Index(
            "ix_batch_page_sent",
            "status",
            sqlite_where=sa.text("status = 'sent'"),
            postgresql_where=sa.text("status = 'sent'"),
        ),
    )
    job_id: Mapped[str] = mapped_column(sa.ForeignKey(BatchJob.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[PageStatus] = mapped_column(default=PageStatus.PENDING)
    total: Mapped[int]
    completed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]
    """When it was sent first: `job_timeout_in_seconds` counts from here."""
    last_sent_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]

    @classmethod
    def take(cls, session: Session, job_id: str, window: int, limit: int) -> Sequence[int]:
        """Mark the next pages as sent and return their numbers: at most `limit`, at most `window` in flight."""
        flying = (
            session.scalar(sa.select(sa.func.count()).where(cls.job_id == job_id, cls.status == PageStatus.SENT)) or 0
        )
        room = min(limit, window - flying)
        if room <= 0:
            return []
        next_pages = (
            sa.select(cls.number)
            .where(cls.job_id == job_id, cls.status == PageStatus.PENDING)
            .order_by(cls.number)
            .limit(room)
        )
        taken = session.scalars(
            sa.update(cls)
            .where(cls.job_id == job_id, cls.number.in_(next_pages), cls.status == PageStatus.PENDING)
            .values(status=PageStatus.SENT, sent_at=utc_now(), last_sent_at=utc_now(), sends=cls.sends + 1)
            .returning(cls.number)
        )
        return sorted(taken)

    @classmethod
    def is_any(cls, session: Session, job_id: str, *statuses: PageStatus) -> bool:
        """Whether a job has a page in one of these states."""
        query = sa.select(sa.exists().where(cls.job_id == job_id, cls.status.in_(statuses)))
        return bool(session.scalar(query))

    @classmethod
    def in_flight(cls, job_id: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
        """The pages of a job that are with the workers."""
        return sa.and_(cls.job_id == job_id, cls.status == PageStatus.SENT)

    @classmethod
    def unfinished(cls, job_id: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
        """The pages of a job that are not finished."""
        return sa.and_(cls.job_id == job_id, cls.status != PageStatus.FINISHED)

    @classmethod
    def complete(cls, session: Session, limit: int = 200) -> list[tuple[str, int]]:
        """Sent pages, as (job id, number), of which no item is open."""
        is_open = sa.exists().where(
            BatchItem.job_id == cls.job_id, BatchItem.page == cls.number, BatchItem.status.in_(OPEN_ITEM)
        )
        query = sa.select(cls.job_id, cls.number).where(cls.status == PageStatus.SENT, ~is_open)
        return [(row[0], row[1]) for row in session.execute(query.limit(limit))]

    @classmethod
    def take_stalled(cls, session: Session, seconds: float, limit: int = 50) -> list[tuple[str, int]]:
        """Mark sent pages with untaken items as sent once more, the n-th time after n times `seconds`; (job id, number) each."""
        untaken = sa.exists().where(
            BatchItem.job_id == cls.job_id,
            BatchItem.page == cls.number,
            BatchItem.status == ItemStatus.PENDING,
            BatchItem.not_before.is_(None),
        )
        waits = [sa.and_(cls.sends == n, cls.last_sent_at < utc_now(-seconds * 2 ** (n - 1))) for n in range(1, 8)]
        longest = sa.and_(cls.sends > 7, cls.last_sent_at < utc_now(-seconds * 128))
        stalled = sa.select(cls.job_id, cls.number).where(
            cls.status == PageStatus.SENT, sa.or_(*waits, longest), untaken
        )
        taken = session.execute(
            sa.update(cls)
            .where(sa.tuple_(cls.job_id, cls.number).in_(stalled.limit(limit)))
            .values(sends=cls.sends + 1, last_sent_at=utc_now())
            .returning(cls.job_id, cls.number)
        )
        return [(row[0], row[1]) for row in taken]

    @classmethod
    def finish(cls, session: Session, job_id: str, number: int) -> bool:
        """Roll up a page with no open item. True for the one caller that did it, False when early, late or cancelled."""
        counts = BatchItem.tally(session, job_id, number)
        if counts.open or not counts.total:
            return False
        changed = session.execute(
            sa.update(cls)
            .where(cls.job_id == job_id, cls.number == number, cls.status == PageStatus.SENT)
            .values(
                status=PageStatus.FINISHED,
                finished_at=utc_now(),
                completed=counts.completed,
                failed=counts.failed,
                skipped=counts.skipped,
            )
            .returning(cls.number)
        )
        return changed.first() is not None


class BatchItem(Base):
    """One document of one job. It copies what it needs of the file, so that deleting the file changes no accepted job."""

    __tablename__ = "batch_item"
    __table_args__ = (
        sa.UniqueConstraint("job_id", "position"),
        sa.Index("ix_batch_item_page", "job_id", "page", "status"),
        sa.Index(
            "ix_batch_item_lease",
            "lease_until",
            sqlite_where=sa.text("lease_until IS NOT NULL"),
            postgresql_where=sa.text("lease_until IS NOT NULL"),
        ),
        sa.Index(
            "ix_batch_item_postponed",
            "not_before",
            sqlite_where=sa.text("not_before IS NOT NULL"),
            postgresql_where=sa.text("not_before IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    job_id: Mapped[str] = mapped_column(sa.ForeignKey(BatchJob.id))
    page: Mapped[int]
    position: Mapped[int]
    source_id: Mapped[str] = mapped_column(index=True)
    """The directory-file id or file id: `item_id` on the wire."""
    name: Mapped[str]
    file_id: Mapped[str | None] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    storage_key: Mapped[str]
    status: Mapped[ItemStatus] = mapped_column(default=ItemStatus.PENDING)
    alone: Mapped[bool] = mapped_column(default=False)
    """True once a message with this item died: it goes again singly, in a child process of its own."""
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]
    """Fences results: only the holder of the current token may finish the item."""
    message_id: Mapped[str | None]
    """The message that holds the item."""
    lease_until: Mapped[dt.datetime | None]
    not_before: Mapped[dt.datetime | None]
    """An outage put the item back; it is sent again after this time."""
    work_id: Mapped[str | None] = mapped_column(index=True)
    """Id of the parse or classify job behind the item: `job_id` on the wire."""
    started_at: Mapped[dt.datetime | None]
    completed_at: Mapped[dt.datetime | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    skip_reason: Mapped[SkipReason | None]

    @classmethod
    def claim(
        cls,
        session: Session,
        job_id: str,
        ids: Sequence[int],
        *,
        message_id: str,
        lease_seconds: float,
        work_prefix: str,
    ) -> Sequence[Self]:
        """Take the pending ones of `ids` under a fresh token each.

        A message of one charges its item an attempt; one of several does not, since nobody knows yet who is to blame
        when it dies (design: Work).
        """
        claimed = session.scalars(
            sa.update(cls)
            .where(cls.id.in_(ids), cls.status == ItemStatus.PENDING)
            .where(sa.exists().where(BatchJob.id == job_id, BatchJob.status.in_(OPEN_JOB)))
            .values(
                status=ItemStatus.PROCESSING,
                token=sql_uuid(),
                message_id=message_id,
                lease_until=utc_now(lease_seconds),
                attempts=cls.attempts + (1 if len(ids) == 1 else 0),
                not_before=None,
                work_id=sa.func.coalesce(cls.work_id, sa.literal(work_prefix) + sql_uuid()),
                started_at=sa.func.coalesce(cls.started_at, utc_now()),
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return sorted(claimed, key=lambda item: item.position)

    @classmethod
    def extend(cls, session: Session, ids: Collection[int], message_id: str, lease_seconds: float) -> set[int]:
        """Keep the leases of a message and return the ids it still holds; one that is missing was cancelled or taken over."""
        held = session.scalars(
            sa.update(cls)
            .where(cls.held_by(ids, message_id), cls.status == ItemStatus.PROCESSING)
            .values(lease_until=utc_now(lease_seconds))
            .returning(cls.id)
        )
        return set(held)

    @classmethod
    def still_held(cls, session: Session, ids: Collection[int], message_id: str) -> set[int]:
        """Which of the items a message still holds."""
        held = sa.select(cls.id).where(cls.held_by(ids, message_id), cls.status == ItemStatus.PROCESSING)
        return set(session.scalars(held))

    @classmethod
    def finish(cls, session: Session, tokens: dict[int, str], status: ItemStatus, **values: Any) -> set[int]:
        """End the items whose token is still the one given; the ids that are missing belong to somebody else now."""
        ended = session.scalars(
            sa.update(cls)
            .where(cls.id.in_(tokens), cls.token.in_(tokens.values()), cls.status == ItemStatus.PROCESSING)
            .values(status=status, lease_until=None, completed_at=utc_now(), **values)
            .returning(cls.id)
        )
        return set(ended)

    @classmethod
    def cancelling(cls, *conditions: sa.ColumnElement[bool]) -> sa.Update:
        """The statement that cancels the open items among those that meet the conditions."""
        return (
            sa.update(cls)
            .where(cls.status.in_(OPEN_ITEM), *conditions)
            .values(status=ItemStatus.CANCELLED, token=sql_uuid(), lease_until=None, completed_at=utc_now())
        )

    @classmethod
    def cancel(cls, session: Session, condition: sa.ColumnElement[bool]) -> Sequence[Self]:
        """Cancel open items and return them; their tokens rotate, so that late results are refused."""
        cancelled = session.scalars(
            cls.cancelling(condition).returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return cancelled.all()

    @classmethod
    def held_by(cls, ids: Collection[int], message_id: str) -> sa.ColumnElement[bool]:
        """The items of `ids` that a message holds."""
        return sa.and_(cls.id.in_(ids), cls.message_id == message_id)

    @classmethod
    def abandoned(cls) -> sa.ColumnElement[bool]:
        """Items whose lease ran out: nobody works on them any more."""
        return cls.lease_until < utc_now()

    @classmethod
    def take_postponed(cls, session: Session, limit: int = 1000) -> list[tuple[str, int]]:
        """Items whose pause is over, as (job id, id) by job; whoever gets them sends them."""
        taken = session.execute(
            sa.update(cls)
            .where(
                cls.id.in_(
                    sa.select(cls.id).where(cls.not_before < utc_now(), cls.status == ItemStatus.PENDING).limit(limit)
                )
            )
            .values(not_before=None)
            .returning(cls.job_id, cls.id)
        )
        return sorted((row[0], row[1]) for row in taken)

    @classmethod
    def release(
        cls,
        session: Session,
        condition: sa.ColumnElement[bool],
        *,
        alone: bool = True,
        seconds: float = 0,
        refund: int = 0,
    ) -> Sequence[Self]:
        """Give claimed items back, to be sent again `seconds` from now, each singly when `alone`, `refund` attempts uncharged."""
        values: dict[str, Any] = {"alone": True} if alone else {}
        released = session.scalars(
            sa.update(cls)
            .where(cls.status == ItemStatus.PROCESSING, condition)
            .values(
                status=ItemStatus.PENDING,
                token=None,
                message_id=None,
                lease_until=None,
                not_before=utc_now(seconds) if seconds else None,
                attempts=cls.attempts - refund,
                **values,
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return released.all()

    @classmethod
    def give_up(
        cls, session: Session, condition: sa.ColumnElement[bool], max_attempts: int, code: str, message: str
    ) -> Sequence[Self]:
        """Fail the claimed items that have used all their attempts, and return them."""
        failed = session.scalars(
            sa.update(cls)
            .where(cls.status == ItemStatus.PROCESSING, condition, cls.attempts >= max_attempts)
            .values(
                status=ItemStatus.FAILED,
                token=None,
                lease_until=None,
                completed_at=utc_now(),
                error_code=code,
                error_message=message,
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return failed.all()

    @classmethod
    def tally(cls, session: Session, job_id: str, page: int | None = None) -> Tally:
        """Counts of a job, or of one page of it, by one GROUP BY."""
        query = sa.select(cls.status, sa.func.count()).where(cls.job_id == job_id).group_by(cls.status)
        if page is not None:
            query = query.where(cls.page == page)
        return _tally_of({row[0]: row[1] for row in session.execute(query)})


def live_tallies(session: Session, jobs: Sequence[BatchJob]) -> dict[str, Tally]:
    """Counts of running jobs, from finished pages' sums and a GROUP BY over the items of pages in flight; two queries in all."""
    ids = [job.id for job in jobs]
    totals = {job.id: dict.fromkeys(ItemStatus, 0) for job in jobs}
    rolled = session.execute(
        sa.select(
            BatchPage.job_id,
            sa.func.sum(BatchPage.completed),
            sa.func.sum(BatchPage.failed),
            sa.func.sum(BatchPage.skipped),
        )
        .where(BatchPage.job_id.in_(ids), BatchPage.status == PageStatus.FINISHED)
        .group_by(BatchPage.job_id)
    )
    for job_id, completed, failed, skipped in rolled:
        totals[job_id][ItemStatus.COMPLETED] += int(completed)
        totals[job_id][ItemStatus.FAILED] += int(failed)
        totals[job_id][ItemStatus.SKIPPED] += int(skipped)
    live = session.execute(
        sa.select(BatchItem.job_id, BatchItem.status, sa.func.count())
        .join(BatchPage, sa.and_(BatchPage.job_id == BatchItem.job_id, BatchPage.number == BatchItem.page))
        .where(BatchItem.job_id.in_(ids), BatchPage.status == PageStatus.SENT)
        .group_by(BatchItem.job_id, BatchItem.status)
    )
    for job_id, status, count in live:
        totals[job_id][status] += count
    return {
        job.id: Tally(
            job.total_items,
            *(
                totals[job.id][one]
                for one in (ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED, ItemStatus.CANCELLED)
            ),
        )
        for job in jobs
    }


def _tally_of(counts: dict[ItemStatus, int]) -> Tally:
    return Tally(
        total=sum(counts.values()),
        completed=counts.get(ItemStatus.COMPLETED, 0),
        failed=counts.get(ItemStatus.FAILED, 0),
        skipped=counts.get(ItemStatus.SKIPPED, 0),
        cancelled=counts.get(ItemStatus.CANCELLED, 0),
    )


def _final(counts: Tally) -> dict[str, int]:
    return {
        "processed_items": counts.completed,
        "failed_items": counts.failed,
        "skipped_items": counts.skipped,
        "cancelled_items": counts.cancelled,
    }
