"""Items: one document of one job each. Claiming, keeping, finishing and giving back are compare-and-sets under a token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from engines.errors import CrashRecord
from models.base import Base, sql_uuid, utc_now
from models.states import OPEN_ITEM, OPEN_JOB, ItemStatus, PageStatus, SkipReason, Tally

JOBS = sa.table("batch_job", sa.column("id"), sa.column("status"))
PAGES = sa.table("batch_page", sa.column("job_id"), sa.column("number"), sa.column("status"))
"""The tables of jobs and pages by name: models.batch and models.pages stand above this module."""


class ItemToSend(NamedTuple):
    """What decides which message an item goes with."""

    id: int
    size: int
    """In bytes; 0 until somebody has fetched it."""
    isolated: bool
    is_outside: bool
    """Whether the bytes have yet to be fetched."""


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
    job_id: Mapped[str] = mapped_column(sa.ForeignKey("batch_job.id"))
    page: Mapped[int]
    """Number of its page, from 0."""
    position: Mapped[int]
    """Its place in the job, from 0."""
    source_id: Mapped[str] = mapped_column(index=True)
    """The directory-file id or file id: `item_id` on the wire."""
    name: Mapped[str]
    file_id: Mapped[str | None] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """In bytes; 0, and no hash, until somebody has fetched a document that lies outside."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    storage_key: Mapped[str]
    """Where the bytes are in the store; an address such as `https://…` until somebody has fetched them."""
    status: Mapped[ItemStatus] = mapped_column(default=ItemStatus.PENDING)
    isolated: Mapped[bool] = mapped_column("alone", default=False)
    """True once a message with this item died: it goes again singly, in a child process of its own."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Those that it was charged: one for each time it was claimed singly and not handed back in good order."""
    crashes: Mapped[list[CrashRecord] | None] = mapped_column("deaths")
    """What is known of each child process that this document took down (engines.sandbox.crash.CrashReport), the oldest first."""
    token: Mapped[str | None]
    """Fences results: only the holder of the current token may finish the item."""
    holder: Mapped[str | None]
    """Which delivery of which message has claimed the item (tasks.lease); stays after it ended."""
    lease_expires_at: Mapped[dt.datetime | None] = mapped_column("lease_until")
    """By the database's clock; null unless somebody works on it."""
    visible_at: Mapped[dt.datetime | None] = mapped_column("not_before")
    """An outage put the item back; it is sent again after this time."""
    work_id: Mapped[str | None] = mapped_column(index=True)
    """Id of the parse or classify job behind the item: `job_id` on the wire. Null until the item's page is sent, and
    once that job was deleted."""
    started_at: Mapped[dt.datetime | None]
    completed_at: Mapped[dt.datetime | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    skip_reason: Mapped[SkipReason | None]

    @classmethod
    def claim(
        cls,
        session: orm.Session,
        job_id: str,
        ids: Sequence[int],
        *,
        holder: str,
        lease_seconds: float,
        work_prefix: str,
    ) -> Sequence[Self]:
        """Take the pending ones of `ids` under a fresh token each; of several, none that have to be isolated.

        A message of one charges its item an attempt; one of several does not, since nobody knows yet who is to blame
        when it dies (promise 4 of docs/promises.md). Of a job that has ended, none is taken, and none that is put off: another
        message may name it still. In the order of the job.
        """
        claimed = session.scalars(
            sa.update(cls)
            .where(cls.id.in_(ids), cls.status == ItemStatus.PENDING)
            .where(sa.or_(cls.visible_at.is_(None), cls.visible_at <= utc_now()))
            .where(sa.true() if len(ids) == 1 else ~cls.isolated)
            .where(sa.exists().where(JOBS.c.id == job_id, JOBS.c.status.in_(OPEN_JOB)))
            .values(
                status=ItemStatus.PROCESSING,
                token=sql_uuid(),
                holder=holder,
                lease_expires_at=utc_now(lease_seconds),
                attempts=cls.attempts + (1 if len(ids) == 1 else 0),
                visible_at=None,
                work_id=sa.func.coalesce(cls.work_id, sa.literal(work_prefix) + sql_uuid()),
                started_at=sa.func.coalesce(cls.started_at, utc_now()),
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return sorted(claimed, key=lambda item: item.position)

    @classmethod
    def to_send(
        cls, session: orm.Session, job_id: str, condition: sa.ColumnElement[bool], limit: int | None = None
    ) -> list[ItemToSend]:
        """The pending items of a job that fulfil a condition, in its order.

        That is the order of `position`; with the page before it, the index is used that knows what is pending.
        """
        columns = (cls.id, cls.size, cls.isolated, cls.storage_key.contains("://"))
        found = sa.select(*columns).where(cls.job_id == job_id, cls.status == ItemStatus.PENDING, condition)
        return [ItemToSend(*row) for row in session.execute(found.order_by(cls.page, cls.position).limit(limit))]

    @classmethod
    def next_untaken(cls, session: orm.Session, job_id: str, limit: int) -> list[ItemToSend]:
        """The first items of a job that were sent and that nobody has taken, isolated ones first, as messages go."""
        sent = sa.select(PAGES.c.number).where(PAGES.c.job_id == job_id, PAGES.c.status == PageStatus.SENT)
        waits = sa.and_(cls.page.in_(sent), cls.visible_at.is_(None))
        isolated = cls.to_send(session, job_id, sa.and_(waits, cls.isolated), limit=1)
        return isolated or cls.to_send(session, job_id, waits, limit=limit)

    @classmethod
    def extend(cls, session: orm.Session, ids: Collection[int], holder: str, lease_seconds: float) -> set[int]:
        """Keep the leases of a holder and return the ids it still holds; one that is missing was cancelled or taken over."""
        held = session.scalars(
            sa.update(cls)
            .where(cls.held_by(ids, holder), cls.status == ItemStatus.PROCESSING)
            .values(lease_expires_at=utc_now(lease_seconds))
            .returning(cls.id)
        )
        return set(held)

    @classmethod
    def still_held(cls, session: orm.Session, ids: Collection[int], holder: str) -> set[int]:
        """Which of the items a holder still holds."""
        held = sa.select(cls.id).where(cls.held_by(ids, holder), cls.status == ItemStatus.PROCESSING)
        return set(session.scalars(held))

    @classmethod
    def finish(cls, session: orm.Session, tokens: dict[int, str], status: ItemStatus, **values: Any) -> set[int]:
        """End the items whose token is still the one given; the ids that are missing belong to somebody else now."""
        ended = session.scalars(
            sa.update(cls)
            .where(cls.id.in_(tokens), cls.token.in_(tokens.values()), cls.status == ItemStatus.PROCESSING)
            .values(status=status, lease_expires_at=None, completed_at=utc_now(), **values)
            .returning(cls.id)
        )
        return set(ended)

    @property
    def is_outside(self) -> bool:
        """Whether the bytes have yet to be fetched."""
        return "://" in self.storage_key

    @classmethod
    def bring_in(cls, session: orm.Session, item_id: int, token: str, **values: Any) -> bool:
        """Note where the bytes of an item are now that they were fetched; False when it belongs to somebody else."""
        changed = session.execute(
            sa.update(cls)
            .where(cls.id == item_id, cls.token == token, cls.status == ItemStatus.PROCESSING)
            .values(**values)
            .returning(cls.id)
        )
        return changed.first() is not None

    @classmethod
    def cancel(cls, session: orm.Session, condition: sa.ColumnElement[bool]) -> int:
        """Cancel open items, and say how many; their tokens rotate, so that late results are refused."""
        cancelled = session.execute(
            sa.update(cls)
            .where(cls.status.in_(OPEN_ITEM), condition)
            .values(status=ItemStatus.CANCELLED, token=sql_uuid(), lease_expires_at=None, completed_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        return int(cancelled.rowcount)  # type: ignore[attr-defined] # the result of an UPDATE

    @classmethod
    def name_work(cls, session: orm.Session, condition: sa.ColumnElement[bool], work_prefix: str) -> None:
        """Give each item that waits and has none the id of its parse or classify job; it stays the same over all attempts."""
        session.execute(
            sa.update(cls)
            .where(cls.status == ItemStatus.PENDING, cls.work_id.is_(None), condition)
            .values(work_id=sa.literal(work_prefix) + sql_uuid())
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def held_by(cls, ids: Collection[int], holder: str) -> sa.ColumnElement[bool]:
        """The items of `ids` that a holder has claimed."""
        return sa.and_(cls.id.in_(ids), cls.holder == holder)

    @classmethod
    def holders(cls, session: orm.Session, message_id: str) -> set[tuple[str, str]]:
        """The deliveries of a message that hold items, each with the job of these: often not the one that the message names."""
        held = sa.select(cls.holder, cls.job_id).where(cls.lease_expires_at.is_not(None), cls.held_for(message_id))
        return {(row[0], row[1]) for row in session.execute(held.distinct()) if row[0]}

    @classmethod
    def held_of_job(cls, job_id: str, holder: str) -> sa.ColumnElement[bool]:
        """The items of a job that a holder has claimed."""
        return sa.and_(cls.lease_expires_at.is_not(None), cls.job_id == job_id, cls.holder == holder)

    @classmethod
    def held_for(cls, message_id: str) -> sa.ColumnElement[bool]:
        """The items that any delivery of this message holds."""
        return cls.holder.startswith(f"{message_id}@", autoescape=True)

    @classmethod
    def abandoned(cls) -> sa.ColumnElement[bool]:
        """Items whose lease ran out: nobody works on them any more."""
        return cls.lease_expires_at < utc_now()

    @classmethod
    def holders_by_job(cls) -> sa.Select[str, int]:
        """How many deliveries of messages hold items of each job, as `job_id` and `holders`; jobs without one are left out."""
        held = sa.select(cls.job_id, cls.holder).where(cls.lease_expires_at > utc_now()).distinct().subquery()
        return sa.select(held.c.job_id, sa.func.count().label("holders")).group_by(held.c.job_id)

    @classmethod
    def is_any_held(cls, session: orm.Session) -> bool:
        """Whether anybody works on any item."""
        return bool(session.scalar(sa.select(sa.exists().where(cls.lease_expires_at.is_not(None)))))

    @classmethod
    def take_postponed(cls, session: orm.Session, limit: int = 1000) -> list[tuple[str, int]]:
        """Items whose pause is over, as (job id, id) by job; whoever gets them sends them."""
        taken = session.execute(
            sa.update(cls)
            .where(
                cls.id.in_(
                    sa.select(cls.id).where(cls.visible_at < utc_now(), cls.status == ItemStatus.PENDING).limit(limit)
                )
            )
            .values(visible_at=None)
            .returning(cls.job_id, cls.id)
        )
        return sorted((row[0], row[1]) for row in taken)

    @classmethod
    def release(
        cls,
        session: orm.Session,
        condition: sa.ColumnElement[bool],
        *,
        isolated: bool = True,
        seconds: float = 0,
        refund: int = 0,
        crashes: list[CrashRecord] | None = None,
    ) -> Sequence[Self]:
        """Give claimed items back, to be sent again `seconds` from now, each singly when `isolated`, `refund` attempts uncharged.

        Of one that was charged none, none is taken back: what shared a message was not, and does so only before its first.
        `crashes` replaces what is known of those that the items have caused.
        """
        values: dict[str, Any] = {"isolated": True} if isolated else {}
        if crashes is not None:
            values["crashes"] = crashes
        released = session.scalars(
            sa.update(cls)
            .where(cls.status == ItemStatus.PROCESSING, condition)
            .values(
                status=ItemStatus.PENDING,
                token=None,
                holder=None,
                lease_expires_at=None,
                visible_at=utc_now(seconds) if seconds else None,
                attempts=sa.case((cls.attempts > refund, cls.attempts - refund), else_=0) if refund else cls.attempts,
                **values,
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return released.all()

    @classmethod
    def fail_exhausted(
        cls, session: orm.Session, condition: sa.ColumnElement[bool], max_attempts: int, code: str, message: str
    ) -> Sequence[Self]:
        """Fail the claimed items that have used all their attempts, and return them."""
        failed = session.scalars(
            sa.update(cls)
            .where(cls.status == ItemStatus.PROCESSING, condition, cls.attempts >= max_attempts)
            .values(
                status=ItemStatus.FAILED,
                token=None,
                lease_expires_at=None,
                completed_at=utc_now(),
                error_code=code,
                error_message=message,
            )
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return failed.all()

    @classmethod
    def failures(cls, session: orm.Session, job_id: str) -> dict[str, int]:
        """How many items of a job failed, by error code."""
        query = sa.select(cls.error_code, sa.func.count()).where(cls.job_id == job_id, cls.status == ItemStatus.FAILED)
        return {row[0] or "": row[1] for row in session.execute(query.group_by(cls.error_code))}

    @classmethod
    def tally(cls, session: orm.Session, job_id: str, page: int | None = None) -> Tally:
        """Counts of a job, or of one page of it, by one GROUP BY."""
        query = sa.select(cls.status, sa.func.count()).where(cls.job_id == job_id).group_by(cls.status)
        if page is not None:
            query = query.where(cls.page == page)
        return Tally.of({row[0]: row[1] for row in session.execute(query)})
