"""Pages: the items of a job that are sent together, as one chord. A page is finished when SQL says that no item of it is open."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, utc_now
from models.items import BatchItem
from models.states import OPEN_ITEM, ItemStatus, PageStatus


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
    job_id: Mapped[str] = mapped_column(sa.ForeignKey("batch_job.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """Its place in the job, from 0."""
    status: Mapped[PageStatus] = mapped_column(default=PageStatus.PENDING)
    total: Mapped[int]
    """How many items it has; the next four are written when it finishes."""
    completed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=0)
    """How often it was sent: the wait before it counts as stalled doubles each time."""
    sent_at: Mapped[dt.datetime | None]
    """When it was sent first: `job_timeout_in_seconds` counts from here."""
    last_sent_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]

    @classmethod
    def take(cls, session: orm.Session, job_id: str, window: int, limit: int) -> list[int]:
        """Mark the next pages as sent and return their numbers, in order: at most `limit`, and at most `window` in flight then."""
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
    def is_any(cls, session: orm.Session, job_id: str, *statuses: PageStatus) -> bool:
        """Whether a job has a page in one of these states."""
        query = sa.select(sa.exists().where(cls.job_id == job_id, cls.status.in_(statuses)))
        return bool(session.scalar(query))

    @classmethod
    def is_sent(cls) -> sa.ColumnElement[bool]:
        """Pages that are with the workers, of all jobs: written so that their index is used, which holds no others."""
        return cls.status == sa.literal(PageStatus.SENT, cls.status.type, literal_execute=True)

    @classmethod
    def has_untaken(cls) -> sa.ColumnElement[bool]:
        """Pages with items that wait for somebody to take them, and for nothing else."""
        return sa.exists().where(
            BatchItem.job_id == cls.job_id,
            BatchItem.page == cls.number,
            BatchItem.status == ItemStatus.PENDING,
            BatchItem.visible_at.is_(None),
        )

    @classmethod
    def in_flight(cls, job_id: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
        """The pages of a job that are with the workers."""
        return sa.and_(cls.job_id == job_id, cls.status == PageStatus.SENT)

    @classmethod
    def unfinished(cls, job_id: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
        """The pages of a job that are not finished."""
        return sa.and_(cls.job_id == job_id, cls.status != PageStatus.FINISHED)

    @classmethod
    def complete(cls, session: orm.Session, limit: int = 200) -> list[tuple[str, int]]:
        """Sent pages, as (job id, number), of which no item is open; at most `limit`."""
        is_open = sa.exists().where(
            BatchItem.job_id == cls.job_id, BatchItem.page == cls.number, BatchItem.status.in_(OPEN_ITEM)
        )
        query = sa.select(cls.job_id, cls.number).where(cls.status == PageStatus.SENT, ~is_open)
        return [(row[0], row[1]) for row in session.execute(query.limit(limit))]

    @classmethod
    def forget_sends(cls, session: orm.Session, seconds: float) -> None:
        """Make every sent page as if it had been sent once, `seconds` ago, so that `take_stalled` takes it at once."""
        session.execute(
            sa.update(cls)
            .where(cls.status == PageStatus.SENT)
            .values(sends=1, last_sent_at=utc_now(-seconds - 1))
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def take_stalled(cls, session: orm.Session, seconds: float, limit: int = 50) -> list[tuple[str, int]]:
        """Mark pages with untaken items as sent once more, after `seconds`, then twice as long and so on; (job id, number) each."""
        waits = [sa.and_(cls.sends == n, cls.last_sent_at < utc_now(-seconds * 2 ** (n - 1))) for n in range(1, 8)]
        longest = sa.and_(cls.sends > 7, cls.last_sent_at < utc_now(-seconds * 128))
        stalled = sa.select(cls.job_id, cls.number).where(
            cls.status == PageStatus.SENT, sa.or_(*waits, longest), cls.has_untaken()
        )
        taken = session.execute(
            sa.update(cls)
            .where(sa.tuple_(cls.job_id, cls.number).in_(stalled.limit(limit)))
            .values(sends=cls.sends + 1, last_sent_at=utc_now())
            .returning(cls.job_id, cls.number)
        )
        return [(row[0], row[1]) for row in taken]

    @classmethod
    def finish(cls, session: orm.Session, job_id: str, number: int) -> bool:
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
                cancelled=counts.cancelled,
            )
            .returning(cls.number)
        )
        return changed.first() is not None
