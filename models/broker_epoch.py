"""Which life of the broker this database knows: an emptied broker has lost the mark that was left in it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now


class BrokerEpoch(Base):
    """The mark last left in the broker; one row."""

    __tablename__ = "broker_epoch"
    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)

    @classmethod
    def known(cls, session: orm.Session) -> str | None:
        """The mark that the broker should hold; None before the first."""
        return session.scalar(sa.select(cls.mark).where(cls.id == 1))

    @classmethod
    def replace(cls, session: orm.Session, old: str | None, new: str) -> bool:
        """Compare-and-set the mark. True for the one caller that did it. Raises IntegrityError when two make the first one."""
        if old is None:
            session.add(cls(id=1, mark=new))
            session.flush()
            return True
        changed = session.execute(sa.update(cls).where(cls.id == 1, cls.mark == old).values(mark=new).returning(cls.id))
        return changed.first() is not None
