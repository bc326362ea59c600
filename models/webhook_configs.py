"""Saved webhooks: whom to tell of events, kept under an id, so that jobs need only name it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, MadeByRequest, new_uuid, now
from models.projects import Project
from models.sealed import Sealed, SealedJson

MOST_OF_A_JOB = 4
"""Saved webhooks that one job may name."""


def new_webhook_config_id() -> str:
    """An id such as `whc-…`."""
    return f"whc-{new_uuid()}"


class WebhookConfig(MadeByRequest, Base):
    """One saved webhook. Jobs name it and copy nothing: what is sent after a change goes by the change (decision 0043)."""

    __tablename__ = "webhook_config"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "idempotency_key"),
        sa.Index("ix_webhook_config_project_created", "project_id", "created_at", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_webhook_config_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id, ondelete="CASCADE"))
    webhook: Mapped[dict[str, Any]]
    """In the form of an entry of `webhook_configurations`, masks in place of secrets."""
    secrets: Mapped[Sealed | None] = mapped_column(SealedJson)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    def open_secrets(self) -> dict[str, Any]:
        """The secrets of the webhook by their path. Raises UnreadableError."""
        return self.secrets.open() if self.secrets else {}

    @classmethod
    def listing(cls, project_id: str) -> sa.Select[Self]:
        """The project's saved webhooks."""
        return sa.select(cls).where(cls.project_id == project_id)

    @classmethod
    def find_config(
        cls, session: orm.Session, config_id: str, project_id: str, *, is_written: bool = False
    ) -> Self | None:
        """The saved webhook, if it is this project's; one that `is_written` nobody else changes until the commit."""
        mine = cls.listing(project_id).where(cls.id == config_id)
        return session.scalars(mine.with_for_update() if is_written else mine).one_or_none()

    @classmethod
    def of_ids(cls, session: orm.Session, project_id: str, config_ids: Collection[str]) -> dict[str, Self]:
        """Those of the ids that are saved webhooks of the project, by id."""
        if not config_ids:
            return {}
        return {one.id: one for one in session.scalars(cls.listing(project_id).where(cls.id.in_(config_ids)))}
