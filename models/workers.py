"""Which worker processes live, by the signs of life that they leave in SQL: known alike whatever broker is used."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, utc_now

LIFE_SECONDS = 30
"""A process that has left no sign for this long counts as dead."""
MEMORY_SECONDS = 3600
"""How long the row of a dead process is kept at most."""


class WorkerProcess(Base):
    """A process that takes messages from some queues."""

    __tablename__ = "worker_process"
    id: Mapped[str] = mapped_column(primary_key=True)
    """Machine, process number and start, as in a claim."""
    name: Mapped[str]
    """That of its worker, `NAME@HOST`."""
    queues: Mapped[list[str]]
    seen_at: Mapped[dt.datetime]
    """By the database's clock."""

    @classmethod
    def see(cls, session: orm.Session, process: str, name: str, queues: Collection[str]) -> None:
        """Take note that it lives; `process` is its id."""
        seen = session.execute(
            sa.update(cls).where(cls.id == process).values(seen_at=utc_now()).returning(cls.id)
        ).first()
        if seen is None:
            session.execute(sa.insert(cls).values(id=process, name=name, queues=sorted(queues), seen_at=utc_now()))

    @classmethod
    def leave(cls, session: orm.Session, process: str) -> None:
        """Forget one that ends in good order."""
        session.execute(sa.delete(cls).where(cls.id == process))

    @classmethod
    def forget_dead(cls, session: orm.Session) -> None:
        """Forget those that have been dead for long."""
        session.execute(sa.delete(cls).where(cls.seen_at < utc_now(-MEMORY_SECONDS)))

    @classmethod
    def living(cls, session: orm.Session) -> Counter[str]:
        """How many live processes serve each queue."""
        served = session.scalars(sa.select(cls.queues).where(cls.seen_at > utc_now(-LIFE_SECONDS)))
        return Counter(queue for queues in served for queue in queues)
