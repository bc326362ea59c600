"""The outbox of webhooks: a delivery is recorded in the transaction that makes it true, and sent until delivered or dead."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now, sql_uuid, utc_now
from models.items import BatchItem
from models.projects import Project
from models.sealed import Sealed, SealedJson


class DeliveryStatus(enum.StrEnum):
    """States of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class WebhookDelivery(Base):
    """One event for one endpoint. Its id is the event id, the same on every retry."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.Index(
            "ix_webhook_delivery_due",
            "next_attempt_at",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        ),
        sa.Index("uq_webhook_delivery_event", "item_id", "endpoint", "sequence", unique=True),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    item_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The item that it tells of; null for events of a batch, and in rows from before there was this column. No reference, so that
    writing is cheap."""
    endpoint: Mapped[int] = mapped_column(default=0)
    """Which of the job's endpoints, by its place in the configuration."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Its place in the life of the item; with item and endpoint it is unique, so that nothing is told twice. Events of a batch are
    recorded where its state changes, once."""
    work_id: Mapped[str] = mapped_column(index=True)
    event_type: Mapped[str]
    """An event of the API reference such as `parse.success`; `result` for the legacy push of the whole result."""
    target: Mapped[Sealed] = mapped_column(SealedJson)
    """A models.shapes.WebhookTarget."""
    webhook_config_id: Mapped[str | None]
    """The saved webhook that it goes through, as that is when it is sent; null for one of the job's own."""
    payload: Mapped[dict[str, Any]]
    """What the body says besides what these columns do: as `data` a models.shapes.EventEchoes; in rows from before there was
    `item_id`, more of it."""
    request_id: Mapped[str | None]
    """The request that made the job, for the logs."""
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    delivered_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]

    @classmethod
    def claim(cls, session: orm.Session, delivery_id: str, seconds: float) -> Self | None:
        """Take a delivery that is due for one attempt of at most `seconds`; None when it is not due or already taken."""
        claimed = session.scalars(
            sa.update(cls)
            .where(cls.id == delivery_id, cls.status == DeliveryStatus.PENDING, cls.next_attempt_at <= utc_now(0.5))
            .values(next_attempt_at=utc_now(seconds), attempts=cls.attempts + 1)
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return claimed.one_or_none()

    def record_for(self, session: orm.Session, items: sa.ColumnElement[bool]) -> Sequence[str]:
        """Record a delivery like this one for every item that meets the condition and has a parse or classify job; their ids.

        One statement, however many items. What was recorded before is not recorded again.
        """
        columns = type(self).__table__.c
        row: dict[str, sa.ColumnElement[Any]] = {
            "id": sql_uuid(),
            "project_id": sa.literal(self.project_id),
            "item_id": BatchItem.id.expression,
            "endpoint": sa.literal(self.endpoint),
            "sequence": sa.literal(self.sequence),
            "work_id": BatchItem.work_id.expression,
            "event_type": sa.literal(self.event_type),
            "target": sa.literal(self.target, columns.target.type),
            "webhook_config_id": sa.literal(self.webhook_config_id, columns.webhook_config_id.type),
            "request_id": sa.literal(self.request_id, columns.request_id.type),
            "payload": sa.literal(self.payload, columns.payload.type),
            "status": sa.literal(DeliveryStatus.PENDING.value),
            "attempts": sa.literal(0),
            "next_attempt_at": utc_now(),
            "created_at": utc_now(),
        }
        rows = sa.select(*row.values()).where(items, BatchItem.work_id.is_not(None))
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = insert(type(self).__table__).from_select(list(row), rows, include_defaults=False)  # type: ignore[arg-type] # a table
        key = [columns.item_id, columns.endpoint, columns.sequence]
        return session.scalars(statement.on_conflict_do_nothing(index_elements=key).returning(columns.id)).all()

    @classmethod
    def due(cls, session: orm.Session, limit: int, passing_over: Sequence[str] = ()) -> Sequence[str]:
        """Ids of deliveries whose time has come, the oldest first, but none of some projects."""
        query = sa.select(cls.id).where(cls._is_due(), cls.project_id.not_in(passing_over))
        return session.scalars(query.order_by(cls.next_attempt_at).limit(limit)).all()

    @classmethod
    def due_of_job(cls, session: orm.Session, job_id: str, after: str, limit: int) -> Sequence[str]:
        """Ids of deliveries of a job whose time has come, in the order of the ids, from behind `after` on."""
        of_job = cls.item_id.in_(sa.select(BatchItem.id).where(BatchItem.job_id == job_id))
        query = sa.select(cls.id).where(cls._is_due(), of_job, cls.id > after)
        return session.scalars(query.order_by(cls.id).limit(limit)).all()

    @classmethod
    def drop_results(cls, session: orm.Session, work_id: str) -> None:
        """Give up the pushes of a whole result (the legacy `webhook_url`) that was deleted before they arrived."""
        pushes = sa.and_(cls.work_id == work_id, cls.event_type == "result", cls.status == DeliveryStatus.PENDING)
        values = {"status": DeliveryStatus.DEAD, "last_error": "the job was deleted"}
        session.execute(sa.update(cls).where(pushes).values(**values))

    @classmethod
    def _is_due(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.status == DeliveryStatus.PENDING, cls.next_attempt_at <= utc_now())

    def put_back(self, session: orm.Session) -> None:
        """Leave a claimed delivery due, as it was before its claim."""
        before = {"next_attempt_at": utc_now(), "attempts": self.attempts - 1}
        session.execute(sa.update(type(self)).where(type(self).id == self.id).values(**before))

    def give_up(self, session: orm.Session, problem: str) -> None:
        """Note that it will never be delivered, and why."""
        dead = {"status": DeliveryStatus.DEAD, "last_error": problem}
        session.execute(sa.update(type(self)).where(type(self).id == self.id).values(**dead))

    def settle(self, session: orm.Session, problem: str | None, delay: float, patience: dt.timedelta) -> None:
        """Note how an attempt ended: delivered, to be tried again in `delay` seconds, or dead once `patience` is over."""
        values: dict[str, Any] = {"status": DeliveryStatus.DELIVERED, "delivered_at": utc_now(), "last_error": None}
        if problem and now() - self.created_at > patience:
            values = {"status": DeliveryStatus.DEAD, "last_error": problem}
        elif problem:
            values = {"next_attempt_at": utc_now(delay), "last_error": problem}
        session.execute(sa.update(type(self)).where(type(self).id == self.id).values(**values))
