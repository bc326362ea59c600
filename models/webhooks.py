"""The outbox of webhooks: a delivery is recorded in the transaction that makes it true, and sent until delivered or dead."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, new_uuid, now, utc_now
from models.projects import Project
from models.secrets import Sealed, SealedJson


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
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    work_id: Mapped[str] = mapped_column(index=True)
    event_type: Mapped[str]
    """An event of the API reference such as `parse.success`; `result` for the legacy push of the whole result."""
    target: Mapped[Sealed] = mapped_column(SealedJson)
    """`url`, `headers`, `format` and `signing_secret` of the endpoint."""
    payload: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    """The request that made the job, for the logs."""
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    delivered_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]

    @classmethod
    def claim(cls, session: Session, delivery_id: str, seconds: float) -> Self | None:
        """Take a delivery that is due for one attempt of at most `seconds`; None when it is not due or already taken."""
        claimed = session.scalars(
            sa.update(cls)
            .where(cls.id == delivery_id, cls.status == DeliveryStatus.PENDING, cls.next_attempt_at <= utc_now(0.5))
            .values(next_attempt_at=utc_now(seconds), attempts=cls.attempts + 1)
            .returning(cls),
            execution_options={"populate_existing": True, "synchronize_session": False},
        )
        return claimed.one_or_none()

    @classmethod
    def due(cls, session: Session, limit: int = 200) -> Sequence[str]:
        """Ids of deliveries whose time has come, the oldest first."""
        query = sa.select(cls.id).where(cls.status == DeliveryStatus.PENDING, cls.next_attempt_at <= utc_now())
        return session.scalars(query.order_by(cls.next_attempt_at).limit(limit)).all()

    @classmethod
    def told(cls, session: Session, work_ids: Collection[str]) -> set[str]:
        """Which of these parse and classify jobs have an event already."""
        return set(session.scalars(sa.select(cls.work_id).where(cls.work_id.in_(work_ids))))

    def settle(self, session: Session, problem: str | None, delay: float, patience: dt.timedelta) -> None:
        """Note how an attempt ended: delivered, to be tried again in `delay` seconds, or dead once `patience` is over."""
        values: dict[str, Any] = {"status": DeliveryStatus.DELIVERED, "delivered_at": utc_now(), "last_error": None}
        if problem and now() - self.created_at > patience:
            values = {"status": DeliveryStatus.DEAD, "last_error": problem}
        elif problem:
            values = {"next_attempt_at": utc_now(delay), "last_error": problem}
        session.execute(sa.update(type(self)).where(type(self).id == self.id).values(**values))
