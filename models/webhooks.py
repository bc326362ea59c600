"""The outbox of webhooks: a delivery is recorded in the transaction that makes it true, and sent until delivered or dead."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now
from models.projects import Project
from models.secrets import EncryptedJson


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
    target: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    """`url`, `headers`, `format` and `signing_secret` of the endpoint."""
    payload: Mapped[dict[str, Any]]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    delivered_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]
