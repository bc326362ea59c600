"""Files that kill whatever reads them: remembered by their content, so that the next one like it costs nobody three more deaths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, new_uuid, now
from models.projects import Project


def new_quarantine_id() -> str:
    """An id such as `qrt-…`."""
    return f"qrt-{new_uuid()}"


class QuarantinedFile(Base):
    """A content that took down its child process in every attempt, within one project, until somebody releases it.

    A first attempt in a process that it shared leaves no evidence, so it may be one death less than attempts
    (docs/decisions/0010).
    """

    __tablename__ = "quarantined_file"
    __table_args__ = (
        sa.Index(
            "uq_quarantined_file_content",
            "project_id",
            "sha256",
            "engine_version",
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_quarantine_id)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    engine_version: Mapped[str]
    """Another version of the engine may read it, so it is tried again then (engines.version.profile_version)."""
    name: Mapped[str]
    job_id: Mapped[str] = mapped_column(index=True)
    work_id: Mapped[str | None]
    error_code: Mapped[str]
    error_message: Mapped[str]
    deaths: Mapped[list[dict[str, Any]]]
    """As `BatchItem.deaths`."""
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    released_at: Mapped[dt.datetime | None]

    @classmethod
    def add(cls, session: Session, **columns: Any) -> None:
        """Quarantine a content, unless it is already: two identical files may end at once."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = {"id": new_quarantine_id(), "created_at": now(), **columns}
        session.execute(insert(cls).values(**row).on_conflict_do_nothing())

    @classmethod
    def lookup(
        cls, session: Session, project_id: str, hashes: Collection[str], engine_version: str
    ) -> dict[str, QuarantinedFile]:
        """Content hash → its entry, of those that nobody has released."""
        found = session.scalars(
            sa.select(cls).where(
                cls.project_id == project_id,
                cls.sha256.in_(hashes),
                cls.engine_version == engine_version,
                cls.released_at.is_(None),
            )
        )
        return {one.sha256: one for one in found}
