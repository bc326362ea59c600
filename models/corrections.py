"""What callers have said of wrong types: texts with their right types, from which later classify jobs of the project learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_uuid, now
from models.projects import Project

LEARNED = "learned"
"""Member of a classify job's `config`: the ids of the corrections that it heeds."""
MOST_OF_A_TYPE = 20
"""Corrections of one type that a job heeds, the newest ones."""
MOST_CHARACTERS = 12_000
"""Of a text that are kept."""

_INSERTS: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Correction(Base):
    """One corrected answer. It is made of the text that was judged, so that it lasts when the document is gone."""

    __tablename__ = "classify_correction"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "work_id"),
        sa.Index("ix_classify_correction_project_type", "project_id", "type", "created_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_uuid)
    project_id: Mapped[str] = mapped_column(sa.ForeignKey(Project.id, ondelete="CASCADE"))
    work_id: Mapped[str]
    """The classify job that was wrong."""
    type: Mapped[str]
    """The right type."""
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)

    @classmethod
    def record(cls, session: orm.Session, project_id: str, work_id: str, type_name: str, text: str) -> Self:
        """Remember the right type of what a job judged, in place of what was said of it before."""
        said = {"id": new_uuid(), "type": type_name, "text": text[:MOST_CHARACTERS], "created_at": now()}
        insert = _INSERTS[session.get_bind().dialect.name](cls).values(project_id=project_id, work_id=work_id, **said)
        upsert = insert.on_conflict_do_update(index_elements=["project_id", "work_id"], set_=said).returning(cls)
        correction: Self = session.scalars(upsert, execution_options={"populate_existing": True}).one()
        return correction

    @classmethod
    def forget(cls, session: orm.Session, project_id: str, work_id: str) -> bool:
        """Forget what was said of a job; False when nothing was."""
        said = sa.and_(cls.project_id == project_id, cls.work_id == work_id)
        result = session.execute(sa.delete(cls).where(said).returning(cls.id))
        return result.first() is not None

    @classmethod
    def listing(cls, project_id: str) -> sa.Select[Self]:
        """The project's corrections."""
        return sa.select(cls).where(cls.project_id == project_id)

    @classmethod
    def heeded(cls, session: orm.Session, project_id: str, types: Collection[str]) -> list[str]:
        """The ids of the corrections that a job with rules for these types heeds, in a settled order."""
        found: list[str] = []
        for name in sorted(set(types)):
            newest = sa.select(cls.id).where(cls.project_id == project_id, cls.type == name)
            found += session.scalars(newest.order_by(cls.created_at.desc(), cls.id).limit(MOST_OF_A_TYPE))
        return sorted(found)

    @classmethod
    def of_ids(cls, session: orm.Session, project_id: str, ids: Collection[str]) -> Sequence[Self]:
        """The corrections of these ids that are the project's and were not forgotten."""
        return session.scalars(cls.listing(project_id).where(cls.id.in_(ids)).order_by(cls.id)).all()
